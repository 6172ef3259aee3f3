//! `plumbline run`: plays the selected cases against a client, and reports.

use std::sync::Arc;

use plumbline::drive::{Limits, ProcessDriver, Program};
use plumbline::event::Rerun;
use plumbline::run::Bench;
use plumbline_reference_driver::ReferenceDriver;

use super::judging::{Plan, conclude, judge, read_known};
use super::runtime;
use super::scenarios::{every_case, load, selection};
use crate::args::{JudgeArgs, RevisionArg, RunArgs, SelectArgs};
use crate::ending::{CommandError, Ending};
use crate::output::Output;

pub(super) fn run(args: &RunArgs, output: &mut Output) -> Result<Ending, CommandError> {
    let suite = load(args.select.scenarios.as_deref())?;
    let cases = suite.cases(&selection(&args.select));
    let known = read_known(args.judge.known.as_deref())?;
    if cases.is_empty() {
        output.note("no case was selected\n");
        return Ok(Ending::Nothing);
    }
    let plan = Plan {
        cases,
        every: every_case(&suite).into_iter().map(|planned| planned.case.id).collect(),
        known,
        revision: args.select.revision.name(),
        rerun: rerun(&["run"], &args.select, &args.judge),
        args: &args.judge,
    };
    let run = runtime()?.block_on(async {
        if args.judge.driver.is_empty() {
            let bench = Arc::new(Bench::new(ReferenceDriver::new(), args.judge.seed)?);
            return judge(&bench, plan, output).await;
        }
        let bench = process(&args.judge.driver, args.judge.seed).await?;
        let run = judge(&bench, plan, output).await;
        bench.driver().finish().await;
        run
    })?;
    Ok(conclude(&run, output))
}

/// A bench for the driver of the command line.
pub(super) async fn process(
    command: &[String],
    seed: u64,
) -> Result<Arc<Bench<ProcessDriver>>, CommandError> {
    let program = Program { command: command.to_vec(), limits: Limits::default() };
    Ok(Arc::new(Bench::new(Box::pin(ProcessDriver::start(program)).await?, seed)?))
}

/// What a case depends on besides its id; how many run at once and the like do not matter.
pub(super) fn rerun(command: &[&str], select: &SelectArgs, judge: &JudgeArgs) -> Rerun {
    let mut before = vec!["plumbline".to_owned()];
    before.extend(command.iter().map(|word| (*word).to_owned()));
    if select.revision != RevisionArg::S2 {
        before.extend(["--revision".to_owned(), select.revision.name().to_owned()]);
    }
    if judge.seed != 1 {
        before.extend(["--seed".to_owned(), judge.seed.to_string()]);
    }
    if select.repaired {
        before.push("--repaired".to_owned());
    }
    if let Some(folder) = &select.scenarios {
        before.extend(["--scenarios".to_owned(), folder.display().to_string()]);
    }
    Rerun { before, driver: judge.driver.clone() }
}
