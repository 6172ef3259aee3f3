//! What the player needs of the fake: the world's certificates, what is served, and the fake as a target.

pub(crate) mod engine;
pub(crate) mod keyring;
pub(crate) mod served;

use std::sync::Arc;

use plumbline_fake_server::world::World;
use plumbline_vectors::scope::{Scope, Served};
use plumbline_vectors::vector::Vector;
use plumbline_vectors::{Target, TargetError};

use engine::EngineWorld;

/// The fake: a fresh one for each vector.
pub(crate) struct Fake {
    pub(crate) world: Arc<World>,
    pub(crate) served: Served,
}

impl Target for Fake {
    type World = EngineWorld;

    fn scope(&self, vector: &Vector) -> Scope {
        served::scope(&self.served, vector)
    }

    fn world(&self, _: &Vector) -> Result<EngineWorld, TargetError> {
        Ok(EngineWorld::fresh(&self.world))
    }
}
