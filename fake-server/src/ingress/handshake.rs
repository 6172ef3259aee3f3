//! One connection's handshake: what the client offered, what was agreed, who it is.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::server::Acceptor;
use rustls::{ProtocolVersion, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use super::tls::Terminator;
use super::verify::verdict;
use crate::pki::Pki;
use crate::record::{Handshake, Verified};

/// What the ingress knows of a connection's client.
pub(crate) struct Peer {
    /// Whether its certificate verified.
    pub(crate) verified: Verified,
    /// Its certificate, as PEM.
    pub(crate) certificate: Option<String>,
}

impl Peer {
    /// A client that showed nothing.
    pub(crate) fn nobody() -> Self {
        Self { verified: Verified::None, certificate: None }
    }
}

/// How a TLS handshake ended.
pub(crate) enum Outcome {
    /// With a connection.
    Connected { stream: Box<TlsStream<TcpStream>>, peer: Peer, record: Handshake },
    /// Without; the connection, if it is still there, is to be drained.
    Failed { record: Handshake, tcp: Option<TcpStream> },
}

/// Shakes hands. Failing is one of the outcomes: the client may be at fault, or be meant to fail.
pub(crate) async fn shake(
    pki: &Pki,
    terminator: &Terminator,
    config: Arc<ServerConfig>,
    tcp: TcpStream,
) -> Outcome {
    let mut acceptor = LazyConfigAcceptor::new(Acceptor::default(), tcp);
    let start = match (&mut acceptor).await {
        Ok(start) => start,
        Err(error) => {
            let record = failed(None, Vec::new(), &error);
            return Outcome::Failed { record, tcp: acceptor.take_io() };
        }
    };
    let (sni, offered_alpn) = offered(&start.client_hello());
    match start.into_stream(config).into_fallible().await {
        Ok(stream) => connected(pki, terminator, stream, sni, offered_alpn),
        Err((error, tcp)) => {
            let record = failed(sni, offered_alpn, &error);
            Outcome::Failed { record, tcp: Some(tcp) }
        }
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
    let verified = verdict(&*terminator.verifier, chain);
    let record = Handshake::Done {
        version: version(session.protocol_version()),
        alpn: session.alpn_protocol().map(|protocol| String::from_utf8_lossy(protocol).into_owned()),
        sni,
        offered_alpn,
        peer: leaf.map(|leaf| pki.role_of(leaf).unwrap_or_else(|| "unknown".to_owned())),
        verified: verified.clone(),
    };
    let peer = Peer { verified, certificate: leaf.map(pem) };
    Outcome::Connected { stream: Box::new(stream), peer, record }
}

fn version(version: Option<ProtocolVersion>) -> String {
    match version {
        Some(ProtocolVersion::TLSv1_3) => "1.3".to_owned(),
        Some(ProtocolVersion::TLSv1_2) => "1.2".to_owned(),
        other => format!("{other:?}"),
    }
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
    for line in text.as_bytes().chunks(64) {
        pem.extend(line.iter().map(|byte| char::from(*byte)));
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
