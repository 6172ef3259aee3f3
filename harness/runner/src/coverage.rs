//! What a client was judged on, operation by operation, and what it never reached: derived from the events of runs.
//!
//! A case that is incomplete or unsupported judges nothing, and what was exchanged in it is not counted.

mod text;

pub use text::text;

use std::collections::{BTreeMap, BTreeSet};

use plumbline_fake_server::contract::Contract;
use plumbline_fake_server::exchange::Service;
use plumbline_openapi::Operation;
use serde::Serialize;

use crate::case::CaseResult;
use crate::event::{Client, Run};
use crate::fault::{Place, rows};
use crate::met::{Form, Met};
use crate::verdict::Verdict;

/// How often each of a set was met.
pub type Counts = BTreeMap<String, usize>;

/// What clients were judged on in some runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Who was judged, each once.
    pub clients: Vec<Client>,
    /// Cases that judge something.
    pub judged: usize,
    /// Cases that were planned and judge nothing: incomplete, unsupported, not played.
    pub unjudged: usize,
    /// Every operation of the contract, in the documents' order, identity first.
    pub operations: Vec<Reached>,
    /// Faults that are put at a connection, by how often each was judged.
    pub connections: Seen,
    /// Faults that are put at what a lifecycle persists, by how often each was judged.
    pub persisted: Seen,
}

/// How far an operation was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// Its id.
    pub id: String,
    /// Its method.
    pub method: String,
    /// Its path, with parameters in braces.
    pub path: String,
    /// Cases in which it was called.
    pub cases: usize,
    /// Its answers' statuses; of what is missing, those that the document declares.
    pub statuses: Seen,
    /// Trust headers of its requests, by [`Form`].
    pub headers: Seen,
    /// Faults of the table that it met.
    pub faults: Seen,
}

/// What was seen of a set, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// What was, and how often: exchanges for statuses and headers, cases for faults.
    pub reached: Counts,
    /// What never was.
    pub missing: Vec<String>,
}

impl Coverage {
    /// Of these runs together.
    #[must_use]
    pub fn of(runs: &[Run]) -> Self {
        let mut tally = Tally::default();
        let (mut clients, mut planned) = (Vec::new(), 0);
        for run in runs {
            planned += run.started.planned.len();
            if !clients.contains(&run.started.client) {
                clients.push(run.started.client.clone());
            }
            run.results
                .values()
                .filter(|result| judges(result.verdict))
                .for_each(|result| tally.case(result));
        }
        let documents = [Service::Identity, Service::Region].map(|service| Contract::Keyed.document(service));
        let operations = documents.iter().flat_map(|document| document.operations());
        Self {
            clients,
            judged: tally.judged,
            unjudged: planned.saturating_sub(tally.judged),
            operations: operations.filter_map(|operation| tally.reached(operation)).collect(),
            connections: Seen::among(tally.connections.clone(), names(Place::Connection, |_| true)),
            persisted: Seen::among(tally.persisted.clone(), names(Place::Store, |_| true)),
        }
    }

    /// Operations that no judged case called.
    pub fn unreached(&self) -> impl Iterator<Item = &Reached> {
        self.operations.iter().filter(|operation| operation.cases == 0)
    }

    /// As JSON, its end included.
    #[must_use]
    pub fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("counts and names are JSON");
        text.push('\n');
        text
    }
}

impl Seen {
    fn among(reached: Counts, all: impl Iterator<Item = String>) -> Self {
        let missing = all.filter(|name| !reached.contains_key(name)).collect();
        Self { reached, missing }
    }
}

/// Whether a case with that verdict says anything of its client.
fn judges(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Pass | Verdict::Fail | Verdict::KnownFail | Verdict::UnexpectedPass | Verdict::Ambiguous => {
            true
        }
        Verdict::Unsupported | Verdict::Incomplete => false,
    }
}

/// The names of the table's faults of one place, in its order.
fn names(place: Place, fits: impl Fn(&str) -> bool) -> impl Iterator<Item = String> {
    let rows = rows().iter().filter(move |row| row.place() == place);
    rows.map(|row| row.name.clone()).filter(move |name| fits(name))
}

/// What is counted while results go by.
#[derive(Default)]
struct Tally {
    judged: usize,
    operations: BTreeMap<String, Counted>,
    connections: Counts,
    persisted: Counts,
}

#[derive(Default)]
struct Counted {
    cases: usize,
    statuses: Counts,
    headers: Counts,
    faults: Counts,
}

impl Tally {
    fn case(&mut self, result: &CaseResult) {
        self.judged += 1;
        let mut called = BTreeSet::new();
        for met in result.met.iter().cloned().chain(Met::all(&result.exchanges)) {
            let counted = self.operations.entry(met.operation.clone()).or_default();
            *counted.statuses.entry(status(met.status)).or_default() += met.times;
            for form in met.forms {
                *counted.headers.entry(form.name().to_owned()).or_default() += met.times;
            }
            called.insert(met.operation);
        }
        for operation in called {
            self.operations.entry(operation).or_default().cases += 1;
        }
        for (point, fault) in placed(&result.case.id) {
            let counts = match place(fault) {
                Some(Place::Connection) => &mut self.connections,
                Some(Place::Store) => &mut self.persisted,
                Some(Place::Request) => &mut self.operations.entry(point.to_owned()).or_default().faults,
                None => continue,
            };
            *counts.entry(fault.to_owned()).or_default() += 1;
        }
    }

    /// None: an operation of our revision of the contract that no case called.
    fn reached(&self, operation: &Operation) -> Option<Reached> {
        let counted = self.operations.get(&operation.id);
        let published =
            [Service::Identity, Service::Region].map(|service| Contract::Published.document(service));
        if counted.is_none() && !published.iter().any(|document| document.operation(&operation.id).is_some())
        {
            return None;
        }
        let none = Counted::default();
        let Counted { cases, statuses, headers, faults } = counted.unwrap_or(&none);
        let fits = |name: &str| rows().iter().any(|row| row.name == name && row.on.holds(&operation.method));
        Some(Reached {
            id: operation.id.clone(),
            method: operation.method.clone(),
            path: operation.template.clone(),
            cases: *cases,
            statuses: Seen::among(statuses.clone(), operation.replies.keys().cloned()),
            headers: Seen::among(headers.clone(), Form::ALL.iter().map(|form| form.name().to_owned())),
            faults: Seen::among(faults.clone(), names(Place::Request, fits)),
        })
    }
}

fn status(status: Option<u16>) -> String {
    status.map_or_else(|| "no answer".to_owned(), |status| status.to_string())
}

/// The points of a case with an injected fault, each with its fault: `SCENARIO+OPERATION.NTH+FAULT…`, the count aside.
fn placed(id: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts: Vec<&str> = id.split('+').skip(1).collect();
    let pairs: Vec<(&str, &str)> = parts
        .chunks_exact(2)
        .map(|pair| (pair[0].rsplit_once('.').map_or(pair[0], |(point, _)| point), pair[1]))
        .collect();
    pairs.into_iter()
}

fn place(fault: &str) -> Option<Place> {
    rows().iter().find(|row| row.name == fault).map(|row| row.place())
}
