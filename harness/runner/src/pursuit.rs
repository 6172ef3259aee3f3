//! Makes things go wrong for clients that are broken on purpose, and says which fault gave each of them away.
//!
//! A scenario that names a mutant is left out for it: what is asked is whether the enumeration finds a defect of which
//! nobody thought when the scenarios were written.

use std::sync::Arc;

use plumbline_protocol::Driver;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use crate::case::CaseResult;
use crate::enumerate::{FaultCase, FaultSelection, pairs, singles};
use crate::fault::Phase;
use crate::hunt::Mutant;
use crate::known::Known;
use crate::plan::ScenarioCase;
use crate::run::{Bench, play_one};

/// Who is to be given away.
pub struct Prey<D> {
    /// The client.
    pub mutant: Mutant<D>,
    /// By whom: the names of judges, or [`ANYBODY`].
    pub judges: Vec<&'static str>,
}

/// Any judge, and any standing rule.
pub const ANYBODY: &str = "anybody";

/// Where a mutant is looked for: one turn after the other, until it is found.
#[derive(Debug, Clone)]
pub struct Grounds {
    /// The turns.
    pub turns: Vec<(Faults, Vec<ScenarioCase>)>,
    /// How many cases are played at once.
    pub jobs: usize,
}

/// How many faults there are in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Faults {
    /// At most one.
    Single,
    /// Two, one after the other.
    Pair,
}

/// What became of one mutant before one judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fall {
    /// The mutant.
    pub mutant: String,
    /// The judge.
    pub judge: &'static str,
    /// The case that gave it away, and what was found; none: it survived.
    pub by: Option<(String, String)>,
    /// How many cases were played with the mutant.
    pub played: usize,
}

/// Plays faults with each mutant until every judge has found what it is to find, and hands on each fall as it comes.
pub async fn pursue<D: Driver>(
    grounds: Grounds,
    prey: Vec<Prey<D>>,
    mut report: impl FnMut(&Fall),
) -> Vec<Fall> {
    let permits = Arc::new(Semaphore::new(grounds.jobs.max(1)));
    let grounds = Arc::new(grounds);
    let mut chases = JoinSet::new();
    let (teller, mut told) = mpsc::unbounded_channel();
    for Prey { mutant, judges } in prey {
        let chase = Chase {
            mutant: mutant.id,
            bench: mutant.bench,
            permits: Arc::clone(&permits),
            missing: judges,
            falls: teller.clone(),
            played: 0,
        };
        chases.spawn(chase.run(Arc::clone(&grounds)));
    }
    drop(teller);
    let mut falls = Vec::new();
    while let Some(fall) = told.recv().await {
        report(&fall);
        falls.push(fall);
    }
    while let Some(ended) = chases.join_next().await {
        ended.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
    }
    falls.sort_by(|one, other| (&one.mutant, one.judge).cmp(&(&other.mutant, other.judge)));
    falls
}

/// One mutant that is being looked for.
struct Chase<D> {
    mutant: String,
    bench: Arc<Bench<D>>,
    permits: Arc<Semaphore>,
    missing: Vec<&'static str>,
    falls: mpsc::UnboundedSender<Fall>,
    played: usize,
}

impl<D: Driver> Chase<D> {
    async fn run(mut self, grounds: Arc<Grounds>) {
        for (faults, scenarios) in &grounds.turns {
            for base in self.not_its_own(scenarios) {
                if self.missing.is_empty() {
                    return;
                }
                let singles = self.alone(base).await;
                match faults {
                    Faults::Single => self.play(singles).await,
                    Faults::Pair => self.play_pairs(singles).await,
                }
            }
        }
        for judge in std::mem::take(&mut self.missing) {
            self.tell(judge, None);
        }
    }

    /// Plays a second fault after each first one.
    async fn play_pairs(&mut self, mut firsts: Vec<FaultCase>) {
        // What is undone is undone because it was not persisted; so this is where most goes wrong with a second fault.
        firsts.sort_by_key(|first| !first.placed.iter().any(|placed| placed.phase() == Phase::Persist));
        for first in firsts {
            if self.missing.is_empty() {
                return;
            }
            let permit = Arc::clone(&self.permits).acquire_owned().await.expect("nobody closes it");
            let both = pairs(vec![first], &self.bench, 1, &FaultSelection::default()).await;
            drop(permit);
            self.play(both.cases).await;
        }
    }

    /// Scenarios that do not name the mutant.
    fn not_its_own(&self, scenarios: &[ScenarioCase]) -> Vec<ScenarioCase> {
        let own = |case: &&ScenarioCase| case.scenario.kills().any(|named| named == self.mutant);
        scenarios.iter().filter(|case| !own(case)).cloned().collect()
    }

    async fn alone(&self, base: ScenarioCase) -> Vec<FaultCase> {
        let _permit = self.permits.acquire().await.expect("nobody closes it");
        singles(vec![base], &self.bench, 1, &FaultSelection::default()).await.cases
    }

    async fn play(&mut self, cases: Vec<FaultCase>) {
        for case in cases {
            if self.missing.is_empty() {
                break;
            }
            let permit = Arc::clone(&self.permits).acquire_owned().await.expect("nobody closes it");
            let result = Box::pin(play_one(&case, &self.bench, &Known::default())).await;
            drop(permit);
            self.played += 1;
            self.look(&result);
        }
    }

    /// Who has found something in a case.
    fn look(&mut self, result: &CaseResult) {
        for judge in std::mem::take(&mut self.missing) {
            let mut found = result.findings.iter();
            match found.find(|finding| judge == ANYBODY || finding.check == judge) {
                Some(finding) => {
                    let what = format!("{}: {}", finding.check, finding.message);
                    self.tell(judge, Some((result.case.id.clone(), what)));
                }
                None => self.missing.push(judge),
            }
        }
    }

    fn tell(&self, judge: &'static str, by: Option<(String, String)>) {
        let fall = Fall { mutant: self.mutant.clone(), judge, by, played: self.played };
        // Whoever asked is gone when the run was interrupted.
        let _ = self.falls.send(fall);
    }
}
