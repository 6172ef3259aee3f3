//! What is in flight: calls and lifecycles that are owed a `done`, and stores that wait for their `stored`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::{mpsc, oneshot};

use crate::{Desk, DriverError, FromDriver, Resource, Stored};

/// What is in flight. What is no longer listed here, since its session crashed, says nothing any more.
#[derive(Clone)]
pub(super) struct Flight {
    answers: mpsc::UnboundedSender<FromDriver>,
    listed: Arc<Mutex<BTreeMap<u64, One>>>,
}

struct One {
    session: u64,
    storing: Option<oneshot::Sender<Stored>>,
}

impl Flight {
    pub(super) fn new(answers: mpsc::UnboundedSender<FromDriver>) -> Self {
        Self { answers, listed: Arc::default() }
    }

    /// A call or a lifecycle begins.
    pub(super) fn begin(&self, id: u64, session: u64) {
        self.listed().insert(id, One { session, storing: None });
    }

    /// It ends with this message, unless its session has crashed.
    pub(super) fn end(&self, id: u64, done: FromDriver) {
        let mut listed = self.listed();
        if listed.remove(&id).is_some() {
            // Nobody reads any more once the writer has ended; then what is said does not matter.
            let _ = self.answers.send(done);
        }
    }

    /// A session crashes: nothing of it speaks from now on.
    pub(super) fn crash(&self, session: u64) {
        self.listed().retain(|_, one| one.session != session);
    }

    /// The harness has stored a resource, or refused to. A lifecycle that ended meanwhile is no mistake of anybody's.
    pub(super) fn stored(&self, id: u64, stored: Stored) {
        let storing = self.listed().get_mut(&id).and_then(|one| one.storing.take());
        if let Some(storing) = storing {
            let _ = storing.send(stored);
        }
    }

    fn listed(&self) -> MutexGuard<'_, BTreeMap<u64, One>> {
        self.listed.lock().expect("no holder of this lock panics")
    }
}

/// The harness at the other end of the streams, for one lifecycle.
pub(super) struct Far {
    pub(super) id: u64,
    pub(super) flight: Flight,
}

impl Desk for Far {
    async fn store(&self, resource: Resource) -> Result<Stored, DriverError> {
        let ended = || DriverError(format!("lifecycle {} has ended", self.id));
        let answer = {
            let mut listed = self.flight.listed();
            let one = listed.get_mut(&self.id).ok_or_else(ended)?;
            let (sender, receiver) = oneshot::channel();
            one.storing = Some(sender);
            let _ = self.flight.answers.send(FromDriver::Store { id: self.id, resource });
            receiver
        };
        answer.await.map_err(|_closed| ended())
    }

    fn waits(&self, milliseconds: u64) {
        if self.flight.listed().contains_key(&self.id) {
            let _ = self.flight.answers.send(FromDriver::Waits { id: self.id, milliseconds });
        }
    }
}
