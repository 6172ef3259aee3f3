//! The reference driver with one defect.

use std::process::ExitCode;
use std::sync::Mutex;

use plumbline_protocol::{
    Call, Converge, Desk, Driver, DriverError, Failure, Goal, Hello, Outcome, Resource, Secret, Session,
    Stored, stdio,
};
use plumbline_reference_driver::ReferenceDriver;
use serde_json::Value;

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
}

impl Defect {
    const ALL: [Self; 9] = [
        Self::None,
        Self::SendsNothing,
        Self::NeverStores,
        Self::StoresTwice,
        Self::TriesOnce,
        Self::TriesTooOften,
        Self::WaitsInSilence,
        Self::CancelsInstead,
        Self::OutlivesCrashes,
    ];

    pub(crate) fn name(self) -> String {
        format!("{self:?}")
    }

    pub(crate) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|defect| defect.name() == name).unwrap()
    }
}

pub(crate) fn serve(defect: Defect) -> ExitCode {
    let driver = Defective { defect, inner: ReferenceDriver::new(), outlived: Mutex::default() };
    let served = tokio::runtime::Runtime::new().unwrap().block_on(stdio::serve(driver));
    if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

struct Defective {
    defect: Defect,
    inner: ReferenceDriver,
    /// Sessions that live on after their crash, until the next one opens.
    outlived: Mutex<Vec<u64>>,
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
