//! Who is calling: over mutual TLS, the common name of the certificate that stands for the caller.

use crate::exchange::{Incoming, Layer};
use crate::middleware::certificate::{Certificate, Peer, peer};
use crate::middleware::envelope::{Refusal, Refused};

/// Who is calling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The subject; empty when the certificate names none.
    pub(crate) subject: String,
}

/// Authenticates a caller. `standing` is the certificate that stands for him, `host` the name of this server.
pub(crate) fn authenticate(
    incoming: &Incoming,
    standing: Option<&str>,
    host: &str,
) -> Result<Caller, Refused> {
    let denied = |text| Refusal::access_denied(host, text).by(Layer::Authentication);
    if let Some(authorization) = incoming.header("Authorization").filter(|value| !value.is_empty()) {
        return Err(denied(bearer_refusal(authorization)));
    }
    if !matches!(peer(incoming), Peer::Verified(_)) {
        return Err(denied("authorization header missing"));
    }
    let certificate = standing.and_then(Certificate::parse);
    let certificate = certificate.ok_or_else(|| Refusal::internal().by(Layer::Authentication))?;
    Ok(Caller { subject: certificate.common_name })
}

/// Why an `Authorization` header does not let anybody in. This fake issues no tokens, so it knows none.
fn bearer_refusal(authorization: &str) -> &'static str {
    let parts: Vec<&str> = authorization.split(' ').collect();
    match parts.as_slice() {
        [scheme, _] if scheme.eq_ignore_ascii_case("bearer") => "token is invalid or has expired",
        [_, _] => "authorization scheme not allowed",
        _ => "authorization header malformed",
    }
}
