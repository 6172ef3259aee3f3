//! What a request carries.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use plumbline_reference::identity::Amount;
use plumbline_reference::region::NetworkFilter;
use plumbline_reference::{CallContext, Error, Impersonation, Resource};

use crate::support::{ORGANIZATION, PROJECT, Seen, Server, World, context, json, resource};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn decoded(part: &str) -> String {
    String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The payload of a signed principal, after the signature was verified against the connection's certificate.
pub(crate) fn verified(seen: &Seen) -> String {
    let token = &seen.headers["x-principal"];
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    assert_eq!(decoded(header), r#"{"alg":"PS512"}"#);
    let (_, certificate) = x509_parser::parse_x509_certificate(seen.peer.as_ref().unwrap()).unwrap();
    let key = &certificate.public_key().subject_public_key.data;
    aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::RSA_PSS_2048_8192_SHA512, key)
        .verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
        .expect("the principal is signed with the key of the connection's certificate");
    decoded(payload)
}

#[tokio::test]
async fn an_api_call_carries_the_contexts_principal_and_nothing_unasked() {
    let world = World::new();
    let server = Server::start(world.server_config(), |_| json(200, "[]")).await;
    let clients = world.clients(&server).await;

    clients.identity().list_projects(&context("carol"), ORGANIZATION).await.unwrap();

    let seen = server.seen().remove(0);
    assert_eq!(seen.line, format!("GET /api/v1/organizations/{ORGANIZATION}/projects HTTP/1.1"));
    let names: Vec<_> = seen.headers.keys().map(String::as_str).collect();
    assert_eq!(names, ["host", "user-agent", "x-principal"]);
    assert_eq!(
        decoded(&seen.headers["x-principal"]),
        format!(r#"{{"organizationId":"{ORGANIZATION}","projectId":"{PROJECT}","actor":"carol"}}"#)
    );
}

#[tokio::test]
async fn what_the_context_holds_travels_and_does_not_stay() {
    let world = World::new();
    let server = Server::start(world.server_config(), |_| json(200, "[]")).await;
    let clients = world.clients(&server).await;
    let full = CallContext {
        impersonation: Impersonation::Yes,
        trace: Some(PARENT.parse::<plumbline_reference::TraceContext>().unwrap().with_state("a=1").unwrap()),
        certificate: Some("-----BEGIN+CERTIFICATE-----%0AMIIC".to_owned()),
        ..context("carol")
    };

    clients.region().list_networks(&full, &NetworkFilter::default()).await.unwrap();
    clients.region().list_networks(&context("dave"), &NetworkFilter::default()).await.unwrap();

    let seen = server.seen();
    let header = |name: &str| seen[0].headers.get(name).map(String::as_str);
    assert_eq!(header("x-impersonate"), Some("true"));
    assert_eq!(header("traceparent"), Some(PARENT));
    assert_eq!(header("tracestate"), Some("a=1"));
    assert_eq!(header("unikorn-client-certificate"), Some("-----BEGIN+CERTIFICATE-----%0AMIIC"));
    assert_eq!(seen[1].headers.keys().collect::<Vec<_>>(), ["host", "user-agent", "x-principal"]);
    assert_eq!((seen[0].connection, seen[1].connection), (1, 1));
}

#[tokio::test]
async fn what_cannot_be_said_is_refused_before_a_connection_is_made() {
    let world = World::new();
    let server = Server::start(world.server_config(), |_| json(200, "[]")).await;
    let clients = world.clients(&server).await;
    let identity = clients.identity();

    let no_principal = identity.list_organizations(&CallContext::default()).await;
    assert!(matches!(no_principal, Err(Error::NoPrincipal { .. })), "{no_principal:?}");

    let nobody = CallContext { impersonation: Impersonation::Yes, ..context("") };
    let nobody = identity.list_organizations(&nobody).await;
    assert!(matches!(nobody, Err(Error::InvalidArgument { .. })), "{nobody:?}");

    let lines = CallContext { certificate: Some("-----BEGIN\nMIIC".to_owned()), ..context("carol") };
    let lines = identity.list_organizations(&lines).await;
    assert!(matches!(lines, Err(Error::InvalidArgument { .. })), "{lines:?}");

    let no_id = identity.list_projects(&context("carol"), "../../x").await;
    assert!(matches!(no_id, Err(Error::InvalidArgument { .. })), "{no_id:?}");

    let mut unlabelled = resource();
    unlabelled.labels = None;
    let unlabelled = clients.references(&unlabelled).add_to_network(&CallContext::default(), PROJECT).await;
    assert!(matches!(unlabelled, Err(Error::ResourceInconsistent { .. })), "{unlabelled:?}");

    let endless = Resource { name: "n".repeat(80_000), ..resource() };
    let endless = clients.references(&endless).add_to_network(&CallContext::default(), PROJECT).await;
    assert!(matches!(endless, Err(Error::InvalidArgument { .. })), "{endless:?}");

    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_controllers_call_is_signed_for_the_resource() {
    let world = World::new();
    let server = Server::start(world.server_config(), |_| json(201, "")).await;
    let clients = world.clients(&server).await;
    let other = CallContext { impersonation: Impersonation::Yes, ..context("mallory") };

    clients.references(&resource()).add_to_project(&other).await.unwrap();

    let seen = server.seen().remove(0);
    assert_eq!(
        seen.line,
        format!(
            "PUT /api/v1/organizations/{ORGANIZATION}/projects/{PROJECT}/references/\
             computeclusters.compute.unikorn-cloud.org%252F77777777-2222-4333-8444-555555555555 HTTP/1.1"
        )
    );
    assert_eq!(seen.headers["content-length"], "0");
    assert_eq!(seen.headers.get("x-impersonate"), None);
    assert_eq!(
        verified(&seen),
        format!(
            r#"{{"organizationId":"{ORGANIZATION}","projectId":"{PROJECT}","actor":"carol@example.test"}}"#
        )
    );
}

#[tokio::test]
async fn an_allocation_is_made_where_the_context_says_and_remembered_on_the_resource() {
    let world = World::new();
    let made = allocation("88888888-2222-4333-8444-555555555555");
    let server = Server::start(world.server_config(), move |_| json(201, &made)).await;
    let clients = world.clients(&server).await;
    let amounts = [Amount { kind: "gpus".to_owned(), committed: 9_007_199_254_740_993, reserved: -1 }];
    let mut resource = resource();
    resource.annotations = None;

    clients.identity().create_allocation(&context("carol"), &mut resource, &amounts).await.unwrap();

    let seen = server.seen().remove(0);
    assert_eq!(
        seen.line,
        format!("POST /api/v1/organizations/{ORGANIZATION}/projects/{PROJECT}/allocations HTTP/1.1")
    );
    assert_eq!(
        seen.body,
        r#"{"metadata":{"name":"undefined"},"spec":{"kind":"computeclusters.compute.unikorn-cloud.org","id":"77777777-2222-4333-8444-555555555555","allocations":[{"kind":"gpus","committed":9007199254740993,"reserved":-1}]}}"#
    );
    assert_eq!(
        resource.annotations.unwrap()["unikorn-cloud.org/allocation-id"],
        "88888888-2222-4333-8444-555555555555"
    );
}

#[tokio::test]
async fn an_allocation_that_nobody_could_name_again_is_refused() {
    for made in [allocation(""), allocation("7"), "{}".to_owned(), String::new()] {
        let world = World::new();
        let server = Server::start(world.server_config(), move |_| json(201, &made)).await;
        let clients = world.clients(&server).await;
        let mut resource = resource();
        let before = resource.clone();

        let created = clients.identity().create_allocation(&context("carol"), &mut resource, &[]).await;

        assert!(matches!(created, Err(Error::MalformedAnswer { .. })), "{created:?}");
        assert_eq!(resource, before);
    }
}

fn allocation(id: &str) -> String {
    format!(
        r#"{{"metadata":{{"id":"{id}","organizationId":"O","projectId":"P","name":"undefined",
        "creationTime":"2026-01-01T00:00:00Z","provisioningStatus":"provisioned","healthStatus":"new"}},
        "spec":{{"kind":"k","id":"i","allocations":[]}}}}"#
    )
}
