//! Connections: how many, what is sent twice (nothing), how calls and clients end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use plumbline_reference::region::NetworkFilter;
use plumbline_reference::{CallContext, ClientSet, Error, Impersonation, Limits};

use crate::support::{Act, PROJECT, Server, World, context, json, resource};

async fn list(clients: &ClientSet) -> Result<(), Error> {
    clients.region().list_networks(&context("carol"), &NetworkFilter::default()).await.map(drop)
}

async fn add(clients: &ClientSet) -> Result<(), Error> {
    clients.references(&resource()).add_to_network(&CallContext::default(), PROJECT).await
}

/// Answers every request but that one, on which it closes without a word.
async fn closing_on(world: &World, number: usize) -> Server {
    let count = AtomicUsize::new(0);
    Server::start(world.server_config(), move |seen| {
        match (count.fetch_add(1, Ordering::SeqCst) + 1 == number, seen.line.starts_with("GET")) {
            (true, _) => Act::SayAndClose(String::new()),
            (false, true) => json(200, "[]"),
            (false, false) => json(201, ""),
        }
    })
    .await
}

#[tokio::test]
async fn a_connection_closed_while_idle_is_replaced() {
    let world = World::new();
    let server = closing_on(&world, 0).await;
    let clients = world.clients(&server).await;
    for round in 1..=20 {
        list(&clients).await.unwrap();
        add(&clients).await.unwrap();
        assert_eq!(server.connections(), round, "both kinds of client share the connection");
        server.close_idle().await;
    }
    assert_eq!(server.seen().len(), 40);
}

#[test]
fn a_connection_closed_while_the_client_was_not_looking_is_replaced() {
    let world = World::new();
    let servers = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = servers.block_on(closing_on(&world, 0));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let clients = world.clients(&server).await;
        for _ in 0..20 {
            list(&clients).await.unwrap();
            server.close_idle_unnoticed();
            add(&clients).await.unwrap();
        }
    });
    assert_eq!(server.seen().len(), 40);
}

#[tokio::test]
async fn nothing_that_may_have_arrived_is_sent_again() {
    let world = World::new();
    let server = closing_on(&world, 2).await;
    let clients = world.clients(&server).await;
    list(&clients).await.unwrap();
    let lost = list(&clients).await;
    assert!(matches!(lost, Err(Error::ConnectionLost { .. })), "{lost:?}");
    assert_eq!(server.seen().len(), 2);

    let server = closing_on(&world, 2).await;
    let clients = world.clients(&server).await;
    add(&clients).await.unwrap();
    let lost = add(&clients).await;
    assert!(matches!(lost, Err(Error::ConnectionLost { .. })), "{lost:?}");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_call_ends_at_its_time_limit_and_so_does_its_connection() {
    let mut world = World::new();
    world.limits = Limits { call: Duration::from_millis(50), ..Limits::default() };
    let server = Server::start(world.server_config(), |_| Act::Stall).await;
    let clients = world.clients(&server).await;
    let called = list(&clients).await;
    assert!(matches!(called, Err(Error::Timeout { .. })), "{called:?}");
    server.all_ended().await;
}

#[tokio::test]
async fn dropping_a_call_closes_its_connection() {
    let world = World::new();
    let server = Server::start(world.server_config(), |_| Act::Stall).await;
    let clients = Arc::new(world.clients(&server).await);
    let call = tokio::spawn({
        let clients = Arc::clone(&clients);
        async move { list(&clients).await }
    });
    while server.seen().is_empty() {
        tokio::task::yield_now().await;
    }
    call.abort();
    server.all_ended().await;
}

#[tokio::test]
async fn closing_ends_calls_and_leaves_nothing() {
    let world = World::new();
    let server = Server::start(world.server_config(), |seen| {
        if seen.line.starts_with("GET") { Act::Stall } else { json(201, "") }
    })
    .await;
    let clients = Arc::new(world.clients(&server).await);
    add(&clients).await.unwrap();
    let call = tokio::spawn({
        let clients = Arc::clone(&clients);
        async move { list(&clients).await }
    });
    while server.seen().len() < 2 {
        tokio::task::yield_now().await;
    }
    clients.close().await;
    let called = call.await.unwrap();
    assert!(matches!(called, Err(Error::Closed { .. })), "{called:?}");
    let later = list(&clients).await;
    assert!(matches!(later, Err(Error::Closed { .. })), "{later:?}");
    server.all_ended().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_callers_keep_their_principals() {
    let world = World::new();
    let server = Server::start(world.server_config(), |_| json(200, "[]")).await;
    let clients = Arc::new(world.clients(&server).await);
    let callers: Vec<_> = (0..50)
        .map(|number| {
            let clients = Arc::clone(&clients);
            tokio::spawn(async move {
                let mut context = context(&format!("caller-{number}"));
                if number % 2 == 0 {
                    context.impersonation = Impersonation::Yes;
                }
                clients.region().list_networks(&context, &NetworkFilter::default()).await
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    let mut actors: Vec<(usize, bool)> = server.seen().iter().map(actor).collect();
    actors.sort_unstable();
    let expected: Vec<_> = (0..50).map(|number| (number, number % 2 == 0)).collect();
    assert_eq!(actors, expected);
}

/// Which caller a request is made for, and whether it impersonates.
fn actor(seen: &crate::support::Seen) -> (usize, bool) {
    use base64::Engine as _;
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&seen.headers["x-principal"]).unwrap();
    let principal: plumbline_reference::Principal = serde_json::from_slice(&json).unwrap();
    let number = principal.actor.unwrap().trim_start_matches("caller-").parse().unwrap();
    (number, seen.headers.contains_key("x-impersonate"))
}
