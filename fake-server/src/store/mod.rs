//! The state that requests change: a model of its own behind one door.

pub(crate) mod door;
pub(crate) mod model;

pub use door::{Kind, Refusal, StoreFault, Verb};
pub use model::{
    Allocation, Amount, Attribution, Domain, Limit, Meta, Network, Organization, Project, Quota, Tag,
};
