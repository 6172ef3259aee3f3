//! How an answer arrives, and how a connection ends.

use bytes::Bytes;

use super::Gate;
use crate::exchange::Response;

/// How an answer arrives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Whole.
    #[default]
    Whole,
    /// Not at all.
    Nothing(Ending),
    /// The connection ends in the middle of the head.
    HeadCut(Ending),
    /// The connection ends in the middle of the body, short of its declared length; of an answer without body, before
    /// the last byte of its head, since it would be whole after it.
    BodyCut(Ending),
    /// The body is longer than declared, and the connection ends after it: half of the body is declared. An answer
    /// without body is followed by bytes that nothing declared.
    Overlong(Ending),
    /// Whole, in chunks.
    Chunked,
    /// In chunks, and the connection ends before the last.
    ChunkedCut(Ending),
    /// Half of the body, and then nothing more until the gate opens.
    BodyStalls(Gate),
    /// Whole, each byte in a write of its own.
    Slowly,
    /// With as many bytes that are neither JSON nor text in place of its body; an answer without body arrives whole.
    Garbled,
    /// With this `Content-Type` in place of its own; an answer without one, be it for want of a body, gets it.
    Retyped(String),
    /// These bytes instead of an HTTP answer, and the connection ends.
    Raw(Bytes, Ending),
}

impl Delivery {
    /// Whether the client can make out an answer: at least the whole head arrives.
    pub(crate) fn answers(&self, answer: &Response) -> bool {
        match self {
            Self::Whole
            | Self::Overlong(_)
            | Self::Chunked
            | Self::ChunkedCut(_)
            | Self::BodyStalls(_)
            | Self::Slowly
            | Self::Garbled
            | Self::Retyped(_) => true,
            Self::BodyCut(_) => !answer.body.is_empty(),
            Self::Nothing(_) | Self::HeadCut(_) | Self::Raw(..) => false,
        }
    }

    /// Whether the client gets something else than the answer.
    pub(crate) fn spoils(&self, answer: &Response) -> bool {
        match self {
            Self::Whole | Self::Chunked | Self::BodyStalls(_) | Self::Slowly => false,
            Self::Garbled => !answer.body.is_empty(),
            Self::Nothing(_)
            | Self::HeadCut(_)
            | Self::BodyCut(_)
            | Self::Overlong(_)
            | Self::ChunkedCut(_)
            | Self::Retyped(_)
            | Self::Raw(..) => true,
        }
    }

    /// What it is called in a recording; none: it is nothing unusual.
    pub(crate) fn name(&self) -> Option<&'static str> {
        match self {
            Self::Whole => None,
            Self::Nothing(_) => Some("answer lost"),
            Self::HeadCut(_) => Some("head cut"),
            Self::BodyCut(_) => Some("body cut"),
            Self::Overlong(_) => Some("body overlong"),
            Self::Chunked => Some("chunked"),
            Self::ChunkedCut(_) => Some("chunked and cut"),
            Self::BodyStalls(_) => Some("body stalls"),
            Self::Slowly => Some("slow bytes"),
            Self::Garbled => Some("body garbled"),
            Self::Retyped(_) => Some("other content type"),
            Self::Raw(..) => Some("raw bytes"),
        }
    }
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// In good order: TLS says goodbye, then TCP does.
    Close,
    /// TCP ends without TLS having said goodbye, as when a process dies.
    Cut,
    /// TCP is reset.
    Reset,
}

impl Ending {
    /// What became of the connection.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Close => "closed",
            Self::Cut => "cut",
            Self::Reset => "reset",
        }
    }
}
