//! A candidate against every release that is promised.

use jiff::civil::Date;

use crate::changelog;
use crate::compare::compare;
use crate::diff::{What, diff};
use crate::gate::{self, Comparison};
use crate::model::Interface;
use crate::policy::{Breaks, Part, Policy};
use crate::report::Report;
use crate::rules::{Catalogue, Finding, Level};
use crate::snapshot::{Store, StoreError};
use crate::text;
use crate::waiver::Waivers;

/// What is checked against what.
#[derive(Debug, Clone, Copy)]
pub struct Check<'a> {
    /// The rules.
    pub catalogue: &'a Catalogue,
    /// Frozen releases.
    pub store: &'a Store,
    /// The set.
    pub set: &'a str,
    /// What was said about its releases.
    pub policy: &'a Policy,
    /// What the candidate will be called; empty: nobody knows yet.
    pub release: &'a str,
    /// The day that decides what is over.
    pub today: Date,
    /// What users are told, when the policy names a changelog.
    pub changelog: Option<&'a str>,
}

impl Check<'_> {
    /// Holds candidates, by the name of their part, to the releases of a set. Unused waivers are not told here, since
    /// another set may use them.
    pub fn run(
        &self,
        candidates: &[(&Part, Interface)],
        waivers: &mut Waivers,
    ) -> Result<Report, StoreError> {
        let releases = self.store.lock().releases(self.set);
        let at = (self.release, self.today);
        let mut report = Report {
            comparisons: Vec::new(),
            policy: self.policy.findings(self.catalogue, self.set, &releases, at),
        };
        for (part, candidate) in candidates {
            self.part(part, candidate, waivers, &mut report)?;
        }
        if let Some(changelog) = self.changelog {
            let missing = changelog::findings(self.catalogue, changelog, self.release, &report.comparisons);
            report.policy.extend(missing);
        }
        Ok(report)
    }

    fn part(
        &self,
        part: &Part,
        candidate: &Interface,
        waivers: &mut Waivers,
        report: &mut Report,
    ) -> Result<(), StoreError> {
        let mut olds = Vec::new();
        for release in self.store.lock().releases(self.set) {
            let frozen = self.store.interface(self.set, &release.name, &part.name)?;
            match frozen {
                Some(interface) => olds.push((release, interface)),
                None if release.expired.is_none() && part.is_in(&release.name) => {
                    let key = format!("{} {} {}", self.set, release.name, part.name);
                    report.policy.push(self.finding("POL-BASELINE-MISSING", "snapshot", &key, None));
                }
                None => {}
            }
        }
        let all: Vec<&Interface> = olds.iter().map(|(_, interface)| interface).collect();
        report.policy.extend(self.history(part, &all, candidate));
        for (release, old) in olds.iter().filter(|(release, _)| release.expired.is_none()) {
            if release.name == self.release {
                if !diff(old, candidate).is_empty() {
                    let key = format!("{} {} {}", self.set, release.name, part.name);
                    report.policy.push(self.finding("POL-SNAPSHOT-STALE", "snapshot", &key, None));
                }
                continue;
            }
            // A patch of an older line lacks what the newer one has, and takes it from nobody.
            if gate::older(self.release, &release.name) {
                let mut new = candidate.about.clone();
                new.release = self.release.to_owned();
                report.policy.push(gate::fork(self.catalogue, &old.about, &new));
                continue;
            }
            let mut comparison = gate::judge(self.catalogue, old, candidate, waivers);
            part.name.clone_into(&mut comparison.new.name);
            part.name.clone_into(&mut comparison.old.name);
            report.policy.extend(self.unannounced(&all, &comparison));
            report.comparisons.push(comparison);
        }
        Ok(())
    }

    /// What came back: a name that means something else, or a state that was left.
    fn history(&self, part: &Part, olds: &[&Interface], candidate: &Interface) -> Vec<Finding> {
        let Some((newest, before)) = olds.split_last() else { return Vec::new() };
        let mut findings = Vec::new();
        for change in compare(newest, candidate) {
            let Some(new) = change.new else { continue };
            let earlier = before.iter().rev().find_map(|old| old.fact(&new.kind, &new.key));
            let Some(earlier) = earlier else { continue };
            let rule = match (change.what(), earlier == new) {
                (What::Added, false) => "POL-NAME-REUSED",
                (_, true) => "POL-FLAPPING",
                (_, false) => continue,
            };
            let key = format!("{} {} {}", part.name, new.kind, new.key);
            let (old, new) = (text::line(earlier), text::line(new));
            findings.push(self.catalogue.finding(rule, "history", &key, Some(&old), Some(&new)));
        }
        findings
    }

    /// What goes without having been marked as deprecated in as many releases as the policy asks for; one a root.
    fn unannounced(&self, olds: &[&Interface], comparison: &Comparison) -> Vec<Finding> {
        let wanted = self.policy.keep.deprecated_for;
        let marked = |finding: &Finding| {
            let facts = olds.iter().filter_map(|old| old.fact(&finding.kind, &finding.key));
            facts.filter(|fact| fact.attribute("deprecated").is_some()).count()
        };
        let gone =
            |finding: &&Finding| finding.what() == What::Removed && finding.worst() == Some(Level::Breaking);
        let firsts = comparison.roots.iter().filter_map(|root| root.root.findings.iter().find(gone));
        let unmarked = firsts.filter(|finding| marked(finding) < wanted);
        unmarked
            .map(|finding| {
                let key = format!("{} {} {}", comparison.new.name, finding.kind, finding.key);
                self.finding("POL-NO-DEPRECATION", "history", &key, finding.old.as_deref())
            })
            .collect()
    }

    fn finding(&self, rule: &str, kind: &str, key: &str, old: Option<&str>) -> Finding {
        self.catalogue.finding(rule, kind, key, old, None)
    }

    /// Whether a report lets the candidate pass.
    pub fn passes(&self, report: &Report) -> bool {
        let breaks = match self.policy.breaks {
            Breaks::Never => report.comparisons.iter().any(Comparison::breaks),
            // A step that is too small is a finding of the comparison.
            Breaks::WithMajor => report.comparisons.iter().any(Comparison::understates),
        };
        !breaks && report.policy.iter().all(|finding| finding.worst() != Some(Level::Breaking))
    }
}

#[cfg(test)]
mod tests;
