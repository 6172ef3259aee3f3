//! `plumbline report`: runs that were, from what they left behind.

use std::path::{Path, PathBuf};

use plumbline::coverage::{self, Coverage};
use plumbline::event::Run;
use plumbline::report::diff::{self, Diff};
use plumbline::report::matrix::{self, Matrix};
use plumbline::report::{json, junit, read, terminal};

use crate::args::{CoverageArgs, DiffFormat, Format, ReportVerb};
use crate::ending::{CommandError, Ending};
use crate::output::Output;

/// What a folder of reports is read from: the log, since it is whole even when the run was not.
const READ: [&str; 2] = ["events.jsonl", "report.json"];

pub(super) fn report(verb: ReportVerb, output: &Output) -> Result<Ending, CommandError> {
    match verb {
        ReportVerb::Render { report, format } => render(&report, format, output),
        ReportVerb::Diff { a, b, format } => {
            let diff = Diff::between(&open(&a)?, &open(&b)?);
            output.data(&match format {
                DiffFormat::Terminal => diff::render(&diff, output.style()),
                DiffFormat::Json => diff::json(&diff),
            });
            Ok(diff.comparison().into())
        }
        ReportVerb::Matrix { reports, svg } => {
            let matrix = Matrix::of(&open_all(&reports)?);
            output.data(&matrix::text(&matrix, output.style()));
            if let Some(path) = svg {
                std::fs::write(&path, matrix::svg(&matrix))
                    .map_err(|source| CommandError::Write { path, source })?;
            }
            Ok(Ending::Well)
        }
    }
}

pub(super) fn coverage(args: &CoverageArgs, output: &Output) -> Result<Ending, CommandError> {
    let coverage = Coverage::of(&open_all(&args.reports)?);
    output.data(&match args.format {
        DiffFormat::Terminal => coverage::text(&coverage, output.style()),
        DiffFormat::Json => coverage.json(),
    });
    Ok(if coverage.judged == 0 { Ending::Nothing } else { Ending::Well })
}

fn open_all(reports: &[PathBuf]) -> Result<Vec<Run>, CommandError> {
    reports.iter().map(|path| open(path)).collect()
}

fn render(report: &Path, format: Format, output: &Output) -> Result<Ending, CommandError> {
    let run = open(report)?;
    output.data(&match format {
        Format::Terminal => terminal::render(&run, output.style()),
        Format::Json => json::render(&run),
        Format::Junit => junit::render(&run).map_err(CommandError::Junit)?,
    });
    Ok(Ending::Well)
}

/// The run that a folder or a file tells of.
pub(super) fn open(path: &Path) -> Result<Run, CommandError> {
    let file = file(path)?;
    match std::fs::read_to_string(&file) {
        Ok(text) => read(&text).map_err(|source| CommandError::Report { path: file, source }),
        Err(source) => Err(CommandError::Read { path: file, source }),
    }
}

fn file(path: &Path) -> Result<PathBuf, CommandError> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let found = READ.iter().map(|name| path.join(name)).find(|file| file.exists());
    found.ok_or_else(|| CommandError::NoReport { path: path.to_owned() })
}
