//! Makes the client act for Plumbline.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use downstream::{Client, Error, Identity};
use plumbline_protocol::{
    Call, Capability, ClientKind, Driver, DriverError, Endpoints, ErrorClass, Failure, Hello, Operation,
    Outcome, Secret, SecretName, Session, VERSION,
};
use serde_json::Value;

/// The client's own limit.
const LIMIT: Duration = Duration::from_secs(5);

/// The client under test.
#[derive(Default)]
pub struct SmallDriver {
    sessions: Mutex<BTreeMap<u64, (Client, Endpoints)>>,
}

impl Driver for SmallDriver {
    fn hello(&self) -> Hello {
        Hello {
            versions: vec![VERSION],
            name: "downstream".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            language: "Rust".to_owned(),
            capabilities: vec![Capability::ApiClient, Capability::CallTimeout, Capability::Concurrent],
            operations: vec![Operation::ProjectsList, Operation::NetworksList],
            concurrency: 64,
        }
    }

    async fn open(&self, id: u64, session: Session) -> Result<Result<(), Failure>, DriverError> {
        let limit = session.timeouts.call_ms.map_or(LIMIT, Duration::from_millis);
        let client = session.client.as_ref().ok_or_else(|| lacks("a client certificate"))?;
        let identity = Identity {
            authority: session.ca.as_ref().map(|ca| secret(&session, ca, "tls.crt")).transpose()?,
            certificate: secret(&session, client, "tls.crt")?,
            key: secret(&session, client, "tls.key")?,
        };
        match Client::new(&identity, limit) {
            Ok(client) => {
                self.sessions.lock().unwrap().insert(id, (client, session.endpoints));
                Ok(Ok(()))
            }
            Err(error) => Ok(Err(failure(&error))),
        }
    }

    async fn secrets(&self, _: u64, _: Vec<Secret>) -> Result<(), DriverError> {
        Err(DriverError("this client never looks its certificate up again".to_owned()))
    }

    async fn advance(&self, _: u64, _: u64) -> Result<(), DriverError> {
        Err(DriverError("this client has no clock".to_owned()))
    }

    async fn call(&self, call: Call) -> Result<Outcome, DriverError> {
        let (client, endpoints) = self
            .sessions
            .lock()
            .unwrap()
            .get(&call.session)
            .cloned()
            .ok_or_else(|| DriverError(format!("session {} is not open", call.session)))?;
        if call.client == ClientKind::Controller {
            return Ok(Outcome::Unsupported { reason: "there is no controller client".to_owned() });
        }
        let Some(principal) = &call.context.principal else {
            return Ok(Outcome::Error(without_principal()));
        };
        let address = match call.operation {
            Operation::ProjectsList => {
                let organization = call.arguments.get("organization").and_then(Value::as_str);
                let base = endpoints.identity.trim_end_matches('/');
                format!("{base}/api/v1/organizations/{}/projects", organization.unwrap_or_default())
            }
            Operation::NetworksList if call.arguments.is_empty() => {
                format!("{}/api/v2/networks", endpoints.region.trim_end_matches('/'))
            }
            Operation::NetworksList => {
                return Ok(Outcome::Unsupported { reason: "networks cannot be filtered".to_owned() });
            }
            _ => return Ok(Outcome::Unsupported { reason: "there is no such operation".to_owned() }),
        };
        let principal = serde_json::to_string(principal).expect("a principal is JSON");
        Ok(match client.list(&address, &principal, call.context.traceparent.as_deref()).await {
            Ok(items) => Outcome::Ok { value: Value::Array(items), resource: None },
            Err(error) => Outcome::Error(failure(&error)),
        })
    }

    async fn cancel(&self, _: u64) -> Result<(), DriverError> {
        Err(DriverError("a call cannot be cancelled".to_owned()))
    }

    async fn close(&self, id: u64) -> Result<(), DriverError> {
        self.sessions.lock().unwrap().remove(&id);
        Ok(())
    }
}

/// A key of a secret, as the platform keeps it.
fn secret(session: &Session, name: &SecretName, key: &str) -> Result<String, DriverError> {
    let mut secrets = session.secrets.iter();
    secrets
        .find(|secret| secret.namespace == name.namespace && secret.name == name.name)
        .and_then(|secret| secret.data.get(key).cloned())
        .ok_or_else(|| lacks(&format!("`{key}` of the secret `{}`", name.name)))
}

fn lacks(what: &str) -> DriverError {
    DriverError(format!("this client cannot do without {what}"))
}

fn failure(error: &Error) -> Failure {
    let mut failure = plain(class(error), error.to_string());
    match error {
        Error::Refused { status, code, description, trace } => {
            failure.status = Some(*status);
            failure.code = Some(code.clone());
            failure.description = Some(description.clone());
            failure.trace_id = trace.clone();
        }
        Error::Status { status, body, retry_after } => {
            failure.status = Some(*status);
            failure.body = Some(body.clone());
            failure.retry_after = retry_after.clone();
        }
        Error::Malformed { status, body, .. } => {
            failure.status = Some(*status);
            failure.body = Some(body.clone());
        }
        Error::TooLarge { status } => failure.status = Some(*status),
        _ => {}
    }
    failure
}

fn class(error: &Error) -> ErrorClass {
    match error {
        Error::Identity(_) => ErrorClass::SecretFormat,
        Error::Request(_) => ErrorClass::InvalidArgument,
        Error::Connect(_) => ErrorClass::Connect,
        Error::Untrusted(_) => ErrorClass::ServerUntrusted,
        Error::Tls(_) => ErrorClass::Tls,
        Error::Lost(_) => ErrorClass::ConnectionLost,
        Error::Protocol(_) => ErrorClass::Protocol,
        Error::Timeout(_) => ErrorClass::Timeout,
        Error::Refused { .. } => ErrorClass::Api,
        Error::Status { status: 301 | 302 | 303 | 307 | 308, .. } => ErrorClass::Redirect,
        Error::Status { .. } => ErrorClass::UnexpectedStatus,
        Error::TooLarge { .. } => ErrorClass::TooLarge,
        Error::Malformed { .. } => ErrorClass::MalformedAnswer,
    }
}

fn without_principal() -> Failure {
    plain(ErrorClass::NoPrincipal, "the context holds no principal".to_owned())
}

fn plain(class: ErrorClass, message: String) -> Failure {
    Failure {
        class,
        status: None,
        code: None,
        description: None,
        trace_id: None,
        retry_after: None,
        body: None,
        message,
        resource: None,
    }
}
