//! `plumbline list`: ids of the selected cases.

use super::scenarios::{load, selection};
use crate::args::SelectArgs;
use crate::ending::{CommandError, Ending};
use crate::output::{Output, Verbosity};

pub(super) fn list(args: &SelectArgs, output: &Output) -> Result<Ending, CommandError> {
    let cases = load(args.scenarios.as_deref())?.cases(&selection(args));
    let width = cases.iter().map(|planned| planned.case.id.chars().count()).max().unwrap_or_default();
    for planned in &cases {
        let case = &planned.case;
        output.data(&match output.verbosity {
            Verbosity::Quiet | Verbosity::Normal => format!("{}\n", case.id),
            Verbosity::Verbose => format!("{:width$}  {}\n", case.id, case.requirement),
        });
    }
    Ok(if cases.is_empty() { Ending::Nothing } else { Ending::Well })
}
