//! Holding a request, or a connection, until the test says so.

use std::fmt;

use tokio::sync::watch;

/// A gate that requests wait at. Clones are the same gate; it begins closed, and once it is open or shut it stays so.
#[derive(Clone)]
pub struct Gate {
    state: watch::Sender<State>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct State {
    /// How many have come, whether or not they still wait.
    arrived: u64,
    /// None: they wait.
    verdict: Option<Passage>,
}

/// What becomes of those who wait at a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// They go on.
    Open,
    /// They are sent away.
    Shut,
}

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self { state: watch::Sender::default() }
    }

    /// Waits until a request has come to the gate.
    pub async fn reached(&self) {
        self.reached_by(1).await;
    }

    /// Waits until so many requests have come.
    pub async fn reached_by(&self, count: u64) {
        self.until(|state| state.arrived >= count).await;
    }

    /// Lets everybody through, now and later.
    pub fn release(&self) {
        self.decide(Passage::Open);
    }

    /// Lets nobody through, now or later: the connection of whoever waits is cut, and there is no answer. That is the
    /// same as what the fake makes of a client that goes while it waits, so that it does not matter which comes first.
    pub fn dismiss(&self) {
        self.decide(Passage::Shut);
    }

    /// How many have come so far.
    #[must_use]
    pub fn arrived(&self) -> u64 {
        self.state.borrow().arrived
    }

    /// Comes to the gate and waits until it is open, or shut.
    pub async fn pass(&self) -> Passage {
        self.state.send_modify(|state| state.arrived += 1);
        self.until(|state| state.verdict.is_some()).await.verdict.expect("that is what was waited for")
    }

    fn decide(&self, passage: Passage) {
        self.state.send_modify(|state| {
            state.verdict.get_or_insert(passage);
        });
    }

    async fn until(&self, condition: impl Fn(&State) -> bool) -> State {
        let mut receiver = self.state.subscribe();
        *receiver.wait_for(condition).await.expect("the gate itself keeps its sender")
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state.borrow().fmt(f)
    }
}

impl PartialEq for Gate {
    fn eq(&self, other: &Self) -> bool {
        self.state.same_channel(&other.state)
    }
}

impl Eq for Gate {}
