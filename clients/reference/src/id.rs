//! Ids of the platform.

use uuid::Uuid;

use crate::error::Error;

/// A UUID in its canonical form: lower case, with dashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Id(String);

impl Id {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads a UUID in any of its spellings (upper case, without dashes, as a URN, in braces).
pub(crate) fn id(operation: &'static str, argument: &'static str, text: &str) -> Result<Id, Error> {
    match Uuid::parse_str(text) {
        Ok(uuid) => Ok(Id(uuid.to_string())),
        Err(_invalid) => Err(Error::InvalidArgument { operation, argument, problem: "is not a UUID" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_becomes_one() {
        let canonical = "aaaaaaaa-2222-4333-8444-555555555555";
        for spelling in [
            canonical,
            "AAAAAAAA-2222-4333-8444-555555555555",
            "aaaaaaaa222243338444555555555555",
            "urn:uuid:aaaaaaaa-2222-4333-8444-555555555555",
            "{aaaaaaaa-2222-4333-8444-555555555555}",
        ] {
            assert_eq!(id("test", "id", spelling).unwrap().as_str(), canonical, "{spelling}");
        }
        for other in ["", "acme", "../../x", "aaaaaaaa-2222-4333-8444-55555555555"] {
            assert!(matches!(id("test", "id", other), Err(Error::InvalidArgument { .. })), "{other}");
        }
    }
}
