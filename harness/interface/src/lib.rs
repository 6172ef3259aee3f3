//! What a release promises its users: extracted, frozen, compared and judged.
//!
//! A source becomes an [`Interface`], which is sorted facts. Two of them are compared into changes, a catalogue of rules
//! says what each change does to whom, and the gate sums that up. Begin at [`model`]; then follow one change:
//!
//! * [`source`]: where files come from: a folder, a git revision, a text
//! * [`extract`]: from files to facts, a module a language
//! * [`model`]: facts, and what they are about
//! * [`text`]: the reviewed form, one line a fact, lossless
//! * [`diff`]: which facts came, went and changed
//! * [`compare`]: what a language knows about that: what means the same, what belongs together
//! * [`rules`]: the catalogue as data, and which rule matches which change
//! * [`group`]: what belongs together; [`fingerprint`]: names that stay
//! * [`waiver`]: what somebody has accepted
//! * [`snapshot`]: frozen releases; [`policy`]: how long they are promised; [`check`]: a candidate against them;
//!   [`changelog`]: whether users are told
//! * [`report`]: what is shown of it
//! * [`gate`]: the verdict; [`version`]: the step that it asks for
//!
//! Nothing here touches a network; package clients are run by name where a source is one of a registry.

pub mod changelog;
pub mod check;
pub mod compare;
pub mod diff;
pub mod extract;
pub mod fingerprint;
pub mod gate;
pub mod group;
pub mod model;
pub mod policy;
pub mod report;
pub mod rules;
pub mod snapshot;
pub mod source;
pub mod text;
pub mod version;
pub mod waiver;
pub mod witness;

pub use diff::Change;
pub use model::{About, Fact, Interface, Language};
pub use rules::{Catalogue, Finding, Lane, Level, Rule};
