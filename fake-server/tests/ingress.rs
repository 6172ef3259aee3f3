//! The ingress: who the client is, and who says so.

mod support;

use plumbline_fake_server::ingress::{Protocol, TlsSetup};
use plumbline_fake_server::record::{Handshake, Verified};
use plumbline_fake_server::{FakeServer, Service, Setup};
use support::{Client, DEADLINE, pki, server};

#[tokio::test]
async fn a_handshake_is_recorded() {
    let server = server().await;
    let compute = pki().credential("compute").unwrap();
    let client = Client { alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()], ..Client::with(&compute) };
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
async fn a_hello_to_a_listener_without_tls_is_answered_as_no_request() {
    let plain = TlsSetup { protocol: Protocol::Plain, ..TlsSetup::default() };
    let server = FakeServer::start(Setup { identity: plain, ..Setup::new(pki()) }).await.unwrap();

    assert!(Client::default().connect(&server, Service::Identity).await.is_err());
    server.all_closed(DEADLINE).await.unwrap();
    let recording = server.finish().await;
    assert_eq!(recording.connections[0].handshake, Handshake::Plain);
    assert!(recording.connections[0].trouble.as_ref().is_some_and(|said| said.contains("no method")));
}
