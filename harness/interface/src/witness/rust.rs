//! Witnesses and stub tests in Rust: what a user may write because a fact says so, and whether it still compiles.
//!
//! * `template`: from a fact to a use of it with its exact types
//! * `spell`: types of facts as code can write them
//! * [`check`]: a consumer of each release, compiled with `cargo check --offline`
//! * [`stub`]: all uses of a release
//!
//! A use is sound when it compiles against the release that its fact is of; it confirms a finding when it does not compile
//! against the other one. A stub test is all sound uses of a release.

pub mod check;
mod spell;
pub mod stub;
mod template;

pub(super) use spell::dependency;

use crate::model::Interface;
use crate::rules::{Finding, Lane, Level};

/// A use of something that a release promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The sort of fact that it uses.
    pub kind: String,
    /// Which one.
    pub key: String,
    /// The items of a module, in which the crate is called by its own name; of a feature, the line of a manifest.
    pub code: String,
    /// How it is compiled.
    pub setting: Setting,
    /// Whose lines of other crates it has.
    pub lines: Lines,
}

/// How a use is compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// With the features that were compared.
    Compared,
    /// As users have it who choose no features.
    Usual,
    /// Not at all: a manifest names a feature, which may have to bring another one.
    Manifest {
        /// The feature.
        feature: String,
        /// The one that it brings.
        brings: Option<String>,
    },
}

/// Which lines of other crates a user has who goes on to the next release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// Those of the old release: the finding is that they no longer fit.
    Kept,
    /// Those that the new release has. Only if that changes nothing, those of the old one.
    Followed,
}

/// The use that a breaking finding of a Rust lane takes away, or why there is none. `library` is what code calls the crate.
pub fn of_finding(
    finding: &Finding,
    (old, new): (&Interface, &Interface),
    library: &str,
) -> Result<Use, &'static str> {
    let breaks = |lane: &Lane| finding.levels.get(lane) == Some(&Level::Breaking);
    if !breaks(&Lane::RustSource) && !breaks(&Lane::RustImplementers) {
        return Err("it breaks nobody who compiles");
    }
    let (kind, key) = (finding.kind.clone(), finding.key.clone());
    if let Some(setting) = of_manifest(finding, new) {
        return Ok(Use { code: manifest(&setting), kind, key, setting, lines: Lines::Followed });
    }
    let code = named(template::of_change(finding, old, new)?)?;
    let gated = |of: &Interface| of.fact(&kind, &key).map(|it| it.attribute("gated").is_some());
    let setting = match (gated(old), gated(new)) {
        (Some(false), Some(true)) => Setting::Usual,
        _ => Setting::Compared,
    };
    let moved = finding.kind == "dependency" || finding.notes.contains_key("dependency");
    let lines = if moved { Lines::Kept } else { Lines::Followed };
    Ok(Use { code: spell::code(&code, library), kind, key, setting, lines })
}

/// What a manifest may say because of a feature.
fn of_manifest(finding: &Finding, new: &Interface) -> Option<Setting> {
    let (feature, brings) = match finding.kind.as_str() {
        // One that is still there is no longer among the usual ones.
        "feature" if new.fact("feature", &finding.key).is_some() => ("default", Some(finding.key.clone())),
        "feature" => (finding.key.as_str(), None),
        "feature-enables" => {
            finding.key.split_once(" -> ").map(|(one, other)| (one, Some(other.to_owned())))?
        }
        _ => return None,
    };
    Some(Setting::Manifest { feature: feature.to_owned(), brings })
}

fn manifest(setting: &Setting) -> String {
    match setting {
        Setting::Manifest { feature, brings: None } => format!("features = [{feature:?}]"),
        Setting::Manifest { feature, brings: Some(other) } => {
            format!("features = [{feature:?}] # brings {other:?}")
        }
        Setting::Compared | Setting::Usual => String::new(),
    }
}

/// Code all of whose parts have a name outside of the crate.
fn named(code: String) -> Result<String, &'static str> {
    if code.contains("crate::_::") { Err("it has a part that cannot be named") } else { Ok(code) }
}
