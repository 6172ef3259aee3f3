//! Service principals in regions: what networks, servers and security groups belong to there.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::acl::Operation;
use crate::api::body::Id;
use crate::api::metadata::{Status, Written, say};
use crate::api::projects::allowed;
use crate::api::{Answered, Call, Reply, body, regions, tenancy};
use crate::store::model::CloudIdentity;

const ENDPOINT: &str = "region:identities";
const PARAMETER: &str = "identityID";

#[derive(Debug, Deserialize)]
struct Write {
    metadata: Written,
    spec: Spec,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    region_id: Id,
}

pub(super) fn list(call: &mut Call<'_>) -> Answered {
    let listed: Vec<CloudIdentity> = tenancy::first_list(call, ENDPOINT)?;
    let organization = call.parameter("organizationID");
    if tenancy::organizations(call, vec![organization]).is_none() {
        return Ok(Reply::json(200, Value::Null).cacheable());
    }
    Ok(Reply::json(200, listed.iter().map(one).collect()).cacheable())
}

pub(super) fn create(call: &mut Call<'_>) -> Answered {
    let named = allowed(call, ENDPOINT, Operation::Create)?;
    let write: Write = body::read(call.body)?;
    let region = regions::get(call, &write.spec.region_id.0)?.id.clone();
    let meta = write.metadata.create(call);
    let made = call.store.create(CloudIdentity {
        meta,
        organization: named.organization,
        project: named.project,
        region,
        holders: Vec::new(),
        provisioned: false,
    })?;
    Ok(Reply::json(201, one(&made)).cacheable())
}

pub(super) fn read(call: &mut Call<'_>) -> Answered {
    Ok(Reply::json(200, one(&tenancy::first_get(call, ENDPOINT, PARAMETER)?)).cacheable())
}

pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    tenancy::first_delete::<CloudIdentity>(call, ENDPOINT, PARAMETER)
}

fn one(identity: &CloudIdentity) -> Value {
    let scope =
        [("organizationId", identity.organization.as_str()), ("projectId", identity.project.as_str())];
    json!({
        "metadata": say(&identity.meta, Status::of(identity.provisioned), &scope),
        "spec": { "regionId": identity.region, "type": "simulated" },
    })
}
