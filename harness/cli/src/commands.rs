//! One module a command.

mod driver;
mod explain;
mod fault_mutants;
mod faults;
mod fuzz;
mod interface;
mod judging;
mod lint;
mod list;
mod mutants;
mod report;
mod run;
mod scaffold;
mod scenarios;
mod serve;
mod skew;
mod vectors;
mod verify;

use std::io;

use tokio::signal::unix::{SignalKind, signal};

use crate::args::Verb;
use crate::ending::{CommandError, Ending};
use crate::output::Output;

pub(crate) use scaffold::ScaffoldError;

/// Does what was asked.
pub(crate) fn run(verb: Verb, output: &mut Output) -> Result<Ending, CommandError> {
    match verb {
        Verb::Run(args) => run::run(&args, output),
        Verb::List(args) => list::list(&args, output),
        Verb::Explain { id } => explain::explain(&id, output),
        Verb::Lint { files } => lint::lint(&files, output),
        Verb::Faults(verb) => faults::faults(&verb, output),
        Verb::Fuzz(args) => fuzz::fuzz(&args, output),
        Verb::Replay(args) => fuzz::replay(&args, output),
        Verb::Mutants(args) => mutants::mutants(&args, output),
        Verb::Serve(options) => serve::serve(&options, output),
        Verb::Vectors(verb) => vectors::vectors(verb, output),
        Verb::Verify(args) => verify::verify(&args, output),
        Verb::Driver(verb) => driver::driver(&verb, output),
        Verb::Report(verb) => report::report(verb, output),
        Verb::Coverage(args) => report::coverage(&args, output),
        Verb::Skew(args) => skew::skew(&args, output),
        Verb::Interface(verb) => interface::interface(&verb, output),
    }
}

/// Where what waits is run.
fn runtime() -> Result<tokio::runtime::Runtime, CommandError> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CommandError::Runtime)
}

/// Waits until somebody wants it to stop.
async fn interrupt() {
    let wanted = async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        io::Result::Ok(())
    };
    // Without a handler the signal ends the process by itself, which is the next best thing.
    if wanted.await.is_err() {
        std::future::pending::<()>().await;
    }
}
