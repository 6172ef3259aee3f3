//! What of other crates a crate lets its users see.

use std::collections::{BTreeMap, BTreeSet};

use super::foreign::{self, line};
use super::items::Facts;
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

    /// Crates of which a newer line occurs as well, and their lines.
    pub(super) fn other_lines(&self, exposed: &BTreeSet<u32>) -> BTreeMap<u32, String> {
        let mut newest: BTreeMap<&str, (semver::Version, u32)> = BTreeMap::new();
        let mut others = BTreeMap::new();
        for id in exposed {
            let Some(krate) = self.writer.document.external_crates.get(id) else { continue };
            let package = foreign::package(krate, self.writer.packages);
            let Some(version) = package.and_then(|it| semver::Version::parse(&it.version).ok()) else {
                continue;
            };
            let older = match newest.get(krate.name.as_str()) {
                Some((there, _)) if *there > version => (version, *id),
                Some(_) | None => match newest.insert(&krate.name, (version, *id)) {
                    Some(older) => older,
                    None => continue,
                },
            };
            others.insert(older.1, line(&older.0.to_string()));
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
            let exposed = if signatures.contains(&id) { "signature" } else { "implementation" };
            let fact = Fact::new("dependency", key).with("package", package.name.clone());
            self.facts.push(fact.with("line", line).with("exposed", exposed));
        }
    }
}
