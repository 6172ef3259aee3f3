//! Which scenarios there are, and which of their cases were selected.

use std::path::Path;
use std::sync::Arc;

use plumbline::plan::{ScenarioCase, Selection, plan};
use plumbline::scenario::{self, Fixtures, Scenario};

use crate::args::SelectArgs;
use crate::ending::CommandError;

/// Scenarios and what they share.
pub(super) struct Catalogue {
    pub(super) scenarios: Vec<Arc<Scenario>>,
    pub(super) fixtures: Arc<Fixtures>,
}

impl Catalogue {
    /// Those below a folder; by default those that come with Plumbline.
    pub(super) fn load(folder: Option<&Path>) -> Result<Self, CommandError> {
        let (scenarios, fixtures) = match folder {
            Some(folder) => scenario::load(folder)?,
            None => scenario::embedded()?,
        };
        let scenarios = scenarios.into_iter().map(Arc::new).collect();
        Ok(Self { scenarios, fixtures: Arc::new(fixtures) })
    }

    /// The selected cases.
    pub(super) fn select(&self, args: &SelectArgs) -> Vec<ScenarioCase> {
        plan(&self.scenarios, &self.fixtures, &selection(args))
    }
}

fn selection(args: &SelectArgs) -> Selection {
    Selection {
        run: args.run.clone(),
        skip: args.skip.clone(),
        revision: args.revision.into(),
        level: args.level.map(Into::into),
        shard: args.shard,
    }
}
