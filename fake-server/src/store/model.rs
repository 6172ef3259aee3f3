//! What the store holds: a model of its own. Its JSON is what recordings show.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::world::UserState;

/// What everything has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Meta {
    /// Its id.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Tags; none and an empty list are kept apart.
    pub tags: Option<Vec<Tag>>,
    /// When it was made.
    pub created: Timestamp,
    /// Who made it: the subject that authenticated.
    pub creator: Option<String>,
    /// When it was changed last.
    pub modified: Option<Timestamp>,
    /// Who changed it last: the subject that authenticated.
    pub modifier: Option<String>,
    /// On whose behalf.
    pub principal: Attribution,
    /// Since when it is being deleted.
    pub deleting: Option<Timestamp>,
    /// Counts its changes; a writer that read an older one is refused.
    pub revision: u64,
}

/// On whose behalf something was made or changed; empty text is kept as such.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Attribution {
    /// The principal's organization.
    pub organization: Option<String>,
    /// The principal's project.
    pub project: Option<String>,
    /// The principal's actor, at creation.
    pub creator: Option<String>,
    /// The principal's actor, at the last change.
    pub modifier: Option<String>,
}

/// A name and a value that users attach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tag {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Organization {
    /// What everything has.
    pub meta: Meta,
    /// Present when its users are known by their mail domain.
    pub domain: Option<Domain>,
    /// Who must let go before it can go; see [`Project::holders`].
    pub holders: Vec<String>,
    /// Whether it has a place for what belongs to it.
    pub provisioned: bool,
}

/// A mail domain, and who vouches for its users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Domain {
    /// The domain.
    pub name: Option<String>,
    /// `global` or `organization`.
    pub provider_scope: Option<String>,
    /// The provider.
    pub provider_id: Option<String>,
    /// The customer's id at Google.
    pub google_customer_id: Option<String>,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Project {
    /// What everything has.
    pub meta: Meta,
    /// Its organization.
    pub organization: String,
    /// Groups whose members may use it; none and an empty list are kept apart.
    pub groups: Option<Vec<String>>,
    /// Who must let go before it can go, in the order in which they came: the platform itself, as `unikorn`, and
    /// everything that holds a reference.
    pub holders: Vec<String>,
    /// Whether it has a place for what belongs to it.
    pub provisioned: bool,
}

/// A group: who is in it, and which roles that gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// What everything has.
    pub meta: Meta,
    /// Its organization.
    pub organization: String,
    /// Its members.
    pub subjects: Vec<Subject>,
    /// Its members by the older list, of memberships' ids.
    pub users: Vec<String>,
    /// Ids of service accounts in it.
    pub service_accounts: Vec<String>,
    /// Ids of its roles.
    pub roles: Vec<String>,
}

/// Somebody, as somebody vouches for him.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// How the issuer calls him.
    pub id: String,
    /// Who vouches.
    pub issuer: String,
    /// His mail address.
    pub email: Option<String>,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// What everything has.
    pub meta: Meta,
    /// His mail address, as a rule.
    pub subject: String,
    /// Whether he counts.
    pub state: UserState,
    /// Which token counts for each client.
    pub sessions: Vec<Session>,
}

/// Which token of a user counts for a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Session {
    /// The client.
    pub client: String,
    /// The token's id.
    pub token: String,
    /// When he logged in.
    pub since: Timestamp,
}

/// A user's membership of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrganizationUser {
    /// What everything has.
    pub meta: Meta,
    /// The organization.
    pub organization: String,
    /// The user's id.
    pub user: String,
    /// Whether it counts.
    pub state: UserState,
}

/// A service account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceAccount {
    /// What everything has.
    pub meta: Meta,
    /// Its organization.
    pub organization: String,
    /// The token that counts.
    pub issued: Issued,
}

/// A token as the store keeps it: what is enough to know it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Issued {
    /// Its id.
    pub id: String,
    /// When it was issued.
    pub at: Timestamp,
    /// Until when it is valid.
    pub until: Timestamp,
}

/// An identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provider {
    /// What everything has.
    pub meta: Meta,
    /// The organization whose users it vouches for; none: anybody's.
    pub organization: Option<String>,
    /// A well-known kind of provider.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// How it names itself.
    pub issuer: String,
    /// How it knows the platform.
    pub client_id: String,
    /// What the platform shows it; recordings do not.
    #[serde(serialize_with = "veiled")]
    pub client_secret: String,
}

/// A row of the ledger that quotas are checked against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Allocation {
    /// What everything has.
    pub meta: Meta,
    /// The organization that is charged.
    pub organization: String,
    /// The project.
    pub project: String,
    /// What kind of resource it is for.
    pub resource_kind: String,
    /// Which.
    pub resource_id: String,
    /// How much.
    pub amounts: Vec<Amount>,
}

/// How much of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// The kind.
    pub kind: String,
    /// In use.
    pub committed: i64,
    /// Kept back.
    pub reserved: i64,
}

/// An organization's quota.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quota {
    /// What everything has.
    pub meta: Meta,
    /// Its organization.
    pub organization: String,
    /// Limits in the order they were written.
    pub limits: Vec<Limit>,
}

/// How much of a kind there may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// The kind.
    pub kind: String,
    /// The most there may be.
    pub quantity: i64,
}

/// A network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Network {
    /// What everything has.
    pub meta: Meta,
    /// Its organization.
    pub organization: String,
    /// Its project.
    pub project: String,
    /// Its region.
    pub region: String,
    /// Its service principal in the region.
    pub cloud_identity: String,
    /// The allocation that pays for it.
    pub allocation: Option<String>,
    /// Its addresses, CIDR.
    pub prefix: String,
    /// Name servers it tells its hosts of.
    pub dns_nameservers: Vec<String>,
    /// Routes it tells its hosts of.
    pub routes: Vec<Route>,
    /// Addresses that are kept back; none: by the defaults.
    pub reservations: Option<Reservations>,
    /// Who must let go before it can go; see [`Project::holders`].
    pub holders: Vec<String>,
    /// Whether the second API made it.
    pub v2: bool,
    /// Whether it exists in its region.
    pub provisioned: bool,
}

/// A route of a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Route {
    /// Where to, CIDR.
    pub prefix: String,
    /// By way of which address.
    pub next_hop: String,
}

/// Addresses of a network that are kept back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reservations {
    /// The prefix length of the part that is kept back.
    pub prefix_length: i64,
    /// The prefix length of the provider's part of it.
    pub provider_prefix_length: Option<i64>,
}

/// A service principal in a region: what a network belongs to there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CloudIdentity {
    /// What everything has.
    pub meta: Meta,
    /// Its organization.
    pub organization: String,
    /// Its project.
    pub project: String,
    /// Its region.
    pub region: String,
    /// Who must let go before it can go; see [`Project::holders`].
    pub holders: Vec<String>,
    /// Whether it exists in its region.
    pub provisioned: bool,
}

/// An image that an organization has imported into a region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Image {
    /// What everything has.
    pub meta: Meta,
    /// Its organization.
    pub organization: String,
    /// Its region.
    pub region: String,
    /// What is in it, as it was said.
    pub spec: Value,
}

/// A secret is never written down: only whether there is one, and whether it is another than before.
fn veiled<S: Serializer>(secret: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if secret.is_empty() {
        return serializer.serialize_str("");
    }
    let digest = Sha256::digest(secret);
    serializer.collect_str(&format_args!("<client_secret {:02x}{:02x}>", digest[0], digest[1]))
}
