//! For programs: one document, whose members keep their names.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::findings::{Findings, Known};
use crate::requirements::Violation;

/// The document's format. It grows when what could be read before no longer can.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    fails: bool,
    groups: Vec<Group<'a>>,
    drift: Vec<Drift<'a>>,
    suspects: Vec<Suspect<'a>>,
    violations: Vec<Broken<'a>>,
    known: Vec<Defect<'a>>,
    broken: Vec<NotPlayed<'a>>,
}

#[derive(Serialize)]
struct Group<'a> {
    service: String,
    group: &'a str,
    played: usize,
    agree: usize,
    broken: usize,
    left_out: &'a BTreeMap<String, usize>,
}

#[derive(Serialize)]
struct Drift<'a> {
    vector: &'a str,
    step: usize,
    request: &'a str,
    differences: Vec<Difference<'a>>,
    requirements: &'a [String],
}

#[derive(Serialize)]
struct Difference<'a> {
    at: &'a str,
    expected: Option<&'a Value>,
    seen: Option<&'a Value>,
}

#[derive(Serialize)]
struct Suspect<'a> {
    requirement: &'a str,
    sentence: &'a str,
    differ: usize,
    agree: usize,
}

#[derive(Serialize)]
struct Broken<'a> {
    requirement: &'a str,
    vector: &'a str,
    step: usize,
    what: &'a str,
}

#[derive(Serialize)]
struct Defect<'a> {
    id: &'a str,
    class: &'a str,
    requirement: &'a str,
    sentence: &'a str,
    recorded: usize,
    gone: bool,
    seen: Vec<Broken<'a>>,
}

#[derive(Serialize)]
struct NotPlayed<'a> {
    vector: &'a str,
    reason: &'a str,
}

/// The document, indented, its end included.
#[must_use]
pub fn render(findings: &Findings) -> String {
    let document = Document {
        format: FORMAT,
        fails: findings.fails(),
        groups: groups(findings),
        drift: findings.drift.iter().map(drift).collect(),
        suspects: findings
            .suspects
            .iter()
            .map(|it| Suspect {
                requirement: &it.requirement,
                sentence: &it.sentence,
                differ: it.differ,
                agree: it.agree,
            })
            .collect(),
        violations: findings.violations.iter().map(violation).collect(),
        known: findings.known.iter().map(known).collect(),
        broken: findings.broken.iter().map(|(vector, reason)| NotPlayed { vector, reason }).collect(),
    };
    serde_json::to_string_pretty(&document).expect("findings have string keys only, so they are always JSON")
        + "\n"
}

fn groups(findings: &Findings) -> Vec<Group<'_>> {
    let groups = findings.groups.iter().map(|((service, name), group)| Group {
        service: service.to_string(),
        group: name,
        played: group.played,
        agree: group.agree,
        broken: group.broken,
        left_out: &group.left_out,
    });
    groups.collect()
}

fn drift(drift: &crate::findings::Drift) -> Drift<'_> {
    let differences = drift.differences.iter().map(|it| Difference {
        at: &it.at,
        expected: it.expected.as_ref(),
        seen: it.seen.as_ref(),
    });
    Drift {
        vector: &drift.vector,
        step: drift.step,
        request: &drift.request,
        differences: differences.collect(),
        requirements: &drift.bears_on,
    }
}

fn violation(violation: &Violation) -> Broken<'_> {
    let Violation { vector, step, requirement, what } = violation;
    Broken { requirement, vector, step: *step, what }
}

fn known(known: &Known) -> Defect<'_> {
    Defect {
        id: &known.defect.id,
        class: &known.defect.class,
        requirement: &known.defect.requirement,
        sentence: &known.defect.sentence,
        recorded: known.recorded,
        gone: known.is_gone(),
        seen: known.seen.iter().map(violation).collect(),
    }
}
