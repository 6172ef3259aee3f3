//! From a recorded request to the message that is sent.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::credentials::{Credentials, pem_to_der};
use crate::escape;
use crate::placeholder::{Bindings, Unbound};
use crate::vector::{Content, Principal, Propagated, Repeat, Request, Service, Signature, Tamper};

/// A request as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The method, as on the request line.
    pub method: String,
    /// The target, as on the request line, not normalized.
    pub target: String,
    /// Header lines in order, framing aside.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// Who is listening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hop {
    /// A server that terminates TLS: it takes the peer's certificate from the handshake.
    Ingress,
    /// The service behind an ingress: it is told of the peer in headers.
    Service,
}

/// Makes messages of recorded requests.
#[derive(Clone, Copy)]
pub struct Builder<'a> {
    credentials: &'a dyn Credentials,
    hop: Hop,
}

/// A request that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A certificate is missing among the credentials.
    #[error("find certificate `{0}` among the credentials")]
    Certificate(String),
    /// A key is missing, or of the wrong type.
    #[error("sign with the key of `{name}` by {algorithm}")]
    Key {
        /// The certificate's name.
        name: String,
        /// The algorithm.
        algorithm: &'static str,
    },
    /// A token is missing among the credentials.
    #[error("find token `{0}` among the credentials")]
    Token(String),
    /// It refers to an answer that never came.
    #[error(transparent)]
    Unbound(#[from] Unbound),
    /// The place of a long text is not in its body.
    #[error("put a long text at `{0}` of the body")]
    Field(String),
}

impl<'a> Builder<'a> {
    /// A builder with these credentials, for who listens there.
    #[must_use]
    pub fn new(credentials: &'a dyn Credentials, hop: Hop) -> Self {
        Self { credentials, hop }
    }

    /// The message for one request; `bindings` holds what earlier answers of the vector said.
    ///
    /// # Errors
    ///
    /// When credentials are missing, or the request refers to an answer that never came.
    pub fn build(
        self,
        service: Service,
        request: &Request,
        bindings: &Bindings,
    ) -> Result<Message, BuildError> {
        let body = self.body(&request.content, bindings)?;
        let mut headers = vec![("Host".to_owned(), service.host().to_owned())];
        headers.extend(self.derived(request)?);
        for (name, value) in &request.headers {
            let value = value.as_deref().map(|value| self.value(value, bindings)).transpose()?;
            headers.retain(|(derived, _)| !derived.eq_ignore_ascii_case(name));
            headers.extend(value.map(|value| (name.clone(), value)));
        }
        Ok(Message { method: request.method.clone(), target: bindings.fill(&request.path)?, headers, body })
    }

    /// The headers that follow from certificate, principal, token and body.
    fn derived(self, request: &Request) -> Result<Vec<(String, String)>, BuildError> {
        let mut headers = Vec::new();
        let mut add = |name: &str, value: String| headers.push((name.to_owned(), value));
        if let (Some(peer), Hop::Service) = (&request.peer, self.hop) {
            add("Ssl-Client-Cert", escape::query(self.certificate(peer)?));
            add("Ssl-Client-Verify", "SUCCESS".to_owned());
        }
        if let Some(propagated) = &request.propagated {
            add("Unikorn-Client-Certificate", self.propagated(propagated)?);
        }
        if let Some(principal) = &request.principal {
            add("X-Principal", self.principal(principal)?);
        }
        if let Some(impersonate) = &request.impersonate {
            add("X-Impersonate", impersonate.clone());
        }
        if let Some(bearer) = &request.bearer {
            add("Authorization", format!("Bearer {}", self.token(bearer)?));
        }
        match request.content {
            Content::None => {}
            Content::Form(_) => add("Content-Type", "application/x-www-form-urlencoded".to_owned()),
            Content::Json(_) | Content::Text(_) | Content::Repeat(_) => {
                add("Content-Type", "application/json".to_owned());
            }
        }
        Ok(headers)
    }

    fn propagated(self, propagated: &Propagated) -> Result<String, BuildError> {
        Ok(match propagated {
            Propagated::Certificate(name) => escape::query(self.certificate(name)?),
            Propagated::Literal(text) => text.clone(),
            Propagated::Unescaped(name) => self.certificate(name)?.replace('\n', " "),
            Propagated::Base64Der(name) => {
                let der = pem_to_der(self.certificate(name)?);
                STANDARD.encode(der.ok_or_else(|| BuildError::Certificate(name.clone()))?)
            }
        })
    }

    fn principal(self, principal: &Principal) -> Result<String, BuildError> {
        match principal {
            Principal::Plain(value) => Ok(URL_SAFE_NO_PAD.encode(value.to_string())),
            Principal::Padded(value) => Ok(URL_SAFE.encode(value.to_string())),
            Principal::Raw(text) => Ok(text.clone()),
            Principal::Signed { value, signature, tamper } => self.jws(value, signature, *tamper),
        }
    }

    /// A compact JWS, and what is wrong with it.
    fn jws(self, value: &Value, signature: &Signature, tamper: Option<Tamper>) -> Result<String, BuildError> {
        let algorithm = match signature {
            Signature::None => "none",
            Signature::By { algorithm, .. } => algorithm.name(),
        };
        let header = URL_SAFE_NO_PAD.encode(json!({ "alg": algorithm }).to_string());
        let payload = URL_SAFE_NO_PAD.encode(value.to_string());
        let mut signed = match signature {
            Signature::None => Vec::new(),
            Signature::By { algorithm, certificate } => self
                .credentials
                .sign(certificate, *algorithm, format!("{header}.{payload}").as_bytes())
                .ok_or_else(|| BuildError::Key { name: certificate.clone(), algorithm: algorithm.name() })?,
        };
        let payload = match tamper {
            Some(Tamper::Payload) => URL_SAFE_NO_PAD.encode(with_another_claim(value).to_string()),
            Some(Tamper::Signature | Tamper::NoSignature) | None => payload,
        };
        match tamper {
            Some(Tamper::Signature) => signed.iter_mut().take(1).for_each(|byte| *byte ^= 1),
            Some(Tamper::NoSignature) => signed.clear(),
            Some(Tamper::Payload) | None => {}
        }
        Ok(format!("{header}.{payload}.{}", URL_SAFE_NO_PAD.encode(signed)))
    }

    fn body(self, content: &Content, bindings: &Bindings) -> Result<Bytes, BuildError> {
        Ok(match content {
            Content::None => Bytes::new(),
            Content::Json(value) => filled(value, bindings)?.to_string().into(),
            Content::Text(text) => text.clone().into(),
            Content::Form(pairs) => self.form(pairs, bindings)?.into(),
            Content::Repeat(repeat) => repeated(repeat)?.to_string().into(),
        })
    }

    fn form(self, pairs: &[(String, String)], bindings: &Bindings) -> Result<String, BuildError> {
        let mut text = String::new();
        for (name, value) in pairs {
            let separator = if text.is_empty() { "" } else { "&" };
            let value = escape::query(&self.value(value, bindings)?);
            text.push_str(&format!("{separator}{}={value}", escape::query(name)));
        }
        Ok(text)
    }

    /// A header's or a form's value: `{token:x}` and `{cert:x}` in it are that token and that certificate.
    fn value(self, value: &str, bindings: &Bindings) -> Result<String, BuildError> {
        let mut text = bindings.fill(value)?;
        while let Some((before, name, after)) = inside(&text, "{token:") {
            text = format!("{before}{}{after}", self.token(name)?);
        }
        while let Some((before, name, after)) = inside(&text, "{cert:") {
            text = format!("{before}{}{after}", escape::query(self.certificate(name)?));
        }
        Ok(text)
    }

    fn certificate(self, name: &str) -> Result<&'a str, BuildError> {
        self.credentials.certificate(name).ok_or_else(|| BuildError::Certificate(name.to_owned()))
    }

    fn token(self, name: &str) -> Result<&'a str, BuildError> {
        self.credentials.token(name).ok_or_else(|| BuildError::Token(name.to_owned()))
    }
}

/// The text before `open`, between it and the brace that closes it, and after that.
fn inside<'t>(text: &'t str, open: &str) -> Option<(&'t str, &'t str, &'t str)> {
    let (before, rest) = text.split_once(open)?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

/// The same claims but for one, which is for another actor.
fn with_another_claim(value: &Value) -> Value {
    let mut changed = value.clone();
    match changed.as_object_mut() {
        Some(claims) => {
            claims.insert("actor".to_owned(), json!("somebody-else@example.test"));
            changed
        }
        None => json!({ "actor": "somebody-else@example.test" }),
    }
}

fn filled(value: &Value, bindings: &Bindings) -> Result<Value, Unbound> {
    Ok(match value {
        Value::String(text) => Value::String(bindings.fill(text)?),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| filled(item, bindings)).collect::<Result<_, _>>()?)
        }
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, member)| Ok((name.clone(), filled(member, bindings)?)))
                .collect::<Result<_, Unbound>>()?,
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

fn repeated(repeat: &Repeat) -> Result<Value, BuildError> {
    let mut value = repeat.base.clone();
    let missing = || BuildError::Field(repeat.field.clone());
    let (parent, name) = repeat.field.rsplit_once('.').unwrap_or(("", &repeat.field));
    let pointer: String =
        parent.split('.').filter(|part| !part.is_empty()).map(|part| format!("/{part}")).collect();
    let parent = value.pointer_mut(&pointer).and_then(Value::as_object_mut).ok_or_else(missing)?;
    parent.insert(name.to_owned(), Value::String(repeat.character.repeat(repeat.count)));
    Ok(value)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::needless_pass_by_value, reason = "a literal reads best without an ampersand")]

    use super::*;
    use crate::credentials::Keyring;
    use crate::credentials::tests::keyring;

    fn build(keyring: &Keyring, hop: Hop, request: Value) -> Result<Message, BuildError> {
        let mut whole = json!({ "method": "GET", "path": "/" });
        whole.as_object_mut().unwrap().extend(request.as_object().unwrap().clone());
        let request: Request = serde_json::from_value(whole).unwrap();
        Builder::new(keyring, hop).build(Service::Identity, &request, &Bindings::default())
    }

    #[track_caller]
    fn header(request: Value, name: &str) -> Option<String> {
        let message = build(&keyring(), Hop::Service, request).unwrap();
        let mut values = message.headers.into_iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        let first = values.next().map(|(_, value)| value);
        assert_eq!(values.next(), None, "`{name}` is there twice");
        first
    }

    #[test]
    fn an_ingress_tells_of_the_peer_and_a_handshake_does_not() {
        let keyring = keyring();
        let names = |hop| {
            let message = build(&keyring, hop, json!({ "peer": "kubernetes" })).unwrap();
            message.headers.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(names(Hop::Service), ["Host", "Ssl-Client-Cert", "Ssl-Client-Verify"]);
        assert_eq!(names(Hop::Ingress), ["Host"]);
    }

    #[test]
    fn headers_override_or_take_away_what_is_derived() {
        let peer = |headers| json!({ "peer": "kubernetes", "headers": headers });
        assert_eq!(header(peer(json!({})), "ssl-client-verify").as_deref(), Some("SUCCESS"));
        assert_eq!(
            header(peer(json!({ "ssl-client-verify": "NONE" })), "Ssl-Client-Verify").as_deref(),
            Some("NONE")
        );
        assert_eq!(header(peer(json!({ "Ssl-Client-Verify": null })), "Ssl-Client-Verify"), None);
        let body = json!({ "raw_body": "{", "headers": { "Content-Type": null } });
        assert_eq!(header(body, "Content-Type"), None);
    }

    #[test]
    fn tokens_and_certificates_inside_a_header() {
        let value =
            header(json!({ "headers": { "Authorization": "Bearer  {token:alice}!" } }), "Authorization");
        assert_eq!(value.as_deref(), Some("Bearer  alice's token!"));
        let value = header(json!({ "headers": { "X": "<{cert:ecdsa}>" } }), "X").unwrap();
        assert!(value.starts_with("<-----BEGIN+CERTIFICATE-----%0A"), "{value}");
        assert_eq!(
            header(json!({ "bearer": "alice" }), "Authorization").as_deref(),
            Some("Bearer alice's token")
        );
    }

    #[test]
    fn forms_of_a_propagated_certificate() {
        let of = |text: &str| header(json!({ "propagated": text }), "Unikorn-Client-Certificate").unwrap();
        assert!(of("ecdsa").ends_with("-----END+CERTIFICATE-----%0A"));
        assert_eq!(of("literal:"), "");
        assert_eq!(of("literal:garbage"), "garbage");
        assert_eq!(
            of("unescaped:ecdsa"),
            format!(
                "-----BEGIN CERTIFICATE----- {} -----END CERTIFICATE----- ",
                STANDARD.encode("not really a certificate")
            )
        );
        assert_eq!(of("base64-der:ecdsa"), STANDARD.encode("not really a certificate"));
    }

    #[test]
    fn forms_of_a_principal() {
        let of = |encoding: &str, value: Value| {
            header(json!({ "principal": { "encoding": encoding, "value": value } }), "X-Principal").unwrap()
        };
        assert_eq!(of("json-b64url", json!({ "actor": "a?" })), "eyJhY3RvciI6ImE_In0");
        assert_eq!(of("json-b64url-padded", json!({ "actor": "a" })), "eyJhY3RvciI6ImEifQ==");
        assert_eq!(of("raw", json!("!!!")), "!!!");
        assert_eq!(of("jws-none", json!({})), "eyJhbGciOiJub25lIn0.e30.");
    }

    /// Header, payload and signature of a principal that `kubernetes` signed by PS512.
    fn signed(tamper: Value) -> (String, Value, Vec<u8>) {
        let mut principal =
            json!({ "encoding": "jws-ps512", "value": { "actor": "a" }, "signed_by": "kubernetes" });
        if !tamper.is_null() {
            principal["tamper"] = tamper;
        }
        let jws = header(json!({ "principal": principal }), "X-Principal").unwrap();
        let parts: Vec<_> = jws.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
        let [header, payload, signature] = <[_; 3]>::try_from(parts).unwrap();
        (String::from_utf8(header).unwrap(), serde_json::from_slice(&payload).unwrap(), signature)
    }

    #[test]
    fn what_is_wrong_with_a_signed_principal() {
        let (header, payload, signature) = signed(Value::Null);
        assert_eq!(header, r#"{"alg":"PS512"}"#);
        assert_eq!(payload, json!({ "actor": "a" }));
        assert_eq!(signature.len(), 256);
        let (_, payload, signature) = signed(json!("payload"));
        assert_ne!(payload, json!({ "actor": "a" }));
        assert_eq!(signature.len(), 256);
        assert_eq!(signed(json!("no-signature")).2, Vec::<u8>::new());
        assert_eq!(signed(json!("signature")).1, json!({ "actor": "a" }));
    }

    #[test]
    fn forms_of_a_body() {
        let keyring = keyring();
        let body = |request| build(&keyring, Hop::Service, request).unwrap().body;
        assert_eq!(body(json!({ "body": { "b": 1, "a": [null] } })), r#"{"b":1,"a":[null]}"#);
        assert_eq!(body(json!({ "raw_body": "{" })), "{");
        assert_eq!(
            body(json!({ "form": [["a b", "1&2"], ["t", "{token:alice}"]] })),
            "a+b=1%262&t=alice%27s+token"
        );
        let repeat =
            json!({ "base": { "metadata": {} }, "field": "metadata.description", "char": "x", "count": 3 });
        assert_eq!(body(json!({ "body_repeat": repeat })), r#"{"metadata":{"description":"xxx"}}"#);
    }

    #[test]
    fn what_is_missing_is_named() {
        let error =
            |request| build(&keyring(), Hop::Service, request).expect_err("something is missing").to_string();
        assert_eq!(error(json!({ "peer": "nobody" })), "find certificate `nobody` among the credentials");
        assert_eq!(error(json!({ "bearer": "nobody" })), "find token `nobody` among the credentials");
        let principal = json!({ "encoding": "jws-ps512", "value": {}, "signed_by": "ecdsa" });
        assert_eq!(error(json!({ "principal": principal })), "sign with the key of `ecdsa` by PS512");
        assert_eq!(error(json!({ "path": "/<id:1>" })), "fill in `<id:1>`, which no earlier answer held");
    }
}
