//! Plays rounds of cases with mortal drivers, and compares each result with that of a driver that lives.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use plumbline::drive::{Limits, ProcessDriver, Program};
use plumbline::event::{self, Event};
use plumbline::known::Known;
use plumbline::plan::{ScenarioCase, Selection};
use plumbline::run::{AfterFailure, Bench, RunOptions, run_all};
use plumbline::{CaseResult, Suite, Verdict};
use plumbline_fake_server::Pki;

use crate::mortal;

/// How many kills are wanted at least; without it, a few in one suite of scenarios.
const KILLS: &str = "PLUMBLINE_KILLS";

/// A few.
const FEW: usize = 10;

/// As many at once as there usually are.
const JOBS: usize = 4;

/// Results by case, as the log has them, without what differs from run to run.
type Logged = BTreeMap<String, (Verdict, String)>;

/// What a round came to.
struct Round {
    results: Logged,
    /// How many sessions each killed process had.
    killed: Vec<usize>,
}

pub(crate) fn run() -> Result<(), String> {
    let wanted = std::env::var(KILLS).ok().map(|kills| kills.parse().unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(campaign(wanted.unwrap_or(FEW), &cases(wanted.is_some())))
}

fn cases(all: bool) -> Vec<ScenarioCase> {
    let run = if all { Vec::new() } else { vec!["errors/*".parse().unwrap()] };
    Suite::embedded().cases(&Selection { run, ..Selection::default() })
}

async fn campaign(wanted: usize, cases: &[ScenarioCase]) -> Result<(), String> {
    let driver = vec![env!("CARGO_BIN_EXE_plumbline-reference-driver").to_owned()];
    let pki = Pki::new(Vec::new()).unwrap();
    let living = play(driver.clone(), cases, &pki).await;
    let (mut kills, mut lost, mut rounds) = (0, 0, 0);
    while kills < wanted {
        rounds += 1;
        let round = round(rounds, &driver, cases, &pki).await;
        let told = judge(&living, &round).map_err(|wrong| format!("round {rounds}: {wrong}"))?;
        kills += round.killed.len();
        lost += told;
    }
    say(&format!(
        "{kills} kills, {rounds} times {} cases: {lost} cases are incomplete, every other result is the same",
        cases.len()
    ));
    Ok(())
}

/// How many cases the kills of a round cost; or what else happened.
fn judge(living: &Logged, round: &Round) -> Result<usize, String> {
    let mut lost = 0;
    for (id, (verdict, logged)) in &round.results {
        let (before, expected) = &living[id];
        if *verdict == Verdict::Incomplete {
            lost += 1;
            if !logged.contains("was ended by signal 9") {
                return Err(format!("{id} is incomplete for another reason: {logged}"));
            }
        } else if logged != expected {
            return Err(format!("{id} was {before} and is {verdict}:\n{expected}{logged}"));
        }
    }
    let (kills, with_session) = (round.killed.len(), round.killed.iter().filter(|open| **open > 0).count());
    if round.results.len() != living.len() {
        return Err(format!("{} of {} cases have a result", round.results.len(), living.len()));
    }
    if let Some(open) = round.killed.iter().find(|open| **open > 1) {
        return Err(format!("a process had {open} sessions, so that its end costs as many cases"));
    }
    match lost {
        _ if lost > kills => Err(format!("{kills} kills cost {lost} cases")),
        _ if lost < with_session => {
            Err(format!("{with_session} processes were killed in a case, and {lost} cases are incomplete"))
        }
        _ => Ok(lost),
    }
}

async fn round(seed: u64, driver: &[String], cases: &[ScenarioCase], pki: &Arc<Pki>) -> Round {
    let folder = tempfile::tempdir().unwrap();
    let this = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
    let mut command =
        vec![this, mortal::WORD.to_owned(), folder.path().to_str().unwrap().to_owned(), seed.to_string()];
    command.extend_from_slice(driver);
    let results = play(command, cases, pki).await;
    Round { results, killed: killed(folder.path()) }
}

async fn play(command: Vec<String>, cases: &[ScenarioCase], pki: &Arc<Pki>) -> Logged {
    let program = Program { command, limits: Limits::default() };
    let driver = Box::pin(ProcessDriver::start(program)).await.unwrap();
    let bench = Arc::new(Bench::with_pki(driver, 1, Arc::clone(pki)));
    let options = RunOptions { jobs: JOBS, after_failure: AfterFailure::GoOn, known: Known::default() };
    let mut results = Logged::new();
    run_all(cases.to_vec(), &bench, &options, |_, result| {
        results.insert(result.case.id.clone(), (result.verdict, logged(&result)));
    })
    .await;
    bench.driver().finish().await;
    results
}

fn logged(result: &CaseResult) -> String {
    let Event::Judged { mut result, number } = Event::judged(0, result) else {
        unreachable!("it was just made")
    };
    result.volatile = Default::default();
    event::line(&Event::Judged { number, result })
}

/// What the killed processes noted; those that were not killed noted nothing.
fn killed(folder: &Path) -> Vec<usize> {
    let notes = std::fs::read_dir(folder).unwrap().map(|note| std::fs::read_to_string(note.unwrap().path()));
    notes.filter_map(|note| note.unwrap().split(' ').next()?.parse().ok()).collect()
}

#[allow(clippy::print_stderr, reason = "a campaign says what it did")]
fn say(text: &str) {
    eprintln!("{text}");
}
