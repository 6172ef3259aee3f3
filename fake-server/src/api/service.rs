//! What a service says of itself.

use serde_json::json;

use crate::api::{Answered, Call, Reply};
use crate::world::World;

/// The services name their binary and its version: so does this one.
pub(super) fn version(_call: &mut Call<'_>) -> Answered {
    let version = json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") });
    Ok(Reply::json(200, version))
}

/// Where tokens for this service come from (RFC 9728). `host` is the name by which the caller knows it.
pub(super) fn protected_resource(world: &World, host: &str) -> Reply {
    let resource = json!({
        "resource": format!("https://{host}"),
        "authorization_servers": [format!("https://{}", world.identity_host)],
        "scopes_supported": ["openid", "email", "profile"],
        "bearer_methods_supported": ["header"],
    });
    Reply::json(200, resource).for_a_day()
}
