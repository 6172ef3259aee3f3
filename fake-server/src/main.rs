//! The fake as a program: `plumbline-fake-server`.

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use plumbline_fake_server::serve::{ServeOptions, serve};

/// Serves a fake identity and region service until SIGTERM or SIGINT.
///
/// Once it accepts connections it prints one line of JSON on stdout: both base addresses, the file with the
/// authority to trust, and the files of every client credential by role.
#[derive(Debug, clap::Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    options: ServeOptions,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match serve(&arguments.options, &mut io::stdout()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when stderr is closed.
            let _ = writeln!(io::stderr(), "{}", chain(&error));
            ExitCode::from(3)
        }
    }
}

/// An error and its causes, in one line.
fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(format!("error: {error}"), |line, cause| format!("{line}: {cause}"))
}
