//! `plumbline interface`: what a release's users would feel.

mod sets;
mod show;

use plumbline_interface::extract::{Request, extract};
use plumbline_interface::report::Report;
use plumbline_interface::source::Source;
use plumbline_interface::waiver::Waivers;
use plumbline_interface::{Catalogue, gate, text};

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
    let comparison = gate::judge(catalogue, &old, &new, &mut waivers);
    let file = args.waivers.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let policy = waivers.findings(catalogue, &file, today(), &new.about.release);
    show::report(&Report { comparisons: vec![comparison], policy }, args.show, output)
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
