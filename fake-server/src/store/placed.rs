//! What belongs to a project and lies in a region: kinds that differ in nothing but what they are to be.

use serde::Serialize;
use std::collections::BTreeMap;

use crate::store::Store;
use crate::store::door::Kind;
use crate::store::model::Meta;
use crate::store::resource::Resource;

/// A thing of a project in a region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Placed<S> {
    /// What everything has.
    pub meta: Meta,
    /// Where it is.
    pub place: Place,
    /// The allocation that pays for it.
    pub allocation: Option<String>,
    /// What it is to be.
    pub spec: S,
    /// Who must let go before it can go; as for a project.
    pub holders: Vec<String>,
}

/// Where a thing is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Its organization.
    pub organization: String,
    /// Its project.
    pub project: String,
    /// Its region.
    pub region: Option<String>,
    /// Its service principal there.
    pub cloud_identity: Option<String>,
    /// Its network.
    pub network: Option<String>,
    /// Whether the second API made it.
    pub v2: bool,
}

/// What a thing is to be, and by that what kind of thing it is.
pub(crate) trait Spec: Clone + Serialize + Send + Sync + 'static {
    /// Which kind.
    const KIND: Kind;

    fn table(store: &Store) -> &BTreeMap<String, Placed<Self>>;
    fn table_mut(store: &mut Store) -> &mut BTreeMap<String, Placed<Self>>;
}

impl<S: Spec> Resource for Placed<S> {
    const KIND: Kind = S::KIND;

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }

    fn labels(&self) -> Vec<&str> {
        let Place { organization, project, region, cloud_identity, network, v2: _ } = &self.place;
        let optional = [region, cloud_identity, network].into_iter().flatten();
        [organization, project].into_iter().chain(optional).map(String::as_str).collect()
    }

    fn holders(&self) -> &[String] {
        &self.holders
    }

    fn table(store: &Store) -> &BTreeMap<String, Self> {
        S::table(store)
    }

    fn table_mut(store: &mut Store) -> &mut BTreeMap<String, Self> {
        S::table_mut(store)
    }
}

macro_rules! spec {
    ($type:ident, $kind:ident, $table:ident) => {
        impl Spec for $type {
            const KIND: Kind = Kind::$kind;

            fn table(store: &Store) -> &BTreeMap<String, Placed<Self>> {
                &store.$table
            }

            fn table_mut(store: &mut Store) -> &mut BTreeMap<String, Placed<Self>> {
                &mut store.$table
            }
        }
    };
}

spec!(Rules, SecurityGroup, security_groups);
spec!(Machine, Server, servers);
spec!(Balancer, LoadBalancer, load_balancers);
spec!(Volume, FileStorage, file_storages);
spec!(PublicKey, SshCertificateAuthority, ssh_certificate_authorities);

/// A security group.
pub type SecurityGroup = Placed<Rules>;
/// A server.
pub type Server = Placed<Machine>;
/// A load balancer.
pub type LoadBalancer = Placed<Balancer>;
/// File storage.
pub type FileStorage = Placed<Volume>;
/// An SSH certificate authority.
pub type SshCertificateAuthority = Placed<PublicKey>;

/// What a security group lets through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rules(pub Vec<Rule>);

/// One rule of a security group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// `ingress` or `egress`.
    pub direction: String,
    /// `any`, `icmp`, `tcp`, `udp` or `vrrp`.
    pub protocol: String,
    /// Ports; none: all.
    pub ports: Option<Ports>,
    /// Addresses, CIDR; none: all.
    pub prefix: Option<String>,
}

/// Ports of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ports {
    /// That one.
    One(u16),
    /// From the first to the last.
    Range(u16, u16),
}

/// What a server is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// Its shape.
    pub flavor: String,
    /// What it starts from.
    pub image: String,
    /// The network that it is in.
    pub network: String,
    /// Addresses that it may send from, beside its own.
    pub sources: Vec<Source>,
    /// Whether it gets a public address; none: nobody said.
    pub public_ip: Option<bool>,
    /// Security groups; none: nobody said.
    pub security_groups: Option<Vec<String>>,
    /// The authority whose certificates open it.
    pub ssh_certificate_authority: Option<String>,
    /// Whose key opens it: `ca`, `identityKeypair` or `none`.
    pub ssh_injection: String,
    /// The machine that it is to run on.
    pub infrastructure: Option<String>,
    /// What it runs when it starts for the first time, base64; nobody else's business.
    #[serde(skip)]
    pub user_data: Option<String>,
}

/// Addresses that a server may send from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Addresses, CIDR.
    pub prefix: String,
    /// The hardware address that goes with them.
    pub mac: Option<String>,
}

/// What a load balancer is to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Balancer {
    /// The address in the network that was asked for.
    pub address: Option<String>,
    /// Whether it gets a public address.
    pub public_ip: bool,
    /// What it listens on.
    pub listeners: Vec<Listener>,
}

/// A port that is listened on, and to whom its connections go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listener {
    /// Its name.
    pub name: String,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// The port.
    pub port: u16,
    /// From where it may be used, CIDR; none: from everywhere.
    pub allowed: Vec<String>,
    /// After how many seconds a silent connection ends.
    pub idle_seconds: Option<i64>,
    /// Whether members are told of the client by the PROXY protocol.
    pub proxy_protocol: bool,
    /// Who gets the connections.
    pub members: Vec<Member>,
    /// How members are looked after.
    pub health_check: Option<HealthCheck>,
}

/// Who gets connections.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Member {
    /// The address.
    pub address: String,
    /// The port.
    pub port: u16,
}

/// How members are looked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HealthCheck {
    /// Seconds between two checks.
    pub interval: i64,
    /// Seconds that a check may take.
    pub timeout: i64,
    /// Successes after which a member is well.
    pub healthy: i64,
    /// Failures after which it is not.
    pub unhealthy: i64,
}

/// What file storage is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Volume {
    /// Its class.
    pub class: String,
    /// Its size in GiB.
    pub gib: i64,
    /// Whether a client's root is nobody.
    pub root_squash: bool,
    /// Whether the platform makes snapshots of its own.
    pub protected: bool,
    /// When snapshots are made.
    pub snapshots: Vec<SnapshotPolicy>,
}

/// When snapshots are made, and how many are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SnapshotPolicy {
    /// Its name.
    pub name: String,
    /// `hourly`, `daily`, `weekly` or `monthly`.
    pub interval: String,
    /// `hh:mmZ`.
    pub time_of_day: Option<String>,
    /// The day's English name.
    pub day_of_week: Option<String>,
    /// From 1 to 28.
    pub day_of_month: Option<i64>,
    /// How many are kept.
    pub keep: i64,
}

/// What an SSH certificate authority signs with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicKey(pub String);
