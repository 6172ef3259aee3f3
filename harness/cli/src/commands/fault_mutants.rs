//! `plumbline faults mutants`: whether faults give away every client that is broken on purpose.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use plumbline::history::{ACCIDENTS, JUDGES};
use plumbline::hunt::Mutant;
use plumbline::plan::{ScenarioCase, Selection};
use plumbline::pursuit::{ANYBODY, Fall, Faults, Grounds, Prey, pursue};
use plumbline::run::Bench;
use plumbline_fake_server::Pki;
use plumbline_mutants::MutantDriver;

use super::mutants::named;
use super::runtime;
use super::scenarios::load;
use crate::args::FaultMutantsArgs;
use crate::ending::{CommandError, Ending};
use crate::output::{Output, Verbosity};

/// Suites in which most is given away; the others come after them.
const FIRST: &[&str] =
    &["convergence", "references", "allocations", "impersonation", "rotation", "redirects"];
/// Suites in which two faults are tried together.
const PAIRED: &[&str] = &["convergence"];

pub(super) fn fault_mutants(args: &FaultMutantsArgs, output: &mut Output) -> Result<Ending, CommandError> {
    let selection = Selection { run: args.run.clone(), ..Selection::default() };
    let grounds = grounds(load(args.scenarios.as_deref())?.cases(&selection), args);
    let judges = judges(args);
    if judges.is_empty() || grounds.turns.iter().all(|(_, cases)| cases.is_empty()) {
        return Ok(Ending::Nothing);
    }
    let pki = Pki::new(Vec::new())?;
    let (mut prey, mut missing) = (Vec::new(), Vec::new());
    for (id, judges) in judges {
        let Some(mutant) = mutant(id) else {
            missing.push(id);
            continue;
        };
        let bench = Arc::new(Bench::with_pki(MutantDriver::new(mutant), 1, Arc::clone(&pki)));
        prey.push(Prey { mutant: Mutant { id: id.to_owned(), bench }, judges });
    }
    let falls = runtime()?.block_on(Box::pin(pursue(grounds, prey, |fall| {
        if output.verbosity == Verbosity::Verbose {
            output.note(&line(fall));
        }
    })));
    falls.iter().for_each(|fall| output.data(&line(fall)));
    missing.iter().for_each(|id| output.data(&format!("{id}: there is no such mutant\n")));
    let survivors = falls.iter().filter(|fall| fall.by.is_none()).count();
    let mutants: BTreeSet<&str> = falls.iter().map(|fall| fall.mutant.as_str()).collect();
    output.data(&format!(
        "{} mutants, looked for {} times; {survivors} survive\n",
        mutants.len(),
        falls.len()
    ));
    Ok(if survivors == 0 && missing.is_empty() { Ending::Well } else { Ending::Fails })
}

/// Who is to give away whom.
fn judges(args: &FaultMutantsArgs) -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut judges: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for judge in JUDGES {
        judge.kills.iter().for_each(|id| judges.entry(id).or_default().push(judge.name));
    }
    ACCIDENTS.iter().for_each(|id| judges.entry(id).or_default().push(ANYBODY));
    judges.retain(|id, _| named(&args.mutant, id));
    judges
}

fn mutant(id: &str) -> Option<&'static plumbline_mutants::Mutant> {
    plumbline_mutants::all().chain(plumbline_mutants::under_faults()).find(|mutant| mutant.id == id)
}

/// Where mutants are looked for, and in which order.
fn grounds(mut cases: Vec<ScenarioCase>, args: &FaultMutantsArgs) -> Grounds {
    let suite = |case: &ScenarioCase| case.case.scenario.split('/').next().unwrap_or_default().to_owned();
    let any = |suites: &[&str], case: &ScenarioCase| suites.contains(&suite(case).as_str());
    cases.sort_by_key(|case| FIRST.iter().position(|first| *first == suite(case)));
    let (first, rest): (Vec<_>, Vec<_>) = cases.into_iter().partition(|case| any(FIRST, case));
    let paired = first.iter().filter(|case| any(PAIRED, case)).cloned().collect();
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    Grounds {
        turns: vec![(Faults::Single, first), (Faults::Single, rest), (Faults::Pair, paired)],
        // Some mutants wait for what never comes: more at once than there are processors cost nothing.
        jobs: args.jobs.map_or(processors * 4, usize::from),
    }
}

fn line(fall: &Fall) -> String {
    let Fall { mutant, judge, by, played } = fall;
    let mut text = String::new();
    let written = match by {
        Some((case, found)) => {
            writeln!(text, "{mutant}  {judge}  killed by case {played}, {case}\n    {found}")
        }
        None => writeln!(text, "{mutant}  {judge}  survives {played} cases"),
    };
    written.expect("a string takes whatever is written to it");
    text
}
