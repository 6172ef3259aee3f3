//! The fake alone, in an ordinary test: no scenarios, no driver.

use std::sync::Arc;
use std::time::Duration;

use downstream::{Client, Error, Identity};
use plumbline_fake_server::exchange::{Layer, Service};
use plumbline_fake_server::pki::TrustAnchor;
use plumbline_fake_server::record::HeaderValue;
use plumbline_fake_server::world::World;
use plumbline_fake_server::{FakeServer, Pki, Setup};

const ALICE: &str =
    r#"{"organizationId":"000000a0-0000-4000-8000-000000000001","type":"user","actor":"alice@acme.test"}"#;

async fn start() -> (FakeServer, Client) {
    let pki = Pki::of(&World::shared()).expect("certificates can be made");
    let server = FakeServer::start(Setup::new(Arc::clone(&pki))).await.expect("it listens");
    let credential = pki.credential("consumer").expect("the world has this certificate");
    let identity = Identity {
        authority: Some(pki.authority_pem(TrustAnchor::Platform).to_owned()),
        certificate: credential.certificate_pem().to_owned(),
        key: credential.private_key_pem(),
    };
    let client = Client::new(&identity, Duration::from_secs(10)).expect("its certificates can be used");
    (server, client)
}

#[tokio::test]
async fn lists_networks_for_alice() {
    let (server, client) = start().await;
    let address = format!("{}/api/v2/networks", server.endpoint(Service::Region));
    client.list(&address, ALICE, None).await.expect("she may");

    let recording = server.finish().await;
    let exchange = &recording.exchanges[0];
    assert_eq!(exchange.layer, Layer::Handler);
    let principal =
        exchange.request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("x-principal"));
    let payload = ALICE.to_owned();
    assert_eq!(principal.map(|header| &header.value), Some(&HeaderValue::PlainPrincipal { payload }));
}

#[tokio::test]
async fn an_unreadable_principal_is_refused_in_the_service_s_words() {
    let (server, client) = start().await;
    let address = format!("{}/api/v2/networks", server.endpoint(Service::Region));
    match client.list(&address, "no JSON", None).await {
        Err(Error::Refused { status: 400, code, .. }) => assert_eq!(code, "invalid_request"),
        other => panic!("expected a refusal, saw {other:?}"),
    }
}
