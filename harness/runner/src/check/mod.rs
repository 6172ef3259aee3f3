//! Checks: what was expected, held against what was seen. Pure: no clock, no input or output, and they cannot fail.
//!
//! A step is held to its own expectations, and every step to the rules that always hold, in [`standing`].

mod callers;
mod changes;
mod connections;
mod document;
mod json;
pub mod named;
mod outcome;
mod principal;
mod request;
mod resource;
pub mod standing;
mod target;

use plumbline_fake_server::contract::Contract;
use plumbline_fake_server::exchange::Service;
use plumbline_fake_server::record::{Connection, Exchange};
use plumbline_protocol::{Call, Outcome, Resource};

pub(crate) use self::request::{header_values, is_redirected};
pub(crate) use self::target::{allocation_id, of_call as own_target, same as same_target, service_name};
use crate::case::Finding;
use crate::scenario::expect::Expect;
use crate::scenario::node::Span;
use crate::scenario::operation::Known;
use crate::scenario::{Fixtures, Source};

/// What was seen of one step, and what is needed to read its expectations.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Observation<'a> {
    /// The file that states the expectations.
    pub(crate) source: &'a Source,
    /// What names in it stand for.
    pub(crate) fixtures: &'a Fixtures,
    /// Ids that the case created so far, this step included.
    pub(crate) created: &'a [String],
    /// The operation called; none: the step called nothing.
    pub(crate) known: Option<&'static Known>,
    /// The calls, each with what the client made of it and the role of its context's certificate.
    pub(crate) calls: &'a [Made],
    /// The step's exchanges, in order.
    pub(crate) exchanges: &'a [Exchange],
    /// Exchanges of the steps before.
    pub(crate) earlier: &'a [Exchange],
    /// Connections that the step opened.
    pub(crate) opened: &'a [Connection],
    /// Connections of the case so far, those that the step opened included.
    pub(crate) connections: &'a [Connection],
    /// Connections that are open once things have settled.
    pub(crate) open: u64,
    /// Role of the client's own certificate.
    pub(crate) role: &'a str,
    /// What the services promise.
    pub(crate) contract: Contract,
}

/// A call that was made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Made {
    /// What the driver was asked.
    pub(crate) call: Call,
    /// What the client made of it.
    pub(crate) outcome: Outcome,
    /// Role of the certificate in the context, where it is one of this run's.
    pub(crate) certificate: Option<String>,
    /// The request that a service of ours served meanwhile; none: the call's context was written in the step.
    pub(crate) served: Option<Served>,
    /// What a lifecycle persisted, in order; none for a single call.
    pub(crate) stored: Vec<Resource>,
    /// How often it tried to.
    pub(crate) writes: u64,
    /// Pauses of a lifecycle, in milliseconds.
    pub(crate) waits_ms: Vec<u64>,
}

/// What is known of a request that was served while a call was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Served {
    /// Names of its header lines.
    pub(crate) headers: Vec<String>,
    /// Its `traceparent`.
    pub(crate) parent: Option<String>,
}

impl Made {
    /// The resource as the client left it, where it said.
    pub(crate) fn left(&self) -> Option<&Resource> {
        match &self.outcome {
            Outcome::Ok { resource, .. } => resource.as_ref(),
            Outcome::Error(failure) => failure.resource.as_ref(),
            Outcome::Cancelled | Outcome::CouldNotAttempt { .. } | Outcome::Unsupported { .. } => None,
        }
    }
}

/// Holds a step to its expectations.
pub(crate) fn step(expect: &Expect, seen: Observation<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(expected) = &expect.outcome {
        findings.extend(outcome::check(expected, seen));
    }
    if let Some(expected) = &expect.value {
        findings.extend(outcome::check_value(expected, seen));
    }
    if let Some(expected) = &expect.requests {
        findings.extend(request::check(expected, seen));
    }
    if let Some(expected) = &expect.connections {
        findings.extend(connections::check_opened(expected, seen));
    }
    if let Some(expected) = &expect.handshakes {
        findings.extend(connections::check_handshakes(expected, seen));
    }
    if let Some(expected) = &expect.open_connections {
        findings.extend(connections::check_open(expected, seen));
    }
    if let Some(expected) = &expect.changes {
        findings.extend(changes::check(expected, seen));
    }
    if let Some(expected) = &expect.resource {
        findings.extend(resource::check(expected, seen));
    }
    for name in &expect.checks {
        let check = named::find(&name.value).expect("lint refuses a check that is not in the table");
        findings.extend((check.look)(seen).into_iter().map(|finding| finding.stated_at(seen, &name.span)));
    }
    findings
}

impl Observation<'_> {
    /// Text of the scenario, with ids in place of their names.
    fn fill(&self, text: &str) -> String {
        self.fixtures.fill_text(text, self.created)
    }

    /// JSON of the scenario, likewise.
    fn fill_json(&self, value: &serde_json::Value) -> serde_json::Value {
        self.fixtures.fill(value, self.created)
    }

    /// The service that the step calls.
    fn service(&self) -> Option<Service> {
        self.known.map(|known| known.service)
    }
}

impl Finding {
    /// Something is wrong.
    pub(crate) fn new(check: &str, message: impl Into<String>) -> Self {
        Self {
            check: check.to_owned(),
            message: message.into(),
            expected: None,
            seen: None,
            help: None,
            location: None,
            exchanges: Vec::new(),
        }
    }

    /// Where it is expected.
    #[must_use]
    fn stated_at(mut self, seen: Observation<'_>, span: &Span) -> Self {
        self.location = Some(seen.source.locate(span));
        self
    }

    /// What should have been and what was.
    #[must_use]
    fn compared(mut self, expected: impl Into<String>, seen: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self.seen = Some(seen.into());
        self
    }

    /// Which exchanges it is about.
    #[must_use]
    fn about(mut self, exchanges: impl IntoIterator<Item = u64>) -> Self {
        self.exchanges = exchanges.into_iter().collect();
        self
    }

    /// Advice.
    #[must_use]
    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// `1 request`, `2 requests`.
fn plural(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
