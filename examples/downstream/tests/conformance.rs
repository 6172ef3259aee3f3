//! One test a scenario. What the client does not claim is ignored, and shown so; what it is known to get wrong is in
//! `known.toml`, each with a reason.

mod driver;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Trial};
use plumbline::known;
use plumbline::plan::{Selection, plan};
use plumbline::run::{Bench, play_one};
use plumbline::scenario;
use plumbline::verdict::Verdict;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let (scenarios, fixtures) = scenario::embedded().expect("the published scenarios can be used");
    let scenarios: Vec<_> = scenarios.into_iter().map(Arc::new).collect();
    let known = known::parse("known.toml", include_str!("known.toml")).expect("the list can be read");
    let runtime = Arc::new(tokio::runtime::Runtime::new().expect("a runtime can be started"));
    let bench = Arc::new(Bench::new(driver::SmallDriver::default(), 1).expect("certificates can be made"));

    let cases = plan(&scenarios, &Arc::new(fixtures), &Selection::default());
    let trials = cases.into_iter().map(|case| {
        let (runtime, bench, known) = (Arc::clone(&runtime), Arc::clone(&bench), known.clone());
        let unclaimed = case.needs.lacking(bench.hello()).is_some();
        Trial::ignorable_test(case.case.id.clone(), move || {
            let result = runtime.block_on(play_one(&case, &bench, &known));
            match result.verdict {
                Verdict::Pass | Verdict::KnownFail => Ok(Completion::Completed),
                Verdict::Unsupported | Verdict::Ambiguous => Ok(Completion::ignored_with(result.describe())),
                Verdict::Fail | Verdict::UnexpectedPass | Verdict::Incomplete => {
                    Err(result.describe().into())
                }
            }
        })
        .with_ignored_flag(unclaimed)
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
