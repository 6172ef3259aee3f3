//! Whom the clients trust, and what they make of not being trusted.

use std::sync::Arc;
use std::time::Duration;

use plumbline_reference::{
    ClientSet, Endpoint, Error, Limits, Platform, SecretFormat, ServiceSettings, Settings, SystemClock,
    TlsSettings,
};
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::version::{TLS12, TLS13};

use crate::support::{Authority, Server, World, answer, context, json, name, secret, server_config};

/// What a call to a server with that configuration ends with.
async fn call(world: &World, config: ServerConfig) -> Error {
    let server = Server::start(config, |_| json(200, "[]")).await;
    let clients = world.clients(&server).await;
    let called = clients.identity().list_organizations(&context("carol")).await;
    assert_eq!(server.seen().len(), 0, "no request may reach the server");
    assert_eq!(server.connections(), 1, "nothing is tried twice");
    called.unwrap_err()
}

fn dated(from: i32, until: i32) -> CertificateParams {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    params
}

#[tokio::test]
async fn servers_that_cannot_be_trusted_are_not_spoken_to() {
    let world = World::new();
    let key = KeyPair::generate().unwrap();
    let ours = &world.authority;
    let leaves = [
        Authority::new().leaf("127.0.0.1", &rcgen::PKCS_ECDSA_P256_SHA256),
        ours.leaf("other.example", &rcgen::PKCS_ECDSA_P256_SHA256),
        ours.leaf_with(&dated(1990, 1991), &key),
        ours.leaf_with(&dated(2990, 2991), &key),
    ];
    for leaf in leaves {
        let error = call(&world, server_config(&leaf, ours, &[&TLS13])).await;
        assert!(matches!(error, Error::ServerUntrusted { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn tls_before_1_3_is_not_spoken() {
    let world = World::new();
    let leaf = world.authority.leaf("127.0.0.1", &rcgen::PKCS_ECDSA_P256_SHA256);
    let error = call(&world, server_config(&leaf, &world.authority, &[&TLS12])).await;
    assert!(matches!(error, Error::Tls { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_refuses_the_client_is_told_apart_from_a_lost_connection() {
    let world = World::new();
    let leaf = world.authority.leaf("127.0.0.1", &rcgen::PKCS_ECDSA_P256_SHA256);
    let error = call(&world, server_config(&leaf, &Authority::new(), &[&TLS13])).await;
    assert!(matches!(error, Error::Tls { .. }), "{error:?}");
}

#[tokio::test]
async fn every_type_of_key_can_be_presented() {
    for algorithm in [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519] {
        let mut world = World::new();
        world.client = Some(world.authority.leaf("client", algorithm));
        let server = Server::start(world.server_config(), |_| json(200, "[]")).await;
        let clients = world.clients(&server).await;
        clients.identity().list_organizations(&context("carol")).await.unwrap();
        assert!(server.seen()[0].peer.is_some());
    }
}

#[tokio::test]
async fn without_a_client_secret_nothing_is_presented() {
    let mut world = World::new();
    world.client = None;
    let server = Server::start(world.server_config(), |_| json(200, "[]")).await;
    let clients = world.clients(&server).await;
    clients.identity().list_organizations(&context("carol")).await.unwrap();
    assert_eq!(server.seen()[0].peer, None);
}

#[tokio::test]
async fn what_is_not_there_or_no_tls_is_told_apart() {
    let world = World::new();
    world.put_secrets();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();

    let plain = tokio::net::TcpListener::from_std({
        listener.set_nonblocking(true).unwrap();
        listener
    })
    .unwrap();
    let serving = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt as _;
        let (mut stream, _) = plain.accept().await.unwrap();
        stream.write_all(answer(400, &[], "no TLS here").as_bytes()).await.unwrap();
    });
    let clients = world.try_clients(&format!("https://{address}")).await.unwrap();
    let plain = clients.identity().list_organizations(&context("carol")).await;
    assert!(matches!(plain, Err(Error::Tls { .. })), "{plain:?}");

    serving.await.unwrap();
    let nobody = clients.identity().list_organizations(&context("carol")).await;
    assert!(matches!(nobody, Err(Error::Connect { .. })), "{nobody:?}");
}

#[tokio::test]
async fn secrets_of_the_wrong_kind_are_refused_when_the_clients_are_built() {
    let world = World::new();
    let (leaf, other) = (world.client.clone().unwrap(), world.authority.leaf("c", &rcgen::PKCS_ED25519));
    let authority = || secret("ca", [("tls.crt", format!("rubbish\n{}rubbish", world.authority.pem()))]);
    let client = |certificate: &str, key: &str| {
        secret("client", [("tls.crt", certificate.to_owned()), ("tls.key", key.to_owned())])
    };
    let good = || client(&leaf.certificate, &leaf.key);
    let opaque = |(name, mut secret): (_, plumbline_reference::Secret)| {
        secret.kind = "Opaque".to_owned();
        (name, secret)
    };
    let no_key = secret("client", [("tls.crt", leaf.certificate.clone())]);
    let no_certificate = secret("ca", [("ca.crt", world.authority.pem())]);

    world.secrets.replace([authority(), good()]);
    world.try_clients("https://h").await.unwrap();

    for secrets in [
        [opaque(authority()), good()],
        [no_certificate, good()],
        [secret("ca", [("tls.crt", "rubbish".to_owned())]), good()],
        [authority(), opaque(good())],
        [authority(), no_key],
        [authority(), client("rubbish", &leaf.key)],
        [authority(), client(&leaf.certificate, "rubbish")],
        [authority(), client(&leaf.certificate, &other.key)],
    ] {
        world.secrets.replace(secrets);
        let error = world.try_clients("https://h").await.unwrap_err();
        assert!(matches!(error, Error::SecretFormat { .. }), "{error:?}");
    }

    world.secrets.replace([good()]);
    let error = world.try_clients("https://h").await.unwrap_err();
    assert!(matches!(&error, Error::SecretNotFound { secret } if *secret == name("ca")), "{error:?}");
}

#[test]
fn a_private_key_is_never_told() {
    let (_, secret) = secret("client", [("tls.key", "-----BEGIN PRIVATE KEY-----".to_owned())]);
    assert!(!format!("{secret:?}").contains("BEGIN"));
    let error = SecretFormat::PrivateKey { key: "tls.key" };
    assert!(!format!("{error} {error:?}").contains("BEGIN"));
}

/// A store of secrets that never answers.
struct Mute;

impl plumbline_reference::SecretStore for Mute {
    fn get<'a>(
        &'a self,
        _name: &'a plumbline_reference::SecretName,
    ) -> plumbline_reference::SecretFuture<'a> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_store_that_never_answers_does_not_hold_up_its_clients_for_ever() {
    let tls = TlsSettings { authority: Some(name("ca")), ..TlsSettings::default() };
    let service = ServiceSettings { endpoint: Endpoint::parse("https://h").unwrap(), tls };
    let limits = Limits { call: Duration::from_millis(20), ..Limits::default() };
    let settings = Settings { identity: service.clone(), region: service, limits };
    let platform = Platform { secrets: Arc::new(Mute), clock: Arc::new(SystemClock::new()) };
    let opened = ClientSet::open(settings, platform).await;
    assert!(matches!(opened, Err(Error::Timeout { .. })), "{opened:?}");
}
