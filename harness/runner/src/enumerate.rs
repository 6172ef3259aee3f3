//! Every fault at every point of every scenario: what is to be played, counted before it is.
//!
//! A scenario is played once without faults; what the client did then are the points. Each fault of the table is put at
//! each point that it is for, one at a time ([`singles`]), or one after another ([`pairs`]): the second is put at what
//! the client did after the first.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_protocol::Driver;
use tokio::task::JoinSet;

use crate::case::Case;
use crate::fault::{Means, Phase, Placed, Points, Skipped, exchanges, points, rows};
use crate::glob::Glob;
use crate::plan::{ScenarioCase, Shard, selects};
pub use crate::play::{FaultCase, Rehearsal};
use crate::play::{means, rehearse};
use crate::run::{Bench, Trouble};

/// What the case's id ends in that has no fault.
const NO_FAULT: &str = "+no-fault";

/// Which faults are wanted.
#[derive(Debug, Clone, Default)]
pub struct FaultSelection {
    /// Ids of fault cases to play; none: all.
    pub run: Vec<Glob>,
    /// Ids of fault cases not to play.
    pub skip: Vec<Glob>,
    /// Only this part of them.
    pub shard: Option<Shard>,
}

impl FaultSelection {
    fn holds(&self, id: &str) -> bool {
        selects(&self.run, &self.skip, self.shard, id)
    }
}

/// What is to be played, and what is not and why.
#[derive(Debug, Clone, Default)]
pub struct Enumeration {
    /// The cases, in the order of the scenarios, then of their points, then of the table.
    pub cases: Vec<FaultCase>,
    /// How many faults are not put where they would reach nothing, by the reason.
    pub unreachable: BTreeMap<(String, Phase), usize>,
    /// Scenarios that the client does not claim, and what it lacks.
    pub unsupported: Vec<(String, String)>,
    /// Scenarios that could not be rehearsed, through no fault of the client, and why.
    pub unrehearsed: Vec<(String, String)>,
}

impl Enumeration {
    /// How many cases there are of each fault, in the order of the table.
    #[must_use]
    pub fn by_fault(&self) -> Vec<(&'static str, Phase, usize)> {
        let counted = rows().iter().map(|row| {
            let of = |case: &&FaultCase| case.placed.iter().any(|placed| placed.row.name == row.name);
            (row.name.as_str(), row.phase, self.cases.iter().filter(of).count())
        });
        counted.collect()
    }

    /// Adds a case, if it is wanted.
    fn add(
        &mut self,
        base: &Arc<ScenarioCase>,
        placed: Vec<Placed>,
        rehearsal: &Arc<Rehearsal>,
        selection: &FaultSelection,
    ) {
        let case = named(&base.case, &placed);
        if selection.holds(&case.id) {
            let (base, rehearsal) = (Arc::clone(base), Arc::clone(rehearsal));
            self.cases.push(FaultCase { case, base, placed, rehearsal });
        }
    }
}

/// Each fault at each point of these scenarios, one at a time.
pub async fn singles<D: Driver>(
    bases: Vec<ScenarioCase>,
    bench: &Arc<Bench<D>>,
    jobs: usize,
    selection: &FaultSelection,
) -> Enumeration {
    let mut enumeration = Enumeration::default();
    let bases: Vec<Arc<ScenarioCase>> = bases.into_iter().map(Arc::new).collect();
    let first = bases.iter().map(|base| (Arc::clone(base), Vec::new(), None)).collect();
    let means = means(&bench.hello().capabilities);
    for (place, rehearsed) in rehearse_all(first, bench, jobs).await.into_iter().enumerate() {
        let base = &bases[place];
        let Some(rehearsal) = usable(&mut enumeration, &base.case.id, rehearsed) else { continue };
        let rehearsal = Arc::new(rehearsal);
        let placed = place_each(&mut enumeration, base, &rehearsal, Skipped::default(), means);
        // The rehearsal itself is judged first: what is wrong without any fault is not to be found by its consequences.
        let each = std::iter::once(Vec::new()).chain(placed.into_iter().map(|placed| vec![placed]));
        for placed in each {
            enumeration.add(base, placed, &rehearsal, selection);
        }
    }
    enumeration
}

/// A second fault after the one of each of these cases.
pub async fn pairs<D: Driver>(
    firsts: Vec<FaultCase>,
    bench: &Arc<Bench<D>>,
    jobs: usize,
    selection: &FaultSelection,
) -> Enumeration {
    let mut enumeration = Enumeration::default();
    let means = means(&bench.hello().capabilities);
    let firsts: Vec<FaultCase> = firsts.into_iter().filter(|first| !first.placed.is_empty()).collect();
    let played = firsts
        .iter()
        .map(|first| (Arc::clone(&first.base), first.placed.clone(), Some(Arc::clone(&first.rehearsal))))
        .collect();
    for (place, rehearsed) in rehearse_all(played, bench, jobs).await.into_iter().enumerate() {
        let first = &firsts[place];
        let Some(rehearsal) = usable(&mut enumeration, &first.case.id, rehearsed) else { continue };
        let after = rehearsal.after(&first.placed[0].point, first.base.contract());
        for second in place_each(&mut enumeration, &first.base, &rehearsal, after, means) {
            let placed = vec![first.placed[0].clone(), second];
            enumeration.add(&first.base, placed, &first.rehearsal, selection);
        }
    }
    enumeration
}

fn usable(enumeration: &mut Enumeration, id: &str, rehearsed: Result<Rehearsal, Lack>) -> Option<Rehearsal> {
    match rehearsed {
        Ok(rehearsal) => return Some(rehearsal),
        Err(Lack::Client(lacks)) => enumeration.unsupported.push((id.to_owned(), lacks)),
        Err(Lack::Harness(trouble)) => enumeration.unrehearsed.push((id.to_owned(), trouble)),
    }
    None
}

/// Every fault at every point but the first ones.
fn place_each(
    enumeration: &mut Enumeration,
    base: &ScenarioCase,
    rehearsal: &Rehearsal,
    skipped: Skipped,
    means: Means,
) -> Vec<Placed> {
    let made = exchanges(rehearsal.exchanges(), base.contract());
    let seen = Points { exchanges: &made, connections: &rehearsal.connections, stores: rehearsal.stores() };
    let mut all = Vec::new();
    for row in rows() {
        for (made, reach) in points(row, seen, skipped, means) {
            match reach {
                Ok(()) => {
                    all.push(Placed { point: made.point, target: made.target, row: Arc::clone(row) });
                }
                Err(reason) => {
                    *enumeration.unreachable.entry((reason.to_string(), row.phase)).or_default() += 1;
                }
            }
        }
    }
    all
}

fn named(base: &Case, placed: &[Placed]) -> Case {
    let mut id = base.id.clone();
    match placed {
        [] => id.push_str(NO_FAULT),
        placed => placed.iter().for_each(|placed| id.push_str(&format!("+{placed}"))),
    }
    Case { id, ..base.clone() }
}

/// Why a scenario could not be rehearsed.
enum Lack {
    Client(String),
    Harness(String),
}

type Wanted = (Arc<ScenarioCase>, Vec<Placed>, Option<Arc<Rehearsal>>);

/// Plays scenarios side by side, and says what was done in each, in the order given.
async fn rehearse_all<D: Driver>(
    wanted: Vec<Wanted>,
    bench: &Arc<Bench<D>>,
    jobs: usize,
) -> Vec<Result<Rehearsal, Lack>> {
    let mut done: Vec<Option<Result<Rehearsal, Lack>>> = Vec::new();
    done.resize_with(wanted.len(), || None);
    let mut waiting = wanted.into_iter().enumerate();
    let mut playing = JoinSet::new();
    loop {
        while playing.len() < jobs.max(1) {
            let Some((place, (base, placed, before))) = waiting.next() else { break };
            let bench = Arc::clone(bench);
            playing.spawn(async move {
                if let Some(lacks) = base.needs.lacking(bench.hello()) {
                    return (place, Err(Lack::Client(lacks)));
                }
                let played = Box::pin(rehearse(&base, &placed, before.as_deref(), &bench)).await;
                let played = match played {
                    Ok(Rehearsal { lacks: Some(lacks), .. }) => Err(Lack::Client(lacks)),
                    Ok(rehearsal) => Ok(rehearsal),
                    Err(Trouble { message, .. }) => Err(Lack::Harness(message)),
                };
                (place, played)
            });
        }
        let Some(ended) = playing.join_next().await else { break };
        // A task that panicked leaves its place empty.
        if let Ok((place, played)) = ended {
            done[place] = Some(played);
        }
    }
    let failed = || Err(Lack::Harness("the harness failed".to_owned()));
    done.into_iter().map(|played| played.unwrap_or_else(failed)).collect()
}
