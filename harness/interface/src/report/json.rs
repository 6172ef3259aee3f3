//! For programs: one document, whose members keep their names.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Report;
use crate::fingerprint;
use crate::gate::{Comparison, JudgedRoot};
use crate::model::About;
use crate::rules::{Catalogue, Finding};
use crate::witness::proof::Proof;

/// The document's format. It grows when what could be read before no longer can.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    breaks: bool,
    step: &'a str,
    comparisons: Vec<Compared<'a>>,
    policy: Vec<Found<'a>>,
}

#[derive(Serialize)]
struct Compared<'a> {
    old: Side<'a>,
    new: Side<'a>,
    step: &'a str,
    /// Roots that nobody accepted, lanes by levels.
    matrix: BTreeMap<&'a str, BTreeMap<&'a str, usize>>,
    roots: Vec<Rooted<'a>>,
    unjudged: Vec<Unjudged<'a>>,
}

#[derive(Serialize)]
struct Side<'a> {
    language: &'a str,
    name: &'a str,
    release: &'a str,
    configuration: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Rooted<'a> {
    fingerprint: &'a str,
    cause: &'a str,
    levels: BTreeMap<&'a str, &'a str>,
    findings: Vec<Found<'a>>,
    waived: Vec<Accepted<'a>>,
}

#[derive(Serialize)]
struct Found<'a> {
    fingerprint: String,
    rule: &'a str,
    reason: &'a str,
    levels: BTreeMap<&'a str, &'a str>,
    kind: &'a str,
    key: &'a str,
    old: Option<&'a str>,
    new: Option<&'a str>,
    notes: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<Witness<'a>>,
}

#[derive(Serialize)]
struct Witness<'a> {
    verdict: &'a str,
    said: Option<&'a str>,
    code: &'a str,
}

#[derive(Serialize)]
struct Accepted<'a> {
    finding: Found<'a>,
    reason: &'a str,
    owner: &'a str,
}

#[derive(Serialize)]
struct Unjudged<'a> {
    kind: &'a str,
    key: &'a str,
    change: &'a str,
}

/// The document, indented, its end included.
#[must_use]
pub fn render(report: &Report, catalogue: &Catalogue) -> String {
    let document = Document {
        format: FORMAT,
        breaks: report.breaks(),
        step: report.step().name(),
        comparisons: report.comparisons.iter().map(|it| compared(it, catalogue)).collect(),
        policy: report.policy.iter().map(|it| found(it, catalogue)).collect(),
    };
    serde_json::to_string_pretty(&document).expect("a report has string keys only, so it is always JSON")
        + "\n"
}

fn compared<'a>(comparison: &'a Comparison, catalogue: &'a Catalogue) -> Compared<'a> {
    let matrix = comparison.matrix().into_iter().map(|(lane, levels)| {
        (lane.name(), levels.into_iter().map(|(level, count)| (level.name(), count)).collect())
    });
    let unjudged = comparison.unjudged.iter();
    Compared {
        old: side(&comparison.old),
        new: side(&comparison.new),
        step: comparison.step().name(),
        matrix: matrix.collect(),
        roots: comparison.roots.iter().map(|root| rooted(root, &comparison.proofs, catalogue)).collect(),
        unjudged: unjudged
            .map(|it| Unjudged { kind: &it.kind, key: &it.key, change: it.what.name() })
            .collect(),
    }
}

fn side(about: &About) -> Side<'_> {
    Side {
        language: about.language.name(),
        name: &about.name,
        release: &about.release,
        configuration: &about.configuration,
    }
}

fn rooted<'a>(
    root: &'a JudgedRoot,
    proofs: &'a BTreeMap<String, Proof>,
    catalogue: &'a Catalogue,
) -> Rooted<'a> {
    let waived = root.waived.iter();
    Rooted {
        fingerprint: &root.fingerprint,
        cause: &root.root.cause,
        levels: root.root.levels.iter().map(|(lane, level)| (lane.name(), level.name())).collect(),
        findings: root.root.findings.iter().map(|it| proved(it, proofs, catalogue)).collect(),
        waived: waived
            .map(|it| Accepted {
                finding: found(&it.finding, catalogue),
                reason: &it.reason,
                owner: &it.owner,
            })
            .collect(),
    }
}

fn proved<'a>(
    finding: &'a Finding,
    proofs: &'a BTreeMap<String, Proof>,
    catalogue: &'a Catalogue,
) -> Found<'a> {
    let found = found(finding, catalogue);
    let witness = proofs.get(&found.fingerprint).map(|proof| Witness {
        verdict: proof.verdict.name(),
        said: proof.verdict.said(),
        code: &proof.code,
    });
    Found { witness, ..found }
}

fn found<'a>(finding: &'a Finding, catalogue: &'a Catalogue) -> Found<'a> {
    Found {
        fingerprint: fingerprint::of_finding(finding),
        rule: &finding.rule,
        reason: catalogue.rule(&finding.rule).map_or("", |rule| &rule.reason),
        levels: finding.levels.iter().map(|(lane, level)| (lane.name(), level.name())).collect(),
        kind: &finding.kind,
        key: &finding.key,
        old: finding.old.as_deref(),
        new: finding.new.as_deref(),
        notes: &finding.notes,
        witness: None,
    }
}
