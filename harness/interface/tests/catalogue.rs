//! Every rule over every fixture: each notices its own, and what else it notices shows in the snapshot.

#[path = "fixtures/rust.rs"]
mod rust_fixtures;

use std::fmt::Write as _;

use plumbline_interface::compare::compare;
use plumbline_interface::extract::openapi;
use plumbline_interface::rules::{Catalogue, Expect, Finding, Fixture, Form, Group};
use plumbline_interface::{About, Interface, Language, extract, source, text};

/// What the rules say about a fixture.
fn findings(fixture: &Fixture) -> Vec<Finding> {
    let (old, new) = match fixture.form {
        Form::Interface => (facts(fixture, &fixture.old), facts(fixture, &fixture.new)),
        Form::Source if fixture.language == Language::Rust => rust_fixtures::pair(fixture),
        Form::Source => (source(fixture, &fixture.old), source(fixture, &fixture.new)),
    };
    let judged = Catalogue::ours().judge(fixture.language, &compare(&old, &new));
    judged.findings
}

/// The interface of a source that is written as one text.
fn source(fixture: &Fixture, text: &str) -> Interface {
    match fixture.language {
        Language::Go => extract::go::extract_text(text).unwrap_or_else(|error| panic!("{error} in\n{text}")),
        Language::OpenApi => {
            let files = source::archive(text, "openapi.yaml");
            openapi::extract(About::new(Language::OpenApi, "fixture"), &files, None)
                .expect("a fixture is a document")
        }
        language => panic!("no extractor reads {language} yet"),
    }
}

fn facts(fixture: &Fixture, lines: &str) -> Interface {
    let head = text::print(&Interface::new(About::new(fixture.language, "fixture"), Vec::new()));
    let mut lines: Vec<&str> = lines.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.sort_unstable();
    text::parse(&format!("{head}{}\n", lines.join("\n")).replace("\n\n", "\n")).expect("a fixture is facts")
}

/// Checks the rules of a group, and shows what fires on their fixtures.
fn group(group: Group) -> String {
    let mut shown = String::new();
    let mut wrong = Vec::new();
    for rule in Catalogue::ours().rules().iter().filter(|rule| rule.group == group) {
        for (fixture, number) in rule.fixtures.iter().zip(1..) {
            let found = findings(fixture);
            let fires = found.iter().any(|finding| finding.rule == rule.id);
            if fires != (fixture.expect == Expect::Notice) {
                wrong.push(format!(
                    "{} fixture {number}: {:?} expected, found {found:#?}",
                    rule.id, fixture.expect
                ));
            }
            writeln!(shown, "{} {number} {:?}", rule.id, fixture.expect).expect("a string takes it");
            for finding in found {
                let levels: Vec<_> =
                    finding.levels.iter().map(|(lane, level)| format!("{lane}={level}")).collect();
                writeln!(shown, "  {} {} {}: {}", finding.rule, finding.kind, finding.key, levels.join(" "))
                    .expect("a string takes it");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    shown
}

#[test]
fn go() {
    insta::assert_snapshot!(group(Group::Go));
}

#[test]
fn dependencies() {
    insta::assert_snapshot!(group(Group::Dependencies));
}

#[test]
fn rust() {
    insta::assert_snapshot!(group(Group::Rust));
}

#[test]
fn wire() {
    insta::assert_snapshot!(group(Group::Wire));
}

#[test]
fn messages() {
    insta::assert_snapshot!(group(Group::Messages));
}

#[test]
fn behaviour() {
    insta::assert_snapshot!(group(Group::Behaviour));
}

#[test]
fn every_embedded_rule_can_be_read() {
    assert!(!Catalogue::ours().rules().is_empty());
}

#[test]
fn policy() {
    insta::assert_snapshot!(group(Group::Policy));
}

/// Rules without a match are named in the code, and the code names no other.
#[test]
fn the_gate_finds_what_its_rules_say() {
    let found: Vec<&str> = [
        include_str!("../src/changelog.rs"),
        include_str!("../src/check.rs"),
        include_str!("../src/gate.rs"),
        include_str!("../src/policy.rs"),
        include_str!("../src/snapshot.rs"),
        include_str!("../src/waiver.rs"),
        include_str!("../src/witness/proof.rs"),
        include_str!("../src/witness/stub.rs"),
    ]
    .iter()
    .flat_map(|text| text.split('"').filter(|word| word.starts_with("POL-")))
    .collect();
    let named = |id: &str| found.contains(&id);
    let rules = Catalogue::ours().rules();
    let unnamed: Vec<&str> = rules
        .iter()
        .filter(|rule| rule.matches.is_empty())
        .map(|rule| rule.id.as_str())
        .filter(|id| !named(id))
        .collect();
    assert_eq!(unnamed, [""; 0]);
    let unknown: Vec<&str> = found.into_iter().filter(|id| Catalogue::ours().rule(id).is_none()).collect();
    assert_eq!(unknown, [""; 0]);
}
