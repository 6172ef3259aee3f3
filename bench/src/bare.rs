//! What a case did on the network, done again with nothing around it: handshakes by rustls, exchanges by hyper,
//! signatures by the same key.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PSS_SHA512, RsaKeyPair};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use plumbline_fake_server::Pki;
use plumbline_fake_server::pki::{Credential, KeyType, Leaf};
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::client::{Connection, Place, Request};
use crate::tally::{Hands, Link, Sizes, Tally};
use crate::{BenchError, tls};

/// Says how long the answer is to be.
const ANSWER: &str = "x-answer";
const FILL: &str = "x-fill";

/// Bare servers, and a client's credentials of each kind.
pub(crate) struct Bare {
    secure: SocketAddr,
    plain: SocketAddr,
    clients: Vec<Client>,
    _servers: JoinSet<()>,
}

struct Client {
    key: KeyType,
    credential: Arc<Credential>,
    config: Arc<ClientConfig>,
    suspicious: Arc<ClientConfig>,
    signer: Option<RsaKeyPair>,
}

impl Bare {
    /// Starts servers for tallies whose clients have these kinds of keys.
    pub(crate) async fn start(keys: &[KeyType]) -> Result<Self, BenchError> {
        let pki = Pki::new(Vec::new())?;
        let clients = keys.iter().map(|key| Client::new(&pki, *key)).collect::<Result<_, _>>()?;
        let acceptor = TlsAcceptor::from(tls::server(&pki, KeyType::EcdsaP256)?);
        let mut servers = JoinSet::new();
        let (secure, plain) = (listen().await?, listen().await?);
        let addresses = (secure.local_addr()?, plain.local_addr()?);
        servers.spawn(accept(secure, Some(acceptor)));
        servers.spawn(accept(plain, None));
        Ok(Self { secure: addresses.0, plain: addresses.1, clients, _servers: servers })
    }

    /// Does what was tallied.
    pub(crate) async fn play(&self, tally: &Tally) -> Result<(), BenchError> {
        let client = self.clients.iter().find(|client| client.key == tally.key);
        let client = client.expect("there is a client for each kind of key that was tallied");
        for link in &tally.links {
            self.link(client, link).await?;
        }
        (0..tally.signatures).for_each(|_| client.sign());
        Ok(())
    }

    async fn link(&self, client: &Client, link: &Link) -> Result<(), BenchError> {
        let place = match link.hands {
            Hands::Shaken => Place { address: self.secure, tls: Some(Arc::clone(&client.config)) },
            Hands::Plain => Place { address: self.plain, tls: None },
            Hands::Refused => {
                let place = Place { address: self.secure, tls: Some(Arc::clone(&client.suspicious)) };
                // It fails: that is what is measured.
                let _ = Connection::open(&place).await;
                return Ok(());
            }
        };
        let mut connection = Connection::open(&place).await?;
        for sizes in &link.exchanges {
            connection.exchange(request(*sizes)).await?;
        }
        connection.close().await;
        Ok(())
    }
}

impl Client {
    fn new(pki: &Pki, key: KeyType) -> Result<Self, BenchError> {
        let credential = pki.issue(&Leaf { key, ..Leaf::client("bare", "bare") })?;
        let der = credential.private_key_der();
        let signer = key.is_rsa().then(|| RsaKeyPair::from_pkcs8(der.secret_der()));
        let signer = signer.transpose().expect("an RSA key of this run is one");
        let config = tls::client(pki, &credential)?;
        let suspicious = tls::suspicious(pki, &credential)?;
        Ok(Self { key, credential, config, suspicious, signer })
    }

    /// Signs a principal and verifies the signature.
    fn sign(&self) {
        const MESSAGE: [u8; 400] = [b'm'; 400];
        let Some(signer) = &self.signer else { return };
        let mut signature = vec![0; signer.public_modulus_len()];
        let signed = signer.sign(&RSA_PSS_SHA512, &SystemRandom::new(), &MESSAGE, &mut signature);
        assert!(signed.is_ok() && self.credential.signed(&MESSAGE, &signature), "a signature verifies");
    }
}

fn request(sizes: Sizes) -> Request {
    http::Request::post("/")
        .header("host", "localhost")
        .header(ANSWER, format!("{} {}", sizes.answer_head, sizes.answer_body))
        .header(FILL, "x".repeat(sizes.request_head))
        .body(Full::from(vec![b'x'; sizes.request_body]))
        .expect("a request that is one")
}

async fn answer(request: http::Request<Incoming>) -> Result<http::Response<Full<Bytes>>, hyper::Error> {
    let wanted = request.headers().get(ANSWER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (head, body) = wanted.split_once(' ').unwrap_or_default();
    let (head, body) = (head.parse().unwrap_or(0), body.parse().unwrap_or(0));
    request.into_body().collect().await?;
    let answer = http::Response::builder().header(FILL, "x".repeat(head));
    Ok(answer.body(Full::from(vec![b'x'; body])).expect("an answer that is one"))
}

async fn listen() -> Result<TcpListener, BenchError> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?)
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((tcp, _)) = listener.accept() => drop(connections.spawn(serve(tcp, tls.clone()))),
            Some(_) = connections.join_next() => {}
        }
    }
}

/// What goes wrong on a connection shows at its other end.
async fn serve(tcp: TcpStream, tls: Option<TlsAcceptor>) {
    let _ = tcp.set_nodelay(true);
    match tls {
        None => over(tcp).await,
        Some(acceptor) => {
            if let Ok(stream) = Box::pin(acceptor.accept(tcp)).await {
                over(stream).await;
            }
        }
    }
}

async fn over<S: AsyncRead + AsyncWrite + Unpin>(stream: S) {
    // As above.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)).await;
}
