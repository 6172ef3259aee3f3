//! Which kind of failure a connection ended with.

use std::io;

use crate::error::{Cause, Error};

/// What became of a connection; [`Failure::during`] makes the call's error of it.
#[derive(Debug)]
pub(crate) enum Failure {
    Connect(Cause),
    Untrusted(Cause),
    Tls(Cause),
    Lost(Cause),
    Protocol(Cause),
    HeadTooLarge(Cause),
}

impl Failure {
    /// Something went wrong before the answer's body: in the handshake, while sending, or in the answer's head.
    pub(crate) fn before_body(error: Cause) -> Self {
        if let Some(tls) = find::<rustls::Error>(&*error) {
            return match tls {
                rustls::Error::InvalidCertificate(_) => Self::Untrusted(error),
                _ => Self::Tls(error),
            };
        }
        match find::<hyper::Error>(&*error) {
            Some(http) if http.is_parse_too_large() => Self::HeadTooLarge(error),
            Some(http) if http.is_parse() => Self::Protocol(error),
            _ => Self::Lost(error),
        }
    }

    /// Something went wrong in the answer's body.
    pub(crate) fn in_body(error: Cause) -> Self {
        match find::<io::Error>(&*error).map(io::Error::kind) {
            // What a chunk begins with is no size, or so large that it cannot be one.
            Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => Self::Protocol(error),
            _ => Self::Lost(error),
        }
    }

    /// The error of the call that this happened to.
    pub(crate) fn during(self, operation: &'static str) -> Error {
        match self {
            Self::Connect(source) => Error::Connect { operation, source },
            Self::Untrusted(source) => Error::ServerUntrusted { operation, source },
            Self::Tls(source) => Error::Tls { operation, source },
            Self::Lost(source) => Error::ConnectionLost { operation, source },
            Self::Protocol(source) => Error::Protocol { operation, source },
            Self::HeadTooLarge(source) => Error::HeadTooLarge { operation, source },
        }
    }
}

/// The first error of type `E` in the chain of causes. An I/O error that wraps another does not name it as its
/// source, but as its inner error.
fn find<'a, E: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a E> {
    if let Some(found) = error.downcast_ref::<E>() {
        return Some(found);
    }
    let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    if let Some(found) = inner.and_then(|inner| find::<E>(inner)) {
        return Some(found);
    }
    error.source().and_then(find::<E>)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{AlertDescription, CertificateError};

    #[test]
    fn finds_what_tls_said_inside_an_io_error() {
        let wrap = |tls: rustls::Error| -> Cause { io::Error::new(io::ErrorKind::InvalidData, tls).into() };
        let untrusted = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        assert!(matches!(Failure::before_body(wrap(untrusted)), Failure::Untrusted(_)));
        let refused = rustls::Error::AlertReceived(AlertDescription::CertificateRequired);
        assert!(matches!(Failure::before_body(wrap(refused)), Failure::Tls(_)));
    }

    #[test]
    fn a_connection_that_ends_is_lost() {
        let ended = || -> Cause { io::Error::from(io::ErrorKind::UnexpectedEof).into() };
        assert!(matches!(Failure::before_body(ended()), Failure::Lost(_)));
        assert!(matches!(Failure::in_body(ended()), Failure::Lost(_)));
    }
}
