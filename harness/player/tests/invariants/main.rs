//! What must hold of any request that anybody can make up, whatever was asked before: held against requests made by
//! chance, several in a row on one state. `INVARIANT_SEQUENCES` says how many sequences; each has up to eight requests.

mod choice;
mod defects;
mod generate;
mod hold;
mod less;
mod schema;

use std::sync::atomic::{AtomicUsize, Ordering};

use plumbline_fake_server::repaired::Defects;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

use generate::Asked;
use hold::Ground;

/// So many make about nine thousand requests; `ci/invariants` asks for more.
const SEQUENCES: u32 = 2_000;

fn sequences() -> u32 {
    std::env::var("INVARIANT_SEQUENCES").ok().map_or(SEQUENCES, |number| number.parse().expect("a number"))
}

#[test]
fn no_request_breaks_an_invariant_but_where_a_known_defect_says_otherwise() {
    hold(Defects::Kept);
}

#[test]
fn no_request_breaks_an_invariant_of_the_repaired_services() {
    hold(Defects::Repaired);
}

#[allow(clippy::print_stderr, reason = "a campaign says how much it asked")]
fn hold(defects: Defects) {
    let ground = Ground::new(defects);
    let asked = AtomicUsize::new(0);
    let config = Config { cases: sequences(), failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, generate::chance());
    let sequence = proptest::collection::vec(generate::asked(ground.world()), 1..9);
    let outcome = runner.run(&sequence, |sequence: Vec<Asked>| {
        asked.fetch_add(sequence.len(), Ordering::Relaxed);
        ground.hold(&sequence).map_err(TestCaseError::fail)
    });
    eprintln!("{} requests", asked.load(Ordering::Relaxed));
    match outcome {
        Ok(()) => {}
        // The reason says all there is to say, and how the sequence came to be shrunk does not.
        Err(TestError::Fail(reason, sequence)) => {
            let requests: Vec<_> = sequence.iter().map(|it| format!("  {:?}", it.request)).collect();
            panic!("{reason}\nat the end of\n{}", requests.join("\n"))
        }
        Err(broken) => panic!("{broken}"),
    }
}

/// The generator is worth something only when what it makes gets through to the handlers.
#[test]
fn made_up_requests_reach_every_operation_and_many_succeed() {
    let ground = Ground::new(Defects::Kept);
    let reached = ground.reached(3_000);
    let unreached: Vec<_> = ground.operations().filter(|id| !reached.contains_key(*id)).collect();
    assert_eq!(unreached, Vec::<&str>::new(), "no request was for these");
    let succeeded = reached.values().filter(|successes| **successes > 0).count();
    assert!(succeeded * 3 > reached.len(), "{succeeded} of {} operations ever succeeded", reached.len());
}
