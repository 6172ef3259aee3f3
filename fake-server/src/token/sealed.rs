//! Sealed tokens: compact JWE (RFC 7516 §7.1) under a key that is used as it is (`dir`), with A256GCM.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::world::TokenKey;

/// What a sealed token is for; one cannot stand for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Use {
    /// To show to services.
    #[serde(rename = "at+jwt")]
    Access,
    /// To get another access token with.
    #[serde(rename = "rt+jwt")]
    Refresh,
    /// To come back from the login page with.
    #[serde(rename = "login+jwt")]
    Login,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    enc: String,
    typ: Use,
}

const ALGORITHM: &str = "dir";
const ENCRYPTION: &str = "A256GCM";

/// Keys that the service opens tokens with.
const OWN: [TokenKey; 2] = [TokenKey::Current, TokenKey::Previous];

/// Seals a token.
pub(crate) fn seal<T: Serialize>(key: TokenKey, purpose: Use, claims: &T) -> String {
    let header = Header { alg: ALGORITHM.to_owned(), enc: ENCRYPTION.to_owned(), typ: purpose };
    let header = URL_SAFE_NO_PAD.encode(json(&header));
    let mut text = json(claims);
    // The same text under the same key always has the same nonce, and any other text another.
    let nonce: [u8; NONCE_LEN] =
        digest(&[header.as_bytes(), &text])[..NONCE_LEN].try_into().expect("a digest is longer than a nonce");
    let tag = cipher(key)
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(header.as_bytes()),
            &mut text,
        )
        .expect("claims are shorter than what the cipher can seal");
    let [nonce, text, tag] = [&nonce[..], &text, tag.as_ref()].map(|part| URL_SAFE_NO_PAD.encode(part));
    // Between header and nonce there is no encrypted key (RFC 7516 §5.1).
    format!("{header}..{nonce}.{text}.{tag}")
}

/// What a token says, if this service sealed it for that.
pub(crate) fn open<T: DeserializeOwned>(purpose: Use, token: &str) -> Option<T> {
    let parts: Vec<&str> = token.split('.').collect();
    let &[header, "", nonce, text, tag] = parts.as_slice() else { return None };
    let said: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    if (said.alg.as_str(), said.enc.as_str(), said.typ) != (ALGORITHM, ENCRYPTION, purpose) {
        return None;
    }
    let nonce: [u8; NONCE_LEN] = URL_SAFE_NO_PAD.decode(nonce).ok()?.try_into().ok()?;
    let mut sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
    sealed.extend(URL_SAFE_NO_PAD.decode(tag).ok()?);
    OWN.into_iter().find_map(|key| {
        let mut sealed = sealed.clone();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let text = cipher(key).open_in_place(nonce, Aad::from(header.as_bytes()), &mut sealed).ok()?;
        serde_json::from_slice(text).ok()
    })
}

fn cipher(key: TokenKey) -> LessSafeKey {
    let name: &[u8] = match key {
        TokenKey::Current => b"current",
        TokenKey::Previous => b"previous",
        TokenKey::Foreign => b"foreign",
    };
    let key = digest(&[b"plumbline fake identity service, sealing key: ", name]);
    let key = UnboundKey::new(&AES_256_GCM, &key).expect("the digest is as long as a key");
    LessSafeKey::new(key)
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

fn json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("claims have text keys and no map that could fail")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIMS: &str = "it is me";

    #[track_caller]
    fn opens(token: &str, purpose: Use, says: Option<&str>) {
        assert_eq!(open::<String>(purpose, token).as_deref(), says, "{token}");
    }

    #[test]
    fn a_token_is_opened_by_who_has_its_key_for_what_it_is() {
        let sealed = |key| seal(key, Use::Access, &CLAIMS);
        opens(&sealed(TokenKey::Current), Use::Access, Some(CLAIMS));
        opens(&sealed(TokenKey::Previous), Use::Access, Some(CLAIMS));
        opens(&sealed(TokenKey::Foreign), Use::Access, None);
        opens(&sealed(TokenKey::Current), Use::Refresh, None);
        assert_eq!(sealed(TokenKey::Current), sealed(TokenKey::Current));
    }

    #[test]
    fn a_token_that_was_changed_anywhere_is_none() {
        let token = seal(TokenKey::Current, Use::Access, &CLAIMS);
        for (at, byte) in token.bytes().enumerate().filter(|&(_, byte)| byte != b'.') {
            let other = if byte == b'A' { "B" } else { "A" };
            let mut changed = token.clone();
            changed.replace_range(at..=at, other);
            opens(&changed, Use::Access, None);
        }
        let shorter = token.rsplit_once('.').expect("it has segments").0;
        opens(shorter, Use::Access, None);
        opens(&format!("{token}."), Use::Access, None);
        opens("a.b.c.d.e", Use::Access, None);
        opens("", Use::Access, None);
    }
}
