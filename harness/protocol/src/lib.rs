//! What a driver speaks: the messages between Plumbline and a client under test.
//!
//! A *driver* is the thin adapter that makes a client act. It runs in the same process, as an implementation of
//! [`Driver`], or in one of its own, exchanging one JSON object a line ([`ToDriver`], [`FromDriver`]).
//! Both speak the same values.
//!
//! ```text
//! driver                                   harness
//!   │ ── hello  (what it is, what it can) ───▶ │
//!   │ ◀─ welcome (version chosen) ──────────── │
//!   │ ◀─ open   (everything a session needs) ─ │   a session is one set of clients, built from nothing
//!   │ ── opened │ refused ───────────────────▶ │
//!   │ ◀─ call   (operation, arguments, …) ──── │   several at once; answers in any order
//!   │ ── done   (what the client made of it) ▶ │
//!   │ ◀─ converge (a lifecycle to run) ─────── │   for those who declare it
//!   │ ── store  (the resource, to persist) ──▶ │
//!   │ ◀─ stored ────────────────────────────── │
//!   │ ── waits  (before its next attempt) ───▶ │
//!   │ ── done ───────────────────────────────▶ │
//!   │ ◀─ close │ crash ─────────────────────── │
//!   │ ── closed ─────────────────────────────▶ │
//! ```
//!
//! Begin with [`Driver`], [`Session`] and [`Call`]. [`codec`] turns messages into lines and back, [`schema`] describes
//! them for other languages, and with the feature `stdio` a `Driver` becomes a process.

mod call;
pub mod codec;
mod converge;
pub mod examples;
mod message;
mod schema;
mod session;
#[cfg(feature = "stdio")]
pub mod stdio;

pub use call::{
    Call, ClientKind, Context, ErrorClass, Failure, Impersonation, Operation, Outcome, Principal,
    PrincipalType, Purpose, Resource, Serving,
};
pub use converge::{Converge, Desk, Goal, Lifecycle, Stored};
pub use message::{Capability, FromDriver, Hello, ToDriver, VERSION};
pub use schema::schema;
pub use session::{Endpoints, Secret, SecretName, Session, Timeouts};

/// The client could not be judged: the driver, not the client, failed. Never a client's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DriverError(pub String);

impl DriverError {
    /// What a call or a lifecycle ends with whose session crashed: nobody can tell what the client would have made of it.
    #[must_use]
    pub fn crashed(session: u64) -> Self {
        Self(format!("session {session} has crashed"))
    }
}

/// A driver in this process. One value is one client under test; it may hold several sessions at once.
///
/// Calls take `&self`: several are made at once on one session.
pub trait Driver: Send + Sync + 'static {
    /// What it is and what it can do.
    fn hello(&self) -> Hello;

    /// Whether its clients may read their certificates from files ([`Session::directory`]). For one that does not, none
    /// are written.
    fn reads_files(&self) -> bool {
        true
    }

    /// Builds the clients of a session; `Err(Refused)` carries the client's own error.
    fn open(
        &self,
        id: u64,
        session: Session,
    ) -> impl Future<Output = Result<Result<(), Failure>, DriverError>> + Send;

    /// Replaces the platform's secrets behind the session's clients, as a rotation does.
    fn secrets(&self, id: u64, secrets: Vec<Secret>) -> impl Future<Output = Result<(), DriverError>> + Send;

    /// Moves the session's settable clock forward ([`Capability::Clock`]).
    fn advance(&self, id: u64, seconds: u64) -> impl Future<Output = Result<(), DriverError>> + Send;

    /// Makes one call and says what the client made of it.
    fn call(&self, call: Call) -> impl Future<Output = Result<Outcome, DriverError>> + Send;

    /// Cancels a call or a lifecycle in flight ([`Capability::Cancel`]), which then ends, as a rule with
    /// [`Outcome::Cancelled`].
    fn cancel(&self, call: u64) -> impl Future<Output = Result<(), DriverError>> + Send;

    /// Closes the session's clients: afterwards nothing of them is left.
    fn close(&self, id: u64) -> impl Future<Output = Result<(), DriverError>> + Send;

    /// Runs a lifecycle until it is done, and says how it ended ([`Capability::Converge`]).
    fn converge(
        &self,
        converge: Converge,
        desk: impl Desk,
    ) -> impl Future<Output = Result<Outcome, DriverError>> + Send {
        async move {
            let _ = (converge, desk);
            Ok(Outcome::Unsupported { reason: "the driver runs no lifecycles".to_owned() })
        }
    }

    /// Loses everything that a session remembers, as a process does that is killed ([`Capability::Crash`]). When it
    /// returns nothing of the session runs any more and its connections are cut; what was in flight ends with
    /// [`DriverError::crashed`], for whoever still waits for it.
    fn crash(&self, session: u64) -> impl Future<Output = Result<(), DriverError>> + Send {
        async move { Err(DriverError(format!("crash session {session}: the driver does not declare it"))) }
    }

    /// Lets the time limit pass of the exchange that a call or a lifecycle waits for ([`Capability::GiveUp`]).
    fn give_up(&self, call: u64) -> impl Future<Output = Result<(), DriverError>> + Send {
        async move { Err(DriverError(format!("give up call {call}: the driver does not declare it"))) }
    }

    /// What the driver said for people while it served a session, open or closed: the last lines of its standard
    /// error. A driver in this process has none of its own.
    fn said(&self, id: u64) -> Vec<String> {
        let _ = id;
        Vec::new()
    }
}
