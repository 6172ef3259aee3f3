//! Every way in which a conversation with a driver process breaks.

use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use plumbline_protocol::VERSION;
use plumbline_protocol::codec::LineError;

/// Why a driver cannot be talked to any more. Never a client's fault.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Broken {
    /// The command names no program.
    #[error("the driver's command is empty")]
    NoCommand,
    /// The program cannot be started.
    #[error("start the driver `{command}`: {source}")]
    Start {
        /// The command.
        command: String,
        /// Why not.
        source: Arc<io::Error>,
    },
    /// It says nothing.
    #[error(
        "expected `hello` within {limit:?}, heard nothing\n\
         help: a driver writes a `hello` message as soon as it has started, and flushes its standard output"
    )]
    NoHello {
        /// How long it was given.
        limit: Duration,
    },
    /// It says something else first.
    #[error("expected `hello` first, heard {heard}\nhelp: the first line a driver writes is its `hello`")]
    NotHello {
        /// What it said.
        heard: String,
    },
    /// It speaks another version.
    #[error("expected a driver that speaks version {VERSION} of the protocol, this one speaks {offered:?}")]
    Version {
        /// What it speaks.
        offered: Vec<u32>,
    },
    /// It can do nothing at all.
    #[error("`hello` says `concurrency` 0\nhelp: say how many calls can be in flight; at least 1")]
    NoConcurrency,
    /// A later process says another `hello`.
    #[error(
        "the driver was started again and said another `hello` than before\n\
         help: what a driver is and can does not depend on when it is asked"
    )]
    OtherHello,
    /// It wrote something that is no message.
    #[error("the driver's output is no message: {0}")]
    Line(LineError),
    /// It answers once more.
    #[error("{answer} was answered twice\nhelp: every message has one answer; `cancel` has none of its own")]
    Twice {
        /// What was answered.
        answer: String,
    },
    /// It answers what was not asked.
    #[error("heard an answer to {answer}, which was not asked; waiting for {waiting}")]
    NotAsked {
        /// What was answered.
        answer: String,
        /// What an answer is due to.
        waiting: String,
    },
    /// It speaks of a lifecycle that does not run.
    #[error("heard `{said}` of lifecycle {id}, which does not run")]
    NotRunning {
        /// The lifecycle.
        id: u64,
        /// What it said.
        said: &'static str,
    },
    /// It goes on before the resource is stored.
    #[error(
        "heard `{said}` of lifecycle {id} before its `store` was answered\n\
         help: after `store` a lifecycle waits for `stored`, which says whether the resource is persisted"
    )]
    Hasty {
        /// The lifecycle.
        id: u64,
        /// What it said.
        said: &'static str,
    },
    /// It speaks of what has crashed.
    #[error(
        "heard `{said}` of {id} after its session had crashed\n\
         help: after the `closed` that answers `crash`, nothing that was in flight in the session says anything"
    )]
    AfterCrash {
        /// The call or the lifecycle.
        id: u64,
        /// What was said of it.
        said: &'static str,
    },
    /// What a lifecycle stores could not be taken. No fault of the driver's.
    #[error("store the resource of a lifecycle: {0}")]
    NotStored(String),
    /// It says `hello` once more.
    #[error("heard `hello` a second time")]
    SecondHello,
    /// It reports trouble of its own.
    #[error("the driver is in trouble: {0}")]
    Trouble(String),
    /// It has ended.
    #[error("the driver {} while {waiting} was due", how(*status))]
    Exited {
        /// How it ended, if that could be learned.
        status: Option<ExitStatus>,
        /// What an answer was due to.
        waiting: String,
    },
    /// It does not answer.
    #[error("expected an answer to {asked} within {limit:?}, heard nothing")]
    Late {
        /// What was asked.
        asked: String,
        /// How long it was given.
        limit: Duration,
    },
    /// It was given up.
    #[error("the driver failed in {failures} cases in a row; it is not started again")]
    GivenUp {
        /// How often it failed.
        failures: u32,
    },
}

impl Broken {
    /// Whether a signal ended the process. Whoever sent it, that took no time, and says little of the next process.
    pub(super) fn is_killed(&self) -> bool {
        use std::os::unix::process::ExitStatusExt;
        match self {
            Self::Exited { status: Some(status), .. } => status.signal().is_some(),
            _ => false,
        }
    }
}

/// A process that never came to be talked to.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{broken}")]
pub struct NotStarted {
    /// Why.
    pub broken: Broken,
    /// The last lines it wrote on standard error.
    pub said: Vec<String>,
}

impl From<Broken> for NotStarted {
    fn from(broken: Broken) -> Self {
        Self { broken, said: Vec::new() }
    }
}

fn how(status: Option<ExitStatus>) -> String {
    use std::os::unix::process::ExitStatusExt;
    match status {
        None => "closed its standard output".to_owned(),
        Some(status) => match (status.code(), status.signal()) {
            (Some(code), _) => format!("exited with status {code}"),
            (None, Some(signal)) => format!("was ended by signal {signal}"),
            (None, None) => "ended".to_owned(),
        },
    }
}
