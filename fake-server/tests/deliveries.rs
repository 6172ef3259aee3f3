//! How answers arrive, and how connections end after them, seen from the client's side.

#![allow(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

mod support;

use std::io::ErrorKind;

use bytes::Bytes;
use plumbline_fake_server::Service;
use plumbline_fake_server::exchange::{Layer, Response};
use plumbline_fake_server::fault::{Delivery, Ending, Fault, Gate, Rule};
use plumbline_fake_server::record::Body;
use rstest::rstest;
use serde_json::Value;
use support::requests::{ADD, READ};
use support::tap::{Tap, single_bytes};
use support::{client, exchange, finished, get, raw, reply, server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[rstest]
#[case::head(Delivery::HeadCut(Ending::Close), "HTTP/1.1 200 OK\r\nRetry-Afte")]
#[case::body(
    Delivery::BodyCut(Ending::Close),
    "HTTP/1.1 200 OK\r\nRetry-After: 7\r\nContent-Length: 8\r\n\r\n1234"
)]
#[case::overlong(
    Delivery::Overlong(Ending::Close),
    "HTTP/1.1 200 OK\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\n12345678"
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
async fn an_answer_without_body_is_followed_by_stray_bytes_when_it_is_overlong() {
    let server = server().await;
    let delivery = Delivery::Overlong(Ending::Close);
    server.inject(Rule::each(Fault { delivery, ..Fault::reply(Response::empty(204)) }));

    let (text, end) = raw(&server, &get("/")).await;
    assert_eq!((text.as_str(), end), ("HTTP/1.1 204 No Content\r\n\r\nstray", None));
    assert_eq!(finished(server).await.exchanges[0].fault.as_deref(), Some("reply 204, body overlong"));
}

#[tokio::test]
async fn slow_bytes_make_the_service_s_own_answer_and_leave_the_connection_usable() {
    let server = server().await;
    server.inject(Rule::nth(1, Fault::deliver(Delivery::Slowly)));
    let tcp = TcpStream::connect(server.address(Service::Identity)).await.unwrap();
    let (tap, received) = Tap::on(tcp);
    let mut stream = client().over(tap).await.unwrap();
    received.lock().unwrap().clear();
    let slow = exchange(&mut stream, READ).await.unwrap();
    let writes = single_bytes(&received.lock().unwrap());
    assert_eq!(writes, slow.head.len() + slow.body.len());
    let answer = exchange(&mut stream, READ).await.unwrap();
    assert_eq!((slow.status, &slow.body), (200, &answer.body));

    let recording = finished(server).await;
    let [slow, answer] = &recording.exchanges[..] else { panic!("expected two exchanges") };
    assert_eq!((slow.layer, slow.fault.as_deref()), (Layer::Handler, Some("slow bytes")));
    assert_eq!(slow.answer, answer.answer);
    assert_eq!(recording.connections.len(), 1);
}

#[tokio::test]
async fn a_body_can_be_garbled() {
    let server = server().await;
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    let whole = exchange(&mut stream, READ).await.unwrap();
    server.inject(Rule::each(Fault::deliver(Delivery::Garbled)));
    stream.write_all(READ.as_bytes()).await.unwrap();
    let mut bytes = vec![0; whole.head.len() + whole.body.len()];
    stream.read_exact(&mut bytes).await.unwrap();
    let (head, body) = bytes.split_at(whole.head.len());
    assert_eq!(head, whole.head.as_bytes());
    std::str::from_utf8(body).unwrap_err();
    serde_json::from_slice::<Value>(body).unwrap_err();
    // Nothing to garble: it arrives whole.
    let added = exchange(&mut stream, ADD).await.unwrap();
    assert_eq!((added.status, added.body.as_str()), (201, ""));

    let recording = finished(server).await;
    let [_, garbled, added] = &recording.exchanges[..] else { panic!("expected three exchanges") };
    assert_eq!((garbled.layer, garbled.fault.as_deref()), (Layer::Fault, Some("body garbled")));
    let Body::Text { length, .. } = garbled.answer.as_ref().unwrap().body else { panic!("expected no JSON") };
    assert_eq!(length, whole.body.len());
    assert_eq!(added.layer, Layer::Handler);
}

#[rstest]
#[case::in_place_of_its_own(READ, 200)]
#[case::where_there_was_none(ADD, 201)]
#[tokio::test]
async fn an_answer_can_have_another_content_type(#[case] request: &str, #[case] status: u16) {
    let server = server().await;
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    let own = exchange(&mut stream, request).await.unwrap();
    server.inject(Rule::each(Fault::deliver(Delivery::Retyped("text/html".to_owned()))));
    let retyped = exchange(&mut stream, request).await.unwrap();
    assert_eq!((own.status, retyped.status), (status, status));
    assert_eq!(retyped.body, own.body);
    let types = |answer: &support::Answer| {
        let lines = answer.head.lines().filter_map(|line| line.strip_prefix("Content-Type: "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_ne!(types(&own), types(&retyped));
    assert_eq!(types(&retyped), ["text/html"]);
    assert_eq!(finished(server).await.exchanges[1].fault.as_deref(), Some("other content type"));
}

#[rstest]
#[case::closed(Ending::Close, None, "then closed")]
#[case::cut(Ending::Cut, Some(ErrorKind::UnexpectedEof), "then cut")]
#[case::reset(Ending::Reset, Some(ErrorKind::ConnectionReset), "then reset")]
#[tokio::test]
async fn a_connection_can_end_after_a_whole_answer(
    #[case] ending: Ending,
    #[case] end: Option<ErrorKind>,
    #[case] name: &str,
) {
    let server = server().await;
    server.inject(Rule::nth(1, Fault::end_after(ending)));
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    assert_eq!(exchange(&mut stream, ADD).await.unwrap().status, 201);
    let rest = stream.read_to_end(&mut Vec::new()).await;
    assert_eq!(rest.err().map(|error| error.kind()), end);
    drop(stream);
    assert_eq!(client().send(&server, READ).await.unwrap().status, 200);

    let recording = finished(server).await;
    let seen = &recording.exchanges[0];
    assert_eq!((seen.layer, seen.fault.as_deref()), (Layer::Handler, Some(name)));
    assert_eq!(seen.answer.as_ref().unwrap().status, 201);
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
async fn the_rest_of_a_body_that_stalls_may_never_come() {
    let server = server().await;
    let gate = Gate::new();
    let delivery = Delivery::BodyStalls(gate.clone());
    server.inject(Rule::each(Fault { delivery, ..Fault::reply(reply(200, "12345678")) }));
    gate.dismiss();

    let (text, end) = raw(&server, &get("/")).await;
    assert!(text.ends_with("\r\n\r\n1234"), "{text}");
    assert_eq!(end, Some(ErrorKind::UnexpectedEof));
    assert_eq!(finished(server).await.exchanges[0].answer.as_ref().unwrap().status, 200);
}
