//! Networks as region's first API makes and says them: of a service principal that is there already, and charged to
//! nobody.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::acl::Operation;
use crate::api::metadata::{Status, Written, say};
use crate::api::networks::{self, Prefix};
use crate::api::projects::allowed;
use crate::api::{Answered, Call, Reply, body, tenancy};
use crate::middleware::envelope::Refusal;
use crate::store::model::{CloudIdentity, Network};

const ENDPOINT: &str = "region:networks";
const PARAMETER: &str = "networkID";

#[derive(Debug, Deserialize)]
struct Write {
    metadata: Written,
    #[serde(default)]
    spec: Option<Spec>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    prefix: String,
    dns_nameservers: Vec<String>,
}

pub(super) fn list(call: &mut Call<'_>) -> Answered {
    let listed: Vec<Network> = tenancy::first_list(call, ENDPOINT)?;
    Ok(Reply::json(200, listed.iter().map(one).collect()).cacheable())
}

pub(super) fn create(call: &mut Call<'_>) -> Answered {
    let named = allowed(call, ENDPOINT, Operation::Create)?;
    let write: Write = body::read(call.body)?;
    let owner = call.parameter("identityID");
    let owner: CloudIdentity = tenancy::owned(call, &named, &owner)?;
    // The document lets a body without a specification by, and the service falls over it.
    let spec = write.spec.ok_or_else(Refusal::fallen)?;
    let prefix = Prefix::parse(&spec.prefix);
    let prefix = prefix.ok_or_else(|| Refusal::invalid_request("unable to parse prefix"))?;
    let dns_nameservers = networks::addresses(&spec.dns_nameservers)?;
    let meta = write.metadata.create(call);
    let made = call.store.create(Network {
        meta,
        organization: named.organization,
        project: named.project,
        region: owner.region,
        cloud_identity: owner.meta.id,
        allocation: None,
        prefix: prefix.to_string(),
        dns_nameservers,
        routes: Vec::new(),
        reservations: None,
        holders: Vec::new(),
        v2: false,
        provisioned: false,
    })?;
    Ok(Reply::json(201, one(&made)).cacheable())
}

pub(super) fn read(call: &mut Call<'_>) -> Answered {
    Ok(Reply::json(200, one(&tenancy::first_get(call, ENDPOINT, PARAMETER)?)).cacheable())
}

pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    tenancy::first_delete::<Network>(call, ENDPOINT, PARAMETER)
}

fn one(network: &Network) -> Value {
    let scope = [("organizationId", network.organization.as_str()), ("projectId", network.project.as_str())];
    json!({
        "metadata": say(&network.meta, Status::of(network.provisioned), &scope),
        "spec": {
            "regionId": network.region,
            "prefix": network.prefix,
            "dnsNameservers": network.dns_nameservers,
        },
    })
}
