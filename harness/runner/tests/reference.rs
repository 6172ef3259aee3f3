//! The reference client, judged by every scenario of the repository.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use plumbline::known::Known;
use plumbline::plan::{ScenarioCase, Selection, plan};
use plumbline::run::{AfterFailure, Bench, RunOptions, run_all};
use plumbline::{CaseResult, Verdict};
use plumbline_fake_server::repaired::Defects;
use plumbline_reference_driver::ReferenceDriver;

/// The cases of the repository's scenarios, on servers with the known defects or without.
fn cases(defects: Defects) -> Vec<ScenarioCase> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let (scenarios, fixtures) =
        plumbline::scenario::load(&folder).unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
    let scenarios: Vec<_> = scenarios.into_iter().map(Arc::new).collect();
    plan(&scenarios, &Arc::new(fixtures), &Selection { defects, ..Selection::default() })
}

async fn judge(cases: Vec<ScenarioCase>) -> Vec<CaseResult> {
    let bench = Arc::new(Bench::new(ReferenceDriver::new(), 1).expect("keys can be made"));
    let options = RunOptions { jobs: 4, after_failure: AfterFailure::GoOn, known: Known::default() };
    let mut results = Vec::new();
    run_all(cases, &bench, &options, |number, result| results.push((number, result))).await;
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

async fn all_pass(cases: Vec<ScenarioCase>) {
    let results = judge(cases).await;
    let failed: Vec<_> = results.iter().filter(|result| result.verdict != Verdict::Pass).collect();
    let told: Vec<_> = failed.iter().map(|result| result.describe()).collect();
    assert!(failed.is_empty(), "{} of {} cases:\n{}", failed.len(), results.len(), told.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_client_passes_every_scenario() {
    all_pass(cases(Defects::Kept)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_known_defects_it_passes_all_that_does_not_rest_on_one() {
    all_pass(cases(Defects::Repaired)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rests_on_a_known_defect_fails_without_it() {
    let played: BTreeSet<String> =
        cases(Defects::Repaired).into_iter().map(|planned| planned.case.id).collect();
    let left_out = cases(Defects::Kept).into_iter().filter(|planned| !played.contains(&planned.case.id));
    let results = judge(left_out.map(ScenarioCase::repaired).collect()).await;
    let passed: Vec<_> = results
        .iter()
        .filter(|result| result.verdict != Verdict::Fail)
        .map(|result| &result.case.id)
        .collect();
    assert!(!results.is_empty() && passed.is_empty(), "nothing is shown by {passed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_with_the_same_seed_leave_the_same_log() {
    let without_chance = |results: Vec<CaseResult>| {
        let logged = results.into_iter().enumerate().map(|(place, mut result)| {
            result.volatile = Default::default();
            plumbline::event::line(&plumbline::event::Event::judged(place + 1, &result))
        });
        logged.collect::<Vec<_>>()
    };
    let (first, second) = (
        without_chance(judge(cases(Defects::Kept)).await),
        without_chance(judge(cases(Defects::Kept)).await),
    );
    for (first, second) in first.iter().zip(&second) {
        let same = first.bytes().zip(second.bytes()).take_while(|(left, right)| left == right).count();
        let around = |line: &str| {
            let shown = line.as_bytes().get(same.saturating_sub(300)..(same + 100).min(line.len()));
            String::from_utf8_lossy(shown.unwrap_or_default()).into_owned()
        };
        assert!(first == second, "from character {same} on:\n{}\n{}", around(first), around(second));
    }
    assert_eq!(first.len(), second.len());
}
