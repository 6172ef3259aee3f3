//! For tests of other crates: the scenarios that come with this one, one test each.
//!
//! ```no_run
//! # use plumbline::plan::Selection;
//! # fn driver() -> impl plumbline_protocol::Driver { plumbline::idle::IdleDriver::all().next().unwrap() }
//! for test in plumbline::tests(driver(), &Selection::default()) {
//!     test.run().assert_pass();
//! }
//! ```

use std::path::Path;
use std::sync::Arc;

use plumbline_protocol::Driver;
use tokio::runtime::Runtime;

use crate::case::CaseResult;
use crate::known::Known;
use crate::plan::{ScenarioCase, Selection, cases_of, plan};
use crate::run::{Bench, Playable, play_one};
use crate::scenario::{self, Fixtures, LoadError, Scenario};

/// Scenarios, and what they share.
#[derive(Debug, Clone)]
pub struct Suite {
    scenarios: Vec<Arc<Scenario>>,
    fixtures: Arc<Fixtures>,
}

impl Suite {
    /// The scenarios that come with this crate.
    #[must_use]
    pub fn embedded() -> Self {
        scenario::embedded().map(Self::from).expect("a released crate holds scenarios that can be used")
    }

    /// Those below a folder.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, or makes no sense.
    pub fn load(folder: &Path) -> Result<Self, LoadError> {
        scenario::load(folder).map(Self::from)
    }

    /// The scenarios, in the order of their ids.
    #[must_use]
    pub fn scenarios(&self) -> &[Arc<Scenario>] {
        &self.scenarios
    }

    /// The selected cases, in the order of their ids.
    #[must_use]
    pub fn cases(&self, selection: &Selection) -> Vec<ScenarioCase> {
        plan(&self.scenarios, &self.fixtures, selection)
    }

    /// Every case of one scenario, by its id; empty when there is no such scenario.
    #[must_use]
    pub fn cases_of(&self, id: &str) -> Vec<ScenarioCase> {
        let named = self.scenarios.iter().filter(|scenario| scenario.id() == id);
        named.flat_map(|scenario| cases_of(scenario, &self.fixtures)).collect()
    }
}

impl From<(Vec<Scenario>, Fixtures)> for Suite {
    fn from((scenarios, fixtures): (Vec<Scenario>, Fixtures)) -> Self {
        Self { scenarios: scenarios.into_iter().map(Arc::new).collect(), fixtures: Arc::new(fixtures) }
    }
}

/// Runs single cases.
#[derive(Debug, Clone)]
pub struct Runner {
    /// Where ids and times come from.
    pub seed: u64,
    /// Failures that are known.
    pub known: Known,
}

impl Default for Runner {
    fn default() -> Self {
        Self { seed: 1, known: Known::default() }
    }
}

impl Runner {
    /// Plays one case with a client of its own.
    ///
    /// # Panics
    ///
    /// When the authorities of the run cannot be made.
    pub async fn run<P: Playable, D: Driver>(&self, case: &P, driver: D) -> CaseResult {
        let bench = Bench::new(driver, self.seed).expect("this machine can make keys");
        Box::pin(play_one(case, &bench, &self.known)).await
    }
}

/// One case, ready to run as a test.
pub struct Test<D> {
    case: ScenarioCase,
    bench: Arc<Bench<D>>,
    runtime: Arc<Runtime>,
    known: Known,
}

/// One test for each selected case of the embedded scenarios, all with the same driver.
///
/// # Panics
///
/// When no runtime can be started, or the authorities of the run cannot be made.
pub fn tests<D: Driver>(driver: D, selection: &Selection) -> Vec<Test<D>> {
    let runner = Runner::default();
    let bench = Arc::new(Bench::new(driver, runner.seed).expect("this machine can make keys"));
    let runtime = Arc::new(Runtime::new().expect("this machine can run threads"));
    let cases = Suite::embedded().cases(selection).into_iter();
    cases
        .map(|case| Test {
            case,
            bench: Arc::clone(&bench),
            runtime: Arc::clone(&runtime),
            known: runner.known.clone(),
        })
        .collect()
}

impl<D: Driver> Test<D> {
    /// The case's id.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.case.case.id
    }

    /// What the client lacks for it; none: it can be played. A test harness shows such a test as ignored, not as passed.
    #[must_use]
    pub fn lacks(&self) -> Option<String> {
        self.case.needs.lacking(self.bench.hello())
    }

    /// Plays it. Not for use inside a runtime: see [`Runner::run`] for that.
    #[must_use]
    pub fn run(&self) -> CaseResult {
        self.runtime.block_on(Box::pin(play_one(&self.case, &self.bench, &self.known)))
    }
}
