//! The reference client as a driver process: the protocol on standard input and output.

use std::process::ExitCode;

use plumbline_protocol::stdio;
use plumbline_reference_driver::ReferenceDriver;

#[tokio::main]
async fn main() -> ExitCode {
    match stdio::serve(ReferenceDriver::new()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stderr, reason = "standard error is where a driver speaks to people")]
fn complain(error: &stdio::ServeError) {
    eprintln!("plumbline-reference-driver: {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        eprintln!("  because of: {error}");
        cause = error.source();
    }
}
