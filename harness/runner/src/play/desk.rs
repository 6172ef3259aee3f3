//! Where lifecycles persist their resources: what is here survives a crash, and nothing else does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use plumbline_fake_server::fault::Gate;
use plumbline_protocol::{DriverError, Resource, Stored};

/// What the platform's own store would be. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub(super) struct Desk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// What was persisted in the step so far.
    stored: Vec<Resource>,
    waits_ms: Vec<u64>,
    /// Writes in all.
    count: u64,
    /// Writes in the step so far.
    writes: u64,
    traps: Vec<Trap>,
}

/// What happens at a write.
#[derive(Debug, Clone)]
struct Trap {
    /// Which write, from 1.
    nth: u64,
    what: AtStore,
    met: bool,
}

/// What happens at a write to the platform's store.
#[derive(Debug, Clone)]
pub(super) enum AtStore {
    /// It is refused.
    Refused,
    /// Nothing is persisted, and no answer comes; the gate tells that the write has come.
    Lost(Gate),
    /// The resource is persisted, and no answer comes.
    Unanswered(Gate),
}

impl Desk {
    /// What was persisted, the writes in all, and the pauses made, since this was asked last.
    pub(super) fn take(&self) -> (Vec<Resource>, u64, Vec<u64>) {
        let mut state = self.state();
        let writes = std::mem::take(&mut state.writes);
        (std::mem::take(&mut state.stored), writes, std::mem::take(&mut state.waits_ms))
    }

    /// Sets a trap for the nth write.
    pub(super) fn trap(&self, nth: u64, what: AtStore) {
        self.state().traps.push(Trap { nth, what, met: false });
    }

    /// Takes every trap away.
    pub(super) fn forget_traps(&self) {
        self.state().traps.clear();
    }

    /// How many writes there were.
    pub(super) fn count(&self) -> u64 {
        self.state().count
    }

    /// Whether the trap for the nth write was met.
    pub(super) fn met(&self, nth: u64) -> bool {
        self.state().traps.iter().any(|trap| trap.nth == nth && trap.met)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a write, and says what happens at it.
    fn write(&self, resource: &Resource) -> Option<AtStore> {
        let mut state = self.state();
        state.count += 1;
        state.writes += 1;
        let count = state.count;
        let what = state.traps.iter_mut().find(|trap| trap.nth == count).map(|trap| {
            trap.met = true;
            trap.what.clone()
        });
        if !matches!(what, Some(AtStore::Refused | AtStore::Lost(_))) {
            state.stored.push(resource.clone());
        }
        what
    }
}

impl plumbline_protocol::Desk for Desk {
    async fn store(&self, resource: Resource) -> Result<Stored, DriverError> {
        match self.write(&resource) {
            None => Ok(Stored::Kept),
            Some(AtStore::Refused) => {
                Ok(Stored::Refused("the store refuses writes at the moment".to_owned()))
            }
            Some(AtStore::Lost(gate) | AtStore::Unanswered(gate)) => {
                gate.pass().await;
                Err(DriverError("nobody is there any more".to_owned()))
            }
        }
    }

    fn waits(&self, milliseconds: u64) {
        self.state().waits_ms.push(milliseconds);
    }
}
