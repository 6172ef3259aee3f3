//! Makes a mutant act for the harness.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use plumbline_protocol::{
    Call, Converge, Desk, Driver, DriverError, Failure, Hello, Outcome, Secret, Session,
};
use plumbline_reference_driver::ReferenceDriver;

use crate::Mutant;
use crate::broken::{Habits, WhenCancelled, WhenClosed, WhenSecretsChange};

/// The driver of the reference client, with one part of client or driver exchanged.
pub struct MutantDriver {
    id: &'static str,
    inner: ReferenceDriver,
    habits: Habits,
    sessions: Mutex<BTreeMap<u64, Session>>,
}

impl MutantDriver {
    /// The driver of a mutant.
    #[must_use]
    pub fn new(mutant: &Mutant) -> Self {
        let broken = (mutant.build)();
        let inner = ReferenceDriver::with(broken.assemble);
        Self {
            id: mutant.id,
            inner: match broken.conduct {
                Some(conduct) => inner.conducted_by(conduct),
                None => inner,
            },
            habits: broken.habits,
            sessions: Mutex::default(),
        }
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<u64, Session>> {
        self.sessions.lock().expect("no holder of this lock panics")
    }

    async fn rebuild(&self, id: u64, secrets: Vec<Secret>) -> Result<(), DriverError> {
        let Some(old) = self.sessions().get(&id).cloned() else { return Ok(()) };
        let new = Session { secrets, ..old.clone() };
        self.inner.close(id).await?;
        match self.inner.open(id, new.clone()).await? {
            Ok(()) => drop(self.sessions().insert(id, new)),
            Err(_unusable) => drop(self.inner.open(id, old).await?),
        }
        Ok(())
    }
}

impl Driver for MutantDriver {
    fn hello(&self) -> Hello {
        Hello { name: self.id.to_owned(), ..self.inner.hello() }
    }

    fn reads_files(&self) -> bool {
        false
    }

    async fn open(&self, id: u64, mut session: Session) -> Result<Result<(), Failure>, DriverError> {
        if let Some(change) = self.habits.session {
            change(&mut session);
        }
        self.sessions().insert(id, session.clone());
        self.inner.open(id, session).await
    }

    async fn secrets(&self, id: u64, secrets: Vec<Secret>) -> Result<(), DriverError> {
        match self.habits.secrets {
            WhenSecretsChange::TellTheStore => self.inner.secrets(id, secrets).await,
            WhenSecretsChange::BuildAnew => self.rebuild(id, secrets).await,
        }
    }

    async fn advance(&self, id: u64, seconds: u64) -> Result<(), DriverError> {
        self.inner.advance(id, seconds).await
    }

    async fn call(&self, mut call: Call) -> Result<Outcome, DriverError> {
        let given = call.clone();
        if let Some(change) = self.habits.call
            && let Some(session) = self.sessions().get(&call.session)
        {
            change(session, &mut call);
        }
        let mut outcome = self.inner.call(call).await?;
        if let Some(change) = self.habits.outcome {
            change(&given, &mut outcome);
        }
        // What a mutant did to the resource on the way in is not what it left behind.
        if self.habits.call.is_some() {
            restore(&given, &mut outcome);
        }
        Ok(outcome)
    }

    async fn cancel(&self, call: u64) -> Result<(), DriverError> {
        match self.habits.cancel {
            WhenCancelled::Stop => self.inner.cancel(call).await,
            WhenCancelled::GoOn => Ok(()),
        }
    }

    async fn close(&self, id: u64) -> Result<(), DriverError> {
        self.sessions().remove(&id);
        match self.habits.close {
            WhenClosed::Close => self.inner.close(id).await,
            WhenClosed::Forget => Ok(()),
        }
    }

    async fn converge(&self, converge: Converge, desk: impl Desk) -> Result<Outcome, DriverError> {
        self.inner.converge(converge, desk).await
    }

    async fn crash(&self, session: u64) -> Result<(), DriverError> {
        self.sessions().remove(&session);
        self.inner.crash(session).await
    }

    async fn give_up(&self, call: u64) -> Result<(), DriverError> {
        self.inner.give_up(call).await
    }
}

/// The caller's resource, with the allocation that the call left on it.
fn restore(given: &Call, outcome: &mut Outcome) {
    const ALLOCATION: &str = "unikorn-cloud.org/allocation-id";
    let Some(own) = &given.resource else { return };
    let left = match outcome {
        Outcome::Ok { resource, .. } => resource,
        Outcome::Error(failure) => &mut failure.resource,
        Outcome::Cancelled | Outcome::CouldNotAttempt { .. } | Outcome::Unsupported { .. } => return,
    };
    let Some(left) = left else { return };
    let allocation = left.annotations.as_mut().and_then(|annotations| annotations.remove(ALLOCATION));
    *left = own.clone();
    if let Some(allocation) = allocation
        && own.annotations.as_ref().and_then(|own| own.get(ALLOCATION)) != Some(&allocation)
    {
        left.annotations.get_or_insert_default().insert(ALLOCATION.to_owned(), allocation);
    }
}
