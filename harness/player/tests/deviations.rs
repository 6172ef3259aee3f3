//! Every deployment that differs in one rule is found, and the rule is named.

#![allow(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

use plumbline_fake_server::deviation::{ALL, Deviation};
use plumbline_fake_server::engine::Options;
use plumbline_player::{Declared, Play, Reach, Stage, wanted};
use plumbline_vectors::findings::{Findings, Law};
use plumbline_vectors::glob::Glob;
use plumbline_vectors::requirements::{Catalogue, Defects};

/// Every rule of the middleware shows in one of these: operations that differ little from each other stand for all.
const PLAYED: [&str; 19] = [
    "i.auth.get:acl/*",
    "i.auth.get:organizations/*",
    "i.auth.get:organizations.organizationID.acl/*",
    "i.auth.post:organizations.organizationID.projects.projectID.allocations/*",
    "i.auth.put:organizations.organizationID.projects.projectID.references.reference/*",
    "r.auth.get:v2.networks/*",
    "i.auth.*/mtls-impersonate-*",
    "?.cache.*",
    "?.trace.*",
    "?.routing.*",
    "?.precedence.*",
    "i.path-parameters.get:organizations.organizationID.projects*",
    "i.references.principal-form/*",
    "i.references.who/*",
    "i.organization-state.*",
    "i.impersonation.get:organizations.organizationID.acl/*",
    "i.body.post:organizations.organizationID.projects.projectID.allocations/*",
    "r.other-operations.*/unregistered",
    "derived.*",
];

fn findings(stage: &Stage, deviation: Option<Deviation>) -> Findings {
    let globs = PLAYED.map(Glob::new);
    let play = Play { reach: Reach::Engine, options: Options { deviation, ..Options::default() } };
    let report = stage.play(play, |id| globs.iter().any(|glob| glob.matches(id))).unwrap();
    let (catalogue, defects) = (Catalogue::embedded().unwrap(), Defects::embedded().unwrap());
    let wanted = wanted().unwrap();
    Findings::of(
        &report,
        Law { catalogue: &catalogue, defects: &defects, documents: &Declared, wanted: &wanted },
    )
}

/// What is told first of such a deployment.
fn named(findings: &Findings) -> Vec<String> {
    let suspects = findings.suspects.iter().take(1).map(|suspect| suspect.requirement.clone());
    let violated = findings.violations.iter().map(|violation| violation.requirement.clone());
    suspects.chain(violated).collect()
}

#[test]
fn nothing_is_found_where_nothing_differs() {
    let findings = findings(&Stage::set().unwrap(), None);
    assert!(!findings.fails(), "{:?}\n{:?}", findings.drift, findings.violations);
    assert!(findings.broken.is_empty(), "{:?}", findings.broken);
    assert!(findings.played() > 800, "{}", findings.played());
}

#[test]
fn every_deviation_is_found_and_its_rule_is_named() {
    let stage = Stage::set().unwrap();
    let mut wrong = Vec::new();
    for row in ALL {
        let findings = findings(&stage, Some(row.deviation));
        let named = named(&findings);
        if !findings.fails() || !named.iter().any(|name| name == row.rule) {
            let suspects: Vec<String> = findings
                .suspects
                .iter()
                .map(|it| {
                    format!(
                        "{} {:.2} ({} differ, {} agree)",
                        it.requirement, it.likelihood, it.differ, it.agree
                    )
                })
                .collect();
            let examples: Vec<String> = findings
                .drift
                .iter()
                .step_by(findings.drift.len() / 4 + 1)
                .map(|it| format!("{} {}", it.vector, it.differences[0]))
                .collect();
            wrong.push(format!(
                "{:?}: expected {}, {} drift, {} violations; suspects {suspects:#?}\n{examples:#?}",
                row.deviation,
                row.rule,
                findings.drift.len(),
                findings.violations.len()
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} are not named:\n{}", wrong.len(), ALL.len(), wrong.join("\n"));
}
