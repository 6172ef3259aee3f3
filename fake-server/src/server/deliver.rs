//! Sending an answer, whole or not.

use bytes::Bytes;
use tokio::io::{self, AsyncWriteExt};

use super::guards::Busy;
use super::stream::Stream;
use crate::exchange::{Answer, Response, seconds_ahead};
use crate::fault::{Delivery, Ending, Gate, Passage};
use crate::store::clock::http_date_ahead;
use crate::wire::{Framing, Reader, encode};

/// What becomes of the connection after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    KeepOpen,
    /// It ends as an idle one does.
    Leave,
    End(Ending),
}

impl After {
    /// Stays open only if both say so.
    pub(super) fn and(self, other: Self) -> Self {
        match self {
            Self::KeepOpen => other,
            Self::Leave | Self::End(_) => self,
        }
    }

    /// What a fault wants to come after the answer.
    pub(super) fn then(ending: Option<Ending>) -> Self {
        match ending {
            None => Self::KeepOpen,
            Some(Ending::Close) => Self::Leave,
            Some(ending @ (Ending::Cut | Ending::Reset)) => Self::End(ending),
        }
    }
}

/// Makes of an answer what its client is to get, the framing aside.
pub(super) fn alter(response: &mut Response, delivery: &Delivery) {
    /// Begins no UTF-8 text, and so no JSON.
    const GARBAGE: u8 = 0xff;

    match delivery {
        Delivery::Garbled => response.body = vec![GARBAGE; response.body.len()].into(),
        Delivery::Retyped(kind) => replace(response, "Content-Type", kind.clone()),
        Delivery::Whole
        | Delivery::Nothing(_)
        | Delivery::HeadCut(_)
        | Delivery::BodyCut(_)
        | Delivery::Overlong(_)
        | Delivery::Chunked
        | Delivery::ChunkedCut(_)
        | Delivery::BodyStalls(_)
        | Delivery::Slowly
        | Delivery::Raw(..) => {}
    }
}

/// Sends an answer as a fault, or nothing unusual, has it.
pub(super) async fn deliver<S: Stream>(
    reader: &mut Reader<S>,
    busy: &mut Busy<'_>,
    answer: Answer,
    delivery: &Delivery,
    is_head: bool,
) -> After {
    let mut response = match answer {
        Answer::Response(response) => response,
        Answer::Abort(_) => return After::End(Ending::Close),
    };
    for (_, value) in &mut response.headers {
        if let Some(seconds) = seconds_ahead(value) {
            *value = http_date_ahead(seconds);
        }
    }
    let Plan { bytes, pace, after } = plan(&response, delivery, is_head);
    let sent = match pace {
        Pace::AtOnce => send(reader, &bytes).await,
        Pace::ByteByByte => byte_by_byte(reader, &bytes).await,
        Pace::Halt { begun, gate } => halting(reader, busy, &bytes, begun, gate).await,
    };
    // A client that does not take the answer has closed the connection, or is to be left without the rest.
    if sent.is_err() { After::End(Ending::Cut) } else { after }
}

async fn send<S: Stream>(reader: &mut Reader<S>, bytes: &[u8]) -> io::Result<()> {
    let stream = reader.stream();
    stream.write_all(bytes).await?;
    stream.flush().await
}

async fn byte_by_byte<S: Stream>(reader: &mut Reader<S>, bytes: &[u8]) -> io::Result<()> {
    for byte in bytes.chunks(1) {
        send(reader, byte).await?;
    }
    Ok(())
}

/// Waits at a gate in the middle, for as long as the client is there.
async fn halting<S: Stream>(
    reader: &mut Reader<S>,
    busy: &mut Busy<'_>,
    bytes: &[u8],
    begun: usize,
    gate: &Gate,
) -> io::Result<()> {
    send(reader, &bytes[..begun]).await?;
    busy.pause();
    let passage = tokio::select! {
        passage = gate.pass() => passage,
        () = reader.gone() => Passage::Shut,
    };
    if passage == Passage::Shut {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    busy.resume();
    send(reader, &bytes[begun..]).await
}

/// What to send, how fast, and what comes after it.
struct Plan<'a> {
    bytes: Bytes,
    pace: Pace<'a>,
    after: After,
}

/// How fast bytes are sent.
enum Pace<'a> {
    AtOnce,
    ByteByByte,
    /// So many, and the rest once the gate opens.
    Halt {
        begun: usize,
        gate: &'a Gate,
    },
}

fn plan<'a>(response: &Response, delivery: &'a Delivery, is_head: bool) -> Plan<'a> {
    let framing = if is_head { Framing::HeadOnly } else { Framing::Length };
    let (whole, head) = encode(response, framing);
    let half = head + (whole.len() - head) / 2;
    let kept = if closes(response) { After::End(Ending::Close) } else { After::KeepOpen };
    let at_once = |bytes, after| Plan { bytes, pace: Pace::AtOnce, after };
    match delivery {
        Delivery::Whole | Delivery::Garbled | Delivery::Retyped(_) => at_once(whole, kept),
        Delivery::Nothing(ending) => at_once(Bytes::new(), After::End(*ending)),
        Delivery::HeadCut(ending) => at_once(whole.slice(..head / 2), After::End(*ending)),
        Delivery::BodyCut(ending) => at_once(whole.slice(..half.min(whole.len() - 1)), After::End(*ending)),
        Delivery::Overlong(ending) => at_once(overlong(response, is_head), After::End(*ending)),
        Delivery::BodyStalls(gate) => {
            Plan { bytes: whole, pace: Pace::Halt { begun: half, gate }, after: kept }
        }
        Delivery::Slowly => Plan { bytes: whole, pace: Pace::ByteByByte, after: kept },
        Delivery::Chunked => at_once(chunked(response, is_head), kept),
        Delivery::ChunkedCut(ending) => {
            let whole = chunked(response, is_head);
            // All but the last chunk, which says that the others were all.
            let end = whole.len().saturating_sub(b"0\r\n\r\n".len());
            at_once(whole.slice(..end), After::End(*ending))
        }
        Delivery::Raw(bytes, ending) => at_once(bytes.clone(), After::End(*ending)),
    }
}

/// An answer that declares half of its body, or that is followed by bytes when it has none.
fn overlong(response: &Response, is_head: bool) -> Bytes {
    const STRAY: &[u8] = b"stray";

    if is_head || response.body.is_empty() {
        let (whole, _) = encode(response, if is_head { Framing::HeadOnly } else { Framing::Length });
        return [&whole, STRAY].concat().into();
    }
    let mut short = response.clone();
    replace(&mut short, "Content-Length", (response.body.len() / 2).to_string());
    encode(&short, Framing::Length).0
}

/// Puts a header line in the place of those of that name.
fn replace(response: &mut Response, name: &str, value: String) {
    response.headers.retain(|(present, _)| !present.eq_ignore_ascii_case(name));
    response.headers.push((name.to_owned(), value));
}

fn chunked(response: &Response, is_head: bool) -> Bytes {
    encode(response, if is_head { Framing::HeadOnly } else { Framing::Chunked }).0
}

fn closes(response: &Response) -> bool {
    let is_close = |(name, value): &(String, String)| {
        name.eq_ignore_ascii_case("connection") && value.eq_ignore_ascii_case("close")
    };
    response.headers.iter().any(is_close)
}
