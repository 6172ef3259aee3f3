//! The parts that a user of the clients can put in the place of ours.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::sign::{CertifiedKey, SigningKey};
use rustls::{ClientConfig, RootCertStore, SignatureScheme};

use crate::context::CallContext;
use crate::error::{Error, SecretFormat};
use crate::principal::Principal;
use crate::rest::{Answer, Operation};
use crate::secrets::Secret;
use crate::transport::{self, Extent, Outgoing, Received, TlsParts, Transport};

/// What clients are made of besides their settings. Each is what the crate's page says unless it is replaced: an
/// authority that lives elsewhere, keys in a hardware module, a layer that counts requests.
#[derive(Clone)]
pub struct Parts {
    /// What every request and its answer pass through, the outermost first.
    pub layers: Vec<Arc<dyn Layer>>,
    /// How principals are written and signed.
    pub principals: Arc<dyn PrincipalCodec>,
    /// How secrets become certificates and keys, and these a connection's TLS.
    pub credentials: Arc<dyn Credentials>,
    /// What answers mean.
    pub judge: Arc<dyn Judge>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            layers: Vec::new(),
            principals: Arc::new(Standard),
            credentials: Arc::new(Standard),
            judge: Arc::new(Standard),
        }
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("layers", &self.layers.len()).finish_non_exhaustive()
    }
}

/// Every part as the crate's page describes it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standard;

impl PrincipalCodec for Standard {}
impl Credentials for Standard {}
impl Judge for Standard {}

/// What [`Layer::exchange`] and [`Next::send`] return.
pub type ExchangeFuture<'a> = Pin<Box<dyn Future<Output = Result<Received, Error>> + Send + 'a>>;

/// Stands between a request that is complete and the connection: to log, to count, to add a header. A request may
/// be changed, sent or not, and its answer likewise; all of it within the time limit of the call.
pub trait Layer: Send + Sync + 'static {
    /// Makes the exchange, as a rule by `next.send(request)`.
    fn exchange<'a>(&'a self, request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a>;
}

/// The layers further in, and then the connection.
#[derive(Clone, Copy)]
pub struct Next<'a> {
    context: &'a CallContext,
    layers: &'a [Arc<dyn Layer>],
    transport: &'a Transport,
    most_body: usize,
}

impl<'a> Next<'a> {
    pub(crate) fn new(
        context: &'a CallContext,
        layers: &'a [Arc<dyn Layer>],
        (transport, most_body): (&'a Transport, usize),
    ) -> Self {
        Self { context, layers, transport, most_body }
    }

    /// What the caller had at hand.
    #[must_use]
    pub fn context(&self) -> &'a CallContext {
        self.context
    }

    /// Sends the request on.
    #[must_use]
    pub fn send(self, request: Outgoing) -> ExchangeFuture<'a> {
        match self.layers.split_first() {
            Some((layer, layers)) => layer.exchange(request, Self { layers, ..self }),
            None => Box::pin(self.transport.exchange(request, self.most_body)),
        }
    }
}

/// How principals are written.
pub trait PrincipalCodec: Send + Sync + 'static {
    /// A principal as JSON.
    fn json(&self, principal: &Principal) -> String {
        principal.to_json()
    }

    /// The header of a principal that a live request has.
    fn plain(&self, json: &str) -> String {
        crate::rest::base64url(json)
    }

    /// The protected header of a signed principal (RFC 7515 §2), as JSON.
    fn protected_header(&self) -> &str {
        r#"{"alg":"PS512"}"#
    }

    /// A signature by RSASSA-PSS with SHA-512 and a salt of 64 bytes (RFC 7518 §3.5: PS512); none when the key can
    /// make no such signature.
    fn sign(&self, key: &dyn SigningKey, message: &[u8]) -> Option<Result<Vec<u8>, rustls::Error>> {
        Some(key.choose_scheme(&[SignatureScheme::RSA_PSS_SHA512])?.sign(message))
    }
}

/// How secrets become certificates and keys, and these a connection's TLS.
pub trait Credentials: Send + Sync + 'static {
    /// The client's certificate and key.
    ///
    /// # Errors
    ///
    /// When the secret is not what it should be.
    fn pair(&self, secret: &Secret, provider: &CryptoProvider) -> Result<CertifiedKey, SecretFormat> {
        transport::pair_from_secret(secret, provider)
    }

    /// The authorities that servers are checked against.
    ///
    /// # Errors
    ///
    /// When the secret is not what it should be.
    fn authorities(&self, secret: &Secret) -> Result<RootCertStore, SecretFormat> {
        transport::roots_from_secret(secret)
    }

    /// What a connection is made with.
    fn tls(&self, parts: TlsParts) -> ClientConfig {
        parts.into_config()
    }
}

/// What answers mean.
pub trait Judge: Send + Sync + 'static {
    /// The answer if it is the expected one, else the error that it is. `limit` is how many bytes of a body are read.
    ///
    /// # Errors
    ///
    /// Whatever the answer is, if it is not success.
    fn judge(
        &self,
        operation: &'static Operation,
        answer: Answer,
        extent: Extent,
        limit: usize,
    ) -> Result<Answer, Error> {
        answer.judge(operation, extent, limit)
    }

    /// Whether a removal that ended with this error has found that there is nothing to remove.
    fn is_gone(&self, error: &Error) -> bool {
        matches!(error, Error::Api(answer) if answer.status == 404)
    }
}
