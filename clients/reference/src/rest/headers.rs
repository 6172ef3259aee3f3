//! What a client adds to every request, in this order: trace context, certificate, principal.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::Subject;
use crate::context::{CallContext, Impersonation};
use crate::error::Error;
use crate::parts::PrincipalCodec;
use crate::transport::{Presents, Transport};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const CLIENT_CERTIFICATE: HeaderName = HeaderName::from_static("unikorn-client-certificate");
const PRINCIPAL: HeaderName = HeaderName::from_static("x-principal");
const IMPERSONATE: HeaderName = HeaderName::from_static("x-impersonate");

/// The caller's trace context, when it has one.
pub(super) fn trace(
    context: &CallContext,
    headers: &mut HeaderMap,
    operation: &'static str,
) -> Result<(), Error> {
    let Some(trace) = &context.trace else { return Ok(()) };
    headers.insert(TRACEPARENT, value(&trace.parent(), "trace parent", operation)?);
    if let Some(state) = trace.state() {
        headers.insert(TRACESTATE, value(state, "trace state", operation)?);
    }
    Ok(())
}

/// The certificate that started the call chain, verbatim, when the context holds one.
pub(super) fn certificate(
    context: &CallContext,
    headers: &mut HeaderMap,
    operation: &'static str,
) -> Result<(), Error> {
    let Some(certificate) = &context.certificate else { return Ok(()) };
    let mut certificate = value(certificate, "the context's certificate", operation)?;
    certificate.set_sensitive(true);
    headers.insert(CLIENT_CERTIFICATE, certificate);
    Ok(())
}

/// For whom the request is made, and which certificate the connection must present for it to be believed.
pub(super) async fn principal(
    context: &CallContext,
    subject: &Subject,
    (codec, transport): (&dyn PrincipalCodec, &Transport),
    headers: &mut HeaderMap,
    operation: &'static str,
) -> Result<Presents, Error> {
    let (text, presents) = match subject {
        Subject::Nobody => return Ok(Presents::Any),
        Subject::Caller => (plain(codec, context, headers, operation)?, Presents::Any),
        Subject::Resource(resource) => {
            let json = codec.json(&resource.principal(operation)?);
            signed(codec, &json, transport, operation).await?
        }
    };
    let mut principal = value(&text, "the principal", operation)?;
    principal.set_sensitive(true);
    headers.insert(PRINCIPAL, principal);
    Ok(presents)
}

/// The context's principal as it is; and whether to act as it.
fn plain(
    codec: &dyn PrincipalCodec,
    context: &CallContext,
    headers: &mut HeaderMap,
    operation: &'static str,
) -> Result<String, Error> {
    let principal = context.principal.as_ref().ok_or(Error::NoPrincipal { operation })?;
    match context.impersonation {
        Impersonation::No => {}
        // Sent without it, the request would have this service's own rights, which is more than was asked for.
        Impersonation::Yes if !principal.has_actor() => {
            return Err(Error::InvalidArgument {
                operation,
                argument: "the principal",
                problem: "has no actor to act as",
            });
        }
        Impersonation::Yes => {
            headers.insert(IMPERSONATE, HeaderValue::from_static("true"));
        }
    }
    Ok(codec.plain(&codec.json(principal)))
}

/// A principal as a compact JWS (RFC 7515 §3.1), signed with the client's key as its secret holds it now.
async fn signed(
    codec: &dyn PrincipalCodec,
    json: &str,
    transport: &Transport,
    operation: &'static str,
) -> Result<(String, Presents), Error> {
    let (identity, secret) = transport.signer().await?;
    let message = format!("{}.{}", base64url(codec.protected_header()), base64url(json));
    let signature = match codec.sign(identity.key(), message.as_bytes()) {
        None => return Err(Error::KeyType { secret: secret.clone() }),
        Some(Err(source)) => return Err(Error::Tls { operation, source: source.into() }),
        Some(Ok(signature)) => signature,
    };
    let jws = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature));
    Ok((jws, Presents::exactly(identity)))
}

/// Base64url without padding (RFC 4648 §5).
pub(crate) fn base64url(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

fn value(text: &str, argument: &'static str, operation: &'static str) -> Result<HeaderValue, Error> {
    HeaderValue::from_bytes(text.as_bytes()).map_err(|_invalid| Error::InvalidArgument {
        operation,
        argument,
        problem: "holds a control character, so it cannot be a header",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_jws_header_says_ps512_and_nothing_else() {
        assert_eq!(base64url(crate::parts::Standard.protected_header()), "eyJhbGciOiJQUzUxMiJ9");
    }

    #[test]
    fn line_breaks_are_refused_and_not_repeated() {
        let context =
            CallContext { certificate: Some("-----BEGIN\nMIIC".to_owned()), ..CallContext::default() };
        let error = certificate(&context, &mut HeaderMap::new(), "read a project").unwrap_err();
        assert!(matches!(error, Error::InvalidArgument { .. }));
        assert!(!format!("{error} {error:?}").contains("MIIC"));
    }
}
