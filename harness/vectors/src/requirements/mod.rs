//! What the trust model requires, whatever was recorded.
//!
//! A recording says what a service does, not that it is right. Requirements are data (`vectors/requirements.toml`): an
//! id, a sentence, where it is from, which exchanges it bears on, and for some a named check. A recorded answer that
//! breaks one is a known server defect, and stands in `vectors/defects.toml`.
//!
//! Begin with [`Catalogue::embedded`], then [`Catalogue::judge`].

mod checks;
mod defects;
mod exchange;
mod selection;
mod tags;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

pub use defects::{Defect, Defects, DefectsError};
pub use exchange::{Exchange, Neighbors, Reply};
pub use selection::Selection;
pub use tags::FAMILIES;

use crate::glob::Glob;
use crate::vector::Service;
use checks::{CHECKS, Check, Judged};

/// What is required.
pub struct Catalogue {
    requirements: Vec<Requirement>,
}

/// One requirement.
pub struct Requirement {
    /// Its id.
    pub id: String,
    /// What it requires.
    pub sentence: String,
    /// Where that is from.
    pub source: String,
    /// The exchanges that it bears on.
    pub applies: Selection,
    /// Where an answer differs, if one that breaks this differs nowhere else.
    pub differs: Vec<Glob>,
    check: Option<Check>,
}

/// Requirements that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// They are not written as requirements are.
    #[error("read requirements")]
    Parse(#[source] Box<toml::de::Error>),
    /// There is no such check.
    #[error("read requirement `{id}`: there is no check `{check}`; there are {}", known.join(", "))]
    Check {
        /// Whose.
        id: String,
        /// What it says.
        check: String,
        /// What there is.
        known: Vec<&'static str>,
    },
    /// An id stands twice.
    #[error("read requirements: `{0}` stands twice")]
    Twice(String),
}

/// An answer that breaks a requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which vector.
    pub vector: String,
    /// Which step, from 1.
    pub step: usize,
    /// Which requirement.
    pub requirement: String,
    /// What is wrong.
    pub what: String,
}

impl Violation {
    /// What makes two violations the same one.
    #[must_use]
    pub fn key(&self) -> (&str, usize, &str) {
        (&self.vector, self.step, &self.requirement)
    }
}

/// What the services' documents declare.
pub trait Documents: Sync {
    /// The statuses that an operation declares; none: there is no such operation, or nobody knows.
    fn statuses(&self, service: Service, method: &str, path: &str) -> Option<BTreeSet<u16>>;
}

/// Nobody knows what is declared.
#[derive(Debug, Clone, Copy)]
pub struct NoDocuments;

impl Documents for NoDocuments {
    fn statuses(&self, _: Service, _: &str, _: &str) -> Option<BTreeSet<u16>> {
        None
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    requirement: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    sentence: String,
    source: String,
    #[serde(default)]
    applies: selection::Written,
    #[serde(default)]
    differs: Vec<String>,
    check: Option<String>,
}

impl Catalogue {
    /// Those that come with this crate.
    ///
    /// # Errors
    ///
    /// When this crate was built with some that cannot be read.
    pub fn embedded() -> Result<Self, CatalogueError> {
        Self::parse(include_str!("../../recorded/requirements.toml"))
    }

    /// Reads requirements.
    ///
    /// # Errors
    ///
    /// When they are written otherwise, name a check that there is not, or an id twice.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let file: File = toml::from_str(text).map_err(|source| CatalogueError::Parse(Box::new(source)))?;
        let mut ids = BTreeSet::new();
        let requirements = file.requirement.into_iter().map(|entry| {
            if !ids.insert(entry.id.clone()) {
                return Err(CatalogueError::Twice(entry.id));
            }
            let check = entry.check.map(|name| find(&entry.id, &name)).transpose()?;
            Ok(Requirement {
                id: entry.id,
                sentence: entry.sentence,
                source: entry.source,
                applies: entry.applies.into(),
                differs: entry.differs.iter().map(|text| Glob::new(text)).collect(),
                check,
            })
        });
        Ok(Self { requirements: requirements.collect::<Result<_, _>>()? })
    }

    /// All of them, as they are written.
    #[must_use]
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// The requirement of that id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Requirement> {
        self.requirements.iter().find(|requirement| requirement.id == id)
    }

    /// What breaks a requirement among these exchanges, vector by vector; those of a vector stand together.
    #[must_use]
    pub fn judge(&self, documents: &dyn Documents, exchanges: &[Exchange<'_>]) -> Vec<Violation> {
        let neighbors = Neighbors::of(exchanges);
        let mut violations = Vec::new();
        for vector in exchanges.chunk_by(|a, b| a.vector.id == b.vector.id) {
            for exchange in vector {
                let judged = Judged { exchange, neighbors: &neighbors, vector, documents };
                violations.extend(self.requirements.iter().filter_map(|it| it.judge(&judged)));
            }
        }
        violations
    }

    /// Which requirements an exchange bears on, with their ids.
    pub fn bearing<'c>(&'c self, tags: &'c [String]) -> impl Iterator<Item = &'c Requirement> {
        self.requirements.iter().filter(|requirement| requirement.applies.matches(tags))
    }
}

impl Requirement {
    /// Whether it has a check of its own; without one it is held by agreement with the recording.
    #[must_use]
    pub fn is_checked(&self) -> bool {
        self.check.is_some()
    }

    fn judge(&self, judged: &Judged<'_>) -> Option<Violation> {
        let check = self.check.filter(|_| self.applies.matches(&judged.exchange.tags))?;
        let what = (check.run)(judged)?;
        Some(Violation {
            vector: judged.exchange.vector.id.clone(),
            step: judged.exchange.index + 1,
            requirement: self.id.clone(),
            what,
        })
    }
}

fn find(id: &str, name: &str) -> Result<Check, CatalogueError> {
    let check = CHECKS.iter().find(|check| check.name == name).copied();
    check.ok_or_else(|| CatalogueError::Check {
        id: id.to_owned(),
        check: name.to_owned(),
        known: CHECKS.iter().map(|check| check.name).collect(),
    })
}

/// Violations by the requirement that they break.
#[must_use]
pub fn by_requirement(violations: &[Violation]) -> BTreeMap<&str, Vec<&Violation>> {
    let mut rows: BTreeMap<&str, Vec<&Violation>> = BTreeMap::new();
    for violation in violations {
        rows.entry(&violation.requirement).or_default().push(violation);
    }
    rows
}

#[cfg(test)]
mod tests;
