//! The executor: plays cases side by side and says what came of each.
//!
//! It knows nothing of scenarios. Whatever plays requests implements [`Playable`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use plumbline_fake_server::Pki;
use plumbline_fake_server::exchange::Service;
use plumbline_fake_server::pki::PkiError;
use plumbline_fake_server::record::Recording;
use plumbline_protocol::{Driver, Hello};
use tokio::task::JoinSet;

use crate::case::{Case, CaseResult, Finding, Told, Volatile};
use crate::clock::Stopwatch;
use crate::known::Known;
use crate::met::Met;
use crate::plan::Needs;
use crate::verdict::{Judgement, Played, judge};

/// How long one case may take before it counts as stuck. Only a driver or a harness in trouble comes near it.
const CASE_DEADLINE: Duration = Duration::from_secs(120);

/// Something that can be played with a driver and judged.
pub trait Playable: Send + Sync + 'static {
    /// What it is.
    fn case(&self) -> &Case;

    /// What it asks of the client.
    fn needs(&self) -> &Needs;

    /// Plays it to its end. A wrong client is a finding; trouble is what says nothing about the client.
    fn play<D: Driver>(&self, bench: &Bench<D>) -> impl Future<Output = Result<Performance, Trouble>> + Send;
}

/// What was seen while a case was played.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Performance {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Everything that the servers saw, in an order that does not depend on chance.
    pub recording: Recording,
    /// In short, what it held before it was dropped.
    pub met: Vec<Met>,
    /// What the client made of each call.
    pub told: Vec<Told>,
    /// The listeners' ports.
    pub ports: BTreeMap<Service, u16>,
    /// What the client turned out to lack on the way.
    pub lacks: Option<String>,
    /// What nobody can tell, because the contract gives the client no means, and why.
    pub ambiguous: Option<String>,
    /// What the driver said for people meanwhile.
    pub said: Vec<String>,
}

impl Performance {
    /// Keeps of the recording in short what was exchanged: there are tens of thousands of such cases, and nobody reads
    /// what happened where nothing is wrong.
    pub(crate) fn sum_up(&mut self) {
        self.met = Met::all(&std::mem::take(&mut self.recording).exchanges);
    }
}

/// The case could not be played to its end, through no fault of the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Trouble {
    /// What went wrong.
    pub message: String,
    /// What the driver said for people meanwhile.
    pub said: Vec<String>,
}

impl Trouble {
    /// Trouble with an operation, and its cause.
    pub(crate) fn with(operation: &str, cause: &dyn std::fmt::Display) -> Self {
        Self { message: format!("{operation}: {cause}"), said: Vec::new() }
    }
}

/// What cases are played on: a driver, and the certificates of the run.
pub struct Bench<D> {
    driver: Arc<D>,
    hello: Hello,
    pki: Arc<Pki>,
    seed: u64,
    next: AtomicU64,
}

impl<D: Driver> Bench<D> {
    /// Sets up a bench; the same seed gives the same recordings.
    ///
    /// # Errors
    ///
    /// When the authorities of the run cannot be made.
    pub fn new(driver: D, seed: u64) -> Result<Self, PkiError> {
        Ok(Self::with_pki(driver, seed, Pki::new(Vec::new())?))
    }

    /// The same with certificates of another bench: making RSA keys takes its time.
    #[must_use]
    pub fn with_pki(driver: D, seed: u64, pki: Arc<Pki>) -> Self {
        let hello = driver.hello();
        Self { driver: Arc::new(driver), hello, pki, seed, next: AtomicU64::new(1) }
    }

    /// The driver.
    #[must_use]
    pub fn driver(&self) -> &Arc<D> {
        &self.driver
    }

    /// What the driver says of itself.
    #[must_use]
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Who issues the run's certificates.
    #[must_use]
    pub fn pki(&self) -> &Arc<Pki> {
        &self.pki
    }

    /// Where ids and times come from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// A number for a session or a call that no other has.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}

/// How cases are played.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// How many at once.
    pub jobs: usize,
    /// What happens after one that is not acceptable.
    pub after_failure: AfterFailure,
    /// Failures that are known.
    pub known: Known,
}

/// What happens after a verdict that is not acceptable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AfterFailure {
    /// The rest is played.
    #[default]
    GoOn,
    /// Nothing more is begun.
    Stop,
}

/// Plays cases, `jobs` at once, and hands on each result with its place in the plan (from 1) as it comes.
pub async fn run_all<P: Playable, D: Driver>(
    cases: Vec<P>,
    bench: &Arc<Bench<D>>,
    options: &RunOptions,
    mut report: impl FnMut(usize, CaseResult),
) {
    let mut waiting = cases.into_iter().zip(1..);
    let mut playing = JoinSet::new();
    let mut begun: BTreeMap<tokio::task::Id, (usize, Case)> = BTreeMap::new();
    let mut stopped = false;
    loop {
        while !stopped && playing.len() < options.jobs.max(1) {
            let Some((case, number)) = waiting.next() else { break };
            let (bench, known, named) = (Arc::clone(bench), options.known.clone(), case.case().clone());
            let task = playing.spawn(async move { play_one(&case, &bench, &known).await });
            begun.insert(task.id(), (number, named));
        }
        let Some(ended) = playing.join_next_with_id().await else { break };
        let (id, result) = match ended {
            Ok((id, result)) => (id, Ok(result)),
            Err(error) => (error.id(), Err(error)),
        };
        let (number, case) = begun.remove(&id).expect("a task that ends was begun");
        let result = result.unwrap_or_else(|error| {
            let played = Played::Incomplete { trouble: format!("the harness failed: {error}") };
            assemble(case, &played, Performance::default(), 0, &options.known)
        });
        stopped |= options.after_failure == AfterFailure::Stop && !result.verdict.is_acceptable();
        report(number, result);
    }
}

/// Plays one case.
pub async fn play_one<P: Playable, D: Driver>(case: &P, bench: &Bench<D>, known: &Known) -> CaseResult {
    let watch = Stopwatch::start();
    let (played, performance) = perform(case, bench).await;
    assemble(case.case().clone(), &played, performance, watch.elapsed_ms(), known)
}

async fn perform<P: Playable, D: Driver>(case: &P, bench: &Bench<D>) -> (Played, Performance) {
    if let Some(lacks) = case.needs().lacking(bench.hello()) {
        return (Played::Unsupported { lacks }, Performance::default());
    }
    match tokio::time::timeout(CASE_DEADLINE, Box::pin(case.play(bench))).await {
        Ok(Ok(Performance { lacks: Some(lacks), .. })) => {
            (Played::Unsupported { lacks }, Performance::default())
        }
        Ok(Ok(performance)) => (judged(&performance), performance),
        Ok(Err(Trouble { message, said })) => {
            (Played::Incomplete { trouble: message }, Performance { said, ..Performance::default() })
        }
        Err(_) => {
            let trouble = format!("the case had not ended after {} seconds", CASE_DEADLINE.as_secs());
            (Played::Incomplete { trouble }, Performance::default())
        }
    }
}

fn judged(performance: &Performance) -> Played {
    match &performance.ambiguous {
        Some(reason) if performance.findings.is_empty() => Played::Ambiguous { reason: reason.clone() },
        Some(_) | None => Played::Judged { findings: performance.findings.len() },
    }
}

fn assemble(
    case: Case,
    played: &Played,
    performance: Performance,
    duration_ms: u64,
    known: &Known,
) -> CaseResult {
    let Performance { findings, recording, met, told, ports, said, .. } = performance;
    let reason = known.reason(&case.id, &findings);
    let Judgement { verdict, reason } = judge(reason.as_deref(), played);
    CaseResult {
        case,
        verdict,
        reason,
        findings,
        connections: recording.connections,
        exchanges: recording.exchanges,
        met,
        told,
        volatile: Volatile { duration_ms, ports, driver_output: said },
    }
}
