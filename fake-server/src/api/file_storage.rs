//! File storage of a class, charged by its size; and the classes.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::acl::Operation;
use crate::api::body::Id;
use crate::api::charging::{self, Resource};
use crate::api::metadata::{Status, Written, say};
use crate::api::projects::Named;
use crate::api::snapshot_policies::{self, WrittenPolicy};
use crate::api::tenancy::{self, InUse, Second as _};
use crate::api::{Answered, Call, Reply, body, network_creation, regions};
use crate::middleware::envelope::Refusal;
use crate::middleware::path_parameters;
use crate::store::model::Network;
use crate::store::placed::{FileStorage, Place, Placed, Volume};
use crate::store::{Kind, Verb, door, naming, seed};
use crate::world::FileStorageClass;

/// What file storage is to the ledger.
const RESOURCE: &str = "filestorages.region.unikorn-cloud.org";

#[derive(Debug, Deserialize)]
struct Create {
    metadata: Written,
    spec: CreateSpec,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateSpec {
    organization_id: String,
    project_id: String,
    region_id: Id,
    storage_class_id: String,
    #[serde(rename = "sizeGiB")]
    gib: i64,
    storage_type: StorageType,
    #[serde(default)]
    attachments: Option<Attachments>,
    #[serde(default)]
    default_snapshot_protection_enabled: Option<bool>,
    #[serde(default)]
    snapshot_policies: Option<Vec<WrittenPolicy>>,
}

#[derive(Debug, Deserialize)]
struct Update {
    metadata: Written,
    spec: Spec,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    #[serde(rename = "sizeGiB")]
    gib: i64,
    storage_type: StorageType,
    #[serde(default)]
    attachments: Option<Attachments>,
    #[serde(default)]
    default_snapshot_protection_enabled: Option<bool>,
    #[serde(default)]
    snapshot_policies: Option<Vec<WrittenPolicy>>,
}

#[derive(Debug, Deserialize)]
struct StorageType {
    #[serde(default, rename = "NFS")]
    nfs: Option<Nfs>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Nfs {
    root_squash: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attachments {
    network_ids: Vec<String>,
}

pub(super) fn list(call: &mut Call<'_>) -> Answered {
    tenancy::list(call, one)
}

pub(super) fn create(call: &mut Call<'_>) -> Answered {
    let Create { metadata, spec } = body::read(call.body)?;
    let id = |text: &str| path_parameters::id(text).ok_or_else(Refusal::internal);
    let named = Named { organization: id(&spec.organization_id)?, project: id(&spec.project_id)? };
    network_creation::allow(call, FileStorage::ENDPOINT, &named)?;
    let volume = spec.volume(call)?;
    let principal = network_creation::enriched(call.principal, &named.organization, &named.project);
    let mut call = call.acting_for(&principal);
    let call = &mut call;
    let meta = metadata.create(call);
    let charged = charging::to(&principal)?;
    let resource = Resource { kind: RESOURCE, id: &meta.id };
    let allocation =
        charging::charge(call, &charged, resource, &amounts(&volume)).map_err(permission_only)?;
    let place = Place {
        organization: named.organization,
        project: named.project,
        region: Some(spec.region_id.0),
        v2: true,
        ..Place::default()
    };
    let made =
        Placed { meta, place, allocation: Some(allocation.clone()), spec: volume, holders: Vec::new() };
    let made = call.store.create(made).inspect_err(|_| {
        // What cannot be taken back stays; the service logs it and tells nobody.
        let _ = charging::release(call, &charged, &allocation);
    })?;
    Ok(Reply::json(201, one(&made)).cacheable())
}

pub(super) fn read(call: &mut Call<'_>) -> Answered {
    Ok(Reply::json(200, one(&tenancy::get(call)?)).cacheable())
}

pub(super) fn update(call: &mut Call<'_>) -> Answered {
    let write: Update = body::read(call.body)?;
    let current: FileStorage = tenancy::get_for(call, Operation::Update)?;
    if current.meta.deleting.is_some() {
        return Err(Refusal::invalid_request("filestorage is being deleted"));
    }
    class(call, &current.spec.class)?;
    check_attachments(call, write.spec.attachments.as_ref(), &current.place.project)?;
    let volume = write.spec.volume(&current.spec)?;
    let place = &current.place;
    let principal = network_creation::enriched(call.principal, &place.organization, &place.project);
    let mut call = call.acting_for(&principal);
    let call = &mut call;
    let meta = write.metadata.amend(call, &current.meta);

    let charged = charging::of(&current.meta, &place.organization, &place.project)?;
    let resource = Resource { kind: RESOURCE, id: &current.meta.id };
    let allocation = current.allocation.as_deref();
    charging::recharge(call, &charged, allocation, resource, &amounts(&volume)).map_err(permission_only)?;
    let changed = Placed { meta, spec: volume, ..current.clone() };
    let written = call.store.write(Verb::Patch, changed).inspect_err(|_| {
        // As above.
        let _ = charging::recharge(call, &charged, allocation, resource, &amounts(&current.spec));
    })?;
    Ok(Reply::json(202, one(&written)).cacheable())
}

pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    tenancy::delete::<FileStorage>(call, InUse::Deletable)
}

/// Classes by id; those of an organization for whoever may read them there.
pub(super) fn list_classes(call: &mut Call<'_>) -> Answered {
    let regions = call.target.query_values("regionID");
    if regions.iter().any(|region| !naming::is_label_value(region)) {
        return Err(Refusal::internal());
    }
    call.store.ask(Verb::List, Kind::FileStorageClass)?;
    let mut classes: Vec<&FileStorageClass> = call.world.file_storage_classes.iter().collect();
    classes.retain(|class| {
        (regions.is_empty() || regions.contains(&class.region)) && allow_class(call, class).is_ok()
    });
    classes.sort_by(|one, other| one.id.cmp(&other.id));
    let said = classes.into_iter().map(|class| {
        json!({
            "metadata": say(&seed::kept(call.world, &class.id, &class.name), Status::Immediate, &[]),
            "spec": {
                "regionId": class.region,
                "protocols": class.protocols,
                "parallelism": class.parallelism,
            },
        })
    });
    Ok(Reply::json(200, said.collect()).cacheable())
}

fn class<'w>(call: &mut Call<'w>, id: &str) -> Result<&'w FileStorageClass, Refusal> {
    let missing = || Refusal::unprocessable("storage class not found");
    call.store.ask(Verb::Get, Kind::FileStorageClass).map_err(|refusal| match refusal {
        door::Refusal::NotFound => missing(),
        door::Refusal::Conflict | door::Refusal::Internal | door::Refusal::Exists => Refusal::internal(),
    })?;
    let class = call.world.file_storage_classes.iter().find(|class| class.id == id).ok_or_else(missing)?;
    allow_class(call, class)?;
    Ok(class)
}

fn allow_class(call: &Call<'_>, class: &FileStorageClass) -> Result<(), Refusal> {
    let Some(organization) = &class.organization else { return Ok(()) };
    call.acl.allow_organization("region:filestorageclass:v2", Operation::Read, organization)
}

/// Networks can be attached once their region has given them addresses for storage; a simulated region, where nothing
/// is ever done, gives none.
fn check_attachments(
    call: &mut Call<'_>,
    attachments: Option<&Attachments>,
    project: &str,
) -> Result<(), Refusal> {
    let Some(attachments) = attachments else { return Ok(()) };
    for id in &attachments.network_ids {
        let id = path_parameters::id(id).ok_or_else(|| Refusal::unprocessable("invalid network ID"))?;
        let network = tenancy::find::<Network>(call, &id).map_err(|refusal| match refusal.status {
            404 => Refusal::unprocessable("network not found"),
            _ => refusal,
        })?;
        if network.project != project {
            return Err(Refusal::unprocessable("network not available in project"));
        }
        if !network.provisioned || network.meta.deleting.is_some() {
            return Err(Refusal::unprocessable("network not provisioned"));
        }
    }
    if attachments.network_ids.is_empty() {
        Ok(())
    } else {
        Err(Refusal::unprocessable("network requested is not a suitable network"))
    }
}

/// What file storage takes of the project's quotas, in bytes.
fn amounts(volume: &Volume) -> [(&'static str, i64); 1] {
    [("filestorage", volume.gib.saturating_mul(1 << 30))]
}

/// Of what the ledger says, only that something is not allowed is passed on.
fn permission_only(refusal: Refusal) -> Refusal {
    if matches!(refusal.status, 401 | 403) { refusal } else { Refusal::internal() }
}

impl CreateSpec {
    fn volume(&self, call: &mut Call<'_>) -> Result<Volume, Refusal> {
        if self.gib <= 0 {
            return Err(Refusal::unprocessable("size must be greater or equal to 1GiB"));
        }
        regions::get(call, &self.region_id.0).map_err(|refusal| match refusal.status {
            404 => Refusal::unprocessable("region does not exist"),
            _ => refusal,
        })?;
        if class(call, &self.storage_class_id)?.region != self.region_id.0 {
            return Err(Refusal::unprocessable("storage class not available in region"));
        }
        check_attachments(call, self.attachments.as_ref(), &self.project_id)?;
        Ok(Volume {
            class: self.storage_class_id.clone(),
            gib: self.gib,
            root_squash: self.storage_type.root_squash(),
            protected: self.default_snapshot_protection_enabled.unwrap_or(true),
            snapshots: snapshot_policies::read(self.snapshot_policies.clone().unwrap_or_default())?,
        })
    }
}

impl Spec {
    /// What is left out stays as it is.
    fn volume(&self, current: &Volume) -> Result<Volume, Refusal> {
        let snapshots = match &self.snapshot_policies {
            Some(written) => snapshot_policies::read(written.clone())?,
            None => current.snapshots.clone(),
        };
        Ok(Volume {
            class: current.class.clone(),
            gib: self.gib,
            root_squash: self.storage_type.root_squash(),
            protected: self.default_snapshot_protection_enabled.unwrap_or(current.protected),
            snapshots,
        })
    }
}

impl StorageType {
    fn root_squash(&self) -> bool {
        self.nfs.as_ref().is_none_or(|nfs| nfs.root_squash)
    }
}

fn one(storage: &FileStorage) -> Value {
    let volume = &storage.spec;
    let statuses =
        volume.snapshots.iter().map(|policy| json!({ "name": policy.name, "provisioningStatus": "pending" }));
    json!({
        "metadata": say(&storage.meta, Status::Pending, &tenancy::scope(&storage.place)),
        "spec": {
            "sizeGiB": volume.gib,
            "storageType": { "NFS": { "rootSquash": volume.root_squash } },
            "attachments": { "networkIds": [] },
            "defaultSnapshotProtectionEnabled": volume.protected,
            "snapshotPolicies": volume.snapshots.iter().map(snapshot_policies::one).collect::<Vec<_>>(),
        },
        "status": {
            "regionId": storage.place.region,
            "storageClassId": volume.class,
            "snapshotPolicies": statuses.collect::<Vec<_>>(),
        },
    })
}
