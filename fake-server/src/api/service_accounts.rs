//! Service accounts, each with one token that counts.

use serde_json::{Value, json};

use crate::acl::Operation;
use crate::api::groups::{GroupIds, Member};
use crate::api::metadata::{Write, time};
use crate::api::{Answered, Call, Reply, body, or_conflict, organizations, owned};
use crate::middleware::authentication::Account;
use crate::middleware::envelope::Refusal;
use crate::store::model::{Group, Issued, ServiceAccount};
use crate::store::{Kind, Verb};
use crate::token;

const ENDPOINT: &str = "identity:serviceaccounts";

/// How long a token is valid, in seconds: 90 days.
const LIFETIME: i64 = 90 * 24 * 60 * 60;

/// A service account that may not read any may still read itself, to learn its id.
pub(super) fn list(call: &mut Call<'_>) -> Answered {
    let id = call.parameter("organizationID");
    let allowed = call.acl.allow_organization(ENDPOINT, Operation::Read, &id);
    let only = match call.caller.account {
        Account::Service { .. } if allowed.is_err() => Some(&call.caller.subject),
        Account::Service { .. } => None,
        Account::User { .. } | Account::System => {
            allowed?;
            None
        }
    };
    let organization = organizations::get(call, &id)?;
    let mut accounts = owned::list::<ServiceAccount>(call, &organization)?;
    accounts.retain(|account| only.is_none_or(|only| account.meta.id == *only));
    let groups = owned::list::<Group>(call, &organization)?;
    Ok(Reply::json(200, accounts.iter().map(|account| one(account, &groups)).collect()))
}

pub(super) fn create(call: &mut Call<'_>) -> Answered {
    let id = owned::allowed(call, ENDPOINT, Operation::Create)?;
    let write: Write<GroupIds> = body::read(call.body)?;
    let organization = organizations::get(call, &id)?;
    let meta = write.metadata.create(call);
    let issued = issue(call)?;
    let made = owned::create(call, &organization, ServiceAccount { meta, organization: id, issued })?;
    let groups = owned::list::<Group>(call, &organization)?;
    Member::ServiceAccount(&made.meta.id).move_to(call, &groups, &write.spec.group_ids)?;
    // Said is what was before.
    Ok(Reply::json(201, with_token(call, &made, &groups)))
}

pub(super) fn update(call: &mut Call<'_>) -> Answered {
    let id = owned::allowed(call, ENDPOINT, Operation::Update)?;
    let write: Write<GroupIds> = body::read(call.body)?;
    let organization = organizations::get(call, &id)?;
    let current: ServiceAccount = owned::get(call, &organization, &call.parameter("serviceAccountID"))?;
    // A token is made here too, and thrown away.
    issue(call)?;
    let meta = write.metadata.amend(call, &current.meta);
    let changed = ServiceAccount { meta, ..current };
    let written = call.store.write(Verb::Patch, changed).map_err(or_conflict)?;
    let groups = owned::list::<Group>(call, &organization)?;
    Member::ServiceAccount(&written.meta.id).move_to(call, &groups, &write.spec.group_ids)?;
    // Said is what was before.
    Ok(Reply::json(200, one(&written, &groups)))
}

/// The token before does not count any more. A service account may do this to itself.
pub(super) fn rotate(call: &mut Call<'_>) -> Answered {
    let (organization, id) = (call.parameter("organizationID"), call.parameter("serviceAccountID"));
    let itself = matches!(call.caller.account, Account::Service { .. }) && call.caller.subject == id;
    if !itself {
        call.acl.allow_organization(ENDPOINT, Operation::Update, &organization)?;
    }
    let organization = organizations::get(call, &organization)?;
    let current: ServiceAccount = owned::get(call, &organization, &id)?;
    let issued = issue(call)?;
    let before = token_of(call, &current);
    let written = call.store.write(Verb::Patch, ServiceAccount { issued, ..current }).map_err(or_conflict)?;
    call.counted.forget(&before);
    let groups = owned::list::<Group>(call, &organization)?;
    Ok(Reply::json(200, with_token(call, &written, &groups)))
}

pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    let organization = owned::organization(call, ENDPOINT, Operation::Delete)?;
    let account: ServiceAccount = owned::get(call, &organization, &call.parameter("serviceAccountID"))?;
    let groups = owned::list::<Group>(call, &organization)?;
    Member::ServiceAccount(&account.meta.id).move_to(call, &groups, &[])?;
    owned::delete::<ServiceAccount>(call, &organization, &account.meta.id)?;
    let token = token_of(call, &account);
    call.counted.forget(&token);
    Ok(Reply::done(200))
}

fn issue(call: &mut Call<'_>) -> Result<Issued, Refusal> {
    call.store.ask(Verb::Get, Kind::SigningKey)?;
    Ok(Issued { id: call.ids.resource(), at: call.now, until: token::after(call.now, LIFETIME) })
}

fn token_of(call: &Call<'_>, account: &ServiceAccount) -> String {
    token::of_service_account(call.world, &account.meta.id, &account.organization, &account.issued)
}

fn with_token(call: &Call<'_>, account: &ServiceAccount, groups: &[Group]) -> Value {
    let mut said = one(account, groups);
    said["status"]["accessToken"] = json!(token_of(call, account));
    said
}

fn one(account: &ServiceAccount, groups: &[Group]) -> Value {
    let groups = groups.iter().filter(|group| group.service_accounts.contains(&account.meta.id));
    json!({
        "metadata": owned::metadata(&account.meta, &account.organization),
        "spec": { "groupIDs": groups.map(|group| &group.meta.id).collect::<Vec<_>>() },
        "status": { "expiry": time(account.issued.until) },
    })
}
