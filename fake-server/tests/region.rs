//! Kinds of region's things that no recording shows being made: from creation to deletion, and what is refused.
//!
//! Every answer is held to the document by the engine itself: one that does not fit is no answer.

#![allow(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]
#![allow(clippy::needless_pass_by_value, reason = "bodies are written where they are passed")]

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use plumbline_fake_server::engine::{Engine, Options};
use plumbline_fake_server::exchange::{Answer, Incoming, Service};
use plumbline_fake_server::store::{Kind, Refusal, StoreFault, Verb};
use plumbline_fake_server::world::{FileStorageClass, World};
use rstest::rstest;
use serde_json::{Value, json};

const ACME: &str = "000000a0-0000-4000-8000-000000000001";
const ALPHA: &str = "000000b0-0000-4000-8000-000000000001";
const OPEN: &str = "00000070-0000-4000-8000-000000000001";
const NET_ONE: &str = "00000080-0000-4000-8000-000000000001";
const NET_GAMMA: &str = "00000080-0000-4000-8000-000000000004";
const FLAVOR: &str = "11111111-1111-1111-1111-111111111111";
const IMAGE: &str = "33333333-3333-3333-3333-333333333333";
const CLASS: &str = "000000f0-0000-4000-8000-000000000001";
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

/// A region in which one service may do everything.
struct Region(Engine);

impl Region {
    fn new() -> Self {
        let mut world = World::default();
        let everything = world.roles["platform-administrator"].id.clone();
        world.system_accounts.get_mut("world-consumer").unwrap().role_id = everything;
        world.file_storage_classes.push(FileStorageClass {
            id: CLASS.to_owned(),
            name: "fast".to_owned(),
            region: OPEN.to_owned(),
            organization: None,
            protocols: vec!["nfsv4".to_owned()],
            parallelism: 4,
        });
        Self(Engine::new(Arc::new(world), Options::default()))
    }

    /// Status and body of an answer; an answer that does not fit the document fails the test.
    fn send(&mut self, method: &str, target: &str, body: &Value) -> (u16, Value) {
        let principal = json!({ "actor": "alice", "organizationId": ACME, "projectId": ALPHA });
        let encoded =
            base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, principal.to_string());
        let headers = [
            ("Ssl-Client-Cert", certificate()),
            ("Ssl-Client-Verify", "SUCCESS".to_owned()),
            ("X-Principal", encoded),
            ("Content-Type", "application/json".to_owned()),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), Bytes::from(value)));
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let incoming = Incoming {
            service: Service::Region,
            method: method.to_owned(),
            target: target.to_owned(),
            headers: headers.collect(),
            body,
        };
        match self.0.decide(&incoming).answer {
            Answer::Response(response) => {
                (response.status, serde_json::from_slice(&response.body).unwrap_or_default())
            }
            Answer::Abort(response) => panic!(
                "{method} {target} is answered {} {}",
                response.status,
                String::from_utf8_lossy(&response.body)
            ),
        }
    }

    fn get(&mut self, target: &str) -> (u16, Value) {
        self.send("GET", target, &Value::Null)
    }

    /// Makes something, and says its id.
    #[track_caller]
    fn make(&mut self, target: &str, body: &Value) -> String {
        let (status, made) = self.send("POST", target, body);
        assert_eq!(status, 201, "{made}");
        made["metadata"]["id"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    fn refuses(&mut self, method: &str, target: &str, body: &Value, status: u16, description: &str) {
        let (seen, said) = self.send(method, target, body);
        assert_eq!((seen, said["error_description"].as_str()), (status, Some(description)));
    }

    /// How much of each kind the row says that is for such a thing.
    fn charged(&self, id: &str) -> Option<Vec<(String, i64)>> {
        let row = self.0.store().allocations.values().find(|row| row.resource_id == id)?;
        Some(row.amounts.iter().map(|amount| (amount.kind.clone(), amount.committed)).collect())
    }
}

/// What the ingress says of `world-consumer`.
fn certificate() -> String {
    use rcgen::{CertificateParams, DnType, KeyPair};
    static PEM: OnceLock<String> = OnceLock::new();
    let escaped = PEM.get_or_init(|| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "world-consumer");
        let pem = params.self_signed(&key).unwrap().pem();
        percent_encoding::utf8_percent_encode(&pem, percent_encoding::NON_ALPHANUMERIC).to_string()
    });
    escaped.clone()
}

fn write(name: &str, spec: Value) -> Value {
    json!({ "metadata": { "name": name, "tags": [{ "name": "a", "value": "b" }] }, "spec": spec })
}

/// Both, of which the second one wins.
fn with(base: &Value, more: Value) -> Value {
    let mut both = base.as_object().unwrap().clone();
    both.extend(more.as_object().unwrap().clone());
    Value::Object(both)
}

fn listener() -> Value {
    json!({ "name": "http", "protocol": "tcp", "port": 80, "pool": { "members": [{ "address": "10.1.0.9", "port": 8080 }] } })
}

fn storage() -> Value {
    json!({
        "organizationId": ACME, "projectId": ALPHA, "regionId": OPEN, "storageClassId": CLASS, "sizeGiB": 2,
        "storageType": {},
        "snapshotPolicies": [{ "name": "nightly", "schedule": { "interval": "daily", "timeOfDay": "03:00Z" }, "retention": { "keep": 3 } }],
    })
}

#[rstest]
#[case::security_group(
    "securitygroups",
    json!({ "networkId": NET_ONE, "rules": [{ "direction": "ingress", "protocol": "tcp", "port": 22, "portMax": 25, "prefix": "10.0.0.1/8" }] }),
    json!({ "rules": [{ "direction": "ingress", "protocol": "tcp", "port": 22, "portMax": 25, "prefix": "10.0.0.0/8" }] }),
    json!({ "rules": [{ "direction": "egress", "protocol": "icmp" }] })
)]
#[case::load_balancer(
    "loadbalancers",
    json!({ "networkId": NET_ONE, "vipAddress": "10.1.0.7", "listeners": [listener()] }),
    json!({ "publicIP": false, "listeners": [with(&listener(), json!({
        "idleTimeoutSeconds": 60, "pool": { "proxyProtocolV2": false, "members": [{ "address": "10.1.0.9", "port": 8080 }] },
    }))] }),
    json!({ "publicIP": true, "listeners": [with(&listener(), json!({
        "idleTimeoutSeconds": 5, "allowedCidrs": ["10.0.0.0/8"],
        "pool": { "proxyProtocolV2": false, "members": [], "healthCheck": {
            "intervalSeconds": 9, "timeoutSeconds": 5, "healthyThreshold": 2, "unhealthyThreshold": 3,
        } },
    }))] })
)]
#[case::server(
    "servers",
    json!({ "networkId": NET_ONE, "flavorId": FLAVOR, "imageId": IMAGE, "sshInjection": "none" }),
    json!({ "flavorId": FLAVOR, "imageId": IMAGE }),
    json!({ "flavorId": FLAVOR, "imageId": IMAGE, "networking": { "publicIP": true, "allowedSourceAddresses": ["10.9.0.0/16"] }, "userData": "IyEvYmluL3No" })
)]
#[case::file_storage(
    "filestorage",
    storage(),
    json!({
        "sizeGiB": 2, "storageType": { "NFS": { "rootSquash": true } }, "attachments": { "networkIds": [] },
        "defaultSnapshotProtectionEnabled": true, "snapshotPolicies": storage()["snapshotPolicies"],
    }),
    json!({
        "sizeGiB": 3, "storageType": { "NFS": { "rootSquash": false } }, "attachments": { "networkIds": [] },
        "defaultSnapshotProtectionEnabled": false, "snapshotPolicies": [],
    })
)]
fn a_thing_of_the_second_api_lives_and_dies(
    #[case] family: &str,
    #[case] wanted: Value,
    #[case] said: Value,
    #[case] changed: Value,
) {
    let mut region = Region::new();
    let all = format!("/api/v2/{family}");
    let id = region.make(&all, &write("mine", wanted));
    let one = format!("{all}/{id}");
    let (status, read) = region.get(&one);
    assert_eq!((status, &read["spec"], &read["status"]["regionId"]), (200, &said, &json!(OPEN)));
    assert_eq!(read["metadata"]["projectId"], ALPHA);

    assert_eq!(region.get(&format!("{all}?tag=a%3Db&projectID={ALPHA}")), (200, json!([read])));
    for query in ["tag=a%3Dc", "projectID=x", "regionID=x", "organizationID=x"] {
        assert_eq!(region.get(&format!("{all}?{query}")), (200, json!([])), "{query}");
    }

    let (status, updated) = region.send("PUT", &one, &write("mine", changed.clone()));
    assert_eq!((status, &updated["spec"]), (202, &changed));
    assert_eq!(region.get(&one), (200, updated));

    assert_eq!(region.send("DELETE", &one, &Value::Null).0, 202);
    region.refuses("GET", &one, &Value::Null, 404, "resource not found");
}

#[test]
fn an_authority_is_known_until_it_is_forgotten() {
    let mut region = Region::new();
    let all = "/api/v2/sshcertificateauthorities";
    let spec = json!({ "organizationId": ACME, "projectId": ALPHA, "publicKey": format!("{KEY}\n") });
    let id = region.make(all, &write("ca", spec));
    let (_, read) = region.get(&format!("{all}/{id}"));
    assert_eq!(read["spec"], json!({ "publicKey": KEY }));
    let server = json!({ "networkId": NET_ONE, "flavorId": FLAVOR, "imageId": IMAGE, "sshCertificateAuthorityId": id });
    let server = region.make("/api/v2/servers", &write("a", server));
    let (_, read) = region.get(&format!("/api/v2/servers/{server}"));
    assert_eq!(
        (&read["status"]["sshInjection"], &read["status"]["sshCertificateAuthorityId"]),
        (&json!("ca"), &json!(id))
    );
    region.refuses(
        "GET",
        &format!("/api/v2/servers/{server}/sshkey"),
        &Value::Null,
        404,
        "resource not found",
    );
    assert_eq!(region.send("DELETE", &format!("{all}/{id}"), &Value::Null).0, 202);
    assert_eq!(region.get(all), (200, json!([])));
}

#[test]
fn things_of_the_first_api_live_and_die() {
    let mut region = Region::new();
    let principals = format!("/api/v1/organizations/{ACME}/projects/{ALPHA}/identities");
    let principal = region.make(&principals, &write("p", json!({ "regionId": OPEN })));
    let base = format!("{principals}/{principal}");
    let network = region.make(
        &format!("{base}/networks"),
        &write("n", json!({ "prefix": "10.9.0.0/24", "dnsNameservers": ["1.1.1.1"] })),
    );
    let rules = json!({ "rules": [{ "direction": "ingress", "protocol": "udp", "port": { "range": { "start": 1, "end": 2 } }, "cidr": "10.0.0.0/8" }] });
    let group = region.make(&format!("{base}/securitygroups"), &write("g", rules.clone()));
    let (_, read) = region.get(&format!("{base}/securitygroups/{group}"));
    assert_eq!(read["spec"], rules);
    let spec = json!({
        "flavorId": FLAVOR, "imageId": IMAGE, "securityGroups": [{ "id": group }],
        "networks": [{ "id": network, "allowedAddressPairs": [{ "cidr": "10.8.0.0/16", "macAddress": "02:00:00:00:00:01" }] }],
        "publicIPAllocation": { "enabled": true },
    });
    let server = region.make(&format!("{base}/servers"), &write("s", spec.clone()));
    let one = format!("{base}/servers/{server}");
    let (_, read) = region.get(&one);
    assert_eq!(read["spec"], spec);
    let fewer = json!({ "flavorId": FLAVOR, "imageId": IMAGE, "networks": [{ "id": network }] });
    let (status, updated) = region.send("PUT", &one, &write("t", fewer.clone()));
    assert_eq!(
        (status, &updated["spec"], &updated["metadata"]["modifiedBy"]),
        (202, &fewer, &json!("world-consumer"))
    );

    // The second API does not know what the first one made, though it is charged by neither.
    region.refuses("GET", &format!("/api/v2/servers/{server}"), &Value::Null, 404, "resource not found");
    region.refuses("GET", &format!("/api/v2/networks/{network}"), &Value::Null, 404, "resource not found");
    assert_eq!(region.charged(&network), None);

    for (kind, id) in [("servers", &server), ("securitygroups", &group), ("networks", &network)] {
        let listed = format!("/api/v1/organizations/{ACME}/{kind}");
        let ids = |listed: &Value| -> Vec<Value> {
            listed.as_array().unwrap().iter().map(|it| it["metadata"]["id"].clone()).collect()
        };
        assert!(ids(&region.get(&listed).1).contains(&json!(id)), "{kind}");
        assert_eq!(region.send("DELETE", &format!("{base}/{kind}/{id}"), &Value::Null).0, 202);
        assert!(!ids(&region.get(&listed).1).contains(&json!(id)), "{kind}");
    }
    assert_eq!(region.send("DELETE", &base, &Value::Null).0, 202);
    region.refuses("GET", &base, &Value::Null, 404, "resource not found");
}

#[test]
fn a_load_balancer_is_charged_for_its_public_address_while_it_has_one() {
    let mut region = Region::new();
    let wanted =
        |public: bool| json!({ "networkId": NET_ONE, "publicIP": public, "listeners": [listener()] });
    let id = region.make("/api/v2/loadbalancers", &write("b", wanted(false)));
    assert_eq!(region.charged(&id), Some(vec![("loadbalancers".to_owned(), 1)]));
    let one = format!("/api/v2/loadbalancers/{id}");
    assert_eq!(region.send("PUT", &one, &write("b", wanted(true))).0, 202);
    let both = Some(vec![("loadbalancers".to_owned(), 1), ("publicips".to_owned(), 1)]);
    assert_eq!(region.charged(&id), both);

    // A change that the store refuses is taken back from the ledger.
    region.0.refuse(StoreFault {
        verb: Verb::Patch,
        kind: Kind::LoadBalancer,
        nth: 1,
        error: Refusal::Conflict,
    });
    region.refuses("PUT", &one, &write("b", wanted(false)), 409, "the requested resource already exists");
    assert_eq!(region.charged(&id), both);
}

#[rstest]
#[case("loadbalancers", Kind::LoadBalancer, json!({ "networkId": NET_ONE, "listeners": [listener()] }))]
#[case("filestorage", Kind::FileStorage, storage())]
fn what_cannot_be_made_is_not_charged(#[case] family: &str, #[case] kind: Kind, #[case] wanted: Value) {
    let mut region = Region::new();
    let before = region.0.store().allocations.len();
    region.0.refuse(StoreFault { verb: Verb::Create, kind, nth: 1, error: Refusal::Internal });
    let (status, _) = region.send("POST", &format!("/api/v2/{family}"), &write("x", wanted));
    assert_eq!((status, region.0.store().allocations.len()), (500, before));
}

#[test]
fn a_server_is_known_by_its_name_in_its_network() {
    let mut region = Region::new();
    let wanted = write("web", json!({ "networkId": NET_ONE, "flavorId": FLAVOR, "imageId": IMAGE }));
    let id = region.make("/api/v2/servers", &wanted);
    region.refuses("POST", "/api/v2/servers", &wanted, 409, "the requested resource already exists");
    let renamed = write("www", json!({ "flavorId": FLAVOR, "imageId": IMAGE }));
    region.refuses("PUT", &format!("/api/v2/servers/{id}"), &renamed, 422, "server names are immutable");
}

#[test]
fn an_imported_image_is_its_organizations() {
    let mut region = Region::new();
    let all = format!("/api/v1/organizations/{ACME}/regions/{OPEN}/images");
    let os = json!({ "kernel": "linux", "family": "debian", "distro": "debian", "version": "13" });
    let spec = json!({ "uri": "https://images.example.test/a", "architecture": "x86_64", "virtualization": "any", "os": os });
    let (status, made) = region.send("POST", &all, &write("a-first", spec));
    assert_eq!((status, &made["status"]), (200, &json!({ "state": "ready" })));
    assert_eq!(made["metadata"]["tags"].as_array().unwrap().len(), 3);
    let count = |(status, listed): (u16, Value)| (status, listed.as_array().map(Vec::len));
    assert_eq!(count(region.get(&all)), (200, Some(3)));
    assert_eq!(region.get(&all).1[0], made);

    let query = |rest: &str| format!("/api/v2/regions/{OPEN}/images{rest}");
    assert_eq!(count(region.get(&query(""))), (200, Some(2)));
    assert_eq!(count(region.get(&query(&format!("?organizationID={ACME}")))), (200, Some(3)));
    assert_eq!(count(region.get(&query(&format!("?organizationID={ACME}&scope=owned")))), (200, Some(1)));
    assert_eq!(count(region.get(&query("?scope=owned"))), (200, Some(2)));
    assert_eq!(count(region.get(&query("?status=failed"))), (200, Some(0)));

    let one = format!("{all}/{}", made["metadata"]["id"].as_str().unwrap());
    assert_eq!(region.send("DELETE", &one, &Value::Null).0, 202);
    region.refuses("DELETE", &one, &Value::Null, 404, "resource not found");
    region.refuses("DELETE", &format!("{all}/{IMAGE}"), &Value::Null, 404, "resource not found");
}

#[rstest]
#[case("loadbalancers", json!({ "vipAddress": "10.2.0.7", "listeners": [listener()] }), 422, "vipAddress must be within the selected network CIDR")]
#[case("loadbalancers", json!({ "vipAddress": "x", "listeners": [listener()] }), 400, "vipAddress must be a valid IPv4 address")]
#[case("loadbalancers", json!({ "listeners": [listener(), listener()] }), 422, "listener names must be unique")]
#[case("loadbalancers", json!({ "listeners": [listener(), with(&listener(), json!({ "name": "b" }))] }), 422, "listener protocol and port combinations must be unique")]
#[case("loadbalancers", json!({ "listeners": [with(&listener(), json!({ "protocol": "udp", "idleTimeoutSeconds": 1 }))] }), 422, "idleTimeoutSeconds is only supported for TCP listeners")]
#[case("loadbalancers", json!({ "listeners": [with(&listener(), json!({ "pool": { "members": [], "healthCheck": { "timeoutSeconds": 10 } } }))] }), 422, "timeoutSeconds must be less than intervalSeconds")]
#[case("servers", json!({ "flavorId": FLAVOR, "imageId": IMAGE, "sshInjection": "ca" }), 422, "sshInjection ca requires sshCertificateAuthorityId")]
#[case("servers", json!({ "flavorId": FLAVOR, "imageId": IMAGE, "infrastructureRef": "x" }), 422, "infrastructureRef cannot be used with sshInjection identityKeypair")]
#[case("servers", json!({ "flavorId": FLAVOR, "imageId": IMAGE, "networking": { "allowedSourceAddresses": ["x"] } }), 422, "allowedSourceAddresses must contain valid CIDR prefixes")]
#[case("servers", json!({ "flavorId": FLAVOR, "imageId": "x" }), 400, "the request body is missing or malformed")]
#[case("securitygroups", json!({ "rules": [{ "direction": "ingress", "protocol": "icmp", "port": 1 }] }), 400, "rule specified ports for a layer 3 protocol")]
#[case("securitygroups", json!({ "rules": [{ "direction": "ingress", "protocol": "tcp", "port": 2, "portMax": 2 }] }), 400, "rule must have a range where start < end")]
#[case("filestorage", with(&storage(), json!({ "sizeGiB": 0 })), 422, "size must be greater or equal to 1GiB")]
#[case("filestorage", with(&storage(), json!({ "storageClassId": "x" })), 422, "storage class not found")]
#[case("filestorage", with(&storage(), json!({ "attachments": { "networkIds": [NET_GAMMA] } })), 422, "network not available in project")]
#[case("filestorage", with(&storage(), json!({ "attachments": { "networkIds": [NET_ONE] } })), 422, "network requested is not a suitable network")]
#[case("sshcertificateauthorities", json!({ "organizationId": ACME, "projectId": ALPHA, "publicKey": "x" }), 422, "public key must be a valid OpenSSH authorized key")]
fn what_makes_no_sense_is_refused(
    #[case] family: &str,
    #[case] spec: Value,
    #[case] status: u16,
    #[case] description: &str,
) {
    let mut region = Region::new();
    let body = write("x", with(&json!({ "networkId": NET_ONE }), spec));
    region.refuses("POST", &format!("/api/v2/{family}"), &body, status, description);
}
