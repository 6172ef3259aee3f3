//! Known defects of the published services: what was recorded and breaks a requirement.
//!
//! ```toml
//! [[defect]]
//! id = "D-FOREIGN-REFERENCE"
//! class = "authorization"
//! requirement = "references-own"
//! sentence = "A service can let go of what another one holds."
//! shown = 12
//! by = { all = ["group:references"] }
//! ```

use serde::Deserialize;

use super::Violation;
use super::exchange::Exchange;
use super::selection::{self, Selection};

/// Known defects, in the order in which they are asked whether a violation is theirs.
pub struct Defects {
    defects: Vec<Defect>,
}

/// One of them.
#[derive(Debug, Clone)]
pub struct Defect {
    /// Its id.
    pub id: String,
    /// What sort of thing it is.
    pub class: String,
    /// Which requirement it breaks.
    pub requirement: String,
    /// What it amounts to.
    pub sentence: String,
    /// How many recorded exchanges show it.
    pub shown: usize,
    /// Which exchanges may show it.
    pub by: Selection,
}

/// Known defects that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("read known defects")]
pub struct DefectsError(#[source] Box<toml::de::Error>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    defect: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    class: String,
    requirement: String,
    sentence: String,
    shown: usize,
    #[serde(default)]
    by: selection::Written,
}

impl Defects {
    /// Those of the services that were recorded.
    ///
    /// # Errors
    ///
    /// When this crate was built with some that cannot be read.
    pub fn embedded() -> Result<Self, DefectsError> {
        Self::parse(include_str!("../../recorded/defects.toml"))
    }

    /// Reads known defects.
    ///
    /// # Errors
    ///
    /// When they are written otherwise.
    pub fn parse(text: &str) -> Result<Self, DefectsError> {
        let file: File = toml::from_str(text).map_err(|source| DefectsError(Box::new(source)))?;
        let defects = file.defect.into_iter().map(|entry| Defect {
            id: entry.id,
            class: entry.class,
            requirement: entry.requirement,
            sentence: entry.sentence,
            shown: entry.shown,
            by: entry.by.into(),
        });
        Ok(Self { defects: defects.collect() })
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Defect] {
        &self.defects
    }

    /// The defect that a recorded violation belongs to: the first whose requirement it breaks and whose exchanges it is
    /// among.
    #[must_use]
    pub fn of(&self, violation: &Violation, exchange: &Exchange<'_>) -> Option<&Defect> {
        self.defects
            .iter()
            .find(|defect| defect.requirement == violation.requirement && defect.by.matches(&exchange.tags))
    }
}
