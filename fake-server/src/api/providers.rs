//! Identity providers: the platform's own, and those of organizations.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::acl::Operation;
use crate::api::metadata::Write;
use crate::api::{Answered, Call, Reply, body, or_conflict, organizations, owned};
use crate::store::Verb;
use crate::store::model::{Meta, Provider};

const ENDPOINT: &str = "identity:oauth2providers";

/// A kind of provider can be written, and is forgotten.
#[derive(Debug, Deserialize)]
struct Spec {
    issuer: String,
    #[serde(rename = "clientID")]
    client_id: String,
    #[serde(default, rename = "clientSecret")]
    client_secret: Option<String>,
}

/// Those of the platform, which everybody may see.
pub(super) fn list_global(call: &mut Call<'_>) -> Answered {
    let mut providers = call.store.list::<Provider>()?;
    providers.retain(|provider| provider.organization.is_none());
    Ok(Reply::json(200, providers.iter().map(one).collect()))
}

pub(super) fn list(call: &mut Call<'_>) -> Answered {
    let organization = owned::organization(call, ENDPOINT, Operation::Read)?;
    let providers = owned::list::<Provider>(call, &organization)?;
    Ok(Reply::json(200, providers.iter().map(one).collect()))
}

pub(super) fn create(call: &mut Call<'_>) -> Answered {
    let id = owned::allowed(call, ENDPOINT, Operation::Create)?;
    let write: Write<Spec> = body::read(call.body)?;
    let organization = organizations::get(call, &id)?;
    let meta = write.metadata.create(call);
    let made = owned::create(call, &organization, write.spec.provider(meta, Some(id)))?;
    Ok(Reply::json(201, one(&made)))
}

pub(super) fn update(call: &mut Call<'_>) -> Answered {
    let id = owned::allowed(call, ENDPOINT, Operation::Update)?;
    let write: Write<Spec> = body::read(call.body)?;
    let organization = organizations::get(call, &id)?;
    let current: Provider = owned::get(call, &organization, &call.parameter("providerID"))?;
    let meta = write.metadata.amend(call, &current.meta);
    let changed = write.spec.provider(meta, current.organization);
    call.store.write(Verb::Patch, changed).map_err(or_conflict)?;
    Ok(Reply::done(200))
}

pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    let organization = owned::organization(call, ENDPOINT, Operation::Delete)?;
    owned::delete::<Provider>(call, &organization, &call.parameter("providerID"))?;
    Ok(Reply::done(200))
}

impl Spec {
    fn provider(self, meta: Meta, organization: Option<String>) -> Provider {
        Provider {
            meta,
            organization,
            kind: None,
            issuer: self.issuer,
            client_id: self.client_id,
            client_secret: self.client_secret.unwrap_or_default(),
        }
    }
}

/// The service keeps the issuer to itself, as it does the secret.
fn one(provider: &Provider) -> Value {
    let mut spec = json!({ "issuer": "", "clientID": provider.client_id });
    if let Some(kind) = &provider.kind {
        spec["type"] = json!(kind);
    }
    let organization = provider.organization.as_deref().unwrap_or_default();
    json!({ "metadata": owned::metadata(&provider.meta, organization), "spec": spec })
}
