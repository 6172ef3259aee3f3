//! The contract revision in which a resource has at most one allocation.

#![allow(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

mod support;

use std::sync::Arc;

use plumbline_fake_server::contract::Contract;
use plumbline_fake_server::engine::Options;
use plumbline_fake_server::exchange::Layer;
use plumbline_fake_server::fault::{Ending, Fault, Requests, Rule};
use plumbline_fake_server::store::{Kind, Refusal, StoreFault, Verb};
use plumbline_fake_server::world::World;
use plumbline_fake_server::{FakeServer, Service, Setup};
use rstest::rstest;
use serde_json::{Value, json};
use support::requests::ALLOCATIONS;
use support::{client, exchange, finished, pki, raw};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

async fn speaking(contract: Contract) -> FakeServer {
    let options = Options { contract, ..Options::default() };
    FakeServer::start(Setup { options, ..Setup::new(pki()) }).await.unwrap()
}

async fn keyed() -> (FakeServer, TlsStream<TcpStream>) {
    let server = speaking(Contract::Keyed).await;
    let stream = client().connect(&server, Service::Identity).await.unwrap();
    (server, stream)
}

fn request(method: &str, target: &str, body: &str) -> String {
    format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nX-Principal: e30\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// What a client writes that wants so many of each kind for a cluster.
fn wanted(id: &str, amounts: &[(&str, i64)]) -> Value {
    let amounts = amounts
        .iter()
        .map(|(kind, committed)| json!({ "kind": kind, "committed": committed, "reserved": 0 }));
    json!({
        "metadata": { "name": "undefined" },
        "spec": { "kind": "clusters.a.b", "id": id, "allocations": amounts.collect::<Vec<_>>() },
    })
}

async fn send(stream: &mut TlsStream<TcpStream>, method: &str, target: &str, body: &str) -> (u16, Value) {
    let answer = exchange(stream, &request(method, target, body)).await.unwrap();
    (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
}

async fn create(stream: &mut TlsStream<TcpStream>, body: &Value) -> (u16, Value) {
    send(stream, "POST", ALLOCATIONS, &body.to_string()).await
}

/// The ids of what a query finds.
async fn find(stream: &mut TlsStream<TcpStream>, query: &str) -> Vec<Value> {
    let (status, rows) = send(stream, "GET", &format!("{ALLOCATIONS}{query}"), "").await;
    assert_eq!(status, 200, "{rows}");
    rows.as_array().unwrap().iter().map(|row| row["metadata"]["id"].clone()).collect()
}

#[tokio::test]
async fn a_creation_that_is_tried_again_finds_what_it_made() {
    let (server, mut stream) = keyed().await;
    let (status, made) = create(&mut stream, &wanted("one", &[("gpus", 1), ("servers", 2)])).await;
    assert_eq!(status, 201);
    // The same, written down in another order.
    let again = create(&mut stream, &wanted("one", &[("servers", 2), ("gpus", 1)])).await;
    assert_eq!(again, (200, made));

    let recording = finished(server).await;
    assert_eq!(recording.exchanges[0].changes.len(), 1);
    assert_eq!(
        (recording.exchanges[1].layer, &recording.exchanges[1].changes[..]),
        (Layer::Handler, &[][..])
    );
}

#[rstest]
#[case::amounts(wanted("one", &[("gpus", 2)]))]
#[case::more_of_them(wanted("one", &[("gpus", 1), ("gpus", 1)]))]
#[case::none(wanted("one", &[]))]
#[case::name({
    let mut other = wanted("one", &[("gpus", 1)]);
    other["metadata"]["name"] = json!("other");
    other
})]
#[case::description({
    let mut other = wanted("one", &[("gpus", 1)]);
    other["metadata"]["description"] = json!("other");
    other
})]
#[case::tags({
    let mut other = wanted("one", &[("gpus", 1)]);
    other["metadata"]["tags"] = json!([{ "name": "a", "value": "b" }]);
    other
})]
#[tokio::test]
async fn a_creation_that_says_something_else_is_a_conflict(#[case] other: Value) {
    let (server, mut stream) = keyed().await;
    let one = wanted("one", &[("gpus", 1)]);
    assert_eq!(create(&mut stream, &one).await.0, 201);
    let (status, refusal) = create(&mut stream, &other).await;
    assert_eq!((status, &refusal["error"]), (409, &json!("conflict")));
    assert_eq!(create(&mut stream, &one).await.0, 200);

    let changes: Vec<_> = finished(server).await.exchanges.iter().map(|it| it.changes.len()).collect();
    assert_eq!(changes, [1, 0, 0]);
}

#[tokio::test]
async fn what_was_made_is_found_by_what_it_is_for() {
    let (_server, mut stream) = keyed().await;
    let (_, one) = create(&mut stream, &wanted("one", &[])).await;
    let (_, two) = create(&mut stream, &wanted("two", &[])).await;
    let (one, two) = (one["metadata"]["id"].clone(), two["metadata"]["id"].clone());
    assert_ne!(one, two);

    assert_eq!(find(&mut stream, "?kind=clusters.a.b&id=one").await, std::slice::from_ref(&one));
    assert_eq!(find(&mut stream, "?id=two").await, std::slice::from_ref(&two));
    assert_eq!(find(&mut stream, "?kind=clusters.a.b").await.len(), 2);
    assert_eq!(find(&mut stream, "?kind=clusters.a.b&id=three").await, [] as [Value; 0]);
    assert_eq!(find(&mut stream, "?kind=others.a.b&id=one").await, [] as [Value; 0]);
    let all = find(&mut stream, "").await;
    assert!(all.contains(&one) && all.contains(&two), "{all:?}");
    assert_eq!(send(&mut stream, "GET", &format!("{ALLOCATIONS}?id=a&id=b"), "").await.0, 400);
}

#[tokio::test]
async fn every_project_has_rows_of_its_own() {
    const ELSEWHERE: &str = "000000b0-0000-4000-8000-000000000002";
    let (_server, mut stream) = keyed().await;
    let elsewhere = ALLOCATIONS.replace("000000b0-0000-4000-8000-000000000001", ELSEWHERE);
    let body = wanted("one", &[]).to_string();
    assert_eq!(send(&mut stream, "POST", ALLOCATIONS, &body).await.0, 201);
    assert_eq!(send(&mut stream, "POST", &elsewhere, &body).await.0, 201);

    assert_eq!(find(&mut stream, "?id=one").await.len(), 1);
}

#[tokio::test]
async fn a_row_that_is_gone_can_be_made_anew() {
    let (_server, mut stream) = keyed().await;
    let one = wanted("one", &[]);
    let (_, made) = create(&mut stream, &one).await;
    let row = format!("{ALLOCATIONS}/{}", made["metadata"]["id"].as_str().unwrap());
    assert_eq!(send(&mut stream, "DELETE", &row, "").await.0, 202);
    let (status, again) = create(&mut stream, &one).await;

    assert_eq!(status, 201);
    assert_ne!(again["metadata"]["id"], made["metadata"]["id"]);
}

#[tokio::test]
async fn what_is_counted_already_is_not_counted_again() {
    let (_server, mut stream) = keyed().await;
    // The world grants the organization eight, and six are in use.
    let all_that_is_left = wanted("one", &[("gpus", 2)]);
    assert_eq!(create(&mut stream, &all_that_is_left).await.0, 201);

    assert_eq!(create(&mut stream, &all_that_is_left).await.0, 200);
    assert_eq!(create(&mut stream, &wanted("two", &[("gpus", 1)])).await.0, 403);
}

#[rstest]
#[case::answer_lost(Fault::lose_answer(Ending::Reset))]
#[case::request_lost(Fault::drop_request(Ending::Reset))]
#[tokio::test]
async fn an_outcome_that_is_unknown_is_settled_by_trying_again(#[case] fault: Fault) {
    let (server, mut stream) = keyed().await;
    server.inject(Rule::nth(1, fault));
    let one = wanted("one", &[]);
    raw(&server, &request("POST", ALLOCATIONS, &one.to_string())).await;
    create(&mut stream, &one).await;

    assert_eq!(find(&mut stream, "?id=one").await.len(), 1);
}

#[tokio::test]
async fn a_creation_that_arrives_twice_makes_one_row() {
    let (server, mut stream) = keyed().await;
    let creation =
        Requests { operation: Some("identity.allocations.create".to_owned()), ..Requests::default() };
    server.inject(Rule::each(Fault::twice()).on(creation));
    assert_eq!(create(&mut stream, &wanted("one", &[])).await.0, 200);

    assert_eq!(find(&mut stream, "?id=one").await.len(), 1);
}

#[tokio::test]
async fn rules_know_the_operations_of_the_revision() {
    let (server, mut stream) = keyed().await;
    let listing = Requests { operation: Some("identity.allocations.list".to_owned()), ..Requests::default() };
    let trouble = StoreFault { verb: Verb::List, kind: Kind::Allocation, nth: 1, error: Refusal::Internal };
    server.inject(Rule::nth(1, Fault::refuse(trouble)).on(listing));
    assert_eq!(create(&mut stream, &wanted("one", &[])).await.0, 201);

    assert_eq!(send(&mut stream, "GET", ALLOCATIONS, "").await.0, 500);
}

#[tokio::test]
async fn of_several_rows_from_before_the_one_that_says_the_same_counts() {
    let mut world = World::clone(&World::shared());
    let mut double = world.allocations[0].clone();
    double.id = "000000c0-0000-4000-8000-0000000000ff".to_owned();
    double.allocations.truncate(1);
    world.allocations.push(double.clone());
    let options = Options { contract: Contract::Keyed, ..Options::default() };
    let setup = Setup { options, world: Arc::new(world), ..Setup::new(pki()) };
    let server = FakeServer::start(setup).await.unwrap();
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    let mut again = wanted(&double.resource_id, &[("clusters", 1)]);
    again["spec"]["kind"] = json!(double.resource_kind);
    let (status, row) = create(&mut stream, &again).await;
    assert_eq!((status, &row["metadata"]["id"]), (200, &json!(double.id)));

    again["spec"]["allocations"] = json!([]);
    assert_eq!(create(&mut stream, &again).await.0, 409);
}

#[tokio::test]
async fn what_is_published_has_none_of_this() {
    let server = speaking(Contract::default()).await;
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    let one = wanted("one", &[]);
    let (first, made) = create(&mut stream, &one).await;
    let (second, other) = create(&mut stream, &one).await;
    assert_eq!((first, second), (201, 201));
    assert_ne!(made["metadata"]["id"], other["metadata"]["id"]);

    let (status, refusal) = send(&mut stream, "GET", ALLOCATIONS, "").await;
    assert_eq!((status, &refusal["error"]), (404, &json!("not_found")));
}
