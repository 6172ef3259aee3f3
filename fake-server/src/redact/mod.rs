//! What a recording may show: certificates, keys, tokens and signatures by role, never by their bytes.

mod body;
mod header;

pub(crate) use body::{body, target};
pub(crate) use header::header;
