//! Who is calling: whoever a bearer token names; else, over mutual TLS, the common name of the certificate that stands
//! for the caller.

use crate::exchange::{Incoming, Layer};
use crate::middleware::bearer::{self, NotLetIn};
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

/// What a request shows to let its caller in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// The bearer token, if any.
    pub(crate) token: Option<&'a str>,
    /// The certificate that stands for the caller, if any.
    pub(crate) certificate: Option<&'a str>,
}

impl<'a> Shown<'a> {
    /// What a request shows. `standing` is the certificate that stands for the caller, `host` the name of this server.
    pub(crate) fn of(incoming: &'a Incoming, standing: Option<&'a str>, host: &str) -> Result<Self, Refused> {
        let authorization = incoming.header("Authorization").filter(|value| !value.is_empty());
        let token = authorization.map(bearer::token).transpose();
        let token = token.map_err(|why| refusal(host, why).by(Layer::Authentication))?;
        Ok(Self { token, certificate: standing })
    }
}

/// Authenticates a caller; `introduce` finds out whose a token is. `host` is the name of this server.
pub(crate) fn authenticate(
    readings: &mut Readings,
    incoming: &Incoming,
    shown: Shown<'_>,
    host: &str,
    introduce: impl FnOnce(&mut Readings, &str) -> Result<Caller, Refusal>,
) -> Result<Caller, Refused> {
    if let Some(token) = shown.token {
        return introduce(readings, token).map_err(|refusal| refusal.by(Layer::Authentication));
    }
    if !matches!(peer(incoming), Peer::Verified(_)) {
        let why = NotLetIn::Denied("authorization header missing");
        return Err(refusal(host, why).by(Layer::Authentication));
    }
    let certificate = shown.certificate.and_then(|text| readings.parse(text));
    let certificate = certificate.ok_or_else(|| Refusal::internal().by(Layer::Authentication))?;
    Ok(Caller::system(&certificate.common_name))
}

/// How it is said that a token lets nobody in.
pub(crate) fn refusal(host: &str, why: NotLetIn) -> Refusal {
    match why {
        NotLetIn::Denied(text) => Refusal::access_denied(host, text),
        NotLetIn::Trouble => Refusal::internal(),
    }
}
