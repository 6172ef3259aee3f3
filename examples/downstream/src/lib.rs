//! A small client: it lists, over mutual TLS, on behalf of a principal.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Request, Uri, header};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// No answer is longer than this.
const LONGEST: usize = 8 * 1024 * 1024;

/// Statuses with which the services refuse in their own words.
const DECLARED: [u16; 4] = [400, 401, 403, 500];

/// What a client is made from: PEM.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The authority that servers are checked against; without one no server is trusted.
    pub authority: Option<String>,
    /// The client's certificate and what follows it.
    pub certificate: String,
    /// Its key.
    pub key: String,
}

/// A call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A certificate or key cannot be used.
    #[error("use the certificates: {0}")]
    Identity(String),
    /// The principal or the trace context cannot be sent.
    #[error("build the request: {0}")]
    Request(String),
    /// Nothing answers there.
    #[error("connect: {0}")]
    Connect(String),
    /// The server's certificate does not verify.
    #[error("trust the server: {0}")]
    Untrusted(String),
    /// TLS was not established for another reason.
    #[error("establish TLS: {0}")]
    Tls(String),
    /// The connection ended before the answer was whole.
    #[error("read the answer: {0}")]
    Lost(String),
    /// What came is not HTTP.
    #[error("understand the answer: {0}")]
    Protocol(String),
    /// It took too long.
    #[error("no whole answer within {0:?}")]
    Timeout(Duration),
    /// The service refused, in its own words.
    #[error("{status} {code}: {description}")]
    Refused { status: u16, code: String, description: String, trace: Option<String> },
    /// Another status than those that are declared.
    #[error("unexpected status {status}")]
    Status { status: u16, body: String, retry_after: Option<String> },
    /// The answer is longer than any should be.
    #[error("the answer of status {status} passes {LONGEST} bytes")]
    TooLarge { status: u16 },
    /// The answer is not what it should be.
    #[error("status {status}, but the body is not what it should be: {reason}")]
    Malformed { status: u16, reason: String, body: String },
}

/// The client.
#[derive(Clone)]
pub struct Client {
    tls: TlsConnector,
    limit: Duration,
}

impl Client {
    /// A client that gives each call so long.
    pub fn new(identity: &Identity, limit: Duration) -> Result<Self, Error> {
        let wrong = |error: &dyn std::fmt::Display| Error::Identity(error.to_string());
        let mut roots = RootCertStore::empty();
        if let Some(authority) = &identity.authority {
            roots.add_parsable_certificates(certificates(authority)?);
        }
        let chain = certificates(&identity.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).map_err(|e| wrong(&e))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|e| wrong(&e))?
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)
            .map_err(|e| wrong(&e))?;
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), limit })
    }

    /// The list at an address, for a principal given as its JSON text.
    pub async fn list(
        &self,
        address: &str,
        principal: &str,
        traceparent: Option<&str>,
    ) -> Result<Vec<Value>, Error> {
        let exchange = Box::pin(self.exchange(address, principal, traceparent));
        let whole = tokio::time::timeout(self.limit, exchange).await;
        whole.map_err(|_| Error::Timeout(self.limit))?
    }

    async fn exchange(
        &self,
        address: &str,
        principal: &str,
        traceparent: Option<&str>,
    ) -> Result<Vec<Value>, Error> {
        let uri: Uri = address.parse().map_err(|e| Error::Request(format!("{e}")))?;
        let request = request(&uri, principal, traceparent)?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(self.connect(&uri).await?)).await.map_err(|e| lost(&e))?;
        let connection = tokio::spawn(connection);
        let answer = sender.send_request(request).await.map_err(|e| lost(&e));
        let read = match answer {
            Ok(answer) => read(answer).await,
            Err(error) => Err(error),
        };
        connection.abort();
        read
    }

    async fn connect(&self, uri: &Uri) -> Result<tokio_rustls::client::TlsStream<TcpStream>, Error> {
        let host = uri.host().unwrap_or_default().to_owned();
        let port = uri.port_u16().unwrap_or(443);
        let stream =
            TcpStream::connect((host.as_str(), port)).await.map_err(|e| Error::Connect(e.to_string()))?;
        let name = ServerName::try_from(host).map_err(|e| Error::Request(e.to_string()))?;
        self.tls.connect(name, stream).await.map_err(|error| {
            match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                Some(inner @ rustls::Error::InvalidCertificate(_)) => Error::Untrusted(inner.to_string()),
                Some(inner) => Error::Tls(inner.to_string()),
                None => Error::Tls(error.to_string()),
            }
        })
    }
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        Ok(_) => Err(Error::Identity("there is no certificate in it".to_owned())),
        Err(error) => Err(Error::Identity(error.to_string())),
    }
}

fn request(uri: &Uri, principal: &str, traceparent: Option<&str>) -> Result<Request<Empty<Bytes>>, Error> {
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let host = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    let mut request = Request::get(target)
        .header(header::HOST, host)
        .header(header::ACCEPT, "application/json")
        .header("X-Principal", URL_SAFE_NO_PAD.encode(principal));
    if let Some(traceparent) = traceparent {
        request = request.header("traceparent", traceparent);
    }
    request.body(Empty::new()).map_err(|e| Error::Request(e.to_string()))
}

async fn read(answer: http::Response<Incoming>) -> Result<Vec<Value>, Error> {
    let status = answer.status().as_u16();
    let field = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (retry_after, content_type) = (field(header::RETRY_AFTER), field(header::CONTENT_TYPE));
    let body = match Limited::new(answer.into_body(), LONGEST).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(Error::TooLarge { status }),
        Err(error) => return Err(Error::Lost(error.to_string())),
    };
    let malformed = |reason: &str| {
        let body = String::from_utf8_lossy(&body).into_owned();
        Error::Malformed { status, reason: reason.to_owned(), body }
    };
    if status != 200 && !DECLARED.contains(&status) {
        let body = String::from_utf8_lossy(&body).into_owned();
        return Err(Error::Status { status, body, retry_after });
    }
    if !content_type.is_some_and(|kind| kind.to_ascii_lowercase().contains("json")) {
        return Err(malformed("it is not JSON"));
    }
    match serde_json::from_slice(&body) {
        Ok(Value::Array(items)) if status == 200 => Ok(items),
        Ok(_) if status == 200 => Err(malformed("it is no list")),
        Ok(value) => Err(refusal(status, &value).unwrap_or_else(|| malformed("it is no refusal"))),
        Err(error) => Err(malformed(&error.to_string())),
    }
}

/// The services' own words.
fn refusal(status: u16, value: &Value) -> Option<Error> {
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    let (code, description) = (text("error")?, text("error_description")?);
    Some(Error::Refused { status, code, description, trace: text("trace_id") })
}

fn lost(error: &hyper::Error) -> Error {
    if error.is_parse() { Error::Protocol(error.to_string()) } else { Error::Lost(error.to_string()) }
}
