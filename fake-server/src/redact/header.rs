//! Header lines as recorded.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::pki::Pki;
use crate::record::{Header, HeaderValue};

/// A header line with its secrets named by role.
pub(crate) fn header(pki: &Pki, name: &str, value: &[u8]) -> Header {
    let length = value.len();
    let value = match std::str::from_utf8(value) {
        Err(_) => HeaderValue::Bytes { length },
        Ok(text) => match name.to_ascii_lowercase().as_str() {
            "unikorn-client-certificate" | "ssl-client-cert" => {
                let role = pki.role_of_escaped(text);
                let length = role.is_none().then_some(length);
                HeaderValue::Certificate { role, length }
            }
            "x-principal" => principal(pki, text),
            "authorization" | "proxy-authorization" => secret(scheme(text), length),
            "cookie" | "set-cookie" => secret("cookie", length),
            _ if is_jws(text) => secret("jws", length),
            _ if text.contains("-----BEGIN") => secret("pem", length),
            _ => HeaderValue::Text { text: text.to_owned() },
        },
    };
    Header { name: name.to_owned(), value }
}

fn principal(pki: &Pki, text: &str) -> HeaderValue {
    let plain = || HeaderValue::Text { text: text.to_owned() };
    match text.split('.').collect::<Vec<_>>()[..] {
        [payload] => decoded(payload).map_or_else(plain, |payload| HeaderValue::PlainPrincipal { payload }),
        [protected, payload, signature] => signed(pki, protected, payload, signature)
            .unwrap_or_else(|| secret("unreadable-principal", text.len())),
        // Neither form; what follows a dot may be part of a signature.
        _ => secret("unreadable-principal", text.len()),
    }
}

fn signed(pki: &Pki, protected: &str, payload: &str, signature: &str) -> Option<HeaderValue> {
    let message = format!("{protected}.{payload}");
    let signature = URL_SAFE_NO_PAD.decode(signature).ok();
    // Only a header that says PS512 makes the bytes a PS512 signature, whatever they verify as.
    let header = decoded(protected)?;
    let claims_ps512 = serde_json::from_str::<Value>(&header).is_ok_and(|header| header["alg"] == "PS512");
    let signed_by =
        signature.filter(|_| claims_ps512).and_then(|bytes| pki.signer_of(message.as_bytes(), &bytes));
    Some(HeaderValue::SignedPrincipal { protected: header, payload: decoded(payload)?, signed_by })
}

/// Base64url text of JSON; none: it is something else.
fn decoded(text: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    serde_json::from_str::<Value>(&text).is_ok().then_some(text)
}

/// Whether text is a compact JWS or JWE: three or five parts, the first of them a JSON object.
pub(super) fn is_jws(text: &str) -> bool {
    let mut parts = text.split('.');
    let is_object = |part| decoded(part).is_some_and(|json| json.trim_start().starts_with('{'));
    parts.next().is_some_and(is_object) && matches!(parts.count(), 2 | 4)
}

/// The first word of credentials, when it is a word.
fn scheme(text: &str) -> &str {
    match text.split_once(' ') {
        Some((scheme, _)) if !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            scheme
        }
        _ => "credentials",
    }
}

fn secret(scheme: &str, length: usize) -> HeaderValue {
    HeaderValue::Secret { scheme: scheme.to_ascii_lowercase(), length }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{RSA_PSS_SHA256, RSA_PSS_SHA512, RsaKeyPair, RsaSignatureEncoding};
    use proptest::prelude::*;

    use super::*;
    use crate::pki::{KeyType, Leaf};

    fn pki() -> Arc<Pki> {
        Pki::new(vec![Leaf::client("compute", "c"), Leaf::client("other", "o")]).unwrap()
    }

    fn jws(pki: &Pki, role: &str, name: &str, algorithm: &'static RsaSignatureEncoding) -> String {
        let key = pki.credential(role).unwrap().private_key_der();
        let key = RsaKeyPair::from_pkcs8(key.secret_der()).unwrap();
        let header = format!(r#"{{"alg":"{name}"}}"#);
        let message =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(r#"{"actor":"a"}"#));
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(algorithm, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    #[track_caller]
    fn records(pki: &Pki, name: &str, value: &str, expected: &HeaderValue) {
        assert_eq!(header(pki, name, value.as_bytes()).value, *expected);
    }

    #[test]
    fn a_signature_is_named_by_its_key() {
        let pki = pki();
        pki.credential("other").unwrap();
        let signed = |alg: &str, signed_by: Option<&str>| HeaderValue::SignedPrincipal {
            protected: format!(r#"{{"alg":"{alg}"}}"#),
            payload: r#"{"actor":"a"}"#.to_owned(),
            signed_by: signed_by.map(str::to_owned),
        };
        let good = jws(&pki, "compute", "PS512", &RSA_PSS_SHA512);
        records(&pki, "X-Principal", &good, &signed("PS512", Some("compute")));
        records(
            &pki,
            "x-principal",
            &jws(&pki, "other", "PS512", &RSA_PSS_SHA512),
            &signed("PS512", Some("other")),
        );
        records(&pki, "X-Principal", &jws(&pki, "compute", "PS256", &RSA_PSS_SHA256), &signed("PS256", None));
        let (text, _) = good.rsplit_once('.').unwrap();
        records(&pki, "X-Principal", &format!("{text}.AAAA"), &signed("PS512", None));
    }

    #[test]
    fn a_plain_principal_is_shown_byte_for_byte() {
        let payload = r#"{"organizationId":"o", "actor":"zoë"}"#;
        let plain = HeaderValue::PlainPrincipal { payload: payload.to_owned() };
        records(&pki(), "X-Principal", &URL_SAFE_NO_PAD.encode(payload), &plain);
        records(&pki(), "X-Principal", "e30=", &HeaderValue::Text { text: "e30=".to_owned() });
    }

    #[test]
    fn certificates_are_named_when_they_are_ours_byte_for_byte() {
        let pki = pki();
        let leaf = Leaf { key: KeyType::EcdsaP256, ..Leaf::client("user", "u") };
        let text = pki.issue(&leaf).unwrap().query_escaped().to_owned();
        let certificate =
            |role: Option<&str>, length| HeaderValue::Certificate { role: role.map(str::to_owned), length };
        records(&pki, "Unikorn-Client-Certificate", &text, &certificate(Some("user"), None));
        records(&pki, "unikorn-client-certificate", &text[1..], &certificate(None, Some(text.len() - 1)));
    }

    #[test]
    fn credentials_show_their_scheme_only() {
        let secret = |scheme: &str, length| HeaderValue::Secret { scheme: scheme.to_owned(), length };
        records(&pki(), "Authorization", "Bearer abc", &secret("bearer", 10));
        records(&pki(), "authorization", "abc", &secret("credentials", 3));
        records(&pki(), "Cookie", "a=b", &secret("cookie", 3));
        records(&pki(), "X-Other", "e30.e30.c2ln", &secret("jws", 12));
        records(&pki(), "X-Principal", "e30.%%.c2ln", &secret("unreadable-principal", 11));
    }

    proptest! {
        #[test]
        fn what_follows_a_second_dot_is_never_shown(a in "[a-zA-Z0-9]{0,9}", b in "[a-zA-Z0-9]{0,9}") {
            let pki = Pki::new(Vec::new()).unwrap();
            let secret = "SIGNATURE-BYTES";
            let recorded = header(&pki, "X-Principal", format!("{a}.{b}.{secret}").as_bytes());
            let shown = format!("{recorded:?}");
            prop_assert!(!shown.contains(secret));
        }

        #[test]
        fn no_value_makes_it_panic(value in proptest::collection::vec(any::<u8>(), 0..80)) {
            let pki = Pki::new(Vec::new()).unwrap();
            for name in ["X-Principal", "Authorization", "Unikorn-Client-Certificate", "X"] {
                let _ = header(&pki, name, &value);
            }
        }
    }
}
