//! What the region service reads and writes.

use serde::{Deserialize, Serialize};

use crate::metadata::{ProjectReadMetadata, WriteMetadata};

/// A network as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// What it says about itself.
    pub metadata: ProjectReadMetadata,
    /// What it is.
    pub spec: NetworkSpec,
    /// What became of it.
    pub status: NetworkStatus,
}

/// A network as it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkCreate {
    /// What it says about itself.
    pub metadata: WriteMetadata,
    /// What it is to be.
    pub spec: NetworkCreateSpec,
}

/// A network as it is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkUpdate {
    /// What it says about itself.
    pub metadata: WriteMetadata,
    /// What it is to be.
    pub spec: NetworkSpec,
}

/// What of a network can be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkSpec {
    /// IPv4 addresses of its name servers; none: the platform's own.
    pub dns_nameservers: Vec<String>,
    /// Its routes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routes: Option<Vec<Route>>,
}

/// What a network is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkCreateSpec {
    /// The organization that it will be in.
    pub organization_id: String,
    /// The project that it will be in.
    pub project_id: String,
    /// The region that it will be in.
    pub region_id: String,
    /// Its IPv4 prefix.
    pub prefix: String,
    /// What of the prefix is set aside; none: the platform decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservations: Option<NetworkReservations>,
    /// IPv4 addresses of its name servers; none: the platform's own.
    pub dns_nameservers: Vec<String>,
    /// Its routes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routes: Option<Vec<Route>>,
}

/// What became of a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkStatus {
    /// The region that it is in.
    pub region_id: String,
    /// Its IPv4 prefix.
    pub prefix: String,
    /// What of the prefix is set aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservations: Option<NetworkReservations>,
}

/// A route out of a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// To where: an IPv4 prefix.
    pub prefix: String,
    /// By what: an IPv4 address.
    pub nexthop: String,
}

/// What is set aside at the beginning of a network's prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkReservations {
    /// How long the prefix of that part is, in bits.
    pub prefix_length: i64,
    /// How long the prefix of the provider's part of it is, in bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_reserved_prefix_length: Option<i64>,
}
