//! What a fault case costs, beside what it cannot do without.
//!
//! The cases are those that `plumbline faults run` plays, so many of them, evenly taken from all.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline::enumerate::{FaultCase, FaultSelection, singles};
use plumbline::known::Known;
use plumbline::plan::Selection;
use plumbline::run::{Bench, play_one};
use plumbline::suite::Suite;
use plumbline_fake_server::pki::KeyType;
use plumbline_reference_driver::ReferenceDriver;
use tokio::runtime::Runtime;

use crate::BenchError;
use crate::bare::Bare;
use crate::measure::{Spent, Watch, median, quantile};
use crate::report::{Bar, Report};
use crate::tally::Tally;

/// What a case may cost, in sums of what it cannot do without.
const BAR: Bar = Bar::AtMost(2.0);

/// About how many cases are measured.
const CASES: usize = 150;
/// How many scenarios are rehearsed at once.
const JOBS: usize = 4;

/// One case, what it did, and what both ways cost in each round.
struct Measured {
    id: String,
    tally: Tally,
    rounds: Vec<(Spent, Spent)>,
}

/// Measures the bar.
pub(crate) fn measure(rounds: usize, report: &mut Report) -> Result<(), BenchError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let bench = Arc::new(Bench::new(ReferenceDriver::new(), 1)?);
    let cases = Suite::embedded().cases(&Selection::default());
    report.heading("A fault case, beside its own handshakes, exchanges and signatures")?;
    let planned = runtime.block_on(singles(cases, &bench, JOBS, &FaultSelection::default())).cases;
    let stride = planned.len().div_ceil(CASES).max(1);
    report.line(&format!("every {stride}th of {} cases\n", planned.len()))?;
    let mut faulty = Vec::new();
    for case in planned.into_iter().step_by(stride) {
        // The first time makes keys and reads documents.
        let watch = Watch::start();
        let recording = runtime.block_on(Box::pin(case.recording(&bench)))?;
        let first = watch.spent();
        if waits(first) {
            report.note(&format!(
                "waits {:.1} s for its time to be up, and is left out: {}",
                first.wall / 1e6,
                case.case.id
            ))?;
            continue;
        }
        let tally = Tally::of(&case.case, &recording);
        let measured = Measured { id: case.case.id.clone(), tally, rounds: Vec::new() };
        faulty.push((case, measured));
    }
    let keys: BTreeMap<KeyType, ()> = faulty.iter().map(|(_, measured)| (measured.tally.key, ())).collect();
    let bare = runtime.block_on(Bare::start(&keys.into_keys().collect::<Vec<_>>()))?;
    for round in 0..rounds {
        for (case, measured) in &mut faulty {
            let whole = || timed(|| play(&runtime, case, &bench));
            let alone = || timed(|| runtime.block_on(bare.play(&measured.tally)));
            measured.rounds.push(if round % 2 == 0 {
                let whole = whole()?;
                (whole, alone()?)
            } else {
                let alone = alone()?;
                (whole()?, alone)
            });
        }
    }
    let measured: Vec<Measured> = faulty.into_iter().map(|(_, measured)| measured).collect();
    tell(&measured, rounds, report)
}

fn play(runtime: &Runtime, case: &FaultCase, bench: &Arc<Bench<ReferenceDriver>>) -> Result<(), BenchError> {
    let (case, bench) = (case.clone(), Arc::clone(bench));
    let played = runtime.spawn(async move { play_one(&case, &bench, &Known::default()).await });
    runtime.block_on(played).map(drop).map_err(|_panicked| BenchError::Lane)
}

fn timed(work: impl FnOnce() -> Result<(), BenchError>) -> Result<Spent, BenchError> {
    let watch = Watch::start();
    work()?;
    Ok(watch.spent())
}

fn tell(measured: &[Measured], rounds: usize, report: &mut Report) -> Result<(), BenchError> {
    let count = measured.len();
    report.ratio(
        &format!("{count} cases, time on the processors"),
        Some(BAR),
        &sums(measured, rounds, |it| it.process),
    )?;
    report.ratio(
        "the same, time on the wall, one case after another",
        None,
        &sums(measured, rounds, |it| it.wall),
    )?;
    let each: Vec<f64> = measured.iter().map(Measured::ratio).collect();
    let mean = |side: fn(&(Spent, Spent)) -> f64| {
        measured.iter().map(|case| case.typical(side)).sum::<f64>() / 1e3 / count as f64
    };
    report.note(&format!(
        "a case: {:.2} ms beside {:.2} ms; by themselves {} within the bar, half of all within {:.2}, 9 of 10 within \
         {:.2}",
        mean(|pair| pair.0.wall),
        mean(|pair| pair.1.wall),
        each.iter().filter(|ratio| **ratio <= 2.0).count(),
        median(&each),
        quantile(&each, 0.9),
    ))?;
    let mut dearest: Vec<&Measured> = measured.iter().collect();
    dearest.sort_by(|left, right| right.ratio().total_cmp(&left.ratio()));
    report.note(
        "the dearest: ratio, on the wall and on the processors, beside the same of what it cannot do without",
    )?;
    dearest.into_iter().take(10).try_for_each(|case| report.note(&case.describe()))?;
    Ok(())
}

/// For each round, what all cases together cost beside what they cannot do without.
fn sums(cases: &[Measured], rounds: usize, of: fn(&Spent) -> f64) -> Vec<f64> {
    let sum = |round: usize, side: fn(&(Spent, Spent)) -> &Spent| -> f64 {
        cases.iter().map(|case| of(side(&case.rounds[round]))).sum()
    };
    (0..rounds).map(|round| sum(round, |pair| &pair.0) / sum(round, |pair| &pair.1)).collect()
}

/// Whether a client waits in it until its time is up: that time is the scenario's, not ours. The shortest limit of a
/// scenario is a second, and no case works for so long.
fn waits(spent: Spent) -> bool {
    spent.wall - spent.process > 900e3
}

impl Measured {
    /// The median ratio of its rounds, on the wall.
    fn ratio(&self) -> f64 {
        median(&self.rounds.iter().map(|(whole, alone)| whole.wall / alone.wall).collect::<Vec<_>>())
    }

    /// The median of one side.
    fn typical(&self, side: fn(&(Spent, Spent)) -> f64) -> f64 {
        median(&self.rounds.iter().map(side).collect::<Vec<_>>())
    }

    fn describe(&self) -> String {
        format!(
            "{:7.2}  {:7.2} ms, {:5.2} ms  {:5.2} ms, {:5.2} ms  {}",
            self.ratio(),
            self.typical(|pair| pair.0.wall) / 1e3,
            self.typical(|pair| pair.0.process) / 1e3,
            self.typical(|pair| pair.1.wall) / 1e3,
            self.typical(|pair| pair.1.process) / 1e3,
            self.id,
        )
    }
}
