//! Request bodies, once the document has let them by.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::middleware::envelope::Refusal;

/// Reads a body. The document has seen its first value only, and takes `1.0` for an integer.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice::<Value>(body)
        .and_then(serde_json::from_value)
        .map_err(|_said_to_nobody| Refusal::invalid_request("the request body is missing or malformed"))
}
