//! Cross-origin requests: every routed answer admits any origin, and preflights are answered from the document.

use bytes::Bytes;
use plumbline_openapi::Document;

use crate::exchange::{Incoming, Response};
use crate::middleware::target::Target;

/// Admits any origin.
pub(crate) const ALLOW_ORIGIN: (&str, &str) = ("Access-Control-Allow-Origin", "*");

/// Seconds that a preflight may be kept.
const MAX_AGE: &str = "86400";
/// Headers that a page may send.
const HEADERS: &str = "Authorization, Content-Type, traceparent, tracestate";

/// The method that a preflight asks about; an empty one is none.
pub(crate) fn requested_method(incoming: &Incoming) -> Option<&str> {
    incoming.header("Access-Control-Request-Method").filter(|method| !method.is_empty())
}

/// The answer to a preflight: every verb that the document has at that path.
pub(crate) fn preflight(document: &Document, target: &Target) -> Response {
    let mut methods = document.methods(&target.path);
    methods.push("OPTIONS");
    methods.sort_unstable();
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let headers = vec![
        header(ALLOW_ORIGIN.0, ALLOW_ORIGIN.1),
        header("Access-Control-Allow-Methods", &methods.join(", ")),
        header("Access-Control-Allow-Headers", HEADERS),
        header("Access-Control-Max-Age", MAX_AGE),
    ];
    Response { status: 204, headers, body: Bytes::new() }
}
