//! Plays scenarios: a fresh pair of listeners and a fresh session of the client for each case, step by step.

mod calls;
mod canonical;
mod credentials;
mod desk;
mod disturb;
mod faulted;
mod faults;
mod listener;
mod middle;
mod sequence;
mod serving;
mod step;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use plumbline_fake_server::engine::Options;
use plumbline_fake_server::exchange::Service;
use plumbline_fake_server::record::{Connection, Exchange, Recording};
use plumbline_fake_server::server::Mark;
use plumbline_fake_server::{FakeServer, Setup};
use plumbline_protocol::{Driver, Endpoints, Failure, Resource, Secret, Session, Timeouts};
use tokio::net::TcpSocket;

pub(crate) use self::disturb::means;
pub(crate) use self::faulted::rehearse;
pub use self::faulted::{FaultCase, Rehearsal};
pub(crate) use self::sequence::{Mishap, Performed, perform as perform_sequence};

use self::canonical::Numbers;
use self::credentials::{Identity, write};
use crate::case::{Case, Finding, Told};
use crate::check::standing;
use crate::plan::{Needs, ScenarioCase};
use crate::run::{Bench, Performance, Playable, Trouble};
use crate::scenario::setup::ClientSetup;
use crate::scenario::step::Step;
use crate::scenario::words::Address;
use crate::stage;

/// How long to wait for what a driver or the servers do on their own. Nobody who is well needs a tenth of it.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a call may wait for an answer that never comes before it counts as having no limit.
const LIMIT: Duration = Duration::from_secs(10);

/// How long connections may take to open or close as expected, once whoever does it was told to.
const SETTLING: Duration = Duration::from_secs(1);

impl Playable for ScenarioCase {
    fn case(&self) -> &Case {
        &self.case
    }

    fn needs(&self) -> &Needs {
        &self.needs
    }

    async fn play<D: Driver>(&self, bench: &Bench<D>) -> Result<Performance, Trouble> {
        let mut play = Play::start(self, bench).await?;
        let played = Box::pin(play.run()).await;
        let said = play.said();
        match played {
            Ok(()) => Ok(Performance { said, ..play.finish().await }),
            Err(trouble) => Err(Trouble { said, ..trouble }),
        }
    }
}

/// A case that is being played.
struct Play<'a, D> {
    planned: &'a ScenarioCase,
    bench: &'a Bench<D>,
    server: FakeServer,
    /// Bound, so that nobody else can listen there.
    silent: (TcpSocket, u16),
    /// Where the client finds its secrets as files, if it reads files.
    folder: Option<tempfile::TempDir>,
    /// What the client's secrets are made from at the moment.
    identity: Identity,
    /// All that the client was told so far.
    client: ClientSetup,
    session: Option<OpenSession>,
    /// Every session there was.
    sessions: Vec<u64>,
    numbers: Numbers,
    /// Exchanges so far, in canonical order.
    exchanges: Vec<Exchange>,
    /// Connections so far, as they were when they were new.
    connections: Vec<Connection>,
    /// What the client made of each call so far.
    told: Vec<Told>,
    created: Vec<String>,
    left: Option<Resource>,
    /// In a sequence, every resource as it is persisted, by its name.
    persisted: BTreeMap<String, Resource>,
    findings: Vec<Finding>,
    lacks: Option<String>,
    /// Whether it is about what goes wrong, or is rehearsed for that: then the scenario's expectations do not hold.
    is_faulted: bool,
    /// Where lifecycles persist their resources.
    desk: desk::Desk,
    /// How often the session was made to crash and not opened again yet.
    crashes: Arc<AtomicU64>,
    /// Faults in force beside those of the scenario.
    armed: Vec<disturb::Armed>,
    /// What began before was seen.
    seen_until: Mark,
    /// The service between a client of its own and the platform, once a step needs it.
    middle: Option<middle::Middle>,
    /// By how much the clocks were moved.
    advanced: Duration,
}

/// A session of the client.
struct OpenSession {
    id: u64,
    /// Its own error, when the client could not be built.
    refused: Option<Failure>,
}

impl<'a, D: Driver> Play<'a, D> {
    async fn start(planned: &'a ScenarioCase, bench: &'a Bench<D>) -> Result<Self, Trouble> {
        let scenario = &planned.scenario;
        let called = called(planned);
        let setup = Setup {
            world: stage::world(),
            options: Options {
                seed: bench.seed(),
                contract: planned.served(),
                defects: planned.defects,
                ..Options::default()
            },
            identity: listener::listener(&scenario.setup.server, Service::Identity, called),
            region: listener::listener(&scenario.setup.server, Service::Region, called),
            ..Setup::new(bench.pki().clone())
        };
        let (pki, leaves) =
            (Arc::clone(bench.pki()), [setup.identity.certificate.clone(), setup.region.certificate.clone()]);
        off_thread("issue certificates", move || {
            leaves.iter().try_for_each(|leaf| pki.issue(leaf).map(drop))
        })
        .await?;
        let server = FakeServer::start(setup).await.map_err(|e| Trouble::with("start the servers", &e))?;
        let usual = Identity::usual(planned.key, &planned.fixtures);
        Ok(Self {
            planned,
            bench,
            server,
            silent: silent_port().map_err(|e| Trouble::with("bind a port where nothing listens", &e))?,
            folder: folder(bench.driver().as_ref())?,
            identity: usual.changed(&scenario.setup.client, &planned.fixtures),
            client: scenario.setup.client.clone(),
            session: None,
            sessions: Vec::new(),
            numbers: Numbers::default(),
            exchanges: Vec::new(),
            connections: Vec::new(),
            told: Vec::new(),
            created: Vec::new(),
            left: None,
            persisted: BTreeMap::new(),
            findings: Vec::new(),
            lacks: None,
            is_faulted: false,
            desk: desk::Desk::default(),
            crashes: Arc::default(),
            armed: Vec::new(),
            seen_until: Mark::default(),
            middle: None,
            advanced: Duration::ZERO,
        })
    }

    async fn run(&mut self) -> Result<(), Trouble> {
        self.open().await?;
        for step in &self.planned.scenario.steps {
            self.step(step).await?;
            if self.lacks.is_some() {
                break;
            }
        }
        self.close().await?;
        self.nothing_left().await
    }

    async fn open(&mut self) -> Result<(), Trouble> {
        let secrets = self.secrets().await?;
        let session = Session {
            endpoints: Endpoints {
                identity: self.base(Service::Identity),
                region: self.base(Service::Region),
            },
            secrets,
            ca: self.identity.ca_name(),
            client: self.identity.client_name(),
            reload_seconds: self.client.reload.as_ref().map(|at| at.value / 1_000),
            timeouts: Timeouts { call_ms: self.client.call_timeout.as_ref().map(|at| at.value) },
            directory: self.folder.as_ref().map(|folder| folder.path().to_string_lossy().into_owned()),
            now: u64::try_from(stage::world().epoch.as_second())
                .ok()
                .map(|now| now + self.advanced.as_secs()),
        };
        let id = self.bench.number();
        self.sessions.push(id);
        let opened = in_time("open a session", self.bench.driver().open(id, session)).await?;
        self.session = Some(OpenSession { id, refused: opened.err() });
        Ok(())
    }

    /// The client's secrets as they are now, and its files likewise.
    async fn secrets(&self) -> Result<Vec<Secret>, Trouble> {
        let (identity, pki) = (self.identity.clone(), Arc::clone(self.bench.pki()));
        let secrets = off_thread("issue certificates", move || identity.secrets(&pki)).await?;
        if let Some(folder) = &self.folder {
            write(&secrets, folder.path()).map_err(|e| Trouble::with("write secrets", &e))?;
        }
        Ok(secrets)
    }

    /// Closes the session, if one is open.
    async fn close(&mut self) -> Result<(), Trouble> {
        match self.session.take() {
            Some(OpenSession { id, refused: None }) => {
                in_time("close the session", self.bench.driver().close(id)).await
            }
            Some(OpenSession { refused: Some(_), .. }) | None => Ok(()),
        }
    }

    /// Puts another process in the place of one that crashed; it knows only what was persisted.
    async fn replace_crashed(&mut self) -> Result<(), Trouble> {
        self.session = None;
        self.crashes.store(0, Ordering::SeqCst);
        self.open().await
    }

    /// What the client said on the side, in all its sessions.
    fn said(&self) -> Vec<String> {
        self.sessions.iter().flat_map(|session| self.bench.driver().said(*session)).collect()
    }

    async fn nothing_left(&mut self) -> Result<(), Trouble> {
        let waived = self.planned.scenario.waives.iter().any(|at| at.value == standing::NOTHING_LEFT);
        if !waived && self.server.all_closed(LIMIT).await.is_err() {
            let left = self.server.open_connections();
            let message = format!("the client is closed, and {left} of its connections stay open");
            self.findings.push(Finding::new(standing::NOTHING_LEFT, message));
        }
        self.server.settled(PATIENCE).await.map_err(|e| Trouble::with("wait for the servers", &e))
    }

    async fn finish(self) -> Performance {
        let ports = self.ports();
        let Self { server, numbers, exchanges, told, findings, lacks, silent: (_, silent), .. } = self;
        let connections = numbers.connections(server.finish().await.connections);
        let recording = Recording { connections, exchanges };
        let performance = Performance { findings, recording, told, ports, lacks, ..Performance::default() };
        canonical::without_ports(performance, silent)
    }

    fn port(&self, service: Service) -> u16 {
        self.server.address(service).port()
    }

    fn ports(&self) -> BTreeMap<Service, u16> {
        [Service::Identity, Service::Region].map(|service| (service, self.port(service))).into()
    }

    /// The base address of a service, as the scenario has it written.
    fn base(&self, service: Service) -> String {
        let port = self.port(service);
        match self.client.address.as_ref().map_or(Address::Plain, |at| at.value) {
            Address::Plain => format!("https://localhost:{port}"),
            Address::TrailingSlash => format!("https://localhost:{port}/"),
            Address::Ip => format!("https://127.0.0.1:{port}"),
            Address::UpperCaseScheme => format!("HTTPS://localhost:{port}"),
            Address::NoScheme => format!("localhost:{port}"),
            Address::Empty => String::new(),
        }
    }
}

/// The service that a case calls: its axis, or else that of its first call.
fn called(planned: &ScenarioCase) -> Service {
    let mut calls = planned.scenario.steps.iter().filter_map(Step::call);
    let first = calls.next().map(|call| call.called.value.on(planned.api).service);
    planned.api.or(first).unwrap_or(Service::Identity)
}

fn folder(driver: &impl Driver) -> Result<Option<tempfile::TempDir>, Trouble> {
    let made = driver.reads_files().then(tempfile::tempdir).transpose();
    made.map_err(|e| Trouble::with("make a folder for secrets", &e))
}

fn silent_port() -> std::io::Result<(TcpSocket, u16)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let port = socket.local_addr()?.port();
    Ok((socket, port))
}

/// Does what takes long where nobody waits for the thread: an RSA key takes a second to make.
async fn off_thread<T: Send + 'static, E: std::fmt::Display + Send + 'static>(
    what: &str,
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Trouble> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|e| Trouble::with(what, &e))?;
    done.map_err(|e| Trouble::with(what, &e))
}

/// Waits for a driver, but not for ever.
async fn in_time<T, E: std::fmt::Display>(
    what: &str,
    future: impl Future<Output = Result<T, E>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Trouble::with(what, &error)),
        Err(_) => {
            let seconds = PATIENCE.as_secs();
            Err(Trouble::with(what, &format!("the driver had not answered after {seconds} seconds")))
        }
    }
}
