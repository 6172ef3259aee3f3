//! The fake as a target.

use std::sync::Arc;

use plumbline_fake_server::Pki;
use plumbline_fake_server::world::World;
use plumbline_vectors::message::Hop;
use plumbline_vectors::vector::Vector;
use plumbline_vectors::{Seen, Target, TargetError, Turn};

use crate::engine::EngineWorld;
use crate::server::{ServerWorld, Servers};
use crate::{Play, Reach};

/// The fake: a fresh one for each vector.
pub(crate) struct Fake {
    world: Arc<World>,
    servers: Servers,
    play: Play,
}

impl Fake {
    pub(crate) fn new(world: Arc<World>, pki: &Arc<Pki>, play: Play) -> Result<Self, TargetError> {
        let servers = Servers::new(&world, pki, play.options)?;
        Ok(Self { world, servers, play })
    }

    /// A vector that says itself what the ingress says, or whose certificate no ingress would let by.
    fn is_behind_an_ingress(&self, vector: &Vector) -> bool {
        let turned_away = |name: &str| {
            self.world.certificates.iter().any(|known| known.name == name && known.validity != "valid")
        };
        let mut peers = vector.steps.iter().filter_map(|step| step.request.peer.as_deref());
        vector.speaks_for_the_ingress() || peers.any(turned_away)
    }
}

impl Target for Fake {
    type World = FakeWorld;

    fn world(&self, vector: &Vector) -> Result<FakeWorld, TargetError> {
        // One that follows from a recorded one is about the ingress itself.
        let is_engines = self.play.reach == Reach::Engine || self.is_behind_an_ingress(vector);
        if is_engines && !vector.is_derived() {
            return Ok(FakeWorld::Engine(Box::new(EngineWorld::fresh(&self.world, self.play.options))));
        }
        Ok(FakeWorld::Server(Box::new(self.servers.fresh()?)))
    }
}

/// One fake in the course of a vector.
pub(crate) enum FakeWorld {
    Engine(Box<EngineWorld>),
    Server(Box<ServerWorld>),
}

impl plumbline_vectors::World for FakeWorld {
    fn hop(&self) -> Hop {
        match self {
            Self::Engine(world) => world.hop(),
            Self::Server(world) => world.hop(),
        }
    }

    fn ask(&mut self, turn: &Turn<'_>) -> Result<Seen, TargetError> {
        match self {
            Self::Engine(world) => world.ask(turn),
            Self::Server(world) => world.ask(turn),
        }
    }
}
