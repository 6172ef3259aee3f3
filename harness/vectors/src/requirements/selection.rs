//! Which exchanges are meant, by what they are.

use serde::Deserialize;

use crate::glob::Glob;

/// A choice of exchanges: each pattern of `all` is a word of it, some pattern of `any` is (if there are any), and none
/// of `none` is.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    all: Vec<Glob>,
    any: Vec<Glob>,
    none: Vec<Glob>,
}

/// As it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    #[serde(default)]
    all: Vec<String>,
    #[serde(default)]
    any: Vec<String>,
    #[serde(default)]
    none: Vec<String>,
}

impl From<Written> for Selection {
    fn from(written: Written) -> Self {
        let globs = |texts: Vec<String>| texts.iter().map(|text| Glob::new(text)).collect();
        Self { all: globs(written.all), any: globs(written.any), none: globs(written.none) }
    }
}

impl Selection {
    /// Whether an exchange of these words is meant.
    #[must_use]
    pub fn matches(&self, tags: &[String]) -> bool {
        let has = |glob: &Glob| tags.iter().any(|tag| glob.matches(tag));
        self.all.iter().all(has)
            && (self.any.is_empty() || self.any.iter().any(has))
            && !self.none.iter().any(has)
    }

    /// Whether every exchange is meant.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.patterns().next().is_none()
    }

    /// Its patterns.
    pub fn patterns(&self) -> impl Iterator<Item = &Glob> {
        self.all.iter().chain(&self.any).chain(&self.none)
    }
}
