//! Request bodies, once the document has let them by.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::middleware::envelope::Refusal;
use crate::middleware::path_parameters;

/// Reads a body. The document has seen its first value only, and takes `1.0` for an integer.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice::<Value>(body)
        .and_then(serde_json::from_value)
        .map_err(|_said_to_nobody| Refusal::invalid_request("the request body is missing or malformed"))
}

/// An id in a body, in any spelling of a UUID; kept in its canonical one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Id(pub(super) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        path_parameters::id(&text).map(Self).ok_or_else(|| D::Error::custom("it is no UUID"))
    }
}
