//! Making a network: a service principal in the region, an allocation by way of identity, then the network; what
//! was made is taken back when a later step fails.

use serde::Deserialize;

use crate::acl::Operation;
use crate::api::charging::Resource;
use crate::api::metadata::Written;
use crate::api::networks::{Prefix, Spec, WrittenRoute};
use crate::api::projects::Named;
use crate::api::tenancy::Second as _;
use crate::api::{Call, body, charging, regions};
use crate::middleware::envelope::Refusal;
use crate::middleware::path_parameters;
use crate::middleware::principal::Principal;
use crate::store::model::{CloudIdentity, Network, Project, Reservations};
use crate::store::seed;

/// What a network is to the ledger.
const RESOURCE: &str = "networks.region.unikorn-cloud.org";
/// The longest prefix that a network may have.
const LONGEST_PREFIX: u8 = 24;

#[derive(Debug, Clone, Deserialize)]
struct Create {
    metadata: Written,
    spec: CreateSpec,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateSpec {
    organization_id: String,
    project_id: String,
    region_id: String,
    prefix: String,
    dns_nameservers: Vec<String>,
    #[serde(default)]
    routes: Option<Vec<WrittenRoute>>,
    #[serde(default)]
    reservations: Option<WrittenReservations>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenReservations {
    prefix_length: i64,
    #[serde(default)]
    provider_reserved_prefix_length: Option<i64>,
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Network, Refusal> {
    let write: Create = body::read(call.body)?;
    let malformed = || Refusal::invalid_request("the request body is missing or malformed");
    let region = path_parameters::id(&write.spec.region_id).ok_or_else(malformed)?;
    let id = |text: &str| path_parameters::id(text).ok_or_else(Refusal::internal);
    let named =
        Named { organization: id(&write.spec.organization_id)?, project: id(&write.spec.project_id)? };

    allow(call, Network::ENDPOINT, &named)?;
    regions::get(call, &region)?;
    let prefix = Prefix::parse(&write.spec.prefix);
    let prefix = prefix.ok_or_else(|| Refusal::invalid_request("unable to parse IPv4 prefix"))?;
    if prefix.length > LONGEST_PREFIX {
        return Err(Refusal::invalid_request("minimum network prefix size is /24"));
    }
    let reservations = write.spec.reservations.as_ref().map(|it| it.read(prefix)).transpose()?;

    let owner = make_owner(call, &named, &region)?;
    make(call, &named, &owner, &write, prefix, reservations).inspect_err(|_| {
        // Trouble while cleaning up is logged by the service, and told to nobody.
        let _ = call.store.delete::<CloudIdentity>(call.now, &owner.meta.id, |_| true);
    })
}

/// A principal that names no organization is taken to act in that of the network.
pub(super) fn enriched(principal: &Principal, organization: &str, project: &str) -> Principal {
    let mut principal = principal.clone();
    if principal.organization.is_empty() {
        principal.organization = organization.to_owned();
        principal.project = project.to_owned();
    }
    principal
}

/// Whether the caller may make something there. A project that only a grant on its organization covers must exist;
/// region asks identity about it, on the caller's behalf.
pub(super) fn allow(call: &mut Call<'_>, endpoint: &str, named: &Named) -> Result<(), Refusal> {
    let (organization, project) = (&named.organization, &named.project);
    if call.acl.names_project(endpoint, Operation::Create, organization, project) {
        return Ok(());
    }
    call.acl.allow_organization(endpoint, Operation::Create, organization)?;
    if call.acl.allow_global(endpoint, Operation::Create).is_ok() {
        return Ok(());
    }
    let denied =
        || Refusal::access_denied(&call.world.region_host, "unexpected status verifying project exists");
    let seen = charging::identity_acl(call, organization)
        .and_then(|acl| acl.allow_project("identity:projects", Operation::Read, organization, project));
    if seen.is_err() {
        return Err(denied());
    }
    let found: Result<Project, _> = call.store.get(project);
    match found {
        Ok(found) if found.organization == *organization => Ok(()),
        _ => Err(Refusal::not_found()),
    }
}

fn make_owner(call: &mut Call<'_>, named: &Named, region: &str) -> Result<CloudIdentity, Refusal> {
    let metadata = Written { name: seed::PRINCIPAL.to_owned(), ..Written::default() };
    let owner = CloudIdentity {
        meta: metadata.create(call),
        organization: named.organization.clone(),
        project: named.project.clone(),
        region: region.to_owned(),
        holders: Vec::new(),
        provisioned: false,
    };
    Ok(call.store.create(owner)?)
}

fn make(
    call: &mut Call<'_>,
    named: &Named,
    owner: &CloudIdentity,
    write: &Create,
    prefix: Prefix,
    reservations: Option<Reservations>,
) -> Result<Network, Refusal> {
    let spec =
        Spec { dns_nameservers: write.spec.dns_nameservers.clone(), routes: write.spec.routes.clone() };
    let (dns_nameservers, routes) = spec.read()?;
    let principal = enriched(call.principal, &named.organization, &named.project);
    let mut call = call.acting_for(&principal);
    let meta = write.metadata.clone().create(&mut call);
    let charged = charging::to(&principal)?;
    let resource = Resource { kind: RESOURCE, id: &meta.id };
    let allocation = charging::charge(&mut call, &charged, resource, &[("networks", 1)])?;
    let network = Network {
        meta,
        organization: named.organization.clone(),
        project: named.project.clone(),
        region: owner.region.clone(),
        cloud_identity: owner.meta.id.clone(),
        allocation: Some(allocation.clone()),
        prefix: prefix.to_string(),
        dns_nameservers,
        routes,
        reservations,
        holders: Vec::new(),
        v2: true,
        provisioned: false,
    };
    call.store.create(network).map_err(|refusal| {
        // As above: what cannot be taken back stays.
        let _ = charging::release(&mut call, &charged, &allocation);
        refusal.into()
    })
}

impl WrittenReservations {
    fn read(&self, prefix: Prefix) -> Result<Reservations, Refusal> {
        if self.prefix_length <= i64::from(prefix.length) {
            return Err(Refusal::unprocessable(
                "the address reservation prefix length must be greater than the network prefix length",
            ));
        }
        if self.provider_reserved_prefix_length.is_some_and(|length| length < self.prefix_length) {
            return Err(Refusal::unprocessable(
                "the provider reserved prefix length must be greater than or equal to the reservation prefix length",
            ));
        }
        Ok(Reservations {
            prefix_length: self.prefix_length,
            provider_prefix_length: self.provider_reserved_prefix_length,
        })
    }
}
