//! Conformance scenarios for clients of the identity and region APIs: plan, run, check, verdict.
//!
//! A module uses only modules above it in the list below; `tests/layers.rs` keeps it so.

pub mod glob;
pub mod redact;
pub mod drive;
pub mod verdict;
pub mod met;
pub mod case;
pub mod known;
pub mod event;
pub mod report;
pub mod stage;
pub mod scenario;
pub mod trace;
pub mod check;
pub mod plan;
pub mod fault;
pub mod coverage;
pub mod history;
pub mod clock;
pub mod run;
mod play;
pub mod enumerate;
pub mod fuzz;
pub mod idle;
pub mod hunt;
pub mod pursuit;
pub mod suite;
pub mod driver_check;

pub use case::{Case, CaseResult, Finding};
pub use suite::{Runner, Suite, Test, tests};
pub use verdict::Verdict;
