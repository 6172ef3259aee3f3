//! Lifecycles and crashes of a driver in this process, served as one in a process of its own.
#![cfg(feature = "stdio")]

use std::sync::Arc;

use plumbline_protocol::codec::{self, Lines};
use plumbline_protocol::stdio::serve_on;
use plumbline_protocol::{
    Call, Converge, Desk, Driver, DriverError, Failure, FromDriver, Hello, Outcome, Resource, Secret,
    Session, Stored, ToDriver, examples,
};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::Notify;

/// A lifecycle waits as often as it may try, stores its resource and says what came of that. A call ends when its
/// session crashes.
#[derive(Default)]
struct Stores {
    crashed: Arc<Notify>,
    /// Whether it knows nothing but the messages that every driver knows.
    plain: bool,
}

impl Driver for Stores {
    fn hello(&self) -> Hello {
        match examples::from_driver().remove(0) {
            FromDriver::Hello(hello) => hello,
            other => panic!("a conversation begins with hello, not {other:?}"),
        }
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
        self.crashed.notified().await;
        Err(DriverError::crashed(call.session))
    }

    async fn cancel(&self, _: u64) -> Result<(), DriverError> {
        Ok(())
    }

    async fn close(&self, _: u64) -> Result<(), DriverError> {
        Ok(())
    }

    async fn converge(&self, converge: Converge, desk: impl Desk) -> Result<Outcome, DriverError> {
        if self.plain {
            return Plain.converge(converge, desk).await;
        }
        (0..converge.attempts).for_each(|attempt| desk.waits(u64::from(attempt)));
        let value = match desk.store(converge.resource).await? {
            Stored::Kept => json!("kept"),
            Stored::Refused(why) => json!(why),
        };
        Ok(Outcome::Ok { value, resource: None })
    }

    async fn crash(&self, session: u64) -> Result<(), DriverError> {
        if self.plain {
            return Plain.crash(session).await;
        }
        self.crashed.notify_waiters();
        // What was in flight gets every chance to speak before `closed`.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

/// A driver of the time before lifecycles.
struct Plain;

impl Driver for Plain {
    fn hello(&self) -> Hello {
        Stores::default().hello()
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

    async fn call(&self, _: Call) -> Result<Outcome, DriverError> {
        Ok(Outcome::Cancelled)
    }

    async fn cancel(&self, _: u64) -> Result<(), DriverError> {
        Ok(())
    }

    async fn close(&self, _: u64) -> Result<(), DriverError> {
        Ok(())
    }
}

struct Harness {
    input: DuplexStream,
    output: DuplexStream,
    lines: Lines,
    heard: Vec<FromDriver>,
}

impl Harness {
    async fn start(driver: Stores) -> Self {
        let (input, theirs) = tokio::io::duplex(1024);
        let (ours, output) = tokio::io::duplex(1024);
        tokio::spawn(serve_on(driver, theirs, ours));
        let mut harness = Self { input, output, lines: Lines::default(), heard: Vec::new() };
        assert!(matches!(harness.hear().await, FromDriver::Hello(_)));
        harness
    }

    async fn say(&mut self, message: &ToDriver) {
        self.input.write_all(codec::encode(message).as_bytes()).await.expect("the driver reads");
    }

    async fn hear(&mut self) -> FromDriver {
        let mut chunk = [0; 256];
        while self.heard.is_empty() {
            let length = self.output.read(&mut chunk).await.expect("the pipe is open");
            assert_ne!(length, 0, "the driver hung up");
            let whole = self.lines.feed(&chunk[..length]);
            self.heard.extend(whole.iter().map(|line| codec::decode(line).expect("a message")));
        }
        self.heard.remove(0)
    }
}

fn converge(id: u64) -> Converge {
    match examples::to_driver().remove(7) {
        ToDriver::Converge(converge) => Converge { id, attempts: 2, ..converge },
        other => panic!("the eighth example is a lifecycle, not {other:?}"),
    }
}

fn call(id: u64) -> ToDriver {
    match examples::to_driver().remove(4) {
        ToDriver::Call(call) => ToDriver::Call(Call { id, ..call }),
        other => panic!("the fifth example is a call, not {other:?}"),
    }
}

fn resource() -> Resource {
    converge(0).resource
}

#[tokio::test]
async fn a_lifecycle_waits_stores_and_ends() {
    let mut harness = Harness::start(Stores::default()).await;
    harness.say(&ToDriver::Converge(converge(1))).await;
    assert_eq!(harness.hear().await, FromDriver::Waits { id: 1, milliseconds: 0 });
    assert_eq!(harness.hear().await, FromDriver::Waits { id: 1, milliseconds: 1 });
    assert_eq!(harness.hear().await, FromDriver::Store { id: 1, resource: resource() });
    harness.say(&ToDriver::Stored { id: 1, refused: Some("changed".to_owned()) }).await;
    let outcome = Outcome::Ok { value: json!("changed"), resource: None };
    assert_eq!(harness.hear().await, FromDriver::Done { id: 1, outcome });
}

#[tokio::test]
async fn each_lifecycle_gets_its_own_answer() {
    let mut harness = Harness::start(Stores::default()).await;
    for id in 1..=2 {
        harness.say(&ToDriver::Converge(Converge { attempts: 0, ..converge(id) })).await;
        assert_eq!(harness.hear().await, FromDriver::Store { id, resource: resource() });
    }
    for id in [2, 1] {
        harness.say(&ToDriver::Stored { id, refused: None }).await;
        let outcome = Outcome::Ok { value: json!("kept"), resource: None };
        assert_eq!(harness.hear().await, FromDriver::Done { id, outcome });
    }
    // Nobody waits for this any more.
    harness.say(&ToDriver::Stored { id: 1, refused: None }).await;
    harness.say(&ToDriver::Close { session: 1 }).await;
    assert_eq!(harness.hear().await, FromDriver::Closed { session: 1 });
}

#[tokio::test]
async fn nothing_of_a_crashed_session_speaks_any_more() {
    let mut harness = Harness::start(Stores::default()).await;
    harness.say(&call(1)).await;
    harness.say(&ToDriver::Converge(Converge { attempts: 0, ..converge(2) })).await;
    assert_eq!(harness.hear().await, FromDriver::Store { id: 2, resource: resource() });
    harness.say(&ToDriver::Crash { session: 1 }).await;
    assert_eq!(harness.hear().await, FromDriver::Closed { session: 1 });
    harness.say(&ToDriver::Stored { id: 2, refused: None }).await;
    harness.say(&ToDriver::Advance { session: 1, seconds: 0 }).await;
    assert_eq!(harness.hear().await, FromDriver::Ready { session: 1 });
}

#[tokio::test]
async fn a_driver_without_lifecycles_says_so() {
    let mut harness = Harness::start(Stores { plain: true, ..Stores::default() }).await;
    harness.say(&ToDriver::Converge(converge(1))).await;
    match harness.hear().await {
        FromDriver::Done { id: 1, outcome: Outcome::Unsupported { .. } } => {}
        other => panic!("expected a lifecycle that is unsupported, heard {other:?}"),
    }
    for message in [ToDriver::Crash { session: 1 }, ToDriver::GiveUp { id: 1 }] {
        harness.say(&message).await;
        match harness.hear().await {
            FromDriver::Trouble { message } => assert!(message.contains("does not declare"), "{message}"),
            other => panic!("expected trouble, heard {other:?}"),
        }
    }
}
