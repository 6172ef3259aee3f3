//! When a call acts as its principal.

use http::{HeaderValue, Method};
use plumbline_protocol::{Impersonation, PrincipalType};
use plumbline_reference::{ExchangeFuture, Layer, Next, Outgoing};

use crate::Mutant;
use crate::broken::Broken;
use crate::layers::{Given, Sticky};

const IMPERSONATE: &str = "x-impersonate";

pub(super) const TABLE: &[Mutant] = &[
    Mutant {
        id: "impersonation-never",
        story: "never acts as the principal",
        build: || Broken::request(|request| drop(request.headers.remove(IMPERSONATE))),
    },
    Mutant {
        id: "impersonation-always",
        story: "always acts as the principal",
        build: || {
            Broken::request(|request| {
                drop(request.headers.insert(IMPERSONATE, HeaderValue::from_static("true")))
            })
        },
    },
    Mutant {
        id: "impersonation-stays",
        story: "goes on acting as the principal once it was asked to",
        build: || Broken::layer(|| Sticky::new(IMPERSONATE, Given::WhereAbsent)),
    },
    Mutant {
        id: "impersonation-leaks-to-the-other-service",
        story: "acts as the principal in another service's call, too, once it was asked to in one",
        build: || Broken::layer(|| Sticky::new(IMPERSONATE, Given::WhereAbsentElsewhere)),
    },
    Mutant {
        id: "impersonation-on-reads-only",
        story: "acts as the principal when it reads, and with all its rights when it writes",
        build: || {
            Broken::request(|request| {
                if request.method != Method::GET {
                    request.headers.remove(IMPERSONATE);
                }
            })
        },
    },
    Mutant {
        id: "impersonation-false-said",
        story: "says `false` where nobody asked to act as the principal",
        build: || {
            Broken::request(|request| {
                request.headers.entry(IMPERSONATE).or_insert(HeaderValue::from_static("false"));
            })
        },
    },
    Mutant {
        id: "impersonation-says-one",
        story: "writes the flag as `1`",
        build: || {
            Broken::request(|request| {
                if let Some(value) = request.headers.get_mut(IMPERSONATE) {
                    *value = HeaderValue::from_static("1");
                }
            })
        },
    },
    Mutant {
        id: "impersonation-by-controllers",
        story: "lets a controller act as the principal in its context",
        build: || Broken::layer(|| ByControllers),
    },
    Mutant {
        id: "impersonation-dropped-without-an-actor",
        story: "calls with all its rights when there is no actor to act as",
        build: || {
            Broken::call(|_, call| {
                let actor = call.context.principal.as_ref().and_then(|principal| principal.actor.as_deref());
                if call.context.principal.is_some() && actor.is_none_or(str::is_empty) {
                    call.context.impersonate = Impersonation::No;
                }
            })
        },
    },
    Mutant {
        id: "impersonation-of-users-only",
        story: "calls with all its rights when the actor is a service account",
        build: || {
            Broken::call(|_, call| {
                if call.context.principal.as_ref().is_some_and(|by| by.kind == Some(PrincipalType::Service)) {
                    call.context.impersonate = Impersonation::No;
                }
            })
        },
    },
];

struct ByControllers;

impl Layer for ByControllers {
    fn exchange<'a>(&'a self, mut request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        if next.context().impersonation == plumbline_reference::Impersonation::Yes {
            request.headers.insert(IMPERSONATE, HeaderValue::from_static("true"));
        }
        next.send(request)
    }
}
