//! Which certificate is presented, and what principals are signed with, while a secret changes.

use std::time::Duration;

use plumbline_reference::region::NetworkFilter;
use plumbline_reference::{CallContext, ClientSet, Error, Reload, SecretFormat};

use crate::requests::verified;
use crate::support::{Leaf, PROJECT, Server, World, context, der, json, resource, secret};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn server(world: &World) -> Server {
    Server::start(world.server_config(), |seen| {
        if seen.line.starts_with("GET") { json(200, "[]") } else { json(201, "") }
    })
    .await
}

async fn call(clients: &ClientSet) {
    clients.region().list_networks(&context("carol"), &NetworkFilter::default()).await.unwrap();
}

#[track_caller]
fn presented(server: &Server, leaf: &Leaf) {
    let last = server.seen().pop().unwrap();
    assert_eq!(last.peer.as_deref(), Some(&*der(&leaf.certificate)));
}

/// Replaces the world's client certificate and returns the old and the new one.
fn rotate(world: &mut World) -> (Leaf, Leaf) {
    let new = world.authority.leaf("client", &rcgen::PKCS_RSA_SHA256);
    let old = world.client.replace(new.clone()).unwrap();
    world.put_secrets();
    (old, new)
}

#[tokio::test]
async fn a_new_certificate_is_presented_by_the_first_handshake_after_the_interval() {
    let mut world = World::new();
    let server = server(&world).await;
    let clients = world.clients(&server).await;
    call(&clients).await;
    let (old, new) = rotate(&mut world);

    world.clock.advance(DAY - Duration::from_secs(1));
    server.close_idle().await;
    call(&clients).await;
    presented(&server, &old);

    world.clock.advance(Duration::from_secs(1));
    call(&clients).await;
    presented(&server, &old);
    assert_eq!(server.connections(), 2, "a connection that is open keeps what it presented");

    server.close_idle().await;
    call(&clients).await;
    presented(&server, &new);
}

#[tokio::test]
async fn a_failed_reload_keeps_the_old_one_and_is_tried_again() {
    let mut world = World::new();
    let server = server(&world).await;
    let clients = world.clients(&server).await;
    let (old, new) = rotate(&mut world);
    world.clock.advance(DAY);

    world.secrets.replace([]);
    call(&clients).await;
    presented(&server, &old);

    world.secrets.replace([secret("client", [("tls.crt", "garbage".to_owned())])]);
    server.close_idle().await;
    call(&clients).await;
    presented(&server, &old);

    world.put_secrets();
    server.close_idle().await;
    call(&clients).await;
    presented(&server, &new);
}

#[tokio::test]
async fn without_an_interval_nothing_is_looked_up_again() {
    let mut world = World::new();
    world.reload = Reload::Never;
    let server = server(&world).await;
    let clients = world.clients(&server).await;
    let (old, _) = rotate(&mut world);
    world.clock.advance(1000 * DAY);
    call(&clients).await;
    presented(&server, &old);
}

#[tokio::test]
async fn a_signed_principal_always_agrees_with_its_connection() {
    let mut world = World::new();
    let server = server(&world).await;
    let clients = world.clients(&server).await;
    let references = clients.references(&resource());
    let context = CallContext::default();
    let add = || references.add_to_network(&context, PROJECT);

    add().await.unwrap();
    add().await.unwrap();
    assert_eq!(server.connections(), 1);

    let (_, new) = rotate(&mut world);
    add().await.unwrap();
    presented(&server, &new);
    add().await.unwrap();
    assert_eq!(server.connections(), 2);
    for seen in server.seen() {
        verified(&seen);
    }
}

#[tokio::test]
async fn what_cannot_be_signed_is_not_sent() {
    let mut world = World::new();
    let server = server(&world).await;
    let clients = world.clients(&server).await;
    let references = clients.references(&resource());
    let context = CallContext::default();

    world.client = Some(world.authority.leaf("client", &rcgen::PKCS_ECDSA_P256_SHA256));
    world.put_secrets();
    let elliptic = references.add_to_network(&context, PROJECT).await;
    assert!(matches!(elliptic, Err(Error::KeyType { .. })), "{elliptic:?}");

    world.secrets.replace([secret("client", [("tls.crt", "garbage".to_owned())])]);
    let garbage = references.add_to_network(&context, PROJECT).await;
    assert!(
        matches!(garbage, Err(Error::SecretFormat { source: SecretFormat::Certificate { .. }, .. })),
        "{garbage:?}"
    );

    world.secrets.replace([]);
    let gone = references.add_to_network(&context, PROJECT).await;
    assert!(matches!(gone, Err(Error::SecretNotFound { .. })), "{gone:?}");

    world.client = None;
    let anonymous = world.clients(&server).await;
    let anonymous = anonymous.references(&resource()).add_to_network(&context, PROJECT).await;
    assert!(matches!(anonymous, Err(Error::NoClientSecret)), "{anonymous:?}");

    assert_eq!(server.connections(), 0);
}
