//! Drivers that misbehave, each as a script of a few lines: the error is clear, and the next case is not concerned.

use std::path::Path;
use std::time::Duration;

use plumbline::drive::{Limits, ProcessDriver, Program};
use plumbline::driver_check::{Rule, Ruling, check};
use plumbline_protocol::{Call, Driver, DriverError, Outcome, Session, ToDriver, examples};
use rstest::rstest;
use rustix::process::{Pid, test_kill_process};

fn program(script: &str) -> Program {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drivers").join(format!("{script}.sh"));
    let command = vec!["sh".to_owned(), path.to_str().expect("the path is text").to_owned()];
    // Wide enough for a loaded machine; only the drivers that hang wait for it.
    let limits = Limits {
        hello: Duration::from_secs(2),
        answer: Duration::from_secs(2),
        close: Duration::from_secs(2),
        ..Limits::default()
    };
    Program { command, limits }
}

fn setup() -> Session {
    match examples::to_driver().remove(1) {
        ToDriver::Open { setup, .. } => setup,
        other => panic!("the second example opens a session, not {other:?}"),
    }
}

fn call(id: u64, session: u64) -> Call {
    match examples::to_driver().remove(4) {
        ToDriver::Call(call) => Call { id, session, ..call },
        other => panic!("the fifth example is a call, not {other:?}"),
    }
}

/// A case: open, one call, close.
async fn case(driver: &ProcessDriver, session: u64) -> Result<Outcome, DriverError> {
    driver.open(session, setup()).await?.expect("no script refuses a session");
    let outcome = driver.call(call(session, session)).await?;
    driver.close(session).await?;
    Ok(outcome)
}

async fn start(script: &str) -> ProcessDriver {
    ProcessDriver::start(program(script)).await.expect("this script says hello")
}

fn first_line(error: &impl ToString) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

#[rstest]
#[case("no-hello", "expected `hello` within 2s, heard nothing")]
#[case("prose-first", "the driver's output is no message: line 1, column 1: not JSON: expected value")]
#[case("answer-first", r#"expected `hello` first, heard {"type":"opened","session":1}"#)]
#[case("other-version", "expected a driver that speaks version 1 of the protocol, this one speaks [2, 3]")]
#[case("no-concurrency", "`hello` says `concurrency` 0")]
#[case("dies-at-once", "the driver exited with status 3 while its `hello` was due")]
#[tokio::test]
async fn a_driver_that_does_not_start(#[case] script: &str, #[case] expected: &str) {
    let failure = ProcessDriver::start(program(script)).await.expect_err("it does not start");
    assert_eq!(first_line(&failure), expected);
}

#[tokio::test]
async fn an_unknown_capability_is_named_with_those_known() {
    let failure = ProcessDriver::start(program("unknown-capability")).await.expect_err("it does not start");
    insta::assert_snapshot!(failure);
}

#[tokio::test]
async fn what_a_driver_said_before_it_died_is_kept() {
    let failure = ProcessDriver::start(program("dies-at-once")).await.expect_err("it does not start");
    assert_eq!(failure.said, ["cannot find module uni"]);
}

#[tokio::test]
async fn a_program_that_does_not_exist() {
    let command = vec!["./no-such-driver".to_owned()];
    let failure = ProcessDriver::start(Program { command, limits: Limits::default() }).await;
    let failure = failure.expect_err("there is none").to_string();
    assert_eq!(failure, "start the driver `./no-such-driver`: No such file or directory (os error 2)");
}

#[rstest]
#[case("exits-in-call", "the driver exited with status 2 while call 1 was due")]
#[case("killed-in-call", "the driver was ended by signal 9 while call 1 was due")]
#[case("hangs-in-call", "expected an answer to call 1 within 2s, heard nothing")]
#[case("hangs-in-close", "expected an answer to `close` of session 1 within 2s, heard nothing")]
#[case("floods-lines", "the driver's output is no message: line 3, column 1: not JSON: expected value")]
#[case("floods-one-line", "the driver's output is no message: line 3: a line passes 8388608 bytes")]
#[case("garbage", "the driver's output is no message: line 3, column 14: bytes that are not UTF-8")]
#[case(
    "half-json",
    "the driver's output is no message: line 3, column 20: not JSON: EOF while parsing a value"
)]
#[case(
    "wrong-shape",
    "the driver's output is no message: line 3, column 72: in `done`, at `outcome.status`: invalid type: string \
     \"403\", expected u16"
)]
#[case("answers-twice", "call 1 was answered twice")]
#[case("wrong-id", "heard an answer to call 99, which was not asked; waiting for call 1")]
#[case(
    "wrong-session",
    "heard an answer to `open` of session 9, which was not asked; waiting for `open` of session 1"
)]
#[case("hello-again", "heard `hello` a second time")]
#[case("trouble", "the driver is in trouble: no room for another client")]
#[tokio::test]
async fn a_driver_that_breaks_in_a_case(#[case] script: &str, #[case] expected: &str) {
    let driver = start(script).await;
    let error = case(&driver, 1).await.expect_err("the case is incomplete");
    assert_eq!(first_line(&error), expected);
    // The session stays lost, and says why.
    let again = driver.call(call(2, 1)).await.expect_err("its process is gone");
    assert!(first_line(&again) == expected || first_line(&again) == "session 1 is not open", "{again}");
}

#[tokio::test]
async fn the_next_case_gets_a_process_of_its_own() {
    let driver = start("exits-in-call").await;
    for session in 1..=2 {
        driver.open(session, setup()).await.expect("a new process opens it").expect("it is not refused");
        driver.call(call(session, session)).await.expect_err("it exits in every call");
        assert_eq!(driver.said(session), ["panic: index out of range"]);
    }
}

#[tokio::test]
async fn a_session_beside_a_broken_one_goes_on() {
    let driver = start("exits-in-call").await;
    for session in 1..=2 {
        driver.open(session, setup()).await.expect("each has a process").expect("it is not refused");
    }
    driver.call(call(1, 1)).await.expect_err("the first one exits");
    driver.call(call(2, 2)).await.expect_err("the second one exits for its own call");
    assert_eq!(driver.said(2), ["panic: index out of range"]);
}

#[tokio::test]
async fn after_three_failures_in_a_row_it_is_given_up() {
    let driver = start("trouble").await;
    for session in 1..=3 {
        assert_eq!(
            case(&driver, session).await.expect_err("every case fails").to_string(),
            "the driver is in trouble: no room for another client"
        );
    }
    let error = case(&driver, 4).await.expect_err("no process is started");
    assert_eq!(error.to_string(), "the driver failed in 3 cases in a row; it is not started again");
}

#[tokio::test]
async fn a_driver_that_is_killed_is_started_again_however_often() {
    let driver = start("killed-in-line").await;
    for session in 1..=5 {
        let error = case(&driver, session).await.expect_err("it is killed in every call");
        let expected = format!("the driver was ended by signal 9 while call {session} was due");
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test]
async fn a_driver_that_is_killed_before_its_hello_is_started_again() {
    let folder = tempfile::tempdir().expect("there is room");
    let mut program = program("killed-once");
    program.command.push(folder.path().join("started").to_str().expect("the path is text").to_owned());
    let driver = ProcessDriver::start(program).await.expect("the second time it says hello");
    case(&driver, 1).await.expect("it is right");
    let failure =
        ProcessDriver::start(self::program("killed-at-once")).await.expect_err("it never says hello");
    assert_eq!(failure.to_string(), "the driver was ended by signal 9 while its `hello` was due");
}

#[tokio::test]
async fn a_right_driver_serves_case_after_case_in_one_process() {
    let driver = start("right").await;
    for session in 1..=20 {
        assert_eq!(
            case(&driver, session).await.expect("it is right"),
            Outcome::Ok { value: serde_json::Value::Null, resource: None }
        );
    }
    driver.finish().await;
}

#[tokio::test]
async fn secrets_and_the_clock_are_answered_by_ready() {
    let driver = start("right").await;
    driver.open(1, setup()).await.expect("it is right").expect("it is not refused");
    driver.secrets(1, Vec::new()).await.expect("it is right");
    driver.advance(1, 10).await.expect("it is right");
    driver.cancel(7).await.expect("a call that is not in flight is not cancelled");
    driver.close(1).await.expect("it is right");
    let error = driver.call(call(1, 1)).await.expect_err("it is closed");
    assert_eq!(error.to_string(), "session 1 is not open");
}

#[tokio::test]
async fn noise_on_standard_error_does_not_matter() {
    let driver = start("floods-errors").await;
    driver.open(1, setup()).await.expect("it is right").expect("it is not refused");
    driver.call(call(1, 1)).await.expect("it answers");
    until(|| driver.said(1).iter().any(|line| line == "still working")).await;
    driver.close(1).await.expect("it answers");
    assert!(driver.said(1).len() <= 41, "{}", driver.said(1).len());
}

#[tokio::test]
async fn keys_on_standard_error_are_left_out() {
    let driver = start("prints-keys").await;
    case(&driver, 1).await.expect_err("it exits");
    assert_eq!(driver.said(1), ["(PEM left out)", "done"]);
}

#[tokio::test]
async fn what_a_driver_started_ends_with_it() {
    let driver = start("leaves-a-child").await;
    case(&driver, 1).await.expect_err("it exits");
    let number = driver.said(1).remove(0).parse().expect("it says its child's number");
    let child = Pid::from_raw(number).expect("it is one");
    drop(driver);
    until(|| test_kill_process(child).is_err() || is_zombie(number)).await;
}

/// Waits for a condition, with a deadline.
async fn until(condition: impl Fn() -> bool) {
    let met = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(2));
        while !condition() {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), met).await.expect("it comes to that");
}

/// Ended, but nobody has asked how: in a container there may be nobody to ask.
fn is_zombie(number: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{number}/stat")).is_ok_and(|stat| stat.contains(") Z "))
}

#[tokio::test]
async fn a_check_waits_once_for_a_session_that_does_not_open() {
    let tried = check(program("hangs-in-open")).await.expect("the fake starts");
    let tried: Vec<_> = tried.into_iter().map(|tried| (tried.rule, tried.ruling)).collect();
    assert_eq!(tried.len(), Rule::ALL.len());
    assert_eq!(tried[..2], [(Rule::Starts, Ruling::Held), (Rule::Declares, Ruling::Held)]);
    let seen = "expected an answer to `open` of session 1 within 2s, heard nothing".to_owned();
    assert_eq!(tried[2], (Rule::Opens, Ruling::Broken(seen)));
    let untried = Ruling::NotTried("it takes a session, and none opens".to_owned());
    assert!(tried[3..21].iter().all(|(_, ruling)| *ruling == untried), "{tried:?}");
}
