//! Where the identity service's endpoints are, and the keys to check its signatures with.

use serde_json::json;

use crate::api::public::Visit;
use crate::api::{Answered, Reply};
use crate::store::{Kind, Verb};
use crate::token::signed;

/// What clients configure themselves by (OpenID Connect Discovery 1.0 §4).
pub(super) fn configuration(visit: &Visit<'_>) -> Reply {
    let issuer = &visit.judge.world.issuer;
    let at = |path: &str| format!("{issuer}/oauth2/v2/{path}");
    let known = json!({
        "issuer": issuer,
        "authorization_endpoint": at("authorization"),
        "token_endpoint": at("token"),
        "userinfo_endpoint": at("userinfo"),
        "jwks_uri": at("jwks"),
        "scopes_supported": ["email", "openid", "profile"],
        "claims_supported": [
            "aud", "email", "email_verified", "exp", "family_name", "given_name", "iat", "iss", "locale", "name",
            "picture", "sub",
        ],
        "response_types_supported": ["code", "id_token"],
        "response_modes_supported": ["query"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic", "client_secret_post", "tls_client_auth",
        ],
        "grant_types_supported": [
            "authorization_code", "client_credentials", "refresh_token",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ],
        "id_token_signing_alg_values_supported": ["ES512"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    });
    Reply::json(200, known).cacheable()
}

/// Where tokens for this service come from (RFC 9728 §3).
pub(super) fn protected_resource(visit: &Visit<'_>) -> Reply {
    let itself = format!("https://{}", visit.host);
    let known = json!({
        "resource": itself,
        "authorization_servers": [itself],
        "scopes_supported": ["openapi", "email", "profile"],
        "bearer_methods_supported": ["header"],
    });
    Reply::json(200, known).cacheable()
}

/// The key in use, and the one before.
pub(super) fn keys(visit: &mut Visit<'_>) -> Answered {
    visit.judge.store.ask(Verb::Get, Kind::SigningKey)?;
    Ok(Reply::json(200, signed::key_set()))
}
