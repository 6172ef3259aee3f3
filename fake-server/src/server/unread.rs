//! What came and went, until somebody looks: only then is it written down, certificates, keys, tokens and signatures by
//! role. Nobody waits for an answer while its exchange is put into words, and nobody ever sees it in any others.

use std::sync::Arc;

use bytes::Bytes;

use crate::exchange::{Incoming, Response};
use crate::ingress::spoofed;
use crate::pki::Pki;
use crate::record::{Answered, Exchange, Header};
use crate::redact;

/// Requests and answers, as bytes, that are missing in a recording.
#[derive(Default)]
pub(super) struct Unread(Vec<Part>);

enum Part {
    Request { exchange: u64, incoming: Arc<Incoming>, sent: Sent },
    Answer { exchange: u64, response: Response },
}

/// Which header lines a client sent itself.
pub(super) enum Sent {
    /// So many of those that the service got, the first.
    First(usize),
    /// Others than the service got.
    Otherwise(Vec<(String, Bytes)>),
}

impl Unread {
    /// Keeps a request.
    pub(super) fn request(&mut self, exchange: u64, incoming: Arc<Incoming>, sent: Sent) {
        self.0.push(Part::Request { exchange, incoming, sent });
    }

    /// Keeps an answer.
    pub(super) fn answer(&mut self, exchange: u64, response: Response) {
        self.0.push(Part::Answer { exchange, response });
    }

    /// Forgets an answer.
    pub(super) fn take_back(&mut self, number: u64) {
        self.0.retain(|part| !matches!(part, Part::Answer { exchange, .. } if *exchange == number));
    }

    /// Writes everything down.
    pub(super) fn record(&mut self, pki: &Pki, exchanges: &mut [Exchange]) {
        for part in self.0.drain(..) {
            match part {
                Part::Request { exchange, incoming, sent } => {
                    let Some(exchange) = super::state::at(exchanges, exchange) else { continue };
                    let headers = match &sent {
                        Sent::First(count) => &incoming.headers[..*count],
                        Sent::Otherwise(headers) => headers,
                    };
                    let lines = headers.iter().map(|(name, value)| redact::header(pki, name, value));
                    let lines: Vec<Header> = lines.collect();
                    exchange.spoofed = lines.iter().filter(|line| spoofed(&line.name)).cloned().collect();
                    exchange.request.headers = lines;
                    exchange.request.target = redact::target(&incoming.target);
                    exchange.request.body = redact::body(&incoming.body);
                }
                Part::Answer { exchange, response } => {
                    let Some(exchange) = super::state::at(exchanges, exchange) else { continue };
                    exchange.answer = Some(answered(pki, &response));
                }
            }
        }
    }
}

fn answered(pki: &Pki, response: &Response) -> Answered {
    let header = |(name, value): &(String, String)| redact::header(pki, name, value.as_bytes());
    Answered {
        status: response.status,
        headers: response.headers.iter().map(header).collect(),
        body: redact::body(&response.body),
    }
}
