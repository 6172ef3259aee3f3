//! Reports of one run that has everything: read the snapshots as their readers would.

use std::collections::BTreeMap;

use plumbline::case::{Axes, Case, CaseResult, Finding, Level, Location, Volatile};
use plumbline::event::{self, Client, Ended, Event, FORMAT, Finished, Rerun, Run, Started, Took};
use plumbline::known::{Entry, Stale, StaleCause};
use plumbline::report::{Colors, Style, json, junit, terminal};
use plumbline::verdict::Verdict;
use plumbline_fake_server::exchange::{Layer, Service};
use plumbline_fake_server::record::{
    Answered, Body, Connection, Exchange, Handshake, Header, HeaderValue, Request, Verified,
};
use serde_json::json;

const PLANNED: [&str; 7] = [
    "principal/live/exact@region",
    "transport/wrong-ca",
    "transport/rotation/interval",
    "errors/conflict",
    "errors/gone",
    "references/add-twice",
    "references/never-played",
];

fn result(id: &str, verdict: Verdict) -> CaseResult {
    let scenario = id.split('@').next().unwrap_or_default();
    CaseResult {
        case: Case {
            id: id.to_owned(),
            scenario: scenario.to_owned(),
            suite: id.split('/').next().unwrap_or_default().to_owned(),
            requirement: "A client sends the principal it was given, and nothing else.".to_owned(),
            level: Level::Must,
            source: "contract §2".to_owned(),
            file: format!("scenarios/{scenario}.yaml"),
            axes: Axes::default(),
        },
        verdict,
        reason: None,
        findings: Vec::new(),
        connections: Vec::new(),
        exchanges: Vec::new(),
        met: Vec::new(),
        told: Vec::new(),
        volatile: Volatile { duration_ms: 12, ..Volatile::default() },
    }
}

fn header(name: &str, value: HeaderValue) -> Header {
    Header { name: name.to_owned(), value }
}

fn text(text: &str) -> HeaderValue {
    HeaderValue::Text { text: text.to_owned() }
}

fn exchange(number: u64) -> Exchange {
    Exchange {
        number,
        connection: 1,
        service: Service::Region,
        request: Request {
            method: "PUT".to_owned(),
            target: "/api/v2/networks/44444444-4444-4444-8444-444444444444/references/a%252Fb".to_owned(),
            headers: vec![
                header("Accept", text("*/*")),
                header("traceparent", text("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")),
                header(
                    "X-Principal",
                    HeaderValue::SignedPrincipal {
                        protected: r#"{"alg":"PS512"}"#.to_owned(),
                        payload: r#"{"actor":"bob@example.com"}"#.to_owned(),
                        signed_by: Some("client".to_owned()),
                    },
                ),
                header(
                    "Unikorn-Client-Certificate",
                    HeaderValue::Certificate { role: Some("caller".to_owned()), length: None },
                ),
            ],
            body: Body::Empty,
        },
        spoofed: vec![header("Ssl-Client-Verify", text("SUCCESS"))],
        layer: Layer::Principal,
        operation: Some("putNetworkReference".to_owned()),
        fault: None,
        answer: Some(Answered {
            status: 400,
            headers: vec![header("Retry-After", text("120"))],
            body: Body::Json { value: json!({"error": "invalid_request"}) },
        }),
        changes: Vec::new(),
    }
}

fn failed() -> CaseResult {
    let file = "scenarios/principal/live/exact.yaml".to_owned();
    let location = Location {
        file,
        line: 12,
        column: 5,
        length: 44,
        text: r#"    principal: { actor: ada@example.com, type: user }"#.to_owned(),
    };
    let principal = Finding {
        check: "principal".to_owned(),
        message: "expected another principal on request 1".to_owned(),
        expected: Some(r#"{"type":"user","actor":"ada@example.com"}"#.to_owned()),
        seen: Some(r#"{"actor":"bob@example.com"}"#.to_owned()),
        help: Some("the principal is the context's, not the one of the call before".to_owned()),
        location: Some(location),
        exchanges: vec![1],
    };
    let standing = Finding {
        check: "standing/no-ingress-headers".to_owned(),
        message: "expected no ingress header from the client, saw `Ssl-Client-Verify`".to_owned(),
        expected: None,
        seen: None,
        help: None,
        location: None,
        exchanges: vec![1],
    };
    let connection = Connection {
        number: 1,
        service: Service::Region,
        handshake: Handshake::Done {
            version: "1.3".to_owned(),
            alpn: None,
            sni: Some("localhost".to_owned()),
            offered_alpn: Vec::new(),
            peer: Some("client".to_owned()),
            verified: Verified::Success,
        },
        trouble: None,
        fault: None,
        open: false,
    };
    CaseResult {
        findings: vec![principal, standing],
        connections: vec![connection],
        exchanges: (1..=10).map(exchange).collect(),
        ..result(PLANNED[0], Verdict::Fail)
    }
}

fn incomplete() -> CaseResult {
    let driver_output = vec!["panic: index out of range".to_owned(), "  at client.go:17".to_owned()];
    CaseResult {
        reason: Some("the driver exited with status 2 while call 1 was due".to_owned()),
        connections: vec![Connection {
            number: 1,
            service: Service::Identity,
            handshake: Handshake::Failed {
                reason: "received alert `unknown certificate authority`".to_owned(),
                sni: None,
                offered_alpn: Vec::new(),
            },
            trouble: None,
            fault: None,
            open: false,
        }],
        volatile: Volatile { driver_output, ..Volatile::default() },
        ..result(PLANNED[1], Verdict::Incomplete)
    }
}

fn with_reason(id: &str, verdict: Verdict, reason: &str) -> CaseResult {
    CaseResult { reason: Some(reason.to_owned()), ..result(id, verdict) }
}

fn run() -> Run {
    let mut run = Run::begin(Started {
        format: FORMAT,
        plumbline: "0.1.0".to_owned(),
        client: Client {
            name: "uni-client".to_owned(),
            version: "1.2.3".to_owned(),
            language: "go".to_owned(),
        },
        revision: "S2".to_owned(),
        seed: 7,
        rerun: Rerun {
            before: vec!["plumbline".to_owned(), "run".to_owned()],
            driver: vec!["./driver".to_owned()],
        },
        planned: PLANNED.map(str::to_owned).to_vec(),
    });
    let results = [
        failed(),
        incomplete(),
        with_reason(PLANNED[2], Verdict::Unsupported, "the client does not declare `clock`"),
        with_reason(PLANNED[3], Verdict::KnownFail, "ticket 7"),
        with_reason(PLANNED[4], Verdict::UnexpectedPass, "listed as a known failure: ticket 8"),
        result(PLANNED[5], Verdict::Pass),
    ];
    for (result, number) in results.iter().zip(1..) {
        run.take(Event::judged(number, result));
    }
    let entry = Entry {
        id: "errors/gone".parse().expect("it is a pattern"),
        check: None,
        reason: "ticket 8".to_owned(),
    };
    let stale = vec![Stale { entry, cause: StaleCause::Repaired }];
    let counts = run.counts();
    run.take(Event::Finished(Finished {
        ended: Ended::Interrupted,
        counts,
        stale,
        volatile: Took { duration_ms: 3210 },
    }));
    run
}

#[test]
fn on_a_terminal() {
    insta::assert_snapshot!(terminal::render(&run(), Style::PLAIN));
}

#[test]
fn while_it_runs() {
    let lines: String = run().results.values().map(|result| terminal::line(result, Style::PLAIN)).collect();
    insta::assert_snapshot!(lines);
}

#[test]
fn colors_only_repeat_what_is_written() {
    let colored = Style { colors: Colors::On, ..Style::PLAIN };
    let text = terminal::render(&run(), colored);
    assert!(text.contains("\u{1b}["), "there are colours");
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').expect("a sequence ends").1;
    }
    plain.push_str(rest);
    assert_eq!(plain, terminal::render(&run(), Style::PLAIN));
}

#[test]
fn everything_passed() {
    let mut run = run();
    run.results.retain(|_, result| result.verdict == Verdict::Pass);
    run.started.planned = vec![PLANNED[5].to_owned()];
    run.results = BTreeMap::from([(1, result(PLANNED[5], Verdict::Pass))]);
    run.finished = None;
    insta::assert_snapshot!(terminal::summary(&run, Style::PLAIN));
}

#[test]
fn nothing_was_selected() {
    let mut run = run();
    (run.started.planned, run.results, run.finished) = (Vec::new(), BTreeMap::new(), None);
    assert!(terminal::summary(&run, Style::PLAIN).ends_with("no case was selected\n"));
}

#[test]
fn for_build_servers() {
    insta::assert_snapshot!(junit::render(&run()).expect("it is XML"));
}

#[test]
fn for_programs() {
    let text = json::render(&run());
    let document: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    insta::assert_json_snapshot!(document, { ".cases[].exchanges[]" => "…", ".cases[].connections[]" => "…" });
}

#[test]
fn the_log_renders_to_the_same_report() {
    let run = run();
    let mut log = event::line(&Event::Started(run.started.clone()));
    for (number, result) in &run.results {
        log += &event::line(&Event::judged(*number, result));
    }
    log += &event::line(&Event::Finished(run.finished.clone().expect("it has ended")));
    let read = Run::read(&log).expect("it is a log");
    assert_eq!(terminal::render(&read, Style::PLAIN), terminal::render(&run, Style::PLAIN));
}
