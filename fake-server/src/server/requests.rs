//! A connection past its handshake: request after request.

use std::sync::Arc;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio_util::sync::CancellationToken;

use super::deliver::{After, alter, deliver};
use super::guards::{Answering, Busy};
use super::state::{Shared, State};
use super::stream::{Stream, end};
use super::unread::Sent;
use crate::deviation::Deviation;
use crate::exchange::{Answer, Decision, Incoming, Layer, Response, Service};
use crate::fault::{Arrival, Commit, Ending, Fault, Moment, Passage};
use crate::ingress::{ClientCertificates, Peer, bad_request, certificate_error, drain, spoofed, too_large};
use crate::record::{Body, Exchange, Request, Verified};
use crate::wire::{Head, Reader, Unreadable};

/// A connection past its handshake.
pub(super) struct Serving<'a> {
    pub(super) shared: &'a Shared,
    pub(super) service: Service,
    pub(super) number: u64,
    pub(super) closing: &'a CancellationToken,
    pub(super) cutting: &'a CancellationToken,
    pub(super) peer: Peer,
    pub(super) clients: ClientCertificates,
}

/// A request that is whole.
struct Received {
    /// As the service gets it.
    incoming: Arc<Incoming>,
    sent: Sent,
}

/// What was made of a request, and how it is to be answered.
struct Pending {
    exchange: u64,
    answer: Answer,
    fault: Fault,
}

impl Serving<'_> {
    /// Serves requests until either side ends the connection.
    pub(super) async fn requests<S: Stream>(&self, mut reader: Reader<S>) {
        loop {
            let read = tokio::select! {
                // A request that is there already is read before the connection is closed.
                biased;
                read = reader.next() => read,
                () = self.closing.cancelled() => return leave(reader.into_stream()).await,
            };
            match read {
                Ok(Some((head, body))) => match self.exchange(&mut reader, head, body).await {
                    After::KeepOpen => {}
                    After::Leave => return leave(reader.into_stream()).await,
                    After::End(ending) => return end(reader.into_stream(), ending).await,
                },
                Ok(None) => return end(reader.into_stream(), Ending::Close).await,
                Err(trouble) => return self.unreadable(reader.into_stream(), &trouble).await,
            }
        }
    }

    /// Handles one request, from its last byte to the last byte of its answer.
    async fn exchange<S: Stream>(&self, reader: &mut Reader<S>, head: Head, body: Bytes) -> After {
        let is_head = head.method == "HEAD";
        let keep = keeps_open(&head);
        let mut busy = Busy::begin(self.shared);
        let Received { incoming, sent } = self.receive(head, body);
        let begun = self.shared.change(|state| self.begin(state, &incoming, sent));
        let Some(mut pending) = begun else { return After::End(Ending::Cut) };
        if let Some(gate) = pending.fault.hold.clone() {
            busy.pause();
            let passage = tokio::select! {
                passage = gate.pass() => passage,
                () = reader.gone() => Passage::Shut,
            };
            if passage == Passage::Shut {
                return After::End(Ending::Cut);
            }
            busy.resume();
            let gone_on = self.shared.change(|state| self.go_on(state, &incoming, pending));
            let Some(released) = gone_on else { return After::End(Ending::Cut) };
            pending = released;
        }
        drop(incoming);
        let Pending { exchange, answer, fault } = pending;
        let answering = Answering::begin(self.shared, exchange);
        let after = deliver(reader, &mut busy, answer, &fault.delivery, is_head).await;
        answering.end();
        after.and(After::then(fault.then)).and(keep)
    }

    /// What the service gets of a request, and what the client sent.
    fn receive(&self, head: Head, body: Bytes) -> Received {
        let Head { method, target, mut headers, .. } = head;
        let sent = if headers.iter().any(|(name, _)| spoofed(name)) {
            let sent = Sent::Otherwise(headers.clone());
            let believes = self.shared.deviation == Some(Deviation::IngressHeadersBelieved);
            headers.retain(|(name, _)| believes || !spoofed(name));
            sent
        } else {
            Sent::First(headers.len())
        };
        headers.extend_from_slice(&self.peer.forwarded);
        let incoming = Incoming { service: self.service, method, target, headers, body };
        Received { incoming: Arc::new(incoming), sent }
    }

    /// Numbers the exchange, finds the fault it meets, and goes as far as that lets it. None: the connection is cut.
    fn begin(&self, state: &mut State, incoming: &Arc<Incoming>, sent: Sent) -> Option<Pending> {
        if self.cutting.is_cancelled() {
            return None;
        }
        let number = state.exchanges() as u64 + 1;
        let fault = state.rules.meet(state.contract, incoming).unwrap_or_default();
        let name = Some(fault.name()).filter(|name| !name.is_empty());
        state.enter(self.entry(number, incoming.method.clone(), name));
        state.unread.request(number, Arc::clone(incoming), sent);
        let unasked = Answer::Response(Response::empty(503));
        let mut pending = Pending { exchange: number, answer: unasked, fault };
        if pending.fault.commit != Commit::Late {
            self.act(state, incoming, &mut pending)?;
        }
        if pending.fault.hold.is_some() { Some(pending) } else { self.go_on(state, incoming, pending) }
    }

    /// An exchange of which nothing is known yet but that it met that fault.
    fn entry(&self, number: u64, method: String, fault: Option<String>) -> Exchange {
        Exchange {
            number,
            connection: self.number,
            service: self.service,
            spoofed: Vec::new(),
            request: Request { method, target: String::new(), headers: Vec::new(), body: Body::Empty },
            layer: Layer::Fault,
            operation: None,
            fault,
            answer: None,
            changes: Vec::new(),
        }
    }

    /// What comes after the gate, if there is one. None: the connection is cut.
    fn go_on(&self, state: &mut State, incoming: &Incoming, mut pending: Pending) -> Option<Pending> {
        if self.cutting.is_cancelled() {
            return None;
        }
        if pending.fault.commit == Commit::Late {
            self.act(state, incoming, &mut pending)?;
        }
        self.say(state, &mut pending);
        Some(pending)
    }

    /// Lets the request take effect, if it is to, and the server restart, if it is to. None: it did.
    fn act(&self, state: &mut State, incoming: &Incoming, pending: &mut Pending) -> Option<()> {
        let restart = pending.fault.restart;
        if pending.fault.commit != Commit::No && restart != Some(Moment::Before) {
            self.ask(state, incoming, pending);
        }
        if restart.is_none() {
            return Some(());
        }
        if let Some(exchange) = state.exchange(pending.exchange) {
            exchange.layer = Layer::Fault;
        }
        state.restart();
        None
    }

    /// Asks the ingress, then the service, as often as the request arrives.
    fn ask(&self, state: &mut State, incoming: &Incoming, pending: &mut Pending) {
        let times = match pending.fault.arrival {
            Arrival::Once => 1,
            Arrival::Twice => 2,
        };
        for _ in 0..times {
            let decision = self.decide(state, incoming, &mut pending.fault);
            if let Some(exchange) = state.exchange(pending.exchange) {
                exchange.layer = decision.layer;
                exchange.operation = decision.operation;
                exchange.changes.extend(decision.changes);
            }
            pending.answer = decision.answer;
        }
    }

    fn decide(&self, state: &mut State, incoming: &Incoming, fault: &mut Fault) -> Decision {
        if self.refuses_certificate() {
            let answer = Answer::Response(certificate_error());
            return Decision { layer: Layer::Ingress, operation: None, answer, changes: Vec::new() };
        }
        if let Some(store) = fault.store.take() {
            state.engine.refuse_once(store);
        }
        match fault.stale {
            0 => state.engine.decide(incoming),
            lag => state.engine.decide_stale(incoming, lag),
        }
    }

    fn refuses_certificate(&self) -> bool {
        self.clients == ClientCertificates::Optional && matches!(self.peer.verified, Verified::Failed(_))
    }

    /// Settles what the client is told, and records it.
    fn say(&self, state: &mut State, pending: &mut Pending) {
        let Pending { exchange, answer, fault } = pending;
        let replies = fault.reply.is_some();
        if let Some(reply) = fault.reply.take() {
            *answer = Answer::Response(reply);
        }
        let (Answer::Response(response) | Answer::Abort(response)) = &*answer;
        let decides = replies || fault.decides(response);
        if let Answer::Response(response) = answer {
            alter(response, &fault.delivery);
            if fault.delivery.answers(response) {
                state.unread.answer(*exchange, response.clone());
            }
        }
        if let Some(exchange) = state.exchange(*exchange).filter(|_| decides) {
            exchange.layer = Layer::Fault;
        }
    }

    /// Answers what is no request as an ingress does, and ends the connection.
    async fn unreadable<S: Stream>(&self, mut stream: S, trouble: &Unreadable) {
        self.shared.change(|state| {
            if let Some(connection) = state.connection(self.number) {
                connection.trouble = Some(trouble.to_string());
            }
        });
        let page = match trouble {
            Unreadable::Io(_) => return,
            Unreadable::Malformed(_) | Unreadable::TooLarge("head") => bad_request(),
            Unreadable::TooLarge(_) => too_large(),
        };
        let (bytes, _) = crate::wire::encode(&page, crate::wire::Framing::Length);
        // The client may be gone; then there is nobody to tell.
        if stream.write_all(&bytes).await.is_ok() && stream.shutdown().await.is_ok() {
            drain(stream.into_tcp()).await;
        }
    }
}

/// Ends an idle connection, and gives the client time to see it: one that watches its idle connections answers by
/// closing too, and only then is it sure not to write its next request to a connection that is gone. One that looks
/// only when it next writes finds the end there, and costs the patience of the wait.
async fn leave<S: Stream>(mut stream: S) {
    // The client may have closed first.
    let _ = stream.shutdown().await;
    drain(stream.into_tcp()).await;
}

/// Whether the client wants the connection kept open. RFC 9112 §9.3.
fn keeps_open(head: &Head) -> After {
    let says = |word: &str| {
        head.headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("connection")
                && value
                    .split(|byte| *byte == b',')
                    .any(|v| v.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
        })
    };
    let keep = if head.version == 0 { says("keep-alive") } else { !says("close") };
    if keep { After::KeepOpen } else { After::End(Ending::Close) }
}
