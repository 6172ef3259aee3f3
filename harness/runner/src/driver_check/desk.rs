//! What rules are tried with: the driver, a fake, secrets and a call that the driver says it can make.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use plumbline_fake_server::exchange::Service;
use plumbline_fake_server::pki::{Credential, PkiError, TrustAnchor};
use plumbline_fake_server::server::StartError;
use plumbline_fake_server::{FakeServer, Pki, Setup};
use plumbline_protocol::{
    Call, Capability, ClientKind, Context, Converge, Driver, DriverError, Endpoints, Failure, Goal, Hello,
    Lifecycle, Operation, Outcome, Secret, SecretName, Session, Timeouts,
};
use serde_json::Value;

use super::Ruling;
use crate::drive::{Limits, ProcessDriver};
use crate::scenario::operation::{self, Needs};
use crate::scenario::{self, Fixtures, LoadError};
use crate::stage;

/// The certificate that calls are made with.
const ROLE: &str = "consumer";
const NAMESPACE: &str = "platform";

/// The operations that rules are tried with, those that change nothing first.
const PREFERRED: [Operation; 8] = [
    Operation::ProjectsList,
    Operation::NetworksList,
    Operation::OrganizationsList,
    Operation::ProjectsRead,
    Operation::OrganizationsRead,
    Operation::QuotasRead,
    Operation::NetworksRead,
    Operation::ProjectReferencesAdd,
];

/// The fake could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// No certificates.
    #[error("make certificates")]
    Pki(#[from] PkiError),
    /// No listeners.
    #[error("start the fake")]
    Start(#[from] StartError),
    /// No fixtures.
    #[error("read the fixtures of the scenarios")]
    Fixtures(#[from] LoadError),
}

pub(super) struct Desk {
    pub(super) driver: ProcessDriver,
    pub(super) hello: Hello,
    pub(super) server: FakeServer,
    pub(super) limits: Limits,
    pki: Arc<Pki>,
    credential: Arc<Credential>,
    fixtures: Fixtures,
    last: u64,
    open: Vec<u64>,
    /// Whether a session was ever opened.
    pub(super) opens: bool,
    /// Every session since the last rule.
    opened: Vec<u64>,
}

impl Desk {
    pub(super) async fn set_up(driver: ProcessDriver, limits: Limits) -> Result<Self, SetupError> {
        let world = stage::world();
        let pki = Pki::of(&world)?;
        let credential = pki.credential(ROLE)?;
        let setup = Setup { world, ..Setup::new(Arc::clone(&pki)) };
        let server = FakeServer::start(setup).await?;
        let (_, fixtures) = scenario::embedded()?;
        let hello = driver.hello();
        let (open, opened) = (Vec::new(), Vec::new());
        Ok(Self {
            driver,
            hello,
            server,
            limits,
            pki,
            credential,
            fixtures,
            last: 0,
            open,
            opens: false,
            opened,
        })
    }

    /// Closes what a rule left open; hands over what the driver said meanwhile, and what went wrong in the end.
    pub(super) async fn tidy_up(&mut self) -> (Vec<String>, Option<String>) {
        let mut trouble = None;
        for session in std::mem::take(&mut self.open) {
            // A second answer, for one, is only noticed when more is asked.
            let closed = self.driver.close(session).await;
            trouble = trouble.or(closed.err().map(|error| error.0));
        }
        let opened = std::mem::take(&mut self.opened);
        (opened.into_iter().flat_map(|session| self.driver.said(session)).collect(), trouble)
    }

    pub(super) fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub(super) fn can(&self, capability: Capability) -> Result<(), Ruling> {
        let name = serde_json::to_string(&capability).unwrap_or_default().replace('"', "`");
        if self.hello.capabilities.contains(&capability) {
            Ok(())
        } else {
            Err(Ruling::NotTried(format!("the driver does not declare {name}")))
        }
    }

    /// What a session is opened with when nothing is to go wrong.
    pub(super) fn setup(&self) -> Session {
        let name = |name: &str| SecretName { namespace: NAMESPACE.to_owned(), name: name.to_owned() };
        Session {
            endpoints: Endpoints {
                identity: self.server.endpoint(Service::Identity),
                region: self.server.endpoint(Service::Region),
            },
            secrets: vec![self.authority(TrustAnchor::Platform), self.client()],
            ca: Some(name("ca")),
            client: Some(name("client")),
            reload_seconds: None,
            timeouts: Timeouts::default(),
            directory: None,
            now: None,
        }
    }

    pub(super) fn authority(&self, authority: TrustAnchor) -> Secret {
        let certificate = self.pki.authority_pem(authority).to_owned();
        secret("ca", BTreeMap::from([("tls.crt".to_owned(), certificate)]))
    }

    fn client(&self) -> Secret {
        let certificate = self.credential.certificate_pem().to_owned();
        let key = self.credential.private_key_pem();
        let data = [("tls.crt".to_owned(), certificate), ("tls.key".to_owned(), key)];
        secret("client", BTreeMap::from(data))
    }

    /// Opens a session; `Err` when the driver failed.
    pub(super) async fn try_open(&mut self, setup: Session) -> Result<(u64, Result<(), Failure>), Ruling> {
        let session = self.number();
        self.opened.push(session);
        let opened = self.driver.open(session, setup).await.map_err(failed)?;
        if opened.is_ok() {
            self.opens = true;
            self.open.push(session);
        }
        Ok((session, opened))
    }

    /// Opens a session that is not refused.
    pub(super) async fn open(&mut self, setup: Session) -> Result<u64, Ruling> {
        match self.try_open(setup).await? {
            (session, Ok(())) => Ok(session),
            (_, Err(failure)) => {
                Err(Ruling::Broken(format!("`open` was answered by `refused`: {}", failure.message)))
            }
        }
    }

    pub(super) async fn close(&mut self, session: u64) -> Result<(), Ruling> {
        self.forget(session);
        self.driver.close(session).await.map_err(failed)
    }

    /// A session is no longer there.
    pub(super) fn forget(&mut self, session: u64) {
        self.open.retain(|open| *open != session);
    }

    /// A lifecycle whose operations the driver says that it has.
    pub(super) fn lifecycle(&mut self, session: u64, goal: Goal) -> Result<Converge, Ruling> {
        let lifecycles = [
            (Lifecycle::ProjectReference, Operation::ProjectReferencesAdd, &[][..]),
            (Lifecycle::NetworkReference, Operation::NetworkReferencesAdd, &["network"][..]),
        ];
        let mut lifecycles = lifecycles.into_iter();
        let known = lifecycles.find(|(_, operation, _)| self.hello.operations.contains(operation));
        let (lifecycle, _, names) = known
            .ok_or_else(|| Ruling::NotTried("`hello` declares no operation on references".to_owned()))?;
        let arguments = names.iter().filter_map(|name| {
            let value = self.fixtures.arguments.get(*name)?;
            Some(((*name).to_owned(), self.fixtures.fill(value, &[])))
        });
        let arguments = arguments.collect();
        let resource = self.fixture("resources", &self.fixtures.resources, "cluster");
        let (context, id) = (Context::default(), self.number());
        Ok(Converge { id, session, lifecycle, goal, arguments, context, resource, attempts: 5 })
    }

    /// A call that the driver says it can make.
    pub(super) fn call(&mut self, session: u64) -> Result<Call, Ruling> {
        let operation = PREFERRED
            .into_iter()
            .find(|operation| self.hello.operations.contains(operation) && self.kind(*operation).is_some());
        let Some(operation) = operation else {
            return Err(Ruling::NotTried(
                "`hello` declares no client with an operation to try it with".to_owned(),
            ));
        };
        let known = operation::known(operation);
        let kind = self.kind(operation).expect("it was looked for");
        let wanted = known
            .arguments
            .iter()
            .filter_map(|name| self.fixtures.arguments.get(*name).map(|value| ((*name).to_owned(), value)));
        let arguments = wanted.map(|(name, value)| (name, self.fixtures.fill(value, &[]))).collect();
        let needs_resource = kind == ClientKind::Controller || known.resource == Needs::Resource;
        let resource = needs_resource.then(|| self.fixture("resources", &self.fixtures.resources, "cluster"));
        let principal =
            (kind == ClientKind::Api).then(|| self.fixture("principals", &self.fixtures.principals, "alice"));
        Ok(Call {
            id: self.number(),
            session,
            operation,
            client: kind,
            arguments,
            context: Context { principal, ..Context::default() },
            resource,
        })
    }

    fn kind(&self, operation: Operation) -> Option<ClientKind> {
        let has = |kind: &ClientKind| {
            self.hello.capabilities.contains(match kind {
                ClientKind::Api => &Capability::ApiClient,
                ClientKind::Controller => &Capability::ControllerClient,
            })
        };
        operation::known(operation).clients.iter().copied().find(has)
    }

    fn fixture<T: serde::de::DeserializeOwned>(
        &self,
        of: &str,
        from: &BTreeMap<String, Value>,
        name: &str,
    ) -> T {
        let value = from.get(name).unwrap_or_else(|| panic!("the scenarios' {of} have `{name}`"));
        serde_json::from_value(self.fixtures.fill(value, &[])).expect("lint refuses fixtures of another form")
    }

    /// Makes a call on an open session.
    pub(super) async fn make(&self, call: Call) -> Result<Outcome, Ruling> {
        self.driver.call(call).await.map_err(failed)
    }
}

/// The driver failed: that is what was seen.
pub(super) fn failed(error: DriverError) -> Ruling {
    Ruling::Broken(error.0)
}

/// So long a rule waits for what has to happen at the fake.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

fn secret(name: &str, data: BTreeMap<String, String>) -> Secret {
    let (namespace, name, kind) = (NAMESPACE.to_owned(), name.to_owned(), "kubernetes.io/tls".to_owned());
    Secret { namespace, name, kind, data }
}
