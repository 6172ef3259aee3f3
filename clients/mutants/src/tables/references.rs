//! How a dependant is named, and what of it.

use http::{Method, StatusCode};
use plumbline_protocol::{ClientKind, Operation as Asked, Outcome};
use plumbline_reference::{Answer, Error, ExchangeFuture, Extent, Judge, Layer, Next, Operation, Outgoing};
use std::sync::Mutex;

use super::resource::{ORGANIZATION, PROJECT};
use crate::Mutant;
use crate::broken::Broken;
use crate::layers::json;

pub(super) const TABLE: &[Mutant] = &[
    Mutant {
        id: "reference-escaped-once",
        story: "escapes a dependant's name once",
        build: || Broken::request(|request| target(request, |path| path.replace("%25", "%"))),
    },
    Mutant {
        id: "reference-percent-as-it-is",
        story: "does not escape a percent sign in a dependant's name",
        build: || Broken::request(|request| target(request, |path| path.replace("%2525", "%25"))),
    },
    Mutant {
        id: "reference-blank-as-plus",
        story: "writes a blank in a dependant's name as a plus",
        build: || Broken::request(|request| target(request, |path| path.replace("%2520", "+"))),
    },
    Mutant {
        id: "reference-cut-at-query",
        story: "ends a dependant's name at a question mark",
        build: || {
            Broken::request(|request| {
                target(request, |path| path.split("%253F").next().unwrap_or_default().to_owned());
            })
        },
    },
    Mutant {
        id: "reference-cut-at-semicolon",
        story: "ends a dependant's name at a semicolon",
        build: || {
            Broken::request(|request| {
                target(request, |path| path.split("%253B").next().unwrap_or_default().to_owned());
            })
        },
    },
    Mutant {
        id: "reference-dots-climb",
        story: "tidies dots in a path, also those in a dependant's name",
        build: || {
            Broken::request(|request| {
                target(request, |path| path.replace("..%252F", "").replace("%252F..", "%252F"));
            })
        },
    },
    Mutant {
        id: "reference-ascii-only",
        story: "drops what is not ASCII from a dependant's name",
        build: || {
            Broken::call(|_, call| {
                if let Some(resource) = &mut call.resource {
                    resource.name.retain(|character| character.is_ascii());
                }
            })
        },
    },
    Mutant {
        id: "reference-line-breaks-dropped",
        story: "drops line breaks from a dependant's name",
        build: || {
            Broken::call(|_, call| {
                if let Some(resource) = &mut call.resource {
                    resource.name.retain(|character| !character.is_control());
                }
            })
        },
    },
    Mutant {
        id: "reference-name-of-slash-cut",
        story: "takes what follows a slash in a dependant's name for its name",
        build: || {
            Broken::call(|_, call| {
                if let Some(resource) = &mut call.resource {
                    resource.name = resource.name.rsplit('/').next().unwrap_or_default().to_owned();
                }
            })
        },
    },
    Mutant {
        id: "reference-without-name",
        story: "names a dependant by its kind alone",
        build: || {
            Broken::request(|request| {
                target(request, |path| match path.split_once("%252F") {
                    Some((kind, _)) => format!("{kind}%252Fall"),
                    None => path.to_owned(),
                });
            })
        },
    },
    Mutant {
        id: "group-as-it-is",
        story: "does not rewrite the group `unikorn-cloud.org`",
        build: || {
            Broken::request(|request| {
                target(request, |path| path.replace(".kubernetes.unikorn-cloud.org", ".unikorn-cloud.org"));
                request.body = String::from_utf8_lossy(&request.body)
                    .replace(".kubernetes.unikorn-cloud.org", ".unikorn-cloud.org")
                    .into();
            })
        },
    },
    Mutant {
        id: "group-always-rewritten",
        story: "rewrites every group that ends in `unikorn-cloud.org`",
        build: || {
            Broken::call(|_, call| {
                if let Some(resource) = &mut call.resource
                    && resource.group.ends_with("unikorn-cloud.org")
                {
                    resource.group = "unikorn-cloud.org".to_owned();
                }
            })
        },
    },
    Mutant {
        id: "group-of-core-without-dot",
        story: "names a dependant of the core group without the dot",
        build: || Broken::request(|request| target(request, |path| path.replace(".%252F", "%252F"))),
    },
    Mutant {
        id: "plural-guessed",
        story: "makes a kind's plural by adding an s",
        build: || {
            Broken::call(|_, call| {
                if let Some(resource) = &mut call.resource {
                    resource.plural = format!("{}s", resource.kind.to_lowercase());
                }
            })
        },
    },
    Mutant {
        id: "reference-path-by-twins",
        story: "names organization and project of a reference by the principal's labels",
        build: || {
            Broken::call(|_, call| {
                let Some(labels) = call.resource.as_mut().and_then(|resource| resource.labels.as_mut())
                else {
                    return;
                };
                for plain in [ORGANIZATION, PROJECT] {
                    if let Some(twin) = labels.get(&format!("principal.{plain}")).cloned() {
                        labels.insert(plain.to_owned(), twin);
                    }
                }
            })
        },
    },
    Mutant {
        id: "network-reference-needs-labels",
        story: "refuses a network's reference to a dependant without labels",
        build: || {
            Broken::call(|_, call| {
                if matches!(call.operation, Asked::NetworkReferencesAdd | Asked::NetworkReferencesRemove)
                    && let Some(resource) = &mut call.resource
                    && resource.labels.as_ref().is_none_or(|labels| !labels.contains_key(ORGANIZATION))
                {
                    resource.labels = None;
                }
            })
        },
    },
    Mutant {
        id: "ids-default-to-nil",
        story: "takes a missing or invalid id for the id of zeros",
        build: || Broken::call(|_, call| super::allocations::nil_ids(call)),
    },
    Mutant {
        id: "ids-in-capitals",
        story: "writes ids in capitals in a path",
        build: || {
            Broken::request(|request| {
                target(request, |path| {
                    let parts = path.split('/').map(|part| match part.len() {
                        36 if part.bytes().filter(|byte| *byte == b'-').count() == 4 => part.to_uppercase(),
                        _ => part.to_owned(),
                    });
                    parts.collect::<Vec<_>>().join("/")
                });
            })
        },
    },
    Mutant {
        id: "removal-from-vanished-project-fails",
        story: "reports a reference's removal from a project that is gone as an error",
        build: || Broken::judge(GoneFrom(|operation| operation != "remove a reference from a project")),
    },
    Mutant {
        id: "removal-from-vanished-network-fails",
        story: "reports a reference's removal from a network that is gone as an error",
        build: || Broken::judge(GoneFrom(|operation| operation != "remove a reference from a network")),
    },
    Mutant {
        id: "reference-success-is-read",
        story: "reads the body of a successful answer to adding a reference",
        build: || Broken::judge(ReadsBodies),
    },
    Mutant {
        id: "reference-added-once",
        story: "does not add a reference that it has added before",
        build: || {
            Broken::layer(|| Once { verb: Method::PUT, status: StatusCode::CREATED, sent: Mutex::default() })
        },
    },
    Mutant {
        id: "reference-removed-once",
        story: "does not remove a reference that it has removed before",
        build: || {
            Broken::layer(|| Once {
                verb: Method::DELETE,
                status: StatusCode::NO_CONTENT,
                sent: Mutex::default(),
            })
        },
    },
    Mutant {
        id: "reference-deleted-before-the-parent-was-ready",
        story: "removes a reference again when its parent was not ready to take it",
        build: || Broken::layer(|| Undo),
    },
    Mutant {
        id: "references-removed-together",
        story: "removes every reference that it has added when it removes one",
        build: || Broken::layer(Together::default),
    },
    Mutant {
        id: "reference-in-the-callers-name",
        story: "adds a reference in the name of the caller",
        build: || {
            Broken::call(|_, call| {
                let is_reference =
                    matches!(call.operation, Asked::ProjectReferencesAdd | Asked::NetworkReferencesAdd);
                if is_reference
                    && call.client == ClientKind::Controller
                    && let Some(actor) =
                        call.context.principal.as_ref().and_then(|principal| principal.actor.clone())
                    && let Some(resource) = &mut call.resource
                {
                    let annotations = resource.annotations.get_or_insert_default();
                    annotations.insert("principal.unikorn-cloud.org/creator".to_owned(), actor);
                }
            })
        },
    },
    Mutant {
        id: "reference-addition-swallowed",
        story: "takes a refused addition of a reference for success",
        build: || {
            Broken::outcome(|call, outcome| {
                let adds =
                    matches!(call.operation, Asked::ProjectReferencesAdd | Asked::NetworkReferencesAdd);
                if adds && matches!(outcome, Outcome::Error(failure) if failure.status.is_some()) {
                    *outcome =
                        Outcome::Ok { value: serde_json::Value::Null, resource: call.resource.clone() };
                }
            })
        },
    },
];

/// Changes path and query; what is none afterwards stays.
pub(super) fn target(request: &mut Outgoing, change: impl Fn(&str) -> String) {
    if let Ok(changed) = change(&request.target.to_string()).parse() {
        request.target = changed;
    }
}

/// Takes a 404 for success only in some operations.
pub(super) struct GoneFrom(pub(super) fn(&str) -> bool);

impl Judge for GoneFrom {
    fn is_gone(&self, error: &Error) -> bool {
        matches!(error, Error::Api(answer) if answer.status == 404 && (self.0)(answer.operation))
    }
}

struct ReadsBodies;

impl Judge for ReadsBodies {
    fn judge(
        &self,
        operation: &'static Operation,
        mut answer: Answer,
        extent: Extent,
        limit: usize,
    ) -> Result<Answer, Error> {
        let unread = operation.name.starts_with("add a reference")
            && !answer.body.is_empty()
            && serde_json::from_slice::<serde_json::Value>(&answer.body).is_err();
        if unread {
            answer.status = 500;
        }
        plumbline_reference::Standard.judge(operation, answer, extent, limit)
    }
}

/// Sends the same only once, and says from memory that it was done.
struct Once {
    verb: Method,
    status: StatusCode,
    sent: Mutex<Vec<String>>,
}

impl Layer for Once {
    fn exchange<'a>(&'a self, request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            let target = request.target.to_string();
            if request.method != self.verb || !target.contains("/references/") {
                return next.send(request).await;
            }
            if self.sent.lock().expect("no holder of this lock panics").contains(&target) {
                return Ok(json(self.status, bytes::Bytes::new()));
            }
            let received = next.send(request).await?;
            if received.head.status == self.status {
                self.sent.lock().expect("no holder of this lock panics").push(target);
            }
            Ok(received)
        })
    }
}

/// Removes with one reference all that it has added.
#[derive(Default)]
struct Together {
    added: Mutex<Vec<Outgoing>>,
}

impl Layer for Together {
    fn exchange<'a>(&'a self, request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            let is_reference = request.target.path().contains("/references/");
            let received = next.send(request.clone()).await?;
            if is_reference && request.method == Method::PUT {
                self.added.lock().expect("no holder of this lock panics").push(request);
            } else if is_reference && request.method == Method::DELETE {
                let added = std::mem::take(&mut *self.added.lock().expect("no holder of this lock panics"));
                for mut other in added.into_iter().filter(|other| other.target != request.target) {
                    other.method = Method::DELETE;
                    other.headers.remove(http::header::CONTENT_LENGTH);
                    let _whatever = next.send(other).await;
                }
            }
            Ok(received)
        })
    }
}

/// Takes back what was refused.
struct Undo;

impl Layer for Undo {
    fn exchange<'a>(&'a self, request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            let adds = request.method == Method::PUT && request.target.path().contains("/references/");
            let received = next.send(request.clone()).await?;
            if adds && received.head.status.as_u16() >= 400 {
                let mut back = request;
                back.method = Method::DELETE;
                back.headers.remove(http::header::CONTENT_LENGTH);
                let _whatever = next.send(back).await;
            }
            Ok(received)
        })
    }
}
