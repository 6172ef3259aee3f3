//! Clients that do nothing, to try scenarios with: one that such a client passes sees nothing.

use std::sync::Arc;

use plumbline_fake_server::Pki;
use plumbline_fake_server::pki::PkiError;
use plumbline_protocol::{
    Call, Capability, Driver, DriverError, ErrorClass, Failure, Hello, Outcome, Secret, Session, VERSION,
};
use serde_json::Value;

use crate::known::Known;
use crate::plan::ScenarioCase;
use crate::run::{AfterFailure, Bench, RunOptions, run_all};
use crate::scenario::operation::OPERATIONS;
use crate::scenario::read::Word;
use crate::verdict::Verdict;

/// A client that sends nothing and answers every call in the same way.
#[derive(Debug, Clone)]
pub struct IdleDriver {
    answer: Answer,
}

/// What an idle client answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// It succeeded, and returns nothing.
    Ok,
    /// It was cancelled.
    Cancelled,
    /// It failed like this.
    Error(ErrorClass),
    /// It could not even be built.
    Refused(ErrorClass),
}

impl IdleDriver {
    /// Every kind of it.
    pub fn all() -> impl Iterator<Item = Self> {
        let classes = || ErrorClass::WORDS.iter().map(|(_, class)| *class);
        let built = [Answer::Ok, Answer::Cancelled].into_iter().chain(classes().map(Answer::Error));
        built.chain(classes().map(Answer::Refused)).map(|answer| Self { answer })
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
            Answer::Refused(class) => format!("is never built, because of `{}`", name(class)),
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

    async fn open(&self, _: u64, _: Session) -> Result<Result<(), Failure>, DriverError> {
        match self.answer {
            Answer::Refused(class) => Ok(Err(failure(class))),
            Answer::Ok | Answer::Cancelled | Answer::Error(_) => Ok(Ok(())),
        }
    }

    async fn secrets(&self, _: u64, _: Vec<Secret>) -> Result<(), DriverError> {
        Ok(())
    }

    async fn advance(&self, _: u64, _: u64) -> Result<(), DriverError> {
        Ok(())
    }

    async fn call(&self, call: Call) -> Result<Outcome, DriverError> {
        Ok(match self.answer {
            Answer::Ok => Outcome::Ok { value: Value::Null, resource: call.resource },
            Answer::Cancelled => Outcome::Cancelled,
            Answer::Error(class) | Answer::Refused(class) => Outcome::Error(failure(class)),
        })
    }

    async fn cancel(&self, _: u64) -> Result<(), DriverError> {
        Ok(())
    }

    async fn close(&self, _: u64) -> Result<(), DriverError> {
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

/// Tries cases with every kind of idle client, and returns those that one of them passes.
///
/// # Errors
///
/// When the authorities of the run cannot be made.
pub async fn blind(cases: &[ScenarioCase], jobs: usize) -> Result<Vec<Blind>, PkiError> {
    let options = RunOptions { jobs, after_failure: AfterFailure::GoOn, known: Known::default() };
    let pki = Pki::new(Vec::new())?;
    let mut blind = Vec::new();
    for driver in IdleDriver::all() {
        let client = driver.describe();
        let bench = Arc::new(Bench::with_pki(driver, 1, Arc::clone(&pki)));
        run_all(cases.to_vec(), &bench, &options, |_, result| {
            if result.verdict == Verdict::Pass {
                blind.push(Blind { id: result.case.id, client: client.clone() });
            }
        })
        .await;
    }
    blind.sort_by(|left, right| (&left.id, &left.client).cmp(&(&right.id, &right.client)));
    Ok(blind)
}
