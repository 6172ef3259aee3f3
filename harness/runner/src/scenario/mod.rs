//! Scenarios: what a file says, once it is known to make sense.
//!
//! [`parse`] reads one file, [`load`] a folder of them, and [`embedded`] holds those that come with this crate. What they
//! may say is in `scenarios/README.md`; the lists there and in `words` are the same.

pub(crate) mod answer;
pub(crate) mod expect;
mod fixtures;
pub(crate) mod lint;
pub(crate) mod load;
mod model;
pub(crate) mod node;
pub(crate) mod operation;
pub(crate) mod problem;
pub(crate) mod read;
pub(crate) mod serving;
pub(crate) mod setup;
pub(crate) mod step;
pub(crate) mod words;

pub use fixtures::Fixtures;
pub use load::{LoadError, embedded, load, parse, parse_with};
pub use model::Scenario;
pub use problem::{InvalidFile, Problem, Source};
pub use words::{Revision, vocabulary};
