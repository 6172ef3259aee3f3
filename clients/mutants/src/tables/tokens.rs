//! How tokens are asked for, and what becomes of them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use plumbline_protocol::{ErrorClass, Operation, Outcome};
use plumbline_reference::{Clock, Error, ExchangeFuture, Layer, Next, Outgoing, Received};
use serde_json::{Value, json};

use crate::Mutant;
use crate::broken::Broken;
use crate::layers::Resend;

const TOKEN: &str = "/oauth2/v2/token";

pub(super) const TABLE: &[Mutant] = &[
    Mutant {
        id: "token-asked-for-in-json",
        story: "asks for a token with JSON",
        build: || {
            Broken::request(|request| {
                form(request, |fields| {
                    let members: BTreeMap<&str, &str> =
                        fields.split('&').filter_map(|pair| pair.split_once('=')).collect();
                    serde_json::to_string(&members).unwrap_or_default()
                });
                if is_token(request) {
                    request.headers.insert("content-type", HeaderValue::from_static("application/json"));
                }
            })
        },
    },
    Mutant {
        id: "token-exchanged-for-a-token",
        story: "does not say that it wants a passport",
        build: || Broken::request(|request| form(request, |fields| without(fields, "requested_token_type"))),
    },
    Mutant {
        id: "token-scope-left-out",
        story: "does not say where the bearer of a token wants to act",
        build: || {
            Broken::request(|request| {
                form(request, |fields| without(&without(fields, "x_project_id"), "x_organization_id"));
            })
        },
    },
    Mutant {
        id: "token-in-the-target",
        story: "asks for a token in the query",
        build: || {
            Broken::request(|request| {
                if is_token(request) {
                    let fields = String::from_utf8_lossy(&request.body).into_owned();
                    if let Ok(target) = format!("{TOKEN}?{fields}").parse() {
                        request.target = target;
                    }
                }
            })
        },
    },
    Mutant {
        id: "token-for-the-principal",
        story: "names a principal when it asks whose a token is",
        build: || {
            Broken::request(|request| {
                if is_token(request) {
                    request.headers.insert("x-principal", HeaderValue::from_static("e30"));
                }
            })
        },
    },
    Mutant {
        id: "token-also-shown",
        story: "shows the token that it asks about",
        build: || {
            Broken::request(|request| {
                if is_token(request) {
                    request.headers.insert("authorization", HeaderValue::from_static("Bearer token"));
                }
            })
        },
    },
    Mutant {
        id: "token-refusals-asked-again",
        story: "asks again when a token is refused",
        build: || {
            Broken::layer(|| Resend {
                when: |_, received| {
                    received.as_ref().is_ok_and(|received| {
                        matches!(received.head.status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED)
                    })
                },
                times: 2,
            })
        },
    },
    Mutant {
        id: "token-asked-for-again",
        story: "asks again when a token's answer is lost or the service is in trouble",
        build: || Broken::layer(|| TokenAgain),
    },
    Mutant {
        id: "token-refused-without-a-code",
        story: "does not say why a token is refused",
        build: || {
            Broken::outcome(|call, outcome| {
                if call.operation == Operation::TokensExchange
                    && let Outcome::Error(failure) = outcome
                {
                    failure.code = None;
                }
            })
        },
    },
    Mutant {
        id: "token-out-of-scope-is-invalid",
        story: "takes a refused place for a refused token",
        build: || {
            Broken::outcome(|_, outcome| {
                if let Outcome::Error(failure) = outcome
                    && failure.code.as_deref() == Some("invalid_scope")
                {
                    failure.code = Some("access_denied".to_owned());
                    failure.status = Some(401);
                }
            })
        },
    },
    Mutant {
        id: "token-in-what-is-returned",
        story: "returns the passport itself",
        build: || {
            Broken::outcome(|call, outcome| {
                if call.operation == Operation::TokensExchange
                    && let Outcome::Ok { value: Value::Object(members), .. } = outcome
                {
                    members.insert("passport".to_owned(), json!("eyJhbGciOiJFUzUxMiJ9.e30.c2ln"));
                }
            })
        },
    },
    Mutant {
        id: "token-in-errors",
        story: "quotes the answer's body when it cannot read it",
        build: || {
            Broken::outcome(|call, outcome| {
                if call.operation == Operation::TokensExchange
                    && let Outcome::Error(failure) = outcome
                    && failure.class == ErrorClass::MalformedAnswer
                {
                    failure.body = Some(r#"{"access_token":"eyJhbGciOiJFUzUxMiJ9.e30.c2ln"}"#.to_owned());
                }
            })
        },
    },
    Mutant {
        id: "passport-never-kept",
        story: "asks whose a token is each time",
        build: || Broken::clock(|usual| Hasty { usual, looks: AtomicU32::new(0) }),
    },
    Mutant {
        id: "passport-kept-for-ever",
        story: "never asks again whose a token is",
        build: || Broken::layer(|| Remember { key: Keyed::ByTokenAndPlace, answers: Mutex::default() }),
    },
    Mutant {
        id: "passport-kept-for-every-place",
        story: "takes a passport for one place for one for all",
        build: || Broken::layer(|| Remember { key: Keyed::ByToken, answers: Mutex::default() }),
    },
    Mutant {
        id: "passport-unread",
        story: "takes any token for a passport",
        build: || {
            Broken::answer(|asked, received| {
                if asked.contains(TOKEN) && received.head.status == StatusCode::OK {
                    mend(received);
                }
            })
        },
    },
];

fn is_token(request: &Outgoing) -> bool {
    request.target.path() == TOKEN
}

/// Changes the form of a request for a token.
fn form(request: &mut Outgoing, change: impl FnOnce(&str) -> String) {
    if is_token(request) {
        request.body = change(&String::from_utf8_lossy(&request.body)).into();
    }
}

fn without(fields: &str, name: &str) -> String {
    let named = |pair: &&str| pair.split('=').next() != Some(name);
    fields.split('&').filter(named).collect::<Vec<_>>().join("&")
}

/// Puts a sound passport in the place of whatever came.
fn mend(received: &mut Received) {
    let encoded = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let claims = json!({
        "typ": "passport", "sub": "alice@acme.test", "acctype": "user", "source": "uni", "iat": 0, "exp": 60,
    });
    let passport = format!("{}.{}.c2ln", encoded(json!({ "alg": "ES512" })), encoded(claims));
    let said = json!({ "token_type": "Bearer", "access_token": passport, "expires_in": 60 });
    *received = crate::layers::json(StatusCode::OK, said.to_string().into());
}

/// A clock on which an hour passes between two looks.
struct Hasty {
    usual: Arc<dyn Clock>,
    looks: AtomicU32,
}

impl Clock for Hasty {
    fn now(&self) -> Duration {
        self.usual.now() + Duration::from_secs(3600) * self.looks.fetch_add(1, Ordering::Relaxed)
    }
}

/// Asks for a token once more, whatever became of the first time.
struct TokenAgain;

impl Layer for TokenAgain {
    fn exchange<'a>(&'a self, request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            let first = next.send(request.clone()).await;
            let well = first.as_ref().is_ok_and(|received| received.head.status.as_u16() < 500);
            if well || !is_token(&request) { first } else { next.send(request).await }
        })
    }
}

/// Answers questions about tokens from memory, however long ago they were asked.
struct Remember {
    key: Keyed,
    answers: Mutex<BTreeMap<String, Bytes>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keyed {
    ByToken,
    ByTokenAndPlace,
}

impl Layer for Remember {
    fn exchange<'a>(&'a self, request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            let fields = String::from_utf8_lossy(&request.body).into_owned();
            let key = match self.key {
                Keyed::ByToken => without(&without(&fields, "x_project_id"), "x_organization_id"),
                Keyed::ByTokenAndPlace => fields,
            };
            let asks = is_token(&request);
            let known = self.answers.lock().expect("no holder of this lock panics").get(&key).cloned();
            if let Some(body) = known.filter(|_| asks) {
                return Ok(crate::layers::json(StatusCode::OK, body));
            }
            let received = next.send(request).await?;
            if asks && received.head.status == StatusCode::OK {
                let body = received.body.clone();
                self.answers.lock().expect("no holder of this lock panics").insert(key, body);
            }
            Ok::<_, Error>(received)
        })
    }
}
