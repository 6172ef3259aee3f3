//! A server under test.

use std::error::Error;

use bytes::Bytes;

use crate::message::{Hop, Message};
use crate::scope::Scope;
use crate::vector::{Fault, Request, Service, State, Vector};

/// Why a target could not be asked: the harness's trouble, not the server's decision.
pub type TargetError = Box<dyn Error + Send + Sync>;

/// A server under test: it makes a fresh world for each vector. Worlds live on the thread that made them.
pub trait Target: Sync {
    /// A server in its fresh world.
    type World: World;

    /// Whether this target serves what the vector asks.
    fn scope(&self, _vector: &Vector) -> Scope {
        Scope::Played
    }

    /// A server in its fresh world, with cold caches, for this vector.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    fn world(&self, vector: &Vector) -> Result<Self::World, TargetError>;
}

/// A server in the course of one vector.
pub trait World {
    /// Who listens there: an ingress, or the service behind one.
    fn hop(&self) -> Hop;

    /// A recorded request in the words of this world.
    fn request(&self, request: &Request) -> Request {
        request.clone()
    }

    /// Asks one thing.
    ///
    /// # Errors
    ///
    /// When the request could not be sent, or the answer is no HTTP.
    fn ask(&mut self, turn: &Turn<'_>) -> Result<Seen, TargetError>;
}

/// One step's request, ready to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Turn<'a> {
    /// The service to send it to.
    pub service: Service,
    /// What to send.
    pub message: &'a Message,
    /// The name of the certificate to show in the handshake, when the target is an ingress.
    pub peer: Option<&'a str>,
    /// How the store refuses, within this step.
    pub fault: Option<&'a Fault>,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The answer.
    pub answer: Answer,
    /// What changed in the store; none: nobody can look.
    pub state: Option<State>,
}

/// An answer, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It was sent.
    Response(Response),
    /// The connection was closed instead.
    Aborted,
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Header lines in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}
