//! `plumbline interface`: what a release's users would feel.

mod sets;
mod show;

use std::collections::BTreeMap;

use plumbline_interface::extract::request::go;
use plumbline_interface::extract::{ExtractError, Request, extract};
use plumbline_interface::gate::Comparison;
use plumbline_interface::report::Report;
use plumbline_interface::source::Source;
use plumbline_interface::waiver::Waivers;
use plumbline_interface::witness::go::Checker;
use plumbline_interface::witness::proof::{self, Proof};
use plumbline_interface::{Catalogue, Interface, Language, gate, text};

use crate::args::interface::{ChoiceArgs, DiffArgs, ExtractArgs, InterfaceVerb};
use crate::clock::today;
use crate::ending::{CommandError, Ending};
use crate::output::Output;

pub(super) fn interface(verb: &InterfaceVerb, output: &Output) -> Result<Ending, CommandError> {
    match verb {
        InterfaceVerb::Extract(args) => print(args, output),
        InterfaceVerb::Diff(args) => diff(args, output),
        InterfaceVerb::Check(args) => sets::check(args, output),
        InterfaceVerb::Accept(args) => sets::accept(args, output),
        InterfaceVerb::Expire(args) => sets::expire(args),
        InterfaceVerb::Explain { rule } => show::explain(rule.as_deref(), output),
    }
}

fn print(args: &ExtractArgs, output: &Output) -> Result<Ending, CommandError> {
    let interface = extract(&request(&args.source, &args.choices))?;
    output.data(&text::print(&interface));
    Ok(Ending::Well)
}

fn diff(args: &DiffArgs, output: &Output) -> Result<Ending, CommandError> {
    let old = extract(&request(&args.old, &args.choices))?;
    let new = extract(&request(&args.new, &args.choices))?;
    if old.about.language != new.about.language {
        return Err(CommandError::Languages { old: old.about.language, new: new.about.language });
    }
    let catalogue = Catalogue::ours();
    let mut waivers = match &args.waivers {
        None => Waivers::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|source| CommandError::Read { path: path.clone(), source })?;
            Waivers::parse(&path.display().to_string(), &text)?
        }
    };
    let mut comparison = gate::judge(catalogue, &old, &new, &mut waivers);
    if args.witness && old.about.language == Language::Go {
        comparison.proofs = witnesses(args, &comparison, &old)?;
    }
    let file = args.waivers.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let mut policy = waivers.findings(catalogue, &file, today(), &new.about.release);
    policy.extend(proof::unsound(catalogue, &comparison.proofs));
    show::report(&Report { comparisons: vec![comparison], policy }, args.show, output)
}

/// Code that shows findings, as far as both releases can be imported.
fn witnesses(
    args: &DiffArgs,
    comparison: &Comparison,
    old: &Interface,
) -> Result<BTreeMap<String, Proof>, CommandError> {
    let (before, now) = (request(&args.old, &args.choices), request(&args.new, &args.choices));
    let (Some(before), Some(now)) = (go::workspace(&before)?, go::workspace(&now)?) else {
        return Err(CommandError::NoWorkspace);
    };
    let work = std::path::absolute("target/interface/witness")
        .map_err(|source| CommandError::Write { path: "target/interface/witness".into(), source })?;
    Ok(proof::go(comparison, old, (&before, &now), &Checker::in_folder(&work)).map_err(ExtractError::from)?)
}

/// What is wanted of a source.
fn request(source: &Source, choices: &ChoiceArgs) -> Request {
    Request {
        language: choices.language,
        configuration: choices.choices.iter().cloned().collect(),
        references: choices.references.clone(),
        ..Request::new(source.clone())
    }
}
