//! A driver process that is killed at any moment costs one case at most, and changes no other verdict.
//!
//! Every driver process runs below a [`mortal`] one, which ends both of them at a moment that its seed chooses: in the
//! middle of a message or at its end, of one that is heard or of one that is said. This program is that one as well.
//! `ci/kills` plays many kills; by itself it plays a few.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod campaign;
mod mortal;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    if words.next().as_deref() == Some(mortal::WORD) {
        return mortal::run(words);
    }
    let trial = Trial::test("a_killed_driver_costs_one_case", || Ok(campaign::run()?));
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit_code()
}
