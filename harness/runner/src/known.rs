//! The list of known failures: what a client gets wrong and is not yet to be told again, each with a reason.
//!
//! ```toml
//! [[known]]
//! id = "transport/rotation/*"       # a pattern over case ids
//! check = "outcome"                 # optional: only what this check finds
//! reason = "rotation arrives in 2.4: https://example.com/17"
//! ```
//!
//! The list never hides more than it says: a finding that no entry covers fails its case, and an entry that covers
//! nothing is stale and fails the run.

use std::ops::Range;

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::{Deserialize, Serialize};

use crate::case::{CaseResult, Finding};
use crate::glob::Glob;
use crate::verdict::Verdict;

/// A list of known failures. The default one is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    entries: Vec<Entry>,
}

/// One known failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The cases that it is about.
    pub id: Glob,
    /// The check that finds it; none: whatever is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// Why it is known and not repaired, for whoever reads the report.
    pub reason: String,
}

/// An entry that hid nothing, and why that matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stale {
    /// The entry.
    pub entry: Entry,
    /// What is the matter with it.
    pub cause: StaleCause,
}

/// What is the matter with a stale entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StaleCause {
    /// Cases of that id were judged, and nothing was found that it covers.
    Repaired,
    /// There is no case of that id at all.
    NoSuchCase,
}

/// A list that cannot be read; points into it.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{reason}")]
#[diagnostic(help("an entry is `[[known]]` with `id`, a `reason` that says why, and if need be `check`"))]
pub struct KnownError {
    reason: String,
    #[source_code]
    source_code: NamedSource<String>,
    #[label("here")]
    place: Option<SourceSpan>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    known: Vec<toml::Spanned<Entry>>,
}

/// Reads a list; `name` is its file's name, for messages.
///
/// # Errors
///
/// It is not TOML of that form, or an entry gives no reason.
pub fn parse(name: &str, text: &str) -> Result<Known, KnownError> {
    let error = |reason: String, place: Option<Range<usize>>| KnownError {
        reason,
        source_code: NamedSource::new(name, text.to_owned()).with_language("toml"),
        place: place.map(SourceSpan::from),
    };
    let file: File =
        toml::from_str(text).map_err(|source| error(source.message().to_owned(), source.span()))?;
    if let Some(entry) = file.known.iter().find(|entry| entry.get_ref().reason.trim().is_empty()) {
        let reason = format!("`{}` gives no reason", entry.get_ref().id);
        return Err(error(reason, Some(entry.span())));
    }
    Ok(Known { entries: file.known.into_iter().map(toml::Spanned::into_inner).collect() })
}

impl Known {
    /// Why a case with these findings is a known failure; none: it is not, or not all of it is.
    ///
    /// Without findings only an entry that spells the very id counts: then the case passes unexpectedly. A pattern may
    /// well cover cases that pass.
    #[must_use]
    pub fn reason(&self, id: &str, findings: &[Finding]) -> Option<String> {
        if findings.is_empty() {
            let exact = self.about(id).find(|entry| entry.id.is_exact() && entry.check.is_none());
            return exact.map(|entry| entry.reason.clone());
        }
        let mut reasons: Vec<&str> = Vec::new();
        for finding in findings {
            let reason = &self.about(id).find(|entry| entry.covers(finding))?.reason;
            if !reasons.contains(&reason.as_str()) {
                reasons.push(reason);
            }
        }
        Some(reasons.join("; "))
    }

    /// The entries that hide nothing: those about cases that were judged here and about no finding of theirs, and those
    /// about no case of `every`, all ids there are.
    #[must_use]
    pub fn stale(&self, results: &[&CaseResult], every: &[&str]) -> Vec<Stale> {
        let cause = |entry: &Entry| {
            if !every.iter().any(|id| entry.id.matches(id)) {
                return Some(StaleCause::NoSuchCase);
            }
            let judged =
                results.iter().filter(|result| entry.id.matches(&result.case.id) && was_judged(result));
            let (mut cases, mut covered) = (0, 0);
            for result in judged {
                cases += 1;
                covered += result.findings.iter().filter(|finding| entry.covers(finding)).count();
            }
            (cases > 0 && covered == 0).then_some(StaleCause::Repaired)
        };
        let stale = |entry: &Entry| cause(entry).map(|cause| Stale { entry: entry.clone(), cause });
        self.entries.iter().filter_map(stale).collect()
    }

    fn about<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.id.matches(id))
    }
}

impl Entry {
    fn covers(&self, finding: &Finding) -> bool {
        self.check.as_ref().is_none_or(|check| *check == finding.check)
    }
}

fn was_judged(result: &CaseResult) -> bool {
    match result.verdict {
        Verdict::Pass | Verdict::Fail | Verdict::KnownFail | Verdict::Ambiguous | Verdict::UnexpectedPass => {
            true
        }
        Verdict::Unsupported | Verdict::Incomplete => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::tests::result;

    const LIST: &str = r#"
        [[known]]
        id = "errors/*"
        check = "outcome"
        reason = "ticket 7"

        [[known]]
        id = "principal/exact"
        reason = "ticket 8"
    "#;

    fn list() -> Known {
        parse("known.toml", LIST).unwrap()
    }

    fn finding(check: &str) -> Finding {
        Finding {
            check: check.to_owned(),
            message: "expected 1 request, saw 3".to_owned(),
            expected: None,
            seen: None,
            help: None,
            location: None,
            exchanges: Vec::new(),
        }
    }

    #[track_caller]
    fn reason(id: &str, checks: &[&str], expected: Option<&str>) {
        let findings: Vec<_> = checks.iter().map(|check| finding(check)).collect();
        assert_eq!(list().reason(id, &findings).as_deref(), expected);
    }

    #[test]
    fn every_finding_must_be_covered() {
        reason("errors/conflict", &["outcome"], Some("ticket 7"));
        reason("errors/conflict", &["outcome", "requests"], None);
        reason("principal/exact", &["outcome", "requests"], Some("ticket 8"));
        reason("transport/wrong-ca", &["outcome"], None);
    }

    #[test]
    fn only_an_exact_entry_makes_a_pass_unexpected() {
        reason("principal/exact", &[], Some("ticket 8"));
        reason("errors/conflict", &[], None);
    }

    #[track_caller]
    fn stale(results: &[CaseResult], expected: &[(&str, StaleCause)]) {
        let every = ["errors/conflict", "errors/gone", "principal/exact"];
        let seen = list().stale(&results.iter().collect::<Vec<_>>(), &every);
        let seen: Vec<_> = seen.iter().map(|stale| (stale.entry.id.to_string(), stale.cause)).collect();
        let expected: Vec<_> = expected.iter().map(|(id, cause)| ((*id).to_owned(), *cause)).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn an_entry_is_stale_when_its_judged_cases_show_nothing_of_it() {
        let failed = |id, check| CaseResult { findings: vec![finding(check)], ..result(id, Verdict::Fail) };
        stale(&[], &[]);
        stale(&[result("principal/exact", Verdict::Incomplete)], &[]);
        stale(&[result("errors/gone", Verdict::Pass), failed("errors/conflict", "outcome")], &[]);
        stale(&[failed("errors/conflict", "requests")], &[("errors/*", StaleCause::Repaired)]);
        stale(
            &[result("principal/exact", Verdict::UnexpectedPass)],
            &[("principal/exact", StaleCause::Repaired)],
        );
    }

    #[test]
    fn an_entry_about_no_case_is_stale() {
        let seen = list().stale(&[], &["errors/gone"]);
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].cause, StaleCause::NoSuchCase);
    }

    #[track_caller]
    fn refuses(text: &str, expected: &str) {
        let error = parse("known.toml", text).unwrap_err();
        assert_eq!(error.to_string().lines().next(), Some(expected));
        assert!(error.place.is_some(), "it points somewhere");
    }

    #[test]
    fn a_bad_list_is_refused_with_its_place() {
        refuses("[[known]]\nid = 'a'\n", "missing field `reason`");
        refuses("[[known]]\nid = 'a'\nreason = ' '\n", "`a` gives no reason");
        refuses("[[known]]\nid = ''\nreason = 'b'\n", "a pattern is not empty");
        refuses(
            "[[known]]\nid = 'a'\nreasons = 'b'\n",
            "unknown field `reasons`, expected one of `id`, `check`, `reason`",
        );
        refuses("[[know]]\nid = 'a'\n", "unknown field `know`, expected `known`");
        refuses("[[known\n", "unclosed array table, expected `]]`");
    }
}
