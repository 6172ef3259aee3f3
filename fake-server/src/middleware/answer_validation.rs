//! The service holds its own answers to its document, and gives up the connection rather than send one that does
//! not fit.

use plumbline_openapi::{Misfit, Operation};

use crate::exchange::Response;

/// Whether an answer of an operation is one that the document declares.
pub(crate) fn check(operation: &Operation, response: &Response) -> Result<(), Misfit> {
    let media_type = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Content-Type"));
    let media_type = media_type.map(|(_, value)| value.as_str()).unwrap_or_default();
    operation.check_reply(response.status, media_type, &response.body)
}
