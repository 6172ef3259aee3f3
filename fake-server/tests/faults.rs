//! What a test may put around the decision, seen from the client's side.

#![allow(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

mod support;

use std::io::ErrorKind;

use bytes::Bytes;
use plumbline_fake_server::exchange::{Layer, Response};
use plumbline_fake_server::fault::{Delivery, Ending, Fault, Gate, Requests, Rule};
use plumbline_fake_server::record::{Body, Recording};
use plumbline_fake_server::store::{Kind, Refusal, StoreFault, Verb};
use plumbline_fake_server::{FakeServer, Service};
use rstest::rstest;
use support::{Client, DEADLINE, exchange, get, pki, server};
use tokio::io::AsyncReadExt as _;

const ADD: &str = "PUT /api/v1/organizations/000000a0-0000-4000-8000-000000000001/projects/\
                   000000b0-0000-4000-8000-000000000001/references/a.b%252Fc HTTP/1.1\r\nHost: localhost\r\n\
                   X-Principal: e30\r\nContent-Length: 0\r\n\r\n";

fn client() -> Client {
    Client::with(&pki().credential("kubernetes").unwrap())
}

/// Everything the server says to one request until the connection ends, and how it ended.
async fn raw(server: &FakeServer, request: &str) -> (String, Option<ErrorKind>) {
    let mut stream = client().connect(server, Service::Identity).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await;
    (String::from_utf8(bytes).unwrap(), end.err().map(|error| error.kind()))
}

fn reply(status: u16, body: &'static str) -> Response {
    let headers = vec![("Retry-After".to_owned(), "7".to_owned())];
    Response { status, headers, body: Bytes::from_static(body.as_bytes()) }
}

async fn finished(server: FakeServer) -> Recording {
    server.settled(DEADLINE).await.unwrap();
    server.finish().await
}

/// Whether the reference was added.
fn took_effect(recording: &Recording) -> bool {
    recording.exchanges.iter().any(|exchange| !exchange.changes.is_empty())
}

#[tokio::test]
async fn without_a_fault_the_request_takes_effect() {
    let server = server().await;
    assert_eq!(client().send(&server, ADD).await.unwrap().status, 201);

    let recording = finished(server).await;
    assert!(took_effect(&recording));
    assert_eq!(recording.exchanges[0].fault, None);
}

#[tokio::test]
async fn a_reply_comes_instead_of_the_service() {
    let server = server().await;
    let rule = server.inject(Rule::nth(1, Fault::reply(reply(429, "slow down"))));
    let answer = client().send(&server, ADD).await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (429, "slow down"));
    assert!(answer.head.contains("\r\nRetry-After: 7\r\n"), "{}", answer.head);
    assert_eq!(server.withdraw(rule), Some(1));

    let recording = finished(server).await;
    let seen = &recording.exchanges[0];
    assert_eq!((seen.layer, seen.fault.as_deref()), (Layer::Fault, Some("reply 429")));
    assert_eq!(seen.answer.as_ref().unwrap().body, Body::Text { text: "slow down".to_owned(), length: 9 });
    assert!(!took_effect(&recording));
}

#[tokio::test]
async fn a_reply_can_hide_that_the_request_took_effect() {
    let server = server().await;
    server.inject(Rule::each(Fault::reply(reply(502, "")).with_effect()));
    assert_eq!(client().send(&server, ADD).await.unwrap().status, 502);

    assert!(took_effect(&finished(server).await));
}

#[rstest]
#[case::close(Ending::Close, None)]
#[case::cut(Ending::Cut, Some(ErrorKind::UnexpectedEof))]
#[case::reset(Ending::Reset, Some(ErrorKind::ConnectionReset))]
#[tokio::test]
async fn an_answer_can_be_lost(#[case] ending: Ending, #[case] end: Option<ErrorKind>) {
    let server = server().await;
    server.inject(Rule::nth(1, Fault::lose_answer(ending)));
    server.inject(Rule::nth(2, Fault::drop_request(ending)));
    assert_eq!(raw(&server, ADD).await, (String::new(), end));
    assert_eq!(raw(&server, ADD).await, (String::new(), end));

    let recording = finished(server).await;
    let [lost, dropped] = &recording.exchanges[..] else { panic!("expected two exchanges") };
    assert_eq!((lost.layer, &lost.answer, lost.changes.len()), (Layer::Fault, &None, 1));
    assert!(lost.operation.is_some());
    assert_eq!((dropped.layer, &dropped.answer, dropped.changes.len()), (Layer::Fault, &None, 0));
}

#[rstest]
#[case::head(Delivery::HeadCut(Ending::Close), "HTTP/1.1 200 OK\r\nRetry-Afte")]
#[case::body(
    Delivery::BodyCut(Ending::Close),
    "HTTP/1.1 200 OK\r\nRetry-After: 7\r\nContent-Length: 8\r\n\r\n1234"
)]
#[case::chunks(
    Delivery::ChunkedCut(Ending::Close),
    "HTTP/1.1 200 OK\r\nRetry-After: 7\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n"
)]
#[case::raw(Delivery::Raw(Bytes::from_static(b"\0SSH-2.0\r\n"), Ending::Close), "\0SSH-2.0\r\n")]
#[tokio::test]
async fn an_answer_can_arrive_in_part(#[case] delivery: Delivery, #[case] expected: &str) {
    let server = server().await;
    server.inject(Rule::each(Fault { delivery, ..Fault::reply(reply(200, "12345678")) }));

    assert_eq!(raw(&server, &get("/")).await, (expected.to_owned(), None));
}

#[tokio::test]
async fn an_answer_without_body_is_no_more_whole_when_its_body_is_cut() {
    let server = server().await;
    let delivery = Delivery::BodyCut(Ending::Close);
    server.inject(Rule::each(Fault { delivery, ..Fault::reply(Response::empty(204)) }));

    let (text, _) = raw(&server, &get("/")).await;
    assert!(text.starts_with("HTTP/1.1 204 ") && text.ends_with("\r\n\r"), "{text:?}");
    assert_eq!(finished(server).await.exchanges[0].answer, None);
}

#[tokio::test]
async fn an_answer_in_chunks_leaves_the_connection_usable() {
    let server = server().await;
    let chunked = Fault { delivery: Delivery::Chunked, ..Fault::reply(reply(200, "12345678")) };
    server.inject(Rule::nth(1, chunked));
    server.inject(Rule::nth(
        2,
        Fault::reply(Response {
            headers: vec![("Connection".to_owned(), "close".to_owned())],
            ..reply(200, "")
        }),
    ));

    let both = get("/") + &get("/");
    let (text, end) = raw(&server, &both).await;
    assert_eq!(end, None);
    assert!(text.contains("8\r\n12345678\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n"), "{text}");
}

#[tokio::test]
async fn an_answer_can_be_held_after_it_took_effect() {
    let server = server().await;
    let gate = Gate::new();
    server.inject(Rule::each(Fault::hold_answer(&gate)));
    let client = client();
    let call = client.send(&server, ADD);
    let release = async {
        gate.reached().await;
        let effect = took_effect(&server.recording());
        gate.release();
        effect
    };

    let (answer, effect) = tokio::join!(call, release);
    assert!(effect);
    assert_eq!(answer.unwrap().status, 201);
    assert_eq!(server.recording().exchanges[0].fault.as_deref(), Some("held"));
}

#[tokio::test]
async fn a_request_can_be_held_before_it_takes_effect() {
    let server = server().await;
    let gate = Gate::new();
    server.inject(Rule::each(Fault::hold_answer(&gate).late()));
    let client = client();
    let call = client.send(&server, ADD);
    let release = async {
        gate.reached().await;
        server.settled(DEADLINE).await.unwrap();
        let seen = server.recording();
        gate.release();
        seen
    };

    let (answer, seen) = tokio::join!(call, release);
    assert_eq!((took_effect(&seen), &seen.exchanges[0].answer), (false, &None));
    assert_eq!(answer.unwrap().status, 201);
    assert!(took_effect(&finished(server).await));
}

#[tokio::test]
async fn a_client_that_gives_up_on_a_held_request_is_noticed() {
    let server = server().await;
    let gate = Gate::new();
    server.inject(Rule::each(Fault::hold_answer(&gate).late()));
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, ADD.as_bytes()).await.unwrap();
    gate.reached().await;
    drop(stream);

    server.all_closed(DEADLINE).await.unwrap();
    gate.release();
    assert!(!took_effect(&server.finish().await));
}

#[tokio::test]
async fn a_body_can_stall() {
    let server = server().await;
    let gate = Gate::new();
    let delivery = Delivery::BodyStalls(gate.clone());
    server.inject(Rule::each(Fault { delivery, ..Fault::reply(reply(200, "12345678")) }));
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    let answer = exchange(&mut stream, "GET / HTTP/1.1\r\n\r\n");
    let release = async {
        gate.reached().await;
        gate.release();
    };

    let (answer, ()) = tokio::join!(answer, release);
    assert_eq!(answer.unwrap().body, "12345678");
}

#[tokio::test]
async fn the_store_can_refuse() {
    let server = server().await;
    let conflict = StoreFault { verb: Verb::Update, kind: Kind::Project, nth: 1, error: Refusal::Conflict };
    server.inject(Rule::nth(1, Fault::refuse(conflict)));
    assert_eq!(client().send(&server, ADD).await.unwrap().status, 409);
    assert_eq!(client().send(&server, ADD).await.unwrap().status, 201);

    let recording = finished(server).await;
    assert_eq!(recording.exchanges[0].layer, Layer::Handler);
    assert_eq!(recording.exchanges[0].fault.as_deref(), Some("store refuses update of project"));
}

#[tokio::test]
async fn a_refusal_by_the_store_is_for_its_request_only() {
    let server = server().await;
    let conflict = StoreFault { verb: Verb::Update, kind: Kind::Project, nth: 1, error: Refusal::Conflict };
    server.inject(Rule::nth(1, Fault::refuse(conflict)));
    assert_eq!(client().get(&server, "/nowhere").await.unwrap().status, 404);

    assert_eq!(client().send(&server, ADD).await.unwrap().status, 201);
}

#[tokio::test]
async fn a_rule_can_be_about_some_requests_only() {
    let server = server().await;
    let elsewhere = Requests { service: Some(Service::Region), ..Requests::default() };
    server.inject(Rule::each(Fault::reply(reply(503, ""))).on(elsewhere));

    assert_eq!(client().send(&server, ADD).await.unwrap().status, 201);
    let mut stream = client().connect(&server, Service::Region).await.unwrap();
    assert_eq!(exchange(&mut stream, &get("/")).await.unwrap().status, 503);
}
