//! Listeners and their accept loops.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::connection::serve;
use super::state::Shared;
use super::{Setup, StartError};
use crate::exchange::Service;
use crate::ingress::Protocol;

/// A bound port.
pub(super) struct Port {
    service: Service,
    pub(super) address: SocketAddr,
    socket: Bound,
}

enum Bound {
    Listening(Arc<TcpListener>),
    /// Bound, so that nobody else gets the port, and refusing connections.
    Silent {
        #[expect(dead_code, reason = "held for its port")]
        socket: TcpSocket,
    },
}

impl Port {
    pub(super) fn bind(service: Service, setup: &Setup) -> Result<Self, StartError> {
        let (port, tls) = match service {
            Service::Identity => (setup.ports.identity, &setup.identity),
            Service::Region => (setup.ports.region, &setup.region),
        };
        let bound = bind(SocketAddr::new(setup.address, port), tls.protocol);
        let (address, socket) =
            bound.map_err(|source| StartError::Bind { service, address: setup.address, port, source })?;
        Ok(Self { service, address, socket })
    }

    /// Accepts connections in a task of its own.
    pub(super) fn spawn(&self, shared: &Arc<Shared>, stop: &CancellationToken, tasks: &mut JoinSet<()>) {
        if let Bound::Listening(listener) = &self.socket {
            tasks.spawn(accept(Arc::clone(shared), self.service, stop.clone(), Arc::clone(listener)));
        }
    }
}

fn bind(address: SocketAddr, protocol: Protocol) -> io::Result<(SocketAddr, Bound)> {
    const BACKLOG: u32 = 1024;
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A server on a chosen port can be started again while old connections of it still linger.
    socket.set_reuseaddr(address.port() != 0)?;
    socket.bind(address)?;
    let address = socket.local_addr()?;
    let bound = match protocol {
        Protocol::Nothing => Bound::Silent { socket },
        Protocol::Tls13 | Protocol::Tls12 | Protocol::Plain | Protocol::Mute => {
            Bound::Listening(Arc::new(socket.listen(BACKLOG)?))
        }
    };
    Ok((address, bound))
}

/// Owns the tasks of its connections: when it is told to stop it ends with them, and when it is dropped they end too.
async fn accept(shared: Arc<Shared>, service: Service, stop: CancellationToken, listener: Arc<TcpListener>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((tcp, _)) => {
                    let accepted = shared.accepted(service);
                    connections.spawn(serve(Arc::clone(&shared), accepted, tcp));
                }
                // The client was gone before it was accepted, or this process has too many files open: what is
                // open goes on, and the next attempt may work.
                Err(_) => tokio::task::yield_now().await,
            },
            Some(_) = connections.join_next() => {}
            () = stop.cancelled() => return connections.shutdown().await,
        }
    }
}
