//! For whom a call is made. A service says so: `X-Principal`, in one of two encodings.
//!
//! A service that serves a live request sends base64url JSON; a controller, which has none, a signature over the
//! JSON by the key of the certificate that it shows on this connection.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use indexmap::IndexMap;
use serde_json::Value;

use crate::exchange::{Incoming, Layer};
use crate::middleware::authentication::{Account, Caller};
use crate::middleware::certificate::{Peer, Readings, peer};
use crate::middleware::envelope::{Refusal, Refused};
use crate::middleware::impersonation::{self, Acting};
use crate::middleware::jws;

/// Unpadded, and as lenient about the last character's spare bits as the services.
const PLAIN: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// For whom a request is made. What a caller leaves out is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Principal {
    /// The organization acted in.
    pub(crate) organization: String,
    /// Every organization of the actor.
    pub(crate) organizations: Vec<String>,
    /// The project acted in.
    pub(crate) project: String,
    /// `user`, `service`, `system`, or whatever the caller says.
    pub(crate) kind: String,
    /// Who acts.
    pub(crate) actor: String,
}

/// For whom a request is made, and whether the caller acts as it. Who comes over mutual TLS must say so; anybody else
/// comes for himself, whatever he says. `named` are the parameters of the path, as they stand there.
pub(crate) fn of_request(
    readings: &mut Readings,
    incoming: &Incoming,
    caller: &Caller,
    named: &IndexMap<&str, String>,
) -> Result<(Principal, Acting), Refused> {
    match peer(incoming) {
        Peer::Absent => Ok((Principal::of(caller, named), Acting::AsItself)),
        Peer::Unverified | Peer::Verified(_) => read(readings, incoming),
    }
}

/// Reads the principal of a request that came over mutual TLS.
fn read(readings: &mut Readings, incoming: &Incoming) -> Result<(Principal, Acting), Refused> {
    decode(readings, incoming).ok_or_else(|| {
        Refusal::invalid_request("principal propagation failure for authentication").by(Layer::Principal)
    })
}

impl Principal {
    /// Somebody who comes for himself.
    fn of(caller: &Caller, named: &IndexMap<&str, String>) -> Self {
        let parameter = |name: &str| named.get(name).cloned().unwrap_or_default();
        // Whoever is no service account passes for a user.
        let kind = match caller.account {
            Account::Service { .. } => "service",
            Account::User { .. } | Account::System => "user",
        };
        Self {
            organization: parameter("organizationID"),
            organizations: caller.account.json().1.to_vec(),
            project: parameter("projectID"),
            kind: kind.to_owned(),
            actor: caller.subject.clone(),
        }
    }
}

fn decode(readings: &mut Readings, incoming: &Incoming) -> Option<(Principal, Acting)> {
    let header = incoming.header("X-Principal").filter(|value| !value.is_empty())?;
    match PLAIN.decode(header.replace(['\r', '\n'], "")) {
        Ok(json) => {
            let principal = parse(&json)?;
            let acting = impersonation::read(incoming, &principal).ok()?;
            Some((principal, acting))
        }
        // A signed one speaks for a resource, not for a live request: nobody is impersonated.
        Err(_) => {
            let Peer::Verified(certificate) = peer(incoming) else { return None };
            let certificate = readings.parse(certificate)?;
            Some((parse(&jws::verify(header, certificate.rsa.as_ref()?)?)?, Acting::AsItself))
        }
    }
}

/// Reads a principal's JSON as the services do: names in any case of letters, null for nothing, unknown members
/// ignored.
pub(crate) fn parse(json: &[u8]) -> Option<Principal> {
    let mut principal = Principal::default();
    let members = match serde_json::from_slice(json).ok()? {
        Value::Null => return Some(principal),
        Value::Object(members) => members,
        _ => return None,
    };
    for (name, value) in members {
        match name.to_ascii_lowercase().as_str() {
            "organizationid" => set(&mut principal.organization, value)?,
            "organizationids" => principal.organizations = list(value)?,
            "projectid" => set(&mut principal.project, value)?,
            "type" => set(&mut principal.kind, value)?,
            "actor" => set(&mut principal.actor, value)?,
            _ => {}
        }
    }
    Some(principal)
}

fn set(member: &mut String, value: Value) -> Option<()> {
    match value {
        Value::Null => {}
        Value::String(text) => *member = text,
        _ => return None,
    }
    Some(())
}

fn list(value: Value) -> Option<Vec<String>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::Array(values) => values
            .into_iter()
            .map(|value| {
                let mut text = String::new();
                set(&mut text, value).map(|()| text)
            })
            .collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(json: &str, actor: Option<&str>) {
        assert_eq!(parse(json.as_bytes()).map(|principal| principal.actor).as_deref(), actor);
    }

    #[test]
    fn members_may_be_missing_null_or_unknown() {
        reads("{}", Some(""));
        reads("null", Some(""));
        reads(r#"{"actor": null, "other": [1]}"#, Some(""));
        reads(r#"{"ACTOR": "a"}"#, Some("a"));
    }

    #[test]
    fn members_of_another_type_are_refused() {
        reads("[]", None);
        reads("1", None);
        reads(r#"{"actor": 1}"#, None);
        reads(r#"{"organizationIds": "a"}"#, None);
        reads(r#"{"organizationIds": [1]}"#, None);
        reads(r#"{"actor": "a"} x"#, None);
    }
}
