//! The server's life: start, many callers, changes while it runs, the end.

#![allow(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

mod support;

use plumbline_fake_server::exchange::Layer;
use plumbline_fake_server::ingress::TlsSetup;
use plumbline_fake_server::pki::Leaf;
use plumbline_fake_server::record::{Body, Handshake, HeaderValue};
use plumbline_fake_server::{FakeServer, Service, Setup};
use support::{Answer, Client, DEADLINE, exchange, get, pki, server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const PROJECTS: &str = "/api/v1/organizations/000000a0-0000-4000-8000-000000000001/projects";

fn client() -> Client {
    Client::with(&pki().credential("kubernetes").unwrap())
}

fn request(target: &str, headers: &str, body: &str) -> String {
    format!("POST {target} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n{body}")
}

#[tokio::test]
async fn an_exchange_is_recorded_as_it_came() {
    let server = server().await;
    let headers = "x-ONE: 1\r\nX-Principal: e30\r\nx-one: 2\r\nContent-Length: 7\r\n";
    let mark = server.mark();
    client().send(&server, &request("/a%252Fb?x=%20", headers, "{\"a\":1}")).await.unwrap();

    let recording = server.since(mark);
    let seen = &recording.exchanges[0];
    assert_eq!((seen.number, seen.connection, seen.service), (1, 1, Service::Identity));
    assert_eq!((seen.request.method.as_str(), seen.request.target.as_str()), ("POST", "/a%252Fb?x=%20"));
    let names: Vec<_> = seen.request.headers.iter().map(|header| header.name.as_str()).collect();
    assert_eq!(names, ["Host", "x-ONE", "X-Principal", "x-one", "Content-Length"]);
    assert_eq!(seen.request.headers[2].value, HeaderValue::PlainPrincipal { payload: "{}".to_owned() });
    assert_eq!(seen.request.body, Body::Json { value: serde_json::json!({"a": 1}) });
    assert_eq!((seen.layer, seen.answer.as_ref().unwrap().status), (Layer::Routing, 404));
    assert_eq!(server.since(server.mark()).exchanges, []);
}

#[tokio::test]
async fn bodies_come_in_any_framing() {
    let server = server().await;
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    let chunked =
        request("/", "Transfer-Encoding: chunked\r\n", "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n");
    exchange(&mut stream, &chunked).await.unwrap();
    stream
        .write_all(request("/", "Content-Length: 2\r\nExpect: 100-continue\r\n", "").as_bytes())
        .await
        .unwrap();
    assert_eq!(support::answer(&mut stream).await.unwrap().status, 100);
    exchange(&mut stream, "hi").await.unwrap();

    let bodies: Vec<_> =
        server.recording().exchanges.into_iter().map(|exchange| exchange.request.body).collect();
    let text = |text: &str| Body::Text { text: text.to_owned(), length: text.len() };
    assert_eq!(bodies, [text("abcde"), text("hi")]);
}

#[tokio::test]
async fn what_is_no_request_gets_the_ingress_page_and_is_recorded() {
    let server = server().await;
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    let Answer { status, .. } =
        exchange(&mut stream, "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n").await.unwrap();
    assert_eq!(status, 400);

    server.all_closed(DEADLINE).await.unwrap();
    let recording = server.finish().await;
    assert_eq!(
        recording.connections[0].trouble.as_deref(),
        Some("contradictory or unreadable framing of the body")
    );
    assert_eq!(recording.exchanges, []);
}

#[tokio::test]
async fn a_client_may_end_an_idle_connection_without_a_goodbye() {
    let server = server().await;
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    exchange(&mut stream, &get("/")).await.unwrap();
    drop(stream);

    server.all_closed(DEADLINE).await.unwrap();
    assert_eq!(server.finish().await.connections[0].trouble, None);
}

#[tokio::test]
async fn a_request_that_breaks_off_is_recorded() {
    let server = server().await;
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    stream.shutdown().await.unwrap();

    server.all_closed(DEADLINE).await.unwrap();
    let trouble = &server.finish().await.connections[0].trouble;
    assert_eq!(trouble.as_deref(), Some("the connection ended within a request"));
}

#[tokio::test]
async fn a_very_long_header_is_taken() {
    let server = server().await;
    let value = "a".repeat(2_666_683);
    client()
        .send(&server, &get("/").replace("Host", &format!("X-Principal: {value}\r\nHost")))
        .await
        .unwrap();

    let recording = server.finish().await;
    assert_eq!(recording.exchanges[0].request.headers[0].value, HeaderValue::Text { text: value });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_at_once_are_served_and_numbered_in_order() {
    let server = std::sync::Arc::new(server().await);
    let calls: Vec<_> = (0..50)
        .map(|number| {
            let server = std::sync::Arc::clone(&server);
            tokio::spawn(async move { client().get(&server, &format!("/{number}")).await.unwrap().status })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), 404);
    }
    server.all_closed(DEADLINE).await.unwrap();

    let recording = std::sync::Arc::into_inner(server).unwrap().finish().await;
    let numbers: Vec<_> = recording.exchanges.iter().map(|exchange| exchange.number).collect();
    assert_eq!(numbers, (1..=50).collect::<Vec<_>>());
    let mut connections: Vec<_> = recording.exchanges.iter().map(|exchange| exchange.connection).collect();
    connections.sort_unstable();
    assert_eq!(connections, numbers);
}

#[tokio::test]
async fn a_slow_handshake_blocks_nobody() {
    let server = server().await;
    let slow = TcpStream::connect(server.address(Service::Identity)).await.unwrap();
    client().get(&server, "/").await.unwrap();

    server.until("the slow one to be accepted", DEADLINE, |seen| seen.connections.len() == 2).await.unwrap();
    drop(slow);
    server.all_closed(DEADLINE).await.unwrap();
    let recording = server.finish().await;
    let Handshake::Failed { reason, .. } = &recording.connections[0].handshake else {
        panic!("{recording:#?}")
    };
    assert_eq!(reason, "the client closed the connection during the handshake");
}

#[tokio::test]
async fn the_same_requests_get_the_same_recording() {
    let mut recordings = Vec::new();
    for _ in 0..2 {
        let server = server().await;
        let create = r#"{"metadata":{"name":"new"},"spec":{"groupIDs":[]}}"#;
        let headers = format!(
            "Content-Type: application/json\r\nX-Principal: e30\r\nContent-Length: {}\r\n",
            create.len()
        );
        let mut stream = client().connect(&server, Service::Identity).await.unwrap();
        exchange(&mut stream, &request(PROJECTS, &headers, create)).await.unwrap();
        exchange(&mut stream, &get(PROJECTS)).await.unwrap();
        drop(stream);
        server.all_closed(DEADLINE).await.unwrap();
        recordings.push(server.finish().await);
    }
    assert_eq!(recordings[0].exchanges.len(), 2);
    assert_eq!(recordings[0], recordings[1]);
}

#[tokio::test]
async fn a_listener_can_change_its_certificate_while_connections_go_on() {
    let server = server().await;
    let mut old = client().connect(&server, Service::Identity).await.unwrap();
    let certificate = Leaf { names: vec!["other.test".to_owned()], ..Leaf::server() };
    server.retls(Service::Identity, &TlsSetup { certificate, ..TlsSetup::default() }).unwrap();

    client().get(&server, "/").await.unwrap_err();
    assert_eq!(exchange(&mut old, &get("/")).await.unwrap().status, 404);
}

#[tokio::test]
async fn connections_can_be_closed_from_the_servers_side() {
    let server = server().await;
    let mut idle = client().connect(&server, Service::Identity).await.unwrap();
    exchange(&mut idle, &get("/")).await.unwrap();
    assert_eq!(server.open_connections(), 1);
    server.close_connections();

    assert_eq!(idle.read(&mut [0]).await.unwrap(), 0);
    server.all_closed(DEADLINE).await.unwrap();
    client().get(&server, "/").await.unwrap();
}

#[tokio::test]
async fn connections_that_come_while_all_are_closed_are_closed_too() {
    let server = server().await;
    let mut before = client().connect(&server, Service::Identity).await.unwrap();
    exchange(&mut before, &get("/")).await.unwrap();
    let meanwhile = async {
        // Its client has learnt of the end, and has not closed its side yet: the server still waits for it.
        assert_eq!(before.read(&mut [0]).await.unwrap(), 0);
        let mut late = client().connect(&server, Service::Region).await.unwrap();
        assert_eq!(late.read(&mut [0]).await.unwrap(), 0);
        drop((before, late));
    };
    let (closed, ()) = tokio::join!(server.close_all(DEADLINE), meanwhile);
    closed.unwrap();
}

#[tokio::test]
async fn waiting_for_what_does_not_come_says_so() {
    let server = server().await;
    let _open = client().connect(&server, Service::Identity).await.unwrap();
    server.until("a connection", DEADLINE, |seen| !seen.connections.is_empty()).await.unwrap();

    let error = server.all_closed(std::time::Duration::ZERO).await.unwrap_err();
    assert_eq!(error.to_string(), "waited 0ns for every connection to be closed");
}

#[tokio::test]
async fn finishing_and_dropping_end_everything() {
    for drops in [true, false] {
        let server = server().await;
        let address = server.address(Service::Region);
        let mut open = client().connect(&server, Service::Region).await.unwrap();
        if drops {
            drop(server);
        } else {
            server.finish().await;
        }
        // The connection is gone without a goodbye.
        assert!(open.read(&mut [0]).await.is_err());
        let again = FakeServer::start(Setup {
            ports: plumbline_fake_server::server::Ports { identity: 0, region: address.port() },
            ..Setup::new(pki())
        });
        again.await.unwrap();
    }
}
