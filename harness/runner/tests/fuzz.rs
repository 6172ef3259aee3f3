//! Sequences by chance: the client comes through, broken ones are found, and what was found can be played again.

use std::sync::Arc;

use plumbline::fuzz::{Brief, Fuzzer, SequenceCase};
use plumbline::known::Known;
use plumbline::run::{AfterFailure, Bench, RunOptions, play_one, run_all};
use plumbline::{CaseResult, Verdict};
use plumbline_fake_server::contract::Contract;
use plumbline_mutants::MutantDriver;
use plumbline_protocol::Driver;
use plumbline_reference_driver::ReferenceDriver;

async fn play<D: Driver>(bench: &Arc<Bench<D>>, fuzzer: &Fuzzer, count: u64) -> Vec<CaseResult> {
    let options = RunOptions { jobs: 4, after_failure: AfterFailure::GoOn, known: Known::default() };
    let cases = (1..=count).map(|number| Brief(fuzzer.sequence(number))).collect();
    let mut results = Vec::new();
    run_all(cases, bench, &options, |number, result| results.push((number, result))).await;
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_sequences_and_verdicts() {
    let bench = Arc::new(Bench::new(ReferenceDriver::new(), 1).expect("certificates can be made"));
    let fuzzer = Fuzzer::new(7, bench.hello(), Contract::Published).expect("the client has references");
    let text = |number| fuzzer.sequence(number).text().to_owned();
    assert_eq!(text(3), text(3));
    assert_ne!(text(3), text(4));
    let (once, again) = (play(&bench, &fuzzer, 40).await, play(&bench, &fuzzer, 40).await);
    let wrong: Vec<String> =
        once.iter().filter(|result| !result.verdict.is_acceptable()).map(CaseResult::describe).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let verdicts = |results: &[CaseResult]| {
        results.iter().map(|result| (result.case.id.clone(), result.verdict)).collect::<Vec<_>>()
    };
    assert_eq!(verdicts(&once), verdicts(&again));
}

/// On the contract that keys allocations nothing is left to chance: no verdict is ambiguous.
#[tokio::test(flavor = "multi_thread")]
async fn on_the_keyed_contract_every_sequence_passes() {
    let bench = Arc::new(Bench::new(ReferenceDriver::new(), 1).expect("certificates can be made"));
    let fuzzer = Fuzzer::new(3, bench.hello(), Contract::Keyed).expect("the client has references");
    let results = play(&bench, &fuzzer, 40).await;
    assert!((1..=40).any(|number| fuzzer.sequence(number).text().contains("identity.allocations.create")));
    let others: Vec<String> =
        results.iter().filter(|result| result.verdict != Verdict::Pass).map(CaseResult::describe).collect();
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[track_caller]
fn mutant(id: &str) -> MutantDriver {
    let every = plumbline_mutants::all().chain(plumbline_mutants::under_faults());
    let mutant = every.into_iter().find(|mutant| mutant.id == id).expect("there is such a mutant");
    MutantDriver::new(mutant)
}

/// A mutant is found in a few sequences, with a sequence of a few moves that its file says again.
async fn is_found(id: &str, check: &str) {
    let bench = Arc::new(Bench::new(mutant(id), 1).expect("certificates can be made"));
    let fuzzer = Fuzzer::new(1, bench.hello(), Contract::Published).expect("the mutant has references");
    let results = play(&bench, &fuzzer, 100).await;
    let finds = |result: &CaseResult| result.findings.iter().any(|finding| finding.check == check);
    let first = results.iter().position(finds).unwrap_or_else(|| panic!("{check} finds nothing in {id}"));
    let number = u64::try_from(first).expect("there are few") + 1;
    let shrunk = fuzzer.shrink(number, check, &bench).await.expect("it fails again");
    assert!(shrunk.moves.0 <= 3, "{id}: {:?} moves\n{}", shrunk.moves, shrunk.sequence.text());

    let read = SequenceCase::parse("found.yaml", shrunk.sequence.text()).expect("what is kept can be read");
    let again = play_one(&read, bench.as_ref(), &Known::default()).await;
    assert_eq!(again.verdict, Verdict::Fail, "{id}");
    assert_eq!(again.findings, shrunk.result.findings, "{id}");

    // The same file says nothing of a client that is right.
    let right = Bench::new(ReferenceDriver::new(), 1).expect("certificates can be made");
    let right = play_one(&read, &right, &Known::default()).await;
    assert!(right.verdict.is_acceptable(), "{}", right.describe());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_is_swallowed_is_found() {
    is_found("removal-failures-swallowed", "history/outcome-true").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_reference_for_all_dependants_is_found() {
    is_found("reference-without-name", "sequence/references").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_that_is_repeated_blindly_is_found() {
    is_found("creation-repeated", "history/no-blind-repeat").await;
}

#[test]
fn what_is_wrong_with_a_file_is_pointed_at() {
    let steps = "steps:\n  - call: identity.references.add\n";
    let wrong = [
        ("steps: []\n".to_owned(), "a sequence has one step or more"),
        ("steps:\n  - call: identity.references.ad\n".to_owned(), "did you mean `identity.references.add`?"),
        (format!("{steps}    resource: clutser\n"), "there is no resource `clutser`"),
        (format!("{steps}    expect: {{ outcome: ok }}\n"), "a step of a sequence expects nothing"),
        (format!("{steps}    answer: {{ status: 503 }}\n"), "stands under `faults`"),
        (
            format!("{steps}faults: [{{ step: 1, fault: unavailabel, request: 1 }}]\n"),
            "did you mean `unavailable`?",
        ),
        (format!("{steps}faults: [{{ step: 2, fault: unavailable, request: 1 }}]\n"), "step 2 calls nothing"),
        (format!("{steps}faults: [{{ step: 1, fault: unavailable, connection: 1 }}]\n"), "`request: 1`"),
        (format!("{steps}faults: [{{ step: 1, fault: unavailable }}]\n"), "is at one place: `request: 1`"),
        (format!("{steps}faults: [{{ step: 1, fault: refused, connection: 0 }}]\n"), "the first is 1"),
        (format!("{steps}fault: []\n"), "a sequence has no `fault`"),
        (format!("contract: keyd\n{steps}"), "did you mean `keyed`?"),
    ];
    for (text, expected) in wrong {
        let told = SequenceCase::parse("wrong.yaml", &text).expect_err(&text);
        let told = format!("{:?}", miette::Report::new(told));
        assert!(told.contains(expected) && told.contains("wrong.yaml:"), "{text}: {told}");
    }
    let told = SequenceCase::parse(
        "wrong.yaml",
        &format!("{steps}faults: [{{ step: 1, fault: lost, request: 1 }}]\n"),
    );
    insta::assert_snapshot!(
        "wrong_fault",
        format!("{:?}", miette::Report::new(told.expect_err("it is wrong")))
    );
}
