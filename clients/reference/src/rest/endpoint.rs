//! Where a service is.

use http::Uri;
use http::header::HeaderValue;
use http::uri::{Authority, InvalidUri};

use super::request::Request;
use crate::error::Error;

const OPERATION: &str = "read a service's address";

/// A service's address, e.g. `https://identity.unikorn.example` or `https://gateway.example:8443/identity`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    authority: Authority,
    /// Without a slash at its end.
    base: String,
}

impl Endpoint {
    /// Reads an address. Anything but `https` is refused, since the principal would travel in clear; and so is what
    /// would be dropped in silence: a user, a query.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`].
    pub fn parse(address: &str) -> Result<Self, Error> {
        let refuse = |problem| Error::InvalidArgument { operation: OPERATION, argument: "address", problem };
        let uri: Uri = address.parse().map_err(|_invalid: InvalidUri| refuse("is not a URL"))?;
        let Some(authority) = uri.authority() else {
            return Err(refuse("has no host"));
        };
        if !uri.scheme_str().is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")) {
            return Err(refuse("does not begin with `https://`"));
        }
        if authority.as_str().contains('@') {
            return Err(refuse("names a user"));
        }
        if uri.query().is_some() {
            return Err(refuse("has a query"));
        }
        Ok(Self { authority: authority.clone(), base: uri.path().trim_end_matches('/').to_owned() })
    }

    /// The host: a name or an IP address, without brackets.
    pub(crate) fn host(&self) -> &str {
        self.authority.host().trim_start_matches('[').trim_end_matches(']')
    }

    pub(crate) fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(443)
    }

    pub(crate) fn is_same_server(&self, other: &Self) -> bool {
        self.port() == other.port() && self.host().eq_ignore_ascii_case(other.host())
    }

    pub(crate) fn host_header(&self) -> HeaderValue {
        HeaderValue::from_str(self.authority.as_str()).expect("a URL's host is printable ASCII")
    }

    /// The target of a request line.
    pub(crate) fn target(&self, request: &Request) -> Result<Uri, InvalidUri> {
        format!("{}{}", self.base, request.target()).parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(address: &str, host: &str, port: u16, base: &str) {
        let endpoint = Endpoint::parse(address).unwrap();
        assert_eq!((endpoint.host(), endpoint.port(), endpoint.base.as_str()), (host, port, base));
    }

    #[test]
    fn reads_addresses() {
        reads("https://h:1", "h", 1, "");
        reads("https://h:1/", "h", 1, "");
        reads("HTTPS://h:1", "h", 1, "");
        reads("https://h", "h", 443, "");
        reads("https://h:1/base/v9", "h", 1, "/base/v9");
        reads("https://[::1]:1", "::1", 1, "");
    }

    #[test]
    fn refuses_what_it_would_have_to_guess_or_drop() {
        for address in
            ["", "h:1", "h", "/api", "http://h:1", "https://", "https://a:b@h:1", "https://h:1/?x=y"]
        {
            let error = Endpoint::parse(address).unwrap_err();
            assert!(matches!(error, Error::InvalidArgument { .. }), "{address}: {error:?}");
        }
    }
}
