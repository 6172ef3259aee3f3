//! What became of the code that shows a finding, or that relies on a whole release.

use std::collections::BTreeMap;

use super::go::{Checker, Outcome, Use, Workspace, uses, witness};
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
}

impl Verdict {
    /// As it is written.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Confirmed(_) => "confirmed",
            Self::Harmless => "harmless",
            Self::Unsound(_) => "unsound",
        }
    }

    /// What a compiler says.
    pub fn said(&self) -> Option<&str> {
        match self {
            Self::Confirmed(said) | Self::Unsound(said) => Some(said),
            Self::Harmless => None,
        }
    }
}

/// Type-checks a witness for each breaking finding of the Go lanes, against both releases. By the finding's fingerprint;
/// one for which no code can be written has no proof.
pub fn go(
    comparison: &Comparison,
    old: &Interface,
    (before, now): (&Workspace, &Workspace),
    checker: &Checker,
) -> Result<BTreeMap<String, Proof>, SourceError> {
    let breaks = |finding: &&Finding| {
        [Lane::GoSource, Lane::GoImplementers]
            .iter()
            .any(|lane| finding.levels.get(lane) == Some(&Level::Breaking))
    };
    let findings = comparison.roots.iter().flat_map(|root| &root.root.findings).filter(breaks);
    let shown: Vec<(&Finding, Use)> =
        findings.filter_map(|finding| Some((finding, witness(finding, old)?))).collect();
    let code: Vec<Use> = shown.iter().map(|(_, code)| code.clone()).collect();
    let (before, now) = (checker.check(before, &code)?.outcomes, checker.check(now, &code)?.outcomes);
    let proofs =
        shown.into_iter().zip(before.into_iter().zip(now)).map(|((finding, used), (before, now))| {
            let verdict = match (before, now) {
                (Outcome::Fails { message, .. }, _) => Verdict::Unsound(message),
                (Outcome::Compiles, Outcome::Fails { message, .. }) => Verdict::Confirmed(message),
                (Outcome::Compiles, Outcome::Compiles) => Verdict::Harmless,
            };
            (fingerprint::of_finding(finding), Proof { code: used.code, verdict })
        });
    Ok(proofs.collect())
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

/// The stub test of a frozen release against a candidate: every use of it that no longer compiles, and that no rule
/// has told of.
pub fn stub_go(
    catalogue: &Catalogue,
    comparison: &Comparison,
    frozen: &Interface,
    candidate: &Workspace,
    checker: &Checker,
) -> Result<Vec<Finding>, SourceError> {
    let code = uses(frozen);
    let outcomes = checker.check(candidate, &code)?.outcomes;
    let told = |used: &Use| {
        comparison.roots.iter().any(|root| {
            let waived = root.waived.iter().map(|waived| &waived.finding);
            root.root.findings.iter().chain(waived).any(|finding| belongs(&used.key, &finding.key))
        })
    };
    let broken = code.iter().zip(outcomes).filter_map(|(used, outcome)| match outcome {
        Outcome::Fails { message, .. } if !told(used) => Some((used, message)),
        Outcome::Fails { .. } | Outcome::Compiles => None,
    });
    Ok(broken
        .map(|(used, message)| {
            let key = format!("{} {} {}", comparison.old.release, used.kind, used.key);
            catalogue.finding("POL-STUB-BROKEN", "stub", &key, Some(&used.code), Some(&message))
        })
        .collect())
}

/// Whether a finding is about a thing, or about what it is part of or has as a part: `pool.Pool` and `pool.Pool.Size`.
fn belongs(one: &str, other: &str) -> bool {
    let within = |part: &str, whole: &str| {
        part.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    within(one, other) || within(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::judge;
    use crate::model::{About, Fact, Language};
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

        // Who relies on the old release meets nothing that no rule has told of; were it not told, it would show.
        let stub = |comparison: &Comparison| {
            stub_go(Catalogue::ours(), comparison, &old, &sides[1], &checker).expect("Go is there")
        };
        assert_eq!(stub(&comparison), []);
        let silent = Comparison { roots: Vec::new(), ..comparison };
        let rules: Vec<_> = stub(&silent).into_iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, ["POL-STUB-BROKEN"]);
    }

    #[test]
    fn parts_belong_to_what_they_are_part_of() {
        assert!(belongs("./p.Pool", "./p.Pool"));
        assert!(belongs("./p.Pool.Size", "./p.Pool"));
        assert!(belongs("./p.Pool", "./p.Pool.Size"));
        assert!(!belongs("./p.Pool", "./p.Pools"));
    }

    #[test]
    fn a_fact_that_cannot_be_used_has_no_proof() {
        let interface = Interface::new(About::new(Language::Go, "x"), vec![Fact::new("unknown", "x")]);
        assert_eq!(uses(&interface), []);
    }
}
