//! What every thing of the platform says about itself.

use serde::{Deserialize, Serialize};

/// What is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteMetadata {
    /// Its name: up to 63 letters, digits, dashes, dots and underscores.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its owner's own notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
}

/// A note that means something to its owner only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// What it says.
    pub value: String,
}

/// How far a thing has come. A state that this client does not know reads as [`ProvisioningStatus::Unknown`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProvisioningStatus {
    /// It has been accepted.
    Pending,
    /// It is being made.
    Provisioning,
    /// It is there.
    Provisioned,
    /// It is being taken down.
    Deprovisioning,
    /// It went wrong.
    Error,
    /// Nobody knows.
    #[serde(other)]
    Unknown,
}

/// How a thing is. A state that this client does not know reads as [`HealthStatus::Unknown`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// It works.
    Healthy,
    /// It works in part.
    Degraded,
    /// It does not work.
    Error,
    /// Nobody knows.
    #[serde(other)]
    Unknown,
}

/// Declares what is read: the members that all have in common, and those that place a thing.
macro_rules! read_metadata {
    ($(#[$doc:meta])* $name:ident { $($(#[$member_doc:meta])* $member:ident,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// Its id.
            pub id: String,
            $($(#[$member_doc])* pub $member: String,)*
            /// Its name.
            pub name: String,
            /// What it is for.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub description: Option<String>,
            /// Its owner's own notes.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub tags: Option<Vec<Tag>>,
            /// When it was made (RFC 3339).
            pub creation_time: String,
            /// Who made it.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub created_by: Option<String>,
            /// When it was last written to (RFC 3339).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub modified_time: Option<String>,
            /// Who wrote to it last.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub modified_by: Option<String>,
            /// When its deletion began (RFC 3339).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub deletion_time: Option<String>,
            /// How far it has come.
            pub provisioning_status: ProvisioningStatus,
            /// How it is.
            pub health_status: HealthStatus,
        }
    };
}

read_metadata! {
    /// What is read of a thing that stands by itself.
    ReadMetadata {}
}

read_metadata! {
    /// What is read of a thing in an organization.
    OrganizationReadMetadata {
        /// The organization that it is in.
        organization_id,
    }
}

read_metadata! {
    /// What is read of a thing in a project.
    ProjectReadMetadata {
        /// The organization that it is in.
        organization_id,
        /// The project that it is in.
        project_id,
    }
}
