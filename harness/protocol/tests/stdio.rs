//! A driver in this process, served as one in a process of its own.
#![cfg(feature = "stdio")]

use std::sync::Mutex;

use plumbline_protocol::codec::{self, Lines};
use plumbline_protocol::stdio::{ServeError, serve_on};
use plumbline_protocol::{
    Call, Driver, DriverError, Failure, FromDriver, Hello, Outcome, Secret, Session, ToDriver, examples,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::Notify;

/// Call 1 waits until it is cancelled; any other call ends at once.
#[derive(Default)]
struct Waits {
    cancelled: Notify,
    closed: Mutex<Vec<u64>>,
}

impl Driver for Waits {
    fn hello(&self) -> Hello {
        match examples::from_driver().remove(0) {
            FromDriver::Hello(hello) => hello,
            other => panic!("a conversation begins with hello, not {other:?}"),
        }
    }

    async fn open(&self, id: u64, _: Session) -> Result<Result<(), Failure>, DriverError> {
        if id == 1 { Ok(Ok(())) } else { Err(DriverError("only one".to_owned())) }
    }

    async fn secrets(&self, _: u64, _: Vec<Secret>) -> Result<(), DriverError> {
        Ok(())
    }

    async fn advance(&self, _: u64, _: u64) -> Result<(), DriverError> {
        panic!("no clock here")
    }

    async fn call(&self, call: Call) -> Result<Outcome, DriverError> {
        if call.id == 1 {
            self.cancelled.notified().await;
            return Ok(Outcome::Cancelled);
        }
        Err(DriverError("no such session".to_owned()))
    }

    async fn cancel(&self, _: u64) -> Result<(), DriverError> {
        self.cancelled.notify_waiters();
        Ok(())
    }

    async fn close(&self, id: u64) -> Result<(), DriverError> {
        self.closed.lock().expect("nobody panics while closing").push(id);
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
    fn start() -> (Self, tokio::task::JoinHandle<Result<(), ServeError>>) {
        let (input, theirs) = tokio::io::duplex(1024);
        let (ours, output) = tokio::io::duplex(1024);
        let served = tokio::spawn(serve_on(Waits::default(), theirs, ours));
        (Self { input, output, lines: Lines::default(), heard: Vec::new() }, served)
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

fn call(id: u64) -> ToDriver {
    match examples::to_driver().remove(4) {
        ToDriver::Call(call) => ToDriver::Call(Call { id, ..call }),
        other => panic!("the fifth example is a call, not {other:?}"),
    }
}

fn open(session: u64) -> ToDriver {
    match examples::to_driver().remove(1) {
        ToDriver::Open { setup, .. } => ToDriver::Open { session, setup },
        other => panic!("the second example opens a session, not {other:?}"),
    }
}

#[tokio::test]
async fn answers_come_as_they_end_and_a_cancel_finds_its_call() {
    let (mut harness, served) = Harness::start();
    assert!(matches!(harness.hear().await, FromDriver::Hello(_)));
    for message in [ToDriver::Welcome { version: 1 }, open(1), call(1), call(2)] {
        harness.say(&message).await;
    }
    assert_eq!(harness.hear().await, FromDriver::Opened { session: 1 });
    let reason = "no such session".to_owned();
    assert_eq!(
        harness.hear().await,
        FromDriver::Done { id: 2, outcome: Outcome::CouldNotAttempt { reason } }
    );
    harness.say(&ToDriver::Cancel { id: 1 }).await;
    assert_eq!(harness.hear().await, FromDriver::Done { id: 1, outcome: Outcome::Cancelled });
    harness.say(&ToDriver::Close { session: 1 }).await;
    assert_eq!(harness.hear().await, FromDriver::Closed { session: 1 });
    drop(harness.input);
    assert!(served.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_cancel_sent_with_its_call_is_not_lost() {
    let (mut harness, _served) = Harness::start();
    harness.hear().await;
    let both = codec::encode(&call(1)) + &codec::encode(&ToDriver::Cancel { id: 1 });
    harness.input.write_all(both.as_bytes()).await.unwrap();
    assert_eq!(harness.hear().await, FromDriver::Done { id: 1, outcome: Outcome::Cancelled });
}

#[tokio::test]
async fn trouble_is_said() {
    let (mut harness, _served) = Harness::start();
    harness.hear().await;
    harness.say(&open(2)).await;
    assert_eq!(harness.hear().await, FromDriver::Trouble { message: "only one".to_owned() });
}

#[tokio::test]
async fn a_panic_after_the_first_wait_is_said() {
    struct Panics(Waits);
    impl Driver for Panics {
        fn hello(&self) -> Hello {
            self.0.hello()
        }
        async fn open(&self, _: u64, _: Session) -> Result<Result<(), Failure>, DriverError> {
            tokio::task::yield_now().await;
            panic!("no room")
        }
        async fn secrets(&self, id: u64, secrets: Vec<Secret>) -> Result<(), DriverError> {
            self.0.secrets(id, secrets).await
        }
        async fn advance(&self, id: u64, seconds: u64) -> Result<(), DriverError> {
            self.0.advance(id, seconds).await
        }
        async fn call(&self, call: Call) -> Result<Outcome, DriverError> {
            self.0.call(call).await
        }
        async fn cancel(&self, call: u64) -> Result<(), DriverError> {
            self.0.cancel(call).await
        }
        async fn close(&self, id: u64) -> Result<(), DriverError> {
            self.0.close(id).await
        }
    }
    let (input, theirs) = tokio::io::duplex(1024);
    let (ours, output) = tokio::io::duplex(1024);
    let _served = tokio::spawn(serve_on(Panics(Waits::default()), theirs, ours));
    let mut harness = Harness { input, output, lines: Lines::default(), heard: Vec::new() };
    harness.hear().await;
    harness.say(&open(1)).await;
    match harness.hear().await {
        FromDriver::Trouble { message } => assert!(message.contains("panicked"), "{message}"),
        other => panic!("expected trouble, heard {other:?}"),
    }
}

#[tokio::test]
async fn what_is_no_message_ends_the_process() {
    let (mut harness, served) = Harness::start();
    harness.hear().await;
    harness.input.write_all(b"{\"type\":\"stop\"}\n").await.unwrap();
    assert!(matches!(served.await.unwrap(), Err(ServeError::Line(_))));
}

#[tokio::test]
async fn a_version_it_does_not_speak_ends_the_process() {
    let (mut harness, served) = Harness::start();
    harness.hear().await;
    harness.say(&ToDriver::Welcome { version: 9 }).await;
    assert!(matches!(served.await.unwrap(), Err(ServeError::Version(9))));
}
