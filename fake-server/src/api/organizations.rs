//! Organizations.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::acl::Operation;
use crate::api::metadata::{Status, Write, say};
use crate::api::{Answered, Call, Reply, body, or_conflict, or_not_found};
use crate::middleware::authentication::Account;
use crate::middleware::bearer;
use crate::middleware::envelope::Refusal;
use crate::store::Verb;
use crate::store::model::{Domain, Organization, OrganizationUser, ServiceAccount};

const ENDPOINT: &str = "identity:organizations";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    organization_type: String,
    #[serde(default)]
    domain: Option<String>,
    #[serde(default)]
    provider_scope: Option<String>,
    #[serde(default, rename = "providerID")]
    provider_id: Option<String>,
    #[serde(default, rename = "googleCustomerID")]
    google_customer_id: Option<String>,
}

/// Those that may be read everywhere are all listed; anybody else gets his own.
pub(super) fn list(call: &mut Call<'_>) -> Answered {
    let email = call.target.query_values("email").into_iter().next();
    let everywhere = call.acl.allow_global(ENDPOINT, Operation::Read).is_ok();
    let all = call.store.list::<Organization>()?;
    if everywhere && email.is_none() {
        return Ok(Reply::json(200, all.iter().map(one).collect()));
    }
    let own = memberships(call, email.as_deref())?;
    let mut found = Vec::new();
    for id in own {
        found.push(all.iter().find(|organization| organization.meta.id == id).ok_or_else(Refusal::internal)?);
    }
    found.sort_by(|one, other| one.meta.id.cmp(&other.meta.id));
    Ok(Reply::json(200, found.into_iter().map(one).collect()))
}

pub(super) fn create(call: &mut Call<'_>) -> Answered {
    call.acl.allow_global(ENDPOINT, Operation::Create)?;
    let write: Write<Spec> = body::read(call.body)?;
    let domain = write.spec.domain()?;
    let meta = write.metadata.create(call);
    let made = call.store.create(Organization { meta, domain, holders: Vec::new(), provisioned: false })?;
    Ok(Reply::json(202, one(&made)))
}

pub(super) fn read(call: &mut Call<'_>) -> Answered {
    let id = call.parameter("organizationID");
    call.acl.allow_organization(ENDPOINT, Operation::Read, &id)?;
    Ok(Reply::json(200, one(&get(call, &id)?)))
}

pub(super) fn update(call: &mut Call<'_>) -> Answered {
    let id = call.parameter("organizationID");
    call.acl.allow_organization(ENDPOINT, Operation::Update, &id)?;
    let write: Write<Spec> = body::read(call.body)?;
    let current = get(call, &id)?;
    let domain = write.spec.domain()?;
    let meta = write.metadata.amend(call, &current.meta);
    call.store.write(Verb::Patch, Organization { meta, domain, ..current }).map_err(or_conflict)?;
    Ok(Reply::done(200))
}

pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    call.acl.allow_global(ENDPOINT, Operation::Delete)?;
    let id = call.parameter("organizationID");
    call.store.delete::<Organization>(call.now, &id, |_| true).map_err(or_not_found)?;
    Ok(Reply::done(202))
}

/// The organization that a path names, or 404.
pub(super) fn get(call: &mut Call<'_>, id: &str) -> Result<Organization, Refusal> {
    call.store.get(id).map_err(or_not_found)
}

impl Spec {
    fn domain(self) -> Result<Option<Domain>, Refusal> {
        if self.organization_type != "domain" {
            return Ok(None);
        }
        // The service takes for granted that a domain comes with a scope, and falls over when it does not.
        let scope = self.provider_scope.ok_or_else(Refusal::fallen)?;
        Ok(Some(Domain {
            name: self.domain,
            provider_scope: Some(scope),
            provider_id: self.provider_id,
            google_customer_id: self.google_customer_id,
        }))
    }
}

/// Ids of the organizations of whoever is asked about: by mail address, or the caller himself. Memberships that do
/// not count are among them. A service account has one organization, whoever it asks about.
fn memberships(call: &mut Call<'_>, email: Option<&str>) -> Result<Vec<String>, Refusal> {
    if matches!(call.caller.account, Account::Service { .. }) {
        let unknown = || Refusal::forbidden("service account not found");
        let accounts = call.store.list::<ServiceAccount>().map_err(|_whatever| unknown())?;
        let account = accounts.into_iter().find(|account| account.meta.id == call.caller.subject);
        return Ok(vec![account.ok_or_else(unknown)?.organization]);
    }
    let others = email.filter(|email| call.caller.email.as_deref() != Some(email));
    if others.is_some() && call.acl.allow_global("identity:users", Operation::Read).is_err() {
        return Err(Refusal::forbidden("user not permitted to read users globally"));
    }
    let subject = email.unwrap_or(&call.caller.subject);
    let user = bearer::active_user(call.store, subject).map_err(|_whatever| Refusal::not_found())?;
    let memberships = call.store.list::<OrganizationUser>()?.into_iter();
    Ok(memberships.filter(|it| it.user == user.meta.id).map(|membership| membership.organization).collect())
}

fn one(organization: &Organization) -> Value {
    let mut spec = json!({ "organizationType": "adhoc" });
    if let Some(domain) = organization.domain.as_ref().filter(|domain| domain.name.is_some()) {
        spec["organizationType"] = json!("domain");
        spec["domain"] = json!(domain.name);
        spec["providerScope"] = json!(domain.provider_scope);
        if let Some(id) = &domain.provider_id {
            spec["providerID"] = json!(id);
        }
    }
    if let Some(id) = organization.domain.as_ref().and_then(|domain| domain.google_customer_id.as_ref()) {
        spec["googleCustomerID"] = json!(id);
    }
    json!({ "metadata": say(&organization.meta, Status::of(organization.provisioned), &[]), "spec": spec })
}
