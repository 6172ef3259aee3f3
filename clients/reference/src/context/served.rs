//! From the request that a service serves to the context of the calls it makes meanwhile.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{CallContext, Impersonation, TraceContext};
use crate::error::Error;
use crate::principal::Principal;

const OPERATION: &str = "read the request being served";

/// A request that a service serves, as its ingress handed it on. The service has let it in: certificates, tokens and
/// signatures were looked at, and count.
///
/// What is carried on is what [`CallContext::serving`] takes from it, and nothing else: no token, no header of the
/// ingress, no line that a client does not write itself.
#[derive(Clone, Default)]
pub struct ServedRequest {
    /// Name and value of each header line.
    pub headers: Vec<(String, String)>,
    /// For whom its bearer token speaks; none: it came over mutual TLS, and says so itself.
    pub bearer: Option<Principal>,
    /// The span that the service has begun for it; none: it traces nothing.
    pub span: Option<u64>,
    /// What the calls are made for.
    pub purpose: Purpose,
}

/// What a service makes calls for while it serves a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To find out who calls, and what he may do: with the certificate that began the chain of calls.
    Authorization,
    /// To do what was asked for: with no certificate but the service's own.
    #[default]
    Handler,
}

impl CallContext {
    /// What calls carry that are made while a request is served.
    ///
    /// A principal and a wish to act as it are believed of a peer only that has proved who it is; of anybody else the
    /// token says for whom he comes. The same holds for a certificate that was handed on.
    ///
    /// # Errors
    ///
    /// [`Error::NoPrincipal`], or [`Error::InvalidArgument`] when its principal cannot be read.
    pub fn serving(request: &ServedRequest) -> Result<Self, Error> {
        let peer = request.peer();
        let (principal, impersonation) = match (peer, &request.bearer) {
            (None, Some(bearer)) => (bearer.clone(), Impersonation::No),
            (None, None) => return Err(Error::NoPrincipal { operation: OPERATION }),
            (Some(_), _) => request.principal()?,
        };
        let certificate = match (request.purpose, peer) {
            (Purpose::Handler, _) | (Purpose::Authorization, None) => None,
            (Purpose::Authorization, Some(own)) => {
                Some(request.header("Unikorn-Client-Certificate").unwrap_or(own).to_owned())
            }
        };
        Ok(Self { principal: Some(principal), impersonation, trace: request.trace(), certificate })
    }
}

impl ServedRequest {
    /// The first line of that name that holds something.
    fn header(&self, name: &str) -> Option<&str> {
        let line = self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
        line.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The certificate of whoever has sent it, if the ingress says that it verified.
    fn peer(&self) -> Option<&str> {
        self.header("Ssl-Client-Cert").filter(|_| self.header("Ssl-Client-Verify") == Some("SUCCESS"))
    }

    /// For whom it is, and whether to act as him. What a controller has signed speaks for a resource: nobody acts.
    fn principal(&self) -> Result<(Principal, Impersonation), Error> {
        let text = self.header("X-Principal").ok_or(Error::NoPrincipal { operation: OPERATION })?;
        let parts: Vec<&str> = text.split('.').collect();
        let (payload, signed) = match parts.as_slice() {
            [plain] => (*plain, false),
            [_, payload, _] => (*payload, true),
            _ => return Err(unreadable()),
        };
        let json = URL_SAFE_NO_PAD.decode(payload).map_err(|_no_base64| unreadable())?;
        let principal: Principal = serde_json::from_slice(&json).map_err(|_no_principal| unreadable())?;
        let acts = !signed && principal.has_actor() && self.header("X-Impersonate") == Some("true");
        Ok((principal, if acts { Impersonation::Yes } else { Impersonation::No }))
    }

    /// The service's span in its caller's trace.
    fn trace(&self) -> Option<TraceContext> {
        let parent: TraceContext = self.header("Traceparent")?.parse().ok()?;
        let own = match self.span {
            Some(span) => parent.at(span),
            None => parent,
        };
        match self.header("Tracestate").map(|state| own.clone().with_state(state)) {
            Some(Ok(with_state)) => Some(with_state),
            Some(Err(_)) | None => Some(own),
        }
    }
}

fn unreadable() -> Error {
    Error::InvalidArgument { operation: OPERATION, argument: "the principal", problem: "cannot be read" }
}

impl fmt::Debug for ServedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("ServedRequest")
            .field("headers", &names)
            .field("bearer", &self.bearer)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn request(lines: &[(&str, &str)]) -> ServedRequest {
        let headers = lines.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ServedRequest { headers, ..ServedRequest::default() }
    }

    fn over_tls(lines: &[(&str, &str)]) -> ServedRequest {
        let ingress = [("Ssl-Client-Cert", "PEER"), ("Ssl-Client-Verify", "SUCCESS")];
        request(&[lines, &ingress].concat())
    }

    fn encoded(json: &str) -> String {
        URL_SAFE_NO_PAD.encode(json)
    }

    #[test]
    fn a_proven_peer_says_for_whom_and_as_whom() {
        let ada = encoded(r#"{"actor":"ada"}"#);
        let context =
            CallContext::serving(&over_tls(&[("x-principal", &ada), ("x-impersonate", "true")])).unwrap();
        assert_eq!(context.principal.unwrap().actor.as_deref(), Some("ada"));
        assert_eq!(context.impersonation, Impersonation::Yes);
        for flag in ["TRUE", "1", " true", ""] {
            let asked = over_tls(&[("X-Principal", &ada), ("X-Impersonate", flag)]);
            assert_eq!(CallContext::serving(&asked).unwrap().impersonation, Impersonation::No, "{flag}");
        }
    }

    #[test]
    fn what_is_signed_speaks_for_a_resource() {
        let signed = format!("e30.{}.c2ln", encoded(r#"{"actor":"ada"}"#));
        let asked = over_tls(&[("X-Principal", &signed), ("X-Impersonate", "true")]);
        assert_eq!(CallContext::serving(&asked).unwrap().impersonation, Impersonation::No);
    }

    #[test]
    fn of_a_stranger_only_the_token_is_believed() {
        let eve = encoded(r#"{"actor":"eve"}"#);
        let lines = [
            ("X-Principal", eve.as_str()),
            ("X-Impersonate", "true"),
            ("Unikorn-Client-Certificate", "OTHER"),
            ("Ssl-Client-Cert", "PEER"),
        ];
        assert!(matches!(CallContext::serving(&request(&lines)), Err(Error::NoPrincipal { .. })));
        let ada = Principal { actor: Some("ada".to_owned()), ..Principal::default() };
        let purpose = Purpose::Authorization;
        let asked = ServedRequest { bearer: Some(ada.clone()), purpose, ..request(&lines) };
        let context = CallContext::serving(&asked).unwrap();
        assert_eq!(context.principal, Some(ada));
        assert_eq!((context.impersonation, context.certificate), (Impersonation::No, None));
    }

    #[test]
    fn the_certificate_that_began_the_chain_goes_where_callers_are_looked_at() {
        let own = |lines: &[(&str, &str)], purpose| {
            let lines = [lines, &[("X-Principal", "e30")]].concat();
            CallContext::serving(&ServedRequest { purpose, ..over_tls(&lines) }).unwrap().certificate
        };
        let handed_on = [("Unikorn-Client-Certificate", "FIRST")];
        assert_eq!(own(&[], Purpose::Authorization).as_deref(), Some("PEER"));
        assert_eq!(own(&handed_on, Purpose::Authorization).as_deref(), Some("FIRST"));
        assert_eq!(own(&handed_on, Purpose::Handler), None);
    }

    #[test]
    fn the_trace_goes_on_at_the_services_own_span() {
        let lines = [("X-Principal", "e30"), ("Traceparent", PARENT), ("Tracestate", "a=1")];
        let asked = ServedRequest { span: Some(0xb7ad_6b71_6920_3331), ..over_tls(&lines) };
        let trace = CallContext::serving(&asked).unwrap().trace.unwrap();
        assert_eq!(trace.parent(), PARENT.replace("00f067aa0ba902b7", "b7ad6b7169203331"));
        assert_eq!(trace.state(), Some("a=1"));
    }

    #[test]
    fn nothing_of_it_is_shown() {
        let shown = format!("{:?}", request(&[("Authorization", "Bearer s3cret")]));
        assert!(shown.contains("Authorization") && !shown.contains("s3cret"), "{shown}");
    }
}
