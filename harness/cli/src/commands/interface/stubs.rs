//! Stub tests of frozen releases: written, and compiled against candidates.

use std::fmt::Write as _;
use std::path::Path;

use plumbline_interface::extract::request::{go, rust};
use plumbline_interface::extract::{ExtractError, Request};
use plumbline_interface::gate::Comparison;
use plumbline_interface::policy::{Part, Policy};
use plumbline_interface::snapshot::Store;
use plumbline_interface::source::SourceError;
use plumbline_interface::witness::go::{Checker, stub as of_go};
use plumbline_interface::witness::rust::stub as of_rust;
use plumbline_interface::witness::stub::{Sound, missing, untold};
use plumbline_interface::{Catalogue, Finding, Interface, Language};

use super::sets;
use crate::ending::CommandError;

/// Where Go code is written to be compiled.
const WORK: &str = "target/interface/stubs";

/// What relies on a frozen release and no longer compiles, though no rule says so; and releases of which nobody can say.
pub(super) fn check(
    store: &Store,
    set: &str,
    policy: &Policy,
    comparisons: &[Comparison],
) -> Result<Vec<Finding>, CommandError> {
    let catalogue = Catalogue::ours();
    let mut findings = Vec::new();
    for comparison in comparisons.iter().filter(|it| has_stub(it.old.language)) {
        let (release, name) = (&comparison.old.release, &comparison.new.name);
        let Some(frozen) = store.interface(set, release, name)? else { continue };
        let Some(stub) = store.stub(set, release, name)? else {
            findings.push(missing(catalogue, set, &comparison.old));
            continue;
        };
        // Where the candidate is a frozen release itself, there is no source to compile against.
        let part = policy.interface.iter().find(|part| part.name == *name);
        let source = part.and_then(|part| Some((part, part.candidate.as_deref()?)));
        let Some((part, source)) = source else { continue };
        let request = sets::request(part, source)?;
        let broken = if stub.language() == Language::Rust {
            let Some(side) = rust::side(&request, &comparison.new)? else { continue };
            of_rust::broken(&stub, &frozen, &side)?
        } else {
            let Some(workspace) = go::workspace(&request)? else { continue };
            of_go::broken(&stub, &workspace, &checker()?).map_err(ExtractError::from)?
        };
        findings.extend(untold(catalogue, comparison, &stub, &broken));
    }
    Ok(findings)
}

/// The stub test of a release that is about to be frozen; none, where there is no code to be written.
pub(super) fn sound(
    request: &Request,
    part: &Part,
    interface: &Interface,
) -> Result<Option<Sound>, CommandError> {
    if !has_stub(interface.about.language) {
        return Ok(None);
    }
    let no_source = || {
        let (part, origin) = (part.name.clone(), request.source.to_string());
        CommandError::NoStubSource { part, origin }
    };
    let sound = if interface.about.language == Language::Rust {
        let side = rust::side(request, &interface.about)?.ok_or_else(no_source)?;
        of_rust::sound(interface, &side)
    } else {
        let workspace = go::workspace(request)?.ok_or_else(no_source)?;
        of_go::sound(interface, &workspace, &checker()?).map_err(ExtractError::from)
    };
    sound.map(Some).map_err(|error| match error {
        ExtractError::Source(source @ SourceError::Start { .. }) => {
            CommandError::NoCompiler { part: part.name.clone(), source }
        }
        other => other.into(),
    })
}

/// How many uses a stub test has, and each that it could not have.
pub(super) fn said(name: &str, sound: &Sound) -> String {
    let (uses, left_out) = (sound.stub.uses().len(), sound.left_out.len());
    let mut text = format!("{name}: {uses} uses written, {left_out} left out\n");
    for (place, why) in &sound.left_out {
        writeln!(text, "  {place}: {}", why.lines().next().unwrap_or_default())
            .expect("a string takes whatever is written to it");
    }
    text
}

/// Whether there are stub tests in a language.
fn has_stub(language: Language) -> bool {
    match language {
        Language::Go | Language::Rust => true,
        Language::OpenApi | Language::Behaviour | Language::JsonSchema | Language::Names => false,
    }
}

fn checker() -> Result<Checker, CommandError> {
    let work = std::path::absolute(Path::new(WORK))
        .map_err(|source| CommandError::Write { path: WORK.into(), source })?;
    Ok(Checker::in_folder(&work))
}
