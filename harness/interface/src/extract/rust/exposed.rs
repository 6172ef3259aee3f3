//! What of other crates a crate lets its users see.

use std::collections::BTreeSet;

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

    /// Crates whose items occur, with the releases that can be exchanged for one another.
    pub(super) fn dependencies(&mut self, signatures: &BTreeSet<u32>, implementations: &BTreeSet<u32>) {
        for id in signatures | implementations {
            let Some(krate) = self.writer.document.external_crates.get(&id) else { continue };
            let Some(package) = foreign::package(krate, self.writer.packages) else { continue };
            let line = line(&package.version);
            let key = if package.only { krate.name.clone() } else { format!("{}@{line}", krate.name) };
            let exposed = if signatures.contains(&id) { "signature" } else { "implementation" };
            let fact = Fact::new("dependency", key).with("package", package.name.clone());
            self.facts.push(fact.with("line", line).with("exposed", exposed));
        }
    }
}
