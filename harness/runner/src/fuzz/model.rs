//! What must be true in the end of references and allocations, by what the client said of each operation.
//!
//! Where an outcome leaves open whether the operation took effect, either is right from then on, until the next one that
//! is certain.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_fake_server::contract::Contract;
use plumbline_fake_server::exchange::{Change, ChangeVerb};
use plumbline_protocol::{Operation, Outcome};
use serde_json::Value;

use crate::case::Finding;
use crate::check::{Made, allocation_id};
use crate::history::{Attempt, held, leaves_open};

const REFERENCES: &str = "sequence/references";
const LEDGER: &str = "sequence/ledger";
const DELETION: &str = "sequence/deletion";

/// What is known of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    There,
    Gone,
    Open,
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    /// It had no effect.
    Refused,
    Open,
}

/// What operations have come to so far.
#[derive(Debug, Default)]
struct Model {
    /// References: by the kind of thing and the dependant's name.
    references: BTreeMap<(&'static str, String), Known>,
    /// Rows of the ledger, by their ids; on the contract that keys them, by the resource.
    rows: BTreeMap<String, Known>,
    contract: Contract,
    /// Whether the deletion of the project was accepted.
    deleted: Option<()>,
}

/// Holds what is there in the end to what the client said.
pub(super) fn check(attempts: &[Attempt], contract: Contract) -> Vec<Finding> {
    let mut model = Model { contract, ..Model::default() };
    for attempt in attempts {
        for made in &attempt.calls {
            model.learn(attempt, made);
        }
    }
    let last = Last::of(attempts);
    let mut findings = model.references(&last);
    findings.extend(match contract {
        Contract::Published => model.rows(&last),
        Contract::Keyed => model.keyed(&last),
    });
    findings.extend(model.deletion(&last));
    findings
}

impl Model {
    fn learn(&mut self, attempt: &Attempt, made: &Made) {
        let end = end(attempt, made);
        let name = made.call.resource.as_ref().map(|resource| resource.name.clone()).unwrap_or_default();
        let mut reference = |kind, done| {
            let known = self.references.entry((kind, name.clone())).or_insert(Known::Gone);
            *known = known.after(end, done);
        };
        match made.call.operation {
            Operation::ProjectReferencesAdd => reference("project", Known::There),
            Operation::ProjectReferencesRemove => reference("project", Known::Gone),
            Operation::NetworkReferencesAdd => reference("network", Known::There),
            Operation::NetworkReferencesRemove => reference("network", Known::Gone),
            // A lifecycle whose resource has one already makes no other, and does not look after it.
            Operation::AllocationsCreate
                if self.contract == Contract::Keyed
                    && made.call.resource.as_ref().and_then(allocation_id).is_some() => {}
            Operation::AllocationsCreate | Operation::AllocationsDelete
                if self.contract == Contract::Keyed =>
            {
                let done = match made.call.operation {
                    Operation::AllocationsCreate => Known::There,
                    _ => Known::Gone,
                };
                let known = self.rows.entry(name).or_insert(Known::Gone);
                *known = known.after(end, done);
            }
            Operation::AllocationsCreate if end == End::Done => {
                let left = made.left().or(made.stored.last()).and_then(allocation_id);
                // The same here.
                let had = made.call.resource.as_ref().and_then(allocation_id);
                if let Some(id) = left.filter(|id| had != Some(*id)) {
                    self.rows.insert(id.to_owned(), Known::There);
                }
            }
            Operation::AllocationsDelete => {
                if let Some(id) = made.call.resource.as_ref().and_then(allocation_id) {
                    let known = self.rows.entry(id.to_owned()).or_insert(Known::Open);
                    *known = known.after(end, Known::Gone);
                }
            }
            Operation::ProjectsDelete if end == End::Done => self.deleted = Some(()),
            _ => {}
        }
    }

    fn references(&self, last: &Last<'_>) -> Vec<Finding> {
        let wrong = self.references.iter().filter_map(|((kind, name), known)| {
            let held = last.holders(kind).iter().any(|holder| holder.ends_with(&format!("/{name}")));
            let (expected, seen) = match known {
                Known::There if !held => ("held", "not held"),
                Known::Gone if held => ("not held", "held"),
                Known::There | Known::Gone | Known::Open => return None,
            };
            let message = format!("the reference of `{name}` to the {kind} is {seen} in the end");
            let help = "the last operation on it that succeeded decides whether a reference is held";
            Some(finding(REFERENCES, message, (expected, seen), help))
        });
        wrong.collect()
    }

    fn rows(&self, last: &Last<'_>) -> Vec<Finding> {
        let wrong = self.rows.iter().filter_map(|(id, known)| {
            let there = last.rows.contains_key(id.as_str());
            let (expected, seen) = match known {
                Known::There if !there => ("in the ledger", "not there"),
                Known::Gone if there => ("not there", "in the ledger"),
                Known::There | Known::Gone | Known::Open => return None,
            };
            let message = format!("allocation `{id}` is {seen} in the end");
            let help = "the ledger is charged for what was created until it is deleted, and for nothing else";
            Some(finding(LEDGER, message, (expected, seen), help))
        });
        wrong.collect()
    }

    /// A resource has one row or none, whoever knows of it.
    fn keyed(&self, last: &Last<'_>) -> Vec<Finding> {
        let wrong = self.rows.iter().filter_map(|(name, known)| {
            let count = last.rows.values().filter(|resource| **resource == name).count();
            let expected = match known {
                Known::There if count != 1 => "one",
                Known::Gone if count != 0 => "none",
                Known::Open if count > 1 => "one or none",
                Known::There | Known::Gone | Known::Open => return None,
            };
            let message = format!("the resource `{name}` has {count} allocations in the end");
            let help = "a resource has the allocation that its last lifecycle said it has, and no other";
            Some(finding(LEDGER, message, (expected, &count.to_string()), help))
        });
        wrong.collect()
    }

    /// A network that is deleted stays until somebody else has taken it down; a project is gone with its last reference.
    fn deletion(&self, last: &Last<'_>) -> Option<Finding> {
        let mut of = self.references.iter().filter(|((kind, _), _)| *kind == "project");
        let free = of.all(|(_, known)| *known == Known::Gone);
        let stuck = self.deleted.is_some() && free && !last.gone.contains("project");
        let message = "nobody depends on the project any more, and its deletion does not end";
        let help = "what is deleted goes once its last reference is removed";
        stuck.then(|| finding(DELETION, message.to_owned(), ("it is gone", "it is still there"), help))
    }
}

impl Known {
    /// What is known after an operation that makes it so when it is done.
    fn after(self, end: End, done: Self) -> Self {
        match end {
            End::Done => done,
            End::Refused => self,
            End::Open if self == done => self,
            End::Open => Self::Open,
        }
    }
}

fn end(attempt: &Attempt, made: &Made) -> End {
    match &made.outcome {
        Outcome::Ok { .. } => End::Done,
        // Of several requests only the last one's answer is reported.
        Outcome::Error(failure)
            if !leaves_open(failure) && attempt.exchanges.len() <= attempt.calls.len() =>
        {
            End::Refused
        }
        Outcome::Error(_) | Outcome::Cancelled => End::Open,
        Outcome::CouldNotAttempt { .. } | Outcome::Unsupported { .. } => End::Refused,
    }
}

/// What the store held in the end, as far as it changed.
#[derive(Debug, Default)]
struct Last<'a> {
    holders: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// The resource of each row.
    rows: BTreeMap<&'a str, &'a str>,
    gone: BTreeSet<&'a str>,
}

impl<'a> Last<'a> {
    fn of(attempts: &'a [Attempt]) -> Self {
        let mut last = Self::default();
        let changes = attempts.iter().flat_map(Attempt::all).flat_map(|exchange| &exchange.changes);
        for change in changes {
            match change.kind.as_str() {
                "allocation" => last.row(change),
                kind => last.thing(kind, change),
            }
        }
        last
    }

    fn row(&mut self, change: &'a Change) {
        match change.verb {
            ChangeVerb::Created | ChangeVerb::Updated => drop(self.rows.insert(&change.id, resource(change))),
            ChangeVerb::Deleted => drop(self.rows.remove(change.id.as_str())),
        }
    }

    fn thing(&mut self, kind: &'a str, change: &'a Change) {
        if change.verb == ChangeVerb::Deleted {
            self.gone.insert(kind);
        }
        let (before, after) = (held(&change.before), held(&change.after));
        // What calls made at once changed is in no particular order: only what each of them did counts.
        let holders = self.holders.entry(kind).or_default();
        holders.extend(after.difference(&before));
        holders.retain(|holder| after.contains(holder) || !before.contains(holder));
    }

    fn holders(&self, kind: &str) -> &BTreeSet<&'a str> {
        const NONE: &BTreeSet<&str> = &BTreeSet::new();
        self.holders.get(kind).unwrap_or(NONE)
    }
}

fn resource(change: &Change) -> &str {
    change.after.get("resource_id").and_then(Value::as_str).unwrap_or_default()
}

fn finding(check: &str, message: String, (expected, seen): (&str, &str), help: &str) -> Finding {
    Finding {
        expected: Some(expected.to_owned()),
        seen: Some(seen.to_owned()),
        help: Some(help.to_owned()),
        ..Finding::new(check, message)
    }
}
