//! The state that requests change: a model of its own behind one door.
//!
//! * `model`: what is held
//! * `door`: every access asks here first, and can be refused
//! * `placed`: kinds of region's that differ in nothing but what they are to be
//! * `resource`: what all kinds have in common
//! * `history`: what it was before its last changes
//! * `seed`: the store that a world begins with
//! * `table`: things by id
//! * `clock`: time and ids
//! * `naming`: what names and labels may be

pub(crate) mod clock;
pub(crate) mod door;
mod history;
pub(crate) mod model;
pub(crate) mod naming;
pub mod placed;
pub(crate) mod resource;
pub(crate) mod seed;
mod table;

use serde_json::Value;

pub use clock::Clock;
pub use door::{Kind, Refusal, StoreFault, Verb};
pub use model::{
    Allocation, Amount, Attribution, CloudIdentity, Domain, Group, Image, Issued, Limit, Meta, Network,
    Organization, OrganizationUser, Project, Provider, Quota, Reservations, Route, ServiceAccount, Session,
    Subject, Tag, User,
};
pub use placed::{FileStorage, LoadBalancer, Place, Placed, SecurityGroup, Server, SshCertificateAuthority};

pub use table::Table;

use crate::exchange::{Change, ChangeVerb};
use crate::world::World;
use door::Door;
use history::History;
use resource::Resource;

/// Everything that requests change, by id.
#[derive(Debug, Clone, Default)]
pub struct Store {
    /// Organizations.
    pub organizations: Table<Organization>,
    /// Projects.
    pub projects: Table<Project>,
    /// Groups.
    pub groups: Table<Group>,
    /// Users.
    pub users: Table<User>,
    /// Memberships of users in organizations.
    pub organization_users: Table<OrganizationUser>,
    /// Service accounts.
    pub service_accounts: Table<ServiceAccount>,
    /// Identity providers.
    pub providers: Table<Provider>,
    /// Rows of the ledger.
    pub allocations: Table<Allocation>,
    /// Quotas of organizations that have an object for them.
    pub quotas: Table<Quota>,
    /// Networks.
    pub networks: Table<Network>,
    /// Service principals in regions.
    pub cloud_identities: Table<CloudIdentity>,
    /// Images that organizations have imported.
    pub images: Table<Image>,
    /// Security groups.
    pub security_groups: Table<SecurityGroup>,
    /// Servers.
    pub servers: Table<Server>,
    /// Load balancers.
    pub load_balancers: Table<LoadBalancer>,
    /// File storage.
    pub file_storages: Table<FileStorage>,
    /// SSH certificate authorities.
    pub ssh_certificate_authorities: Table<SshCertificateAuthority>,
    pub(crate) door: Door,
    changes: Vec<Change>,
    history: History,
}

impl Store {
    /// The store that a world begins with.
    pub(crate) fn seeded(world: &World) -> Self {
        seed::seed(world)
    }

    /// The store as it was so many changes ago; as it began, when there were fewer.
    pub(crate) fn before(&self, changes: usize) -> Self {
        let mut past = self.clone();
        std::mem::take(&mut past.history).undo(changes, &mut past);
        past
    }

    /// Makes it as it was; what its door is still to refuse stays.
    pub(crate) fn return_to(&mut self, before: Self) {
        let door = std::mem::take(&mut self.door);
        *self = Self { door, ..before };
    }

    /// Asks for an access to something that requests do not change.
    pub(crate) fn ask(&mut self, verb: Verb, kind: Kind) -> Result<(), Refusal> {
        self.door.ask(verb, kind)
    }

    /// One thing.
    pub(crate) fn get<T: Resource>(&mut self, id: &str) -> Result<T, Refusal> {
        self.door.ask(Verb::Get, T::KIND)?;
        T::table(self).get(id).cloned().ok_or(Refusal::NotFound)
    }

    /// Every thing of a kind, by id.
    pub(crate) fn list<T: Resource>(&mut self) -> Result<Vec<T>, Refusal> {
        self.door.ask(Verb::List, T::KIND)?;
        Ok(T::table(self).values().cloned().collect())
    }

    /// Makes a thing.
    pub(crate) fn create<T: Resource>(&mut self, thing: T) -> Result<T, Refusal> {
        self.door.ask(Verb::Create, T::KIND)?;
        let id = thing.meta().id.clone();
        if T::table(self).contains_key(&id) {
            return Err(Refusal::Exists);
        }
        admissible(&thing)?;
        self.record(ChangeVerb::Created, &id, None, Some(&thing));
        T::table_mut(self).insert(id, thing.clone());
        Ok(thing)
    }

    /// Changes a thing that was read before: whole ([`Verb::Update`]) or in part ([`Verb::Patch`]). A thing that is
    /// being deleted goes once nobody holds it any more.
    pub(crate) fn write<T: Resource>(&mut self, verb: Verb, mut thing: T) -> Result<T, Refusal> {
        self.door.ask(verb, T::KIND)?;
        let id = thing.meta().id.clone();
        let current = T::table(self).get(&id).ok_or(Refusal::NotFound)?;
        if current.meta().revision != thing.meta().revision {
            return Err(Refusal::Conflict);
        }
        admissible(&thing)?;
        let before = Some(current.clone());
        thing.meta_mut().revision += 1;
        if thing.meta().deleting.is_some() && thing.holders().is_empty() {
            self.record(ChangeVerb::Deleted, &id, before, None);
            T::table_mut(self).remove(&id);
        } else {
            self.record(ChangeVerb::Updated, &id, before, Some(&thing));
            T::table_mut(self).insert(id, thing.clone());
        }
        Ok(thing)
    }

    /// Deletes a thing, or marks it when somebody holds it. `belongs` says whether it is where the caller looks.
    pub(crate) fn delete<T: Resource>(
        &mut self,
        now: jiff::Timestamp,
        id: &str,
        belongs: impl FnOnce(&T) -> bool,
    ) -> Result<(), Refusal> {
        self.door.ask(Verb::Delete, T::KIND)?;
        let current = T::table(self).get(id).filter(|thing| belongs(thing)).ok_or(Refusal::NotFound)?;
        let before = current.clone();
        if before.holders().is_empty() {
            self.record(ChangeVerb::Deleted, id, Some(before), None);
            T::table_mut(self).remove(id);
        } else if before.meta().deleting.is_none() {
            let mut marked = before.clone();
            marked.meta_mut().deleting = Some(now);
            marked.meta_mut().revision += 1;
            self.record(ChangeVerb::Updated, id, Some(before), Some(&marked));
            T::table_mut(self).insert(id.to_owned(), marked);
        }
        Ok(())
    }

    /// What changed since this was asked last.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    fn record<T: Resource>(&mut self, verb: ChangeVerb, id: &str, before: Option<T>, after: Option<&T>) {
        self.changes.push(Change {
            verb,
            kind: T::KIND.name().to_owned(),
            id: id.to_owned(),
            before: before.as_ref().map_or(Value::Null, json),
            after: after.map_or(Value::Null, json),
        });
        self.history.note(id, before);
    }
}

fn json<T: Resource>(thing: &T) -> Value {
    serde_json::to_value(thing).expect("the model has text keys and no map that could fail")
}

/// Whether the store can keep a thing: its labels and its holders must be spelled as such.
fn admissible<T: Resource>(thing: &T) -> Result<(), Refusal> {
    /// The most that descriptions and attributions may add up to, in bytes.
    const ANNOTATIONS: usize = 256 << 10;

    let meta = thing.meta();
    let attributed = [&meta.principal.organization, &meta.principal.project];
    let labels = thing.labels().into_iter().chain([meta.name.as_str()]);
    let sound =
        labels.chain(attributed.into_iter().flatten().map(String::as_str)).all(naming::is_label_value)
            && thing.holders().iter().all(|holder| naming::is_qualified_name(holder))
            && !held_both_ways(thing.holders());
    let annotations =
        [&meta.description, &meta.creator, &meta.modifier, &meta.principal.creator, &meta.principal.modifier];
    let size: usize = annotations.into_iter().flatten().map(String::len).sum();
    if sound && size <= ANNOTATIONS { Ok(()) } else { Err(Refusal::Internal) }
}

/// Two holders of the platform exclude one another: dependants cannot be both left behind and waited for.
fn held_both_ways(holders: &[String]) -> bool {
    ["orphan", "foregroundDeletion"].iter().all(|name| holders.iter().any(|holder| holder == name))
}
