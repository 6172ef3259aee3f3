//! The headers that only the ingress may set.

use bytes::Bytes;

use crate::pki::ingress_escape;
use crate::record::Verified;

/// Whether a header is the ingress's own, so that a client which sends it pretends to be the ingress.
pub(crate) fn spoofed(name: &str) -> bool {
    const PREFIX: &[u8] = b"ssl-client-";
    name.as_bytes().get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

/// What the ingress says of a connection's client, whose certificate is PEM: nothing without one.
pub(super) fn forwarded(verified: &Verified, certificate: Option<&str>) -> Vec<(String, Bytes)> {
    let verify = match verified {
        Verified::None => return Vec::new(),
        Verified::Success => "SUCCESS".to_owned(),
        Verified::Failed(reason) => format!("FAILED:{reason}"),
    };
    let certificate = certificate.map(ingress_escape).unwrap_or_default();
    vec![
        ("Ssl-Client-Cert".to_owned(), Bytes::from(certificate)),
        ("Ssl-Client-Verify".to_owned(), Bytes::from(verify)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ingress_headers_are_known_in_any_spelling() {
        assert!(spoofed("ssl-client-cert"));
        assert!(spoofed("SSL-Client-Verify"));
        assert!(spoofed("Ssl-Client-Subject-Dn"));
        assert!(!spoofed("Unikorn-Client-Certificate"));
        assert!(!spoofed("ssl"));
    }

    #[test]
    fn a_client_without_a_certificate_is_not_spoken_of() {
        assert_eq!(forwarded(&Verified::None, None), []);
    }
}
