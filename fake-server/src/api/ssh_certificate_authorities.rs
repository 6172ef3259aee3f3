//! SSH certificate authorities: public keys whose certificates open a project's servers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::metadata::{Status, Written, say};
use crate::api::projects::Named;
use crate::api::tenancy::{self, InUse, Second as _};
use crate::api::{Answered, Call, Reply, body, network_creation};
use crate::middleware::envelope::Refusal;
use crate::middleware::path_parameters;
use crate::store::placed::{Place, Placed, PublicKey, SshCertificateAuthority};

/// Kinds of keys that an authority may have.
const KINDS: [&str; 5] =
    ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];

#[derive(Debug, Deserialize)]
struct Create {
    metadata: Written,
    spec: Spec,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    organization_id: String,
    project_id: String,
    public_key: String,
}

pub(super) fn list(call: &mut Call<'_>) -> Answered {
    tenancy::list(call, one)
}

pub(super) fn create(call: &mut Call<'_>) -> Answered {
    let Create { metadata, spec } = body::read(call.body)?;
    let id = |text: &str| path_parameters::id(text).ok_or_else(Refusal::internal);
    let named = Named { organization: id(&spec.organization_id)?, project: id(&spec.project_id)? };
    network_creation::allow(call, SshCertificateAuthority::ENDPOINT, &named)?;
    let key = read_key(&spec.public_key)?;
    let principal = network_creation::enriched(call.principal, &named.organization, &named.project);
    let meta = metadata.create(&mut call.acting_for(&principal));
    let made = call.store.create(Placed {
        meta,
        place: Place {
            organization: named.organization,
            project: named.project,
            v2: true,
            ..Place::default()
        },
        allocation: None,
        spec: PublicKey(key),
        holders: Vec::new(),
    })?;
    Ok(Reply::json(201, one(&made)).cacheable())
}

pub(super) fn read(call: &mut Call<'_>) -> Answered {
    Ok(Reply::json(200, one(&tenancy::get(call)?)).cacheable())
}

pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    let in_use = InUse::Refused("SSH certificate authority is in use and cannot be deleted");
    tenancy::delete::<SshCertificateAuthority>(call, in_use)
}

/// A public key as it is kept: one line of the kind that stands in `authorized_keys`, without options (RFC 4253 §6.6).
fn read_key(text: &str) -> Result<String, Refusal> {
    let refused = |text: &str| Err(Refusal::unprocessable(text));
    let line = text.trim();
    if line.is_empty() {
        return refused("public key must be specified");
    }
    let (first, rest) = line.split_once('\n').unwrap_or((line, ""));
    let words: Vec<&str> = first.split_ascii_whitespace().collect();
    let Some(at) = words.windows(2).position(|pair| kind(pair[1]).is_some_and(|kind| kind == pair[0])) else {
        return refused("public key must be a valid OpenSSH authorized key");
    };
    if !rest.trim().is_empty() {
        return refused("public key must contain a single key");
    }
    if at != 0 {
        return refused("public key options are not supported");
    }
    if !KINDS.contains(&words[0]) {
        return refused("public key type is not supported for SSH certificate authorities");
    }
    Ok(if words.len() == 2 { words.join(" ") } else { line.to_owned() })
}

/// The kind of key that is in a blob: the text that it begins with (RFC 4251 §5).
fn kind(blob: &str) -> Option<String> {
    let bytes = STANDARD.decode(blob).ok()?;
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let kind = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    String::from_utf8(kind.to_vec()).ok()
}

fn one(authority: &SshCertificateAuthority) -> Value {
    json!({
        "metadata": say(&authority.meta, Status::Immediate, &tenancy::scope(&authority.place)),
        "spec": { "publicKey": authority.spec.0 },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    #[track_caller]
    fn keeps(text: &str, kept: Result<&str, &str>) {
        let read = read_key(text).map_err(|refusal| refusal.description);
        assert_eq!(read, kept.map(str::to_owned).map_err(str::to_owned));
    }

    #[test]
    fn a_key_is_kept_as_it_was_written_but_for_blanks() {
        keeps(&format!(" ssh-ed25519  {KEY}\n"), Ok(&format!("ssh-ed25519 {KEY}")));
        keeps(&format!("ssh-ed25519 {KEY} root@here\n"), Ok(&format!("ssh-ed25519 {KEY} root@here")));
    }

    #[test]
    fn what_is_no_single_key_is_refused() {
        keeps("  ", Err("public key must be specified"));
        keeps("ssh-ed25519 nope", Err("public key must be a valid OpenSSH authorized key"));
        keeps(&format!("ssh-rsa {KEY}"), Err("public key must be a valid OpenSSH authorized key"));
        let line = format!("ssh-ed25519 {KEY}");
        keeps(&format!("{line}\n{line}"), Err("public key must contain a single key"));
        keeps(&format!("cert-authority {line}"), Err("public key options are not supported"));
    }
}
