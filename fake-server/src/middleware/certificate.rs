//! The certificate that stands for the caller: propagated by a service, or shown to the ingress.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::exchange::{Incoming, Layer};
use crate::middleware::envelope::{Refusal, Refused};
use crate::middleware::target::unescape_query;

/// What a service forwards of the certificate that began a chain of calls.
const PROPAGATED: &str = "Unikorn-Client-Certificate";
/// What the ingress says about the peer's certificate.
const PEER: &str = "Ssl-Client-Cert";
/// Whether it verified.
const VERIFIED: &str = "Ssl-Client-Verify";

/// What the ingress says about the peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Peer<'a> {
    /// No certificate was shown.
    Absent,
    /// One was shown and did not verify.
    Unverified,
    /// One was shown and verified; query-escaped PEM.
    Verified(&'a str),
}

/// The parts of a certificate that decisions rest on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// The subject's common name; empty when it has none.
    pub(crate) common_name: String,
    /// The public key, when it is RSA.
    pub(crate) rsa: Option<RsaKey>,
    /// What tokens name it by.
    pub(crate) thumbprint: String,
}

/// An RSA public key; big-endian numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RsaKey {
    /// The modulus.
    pub(crate) modulus: Vec<u8>,
    /// The exponent.
    pub(crate) exponent: Vec<u8>,
}

/// Certificates that were read, by their text: callers show the same few again and again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Readings(Arc<BTreeMap<String, Option<Arc<Certificate>>>>);

impl Readings {
    /// As many as a run has callers; whoever shows ever new ones is not to fill the memory with them.
    const MOST: usize = 64;

    /// As [`Certificate::parse`].
    pub(crate) fn parse(&mut self, escaped: &str) -> Option<Arc<Certificate>> {
        if let Some(read) = self.0.get(escaped) {
            return read.clone();
        }
        let read = Certificate::parse(escaped).map(Arc::new);
        // Shared with copies of the engine, until one reads something new.
        let readings = Arc::make_mut(&mut self.0);
        if readings.len() == Self::MOST {
            readings.clear();
        }
        readings.insert(escaped.to_owned(), read.clone());
        read
    }
}

/// What the ingress says about the peer.
pub(crate) fn peer(incoming: &Incoming) -> Peer<'_> {
    match incoming.header(PEER).filter(|value| !value.is_empty()) {
        None => Peer::Absent,
        Some(certificate) if incoming.header(VERIFIED) == Some("SUCCESS") => Peer::Verified(certificate),
        Some(_) => Peer::Unverified,
    }
}

/// The certificate that stands for the caller, query-escaped PEM: the propagated one wins.
pub(crate) fn extract(incoming: &Incoming) -> Result<Option<&str>, Refused> {
    if let Some(propagated) = incoming.header(PROPAGATED).filter(|value| !value.is_empty()) {
        return Ok(Some(propagated));
    }
    match peer(incoming) {
        Peer::Absent => Ok(None),
        Peer::Verified(certificate) => Ok(Some(certificate)),
        Peer::Unverified => {
            Err(Refusal::invalid_request("certificate propagation failure").by(Layer::Certificate))
        }
    }
}

impl Certificate {
    /// Reads query-escaped PEM; none when that is not a certificate.
    pub(crate) fn parse(escaped: &str) -> Option<Self> {
        let der = first_pem_block(&unescape_query(escaped)?)?;
        let (_, certificate) = X509Certificate::from_der(&der).ok()?;
        let common_name = certificate.subject().iter_common_name().last();
        let key = certificate.public_key().parsed().ok()?;
        Some(Self {
            common_name: common_name.and_then(|name| name.as_str().ok()).unwrap_or_default().to_owned(),
            thumbprint: thumbprint(&der),
            rsa: match key {
                x509_parser::public_key::PublicKey::RSA(key) => {
                    Some(RsaKey { modulus: key.modulus.to_vec(), exponent: key.exponent.to_vec() })
                }
                _ => None,
            },
        })
    }
}

/// What tokens that are bound to a certificate name it by (RFC 8705 §3.1).
pub(crate) fn thumbprint(der: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(der))
}

/// The DER of the first PEM block, if it is a certificate. Line breaks count: what stands on one line is no block.
fn first_pem_block(text: &str) -> Option<Vec<u8>> {
    const END: &str = "-----END CERTIFICATE-----";
    let mut lines = text.lines().skip_while(|line| !is_begin(line));
    if lines.next()?.trim_end() != "-----BEGIN CERTIFICATE-----" {
        return None;
    }
    let mut body = String::new();
    for line in lines {
        let line = line.trim();
        if line == END {
            return STANDARD.decode(body).ok();
        }
        // RFC 1421 headers come before the body.
        if !line.contains(": ") {
            body.push_str(line);
        }
    }
    None
}

fn is_begin(line: &str) -> bool {
    let line = line.trim_end();
    line.strip_prefix("-----BEGIN ")
        .and_then(|rest| rest.strip_suffix("-----"))
        .is_some_and(|kind| !kind.contains("-----"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_none() {
        for text in ["", "garbage", "%zz", "-----BEGIN CERTIFICATE-----%0Axx%0A-----END CERTIFICATE-----"] {
            assert_eq!(Certificate::parse(text), None, "{text}");
        }
        let one_line = "-----BEGIN CERTIFICATE----- TUFG -----END CERTIFICATE-----";
        assert_eq!(first_pem_block(one_line), None);
    }

    #[test]
    fn the_first_block_counts() {
        let block = |kind: &str| format!("-----BEGIN {kind}-----\nTUFG\n-----END {kind}-----\n");
        assert_eq!(first_pem_block(&block("CERTIFICATE")), Some(b"MAF".to_vec()));
        assert_eq!(first_pem_block(&(block("PUBLIC KEY") + &block("CERTIFICATE"))), None);
    }
}
