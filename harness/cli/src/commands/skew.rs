//! `plumbline skew`: clients of several releases against servers of several revisions, run for real.

mod tag;
mod table;

use std::sync::Arc;

use plumbline::known::Known;
use plumbline::plan::{ScenarioCase, Selection};
use plumbline::run::{AfterFailure, Bench, RunOptions, run_all};
use plumbline::verdict::Verdict;
use plumbline_fake_server::contract::Contract;
use plumbline_protocol::Driver;
use plumbline_reference_driver::ReferenceDriver;

use super::judging::jobs;
use super::run::process;
use super::runtime;
use super::scenarios::load;
use crate::args::SkewArgs;
use crate::ending::{CommandError, Ending};
use crate::output::{Output, Verbosity};
use table::{Cell, Row, Table};

/// What servers speak, the older first; what a client takes them to speak is one of these, too.
const CONTRACTS: [Contract; 2] = [Contract::Published, Contract::Keyed];
/// Ids and times are made from this.
const SEED: u64 = 1;

pub(super) fn skew(args: &SkewArgs, output: &Output) -> Result<Ending, CommandError> {
    let suite = load(None)?;
    let cases = suite.cases(&Selection { run: args.run.clone(), ..Selection::default() });
    if cases.is_empty() {
        output.note("no case was selected\n");
        return Ok(Ending::Nothing);
    }
    // Built before anything is played: a tag that does not build is found out at once.
    let mut drivers = Vec::new();
    for tag in &args.tag {
        let built = tag::build(tag).map_err(|source| CommandError::Tag { tag: tag.clone(), source })?;
        drivers.push((tag.clone(), vec![built.display().to_string()]));
    }
    drivers.extend(args.client.iter().map(|client| (client.name.clone(), client.command.clone())));
    let table = runtime()?.block_on(Box::pin(play(args, &cases, &drivers, output)))?;
    output.data(&table.render(args.format));
    Ok(table.ending())
}

async fn play(
    args: &SkewArgs,
    cases: &[ScenarioCase],
    drivers: &[(String, Vec<String>)],
    output: &Output,
) -> Result<Table, CommandError> {
    let mut rows = Vec::new();
    let ours = Arc::new(Bench::new(ReferenceDriver::new(), SEED)?);
    rows.extend(client("here", &ours, cases, args, output).await);
    for (name, command) in drivers {
        let bench = process(command, SEED).await?;
        rows.extend(client(name, &bench, cases, args, output).await);
        bench.driver().finish().await;
    }
    Ok(Table { rows, between: table::between() })
}

/// A client as written for each contract, on servers of each.
async fn client<D: Driver>(
    name: &str,
    bench: &Arc<Bench<D>>,
    cases: &[ScenarioCase],
    args: &SkewArgs,
    output: &Output,
) -> Vec<Row> {
    let mut rows = Vec::new();
    for written in CONTRACTS {
        let own: Vec<_> = cases.iter().filter(|case| case.contract() == written).cloned().collect();
        if own.is_empty() {
            continue;
        }
        let mut cells = Vec::new();
        for spoken in CONTRACTS {
            if output.verbosity > Verbosity::Quiet {
                output.note(&format!(
                    "{name}, written for {}, on {}: {} cases\n",
                    table::name(written),
                    table::name(spoken),
                    own.len()
                ));
            }
            let cases = own.iter().cloned().map(|case| case.spoken(spoken)).collect();
            cells.push((spoken, cell(bench, cases, args).await));
        }
        rows.push(Row { client: name.to_owned(), written, cells });
    }
    rows
}

async fn cell<D: Driver>(bench: &Arc<Bench<D>>, cases: Vec<ScenarioCase>, args: &SkewArgs) -> Cell {
    let options =
        RunOptions { jobs: jobs(args.jobs), after_failure: AfterFailure::GoOn, known: Known::default() };
    let mut cell = Cell::default();
    run_all(cases, bench, &options, |_, result| {
        let id = result.case.id.clone();
        match result.verdict {
            Verdict::Pass | Verdict::KnownFail | Verdict::UnexpectedPass | Verdict::Ambiguous => {
                cell.passed.insert(id);
            }
            Verdict::Fail => {
                let first = result.findings.first().map(|finding| finding.message.clone());
                cell.failed.insert(id, first.unwrap_or_default());
            }
            Verdict::Unsupported => cell.unsupported += 1,
            Verdict::Incomplete => {
                cell.incomplete.insert(id);
            }
        }
    })
    .await;
    cell
}
