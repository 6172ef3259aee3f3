//! Whatever is sent, the engine decides: it never panics, and refuses in one of the ways that were recorded.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use plumbline_fake_server::contract;
use plumbline_fake_server::engine::{Engine, Options};
use plumbline_fake_server::exchange::{Answer, Decision, Incoming, Service};
use plumbline_fake_server::world::World;
use proptest::prelude::*;
use serde_json::json;

/// Statuses that the services were seen to answer with.
const STATUSES: [u16; 14] = [200, 201, 202, 204, 302, 400, 401, 403, 404, 405, 409, 413, 422, 500];

const ORGANIZATION: &str = "/api/v1/organizations/000000a0-0000-4000-8000-000000000001";
const PROJECT: &str = "/api/v1/organizations/000000a0-0000-4000-8000-000000000001/projects/000000b0-0000-4000-8000-000000000001";

fn method() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec!["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD"]).prop_map(str::to_owned),
        1 => ".{0,8}",
    ]
}

/// Ids of things that the world has, some of which a path may name.
const IDS: [&str; 7] = [
    "000000a0-0000-4000-8000-000000000001",
    "000000b0-0000-4000-8000-000000000001",
    "00000070-0000-4000-8000-000000000001",
    "00000080-0000-4000-8000-000000000001",
    "00000090-0000-4000-8000-000000000001",
    "33333333-3333-3333-3333-333333333333",
    "nothing",
];

/// A path that one of the documents has, with something in the place of each parameter.
fn documented() -> impl Strategy<Value = String> {
    let templates: Vec<String> = [Service::Identity, Service::Region]
        .into_iter()
        .flat_map(|service| contract::document(service).operations())
        .map(|operation| operation.template.clone())
        .collect();
    let ids = prop::collection::vec(prop::sample::select(IDS.as_slice()), 6);
    (prop::sample::select(templates), ids).prop_map(|(template, ids)| {
        let mut ids = ids.into_iter().cycle();
        let segment = |part: &str| match part {
            "{organizationID}" => IDS[0].to_owned(),
            "{projectID}" => IDS[1].to_owned(),
            part if part.starts_with('{') => ids.next().unwrap_or_default().to_owned(),
            part => part.to_owned(),
        };
        template.split('/').map(segment).collect::<Vec<_>>().join("/")
    })
}

/// A body of the kind that things of a region are made with; whether it fits is left to chance.
fn body() -> impl Strategy<Value = Bytes> {
    let members = vec![
        ("organizationId", json!(IDS[0])),
        ("projectId", json!(IDS[1])),
        ("regionId", json!(IDS[2])),
        ("networkId", json!(IDS[3])),
        ("prefix", json!("10.0.0.0/24")),
        ("dnsNameservers", json!(["1.1.1.1"])),
        ("rules", json!([{ "direction": "ingress", "protocol": "tcp", "port": 1 }])),
        ("rules", json!([{ "direction": "egress", "protocol": "udp", "port": { "number": 1 } }])),
        ("flavorId", json!(IDS[5])),
        ("imageId", json!(IDS[5])),
        ("networks", json!([{ "id": IDS[3] }])),
        ("networking", json!({ "publicIP": true })),
        ("userData", json!("IyE=")),
        ("publicKey", json!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAB")),
        ("sizeGiB", json!(1)),
        ("storageClassId", json!("x")),
        ("storageType", json!({})),
        ("uri", json!("https://example.test")),
        ("architecture", json!("x86_64")),
        ("virtualization", json!("any")),
        ("os", json!({ "kernel": "linux", "family": "a", "distro": "b", "version": "c" })),
        ("listeners", json!([{ "name": "a", "protocol": "tcp", "port": 1, "pool": { "members": [] } }])),
    ];
    let all = members.len();
    prop::sample::subsequence(members, all / 2..=all).prop_map(|members| {
        let spec: serde_json::Map<_, _> =
            members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Bytes::from(json!({ "metadata": { "name": "a" }, "spec": spec }).to_string())
    })
}

fn target() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "/api/v1/organizations".to_owned(),
        "/api/v1/acl".to_owned(),
        ORGANIZATION.to_owned(),
        format!("{ORGANIZATION}/quotas"),
        PROJECT.to_owned(),
        format!("{PROJECT}/references/"),
        format!("{PROJECT}/allocations"),
        "/api/v2/networks".to_owned(),
        "/api/v2/networks/00000080-0000-4000-8000-000000000001".to_owned(),
    ]);
    prop_oneof![
        4 => documented(),
        4 => known.clone(),
        2 => (known, "[/?a-z0-9%.=&;+ -]{0,12}").prop_map(|(path, rest)| path + &rest),
        1 => ".{0,24}",
    ]
}

fn header() -> impl Strategy<Value = (String, Bytes)> {
    let name = prop_oneof![
        prop::sample::select(vec![
            "Access-Control-Request-Method",
            "Authorization",
            "Content-Type",
            "Host",
            "Ssl-Client-Cert",
            "Ssl-Client-Verify",
            "Unikorn-Client-Certificate",
            "X-Impersonate",
            "X-Principal",
            "traceparent",
        ])
        .prop_map(str::to_owned),
        "[a-zA-Z-]{1,12}",
    ];
    let value = prop_oneof![
        prop::sample::select(vec![
            "SUCCESS",
            "true",
            "GET",
            "application/json",
            "e30",
            "Bearer x",
            "bnVsbA",
            "a.b.c"
        ])
        .prop_map(|text| Bytes::from_static(text.as_bytes())),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Bytes::from),
    ];
    (name, value)
}

fn incoming() -> impl Strategy<Value = Incoming> {
    let service = prop::sample::select(vec![Service::Identity, Service::Region]);
    let body = prop_oneof![
        2 => body(),
        1 => Just(Bytes::new()),
        1 => Just(Bytes::from_static(
            br#"{"metadata":{"name":"a"},"spec":{"groupIDs":[],"kind":"a","id":"b","allocations":[]}}"#
        )),
        1 => prop::collection::vec(any::<u8>(), 0..60).prop_map(Bytes::from),
    ];
    (service, method(), target(), prop::collection::vec(header(), 0..8), body).prop_map(
        |(service, method, target, headers, body)| Incoming { service, method, target, headers, body },
    )
}

/// As a caller that the world knows: what it sends gets as far as the operations.
fn as_known(mut incoming: Incoming) -> Incoming {
    let known = [
        ("Ssl-Client-Cert", certificate()),
        ("Ssl-Client-Verify", "SUCCESS".to_owned()),
        ("X-Principal", "eyJhY3RvciI6ImFsaWNlQGFjbWUudGVzdCJ9".to_owned()),
        ("Content-Type", "application/json".to_owned()),
    ];
    incoming.headers.retain(|(name, _)| {
        !name.eq_ignore_ascii_case("Authorization")
            && !name.eq_ignore_ascii_case("Unikorn-Client-Certificate")
    });
    let known = known.into_iter().map(|(name, value)| (name.to_owned(), Bytes::from(value)));
    incoming.headers.splice(0..0, known);
    incoming
}

/// The world, but for `world-consumer`, who may do what administrators of the platform may.
fn world_where_he_may_do_all() -> Arc<World> {
    static WORLD: OnceLock<Arc<World>> = OnceLock::new();
    Arc::clone(WORLD.get_or_init(|| {
        let mut world = World::default();
        let everything = world.roles["platform-administrator"].id.clone();
        let caller = world.system_accounts.get_mut("world-consumer").expect("the world has it");
        caller.role_id = everything;
        Arc::new(world)
    }))
}

fn certificate() -> String {
    use rcgen::{CertificateParams, DnType, KeyPair};
    static PEM: OnceLock<String> = OnceLock::new();
    let escaped = PEM.get_or_init(|| {
        let key = KeyPair::generate().expect("keys can be made");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "world-consumer");
        let pem = params.self_signed(&key).expect("a certificate can be signed").pem();
        percent_encoding::utf8_percent_encode(&pem, percent_encoding::NON_ALPHANUMERIC).to_string()
    });
    escaped.clone()
}

fn answers_as_recorded(request: &Incoming, decision: &Decision) -> Result<(), TestCaseError> {
    let (Answer::Response(response) | Answer::Abort(response)) = &decision.answer;
    prop_assert!(STATUSES.contains(&response.status), "status {}", response.status);
    if request.method == "HEAD" {
        prop_assert!(response.body.is_empty());
    } else if response.status >= 400 && response.headers.iter().any(|(_, value)| value == "application/json")
    {
        let body: serde_json::Value = serde_json::from_slice(&response.body).expect("an envelope is JSON");
        prop_assert!(body["error"].is_string() && body["trace_id"].is_string());
        prop_assert!(decision.changes.is_empty());
    }
    Ok(())
}

proptest! {
    #[test]
    fn anything_is_decided(requests in prop::collection::vec(incoming(), 1..4)) {
        let mut engine = Engine::new(World::shared(), Options::default());
        for request in &requests {
            answers_as_recorded(request, &engine.decide(request))?;
        }
    }

    #[test]
    fn anything_by_a_known_caller_is_decided(requests in prop::collection::vec(incoming().prop_map(as_known), 1..4)) {
        let mut engine = Engine::new(world_where_he_may_do_all(), Options::default());
        for request in &requests {
            answers_as_recorded(request, &engine.decide(request))?;
        }
    }

    #[test]
    fn the_same_requests_get_the_same_decisions(requests in prop::collection::vec(incoming().prop_map(as_known), 1..4)) {
        let decide = || {
            let mut engine = Engine::new(World::shared(), Options::default());
            requests.iter().map(|request| engine.decide(request)).collect::<Vec<_>>()
        };
        prop_assert_eq!(decide(), decide());
    }
}
