//! What somebody has accepted, why, and until when.
//!
//! ```toml
//! [[waiver]]
//! fingerprint = "0123456789abcdef"     # of a finding, or of a root: then of all its findings
//! rule = "GO-FUNC-REMOVED"             # with the fingerprint of a finding, its rule: for those who read this
//! reason = "nobody outside this repository ever called it"
//! owner = "someone@example.com"
//! expires = "2027-03-31"               # or a release: "v1.9.0"
//! ```

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use crate::rules::{Catalogue, Finding};
use crate::version::version;

/// A reason that says something has so many characters at least.
const REASON: usize = 20;

/// What somebody has accepted, and what of it was met.
#[derive(Debug, Clone, Default)]
pub struct Waivers {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    waiver: Waiver,
    used: Used,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Used {
    Yes,
    NotYet,
}

/// One thing that somebody has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// Of a finding, or of a root.
    pub fingerprint: String,
    /// The finding's rule, if it was said.
    pub rule: Option<String>,
    /// Why it was accepted.
    pub reason: String,
    /// Who did.
    pub owner: String,
    /// Until when.
    pub expires: Expires,
    /// The line in its file.
    pub line: usize,
}

/// When a waiver ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expires {
    /// After this day.
    On(Date),
    /// With this release.
    With(semver::Version),
}

/// Why a file of waivers cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct WaiverError {
    /// The file.
    pub file: String,
    /// The line.
    pub line: usize,
    /// What is wrong there.
    pub problem: WaiverProblem,
}

/// What can be wrong with a waiver.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WaiverProblem {
    /// It is no TOML, or says something unknown.
    #[error("{0}")]
    Toml(String),
    /// No fingerprint looks so.
    #[error("expected a fingerprint of 16 hexadecimal digits, found `{0}`")]
    Fingerprint(String),
    /// The same thing is accepted twice.
    #[error("expected each fingerprint once, found `{0}` again")]
    Twice(String),
    /// It does not say why.
    #[error("expected a reason of at least {REASON} characters, found `{0}`")]
    Reason(String),
    /// It does not say who.
    #[error("expected an owner")]
    Owner,
    /// It does not say until when.
    #[error("expected a day such as `2027-03-31` or a release such as `v1.9.0` in `expires`, found `{0}`")]
    Expires(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    waiver: Vec<Spanned<Written>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    fingerprint: String,
    rule: Option<String>,
    reason: String,
    owner: String,
    expires: String,
}

impl Waivers {
    /// Reads a file.
    pub fn parse(file: &str, text: &str) -> Result<Self, WaiverError> {
        let line = |offset: usize| text[..offset.min(text.len())].matches('\n').count() + 1;
        let at = |offset: usize, problem| WaiverError { file: file.to_owned(), line: line(offset), problem };
        let read: File = toml::from_str(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            at(offset, WaiverProblem::Toml(error.message().to_owned()))
        })?;
        let mut entries: Vec<Entry> = Vec::new();
        for written in read.waiver {
            let offset = written.span().start;
            let waiver = waiver(written.into_inner(), line(offset)).map_err(|problem| at(offset, problem))?;
            if entries.iter().any(|entry| entry.waiver.fingerprint == waiver.fingerprint) {
                return Err(at(offset, WaiverProblem::Twice(waiver.fingerprint)));
            }
            entries.push(Entry { waiver, used: Used::NotYet });
        }
        Ok(Self { entries })
    }

    /// The waiver of such a fingerprint, which from now on counts as used.
    pub(crate) fn take(&mut self, fingerprint: &str, finding: Option<&Finding>) -> Option<Waiver> {
        let says = |waiver: &Waiver| match (&waiver.rule, finding) {
            (Some(rule), Some(finding)) => *rule == finding.rule,
            (Some(_), None) => false,
            (None, _) => true,
        };
        let same = |entry: &&mut Entry| entry.waiver.fingerprint == fingerprint && says(&entry.waiver);
        let entry = self.entries.iter_mut().find(same)?;
        entry.used = Used::Yes;
        Some(entry.waiver.clone())
    }

    /// Findings about the waivers themselves: those that were not met, and those that have ended, by the day and the
    /// candidate's release.
    pub fn findings(&self, catalogue: &Catalogue, file: &str, today: Date, release: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        for Entry { waiver, used } in &self.entries {
            let key = format!("{file}:{} {}", waiver.line, waiver.fingerprint);
            if *used == Used::NotYet {
                findings.push(catalogue.finding(
                    "POL-WAIVER-UNUSED",
                    "waiver",
                    &key,
                    Some(&waiver.reason),
                    None,
                ));
            }
            if waiver.expires.is_over(today, release) {
                let until = waiver.expires.to_string();
                findings.push(catalogue.finding("POL-WAIVER-EXPIRED", "waiver", &key, Some(&until), None));
            }
        }
        findings
    }
}

impl Expires {
    fn is_over(&self, today: Date, release: &str) -> bool {
        match self {
            Self::On(day) => today > *day,
            Self::With(expiry) => version(release).is_some_and(|release| release >= *expiry),
        }
    }
}

impl std::fmt::Display for Expires {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::On(day) => write!(formatter, "{day}"),
            Self::With(version) => write!(formatter, "v{version}"),
        }
    }
}

fn waiver(written: Written, line: usize) -> Result<Waiver, WaiverProblem> {
    let Written { fingerprint, rule, reason, owner, expires } = written;
    if fingerprint.len() != 16 || !fingerprint.chars().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(WaiverProblem::Fingerprint(fingerprint));
    }
    if reason.trim().chars().count() < REASON {
        return Err(WaiverProblem::Reason(reason));
    }
    if owner.trim().is_empty() {
        return Err(WaiverProblem::Owner);
    }
    let day = expires.parse().ok().map(Expires::On);
    let until = day.or_else(|| version(&expires).map(Expires::With));
    let expires = until.ok_or(WaiverProblem::Expires(expires))?;
    Ok(Waiver { fingerprint, rule, reason, owner, expires, line })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(change: &[(&str, &str)]) -> String {
        let mut fields = [
            ("fingerprint", "0123456789abcdef"),
            ("reason", "nobody outside ever called it"),
            ("owner", "someone@example.com"),
            ("expires", "2027-03-31"),
        ];
        for (name, value) in &mut fields {
            if let Some((_, other)) = change.iter().find(|(changed, _)| changed == name) {
                *value = other;
            }
        }
        let lines: String = fields.iter().map(|(name, value)| format!("{name} = \"{value}\"\n")).collect();
        format!("# comment\n[[waiver]]\n{lines}")
    }

    #[track_caller]
    fn refuses(text: &str, message: &str) {
        let error = Waivers::parse("waivers.toml", text).expect_err("the file is wrong");
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        refuses(
            &written(&[("fingerprint", "GO-FUNC")]),
            "waivers.toml:2: expected a fingerprint of 16 hexadecimal digits, found `GO-FUNC`",
        );
        refuses(
            &written(&[("reason", "because")]),
            "waivers.toml:2: expected a reason of at least 20 characters, found `because`",
        );
        refuses(&written(&[("owner", " ")]), "waivers.toml:2: expected an owner");
        refuses(
            &written(&[("expires", "soon")]),
            "waivers.toml:2: expected a day such as `2027-03-31` or a release such as `v1.9.0` in `expires`, \
             found `soon`",
        );
        refuses(
            &format!("{}{}", written(&[]), written(&[])),
            "waivers.toml:8: expected each fingerprint once, found `0123456789abcdef` again",
        );
        refuses(
            "[[waiver]]\nfingerprint = 1\n",
            "waivers.toml:2: invalid type: integer `1`, expected a string",
        );
    }

    fn about(expires: &str, today: &str, release: &str) -> Vec<String> {
        let text = written(&[("expires", expires)]);
        let mut waivers = Waivers::parse("waivers.toml", &text).expect("the file is right");
        waivers.take("0123456789abcdef", None).expect("it is there");
        let today = today.parse().expect("a day");
        let findings = waivers.findings(Catalogue::ours(), "waivers.toml", today, release);
        findings.into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn it_ends_after_its_day_or_with_its_release() {
        assert_eq!(about("2027-03-31", "2027-03-31", "v9.0.0"), [""; 0]);
        assert_eq!(about("2027-03-31", "2027-04-01", "v0.1.0"), ["POL-WAIVER-EXPIRED"]);
        assert_eq!(about("v1.9.0", "2030-01-01", "v1.8.7"), [""; 0]);
        assert_eq!(about("v1.9.0", "2030-01-01", "v1.9.0"), ["POL-WAIVER-EXPIRED"]);
        assert_eq!(about("v1.9.0", "2030-01-01", ""), [""; 0]);
    }

    #[test]
    fn one_that_nothing_needs_is_a_finding() {
        let waivers = Waivers::parse("waivers.toml", &written(&[])).expect("the file is right");
        let today = "2026-01-01".parse().expect("a day");
        let findings = waivers.findings(Catalogue::ours(), "waivers.toml", today, "");
        assert_eq!(findings[0].rule, "POL-WAIVER-UNUSED");
        assert_eq!(findings[0].key, "waivers.toml:2 0123456789abcdef");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\[\\[waiver\\]\\]\n)?(.|\n){0,80}") {
            let _ = Waivers::parse("waivers.toml", &text);
        }
    }
}
