//! What is another request when it is sent again.

use std::collections::BTreeSet;
use std::sync::Mutex;

use http::HeaderValue;
use plumbline_reference::{ExchangeFuture, Layer, Next, Outgoing};

use crate::Mutant;
use crate::broken::Broken;

pub(super) const TABLE: &[Mutant] = &[
    Mutant {
        id: "repeats-without-its-principal",
        story: "sends a request again without its principal once it has failed",
        build: || Broken::layer(|| Repeats::changed(|again| drop(again.headers.remove("x-principal")))),
    },
    Mutant {
        id: "repeats-as-its-principal",
        story: "acts as its principal once a request has failed",
        build: || {
            Broken::layer(|| {
                Repeats::changed(|again| {
                    drop(again.headers.insert("x-impersonate", HeaderValue::from_static("true")))
                })
            })
        },
    },
];

/// Changes requests that failed before.
struct Repeats {
    failed: Mutex<BTreeSet<String>>,
    change: fn(&mut Outgoing),
}

impl Repeats {
    fn changed(change: fn(&mut Outgoing)) -> Self {
        Self { failed: Mutex::default(), change }
    }
}

impl Layer for Repeats {
    fn exchange<'a>(&'a self, mut request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        let asked = format!("{} {}", request.method, request.target);
        if self.failed.lock().expect("no holder of this lock panics").contains(&asked) {
            (self.change)(&mut request);
        }
        Box::pin(async move {
            let outcome = next.send(request).await;
            if outcome.as_ref().map_or(true, |received| received.head.status.as_u16() >= 400) {
                self.failed.lock().expect("no holder of this lock panics").insert(asked);
            }
            outcome
        })
    }
}
