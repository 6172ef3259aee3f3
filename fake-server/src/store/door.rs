//! The store's one door: every access asks here first, with verb and kind, and can be refused.

use serde::Serialize;

/// What is done to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// One thing is read.
    Get,
    /// Every thing of a kind is read.
    List,
    /// A thing is made.
    Create,
    /// A thing is replaced whole.
    Update,
    /// A thing is changed in part.
    Patch,
    /// A thing is deleted, or marked for it.
    Delete,
}

/// To what kind of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Organizations.
    Organization,
    /// Projects.
    Project,
    /// Allocations.
    Allocation,
    /// Organizations' quotas.
    Quota,
    /// Kinds that quotas know, and their defaults.
    QuotaMetadata,
    /// Groups.
    Group,
    /// Roles.
    Role,
    /// Users.
    User,
    /// Memberships of users in organizations.
    OrganizationUser,
    /// Service accounts.
    ServiceAccount,
    /// Identity providers.
    Provider,
    /// The keys that tokens are sealed and signed with.
    SigningKey,
    /// The places that organizations and projects are given once provisioned.
    Place,
    /// Regions.
    Region,
    /// Networks.
    Network,
    /// Service principals in a region.
    CloudIdentity,
    /// Images of organizations.
    Image,
    /// Security groups.
    SecurityGroup,
    /// Servers.
    Server,
    /// Load balancers.
    LoadBalancer,
    /// File storage.
    FileStorage,
    /// Classes of file storage.
    FileStorageClass,
    /// SSH certificate authorities.
    SshCertificateAuthority,
}

impl Kind {
    /// Its name in recordings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Project => "project",
            Self::Allocation => "allocation",
            Self::Quota => "quota",
            Self::QuotaMetadata => "quota-metadata",
            Self::Group => "group",
            Self::Role => "role",
            Self::User => "user",
            Self::OrganizationUser => "organization-user",
            Self::ServiceAccount => "service-account",
            Self::Provider => "provider",
            Self::SigningKey => "signing-key",
            Self::Place => "place",
            Self::Region => "region",
            Self::Network => "network",
            Self::CloudIdentity => "cloud-identity",
            Self::Image => "image",
            Self::SecurityGroup => "security-group",
            Self::Server => "server",
            Self::LoadBalancer => "load-balancer",
            Self::FileStorage => "file-storage",
            Self::FileStorageClass => "file-storage-class",
            Self::SshCertificateAuthority => "ssh-certificate-authority",
        }
    }
}

/// Why the store refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, thiserror::Error)]
#[serde(rename_all = "lowercase")]
pub enum Refusal {
    /// Somebody else changed it meanwhile.
    #[error("it was changed meanwhile")]
    Conflict,
    /// The store is in trouble, or cannot hold such a thing.
    #[error("the store is in trouble")]
    Internal,
    /// There is no such thing.
    #[error("there is no such thing")]
    NotFound,
    /// There is one already.
    #[error("there is one already")]
    Exists,
}

/// One refusal to come: the `nth` access (from 1) of that verb to that kind, counted from when it was put there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreFault {
    /// The verb.
    pub verb: Verb,
    /// The kind.
    pub kind: Kind,
    /// Which access, from 1.
    pub nth: u32,
    /// What it is refused with.
    pub error: Refusal,
}

/// The door: refusals that are still to come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Door {
    pending: Vec<StoreFault>,
    /// Those that are forgotten when the request at hand is decided.
    passing: Vec<StoreFault>,
    /// What was refused last since the request at hand began.
    refused: Option<Refusal>,
}

impl Door {
    /// Puts a refusal there.
    pub(crate) fn refuse(&mut self, fault: StoreFault) {
        self.pending.push(fault);
    }

    /// Puts one there for the next request only.
    pub(crate) fn refuse_once(&mut self, fault: StoreFault) {
        self.passing.push(fault);
    }

    /// A request is decided: what was there for it alone is gone.
    pub(crate) fn passed(&mut self) {
        self.passing.clear();
        self.refused = None;
    }

    /// What it refused since the request at hand began.
    pub(crate) fn refused(&self) -> Option<Refusal> {
        self.refused
    }

    /// Takes away every refusal that is still to come.
    pub(crate) fn clear(&mut self) {
        self.pending.clear();
        self.passing.clear();
    }

    /// Asks for one access.
    pub(crate) fn ask(&mut self, verb: Verb, kind: Kind) -> Result<(), Refusal> {
        let mut refusal = None;
        let mut counts = |fault: &mut StoreFault| {
            if (fault.verb, fault.kind) != (verb, kind) {
                return true;
            }
            fault.nth = fault.nth.saturating_sub(1);
            if fault.nth == 0 {
                refusal.get_or_insert(fault.error);
            }
            fault.nth > 0
        };
        self.pending.retain_mut(&mut counts);
        self.passing.retain_mut(counts);
        self.refused = refusal.or(self.refused);
        refusal.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_for_one_request_does_not_outlive_it() {
        let fault = StoreFault { verb: Verb::Get, kind: Kind::Project, nth: 1, error: Refusal::Conflict };
        let mut door = Door::default();
        door.refuse_once(fault);
        assert_eq!(door.ask(Verb::Get, Kind::Project), Err(Refusal::Conflict));
        door.refuse_once(fault);
        door.passed();
        assert_eq!(door.ask(Verb::Get, Kind::Project), Ok(()));
    }

    #[test]
    fn the_nth_access_of_that_verb_to_that_kind_is_refused_once() {
        let mut door = Door::default();
        door.refuse(StoreFault { verb: Verb::Get, kind: Kind::Project, nth: 2, error: Refusal::Conflict });

        assert_eq!(door.ask(Verb::Get, Kind::Project), Ok(()));
        assert_eq!(door.ask(Verb::Update, Kind::Project), Ok(()));
        assert_eq!(door.ask(Verb::Get, Kind::Project), Err(Refusal::Conflict));
        assert_eq!(door.ask(Verb::Get, Kind::Project), Ok(()));
    }
}
