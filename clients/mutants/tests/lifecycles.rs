//! Each mutant of lifecycles is told from the client by one of a few situations at least. What is right in them, others
//! judge; here nothing is asked for but a difference.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use plumbline_fake_server::exchange::Response;
use plumbline_fake_server::fault::{Ending, Fault, Gate, Rule};
use plumbline_fake_server::pki::TrustAnchor;
use plumbline_fake_server::world::World;
use plumbline_fake_server::{FakeServer, Pki, Service, Setup};
use plumbline_mutants::{Mutant, MutantDriver};
use plumbline_protocol::{
    Context, Converge, Desk, Driver, DriverError, Endpoints, Goal, Impersonation, Lifecycle, Outcome,
    Principal, Resource, Secret, SecretName, Session, Stored, Timeouts,
};
use plumbline_reference_driver::ReferenceDriver;
use serde_json::{Value, json};

const ACME: &str = "000000a0-0000-4000-8000-000000000001";
const ALPHA: &str = "000000b0-0000-4000-8000-000000000001";
const ALLOCATION: &str = "unikorn-cloud.org/allocation-id";

/// Something that goes wrong with a lifecycle.
#[derive(Debug, Clone)]
struct Situation {
    lifecycle: Lifecycle,
    goal: Goal,
    impersonate: Impersonation,
    /// What is wrong with each request, from the first on.
    requests: Vec<Wrong>,
    /// How many stores are refused.
    refused: usize,
    /// The allocation that the resource names already.
    allocation: Option<&'static str>,
}

#[derive(Debug, Clone, Copy)]
enum Wrong {
    Lost,
    Status(u16, Option<&'static str>),
    /// It is held, given up, and then its answer is lost.
    GivenUp,
    /// Nothing.
    Nothing,
    /// Nothing, for a creation that the fake would refuse: nobody in it may create one that others act as.
    Created,
}

fn situations() -> Vec<Situation> {
    use Lifecycle::{Allocation, ProjectReference};
    let usual = |lifecycle, goal, requests: &[Wrong]| Situation {
        lifecycle,
        goal,
        impersonate: Impersonation::No,
        requests: requests.to_vec(),
        refused: 0,
        allocation: None,
    };
    let unavailable = Wrong::Status(503, None);
    let refused = |requests| Situation { refused: 1, ..usual(Allocation, Goal::Present, requests) };
    vec![
        usual(Allocation, Goal::Present, &[Wrong::Lost]),
        refused(&[]),
        Situation { impersonate: Impersonation::Yes, ..refused(&[Wrong::Created]) },
        refused(&[Wrong::Nothing, Wrong::Lost]),
        Situation { allocation: Some(ALPHA), ..usual(Allocation, Goal::Present, &[]) },
        usual(ProjectReference, Goal::Absent, &[Wrong::Lost]),
        usual(ProjectReference, Goal::Present, &[Wrong::Lost]),
        usual(ProjectReference, Goal::Present, &[Wrong::Status(409, None)]),
        usual(ProjectReference, Goal::Present, &[unavailable; 9]),
        usual(ProjectReference, Goal::Present, &[Wrong::Status(503, Some("7"))]),
        usual(ProjectReference, Goal::Present, &[Wrong::Status(503, Some("Thu, 01 Jan 2099 00:00:00 GMT"))]),
        usual(ProjectReference, Goal::Present, &[Wrong::GivenUp]),
    ]
}

/// What is seen of a lifecycle.
#[derive(Debug, PartialEq)]
struct Seen {
    requests: Vec<String>,
    /// What happened before it was stored, and what was stored.
    stores: Vec<(usize, bool)>,
    waits: Vec<u64>,
    succeeded: bool,
}

#[derive(Clone)]
struct Notes {
    server: Arc<FakeServer>,
    noted: Arc<Mutex<Noted>>,
}

#[derive(Default)]
struct Noted {
    stores: Vec<(usize, bool)>,
    waits: Vec<u64>,
    refuse: usize,
}

impl Desk for Notes {
    async fn store(&self, resource: Resource) -> Result<Stored, DriverError> {
        let named = resource.annotations.is_some_and(|annotations| annotations.contains_key(ALLOCATION));
        let mut noted = self.noted.lock().unwrap();
        noted.stores.push((self.server.recording().exchanges.len(), named));
        if noted.refuse == 0 {
            return Ok(Stored::Kept);
        }
        noted.refuse -= 1;
        Ok(Stored::Refused("changed".to_owned()))
    }

    fn waits(&self, milliseconds: u64) {
        // Until a date it takes a little less each time.
        self.noted.lock().unwrap().waits.push(milliseconds.min(1_000_000_000));
    }
}

/// Plays a situation on a fresh fake.
async fn play(driver: impl Driver, pki: &Arc<Pki>, situation: &Situation) -> Seen {
    let server = Arc::new(FakeServer::start(Setup::new(Arc::clone(pki))).await.unwrap());
    driver.open(1, session(&server, pki)).await.unwrap().unwrap();
    let gate = Gate::new();
    for (at, wrong) in (1..).zip(&situation.requests) {
        let fault = match *wrong {
            Wrong::Lost => Fault::lose_answer(Ending::Reset),
            Wrong::Nothing => continue,
            Wrong::Created => Fault::reply(created()),
            Wrong::Status(status, retry_after) => Fault::reply(answer(status, retry_after)),
            Wrong::GivenUp => Fault { hold: Some(gate.clone()), ..Fault::lose_answer(Ending::Reset) },
        };
        server.inject(Rule::nth(at, fault));
    }
    let noted = Arc::new(Mutex::new(Noted { refuse: situation.refused, ..Noted::default() }));
    let notes = Notes { server: Arc::clone(&server), noted: Arc::clone(&noted) };
    let converge = driver.converge(converge(situation), notes);
    let outcome = if situation.requests.iter().any(|wrong| matches!(wrong, Wrong::GivenUp)) {
        let give_up = async {
            gate.reached().await;
            driver.give_up(7).await.unwrap();
        };
        let (outcome, ()) = tokio::join!(converge, give_up);
        gate.release();
        // Whoever goes on all the same sends one more; whoever does not is waited for in vain, for a while.
        let more = std::time::Duration::from_secs(1);
        let _ = server.until("one more request", more, |seen| seen.exchanges.len() > 2).await;
        outcome
    } else {
        converge.await
    };
    let exchanges = server.recording().exchanges;
    let noted = std::mem::take(&mut *noted.lock().unwrap());
    Seen {
        requests: exchanges.iter().map(|one| shown(&one.request)).collect(),
        stores: noted.stores,
        waits: noted.waits,
        succeeded: matches!(outcome.unwrap(), Outcome::Ok { .. }),
    }
}

/// Verb, target without what differs from run to run, and for whom.
fn shown(request: &plumbline_fake_server::record::Request) -> String {
    let target: Vec<_> = request.target.split('/').take(8).collect();
    let headers = request.headers.iter().filter(|header| header.name.to_lowercase().starts_with("x-"));
    let headers: Vec<_> = headers.map(|header| format!("{}: {:?}", header.name, header.value)).collect();
    format!("{} {} {}", request.method, target.join("/"), headers.join(", "))
}

fn answer(status: u16, retry_after: Option<&str>) -> Response {
    let headers = retry_after.map(|value| ("Retry-After".to_owned(), value.to_owned()));
    Response { status, headers: headers.into_iter().collect(), body: Bytes::new() }
}

fn created() -> Response {
    let row = json!({
        "metadata": {
            "id": "99999999-9999-4999-8999-999999999999", "organizationId": ACME, "projectId": ALPHA, "name": "undefined",
            "creationTime": "2026-01-01T00:00:00Z", "provisioningStatus": "provisioned", "healthStatus": "healthy",
        },
        "spec": {"kind": "computeclusters.compute.unikorn-cloud.org", "id": "7", "allocations": []},
    });
    Response {
        status: 201,
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: row.to_string().into(),
    }
}

fn converge(situation: &Situation) -> Converge {
    let creates = situation.lifecycle == Lifecycle::Allocation;
    let arguments = match creates {
        true => json!({"allocations": [{"kind": "clusters", "committed": 1, "reserved": 0}]}),
        false => json!({}),
    };
    let principal = Principal {
        organization_id: Some(ACME.to_owned()),
        organization_ids: vec![ACME.to_owned()],
        project_id: Some(ALPHA.to_owned()),
        kind: Some(plumbline_protocol::PrincipalType::User),
        actor: Some("alice@acme.test".to_owned()),
    };
    let map = |entries: &[(&str, &str)]| -> BTreeMap<String, String> {
        entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let mut annotations = map(&[("unikorn-cloud.org/creator", "carol@acme.test")]);
    annotations.extend(situation.allocation.map(|named| (ALLOCATION.to_owned(), named.to_owned())));
    Converge {
        id: 7,
        session: 1,
        lifecycle: situation.lifecycle,
        goal: situation.goal,
        arguments: serde_json::from_value::<BTreeMap<String, Value>>(arguments).unwrap(),
        context: Context {
            principal: creates.then_some(principal),
            impersonate: situation.impersonate,
            ..Context::default()
        },
        resource: Resource {
            group: "compute.unikorn-cloud.org".to_owned(),
            kind: "ComputeCluster".to_owned(),
            plural: "computeclusters".to_owned(),
            name: "77777777-7777-4777-8777-777777777777".to_owned(),
            labels: Some(map(&[
                ("unikorn-cloud.org/organization", ACME),
                ("unikorn-cloud.org/project", ALPHA),
            ])),
            annotations: Some(annotations),
        },
        attempts: 3,
    }
}

fn session(server: &FakeServer, pki: &Pki) -> Session {
    let name = |name: &str| SecretName { namespace: "unikorn".to_owned(), name: name.to_owned() };
    let secret = |called: &str, data: &[(&str, &str)]| {
        let data = data.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
        let SecretName { namespace, name } = name(called);
        Secret { namespace, name, kind: "kubernetes.io/tls".to_owned(), data }
    };
    let client = pki.credential("consumer").unwrap();
    let key = client.private_key_pem();
    Session {
        endpoints: Endpoints {
            identity: server.endpoint(Service::Identity),
            region: server.endpoint(Service::Region),
        },
        secrets: vec![
            secret("ca", &[("tls.crt", pki.authority_pem(TrustAnchor::Platform))]),
            secret("client", &[("tls.crt", client.certificate_pem()), ("tls.key", &key)]),
        ],
        ca: Some(name("ca")),
        client: Some(name("client")),
        reload_seconds: None,
        timeouts: Timeouts::default(),
        directory: None,
        now: None,
    }
}

#[tokio::test]
async fn every_mutant_of_lifecycles_differs() {
    let pki = Pki::of(&World::shared()).unwrap();
    let situations = situations();
    let mut right = Vec::new();
    for situation in &situations {
        let seen = play(ReferenceDriver::new(), &pki, situation).await;
        let again = play(ReferenceDriver::new(), &pki, situation).await;
        assert_eq!(seen, again, "{situation:?} is not always the same");
        right.push(seen);
    }
    let mut alike = Vec::new();
    for mutant in plumbline_mutants::under_faults() {
        if alike_in_all(mutant, &pki, situations.iter().zip(&right)).await {
            alike.push(mutant.id);
        }
    }
    assert_eq!(alike, [""; 0]);
}

async fn alike_in_all<'a>(
    mutant: &'static Mutant,
    pki: &Arc<Pki>,
    situations: impl Iterator<Item = (&'a Situation, &'a Seen)>,
) -> bool {
    for (situation, right) in situations {
        if play(MutantDriver::new(mutant), pki, situation).await != *right {
            return false;
        }
    }
    true
}
