//! A server that is started anew: its connections are gone, its state is not.

#![allow(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

mod support;

use std::io::ErrorKind;

use plumbline_fake_server::Service;
use plumbline_fake_server::exchange::Layer;
use plumbline_fake_server::fault::{Delivery, Fault, Gate, Moment, Rule};
use plumbline_fake_server::record::Handshake;
use rstest::rstest;
use support::requests::{ADD, READ};
use support::{DEADLINE, client, exchange, finished, raw, server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How a connection ends that says nothing any more.
async fn end(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Option<ErrorKind> {
    stream.read_to_end(&mut Vec::new()).await.err().map(|error| error.kind())
}

#[tokio::test]
async fn a_restart_cuts_every_connection_and_keeps_the_state() {
    let server = server().await;
    let address = server.address(Service::Identity);
    let mut idle = client().connect(&server, Service::Identity).await.unwrap();
    assert_eq!(exchange(&mut idle, ADD).await.unwrap().status, 201);
    let mut elsewhere = client().connect(&server, Service::Region).await.unwrap();
    let mut greeting = TcpStream::connect(address).await.unwrap();
    server.until("the third connection", DEADLINE, |seen| seen.connections.len() == 3).await.unwrap();
    server.restart();

    assert_eq!(end(&mut idle).await, Some(ErrorKind::UnexpectedEof));
    assert_eq!(end(&mut elsewhere).await, Some(ErrorKind::UnexpectedEof));
    assert_eq!(end(&mut greeting).await, None);
    server.all_closed(DEADLINE).await.unwrap();
    assert_eq!(server.address(Service::Identity), address);
    assert!(client().send(&server, READ).await.unwrap().body.contains("000000b0"));
    // It was there already.
    assert_eq!(client().send(&server, ADD).await.unwrap().status, 201);

    let recording = finished(server).await;
    let reason = match &recording.connections[2].handshake {
        Handshake::Failed { reason, .. } => reason.as_str(),
        other => panic!("expected a handshake that failed, saw {other:?}"),
    };
    assert_eq!(reason, "cut by a restart");
    assert_eq!(recording.exchanges[0].answer.as_ref().unwrap().status, 201);
    assert_eq!(recording.exchanges[2].changes, []);
}

#[rstest]
#[case::decided(Fault::default(), 1)]
#[case::undecided(Fault::default().late(), 0)]
#[tokio::test]
async fn a_request_that_is_held_gets_no_answer(#[case] fault: Fault, #[case] changes: usize) {
    let server = server().await;
    let gate = Gate::new();
    server.inject(Rule::nth(1, Fault { hold: Some(gate.clone()), ..fault }));
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    stream.write_all(ADD.as_bytes()).await.unwrap();
    gate.reached().await;
    server.restart();
    gate.release();

    assert_eq!(end(&mut stream).await, Some(ErrorKind::UnexpectedEof));
    let recording = finished(server).await;
    assert_eq!(recording.exchanges[0].answer, None);
    assert_eq!(recording.exchanges[0].changes.len(), changes);
}

#[tokio::test]
async fn an_answer_that_is_not_whole_by_then_is_none() {
    let server = server().await;
    let gate = Gate::new();
    server.inject(Rule::nth(1, Fault::deliver(Delivery::BodyStalls(gate.clone()))));
    let mut stream = client().connect(&server, Service::Identity).await.unwrap();
    stream.write_all(READ.as_bytes()).await.unwrap();
    gate.reached().await;
    assert_eq!(server.recording().exchanges[0].answer.as_ref().unwrap().status, 200);
    server.restart();

    assert_eq!(end(&mut stream).await, Some(ErrorKind::UnexpectedEof));
    assert_eq!(finished(server).await.exchanges[0].answer, None);
}

#[rstest]
#[case::before(Moment::Before, 0, "server restarts before the effect")]
#[case::after(Moment::After, 1, "server restarts after the effect")]
#[tokio::test]
async fn a_server_can_restart_while_it_has_a_request(
    #[case] moment: Moment,
    #[case] changes: usize,
    #[case] name: &str,
) {
    let server = server().await;
    let mut bystander = client().connect(&server, Service::Region).await.unwrap();
    server.inject(Rule::nth(1, Fault::restart(moment)));
    assert_eq!(raw(&server, ADD).await, (String::new(), Some(ErrorKind::UnexpectedEof)));
    assert_eq!(end(&mut bystander).await, Some(ErrorKind::UnexpectedEof));
    assert_eq!(client().send(&server, ADD).await.unwrap().status, 201);

    let recording = finished(server).await;
    let [cut, again] = &recording.exchanges[..] else { panic!("expected two exchanges") };
    assert_eq!((cut.layer, cut.fault.as_deref()), (Layer::Fault, Some(name)));
    assert_eq!((&cut.answer, cut.changes.len()), (&None, changes));
    assert_eq!(again.changes.len(), 1 - changes);
}

#[tokio::test]
async fn a_restart_can_wait_for_a_gate() {
    let server = server().await;
    let gate = Gate::new();
    let fault = Fault { hold: Some(gate.clone()), ..Fault::restart(Moment::After).late() };
    server.inject(Rule::nth(1, fault));
    let call = raw(&server, ADD);
    let release = async {
        gate.reached().await;
        let changes = server.recording().exchanges[0].changes.len();
        gate.release();
        changes
    };

    let (answer, changes) = tokio::join!(call, release);
    assert_eq!((answer, changes), ((String::new(), Some(ErrorKind::UnexpectedEof)), 0));
    assert_eq!(finished(server).await.exchanges[0].changes.len(), 1);
}

#[tokio::test]
async fn a_server_that_restarts_without_effect_has_none() {
    let server = server().await;
    server.inject(Rule::nth(1, Fault::restart(Moment::After).without_effect()));
    assert_eq!(raw(&server, ADD).await.0, "");

    assert_eq!(finished(server).await.exchanges[0].changes, []);
}
