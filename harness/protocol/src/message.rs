//! Lines on the wire between the harness and a driver in a process of its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Converge, Failure, Operation, Outcome, Resource, Secret, Session};

/// The protocol's version. It grows when a driver that was right would become wrong.
pub const VERSION: u32 = 1;

/// What a driver says first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// Protocol versions it speaks.
    pub versions: Vec<u32>,
    /// The client's name.
    pub name: String,
    /// The client's version.
    pub version: String,
    /// The client's language.
    pub language: String,
    /// What the client can do beyond plain calls.
    pub capabilities: Vec<Capability>,
    /// The operations the client has.
    pub operations: Vec<Operation>,
    /// How many calls it can have in flight.
    pub concurrency: u32,
}

/// Something that not every client can do. A scenario that needs it is `unsupported` for a client without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Has the API client: [`crate::ClientKind::Api`].
    ApiClient,
    /// Has the controller client: [`crate::ClientKind::Controller`].
    ControllerClient,
    /// Passes on the caller's trace context.
    TraceContext,
    /// Passes on the certificate that started the call chain.
    CertificatePropagation,
    /// Can ask to act as its principal.
    Impersonation,
    /// Reads its certificates from the platform's secrets, so that a wrong kind can be tried.
    PlatformSecrets,
    /// Can be used without a client certificate.
    AnonymousTls,
    /// Looks its client certificate up again.
    Reload,
    /// Has a clock that can be moved: the reload interval passes when the harness says so.
    Clock,
    /// Takes a time limit for a call.
    CallTimeout,
    /// A call in flight can be cancelled.
    Cancel,
    /// Has one client value that several callers share.
    Concurrent,
    /// Runs lifecycles until they are done.
    Converge,
    /// Can lose all memory of a session at once.
    Crash,
    /// Can be told that the time limit of what it waits for has passed.
    GiveUp,
    /// Does not wait before an attempt, but says how long it would have.
    VirtualWait,
    /// Finds what a call's context holds in the request being served: [`crate::Serving`].
    ReadsRequests,
}

/// What the harness says to a driver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ToDriver {
    /// Answers `hello`.
    Welcome {
        /// The version chosen.
        version: u32,
    },
    /// Build the clients of a session.
    Open {
        /// Names the session from now on.
        session: u64,
        /// What they are built from.
        setup: Session,
    },
    /// Replace the platform's secrets behind a session.
    Secrets {
        /// The session.
        session: u64,
        /// All of them, those unchanged too.
        secrets: Vec<Secret>,
    },
    /// Move a session's clock forward.
    Advance {
        /// The session.
        session: u64,
        /// By so many seconds.
        seconds: u64,
    },
    /// Make a call.
    Call(Call),
    /// Cancel a call or a lifecycle in flight. Its `done` is the only answer.
    Cancel {
        /// The call or the lifecycle.
        id: u64,
    },
    /// Close a session's clients.
    Close {
        /// The session.
        session: u64,
    },
    /// Run a lifecycle. `store` and `waits` may come before its `done`.
    Converge(Converge),
    /// Answers `store`.
    Stored {
        /// The lifecycle.
        id: u64,
        /// Why the resource was not persisted; absent: it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<String>,
    },
    /// Lose everything that a session remembers, as a process does that is killed: what is in flight ends without a word
    /// (no `done` follows), connections are cut, nothing is undone. Answered by `closed`.
    Crash {
        /// The session.
        session: u64,
    },
    /// The time limit passes now of the exchange that a call or a lifecycle waits for. A call ends with a `timeout`; of a
    /// lifecycle it is the attempt that fails. Whoever waits for no exchange passes over it.
    GiveUp {
        /// The call or the lifecycle.
        id: u64,
    },
}

/// What a driver says to the harness.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum FromDriver {
    /// Its first line.
    Hello(Hello),
    /// The session's clients are built.
    Opened {
        /// The session.
        session: u64,
    },
    /// The client could not be built, and said why.
    Refused {
        /// The session.
        session: u64,
        /// The client's own error.
        error: Failure,
    },
    /// Answers `secrets` and `advance`.
    Ready {
        /// The session.
        session: u64,
    },
    /// A call or a lifecycle has ended.
    Done {
        /// The call or the lifecycle.
        id: u64,
        /// What the client made of it.
        outcome: Outcome,
    },
    /// The session's clients are gone. Answers `close` and `crash`.
    Closed {
        /// The session.
        session: u64,
    },
    /// The driver itself is in trouble; the case concerned is not judged.
    Trouble {
        /// What happened.
        message: String,
    },
    /// A lifecycle persists its resource, and goes on after `stored`.
    Store {
        /// The lifecycle.
        id: u64,
        /// All of the resource.
        resource: Resource,
    },
    /// A lifecycle waits before its next attempt: so long, if time were real ([`Capability::VirtualWait`]).
    Waits {
        /// The lifecycle.
        id: u64,
        /// How long.
        milliseconds: u64,
    },
}
