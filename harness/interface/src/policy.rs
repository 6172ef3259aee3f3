//! What was said about the releases of a set: how many are kept, how long, and what is checked.
//!
//! ```toml
//! breaks = "never"              # or "with-major": where the version's step says so
//! changelog = "CHANGELOG.md"    # says what breaks; none: nobody asks for one
//!
//! [keep]
//! minors = 3                    # the newest and the two before it
//! days = 90                     # and each for so long at least
//! deprecated-for = 1            # in so many releases a thing is marked before it goes
//!
//! [[support]]                   # and this one longer
//! release = "v1.2.0"
//! until = "2027-12-31"
//!
//! [[interface]]
//! name = "client"               # its file in each release: client.txt
//! candidate = "clients/go"      # where it comes from today, relative to the repository
//! release = "go:example.com/client@{release}"   # where a release comes from; none: from the candidate
//! language = "go"
//! since = "v1.1.0"              # the first release that has it
//! set = { goos = "linux" }
//! ```

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;

use crate::model::Language;
use crate::rules::{Catalogue, Finding};
use crate::snapshot::lock::Release;
use crate::version::version;

/// What was said about the releases of a set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// When a candidate may break a release that is promised.
    #[serde(default)]
    pub breaks: Breaks,
    /// The file that tells users what breaks, relative to the repository.
    pub changelog: Option<String>,
    /// How long releases are promised.
    #[serde(default)]
    pub keep: Keep,
    /// Releases that are promised longer.
    #[serde(default)]
    pub support: Vec<Support>,
    /// What each release consists of.
    pub interface: Vec<Part>,
}

/// When a candidate may break a release that is promised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Breaks {
    /// Only what is waived.
    #[default]
    Never,
    /// When the version's step is as large as the changes ask for.
    WithMajor,
}

/// How long releases are promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Keep {
    /// How many minor releases, the newest included.
    pub minors: usize,
    /// And each for so many days at least.
    #[serde(default)]
    pub days: u16,
    /// In how many releases a thing is marked deprecated before it goes.
    #[serde(default)]
    pub deprecated_for: usize,
}

impl Default for Keep {
    fn default() -> Self {
        Self { minors: 3, days: 0, deprecated_for: 0 }
    }
}

/// A release that is promised longer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// Which.
    pub release: String,
    /// Its last day.
    pub until: Date,
}

/// One interface of a set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// What it is called; its file is called so, too.
    pub name: String,
    /// Where it comes from today. None: the newest frozen release is the candidate.
    pub candidate: Option<String>,
    /// Where a release comes from, with `{release}` in it. None: from the candidate.
    pub release: Option<String>,
    /// What it is written in, where that cannot be told.
    #[serde(default, deserialize_with = "language")]
    pub language: Option<Language>,
    /// The first release that has it.
    pub since: Option<String>,
    /// Choices that its source leaves.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// Where documents are that others refer to: the lock file.
    pub references: Option<String>,
}

/// Why a policy cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct PolicyError {
    /// The file.
    pub file: String,
    /// The line.
    pub line: usize,
    /// What was expected, and what is there.
    pub problem: String,
}

impl Policy {
    /// Reads a file.
    pub fn parse(file: &str, text: &str) -> Result<Self, PolicyError> {
        let wrong = |line, problem: String| PolicyError { file: file.to_owned(), line, problem };
        let policy: Self = toml::from_str(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start.min(text.len()));
            wrong(text[..offset].matches('\n').count() + 1, error.message().to_owned())
        })?;
        if policy.keep.minors == 0 {
            return Err(wrong(
                1,
                "expected `minors` to be 1 at least: a policy that keeps nothing promises nothing".to_owned(),
            ));
        }
        let names: BTreeSet<&str> = policy.interface.iter().map(|part| part.name.as_str()).collect();
        if names.len() < policy.interface.len() {
            return Err(wrong(1, "expected each interface to have a name of its own".to_owned()));
        }
        Ok(policy)
    }

    /// Releases whose time is over, on a day, when a candidate of some version is about to be released.
    pub fn due(&self, releases: &[Release], candidate: &str, today: Date) -> BTreeSet<String> {
        let minor = |release: &str| version(release).map(|version| (version.major, version.minor));
        let newest = releases.iter().map(|release| release.name.as_str()).chain([candidate]);
        let minors: BTreeSet<_> = newest.filter_map(minor).collect();
        let over = |release: &&Release| {
            let Some(own) = minor(&release.name) else { return false };
            let newer = minors.range(own..).filter(|other| **other > own).count();
            let old_enough =
                release.frozen.checked_add(i32::from(self.keep.days).days()).is_ok_and(|day| today >= day);
            newer >= self.keep.minors && old_enough && !self.supports(&release.name, today)
        };
        releases.iter().filter(over).map(|release| release.name.clone()).collect()
    }

    /// Releases that are there after their time, and that went before it.
    pub fn findings(
        &self,
        catalogue: &Catalogue,
        set: &str,
        releases: &[Release],
        (candidate, today): (&str, Date),
    ) -> Vec<Finding> {
        let due = self.due(releases, candidate, today);
        let mut findings = Vec::new();
        for release in releases {
            let key = format!("{set} {}", release.name);
            match release.expired {
                None if due.contains(&release.name) => {
                    let frozen = format!("frozen {}", release.frozen);
                    findings.push(catalogue.finding(
                        "POL-EXPIRED-PRESENT",
                        "release",
                        &key,
                        Some(&frozen),
                        None,
                    ));
                }
                Some(day) if !self.was_due(releases, release, day) => {
                    let gone = format!("expired {day}");
                    findings.push(catalogue.finding("POL-EXPIRED-EARLY", "release", &key, Some(&gone), None));
                }
                None | Some(_) => {}
            }
        }
        findings
    }

    /// Whether a release was over on the day it was expired, by what had been released then.
    fn was_due(&self, releases: &[Release], release: &Release, day: Date) -> bool {
        let then: Vec<Release> = releases.iter().filter(|other| other.frozen <= day).cloned().collect();
        self.due(&then, "", day).contains(&release.name)
    }

    fn supports(&self, release: &str, today: Date) -> bool {
        self.support.iter().any(|support| support.release == release && today <= support.until)
    }
}

impl Part {
    /// Whether a release is to have it.
    pub fn is_in(&self, release: &str) -> bool {
        let since = self.since.as_deref().and_then(version);
        since.is_none_or(|since| version(release).is_none_or(|release| release >= since))
    }
}

fn language<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Language>, D::Error> {
    let name = String::deserialize(deserializer)?;
    name.parse().map(Some).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn policy(text: &str) -> Policy {
        Policy::parse("policy.toml", &format!("{text}\n[[interface]]\nname = \"a\"\n")).expect("it is right")
    }

    /// One release a month from January on.
    fn releases(names: &[&str]) -> Vec<Release> {
        let release = |(name, month): (&&str, i8)| Release {
            name: (*name).to_owned(),
            frozen: date(2026, month, 1),
            expired: None,
        };
        names.iter().zip(1..).map(release).collect()
    }

    #[test]
    fn the_newest_minors_are_kept() {
        let policy = policy("[keep]\nminors = 3");
        let all = releases(&["v1.0.0", "v1.0.1", "v1.1.0", "v1.2.0"]);
        let today = date(2026, 4, 1);
        assert_eq!(policy.due(&all, "", today), BTreeSet::new());
        assert_eq!(policy.due(&all, "v1.2.1", today), BTreeSet::new());
        let due = policy.due(&all, "v1.3.0", today);
        assert_eq!(due, ["v1.0.0".to_owned(), "v1.0.1".to_owned()].into());
        assert_eq!(policy.due(&releases(&["main", "other"]), "v1.3.0", today), BTreeSet::new());
    }

    #[test]
    fn each_is_kept_for_some_days_and_some_for_longer() {
        let policy = policy(
            "[keep]\nminors = 1\ndays = 90\n[[support]]\nrelease = \"v1.1.0\"\nuntil = \"2027-01-01\"",
        );
        let all = releases(&["v1.0.0", "v1.1.0", "v1.2.0"]);
        assert_eq!(policy.due(&all, "", date(2026, 3, 31)), BTreeSet::new());
        assert_eq!(policy.due(&all, "", date(2026, 4, 1)), ["v1.0.0".to_owned()].into());
        assert_eq!(policy.due(&all, "", date(2027, 1, 1)).len(), 1);
        assert_eq!(policy.due(&all, "", date(2027, 1, 2)).len(), 2);
    }

    #[test]
    fn there_too_long_and_gone_too_early_are_findings() {
        let policy = policy("[keep]\nminors = 2");
        let mut all = releases(&["v1.0.0", "v1.1.0", "v1.2.0"]);
        let rules = |releases: &[Release]| {
            let at = ("", date(2026, 6, 1));
            let findings = policy.findings(Catalogue::ours(), "ours", releases, at);
            findings.into_iter().map(|finding| (finding.rule, finding.key)).collect::<Vec<_>>()
        };
        assert_eq!(rules(&all), [("POL-EXPIRED-PRESENT".to_owned(), "ours v1.0.0".to_owned())]);
        all[0].expired = Some(date(2026, 3, 1));
        assert_eq!(rules(&all), []);
        all[0].expired = Some(date(2026, 2, 15));
        assert_eq!(rules(&all), [("POL-EXPIRED-EARLY".to_owned(), "ours v1.0.0".to_owned())]);
    }

    #[track_caller]
    fn refuses(text: &str, message: &str) {
        assert_eq!(Policy::parse("policy.toml", text).expect_err("it is wrong").to_string(), message);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        refuses("", "policy.toml:1: missing field `interface`");
        refuses(
            "interface = []\n[keep]\nminors = 0\n",
            "policy.toml:1: expected `minors` to be 1 at least: a policy that keeps nothing promises nothing",
        );
        refuses(
            "[[interface]]\nname = \"a\"\nlanguage = \"cobol\"\n",
            "policy.toml:3: expected one of `go`, `rust`, `openapi`, `behaviour`, `json-schema` and `names`, \
             found `cobol`",
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\[\\[interface\\]\\]\n)?(.|\n){0,80}") {
            let _ = Policy::parse("policy.toml", &text);
        }
    }
}
