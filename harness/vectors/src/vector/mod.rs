//! One recorded vector: steps, each a request, the answer it got, and what that changed in the store.
//!
//! The types cannot hold a vector that contradicts itself: a body is of one form, an answer is there or the
//! connection was closed.

mod raw;
mod state;

use std::fmt;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use state::{Changed, Created, Deleted, State};

/// Which of the two services was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// Identity.
    Identity,
    /// Region.
    Region,
}

impl Service {
    /// The host that the recorded requests name.
    #[must_use]
    pub fn host(self) -> &'static str {
        match self {
            Self::Identity => "identity.example.test",
            Self::Region => "region.example.test",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Identity => "identity",
            Self::Region => "region",
        })
    }
}

/// A recorded vector: its steps follow one another on one server that starts from the fresh world.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// Its id, unique over both services.
    pub id: String,
    /// The service.
    pub service: Service,
    /// The group, such as `auth` or `references`.
    pub group: String,
    /// The world it starts from.
    pub world: String,
    /// What is special about it.
    pub note: Option<String>,
    /// What is asked and answered, in order.
    pub steps: Vec<Step>,
}

impl Vector {
    /// Whether it sets by hand what an ingress says of the peer: it is about the layer behind one, and a server that
    /// terminates TLS itself never believes these headers.
    #[must_use]
    pub fn speaks_for_the_ingress(&self) -> bool {
        let headers = self.steps.iter().flat_map(|step| step.request.headers.keys());
        headers.into_iter().any(|name| INGRESS.iter().any(|ours| ours.eq_ignore_ascii_case(name)))
    }

    /// Whether nobody recorded it: it follows from a recorded one. It is about the ingress itself.
    #[must_use]
    pub fn is_derived(&self) -> bool {
        self.id.starts_with(crate::derived::PREFIX)
    }
}

/// What an ingress says of the peer.
const INGRESS: [&str; 2] = ["Ssl-Client-Cert", "Ssl-Client-Verify"];

/// One request of a vector with what it led to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What is sent.
    pub request: Request,
    /// A refusal of the store, within this step.
    pub fault: Option<Fault>,
    /// What came back.
    pub response: Expected,
    /// What the same server says with its check of answers against the schema turned off.
    pub response_without_schema_check: Option<Expected>,
    /// What the step changed in the store; none: nothing.
    pub state: Option<State>,
}

/// A request in the terms of the recording: credentials by name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "raw::Request")]
pub struct Request {
    /// The method, as on the request line.
    pub method: String,
    /// The target, as on the request line, not normalized.
    pub path: String,
    /// Further headers, which override the derived ones; none: that derived header is not sent.
    pub headers: IndexMap<String, Option<String>>,
    /// The certificate shown at the ingress.
    pub peer: Option<String>,
    /// The certificate that started the call chain, as passed on.
    pub propagated: Option<Propagated>,
    /// On whose behalf.
    pub principal: Option<Principal>,
    /// `X-Impersonate`, as given.
    pub impersonate: Option<String>,
    /// The name of the bearer token.
    pub bearer: Option<String>,
    /// The body.
    pub content: Content,
}

/// What `Unikorn-Client-Certificate` holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Propagated {
    /// That certificate's PEM, query-escaped.
    Certificate(String),
    /// Exactly this text.
    Literal(String),
    /// That certificate's PEM, line breaks turned into blanks.
    Unescaped(String),
    /// That certificate's DER in base64.
    Base64Der(String),
}

/// What `X-Principal` holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Principal {
    /// Base64url of the JSON, without padding.
    Plain(Value),
    /// Base64url of the JSON, with padding.
    Padded(Value),
    /// A compact JWS over the JSON.
    Signed {
        /// The payload.
        value: Value,
        /// Who signs it, and how.
        signature: Signature,
        /// What is wrong with it.
        tamper: Option<Tamper>,
    },
    /// Exactly this text.
    Raw(String),
}

/// Who signs a principal, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// Nobody: algorithm `none`.
    None,
    /// The key of the certificate of that name.
    By {
        /// The algorithm.
        algorithm: Algorithm,
        /// The certificate's name.
        certificate: String,
    },
}

/// An algorithm by which principals are signed in the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

impl Algorithm {
    /// Its name in a JOSE header.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ps512 => "PS512",
            Self::Ps256 => "PS256",
            Self::Rs512 => "RS512",
            Self::Es256 => "ES256",
        }
    }
}

/// What is wrong with a signed principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tamper {
    /// A claim was changed after signing.
    Payload,
    /// The signature was changed.
    Signature,
    /// The signature is empty.
    NoSignature,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// None.
    None,
    /// JSON.
    Json(Value),
    /// Text, sent as `application/json` unless a header says otherwise.
    Text(String),
    /// Pairs of `application/x-www-form-urlencoded`.
    Form(Vec<(String, String)>),
    /// A large JSON body: `base` with the text `character` × `count` at `field`.
    Repeat(Repeat),
}

/// A JSON body with one member that is a long text.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// The body without that member.
    pub base: Value,
    /// Where it goes: member names joined by dots.
    pub field: String,
    /// What is repeated.
    #[serde(rename = "char")]
    pub character: String,
    /// How often.
    pub count: usize,
}

/// A refusal of the store: the `nth` call of that verb on that kind, within one step.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The verb.
    pub verb: String,
    /// The kind.
    pub kind: String,
    /// With what it is refused.
    pub error: Refusal,
    /// Which call, counted from 1.
    pub nth: u32,
}

/// With what the store refuses a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Refusal {
    /// Somebody else has changed it meanwhile.
    Conflict,
    /// An internal error.
    Internal,
    /// There is no such thing.
    NotFound,
    /// There is one already.
    Exists,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conflict => "conflict",
            Self::Internal => "internal",
            Self::NotFound => "notfound",
            Self::Exists => "exists",
        })
    }
}

/// The recorded answer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "raw::Expected")]
pub enum Expected {
    /// It was sent.
    Response(ExpectedResponse),
    /// The connection was closed instead.
    Aborted,
}

/// A recorded HTTP answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectedResponse {
    /// The status.
    pub status: u16,
    /// Headers; lines of one name are joined by ` | `.
    pub headers: IndexMap<String, String>,
    /// The code of the error envelope.
    pub code: Option<String>,
    /// The description of the error envelope.
    pub description: Option<String>,
    /// The body: JSON, or a string when it is other text.
    pub body: Option<Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn request(text: &str) -> Result<Request, String> {
        serde_json::from_str(text).map_err(|e| e.to_string())
    }

    #[track_caller]
    fn rejects(text: &str, reason: &str) {
        let error = request(text).expect_err("it is wrong");
        assert!(error.contains(reason), "{error}");
    }

    #[test]
    fn forms_of_a_propagated_certificate() {
        let of = |text: &str| {
            request(&format!(r#"{{"method":"GET","path":"/","propagated":"{text}"}}"#))
                .unwrap()
                .propagated
                .unwrap()
        };
        assert_eq!(of("kubernetes"), Propagated::Certificate("kubernetes".into()));
        assert_eq!(of("literal:"), Propagated::Literal(String::new()));
        assert_eq!(of("literal:a:b"), Propagated::Literal("a:b".into()));
        assert_eq!(of("unescaped:region"), Propagated::Unescaped("region".into()));
        assert_eq!(of("base64-der:region"), Propagated::Base64Der("region".into()));
    }

    #[test]
    fn contradictions_are_refused() {
        rejects(r#"{"method":"GET","path":"/","body":{},"raw_body":""}"#, "more than one body");
        rejects(r#"{"method":"GET","path":"/","surprise":1}"#, "unknown field `surprise`");
        rejects(r#"{"method":"GET","path":"/","principal":{"encoding":"rot13","value":{}}}"#, "`rot13`");
        rejects(
            r#"{"method":"GET","path":"/","principal":{"encoding":"jws-ps512","value":{}}}"#,
            "`jws-ps512`",
        );
        rejects(
            r#"{"method":"GET","path":"/","principal":{"encoding":"raw","value":{}}}"#,
            "a raw principal",
        );
        let both: Result<Expected, _> = serde_json::from_str(r#"{"status":200,"aborted":true}"#);
        assert!(both.is_err());
        let neither: Result<Expected, _> = serde_json::from_str(r#"{"status":0}"#);
        assert!(neither.is_err());
    }

    #[test]
    fn headers_of_the_ingress_are_known_in_any_spelling() {
        let of = |headers: &str| {
            let text = format!(
                r#"{{"id":"a","service":"region","group":"b","world":"base","steps":[
                {{"request":{{"method":"GET","path":"/","headers":{headers}}},"response":{{"status":200}}}}]}}"#
            );
            serde_json::from_str::<Vector>(&text).unwrap().speaks_for_the_ingress()
        };
        assert!(of(r#"{"ssl-client-verify":null}"#));
        assert!(of(r#"{"Ssl-Client-Cert":"x"}"#));
        assert!(!of(r#"{"Ssl-Client":"x"}"#));
    }

    #[test]
    fn a_null_header_is_kept_apart_from_an_absent_one() {
        let request =
            request(r#"{"method":"GET","path":"/","headers":{"Content-Type":null,"Origin":"x"}}"#).unwrap();
        assert_eq!(request.headers.get("Content-Type"), Some(&None));
        assert_eq!(request.headers.get("Origin"), Some(&Some("x".to_owned())));
        assert_eq!(request.headers.get("Accept"), None);
    }
}
