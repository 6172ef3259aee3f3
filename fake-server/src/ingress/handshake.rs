//! One connection's handshake: what the client offered, what was agreed, who it is.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use rustls::pki_types::CertificateDer;
use rustls::server::Acceptor;
use rustls::{ProtocolVersion, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{LazyConfigAcceptor, StartHandshake};

use super::headers::forwarded;
use super::tls::Terminator;
use crate::pki::Pki;
use crate::record::{Handshake, Verified};

/// What the ingress knows of a connection's client.
pub(crate) struct Peer {
    /// Whether its certificate verified.
    pub(crate) verified: Verified,
    /// What the service is told of it with every request.
    pub(crate) forwarded: Vec<(String, Bytes)>,
}

impl Peer {
    /// A client that showed nothing.
    pub(crate) fn nobody() -> Self {
        Self { verified: Verified::None, forwarded: Vec::new() }
    }
}

/// How a TLS handshake ended.
pub(crate) enum Outcome {
    /// With a connection.
    Connected { stream: Box<TlsStream<TcpStream>>, peer: Peer, record: Handshake },
    /// Without; the connection, if it is still there, is to be drained.
    Failed { record: Handshake, tcp: Option<TcpStream> },
}

/// A client's first message.
pub(crate) struct Hello {
    /// The handshake that it begins.
    pub(crate) start: StartHandshake<TcpStream>,
    /// The server name it asks for.
    pub(crate) sni: Option<String>,
    /// The application protocols it offers.
    pub(crate) offered_alpn: Vec<String>,
}

/// What came was no such message.
pub(crate) struct NoHello {
    /// How the handshake failed.
    pub(crate) record: Handshake,
    /// The connection, if it is still there.
    tcp: Option<TcpStream>,
}

/// Shakes hands. Failing is one of the outcomes: the client may be at fault, or be meant to fail. `ahead` is what was
/// read of the client's first message already.
pub(crate) async fn shake(
    pki: &Pki,
    terminator: &Terminator,
    config: Arc<ServerConfig>,
    tcp: TcpStream,
    ahead: BytesMut,
) -> Outcome {
    let Hello { start, sni, offered_alpn } = match hello(tcp, ahead).await {
        Ok(hello) => hello,
        Err(NoHello { record, tcp }) => return Outcome::Failed { record, tcp },
    };
    match start.into_stream(config).into_fallible().await {
        Ok(stream) => connected(pki, terminator, stream, sni, offered_alpn),
        Err((error, tcp)) => {
            let record = failed(sni, offered_alpn, &error);
            Outcome::Failed { record, tcp: Some(tcp) }
        }
    }
}

/// Reads the client's first message.
pub(crate) async fn hello(tcp: TcpStream, ahead: BytesMut) -> Result<Hello, NoHello> {
    let start = begin(tcp, &ahead).await.map_err(|(error, tcp)| {
        let record = failed(None, Vec::new(), &error);
        NoHello { record, tcp }
    })?;
    let (sni, offered_alpn) = offered(&start.client_hello());
    Ok(Hello { start, sni, offered_alpn })
}

type Begun = Result<StartHandshake<TcpStream>, (io::Error, Option<TcpStream>)>;

async fn begin(mut tcp: TcpStream, mut ahead: &[u8]) -> Begun {
    let mut acceptor = Acceptor::default();
    while !ahead.is_empty() {
        if let Err(error) = acceptor.read_tls(&mut ahead) {
            return Err((error, Some(tcp)));
        }
        match acceptor.accept() {
            Ok(Some(accepted)) => return Ok(StartHandshake::from_parts(accepted, tcp)),
            Ok(None) => {}
            Err((error, mut alert)) => {
                let mut told = Vec::new();
                alert.write_all(&mut told).expect("memory takes what is written to it");
                // The client may be gone; then there is nobody to tell.
                let _ = tcp.write_all(&told).await;
                return Err((io::Error::new(io::ErrorKind::InvalidData, error), Some(tcp)));
            }
        }
    }
    let mut acceptor = LazyConfigAcceptor::new(acceptor, tcp);
    match (&mut acceptor).await {
        Ok(start) => Ok(start),
        Err(error) => Err((error, acceptor.take_io())),
    }
}

fn offered(hello: &rustls::server::ClientHello<'_>) -> (Option<String>, Vec<String>) {
    let alpn = hello.alpn().into_iter().flatten();
    let offered = alpn.map(|protocol| String::from_utf8_lossy(protocol).into_owned()).collect();
    (hello.server_name().map(str::to_owned), offered)
}

fn connected(
    pki: &Pki,
    terminator: &Terminator,
    stream: TlsStream<TcpStream>,
    sni: Option<String>,
    offered_alpn: Vec<String>,
) -> Outcome {
    let (_, session) = stream.get_ref();
    let chain = session.peer_certificates();
    let leaf = chain.and_then(<[CertificateDer<'_>]>::first);
    let verified = terminator.verdict(chain);
    let record = Handshake::Done {
        version: version(session.protocol_version()),
        alpn: session.alpn_protocol().map(|protocol| String::from_utf8_lossy(protocol).into_owned()),
        sni,
        offered_alpn,
        peer: leaf.map(|leaf| pki.role_of(leaf).unwrap_or_else(|| "unknown".to_owned())),
        verified: verified.clone(),
    };
    let forwarded = forwarded(&verified, leaf.map(pem).as_deref());
    let peer = Peer { verified, forwarded };
    Outcome::Connected { stream: Box::new(stream), peer, record }
}

fn version(version: Option<ProtocolVersion>) -> String {
    match version {
        Some(ProtocolVersion::TLSv1_3) => "1.3".to_owned(),
        Some(ProtocolVersion::TLSv1_2) => "1.2".to_owned(),
        other => format!("{other:?}"),
    }
}

/// A handshake that ended before anything was learnt of the client.
pub(crate) fn lost(reason: &str) -> Handshake {
    Handshake::Failed { reason: reason.to_owned(), sni: None, offered_alpn: Vec::new() }
}

fn failed(sni: Option<String>, offered_alpn: Vec<String>, error: &io::Error) -> Handshake {
    let reason = match error.kind() {
        io::ErrorKind::UnexpectedEof => "the client closed the connection during the handshake".to_owned(),
        io::ErrorKind::ConnectionReset => "the client reset the connection during the handshake".to_owned(),
        _ => error.to_string(),
    };
    Handshake::Failed { reason, sni, offered_alpn }
}

/// A certificate as PEM, in lines of 64 characters, as OpenSSL writes it and so as nginx hands it on.
fn pem(certificate: &CertificateDer<'_>) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(certificate);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for begin in (0..text.len()).step_by(64) {
        pem.push_str(&text[begin..text.len().min(begin + 64)]);
        pem.push('\n');
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

/// Ends a connection so that what was last sent arrives: closing while the client's bytes lie unread would reset the
/// connection, and the reset would overtake the alert.
pub(crate) async fn drain(mut tcp: TcpStream) {
    const PATIENCE: Duration = Duration::from_secs(1);
    const ENOUGH: usize = 1 << 20;
    let to_the_end = async {
        tcp.shutdown().await?;
        let mut scratch = [0; 4096];
        let mut read = 0;
        while read < ENOUGH {
            match tcp.read(&mut scratch).await? {
                0 => break,
                count => read += count,
            }
        }
        io::Result::Ok(())
    };
    // Neither outcome matters: the connection is over either way.
    let _ = tokio::time::timeout(PATIENCE, to_the_end).await;
}

#[cfg(test)]
mod tests {
    use rustls::{ClientConfig, ClientConnection, RootCertStore};
    use tokio::net::TcpListener;

    use super::*;

    /// A connection, the client's side first.
    async fn connection() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (client, listener.accept().await.unwrap().0)
    }

    /// What a client says first.
    fn first_message() -> Vec<u8> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let name = "localhost".try_into().unwrap();
        let mut bytes = Vec::new();
        ClientConnection::new(Arc::new(config), name).unwrap().write_tls(&mut bytes).unwrap();
        bytes
    }

    #[tokio::test]
    async fn how_much_of_a_hello_was_read_ahead_does_not_matter() {
        let message = first_message();
        for ahead in [0, 3, message.len() / 2, message.len()] {
            let (mut client, server) = connection().await;
            client.write_all(&message[ahead..]).await.unwrap();
            let hello = hello(server, message[..ahead].into()).await;
            let sni = hello.ok().and_then(|hello| hello.sni);
            assert_eq!(sni.as_deref(), Some("localhost"), "{ahead} bytes ahead");
        }
    }

    #[tokio::test]
    async fn what_was_read_ahead_and_is_no_hello_gets_an_alert() {
        const ALERT: u8 = 21;
        let (mut client, server) = connection().await;
        let Err(NoHello { record, tcp }) = hello(server, b"GET / HTTP/1.1\r\n\r\n"[..].into()).await else {
            panic!("expected a failure");
        };
        let Handshake::Failed { reason, .. } = record else { panic!("expected a failure") };
        assert!(reason.contains("corrupt message"), "{reason}");
        drop(tcp);
        assert_eq!(client.read_u8().await.unwrap(), ALERT);
    }
}
