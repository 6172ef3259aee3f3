//! How fast Plumbline is, beside what it is compared with. `docs/speed.md` says how to read what this prints.

mod bare;
mod cases;
mod client;
mod layers;
mod measure;
mod peers;
mod report;
mod served;
mod tally;
mod tls;
mod usual;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

// The fake's own files, where they are included, look for these here.
use plumbline_fake_server::{exchange, pki, record};
use report::Report;

#[derive(Parser)]
#[command(about = "How fast Plumbline is, beside what it is compared with")]
struct Arguments {
    #[command(subcommand)]
    what: What,
    /// How often contenders take turns; ratios are medians over these rounds.
    #[arg(long, default_value_t = 15, global = true)]
    rounds: usize,
}

#[derive(Subcommand)]
enum What {
    /// Cases with an injected fault, beside their own handshakes, exchanges and signatures.
    Cases,
    /// Exchanges served: the fake beside a bare server and beside a mock.
    Served {
        /// Only comparisons whose name holds this text.
        #[arg(long, default_value = "")]
        only: String,
    },
    /// Microseconds and instructions, layer by layer of the fake.
    Layers,
    /// Everything.
    All,
    /// What `layers` counts the instructions of.
    #[command(hide = true)]
    Replay {
        /// Only this, for a profiler to look at.
        #[arg(long)]
        only: Option<String>,
        /// How often.
        #[arg(long, default_value_t = 20)]
        calls: u32,
    },
}

/// Why something could not be measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    /// The network, or the standard output.
    #[error("read or write")]
    Io(#[from] std::io::Error),
    /// HTTP.
    #[error("exchange over HTTP")]
    Http(#[from] hyper::Error),
    /// TLS of a peer or of the client.
    #[error("set up TLS")]
    Rustls(#[from] rustls::Error),
    /// Its verifier.
    #[error("set up TLS: {0}")]
    Tls(String),
    /// Certificates.
    #[error("issue certificates")]
    Pki(#[from] plumbline_fake_server::pki::PkiError),
    /// The fake.
    #[error("start the fake")]
    Start(#[from] plumbline_fake_server::server::StartError),
    /// A case.
    #[error("play a case")]
    Case(#[from] plumbline::run::Trouble),
    /// A thread or a task.
    #[error("a server or a client of the measurement panicked")]
    Lane,
    /// Callgrind wrote something else than was expected.
    #[error("read what callgrind counted")]
    Callgrind,
    /// What was measured is not what was meant to be.
    #[error("a server answered {seen} where {expected} was expected")]
    Status {
        /// What came.
        seen: u16,
        /// What should have.
        expected: u16,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut report = Report::default();
    let measured = match arguments.what {
        What::Cases => cases::measure(arguments.rounds, &mut report),
        What::Served { only } => served::measure(arguments.rounds, &only, &mut report),
        What::Layers => layers::measure(arguments.rounds, &mut report),
        What::All => all(arguments.rounds, &mut report),
        What::Replay { only, calls } => {
            return layers::replay(only.as_deref(), calls).map_or(ExitCode::from(3), |()| ExitCode::SUCCESS);
        }
    };
    match measured.and_then(|()| Ok(report.end()?)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            use std::error::Error as _;
            use std::io::Write as _;
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            // Without a standard error there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "error: {error}{cause}");
            ExitCode::from(3)
        }
    }
}

fn all(rounds: usize, report: &mut Report) -> Result<(), BenchError> {
    cases::measure(rounds, report)?;
    served::measure(rounds, "", report)?;
    layers::measure(rounds, report)
}
