//! What a test may put around the decision, seen from the client's side.

#![allow(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

mod support;

use std::io::ErrorKind;
use std::time::{Duration, SystemTime};

use plumbline_fake_server::Service;
use plumbline_fake_server::exchange::{ChangeVerb, Layer, Response, date_ahead};
use plumbline_fake_server::fault::{Ending, Fault, Gate, Requests, Rule};
use plumbline_fake_server::record::{Body, HeaderValue, Recording};
use plumbline_fake_server::store::{Kind, Refusal, StoreFault, Verb};
use rstest::rstest;
use serde_json::Value;
use support::requests::{ADD, ALLOCATIONS, READ, allocate};
use support::{DEADLINE, client, exchange, finished, get, raw, reply, server};
use tokio::io::AsyncWriteExt as _;

#[expect(clippy::disallowed_methods, reason = "a date on the wire is one by this clock")]
fn now() -> SystemTime {
    SystemTime::now()
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

/// What travels is a date, and what is recorded the same every time.
#[tokio::test]
async fn a_reply_can_name_a_date_ahead() {
    let server = server().await;
    let named = date_ahead(3600);
    let headers = vec![("Retry-After".to_owned(), named.clone())];
    server.inject(Rule::each(Fault::reply(Response { headers, ..Response::empty(503) })));
    let before = now();
    let answer = client().send(&server, READ).await.unwrap();
    let date = answer.head.lines().find_map(|line| line.strip_prefix("Retry-After: ")).unwrap();
    let date = httpdate::parse_http_date(date).unwrap();
    assert!(date > before + Duration::from_secs(3600), "{date:?}");

    let recording = finished(server).await;
    let headers = &recording.exchanges[0].answer.as_ref().unwrap().headers;
    assert_eq!(headers[0].value, HeaderValue::Text { text: named });
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

#[tokio::test]
async fn a_request_can_arrive_twice() {
    let server = server().await;
    server.inject(Rule::nth(1, Fault::twice()));
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    let second = exchange(&mut stream, &allocate()).await.unwrap();
    assert_eq!(second.status, 201);

    let recording = finished(server).await;
    let [seen] = &recording.exchanges[..] else { panic!("the client sent one request") };
    assert_eq!((seen.layer, seen.fault.as_deref()), (Layer::Handler, Some("delivered twice")));
    let [first, again] = &seen.changes[..] else { panic!("expected two rows") };
    assert_eq!((first.verb, again.verb), (ChangeVerb::Created, ChangeVerb::Created));
    assert_ne!(first.id, again.id);
    assert!(second.body.contains(&again.id), "{}", second.body);
}

#[tokio::test]
async fn a_request_that_arrives_twice_is_answered_as_the_second_time() {
    let server = server().await;
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    let created = exchange(&mut stream, &allocate()).await.unwrap();
    let created: Value = serde_json::from_str(&created.body).unwrap();
    server.inject(Rule::nth(1, Fault::twice()));
    let strike = row("DELETE", created["metadata"]["id"].as_str().unwrap(), "");
    assert_eq!(exchange(&mut stream, &strike).await.unwrap().status, 404);

    let recording = finished(server).await;
    let [change] = &recording.exchanges[1].changes[..] else { panic!("only the first changes anything") };
    assert_eq!(change.verb, ChangeVerb::Deleted);
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

#[rstest]
#[case::decided(Fault::default(), 1)]
#[case::undecided(Fault::default().late(), 0)]
#[tokio::test]
async fn whoever_waits_at_a_gate_that_is_shut_gets_no_answer(#[case] fault: Fault, #[case] changes: usize) {
    let server = server().await;
    let gate = Gate::new();
    server.inject(Rule::each(Fault { hold: Some(gate.clone()), ..fault }));
    let call = raw(&server, ADD);
    let dismiss = async {
        gate.reached().await;
        gate.dismiss();
        // Too late: it is shut.
        gate.release();
    };

    let ((answer, ()), second) = (tokio::join!(call, dismiss), raw(&server, ADD).await);
    let cut = (String::new(), Some(ErrorKind::UnexpectedEof));
    assert_eq!((&answer, &second), (&cut, &cut));
    let recording = finished(server).await;
    assert!(recording.exchanges.iter().all(|exchange| exchange.answer.is_none()));
    assert_eq!(recording.exchanges[0].changes.len(), changes);
}

#[tokio::test]
async fn a_client_that_gives_up_on_a_held_answer_has_none() {
    let server = server().await;
    let gate = Gate::new();
    server.inject(Rule::each(Fault::hold_answer(&gate)));
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    stream.write_all(ADD.as_bytes()).await.unwrap();
    gate.reached().await;
    drop(stream);

    server.all_closed(DEADLINE).await.unwrap();
    let recording = server.finish().await;
    assert!(took_effect(&recording));
    assert_eq!(recording.exchanges[0].answer, None);
}

#[tokio::test]
async fn a_client_that_gives_up_on_a_held_request_is_noticed() {
    let server = server().await;
    let gate = Gate::new();
    server.inject(Rule::each(Fault::hold_answer(&gate).late()));
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    stream.write_all(ADD.as_bytes()).await.unwrap();
    gate.reached().await;
    drop(stream);

    server.all_closed(DEADLINE).await.unwrap();
    gate.release();
    assert!(!took_effect(&server.finish().await));
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

/// A request about a row of the ledger.
fn row(method: &str, id: &str, body: &str) -> String {
    format!(
        "{method} {ALLOCATIONS}/{id} HTTP/1.1\r\nHost: localhost\r\nX-Principal: e30\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn a_read_can_lag_behind_the_writes() {
    const AMOUNTS: &str = r#"{"metadata":{"name":"undefined"},"spec":{"kind":"a.b","id":"c",
        "allocations":[{"kind":"gpus","committed":1,"reserved":0}]}}"#;
    let server = server().await;
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    let created = exchange(&mut stream, &allocate()).await.unwrap().body;
    let id = serde_json::from_str::<Value>(&created).unwrap()["metadata"]["id"].as_str().unwrap().to_owned();
    let updated = exchange(&mut stream, &row("PUT", &id, AMOUNTS)).await.unwrap();
    assert_eq!(updated.status, 200);
    let read = row("GET", &id, "");
    let current = exchange(&mut stream, &read).await.unwrap().body;
    let mut lagging = Vec::new();
    for lag in [1, 2, 100] {
        server.inject(Rule::nth(1, Fault::stale(lag)));
        let answer = exchange(&mut stream, &read).await.unwrap();
        lagging.push((answer.status, answer.body == created));
    }

    assert_eq!(lagging, [(200, true), (404, false), (404, false)]);
    assert_eq!(exchange(&mut stream, &read).await.unwrap().body, current);
    assert_ne!(current, created);
    let recording = finished(server).await;
    assert_eq!(recording.exchanges[3].fault.as_deref(), Some("reads lag 1"));
    assert_eq!(recording.exchanges[3].layer, Layer::Handler);
    assert!(recording.exchanges[2..].iter().all(|exchange| exchange.changes.is_empty()));
}

#[tokio::test]
async fn a_write_never_lags() {
    let server = server().await;
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    assert_eq!(exchange(&mut stream, ADD).await.unwrap().status, 201);
    server.inject(Rule::each(Fault::stale(1)));
    assert_eq!(exchange(&mut stream, ADD).await.unwrap().status, 201);

    // It found the reference there.
    assert_eq!(finished(server).await.exchanges[1].changes, []);
}

#[tokio::test]
async fn what_the_store_refuses_it_refuses_in_the_past_too() {
    let server = server().await;
    let trouble = StoreFault { verb: Verb::Get, kind: Kind::Project, nth: 1, error: Refusal::Internal };
    server.refuse(trouble);
    server.inject(Rule::nth(1, Fault::stale(1)));
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    assert_eq!(exchange(&mut stream, READ).await.unwrap().status, 500);

    assert_eq!(exchange(&mut stream, READ).await.unwrap().status, 200);
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
