//! Witnesses and stub tests in Rust: what a user may write because a fact says so, and whether it still compiles.
//!
//! * `template`: from a fact to a use of it with its exact types
//! * `spell`: types of facts as code can write them
//! * [`check`]: a consumer of each release, compiled with `cargo check --offline`
//!
//! A use is sound when it compiles against the release that its fact is of; it confirms a finding when it does not compile
//! against the other one. A stub test is all sound uses of a release.

pub mod check;
mod spell;
mod template;

use crate::model::{Fact, Interface};
use crate::rules::{Finding, Lane, Level};

/// A use of something that a release promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The sort of fact that it uses.
    pub kind: String,
    /// Which one.
    pub key: String,
    /// The items of a module, in which the crate is called by its own name.
    pub code: String,
}

/// The use that a breaking finding of a Rust lane takes away, or why there is none.
pub fn of_finding(finding: &Finding, old: &Interface, new: &Interface) -> Result<Use, &'static str> {
    let breaks = |lane: &Lane| finding.levels.get(lane) == Some(&Level::Breaking);
    if !breaks(&Lane::RustSource) && !breaks(&Lane::RustImplementers) {
        return Err("it breaks nobody who compiles");
    }
    let code = template::of_change(finding, old, new)?;
    let (kind, key) = (finding.kind.clone(), finding.key.clone());
    Ok(Use { kind, key, code: spell::code(&code, &crate_name(old)) })
}

/// A use of every fact of a release that can be used by itself.
pub fn stub(interface: &Interface) -> Vec<Use> {
    let usable = |fact: &&Fact| fact.attribute("hidden").is_none();
    let uses = interface.facts().iter().filter(usable).filter_map(|fact| {
        let code = template::of_fact(fact, interface).ok()?;
        let (kind, key) = (fact.kind.to_string(), fact.key.clone());
        Some(Use { kind, key, code: spell::code(&code, &crate_name(interface)) })
    });
    uses.collect()
}

fn crate_name(interface: &Interface) -> String {
    interface.about.name.replace('-', "_")
}
