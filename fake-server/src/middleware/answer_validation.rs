//! The service holds its own answers to its document, and gives up the connection rather than send one that does
//! not fit.

use std::collections::BTreeMap;

use bytes::Bytes;
use plumbline_openapi::{Misfit, Operation};

use crate::exchange::Response;

/// The last answer of each operation that fitted: what fits once fits again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fitted(BTreeMap<String, Fit>);

#[derive(Debug, Clone, PartialEq)]
struct Fit {
    status: u16,
    media_type: String,
    body: Bytes,
}

impl Fitted {
    /// Whether an answer of an operation is one that the document declares.
    pub(crate) fn check(&mut self, operation: &Operation, response: &Response) -> Result<(), Misfit> {
        let media_type = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Content-Type"));
        let media_type = media_type.map(|(_, value)| value.as_str()).unwrap_or_default();
        let same = |fit: &Fit| {
            fit.status == response.status && fit.media_type == media_type && fit.body == response.body
        };
        if self.0.get(&operation.id).is_some_and(same) {
            return Ok(());
        }
        operation.check_reply(response.status, media_type, &response.body)?;
        let fit =
            Fit { status: response.status, media_type: media_type.to_owned(), body: response.body.clone() };
        self.0.insert(operation.id.clone(), fit);
        Ok(())
    }
}
