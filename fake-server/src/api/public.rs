//! What anybody may ask for.

use crate::api::{Answered, authorization, discovery, service, tokens, userinfo};
use crate::exchange::Incoming;
use crate::middleware::bearer::{Judge, NotLetIn};
use crate::middleware::certificate::Readings;
use crate::middleware::envelope::Refusal;
use crate::middleware::target::Target;
use crate::store::clock::Ids;

/// A request that needs nobody known.
pub(crate) struct Visit<'a> {
    /// What tokens are judged by.
    pub(crate) judge: Judge<'a>,
    /// Where new ids come from.
    pub(crate) ids: &'a mut Ids,
    /// Certificates that were read.
    pub(crate) readings: &'a mut Readings,
    /// The request.
    pub(crate) incoming: &'a Incoming,
    /// Its target.
    pub(crate) target: &'a Target,
    /// The name by which the caller knows this server.
    pub(crate) host: &'a str,
}

/// Carries out an operation that anybody may ask for; none when there is no such.
pub(crate) fn serve(operation: &str, visit: &mut Visit<'_>) -> Option<Answered> {
    let answered = match operation {
        "identity.well-known.openid-configuration.list" => Ok(discovery::configuration(visit)),
        "identity.well-known.openid-protected-resource.list" => Ok(discovery::protected_resource(visit)),
        "identity.oauth2.v2.jwks.list" => discovery::keys(visit),
        "identity.oauth2.v2.token.create" => tokens::create(visit),
        "identity.oauth2.v2.userinfo.list" => userinfo::read(visit),
        "identity.oauth2.v2.userinfo.create" => userinfo::ask(visit),
        "identity.oauth2.v2.authorization.list" | "identity.oauth2.v2.authorization.create" => {
            Ok(authorization::begin(visit))
        }
        "identity.oauth2.v2.login.create" => Ok(authorization::log_in(visit)),
        "identity.oidc.callback.list" => Ok(authorization::come_back(visit)),
        "region.well-known.openid-protected-resource.list" => {
            Ok(service::protected_resource(visit.judge.world, visit.host))
        }
        _ => return None,
    };
    Some(answered)
}

impl Visit<'_> {
    /// A form's fields, then those of the query: the services look for a name in this order.
    pub(super) fn fields(&self) -> Fields {
        let body = std::str::from_utf8(&self.incoming.body).unwrap_or_default();
        let is_form = self.incoming.header("Content-Type").is_some_and(|it| it.starts_with(FORM));
        let mut fields = if is_form { Fields::parse(body) } else { Fields::default() };
        fields.0.extend(Fields::parse(&self.target.query).0);
        fields
    }

    /// The fields of the form alone.
    pub(super) fn form(&self) -> Fields {
        Fields::parse(std::str::from_utf8(&self.incoming.body).unwrap_or_default())
    }

    /// Why nobody is let in, as an API says it.
    pub(super) fn denied(&self, why: NotLetIn) -> Refusal {
        match why {
            NotLetIn::Denied(text) => Refusal::access_denied(self.host, text),
            NotLetIn::Trouble => Refusal::internal(),
        }
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Names and values, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads pairs; what is broken has none, and the document has refused it where that matters.
    pub(super) fn parse(text: &str) -> Self {
        Self(plumbline_openapi::form_pairs(text).unwrap_or_default())
    }

    /// Whether a name is there, with any value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// The first value of a name; empty when it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// All of them, by name, as a query.
    pub(super) fn query(&self) -> String {
        let mut pairs: Vec<_> = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        pairs.sort_by_key(|(name, _)| *name);
        query(&pairs)
    }
}

/// Pairs as a query.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let escaped = |text: &str| {
        text.bytes().fold(String::new(), |mut out, byte| {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                    out.push(char::from(byte))
                }
                b' ' => out.push('+'),
                _ => out.push_str(&format!("%{byte:02X}")),
            }
            out
        })
    };
    let pairs = pairs.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}
