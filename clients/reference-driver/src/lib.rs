//! Makes the [reference client](plumbline_reference) act for Plumbline.
//!
//! [`ReferenceDriver`] is the driver; the binary of the same name speaks the protocol on its standard streams. It is
//! also an example of a driver: `session` builds the clients, `arguments` and `perform` make the calls, `failure`
//! says what came of them.

mod arguments;
mod context;
mod failure;
mod perform;
mod session;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use plumbline_protocol::{
    Call, Capability, Driver, DriverError, Failure, Hello, Operation, Outcome, Secret, Session, VERSION,
};
use plumbline_reference::{Parts, Platform, Settings};
use tokio_util::sync::CancellationToken;

use crate::session::Clients;

/// What the clients of a session are assembled from.
pub struct Assembly {
    /// Addresses, secrets' names, limits.
    pub settings: Settings,
    /// Secrets and time.
    pub platform: Platform,
    /// Everything else.
    pub parts: Parts,
}

/// Has a say in what the clients of a session are assembled from.
pub type Assemble = dyn Fn(Assembly) -> Assembly + Send + Sync;

/// The reference client under test. It holds any number of sessions, and any number of calls in each.
pub struct ReferenceDriver {
    assemble: Box<Assemble>,
    sessions: Mutex<BTreeMap<u64, Arc<Clients>>>,
    calls: Mutex<BTreeMap<u64, CancellationToken>>,
}

impl ReferenceDriver {
    /// A driver without sessions.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Box::new(|usual| usual))
    }

    /// A driver without sessions, whose clients are assembled differently: from the usual parts to others.
    #[must_use]
    pub fn with(assemble: Box<Assemble>) -> Self {
        Self { assemble, sessions: Mutex::default(), calls: Mutex::default() }
    }

    fn session(&self, id: u64) -> Result<Arc<Clients>, DriverError> {
        lock(&self.sessions).get(&id).cloned().ok_or_else(|| no_session(id))
    }
}

impl Default for ReferenceDriver {
    fn default() -> Self {
        Self::new()
    }
}

impl Driver for ReferenceDriver {
    fn hello(&self) -> Hello {
        Hello {
            versions: vec![VERSION],
            name: "plumbline-reference".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            language: "Rust".to_owned(),
            capabilities: CAPABILITIES.to_vec(),
            operations: OPERATIONS.to_vec(),
            concurrency: 256,
        }
    }

    fn reads_files(&self) -> bool {
        false
    }

    async fn open(&self, id: u64, session: Session) -> Result<Result<(), Failure>, DriverError> {
        match Box::pin(Clients::open(session, &*self.assemble)).await {
            Ok(clients) => {
                lock(&self.sessions).insert(id, Arc::new(clients));
                Ok(Ok(()))
            }
            Err(error) => Ok(Err(failure::failure(&error, None))),
        }
    }

    async fn secrets(&self, id: u64, secrets: Vec<Secret>) -> Result<(), DriverError> {
        self.session(id)?.replace_secrets(secrets);
        Ok(())
    }

    async fn advance(&self, id: u64, seconds: u64) -> Result<(), DriverError> {
        self.session(id)?.clock.advance(Duration::from_secs(seconds));
        Ok(())
    }

    async fn call(&self, call: Call) -> Result<Outcome, DriverError> {
        let session = self.session(call.session)?;
        let in_flight = InFlight::begin(&self.calls, call.id);
        let cancelled = in_flight.token.clone();
        let performed = cancelled.run_until_cancelled(Box::pin(perform::perform(&session.set, call))).await;
        Ok(performed.unwrap_or(Outcome::Cancelled))
    }

    async fn cancel(&self, call: u64) -> Result<(), DriverError> {
        // A call that has ended meanwhile is no mistake of anybody's.
        if let Some(token) = lock(&self.calls).get(&call) {
            token.cancel();
        }
        Ok(())
    }

    async fn close(&self, id: u64) -> Result<(), DriverError> {
        let session = lock(&self.sessions).remove(&id).ok_or_else(|| no_session(id))?;
        session.set.close().await;
        Ok(())
    }
}

/// A call that can be cancelled as long as this lives.
struct InFlight<'a> {
    calls: &'a Mutex<BTreeMap<u64, CancellationToken>>,
    id: u64,
    token: CancellationToken,
}

impl<'a> InFlight<'a> {
    fn begin(calls: &'a Mutex<BTreeMap<u64, CancellationToken>>, id: u64) -> Self {
        let token = CancellationToken::new();
        lock(calls).insert(id, token.clone());
        Self { calls, id, token }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        lock(self.calls).remove(&self.id);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no holder of this lock panics")
}

fn no_session(id: u64) -> DriverError {
    DriverError(format!("there is no session {id}"))
}

/// All of them.
const CAPABILITIES: &[Capability] = &[
    Capability::ApiClient,
    Capability::ControllerClient,
    Capability::TraceContext,
    Capability::CertificatePropagation,
    Capability::Impersonation,
    Capability::PlatformSecrets,
    Capability::AnonymousTls,
    Capability::Reload,
    Capability::Clock,
    Capability::CallTimeout,
    Capability::Cancel,
    Capability::Concurrent,
];

/// All of them.
const OPERATIONS: &[Operation] = &[
    Operation::OrganizationsList,
    Operation::OrganizationsCreate,
    Operation::OrganizationsRead,
    Operation::OrganizationsUpdate,
    Operation::OrganizationsDelete,
    Operation::ProjectsList,
    Operation::ProjectsCreate,
    Operation::ProjectsRead,
    Operation::ProjectsUpdate,
    Operation::ProjectsDelete,
    Operation::QuotasRead,
    Operation::QuotasUpdate,
    Operation::AllocationsCreate,
    Operation::AllocationsRead,
    Operation::AllocationsUpdate,
    Operation::AllocationsDelete,
    Operation::ProjectReferencesAdd,
    Operation::ProjectReferencesRemove,
    Operation::NetworksList,
    Operation::NetworksCreate,
    Operation::NetworksRead,
    Operation::NetworksUpdate,
    Operation::NetworksDelete,
    Operation::NetworkReferencesAdd,
    Operation::NetworkReferencesRemove,
];
