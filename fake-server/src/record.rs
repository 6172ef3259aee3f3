//! What happened: every connection, every exchange, in order; certificates, keys, tokens and signatures by role.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::exchange::{Change, Layer, Service};

/// Everything that happened between a server's start and now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// Connections in the order they were accepted.
    pub connections: Vec<Connection>,
    /// Exchanges in the order their requests were whole.
    pub exchanges: Vec<Exchange>,
}

/// One connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    /// Counts from 1 over both listeners.
    pub number: u64,
    /// The listener.
    pub service: Service,
    /// How its handshake went.
    pub handshake: Handshake,
    /// What came that was no request, and ended the connection.
    pub trouble: Option<String>,
    /// The injected fault it met, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// Whether the connection is still open.
    pub open: bool,
}

/// How a TLS handshake went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Handshake {
    /// It has not ended.
    Pending,
    /// There is none: the listener speaks HTTP without TLS.
    Plain,
    /// It was completed.
    Done {
        /// `1.3` or `1.2`.
        version: String,
        /// The application protocol agreed on.
        alpn: Option<String>,
        /// The server name the client asked for.
        sni: Option<String>,
        /// Application protocols the client offered.
        offered_alpn: Vec<String>,
        /// The role of the certificate the client presented; none: it presented none.
        peer: Option<String>,
        /// Whether that certificate verified; `none` without one.
        verified: Verified,
    },
    /// It failed; the reason is the server's view, e.g. the alert received.
    Failed {
        /// Why.
        reason: String,
        /// The server name the client asked for.
        sni: Option<String>,
        /// Application protocols the client offered.
        offered_alpn: Vec<String>,
    },
}

/// Whether a peer's certificate verified, as an ingress says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "reason", rename_all = "kebab-case")]
pub enum Verified {
    /// There was none.
    None,
    /// It did.
    Success,
    /// It did not, and why.
    Failed(String),
}

/// One request with its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// Counts from 1 over both listeners, in the order in which requests were whole.
    pub number: u64,
    /// The connection's number.
    pub connection: u64,
    /// The service.
    pub service: Service,
    /// The request as it came, secrets by role.
    pub request: Request,
    /// Ingress headers that the client sent itself: dropped, never believed.
    pub spoofed: Vec<Header>,
    /// The part of the server that decided.
    pub layer: Layer,
    /// The operation's id in the OpenAPI document, once routed.
    pub operation: Option<String>,
    /// The injected fault it met, in words.
    pub fault: Option<String>,
    /// What went back; none: nothing, the connection was cut or the request is still held.
    pub answer: Option<Answered>,
    /// What changed in the store.
    pub changes: Vec<Change>,
}

/// A request as recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The target as on the request line.
    pub target: String,
    /// Header lines in order, names as sent.
    pub headers: Vec<Header>,
    /// The body; JSON when it parses.
    pub body: Body,
}

/// A header line as recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Its name as sent.
    pub name: String,
    /// Its value, secrets by role.
    pub value: HeaderValue,
}

/// A header's value as recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum HeaderValue {
    /// Ordinary text, as sent.
    Text {
        /// The text.
        text: String,
    },
    /// A certificate, query-escaped PEM.
    Certificate {
        /// The role it is known by; none: no certificate of this run, byte for byte.
        role: Option<String>,
        /// Its length as sent, in bytes; none where a role says enough: its bytes, and so their number, differ from
        /// run to run.
        length: Option<usize>,
    },
    /// A principal as base64url JSON without padding.
    PlainPrincipal {
        /// The JSON text, byte for byte, as the client serialized it.
        payload: String,
    },
    /// A principal as a compact JWS.
    SignedPrincipal {
        /// The protected header's JSON text.
        protected: String,
        /// The payload's JSON text.
        payload: String,
        /// Role of the known certificate whose key made the signature (PS512); none: no known one's.
        signed_by: Option<String>,
    },
    /// A token or another secret.
    Secret {
        /// E.g. `bearer`, `basic`.
        scheme: String,
        /// Its length as sent, in bytes.
        length: usize,
    },
    /// Bytes that are not text.
    Bytes {
        /// How many.
        length: usize,
    },
}

/// A body as recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Body {
    /// None, or an empty one.
    Empty,
    /// JSON.
    Json {
        /// The value.
        value: Value,
    },
    /// Other text.
    Text {
        /// The text, or its beginning.
        text: String,
        /// Its whole length in bytes.
        length: usize,
    },
}

/// An answer as recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// Header lines.
    pub headers: Vec<Header>,
    /// The body.
    pub body: Body,
}
