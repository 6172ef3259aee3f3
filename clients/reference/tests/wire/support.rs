//! A server that says what it is told to, and remembers what it was asked.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use plumbline_reference::{
    CallContext, ClientSet, Endpoint, Error, Limits, ManualClock, MemorySecrets, Platform, Principal, Reload,
    Resource, Secret, SecretName, ServiceSettings, Settings, TLS_SECRET, TlsSettings,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SignatureAlgorithm};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

pub(crate) const ORGANIZATION: &str = "11111111-2222-4333-8444-555555555555";
pub(crate) const PROJECT: &str = "66666666-2222-4333-8444-555555555555";

/// An authority and what it signs.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub(crate) struct Leaf {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names are valid names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key can be made");
        Self(CertifiedIssuer::self_signed(params, key).expect("an authority can sign itself"))
    }

    pub(crate) fn leaf(&self, name: &str, algorithm: &'static SignatureAlgorithm) -> Leaf {
        let key = KeyPair::generate_for(algorithm).expect("a key of a known type can be made");
        self.leaf_with(&CertificateParams::new(vec![name.to_owned()]).expect("the name is a host's"), &key)
    }

    pub(crate) fn leaf_with(&self, params: &CertificateParams, key: &KeyPair) -> Leaf {
        let certificate = params.signed_by(key, &self.0).expect("an authority can sign");
        Leaf { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }
}

/// One request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Which connection it came on, counted from one.
    pub(crate) connection: usize,
    /// The client's certificate on that connection.
    pub(crate) peer: Option<Vec<u8>>,
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// What the server does with a request.
#[derive(Clone)]
pub(crate) enum Act {
    /// Sends this and keeps the connection.
    Say(String),
    /// Sends this and closes.
    SayAndClose(String),
    /// Waits for ever.
    Stall,
}

type Script = Arc<dyn Fn(&Seen) -> Act + Send + Sync>;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// Connections begun and connections ended.
    connections: watch::Receiver<(usize, usize)>,
    close_idle: watch::Sender<usize>,
}

impl Server {
    pub(crate) async fn start(
        config: ServerConfig,
        script: impl Fn(&Seen) -> Act + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (count, connections) = watch::channel((0, 0));
        let (close_idle, closing) = watch::channel(0);
        let script: Script = Arc::new(script);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let remembered = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.send_modify(|(begun, _)| *begun += 1);
                let number = count.borrow().0;
                let (acceptor, script, seen) =
                    (acceptor.clone(), Arc::clone(&script), Arc::clone(&remembered));
                let (count, closing) = (count.clone(), closing.clone());
                tokio::spawn(async move {
                    serve(number, stream, acceptor, script, seen, closing).await;
                    count.send_modify(|(_, ended)| *ended += 1);
                });
            }
        });
        Self { address, seen, connections, close_idle }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no holder panics").clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.borrow().0
    }

    /// Waits until every connection has ended.
    pub(crate) async fn all_ended(&self) {
        let mut connections = self.connections.clone();
        let ended = connections.wait_for(|(begun, ended)| begun == ended);
        tokio::time::timeout(Duration::from_secs(10), ended)
            .await
            .expect("connections end in time")
            .expect("the server is there");
    }

    /// Closes the connections that wait for a request, and waits until they are closed.
    pub(crate) async fn close_idle(&self) {
        self.close_idle.send_modify(|generation| *generation += 1);
        self.all_ended().await;
    }

    /// The same, while nothing else happens in the caller's runtime.
    pub(crate) fn close_idle_unnoticed(&self) {
        self.close_idle.send_modify(|generation| *generation += 1);
        let all_ended = || {
            let (begun, ended) = *self.connections.borrow();
            begun == ended
        };
        while !all_ended() {
            std::thread::yield_now();
        }
    }
}

async fn serve(
    connection: usize,
    stream: TcpStream,
    acceptor: TlsAcceptor,
    script: Script,
    seen: Arc<Mutex<Vec<Seen>>>,
    mut closing: watch::Receiver<usize>,
) {
    closing.mark_unchanged();
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    let peer = stream.get_ref().1.peer_certificates().map(|chain| chain[0].to_vec());
    loop {
        let request = tokio::select! {
            request = read_request(&mut stream) => request,
            _ = closing.changed() => None,
        };
        let Some((line, headers, body)) = request else { break };
        let request = Seen { connection, peer: peer.clone(), line, headers, body };
        seen.lock().expect("no holder panics").push(request.clone());
        match script(&request) {
            Act::Say(text) => {
                if stream.write_all(text.as_bytes()).await.is_err() || stream.flush().await.is_err() {
                    return;
                }
            }
            Act::SayAndClose(text) => {
                let _sent = stream.write_all(text.as_bytes()).await;
                break;
            }
            Act::Stall => {
                // Ends when the client hangs up.
                let _hung_up = stream.read_u8().await;
                return;
            }
        }
    }
    let _closed = stream.shutdown().await;
}

async fn read_request<S: AsyncRead + Unpin>(
    stream: &mut S,
) -> Option<(String, BTreeMap<String, String>, String)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let mut lines = head.split("\r\n");
    let line = lines.next()?.to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((line, headers, String::from_utf8(body).ok()?))
}

/// An answer with a body of JSON.
pub(crate) fn json(status: u16, body: &str) -> Act {
    Act::Say(answer(status, &[("Content-Type", "application/json")], body))
}

pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> String {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())
}

/// A server and clients that trust each other, but for what a test changes.
pub(crate) struct World {
    pub(crate) authority: Authority,
    pub(crate) secrets: Arc<MemorySecrets>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) client: Option<Leaf>,
    pub(crate) limits: Limits,
    pub(crate) reload: Reload,
}

impl World {
    pub(crate) fn new() -> Self {
        // RSA keys take long to make; which one it is matters only where one replaces another.
        static KEY: LazyLock<KeyPair> =
            LazyLock::new(|| KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).expect("a key can be made"));
        let authority = Authority::new();
        let client =
            authority.leaf_with(&CertificateParams::new(Vec::new()).expect("no names are valid names"), &KEY);
        Self {
            authority,
            secrets: Arc::default(),
            clock: Arc::default(),
            client: Some(client),
            limits: Limits { call: Duration::from_secs(10), ..Limits::default() },
            reload: Reload::default(),
        }
    }

    /// TLS for `127.0.0.1`, asking for a client certificate and taking those of the world's authority.
    pub(crate) fn server_config(&self) -> ServerConfig {
        let leaf = self.authority.leaf("127.0.0.1", &rcgen::PKCS_ECDSA_P256_SHA256);
        server_config(&leaf, &self.authority, &[&rustls::version::TLS13])
    }

    pub(crate) fn put_secrets(&self) {
        let authority = secret("ca", [("tls.crt", self.authority.pem())]);
        let client = self.client.as_ref().map(|leaf| {
            secret("client", [("tls.crt", leaf.certificate.clone()), ("tls.key", leaf.key.clone())])
        });
        self.secrets.replace([Some(authority), client].into_iter().flatten());
    }

    pub(crate) async fn clients(&self, server: &Server) -> ClientSet {
        self.put_secrets();
        self.try_clients(&format!("https://{}", server.address)).await.expect("the secrets are in order")
    }

    pub(crate) async fn try_clients(&self, address: &str) -> Result<ClientSet, Error> {
        let tls = TlsSettings {
            authority: Some(name("ca")),
            client: self.client.is_some().then(|| name("client")),
            reload: self.reload,
        };
        let service = ServiceSettings { endpoint: Endpoint::parse(address)?, tls };
        let settings = Settings { identity: service.clone(), region: service, limits: self.limits };
        let platform = Platform { secrets: self.secrets.clone(), clock: self.clock.clone() };
        ClientSet::open(settings, platform).await
    }
}

pub(crate) fn server_config(
    leaf: &Leaf,
    clients: &Authority,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(der(&clients.pem())).expect("an authority is an authority");
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .allow_unauthenticated()
        .build()
        .expect("there is a root");
    let key = PrivateKeyDer::from_pem_slice(leaf.key.as_bytes()).expect("a key that was made is a key");
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("the provider knows the versions")
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![der(&leaf.certificate)], key)
        .expect("a leaf fits its key")
}

pub(crate) fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate that was made is one")
}

pub(crate) fn name(name: &str) -> SecretName {
    SecretName { namespace: "unikorn".to_owned(), name: name.to_owned() }
}

pub(crate) fn secret<const N: usize>(called: &str, data: [(&str, String); N]) -> (SecretName, Secret) {
    let data = data.into_iter().map(|(key, text)| (key.to_owned(), text.into_bytes())).collect();
    (name(called), Secret { kind: TLS_SECRET.to_owned(), data })
}

/// A context with a principal.
pub(crate) fn context(actor: &str) -> CallContext {
    let principal = Principal {
        organization_id: Some(ORGANIZATION.to_owned()),
        project_id: Some(PROJECT.to_owned()),
        actor: Some(actor.to_owned()),
        ..Principal::default()
    };
    CallContext { principal: Some(principal), ..CallContext::default() }
}

pub(crate) fn resource() -> Resource {
    let map = |entries: &[(&str, &str)]| {
        Some(entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    };
    Resource {
        group: "compute.unikorn-cloud.org".to_owned(),
        plural: "computeclusters".to_owned(),
        name: "77777777-2222-4333-8444-555555555555".to_owned(),
        labels: map(&[
            ("unikorn-cloud.org/organization", ORGANIZATION),
            ("unikorn-cloud.org/project", PROJECT),
        ]),
        annotations: map(&[("unikorn-cloud.org/creator", "carol@example.test")]),
    }
}
