//! One exchange to be judged: what was asked, in the recording's terms, and what was answered, by whomever.

use std::collections::BTreeMap;

use serde_json::Value;

use super::tags;
use crate::target::{Answer, Seen};
use crate::vector::{Expected, Request, Service, State, Step, Vector};

/// What the recording puts in the place of a schema and the value that does not fit it.
const TAIL: &str = "<schema and offending value follow>";

/// One exchange, to be judged.
#[derive(Debug, Clone)]
pub struct Exchange<'v> {
    /// The vector that it is of.
    pub vector: &'v Vector,
    /// Which step, from 0.
    pub index: usize,
    /// What it is, in words that selections are made of.
    pub tags: Vec<String>,
    /// What was answered; none: the connection was cut.
    pub reply: Option<Reply>,
    /// What it changed; none: nobody can look.
    pub state: Option<State>,
}

/// An answer, in the terms that recorded ones and seen ones have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Header lines by their names in small letters.
    pub headers: BTreeMap<String, String>,
    /// The body; null: there is none, or none that is JSON.
    pub body: Value,
    /// The description of an error; empty without one.
    pub description: String,
    /// Whether a schema and the value that does not fit it were quoted.
    pub quotes_value: bool,
}

impl<'v> Exchange<'v> {
    /// What was recorded of a vector.
    #[must_use]
    pub fn recorded(vector: &'v Vector) -> Vec<Self> {
        let steps = vector.steps.iter().enumerate();
        let exchange = |(index, step): (usize, &'v Step)| {
            let reply = match &step.response {
                Expected::Aborted => None,
                Expected::Response(response) => {
                    let headers = response.headers.iter();
                    let headers =
                        headers.map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
                    Some(Reply::new(response.status, headers, response.body.clone().unwrap_or_default()))
                }
            };
            let state = Some(step.state.clone().unwrap_or_default());
            Self { vector, index, tags: tags::of(vector, index), reply, state }
        };
        steps.map(exchange).collect()
    }

    /// What was seen of a vector, as far as it was played.
    #[must_use]
    pub fn seen(vector: &'v Vector, seen: &[Seen]) -> Vec<Self> {
        let exchange = |(index, seen): (usize, &Seen)| {
            let reply = match &seen.answer {
                Answer::Aborted => None,
                Answer::Response(response) => {
                    let headers = response.headers.iter();
                    let headers =
                        headers.map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
                    let body = serde_json::from_slice(&response.body).unwrap_or_default();
                    Some(Reply::new(response.status, headers, body))
                }
            };
            Self { vector, index, tags: tags::of(vector, index), reply, state: seen.state.clone() }
        };
        seen.iter().take(vector.steps.len()).enumerate().map(exchange).collect()
    }

    /// The recorded step.
    #[must_use]
    pub fn step(&self) -> &'v Step {
        &self.vector.steps[self.index]
    }

    /// What was asked.
    #[must_use]
    pub fn request(&self) -> &'v Request {
        &self.step().request
    }

    /// The status; 0: the connection was cut.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.reply.as_ref().map_or(0, |reply| reply.status)
    }

    /// Whether it was refused.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.reply.as_ref().is_none_or(|reply| reply.status >= 400)
    }

    /// Whether what was asked was done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        (200..300).contains(&self.status())
    }
}

impl Reply {
    fn new(status: u16, headers: BTreeMap<String, String>, body: Value) -> Self {
        let description =
            body.get("error_description").and_then(Value::as_str).unwrap_or_default().to_owned();
        let quotes_value = status >= 400 && (description.contains(TAIL) || description.contains("\nValue:"));
        Self { status, headers, body, description, quotes_value }
    }

    /// What the answer says, but for its trace: two answers that say the same are the same.
    #[must_use]
    pub fn says(&self) -> (u16, Value) {
        (self.status, without_order(&self.body))
    }
}

/// Lists of an access list have no order; a trace is each request's own.
fn without_order(value: &Value) -> Value {
    match value {
        Value::Array(values) => {
            let mut values: Vec<Value> = values.iter().map(without_order).collect();
            values.sort_by_key(Value::to_string);
            Value::Array(values)
        }
        Value::Object(members) => {
            let members = members.iter().filter(|(name, _)| *name != "trace_id");
            let mut members: Vec<_> =
                members.map(|(name, value)| (name.clone(), without_order(value))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        other => other.clone(),
    }
}

/// Exchanges that differ from another in one thing, found by what was asked.
pub struct Neighbors<'a> {
    /// By service, method and path.
    first: BTreeMap<(Service, &'a str, &'a str), Vec<&'a Exchange<'a>>>,
}

impl<'a> Neighbors<'a> {
    pub(super) fn of(exchanges: &'a [Exchange<'a>]) -> Self {
        let mut first: BTreeMap<_, Vec<&Exchange<'_>>> = BTreeMap::new();
        // Only what was asked of a fresh world, whose store did not refuse.
        for exchange in exchanges.iter().filter(|it| it.index == 0 && it.step().fault.is_none()) {
            let request = exchange.request();
            let key = (exchange.vector.service, request.method.as_str(), request.path.as_str());
            first.entry(key).or_default().push(exchange);
        }
        Self { first }
    }

    /// The exchange in which that was asked of a fresh world.
    #[must_use]
    pub fn asked(&self, service: Service, request: &Request) -> Option<&'a Exchange<'a>> {
        let there = self.first.get(&(service, request.method.as_str(), request.path.as_str()))?;
        there.iter().copied().find(|exchange| exchange.request() == request)
    }
}
