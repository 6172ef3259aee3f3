//! Who is calling: whoever a bearer token names; else, over mutual TLS, the common name of the certificate that stands
//! for the caller.

use crate::exchange::{Incoming, Layer, Service};
use crate::middleware::bearer::{self, Judge, NotLetIn};
use crate::middleware::certificate::{Peer, Readings, peer};
use crate::middleware::envelope::{Refusal, Refused};

/// Who is calling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The subject; empty when a certificate names none.
    pub(crate) subject: String,
    /// The mail address, where it is known.
    pub(crate) email: Option<String>,
    /// Of what kind it is.
    pub(crate) account: Account,
}

/// Of what kind a caller is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Account {
    /// A service of the platform.
    System,
    /// A user, who counts in these organizations.
    User { organizations: Vec<String> },
    /// A service account of an organization.
    Service { organization: String },
}

impl Caller {
    /// A service of the platform.
    pub(crate) fn system(common_name: impl Into<String>) -> Self {
        Self { subject: common_name.into(), email: None, account: Account::System }
    }
}

impl Account {
    /// Its kind, and the organizations that it counts in, as the services say them.
    pub(crate) fn json(&self) -> (&'static str, &[String]) {
        match self {
            Self::System => ("system", &[]),
            Self::User { organizations } => ("user", organizations),
            Self::Service { organization } => ("service", std::slice::from_ref(organization)),
        }
    }
}

/// Authenticates a caller. `standing` is the certificate that stands for him, `host` the name of this server.
pub(crate) fn authenticate(
    readings: &mut Readings,
    judge: &mut Judge<'_>,
    incoming: &Incoming,
    standing: Option<&str>,
    host: &str,
) -> Result<Caller, Refused> {
    let refused = |why| match why {
        NotLetIn::Denied(text) => Refusal::access_denied(host, text).by(Layer::Authentication),
        NotLetIn::Trouble => Refusal::internal().by(Layer::Authentication),
    };
    if let Some(authorization) = incoming.header("Authorization").filter(|value| !value.is_empty()) {
        let token = bearer::token(authorization).map_err(refused)?;
        return match incoming.service {
            Service::Identity => judge.caller(token, readings, standing).map_err(refused),
            // Region does not exchange tokens yet, so it knows none.
            Service::Region => Err(refused(NotLetIn::Denied("token is invalid or has expired"))),
        };
    }
    if !matches!(peer(incoming), Peer::Verified(_)) {
        return Err(refused(NotLetIn::Denied("authorization header missing")));
    }
    let certificate = standing.and_then(|text| readings.parse(text));
    let certificate = certificate.ok_or_else(|| Refusal::internal().by(Layer::Authentication))?;
    Ok(Caller::system(&certificate.common_name))
}
