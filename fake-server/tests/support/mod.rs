//! A client that does exactly what a test says: TLS by rustls, HTTP by hand.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

pub(crate) mod requests;
pub(crate) mod tap;

use std::io::{self, ErrorKind};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use plumbline_fake_server::exchange::Response;
use plumbline_fake_server::pki::{Credential, Pki, TrustAnchor};
use plumbline_fake_server::record::Recording;
use plumbline_fake_server::world::World;
use plumbline_fake_server::{FakeServer, Service, Setup};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Longer than anything here takes on a loaded machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// One infrastructure for all tests of a binary, as keys are slow to make.
pub(crate) fn pki() -> Arc<Pki> {
    static PKI: OnceLock<Arc<Pki>> = OnceLock::new();
    Arc::clone(PKI.get_or_init(|| Pki::of(&World::shared()).unwrap()))
}

/// A server as the platform has it.
pub(crate) async fn server() -> FakeServer {
    FakeServer::start(Setup::new(pki())).await.unwrap()
}

/// What a server has recorded in the end.
pub(crate) async fn finished(server: FakeServer) -> Recording {
    server.settled(DEADLINE).await.unwrap();
    server.finish().await
}

/// A client that may do anything.
pub(crate) fn client() -> Client {
    Client::with(&pki().credential("kubernetes").unwrap())
}

/// How a client connects.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) trusts: TrustAnchor,
    pub(crate) credential: Option<Arc<Credential>>,
    pub(crate) versions: Vec<&'static SupportedProtocolVersion>,
    pub(crate) name: &'static str,
    pub(crate) alpn: Vec<Vec<u8>>,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            trusts: TrustAnchor::Platform,
            credential: None,
            versions: vec![&rustls::version::TLS13, &rustls::version::TLS12],
            name: "localhost",
            alpn: Vec::new(),
        }
    }
}

impl Client {
    pub(crate) fn with(credential: &Arc<Credential>) -> Self {
        Self { credential: Some(Arc::clone(credential)), ..Self::default() }
    }

    pub(crate) async fn connect(
        &self,
        server: &FakeServer,
        service: Service,
    ) -> io::Result<TlsStream<TcpStream>> {
        self.over(TcpStream::connect(server.address(service)).await?).await
    }

    /// Shakes hands over a stream.
    pub(crate) async fn over<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> io::Result<TlsStream<S>> {
        let name = ServerName::try_from(self.name).unwrap();
        TlsConnector::from(Arc::new(self.config())).connect(name, stream).await
    }

    /// Connects, sends one request and reads the whole answer.
    pub(crate) async fn send(&self, server: &FakeServer, request: &str) -> io::Result<Answer> {
        let mut stream = self.connect(server, Service::Identity).await?;
        exchange(&mut stream, request).await
    }

    pub(crate) async fn get(&self, server: &FakeServer, target: &str) -> io::Result<Answer> {
        self.send(server, &get(target)).await
    }

    fn config(&self) -> ClientConfig {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(pki().authority_der(self.trusts).clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&self.versions)
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match &self.credential {
            None => builder.with_no_client_auth(),
            Some(credential) => builder
                .with_client_auth_cert(
                    vec![credential.certificate_der().clone()],
                    credential.private_key_der(),
                )
                .unwrap(),
        };
        config.alpn_protocols.clone_from(&self.alpn);
        config
    }
}

/// Everything the server says to one request until the connection ends, and how it ended.
pub(crate) async fn raw(server: &FakeServer, request: &str) -> (String, Option<ErrorKind>) {
    let mut stream = client().connect(server, Service::Identity).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await;
    (String::from_utf8(bytes).unwrap(), end.err().map(|error| error.kind()))
}

/// An answer that a test puts there.
pub(crate) fn reply(status: u16, body: &'static str) -> Response {
    let headers = vec![("Retry-After".to_owned(), "7".to_owned())];
    Response { status, headers, body: Bytes::from_static(body.as_bytes()) }
}

/// A request without a body.
pub(crate) fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

/// An answer as it came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Sends a request and reads its answer, which must be framed by length.
pub(crate) async fn exchange(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    request: &str,
) -> io::Result<Answer> {
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    answer(stream).await
}

pub(crate) async fn answer(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Answer> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let status = head[9..12].parse().unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await?;
    Ok(Answer { status, head, body: String::from_utf8(body).unwrap() })
}
