//! What operations mean: one file a family.

mod access;
mod allocations;
mod authorization;
mod balancer_listeners;
mod body;
mod charging;
mod cloud_identities;
mod discovery;
mod file_storage;
mod groups;
mod images;
mod keyed_allocations;
mod load_balancers;
mod mail;
mod metadata;
mod network_creation;
mod networks;
mod networks_v1;
mod organizations;
mod owned;
mod projects;
mod providers;
pub(crate) mod public;
mod quotas;
mod region;
mod regions;
mod roles;
mod security_groups;
mod server_actions;
mod servers;
mod servers_v1;
mod service;
mod service_accounts;
mod snapshot_policies;
mod ssh_certificate_authorities;
mod tenancy;
mod tokens;
mod user_data;
mod userinfo;
mod users;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use crate::acl::Acl;
use crate::contract::Contract;
use crate::exchange::Response;
use crate::middleware::authentication::Caller;
use crate::middleware::bearer::Counted;
use crate::middleware::envelope::Refusal;
use crate::middleware::impersonation::Acting;
use crate::middleware::path_parameters::Bound;
use crate::middleware::principal::Principal;
use crate::middleware::target::Target;
use crate::store::Store;
use crate::store::clock::Ids;
use crate::store::door;
use crate::world::World;

/// An authorized request on its way into an operation.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// What the services promise.
    pub(crate) contract: Contract,
    /// The world it happens in.
    pub(crate) world: &'a World,
    /// The state.
    pub(crate) store: &'a mut Store,
    /// Where new ids come from.
    pub(crate) ids: &'a mut Ids,
    /// Tokens that were found to count.
    pub(crate) counted: &'a mut Counted,
    /// The time.
    pub(crate) now: Timestamp,
    /// Who calls.
    pub(crate) caller: &'a Caller,
    /// For whom.
    pub(crate) principal: &'a Principal,
    /// As whom.
    pub(crate) acting: Acting,
    /// What that allows.
    pub(crate) acl: &'a Acl,
    /// Path parameters.
    pub(crate) path: &'a Bound,
    /// Where the query is.
    pub(crate) target: &'a Target,
    /// The body.
    pub(crate) body: &'a [u8],
}

/// What an operation answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    status: u16,
    content: Content,
    caching: Caching,
    location: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caching {
    Forbidden,
    Unsaid,
    ForADay,
    Unkept,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq)]
enum Content {
    Nothing,
    Json(Value),
    /// A page, with its media type.
    Page(&'static str, String),
}

/// Every operation's way to answer.
type Answered = Result<Reply, Refusal>;

/// Carries out an operation; none when the fake does not serve it.
pub(crate) fn serve(operation: &str, call: &mut Call<'_>) -> Option<Answered> {
    let answered = match operation {
        "identity.acl.read" | "identity.organizations.acl.read" => access::read(call),
        "identity.organizations.list" => organizations::list(call),
        "identity.organizations.create" => organizations::create(call),
        "identity.organizations.read" => organizations::read(call),
        "identity.organizations.update" => organizations::update(call),
        "identity.organizations.delete" => organizations::delete(call),
        "identity.version.list" => service::version(call),
        "identity.oauth2providers.list" => providers::list_global(call),
        "identity.organizations.oauth2providers.list" => providers::list(call),
        "identity.organizations.oauth2providers.create" => providers::create(call),
        "identity.organizations.oauth2providers.update" => providers::update(call),
        "identity.organizations.oauth2providers.delete" => providers::delete(call),
        "identity.organizations.roles.list" => roles::list(call),
        "identity.organizations.groups.list" => groups::list(call),
        "identity.organizations.groups.create" => groups::create(call),
        "identity.organizations.groups.read" => groups::read(call),
        "identity.organizations.groups.update" => groups::update(call),
        "identity.organizations.groups.delete" => groups::delete(call),
        "identity.organizations.users.list" => users::list(call),
        "identity.organizations.users.create" => users::create(call),
        "identity.organizations.users.update" => users::update(call),
        "identity.organizations.users.delete" => users::delete(call),
        "identity.organizations.serviceaccounts.list" => service_accounts::list(call),
        "identity.organizations.serviceaccounts.create" => service_accounts::create(call),
        "identity.organizations.serviceaccounts.update" => service_accounts::update(call),
        "identity.organizations.serviceaccounts.delete" => service_accounts::delete(call),
        "identity.organizations.serviceaccounts.rotate.create" => service_accounts::rotate(call),
        "identity.projects.list" => projects::list(call),
        "identity.projects.create" => projects::create(call),
        "identity.projects.read" => projects::read(call),
        "identity.projects.update" => projects::update(call),
        "identity.projects.delete" => projects::delete(call),
        "identity.references.add" => projects::add_reference(call),
        "identity.references.remove" => projects::remove_reference(call),
        "identity.quotas.read" => quotas::read(call),
        "identity.quotas.update" => quotas::update(call),
        "identity.allocations.list" => keyed_allocations::list(call),
        "identity.allocations.create" => allocations::create(call),
        "identity.allocations.read" => allocations::read(call),
        "identity.allocations.update" => allocations::update(call),
        "identity.allocations.delete" => allocations::delete(call),
        _ => return region::serve(operation, call),
    };
    Some(answered)
}

impl Call<'_> {
    /// A path parameter; the document and the binding see to it that it is there.
    fn parameter(&self, name: &str) -> String {
        self.path.get(name).cloned().unwrap_or_default()
    }

    /// The same call, for another principal.
    fn acting_for<'b>(&'b mut self, principal: &'b Principal) -> Call<'b> {
        Call { principal, ..self.again() }
    }

    /// The same call, by another caller.
    fn as_caller<'b>(&'b mut self, caller: &'b Caller) -> Call<'b> {
        Call { caller, ..self.again() }
    }

    fn again(&mut self) -> Call<'_> {
        Call {
            contract: self.contract,
            world: self.world,
            store: self.store,
            ids: self.ids,
            counted: self.counted,
            now: self.now,
            caller: self.caller,
            principal: self.principal,
            acting: self.acting,
            acl: self.acl,
            path: self.path,
            target: self.target,
            body: self.body,
        }
    }
}

impl Reply {
    /// An answer with a body, not to be cached.
    fn json(status: u16, body: Value) -> Self {
        Self { status, content: Content::Json(body), caching: Caching::Forbidden, location: None }
    }

    /// An answer without a body, not to be cached.
    fn done(status: u16) -> Self {
        Self { status, content: Content::Nothing, caching: Caching::Forbidden, location: None }
    }

    /// A page for people.
    fn html(status: u16, page: String) -> Self {
        let content = Content::Page("text/html", page);
        Self { status, content, caching: Caching::Unsaid, location: None }
    }

    /// Sends a browser on, with a link for those that do not go by themselves.
    fn redirect(location: String, link: Option<String>) -> Self {
        let content = link.map_or(Content::Nothing, |link| Content::Page("text/html; charset=utf-8", link));
        Self { status: 302, content, caching: Caching::Unsaid, location: Some(location) }
    }

    /// The same, not to be kept anywhere.
    fn unkept(self) -> Self {
        Self { caching: Caching::Unkept, ..self }
    }

    /// The same, with nothing said about caching.
    fn cacheable(self) -> Self {
        Self { caching: Caching::Unsaid, ..self }
    }

    /// The same, to be kept by the caller himself for a day.
    fn for_a_day(self) -> Self {
        Self { caching: Caching::ForADay, ..self }
    }

    /// As an answer; `base` are header lines that the request has earned before.
    pub(crate) fn answer(self, base: Vec<(String, String)>) -> Response {
        let mut headers = base;
        let caching: &[&str] = match self.caching {
            Caching::Forbidden => &["no-cache"],
            Caching::Unsaid => &[],
            Caching::ForADay => &["max-age=86400", "private"],
            Caching::Unkept => &["no-store"],
        };
        headers.extend(caching.iter().map(|value| ("Cache-Control".to_owned(), (*value).to_owned())));
        headers.extend(self.location.map(|location| ("Location".to_owned(), location)));
        let (media_type, body) = match self.content {
            Content::Nothing => (None, Bytes::new()),
            Content::Json(body) => (Some("application/json"), Bytes::from(body.to_string())),
            Content::Page(media_type, page) => (Some(media_type), Bytes::from(page)),
        };
        headers.extend(media_type.map(|media_type| ("Content-Type".to_owned(), media_type.to_owned())));
        Response { status: self.status, headers, body }
    }
}

/// Trouble with the store is nobody's business, unless an operation says otherwise.
impl From<door::Refusal> for Refusal {
    fn from(_: door::Refusal) -> Self {
        Self::internal()
    }
}

/// What is not there is said to be so; other trouble is not explained.
fn or_not_found(refusal: door::Refusal) -> Refusal {
    match refusal {
        door::Refusal::NotFound => Refusal::not_found(),
        door::Refusal::Conflict | door::Refusal::Internal | door::Refusal::Exists => Refusal::internal(),
    }
}

/// What was changed meanwhile is said to be so; other trouble is not explained.
fn or_conflict(refusal: door::Refusal) -> Refusal {
    match refusal {
        door::Refusal::Conflict => Refusal::conflict(),
        door::Refusal::NotFound | door::Refusal::Internal | door::Refusal::Exists => Refusal::internal(),
    }
}
