//! What an access token says.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::Issued;
use crate::world::World;

/// What an access token says; times are seconds (RFC 7519 §4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Claims {
    /// The token's own id.
    pub(crate) jti: String,
    /// Who issued it.
    pub(crate) iss: String,
    /// For whom to read.
    pub(crate) aud: String,
    /// Whose it is.
    pub(crate) sub: String,
    /// From when it is valid.
    pub(crate) nbf: i64,
    /// Until when.
    pub(crate) exp: i64,
    /// Of what kind he is.
    pub(crate) bearer: Bearer,
}

/// Of what kind the bearer of a token is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Bearer {
    /// A user, by way of a client.
    User { client: String, scope: String },
    /// A service account of an organization.
    ServiceAccount { organization: String },
    /// A system account that has the key of this certificate (RFC 8705 §3.1).
    Service { thumbprint: String },
}

impl Claims {
    /// Claims of a token of this service.
    pub(crate) fn issued(world: &World, issued: &Issued, subject: &str, bearer: Bearer) -> Self {
        Self {
            jti: issued.id.clone(),
            iss: world.issuer.clone(),
            aud: world.identity_host.clone(),
            sub: subject.to_owned(),
            nbf: issued.at.as_second(),
            exp: issued.until.as_second(),
            bearer,
        }
    }

    /// Whether the token is of this service, for it, and valid at that time.
    pub(crate) fn hold(&self, world: &World, now: Timestamp) -> bool {
        let now = now.as_second();
        self.iss == world.issuer && self.aud == world.identity_host && self.nbf <= now && now <= self.exp
    }
}
