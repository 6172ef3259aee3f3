//! What an answer means.

use std::fmt;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::request::Operation;
use crate::error::{Error, Malformed};
use crate::transport::Extent;

/// Of a body that an error carries, no more than this is kept.
const EXCERPT: usize = 8 << 10;

/// An answer. Errors carry it too, with the beginning of its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What was asked for.
    pub operation: &'static str,
    /// The status.
    pub status: u16,
    /// The content type; empty when there is none.
    pub content_type: String,
    /// `Retry-After` as sent: seconds, or a date.
    pub retry_after: Option<String>,
    /// `Location` as sent.
    pub location: Option<String>,
    /// What the body says in the platform's error envelope, if the answer is a failure that holds one.
    pub refusal: Option<Refusal>,
    /// The body; in an error, no more than its first 8 KiB.
    pub body: Bytes,
}

/// The platform's error envelope.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Refusal {
    /// The platform's code, e.g. `conflict`.
    #[serde(rename = "error")]
    pub code: String,
    /// What it says to people.
    #[serde(rename = "error_description")]
    pub description: String,
    /// Names the request in the platform's traces.
    #[serde(default)]
    pub trace_id: Option<String>,
}

impl Answer {
    /// Reads the body as the JSON that it should be.
    pub(crate) fn json<T: DeserializeOwned>(self, expected: &'static str) -> Result<T, Error> {
        match self.decode(expected) {
            Ok(value) => Ok(value),
            Err(source) => Err(self.malformed(source)),
        }
    }

    /// The error that says that the body is not what it should be.
    pub(crate) fn malformed(self, source: Malformed) -> Error {
        Error::MalformedAnswer { answer: self.excerpt(), source }
    }

    /// The answer if it is the expected one, else the error that it is.
    pub(crate) fn judge(
        mut self,
        operation: &Operation,
        extent: Extent,
        limit: usize,
    ) -> Result<Self, Error> {
        let declared = operation.refusals.contains(&self.status);
        let expected = self.status == operation.success || Some(self.status) == operation.also;
        if extent == Extent::Beginning && (declared || expected) {
            return Err(Error::TooLarge { answer: self.excerpt(), limit });
        }
        if expected {
            return Ok(self);
        }
        if matches!(self.status, 301 | 302 | 303 | 307 | 308) {
            return Err(Error::Redirect(self.excerpt()));
        }
        match self.decode::<Refusal>("an error envelope") {
            Ok(refusal) => {
                self.refusal = Some(refusal);
                let answer = self.excerpt();
                Err(if declared { Error::Api(answer) } else { Error::UnexpectedStatus(answer) })
            }
            Err(source) if declared => Err(self.malformed(source)),
            Err(_no_envelope) => Err(Error::UnexpectedStatus(self.excerpt())),
        }
    }

    fn decode<T: DeserializeOwned>(&self, expected: &'static str) -> Result<T, Malformed> {
        // RFC 9110 §8.3.1: names of media types know no case.
        if !self.content_type.to_ascii_lowercase().contains("json") {
            return Err(Malformed::ContentType { seen: self.content_type.clone() });
        }
        serde_json::from_slice(&self.body).map_err(|source| Malformed::Json { expected, source })
    }

    fn excerpt(mut self) -> Box<Self> {
        if self.body.len() > EXCERPT {
            // A copy, so that the error does not hold on to all of the body.
            self.body = Bytes::copy_from_slice(&self.body[..EXCERPT]);
        }
        Box::new(self)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: status {}", self.operation, self.status)?;
        match &self.refusal {
            Some(refusal) => write!(f, " `{}` ({})", refusal.code, refusal.description),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENVELOPE: &str = r#"{"error":"conflict","error_description":"it changed","trace_id":"4bf9"}"#;

    const OPERATION: Operation = Operation {
        name: "add a reference to a project",
        method: http::Method::PUT,
        path: "/",
        success: 201,
        also: None,
        refusals: &[400, 409, 500],
    };

    fn judge(status: u16, content_type: &str, body: &str) -> Result<Answer, Error> {
        let answer = Answer {
            operation: OPERATION.name,
            status,
            content_type: content_type.to_owned(),
            retry_after: Some("7".to_owned()),
            location: None,
            refusal: None,
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        answer.judge(&OPERATION, Extent::Whole, 1 << 20)
    }

    #[track_caller]
    fn check(status: u16, content_type: &str, body: &str, class: &str) {
        let error = judge(status, content_type, body).unwrap_err();
        assert!(format!("{error:?}").starts_with(class), "expected {class}, saw {error:?}");
        let answer = error.answer().unwrap();
        assert_eq!((answer.status, answer.retry_after.as_deref()), (status, Some("7")));
        assert_eq!(answer.body, body);
    }

    #[test]
    fn the_expected_status_is_no_error() {
        assert_eq!(judge(201, "text/html", "anything").unwrap().status, 201);
    }

    #[test]
    fn declared_refusals_need_the_envelope() {
        check(409, "application/json", ENVELOPE, "Api");
        check(409, "APPLICATION/JSON; charset=utf-8", ENVELOPE, "Api");
        check(409, "application/problem+json", ENVELOPE, "Api");
        check(409, "text/html", ENVELOPE, "MalformedAnswer");
        check(409, "", ENVELOPE, "MalformedAnswer");
        check(409, "application/json", "", "MalformedAnswer");
        check(409, "application/json", "{}", "MalformedAnswer");
        check(409, "application/json", "[]", "MalformedAnswer");
        check(409, "application/json", &ENVELOPE[..20], "MalformedAnswer");
        check(409, "application/json", &format!("{ENVELOPE}}}"), "MalformedAnswer");
    }

    #[test]
    fn other_statuses_are_unexpected_whatever_they_hold() {
        for status in [200, 202, 204, 206, 300, 304, 404, 405, 429, 501, 503, 504, 999] {
            check(status, "application/json", ENVELOPE, "UnexpectedStatus");
            check(status, "text/html", "<html>", "UnexpectedStatus");
        }
    }

    #[test]
    fn redirects_are_told_apart() {
        for status in [301, 302, 303, 307, 308] {
            check(status, "application/json", ENVELOPE, "Redirect");
        }
    }

    #[test]
    fn what_the_platform_said_is_kept() {
        let error = judge(503, "application/json", ENVELOPE).unwrap_err();
        let refusal = error.answer().unwrap().refusal.as_ref().unwrap();
        assert_eq!(refusal.code, "conflict");
        assert_eq!(refusal.trace_id.as_deref(), Some("4bf9"));
        assert_eq!(
            error.to_string(),
            "add a reference to a project: status 503 `conflict` (it changed), which the operation does not declare"
        );
    }
}
