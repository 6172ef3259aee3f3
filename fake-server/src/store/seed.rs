//! The store that a world begins with.

use jiff::{SignedDuration, Timestamp};

use crate::store::Store;
use crate::store::model::{
    Allocation, Amount, Attribution, CloudIdentity, Domain, Limit, Meta, Network, Organization, Project,
    Quota, Tag,
};
use crate::world::{self, World};

/// The platform itself holds whatever it has provisioned.
pub(crate) const PLATFORM: &str = "unikorn";

/// What has no name of its own is called so.
const UNNAMED: &str = "undefined";

pub(crate) fn seed(world: &World) -> Store {
    let seed = Seed { world };
    Store {
        organizations: by_id(world.organizations.iter().map(|it| (it.id.clone(), seed.organization(it)))),
        projects: by_id(world.projects.iter().map(|it| (it.id.clone(), seed.project(it)))),
        allocations: by_id(world.allocations.iter().map(|it| (it.id.clone(), seed.allocation(it)))),
        quotas: by_id(world.quotas.iter().enumerate().map(|(index, (organization, limits))| {
            // The world does not name these; the recorded one counts them from 1.
            let id = format!("0000000d-0000-4000-8000-{:012x}", index + 1);
            let limits = limits.iter().map(|(kind, &quantity)| Limit { kind: kind.clone(), quantity });
            let limits = limits.collect();
            let meta = seed.meta(&id, UNNAMED, Standing::Kept);
            (id, Quota { meta, organization: organization.clone(), limits })
        })),
        networks: by_id(world.networks.iter().map(|it| (it.id.clone(), seed.network(it)))),
        cloud_identities: by_id(
            world.networks.iter().map(|it| (it.cloud_identity.clone(), seed.cloud_identity(it))),
        ),
        ..Store::default()
    }
}

struct Seed<'a> {
    world: &'a World,
}

/// Whether a thing is to stay.
#[derive(Clone, Copy)]
enum Standing {
    Kept,
    BeingDeleted,
}

impl Seed<'_> {
    fn organization(&self, from: &world::Organization) -> Organization {
        let domain = from.domain.as_ref().map(|name| Domain {
            name: Some(name.clone()),
            provider_scope: from.provider_scope.clone(),
            provider_id: from.provider_id.clone(),
            google_customer_id: None,
        });
        Organization {
            meta: self.meta(&from.id, &from.name, Standing::Kept),
            domain,
            holders: holders(from.provisioned, None),
            provisioned: from.provisioned,
        }
    }

    fn project(&self, from: &world::Project) -> Project {
        Project {
            meta: self.meta(&from.id, &from.name, standing(from.deleting)),
            organization: from.organization.clone(),
            groups: Some(from.groups.clone()),
            holders: holders(from.provisioned, from.references.as_deref()),
            provisioned: from.provisioned,
        }
    }

    fn allocation(&self, from: &world::Allocation) -> Allocation {
        let amounts = from.allocations.iter().map(|amount| Amount {
            kind: amount.kind.clone(),
            committed: amount.committed,
            reserved: amount.reserved,
        });
        Allocation {
            meta: self.meta(&from.id, UNNAMED, Standing::Kept),
            organization: from.organization.clone(),
            project: from.project.clone(),
            resource_kind: from.resource_kind.clone(),
            resource_id: from.resource_id.clone(),
            amounts: amounts.collect(),
        }
    }

    fn network(&self, from: &world::Network) -> Network {
        let tags = from.tags.iter().map(|(name, value)| Tag { name: name.clone(), value: value.clone() });
        let tags: Vec<Tag> = tags.collect();
        let mut meta = self.meta(&from.id, &from.name, standing(from.deleting));
        meta.tags = (!tags.is_empty()).then_some(tags);
        Network {
            meta,
            organization: from.organization.clone(),
            project: from.project.clone(),
            region: from.region.clone(),
            cloud_identity: from.cloud_identity.clone(),
            allocation: None,
            prefix: from.prefix.clone(),
            dns_nameservers: Vec::new(),
            routes: Vec::new(),
            reservations: None,
            holders: holders(true, from.references.as_deref()),
            v2: from.v2,
            provisioned: true,
        }
    }

    fn cloud_identity(&self, from: &world::Network) -> CloudIdentity {
        CloudIdentity {
            meta: self.meta(&from.cloud_identity, UNNAMED, Standing::Kept),
            organization: from.organization.clone(),
            project: from.project.clone(),
            region: from.region.clone(),
            holders: holders(true, None),
        }
    }

    fn meta(&self, id: &str, name: &str, standing: Standing) -> Meta {
        let epoch = self.world.epoch;
        Meta {
            id: id.to_owned(),
            name: name.to_owned(),
            description: None,
            tags: None,
            created: epoch,
            creator: Some(self.world.created_by.clone()),
            modified: None,
            modifier: None,
            principal: Attribution::default(),
            deleting: match standing {
                Standing::Kept => None,
                Standing::BeingDeleted => Some(deleted(epoch)),
            },
            revision: 1,
        }
    }
}

/// What is being deleted has been so for the world's first hour.
fn deleted(epoch: Timestamp) -> Timestamp {
    epoch.saturating_add(SignedDuration::from_hours(1)).unwrap_or(epoch)
}

fn standing(deleting: bool) -> Standing {
    if deleting { Standing::BeingDeleted } else { Standing::Kept }
}

fn holders(provisioned: bool, references: Option<&[String]>) -> Vec<String> {
    let platform = provisioned.then(|| PLATFORM.to_owned());
    platform.into_iter().chain(references.unwrap_or_default().iter().cloned()).collect()
}

fn by_id<T>(things: impl Iterator<Item = (String, T)>) -> std::collections::BTreeMap<String, T> {
    things.collect()
}
