//! `driver check` and the rules about lifecycles: each is broken by a driver with one defect, and that driver breaks no
//! other of them. This program is those drivers as well: the reference driver with the defect that its argument names.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod defect;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use plumbline::drive::{Limits, Program};
use plumbline::driver_check::{Rule, Ruling, check};

use defect::Defect;

/// The first argument that makes this program a driver; then comes the defect's name.
const WORD: &str = "defective-driver";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    if words.next().as_deref() == Some(WORD) {
        return defect::serve(Defect::named(&words.next().unwrap()));
    }
    let mut trials = vec![Trial::test("without_defect_every_rule_is_kept", || breaks(Defect::None, None))];
    trials.extend(BROKEN.map(|(defect, rule, seen)| {
        Trial::test(format!("{}_breaks_{rule:?}", defect.name()), move || breaks(defect, Some((rule, seen))))
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// What is wrong, which rule sees it, and how what it sees begins.
const BROKEN: [(Defect, Rule, &str); 9] = [
    (Defect::SendsNothing, Rule::Converges, "outcome `ok`, but no request reached the service"),
    (Defect::NeverStores, Rule::Stores, "outcome `ok`, and the resource was stored 0 times"),
    (Defect::StoresTwice, Rule::Stores, "outcome `ok`, and the resource was stored 2 times"),
    (Defect::TriesOnce, Rule::TriesAgain, "1 requests at the service, with a budget of 3 attempts"),
    (Defect::TriesTooOften, Rule::TriesAgain, "4 requests at the service, with a budget of 3 attempts"),
    (Defect::WaitsInSilence, Rule::WaitsVirtually, "3 requests at the service, and `waits` 0 times"),
    (Defect::CancelsInstead, Rule::GivesUp, "outcome `cancelled`"),
    (Defect::OutlivesCrashes, Rule::Crashes, "a connection is still open after `closed`"),
    (Defect::SpeaksAfterCrashes, Rule::Crashes, "heard `done` of "),
];

/// Checks a driver with a defect, which breaks that rule in that way and no other.
fn breaks(defect: Defect, expected: Option<(Rule, &str)>) -> Result<(), Failed> {
    let myself = std::env::current_exe()?.to_str().unwrap().to_owned();
    let command = vec![myself, WORD.to_owned(), defect.name()];
    let runtime = tokio::runtime::Runtime::new()?;
    let limits = Limits { failures: u32::MAX, ..Limits::default() };
    let tried = runtime.block_on(check(Program { command, limits }))?;
    let seen: Vec<_> = tried
        .into_iter()
        .filter_map(|one| match one.ruling {
            Ruling::Held => None,
            Ruling::Broken(seen) => Some((one.rule, seen)),
            Ruling::NotTried(why) => Some((one.rule, format!("not tried: {why}"))),
        })
        .collect();
    let as_expected = match (expected, seen.as_slice()) {
        (None, []) => true,
        (Some((rule, begins)), [(broken, seen)]) => rule == *broken && seen.starts_with(begins),
        _ => false,
    };
    if as_expected { Ok(()) } else { Err(format!("expected {expected:?}, saw {seen:?}").into()) }
}
