//! Faults at every point of a few scenarios, tried with the reference client.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use plumbline::enumerate::{Enumeration, FaultSelection, pairs, singles};
use plumbline::fault::names;
use plumbline::glob::Glob;
use plumbline::known::Known;
use plumbline::plan::Selection;
use plumbline::run::{AfterFailure, Bench, RunOptions, run_all};
use plumbline::{CaseResult, Suite, Verdict};
use plumbline_protocol::{
    Call, Driver, DriverError, ErrorClass, Failure, Hello, Operation, Outcome, Secret, Session,
};
use plumbline_reference_driver::ReferenceDriver;

const JOBS: usize = 4;

fn bench() -> Arc<Bench<ReferenceDriver>> {
    bench_of(ReferenceDriver::new())
}

fn bench_of<D: Driver>(driver: D) -> Arc<Bench<D>> {
    Arc::new(Bench::new(driver, 1).expect("certificates can be made"))
}

async fn planned<D: Driver>(bench: &Arc<Bench<D>>, scenarios: &str) -> Enumeration {
    let run = vec![scenarios.parse::<Glob>().expect("the pattern is one")];
    let bases = Suite::embedded().cases(&Selection { run, ..Selection::default() });
    singles(bases, bench, JOBS, &FaultSelection::default()).await
}

async fn play<D: Driver>(bench: &Arc<Bench<D>>, enumeration: Enumeration) -> Vec<CaseResult> {
    let options = RunOptions { jobs: JOBS, after_failure: AfterFailure::GoOn, known: Known::default() };
    let mut results = Vec::new();
    run_all(enumeration.cases, bench, &options, |_, result| results.push(result)).await;
    results.sort_by(|left, right| left.case.id.cmp(&right.case.id));
    results
}

#[track_caller]
fn all_fine(results: &[CaseResult]) {
    let wrong: Vec<String> =
        results.iter().filter(|r| !r.verdict.is_acceptable()).map(CaseResult::describe).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), results.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_the_table_has_a_point_and_is_reached() {
    let bench = bench();
    let mut enumeration = planned(&bench, "convergence/*").await;
    let reads = planned(&bench, "lifecycle/organization*").await;
    enumeration.cases.extend(reads.cases);
    assert_eq!(enumeration.unrehearsed, []);
    let planned: BTreeSet<&str> = enumeration
        .by_fault()
        .into_iter()
        .filter(|(_, _, count)| *count > 0)
        .map(|(name, _, _)| name)
        .collect();
    assert_eq!(planned, names().map(|(name, _)| name).collect());

    let results = play(&bench, enumeration).await;
    all_fine(&results);
    assert!(results.iter().any(|result| result.verdict == Verdict::Ambiguous));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_that_is_lost_is_ambiguous_and_everything_else_passes() {
    let bench = bench();
    let results = play(&bench, planned(&bench, "convergence/allocation").await).await;
    let ambiguous: BTreeSet<&str> = results
        .iter()
        .filter(|result| result.verdict == Verdict::Ambiguous)
        .map(|result| result.case.id.rsplit('+').next().unwrap_or_default())
        .collect();
    // It took effect, and the client does not have the answer, or has died with it.
    for fault in ["applied-and-reset", "crash-after", "crash-before-store", "cut-in-body", "delivered-twice"]
    {
        assert!(ambiguous.contains(fault), "{fault}: {ambiguous:?}");
    }
    // It did not take effect, and the client knows.
    for fault in ["refused", "too-many", "unavailable", "crash-before", "store-refused", "lost-request"] {
        assert!(!ambiguous.contains(fault), "{fault}: {ambiguous:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_fault_is_put_at_what_the_client_does_after_the_first() {
    let bench = bench();
    let mut firsts = planned(&bench, "convergence/reference@identity").await;
    firsts.cases.retain(|case| case.case.id.ends_with("references.add.1+applied-and-reset"));
    let both = pairs(firsts.cases, &bench, JOBS, &FaultSelection::default()).await;
    assert_eq!(both.unrehearsed, []);
    let ids: Vec<&str> = both.cases.iter().map(|case| case.case.id.as_str()).collect();
    let expected = "convergence/reference@identity+identity.references.add.1+applied-and-reset+\
                    identity.references.add.2+crash-after";
    assert!(ids.contains(&expected), "{ids:?}");
    all_fine(&play(&bench, both).await);
}

/// The reference, which on a bad day makes the first removal of a session over a connection that is closed, before it
/// could see that it is.
struct OnABadDay {
    client: ReferenceDriver,
    bad: Arc<AtomicBool>,
    met: Mutex<BTreeSet<u64>>,
}

impl Driver for OnABadDay {
    fn hello(&self) -> Hello {
        self.client.hello()
    }

    async fn open(&self, id: u64, session: Session) -> Result<Result<(), Failure>, DriverError> {
        self.client.open(id, session).await
    }

    async fn secrets(&self, id: u64, secrets: Vec<Secret>) -> Result<(), DriverError> {
        self.client.secrets(id, secrets).await
    }

    async fn advance(&self, id: u64, seconds: u64) -> Result<(), DriverError> {
        self.client.advance(id, seconds).await
    }

    async fn call(&self, call: Call) -> Result<Outcome, DriverError> {
        let is_removal = call.operation == Operation::NetworkReferencesRemove;
        let first = is_removal && self.met.lock().expect("nobody panicked").insert(call.session);
        if first && self.bad.load(Ordering::SeqCst) {
            return Ok(Outcome::Error(Failure {
                class: ErrorClass::ConnectionLost,
                status: None,
                code: None,
                description: None,
                trace_id: None,
                retry_after: None,
                body: None,
                message: "the connection was closed".to_owned(),
                resource: call.resource,
            }));
        }
        self.client.call(call).await
    }

    async fn cancel(&self, call: u64) -> Result<(), DriverError> {
        self.client.cancel(call).await
    }

    async fn close(&self, id: u64) -> Result<(), DriverError> {
        self.client.close(id).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_nobody_heard_is_made_again_so_that_its_fault_is_reached() {
    let bad = Arc::new(AtomicBool::new(false));
    let bench =
        bench_of(OnABadDay { client: ReferenceDriver::new(), bad: bad.clone(), met: Mutex::default() });
    let mut firsts = planned(&bench, "references/other-success@region").await;
    firsts.cases.retain(|case| case.case.id.ends_with("references.add.1+closed-while-pooled"));
    let mut both = pairs(firsts.cases, &bench, JOBS, &FaultSelection::default()).await;
    both.cases.retain(|case| case.case.id.ends_with("references.remove.1+too-many"));
    assert_eq!(both.cases.len(), 1);
    bad.store(true, Ordering::SeqCst);
    all_fine(&play(&bench, both).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_plan_and_the_same_verdicts() {
    let once = async || {
        let bench = bench();
        let results = play(&bench, planned(&bench, "convergence/reference-*").await).await;
        results.into_iter().map(|r| (r.case.id, r.verdict, r.reason)).collect::<Vec<_>>()
    };
    assert_eq!(once().await, once().await);
}
