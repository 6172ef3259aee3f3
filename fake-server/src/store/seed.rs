//! The store that a world begins with.

use jiff::{SignedDuration, Timestamp};

use crate::store::model::{
    Allocation, Amount, Attribution, CloudIdentity, Domain, Group, Issued, Limit, Meta, Network,
    Organization, OrganizationUser, Project, Provider, Quota, ServiceAccount, Session, Subject, Tag, User,
};
use crate::store::{Store, Table};
use crate::token;
use crate::world::{self, Holder, Noted, World};

/// The platform itself holds whatever it has provisioned.
pub(crate) const PLATFORM: &str = "unikorn";

/// What has no name of its own is called so.
const UNNAMED: &str = "undefined";

/// What service principals are called that the platform makes for networks.
pub(crate) const PRINCIPAL: &str = "networkv2-service-principal";

pub(crate) fn seed(world: &World) -> Store {
    let seed = Seed { world };
    Store {
        organizations: by_id(world.organizations.iter().map(|it| (it.id.clone(), seed.organization(it)))),
        projects: by_id(world.projects.iter().map(|it| (it.id.clone(), seed.project(it)))),
        groups: by_id(world.groups.iter().map(|it| (it.id.clone(), seed.group(it)))),
        users: by_id(world.users.iter().map(|it| (it.user_id.clone(), seed.user(it)))),
        organization_users: by_id(world.users.iter().flat_map(|it| seed.memberships(it))),
        service_accounts: by_id(
            world.service_accounts.iter().map(|it| (it.id.clone(), seed.service_account(it))),
        ),
        providers: by_id(world.oauth2_providers.iter().map(|it| (it.id.clone(), seed.provider(it)))),
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

    /// Members are in both lists, but for those whom only the older one has.
    fn group(&self, from: &world::Group) -> Group {
        let subject = |subject: &String| Subject {
            id: subject.clone(),
            issuer: self.world.issuer.clone(),
            email: Some(subject.clone()),
        };
        let member = |subject: &String| {
            let user = self.world.users.iter().find(|user| user.subject == *subject)?;
            let mut memberships = user.member_of.iter().flatten();
            let membership = memberships.find(|membership| membership.organization == from.organization)?;
            Some(membership.organization_user_id.clone())
        };
        let users = from.subjects.iter().filter_map(member).chain(from.legacy_user_ids.iter().cloned());
        // A role that does not exist has an id that nothing has.
        let role =
            |name: &String| self.world.roles.get(name).map_or_else(|| name.clone(), |role| role.id.clone());
        Group {
            meta: self.meta(&from.id, &from.name, Standing::Kept),
            organization: from.organization.clone(),
            subjects: from.subjects.iter().map(subject).collect(),
            users: users.collect(),
            service_accounts: from.service_accounts.clone(),
            roles: from.roles.iter().map(role).collect(),
        }
    }

    fn user(&self, from: &world::User) -> User {
        let tokens = self.world.tokens.iter().filter(|(_, token)| {
            token.holder == Holder::User && token.subject == from.subject && token.session != Noted::None
        });
        let sessions = tokens.map(|(name, token)| Session {
            client: token.client.clone(),
            token: match token.session {
                Noted::Current => name.clone(),
                Noted::Other | Noted::None => format!("another than {name}"),
            },
            since: self.world.epoch,
        });
        User {
            meta: self.meta(&from.user_id, UNNAMED, Standing::Kept),
            subject: from.subject.clone(),
            state: from.state,
            sessions: sessions.collect(),
        }
    }

    fn memberships(&self, of: &world::User) -> Vec<(String, OrganizationUser)> {
        let one = |from: &world::Membership| {
            let id = from.organization_user_id.clone();
            let made = OrganizationUser {
                meta: self.meta(&id, UNNAMED, Standing::Kept),
                organization: from.organization.clone(),
                user: of.user_id.clone(),
                state: from.state,
            };
            (id, made)
        };
        of.member_of.iter().flatten().map(one).collect()
    }

    fn service_account(&self, from: &world::ServiceAccount) -> ServiceAccount {
        let issued = self.world.tokens.iter().find(|(_, token)| {
            token.holder == Holder::ServiceAccount
                && token.subject == from.id
                && token.session == Noted::Current
        });
        let issued = issued.map_or_else(
            // Nobody has its token, so that it need not have been issued.
            || Issued { id: from.id.clone(), at: self.world.epoch, until: self.world.epoch },
            |(name, token)| {
                let at = |seconds| token::after(self.world.epoch, seconds);
                Issued { id: name.clone(), at: at(token.from), until: at(token.until) }
            },
        );
        ServiceAccount {
            meta: self.meta(&from.id, &from.name, Standing::Kept),
            organization: from.organization.clone(),
            issued,
        }
    }

    fn provider(&self, from: &world::OAuth2Provider) -> Provider {
        Provider {
            meta: self.meta(&from.id, &from.name, Standing::Kept),
            organization: (from.scope != "global").then(|| from.scope.clone()),
            kind: from.kind.clone(),
            issuer: from.issuer.clone(),
            client_id: from.client_id.clone(),
            client_secret: "any".to_owned(),
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
            // The platform makes one for each network, and lets go of both at once.
            meta: self.meta(&from.cloud_identity, PRINCIPAL, standing(from.deleting)),
            organization: from.organization.clone(),
            project: from.project.clone(),
            region: from.region.clone(),
            holders: holders(true, None),
            provisioned: false,
        }
    }

    fn meta(&self, id: &str, name: &str, standing: Standing) -> Meta {
        let kept = kept(self.world, id, name);
        match standing {
            Standing::Kept => kept,
            Standing::BeingDeleted => Meta { deleting: Some(deleted(self.world.epoch)), ..kept },
        }
    }
}

/// Metadata of something that was there from the beginning, and stays.
pub(crate) fn kept(world: &World, id: &str, name: &str) -> Meta {
    Meta {
        id: id.to_owned(),
        name: name.to_owned(),
        description: None,
        tags: None,
        created: world.epoch,
        creator: Some(world.created_by.clone()),
        modified: None,
        modifier: None,
        principal: Attribution::default(),
        deleting: None,
        revision: 1,
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

fn by_id<T>(things: impl Iterator<Item = (String, T)>) -> Table<T> {
    things.collect()
}
