//! Sending an answer, whole or not.

use bytes::Bytes;
use tokio::io::{self, AsyncWriteExt};

use super::guards::Busy;
use super::stream::Stream;
use crate::exchange::{Answer, Response};
use crate::fault::{Delivery, Ending, Gate};
use crate::wire::{Framing, Reader, encode};

/// What becomes of the connection after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    KeepOpen,
    End(Ending),
}

impl After {
    /// Stays open only if both say so.
    pub(super) fn and(self, other: Self) -> Self {
        match self {
            Self::KeepOpen => other,
            Self::End(_) => self,
        }
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
    let response = match answer {
        Answer::Response(response) => response,
        Answer::Abort(_) => return After::End(Ending::Close),
    };
    let (bytes, stalls, after) = plan(&response, delivery, is_head);
    let sent = async {
        if let Some((begun, gate)) = stalls {
            send(reader, &bytes[..begun]).await?;
            busy.pause();
            tokio::select! {
                () = gate.pass() => {}
                () = reader.gone() => return Err(io::ErrorKind::ConnectionAborted.into()),
            }
            busy.resume();
            send(reader, &bytes[begun..]).await
        } else {
            send(reader, &bytes).await
        }
    };
    // A client that does not take the answer has closed the connection.
    if sent.await.is_err() { After::End(Ending::Cut) } else { after }
}

async fn send<S: Stream>(reader: &mut Reader<S>, bytes: &[u8]) -> io::Result<()> {
    let stream = reader.stream();
    stream.write_all(bytes).await?;
    stream.flush().await
}

/// The bytes to send, where they stall, and what comes after them.
fn plan<'a>(
    response: &Response,
    delivery: &'a Delivery,
    is_head: bool,
) -> (Bytes, Option<(usize, &'a Gate)>, After) {
    let framing = if is_head { Framing::HeadOnly } else { Framing::Length };
    let (whole, head) = encode(response, framing);
    let kept = if closes(response) { After::End(Ending::Close) } else { After::KeepOpen };
    match delivery {
        Delivery::Whole => (whole, None, kept),
        Delivery::Nothing(ending) => (Bytes::new(), None, After::End(*ending)),
        Delivery::HeadCut(ending) => (whole.slice(..head / 2), None, After::End(*ending)),
        Delivery::BodyCut(ending) => {
            let end = (head + (whole.len() - head) / 2).min(whole.len() - 1);
            (whole.slice(..end), None, After::End(*ending))
        }
        Delivery::BodyStalls(gate) => {
            let begun = head + (whole.len() - head) / 2;
            (whole, Some((begun, gate)), kept)
        }
        Delivery::Chunked => (chunked(response, is_head), None, kept),
        Delivery::ChunkedCut(ending) => {
            let whole = chunked(response, is_head);
            // All but the last chunk, which says that the others were all.
            let end = whole.len().saturating_sub(b"0\r\n\r\n".len());
            (whole.slice(..end), None, After::End(*ending))
        }
        Delivery::Raw(bytes, ending) => (bytes.clone(), None, After::End(*ending)),
    }
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
