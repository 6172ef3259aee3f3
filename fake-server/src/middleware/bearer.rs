//! Whose a bearer token is, as the identity service finds out: it opens its own tokens, and looks whether it still
//! counts them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::middleware::authentication::{Account, Caller};
use crate::middleware::certificate::Readings;
use crate::middleware::jws;
use crate::store::{Kind, Organization, OrganizationUser, Refusal, ServiceAccount, Store, User, Verb};
use crate::token::claims::{Bearer, Claims};
use crate::token::sealed::{self, Use};
use crate::world::{UserState, World};

/// How long a token that was found to count is not looked at again.
const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// A token is bound to a certificate, and none stands for the caller.
pub(crate) const NO_CERTIFICATE: &str = "client certificate not present for bound token";
/// Another one stands for him.
pub(crate) const ANOTHER_CERTIFICATE: &str = "client certificate mismatch for bound token";

/// Tokens that were found to count, with what they say, until when.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counted(BTreeMap<String, (Timestamp, Claims)>);

/// Who shows a token, and what it says of him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Introspected {
    /// Who.
    pub(crate) caller: Caller,
    /// What the token says.
    pub(crate) claims: Claims,
}

/// Why a token lets nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotLetIn {
    /// For this reason.
    Denied(&'static str),
    /// The service is in trouble.
    Trouble,
}

/// What tokens are judged by.
pub(crate) struct Judge<'a> {
    pub(crate) world: &'a World,
    pub(crate) store: &'a mut Store,
    pub(crate) counted: &'a mut Counted,
    pub(crate) now: Timestamp,
}

impl Counted {
    /// A token does not count any more, however lately it did.
    pub(crate) fn forget(&mut self, token: &str) {
        self.0.remove(token);
    }
}

/// The token in an `Authorization` header.
pub(crate) fn token(authorization: &str) -> Result<&str, NotLetIn> {
    match authorization.split(' ').collect::<Vec<_>>().as_slice() {
        [scheme, token] if scheme.eq_ignore_ascii_case("bearer") => Ok(token),
        [_, _] => Err(NotLetIn::Denied("authorization scheme not allowed")),
        _ => Err(NotLetIn::Denied("authorization header malformed")),
    }
}

impl Judge<'_> {
    /// Who calls with that token. A token that is bound to a certificate needs that one to stand for the caller.
    pub(crate) fn caller(
        &mut self,
        token: &str,
        readings: &mut Readings,
        standing: Option<&str>,
    ) -> Result<Caller, NotLetIn> {
        let Introspected { caller, claims } = self.introspect(token)?;
        if let Bearer::Service { thumbprint } = &claims.bearer {
            let standing = standing.ok_or(NotLetIn::Denied(NO_CERTIFICATE))?;
            let certificate = readings.parse(standing);
            let certificate = certificate.ok_or(NotLetIn::Denied("client certificate parse error"))?;
            if certificate.thumbprint != *thumbprint {
                return Err(NotLetIn::Denied(ANOTHER_CERTIFICATE));
            }
        }
        Ok(caller)
    }

    /// Whose that token is, whoever shows it.
    pub(crate) fn introspect(&mut self, token: &str) -> Result<Introspected, NotLetIn> {
        if token.is_empty() {
            return Err(NotLetIn::Denied("empty bearer token"));
        }
        if !jws::is_jose(token) {
            return Err(NotLetIn::Denied("unrecognized bearer token format"));
        }
        let claims = self.verify(token).ok_or(NotLetIn::Denied("token validation failed"))?;
        let (account, email) = match &claims.bearer {
            Bearer::User { scope, .. } => {
                let known = scope.split(' ').any(|scope| scope == "email");
                let organizations = organizations_of(self.store, &claims.sub);
                let organizations = organizations.map_err(|_whatever| NotLetIn::Trouble)?;
                (Account::User { organizations }, known.then(|| claims.sub.clone()))
            }
            Bearer::ServiceAccount { organization } => {
                (Account::Service { organization: organization.clone() }, None)
            }
            Bearer::Service { .. } => (Account::System, None),
        };
        Ok(Introspected { caller: Caller { subject: claims.sub.clone(), email, account }, claims })
    }

    /// What a token says, if it counts. One that did is taken at its word for a while.
    fn verify(&mut self, token: &str) -> Option<Claims> {
        if let Some((_, claims)) = self.counted.0.get(token).filter(|(until, _)| self.now < *until) {
            return Some(claims.clone());
        }
        self.store.ask(Verb::Get, Kind::SigningKey).ok()?;
        let claims: Claims = sealed::open(Use::Access, token)?;
        if !claims.hold(self.world, self.now) || !self.counts(&claims).ok()? {
            return None;
        }
        let expires = Timestamp::from_second(claims.exp).ok()?;
        let until = self.now.saturating_add(KEPT).ok()?.min(expires);
        self.counted.0.insert(token.to_owned(), (until, claims.clone()));
        Some(claims)
    }

    /// Whether the service has noted a token as the one that counts. Those of system accounts are not noted.
    fn counts(&mut self, claims: &Claims) -> Result<bool, Refusal> {
        match &claims.bearer {
            Bearer::User { client, .. } => {
                let user = active_user(self.store, &claims.sub)?;
                let session = user.sessions.iter().find(|session| session.client == *client);
                Ok(session.is_some_and(|session| session.token == claims.jti))
            }
            Bearer::ServiceAccount { organization } => {
                let organization: Organization = self.store.get(organization)?;
                let account: ServiceAccount = self.store.get(&claims.sub)?;
                let at_home = organization.provisioned && account.organization == organization.meta.id;
                Ok(at_home && account.issued.id == claims.jti)
            }
            Bearer::Service { .. } => Ok(true),
        }
    }
}

/// Ids of the organizations in which a user counts.
fn organizations_of(store: &mut Store, subject: &str) -> Result<Vec<String>, Refusal> {
    let user = active_user(store, subject)?;
    let memberships = store.list::<OrganizationUser>()?.into_iter();
    let counting = memberships.filter(|it| it.user == user.meta.id && it.state == UserState::Active);
    Ok(counting.map(|membership| membership.organization).collect())
}

/// The user of that name, if he counts.
pub(crate) fn active_user(store: &mut Store, subject: &str) -> Result<User, Refusal> {
    let user = store.list::<User>()?.into_iter().find(|user| user.subject == subject);
    user.filter(|user| user.state == UserState::Active).ok_or(Refusal::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(authorization: &str, read: Result<&str, &'static str>) {
        assert_eq!(token(authorization), read.map_err(NotLetIn::Denied));
    }

    #[test]
    fn a_header_is_a_scheme_and_a_token() {
        reads("bEaReR x", Ok("x"));
        reads("garbage", Err("authorization header malformed"));
        reads("Bearer  a", Err("authorization header malformed"));
        reads("Basic YTpi", Err("authorization scheme not allowed"));
    }
}
