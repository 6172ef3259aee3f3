//! One request and its answer.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::crypto::aws_lc_rs;

use super::certificate::ClientCertificate;
use super::connect::Connector;
use super::identity::{Identity, system_roots};
use super::pool::{ClientIdentity, Connection, Pool, Presents};
use super::tasks::Tasks;
use super::{Extent, Failure, Outgoing, Platform, Received, TlsSettings};
use crate::error::Error;
use crate::parts::Parts;
use crate::rest::Endpoint;
use crate::secrets::SecretName;

/// An answer whose head is larger is not read.
const MOST_HEAD: usize = 1 << 20;

/// Sends requests over connections that it keeps.
pub(crate) struct Transport {
    connector: Connector,
    certificate: Option<ClientCertificate>,
    pool: Pool,
    tasks: Tasks,
}

impl Transport {
    /// Reads the secrets that the settings name, the authority first. Connects to nothing yet.
    pub(super) async fn build(
        platform: &Platform,
        parts: &Arc<Parts>,
        settings: &TlsSettings,
        tasks: Tasks,
    ) -> Result<Self, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let roots = match &settings.authority {
            None => system_roots(),
            Some(name) => {
                let secret = platform.secret(name).await?;
                let roots = parts.credentials.authorities(&secret);
                roots.map_err(|source| Error::SecretFormat { secret: name.clone(), source })?
            }
        };
        let certificate = match &settings.client {
            Some(name) if !name.namespace.is_empty() && !name.name.is_empty() => {
                let (platform, provider) = (platform.clone(), Arc::clone(&provider));
                let named = (name.clone(), settings.reload);
                Some(ClientCertificate::load(platform, provider, Arc::clone(parts), named).await?)
            }
            Some(_) | None => None,
        };
        let connector = Connector { provider, roots: Arc::new(roots), parts: Arc::clone(parts) };
        Ok(Self { connector, certificate, pool: Pool::default(), tasks })
    }

    /// Tells when no call may be made any more.
    pub(crate) fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// Drops the connections that wait. Those that are in use go with their calls.
    pub(super) fn forget_connections(&self) {
        self.pool.clear();
    }

    /// What signs a principal now, read anew, and the name of its secret.
    pub(crate) async fn signer(&self) -> Result<(Arc<Identity>, &SecretName), Error> {
        let certificate = self.certificate.as_ref().ok_or(Error::NoClientSecret)?;
        let identity = certificate.read_anew().await?;
        self.pool.keep_only(&[Arc::clone(&identity), certificate.presented()]);
        Ok((identity, certificate.name()))
    }

    /// Sends a request and reads the answer, of its body no more than `most_body` bytes.
    pub(crate) async fn exchange(&self, outgoing: Outgoing, most_body: usize) -> Result<Received, Error> {
        let Outgoing { operation, endpoint, method, target, headers, body, presents } = outgoing;
        let mut request = http::Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = target;
        *request.headers_mut() = headers;
        let received = self.send(&endpoint, request, &presents, most_body).await;
        received.map_err(|failure| failure.during(operation.name))
    }

    async fn send(
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
                    // Nothing of it was written: see "Sending again" on the crate's page.
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
            (Presents::Exactly(ClientIdentity(identity)), _) => Some(Arc::clone(identity)),
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
