//! Lifecycles against the fake services.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use plumbline_fake_server::contract::Contract;
use plumbline_fake_server::exchange::Response;
use plumbline_fake_server::fault::{Ending, Fault, Gate, Rule};
use plumbline_protocol::{
    Context, Converge, Desk, Driver, DriverError, ErrorClass, Failure, Goal, Lifecycle, Outcome, Resource,
    Stored,
};
use serde_json::{Value, json};

use super::{ACME, ALPHA, Judged, NETWORK, SESSION, cluster, principal};

const ID: u64 = 7;

/// Notes what a lifecycle says; stores are refused as often as told.
#[derive(Clone, Default)]
struct Notes {
    stored: Arc<Mutex<Vec<Resource>>>,
    waits: Arc<Mutex<Vec<u64>>>,
    refuse: Arc<Mutex<usize>>,
}

impl Notes {
    fn refusing(times: usize) -> Self {
        Self { refuse: Arc::new(Mutex::new(times)), ..Self::default() }
    }

    fn stored(&self) -> Vec<Resource> {
        self.stored.lock().unwrap().clone()
    }

    fn waits(&self) -> Vec<u64> {
        self.waits.lock().unwrap().clone()
    }
}

impl Desk for Notes {
    async fn store(&self, resource: Resource) -> Result<Stored, DriverError> {
        self.stored.lock().unwrap().push(resource);
        let mut refuse = self.refuse.lock().unwrap();
        if *refuse == 0 {
            return Ok(Stored::Kept);
        }
        *refuse -= 1;
        Ok(Stored::Refused("the resource has changed".to_owned()))
    }

    fn waits(&self, milliseconds: u64) {
        self.waits.lock().unwrap().push(milliseconds);
    }
}

fn converge(lifecycle: Lifecycle, goal: Goal) -> Converge {
    let arguments = match (lifecycle, goal) {
        (Lifecycle::NetworkReference, _) => json!({"network": NETWORK}),
        (Lifecycle::Allocation | Lifecycle::KeyedAllocation, Goal::Present) => {
            json!({"allocations": [{"kind": "clusters", "committed": 1, "reserved": 0}]})
        }
        _ => json!({}),
    };
    let context = match (lifecycle, goal) {
        (Lifecycle::Allocation | Lifecycle::KeyedAllocation, Goal::Present) => {
            Context { principal: Some(principal()), ..Context::default() }
        }
        _ => Context::default(),
    };
    Converge {
        id: ID,
        session: SESSION,
        lifecycle,
        goal,
        arguments: serde_json::from_value::<BTreeMap<String, Value>>(arguments).unwrap(),
        context,
        resource: cluster(),
        attempts: 5,
    }
}

impl Judged {
    async fn converge(&self, converge: Converge, notes: &Notes) -> Outcome {
        self.driver.converge(converge, notes.clone()).await.unwrap()
    }

    /// The requests so far: method, target, status.
    fn requests(&self) -> Vec<String> {
        let recording = self.server.recording();
        recording
            .exchanges
            .iter()
            .map(|one| format!("{} {}", one.request.method, one.request.target))
            .collect()
    }

    fn inject(&self, status: u16, retry_after: Option<&str>) {
        self.server.inject(Rule::nth(1, Fault::reply(refusal(status, retry_after))));
    }
}

fn refusal(status: u16, retry_after: Option<&str>) -> Response {
    let mut headers = vec![("Content-Type".to_owned(), "text/html".to_owned())];
    headers.extend(retry_after.map(|value| ("Retry-After".to_owned(), value.to_owned())));
    Response { status, headers, body: Bytes::from_static(b"<html>") }
}

#[track_caller]
fn ok(outcome: Outcome) -> Resource {
    match outcome {
        Outcome::Ok { resource, .. } => resource.expect("a lifecycle shows its resource"),
        other => panic!("expected success, saw {other:?}"),
    }
}

#[track_caller]
fn failed(outcome: Outcome) -> Failure {
    match outcome {
        Outcome::Error(failure) => failure,
        other => panic!("expected an error, saw {other:?}"),
    }
}

#[tokio::test]
async fn references_come_and_go() {
    for (lifecycle, path) in [
        (Lifecycle::ProjectReference, format!("/api/v1/organizations/{ACME}/projects/{ALPHA}/references/")),
        (Lifecycle::NetworkReference, format!("/api/v2/networks/{NETWORK}/references/")),
    ] {
        let (judged, notes) = (Judged::open("consumer").await, Notes::default());
        assert_eq!(ok(judged.converge(converge(lifecycle, Goal::Present), &notes).await), cluster());
        assert_eq!(notes.stored(), []);
        assert_eq!(ok(judged.converge(converge(lifecycle, Goal::Absent), &notes).await), cluster());
        assert_eq!(notes.stored(), [cluster()]);
        let seen = judged.requests();
        assert!(seen[0].starts_with(&format!("PUT {path}")), "{seen:?}");
        assert!(seen[1].starts_with(&format!("DELETE {path}")), "{seen:?}");
        assert_eq!(seen.len(), 2);
    }
}

#[tokio::test]
async fn attempts_follow_after_pauses_that_do_not_shrink() {
    let (judged, notes) = (Judged::open("consumer").await, Notes::default());
    // The second rule counts from when it is injected, too: it meets the second request.
    judged.inject(503, Some("2"));
    judged.server.inject(Rule::nth(2, Fault::lose_answer(Ending::Reset)));
    ok(judged.converge(converge(Lifecycle::ProjectReference, Goal::Present), &notes).await);
    assert_eq!(notes.waits(), [2000, 2000]);
    assert_eq!(judged.requests().len(), 3);
}

#[tokio::test]
async fn a_spent_budget_ends_with_the_last_error() {
    let (judged, notes) = (Judged::open("consumer").await, Notes::default());
    judged.server.inject(Rule::each(Fault::reply(refusal(503, None))));
    let failure = failed(judged.converge(converge(Lifecycle::NetworkReference, Goal::Absent), &notes).await);
    assert_eq!((failure.class, failure.status), (ErrorClass::UnexpectedStatus, Some(503)));
    assert_eq!(notes.waits(), [5, 10, 20, 40]);
    assert_eq!((notes.stored(), judged.requests().len()), (vec![], 5));
}

#[tokio::test]
async fn what_cannot_get_better_is_not_tried_again() {
    let (judged, notes) = (Judged::open("consumer").await, Notes::default());
    let resource = Resource { labels: None, ..cluster() };
    let asked = Converge { resource, ..converge(Lifecycle::ProjectReference, Goal::Present) };
    assert_eq!(failed(judged.converge(asked, &notes).await).class, ErrorClass::ResourceInconsistent);
    assert_eq!((notes.waits(), judged.requests()), (vec![], vec![]));
}

#[tokio::test]
async fn a_finalizer_that_could_not_be_removed_is_tried_again() {
    let (judged, notes) = (Judged::open("consumer").await, Notes::refusing(1));
    ok(judged.converge(converge(Lifecycle::ProjectReference, Goal::Absent), &notes).await);
    assert_eq!((notes.stored().len(), notes.waits()), (2, vec![5]));
    assert_eq!(judged.requests().len(), 2);
}

#[tokio::test]
async fn an_allocation_lives_as_long_as_its_resource() {
    let (judged, notes) = (Judged::open("consumer").await, Notes::default());
    let left = ok(judged.converge(converge(Lifecycle::Allocation, Goal::Present), &notes).await);
    assert_eq!(notes.stored(), std::slice::from_ref(&left));
    assert!(left.annotations.as_ref().unwrap().contains_key("unikorn-cloud.org/allocation-id"), "{left:?}");

    // Whoever begins anew with what was stored finds it done.
    let again = Converge { resource: left.clone(), ..converge(Lifecycle::Allocation, Goal::Present) };
    assert_eq!(ok(judged.converge(again, &notes).await), left);
    assert_eq!(judged.requests().len(), 1);

    judged.server.inject(Rule::nth(1, Fault::lose_answer(Ending::Close)));
    let gone = Converge { resource: left.clone(), ..converge(Lifecycle::Allocation, Goal::Absent) };
    ok(judged.converge(gone, &notes).await);
    assert_eq!(notes.stored().len(), 2);
    let verbs: Vec<_> = judged.requests().iter().map(|one| one[..4].to_owned()).collect();
    assert_eq!(verbs, ["POST", "DELE", "DELE"]);
}

#[tokio::test]
async fn without_allocation_there_is_nothing_to_delete() {
    let (judged, notes) = (Judged::open("consumer").await, Notes::default());
    ok(judged.converge(converge(Lifecycle::Allocation, Goal::Absent), &notes).await);
    assert_eq!((notes.stored(), judged.requests()), (vec![cluster()], vec![]));
}

#[tokio::test]
async fn a_creation_that_failed_is_not_repeated() {
    let (judged, notes) = (Judged::open("consumer").await, Notes::default());
    judged.server.inject(Rule::nth(1, Fault::lose_answer(Ending::Reset)));
    let failure = failed(judged.converge(converge(Lifecycle::Allocation, Goal::Present), &notes).await);
    assert_eq!((failure.class, failure.resource), (ErrorClass::ConnectionLost, Some(cluster())));
    assert_eq!((notes.stored(), judged.requests().len()), (vec![], 1));
}

#[tokio::test]
async fn what_was_not_stored_is_undone_for_the_same_principal() {
    let (judged, notes) = (Judged::open("consumer").await, Notes::refusing(1));
    // The deletion's first answer is lost; to delete is safe to repeat.
    judged.server.inject(Rule::nth(2, Fault::lose_answer(Ending::Reset)));
    let failure = failed(judged.converge(converge(Lifecycle::Allocation, Goal::Present), &notes).await);
    assert_eq!(failure.message, "store the resource: the resource has changed");
    let exchanges = judged.server.recording().exchanges;
    let methods: Vec<_> = exchanges.iter().map(|one| one.request.method.clone()).collect();
    assert_eq!(methods, ["POST", "DELETE", "DELETE"]);
    let principal = |at: usize| {
        let mut headers = exchanges[at].request.headers.iter();
        headers.find(|header| header.name.eq_ignore_ascii_case("x-principal")).cloned()
    };
    assert!(principal(0).is_some() && principal(0) == principal(1) && principal(0) == principal(2));
    assert_eq!(notes.waits(), [5]);
}

#[tokio::test]
async fn a_keyed_creation_is_repeated_and_makes_one_row() {
    let (judged, notes) = (Judged::open_on(Contract::Keyed, "consumer").await, Notes::default());
    judged.server.inject(Rule::nth(1, Fault::lose_answer(Ending::Reset)));
    let left = ok(judged.converge(converge(Lifecycle::KeyedAllocation, Goal::Present), &notes).await);
    assert_eq!((judged.requests().len(), notes.waits()), (2, vec![5]));

    // Whoever crashed before it was stored begins anew, and finds the same.
    let again = ok(judged.converge(converge(Lifecycle::KeyedAllocation, Goal::Present), &notes).await);
    assert_eq!((again, notes.stored().len()), (left, 2));

    // Or what was not stored goes: it is found by the resource.
    let left = ok(judged.converge(converge(Lifecycle::KeyedAllocation, Goal::Absent), &notes).await);
    assert!(left.annotations.unwrap().contains_key("unikorn-cloud.org/allocation-id"));
    ok(judged.converge(converge(Lifecycle::KeyedAllocation, Goal::Absent), &notes).await);
    let verbs: Vec<_> = judged.requests().iter().map(|one| one[..4].to_owned()).collect();
    assert_eq!(verbs, ["POST", "POST", "POST", "GET ", "DELE", "GET "]);
}

/// Runs something until its request is held at the gate.
async fn held(judged: &Judged, gate: &Gate) {
    judged.server.inject(Rule::nth(1, Fault::hold_answer(gate)));
}

#[tokio::test]
async fn giving_up_ends_one_attempt() {
    let (judged, notes) = (Judged::open("consumer").await, Notes::default());
    let gate = Gate::new();
    held(&judged, &gate).await;
    let asked = converge(Lifecycle::ProjectReference, Goal::Present);
    let give_up = async {
        gate.reached().await;
        judged.driver.give_up(ID).await.unwrap();
    };
    let (outcome, ()) = tokio::join!(judged.converge(asked, &notes), give_up);
    ok(outcome);
    assert_eq!((notes.waits(), judged.requests().len()), (vec![5], 2));
}

#[tokio::test]
async fn giving_up_a_call_is_a_timeout() {
    let judged = Judged::open("consumer").await;
    let gate = Gate::new();
    held(&judged, &gate).await;
    let list = super::call(plumbline_protocol::Operation::OrganizationsList, json!({}));
    let id = list.id;
    let give_up = async {
        gate.reached().await;
        judged.driver.give_up(id).await.unwrap();
    };
    let (outcome, ()) = tokio::join!(judged.call(list), give_up);
    assert_eq!(failed(outcome).class, ErrorClass::Timeout);
    judged.driver.give_up(id).await.unwrap();
}

#[tokio::test]
async fn a_crash_ends_everything_at_once() {
    let (judged, notes) = (Judged::open("consumer").await, Notes::default());
    let gate = Gate::new();
    held(&judged, &gate).await;
    let asked = converge(Lifecycle::Allocation, Goal::Present);
    let crash = async {
        gate.reached().await;
        judged.driver.crash(SESSION).await.unwrap();
        // Nothing runs any more, though nobody has looked at it since.
        judged.server.all_closed(Duration::from_secs(10)).await.unwrap();
    };
    let (ended, ()) = tokio::join!(judged.driver.converge(asked, notes.clone()), crash);
    assert_eq!(ended.unwrap_err().to_string(), "session 1 has crashed");
    assert_eq!((notes.stored(), judged.requests().len()), (vec![], 1));
    assert!(judged.driver.crash(SESSION).await.is_err());
}

/// Crashes the session in the middle of what it stores.
struct Crashes(Arc<plumbline_reference_driver::ReferenceDriver>);

impl Desk for Crashes {
    async fn store(&self, _: Resource) -> Result<Stored, DriverError> {
        self.0.crash(SESSION).await.unwrap();
        Ok(Stored::Refused("nobody hears it".to_owned()))
    }

    fn waits(&self, _: u64) {}
}

#[tokio::test]
async fn a_crash_while_storing_undoes_nothing() {
    let judged = Judged::open("consumer").await;
    let asked = converge(Lifecycle::Allocation, Goal::Present);
    let ended = judged.driver.converge(asked, Crashes(Arc::clone(&judged.driver))).await;
    assert_eq!(ended.unwrap_err().to_string(), "session 1 has crashed");
    assert_eq!(judged.requests().len(), 1);
}
