//! `plumbline report`: any report of a run, from its events.

use plumbline::event::Run;
use plumbline::report::{json, junit, terminal};

use crate::args::{Format, ReportVerb};
use crate::ending::{CommandError, Ending};
use crate::output::Output;

pub(super) fn report(verb: ReportVerb, output: &Output) -> Result<Ending, CommandError> {
    let ReportVerb::Render { events, format } = verb;
    let log = match std::fs::read_to_string(&events) {
        Ok(log) => log,
        Err(source) => return Err(CommandError::Read { path: events, source }),
    };
    let run = Run::read(&log).map_err(|source| CommandError::Events { path: events, source })?;
    output.data(&match format {
        Format::Terminal => terminal::render(&run, output.style()),
        Format::Json => json::render(&run),
        Format::Junit => junit::render(&run).map_err(CommandError::Junit)?,
    });
    Ok(Ending::Well)
}
