//! What answers are taken for.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, TRANSFER_ENCODING};
use http::{Method, StatusCode};
use plumbline_reference::{Answer, Error, Extent, Judge, Operation, Standard};
use serde_json::Value;

use super::bodies::body;
use crate::Mutant;
use crate::broken::Broken;
use crate::layers::{Resend, Retell};

pub(super) const TABLE: &[Mutant] = &[
    Mutant {
        id: "undeclared-status-lost",
        story: "reports a status that the operation does not declare as an error without status",
        build: || {
            Broken::judge(Judged(|_, error| match error {
                Error::UnexpectedStatus(answer) => Error::Closed { operation: answer.operation },
                error => error,
            }))
        },
    },
    Mutant {
        id: "undeclared-status-is-a-refusal",
        story: "reports every status as the platform's refusal, its body unread",
        build: || {
            Broken::judge(Judged(|_, error| match error {
                Error::UnexpectedStatus(mut answer) => {
                    answer.refusal = None;
                    answer.body = Bytes::new();
                    Error::Api(answer)
                }
                error => error,
            }))
        },
    },
    Mutant {
        id: "pages-lose-their-status",
        story: "reports an answer that is not JSON as an error without status",
        build: || {
            Broken::judge(Judged(|_, error| match error.answer() {
                Some(answer) if !answer.content_type.contains("json") => {
                    Error::Closed { operation: answer.operation }
                }
                _ => error,
            }))
        },
    },
    Mutant {
        id: "unreadable-refusals-lose-their-status",
        story: "reports a refusal that it cannot read as an error without status",
        build: || {
            Broken::judge(Judged(|operation, error| match &error {
                Error::MalformedAnswer { answer, .. } if answer.status != operation.success => {
                    Error::Closed { operation: operation.name }
                }
                _ => error,
            }))
        },
    },
    Mutant {
        id: "unreadable-refusals-are-success",
        story: "takes a refusal that it cannot read for success",
        build: || {
            Broken::judge(Lenient(|operation, answer| {
                answer.status >= 400
                    && operation.refusals.contains(&answer.status)
                    && serde_json::from_slice::<Value>(&answer.body)
                        .is_ok_and(|body| body["error"].as_str().is_none())
            }))
        },
    },
    Mutant {
        id: "any-success-is-success",
        story: "takes any 2xx for success",
        build: || Broken::judge(Lenient(|_, answer| (200..300).contains(&answer.status))),
    },
    Mutant {
        id: "removal-failures-swallowed",
        story: "takes a removal for done whatever was answered",
        build: || Broken::judge(Gone(|error| error.answer().is_some())),
    },
    Mutant {
        id: "any-404-is-gone",
        story: "takes a 404 page for the platform's word that a target is gone",
        build: || Broken::judge(Gone(|error| error.answer().is_some_and(|answer| answer.status == 404))),
    },
    Mutant {
        id: "gone-by-410",
        story: "takes a 410 for the platform's word that a target is gone",
        build: || {
            Broken::judge(Gone(|error| {
                error.answer().is_some_and(|answer| matches!(answer.status, 404 | 410))
            }))
        },
    },
    Mutant {
        id: "gone-by-code",
        story: "goes by the code in the body and not by the status",
        build: || {
            Broken::judge(Gone(|error| {
                let refusal = error.answer().and_then(|answer| answer.refusal.as_ref());
                refusal.is_some_and(|refusal| refusal.code == "not_found")
            }))
        },
    },
    Mutant {
        id: "content-type-exactly-json",
        story: "reads a body only under exactly `application/json`",
        build: || {
            Broken::answer(|_, received| {
                if received.head.headers.get(CONTENT_TYPE).is_some_and(|value| value != "application/json") {
                    received.head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
                }
            })
        },
    },
    Mutant {
        id: "content-type-case-matters",
        story: "reads a body only under a media type in lower case",
        build: || {
            Broken::answer(|_, received| {
                let name = received.head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
                if name.is_some_and(|name| !name.contains("json")) {
                    received.head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
                }
            })
        },
    },
    Mutant {
        id: "content-type-ignored",
        story: "reads every body as an empty list when it is none that it knows",
        build: || {
            Broken::answer(|asked, received| {
                if asked.starts_with("GET ")
                    && received.head.status == StatusCode::OK
                    && serde_json::from_slice::<Value>(&received.body).is_err()
                {
                    received.head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                    received.body = Bytes::from_static(b"[]");
                }
            })
        },
    },
    Mutant {
        id: "lists-of-another-shape-are-empty",
        story: "takes a list of another shape for an empty one",
        build: || {
            Broken::answer(|_, received| {
                body(&mut received.body, |value| {
                    if value.get("items").is_some() {
                        *value = serde_json::json!([]);
                    }
                })
            })
        },
    },
    Mutant {
        id: "untyped-pages-are-dropped",
        story: "forgets the body of an answer that does not say what it is",
        build: || {
            Broken::answer(|_, received| {
                if received.head.headers.get(CONTENT_TYPE).is_none_or(HeaderValue::is_empty) {
                    received.body = Bytes::new();
                }
            })
        },
    },
    Mutant {
        id: "error-bodies-forgotten",
        story: "forgets the body of a failure that is not the platform's",
        build: || {
            Broken::answer(|_, received| {
                if received.head.status.as_u16() >= 400
                    && serde_json::from_slice::<Value>(&received.body).is_err()
                {
                    received.body = Bytes::new();
                }
            })
        },
    },
    Mutant {
        id: "retry-after-forgotten",
        story: "forgets when to try again",
        build: || Broken::answer(|_, received| drop(received.head.headers.remove(RETRY_AFTER))),
    },
    Mutant {
        id: "retry-after-in-seconds-only",
        story: "understands seconds to wait, and no date",
        build: || {
            Broken::answer(|_, received| {
                let seconds = received
                    .head
                    .headers
                    .get(RETRY_AFTER)
                    .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
                if seconds.is_none() {
                    received.head.headers.remove(RETRY_AFTER);
                }
            })
        },
    },
    Mutant {
        id: "trace-id-forgotten",
        story: "forgets the trace id of a refusal",
        build: || Broken::answer(|_, received| member(&mut received.body, "trace_id", None)),
    },
    Mutant {
        id: "trace-id-made-up",
        story: "names its own trace instead of the refusal's",
        build: || {
            Broken::answer(|_, received| {
                member(&mut received.body, "trace_id", Some("0123456789abcdef0123456789abcdef"));
            })
        },
    },
    Mutant {
        id: "descriptions-replaced",
        story: "tells its own words instead of the refusal's",
        build: || {
            Broken::answer(|_, received| {
                member(&mut received.body, "error_description", Some("the request failed"));
            })
        },
    },
    Mutant {
        id: "codes-it-knows-only",
        story: "reports a code that it does not know as `server_error`",
        build: || {
            Broken::answer(|_, received| {
                body(&mut received.body, |value| {
                    let known = [
                        "invalid_request",
                        "access_denied",
                        "forbidden",
                        "not_found",
                        "conflict",
                        "server_error",
                        "unprocessable_content",
                    ];
                    if value["error"].as_str().is_some_and(|code| !known.contains(&code)) {
                        value["error"] = "server_error".into();
                    }
                })
            })
        },
    },
    Mutant {
        id: "conflicts-are-server-errors",
        story: "reports a conflict as a failure of the server",
        build: || {
            Broken::answer(|_, received| {
                if received.head.status == StatusCode::CONFLICT {
                    received.head.status = StatusCode::INTERNAL_SERVER_ERROR;
                }
            })
        },
    },
    Mutant {
        id: "forbidden-is-not-found",
        story: "reports missing rights as a missing thing",
        build: || {
            Broken::answer(|_, received| {
                if received.head.status == StatusCode::FORBIDDEN {
                    received.head.status = StatusCode::NOT_FOUND;
                }
            })
        },
    },
    Mutant {
        id: "odd-statuses-are-500",
        story: "reports a status that it does not know as 500",
        build: || {
            Broken::answer(|_, received| {
                if received.head.status.as_u16() > 505 {
                    received.head.status = StatusCode::INTERNAL_SERVER_ERROR;
                }
            })
        },
    },
    Mutant {
        id: "not-modified-is-an-empty-list",
        story: "takes an answer below 400 for an empty list, whatever its status",
        build: || {
            Broken::answer(|asked, received| {
                let status = received.head.status.as_u16();
                if asked.starts_with("GET ") && (300..400).contains(&status) {
                    received.head.status = StatusCode::OK;
                    received.head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                    received.body = Bytes::from_static(b"[]");
                }
            })
        },
    },
    Mutant {
        id: "chunks-refused",
        story: "does not read an answer that comes in chunks",
        build: || {
            Broken::answer(|_, received| {
                if received.head.headers.contains_key(TRANSFER_ENCODING) {
                    received.body = Bytes::new();
                }
            })
        },
    },
    Mutant {
        id: "http-1.0-refused",
        story: "does not read an answer of HTTP/1.0",
        build: || {
            Broken::answer(|_, received| {
                if received.head.version == http::Version::HTTP_10 {
                    received.body = Bytes::new();
                }
            })
        },
    },
    Mutant {
        id: "lost-answers-are-malformed",
        story: "reports a lost connection as an answer that cannot be read",
        build: || {
            Broken::layer(|| {
                Retell(|error| match error {
                    Error::ConnectionLost { operation, .. } => Error::Closed { operation },
                    error => error,
                })
            })
        },
    },
    Mutant {
        id: "protocol-errors-are-lost-connections",
        story: "reports what is not HTTP as a lost connection",
        build: || {
            Broken::layer(|| {
                Retell(|error| match error {
                    Error::Protocol { operation, source } => Error::ConnectionLost { operation, source },
                    error => error,
                })
            })
        },
    },
    Mutant {
        id: "unreachable-is-lost",
        story: "reports that nobody listens as a lost connection",
        build: || {
            Broken::layer(|| {
                Retell(|error| match error {
                    Error::Connect { operation, source } => Error::ConnectionLost { operation, source },
                    error => error,
                })
            })
        },
    },
    Mutant {
        id: "lost-answers-are-unreachable",
        story: "reports an answer that was lost as that nobody listens",
        build: || {
            Broken::layer(|| {
                Retell(|error| match error {
                    Error::ConnectionLost { operation, source } => Error::Connect { operation, source },
                    error => error,
                })
            })
        },
    },
    Mutant {
        id: "bodies-without-limit",
        story: "reads every body to its end",
        build: || Broken::settings(|settings| settings.limits.body = usize::MAX),
    },
    Mutant {
        id: "huge-refusals-lose-their-status",
        story: "reports a refusal with a large body as an error without status",
        build: || {
            Broken::judge(Judged(|_, error| match error {
                Error::TooLarge { answer, .. } => Error::Closed { operation: answer.operation },
                error => error,
            }))
        },
    },
    Mutant {
        id: "unavailable-tried-again",
        story: "sends again what was answered with 503",
        build: || {
            Broken::layer(|| Resend {
                when: |_, outcome| answered(outcome, |status| status == 503),
                times: 2,
            })
        },
    },
    Mutant {
        id: "too-many-requests-tried-again",
        story: "sends again what was answered with 429",
        build: || {
            Broken::layer(|| Resend {
                when: |_, outcome| answered(outcome, |status| status == 429),
                times: 2,
            })
        },
    },
    Mutant {
        id: "request-timeout-tried-again",
        story: "sends again what was answered with 408",
        build: || {
            Broken::layer(|| Resend {
                when: |_, outcome| answered(outcome, |status| status == 408),
                times: 2,
            })
        },
    },
    Mutant {
        id: "conflicts-tried-again",
        story: "sends again what was answered with a conflict",
        build: || {
            Broken::layer(|| Resend {
                when: |_, outcome| answered(outcome, |status| status == 409),
                times: 2,
            })
        },
    },
    Mutant {
        id: "server-errors-tried-again",
        story: "sends again what was answered with 500",
        build: || {
            Broken::layer(|| Resend {
                when: |_, outcome| answered(outcome, |status| status == 500),
                times: 2,
            })
        },
    },
    Mutant {
        id: "bad-gateway-tried-again",
        story: "reads again what was answered with 502 or 504",
        build: || {
            Broken::layer(|| Resend {
                when: |verb, outcome| {
                    verb == Method::GET && answered(outcome, |status| matches!(status, 502 | 504))
                },
                times: 2,
            })
        },
    },
];

fn answered(outcome: &Result<plumbline_reference::Received, Error>, wanted: fn(u16) -> bool) -> bool {
    outcome.as_ref().is_ok_and(|received| wanted(received.head.status.as_u16()))
}

/// Replaces or removes a member of an error envelope.
fn member(bytes: &mut Bytes, name: &str, text: Option<&str>) {
    body(bytes, |value| {
        let Some(members) = value.as_object_mut().filter(|members| members.contains_key("error")) else {
            return;
        };
        match text {
            Some(text) => drop(members.insert(name.to_owned(), text.into())),
            None => drop(members.remove(name)),
        }
    });
}

/// Makes another error of an error.
struct Judged(fn(&'static Operation, Error) -> Error);

impl Judge for Judged {
    fn judge(
        &self,
        operation: &'static Operation,
        answer: Answer,
        extent: Extent,
        limit: usize,
    ) -> Result<Answer, Error> {
        Standard.judge(operation, answer, extent, limit).map_err(|error| (self.0)(operation, error))
    }
}

/// Takes more answers for success.
struct Lenient(fn(&'static Operation, &Answer) -> bool);

impl Judge for Lenient {
    fn judge(
        &self,
        operation: &'static Operation,
        mut answer: Answer,
        extent: Extent,
        limit: usize,
    ) -> Result<Answer, Error> {
        if (self.0)(operation, &answer) {
            answer.status = operation.success;
        }
        Standard.judge(operation, answer, extent, limit)
    }
}

/// Takes more errors for the news that there is nothing to remove.
struct Gone(fn(&Error) -> bool);

impl Judge for Gone {
    fn is_gone(&self, error: &Error) -> bool {
        (self.0)(error)
    }
}
