//! What became of the code that shows a finding.

use std::collections::BTreeMap;

use super::go::{Checker, Outcome, Workspace, witness};
use super::rust;
use super::rust::check::{self, Side};
use crate::extract::ExtractError;
use crate::fingerprint;
use crate::gate::Comparison;
use crate::model::Interface;
use crate::rules::{Catalogue, Finding, Lane, Level};
use crate::source::SourceError;

/// What became of the code that shows a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The code.
    pub code: String,
    /// What compilers say of it.
    pub verdict: Verdict,
}

/// What compilers say of a witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It compiles against the old release, and against the new one it does not, for this reason.
    Confirmed(String),
    /// It compiles against both: the finding is not shown.
    Harmless,
    /// It does not compile against the old release, for this reason: it shows nothing.
    Unsound(String),
    /// No code can be written, for this reason.
    None(String),
}

impl Verdict {
    /// As it is written.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Confirmed(_) => "confirmed",
            Self::Harmless => "harmless",
            Self::Unsound(_) => "unsound",
            Self::None(_) => "none",
        }
    }

    /// What a compiler says.
    pub fn said(&self) -> Option<&str> {
        match self {
            Self::Confirmed(said) | Self::Unsound(said) | Self::None(said) => Some(said),
            Self::Harmless => None,
        }
    }
}

/// Type-checks a witness for each breaking finding of the Go lanes, against both releases. By the finding's fingerprint.
pub fn go(
    comparison: &Comparison,
    old: &Interface,
    (before, now): (&Workspace, &Workspace),
    checker: &Checker,
) -> Result<BTreeMap<String, Proof>, SourceError> {
    let mut proofs = BTreeMap::new();
    let mut shown: Vec<(&Finding, String)> = Vec::new();
    for finding in breaking(comparison, [Lane::GoSource, Lane::GoImplementers]) {
        match witness(finding, old) {
            Some(code) => shown.push((finding, code)),
            None => {
                proofs.insert(fingerprint::of_finding(finding), none("no code says that it is there"));
            }
        }
    }
    let code: Vec<String> = shown.iter().map(|(_, code)| code.clone()).collect();
    let (before, now) = (checker.check(before, &code)?, checker.check(now, &code)?);
    proofs.extend(shown.into_iter().zip(before.into_iter().zip(now)).map(
        |((finding, code), (before, now))| {
            let verdict = match (before, now) {
                (Outcome::Fails { message, .. }, _) => Verdict::Unsound(message),
                (Outcome::Compiles, Outcome::Fails { message, .. }) => Verdict::Confirmed(message),
                (Outcome::Compiles, Outcome::Compiles) => Verdict::Harmless,
            };
            (fingerprint::of_finding(finding), Proof { code, verdict })
        },
    ));
    Ok(proofs)
}

/// Compiles a witness for each breaking finding of the Rust lanes, against both releases. By the finding's fingerprint.
pub fn rust(
    comparison: &Comparison,
    (old, before): (&Interface, &Side),
    (new, now): (&Interface, &Side),
) -> Result<BTreeMap<String, Proof>, ExtractError> {
    let mut proofs = BTreeMap::new();
    let mut shown = Vec::new();
    for finding in breaking(comparison, [Lane::RustSource, Lane::RustImplementers]) {
        match rust::of_finding(finding, (old, new), &before.release.manifest.library) {
            Ok(code) => shown.push((fingerprint::of_finding(finding), code)),
            Err(why) => {
                proofs.insert(fingerprint::of_finding(finding), none(why));
            }
        }
    }
    let code: Vec<rust::Use> = shown.iter().map(|(_, code)| code.clone()).collect();
    let outcomes = check::check((old, before), (new, now), &code)?;
    proofs.extend(shown.into_iter().zip(outcomes).map(|((fingerprint, used), outcome)| {
        let verdict = match outcome {
            check::Outcome::Confirmed(said) => Verdict::Confirmed(said),
            check::Outcome::Harmless => Verdict::Harmless,
            check::Outcome::Unsound(said) => Verdict::Unsound(said),
        };
        (fingerprint, Proof { code: used.code, verdict })
    }));
    Ok(proofs)
}

/// Findings that break somebody in one of two lanes.
fn breaking(comparison: &Comparison, lanes: [Lane; 2]) -> impl Iterator<Item = &Finding> {
    let findings = comparison.roots.iter().flat_map(|root| &root.root.findings);
    findings
        .filter(move |finding| lanes.iter().any(|lane| finding.levels.get(lane) == Some(&Level::Breaking)))
}

fn none(why: &str) -> Proof {
    Proof { code: String::new(), verdict: Verdict::None(why.to_owned()) }
}

/// Findings about witnesses that show nothing: each is a fault of the gate.
pub fn unsound(catalogue: &Catalogue, proofs: &BTreeMap<String, Proof>) -> Vec<Finding> {
    let wrong = proofs.iter().filter(|(_, proof)| matches!(proof.verdict, Verdict::Unsound(_)));
    wrong
        .map(|(fingerprint, proof)| {
            catalogue.finding(
                "POL-WITNESS-UNSOUND",
                "witness",
                fingerprint,
                Some(&proof.code),
                proof.verdict.said(),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::judge;
    use crate::waiver::Waivers;

    const HEAD: &str = "module example.com/pools\n\ngo 1.21\n";

    /// A module, and its interface.
    fn module(text: &str) -> (tempfile::TempDir, Interface) {
        use crate::extract::{Request, extract};
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("go.mod"), HEAD).expect("a file");
        std::fs::write(folder.path().join("pools.go"), text).expect("a file");
        let source = folder.path().display().to_string().parse().expect("a path is a source");
        let interface = extract(&Request::new(source)).expect("it is Go");
        (folder, interface)
    }

    #[test]
    fn a_finding_is_shown_by_code_that_compiles_no_more() {
        let (before, old) = module("package pools\n\nfunc Open(name string) error { return nil }\n");
        let (now, new) = module("package pools\n\nfunc Open(name string, size int) error { return nil }\n");
        let comparison = judge(Catalogue::ours(), &old, &new, &mut Waivers::default());
        let work = tempfile::tempdir().expect("a temporary folder");
        let checker = Checker::in_folder(work.path());
        let sides = [&before, &now].map(|folder| Workspace::Module(folder.path().to_owned()));
        let proofs = go(&comparison, &old, (&sides[0], &sides[1]), &checker).expect("Go is there");
        let names: Vec<_> = proofs.values().map(|proof| proof.verdict.name()).collect();
        assert_eq!(names, ["confirmed"]);
        assert_eq!(unsound(Catalogue::ours(), &proofs), []);
    }

    #[test]
    fn a_witness_that_shows_nothing_is_a_finding() {
        let proof = |verdict| Proof { code: "pub use a::B;".to_owned(), verdict };
        let found = |verdict| {
            let proofs = BTreeMap::from([("c478093b8d444845".to_owned(), proof(verdict))]);
            let found = unsound(Catalogue::ours(), &proofs);
            found.into_iter().map(|it| (it.rule, it.key, it.new)).collect::<Vec<_>>()
        };
        let said = || "unresolved import `a::B`".to_owned();
        let finding = ("POL-WITNESS-UNSOUND".to_owned(), "c478093b8d444845".to_owned(), Some(said()));
        assert_eq!(found(Verdict::Unsound(said())), [finding]);
        for fine in [Verdict::Confirmed(said()), Verdict::Harmless, Verdict::None(said())] {
            assert_eq!(found(fine), []);
        }
    }
}
