//! The reference driver with one defect.

use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use plumbline_protocol::{
    Call, Converge, Desk, Driver, DriverError, Failure, FromDriver, Goal, Hello, Outcome, Resource, Secret,
    Session, Stored, codec, stdio,
};
use plumbline_reference_driver::ReferenceDriver;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};

/// What is wrong with a driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    None,
    SendsNothing,
    NeverStores,
    StoresTwice,
    TriesOnce,
    TriesTooOften,
    WaitsInSilence,
    CancelsInstead,
    OutlivesCrashes,
    SpeaksAfterCrashes,
}

impl Defect {
    const ALL: [Self; 10] = [
        Self::None,
        Self::SendsNothing,
        Self::NeverStores,
        Self::StoresTwice,
        Self::TriesOnce,
        Self::TriesTooOften,
        Self::WaitsInSilence,
        Self::CancelsInstead,
        Self::OutlivesCrashes,
        Self::SpeaksAfterCrashes,
    ];

    pub(crate) fn name(self) -> String {
        format!("{self:?}")
    }

    pub(crate) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|defect| defect.name() == name).unwrap()
    }
}

pub(crate) fn serve(defect: Defect) -> ExitCode {
    let crashed = Arc::new(Mutex::new(None));
    let driver = Defective {
        defect,
        inner: ReferenceDriver::new(),
        outlived: Mutex::default(),
        last: Mutex::default(),
        crashed: Arc::clone(&crashed),
    };
    let served = async {
        let (output, said) = tokio::io::duplex(1024);
        let passed_on = tokio::spawn(pass_on(said, crashed));
        let served = stdio::serve_on(driver, tokio::io::stdin(), output).await;
        passed_on.await.unwrap();
        served
    };
    let served = tokio::runtime::Runtime::new().unwrap().block_on(served);
    if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Passes on what a driver says; after the `closed` of a crash it says something of its own of the call that is named.
async fn pass_on(said: DuplexStream, crashed: Arc<Mutex<Option<u64>>>) {
    let mut lines = BufReader::new(said).lines();
    let mut output = tokio::io::stdout();
    while let Some(mut line) = lines.next_line().await.unwrap() {
        line.push('\n');
        if line.contains(r#""closed""#)
            && let Some(call) = crashed.lock().unwrap().take()
        {
            line += &codec::encode(&FromDriver::Done { id: call, outcome: Outcome::Cancelled });
        }
        output.write_all(line.as_bytes()).await.unwrap();
        output.flush().await.unwrap();
    }
}

struct Defective {
    defect: Defect,
    inner: ReferenceDriver,
    /// Sessions that live on after their crash, until the next one opens.
    outlived: Mutex<Vec<u64>>,
    /// The last call.
    last: Mutex<u64>,
    /// The call that is to be spoken of after a crash.
    crashed: Arc<Mutex<Option<u64>>>,
}

impl Driver for Defective {
    fn hello(&self) -> Hello {
        self.inner.hello()
    }

    async fn open(&self, id: u64, session: Session) -> Result<Result<(), Failure>, DriverError> {
        let outlived = std::mem::take(&mut *self.outlived.lock().unwrap());
        for session in outlived {
            self.inner.close(session).await?;
        }
        self.inner.open(id, session).await
    }

    async fn secrets(&self, id: u64, secrets: Vec<Secret>) -> Result<(), DriverError> {
        self.inner.secrets(id, secrets).await
    }

    async fn advance(&self, id: u64, seconds: u64) -> Result<(), DriverError> {
        self.inner.advance(id, seconds).await
    }

    async fn call(&self, call: Call) -> Result<Outcome, DriverError> {
        *self.last.lock().unwrap() = call.id;
        self.inner.call(call).await
    }

    async fn cancel(&self, call: u64) -> Result<(), DriverError> {
        self.inner.cancel(call).await
    }

    async fn close(&self, id: u64) -> Result<(), DriverError> {
        self.inner.close(id).await
    }

    async fn converge(&self, converge: Converge, desk: impl Desk) -> Result<Outcome, DriverError> {
        let attempts = match self.defect {
            // To be absent without a request is never wrong: it may have been absent before. And a budget of three is
            // that of a lifecycle that has to fail.
            Defect::SendsNothing if converge.goal == Goal::Present && converge.attempts != 3 => {
                return Ok(Outcome::Ok { value: Value::Null, resource: Some(converge.resource) });
            }
            Defect::TriesOnce => 1,
            Defect::TriesTooOften => converge.attempts + 1,
            _ => converge.attempts,
        };
        let desk = Dishonest { defect: self.defect, inner: desk };
        self.inner.converge(Converge { attempts, ..converge }, desk).await
    }

    async fn crash(&self, session: u64) -> Result<(), DriverError> {
        match self.defect {
            Defect::OutlivesCrashes => {
                self.outlived.lock().unwrap().push(session);
                Ok(())
            }
            Defect::SpeaksAfterCrashes => {
                self.inner.crash(session).await?;
                *self.crashed.lock().unwrap() = Some(*self.last.lock().unwrap());
                Ok(())
            }
            _ => self.inner.crash(session).await,
        }
    }

    async fn give_up(&self, call: u64) -> Result<(), DriverError> {
        match self.defect {
            Defect::CancelsInstead => self.inner.cancel(call).await,
            _ => self.inner.give_up(call).await,
        }
    }
}

/// Passes on what a lifecycle says, or not.
struct Dishonest<D> {
    defect: Defect,
    inner: D,
}

impl<D: Desk> Desk for Dishonest<D> {
    async fn store(&self, resource: Resource) -> Result<Stored, DriverError> {
        match self.defect {
            Defect::NeverStores => Ok(Stored::Kept),
            Defect::StoresTwice => {
                self.inner.store(resource.clone()).await?;
                self.inner.store(resource).await
            }
            _ => self.inner.store(resource).await,
        }
    }

    fn waits(&self, milliseconds: u64) {
        if self.defect != Defect::WaitsInSilence {
            self.inner.waits(milliseconds);
        }
    }
}
