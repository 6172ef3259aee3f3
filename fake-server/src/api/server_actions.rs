//! What is done to a running server. A simulated region runs none: whoever gets as far as that is told of trouble.

use serde::Deserialize;

use crate::acl::Operation;
use crate::api::metadata::Written;
use crate::api::projects::{Named, allowed};
use crate::api::servers::BY_PRINCIPAL;
use crate::api::servers_v1::{ENDPOINT, PARAMETER};
use crate::api::{Answered, Call, body, tenancy};
use crate::middleware::envelope::Refusal;
use crate::store::model::CloudIdentity;
use crate::store::placed::Server;

/// A snapshot is asked for with nothing but its metadata.
#[derive(Debug, Deserialize)]
struct Snapshot {
    #[serde(rename = "metadata")]
    _metadata: Written,
}

/// Starts, stops or restarts a server, or looks at its console. Who may read a server may do all that: so the service
/// asks.
pub(super) fn act(call: &mut Call<'_>) -> Answered {
    let server: Server = tenancy::get(call)?;
    find_principal(call, &server)?;
    unsupported()
}

/// The same, by the first API.
pub(super) fn first_act(call: &mut Call<'_>, operation: Operation) -> Answered {
    let named = allowed(call, ENDPOINT, operation)?;
    let id = call.parameter(PARAMETER);
    let _: Server = tenancy::owned(call, &named, &id)?;
    let principal = call.parameter("identityID");
    let _: CloudIdentity = tenancy::owned(call, &named, &principal)?;
    unsupported()
}

pub(super) fn snapshot(call: &mut Call<'_>) -> Answered {
    let _: Snapshot = body::read(call.body)?;
    let server: Server = tenancy::get(call)?;
    find_principal(call, &server)?;
    call.acl.allow_organization("region:images", Operation::Create, &server.place.organization)?;
    unsupported()
}

/// The key that the region put into a server for its service principal. Simulated service principals have none.
pub(super) fn ssh_key(call: &mut Call<'_>) -> Answered {
    let server: Server = tenancy::get(call)?;
    if server.spec.ssh_injection != BY_PRINCIPAL {
        return Err(Refusal::not_found());
    }
    find_principal(call, &server)?;
    unsupported()
}

fn find_principal(call: &mut Call<'_>, server: &Server) -> Result<CloudIdentity, Refusal> {
    let named =
        Named { organization: server.place.organization.clone(), project: server.place.project.clone() };
    tenancy::owned(call, &named, server.place.cloud_identity.as_deref().unwrap_or_default())
}

fn unsupported() -> Answered {
    Err(Refusal::internal())
}
