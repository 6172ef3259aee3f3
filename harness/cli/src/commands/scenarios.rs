//! Which scenarios there are, and which of their cases were selected.

use std::path::Path;

use plumbline::Suite;
use plumbline::plan::Selection;
use plumbline_fake_server::repaired::Defects;

use crate::args::SelectArgs;
use crate::ending::CommandError;

/// The scenarios below a folder; by default those that come with Plumbline.
pub(super) fn load(folder: Option<&Path>) -> Result<Suite, CommandError> {
    match folder {
        Some(folder) => Ok(Suite::load(folder)?),
        None => Ok(Suite::embedded()),
    }
}

pub(super) fn selection(args: &SelectArgs) -> Selection {
    Selection {
        run: args.run.clone(),
        skip: args.skip.clone(),
        revision: args.revision.into(),
        level: args.level.map(Into::into),
        defects: if args.repaired { Defects::Repaired } else { Defects::Kept },
        shard: args.shard,
    }
}

/// Every case there is, selected or not.
pub(super) fn every_case(suite: &Suite) -> Vec<plumbline::plan::ScenarioCase> {
    suite.scenarios().iter().flat_map(|scenario| suite.cases_of(scenario.id())).collect()
}
