//! One connection: the fault it meets, its handshake, and then its requests.

use std::sync::Arc;

use bytes::BytesMut;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::guards::Open;
use super::requests::Serving;
use super::state::{Accepted, Shared};
use super::stream::end;
use crate::exchange::Service;
use crate::fault::{ConnectionFault, Ending, Gate, Passage};
use crate::ingress::{Hello, Outcome, Peer, Protocol, Terminator, drain, hello, lost, shake};
use crate::record::Handshake;
use crate::wire::Reader;

/// Serves a connection to its end.
pub(super) async fn serve(shared: Arc<Shared>, accepted: Accepted, tcp: TcpStream) {
    let Accepted { number, service, closing, cutting, fault, terminator } = accepted;
    let _open = Open { shared: &shared, number };
    // Small answers must not wait for the client's acknowledgement of the one before.
    let _ = tcp.set_nodelay(true);
    let meeting = Meeting {
        shared: &shared,
        number,
        service,
        closing: &closing,
        cutting: &cutting,
        terminator: &terminator,
    };
    if cutting.run_until_cancelled(Box::pin(meeting.meet(tcp, fault))).await.is_none() {
        meeting.cut();
    }
}

/// A connection up to its handshake.
struct Meeting<'a> {
    shared: &'a Shared,
    number: u64,
    service: Service,
    closing: &'a CancellationToken,
    cutting: &'a CancellationToken,
    terminator: &'a Terminator,
}

impl Meeting<'_> {
    async fn meet(&self, tcp: TcpStream, fault: Option<ConnectionFault>) {
        match fault {
            None | Some(ConnectionFault::Listener(_)) => self.handshake(tcp, BytesMut::new()).await,
            Some(ConnectionFault::Refuse) => {
                self.shaken(lost("refused by an injected fault"));
                end(tcp, Ending::Reset).await;
            }
            Some(ConnectionFault::CloseAtHello) => self.end_at_hello(tcp, Ending::Close).await,
            Some(ConnectionFault::ResetAtHello) => self.end_at_hello(tcp, Ending::Reset).await,
            Some(ConnectionFault::Silence(gate)) => {
                if let Some((tcp, ahead)) = self.silence(tcp, &gate).await {
                    self.handshake(tcp, ahead).await;
                }
            }
        }
    }

    /// Says nothing until the gate opens, and returns the connection and what the client has said; none: it has gone,
    /// or is not wanted any more.
    async fn silence(&self, tcp: TcpStream, gate: &Gate) -> Option<(TcpStream, BytesMut)> {
        let mut reader = Reader::new(tcp);
        self.shared.change(|state| state.silent.insert(self.number));
        let passage = tokio::select! {
            passage = gate.pass() => passage,
            () = reader.gone() => Passage::Shut,
            () = self.closing.cancelled() => Passage::Shut,
        };
        self.shared.change(|state| state.silent.remove(&self.number));
        match passage {
            Passage::Open => Some(reader.into_parts()),
            Passage::Shut => {
                self.shaken(lost("left in silence by an injected fault"));
                None
            }
        }
    }

    async fn end_at_hello(&self, tcp: TcpStream, ending: Ending) {
        match hello(tcp, BytesMut::new()).await {
            Ok(Hello { start, sni, offered_alpn }) => {
                let reason = "ended by an injected fault".to_owned();
                self.shaken(Handshake::Failed { reason, sni, offered_alpn });
                end(start.io, ending).await;
            }
            Err(failed) => self.shaken(failed.record),
        }
    }

    /// `ahead` is what was read of the client's first message already.
    async fn handshake(&self, tcp: TcpStream, ahead: BytesMut) {
        if self.terminator.setup.protocol == Protocol::Mute {
            return self.closing.run_until_cancelled(Reader::new(tcp).gone()).await.unwrap_or_default();
        }
        let Some(config) = self.terminator.config() else {
            self.shaken(Handshake::Plain);
            return self.serving(Peer::nobody()).requests(Reader::resume(tcp, ahead)).await;
        };
        match Box::pin(shake(&self.shared.pki, self.terminator, config, tcp, ahead)).await {
            Outcome::Failed { record, tcp } => {
                // Told at once: the client may take its time to close.
                self.shaken(record);
                if let Some(tcp) = tcp {
                    drain(tcp).await;
                }
            }
            Outcome::Connected { stream, peer, record } => {
                self.shaken(record);
                self.serving(peer).requests(Reader::new(stream)).await;
            }
        }
    }

    fn serving(&self, peer: Peer) -> Serving<'_> {
        Serving {
            shared: self.shared,
            service: self.service,
            number: self.number,
            closing: self.closing,
            cutting: self.cutting,
            peer,
            clients: self.terminator.setup.clients,
        }
    }

    /// Records how the handshake went.
    fn shaken(&self, record: Handshake) {
        self.shared.change(|state| {
            if let Some(connection) = state.connection(self.number) {
                connection.handshake = record;
            }
        });
    }

    /// Records that a restart ended the handshake, if it had not ended.
    fn cut(&self) {
        self.shared.change(|state| {
            let connection = state.connection(self.number);
            if let Some(pending) = connection.filter(|it| it.handshake == Handshake::Pending) {
                pending.handshake = lost("cut by a restart");
            }
        });
    }
}
