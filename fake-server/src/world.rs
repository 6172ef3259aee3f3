//! The world before the first request, as data.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// The world that is used unless another is given.
const DEFAULT: &str = include_str!("../world.json");

/// Everything that exists before the first request. Read from JSON; [`World::default`] is the one that the recorded
/// vectors start from.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct World {
    /// Its name.
    pub world: String,
    /// The time of every request, RFC 3339.
    pub epoch: jiff::Timestamp,
    /// Who made everything in it.
    pub created_by: String,
    /// The host name of the identity service, as it names itself in answers.
    pub identity_host: String,
    /// The host name of the region service.
    pub region_host: String,
    /// The issuer of tokens.
    pub issuer: String,
    /// How long access lists are kept; prose.
    pub acl_cache: String,
    /// How long a service account's token lives; prose.
    pub service_account_token_lifetime: String,
    /// Organizations.
    pub organizations: Vec<Organization>,
    /// Projects.
    pub projects: Vec<Project>,
    /// Groups.
    pub groups: Vec<Group>,
    /// Roles by name.
    pub roles: BTreeMap<String, Role>,
    /// Common names of certificates, and the roles bound to them.
    pub system_accounts: BTreeMap<String, SystemAccount>,
    /// Who administers the platform.
    pub platform_administrators: PlatformAdministrators,
    /// Users.
    pub users: Vec<User>,
    /// Service accounts.
    pub service_accounts: Vec<ServiceAccount>,
    /// Quotas of organizations that have an object for them: kind to quantity.
    pub quotas: BTreeMap<String, IndexMap<String, i64>>,
    /// Kinds that quotas know, and their defaults.
    pub quota_metadata: IndexMap<String, i64>,
    /// Allocations.
    pub allocations: Vec<Allocation>,
    /// Regions.
    pub regions: Vec<Region>,
    /// Networks.
    pub networks: Vec<Network>,
    /// Classes of file storage.
    #[serde(default)]
    pub file_storage_classes: Vec<FileStorageClass>,
    /// Certificates that a test makes for itself.
    pub certificates: Vec<Certificate>,
    /// Bearer tokens that there are from the beginning.
    pub tokens: BTreeMap<String, Token>,
    /// Clients of the token endpoint.
    #[serde(rename = "oauth2Clients")]
    pub oauth2_clients: Vec<OAuth2Client>,
    /// Identity providers.
    #[serde(rename = "oauth2Providers")]
    pub oauth2_providers: Vec<OAuth2Provider>,
    /// Every id by a name for it.
    pub ids: BTreeMap<String, String>,
}

impl World {
    /// Reads a world.
    ///
    /// # Errors
    ///
    /// When the text is not JSON, or has members that no world has.
    pub fn parse(text: &str) -> Result<Self, WorldError> {
        serde_json::from_str(text).map_err(|source| WorldError { source })
    }

    /// The default world, read once a process.
    #[must_use]
    pub fn shared() -> Arc<Self> {
        static SHARED: OnceLock<Arc<World>> = OnceLock::new();
        Arc::clone(SHARED.get_or_init(Arc::default))
    }
}

impl Default for World {
    fn default() -> Self {
        Self::parse(DEFAULT).expect("the embedded world is read by a test")
    }
}

/// A world that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("read the world")]
pub struct WorldError {
    #[source]
    source: serde_json::Error,
}

/// An organization.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Organization {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it has a place for what belongs to it.
    pub provisioned: bool,
    /// `adhoc` or `domain`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The mail domain of its users.
    #[serde(default)]
    pub domain: Option<String>,
    /// Who provides its identities.
    #[serde(default, rename = "providerID")]
    pub provider_id: Option<String>,
    /// Whether that provider is the organization's own.
    #[serde(default)]
    pub provider_scope: Option<String>,
}

/// A project.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Its organization.
    pub organization: String,
    /// Groups whose members may use it.
    pub groups: Vec<String>,
    /// What depends on it.
    pub references: Option<Vec<String>>,
    /// Whether it is being deleted.
    pub deleting: bool,
    /// Whether it has a place for what belongs to it.
    pub provisioned: bool,
}

/// A group.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Its organization.
    pub organization: String,
    /// Subjects of its members.
    #[serde(default)]
    pub subjects: Vec<String>,
    /// Members by the older list, of organization users' ids.
    #[serde(default, rename = "legacyUserIDs")]
    pub legacy_user_ids: Vec<String>,
    /// Ids of service accounts in it.
    #[serde(default)]
    pub service_accounts: Vec<String>,
    /// Names of its roles; `MISSING` stands for a role that does not exist.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// A role: endpoint to verbs (`c`, `r`, `u`, `d`) on each of three levels.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Role {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub description: String,
    /// Everywhere.
    pub global: Option<BTreeMap<String, String>>,
    /// In the organization of the group that gives it.
    pub organization: Option<BTreeMap<String, String>>,
    /// In the projects that name that group.
    pub project: Option<BTreeMap<String, String>>,
    /// Whether it is kept from users.
    pub protected: bool,
}

/// What a certificate's common name is bound to.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SystemAccount {
    /// The role's name.
    #[serde(default)]
    pub role: Option<String>,
    /// The role's id.
    pub role_id: String,
    /// Prose.
    #[serde(default)]
    pub note: Option<String>,
}

/// Who administers the platform.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlatformAdministrators {
    /// Names of the roles they have.
    pub roles: Vec<String>,
    /// Their subjects.
    pub subjects: Vec<String>,
}

/// A user.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct User {
    /// The subject.
    pub subject: String,
    /// The id.
    pub user_id: String,
    /// Whether it counts.
    pub state: UserState,
    /// Memberships.
    pub member_of: Option<Vec<Membership>>,
}

/// Whether a user, or a membership, counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserState {
    /// It does.
    Active,
    /// Not yet.
    Pending,
    /// Not any more.
    Suspended,
}

/// A user's membership of an organization.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Membership {
    /// The organization.
    pub organization: String,
    /// Whether it counts.
    pub state: UserState,
    /// The membership's own id.
    pub organization_user_id: String,
}

/// A service account.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceAccount {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its organization.
    pub organization: String,
}

/// A row of the ledger.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Allocation {
    /// Its id.
    pub id: String,
    /// Its organization.
    pub organization: String,
    /// Its project.
    pub project: String,
    /// What kind of resource it is for.
    pub resource_kind: String,
    /// Which.
    pub resource_id: String,
    /// How much.
    pub allocations: Vec<Amount>,
}

/// How much of one kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Amount {
    /// The kind.
    pub kind: String,
    /// In use.
    pub committed: i64,
    /// Kept back.
    pub reserved: i64,
}

/// A region.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Region {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Organizations it is open to; none: all.
    pub organizations: Option<Vec<String>>,
}

/// A network.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Network {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Its organization.
    pub organization: String,
    /// Its project.
    pub project: String,
    /// Its region.
    pub region: String,
    /// Its service principal in the region.
    pub cloud_identity: String,
    /// Its addresses, CIDR.
    pub prefix: String,
    /// What depends on it.
    pub references: Option<Vec<String>>,
    /// Whether it is being deleted.
    pub deleting: bool,
    /// Whether it was made by the second API.
    pub v2: bool,
    /// Name and value of each tag.
    #[serde(default)]
    pub tags: Vec<(String, String)>,
}

/// A class of file storage.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileStorageClass {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: String,
    /// The organization it is for; none: all.
    #[serde(default)]
    pub organization: Option<String>,
    /// `nfsv3`, `nfsv4`.
    pub protocols: Vec<String>,
    /// How many addresses of a network it takes.
    pub parallelism: u32,
}

/// A certificate that a test makes.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Certificate {
    /// Its name in requests.
    pub name: String,
    /// Its subject's common name.
    pub common_name: String,
    /// `rsa-2048` or `ecdsa-p256`.
    pub key: String,
    /// `valid` or `expired`.
    pub validity: String,
}

/// A bearer token.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Token {
    /// Prose.
    pub note: String,
    /// Whose it is.
    pub holder: Holder,
    /// The subject: a user's, a service account's id, a system account's common name.
    #[serde(default)]
    pub subject: String,
    /// The client that a user got it through.
    #[serde(default)]
    pub client: String,
    /// What a user's client asked for.
    #[serde(default)]
    pub scope: String,
    /// The organization that a service account claims.
    #[serde(default)]
    pub organization: String,
    /// The name of the certificate that a system account's is bound to.
    #[serde(default)]
    pub certificate: String,
    /// From when it is valid, in seconds after the epoch.
    #[serde(default)]
    pub from: i64,
    /// Until when, likewise.
    #[serde(default = "an_hour")]
    pub until: i64,
    /// Which key it is sealed with.
    #[serde(default)]
    pub key: TokenKey,
    /// The issuer, if not the world's.
    #[serde(default)]
    pub issuer: Option<String>,
    /// The audience, if not the identity service.
    #[serde(default)]
    pub audience: Option<String>,
    /// What the service has noted of it.
    #[serde(default)]
    pub session: Noted,
    /// What was done to it.
    #[serde(default)]
    pub damage: Option<Damage>,
    /// The token itself, where it is nothing but text.
    #[serde(default)]
    pub text: String,
}

/// Whose a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// A user's, from a login.
    User,
    /// A user's too, but for getting other tokens with.
    Refresh,
    /// A service account's.
    ServiceAccount,
    /// A system account's, bound to its certificate.
    Service,
    /// Signed by the service, but no access token.
    Signed,
    /// It is only text.
    Nobody,
}

/// A key that tokens are sealed with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKey {
    /// The one in use.
    #[default]
    Current,
    /// The one before, which still counts.
    Previous,
    /// One that the service does not have.
    Foreign,
}

/// What the service has noted of a token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Noted {
    /// It is the one that counts.
    #[default]
    Current,
    /// Another one counts for the same client.
    Other,
    /// Nothing.
    None,
}

/// What was done to a token after it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Damage {
    /// A character of its header was changed.
    Header,
    /// A character of its ciphertext.
    Ciphertext,
    /// A character of its tag.
    Tag,
    /// Its last segment was taken off.
    Truncated,
}

fn an_hour() -> i64 {
    3600
}

/// A client of the token endpoint.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OAuth2Client {
    /// Its id.
    pub id: String,
    /// Where it is sent back to.
    pub redirect_uri: String,
    /// Its secret; the world's own, worth nothing.
    pub secret: String,
}

/// An identity provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OAuth2Provider {
    /// The platform's client id there.
    #[serde(rename = "clientID")]
    pub client_id: String,
    /// Its id.
    pub id: String,
    /// Its issuer.
    pub issuer: String,
    /// Its name.
    pub name: String,
    /// `global`, or the organization it belongs to.
    pub scope: String,
    /// A well-known kind of provider.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_world_is_read() {
        let world = World::default();
        assert_eq!(world.epoch.to_string(), "2026-01-02T03:04:05Z");
        assert_eq!(world.projects.len(), 5);
    }

    #[test]
    fn a_member_that_no_world_has_is_refused() {
        let text = DEFAULT.replacen("\"world\"", "\"wordl\"", 1);
        let error = World::parse(&text).expect_err("`wordl` is no member");
        assert_eq!(error.to_string(), "read the world");
    }
}
