//! What the clients make of answers.

use plumbline_reference::{CallContext, Error, Limits};

use crate::support::{Act, PROJECT, Server, World, answer, context, json, resource};

const GONE: &str = r#"{"error":"not_found","error_description":"gone","trace_id":"4bf9"}"#;

/// What a listing ends with when the server does that.
async fn list(limits: Limits, act: Act) -> (Result<usize, Error>, Server) {
    let mut world = World::new();
    world.limits = limits;
    let server = Server::start(world.server_config(), move |_| act.clone()).await;
    let clients = world.clients(&server).await;
    let listed = clients.identity().list_organizations(&context("carol")).await;
    (listed.map(|organizations| organizations.len()), server)
}

/// What removing a reference from a network ends with.
async fn remove(act: Act) -> Result<(), Error> {
    let world = World::new();
    let server = Server::start(world.server_config(), move |_| act.clone()).await;
    let clients = world.clients(&server).await;
    clients.references(&resource()).remove_from_network(&CallContext::default(), PROJECT).await
}

#[tokio::test]
async fn a_redirect_is_an_error_and_nothing_follows_it() {
    let away = answer(307, &[("Location", "https://127.0.0.1:1/elsewhere")], "");
    let (listed, server) = list(Limits::default(), Act::Say(away)).await;
    let Err(Error::Redirect(answer)) = listed else { panic!("expected a redirect, saw {listed:?}") };
    assert_eq!(answer.location.as_deref(), Some("https://127.0.0.1:1/elsewhere"));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn undeclared_statuses_keep_what_was_said() {
    let busy = answer(503, &[("Retry-After", "7"), ("Content-Type", "text/html")], "<html>");
    let (listed, server) = list(Limits::default(), Act::Say(busy)).await;
    let Err(Error::UnexpectedStatus(answer)) = listed else { panic!("saw {listed:?}") };
    assert_eq!(
        (answer.status, answer.retry_after.as_deref(), &*answer.body),
        (503, Some("7"), &b"<html>"[..])
    );
    assert_eq!(server.seen().len(), 1, "nothing is tried again");
}

#[tokio::test]
async fn a_target_that_is_gone_is_referred_to_by_nobody() {
    remove(json(404, GONE)).await.unwrap();
    let proxy = remove(Act::Say(answer(404, &[("Content-Type", "text/html")], "<html>"))).await;
    assert!(matches!(proxy, Err(Error::MalformedAnswer { .. })), "{proxy:?}");
}

#[tokio::test]
async fn bodies_are_read_up_to_a_limit() {
    let limits = Limits { body: 100, ..Limits::default() };
    let fits = format!("[{}]", " ".repeat(98));
    let (listed, _) = list(limits, json(200, &fits)).await;
    assert_eq!(listed.unwrap(), 0);

    let (listed, server) = list(limits, json(200, &format!("{fits} "))).await;
    assert!(matches!(listed, Err(Error::TooLarge { limit: 100, .. })), "{listed:?}");
    server.all_ended().await;
}

#[tokio::test]
async fn an_endless_head_is_not_read() {
    let long = answer(200, &[("X-Long", &"x".repeat(2 << 20))], "[]");
    let (listed, _) = list(Limits::default(), Act::Say(long)).await;
    assert!(matches!(listed, Err(Error::HeadTooLarge { .. })), "{listed:?}");
}

#[tokio::test]
async fn what_is_cut_off_is_lost_and_what_is_not_http_is_not() {
    let lost = [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[",
        "HTTP/1.1 200 O",
        "",
    ];
    for text in lost {
        let (listed, _) = list(Limits::default(), Act::SayAndClose(text.to_owned())).await;
        assert!(matches!(listed, Err(Error::ConnectionLost { .. })), "{text:?}: {listed:?}");
    }
    let nonsense = [
        "SMTP ready\r\n\r\n",
        "HTTP/1.1 20000 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n[]",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n[]",
    ];
    for text in nonsense {
        let (listed, _) = list(Limits::default(), Act::SayAndClose(text.to_owned())).await;
        assert!(matches!(listed, Err(Error::Protocol { .. })), "{text:?}: {listed:?}");
    }
}

#[tokio::test]
async fn other_framings_are_read() {
    for text in [
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[]",
        "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n[]",
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: Application/JSON\r\nContent-Length: 2\r\n\r\n[]",
    ] {
        let (listed, _) = list(Limits::default(), Act::SayAndClose(text.to_owned())).await;
        assert_eq!(listed.unwrap(), 0, "{text:?}");
    }
}

#[tokio::test]
async fn what_follows_an_answer_is_never_taken_for_the_next() {
    let stray = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]\
                 HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    let world = World::new();
    let server = Server::start(world.server_config(), |_| Act::Say(stray.to_owned())).await;
    let clients = world.clients(&server).await;
    for _ in 0..10 {
        clients.identity().list_organizations(&context("carol")).await.unwrap();
    }
    assert_eq!(server.connections(), 10);
}
