//! What may go wrong with a connection before there is a request.

#![allow(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

mod support;

use std::io::ErrorKind;

use plumbline_fake_server::fault::{ConnectionFault, ConnectionRule, Gate, Occurrence};
use plumbline_fake_server::ingress::{Protocol, TlsSetup};
use plumbline_fake_server::pki::{Authority, Leaf, Lifetime, TrustAnchor};
use plumbline_fake_server::record::{Connection, Handshake};
use plumbline_fake_server::{FakeServer, Service};
use rstest::rstest;
use support::requests::READ;
use support::{Client, DEADLINE, client, exchange, finished, server};
use tokio::net::TcpStream;

/// How the handshake fails of a client to which nothing was said.
const SILENCE: &str = "left in silence by an injected fault";

/// A rule for the nth connection to the identity service.
fn nth(nth: u64, fault: ConnectionFault) -> ConnectionRule {
    ConnectionRule { service: Some(Service::Identity), occurrence: Occurrence::Nth(nth), fault }
}

/// How a handshake fails on the client's side.
async fn failure(server: &FakeServer) -> std::io::Error {
    client().connect(server, Service::Identity).await.unwrap_err()
}

/// What the server knows of a client whose handshake failed.
fn failed(connection: &Connection) -> (&str, Option<&str>) {
    match &connection.handshake {
        Handshake::Failed { reason, sni, .. } => (reason, sni.as_deref()),
        other => panic!("expected a handshake that failed, saw {other:?}"),
    }
}

#[rstest]
#[case::refused(ConnectionFault::Refuse, ErrorKind::ConnectionReset, "refused", None)]
#[case::closed(
    ConnectionFault::CloseAtHello,
    ErrorKind::UnexpectedEof,
    "closed at the client's hello",
    Some("localhost")
)]
#[case::reset(
    ConnectionFault::ResetAtHello,
    ErrorKind::ConnectionReset,
    "reset at the client's hello",
    Some("localhost")
)]
#[tokio::test]
async fn a_connection_can_end_before_its_handshake_does(
    #[case] fault: ConnectionFault,
    #[case] end: ErrorKind,
    #[case] name: &str,
    #[case] sni: Option<&str>,
) {
    let server = server().await;
    let rule = server.inject_connection(nth(2, fault)).unwrap();
    assert_eq!(client().send(&server, READ).await.unwrap().status, 200);
    assert_eq!(failure(&server).await.kind(), end);
    assert_eq!(client().send(&server, READ).await.unwrap().status, 200);
    assert_eq!(server.withdraw_connection(rule), Some(1));
    assert_eq!(server.withdraw_connection(rule), None);

    let recording = finished(server).await;
    let [first, second, third] = &recording.connections[..] else { panic!("expected three connections") };
    assert_eq!((&first.fault, &third.fault), (&None, &None));
    assert_eq!(second.fault.as_deref(), Some(name));
    assert_eq!(failed(second).1, sni);
    assert!(!second.open);
}

#[tokio::test]
async fn a_silent_connection_goes_on_once_its_gate_opens() {
    let server = server().await;
    let gate = Gate::new();
    server.inject_connection(nth(1, ConnectionFault::Silence(gate.clone()))).unwrap();
    let client = client();
    let call = client.send(&server, READ);
    let release = async {
        gate.reached().await;
        server.settled(DEADLINE).await.unwrap();
        let seen = server.recording();
        gate.release();
        seen
    };

    let (answer, seen) = tokio::join!(call, release);
    assert_eq!(seen.connections[0].handshake, Handshake::Pending);
    assert_eq!(answer.unwrap().status, 200);
    let recording = finished(server).await;
    assert_eq!(recording.connections[0].fault.as_deref(), Some("silence"));
    assert!(matches!(recording.connections[0].handshake, Handshake::Done { .. }));
}

#[tokio::test]
async fn a_client_that_gives_up_on_a_silent_connection_is_noticed() {
    let server = server().await;
    let gate = Gate::new();
    server.inject_connection(nth(1, ConnectionFault::Silence(gate.clone()))).unwrap();
    let tcp = TcpStream::connect(server.address(Service::Identity)).await.unwrap();
    gate.reached().await;
    drop(tcp);

    server.all_closed(DEADLINE).await.unwrap();
    let recording = server.finish().await;
    assert_eq!(failed(&recording.connections[0]), (SILENCE, None));
}

#[tokio::test]
async fn a_silent_connection_is_closed_when_all_are() {
    let server = server().await;
    let gate = Gate::new();
    server.inject_connection(nth(1, ConnectionFault::Silence(gate.clone()))).unwrap();
    let _tcp = TcpStream::connect(server.address(Service::Identity)).await.unwrap();
    gate.reached().await;
    server.close_connections();

    server.all_closed(DEADLINE).await.unwrap();
    assert_eq!(failed(&server.finish().await.connections[0]), (SILENCE, None));
}

#[tokio::test]
async fn a_silent_connection_ends_when_its_gate_is_shut() {
    let server = server().await;
    let gate = Gate::new();
    server.inject_connection(nth(1, ConnectionFault::Silence(gate.clone()))).unwrap();
    let mut tcp = TcpStream::connect(server.address(Service::Identity)).await.unwrap();
    gate.reached().await;
    gate.dismiss();

    assert_eq!(tokio::io::AsyncReadExt::read(&mut tcp, &mut [0]).await.unwrap(), 0);
    let recording = finished(server).await;
    assert_eq!(failed(&recording.connections[0]), (SILENCE, None));
}

#[rstest]
#[case::name(TlsSetup {
    certificate: Leaf { names: vec!["other.test".to_owned()], ..Leaf::server() },
    ..TlsSetup::default()
}, "certificate not valid for name")]
#[case::expired(TlsSetup {
    certificate: Leaf { lifetime: Lifetime::Expired, ..Leaf::server() },
    ..TlsSetup::default()
}, "certificate expired")]
#[case::authority(TlsSetup {
    certificate: Leaf { authority: Authority::Other, ..Leaf::server() },
    ..TlsSetup::default()
}, "UnknownIssuer")]
#[case::version(TlsSetup { protocol: Protocol::Tls12, ..TlsSetup::default() }, "ProtocolVersion")]
#[tokio::test]
async fn a_connection_can_be_met_by_another_setup(#[case] setup: TlsSetup, #[case] message: &str) {
    let server = server().await;
    server.inject_connection(nth(1, ConnectionFault::Listener(setup))).unwrap();
    let modern = Client { versions: vec![&rustls::version::TLS13], ..client() };
    let error = modern.connect(&server, Service::Identity).await.unwrap_err().to_string();
    assert!(error.contains(message), "{error}");
    assert_eq!(modern.send(&server, READ).await.unwrap().status, 200);

    let recording = finished(server).await;
    assert_eq!(recording.connections[0].fault.as_deref(), Some("another listener"));
    failed(&recording.connections[0]);
    assert!(matches!(recording.connections[1].handshake, Handshake::Done { .. }));
}

#[tokio::test]
async fn another_setup_is_for_its_connections_only() {
    let server = server().await;
    let plain = TlsSetup { protocol: Protocol::Plain, ..TlsSetup::default() };
    server.inject_connection(nth(1, ConnectionFault::Listener(plain))).unwrap();
    let mut elsewhere = client().connect(&server, Service::Region).await.unwrap();
    assert_eq!(exchange(&mut elsewhere, &support::get("/")).await.unwrap().status, 404);
    assert!(server.endpoint(Service::Identity).starts_with("https://"));
    let mut tcp = TcpStream::connect(server.address(Service::Identity)).await.unwrap();
    assert_eq!(exchange(&mut tcp, READ).await.unwrap().status, 401);

    assert_eq!(server.recording().connections[1].handshake, Handshake::Plain);
}

#[tokio::test]
async fn a_listener_can_be_another_from_some_connection_on() {
    let server = server().await;
    let certificate = Leaf { authority: Authority::Other, ..Leaf::server() };
    let fault = ConnectionFault::Listener(TlsSetup { certificate, ..TlsSetup::default() });
    let rule = ConnectionRule { service: None, occurrence: Occurrence::From(2), fault };
    let rule = server.inject_connection(rule).unwrap();
    let other = Client { trusts: TrustAnchor::Other, ..client() };

    client().connect(&server, Service::Region).await.unwrap();
    failure(&server).await;
    other.connect(&server, Service::Identity).await.unwrap();
    other.connect(&server, Service::Region).await.unwrap();
    server.settled(DEADLINE).await.unwrap();
    assert_eq!(server.withdraw_connection(rule), Some(3));
}

#[tokio::test]
async fn a_setup_that_cannot_be_used_is_refused_at_once() {
    let server = server().await;
    let certificate = Leaf { names: vec!["é.test".to_owned()], ..Leaf::server() };
    let fault = ConnectionFault::Listener(TlsSetup { certificate, ..TlsSetup::default() });
    let refused = server.inject_connection(nth(1, fault));

    assert_eq!(refused.unwrap_err().to_string(), "set up TLS for Identity");
}

#[test]
fn a_connection_without_a_fault_is_written_as_ever() {
    let written =
        r#"{"number":1,"service":"identity","handshake":{"kind":"plain"},"trouble":null,"open":true}"#;
    let read: Connection = serde_json::from_str(written).unwrap();

    assert_eq!(read.fault, None);
    assert_eq!(serde_json::to_string(&read).unwrap(), written);
}
