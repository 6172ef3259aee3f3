//! What a case did on the network, by its recording.

use std::str::FromStr as _;

use plumbline::case::Case;
use plumbline_fake_server::pki::KeyType;
use plumbline_fake_server::record::{Body, Exchange, Handshake, Header, HeaderValue, Recording};

/// Everything that a case cannot do without.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tally {
    /// The kind of the client's key.
    pub(crate) key: KeyType,
    /// Its connections, in order.
    pub(crate) links: Vec<Link>,
    /// How many principals were signed.
    pub(crate) signatures: usize,
}

/// One connection.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Link {
    /// How it began.
    pub(crate) hands: Hands,
    /// What travelled on it.
    pub(crate) exchanges: Vec<Sizes>,
}

/// How a connection begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hands {
    /// With a handshake.
    Shaken,
    /// With one that fails.
    Refused,
    /// Without.
    Plain,
}

/// The bytes of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) request_head: usize,
    pub(crate) request_body: usize,
    pub(crate) answer_head: usize,
    pub(crate) answer_body: usize,
}

/// The length of a certificate in a header, where the recording only says whose it is.
const CERTIFICATE: usize = 1_300;
/// The length of a signature by a key of 2048 bits, in base64url.
const SIGNATURE: usize = 342;

impl Tally {
    /// What a played case did.
    pub(crate) fn of(case: &Case, recording: &Recording) -> Self {
        let links = recording.connections.iter().map(|connection| {
            let on_it =
                recording.exchanges.iter().filter(|exchange| exchange.connection == connection.number);
            let hands = match connection.handshake {
                Handshake::Done { .. } => Hands::Shaken,
                Handshake::Failed { .. } if connection.fault.is_none() => Hands::Refused,
                // An injected fault may have ended it before anything was computed.
                Handshake::Failed { .. } | Handshake::Plain | Handshake::Pending => Hands::Plain,
            };
            Link { hands, exchanges: on_it.map(sizes).collect() }
        });
        let headers = recording.exchanges.iter().flat_map(|exchange| &exchange.request.headers);
        let signed = headers.filter(|header| matches!(header.value, HeaderValue::SignedPrincipal { .. }));
        let key = case.axes.key.as_deref().map(key);
        Self { key: key.unwrap_or(KeyType::Rsa2048), links: links.collect(), signatures: signed.count() }
    }
}

/// Scenarios have names of their own for two kinds.
fn key(name: &str) -> KeyType {
    match name {
        "p-256" => KeyType::EcdsaP256,
        "p-384" => KeyType::EcdsaP384,
        other => KeyType::from_str(other).unwrap_or(KeyType::Rsa2048),
    }
}

fn sizes(exchange: &Exchange) -> Sizes {
    let answer = exchange.answer.as_ref();
    Sizes {
        request_head: exchange.request.target.len()
            + exchange.request.headers.iter().map(line).sum::<usize>(),
        request_body: body(&exchange.request.body),
        answer_head: answer.map_or(0, |answer| answer.headers.iter().map(line).sum()),
        answer_body: answer.map_or(0, |answer| body(&answer.body)),
    }
}

fn line(header: &Header) -> usize {
    let value = match &header.value {
        HeaderValue::Text { text } => text.len(),
        HeaderValue::Certificate { length, .. } => length.unwrap_or(CERTIFICATE),
        HeaderValue::PlainPrincipal { payload } => base64(payload),
        HeaderValue::SignedPrincipal { protected, payload, .. } => {
            base64(protected) + base64(payload) + SIGNATURE + 2
        }
        HeaderValue::Secret { length, .. } | HeaderValue::Bytes { length } => *length,
    };
    header.name.len() + value + ": \r\n".len()
}

fn base64(text: &str) -> usize {
    (text.len() * 4).div_ceil(3)
}

fn body(body: &Body) -> usize {
    match body {
        Body::Empty => 0,
        Body::Json { value } => value.to_string().len(),
        Body::Text { length, .. } => *length,
    }
}
