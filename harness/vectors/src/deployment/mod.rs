//! A running deployment as a target: any server, of which nothing is known but where it is and what its description
//! says.
//!
//! Begin with [`Description`], which a person writes or `plumbline serve` does, then [`Deployment::open`]. What cannot be
//! played there is told vector by vector, with the reason; nobody is asked for it.

mod description;
mod door;
mod playable;
mod route;
mod spelling;
mod translation;

use std::cell::Cell;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;

pub use description::{Description, DescriptionError};
pub use door::{Door, DoorError};
pub use translation::{Ambiguous, Translation};

use crate::book::{BookError, Line};
use crate::message::Hop;
use crate::scope::Scope;
use crate::target::{Answer, Response, Seen, Target, TargetError, Turn, World};
use crate::tls::{Clients, TlsClientError};
use crate::vector::{Request, Service, Vector};
use crate::{Keyring, wire};
use playable::Plan;

/// How long an answer may take: whoever is slower than this hangs.
const DEADLINE: Duration = Duration::from_secs(60);

/// After so many vectors in a row that could not be asked, nobody is there any more.
const PATIENCE: u32 = 5;

/// What may be done to a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// Nothing is sent but what only reads: GET, HEAD, OPTIONS.
    Refused,
    /// Anything that was recorded.
    Allowed,
}

/// Where a deployment is, and what may be done to it.
#[derive(Debug, Clone)]
pub struct Access {
    /// The identity service.
    pub identity: Address,
    /// The region service; none: there is none, or none to be asked.
    pub region: Option<Address>,
    /// What restores its world; none: nothing does.
    pub door: Option<Door>,
    /// Whether anything may be changed.
    pub writes: Writes,
}

/// Where a service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
}

/// A text that is no service's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address of a service: expected `https://HOST` or `https://HOST:PORT`")]
pub struct AddressError(String);

impl std::str::FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let error = || AddressError(text.to_owned());
        let (host, port) = authority(text, "https://", 443).ok_or_else(error)?;
        Ok(Self { host, port })
    }
}

/// Host and port of a URL of that scheme, which has no path but `/`.
fn authority(text: &str, scheme: &str, default: u16) -> Option<(String, u16)> {
    let rest = text.strip_prefix(scheme)?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
        _ => (rest, default),
    };
    let plain = !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']);
    plain.then(|| (host.trim_matches(['[', ']']).to_owned(), port))
}

/// Why a deployment cannot be asked anything.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its description cannot be used.
    #[error(transparent)]
    Description(#[from] DescriptionError),
    /// Its texts cannot be told apart.
    #[error("read what plays which part")]
    Translation(#[from] Ambiguous),
    /// Clients cannot be made of its credentials.
    #[error("make clients of the described credentials")]
    Clients(#[from] TlsClientError),
    /// The recordings cannot be read.
    #[error("read the recorded vectors")]
    Book(#[from] BookError),
}

/// A deployment that is held to the recordings.
pub struct Deployment {
    access: Access,
    hosts: [String; 2],
    clients: Clients,
    keyring: Keyring,
    translation: Translation,
    plan: Plan,
}

impl Deployment {
    /// Makes ready to play these lines; asks nobody anything yet.
    ///
    /// # Errors
    ///
    /// When the description's files cannot be read, or what it says contradicts itself.
    pub fn open(description: &Description, access: Access, lines: &[Line<'_>]) -> Result<Self, OpenError> {
        let hosts = [Service::Identity, Service::Region].map(|service| host(description, &access, service));
        let translation = description.translation(&hosts)?;
        let (clients, keyring) = (description.clients()?, description.keyring()?);
        let plan = Plan::new(description, &access, lines)?;
        Ok(Self { access, hosts, clients, keyring, translation, plan })
    }

    /// The credentials that the description brings.
    #[must_use]
    pub fn credentials(&self) -> &Keyring {
        &self.keyring
    }

    /// Connects once to each service, and restores the world if there is a door for it: whoever is not there is not held
    /// to anything.
    ///
    /// # Errors
    ///
    /// When a service cannot be connected to, or the door does not open.
    pub fn knock(&self) -> Result<(), TargetError> {
        let runtime = runtime()?;
        for service in [Service::Identity, Service::Region] {
            if self.address(service).is_some() {
                runtime.block_on(async { timeout(DEADLINE, self.connect(service, None)).await })??;
            }
        }
        self.restore(&runtime)
    }

    fn restore(&self, runtime: &Runtime) -> Result<(), TargetError> {
        if let Some(door) = &self.access.door {
            runtime.block_on(async { timeout(DEADLINE, door.reset()).await })??;
        }
        Ok(())
    }

    fn address(&self, service: Service) -> Option<&Address> {
        match service {
            Service::Identity => Some(&self.access.identity),
            Service::Region => self.access.region.as_ref(),
        }
    }

    async fn connect(
        &self,
        service: Service,
        peer: Option<&str>,
    ) -> Result<crate::tls::Connection, TargetError> {
        let address = self.address(service).ok_or("there is no region service")?;
        let stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
        stream.set_nodelay(true)?;
        Ok(self.clients.connect(peer, &address.host, stream).await?)
    }

    async fn exchange(&self, turn: &Turn<'_>) -> Result<Answer, TargetError> {
        let mut message = turn.message.clone();
        let recorded = turn.service.host();
        let there = &self.hosts[index(turn.service)];
        for (name, value) in &mut message.headers {
            if name.eq_ignore_ascii_case("Host") && value == recorded {
                value.clone_from(there);
            }
        }
        let mut stream = self.connect(turn.service, turn.peer).await?;
        Ok(wire::exchange(&mut stream, &message).await?)
    }

    fn translated(&self, answer: Answer) -> Answer {
        match answer {
            Answer::Aborted => Answer::Aborted,
            Answer::Response(Response { status, headers, body }) => {
                let headers = headers
                    .into_iter()
                    .map(|(name, value)| (name, self.translation.recorded(&value)))
                    .collect();
                let body = match std::str::from_utf8(&body) {
                    Ok(text) => self.translation.recorded(text).into(),
                    Err(_) => body,
                };
                Answer::Response(Response { status, headers, body })
            }
        }
    }
}

/// The name that a service is called by there.
fn host(description: &Description, access: &Access, service: Service) -> String {
    let address = match service {
        Service::Identity => Some(&access.identity),
        Service::Region => access.region.as_ref(),
    };
    let address = address.map(|address| match address.port {
        443 => address.host.clone(),
        port => format!("{}:{port}", address.host),
    });
    let told = description.host(service).map(str::to_owned);
    told.or(address).unwrap_or_else(|| service.host().to_owned())
}

fn index(service: Service) -> usize {
    match service {
        Service::Identity => 0,
        Service::Region => 1,
    }
}

fn runtime() -> Result<Runtime, TargetError> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

thread_local! {
    /// How many vectors in a row could not be asked.
    static UNASKED: Cell<u32> = const { Cell::new(0) };
}

impl<'t> Target for &'t Deployment {
    type World = There<'t>;

    fn scope(&self, vector: &Vector) -> Scope {
        self.plan.scope(&vector.id)
    }

    fn world(&self, _: &Vector) -> Result<There<'t>, TargetError> {
        if UNASKED.get() >= PATIENCE {
            return Err(format!("not asked: the {PATIENCE} before it could not be").into());
        }
        // Taken back once there is an answer.
        UNASKED.set(UNASKED.get() + 1);
        let runtime = runtime()?;
        self.restore(&runtime)?;
        Ok(There { deployment: self, runtime })
    }
}

/// A deployment in the course of one vector.
pub struct There<'t> {
    deployment: &'t Deployment,
    runtime: Runtime,
}

impl World for There<'_> {
    fn hop(&self) -> Hop {
        Hop::Ingress
    }

    fn request(&self, request: &Request) -> Request {
        self.deployment.translation.request(request)
    }

    fn ask(&mut self, turn: &Turn<'_>) -> Result<Seen, TargetError> {
        let asked = async { timeout(DEADLINE, self.deployment.exchange(turn)).await };
        let answer = self.runtime.block_on(asked)??;
        UNASKED.set(0);
        Ok(Seen { answer: self.deployment.translated(answer), state: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(text: &str, host: &str, port: u16) {
        assert_eq!(text.parse(), Ok(Address { host: host.to_owned(), port }));
    }

    #[test]
    fn an_address_is_a_host_and_maybe_a_port() {
        reads("https://identity.example.test", "identity.example.test", 443);
        reads("https://localhost:8443/", "localhost", 8443);
        reads("https://[::1]:8443", "::1", 8443);
        for text in ["http://localhost", "https://", "https://a/b", "https://a:b", "localhost", "https://a@b"]
        {
            assert_eq!(text.parse::<Address>(), Err(AddressError(text.to_owned())));
        }
    }
}
