//! How a refusal is said: status, code, description and trace id in one envelope.

use bytes::Bytes;
use serde_json::json;

use crate::exchange::{Layer, Response};

/// A refusal as the caller gets to see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The status.
    pub(crate) status: u16,
    /// The platform's code.
    pub(crate) code: &'static str,
    /// The description.
    pub(crate) description: String,
    /// Further header lines.
    pub(crate) headers: Vec<(String, String)>,
    /// Whether the caller gets to see it.
    pub(crate) delivery: Delivery,
    /// Whether it names the trace.
    pub(crate) trace: Traced,
}

/// Whether a refusal names the trace that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Traced {
    /// As everywhere.
    Named,
    /// As at the token endpoint, whose refusals are RFC 6749's (§5.2).
    Unnamed,
}

/// What becomes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// It is sent.
    Sent,
    /// The operation fell over, and the connection with it.
    Lost,
}

/// A refusal, and who made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The layer.
    pub(crate) layer: Layer,
    /// The refusal.
    pub(crate) refusal: Refusal,
}

impl Refusal {
    /// 400.
    pub(crate) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(400, "invalid_request", description)
    }

    /// 401, with the challenge of RFC 6750 and the pointer of RFC 9728.
    pub(crate) fn access_denied(host: &str, description: &str) -> Self {
        let challenge = format!(
            "Bearer error=\"access_denied\",error_description=\"{description}\",\
             resource_metadata=\"https://{host}/.well-known/openid-protected-resource\""
        );
        let headers = vec![("Www-Authenticate".to_owned(), challenge)];
        Self { headers, ..Self::new(401, "access_denied", description) }
    }

    /// 401, passed on from another service without its challenge.
    pub(crate) fn unchallenged(description: &str) -> Self {
        Self::new(401, "access_denied", description)
    }

    /// 403.
    pub(crate) fn forbidden(description: impl Into<String>) -> Self {
        Self::new(403, "forbidden", description)
    }

    /// 404.
    pub(crate) fn not_found() -> Self {
        Self::new(404, "not_found", "resource not found")
    }

    /// 405.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(405, "method_not_allowed", "the requested method was not allowed")
    }

    /// 409.
    pub(crate) fn conflict() -> Self {
        Self::new(409, "conflict", "the requested resource already exists")
    }

    /// 422.
    pub(crate) fn unprocessable(description: impl Into<String>) -> Self {
        Self::new(422, "unprocessable_content", description)
    }

    /// A refusal of the token endpoint.
    pub(crate) fn oauth2(status: u16, code: &'static str, description: impl Into<String>) -> Self {
        Self { trace: Traced::Unnamed, ..Self::new(status, code, description) }
    }

    /// 500, which says nothing about its cause.
    pub(crate) fn internal() -> Self {
        Self::new(500, "server_error", "an internal error has occurred, please contact support")
    }

    /// The services fall over here; the connection is closed without an answer.
    pub(crate) fn fallen() -> Self {
        Self { delivery: Delivery::Lost, ..Self::internal() }
    }

    /// Says who made it.
    pub(crate) fn by(self, layer: Layer) -> Refused {
        Refused { layer, refusal: self }
    }

    /// As an answer; `base` are header lines that the request had earned before it was refused.
    pub(crate) fn answer(self, trace: &str, base: Vec<(String, String)>) -> Response {
        let mut headers = base;
        headers.push(("Cache-Control".to_owned(), "no-cache".to_owned()));
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        headers.extend(self.headers);
        let mut body = json!({ "error": self.code, "error_description": self.description });
        if self.trace == Traced::Named {
            body["trace_id"] = json!(trace);
        }
        Response { status: self.status, headers, body: Bytes::from(body.to_string()) }
    }

    fn new(status: u16, code: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            code,
            description: description.into(),
            headers: Vec::new(),
            delivery: Delivery::Sent,
            trace: Traced::Named,
        }
    }
}
