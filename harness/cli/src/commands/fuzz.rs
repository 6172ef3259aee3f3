//! `plumbline fuzz`: sequences by chance, and `plumbline replay`: one from its file.

mod findings;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plumbline::case::Finding;
use plumbline::clock::Stopwatch;
use plumbline::fuzz::{Brief, Fuzzer, SequenceCase};
use plumbline::known::Known;
use plumbline::report::terminal;
use plumbline::run::{AfterFailure, Bench, RunOptions, play_one, run_all};
use plumbline::scenario::LoadError;
use plumbline::{CaseResult, Verdict};
use plumbline_protocol::Driver;
use plumbline_reference_driver::ReferenceDriver;

use self::findings::{details, shrink_all};
use super::judging::{jobs, read_known};
use super::run::process;
use super::{interrupt, runtime};
use crate::args::{FuzzArgs, ReplayArgs};
use crate::ending::{CommandError, Ending};
use crate::output::{Output, Verbosity};

/// Where sequences that failed once are kept unless somebody says otherwise.
const REGRESSIONS: &str = "fuzz-regressions";
/// So many sequences for each of those played at once are begun before the time is looked at again.
const CHUNK: usize = 16;

pub(super) fn fuzz(args: &FuzzArgs, output: &mut Output) -> Result<Ending, CommandError> {
    runtime()?.block_on(async {
        if args.driver.is_empty() {
            let bench = Arc::new(Bench::new(ReferenceDriver::new(), args.seed)?);
            return campaign(&bench, args, output).await;
        }
        let bench = process(&args.driver, args.seed).await?;
        let ending = campaign(&bench, args, output).await;
        bench.driver().finish().await;
        ending
    })
}

pub(super) fn replay(args: &ReplayArgs, output: &Output) -> Result<Ending, CommandError> {
    let sequence = sequence(&args.file)?;
    let result = runtime()?.block_on(async {
        if args.driver.is_empty() {
            let bench = Bench::new(ReferenceDriver::new(), args.seed)?;
            let result = Box::pin(play_one(&sequence, &bench, &Default::default())).await;
            return Ok::<_, CommandError>(details(&bench, &result, &args.file, &args.driver, output));
        }
        let bench = process(&args.driver, args.seed).await?;
        let result = Box::pin(play_one(&sequence, &bench, &Default::default())).await;
        bench.driver().finish().await;
        Ok(details(&bench, &result, &args.file, &args.driver, output))
    });
    let (verdict, text) = result?;
    output.data(&text);
    Ok(match verdict {
        Verdict::Pass | Verdict::Ambiguous | Verdict::KnownFail => Ending::Well,
        Verdict::Fail | Verdict::UnexpectedPass => Ending::Fails,
        Verdict::Unsupported | Verdict::Incomplete => Ending::Incomplete,
    })
}

/// What came of the sequences so far.
#[derive(Debug, Default)]
struct Tally {
    counts: BTreeMap<Verdict, usize>,
    /// By the check that finds something, the first sequence in which it does.
    failing: BTreeMap<String, u64>,
    /// Files that fail, and what came of them.
    regressions: Vec<CaseResult>,
}

impl Tally {
    fn add(&mut self, result: &CaseResult, output: &Output) {
        *self.counts.entry(result.verdict).or_default() += 1;
        output.advance(&result.case.id);
        let tell = match output.verbosity {
            Verbosity::Quiet => false,
            // Many may fail in the same way; each way is told once in the end.
            Verbosity::Normal => result.verdict == Verdict::Incomplete,
            Verbosity::Verbose => true,
        };
        if tell {
            output.note(&terminal::line(result, output.note_style()));
        }
    }

    fn fails(&mut self, number: u64, result: &CaseResult, known: &Known) {
        if result.verdict != Verdict::Fail {
            return;
        }
        let is_new =
            |finding: &&Finding| known.reason(&result.case.id, std::slice::from_ref(*finding)).is_none();
        if let Some(finding) = result.findings.iter().find(is_new) {
            let first = self.failing.entry(finding.check.clone()).or_insert(number);
            *first = number.min(*first);
        }
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.counts.get(&verdict).copied().unwrap_or_default()
    }

    fn ending(&self) -> Ending {
        let total: usize = self.counts.values().sum();
        match () {
            () if self.count(Verdict::Fail) > 0 => Ending::Fails,
            () if self.count(Verdict::Incomplete) > 0 => Ending::Incomplete,
            () if total == self.count(Verdict::Unsupported) => Ending::Nothing,
            () => Ending::Well,
        }
    }
}

async fn campaign<D: Driver>(
    bench: &Arc<Bench<D>>,
    args: &FuzzArgs,
    output: &mut Output,
) -> Result<Ending, CommandError> {
    let watch = Stopwatch::start();
    let regressions = regressions(args.regressions.as_deref())?;
    let known = read_known(args.known.as_deref())?;
    let Some(fuzzer) = Fuzzer::new(args.seed, bench.hello(), args.contract) else {
        output.note("the client has neither references nor allocations, so there is nothing to try\n");
        return Ok(Ending::Nothing);
    };
    let after_failure = if args.fail_fast { AfterFailure::Stop } else { AfterFailure::GoOn };
    let options = RunOptions { jobs: jobs(args.jobs), after_failure, known };
    output.begin(regressions.len() + usize::try_from(args.cases).unwrap_or(usize::MAX));
    let mut tally = Tally::default();
    let played = async {
        run_all(regressions, bench, &options, |_, result| {
            tally.add(&result, output);
            if result.verdict == Verdict::Fail {
                tally.regressions.push(result);
            }
        })
        .await;
        let in_time = || args.max_time.is_none_or(|limit| watch.elapsed_ms() < limit.milliseconds);
        let mut next = 1;
        while next <= args.cases && in_time() && !(args.fail_fast && tally.count(Verdict::Fail) > 0) {
            let chunk = u64::try_from(options.jobs * CHUNK).unwrap_or(u64::MAX).min(args.cases + 1 - next);
            let cases = (next..next + chunk).map(|number| Brief(fuzzer.sequence(number))).collect();
            run_all(cases, bench, &options, |place, result| {
                tally.add(&result, output);
                let number = next - 1 + u64::try_from(place).unwrap_or(u64::MAX);
                tally.fails(number, &result, &options.known);
            })
            .await;
            next += chunk;
        }
    };
    let stopped = tokio::select! {
        () = Box::pin(played) => ControlFlow::Continue(()),
        () = interrupt() => ControlFlow::Break(()),
    };
    output.end();
    for result in &tally.regressions {
        let (_, text) = details(bench, result, Path::new(&result.case.file), &args.driver, output);
        output.data(&text);
    }
    let took = watch.elapsed_ms();
    if stopped.is_continue() {
        let folder = args.regressions.clone().unwrap_or_else(|| PathBuf::from(REGRESSIONS));
        Box::pin(shrink_all(&fuzzer, &tally.failing, &folder, bench, args, output)).await?;
    }
    output.data(&summary(&tally, args, took));
    Ok(if stopped.is_break() { Ending::Interrupted } else { tally.ending() })
}

fn summary(tally: &Tally, args: &FuzzArgs, took: u64) -> String {
    let total: usize = tally.counts.values().sum();
    let words: Vec<String> =
        tally.counts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    format!(
        "{total} sequences of seed {} in {}.{:02} s: {}\n",
        args.seed,
        took / 1_000,
        took % 1_000 / 10,
        if words.is_empty() { "none".to_owned() } else { words.join(", ") }
    )
}

/// Sequences that failed once, in the order of their names.
fn regressions(folder: Option<&Path>) -> Result<Vec<SequenceCase>, CommandError> {
    let folder = match folder {
        Some(folder) => folder,
        None if Path::new(REGRESSIONS).is_dir() => Path::new(REGRESSIONS),
        None => return Ok(Vec::new()),
    };
    // One that is yet to be written holds nothing.
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let failed = |source| CommandError::Read { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    files.iter().map(|file| sequence(file)).collect()
}

fn sequence(file: &Path) -> Result<SequenceCase, CommandError> {
    let text = std::fs::read_to_string(file)
        .map_err(|source| CommandError::Read { path: file.to_owned(), source })?;
    SequenceCase::parse(&file.display().to_string(), &text)
        .map_err(|invalid| CommandError::Scenarios(LoadError::Invalid(vec![invalid])))
}
