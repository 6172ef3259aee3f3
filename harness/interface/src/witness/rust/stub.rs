//! The stub test of a crate: a consumer of it, with a module for each use.

use std::collections::BTreeMap;

use super::check::{self, Side, Spelled};
use super::{named, spell, template};
use crate::extract::ExtractError;
use crate::model::{Interface, Language};
use crate::source::SourceFile;
use crate::witness::stub::{Place, Sound, Stub, library, name};

/// All uses of an interface that compile against the release that it is of.
pub fn sound(interface: &Interface, release: &Side) -> Result<Sound, ExtractError> {
    let uses = uses(interface, &release.release.manifest.library);
    let code: Vec<&str> = uses.iter().map(|(_, code)| code.as_str()).collect();
    let Spelled { code, mut rejected, manifest } = check::sound(interface, release, &code)?;
    let places = uses.into_iter().map(|(place, _)| place);
    let mut left: Vec<(Place, String)> = Vec::new();
    let mut left_out = BTreeMap::new();
    for (number, (place, code)) in places.zip(code).enumerate() {
        match rejected.remove(&number) {
            Some(said) => drop(left_out.insert(place, said)),
            None => left.push((place, code)),
        }
    }
    // What is stored is compiled as it is stored.
    loop {
        let stub = written(interface, &manifest, &left);
        let broken = broken(&stub, interface, release)?;
        if broken.is_empty() {
            return Ok(Sound { stub, left_out });
        }
        for (number, said) in broken.into_iter().rev() {
            left_out.insert(left.remove(number).0, said);
        }
    }
}

/// Uses that do not compile against a release, by their numbers, and what the compiler says. They are of a release whose
/// facts are given.
pub fn broken(stub: &Stub, of: &Interface, release: &Side) -> Result<BTreeMap<usize, String>, ExtractError> {
    let modules: Vec<String> = stub.files().iter().skip(2).map(|file| file.text.clone()).collect();
    check::broken(of, release, &modules)
}

/// A use of every fact that can be used by itself.
fn uses(interface: &Interface, library: &str) -> Vec<(Place, String)> {
    let usable = interface.facts().iter().filter(|fact| fact.attribute("hidden").is_none());
    let uses = usable.filter_map(|fact| {
        let code = named(template::of_fact(fact, interface).ok()?).ok()?;
        let place = Place { kind: fact.kind.to_string(), key: fact.key.clone(), purpose: None };
        Some((place, spell::code(&code, library)))
    });
    uses.collect()
}

fn written(interface: &Interface, manifest: &str, uses: &[(Place, String)]) -> Stub {
    let modules = uses.iter().map(|(place, code)| format!("{}{}\n", place.head(&place.key), code.trim_end()));
    let texts = [manifest.to_owned(), library(0..uses.len())].into_iter().chain(modules);
    let files = texts
        .enumerate()
        .map(|(number, text)| SourceFile { path: name(Language::Rust, number), text })
        .collect::<Vec<_>>();
    Stub::of(&interface.about, &files)
}
