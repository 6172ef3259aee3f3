//! What region learns from identity: whose a bearer token is, for a passport, and what a caller may do.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::acl::Acl;
use crate::middleware::access::{self, Asked, Incomputable, Kept};
use crate::middleware::authentication::{Caller, Shown};
use crate::middleware::bearer::{ANOTHER_CERTIFICATE, Judge, NO_CERTIFICATE, NotLetIn};
use crate::middleware::certificate::Readings;
use crate::middleware::envelope::Refusal;
use crate::middleware::passport::{self, NoPassport, Wanted};
use crate::store::clock::Ids;

/// How long before its end a passport is not used any more: clocks differ.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);

/// Passports that region still holds: by the token, and the organization and project, that they were got for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Passports(BTreeMap<[String; 3], (Timestamp, Caller)>);

impl Passports {
    /// Whose a token is, where he wants to act. That identity refuses the place is said as such; whatever else keeps it
    /// from giving a passport lets nobody in. `host` is the name of this server.
    pub(crate) fn caller(
        &mut self,
        judge: &mut Judge<'_>,
        ids: &mut Ids,
        token: &str,
        wanted: Wanted<'_>,
        host: &str,
    ) -> Result<Caller, Refusal> {
        let key = [token, wanted.organization, wanted.project].map(str::to_owned);
        if let Some((_, caller)) = self.0.get(&key).filter(|(until, _)| judge.now < *until) {
            return Ok(caller.clone());
        }
        let passport = passport::exchange(judge, ids, token, wanted).map_err(|why| match why {
            NoPassport::Denied(_) => Refusal::access_denied(host, "token is invalid or has expired"),
            NoPassport::OutOfScope(_) => Refusal::forbidden("not authorized for the requested scope"),
            NoPassport::Trouble => Refusal::access_denied(host, "token exchange failed"),
        })?;
        let until = passport.until.saturating_sub(MARGIN).unwrap_or(judge.now);
        if judge.now < until {
            self.0.insert(key, (until, passport.caller.clone()));
        }
        Ok(passport.caller)
    }
}

/// What a caller may do, as identity says to region, which calls with its own certificate. It hands on the caller's
/// token, and the certificate that stands for him; identity looks at both again.
pub(crate) fn access_list(
    judge: &mut Judge<'_>,
    readings: &mut Readings,
    kept: &mut Kept,
    asked: Asked<'_>,
    shown: Shown<'_>,
) -> Result<Arc<Acl>, Refusal> {
    let relayed = match shown.token {
        None => asked.caller.clone(),
        Some(token) => relay(judge, readings, token, shown.certificate)?,
    };
    let asked = Asked { caller: &relayed, ..asked };
    kept.get_or(judge.now, asked, || access::compute(judge.world, judge.store, asked).map(Arc::new))
        .map_err(|_why: Incomputable| Refusal::internal())
}

/// Where nobody's certificate is handed on, region's own stands for the caller; no token is bound to that one.
fn relay(
    judge: &mut Judge<'_>,
    readings: &mut Readings,
    token: &str,
    certificate: Option<&str>,
) -> Result<Caller, Refusal> {
    judge.caller(token, readings, certificate).map_err(|why| match (why, certificate) {
        (NotLetIn::Trouble, _) => Refusal::internal(),
        (NotLetIn::Denied(NO_CERTIFICATE), None) => Refusal::unchallenged(ANOTHER_CERTIFICATE),
        (NotLetIn::Denied(text), _) => Refusal::unchallenged(text),
    })
}
