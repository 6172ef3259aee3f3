//! Plays a plan against a client, and reports: what `run` and `faults run` have in common.

mod recorder;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use plumbline::clock::Stopwatch;
use plumbline::event::{Client, Ended, FORMAT, Rerun, Run, Started};
use plumbline::known::{self, Known};
use plumbline::report::terminal;
use plumbline::run::{AfterFailure, Bench, Playable, RunOptions, run_all};
use plumbline_protocol::{Driver, Hello};

use super::interrupt;
use crate::args::JudgeArgs;
use crate::ending::{CommandError, Ending};
use crate::output::{Output, Verbosity};
use recorder::Recorder;

/// What is to be played, and how.
pub(super) struct Plan<'a, P> {
    pub(super) cases: Vec<P>,
    /// Ids of all cases there are, selected or not.
    pub(super) every: Vec<String>,
    pub(super) known: Known,
    /// The revision's name.
    pub(super) revision: &'static str,
    /// How to play one again.
    pub(super) rerun: Rerun,
    pub(super) args: &'a JudgeArgs,
}

/// Plays a plan.
pub(super) async fn judge<P: Playable, D: Driver>(
    bench: &Arc<Bench<D>>,
    plan: Plan<'_, P>,
    output: &mut Output,
) -> Result<Run, CommandError> {
    let watch = Stopwatch::start();
    let Plan { cases, every, known, revision, rerun, args } = plan;
    let planned = cases.iter().map(|planned| planned.case().id.clone()).collect();
    let started = started(bench.hello(), revision, args.seed, rerun, planned);
    if output.verbosity > Verbosity::Quiet {
        output.note(&terminal::heading(&started, output.note_style()));
    }
    output.begin(cases.len());
    let mut recorder = Recorder::begin(started, args.report_dir.as_deref())?;
    let options =
        RunOptions { jobs: jobs(args.jobs), after_failure: after_failure(args), known: known.clone() };
    let played = run_all(cases, bench, &options, |number, result| {
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
    recorder.finish(ended, &known, &every, watch.elapsed_ms())
}

/// Prints what came of a run.
pub(super) fn conclude(run: &Run, output: &mut Output) -> Ending {
    let style = output.style();
    if output.verbosity > Verbosity::Quiet {
        let failed = run.results.values().filter(|result| !result.verdict.is_acceptable());
        let details: String = failed.map(|result| terminal::details(&run.started, result, style)).collect();
        output.data(&details);
    }
    output.data(&terminal::summary(run, style));
    let interrupted = run.finished.as_ref().is_some_and(|finished| finished.ended == Ended::Interrupted);
    if interrupted { Ending::Interrupted } else { run.conclusion().into() }
}

/// What a report begins with.
pub(super) fn started(
    hello: &Hello,
    revision: &str,
    seed: u64,
    rerun: Rerun,
    planned: Vec<String>,
) -> Started {
    Started {
        format: FORMAT,
        plumbline: env!("CARGO_PKG_VERSION").to_owned(),
        client: Client {
            name: hello.name.clone(),
            version: hello.version.clone(),
            language: hello.language.clone(),
        },
        revision: revision.to_owned(),
        seed,
        rerun,
        planned,
    }
}

/// The list of known failures, if there is one.
pub(super) fn read_known(path: Option<&Path>) -> Result<Known, CommandError> {
    let Some(path) = path else { return Ok(Known::default()) };
    let text = std::fs::read_to_string(path)
        .map_err(|source| CommandError::Read { path: path.to_owned(), source })?;
    Ok(known::parse(&path.display().to_string(), &text)?)
}

/// Twice as many cases at once as there are processors, since half of a case is waiting for the other side.
pub(super) fn jobs(wanted: Option<u16>) -> usize {
    let processors = || std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    wanted.map_or_else(|| processors() * 2, usize::from)
}

fn after_failure(args: &JudgeArgs) -> AfterFailure {
    if args.fail_fast { AfterFailure::Stop } else { AfterFailure::GoOn }
}
