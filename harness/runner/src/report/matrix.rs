//! Clients beside each other: a row for each suite of scenarios, a column for each run.

mod svg;
mod text;

pub use svg::svg;
pub use text::text;

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{Client, Run};
use crate::verdict::Verdict;

/// The runs, suite by suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Who was judged, in the order given.
    pub columns: Vec<Column>,
    /// The suites, in the order of their names.
    pub rows: Vec<Row>,
    /// Everything together.
    pub total: Row,
}

/// Who was judged in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, version and language.
    pub client: Client,
    /// The contract's revision.
    pub revision: String,
}

/// A suite and what each run says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The suite's name.
    pub suite: String,
    /// As many as there are columns.
    pub cells: Vec<Cell>,
}

/// What a run says of a suite.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// How many cases have each verdict.
    pub counts: BTreeMap<Verdict, usize>,
    /// How many were to be played and were not.
    pub not_played: usize,
    /// Ids of those that did not plainly pass; of a suite only, not of everything together.
    pub others: Vec<(Verdict, String)>,
}

impl Matrix {
    /// Puts runs beside each other.
    #[must_use]
    pub fn of(runs: &[Run]) -> Self {
        let columns = runs
            .iter()
            .map(|run| Column { client: run.started.client.clone(), revision: run.started.revision.clone() });
        let planned = runs.iter().flat_map(|run| &run.started.planned);
        let suites: BTreeSet<&str> = planned.map(|id| suite(id)).collect();
        let row = |name: &str| Row {
            suite: name.to_owned(),
            cells: runs.iter().map(|run| Cell::of(run, &|id| suite(id) == name)).collect(),
        };
        Self {
            columns: columns.collect(),
            rows: suites.into_iter().map(row).collect(),
            total: Row {
                suite: "all".to_owned(),
                cells: runs
                    .iter()
                    .map(|run| Cell { others: Vec::new(), ..Cell::of(run, &|_| true) })
                    .collect(),
            },
        }
    }

    /// Verdicts that occur, the best first.
    fn verdicts(&self) -> impl Iterator<Item = Verdict> {
        let occurs =
            |verdict: Verdict| self.total.cells.iter().any(|cell| cell.counts.contains_key(&verdict));
        Verdict::ALL.into_iter().filter(move |verdict| occurs(*verdict))
    }

    /// Whether all runs are held to one revision of the contract; then it needs to be said once only.
    fn revision(&self) -> Option<&str> {
        let first = self.columns.first()?;
        self.columns.iter().all(|column| column.revision == first.revision).then_some(&first.revision)
    }
}

impl Cell {
    fn of(run: &Run, is_in: &dyn Fn(&str) -> bool) -> Self {
        let mut cell = Self::default();
        for (id, number) in run.started.planned.iter().zip(1..).filter(|(id, _)| is_in(id)) {
            match run.results.get(&number).map(|result| result.verdict) {
                None => cell.not_played += 1,
                Some(verdict) => {
                    *cell.counts.entry(verdict).or_default() += 1;
                    if verdict != Verdict::Pass {
                        cell.others.push((verdict, id.clone()));
                    }
                }
            }
        }
        cell
    }

    /// How many cases there are.
    fn size(&self) -> usize {
        self.counts.values().sum::<usize>() + self.not_played
    }

    /// Verdicts with their numbers, the best first.
    fn counted(&self) -> impl Iterator<Item = (Verdict, usize)> {
        Verdict::ALL.into_iter().filter_map(|verdict| Some((verdict, *self.counts.get(&verdict)?)))
    }
}

fn suite(id: &str) -> &str {
    id.split('/').next().unwrap_or(id)
}
