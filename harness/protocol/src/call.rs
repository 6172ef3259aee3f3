//! Calls, and what came of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One call on a client of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Call {
    /// Names this call in its answer and in `cancel`; unique in the driver's life.
    pub id: u64,
    /// The session whose client makes it.
    pub session: u64,
    /// What is done.
    pub operation: Operation,
    /// Which of the platform's two kinds of client does it. References are always a controller's.
    pub client: ClientKind,
    /// Arguments by name; [`Operation`] lists them.
    #[serde(default)]
    pub arguments: BTreeMap<String, Value>,
    /// What the caller's context holds.
    #[serde(default)]
    pub context: Context,
    /// The resource that a controller acts for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
}

/// The two kinds of client that the platform has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClientKind {
    /// Serves a live request: the principal is the context's.
    Api,
    /// Serves a resource: the principal is rebuilt from it and signed.
    Controller,
}

/// What a client can be asked to do. Arguments in brackets; `body` is the request body as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Operation {
    /// `[]`
    #[serde(rename = "identity.organizations.list")]
    OrganizationsList,
    /// `[body]`
    #[serde(rename = "identity.organizations.create")]
    OrganizationsCreate,
    /// `[organization]`
    #[serde(rename = "identity.organizations.read")]
    OrganizationsRead,
    /// `[organization, body]`
    #[serde(rename = "identity.organizations.update")]
    OrganizationsUpdate,
    /// `[organization]`
    #[serde(rename = "identity.organizations.delete")]
    OrganizationsDelete,
    /// `[organization]`
    #[serde(rename = "identity.projects.list")]
    ProjectsList,
    /// `[organization, body]`
    #[serde(rename = "identity.projects.create")]
    ProjectsCreate,
    /// `[organization, project]`
    #[serde(rename = "identity.projects.read")]
    ProjectsRead,
    /// `[organization, project, body]`
    #[serde(rename = "identity.projects.update")]
    ProjectsUpdate,
    /// `[organization, project]`
    #[serde(rename = "identity.projects.delete")]
    ProjectsDelete,
    /// `[organization]`
    #[serde(rename = "identity.quotas.read")]
    QuotasRead,
    /// `[organization, body]`
    #[serde(rename = "identity.quotas.update")]
    QuotasUpdate,
    /// `[allocations]`, a list of `{kind, committed, reserved}`, for the call's resource; organization and project
    /// are the context's principal's. Success sets the resource's allocation annotation.
    #[serde(rename = "identity.allocations.create")]
    AllocationsCreate,
    /// `[organization, project, allocation]`
    #[serde(rename = "identity.allocations.read")]
    AllocationsRead,
    /// `[allocations]`, for the call's resource; organization, project and allocation are the resource's.
    #[serde(rename = "identity.allocations.update")]
    AllocationsUpdate,
    /// `[]`, for the call's resource; organization, project and allocation are the resource's.
    #[serde(rename = "identity.allocations.delete")]
    AllocationsDelete,
    /// `[]`: the call's resource begins to depend on its project.
    #[serde(rename = "identity.references.add")]
    ProjectReferencesAdd,
    /// `[]`: it no longer does.
    #[serde(rename = "identity.references.remove")]
    ProjectReferencesRemove,
    /// `[token]`, `[token, scope_organization]` or `[token, scope_organization, scope_project]`: whose a bearer token is,
    /// as the passport says that identity gives for it (RFC 8693). Returns `{subject, type, organizationIds, email}`, what
    /// is empty left out, and never the passport: that stays inside the client. It is for no principal.
    #[serde(rename = "identity.tokens.exchange")]
    TokensExchange,
    /// `[]`: a token for the client's own certificate (RFC 6749 §4.4, RFC 8705). Returns `{tokenType, expiresIn}`; what
    /// else there is in the answer a driver keeps to itself. It is for no principal.
    #[serde(rename = "identity.tokens.issue")]
    TokensIssue,
    /// `[]`, or `[organizations, projects, regions]`, lists of ids to filter by
    #[serde(rename = "region.networks.list")]
    NetworksList,
    /// `[body]`
    #[serde(rename = "region.networks.create")]
    NetworksCreate,
    /// `[network]`
    #[serde(rename = "region.networks.read")]
    NetworksRead,
    /// `[network, body]`
    #[serde(rename = "region.networks.update")]
    NetworksUpdate,
    /// `[network]`
    #[serde(rename = "region.networks.delete")]
    NetworksDelete,
    /// `[network]`: the call's resource begins to depend on the network.
    #[serde(rename = "region.references.add")]
    NetworkReferencesAdd,
    /// `[network]`: it no longer does.
    #[serde(rename = "region.references.remove")]
    NetworkReferencesRemove,
}

/// What a caller's context holds when it makes a call. Absent members are absent there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Context {
    /// For whom a live request acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// Whether it asks to act *as* the principal.
    #[serde(default, skip_serializing_if = "Impersonation::is_no")]
    pub impersonate: Impersonation,
    /// W3C `traceparent` of the caller's span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// W3C `tracestate` of the caller's span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracestate: Option<String>,
    /// The certificate that started the call chain, as a request header would carry it (PEM, query-escaped).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// The request being served, for drivers that declare [`crate::Capability::ReadsRequests`]. Then everything else here
    /// is absent, since the client finds it in the request; but for the principal where a bearer token says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serving: Option<Serving>,
}

/// A request that a service is serving when it makes a call. It was let in: its certificate, token and principal count.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Serving {
    /// Name and value of each header line, as the service's ingress handed it on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The span that the service has begun for it, sixteen digits; absent: it traces nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<String>,
    /// What the call is made for; absent: for what was asked.
    #[serde(rename = "for", default)]
    pub purpose: Purpose,
}

impl std::fmt::Debug for Serving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        write!(f, "Serving({:?}, {names:?})", self.purpose)
    }
}

/// What a service makes a call for while it serves a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To find out who calls, and what he may do.
    Authorization,
    /// To do what was asked for.
    #[default]
    Handler,
}

/// Whether a context asks to act as its principal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Impersonation {
    /// It does not.
    #[default]
    No,
    /// It does.
    Yes,
}

impl Impersonation {
    fn is_no(&self) -> bool {
        *self == Self::No
    }
}

/// For whom a request is made. Members travel in this order; those absent (or empty lists) are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Principal {
    /// The organization acted in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    /// Every organization the actor belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub organization_ids: Vec<String>,
    /// The project acted in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    /// What the actor is.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<PrincipalType>,
    /// Who acts: a user's subject, a service account's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

/// What an actor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PrincipalType {
    /// A person.
    User,
    /// A service account.
    Service,
    /// A service of the platform.
    System,
}

/// The Kubernetes resource that a controller acts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Its API group, e.g. `compute.unikorn-cloud.org`.
    pub group: String,
    /// Its kind, e.g. `ComputeCluster`.
    pub kind: String,
    /// Its kind in the plural, lower case, e.g. `computeclusters`.
    pub plural: String,
    /// Its name.
    pub name: String,
    /// Its labels; absent: it has no labels map at all, which is not the same as an empty one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, String>>,
    /// Its annotations; absent: it has no annotations map at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<BTreeMap<String, String>>,
}

/// What the client made of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Outcome {
    /// It succeeded.
    Ok {
        /// What it returned, as the client shows it to its user; null for nothing.
        #[serde(default)]
        value: Value,
        /// The call's resource as the client left it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<Resource>,
    },
    /// It failed, and said how.
    Error(Failure),
    /// It ended because it was cancelled.
    Cancelled,
    /// The driver could not make the call; says nothing about the client.
    CouldNotAttempt {
        /// Why.
        reason: String,
    },
    /// The client has no such operation or setting.
    Unsupported {
        /// What it lacks.
        reason: String,
    },
}

/// A client's own error, as far as its user can tell it apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Which kind of error.
    pub class: ErrorClass,
    /// HTTP status, where the error keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The platform's error code, where the error keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The platform's error description, where the error keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The server's trace id, where the error keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// `Retry-After` as sent, where the error keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    /// The body of the answer (or its beginning), where the error keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The error in full, for people.
    pub message: String,
    /// The call's resource as the client left it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
}

/// Every kind of error that a client can end a call with. A client maps its own errors to the nearest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorClass {
    /// The platform has no secret of that name.
    SecretNotFound,
    /// A secret is of the wrong type, lacks a key, or a key does not hold what it should.
    SecretFormat,
    /// A key is of a type that cannot sign a principal.
    KeyType,
    /// The context holds no principal.
    NoPrincipal,
    /// The resource lacks labels or annotations that the call needs.
    ResourceInconsistent,
    /// An argument or context member cannot be sent: no UUID, or no header value.
    InvalidArgument,
    /// Nothing answers at the address.
    Connect,
    /// The server's certificate does not verify: unknown authority, wrong name, expired or not yet valid.
    ServerUntrusted,
    /// TLS was not established for another reason: no version in common, or the server refused the client's
    /// certificate.
    Tls,
    /// The connection ended before the answer was whole.
    ConnectionLost,
    /// A time limit passed.
    Timeout,
    /// What came is not an HTTP answer.
    Protocol,
    /// The platform refused, in its own error envelope, with a status the operation declares.
    Api,
    /// A status that is neither the expected one nor a declared refusal, redirects aside.
    UnexpectedStatus,
    /// The status is as expected or declared, but the body cannot be read as what it should be.
    MalformedAnswer,
    /// The answer is a redirect that the client does not follow.
    Redirect,
    /// The answer passes a size that the client is willing to read.
    TooLarge,
    /// Any other error.
    Other,
}
