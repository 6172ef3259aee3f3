//! Who is calling: over mutual TLS, the common name of the certificate that stands for the caller.

use crate::exchange::{Incoming, Layer, Service};
use crate::middleware::certificate::{Peer, Readings, peer};
use crate::middleware::envelope::{Refusal, Refused};
use crate::middleware::jws;

/// Who is calling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The subject; empty when the certificate names none.
    pub(crate) subject: String,
}

/// Authenticates a caller. `standing` is the certificate that stands for him, `host` the name of this server.
pub(crate) fn authenticate(
    readings: &mut Readings,
    incoming: &Incoming,
    standing: Option<&str>,
    host: &str,
) -> Result<Caller, Refused> {
    let denied = |text| Refusal::access_denied(host, text).by(Layer::Authentication);
    if let Some(authorization) = incoming.header("Authorization").filter(|value| !value.is_empty()) {
        return Err(denied(bearer_refusal(incoming.service, authorization)));
    }
    if !matches!(peer(incoming), Peer::Verified(_)) {
        return Err(denied("authorization header missing"));
    }
    let certificate = standing.and_then(|text| readings.parse(text));
    let certificate = certificate.ok_or_else(|| Refusal::internal().by(Layer::Authentication))?;
    Ok(Caller { subject: certificate.common_name.clone() })
}

/// Why an `Authorization` header does not let anybody in. This fake issues no tokens, so it knows none.
fn bearer_refusal(service: Service, authorization: &str) -> &'static str {
    let parts: Vec<&str> = authorization.split(' ').collect();
    match (parts.as_slice(), service) {
        ([scheme, _], _) if !scheme.eq_ignore_ascii_case("bearer") => "authorization scheme not allowed",
        ([_, token], Service::Identity) if jws::is_jose(token) => "token validation failed",
        ([_, _], Service::Identity) => "unrecognized bearer token format",
        ([_, _], Service::Region) => "token is invalid or has expired",
        _ => "authorization header malformed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refuses(authorization: &str, identity: &str, region: &str) {
        assert_eq!(bearer_refusal(Service::Identity, authorization), identity);
        assert_eq!(bearer_refusal(Service::Region, authorization), region);
    }

    #[test]
    fn every_authorization_is_refused_for_its_form() {
        refuses("garbage", "authorization header malformed", "authorization header malformed");
        refuses("Bearer  a", "authorization header malformed", "authorization header malformed");
        refuses("Basic YTpi", "authorization scheme not allowed", "authorization scheme not allowed");
        let unknown = "token is invalid or has expired";
        refuses("bearer garbage", "unrecognized bearer token format", unknown);
        // {"alg":"ES512"} with the segments of a signed token, then of an encrypted one.
        refuses("Bearer eyJhbGciOiJFUzUxMiJ9.e30.c2ln", "token validation failed", unknown);
        refuses("Bearer eyJhbGciOiJFUzUxMiJ9.a.b.c.d", "unrecognized bearer token format", unknown);
    }
}
