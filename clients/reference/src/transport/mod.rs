//! Connections: shared by every client that wants the same of them, encrypted, and presenting the certificate that
//! is current.
//!
//! # Rotation
//!
//! The client certificate is looked up again on a handshake once [`Reload::After`] has passed; when that fails the
//! old one stays, and the next handshake tries again. A connection that is open keeps what it presented.
//!
//! A signed principal is verified against the certificate of the connection it arrives on. So a request that is
//! signed reads its secret anew and travels on a connection that presents what it is signed with, if need be a new
//! one: a rotation is followed at once, and there is no time in between at which the two disagree.
//!
//! The authorities that servers are checked against are *not* looked up again: whom to trust changes when somebody
//! says so by building the clients anew, not when a secret is written to. To rotate an authority, put old and new
//! into the bundle first.
//!
//! # Sending again
//!
//! A request is sent once. Only when a connection that waited in the pool turns out to be closed *before a byte of
//! the request was written* does the request take another. Whatever may have reached the server is never sent
//! again here, whatever its verb: whoever called knows whether that is safe.

mod certificate;
mod connect;
mod failure;
mod identity;
mod pool;
mod socket;
mod tasks;

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::crypto::{CryptoProvider, aws_lc_rs};

use certificate::ClientCertificate;
use connect::Connector;
pub(crate) use failure::Failure;
pub(crate) use identity::Identity;
pub(crate) use pool::Presents;
use pool::{Connection, Pool};
pub(crate) use tasks::Tasks;

use crate::clock::Clock;
use crate::error::Error;
use crate::rest::Endpoint;
use crate::secrets::{SecretError, SecretName, SecretStore};
use crate::transport::identity::{roots_from_secret, system_roots};

/// An answer whose head is larger is not read.
const MOST_HEAD: usize = 1 << 20;

/// When the client certificate is looked up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reload {
    /// Never.
    Never,
    /// On the first handshake after this time.
    After(Duration),
}

impl Default for Reload {
    /// After a day, as all services of the platform do.
    fn default() -> Self {
        Self::After(Duration::from_secs(24 * 60 * 60))
    }
}

/// What connections are made with. Equal settings share one transport.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// The secret with the authorities that servers are checked against; none: those that the system trusts.
    pub authority: Option<SecretName>,
    /// The secret with the client's certificate and key; none, or one without a namespace or a name: no certificate.
    pub client: Option<SecretName>,
    /// When the client's secret is looked up again.
    pub reload: Reload,
}

/// What a transport asks of the world around it.
#[derive(Clone)]
pub struct Platform {
    /// Where secrets are kept.
    pub secrets: Arc<dyn SecretStore>,
    /// How time passes for reloads.
    pub clock: Arc<dyn Clock>,
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform").finish_non_exhaustive()
    }
}

/// The transports in use, one for each kind of settings.
pub(crate) struct Transports {
    platform: Platform,
    tasks: Tasks,
    open: Mutex<Vec<(TlsSettings, Arc<Transport>)>>,
}

impl Transports {
    pub(crate) fn new(platform: Platform) -> Self {
        Self { platform, tasks: Tasks::default(), open: Mutex::default() }
    }

    /// The transport with those settings, built when there is none yet.
    pub(crate) async fn transport(&self, settings: &TlsSettings) -> Result<Arc<Transport>, Error> {
        if let Some(open) = self.find(settings) {
            return Ok(open);
        }
        let built = Transport::build(&self.platform, settings, self.tasks.clone()).await?;
        let mut open = self.open.lock().expect("no holder of this lock panics");
        // Two may have built one at once: the first stays, and the other has no connection yet.
        if let Some((_, first)) = open.iter().find(|(its, _)| its == settings) {
            return Ok(Arc::clone(first));
        }
        let built = Arc::new(built);
        open.push((settings.clone(), Arc::clone(&built)));
        Ok(built)
    }

    /// Ends every call in flight, closes every connection and waits until they are gone.
    pub(crate) async fn close(&self) {
        self.tasks.refuse_new();
        let open = std::mem::take(&mut *self.open.lock().expect("no holder of this lock panics"));
        for (_, transport) in &open {
            transport.pool.clear();
        }
        self.tasks.finish().await;
    }

    fn find(&self, settings: &TlsSettings) -> Option<Arc<Transport>> {
        let open = self.open.lock().expect("no holder of this lock panics");
        open.iter().find(|(its, _)| its == settings).map(|(_, transport)| Arc::clone(transport))
    }
}

/// Sends requests over connections that it keeps.
pub(crate) struct Transport {
    connector: Connector,
    certificate: Option<ClientCertificate>,
    pool: Pool,
    tasks: Tasks,
}

/// What came back.
pub(crate) struct Received {
    pub(crate) head: http::response::Parts,
    pub(crate) body: Bytes,
    pub(crate) extent: Extent,
}

/// How much of a body was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it.
    Whole,
    /// Its beginning: it is larger than it may be.
    Beginning,
}

impl Transport {
    async fn build(platform: &Platform, settings: &TlsSettings, tasks: Tasks) -> Result<Self, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let roots = match &settings.authority {
            None => system_roots(),
            Some(name) => {
                let secret = read_secret(platform, name).await?;
                roots_from_secret(&secret)
                    .map_err(|source| Error::SecretFormat { secret: name.clone(), source })?
            }
        };
        let certificate = match &settings.client {
            Some(name) if !name.namespace.is_empty() && !name.name.is_empty() => {
                Some(Self::certificate(platform, &provider, name, settings.reload).await?)
            }
            Some(_) | None => None,
        };
        let connector = Connector { provider, roots: Arc::new(roots) };
        Ok(Self { connector, certificate, pool: Pool::default(), tasks })
    }

    async fn certificate(
        platform: &Platform,
        provider: &Arc<CryptoProvider>,
        name: &SecretName,
        reload: Reload,
    ) -> Result<ClientCertificate, Error> {
        ClientCertificate::load(platform.clone(), Arc::clone(provider), name.clone(), reload).await
    }

    /// Tells when no call may be made any more.
    pub(crate) fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// What signs a principal now, read anew, and the name of its secret.
    pub(crate) async fn signer(&self) -> Result<(Arc<Identity>, &SecretName), Error> {
        let certificate = self.certificate.as_ref().ok_or(Error::NoClientSecret)?;
        let identity = certificate.read_anew().await?;
        self.pool.keep_only(&[Arc::clone(&identity), certificate.presented()]);
        Ok((identity, certificate.name()))
    }

    /// Sends a request and reads the answer, of its body no more than `most_body` bytes.
    pub(crate) async fn exchange(
        &self,
        endpoint: &Endpoint,
        mut request: http::Request<Full<Bytes>>,
        presents: &Presents,
        most_body: usize,
    ) -> Result<Received, Failure> {
        loop {
            let (mut connection, origin) = self.connection(endpoint, presents).await?;
            match connection.sender.try_send_request(request).await {
                Ok(response) => return self.receive(connection, response, most_body).await,
                Err(mut error) => match (origin, error.take_message()) {
                    // Nothing of it was written: see "Sending again" above.
                    (Origin::Pool, Some(unsent)) => request = unsent,
                    (Origin::Pool | Origin::New, _) => {
                        return Err(Failure::before_body(error.into_error().into()));
                    }
                },
            }
        }
    }

    async fn connection(
        &self,
        endpoint: &Endpoint,
        presents: &Presents,
    ) -> Result<(Connection, Origin), Failure> {
        while let Some(mut connection) = self.pool.take(endpoint, presents) {
            if connection.sender.ready().await.is_ok() {
                return Ok((connection, Origin::Pool));
            }
        }
        Ok((self.connect(endpoint, presents).await?, Origin::New))
    }

    async fn connect(&self, endpoint: &Endpoint, presents: &Presents) -> Result<Connection, Failure> {
        let identity = match (presents, &self.certificate) {
            (Presents::Exactly(identity), _) => Some(Arc::clone(identity)),
            (Presents::Any, Some(certificate)) => Some(certificate.for_handshake().await),
            (Presents::Any, None) => None,
        };
        let (stream, lookout) = self.connector.connect(endpoint, identity.as_deref()).await?;
        let (sender, driving) = hyper::client::conn::http1::Builder::new()
            .max_buf_size(MOST_HEAD)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| Failure::before_body(error.into()))?;
        self.tasks.spawn(async move {
            // How a connection ends is told to the request on it; without one it is of no interest.
            let _ended = driving.await;
        });
        Ok(Connection { sender, endpoint: endpoint.clone(), identity, lookout })
    }

    async fn receive(
        &self,
        connection: Connection,
        response: http::Response<Incoming>,
        most_body: usize,
    ) -> Result<Received, Failure> {
        let (head, mut incoming) = response.into_parts();
        let mut body = BytesMut::new();
        while let Some(frame) = incoming.frame().await {
            let frame = frame.map_err(|error| Failure::in_body(error.into()))?;
            let Ok(data) = frame.into_data() else { continue };
            if data.len() > most_body - body.len() {
                let room = most_body - body.len();
                body.extend_from_slice(&data[..room]);
                return Ok(Received { head, body: body.freeze(), extent: Extent::Beginning });
            }
            body.extend_from_slice(&data);
        }
        self.pool.put(connection);
        Ok(Received { head, body: body.freeze(), extent: Extent::Whole })
    }
}

#[derive(Clone, Copy)]
enum Origin {
    Pool,
    New,
}

/// Reads a secret and says what is wrong in the client's own words.
async fn read_secret(platform: &Platform, name: &SecretName) -> Result<crate::secrets::Secret, Error> {
    match platform.secrets.get(name).await {
        Ok(secret) => Ok(secret),
        Err(SecretError::NotFound) => Err(Error::SecretNotFound { secret: name.clone() }),
        Err(SecretError::Unavailable(source)) => {
            Err(Error::SecretUnavailable { secret: name.clone(), source })
        }
    }
}
