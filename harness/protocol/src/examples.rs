//! One message of every kind: for help texts, for the schema's tests, and to read.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    Call, Capability, ClientKind, Context, Converge, Endpoints, ErrorClass, Failure, FromDriver, Goal, Hello,
    Impersonation, Lifecycle, Operation, Outcome, Principal, PrincipalType, Purpose, Resource, Secret,
    SecretName, Serving, Session, Timeouts, ToDriver, VERSION,
};

/// What the harness says, in the order of a conversation.
#[must_use]
pub fn to_driver() -> Vec<ToDriver> {
    vec![
        ToDriver::Welcome { version: VERSION },
        ToDriver::Open { session: 1, setup: session() },
        ToDriver::Secrets { session: 1, secrets: vec![secret()] },
        ToDriver::Advance { session: 1, seconds: 86_400 },
        ToDriver::Call(call()),
        ToDriver::Cancel { id: 7 },
        ToDriver::Close { session: 1 },
        ToDriver::Converge(converge()),
        ToDriver::Stored { id: 8, refused: Some("the resource has changed".to_owned()) },
        ToDriver::Crash { session: 1 },
        ToDriver::GiveUp { id: 8 },
    ]
}

/// What a driver says, in the order of a conversation.
#[must_use]
pub fn from_driver() -> Vec<FromDriver> {
    vec![
        FromDriver::Hello(hello()),
        FromDriver::Opened { session: 1 },
        FromDriver::Refused { session: 1, error: failure(ErrorClass::SecretFormat, "secret has no tls.key") },
        FromDriver::Ready { session: 1 },
        FromDriver::Done {
            id: 7,
            outcome: Outcome::Ok { value: json!({"metadata": {"id": "a1"}}), resource: None },
        },
        FromDriver::Closed { session: 1 },
        FromDriver::Trouble { message: "no room for another client".to_owned() },
        FromDriver::Store { id: 8, resource: resource() },
        FromDriver::Waits { id: 8, milliseconds: 5 },
    ]
}

/// One outcome of every kind.
#[must_use]
pub fn outcomes() -> Vec<Outcome> {
    vec![
        Outcome::Ok { value: serde_json::Value::Null, resource: Some(resource()) },
        Outcome::Error(Failure {
            status: Some(403),
            code: Some("forbidden".to_owned()),
            description: Some("not allowed".to_owned()),
            trace_id: Some("4bf92f3577b34da6a3ce929d0e0e4736".to_owned()),
            retry_after: Some("120".to_owned()),
            body: Some("{}".to_owned()),
            resource: Some(resource()),
            ..failure(ErrorClass::Api, "403: not allowed")
        }),
        Outcome::Cancelled,
        Outcome::CouldNotAttempt { reason: "the session is not open".to_owned() },
        Outcome::Unsupported { reason: "no call takes a certificate".to_owned() },
    ]
}

fn hello() -> Hello {
    Hello {
        versions: vec![VERSION],
        name: "example".to_owned(),
        version: "1.2.3".to_owned(),
        language: "go".to_owned(),
        capabilities: vec![Capability::ApiClient, Capability::Cancel],
        operations: vec![Operation::ProjectsRead, Operation::NetworkReferencesAdd],
        concurrency: 64,
    }
}

fn session() -> Session {
    Session {
        endpoints: Endpoints {
            identity: "https://localhost:40001".to_owned(),
            region: "https://localhost:40002".to_owned(),
        },
        secrets: vec![secret()],
        ca: Some(SecretName { namespace: "platform".to_owned(), name: "ca".to_owned() }),
        client: None,
        reload_seconds: Some(86_400),
        timeouts: Timeouts { call_ms: Some(2_000) },
        directory: Some("secrets".to_owned()),
        now: Some(1_767_323_045),
    }
}

fn secret() -> Secret {
    Secret {
        namespace: "platform".to_owned(),
        name: "ca".to_owned(),
        kind: "kubernetes.io/tls".to_owned(),
        data: BTreeMap::from([("tls.crt".to_owned(), "-----BEGIN CERTIFICATE-----\n…".to_owned())]),
    }
}

fn call() -> Call {
    Call {
        id: 7,
        session: 1,
        operation: Operation::ProjectsRead,
        client: ClientKind::Api,
        arguments: BTreeMap::from([
            ("organization".to_owned(), json!("11111111-1111-4111-8111-111111111111")),
            ("project".to_owned(), json!("22222222-2222-4222-8222-222222222222")),
        ]),
        context: Context {
            principal: Some(Principal {
                organization_id: Some("11111111-1111-4111-8111-111111111111".to_owned()),
                organization_ids: vec!["11111111-1111-4111-8111-111111111111".to_owned()],
                project_id: Some("22222222-2222-4222-8222-222222222222".to_owned()),
                kind: Some(PrincipalType::User),
                actor: Some("ada@example.com".to_owned()),
            }),
            impersonate: Impersonation::Yes,
            traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
            tracestate: Some("vendor=1".to_owned()),
            certificate: Some("-----BEGIN%20CERTIFICATE-----%0A…".to_owned()),
            serving: Some(Serving {
                headers: vec![("X-Principal".to_owned(), "e30".to_owned())],
                span: Some("b7ad6b7169203331".to_owned()),
                purpose: Purpose::Handler,
            }),
        },
        resource: Some(resource()),
    }
}

fn converge() -> Converge {
    Converge {
        id: 8,
        session: 1,
        lifecycle: Lifecycle::NetworkReference,
        goal: Goal::Absent,
        arguments: BTreeMap::from([("network".to_owned(), json!("33333333-3333-4333-8333-333333333333"))]),
        context: Context::default(),
        resource: resource(),
        attempts: 10,
    }
}

fn resource() -> Resource {
    let label = ("unikorn-cloud.org/organization", "11111111-1111-4111-8111-111111111111");
    Resource {
        group: "compute.unikorn-cloud.org".to_owned(),
        kind: "ComputeCluster".to_owned(),
        plural: "computeclusters".to_owned(),
        name: "3b6c2a1e-0000-4000-8000-000000000001".to_owned(),
        labels: Some(BTreeMap::from([(label.0.to_owned(), label.1.to_owned())])),
        annotations: Some(BTreeMap::new()),
    }
}

fn failure(class: ErrorClass, message: &str) -> Failure {
    Failure {
        class,
        status: None,
        code: None,
        description: None,
        trace_id: None,
        retry_after: None,
        body: None,
        message: message.to_owned(),
        resource: None,
    }
}
