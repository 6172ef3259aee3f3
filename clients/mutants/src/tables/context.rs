//! Trace and certificate of the call chain.

use http::{HeaderValue, Method};
use plumbline_protocol::ClientKind;

use crate::Mutant;
use crate::broken::Broken;
use crate::layers::{Given, Sticky};

const CERTIFICATE: &str = "unikorn-client-certificate";
const PARENT: &str = "traceparent";
const STATE: &str = "tracestate";

pub(super) const TABLE: &[Mutant] = &[
    Mutant {
        id: "certificate-left-out",
        story: "does not pass the call chain's certificate on",
        build: || Broken::request(|request| drop(request.headers.remove(CERTIFICATE))),
    },
    Mutant {
        id: "certificate-stays",
        story: "passes an earlier call's certificate on with later ones",
        build: || Broken::layer(|| Sticky::new(CERTIFICATE, Given::WhereAbsent)),
    },
    Mutant {
        id: "certificate-escaped-again",
        story: "escapes the certificate, which is escaped already",
        build: || {
            Broken::call(|_, call| {
                call.context.certificate =
                    call.context.certificate.take().map(|text| text.replace('%', "%25"));
            })
        },
    },
    Mutant {
        id: "certificate-on-reads-only",
        story: "passes the certificate on with reads only",
        build: || {
            Broken::request(|request| {
                if request.method != Method::GET {
                    request.headers.remove(CERTIFICATE);
                }
            })
        },
    },
    Mutant {
        id: "certificate-not-by-controllers",
        story: "passes the certificate on for live requests only",
        build: || {
            Broken::call(|_, call| {
                if call.client == ClientKind::Controller {
                    call.context.certificate = None;
                }
            })
        },
    },
    Mutant {
        id: "certificate-line-breaks-dropped",
        story: "sends a certificate without its line breaks, when it has any",
        build: || {
            Broken::call(|_, call| {
                call.context.certificate =
                    call.context.certificate.take().map(|text| text.replace(['\r', '\n'], ""));
            })
        },
    },
    Mutant {
        id: "certificate-repeated",
        story: "sends the certificate in two headers",
        build: || {
            Broken::request(|request| {
                if let Some(value) = request.headers.get(CERTIFICATE).cloned() {
                    request.headers.append(CERTIFICATE, value);
                }
            })
        },
    },
    Mutant {
        id: "trace-left-out",
        story: "does not pass the trace on",
        build: || {
            Broken::request(|request| {
                request.headers.remove(PARENT);
                request.headers.remove(STATE);
            })
        },
    },
    Mutant {
        id: "trace-stays",
        story: "passes an earlier call's trace on with later ones",
        build: || Broken::layer(|| Sticky::new(PARENT, Given::WhereAbsent)),
    },
    Mutant {
        id: "trace-not-by-controllers",
        story: "passes the trace on for live requests only",
        build: || {
            Broken::call(|_, call| {
                if call.client == ClientKind::Controller {
                    call.context.traceparent = None;
                }
            })
        },
    },
    Mutant {
        id: "trace-always-sampled",
        story: "marks every trace as sampled",
        build: || {
            Broken::request(|request| parent(&mut request.headers, |text| format!("{}01", &text[..53])))
        },
    },
    Mutant {
        id: "trace-begun-anew",
        story: "begins a trace of its own",
        build: || {
            Broken::request(|request| {
                parent(&mut request.headers, |text| {
                    format!("00-{}{}", "0123456789abcdef".repeat(2), &text[35..])
                });
            })
        },
    },
    Mutant {
        id: "trace-state-left-out",
        story: "passes the trace on without its state",
        build: || Broken::request(|request| drop(request.headers.remove(STATE))),
    },
    Mutant {
        id: "trace-state-cut",
        story: "passes sixteen members of the trace's state on",
        build: || {
            Broken::request(|request| {
                state(&mut request.headers, |text| text.split(',').take(16).collect::<Vec<_>>().join(","));
            })
        },
    },
    Mutant {
        id: "trace-state-tidied",
        story: "takes the blanks out of the trace's state",
        build: || Broken::request(|request| state(&mut request.headers, |text| text.replace(' ', ""))),
    },
];

fn parent(headers: &mut http::HeaderMap, change: fn(&str) -> String) {
    header(headers, PARENT, change);
}

fn state(headers: &mut http::HeaderMap, change: fn(&str) -> String) {
    header(headers, STATE, change);
}

fn header(headers: &mut http::HeaderMap, name: &'static str, change: fn(&str) -> String) {
    let changed = headers.get(name).and_then(|value| value.to_str().ok()).map(change);
    if let Some(value) = changed.and_then(|text| HeaderValue::from_str(&text).ok()) {
        headers.insert(name, value);
    }
}
