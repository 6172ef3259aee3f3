//! What a client was judged on: counted from the events of its runs.

use plumbline::coverage::{Coverage, Reached, text};
use plumbline::event::Run;
use plumbline::met::{Form, Met};
use plumbline::report::Style;
use serde_json::{Value, json};

const CALLED: &str = "identity.references.add";

/// A run of cases, each an id, a verdict and its exchanges.
fn run(planned: &[&str], results: &[(&str, &str, Vec<Value>)]) -> Run {
    let started = json!({
        "event": "started", "format": 1, "plumbline": "0.1.0", "revision": "S2", "seed": 1,
        "client": { "name": "theirs", "version": "1.2", "language": "Go" },
        "rerun": { "before": [], "driver": [] }, "planned": planned,
    });
    let judged = results.iter().map(|(id, verdict, exchanges)| {
        json!({
            "event": "judged", "number": planned.iter().position(|planned| planned == id).expect("it is planned") + 1,
            "result": {
                "case": {
                    "id": id, "scenario": id, "suite": "references", "requirement": "Adds.", "level": "must",
                    "source": "§5", "file": "a.yaml", "axes": {},
                },
                "verdict": verdict, "findings": [], "connections": [], "exchanges": exchanges,
                "volatile": { "duration_ms": 1 },
            },
        })
    });
    let lines: String = [started].into_iter().chain(judged).map(|event| format!("{event}\n")).collect();
    Run::read(&lines).expect("a log")
}

fn exchange(operation: &str, answer: Option<u16>, headers: &Value) -> Value {
    json!({
        "number": 1, "connection": 1, "service": "identity", "spoofed": [], "layer": "handler", "operation": operation,
        "fault": null, "changes": [],
        "request": { "method": "PUT", "target": "/", "headers": headers, "body": { "kind": "empty" } },
        "answer": answer.map(|status| json!({ "status": status, "headers": [], "body": { "kind": "empty" } })),
    })
}

fn signed() -> Value {
    json!([
        { "name": "X-Principal", "value": { "kind": "signed-principal", "protected": "{}", "payload": "{}", "signed_by": null } },
        { "name": "Traceparent", "value": { "kind": "text", "text": "00-1-2-01" } },
    ])
}

fn of<'a>(coverage: &'a Coverage, id: &str) -> &'a Reached {
    coverage.operations.iter().find(|operation| operation.id == id).expect("an operation")
}

#[test]
fn statuses_and_headers_are_counted_by_exchanges() {
    let twice = vec![exchange(CALLED, Some(201), &signed()), exchange(CALLED, None, &json!([]))];
    let coverage = Coverage::of(&[run(&["references/add"], &[("references/add", "pass", twice)])]);
    let called = of(&coverage, CALLED);

    assert_eq!((coverage.judged, coverage.unjudged, called.cases), (1, 0, 1));
    assert_eq!(called.statuses.reached, [("201".to_owned(), 1), ("no answer".to_owned(), 1)].into());
    assert!(called.statuses.missing.contains(&"409".to_owned()), "{:?}", called.statuses.missing);
    assert!(!called.statuses.missing.contains(&"201".to_owned()));
    assert_eq!(
        called.headers.reached,
        [("X-Principal (signed)".to_owned(), 1), ("traceparent".to_owned(), 1)].into()
    );
    assert!(called.headers.missing.contains(&"X-Principal (plain)".to_owned()));
}

#[test]
fn exchanges_that_are_kept_in_short_only_count_alike() {
    let mut run = run(&["references/add"], &[("references/add", "pass", Vec::new())]);
    let forms = vec![Form::SignedPrincipal];
    let met = Met { operation: CALLED.to_owned(), status: Some(409), forms, times: 3 };
    run.results.get_mut(&1).unwrap().met.push(met);
    let coverage = Coverage::of(&[run]);
    let called = of(&coverage, CALLED);

    assert_eq!(called.cases, 1);
    assert_eq!(called.statuses.reached, [("409".to_owned(), 3)].into());
    assert_eq!(called.headers.reached, [("X-Principal (signed)".to_owned(), 3)].into());
}

#[test]
fn what_judges_nothing_does_not_count() {
    let met = || vec![exchange(CALLED, Some(201), &signed())];
    let planned = ["a", "b", "c"];
    let results = [("a", "incomplete", met()), ("b", "unsupported", met())];
    let coverage = Coverage::of(&[run(&planned, &results)]);

    assert_eq!((coverage.judged, coverage.unjudged), (0, 3));
    assert_eq!(coverage.unreached().count(), coverage.operations.len());
}

#[test]
fn every_operation_of_the_contract_is_named_and_ours_only_when_it_was_called() {
    let nothing = Coverage::of(&[]);
    assert_eq!(nothing.operations.len(), 51 + 74);

    let keyed = "identity.allocations.list";
    let met = vec![exchange(keyed, Some(200), &json!([]))];
    let coverage = Coverage::of(&[run(&["a"], &[("a", "fail", met)])]);
    assert_eq!(of(&coverage, keyed).cases, 1);
    assert_eq!(coverage.operations.len(), 51 + 74 + 1);
}

#[test]
fn faults_are_counted_by_cases_at_what_they_were_put_at() {
    let ids = [
        "references/add+identity.references.add.1+cut-in-head",
        "references/add+identity.references.add.2+cut-in-head",
        "references/add+identity.connection.1+expired+identity.references.add.1+crash-after",
        "references/add+store.1+store-refused",
        "references/add+no-fault",
    ];
    let results = ids.map(|id| (id, "pass", vec![exchange(CALLED, Some(201), &signed())]));
    let coverage = Coverage::of(&[run(&ids, &results)]);
    let faults = &of(&coverage, CALLED).faults;

    assert_eq!(faults.reached, [("crash-after".to_owned(), 1), ("cut-in-head".to_owned(), 2)].into());
    assert!(faults.missing.contains(&"conflict".to_owned()), "a write can meet it");
    assert!(!faults.missing.contains(&"stale-by-one".to_owned()), "only a read can meet it");
    assert_eq!(coverage.connections.reached, [("expired".to_owned(), 1)].into());
    assert_eq!(coverage.persisted.reached, [("store-refused".to_owned(), 1)].into());
}

#[test]
fn the_text_says_what_was_reached_and_what_never_was() {
    let met = vec![exchange(CALLED, Some(201), &signed())];
    let id = "references/add+identity.references.add.1+cut-in-head";
    let coverage = Coverage::of(&[run(&[id, "references/other"], &[(id, "pass", met)])]);
    let text = text(&coverage, Style::PLAIN);

    assert!(
        text.starts_with("theirs 1.2 (Go)\n1 cases judged, 1 not; 1 of 125 operations reached\n"),
        "{text}"
    );
    assert!(text.contains("  statuses  201 ×1\n            never 400, "), "{text}");
    assert!(text.contains("\noperations never reached\n"), "{text}");
    assert!(
        !text.contains("  PUT     /api/v1/organizations/{organizationID}/projects/{projectID}/references"),
        "{text}"
    );
}
