//! Recorded decisions of the published identity and region servers, and a player that holds a server to them.
//!
//! Where to begin:
//!
//! - [`Book`]: all recorded vectors, opened once, parsed line by line as they are asked for.
//! - [`Vector`]: one of them: steps, each a request, the answer it got and what that changed.
//! - [`Builder`]: turns a step's request into a [`Message`] to send, with the [`Credentials`] of a test.
//! - [`compare`](compare::compare): holds an answer against the recorded one and lists the differences.
//! - [`Target`] and [`play`](play::play): a server under test, and all vectors played against it.
//! - [`Deployment`]: a running deployment of which only its description is known, as a target.
//! - [`wire`]: HTTP/1.1 by hand, for request lines that no ordinary client would send.
//! - [`mod@print`]: a vector, or a report, for reading.
//!
//! The crate knows no server of ours: whoever plays brings a [`Target`], or describes a deployment.

pub mod book;
pub mod compare;
pub mod credentials;
pub mod deployment;
pub mod derived;
pub mod differences;
pub mod escape;
pub mod findings;
pub mod glob;
pub mod message;
pub mod placeholder;
pub mod play;
pub mod print;
pub mod report;
pub mod requirements;
pub mod scope;
pub mod target;
pub mod tls;
pub mod vector;
pub mod wire;

pub use book::{Book, BookError, Line};
pub use compare::Difference;
pub use credentials::{Credentials, Keyring};
pub use deployment::{Deployment, Description};
pub use differences::WantedDifferences;
pub use glob::Glob;
pub use message::{Builder, Hop, Message};
pub use placeholder::Bindings;
pub use play::{PlayOptions, Played, Report, Verdict};
pub use scope::Scope;
pub use target::{Answer, Response, Seen, Target, TargetError, Turn, World};
pub use vector::{Service, State, Step, Vector};
