//! What was found: made as simple as it gets, kept as a file, and told.

use std::collections::BTreeMap;
use std::path::Path;

use plumbline::event::Rerun;
use plumbline::fuzz::{Fuzzer, Shrunk};
use plumbline::report::terminal;
use plumbline::run::Bench;
use plumbline::{CaseResult, Verdict};
use plumbline_protocol::Driver;

use super::super::judging::started;
use crate::args::FuzzArgs;
use crate::ending::CommandError;
use crate::output::Output;

/// Makes each way to fail as simple as it gets, keeps it, and tells of it.
pub(super) async fn shrink_all<D: Driver>(
    fuzzer: &Fuzzer,
    failing: &BTreeMap<String, u64>,
    folder: &Path,
    bench: &Bench<D>,
    args: &FuzzArgs,
    output: &Output,
) -> Result<(), CommandError> {
    for (check, number) in failing {
        let name = format!("{}-{}-{number}.yaml", check.replace('/', "-"), args.seed);
        let file = folder.join(name);
        let failed = |source| CommandError::Write { path: file.clone(), source };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let Some(mut shrunk) = Box::pin(fuzzer.shrink(*number, check, bench)).await else {
            std::fs::write(&file, fuzzer.sequence(*number).text()).map_err(failed)?;
            output.note(&format!(
                "{check} found something in sequence {number}, and nothing when it was played again; it is kept as `{}`\n",
                file.display()
            ));
            continue;
        };
        std::fs::write(&file, kept(&shrunk, (check, *number), bench, args)).map_err(failed)?;
        shrunk.result.case.file = file.display().to_string();
        let (_, text) = details(bench, &shrunk.result, &file, &args.driver, output);
        output.data(&text);
    }
    Ok(())
}

/// The file that is kept.
fn kept<D: Driver>(
    shrunk: &Shrunk,
    (check, number): (&str, u64),
    bench: &Bench<D>,
    args: &FuzzArgs,
) -> String {
    let (client, (after, before)) = (bench.hello(), shrunk.moves);
    let findings: String = shrunk
        .result
        .findings
        .iter()
        .filter(|finding| finding.check == check)
        .map(|finding| format!("# {}: {}\n", finding.check, finding.message.replace('\n', "\n#   ")))
        .collect();
    format!(
        "# Found in {} {} by `plumbline fuzz --seed {}`, sequence {number}; of {before} moves, {after} are left.\n\
         {findings}{}",
        client.name,
        client.version,
        args.seed,
        shrunk.sequence.text()
    )
}

/// Everything about a sequence that was played: what is wrong, and what travelled.
pub(super) fn details<D: Driver>(
    bench: &Bench<D>,
    result: &CaseResult,
    file: &Path,
    driver: &[String],
    output: &Output,
) -> (Verdict, String) {
    let before = ["plumbline", "replay"].map(str::to_owned);
    let before = before.into_iter().chain([file.display().to_string()]).collect();
    let rerun = Rerun { before, driver: driver.to_vec() };
    let started = started(bench.hello(), "S2", bench.seed(), rerun, vec![result.case.id.clone()]);
    (result.verdict, terminal::details(&started, result, output.style()))
}
