//! What the identity service reads and writes.

use serde::{Deserialize, Serialize};

use crate::metadata::{OrganizationReadMetadata, ProjectReadMetadata, ReadMetadata, WriteMetadata};

/// An organization as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// What it says about itself.
    pub metadata: ReadMetadata,
    /// What it is.
    pub spec: OrganizationSpec,
}

/// An organization as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationWrite {
    /// What it says about itself.
    pub metadata: WriteMetadata,
    /// What it is.
    pub spec: OrganizationSpec,
}

/// What an organization is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationSpec {
    /// How its users come to it: `adhoc` or `domain`.
    pub organization_type: String,
    /// The domain of its users' addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Whose provider of identities it uses: `global` or `organization`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_scope: Option<String>,
    /// Which provider of identities it uses.
    #[serde(rename = "providerID", default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// What Google knows it as.
    #[serde(rename = "googleCustomerID", default, skip_serializing_if = "Option::is_none")]
    pub google_customer_id: Option<String>,
}

/// A project as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// What it says about itself.
    pub metadata: OrganizationReadMetadata,
    /// What it is.
    pub spec: ProjectSpec,
}

/// A project as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectWrite {
    /// What it says about itself.
    pub metadata: WriteMetadata,
    /// What it is.
    pub spec: ProjectSpec,
}

/// What a project is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectSpec {
    /// The groups whose members may use it.
    #[serde(rename = "groupIDs")]
    pub group_ids: Vec<String>,
}

/// An organization's quotas as they are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quotas {
    /// One for each kind.
    pub quotas: Vec<Quota>,
}

/// One quota as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quota {
    /// Of what.
    pub kind: String,
    /// How much there is.
    pub quantity: i64,
    /// How much is taken.
    pub used: i64,
    /// How much is left.
    pub free: i64,
    /// How much is taken and in use.
    pub committed: i64,
    /// How much is taken and kept for later.
    pub reserved: i64,
    /// What people call it.
    pub display_name: String,
    /// What it limits.
    pub description: String,
    /// How much there is when nobody says otherwise.
    pub default: i64,
}

/// An organization's quotas as they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotasWrite {
    /// One for each kind.
    pub quotas: Vec<QuotaWrite>,
}

/// One quota as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaWrite {
    /// Of what.
    pub kind: String,
    /// How much there is.
    pub quantity: i64,
}

/// An allocation as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// What it says about itself.
    pub metadata: ProjectReadMetadata,
    /// What it is.
    pub spec: AllocationSpec,
}

/// An allocation as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationWrite {
    /// What it says about itself.
    pub metadata: WriteMetadata,
    /// What it is.
    pub spec: AllocationSpec,
}

/// What is taken, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationSpec {
    /// The kind of resource that takes it, `<plural>.<group>`.
    pub kind: String,
    /// The name of the resource that takes it.
    pub id: String,
    /// What it takes.
    pub allocations: Vec<Amount>,
}

/// How much of one kind is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Of what.
    pub kind: String,
    /// How much is in use.
    pub committed: i64,
    /// How much is kept for later.
    pub reserved: i64,
}
