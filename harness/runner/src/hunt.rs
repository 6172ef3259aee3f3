//! Plays scenarios against clients that are broken on purpose, and says who noticed whom.
//!
//! A scenario names the mutants that it is meant to kill. What mutants there are is the caller's to say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbline_protocol::Driver;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::known::Known;
use crate::plan::ScenarioCase;
use crate::run::{Bench, play_one};
use crate::verdict::Verdict;

/// A client with one part exchanged.
pub struct Mutant<D> {
    /// What scenarios call it.
    pub id: String,
    /// What it is played on.
    pub bench: Arc<Bench<D>>,
}

/// How much is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Every mutant with every scenario.
    Whole,
    /// Every claim; and then each mutant, until it is killed by a scenario that does not name it, with the scenarios
    /// of the suites in which it is named.
    Claims,
}

/// What became of a mutant in a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// A case failed.
    Killed,
    /// Every case passed.
    Survived,
    /// Some case could not be judged, and none failed.
    Unjudged(String),
}

/// Who was played with whom, and what came of it.
#[derive(Debug, Clone, Default)]
pub struct Matrix {
    /// Every mutant.
    pub mutants: Vec<String>,
    /// Every scenario, and whom it names.
    pub claims: BTreeMap<String, BTreeSet<String>>,
    /// By scenario and mutant; what was not played is not there.
    pub fates: BTreeMap<(String, String), Fate>,
}

impl Matrix {
    /// Whether a scenario names a mutant.
    #[must_use]
    pub fn claims(&self, scenario: &str, mutant: &str) -> bool {
        self.claims.get(scenario).is_some_and(|named| named.contains(mutant))
    }

    /// Mutants that no scenario killed.
    #[must_use]
    pub fn survivors(&self) -> Vec<&str> {
        let killed: BTreeSet<&str> = self.kills().map(|(_, mutant)| mutant).collect();
        self.mutants.iter().map(String::as_str).filter(|mutant| !killed.contains(mutant)).collect()
    }

    /// Scenarios that killed no mutant they were played with.
    #[must_use]
    pub fn idle(&self) -> Vec<&str> {
        let killers: BTreeSet<&str> = self.kills().map(|(scenario, _)| scenario).collect();
        self.claims.keys().map(String::as_str).filter(|scenario| !killers.contains(scenario)).collect()
    }

    /// Scenarios that name no mutant.
    #[must_use]
    pub fn silent(&self) -> Vec<&str> {
        let silent = self.claims.iter().filter(|(_, named)| named.is_empty());
        silent.map(|(scenario, _)| scenario.as_str()).collect()
    }

    /// Claims that are not so: scenario, mutant, and why.
    #[must_use]
    pub fn false_claims(&self) -> Vec<(&str, &str, String)> {
        let claims = self
            .claims
            .iter()
            .flat_map(|(scenario, named)| named.iter().map(move |mutant| (scenario, mutant)));
        let judged = claims.filter_map(|(scenario, mutant)| {
            let why = match self.fates.get(&(scenario.clone(), mutant.clone())) {
                Some(Fate::Killed) => return None,
                Some(Fate::Survived) => "every case passes with it".to_owned(),
                Some(Fate::Unjudged(reason)) => format!("it could not be judged: {reason}"),
                None if self.mutants.contains(mutant) => return None,
                None => "there is no such mutant".to_owned(),
            };
            Some((scenario.as_str(), mutant.as_str(), why))
        });
        judged.collect()
    }

    /// Every kill: scenario and mutant.
    pub fn kills(&self) -> impl Iterator<Item = (&str, &str)> {
        let killed = self.fates.iter().filter(|(_, fate)| **fate == Fate::Killed);
        killed.map(|((scenario, mutant), _)| (scenario.as_str(), mutant.as_str()))
    }

    /// The scenarios that killed a mutant which they do not name.
    #[must_use]
    pub fn unnamed_killers(&self, mutant: &str) -> Vec<&str> {
        let kills =
            self.kills().filter(|(scenario, killed)| *killed == mutant && !self.claims(scenario, mutant));
        kills.map(|(scenario, _)| scenario).collect()
    }
}

/// Plays mutants, `jobs` cases at once, and hands on each fate as it comes.
pub async fn hunt<D: Driver>(
    cases: &[ScenarioCase],
    mutants: &[Mutant<D>],
    (reach, jobs): (Reach, usize),
    mut report: impl FnMut(&str, &str, &Fate),
) -> Matrix {
    let mut matrix = Matrix {
        mutants: mutants.iter().map(|mutant| mutant.id.clone()).collect(),
        claims: claims(cases),
        fates: BTreeMap::new(),
    };
    let scenarios = by_scenario(cases);
    let permits = Arc::new(Semaphore::new(jobs.max(1)));
    let mut playing = JoinSet::new();
    for mutant in mutants {
        let order = order(&matrix, &mutant.id, reach);
        for (scenarios_in_turn, until) in order {
            let turns =
                scenarios_in_turn.into_iter().map(|id| (id.clone(), scenarios[&id].clone())).collect();
            let (bench, permits) = (Arc::clone(&mutant.bench), Arc::clone(&permits));
            playing.spawn(turn(mutant.id.clone(), bench, turns, until, permits));
        }
    }
    while let Some(ended) = playing.join_next().await {
        let fates = ended.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        for (scenario, mutant, fate) in fates {
            report(&scenario, &mutant, &fate);
            matrix.fates.insert((scenario, mutant), fate);
        }
    }
    matrix
}

/// When a turn of scenarios is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// When all were played.
    End,
    /// When one has killed.
    Kill,
}

/// Which scenarios a mutant meets: each list in turn, lists side by side.
fn order(matrix: &Matrix, mutant: &str, reach: Reach) -> Vec<(Vec<String>, Until)> {
    let suite = |id: &str| id.split('/').next().unwrap_or_default().to_owned();
    let (named, unnamed): (Vec<String>, Vec<String>) =
        matrix.claims.keys().cloned().partition(|scenario| matrix.claims(scenario, mutant));
    let suites: BTreeSet<String> = named.iter().map(|id| suite(id)).collect();
    let rest = match reach {
        Reach::Whole => unnamed.into_iter().map(|id| (vec![id], Until::End)).collect(),
        Reach::Claims => {
            vec![(unnamed.into_iter().filter(|id| suites.contains(&suite(id))).collect(), Until::Kill)]
        }
    };
    named.into_iter().map(|id| (vec![id], Until::End)).chain(rest).collect()
}

async fn turn<D: Driver>(
    mutant: String,
    bench: Arc<Bench<D>>,
    scenarios: Vec<(String, Vec<ScenarioCase>)>,
    until: Until,
    permits: Arc<Semaphore>,
) -> Vec<(String, String, Fate)> {
    let mut fates = Vec::new();
    for (id, cases) in scenarios {
        let _permit = permits.acquire().await.expect("nobody closes it");
        let fate = meet(&bench, &cases).await;
        let killed = fate == Fate::Killed;
        fates.push((id, mutant.clone(), fate));
        if killed && until == Until::Kill {
            break;
        }
    }
    fates
}

/// Plays the cases of a scenario until one fails.
async fn meet<D: Driver>(bench: &Bench<D>, cases: &[ScenarioCase]) -> Fate {
    let mut fate = Fate::Survived;
    for case in cases {
        let result = Box::pin(play_one(case, bench, &Known::default())).await;
        match result.verdict {
            Verdict::Fail => return Fate::Killed,
            Verdict::Pass => {}
            other => fate = Fate::Unjudged(result.reason.unwrap_or_else(|| other.to_string())),
        }
    }
    fate
}

fn claims(cases: &[ScenarioCase]) -> BTreeMap<String, BTreeSet<String>> {
    let named = |case: &ScenarioCase| case.scenario.kills().map(str::to_owned).collect();
    cases.iter().map(|case| (case.case.scenario.clone(), named(case))).collect()
}

fn by_scenario(cases: &[ScenarioCase]) -> BTreeMap<String, Vec<ScenarioCase>> {
    let mut scenarios: BTreeMap<String, Vec<ScenarioCase>> = BTreeMap::new();
    for case in cases {
        scenarios.entry(case.case.scenario.clone()).or_default().push(case.clone());
    }
    scenarios
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(claims: &[(&str, &[&str])], fates: &[(&str, &str, Fate)]) -> Matrix {
        let set = |named: &[&str]| named.iter().map(|id| (*id).to_owned()).collect();
        Matrix {
            mutants: vec!["deaf".to_owned(), "mute".to_owned()],
            claims: claims.iter().map(|(scenario, named)| ((*scenario).to_owned(), set(named))).collect(),
            fates: fates
                .iter()
                .map(|(scenario, mutant, fate)| {
                    (((*scenario).to_owned(), (*mutant).to_owned()), fate.clone())
                })
                .collect(),
        }
    }

    #[test]
    fn what_is_wrong_is_found() {
        let matrix = matrix(
            &[("a/one", &["deaf"]), ("a/two", &["mute", "blind"]), ("a/three", &[])],
            &[
                ("a/one", "deaf", Fate::Killed),
                ("a/two", "mute", Fate::Survived),
                ("a/two", "deaf", Fate::Killed),
                ("a/three", "mute", Fate::Survived),
            ],
        );
        assert_eq!(matrix.survivors(), ["mute"]);
        assert_eq!(matrix.idle(), ["a/three"]);
        assert_eq!(matrix.silent(), ["a/three"]);
        let claims: Vec<_> =
            matrix.false_claims().into_iter().map(|(_, mutant, why)| (mutant, why)).collect();
        let expected = [
            ("blind", "there is no such mutant".to_owned()),
            ("mute", "every case passes with it".to_owned()),
        ];
        assert_eq!(claims, expected);
        assert_eq!(matrix.unnamed_killers("deaf"), ["a/two"]);
    }

    #[test]
    fn claims_come_first_and_then_the_neighbours() {
        let matrix = matrix(&[("a/one", &["deaf"]), ("a/two", &[]), ("b/one", &[])], &[]);
        let expected = [(vec!["a/one".to_owned()], Until::End), (vec!["a/two".to_owned()], Until::Kill)];
        assert_eq!(order(&matrix, "deaf", Reach::Claims), expected);
        assert_eq!(order(&matrix, "deaf", Reach::Whole).len(), 3);
    }
}
