//! What may go wrong with a connection before there is a request.

use std::sync::Arc;

use super::counted::Counted;
use super::{Gate, Occurrence};
use crate::exchange::Service;
use crate::ingress::{Terminator, TlsSetup};

/// Which connections meet which fault.
#[derive(Debug, Clone)]
pub struct ConnectionRule {
    /// The listener; none: both.
    pub service: Option<Service>,
    /// Which of its connections, counted as they are accepted from when the rule was injected.
    pub occurrence: Occurrence,
    /// What happens to those.
    pub fault: ConnectionFault,
}

/// What happens to a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectionFault {
    /// It is reset as soon as it is accepted, before a byte is exchanged. That is as near as one connection can come to
    /// being refused: the system accepts it before the listener can.
    Refuse,
    /// Nothing is said until the gate opens; then it is met as if nothing had been. It is over when the client goes.
    Silence(Gate),
    /// The client's first message is read, and the connection is closed.
    CloseAtHello,
    /// The client's first message is read, and the connection is reset.
    ResetAtHello,
    /// It is met by another setup: another certificate, another version of TLS.
    Listener(TlsSetup),
}

impl ConnectionFault {
    /// What it is called in a recording.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Refuse => "refused",
            Self::Silence(_) => "silence",
            Self::CloseAtHello => "closed at the client's hello",
            Self::ResetAtHello => "reset at the client's hello",
            Self::Listener(_) => "another listener",
        }
    }
}

/// Names a rule for connections in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConnectionRuleId(u64);

/// The fault that a connection meets.
#[derive(Clone)]
pub(crate) struct Met {
    pub(crate) fault: ConnectionFault,
    /// The setup of [`ConnectionFault::Listener`], ready.
    pub(crate) terminator: Option<Arc<Terminator>>,
}

/// The rules for connections.
#[derive(Default)]
pub(crate) struct ConnectionRules(Counted<Option<Service>, Met>);

impl ConnectionRules {
    pub(crate) fn inject(
        &mut self,
        service: Option<Service>,
        occurrence: Occurrence,
        met: Met,
    ) -> ConnectionRuleId {
        ConnectionRuleId(self.0.inject(service, occurrence, met))
    }

    pub(crate) fn withdraw(&mut self, id: ConnectionRuleId) -> Option<u64> {
        self.0.withdraw(id.0)
    }

    /// The fault that a connection to that service meets.
    pub(crate) fn meet(&mut self, service: Service) -> Option<Met> {
        self.0.meet(|about| about.is_none_or(|about| about == service))
    }
}
