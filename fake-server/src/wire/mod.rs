//! HTTP/1.1 on a stream: requests exactly as they came, answers exactly as they are meant, whole or not.
//!
//! Written here and not taken from a library, because a library keeps neither the spelling and order of header
//! lines nor sends answers that are wrong on purpose.

mod head;
mod read;
mod write;

pub(crate) use head::Head;
pub(crate) use read::{Reader, Unreadable};
pub(crate) use write::{Framing, encode};
