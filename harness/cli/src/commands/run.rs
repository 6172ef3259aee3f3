//! `plumbline run`: plays the selected cases against a client, and reports.

mod recorder;

use std::ops::ControlFlow;
use std::sync::Arc;

use plumbline::clock::Stopwatch;
use plumbline::drive::{Limits, ProcessDriver, Program};
use plumbline::event::{Client, Ended, FORMAT, Rerun, Run, Started};
use plumbline::known::{self, Known};
use plumbline::plan::ScenarioCase;
use plumbline::report::terminal;
use plumbline::run::{AfterFailure, Bench, RunOptions, run_all};
use plumbline_protocol::{Driver, Hello};
use plumbline_reference_driver::ReferenceDriver;

use super::scenarios::{every_case, load, selection};
use super::{interrupt, runtime};
use crate::args::{RevisionArg, RunArgs};
use crate::ending::{CommandError, Ending};
use crate::output::{Output, Verbosity};
use recorder::Recorder;

pub(super) fn run(args: RunArgs, output: &mut Output) -> Result<Ending, CommandError> {
    let suite = load(args.select.scenarios.as_deref())?;
    let cases = suite.cases(&selection(&args.select));
    let known = read_known(&args)?;
    if cases.is_empty() {
        output.note("no case was selected\n");
        return Ok(Ending::Nothing);
    }
    let every = every_case(&suite).into_iter().map(|planned| planned.case.id).collect();
    let plan = Plan { cases, known, every, args };
    let run = runtime()?.block_on(async {
        if plan.args.driver.is_empty() {
            return judge(Arc::new(Bench::new(ReferenceDriver::new(), plan.args.seed)?), &plan, output).await;
        }
        let program = Program { command: plan.args.driver.clone(), limits: Limits::default() };
        let bench = Arc::new(Bench::new(Box::pin(ProcessDriver::start(program)).await?, plan.args.seed)?);
        let run = judge(Arc::clone(&bench), &plan, output).await;
        bench.driver().finish().await;
        run
    })?;
    let style = output.style();
    if output.verbosity > Verbosity::Quiet {
        let failed = run.results.values().filter(|result| !result.verdict.is_acceptable());
        let details: String = failed.map(|result| terminal::details(&run.started, result, style)).collect();
        output.data(&details);
    }
    output.data(&terminal::summary(&run, style));
    let interrupted = run.finished.as_ref().is_some_and(|finished| finished.ended == Ended::Interrupted);
    Ok(if interrupted { Ending::Interrupted } else { run.conclusion().into() })
}

struct Plan {
    cases: Vec<ScenarioCase>,
    known: Known,
    /// Ids of all cases there are, selected or not.
    every: Vec<String>,
    args: RunArgs,
}

async fn judge<D: Driver>(
    bench: Arc<Bench<D>>,
    plan: &Plan,
    output: &mut Output,
) -> Result<Run, CommandError> {
    let watch = Stopwatch::start();
    let started = started(bench.hello(), plan);
    if output.verbosity > Verbosity::Quiet {
        output.note(&terminal::heading(&started, output.note_style()));
    }
    output.begin(plan.cases.len());
    let mut recorder = Recorder::begin(started, plan.args.report_dir.as_deref())?;
    let options = RunOptions {
        jobs: jobs(&plan.args),
        after_failure: after_failure(&plan.args),
        known: plan.known.clone(),
    };
    let played = run_all(plan.cases.clone(), &bench, &options, |number, result| {
        // Logged before it is shown: what has been seen on a terminal is in the log.
        recorder.judged(number, &result);
        output.advance(&result.case.id);
        if output.verbosity == Verbosity::Verbose
            || output.verbosity == Verbosity::Normal && !result.verdict.is_acceptable()
        {
            output.note(&terminal::line(&result, output.note_style()));
        }
    });
    let stopped = tokio::select! {
        () = played => ControlFlow::Continue(()),
        () = interrupt() => ControlFlow::Break(()),
    };
    output.end();
    let ended = match stopped {
        ControlFlow::Break(()) => Ended::Interrupted,
        ControlFlow::Continue(()) if recorder.is_complete() => Ended::Complete,
        ControlFlow::Continue(()) => Ended::FailFast,
    };
    recorder.finish(ended, &plan.known, &plan.every, watch.elapsed_ms())
}

fn started(hello: &Hello, plan: &Plan) -> Started {
    Started {
        format: FORMAT,
        plumbline: env!("CARGO_PKG_VERSION").to_owned(),
        client: Client {
            name: hello.name.clone(),
            version: hello.version.clone(),
            language: hello.language.clone(),
        },
        revision: plan.args.select.revision.name().to_owned(),
        seed: plan.args.seed,
        rerun: rerun(&plan.args),
        planned: plan.cases.iter().map(|planned| planned.case.id.clone()).collect(),
    }
}

/// What a case depends on besides its id; how many run at once and the like do not matter.
fn rerun(args: &RunArgs) -> Rerun {
    let mut before = vec!["plumbline".to_owned(), "run".to_owned()];
    if args.select.revision != RevisionArg::S2 {
        before.extend(["--revision".to_owned(), args.select.revision.name().to_owned()]);
    }
    if args.seed != 1 {
        before.extend(["--seed".to_owned(), args.seed.to_string()]);
    }
    if let Some(folder) = &args.select.scenarios {
        before.extend(["--scenarios".to_owned(), folder.display().to_string()]);
    }
    Rerun { before, driver: args.driver.clone() }
}

fn read_known(args: &RunArgs) -> Result<Known, CommandError> {
    let Some(path) = &args.known else { return Ok(Known::default()) };
    let text =
        std::fs::read_to_string(path).map_err(|source| CommandError::Read { path: path.clone(), source })?;
    Ok(known::parse(&path.display().to_string(), &text)?)
}

/// Twice as many cases at once as there are processors, since half of a case is waiting for the other side.
fn jobs(args: &RunArgs) -> usize {
    let processors = || std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    args.jobs.map_or_else(|| processors() * 2, usize::from)
}

fn after_failure(args: &RunArgs) -> AfterFailure {
    if args.fail_fast { AfterFailure::Stop } else { AfterFailure::GoOn }
}
