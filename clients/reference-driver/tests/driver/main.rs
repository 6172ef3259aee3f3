//! The driver against the fake services.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod lifecycles;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use plumbline_fake_server::contract::Contract;
use plumbline_fake_server::engine::Options;
use plumbline_fake_server::pki::TrustAnchor;
use plumbline_fake_server::world::World;
use plumbline_fake_server::{FakeServer, Pki, Service, Setup};
use plumbline_protocol::{
    Call, ClientKind, Context, Driver, Endpoints, ErrorClass, Operation, Outcome, Principal, Resource,
    Secret, SecretName, Session, Timeouts,
};
use plumbline_reference_driver::ReferenceDriver;
use serde_json::{Value, json};

const ACME: &str = "000000a0-0000-4000-8000-000000000001";
const ALPHA: &str = "000000b0-0000-4000-8000-000000000001";
const NETWORK: &str = "00000080-0000-4000-8000-000000000001";
const SESSION: u64 = 1;

struct Judged {
    driver: Arc<ReferenceDriver>,
    server: FakeServer,
}

impl Judged {
    /// A session as the service of that role.
    async fn open(role: &str) -> Self {
        Self::open_on(Contract::Published, role).await
    }

    /// The same on another contract.
    async fn open_on(contract: Contract, role: &str) -> Self {
        let pki = Pki::of(&World::shared()).unwrap();
        let options = Options { contract, ..Options::default() };
        let server = FakeServer::start(Setup { options, ..Setup::new(Arc::clone(&pki)) }).await.unwrap();
        let driver = Arc::new(ReferenceDriver::new());
        let client = pki.credential(role).unwrap();
        let session = Session {
            endpoints: Endpoints {
                identity: server.endpoint(Service::Identity),
                region: server.endpoint(Service::Region),
            },
            secrets: vec![
                secret("ca", &[("tls.crt", pki.authority_pem(TrustAnchor::Platform))]),
                secret(
                    "client",
                    &[("tls.crt", client.certificate_pem()), ("tls.key", &client.private_key_pem())],
                ),
            ],
            ca: Some(name("ca")),
            client: Some(name("client")),
            reload_seconds: None,
            timeouts: Timeouts::default(),
            directory: None,
            now: None,
        };
        driver.open(SESSION, session).await.unwrap().unwrap();
        Self { driver, server }
    }

    async fn call(&self, call: Call) -> Outcome {
        self.driver.call(call).await.unwrap()
    }

    async fn ok(&self, call: Call) -> (Value, Option<Resource>) {
        match self.call(call).await {
            Outcome::Ok { value, resource } => (value, resource),
            other => panic!("expected success, saw {other:?}"),
        }
    }
}

fn name(name: &str) -> SecretName {
    SecretName { namespace: "unikorn".to_owned(), name: name.to_owned() }
}

fn secret(called: &str, data: &[(&str, &str)]) -> Secret {
    let SecretName { namespace, name } = name(called);
    let data = data.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
    Secret { namespace, name, kind: "kubernetes.io/tls".to_owned(), data }
}

/// A user of acme's in alpha.
fn principal() -> Principal {
    Principal {
        organization_id: Some(ACME.to_owned()),
        project_id: Some(ALPHA.to_owned()),
        actor: Some("alice@acme.test".to_owned()),
        ..Principal::default()
    }
}

/// A call over an API client for that user.
fn call(operation: Operation, arguments: Value) -> Call {
    Call {
        id: 1,
        session: SESSION,
        operation,
        client: ClientKind::Api,
        arguments: serde_json::from_value(arguments).unwrap(),
        context: Context { principal: Some(principal()), ..Context::default() },
        resource: None,
    }
}

fn cluster() -> Resource {
    let map = |entries: &[(&str, &str)]| -> Option<BTreeMap<String, String>> {
        Some(entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    };
    Resource {
        group: "compute.unikorn-cloud.org".to_owned(),
        kind: "ComputeCluster".to_owned(),
        plural: "computeclusters".to_owned(),
        name: "77777777-7777-4777-8777-777777777777".to_owned(),
        labels: map(&[("unikorn-cloud.org/organization", ACME), ("unikorn-cloud.org/project", ALPHA)]),
        annotations: map(&[("unikorn-cloud.org/creator", "carol@acme.test")]),
    }
}

#[tokio::test]
async fn an_allocation_lives_and_dies() {
    let judged = Judged::open("consumer").await;
    let amounts = json!({"allocations": [{"kind": "clusters", "committed": 1, "reserved": 0}]});

    let create = Call { resource: Some(cluster()), ..call(Operation::AllocationsCreate, amounts.clone()) };
    let (created, resource) = judged.ok(create).await;
    let annotations = resource.as_ref().unwrap().annotations.as_ref().unwrap();
    assert_eq!(created["metadata"]["id"], annotations["unikorn-cloud.org/allocation-id"].as_str());

    let controller = |operation, arguments| Call {
        client: ClientKind::Controller,
        resource: resource.clone(),
        context: Context::default(),
        ..call(operation, arguments)
    };
    judged.ok(controller(Operation::AllocationsUpdate, amounts)).await;
    judged.ok(controller(Operation::AllocationsDelete, json!({}))).await;
    // What is gone is deleted.
    judged.ok(controller(Operation::AllocationsDelete, json!({}))).await;
}

#[tokio::test]
async fn references_are_added_and_removed_as_often_as_one_likes() {
    let judged = Judged::open("consumer").await;
    for (operation, arguments) in [
        (Operation::ProjectReferencesAdd, json!({})),
        (Operation::ProjectReferencesRemove, json!({})),
        (Operation::NetworkReferencesAdd, json!({"network": NETWORK})),
        (Operation::NetworkReferencesRemove, json!({"network": NETWORK})),
    ] {
        for _ in 0..2 {
            let reference = Call {
                client: ClientKind::Controller,
                resource: Some(cluster()),
                context: Context::default(),
                ..call(operation, arguments.clone())
            };
            judged.ok(reference).await;
        }
    }
}

#[tokio::test]
async fn what_the_platform_says_is_passed_on() {
    let judged = Judged::open("unregistered").await;
    let Outcome::Error(failure) = judged.call(call(Operation::OrganizationsList, json!({}))).await else {
        panic!("nobody of that name is registered");
    };
    assert_eq!(failure.class, ErrorClass::Api);
    assert_eq!((failure.status, failure.code.as_deref()), (Some(500), Some("server_error")));
    assert!(failure.trace_id.is_some() && failure.body.is_some());
}

#[tokio::test]
async fn what_cannot_be_attempted_is_nobodys_failure() {
    let judged = Judged::open("consumer").await;
    let update = json!({"organization": ACME, "project": ALPHA, "body": {"name": "no project"}});
    for impossible in [
        call(Operation::NetworksRead, json!({})),
        call(Operation::NetworksRead, json!({"network": NETWORK, "color": "red"})),
        call(Operation::ProjectReferencesAdd, json!({})),
        call(Operation::ProjectsUpdate, update),
    ] {
        let outcome = judged.call(impossible).await;
        assert!(matches!(outcome, Outcome::CouldNotAttempt { .. }), "{outcome:?}");
    }
    assert_eq!(judged.server.recording().exchanges.len(), 0);
    let nowhere = Call { session: 7, ..call(Operation::OrganizationsList, json!({})) };
    assert!(judged.driver.call(nowhere).await.is_err());
}

#[tokio::test]
async fn a_cancelled_call_ends_as_one() {
    let judged = Judged::open("consumer").await;
    let driver = Arc::clone(&judged.driver);
    let mut running = Box::pin(judged.call(call(Operation::OrganizationsList, json!({}))));
    // Polled once, so that there is a call to cancel.
    let begun = std::future::poll_fn(|cx| std::task::Poll::Ready(running.as_mut().poll(cx))).await;
    assert!(begun.is_pending());
    driver.cancel(1).await.unwrap();
    assert_eq!(running.await, Outcome::Cancelled);
    driver.cancel(1).await.unwrap();
}

#[tokio::test]
async fn closing_leaves_no_connection() {
    let judged = Judged::open("consumer").await;
    judged.call(call(Operation::OrganizationsList, json!({}))).await;
    judged.call(call(Operation::NetworksList, json!({}))).await;
    judged.driver.close(SESSION).await.unwrap();
    judged.server.all_closed(Duration::from_secs(10)).await.unwrap();
    assert!(judged.driver.close(SESSION).await.is_err());
}

#[tokio::test]
async fn a_session_that_cannot_be_opened_says_why() {
    let session = Session {
        endpoints: Endpoints { identity: "https://h".to_owned(), region: "https://h".to_owned() },
        secrets: Vec::new(),
        ca: Some(name("ca")),
        client: None,
        reload_seconds: Some(0),
        timeouts: Timeouts::default(),
        directory: None,
        now: None,
    };
    let refused = ReferenceDriver::new().open(SESSION, session).await.unwrap().unwrap_err();
    assert_eq!(refused.class, ErrorClass::SecretNotFound);
    assert_eq!(refused.message, "read secret `unikorn/ca`: there is no such secret");
}
