//! Tokens of the identity service: how they are made and told apart.
//!
//! Access tokens are sealed, so that nobody but the service reads them; passports are signed, so that everybody can
//! check them. Keys are derived from fixed words: the same claims always give the same token, and none is worth
//! anything outside a test.
//!
//! * `claims`: what access tokens say
//! * `sealed`: tokens that only the service reads
//! * `signed`: tokens that everybody reads, and the keys to check them with
//! * `named`: the tokens of a world, by name

pub(crate) mod claims;
mod named;
pub(crate) mod sealed;
pub(crate) mod signed;

use jiff::{SignedDuration, Timestamp};

pub use named::{UnknownToken, named};

use crate::store::Issued;
use crate::world::{TokenKey, World};
use claims::{Bearer, Claims};
use sealed::Use;

/// The token of a service account that the store keeps so.
#[must_use]
pub fn of_service_account(world: &World, id: &str, organization: &str, issued: &Issued) -> String {
    let bearer = Bearer::ServiceAccount { organization: organization.to_owned() };
    let claims = Claims::issued(world, issued, id, bearer);
    sealed::seal(TokenKey::Current, Use::Access, &claims)
}

/// So many seconds after a time.
pub(crate) fn after(time: Timestamp, seconds: i64) -> Timestamp {
    time.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(time)
}
