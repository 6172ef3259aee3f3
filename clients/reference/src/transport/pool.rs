//! Connections that wait for their next request.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;

use super::identity::Identity;
use super::socket::Lookout;
use crate::rest::Endpoint;

/// More idle connections than this are not kept; the one that waited longest goes.
const MOST_IDLE: usize = 256;

/// One open connection.
pub(crate) struct Connection {
    pub(crate) sender: SendRequest<Full<Bytes>>,
    pub(crate) endpoint: Endpoint,
    pub(crate) identity: Option<Arc<Identity>>,
    pub(crate) lookout: Lookout,
}

/// Which certificate the connection of a request must have been made with.
#[derive(Clone)]
pub enum Presents {
    /// Whichever handshakes present.
    Any,
    /// This one: the request is signed with its key, and the server verifies it against the connection's.
    Exactly(ClientIdentity),
}

/// A client certificate with its key. Shows nothing of either.
#[derive(Clone)]
pub struct ClientIdentity(pub(super) Arc<Identity>);

impl Presents {
    pub(crate) fn exactly(identity: Arc<Identity>) -> Self {
        Self::Exactly(ClientIdentity(identity))
    }
}

/// The connections that wait.
#[derive(Default)]
pub(crate) struct Pool {
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    /// A connection to there that can carry the request, the one used last first.
    pub(crate) fn take(&self, endpoint: &Endpoint, presents: &Presents) -> Option<Connection> {
        loop {
            let mut idle = self.lock();
            idle.retain(|connection| !connection.sender.is_closed());
            let at = idle.iter().rposition(|connection| connection.can_carry(endpoint, presents))?;
            let connection = idle.remove(at);
            // A server that closes an idle connection says so at once, but a request may be faster than the task
            // that would hear it.
            if connection.lookout.is_quiet() {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection whose answer has been read to its end.
    pub(crate) fn put(&self, connection: Connection) {
        let mut idle = self.lock();
        if idle.len() == MOST_IDLE {
            idle.remove(0);
        }
        idle.push(connection);
    }

    /// Drops the connections that present none of these certificates any more.
    pub(crate) fn keep_only(&self, identities: &[Arc<Identity>]) {
        self.lock().retain(|connection| {
            connection
                .identity
                .as_ref()
                .is_none_or(|presented| identities.iter().any(|kept| kept.is_same(presented)))
        });
    }

    /// Drops every connection.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().expect("no holder of this lock panics")
    }
}

impl Connection {
    fn can_carry(&self, endpoint: &Endpoint, presents: &Presents) -> bool {
        let identity = match (presents, &self.identity) {
            (Presents::Any, _) => true,
            (Presents::Exactly(wanted), Some(presented)) => wanted.0.is_same(presented),
            (Presents::Exactly(_), None) => false,
        };
        identity && self.endpoint.is_same_server(endpoint)
    }
}
