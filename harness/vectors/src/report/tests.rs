//! Reports read well: what each form makes of the same findings.

use std::collections::BTreeMap;

use serde_json::json;

use super::{json, junit, markdown, terminal};
use crate::compare::Difference;
use crate::findings::{Drift, Findings, Group, Known, Suspect};
use crate::requirements::{Catalogue, Defect, Selection, Violation};
use crate::vector::Service;

/// One of each thing that there can be.
fn findings() -> Findings {
    let groups = BTreeMap::from([
        ((Service::Identity, "acl".to_owned()), Group { played: 3, agree: 3, ..Group::default() }),
        (
            (Service::Identity, "auth".to_owned()),
            Group { played: 4, agree: 2, broken: 1, ..Group::default() },
        ),
        (
            (Service::Region, "store".to_owned()),
            Group {
                left_out: BTreeMap::from([("the store would have to refuse".to_owned(), 7)]),
                ..Group::default()
            },
        ),
    ]);
    Findings {
        groups,
        drift: vec![drift("i.auth.a"), Drift { step: 2, ..drift("i.auth.b|c") }],
        suspects: vec![Suspect {
            requirement: "impersonation-flag-exact".to_owned(),
            sentence: "The flag is `true` and nothing else.".to_owned(),
            differ: 2,
            agree: 5,
            likelihood: 0.5,
        }],
        violations: (1..=4).map(|step| violation("i.auth.a", step, "errors-quote-nothing")).collect(),
        known: vec![
            known("S-01", vec![violation("i.acl.x", 1, "answers-never-blame-the-server")]),
            known("S-02", Vec::new()),
        ],
        broken: vec![("i.auth.d".to_owned(), "agree on a connection: timed out".to_owned())],
    }
}

fn drift(vector: &str) -> Drift {
    let difference = |at: &str, expected, seen| Difference { at: at.to_owned(), expected, seen };
    Drift {
        vector: vector.to_owned(),
        service: Service::Identity,
        group: "auth".to_owned(),
        step: 1,
        request: "GET /api/v1/acl".to_owned(),
        differences: vec![
            difference("status", Some(json!(200)), Some(json!(403))),
            difference("body.error", None, Some(json!("forbidden"))),
        ],
        bears_on: vec!["impersonation-flag-exact".to_owned()],
    }
}

fn violation(vector: &str, step: usize, requirement: &str) -> Violation {
    let (vector, requirement) = (vector.to_owned(), requirement.to_owned());
    Violation { vector, step, requirement, what: "the answer is 500".to_owned() }
}

fn known(id: &str, seen: Vec<Violation>) -> Known {
    let defect = Defect {
        id: id.to_owned(),
        class: "stranger".to_owned(),
        requirement: "answers-never-blame-the-server".to_owned(),
        sentence: "A stranger is told of an error of the server's.".to_owned(),
        shown: 9,
        by: Selection::default(),
    };
    Known { defect, recorded: 2, seen }
}

#[test]
fn people_can_read_them() {
    insta::assert_snapshot!("terminal", terminal::render(&findings()));
    insta::assert_snapshot!("terminal_nothing", terminal::render(&Findings::default()));
}

#[test]
fn reviewers_can_read_them() {
    insta::assert_snapshot!("markdown", markdown::render(&findings()));
    insta::assert_snapshot!("markdown_nothing", markdown::render(&Findings::default()));
}

#[test]
fn programs_can_read_them() {
    insta::assert_snapshot!("json", json::render(&findings()));
}

#[test]
fn build_servers_can_read_them() {
    let catalogue = Catalogue::embedded().unwrap();
    let text = junit::render(&findings(), &catalogue).unwrap();
    // Which requirements there are is the catalogue's matter: those that hold are a line each, with nothing in it.
    let holds = |line: &&str| line.contains(r#"classname="requirements"/>"#);
    let checked = catalogue.requirements().iter().filter(|it| it.is_checked()).count();
    assert_eq!(text.lines().filter(holds).count(), checked - 1);
    let told: Vec<&str> = text.lines().filter(|line| !holds(line)).collect();
    insta::assert_snapshot!("junit", told.join("\n"));
}
