//! Rust crates, by rustdoc's JSON: what can be named, with the meaning of its types.
//!
//! * [`cargo`]: from a crate's name, folder or revision to its document; the only part that starts programs
//! * `document`: reading the document, with bounds
//! * `names`: under which paths an item can be reached
//! * `types`, `scope`, `generics`, `signature`: types as text, the same text for the same meaning
//! * `items`, `impls`, `traits`: facts
//! * [`manifest`]: features, dependencies whose items are exposed, the oldest compiler
//!
//! The format is pinned: the compiler of `rust-toolchain` writes format 57, and no other is read. What is kept is never
//! the document but our facts, which the next compiler's document will give as well.

pub mod cargo;
mod document;
mod exposed;
mod foreign;
mod generics;
mod impls;
mod items;
pub mod manifest;
mod metadata;
mod names;
mod scope;
mod signature;
mod traits;
mod types;

use std::collections::{BTreeMap, BTreeSet};

pub use document::DocumentError;
pub use foreign::Package;
pub(crate) use foreign::line;

use self::items::Facts;
use self::manifest::Manifest;
use self::names::Names;
use self::types::Writer;
use crate::extract::ExtractError;
use crate::model::{About, Fact, Interface, Language};

/// The edition that a crate is written in, which decides what an `impl Trait` in a result holds on to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edition {
    /// 2015, 2018 or 2021.
    Before2024,
    /// 2024 or later.
    E2024,
}

/// What rustdoc and cargo said about a crate.
#[derive(Debug, Clone)]
pub struct Documented {
    /// rustdoc's JSON.
    pub document: String,
    /// What the document is called in errors.
    pub file: String,
    /// Which package each compiled crate is of, by its file's name without `lib` and ending.
    pub packages: BTreeMap<String, Package>,
}

/// The facts of a crate.
///
/// `usual` is the same crate as users get it who choose no features: what is missing there is marked as `gated`.
pub fn extract(
    manifest: &Manifest,
    chosen: &Documented,
    usual: Option<&Documented>,
) -> Result<Interface, ExtractError> {
    let mut facts = with_stack(|| facts(manifest, chosen))?;
    if let Some(usual) = usual {
        let usual = with_stack(|| self::facts(manifest, usual))?;
        let usual: BTreeSet<(&str, &str)> = usual.iter().map(Fact::place).collect();
        for fact in facts.iter_mut().filter(|fact| gateable(&fact.kind)) {
            if !usual.contains(&fact.place()) {
                fact.attributes.insert("gated".into(), "yes".to_owned());
            }
        }
    }
    facts.extend(manifest.facts());
    let about = About { release: manifest.version.clone(), ..About::new(Language::Rust, &manifest.name) };
    Ok(Interface::new(about, facts))
}

/// What users can name or rely on directly; the rest goes with that.
fn gateable(kind: &str) -> bool {
    !matches!(kind, "bound" | "unsized" | "dependency" | "auto")
}

fn facts(manifest: &Manifest, documented: &Documented) -> Result<Vec<Fact>, ExtractError> {
    let document = document::read(&documented.document).map_err(|error| {
        let advice = "let the pinned toolchain write it: rustdoc's JSON differs from release to release";
        let advice =
            matches!(error, DocumentError::Format { .. } | DocumentError::NoFormat).then_some(advice);
        let wrong = ExtractError::of(&documented.file, error.to_string());
        advice.into_iter().fold(wrong, ExtractError::helping)
    })?;
    let names = Names::of(&document);
    let mut facts = Facts {
        writer: Writer::new(&document, &names, &documented.packages),
        edition: manifest.edition,
        facts: Vec::new(),
    };
    let (signatures, implementations) = facts.write();
    let exposed: BTreeSet<u32> = &signatures | &implementations;
    let other_lines = facts.other_lines(&exposed, manifest);
    // Only now it is known that two lines of one crate occur, which must be told apart.
    if !other_lines.is_empty() {
        facts.facts.clear();
        facts.writer.other_lines = other_lines;
        facts.write();
    }
    facts.dependencies(&signatures, &implementations);
    Ok(facts.facts)
}

impl Facts<'_> {
    /// All facts; which other crates occur in signatures, and which in implementations and re-exports.
    fn write(&mut self) -> (BTreeSet<u32>, BTreeSet<u32>) {
        let names = self.writer.names;
        for id in names.items() {
            let Some(key) = names.name(id).filter(|key| !key.is_empty()) else { continue };
            self.item(id, &key);
            self.of_type(id, &key);
        }
        let signatures = self.writer.exposed();
        self.implementations();
        self.reexports();
        (signatures, self.writer.exposed())
    }
}

/// Runs something that follows types as deep as a document may nest them, which takes more stack than a test's thread has.
fn with_stack<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    const STACK: usize = 256 << 20;
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run);
        let thread = thread.expect("a machine that compiles Rust has room for one more thread");
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
