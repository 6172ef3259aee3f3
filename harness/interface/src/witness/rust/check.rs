//! A consumer of each release, compiled as users compile: without a network, without leave for anything unstable.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use super::{Use, crate_name, spell};
use crate::extract::ExtractError;
use crate::extract::rust::cargo::{Other, Release, Selection, flags, resolve, write};
use crate::model::Interface;
use crate::source::SourceError;

/// What the compiler says of a use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It compiles against its own release and not against the other, which says why.
    Confirmed(String),
    /// It compiles against both.
    Harmless,
    /// It does not compile against its own release: our mistake.
    Unsound(String),
}

/// A release, with the features in which it is used.
#[derive(Debug, Clone)]
pub struct Side {
    /// The crate.
    pub release: Release,
    /// The features.
    pub selection: Selection,
}

/// A compiler rejects some things before it looks at others, so that it is asked again without them.
const MOST_ROUNDS: usize = 24;

/// Compiles uses of a release against it and against another one. `of` is the interface that they use.
pub fn check(of: &Interface, old: &Side, new: &Side, uses: &[Use]) -> Result<Vec<Outcome>, ExtractError> {
    let others = others(of);
    let uses = spelled(of, old, &others, uses)?;
    let all: Vec<usize> = (0..uses.len()).collect();
    let unsound = rejected(old, "witness-old", &others, &uses, &all)?;
    let sound: Vec<usize> = all.into_iter().filter(|number| !unsound.contains_key(number)).collect();
    let broken = rejected(new, "witness-new", &others, &uses, &sound)?;
    let outcome = |number: usize| match (unsound.get(&number), broken.get(&number)) {
        (Some(said), _) => Outcome::Unsound(said.clone()),
        (None, Some(said)) => Outcome::Confirmed(said.clone()),
        (None, None) => Outcome::Harmless,
    };
    Ok((0..uses.len()).map(outcome).collect())
}

/// Other crates that a user has who hands their types over: those of the release that was used.
fn others(of: &Interface) -> Vec<Other> {
    let dependencies = of.facts().iter().filter(|fact| fact.kind == "dependency");
    dependencies
        .filter_map(|fact| {
            let (package, line) = (fact.attribute("package")?, fact.attribute("line")?);
            Some(Other {
                name: spell::dependency(&fact.key),
                package: package.to_owned(),
                line: line.to_owned(),
            })
        })
        .collect()
}

/// Uses with each foreign path as it can be had from outside, found by asking the compiler for all that it may be.
fn spelled(of: &Interface, old: &Side, others: &[Other], uses: &[Use]) -> Result<Vec<String>, ExtractError> {
    let krate = crate_name(of);
    let paths: BTreeSet<&str> = uses.iter().flat_map(|it| spell::foreign(&it.code, &krate)).collect();
    let mut asked: Vec<(&str, String)> = Vec::new();
    for path in paths {
        asked.extend(spell::candidates(path).into_iter().map(|candidate| (path, candidate)));
    }
    let imports: Vec<String> =
        asked.iter().map(|(_, candidate)| format!("pub use {candidate} as _;")).collect();
    let all: Vec<usize> = (0..imports.len()).collect();
    let refused = rejected(old, "paths", others, &imports, &all)?;
    let mut public: BTreeMap<&str, &str> = BTreeMap::new();
    for (number, (path, candidate)) in asked.iter().enumerate() {
        if !refused.contains_key(&number) {
            public.entry(path).or_insert(candidate);
        }
    }
    let spell = |it: &Use| spell::replaced(&it.code, &|path| longest(path, &public));
    Ok(uses.iter().map(spell).collect())
}

/// A path, or what it begins with, as it can be had.
fn longest(path: &str, public: &BTreeMap<&str, &str>) -> Option<String> {
    public.get(path).map(|it| String::from(*it))
}

/// Which of some modules the compiler rejects, and why.
fn rejected(
    side: &Side,
    purpose: &str,
    others: &[Other],
    modules: &[String],
    numbers: &[usize],
) -> Result<BTreeMap<usize, String>, ExtractError> {
    let folder = side.release.consumer(&side.selection, purpose, others)?;
    for number in numbers {
        let text = format!("#![allow(warnings)]\n{}\n", modules[*number]);
        write(&folder.join(format!("src/m{number}.rs")), &text)?;
    }
    resolve(&folder)?;
    let mut rejected = BTreeMap::new();
    for _ in 0..MOST_ROUNDS {
        let left = numbers.iter().filter(|number| !rejected.contains_key(*number));
        let root: String = left.map(|number| format!("pub mod m{number};\n")).collect();
        write(&folder.join("src/lib.rs"), &format!("#![allow(warnings)]\n{root}"))?;
        let found = compile(side, &folder)?;
        if found.is_empty() {
            return Ok(rejected);
        }
        rejected.extend(found);
    }
    Ok(rejected)
}

#[derive(Deserialize)]
struct Message {
    message: Option<Diagnostic>,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    message: String,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    is_primary: bool,
}

/// Errors by module.
fn compile(side: &Side, folder: &Path) -> Result<BTreeMap<usize, String>, ExtractError> {
    let mut command = side.release.cargo(folder);
    command
        .args(["check", "--offline", "--quiet", "--message-format=json"])
        .env("RUSTFLAGS", flags(&side.selection));
    let started = |source| SourceError::Start { command: "cargo check".to_owned(), source };
    let output = command.output().map_err(started)?;
    let mut found = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(Message { message: Some(diagnostic) }) = serde_json::from_str(line) else { continue };
        if diagnostic.level != "error" {
            continue;
        }
        let modules = diagnostic.spans.iter().filter(|span| span.is_primary).filter_map(module);
        for number in modules.collect::<BTreeSet<_>>() {
            found.entry(number).or_insert_with(|| diagnostic.message.clone());
        }
    }
    if !output.status.success() && found.is_empty() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let command = format!("cargo check in {}", folder.display());
        return Err(SourceError::Ended { command, status: output.status.to_string(), said }.into());
    }
    Ok(found)
}

fn module(span: &Span) -> Option<usize> {
    let name = Path::new(&span.file_name).file_stem()?.to_str()?;
    name.strip_prefix('m')?.parse().ok()
}
