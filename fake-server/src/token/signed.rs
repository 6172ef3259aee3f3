//! Signed tokens: compact JWS (RFC 7515 §7.1) by ES512 (RFC 7518 §3.4). The nonce of a signature is derived
//! (RFC 6979), so that the same claims always give the same token.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p521::ecdsa::signature::Signer as _;
use p521::ecdsa::{Signature, SigningKey, VerifyingKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};

/// Signs a token.
pub(crate) fn sign(claims: &Value) -> String {
    let [current, _] = keys();
    let header = json!({ "alg": "ES512", "kid": current.id });
    let [header, claims] = [&header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    let signed = format!("{header}.{claims}");
    let signature: Signature = current.key.sign(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

/// The keys to check signatures with, as a set (RFC 7517 §5): the one in use, and the one before.
pub(crate) fn key_set() -> Value {
    let said = |it: &Key| {
        json!({
            "kty": "EC", "crv": "P-521", "alg": "ES512", "use": "sig", "kid": it.id, "x": it.x, "y": it.y,
        })
    };
    json!({ "keys": keys().iter().map(said).collect::<Vec<_>>() })
}

/// A key, and what is published of it.
struct Key {
    key: SigningKey,
    /// Its thumbprint (RFC 7638 §3).
    id: String,
    x: String,
    y: String,
}

impl Key {
    fn derived(name: &str) -> Self {
        // Numbers of that curve have 66 bytes; one that begins with two zeros is smaller than its order.
        let mut number = [0; 66];
        let words = format!("plumbline fake identity service, signing key: {name}");
        number[2..].copy_from_slice(&Sha512::digest(words));
        let key = SigningKey::from_slice(&number)
            .expect("the number is smaller than the curve's order, and not zero");
        let point = VerifyingKey::from(&key).to_sec1_point(false);
        let [x, y] = [point.x(), point.y()].map(|number| {
            URL_SAFE_NO_PAD.encode(number.expect("a public key that is not compressed has both"))
        });
        let members = format!(r#"{{"crv":"P-521","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let id = URL_SAFE_NO_PAD.encode(Sha256::digest(members));
        Self { key, id, x, y }
    }
}

fn keys() -> &'static [Key; 2] {
    static KEYS: OnceLock<[Key; 2]> = OnceLock::new();
    KEYS.get_or_init(|| ["current", "previous"].map(Key::derived))
}

#[cfg(test)]
mod tests {
    use p521::ecdsa::signature::Verifier as _;

    use super::*;

    #[test]
    fn a_signature_is_checked_with_the_key_that_is_published() {
        let token = sign(&json!({ "sub": "a" }));
        assert_eq!(token, sign(&json!({ "sub": "a" })));

        let set = key_set();
        let mut point = vec![4];
        for name in ["x", "y"] {
            let number = set["keys"][0][name].as_str().expect("the key has it");
            point.extend(URL_SAFE_NO_PAD.decode(number).expect("it is encoded"));
        }
        let published = VerifyingKey::from_sec1_bytes(&point).expect("it is a point of the curve");
        let (signed, signature) = token.rsplit_once('.').expect("it has segments");
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("it is encoded");
        let signature = Signature::from_slice(&signature).expect("it is a signature");
        assert!(published.verify(signed.as_bytes(), &signature).is_ok());
        assert!(published.verify(b"another text", &signature).is_err());
    }
}
