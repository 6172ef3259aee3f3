//! Makes the [reference client](plumbline_reference) act for Plumbline.
//!
//! [`ReferenceDriver`] is the driver; the binary of the same name speaks the protocol on its standard streams. It is
//! also an example of a driver: `session` builds the clients, `arguments` and `perform` make the calls, `lifecycle` runs
//! what controllers run with them, and `failure` says what came of it.

mod arguments;
mod context;
mod failure;
mod lifecycle;
mod perform;
mod session;
mod work;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use plumbline_protocol::{
    Call, Capability, Converge, Desk, Driver, DriverError, Failure, Hello, Operation, Outcome, Secret,
    Session, VERSION,
};
use plumbline_reference::{Parts, Platform, Settings};

pub use lifecycle::{Conduct, Step, Stop, Store, Storing, Task, Usual};

use crate::session::Clients;
use crate::work::{Body, Patience, Works};

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
    conduct: Arc<dyn Conduct>,
    sessions: Mutex<BTreeMap<u64, Arc<Clients>>>,
    works: Works,
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
        Self { assemble, conduct: Arc::new(Usual), sessions: Mutex::default(), works: Works::default() }
    }

    /// The same driver, whose lifecycles are conducted differently.
    #[must_use]
    pub fn conducted_by(self, conduct: Arc<dyn Conduct>) -> Self {
        Self { conduct, ..self }
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
        let names = (call.id, call.session);
        let begin = |patience: Patience| -> Body {
            Box::pin(async move {
                let resource = call.resource.clone();
                let performed = patience.wait_for(Box::pin(perform::perform(&session.set, call))).await;
                performed.unwrap_or_else(|| perform::given_up(session.limit, resource))
            })
        };
        self.works.run(names, begin).await
    }

    async fn cancel(&self, call: u64) -> Result<(), DriverError> {
        self.works.cancel(call);
        Ok(())
    }

    async fn close(&self, id: u64) -> Result<(), DriverError> {
        let session = lock(&self.sessions).remove(&id).ok_or_else(|| no_session(id))?;
        session.set.close().await;
        Ok(())
    }

    async fn converge(&self, converge: Converge, desk: impl Desk) -> Result<Outcome, DriverError> {
        let session = self.session(converge.session)?;
        let conduct = Arc::clone(&self.conduct);
        let names = (converge.id, converge.session);
        let begin = |patience: Patience| -> Body {
            Box::pin(lifecycle::converge(session, conduct, converge, (desk, patience)))
        };
        self.works.run(names, begin).await
    }

    async fn crash(&self, session: u64) -> Result<(), DriverError> {
        let clients = lock(&self.sessions).remove(&session).ok_or_else(|| no_session(session))?;
        self.works.crash(session);
        clients.set.abort().await;
        Ok(())
    }

    async fn give_up(&self, call: u64) -> Result<(), DriverError> {
        self.works.give_up(call);
        Ok(())
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
    Capability::Converge,
    Capability::Crash,
    Capability::GiveUp,
    Capability::VirtualWait,
    Capability::ReadsRequests,
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
    Operation::TokensExchange,
    Operation::TokensIssue,
    Operation::NetworksList,
    Operation::NetworksCreate,
    Operation::NetworksRead,
    Operation::NetworksUpdate,
    Operation::NetworksDelete,
    Operation::NetworkReferencesAdd,
    Operation::NetworkReferencesRemove,
];
