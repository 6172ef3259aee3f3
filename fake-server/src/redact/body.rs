//! Bodies and targets as recorded.

use serde_json::Value;

use super::header::is_jws;
use crate::record::Body;

/// Members, form fields and query parameters whose values are secrets.
const SECRETS: [&str; 18] = [
    "accessToken",
    "access_token",
    "actor_token",
    "clientSecret",
    "client_assertion",
    "client_secret",
    "cloudConfig",
    "code_verifier",
    "id_token",
    "kubeconfig",
    "passport",
    "password",
    "privateKey",
    "refresh_token",
    "sshPrivateKey",
    "subject_token",
    "token",
    "userData",
];

/// The largest body that is recorded as more than its length. Reading one whole, only to hide what is secret in it,
/// would take longer than the rest of its case.
const BODY_LIMIT: usize = 4 << 20;
/// The most of a text that is recorded, in bytes.
const TEXT_LIMIT: usize = 64 << 10;

/// A body with its secrets replaced by their names in angle brackets.
pub(crate) fn body(bytes: &[u8]) -> Body {
    if bytes.is_empty() {
        return Body::Empty;
    }
    if bytes.len() > BODY_LIMIT {
        return Body::Text { text: "<too large to show>".to_owned(), length: bytes.len() };
    }
    if let Ok(mut value) = serde_json::from_slice::<Value>(bytes) {
        mask(&mut value);
        return Body::Json { value };
    }
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(TEXT_LIMIT)]);
    let text = if text.contains("-----BEGIN") || is_jws(text.trim()) {
        "<secret>".to_owned()
    } else {
        quoted(&fields(&text))
    };
    Body::Text { text, length: bytes.len() }
}

/// A request target with its secrets replaced likewise.
pub(crate) fn target(target: &str) -> String {
    match target.split_once('?') {
        Some((path, query)) => format!("{path}?{}", fields(query)),
        None => target.to_owned(),
    }
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(members) => members.iter_mut().for_each(|(name, value)| match value {
            Value::String(text) if SECRETS.contains(&name.as_str()) => *text = format!("<{name}>"),
            _ => mask(value),
        }),
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::String(text) if text.contains("-----BEGIN") => "<pem>".clone_into(text),
        Value::String(text) if is_jws(text) => "<jws>".clone_into(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Text of the form `name=value&name=value`; any other text comes back as it is.
fn fields(text: &str) -> String {
    let masked = text.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if SECRETS.contains(&name) => format!("{name}=<{name}>"),
        Some((name, value)) if is_jws(value) => format!("{name}=<jws>"),
        _ => pair.to_owned(),
    });
    masked.collect::<Vec<_>>().join("&")
}

/// Text with tokens in quotation marks, as in the fields of a page.
fn quoted(text: &str) -> String {
    let pieces = text.split('"').map(|piece| if is_jws(piece) { "<jws>" } else { piece });
    pieces.collect::<Vec<_>>().join("\"")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn members_that_are_tokens_are_shown_by_name() {
        let seen = json!({
            "access_token": "s3cret",
            "expires_in": 60,
            "nested": [{"token": "s3cret", "x": "e30.e30.c2ln"}],
            "spec": {"userData": "czNjcmV0", "flavorId": "shown"},
            "certificate": "-----BEGIN CERTIFICATE-----",
            "token": {"deep": "shown"},
        });
        insta::assert_json_snapshot!(body(seen.to_string().as_bytes()), @r#"
        {
          "kind": "json",
          "value": {
            "access_token": "<access_token>",
            "expires_in": 60,
            "nested": [
              {
                "token": "<token>",
                "x": "<jws>"
              }
            ],
            "spec": {
              "userData": "<userData>",
              "flavorId": "shown"
            },
            "certificate": "<pem>",
            "token": {
              "deep": "shown"
            }
          }
        }
        "#);
    }

    #[test]
    fn form_fields_too() {
        let form = body(b"grant_type=x&subject_token=s3cret&client_secret=s3cret");
        let text = "grant_type=x&subject_token=<subject_token>&client_secret=<client_secret>";
        assert_eq!(form, Body::Text { text: text.to_owned(), length: 54 });
        assert_eq!(target("/a?b=1&access_token=s3cret"), "/a?b=1&access_token=<access_token>");
        assert_eq!(target("/a%252Fb"), "/a%252Fb");
    }

    #[test]
    fn other_text_is_shown() {
        let page = Body::Text { text: "<html>".to_owned(), length: 6 };
        assert_eq!(body(b"<html>"), page);
        let shown = Body::Text { text: r#"<p a="b" value="<jws>">"#.to_owned(), length: 34 };
        assert_eq!(body(br#"<p a="b" value="e30.e30.c2ln.a.b">"#), shown);
        assert_eq!(body(b""), Body::Empty);
        assert_eq!(body(b"-----BEGIN KEY"), Body::Text { text: "<secret>".to_owned(), length: 14 });
    }

    #[test]
    fn of_a_huge_body_only_the_length_is_shown() {
        let seen = body(&vec![b'x'; BODY_LIMIT + 1]);
        assert_eq!(seen, Body::Text { text: "<too large to show>".to_owned(), length: BODY_LIMIT + 1 });
    }

    proptest! {
        #[test]
        fn a_target_without_secrets_is_shown_as_it_came(text in "/[a-z%/]{0,20}([?][a-z]=[a-z0-9%&=+]{0,20})?") {
            prop_assert_eq!(target(&text), text);
        }
    }
}
