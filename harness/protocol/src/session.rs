//! What a session is built from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that the clients of one session are built from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Session {
    /// Where the two services are.
    pub endpoints: Endpoints,
    /// The platform's secrets, as its Kubernetes cluster would hold them. Replaced whole by `secrets`.
    pub secrets: Vec<Secret>,
    /// Which secret names the authority that servers are checked against; none: the system's roots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<SecretName>,
    /// Which secret names the client's certificate and key; none: no client certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<SecretName>,
    /// Seconds after which a changed client certificate is looked up again on a handshake; none: the client's
    /// default (the platform's is 86,400); zero: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reload_seconds: Option<u64>,
    /// Limits the clients must keep.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// A folder with every secret as files, `<namespace>/<name>/<key>`, for clients that read files; kept up to
    /// date by the harness before `secrets` is sent. None: the driver said that its clients read none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// What a clock that can be moved says when the session opens, in seconds since 1970: the services have the same
    /// time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<u64>,
}

/// Base addresses, e.g. `https://localhost:40001`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Endpoints {
    /// The identity service's.
    pub identity: String,
    /// The region service's.
    pub region: String,
}

/// Limits that a client keeps by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Timeouts {
    /// Milliseconds one call may take, all told; none: the client's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_ms: Option<u64>,
}

/// A secret's full name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct SecretName {
    /// May be empty: then the platform's clients take the secret as not named.
    pub namespace: String,
    /// The name.
    pub name: String,
}

/// A secret as the platform keeps it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Secret {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its type, `kubernetes.io/tls` for certificates.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its keys and their text (PEM where the platform keeps PEM).
    pub data: BTreeMap<String, String>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys: Vec<_> = self.data.keys().collect();
        write!(f, "Secret({}/{}, {}, {keys:?})", self.namespace, self.name, self.kind)
    }
}
