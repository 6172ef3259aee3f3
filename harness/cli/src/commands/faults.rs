//! `plumbline faults`: every fault at every phase of every exchange.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline::CaseResult;
use plumbline::enumerate::{Enumeration, FaultSelection, pairs, singles};
use plumbline::event::Run;
use plumbline::glob::Glob;
use plumbline::plan::{ScenarioCase, Selection};
use plumbline::run::Bench;
use plumbline_protocol::Driver;
use plumbline_reference_driver::ReferenceDriver;

use super::fault_mutants::fault_mutants;
use super::judging::{Plan, conclude, jobs, judge, read_known};
use super::report::open;
use super::run::{process, rerun};
use super::runtime;
use super::scenarios::{load, selection};
use crate::args::{FaultsArgs, FaultsVerb};
use crate::ending::{CommandError, Ending};
use crate::output::{Output, Verbosity};

pub(super) fn faults(verb: &FaultsVerb, output: &mut Output) -> Result<Ending, CommandError> {
    match verb {
        FaultsVerb::Plan(args) => on_bench(args, Wanted::Plan, output),
        FaultsVerb::Run(args) => on_bench(args, Wanted::Run, output),
        FaultsVerb::Mutants(args) => fault_mutants(args, output),
        FaultsVerb::Coverage { report } => {
            let run = open(report)?;
            output.data(&coverage(&run));
            Ok(run.conclusion().into())
        }
    }
}

/// What is done with the cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Plan,
    Run,
}

fn on_bench(args: &FaultsArgs, wanted: Wanted, output: &mut Output) -> Result<Ending, CommandError> {
    runtime()?.block_on(async {
        if args.judge.driver.is_empty() {
            let bench = Arc::new(Bench::new(ReferenceDriver::new(), args.judge.seed)?);
            return enumerate(&bench, args, wanted, output).await;
        }
        let bench = process(&args.judge.driver, args.judge.seed).await?;
        let ending = enumerate(&bench, args, wanted, output).await;
        bench.driver().finish().await;
        ending
    })
}

async fn enumerate<D: Driver>(
    bench: &Arc<Bench<D>>,
    args: &FaultsArgs,
    wanted: Wanted,
    output: &mut Output,
) -> Result<Ending, CommandError> {
    let (bases, selection) = selected(args)?;
    let known = read_known(args.judge.known.as_deref())?;
    let jobs = jobs(args.judge.jobs);
    let mut enumeration = if args.pairs {
        // The first of a pair is any fault; only whole pairs are selected by their ids.
        let firsts = singles(bases, bench, jobs, &FaultSelection::default()).await;
        let seconds = pairs(firsts.cases, bench, jobs, &selection).await;
        Enumeration {
            unsupported: firsts.unsupported.into_iter().chain(seconds.unsupported).collect(),
            unrehearsed: firsts.unrehearsed.into_iter().chain(seconds.unrehearsed).collect(),
            ..seconds
        }
    } else {
        singles(bases, bench, jobs, &selection).await
    };
    if output.verbosity > Verbosity::Quiet || wanted == Wanted::Plan {
        output.note(&planned(&enumeration));
    }
    if wanted == Wanted::Plan {
        if output.verbosity == Verbosity::Verbose {
            let ids: String = enumeration.cases.iter().map(|case| format!("{}\n", case.case.id)).collect();
            output.data(&ids);
        }
        output.data(&table(&enumeration));
        return Ok(ending(&enumeration, Ending::Well));
    }
    if enumeration.cases.is_empty() {
        output.note("no fault was selected\n");
        return Ok(ending(&enumeration, Ending::Nothing));
    }
    let cases = std::mem::take(&mut enumeration.cases);
    let plan = Plan {
        every: cases.iter().map(|case| case.case.id.clone()).collect(),
        cases,
        known,
        revision: args.select.revision.name(),
        rerun: rerun(
            if args.pairs { &["faults", "run", "--pairs"] } else { &["faults", "run"] },
            &args.select,
            &args.judge,
        ),
        args: &args.judge,
    };
    let run = judge(bench, plan, output).await?;
    let concluded = conclude(&run, output);
    output.data(&ambiguities(&run));
    Ok(ending(&enumeration, concluded))
}

/// A scenario that could not be rehearsed leaves its faults untried, which is no pass.
fn ending(enumeration: &Enumeration, otherwise: Ending) -> Ending {
    match otherwise {
        Ending::Well | Ending::Nothing if !enumeration.unrehearsed.is_empty() => Ending::Incomplete,
        Ending::Well | Ending::Nothing | Ending::Fails | Ending::Incomplete | Ending::Interrupted => {
            otherwise
        }
    }
}

/// The scenarios' cases, and which of their faults are wanted: globs are about the ids of both.
fn selected(args: &FaultsArgs) -> Result<(Vec<ScenarioCase>, FaultSelection), CommandError> {
    let suite = load(args.select.scenarios.as_deref())?;
    let base = |glob: &Glob| {
        let text = glob.to_string();
        let scenario = text.split('+').next().unwrap_or_default();
        scenario.parse::<Glob>().unwrap_or_else(|_no_glob| glob.clone())
    };
    let whole = |glob: &Glob| {
        let text = glob.to_string();
        if text.contains('+') {
            glob.clone()
        } else {
            format!("{text}+*").parse().unwrap_or_else(|_no_glob| glob.clone())
        }
    };
    let run = args.select.run.iter().map(base).collect();
    let selection = Selection { run, skip: Vec::new(), shard: None, ..selection(&args.select) };
    let of_faults = FaultSelection {
        run: args.select.run.iter().map(whole).collect(),
        skip: args.select.skip.iter().map(whole).collect(),
        shard: args.select.shard,
    };
    Ok((suite.cases(&selection), of_faults))
}

/// What is planned, and what is not and why.
fn planned(enumeration: &Enumeration) -> String {
    let mut text = format!("{} faults planned\n", enumeration.cases.len());
    for ((reason, phase), count) in &enumeration.unreachable {
        text.push_str(&format!("{count} not reachable ({}): {reason}\n", phase.name()));
    }
    for (id, lacks) in &enumeration.unsupported {
        text.push_str(&format!("{id} not judged: {lacks}\n"));
    }
    for (id, trouble) in &enumeration.unrehearsed {
        text.push_str(&format!("{id} could not be rehearsed: {trouble}\n"));
    }
    text
}

/// The plan by fault.
fn table(enumeration: &Enumeration) -> String {
    let rows = enumeration.by_fault();
    rows.iter().map(|(name, phase, count)| format!("{:<18} {name:<28} {count:>7}\n", phase.name())).collect()
}

/// What became of each fault.
fn coverage(run: &Run) -> String {
    let mut counts: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    let results: BTreeMap<&str, &CaseResult> =
        run.results.values().map(|result| (result.case.id.as_str(), result)).collect();
    for id in &run.started.planned {
        let fault = id.rsplit('+').next().unwrap_or(id);
        let verdict = results
            .get(id.as_str())
            .map_or_else(|| "not played".to_owned(), |result| result.verdict.to_string());
        *counts.entry(fault).or_default().entry(verdict).or_default() += 1;
    }
    let mut text = String::new();
    let (mut planned, mut reached) = (0, 0);
    for (fault, verdicts) in &counts {
        let total: usize = verdicts.values().sum();
        let lost: usize = ["incomplete", "not played"].iter().filter_map(|word| verdicts.get(*word)).sum();
        (planned, reached) = (planned + total, reached + total - lost);
        let words: Vec<String> =
            verdicts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
        text.push_str(&format!(
            "{fault:<28} {total:>7} planned  {:>7} reached  {}\n",
            total - lost,
            words.join(", ")
        ));
    }
    let percent = if planned == 0 { 0.0 } else { 100.0 * reached as f64 / planned as f64 };
    text.push_str(&format!("{planned} planned, {reached} reached: {percent:.2} %\n"));
    text
}

/// Why cases are ambiguous, and how many for each reason.
fn ambiguities(run: &Run) -> String {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for result in run.results.values() {
        if result.verdict == plumbline::Verdict::Ambiguous {
            reasons.entry(result.reason.as_deref().unwrap_or_default()).or_default().push(&result.case.id);
        }
    }
    let lines = reasons.iter().map(|(reason, ids)| {
        let ids: String = ids.iter().map(|id| format!("    {id}\n")).collect();
        format!("ambiguous: {reason}\n{ids}")
    });
    lines.collect()
}
