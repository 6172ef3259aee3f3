//! The fake as a program: starts, says where it is and where its credentials are, and stops when told.

mod credentials;
mod description;
mod door;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::contract::Contract;
use crate::deviation::Deviation;
use crate::engine::{Options, Remembered, Undeclared};
use crate::exchange::Service;
use crate::ingress::{ClientCertificates, TlsSetup};
use crate::pki::{Leaf, Pki, PkiError};
use crate::repaired::Defects;
use crate::server::{FakeServer, Ports, Setup, StartError};
use crate::token::UnknownToken;
use crate::world::{World, WorldError};
use credentials::Folder;
use door::Door;

/// How to serve; also command-line arguments.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeOptions {
    /// Address to listen on; anything but loopback opens the fake to others
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub address: IpAddr,
    /// Port of the identity service; 0: any free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub identity_port: u16,
    /// Port of the region service; 0: any free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub region_port: u16,
    /// Where ids come from: the same seed and requests give the same ones
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// World to begin with, a JSON file; without it, the recorded one
    #[arg(long, value_name = "FILE")]
    pub world: Option<PathBuf>,
    /// What is done about client certificates
    #[arg(long, value_enum, value_name = "HOW", default_value_t = ClientCertificates::Optional)]
    pub client_certificates: ClientCertificates,
    /// What becomes of an answer that the API document does not declare
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Undeclared::Abort)]
    pub undeclared: Undeclared,
    /// What the services promise
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = Contract::Published)]
    pub contract: Contract,
    /// Serves the contract without the known defects of the services
    #[arg(long, conflicts_with = "deviate")]
    pub repaired: bool,
    /// Folder to write certificates and keys into; without it, a new one among the temporary files
    #[arg(long, value_name = "FOLDER")]
    pub credentials: Option<PathBuf>,
    /// Differs from the recordings in one rule, for those who look for differences
    #[arg(long, value_enum, value_name = "RULE")]
    pub deviate: Option<Deviation>,
    /// Opens a door on loopback: a POST there restores the world that the fake began with
    #[arg(long)]
    pub reset: bool,
    /// File to write everything that happened into, as JSON, when told to stop
    #[arg(long, value_name = "FILE")]
    pub recording: Option<PathBuf>,
}

/// The fake could not be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The world's file cannot be opened.
    #[error("open the world {path}")]
    OpenWorld {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It holds no world.
    #[error("read the world {path}")]
    ReadWorld {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: WorldError,
    },
    /// Certificates could not be made.
    #[error("make certificates")]
    Pki(#[from] PkiError),
    /// A token of the world cannot be made.
    #[error("make the world's tokens")]
    Token(#[from] UnknownToken),
    /// Credentials could not be written.
    #[error("write {path}")]
    Write {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The listeners could not be started.
    #[error("start the fake")]
    Start(#[from] StartError),
    /// The door could not be opened.
    #[error("open a door to restore the world")]
    Door(#[source] io::Error),
    /// The line that says where it is could not be written.
    #[error("announce the endpoints")]
    Announce(#[source] io::Error),
    /// Signals could not be waited for.
    #[error("wait for a signal to stop")]
    Signal(#[source] io::Error),
}

/// What is announced, as one line of JSON, once connections are accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Announcement {
    /// The identity service's base address.
    pub identity: String,
    /// The region service's base address.
    pub region: String,
    /// The file with the authority to trust, PEM.
    pub ca: PathBuf,
    /// Files of the client credentials, by role.
    pub credentials: BTreeMap<String, CredentialFiles>,
    /// The file that describes this deployment to `plumbline verify`.
    pub deployment: PathBuf,
    /// Where a POST restores the world; none: nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<String>,
}

/// The files of one credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CredentialFiles {
    /// The certificate, PEM.
    pub certificate: PathBuf,
    /// The private key, PKCS #8 PEM, for its owner's eyes only.
    pub key: PathBuf,
}

/// Serves until SIGTERM or SIGINT: announces itself in one line on `out`, and removes its credentials in the end.
///
/// # Errors
///
/// When it cannot start, say so, or write what it was told to.
pub async fn serve(options: &ServeOptions, out: &mut (dyn Write + Send)) -> Result<(), ServeError> {
    // Listening for signals begins first: a caller may stop the fake as soon as it sees the line.
    let mut signals = Signals::listen().map_err(ServeError::Signal)?;
    let world = world(options.world.as_deref())?;
    let pki = Pki::of(&world)?;
    pki.warm()?;
    let mut folder = Folder::create(options.credentials.as_deref())?;
    let (ca, credentials) = folder.write(&pki)?;
    let tokens = folder.write_tokens(&world, &pki)?;
    let deployment = folder.describe(&description::text(&world, &credentials, &tokens))?;
    let door = if options.reset { Some(Door::open().await.map_err(ServeError::Door)?) } else { None };
    let server = FakeServer::start(setup(options, pki, world)).await?;
    let announcement = Announcement {
        identity: server.endpoint(Service::Identity),
        region: server.endpoint(Service::Region),
        ca,
        credentials,
        deployment,
        reset: door.as_ref().map(Door::url),
    };
    announce(&announcement, out).map_err(ServeError::Announce)?;
    tokio::select! {
        () = signals.stop() => {}
        () = answer_door(door.as_ref(), &server) => {}
    }
    let recording = server.finish().await;
    match &options.recording {
        Some(path) => write(path, &serde_json::to_vec_pretty(&recording).expect("a recording is JSON")),
        None => Ok(()),
    }
}

/// Never ends.
async fn answer_door(door: Option<&Door>, server: &FakeServer) {
    match door {
        Some(door) => door.answer(server).await,
        None => std::future::pending().await,
    }
}

fn world(path: Option<&Path>) -> Result<Arc<World>, ServeError> {
    let Some(path) = path else { return Ok(World::shared()) };
    let text =
        fs::read_to_string(path).map_err(|source| ServeError::OpenWorld { path: path.to_owned(), source })?;
    let world =
        World::parse(&text).map_err(|source| ServeError::ReadWorld { path: path.to_owned(), source })?;
    Ok(Arc::new(world))
}

fn setup(options: &ServeOptions, pki: Arc<Pki>, world: Arc<World>) -> Setup {
    let mut certificate = Leaf::server();
    if !options.address.is_loopback() && !options.address.is_unspecified() {
        certificate.names.push(options.address.to_string());
    }
    let tls = TlsSetup { certificate, clients: options.client_certificates, ..TlsSetup::default() };
    Setup {
        pki,
        world,
        options: Options {
            seed: options.seed,
            undeclared: options.undeclared,
            contract: options.contract,
            deviation: options.deviate,
            defects: if options.repaired { Defects::Repaired } else { Defects::Kept },
            remembered: Remembered::default(),
        },
        identity: tls.clone(),
        region: tls,
        address: options.address,
        ports: Ports { identity: options.identity_port, region: options.region_port },
    }
}

fn announce(announcement: &Announcement, out: &mut dyn Write) -> io::Result<()> {
    // In one write, so that a reader that does not wait for the end of the line has it nevertheless.
    let line = serde_json::to_string(announcement)? + "\n";
    out.write_all(line.as_bytes())?;
    out.flush()
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ServeError> {
    fs::write(path, bytes).map_err(|source| ServeError::Write { path: path.to_owned(), source })
}

/// What tells a program to stop.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    async fn stop(&mut self) {
        // Without a console there is nobody to interrupt; the process then ends by being killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
