//! The ingress: who the client is, and who says so.

#![allow(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

mod support;

use std::sync::Arc;

use plumbline_fake_server::exchange::Layer;
use plumbline_fake_server::ingress::{ClientCertificates, Protocol, TlsSetup};
use plumbline_fake_server::pki::{Authority, Credential, KeyType, Leaf, Lifetime, Purpose, TrustAnchor};
use plumbline_fake_server::record::{Exchange, Handshake, HeaderValue, Recording, Verified};
use plumbline_fake_server::{FakeServer, Service, Setup};
use rstest::rstest;
use support::{Answer, Client, DEADLINE, get, pki, server};

const PROJECTS: &str = "/api/v1/organizations/000000a0-0000-4000-8000-000000000001/projects";

async fn with(tls: TlsSetup) -> FakeServer {
    FakeServer::start(Setup { identity: tls, ..Setup::new(pki()) }).await.unwrap()
}

async fn treating(clients: ClientCertificates) -> FakeServer {
    with(TlsSetup { clients, ..TlsSetup::default() }).await
}

async fn finished(server: FakeServer) -> Recording {
    server.settled(DEADLINE).await.unwrap();
    server.finish().await
}

fn compute() -> Arc<Credential> {
    pki().credential("compute").unwrap()
}

/// A client certificate with one thing wrong.
fn wrong(change: impl FnOnce(&mut Leaf)) -> Client {
    let mut leaf = Leaf { key: KeyType::EcdsaP256, ..Leaf::client("wrong", "unikorn-compute") };
    change(&mut leaf);
    Client::with(&pki().issue(&leaf).unwrap())
}

fn verified(recording: &Recording) -> &Verified {
    match &recording.connections[0].handshake {
        Handshake::Done { verified, .. } => verified,
        other => panic!("expected a handshake that was completed, saw {other:?}"),
    }
}

fn refusal(recording: &Recording) -> &str {
    match &recording.connections[0].handshake {
        Handshake::Failed { reason, .. } => reason,
        other => panic!("expected a handshake that failed, saw {other:?}"),
    }
}

fn only(recording: &Recording) -> &Exchange {
    let [exchange] = &recording.exchanges[..] else { panic!("expected one exchange, saw {recording:#?}") };
    exchange
}

#[tokio::test]
async fn a_handshake_is_recorded() {
    let server = server().await;
    let client = Client { alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()], ..Client::with(&compute()) };
    client.get(&server, "/nowhere").await.unwrap();

    server.all_closed(DEADLINE).await.unwrap();
    let recording = server.finish().await;
    assert_eq!(
        recording.connections[0].handshake,
        Handshake::Done {
            version: "1.3".to_owned(),
            alpn: None,
            sni: Some("localhost".to_owned()),
            offered_alpn: vec!["h2".to_owned(), "http/1.1".to_owned()],
            peer: Some("compute".to_owned()),
            verified: Verified::Success,
        }
    );
    assert_eq!(recording.exchanges[0].request.target, "/nowhere");
}

#[tokio::test]
async fn a_mute_listener_leaves_handshakes_pending_until_connections_are_closed() {
    let mute = TlsSetup { protocol: Protocol::Mute, ..TlsSetup::default() };
    let server = FakeServer::start(Setup { region: mute, ..Setup::new(pki()) }).await.unwrap();
    let client = Client::default();

    let connecting = client.connect(&server, Service::Region);
    let closing = async {
        server.until("a connection", DEADLINE, |recording| !recording.connections.is_empty()).await.unwrap();
        assert_eq!(server.recording().connections[0].handshake, Handshake::Pending);
        server.close_connections();
    };
    let (connected, ()) = tokio::join!(connecting, closing);
    assert!(connected.is_err());
    server.all_closed(DEADLINE).await.unwrap();
    client.get(&server, "/nowhere").await.unwrap();
}

#[tokio::test]
async fn an_address_is_no_server_name() {
    let server = server().await;
    let client = Client { name: "127.0.0.1", ..Client::with(&compute()) };
    client.get(&server, "/nowhere").await.unwrap();

    let recording = finished(server).await;
    assert!(matches!(&recording.connections[0].handshake, Handshake::Done { sni: None, .. }));
}

#[rstest]
#[case::other_authority(|leaf: &mut Leaf| leaf.authority = Authority::Other, "UnknownIssuer")]
#[case::self_signed(|leaf: &mut Leaf| leaf.authority = Authority::Itself, "UnknownIssuer")]
#[case::expired(|leaf: &mut Leaf| leaf.lifetime = Lifetime::Expired, "certificate expired")]
#[case::not_yet_valid(|leaf: &mut Leaf| leaf.lifetime = Lifetime::NotYetValid, "certificate not valid yet")]
#[case::another_name(|leaf: &mut Leaf| leaf.names = vec!["other.test".to_owned()], "certificate not valid for name")]
#[case::common_name_only(|leaf: &mut Leaf| leaf.names.clear(), "certificate not valid for name")]
#[case::client_use(|leaf: &mut Leaf| leaf.purpose = Purpose::Client, "certificate does not allow extended key usage")]
#[tokio::test]
async fn a_client_that_looks_refuses_a_wrong_server(#[case] change: fn(&mut Leaf), #[case] expected: &str) {
    let mut certificate = Leaf::server();
    change(&mut certificate);
    let server = with(TlsSetup { certificate, ..TlsSetup::default() }).await;

    let error = Client::with(&compute()).get(&server, "/").await.unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    let recording = finished(server).await;
    assert!(refusal(&recording).starts_with("received fatal alert"), "{}", refusal(&recording));
    assert_eq!(recording.exchanges, []);
}

#[rstest]
#[case(KeyType::Rsa2048)]
#[case(KeyType::Rsa4096)]
#[case(KeyType::EcdsaP256)]
#[case(KeyType::EcdsaP384)]
#[case(KeyType::Ed25519)]
#[tokio::test]
async fn any_kind_of_key_serves_either_side(#[case] key: KeyType) {
    let certificate = Leaf { key, ..Leaf::server() };
    let server = with(TlsSetup { certificate, ..TlsSetup::default() }).await;
    let client = wrong(|leaf| leaf.key = key);

    client.get(&server, PROJECTS).await.unwrap();
    assert_eq!(*verified(&finished(server).await), Verified::Success);
}

#[tokio::test]
async fn a_client_may_insist_on_tls_1_3() {
    let server = with(TlsSetup { protocol: Protocol::Tls12, ..TlsSetup::default() }).await;
    let client = Client { versions: vec![&rustls::version::TLS13], ..Client::with(&compute()) };

    let error = client.get(&server, "/").await.unwrap_err().to_string();
    assert!(error.contains("ProtocolVersion"), "{error}");
    let recording = finished(server).await;
    assert!(refusal(&recording).contains("incompatible"), "{}", refusal(&recording));

    let server = with(TlsSetup { protocol: Protocol::Tls12, ..TlsSetup::default() }).await;
    Client::with(&compute()).get(&server, "/").await.unwrap();
    let recording = finished(server).await;
    assert!(
        matches!(&recording.connections[0].handshake, Handshake::Done { version, .. } if version == "1.2")
    );
}

#[tokio::test]
async fn without_a_certificate_nobody_is_passed_on() {
    let server = server().await;
    let answer = Client::default().get(&server, PROJECTS).await.unwrap();

    assert_eq!(answer.status, 401);
    let recording = finished(server).await;
    assert_eq!(*verified(&recording), Verified::None);
    assert_eq!(only(&recording).layer, Layer::Authentication);
}

#[rstest]
#[case::expired(|leaf: &mut Leaf| leaf.lifetime = Lifetime::Expired, "certificate has expired")]
#[case::not_yet_valid(|leaf: &mut Leaf| leaf.lifetime = Lifetime::NotYetValid, "certificate is not yet valid")]
#[case::other_authority(|leaf: &mut Leaf| leaf.authority = Authority::Other, "unable to verify the first certificate")]
#[case::wrong_use(|leaf: &mut Leaf| leaf.purpose = Purpose::Server, "unsuitable certificate purpose")]
#[tokio::test]
async fn a_wrong_client_certificate_is_treated_as_told(#[case] change: fn(&mut Leaf), #[case] reason: &str) {
    let client = wrong(change);

    let server = treating(ClientCertificates::Optional).await;
    let answer = client.get(&server, PROJECTS).await.unwrap();
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("<center>The SSL certificate error</center>"), "{}", answer.body);
    let recording = finished(server).await;
    assert_eq!(*verified(&recording), Verified::Failed(reason.to_owned()));
    assert_eq!(only(&recording).layer, Layer::Ingress);

    let server = treating(ClientCertificates::PassedOn).await;
    let answer = client.get(&server, PROJECTS).await.unwrap();
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("invalid_request"), "{}", answer.body);
    let recording = finished(server).await;
    assert_eq!(*verified(&recording), Verified::Failed(reason.to_owned()));
    assert_eq!(only(&recording).layer, Layer::Certificate);

    for clients in [ClientCertificates::Refused, ClientCertificates::Required] {
        let server = treating(clients).await;
        let error = client.get(&server, PROJECTS).await.unwrap_err().to_string();
        assert!(error.starts_with("received fatal alert"), "{error}");
        let recording = finished(server).await;
        assert!(refusal(&recording).starts_with("invalid peer certificate"), "{}", refusal(&recording));
        assert_eq!(recording.exchanges, []);
    }
}

#[tokio::test]
async fn a_certificate_can_be_required() {
    let server = treating(ClientCertificates::Required).await;
    let error = Client::default().get(&server, PROJECTS).await.unwrap_err().to_string();

    assert_eq!(error, "received fatal alert: CertificateRequired");
    assert_eq!(refusal(&finished(server).await), "peer sent no certificates");
}

#[tokio::test]
async fn a_certificate_can_be_unwanted() {
    let server = treating(ClientCertificates::NotAsked).await;
    Client::with(&compute()).get(&server, PROJECTS).await.unwrap();

    assert_eq!(*verified(&finished(server).await), Verified::None);
}

#[tokio::test]
async fn another_authority_can_be_trusted() {
    let tls = TlsSetup { client_authority: TrustAnchor::Other, ..TlsSetup::default() };
    let server = with(tls).await;
    let stranger = wrong(|leaf| leaf.authority = Authority::Other);

    assert_eq!(Client::with(&compute()).get(&server, PROJECTS).await.unwrap().status, 400);
    assert_ne!(stranger.get(&server, PROJECTS).await.unwrap().body, "");
    let recording = finished(server).await;
    assert_eq!(recording.exchanges[0].layer, Layer::Ingress);
    assert_ne!(recording.exchanges[1].layer, Layer::Ingress);
}

#[tokio::test]
async fn ingress_headers_from_outside_are_never_believed() {
    let server = server().await;
    let certificate = compute().ingress_escaped().to_owned();
    let request = format!(
        "GET {PROJECTS} HTTP/1.1\r\nHost: localhost\r\nSSL-Client-Verify: SUCCESS\r\n\
         ssl-client-cert: {certificate}\r\nX-Principal: e30\r\n\r\n"
    );
    let answer = Client::default().send(&server, &request).await.unwrap();

    assert_eq!(answer.status, 401);
    let recording = finished(server).await;
    let spoofed: Vec<_> = only(&recording).spoofed.iter().map(|header| header.name.as_str()).collect();
    assert_eq!(spoofed, ["SSL-Client-Verify", "ssl-client-cert"]);
    assert_eq!(
        only(&recording).spoofed[1].value,
        HeaderValue::Certificate { role: Some("compute".to_owned()), length: None }
    );
}

#[tokio::test]
async fn the_handshake_says_who_calls_whatever_the_headers_say() {
    let server = server().await;
    let request = get(PROJECTS).replace("Host:", "Ssl-Client-Verify: NONE\r\nX-Principal: e30\r\nHost:");
    let answer = Client::with(&compute()).send(&server, &request).await.unwrap();

    assert!(!matches!(answer.status, 400 | 401), "{answer:?}");
    assert_eq!(only(&finished(server).await).layer, Layer::Handler);
}

#[tokio::test]
async fn the_page_is_nginxs_and_ends_the_connection() {
    let server = server().await;
    let client = wrong(|leaf| leaf.lifetime = Lifetime::Expired);
    let mut stream = client.connect(&server, Service::Identity).await.unwrap();
    let Answer { head, body, .. } = support::exchange(&mut stream, &get(PROJECTS)).await.unwrap();

    insta::assert_snapshot!(format!("{head}{body}").replace('\r', ""), @r"
    HTTP/1.1 400 Bad Request
    Content-Type: text/html
    Connection: close
    Content-Length: 208

    <html>
    <head><title>400 The SSL certificate error</title></head>
    <body>
    <center><h1>400 Bad Request</h1></center>
    <center>The SSL certificate error</center>
    <hr><center>nginx</center>
    </body>
    </html>
    ");
    server.all_closed(DEADLINE).await.unwrap();
}

#[tokio::test]
async fn what_is_no_tls_is_recorded() {
    let server = server().await;
    let mut tcp = tokio::net::TcpStream::connect(server.address(Service::Identity)).await.unwrap();
    // The server answers with a TLS alert, which is no HTTP.
    tokio::io::AsyncWriteExt::write_all(&mut tcp, get("/").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut tcp, &mut answer).await.unwrap();

    assert_eq!(answer[0], 21, "{answer:?}");
    assert!(refusal(&finished(server).await).contains("corrupt message"));
}

#[tokio::test]
async fn a_listener_can_speak_plain_http_or_nothing() {
    let plain = TlsSetup { protocol: Protocol::Plain, ..TlsSetup::default() };
    let nothing = TlsSetup { protocol: Protocol::Nothing, ..TlsSetup::default() };
    let setup = Setup { identity: plain, region: nothing, ..Setup::new(pki()) };
    let server = FakeServer::start(setup).await.unwrap();

    assert!(server.endpoint(Service::Identity).starts_with("http://localhost:"));
    let mut tcp = tokio::net::TcpStream::connect(server.address(Service::Identity)).await.unwrap();
    assert_eq!(support::exchange(&mut tcp, &get(PROJECTS)).await.unwrap().status, 401);
    let refused = tokio::net::TcpStream::connect(server.address(Service::Region)).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);

    let error = Client::with(&compute()).get(&server, "/").await.unwrap_err().to_string();
    assert!(error.contains("corrupt message"), "{error}");
    drop(tcp);
    server.all_closed(DEADLINE).await.unwrap();
    let recording = server.finish().await;
    assert_eq!(recording.connections[0].handshake, Handshake::Plain);
    assert!(recording.connections[1].trouble.as_deref().unwrap().contains("no method"));
}
