//! One HTTP request on its way through the fake, and the decision it gets.
//!
//! Everything between the ingress and the recording is these values: [`Incoming`] goes in, [`Decision`] comes out,
//! synchronously and one at a time, so that the same requests always get the same answers.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which of the two services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// Organizations, projects, quotas, allocations, project references.
    Identity,
    /// Regions, and what projects have there: networks and their references, servers, storage.
    Region,
}

/// A request as the ingress hands it on: the ingress headers are already the ingress's own.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The service it was sent to.
    pub service: Service,
    /// The method, as on the request line.
    pub method: String,
    /// The target, as on the request line, not normalized.
    pub target: String,
    /// Header lines in the order they came; names as sent.
    pub headers: Vec<(String, Bytes)>,
    /// The whole body.
    pub body: Bytes,
}

impl Incoming {
    /// The first header line of that name, whatever the case of its letters. White space around a value is no part
    /// of it (RFC 9110 §5.5). A value that is no text reads as one replacement character: it is there, and means
    /// nothing to anybody.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| std::str::from_utf8(value).unwrap_or("\u{fffd}"))
            .map(|value| value.trim_matches([' ', '\t']))
    }
}

/// Which part of the server decided on an answer, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// The ingress in front: a certificate that does not verify.
    Ingress,
    /// An answer that the test put there.
    Fault,
    /// No such path, or not that verb.
    Routing,
    /// A CORS preflight.
    Cors,
    /// A path parameter that is not of its form.
    PathParameters,
    /// The certificate headers.
    Certificate,
    /// Who is calling.
    Authentication,
    /// For whom.
    Principal,
    /// What that allows could not be computed.
    AccessList,
    /// Query, content type or body against the document.
    Validation,
    /// The operation itself: forbidden, not found, done.
    Handler,
    /// The answer does not fit the document.
    AnswerValidation,
}

/// What the server decided, and what that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The part that decided.
    pub layer: Layer,
    /// The operation's id in the OpenAPI document, once routed.
    pub operation: Option<String>,
    /// The answer.
    pub answer: Answer,
    /// What changed in the store, in order.
    pub changes: Vec<Change>,
}

/// An answer, or none.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Sent.
    Response(Response),
    /// The connection is closed instead; this is what would have been said.
    Abort(Response),
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Header lines, framing and date aside.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl Response {
    /// An answer that says its status and nothing more.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }
}

/// A header's value that is sent as a date at least so many seconds ahead, by the clock of the machine. Recordings have
/// it as it is here, so that they are the same every time.
#[must_use]
pub fn date_ahead(seconds: u64) -> String {
    format!("<now + {seconds} s>")
}

/// How many seconds ahead the date is that a header's value stands for; none: it stands for itself.
#[must_use]
pub fn seconds_ahead(value: &str) -> Option<u64> {
    value.strip_prefix("<now + ")?.strip_suffix(" s>")?.parse().ok()
}

/// One thing that a request changed in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// What happened to it.
    pub verb: ChangeVerb,
    /// What it is: `organization`, `project`, `allocation`, `quota`, `network`, …
    pub kind: String,
    /// Its id.
    pub id: String,
    /// The thing before; null when it was created.
    pub before: Value,
    /// The thing after; null when it is gone.
    pub after: Value,
}

/// What happened to a thing in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeVerb {
    /// It is new.
    Created,
    /// It differs.
    Updated,
    /// It is gone.
    Deleted,
}
