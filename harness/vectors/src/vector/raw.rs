//! The text of the recording, before its combinations are checked.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

use super::{Algorithm, Content, ExpectedResponse, Principal, Propagated, Repeat, Signature, Tamper};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    method: String,
    path: String,
    #[serde(default)]
    headers: IndexMap<String, Option<String>>,
    peer: Option<String>,
    propagated: Option<String>,
    principal: Option<RawPrincipal>,
    impersonate: Option<String>,
    bearer: Option<String>,
    body: Option<Value>,
    raw_body: Option<String>,
    form: Option<Vec<(String, String)>>,
    body_repeat: Option<Repeat>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPrincipal {
    encoding: String,
    value: Value,
    signed_by: Option<String>,
    tamper: Option<Tamper>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    status: u16,
    #[serde(default)]
    headers: IndexMap<String, String>,
    code: Option<String>,
    description: Option<String>,
    body: Option<Value>,
    aborted: Option<bool>,
}

impl TryFrom<Request> for super::Request {
    type Error = String;

    fn try_from(raw: Request) -> Result<Self, String> {
        let content = match (raw.body, raw.raw_body, raw.form, raw.body_repeat) {
            (None, None, None, None) => Content::None,
            (Some(value), None, None, None) => Content::Json(value),
            (None, Some(text), None, None) => Content::Text(text),
            (None, None, Some(pairs), None) => Content::Form(pairs),
            (None, None, None, Some(repeat)) => Content::Repeat(repeat),
            _ => return Err("a request has more than one body".to_owned()),
        };
        Ok(Self {
            method: raw.method,
            path: raw.path,
            headers: raw.headers,
            peer: raw.peer,
            propagated: raw.propagated.map(|text| propagated(&text)),
            principal: raw.principal.map(principal).transpose()?,
            impersonate: raw.impersonate,
            bearer: raw.bearer,
            content,
        })
    }
}

fn propagated(text: &str) -> Propagated {
    match text.split_once(':') {
        Some(("literal", rest)) => Propagated::Literal(rest.to_owned()),
        Some(("unescaped", rest)) => Propagated::Unescaped(rest.to_owned()),
        Some(("base64-der", rest)) => Propagated::Base64Der(rest.to_owned()),
        _ => Propagated::Certificate(text.to_owned()),
    }
}

fn principal(raw: RawPrincipal) -> Result<Principal, String> {
    let RawPrincipal { encoding, value, signed_by, tamper } = raw;
    let algorithm = match (encoding.as_str(), &signed_by, tamper) {
        ("json-b64url", None, None) => return Ok(Principal::Plain(value)),
        ("json-b64url-padded", None, None) => return Ok(Principal::Padded(value)),
        ("raw", None, None) => {
            return match value {
                Value::String(text) => Ok(Principal::Raw(text)),
                other => Err(format!("a raw principal is text, not `{other}`")),
            };
        }
        ("jws-none", None, None) => {
            return Ok(Principal::Signed { value, signature: Signature::None, tamper: None });
        }
        ("jws-ps512", Some(_), _) => Algorithm::Ps512,
        ("jws-ps256", Some(_), _) => Algorithm::Ps256,
        ("jws-rs512", Some(_), _) => Algorithm::Rs512,
        ("jws-es256", Some(_), _) => Algorithm::Es256,
        (other, by, _) => {
            return Err(format!("no principal is encoded as `{other}` and signed by `{by:?}`"));
        }
    };
    let certificate = signed_by.ok_or("a signed principal names its signer")?;
    Ok(Principal::Signed { value, signature: Signature::By { algorithm, certificate }, tamper })
}

impl TryFrom<Expected> for super::Expected {
    type Error = String;

    fn try_from(raw: Expected) -> Result<Self, String> {
        match (raw.aborted, raw.status) {
            (Some(true), 0) => Ok(Self::Aborted),
            (None | Some(false), 100..=599) => Ok(Self::Response(ExpectedResponse {
                status: raw.status,
                headers: raw.headers,
                code: raw.code,
                description: raw.description,
                body: raw.body,
            })),
            (aborted, status) => Err(format!("an answer has status {status} and aborted {aborted:?}")),
        }
    }
}
