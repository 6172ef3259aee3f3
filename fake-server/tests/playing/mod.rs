//! What the player needs of the fake: the world's certificates, what is served, and the fake as a target.

pub mod engine;
pub mod keyring;
pub mod served;
