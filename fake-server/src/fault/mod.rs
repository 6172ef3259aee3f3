//! What may go wrong, as data: which requests, whether they take effect, what is said instead, and how it arrives.
//!
//! A [`Rule`] is given to [`crate::FakeServer::inject`]. Everything here happens around the decision, never in it; the
//! one exception, a refusal by the store, goes through the store's own door.

mod gate;
mod rules;

use bytes::Bytes;

pub use gate::Gate;
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

/// Which of the requests that a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occurrence {
    /// All.
    Each,
    /// That one, from 1.
    Nth(u64),
    /// So many at the beginning.
    First(u64),
}

/// What happens to a request. [`Fault::default`] is nothing unusual.
#[derive(Debug, Clone, Default)]
pub struct Fault {
    /// Whether the service decides and acts on the request.
    pub commit: Commit,
    /// What is said; none: what the service decided, or an empty 503 when it was not asked.
    pub reply: Option<Response>,
    /// Until when the request is held; [`Commit`] says whether the service decides before or after.
    pub hold: Option<Gate>,
    /// How the answer arrives.
    pub delivery: Delivery,
    /// What the store refuses while the service decides.
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
    pub(crate) fn decides(&self) -> bool {
        match self.delivery {
            Delivery::Whole | Delivery::Chunked | Delivery::BodyStalls(_) => {
                self.reply.is_some() || self.commit == Commit::No
            }
            Delivery::Nothing(_)
            | Delivery::HeadCut(_)
            | Delivery::BodyCut(_)
            | Delivery::ChunkedCut(_)
            | Delivery::Raw(..) => true,
        }
    }

    /// What it is called in a recording.
    pub(crate) fn name(&self) -> String {
        let mut parts = Vec::new();
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
        parts.join(", ")
    }
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

/// How an answer arrives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Whole.
    #[default]
    Whole,
    /// Not at all.
    Nothing(Ending),
    /// The connection ends in the middle of the head.
    HeadCut(Ending),
    /// The connection ends in the middle of the body, short of its declared length; of an answer without body, before
    /// the last byte of its head, since it would be whole after it.
    BodyCut(Ending),
    /// Whole, in chunks.
    Chunked,
    /// In chunks, and the connection ends before the last.
    ChunkedCut(Ending),
    /// Half of the body, and then nothing more until the gate opens.
    BodyStalls(Gate),
    /// These bytes instead of an HTTP answer, and the connection ends.
    Raw(Bytes, Ending),
}

impl Delivery {
    /// Whether the client can make out an answer: at least the whole head arrives.
    pub(crate) fn answers(&self, answer: &Response) -> bool {
        match self {
            Self::Whole | Self::Chunked | Self::ChunkedCut(_) | Self::BodyStalls(_) => true,
            Self::BodyCut(_) => !answer.body.is_empty(),
            Self::Nothing(_) | Self::HeadCut(_) | Self::Raw(..) => false,
        }
    }

    fn name(&self) -> Option<&'static str> {
        match self {
            Self::Whole => None,
            Self::Nothing(_) => Some("answer lost"),
            Self::HeadCut(_) => Some("head cut"),
            Self::BodyCut(_) => Some("body cut"),
            Self::Chunked => Some("chunked"),
            Self::ChunkedCut(_) => Some("chunked and cut"),
            Self::BodyStalls(_) => Some("body stalls"),
            Self::Raw(..) => Some("raw bytes"),
        }
    }
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// In good order: TLS says goodbye, then TCP does.
    Close,
    /// TCP ends without TLS having said goodbye, as when a process dies.
    Cut,
    /// TCP is reset.
    Reset,
}
