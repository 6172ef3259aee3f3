//! `plumbline mutants`: whether every broken client is noticed, and every scenario notices one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use plumbline::glob::Glob;
use plumbline::hunt::{Fate, Matrix, Mutant, Reach, hunt};
use plumbline::plan::{ScenarioCase, Selection};
use plumbline::run::Bench;
use plumbline_fake_server::Pki;
use plumbline_mutants::MutantDriver;

use super::runtime;
use super::scenarios::load;
use crate::args::MutantsArgs;
use crate::ending::{CommandError, Ending};
use crate::output::{Output, Verbosity};

pub(super) fn mutants(args: &MutantsArgs, output: &mut Output) -> Result<Ending, CommandError> {
    let chosen: Vec<_> = plumbline_mutants::all().filter(|mutant| named(&args.mutant, mutant.id)).collect();
    if args.list {
        let width = chosen.iter().map(|mutant| mutant.id.len()).max().unwrap_or_default();
        chosen.iter().for_each(|mutant| output.data(&format!("{:width$}  {}\n", mutant.id, mutant.story)));
        return Ok(if chosen.is_empty() { Ending::Nothing } else { Ending::Well });
    }
    let selection = Selection { run: args.run.clone(), ..Selection::default() };
    let cases = load(args.scenarios.as_deref())?.cases(&selection);
    if chosen.is_empty() || cases.is_empty() {
        return Ok(Ending::Nothing);
    }
    let pki = Pki::new(Vec::new())?;
    let bench = |mutant: &plumbline_mutants::Mutant| Mutant {
        id: mutant.id.to_owned(),
        bench: Arc::new(Bench::with_pki(MutantDriver::new(mutant), 1, Arc::clone(&pki))),
    };
    let mutants: Vec<_> = chosen.iter().map(|mutant| bench(mutant)).collect();
    let matrix = runtime()?.block_on(Box::pin(play(args, &cases, &mutants, output)));
    if let Some(path) = &args.table {
        write(path, &matrix)?;
    }
    output.data(&grid(&matrix));
    output.data(&beyond(&matrix));
    // What a selection leaves out was not tried, so nothing follows from its absence.
    let partial = !args.run.is_empty() || !args.mutant.is_empty();
    let wrong = wrong(&matrix, if partial { Scope::Part } else { Scope::All });
    output.data(&wrong);
    Ok(if wrong.is_empty() { Ending::Well } else { Ending::Fails })
}

async fn play(
    args: &MutantsArgs,
    cases: &[ScenarioCase],
    mutants: &[Mutant<MutantDriver>],
    output: &Output,
) -> Matrix {
    let reach = if args.whole { Reach::Whole } else { Reach::Claims };
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    // Some mutants wait for what never comes: more at once than there are processors cost nothing.
    let jobs = args.jobs.map_or(processors * 4, usize::from);
    hunt(cases, mutants, (reach, jobs), |scenario, mutant, fate| {
        if output.verbosity == Verbosity::Verbose {
            output.note(&format!("{mutant}  {scenario}  {}\n", said(fate)));
        }
    })
    .await
}

pub(super) fn named(globs: &[Glob], id: &str) -> bool {
    globs.is_empty() || globs.iter().any(|glob| glob.matches(id))
}

fn said(fate: &Fate) -> &str {
    match fate {
        Fate::Killed => "killed",
        Fate::Survived => "survived",
        Fate::Unjudged(_) => "unjudged",
    }
}

fn write(path: &Path, matrix: &Matrix) -> Result<(), CommandError> {
    let mut text = String::from("mutant\tscenario\tnamed\tfate\n");
    for ((scenario, mutant), fate) in &matrix.fates {
        let named = if matrix.claims(scenario, mutant) { "yes" } else { "no" };
        writeln!(text, "{mutant}\t{scenario}\t{named}\t{}", said(fate))
            .expect("a string takes whatever is written to it");
    }
    std::fs::write(path, text).map_err(|source| CommandError::Write { path: path.to_owned(), source })
}

/// Mutants by suites: kills by scenarios that name the mutant, and by others.
fn grid(matrix: &Matrix) -> String {
    let suite = |scenario: &str| scenario.split('/').next().unwrap_or_default().to_owned();
    let suites: BTreeSet<String> = matrix.claims.keys().map(|scenario| suite(scenario)).collect();
    let mut counts: BTreeMap<(&str, String), (usize, usize)> = BTreeMap::new();
    for (scenario, mutant) in matrix.kills() {
        let (named, others) = counts.entry((mutant, suite(scenario))).or_default();
        *(if matrix.claims(scenario, mutant) { named } else { others }) += 1;
    }
    let width = matrix.mutants.iter().map(String::len).max().unwrap_or_default();
    let mut text = format!("Kills by scenarios that name the mutant + by others\n\n{:width$}", "");
    suites.iter().for_each(|suite| text.push_str(&format!(" {:>7.7}", suite)));
    text.push('\n');
    for mutant in &matrix.mutants {
        text.push_str(&format!("{mutant:width$}"));
        for suite in &suites {
            let cell = counts
                .get(&(mutant.as_str(), suite.clone()))
                .map_or_else(|| "·".to_owned(), |(named, others)| format!("{named}+{others}"));
            text.push_str(&format!(" {cell:>7}"));
        }
        text.push('\n');
    }
    text
}

/// Which mutants are killed by scenarios that do not name them, too.
fn beyond(matrix: &Matrix) -> String {
    let mut text = String::from("\nKilled by a scenario that does not name it\n\n");
    let mut count = 0;
    for mutant in &matrix.mutants {
        let others = matrix.unnamed_killers(mutant);
        if let Some(first) = others.first() {
            count += 1;
            text.push_str(&format!("  {mutant}: {} (first: {first})\n", others.len()));
        }
    }
    let (kills, all) = (matrix.kills().count(), matrix.mutants.len());
    text.push_str(&format!(
        "\n{all} mutants, {} scenarios, {} pairs played, {kills} kills; ",
        matrix.claims.len(),
        matrix.fates.len()
    ));
    text.push_str(&format!("{count} mutants killed by a scenario that does not name them\n"));
    text
}

/// How much of the table was played.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    All,
    Part,
}

fn wrong(matrix: &Matrix, scope: Scope) -> String {
    let mut text = String::new();
    let mut list = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            text.push_str(&format!("\n{title}\n\n"));
            lines.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
        }
    };
    let owned = |ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let claims = matrix.false_claims().into_iter();
    let claims =
        claims.filter(|(_, mutant, _)| scope == Scope::All || matrix.mutants.iter().any(|id| id == mutant));
    list(
        "Claims that are not so",
        claims.map(|(scenario, mutant, why)| format!("{scenario} names {mutant}: {why}")).collect(),
    );
    if scope == Scope::All {
        list("Mutants that survive every scenario played", owned(matrix.survivors()));
        list("Scenarios that kill none of the mutants played", owned(matrix.idle()));
        list("Scenarios that name no mutant (`kills:` in the file)", owned(matrix.silent()));
        let beyond = matrix.mutants.iter().filter(|id| !matrix.unnamed_killers(id).is_empty()).count();
        if beyond * 2 < matrix.mutants.len() {
            let few = format!("{beyond} of {}", matrix.mutants.len());
            list(
                "Fewer than half of the mutants are killed by a scenario that does not name them",
                vec![few],
            );
        }
    }
    text
}
