//! What of other crates a crate lets its users see.

use std::collections::{BTreeMap, BTreeSet};

use super::foreign::{self, line};
use super::items::Facts;
use super::manifest::Manifest;
use crate::model::Fact;

impl Facts<'_> {
    /// Items of other crates that can be had under a path of this one.
    pub(super) fn reexports(&mut self) {
        let names = self.writer.names;
        for (path, foreign) in &names.foreign {
            let target = match foreign.id {
                Some(id) if self.writer.document.paths.contains_key(&id) => {
                    self.writer.name(id, &foreign.source)
                }
                Some(_) | None => foreign.source.clone(),
            };
            let fact = match foreign.glob {
                true => Fact::new("glob", path.split(' ').next().unwrap_or(path).to_owned() + " " + &target),
                false => Fact::new("reexport", path.clone()).with("item", target),
            };
            self.facts.push(fact);
        }
    }

    /// Crates of which another line occurs as well, and their lines: all but the one that the crate itself depends on, or
    /// the newest.
    pub(super) fn other_lines(&self, exposed: &BTreeSet<u32>, manifest: &Manifest) -> BTreeMap<u32, String> {
        let mut lines: BTreeMap<&str, Vec<(bool, semver::Version, u32)>> = BTreeMap::new();
        for id in exposed {
            let Some(krate) = self.writer.document.external_crates.get(id) else { continue };
            let Some(package) = foreign::package(krate, self.writer.packages) else { continue };
            let Ok(version) = semver::Version::parse(&package.version) else { continue };
            let direct = manifest.depends_on(&package.name, &version);
            lines.entry(&krate.name).or_default().push((direct, version, *id));
        }
        let mut others = BTreeMap::new();
        for mut several in lines.into_values() {
            several.sort();
            several.pop();
            others.extend(several.into_iter().map(|(_, version, id)| (id, line(&version.to_string()))));
        }
        others
    }

    /// Crates whose items occur, with the releases that can be exchanged for one another.
    pub(super) fn dependencies(&mut self, signatures: &BTreeSet<u32>, implementations: &BTreeSet<u32>) {
        for id in signatures | implementations {
            let Some(krate) = self.writer.document.external_crates.get(&id) else { continue };
            let Some(package) = foreign::package(krate, self.writer.packages) else { continue };
            let line = line(&package.version);
            let key = match self.writer.other_lines.get(&id) {
                Some(line) => format!("{}@{line}", krate.name),
                None => krate.name.clone(),
            };
            // What was written and then left out, as an implementation for a private type, is not shown.
            let start = format!("{key}::");
            if !self.facts.iter().any(|fact| mentions(fact, &start)) {
                continue;
            }
            let exposed = if signatures.contains(&id) { "signature" } else { "implementation" };
            let fact = Fact::new("dependency", key).with("package", package.name.clone());
            self.facts.push(fact.with("line", line).with("exposed", exposed));
        }
    }
}

fn mentions(fact: &Fact, start: &str) -> bool {
    let in_text = |text: &str| {
        text.match_indices(start).any(|(at, _)| {
            !text[..at].ends_with(|before: char| before.is_alphanumeric() || matches!(before, '_' | ':'))
        })
    };
    in_text(&fact.key) || fact.attributes.values().any(|value| in_text(value))
}
