//! The token endpoint (RFC 6749 §3.2): passports for tokens (RFC 8693), tokens for certificates (RFC 8705), and the
//! refusals of what needs a login, since the fake logs nobody in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::api::public::{Fields, Visit};
use crate::api::{Answered, Reply};
use crate::middleware::bearer;
use crate::middleware::certificate::{Peer, peer};
use crate::middleware::envelope::Refusal;
use crate::middleware::passport::{self, NoPassport, Wanted};
use crate::store::{Issued, Kind, Verb};
use crate::token::claims::{Bearer, Claims};
use crate::token::sealed::{self, Use};
use crate::token::{after, signed};
use crate::world::TokenKey;

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const PASSPORT: &str = "urn:nscale:params:oauth:token-type:passport";

/// What an exchange is asked for with; none of it may stand in the query.
const EXCHANGED: [&str; 10] = [
    "grant_type",
    "subject_token",
    "subject_token_type",
    "requested_token_type",
    "audience",
    "resource",
    "x_organization_id",
    "x_project_id",
    "actor_token",
    "actor_token_type",
];

/// How long a token for a certificate is valid, in seconds.
const LIFETIME: i64 = 60 * 60;

pub(super) fn create(visit: &mut Visit<'_>) -> Answered {
    let fields = visit.fields();
    match fields.get("grant_type") {
        "authorization_code" => Err(by_code(&fields)),
        "refresh_token" => Err(by_refresh(visit, &fields)),
        "client_credentials" => by_certificate(visit),
        EXCHANGE => exchange(visit),
        _ => Err(invalid("token grant type is not supported")),
    }
}

fn exchange(visit: &mut Visit<'_>) -> Answered {
    let query = Fields::parse(&visit.target.query);
    if let Some(name) = EXCHANGED.into_iter().find(|name| query.has(name)) {
        return Err(invalid(format!("{name} must be supplied in the form body")));
    }
    let form = visit.form();
    let audience = exchangeable(&form)?;
    let wanted = Wanted {
        organization: form.get("x_organization_id"),
        project: form.get("x_project_id"),
        audience: &audience,
    };
    let passport = passport::exchange(&mut visit.judge, visit.ids, form.get("subject_token"), wanted);
    let passport = passport.map_err(|why| match why {
        NoPassport::Denied(text) => Refusal::oauth2(401, "access_denied", text),
        NoPassport::OutOfScope(text) => Refusal::oauth2(400, "invalid_scope", text),
        NoPassport::Trouble => trouble(),
    })?;
    let said = json!({
        "token_type": "Bearer",
        "access_token": signed::sign(&passport.claims()),
        "expires_in": passport.lifetime(),
        "issued_token_type": PASSPORT,
    });
    Ok(Reply::json(200, said).unkept())
}

/// Who is to read the passport, once everything about the request is as it should be.
fn exchangeable(form: &Fields) -> Result<Vec<String>, Refusal> {
    let refusals = [
        (
            !form.get("actor_token").is_empty() || !form.get("actor_token_type").is_empty(),
            "actor_token is not supported",
        ),
        (form.get("subject_token").is_empty(), "subject_token must be specified"),
        (form.get("subject_token_type").is_empty(), "subject_token_type must be specified"),
        (form.get("subject_token_type") != ACCESS_TOKEN, "subject_token_type is not supported"),
        (
            !form.get("x_project_id").is_empty() && form.get("x_organization_id").is_empty(),
            "x_organization_id must be specified when x_project_id is specified",
        ),
        (
            !["", PASSPORT, ACCESS_TOKEN].contains(&form.get("requested_token_type")),
            "requested_token_type is not supported",
        ),
        (
            !form.get("resource").is_empty() && !is_absolute(form.get("resource")),
            "resource must be an absolute URI without a fragment",
        ),
    ];
    if let Some((_, text)) = refusals.into_iter().find(|(holds, _)| *holds) {
        return Err(invalid(text));
    }
    let mut audience: Vec<String> = Vec::new();
    for name in ["resource", "audience"] {
        let value = form.get(name);
        if !value.is_empty() && !audience.iter().any(|it| it == value) {
            audience.push(value.to_owned());
        }
    }
    Ok(audience)
}

/// Whether a text is a URI with a scheme and without a fragment (RFC 3986 §4.3).
fn is_absolute(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let named = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|it| it.is_ascii_alphanumeric() || "+-.".contains(it));
    let fragment = rest.split_once('#').is_some_and(|(_, fragment)| !fragment.is_empty());
    named && !fragment && !text.chars().any(|it| it.is_ascii_control() || it == ' ')
}

/// A token for who shows a certificate, whoever that is.
fn by_certificate(visit: &mut Visit<'_>) -> Answered {
    let Peer::Verified(shown) = peer(visit.incoming) else {
        return Err(invalid("mTLS client verification failed"));
    };
    let certificate = visit.readings.parse(shown);
    let certificate = certificate.ok_or_else(|| invalid("mTLS certificate validation failed"))?;
    visit.judge.store.ask(Verb::Get, Kind::SigningKey).map_err(|_whatever| trouble())?;
    let now = visit.judge.now;
    let issued = Issued { id: visit.ids.resource(), at: now, until: after(now, LIFETIME) };
    let bearer = Bearer::Service { thumbprint: certificate.thumbprint.clone() };
    let claims = Claims::issued(visit.judge.world, &issued, &certificate.common_name, bearer);
    let said = json!({
        "token_type": "Bearer",
        "access_token": sealed::seal(TokenKey::Current, Use::Access, &claims),
        "expires_in": LIFETIME,
    });
    Ok(Reply::json(200, said).unkept())
}

/// No code is ever issued.
fn by_code(fields: &Fields) -> Refusal {
    let missing = ["redirect_uri", "code"].into_iter().find(|name| !fields.has(name));
    match missing {
        Some(name) => invalid(format!("{name} must be specified")),
        None => {
            let why = "failed to parse jwe: go-jose/go-jose: compact JWE format must have five parts";
            invalid(format!("failed to parse code: {why}"))
        }
    }
}

/// Tokens to refresh others with are known, and none counts.
fn by_refresh(visit: &mut Visit<'_>, fields: &Fields) -> Refusal {
    let claims: Option<Claims> = sealed::open(Use::Refresh, fields.get("refresh_token"));
    let Some((subject, client)) = claims.and_then(|claims| match claims.bearer {
        Bearer::User { client, .. } => Some((claims.sub, client)),
        Bearer::ServiceAccount { .. } | Bearer::Service { .. } => None,
    }) else {
        return grant("refresh token is invalid or has expired");
    };
    let Some((named, secret)) = client_credentials(visit, fields) else {
        return invalid("client ID secret not set in request body");
    };
    if named != client {
        return grant("client_id mismatch");
    }
    let denied = |text| Refusal::oauth2(401, "access_denied", text);
    match visit.judge.world.oauth2_clients.iter().find(|known| known.id == client) {
        None => denied("failed to lookup client"),
        Some(known) if known.secret != secret => denied("client secret invalid"),
        Some(_) => match bearer::active_user(visit.judge.store, &subject) {
            Err(_whatever) => denied("failed to lookup user"),
            Ok(user) if user.sessions.iter().any(|session| session.client == client) => {
                grant("refresh token reuse")
            }
            Ok(_) => grant("no active session for user found"),
        },
    }
}

/// A client's id and secret: from the header (RFC 7617), or else from the form.
fn client_credentials(visit: &Visit<'_>, fields: &Fields) -> Option<(String, String)> {
    let header = visit.incoming.header("Authorization").unwrap_or_default();
    let basic = header.get(..6).filter(|scheme| scheme.eq_ignore_ascii_case("basic "));
    let basic = basic.and_then(|_| STANDARD.decode(&header[6..]).ok());
    let basic = basic.and_then(|text| String::from_utf8(text).ok());
    if let Some((id, secret)) = basic.as_deref().and_then(|text| text.split_once(':')) {
        return Some((id.to_owned(), secret.to_owned()));
    }
    let (id, secret) = ("client_id", "client_secret");
    (fields.has(id) && fields.has(secret)).then(|| (fields.get(id).to_owned(), fields.get(secret).to_owned()))
}

fn invalid(text: impl Into<String>) -> Refusal {
    Refusal::oauth2(400, "invalid_request", text)
}

fn grant(text: &str) -> Refusal {
    Refusal::oauth2(400, "invalid_grant", text)
}

fn trouble() -> Refusal {
    let Refusal { status, code, description, .. } = Refusal::internal();
    Refusal::oauth2(status, code, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_uris() {
        for text in ["https://a.test/x", "urn:a", "a+b:c#"] {
            assert!(is_absolute(text), "{text}");
        }
        for text in ["/x", "", "x", ":x", "1:x", "https://a.test/#b", "https://a b"] {
            assert!(!is_absolute(text), "{text}");
        }
    }
}
