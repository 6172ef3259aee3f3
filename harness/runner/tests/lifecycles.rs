//! Lifecycles and crashes of drivers in processes, each driver a script of a few lines.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plumbline::drive::{Limits, ProcessDriver, Program};
use plumbline_protocol::{
    Converge, Desk, Driver, DriverError, ErrorClass, Outcome, Resource, Session, Stored, ToDriver, examples,
};
use rstest::rstest;
use tokio::sync::Notify;

async fn start(script: &str) -> ProcessDriver {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drivers").join(format!("{script}.sh"));
    let command = vec!["sh".to_owned(), path.to_str().expect("the path is text").to_owned()];
    // Wide enough for a loaded machine; only the driver that hangs waits for it.
    let limits = Limits { answer: Duration::from_secs(2), ..Limits::default() };
    let driver = ProcessDriver::start(Program { command, limits }).await.expect("this script says hello");
    driver.open(1, setup()).await.expect("it opens").expect("no script refuses a session");
    driver
}

fn setup() -> Session {
    match examples::to_driver().remove(1) {
        ToDriver::Open { setup, .. } => setup,
        other => panic!("the second example opens a session, not {other:?}"),
    }
}

fn converge(id: u64) -> Converge {
    match examples::to_driver().remove(7) {
        ToDriver::Converge(converge) => Converge { id, session: 1, ..converge },
        other => panic!("the eighth example is a lifecycle, not {other:?}"),
    }
}

/// Remembers what a lifecycle says, and answers every store alike.
#[derive(Clone)]
struct Notes {
    said: Arc<Mutex<Vec<String>>>,
    answer: Answer,
    storing: Arc<Notify>,
}

#[derive(Clone)]
enum Answer {
    Keep,
    Refuse,
    Never,
}

impl Notes {
    fn new(answer: Answer) -> Self {
        Self { said: Arc::default(), answer, storing: Arc::default() }
    }

    fn said(&self) -> Vec<String> {
        self.said.lock().expect("nobody panics while taking notes").clone()
    }

    fn note(&self, text: String) {
        self.said.lock().expect("nobody panics while taking notes").push(text);
    }
}

impl Desk for Notes {
    async fn store(&self, resource: Resource) -> Result<Stored, DriverError> {
        assert_eq!(resource, converge(0).resource);
        self.note("store".to_owned());
        self.storing.notify_one();
        match self.answer {
            Answer::Keep => Ok(Stored::Kept),
            Answer::Refuse => Ok(Stored::Refused("changed".to_owned())),
            Answer::Never => std::future::pending().await,
        }
    }

    fn waits(&self, milliseconds: u64) {
        self.note(format!("waits {milliseconds}"));
    }
}

fn ok() -> Outcome {
    Outcome::Ok { value: serde_json::Value::Null, resource: None }
}

#[track_caller]
fn fails_with(outcome: Result<Outcome, DriverError>, expected: &str) {
    let error = outcome.expect_err("the case is incomplete").to_string();
    assert_eq!(error.lines().next(), Some(expected));
}

#[tokio::test]
async fn what_a_lifecycle_says_comes_in_its_order() {
    let (driver, notes) = (start("waits-and-stores").await, Notes::new(Answer::Keep));
    assert_eq!(driver.converge(converge(7), notes.clone()).await.expect("it ends"), ok());
    assert_eq!(notes.said(), ["waits 5", "waits 10", "store"]);
    driver.close(1).await.expect("it closes");
}

#[tokio::test]
async fn a_store_that_is_refused_is_told() {
    let driver = start("waits-and-stores").await;
    match driver.converge(converge(7), Notes::new(Answer::Refuse)).await.expect("it ends") {
        Outcome::Error(failure) => assert_eq!(failure.class, ErrorClass::Other),
        other => panic!("expected an error, saw {other:?}"),
    }
}

#[rstest]
#[case("done-before-stored", "heard `done` of lifecycle 7 before its `store` was answered")]
#[case("stores-nothing-known", "heard `store` of lifecycle 99, which does not run")]
#[case("converges-in-silence", "expected an answer to call 7 within 2s, heard nothing")]
#[case("exits-in-store", "the driver exited with status 2 while call 7 was due")]
#[tokio::test]
async fn a_lifecycle_that_breaks(#[case] script: &str, #[case] expected: &str) {
    let driver = start(script).await;
    fails_with(driver.converge(converge(7), Notes::new(Answer::Never)).await, expected);
}

#[tokio::test]
async fn a_crash_ends_what_is_being_stored_and_frees_the_process() {
    let (driver, notes) = (Arc::new(start("stores-and-crashes").await), Notes::new(Answer::Never));
    let running = {
        let (driver, notes) = (Arc::clone(&driver), notes.clone());
        tokio::spawn(async move { driver.converge(converge(7), notes).await })
    };
    notes.storing.notified().await;
    driver.crash(1).await.expect("it says `closed`");
    fails_with(running.await.expect("it does not panic"), "session 1 has crashed");
    // The same process serves the next session: the script opens one more and no third.
    driver.open(2, setup()).await.expect("it opens").expect("it is not refused");
    driver.close(2).await.expect("it closes");
    let ended = driver.finish().await;
    assert_eq!(ended.len(), 1);
}

#[rstest]
#[case("waits-after-crash", "heard `waits` of 7 after its session had crashed")]
#[case("done-after-crash", "heard `done` of 7 after its session had crashed")]
#[tokio::test]
async fn what_has_crashed_says_nothing(#[case] script: &str, #[case] expected: &str) {
    let driver = Arc::new(start(script).await);
    let running = {
        let driver = Arc::clone(&driver);
        tokio::spawn(async move { driver.converge(converge(7), Notes::new(Answer::Keep)).await })
    };
    // The lifecycle is asked for before the crash is.
    tokio::task::yield_now().await;
    driver.crash(1).await.expect("it says `closed`");
    fails_with(running.await.expect("it does not panic"), "session 1 has crashed");
    // What it says too much is in the way of the next session.
    let next = async {
        driver.open(2, setup()).await?.expect("it is not refused");
        driver.close(2).await
    };
    let seen = next.await.expect_err("the process has said too much").to_string();
    assert_eq!(seen.lines().next(), Some(expected));
}

#[tokio::test]
async fn giving_up_what_has_ended_is_no_mistake() {
    let driver = start("right").await;
    driver.converge(converge(7), Notes::new(Answer::Keep)).await.expect("it is right");
    driver.give_up(7).await.expect("it has ended");
    driver.crash(1).await.expect("it says `closed`");
    let error = driver.crash(1).await.expect_err("there is no such session any more");
    assert_eq!(error.to_string(), "session 1 is not open");
}
