//! What a crate's manifest promises: features, which of them are on by default, and the oldest compiler.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::Edition;
use crate::model::Fact;

/// A manifest, as far as users feel it.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The edition that it is written in.
    pub edition: Edition,
    /// The oldest compiler that it promises to build with.
    pub rust_version: Option<String>,
    /// Each feature and what it enables, as cargo resolves it: `default`, other features, `dep:…`, `…/…`.
    pub features: BTreeMap<String, Vec<String>>,
    /// What it says to those who document it.
    pub documented: DocsRs,
    /// What it depends on when it is used.
    pub dependencies: Vec<Dependency>,
    /// The library's name in code.
    pub library: String,
    /// The folder that it stands in.
    pub folder: String,
}

/// How the published pages are built.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct DocsRs {
    /// With these features.
    pub features: Vec<String>,
    /// With all of them.
    pub all_features: bool,
    /// Without the usual ones.
    pub no_default_features: bool,
    /// With these arguments to rustdoc.
    pub rustdoc_args: Vec<String>,
}

/// A dependency of a library.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// What the manifest calls it.
    pub name: String,
    /// The package.
    pub package: String,
    /// Which versions.
    pub requirement: String,
    /// Where it stands when it is part of the same repository.
    pub folder: Option<String>,
}

impl Manifest {
    /// One of which nothing but the name is known yet.
    pub fn unknown(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: String::new(),
            edition: Edition::E2024,
            rust_version: None,
            features: BTreeMap::new(),
            documented: DocsRs::default(),
            dependencies: Vec::new(),
            library: name.replace('-', "_"),
            folder: String::new(),
        }
    }

    /// Facts of features and of the oldest compiler.
    pub fn facts(&self) -> Vec<Fact> {
        let mut facts = Vec::new();
        for name in self.features.keys().filter(|name| *name != "default") {
            let fact = Fact::new("feature", name.clone()).with("tier", tier(name));
            let default = if self.enabled("default").contains(name.as_str()) { "yes" } else { "no" };
            let fact = fact.with("default", default);
            // An optional dependency is a feature of its name, whether its author thought of that or not.
            let implicit = self.features[name] == [format!("dep:{name}")];
            facts.push(if implicit { fact.with("implicit", "yes") } else { fact });
            for enabled in self.enabled(name).into_iter().filter(|enabled| *enabled != name) {
                let key = format!("{name} -> {enabled}");
                facts.push(Fact::new("feature-enables", key).with("tier", tier(name).max(tier(enabled))));
            }
        }
        if let Some(version) = &self.rust_version {
            let minor = version.split('.').nth(1).unwrap_or("0");
            facts.push(
                Fact::new("rust-version", "rustc").with("version", version.clone()).with("minor", minor),
            );
        }
        facts
    }

    /// Whether it depends on a version of a package itself.
    pub fn depends_on(&self, package: &str, version: &semver::Version) -> bool {
        let meets =
            |requirement: &str| semver::VersionReq::parse(requirement).is_ok_and(|it| it.matches(version));
        self.dependencies.iter().any(|it| it.package == package && meets(&it.requirement))
    }

    /// All features that one brings with it, itself included.
    pub fn enabled<'a>(&'a self, feature: &'a str) -> BTreeSet<&'a str> {
        let mut enabled = BTreeSet::new();
        let mut open = vec![feature];
        while let Some(name) = open.pop() {
            if enabled.insert(name) {
                let brings = self.features.get(name).into_iter().flatten().map(String::as_str);
                open.extend(brings.filter(|brought| self.features.contains_key(*brought)));
            }
        }
        enabled.remove("default");
        enabled
    }
}

/// What a feature's name says about the promise: `public`, or one that says that there is none.
fn tier(name: &str) -> &'static str {
    let unstable =
        name.starts_with('_') || ["unstable", "nightly", "internal"].iter().any(|word| name.contains(word));
    if unstable { "unstable" } else { "public" }
}

/// Whether a feature's name says that nothing is promised about it.
pub fn is_unstable(name: &str) -> bool {
    tier(name) == "unstable"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(features: &[(&str, &[&str])]) -> Manifest {
        let features = features.iter().map(|(name, enables)| {
            (String::from(*name), enables.iter().map(|it| String::from(*it)).collect())
        });
        let rust_version = Some("1.85".to_owned());
        Manifest { features: features.collect(), rust_version, ..Manifest::unknown("a") }
    }

    #[test]
    fn features_are_told_with_all_that_they_bring() {
        let manifest = manifest(&[
            ("default", &["tls"]),
            ("tls", &["net", "dep:rustls"]),
            ("net", &["tls", "tokio/net"]),
            ("_x", &["tls"]),
        ]);
        let facts: Vec<String> = manifest.facts().iter().map(crate::text::line).collect();
        let expected = [
            "feature _x  default=no  tier=unstable",
            "feature-enables _x -> net  tier=unstable",
            "feature-enables _x -> tls  tier=unstable",
            "feature net  default=yes  tier=public",
            "feature-enables net -> tls  tier=public",
            "feature tls  default=yes  tier=public",
            "feature-enables tls -> net  tier=public",
            "rust-version rustc  minor=85  version=1.85",
        ];
        assert_eq!(facts, expected);
    }
}
