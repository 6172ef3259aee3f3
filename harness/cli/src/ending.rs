//! How a command ends: what it amounts to, or what went wrong, each with its exit code.

use std::io;
use std::path::PathBuf;

use miette::Diagnostic;
use plumbline::drive::{Broken, NotStarted};
use plumbline::event::{Conclusion, LogError};
use plumbline::known::KnownError;
use plumbline::report::ReadError;
use plumbline::report::diff::Comparison;
use plumbline::scenario::LoadError;
use plumbline_fake_server::pki::PkiError;
use plumbline_interface::Language;
use plumbline_interface::extract::ExtractError;
use plumbline_interface::policy::PolicyError;
use plumbline_interface::snapshot::StoreError;
use plumbline_interface::source::SourceError;
use plumbline_interface::waiver::WaiverError;
use plumbline_vectors::deployment::OpenError;
use plumbline_vectors::differences::WantedError;
use plumbline_vectors::{BookError, TargetError};

use crate::commands::ScaffoldError;

/// What a command amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All is well.
    Well,
    /// The client does not conform.
    Fails,
    /// Not everything could be judged.
    Incomplete,
    /// Nothing was selected.
    Nothing,
    /// Somebody stopped it.
    Interrupted,
}

impl From<Conclusion> for Ending {
    fn from(conclusion: Conclusion) -> Self {
        match conclusion {
            Conclusion::Conforms => Self::Well,
            Conclusion::Fails => Self::Fails,
            Conclusion::Incomplete => Self::Incomplete,
            Conclusion::Nothing => Self::Nothing,
        }
    }
}

impl From<Comparison> for Ending {
    fn from(comparison: Comparison) -> Self {
        match comparison {
            Comparison::NotWorse => Self::Well,
            Comparison::Worse => Self::Fails,
            Comparison::Incomplete => Self::Incomplete,
            Comparison::NothingInCommon => Self::Nothing,
        }
    }
}

/// What went wrong before anything could be judged.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub(crate) enum CommandError {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Scenarios(#[from] LoadError),
    #[error("{wrong} of {all} scenario files cannot be used")]
    Lint {
        wrong: usize,
        all: usize,
        #[related]
        files: Vec<plumbline::scenario::InvalidFile>,
    },
    #[error("no scenario file is there")]
    #[diagnostic(help("a scenario is a file whose name ends in `.yaml`"))]
    NoScenarios,
    #[error("a client that does nothing passes:\n{}", .seen.join("\n"))]
    #[diagnostic(help("expect something that only a client which acts can bring about"))]
    Blind { seen: Vec<String> },
    #[error(transparent)]
    #[diagnostic(transparent)]
    Known(Box<KnownError>),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Scaffold(#[from] ScaffoldError),
    #[error("no scenario or case has the id `{id}`")]
    UnknownCase {
        id: String,
        #[help]
        near: Option<String>,
    },
    #[error("no vector has the id `{id}`")]
    #[diagnostic(help("`plumbline vectors list SERVICE/GROUP` lists the ids of a group"))]
    UnknownVector { id: String },
    #[error("no group is called `{group}`")]
    #[diagnostic(help("`plumbline vectors list` lists the groups"))]
    UnknownGroup { group: String },
    #[error("read `{}`", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("write `{}`", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("`{}` is no report of a run", path.display())]
    #[diagnostic(help(
        "`plumbline run --report-dir FOLDER` writes reports; FOLDER, its `events.jsonl` or its `report.json` can be read"
    ))]
    Report { path: PathBuf, source: ReadError },
    #[error("`{}` holds neither `events.jsonl` nor `report.json`", path.display())]
    #[diagnostic(help("`plumbline run --report-dir FOLDER` writes reports into a folder"))]
    NoReport { path: PathBuf },
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("render the JUnit report")]
    Junit(#[source] plumbline::report::junit::SerializeError),
    #[error("read the recorded vectors")]
    Book(#[from] BookError),
    #[error(transparent)]
    #[diagnostic(help("docs/verify.md says what a description holds"))]
    Deployment(#[from] OpenError),
    #[error("read the wanted differences")]
    Differences(#[from] WantedError),
    #[error("ask the deployment")]
    #[diagnostic(help("nothing is said of a deployment that cannot be asked"))]
    Unreachable(#[source] TargetError),
    #[error("read what is required of servers")]
    Requirements(#[source] TargetError),
    #[error("{0}")]
    Driver(Box<NotStarted>),
    #[error("serve the fake")]
    Fake(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("make the certificates of the run")]
    Pki(#[from] PkiError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Extract(Box<Extracting>),
    #[error(transparent)]
    Waivers(#[from] WaiverError),
    #[error("the releases are written in {old} and {new}")]
    #[diagnostic(help("compare two of one language; `--language` says it where it cannot be told"))]
    Languages { old: Language, new: Language },
    #[error("build the driver of `{tag}`")]
    #[diagnostic(help(
        "a tag of this repository from which `cargo build -p plumbline-reference-driver` works"
    ))]
    Tag { tag: String, source: SourceError },
    #[error(transparent)]
    Snapshots(#[from] StoreError),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("there is no set `{set}`")]
    #[diagnostic(help("write its policy: `{}`", file.display()))]
    UnknownSet { set: String, file: PathBuf },
    #[error("nothing says where `{part}` of a release of `{set}` comes from")]
    #[diagnostic(help("give it a `release` (with `{{release}}` in it) or a `candidate` in the policy"))]
    NoOrigin { set: String, part: String },
    #[error("code can import a release from its source only, not from its facts")]
    #[diagnostic(help("name a folder, a revision or a version"))]
    NoWorkspace,
    #[error("the stub test of `{part}` needs the source of the release, and `{origin}` is its facts")]
    #[diagnostic(help("`--no-stubs` freezes the facts alone"))]
    NoStubSource { part: String, origin: String },
    #[error("the stub test of `{part}` has to be compiled")]
    #[diagnostic(help(
        "install what its language is compiled with, or freeze the facts alone with `--no-stubs`"
    ))]
    NoCompiler { part: String, source: SourceError },
    #[error("no rule has the id `{id}`")]
    UnknownRule {
        id: String,
        #[help]
        near: String,
    },
    #[error("start the runtime")]
    Runtime(#[source] io::Error),
}

/// Why there is no interface, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct Extracting(ExtractError);

impl Diagnostic for Extracting {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.0.help().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }
}

impl From<ExtractError> for CommandError {
    fn from(error: ExtractError) -> Self {
        Self::Extract(Box::new(Extracting(error)))
    }
}

impl From<KnownError> for CommandError {
    fn from(error: KnownError) -> Self {
        Self::Known(Box::new(error))
    }
}

impl From<NotStarted> for CommandError {
    fn from(failure: NotStarted) -> Self {
        Self::Driver(Box::new(failure))
    }
}

impl CommandError {
    /// Whether it is about what was asked, rather than about what happened.
    pub(crate) fn is_usage(&self) -> bool {
        match self {
            Self::Scenarios(_)
            | Self::Lint { .. }
            | Self::NoScenarios
            | Self::Blind { .. }
            | Self::Known(_)
            | Self::Scaffold(_)
            | Self::UnknownCase { .. }
            | Self::UnknownVector { .. }
            | Self::UnknownGroup { .. }
            | Self::Read { .. }
            | Self::Deployment(_)
            | Self::Differences(_)
            | Self::Write { .. }
            | Self::Extract(_)
            | Self::Waivers(_)
            | Self::Languages { .. }
            | Self::UnknownRule { .. }
            | Self::Tag { .. }
            | Self::NoWorkspace
            | Self::NoStubSource { .. }
            | Self::NoCompiler { .. }
            | Self::Snapshots(_)
            | Self::Policy(_)
            | Self::UnknownSet { .. }
            | Self::NoOrigin { .. }
            | Self::Report { .. }
            | Self::NoReport { .. }
            | Self::Log(LogError::Create { .. }) => true,
            Self::Driver(failure) => matches!(failure.broken, Broken::NoCommand | Broken::Start { .. }),
            Self::Log(LogError::Write { .. })
            | Self::Junit(_)
            | Self::Book(_)
            | Self::Unreachable(_)
            | Self::Requirements(_)
            | Self::Fake(_)
            | Self::Pki(_)
            | Self::Runtime(_) => false,
        }
    }
}
