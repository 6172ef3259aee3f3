//! What of a request that is served goes on with the calls that are made meanwhile.

use http::HeaderValue;
use http::header::AUTHORIZATION;
use plumbline_protocol::{Call, Purpose, Serving};
use plumbline_reference::Outgoing;

use crate::Mutant;
use crate::broken::Broken;

/// A place in the trace's state where mutants hide what they carry past the client.
const HIDDEN: &str = "hidden";

pub(super) const TABLE: &[Mutant] = &[
    Mutant {
        id: "middle-impersonates-whatever-the-flag",
        story: "acts as the principal of a request that says anything of it",
        build: || {
            Broken::call(|_, call| {
                served(call, |serving| {
                    lines(serving, "x-impersonate").for_each(|value| "true".clone_into(value));
                })
            })
        },
    },
    Mutant {
        id: "middle-impersonation-dropped",
        story: "gives back the rights that a request gave up",
        build: || Broken::call(|_, call| served(call, |serving| drop_line(serving, "x-impersonate"))),
    },
    Mutant {
        id: "middle-impersonates-what-is-signed",
        story: "acts as the principal that a controller has signed",
        build: || Broken::call(|_, call| served(call, unsigned)),
    },
    Mutant {
        id: "middle-believes-strangers",
        story: "believes whom a request names that came without a certificate",
        build: || {
            Broken::call(|_, call| {
                served(call, |serving| {
                    if lines(serving, "x-principal").next().is_some() {
                        drop_line(serving, "ssl-client-cert");
                        drop_line(serving, "ssl-client-verify");
                        serving.headers.push(("Ssl-Client-Cert".to_owned(), "anybody".to_owned()));
                        serving.headers.push(("Ssl-Client-Verify".to_owned(), "SUCCESS".to_owned()));
                    }
                });
            })
        },
    },
    Mutant {
        id: "middle-names-itself",
        story: "makes calls for the service itself and not for whom it serves",
        build: || {
            Broken::call(|_, call| {
                let own = r#"{"type":"system","actor":"world-consumer"}"#;
                let encoded = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, own);
                if let Some(principal) = &mut call.context.principal
                    && call.context.serving.is_some()
                {
                    principal.actor = Some("world-consumer".to_owned());
                }
                served(call, |serving| {
                    lines(serving, "x-principal").for_each(|value| value.clone_from(&encoded));
                });
            })
        },
    },
    Mutant {
        id: "middle-certificate-to-everybody",
        story: "passes a caller's certificate on with the work that was asked for",
        build: || Broken::call(|_, call| served(call, |serving| serving.purpose = Purpose::Authorization)),
    },
    Mutant {
        id: "middle-certificate-of-the-peer",
        story: "passes its peer's certificate on in place of the one that began the chain",
        build: || {
            Broken::call(|_, call| served(call, |serving| drop_line(serving, "unikorn-client-certificate")))
        },
    },
    Mutant {
        id: "middle-certificate-forgotten",
        story: "passes no certificate on where it is found out who calls",
        build: || Broken::call(|_, call| served(call, |serving| serving.purpose = Purpose::Handler)),
    },
    Mutant {
        id: "middle-certificate-of-strangers",
        story: "passes on a certificate of whoever has shown none of his own",
        build: || {
            Broken::call(|_, call| {
                let told = call.context.serving.as_ref().and_then(|serving| {
                    let line = |name: &str| serving.headers.iter().find(|(found, _)| is(found, name));
                    line("ssl-client-cert").is_none().then(|| line("unikorn-client-certificate")).flatten()
                });
                if let Some((_, certificate)) = told.cloned() {
                    call.context.serving = None;
                    call.context.certificate = Some(certificate);
                }
            })
        },
    },
    Mutant {
        id: "middle-trace-begun-anew",
        story: "loses the trace of the request that it serves",
        build: || Broken::call(|_, call| served(call, |serving| drop_line(serving, "traceparent"))),
    },
    Mutant {
        id: "middle-span-of-the-caller",
        story: "passes for a span of its caller's own",
        build: || {
            Broken::call(|_, call| {
                served(call, |serving| {
                    let parent = lines(serving, "traceparent").next().map(|parent| parent.clone());
                    serving.span = parent.and_then(|parent| parent.split('-').nth(2).map(str::to_owned));
                });
            })
        },
    },
    Mutant {
        id: "middle-always-sampled",
        story: "samples what its caller does not",
        build: || {
            Broken::call(|_, call| {
                served(call, |serving| {
                    lines(serving, "traceparent").for_each(|parent| {
                        parent.truncate(parent.len().saturating_sub(2));
                        parent.push_str("01");
                    });
                });
            })
        },
    },
    Mutant {
        id: "middle-state-dropped",
        story: "loses the state of the trace",
        build: || Broken::call(|_, call| served(call, |serving| drop_line(serving, "tracestate"))),
    },
    Mutant {
        id: "middle-bearer-carried-on",
        story: "shows its caller's token to other services",
        build: || Broken {
            assemble: Broken::request(reveal).assemble,
            ..Broken::call(|_, call| served(call, |serving| hide(serving, "authorization")))
        },
    },
    Mutant {
        id: "middle-headers-copied",
        story: "copies what headers the request has that it does not know",
        build: || Broken {
            assemble: Broken::request(copy).assemble,
            ..Broken::call(|_, call| served(call, |serving| hide(serving, "x-request-id")))
        },
    },
];

fn served(call: &mut Call, change: impl FnOnce(&mut Serving)) {
    if let Some(serving) = &mut call.context.serving {
        change(serving);
    }
}

fn is(name: &str, other: &str) -> bool {
    name.eq_ignore_ascii_case(other)
}

fn lines<'a>(serving: &'a mut Serving, name: &'a str) -> impl Iterator<Item = &'a mut String> {
    serving.headers.iter_mut().filter(move |(found, _)| is(found, name)).map(|(_, value)| value)
}

fn drop_line(serving: &mut Serving, name: &str) {
    serving.headers.retain(|(found, _)| !is(found, name));
}

/// Takes a signed principal for a plain one.
fn unsigned(serving: &mut Serving) {
    lines(serving, "x-principal").for_each(|value| {
        if let Some(payload) = value.split('.').nth(1) {
            *value = payload.to_owned();
        }
    });
}

/// Hides a line where the client carries it on.
fn hide(serving: &mut Serving, name: &str) {
    let Some(value) = lines(serving, name).next().map(|value| value.clone()) else { return };
    drop_line(serving, "tracestate");
    serving.headers.push(("Tracestate".to_owned(), format!("{HIDDEN}={value}")));
}

fn hidden(request: &mut Outgoing) -> Option<HeaderValue> {
    let state = request.headers.get("tracestate")?.to_str().ok()?;
    let value = state.strip_prefix(HIDDEN)?.strip_prefix('=')?;
    let value = HeaderValue::from_str(value).ok()?;
    request.headers.remove("tracestate");
    Some(value)
}

fn reveal(request: &mut Outgoing) {
    if let Some(value) = hidden(request) {
        request.headers.insert(AUTHORIZATION, value);
    }
}

fn copy(request: &mut Outgoing) {
    if let Some(value) = hidden(request) {
        request.headers.insert("x-request-id", value);
    }
}
