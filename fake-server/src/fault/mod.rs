//! What may go wrong, as data: which requests, whether they take effect, what is said instead, and how it arrives.
//!
//! A [`Rule`] is given to [`crate::FakeServer::inject`]. Everything here happens around the decision, never in it; the
//! one exception, a refusal by the store, goes through the store's own door. What goes wrong before there is a request
//! is a [`ConnectionRule`], given to [`crate::FakeServer::inject_connection`].

mod connection;
mod counted;
mod delivery;
mod gate;
mod rules;

pub use connection::{ConnectionFault, ConnectionRule, ConnectionRuleId};
pub(crate) use connection::{ConnectionRules, Met};
pub use delivery::{Delivery, Ending};
pub use gate::{Gate, Passage};
pub use rules::RuleId;
pub(crate) use rules::Rules;

use crate::exchange::{Response, Service};
use crate::store::StoreFault;

/// Which requests meet which fault.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Requests that it is about.
    pub requests: Requests,
    /// Which of them, counted from when the rule was injected.
    pub occurrence: Occurrence,
    /// What happens to those.
    pub fault: Fault,
}

impl Rule {
    /// Every request meets the fault.
    #[must_use]
    pub fn each(fault: Fault) -> Self {
        Self { requests: Requests::default(), occurrence: Occurrence::Each, fault }
    }

    /// The nth request, from 1, meets the fault.
    #[must_use]
    pub fn nth(nth: u64, fault: Fault) -> Self {
        Self { requests: Requests::default(), occurrence: Occurrence::Nth(nth), fault }
    }

    /// The same for requests of that kind only.
    #[must_use]
    pub fn on(self, requests: Requests) -> Self {
        Self { requests, ..self }
    }
}

/// A kind of request. Absent members fit every request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requests {
    /// The service asked.
    pub service: Option<Service>,
    /// The method.
    pub method: Option<String>,
    /// What the target begins with, as on the request line.
    pub target_prefix: Option<String>,
    /// The operation's id in the OpenAPI document.
    pub operation: Option<String>,
    /// The JSON of the principal it carries, in either encoding; signatures are not looked at.
    pub principal: Option<serde_json::Value>,
}

/// Which of the requests, or connections, that a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occurrence {
    /// All.
    Each,
    /// That one, from 1.
    Nth(u64),
    /// So many at the beginning.
    First(u64),
    /// That one, from 1, and all after it.
    From(u64),
}

impl Occurrence {
    /// Whether it is about the one of that number, from 1.
    pub(crate) fn is_due(self, number: u64) -> bool {
        match self {
            Self::Each => true,
            Self::Nth(nth) => number == nth,
            Self::First(count) => number <= count,
            Self::From(first) => number >= first,
        }
    }
}

/// What happens to a request. [`Fault::default`] is nothing unusual.
#[derive(Debug, Clone, Default)]
pub struct Fault {
    /// How often the request arrives at the service.
    pub arrival: Arrival,
    /// Whether the service decides and acts on the request.
    pub commit: Commit,
    /// What is said; none: what the service decided, or an empty 503 when it was not asked.
    pub reply: Option<Response>,
    /// Until when the request is held; [`Commit`] says whether the service decides before or after.
    pub hold: Option<Gate>,
    /// How the answer arrives.
    pub delivery: Delivery,
    /// How the connection ends once the answer is sent, so that the client may have put it aside for its next request;
    /// none: it stays as the answer and its delivery leave it. What a client sees that writes to it nevertheless can be
    /// had without a race by [`Fault::drop_request`] on its next request.
    pub then: Option<Ending>,
    /// Whether the server restarts while it has the request, and when: every connection is cut, this one too, and the
    /// state is kept. Nothing is said or delivered then.
    pub restart: Option<Moment>,
    /// How many changes of the store a request that only reads does not see yet; one that writes sees all. Nothing that
    /// comes later is decided on the past.
    pub stale: u32,
    /// What the store refuses while the service decides, the first time if it decides twice.
    pub store: Option<StoreFault>,
}

impl Fault {
    /// The request does not reach the service; this is said instead.
    #[must_use]
    pub fn reply(response: Response) -> Self {
        Self { commit: Commit::No, reply: Some(response), ..Self::default() }
    }

    /// The request takes effect, and its answer arrives like that.
    #[must_use]
    pub fn deliver(delivery: Delivery) -> Self {
        Self { delivery, ..Self::default() }
    }

    /// The request does not reach the service, and the connection ends like that.
    #[must_use]
    pub fn drop_request(ending: Ending) -> Self {
        Self { commit: Commit::No, delivery: Delivery::Nothing(ending), ..Self::default() }
    }

    /// The request takes effect, and the connection ends like that instead of an answer.
    #[must_use]
    pub fn lose_answer(ending: Ending) -> Self {
        Self::deliver(Delivery::Nothing(ending))
    }

    /// The request takes effect, its answer arrives whole, and then the connection ends like that.
    #[must_use]
    pub fn end_after(ending: Ending) -> Self {
        Self { then: Some(ending), ..Self::default() }
    }

    /// The request arrives twice and takes effect each time; the client gets the second answer.
    #[must_use]
    pub fn twice() -> Self {
        Self { arrival: Arrival::Twice, ..Self::default() }
    }

    /// A request that only reads does not see the last changes of the store, so many of them.
    #[must_use]
    pub fn stale(changes: u32) -> Self {
        Self { stale: changes, ..Self::default() }
    }

    /// The server restarts while it has the request.
    #[must_use]
    pub fn restart(moment: Moment) -> Self {
        Self { restart: Some(moment), ..Self::default() }
    }

    /// The request takes effect at once; its answer waits for the gate. See [`Fault::late`].
    #[must_use]
    pub fn hold_answer(gate: &Gate) -> Self {
        Self { hold: Some(gate.clone()), ..Self::default() }
    }

    /// The store refuses an access while the service decides.
    #[must_use]
    pub fn refuse(store: StoreFault) -> Self {
        Self { store: Some(store), ..Self::default() }
    }

    /// The same, but the request does not reach the service.
    #[must_use]
    pub fn without_effect(self) -> Self {
        Self { commit: Commit::No, ..self }
    }

    /// The same, but the request takes effect first.
    #[must_use]
    pub fn with_effect(self) -> Self {
        Self { commit: Commit::Yes, ..self }
    }

    /// The same, but the request reaches the service once the gate is open, not before.
    #[must_use]
    pub fn late(self) -> Self {
        Self { commit: Commit::Late, ..self }
    }

    /// Whether what the client gets is the fault's doing and not the service's.
    pub(crate) fn decides(&self, answer: &Response) -> bool {
        self.reply.is_some() || self.commit == Commit::No || self.delivery.spoils(answer)
    }

    /// What it is called in a recording.
    pub(crate) fn name(&self) -> String {
        let mut parts = Vec::new();
        if self.arrival == Arrival::Twice {
            parts.push("delivered twice".to_owned());
        }
        if self.stale > 0 {
            parts.push(format!("reads lag {}", self.stale));
        }
        if let Some(store) = &self.store {
            parts.push(format!("store refuses {:?} of {:?}", store.verb, store.kind).to_lowercase());
        }
        if self.hold.is_some() {
            parts.push("held".to_owned());
        }
        if let Some(reply) = &self.reply {
            parts.push(format!("reply {}", reply.status));
        }
        parts.extend(self.delivery.name().map(str::to_owned));
        parts.extend(self.restart.map(|moment| format!("server restarts {}", moment.name())));
        parts.extend(self.then.map(|ending| format!("then {}", ending.name())));
        parts.join(", ")
    }
}

/// How often a request arrives at the service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Arrival {
    /// Once.
    #[default]
    Once,
    /// Twice in a row, delivered again by something in between. The service decides each time; the client gets the
    /// second answer, and the exchange has the changes of both.
    Twice,
}

/// Whether a request takes effect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Commit {
    /// It does, at once: the service decides on it, whatever becomes of the answer.
    #[default]
    Yes,
    /// It does, once the gate that holds it is open; not at all when the client is gone by then.
    Late,
    /// It does not reach the service.
    No,
}

/// Before or after the service has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before: it never does.
    Before,
    /// After: the request has taken effect.
    After,
}

impl Moment {
    fn name(self) -> &'static str {
        match self {
            Self::Before => "before the effect",
            Self::After => "after the effect",
        }
    }
}
