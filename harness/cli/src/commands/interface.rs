//! `plumbline interface`: what a release's users would feel.

mod sets;
mod show;
mod stubs;

use std::collections::BTreeMap;

use plumbline_interface::extract::request::{go, rust};
use plumbline_interface::extract::{ExtractError, Request, extract, extract_all};
use plumbline_interface::gate::Comparison;
use plumbline_interface::report::Report;
use plumbline_interface::source::{self, Source};
use plumbline_interface::waiver::Waivers;
use plumbline_interface::witness::go::Checker;
use plumbline_interface::witness::proof::{self, Proof};
use plumbline_interface::{Catalogue, Finding, Interface, Language, gate, text};

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
    let requests: Vec<_> = args.releases.iter().map(|source| request(source, &args.choices)).collect();
    let releases = extract_all(&requests)?;
    for (old, new) in releases.iter().zip(releases.iter().skip(1)) {
        let (old, new) = (old.about.language, new.about.language);
        if old != new {
            return Err(CommandError::Languages { old, new });
        }
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
    let mut comparisons = gate::judge_history(catalogue, &releases, &mut waivers);
    if args.witness {
        let old = requests.iter().zip(&releases);
        let pairs = old.clone().zip(old.skip(1));
        for (comparison, (old, new)) in comparisons.iter_mut().zip(pairs) {
            comparison.proofs = witnesses(comparison, old, new)?;
        }
    }
    let file = args.waivers.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let newest = releases.last().map_or("", |release| &release.about.release);
    let mut policy = waivers.findings(catalogue, &file, today(), newest);
    policy.extend(comparisons.iter().flat_map(|comparison| proof::unsound(catalogue, &comparison.proofs)));
    policy.extend(forks(&requests, &comparisons)?);
    show::report(&Report { comparisons, policy }, args.show, output)
}

/// Revisions that do not descend from the one before them, where their versions do not say so already.
fn forks(requests: &[Request], comparisons: &[Comparison]) -> Result<Vec<Finding>, CommandError> {
    let mut forks = Vec::new();
    for (pair, comparison) in requests.windows(2).zip(comparisons) {
        let (Source::Git { revision: old, .. }, Source::Git { revision: new, .. }) =
            (&pair[0].source, &pair[1].source)
        else {
            continue;
        };
        let repository = &pair[1].repository;
        if !gate::older(new, old) && !source::descends(repository, new, old).map_err(ExtractError::from)? {
            forks.push(gate::fork(Catalogue::ours(), &comparison.old, &comparison.new));
        }
    }
    Ok(forks)
}

/// Code that shows findings, as far as both releases can be had by it.
fn witnesses(
    comparison: &Comparison,
    (before, old): (&Request, &Interface),
    (now, new): (&Request, &Interface),
) -> Result<BTreeMap<String, Proof>, CommandError> {
    match old.about.language {
        Language::Go => {
            let (Some(before), Some(now)) = (go::workspace(before)?, go::workspace(now)?) else {
                return Err(CommandError::NoWorkspace);
            };
            let work = std::path::absolute("target/interface/witness")
                .map_err(|source| CommandError::Write { path: "target/interface/witness".into(), source })?;
            let checker = Checker::in_folder(&work);
            Ok(proof::go(comparison, old, (&before, &now), &checker).map_err(ExtractError::from)?)
        }
        Language::Rust => {
            let (Some(before), Some(now)) = (rust::side(before, &old.about)?, rust::side(now, &new.about)?)
            else {
                return Err(CommandError::NoWorkspace);
            };
            Ok(proof::rust(comparison, (old, &before), (new, &now))?)
        }
        Language::OpenApi | Language::Behaviour | Language::JsonSchema | Language::Names => {
            Ok(BTreeMap::new())
        }
    }
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
