//! What a service knows of a request that it has let in, and goes on with.

use std::fmt;

use bytes::Bytes;

use crate::exchange::Incoming;
use crate::middleware::certificate::{Peer, peer};
use crate::middleware::impersonation::Acting;
use crate::middleware::principal::Principal;

/// A request that was let in: who it is from, for whom, and what came with it.
#[derive(Clone, PartialEq, Eq)]
pub struct Admitted {
    /// For whom it is: as its caller says over mutual TLS, else as its bearer token does.
    pub principal: OnBehalfOf,
    /// With whose rights.
    pub rights: Rights,
    /// The certificate that stands for its caller, as a header carries it: the one handed on, else the peer's own.
    pub certificate: Option<String>,
    /// The peer's certificate as the ingress saw it; none: the peer has shown none that verified.
    pub peer: Option<String>,
    /// Its header lines as the ingress handed them on, names as sent.
    pub headers: Vec<(String, Bytes)>,
}

/// For whom a request is made. What nobody has said is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnBehalfOf {
    /// The organization acted in.
    pub organization: String,
    /// Every organization of the actor.
    pub organizations: Vec<String>,
    /// The project acted in.
    pub project: String,
    /// `user`, `service`, `system`, or whatever the caller says.
    pub kind: String,
    /// Who acts.
    pub actor: String,
}

/// With whose rights a request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// The caller's own.
    Callers,
    /// With no more than the caller and the principal both have.
    Principals,
}

impl Admitted {
    pub(super) fn of(
        incoming: &Incoming,
        principal: &Principal,
        acting: Acting,
        standing: Option<&str>,
    ) -> Self {
        let Principal { organization, organizations, project, kind, actor } = principal.clone();
        Self {
            principal: OnBehalfOf { organization, organizations, project, kind, actor },
            rights: match acting {
                Acting::AsItself => Rights::Callers,
                Acting::AsPrincipal => Rights::Principals,
            },
            certificate: standing.map(str::to_owned),
            peer: match peer(incoming) {
                Peer::Verified(certificate) => Some(certificate.to_owned()),
                Peer::Absent | Peer::Unverified => None,
            },
            headers: incoming.headers.clone(),
        }
    }

    /// The first header line of that name, whatever the case of its letters; none also when it is no text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let line = self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
        line.and_then(|(_, value)| std::str::from_utf8(value).ok())
    }
}

impl fmt::Debug for Admitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Admitted")
            .field("principal", &self.principal)
            .field("rights", &self.rights)
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}
