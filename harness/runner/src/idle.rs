//! Clients that do nothing, to try scenarios with: one that such a client passes sees nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbline_fake_server::Pki;
use plumbline_fake_server::pki::PkiError;
use plumbline_protocol::{
    Call, Capability, Converge, Desk, Driver, DriverError, ErrorClass, Failure, Hello, Outcome, Resource,
    Secret, Session, VERSION,
};
use serde_json::Value;

use crate::known::Known;
use crate::plan::ScenarioCase;
use crate::run::{AfterFailure, Bench, RunOptions, run_all};
use crate::scenario::expect::OutcomeKind;
use crate::scenario::operation::OPERATIONS;
use crate::scenario::read::Word;
use crate::verdict::Verdict;

/// A client that sends nothing and answers every call in the same way.
#[derive(Debug, Clone)]
pub struct IdleDriver {
    answer: Answer,
}

/// What an idle client answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    /// It succeeded, and returns nothing.
    Ok,
    /// It was cancelled.
    Cancelled,
    /// It failed like this.
    Error(ErrorClass),
}

impl IdleDriver {
    /// Every kind of it.
    pub fn all() -> impl Iterator<Item = Self> {
        let errors = ErrorClass::WORDS.iter().map(|(_, class)| Answer::Error(*class));
        [Answer::Ok, Answer::Cancelled].into_iter().chain(errors).map(|answer| Self { answer })
    }

    /// What it does, in words.
    #[must_use]
    pub fn describe(&self) -> String {
        let name = |class: ErrorClass| {
            ErrorClass::WORDS.iter().find(|(_, value)| *value == class).map_or("", |(name, _)| name)
        };
        match self.answer {
            Answer::Ok => "answers every call with success".to_owned(),
            Answer::Cancelled => "answers every call as cancelled".to_owned(),
            Answer::Error(class) => format!("answers every call with `{}`", name(class)),
        }
    }

    fn answers(&self, resource: Option<Resource>) -> Outcome {
        match self.answer {
            Answer::Ok => Outcome::Ok { value: Value::Null, resource },
            Answer::Cancelled => Outcome::Cancelled,
            Answer::Error(class) => Outcome::Error(failure(class)),
        }
    }
}

impl Driver for IdleDriver {
    fn hello(&self) -> Hello {
        Hello {
            versions: vec![VERSION],
            name: "idle".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            language: "Rust".to_owned(),
            capabilities: Capability::WORDS.iter().map(|(_, capability)| *capability).collect(),
            operations: OPERATIONS.iter().map(|known| known.operation).collect(),
            concurrency: u32::MAX,
        }
    }

    fn reads_files(&self) -> bool {
        false
    }

    async fn open(&self, _: u64, _: Session) -> Result<Result<(), Failure>, DriverError> {
        Ok(Ok(()))
    }

    async fn secrets(&self, _: u64, _: Vec<Secret>) -> Result<(), DriverError> {
        Ok(())
    }

    async fn advance(&self, _: u64, _: u64) -> Result<(), DriverError> {
        Ok(())
    }

    async fn call(&self, call: Call) -> Result<Outcome, DriverError> {
        Ok(self.answers(call.resource))
    }

    async fn cancel(&self, _: u64) -> Result<(), DriverError> {
        Ok(())
    }

    async fn close(&self, _: u64) -> Result<(), DriverError> {
        Ok(())
    }

    async fn converge(&self, converge: Converge, _: impl Desk) -> Result<Outcome, DriverError> {
        Ok(self.answers(Some(converge.resource)))
    }

    async fn crash(&self, _: u64) -> Result<(), DriverError> {
        Ok(())
    }

    async fn give_up(&self, _: u64) -> Result<(), DriverError> {
        Ok(())
    }
}

fn failure(class: ErrorClass) -> Failure {
    Failure {
        class,
        status: None,
        code: None,
        description: None,
        trace_id: None,
        retry_after: None,
        body: None,
        message: "idle".to_owned(),
        resource: None,
    }
}

/// A case that a client which does nothing passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blind {
    /// The case.
    pub id: String,
    /// What that client does.
    pub client: String,
}

/// Tries scenarios with idle clients, and returns the cases that one of them passes.
///
/// One case of a scenario is enough, because nothing of an idle client depends on axes; and of the error classes those
/// that the scenario names, and one that it does not.
///
/// # Errors
///
/// When the authorities of the run cannot be made.
pub async fn blind(cases: &[ScenarioCase], jobs: usize) -> Result<Vec<Blind>, PkiError> {
    let options = RunOptions { jobs, after_failure: AfterFailure::GoOn, known: Known::default() };
    let pki = Pki::new(Vec::new())?;
    let mut blind = Vec::new();
    for (answer, cases) in tries(cases) {
        let driver = IdleDriver { answer };
        let client = driver.describe();
        let bench = Arc::new(Bench::with_pki(driver, 1, Arc::clone(&pki)));
        run_all(cases, &bench, &options, |_, result| {
            if result.verdict == Verdict::Pass {
                blind.push(Blind { id: result.case.id, client: client.clone() });
            }
        })
        .await;
    }
    blind.sort_by(|left, right| (&left.id, &left.client).cmp(&(&right.id, &right.client)));
    Ok(blind)
}

/// Which cases to try with which answer.
fn tries(cases: &[ScenarioCase]) -> BTreeMap<Answer, Vec<ScenarioCase>> {
    let mut one_each: BTreeMap<&str, &ScenarioCase> = BTreeMap::new();
    for case in cases {
        one_each.entry(case.scenario.id()).or_insert(case);
    }
    let mut tries: BTreeMap<Answer, Vec<ScenarioCase>> = BTreeMap::new();
    for case in one_each.into_values() {
        let mut answers = BTreeSet::from([Answer::Ok, Answer::Cancelled, Answer::Error(ErrorClass::Other)]);
        for step in &case.scenario.steps {
            if let Some(OutcomeKind::Error { classes, .. }) =
                step.expect.outcome.as_ref().map(|outcome| &outcome.kind)
            {
                answers.extend(classes.iter().map(|class| Answer::Error(class.value)));
            }
        }
        for answer in answers {
            tries.entry(answer).or_default().push(case.clone());
        }
    }
    tries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::cases_of;
    use crate::scenario::parse;

    #[tokio::test]
    async fn a_scenario_that_only_expects_a_refusal_is_found() {
        let text = "
requirement: A client refuses a call for nobody.
level: must
source: x
steps: [{ call: list, as: none, expect: { outcome: { error: no-principal }, requests: none } }]
";
        let scenario = Arc::new(parse("suite/blind", text).unwrap());
        let found = blind(&cases_of(&scenario, &Arc::default()), 1).await.unwrap();
        let expected = Blind {
            id: "suite/blind".to_owned(),
            client: "answers every call with `no-principal`".to_owned(),
        };
        assert_eq!(found, [expected]);
    }
}
