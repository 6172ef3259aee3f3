//! Deployments that differ in one rule, for those who look for differences: what `serve --deviate` serves.
//!
//! A deviation is a row of [`ALL`], an arm in one of the hooks below, and nothing else. The engine asks the hooks only
//! when there is one; what stands between two layers asks [`Deviation`] itself, once a rule.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::exchange::{Incoming, Response};

/// One rule in which a deployment differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
#[expect(missing_docs, reason = "the table says of each what it does")]
pub enum Deviation {
    IngressHeadersBelieved,
    MethodNotAllowed,
    TrailingSlashAccepted,
    PreflightBeforeRouting,
    NoOrigin,
    IdsAsSpelt,
    PathAfterCredentials,
    PropagatedIgnored,
    UnverifiedAccepted,
    CommonNameAnyCase,
    TokenIgnored,
    OtherSchemeOverlooked,
    ChallengeWithoutMetadata,
    PrincipalOptional,
    PaddingAccepted,
    SignatureByPropagated,
    SignatureUnchecked,
    AnyAlgorithm,
    FlagAnyCase,
    FlagWithoutActor,
    FlagWithSignature,
    FlagIgnored,
    MembershipUnchecked,
    CacheWithoutImpersonation,
    CacheWithoutOrganization,
    CacheWithoutCaller,
    StrangersLetBy,
    BodyBeforeAccessList,
    BodyUnchecked,
    TraceAlwaysFresh,
    ErrorsKept,
    ErrorsQuote,
}

/// A deviation, and what it is.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Which.
    pub deviation: Deviation,
    /// What such a deployment does.
    pub sentence: &'static str,
    /// The requirement that it is about.
    pub rule: &'static str,
}

const fn row(deviation: Deviation, rule: &'static str, sentence: &'static str) -> Row {
    Row { deviation, sentence, rule }
}

/// All of them.
pub const ALL: [Row; 32] = [
    row(
        Deviation::IngressHeadersBelieved,
        "ingress-alone-speaks-of-the-peer",
        "the ingress hands on what a client says of its own certificate",
    ),
    row(
        Deviation::MethodNotAllowed,
        "routing-before-credentials",
        "a verb that a path does not have is answered 405",
    ),
    row(
        Deviation::TrailingSlashAccepted,
        "routing-by-exact-path",
        "a slash at the end of a path is overlooked",
    ),
    row(
        Deviation::PreflightBeforeRouting,
        "preflight-after-routing",
        "preflights are answered before anybody looks whether there is such an operation",
    ),
    row(Deviation::NoOrigin, "any-origin", "answers name no origin that may read them"),
    row(Deviation::IdsAsSpelt, "ids-compare-canonical", "ids of the path are used as they are spelt"),
    row(
        Deviation::PathAfterCredentials,
        "path-before-credentials",
        "path parameters are looked at after the caller",
    ),
    row(
        Deviation::PropagatedIgnored,
        "propagated-certificate-stands",
        "the peer's certificate stands for the caller, whatever is propagated",
    ),
    row(
        Deviation::UnverifiedAccepted,
        "certificate-verified",
        "a certificate counts whatever the ingress says of it",
    ),
    row(Deviation::CommonNameAnyCase, "common-name-exact", "common names are compared without case"),
    row(Deviation::TokenIgnored, "token-before-certificate", "a certificate goes before a token"),
    row(
        Deviation::OtherSchemeOverlooked,
        "authorization-scheme",
        "credentials of another scheme are overlooked",
    ),
    row(
        Deviation::ChallengeWithoutMetadata,
        "refusals-challenge",
        "a challenge does not say where the resource is described",
    ),
    row(Deviation::PrincipalOptional, "principal-required", "a missing principal is an empty one"),
    row(Deviation::PaddingAccepted, "principal-unpadded", "padding in a principal is overlooked"),
    row(
        Deviation::SignatureByPropagated,
        "signature-of-the-peer",
        "a signed principal is verified against the propagated certificate",
    ),
    row(
        Deviation::SignatureUnchecked,
        "signature-counts",
        "a signed principal is believed without a look at its signature",
    ),
    row(
        Deviation::AnyAlgorithm,
        "signature-ps512-only",
        "signatures by other algorithms than PS512 are believed",
    ),
    row(
        Deviation::FlagAnyCase,
        "impersonation-flag-exact",
        "the wish to act as the principal is read without case",
    ),
    row(
        Deviation::FlagWithoutActor,
        "impersonation-needs-an-actor",
        "whoever wants to act as nobody acts as himself",
    ),
    row(
        Deviation::FlagWithSignature,
        "impersonation-not-by-signature",
        "a signed principal can be acted as, too",
    ),
    row(Deviation::FlagIgnored, "impersonation-narrows", "nobody acts as his principal, whatever he wishes"),
    row(
        Deviation::MembershipUnchecked,
        "impersonation-within-membership",
        "an actor is taken for a member of the organization of the path",
    ),
    row(
        Deviation::CacheWithoutImpersonation,
        "cache-key-impersonation",
        "lists of rights are kept without regard to impersonation",
    ),
    row(
        Deviation::CacheWithoutOrganization,
        "cache-key-organization",
        "lists of rights are kept without regard to the organization",
    ),
    row(
        Deviation::CacheWithoutCaller,
        "caches-keep-callers-apart",
        "lists of rights are kept without regard to the caller",
    ),
    row(
        Deviation::StrangersLetBy,
        "access-list-before-permission",
        "whose rights cannot be computed has none, and goes on",
    ),
    row(
        Deviation::BodyBeforeAccessList,
        "access-list-before-body",
        "the body is looked at before the caller's rights",
    ),
    row(Deviation::BodyUnchecked, "body-by-schema", "bodies are not held to their schemas"),
    row(Deviation::TraceAlwaysFresh, "trace-of-the-caller", "every error is of a trace of its own"),
    row(Deviation::ErrorsKept, "errors-in-one-envelope", "errors do not say that they are not to be kept"),
    row(Deviation::ErrorsQuote, "errors-quote-nothing", "refusals quote the principal"),
];

impl Deviation {
    /// Its row.
    ///
    /// # Panics
    ///
    /// Never: a test finds each in the table.
    #[must_use]
    pub fn row(self) -> Row {
        ALL.into_iter().find(|row| row.deviation == self).expect("every deviation has its row")
    }

    /// The request that such a server takes this one for; none: this one.
    pub(crate) fn taken_for(self, incoming: &Incoming) -> Option<Incoming> {
        let mut taken = incoming.clone();
        match self {
            Self::TrailingSlashAccepted => {
                let (path, query) = taken.target.split_once('?').unwrap_or((&taken.target, ""));
                let path = path.strip_suffix('/').filter(|path| !path.is_empty())?;
                taken.target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
            }
            Self::PropagatedIgnored => {
                taken.header("Ssl-Client-Cert")?;
                remove(&mut taken, "Unikorn-Client-Certificate");
            }
            Self::UnverifiedAccepted => {
                taken.header("Ssl-Client-Cert").filter(|value| !value.is_empty())?;
                set(&mut taken, "Ssl-Client-Verify", "SUCCESS");
            }
            Self::TokenIgnored => {
                taken.header("Ssl-Client-Cert")?;
                remove(&mut taken, "Authorization");
            }
            Self::OtherSchemeOverlooked => {
                let scheme = taken.header("Authorization")?.split(' ').next()?.to_owned();
                if scheme.eq_ignore_ascii_case("bearer") {
                    return None;
                }
                remove(&mut taken, "Authorization");
            }
            Self::PrincipalOptional => match taken.header("X-Principal") {
                Some(value) if !value.is_empty() => return None,
                _ => set(&mut taken, "X-Principal", "e30"),
            },
            Self::PaddingAccepted => {
                let unpadded = taken.header("X-Principal")?.trim_end_matches('=').to_owned();
                set(&mut taken, "X-Principal", &unpadded);
            }
            Self::SignatureByPropagated => {
                signed(&taken)?;
                taken.header("Ssl-Client-Cert")?;
                let propagated = taken.header("Unikorn-Client-Certificate")?.to_owned();
                set(&mut taken, "Ssl-Client-Cert", &propagated);
            }
            Self::SignatureUnchecked => believe(&mut taken, |_| true)?,
            Self::AnyAlgorithm => believe(&mut taken, |algorithm| algorithm != "PS512")?,
            Self::FlagAnyCase => {
                if taken.header("X-Impersonate")?.eq_ignore_ascii_case("true") {
                    set(&mut taken, "X-Impersonate", "true");
                }
            }
            Self::FlagWithoutActor => {
                if plain(&taken)?.get("actor").and_then(Value::as_str).is_some_and(|actor| !actor.is_empty())
                {
                    return None;
                }
                remove(&mut taken, "X-Impersonate");
            }
            Self::FlagWithSignature => {
                taken.header("X-Impersonate").filter(|value| *value == "true")?;
                let payload = signed(&taken)?.1;
                set(&mut taken, "X-Principal", &payload);
            }
            Self::FlagIgnored => remove(&mut taken, "X-Impersonate"),
            Self::MembershipUnchecked => {
                let rest = taken.target.split("/organizations/").nth(1)?;
                let organization = rest.split(['/', '?']).next().unwrap_or_default().to_ascii_lowercase();
                let mut claims = plain(&taken)?;
                let own = claims.get("organizationId").cloned().unwrap_or_default();
                let list = claims.get("organizationIds").and_then(Value::as_array).cloned();
                let mut list = list.filter(|list| !list.is_empty()).unwrap_or_else(|| vec![own]);
                list.retain(Value::is_string);
                list.push(json!(organization));
                claims.as_object_mut()?.insert("organizationIds".to_owned(), json!(list));
                set(&mut taken, "X-Principal", &URL_SAFE_NO_PAD.encode(claims.to_string()));
            }
            Self::IngressHeadersBelieved
            | Self::MethodNotAllowed
            | Self::PreflightBeforeRouting
            | Self::NoOrigin
            | Self::IdsAsSpelt
            | Self::PathAfterCredentials
            | Self::CommonNameAnyCase
            | Self::ChallengeWithoutMetadata
            | Self::CacheWithoutImpersonation
            | Self::CacheWithoutOrganization
            | Self::CacheWithoutCaller
            | Self::StrangersLetBy
            | Self::BodyBeforeAccessList
            | Self::BodyUnchecked
            | Self::TraceAlwaysFresh
            | Self::ErrorsKept
            | Self::ErrorsQuote => return None,
        }
        Some(taken)
    }

    /// What such a server makes of an answer to `incoming`; `methods` are the verbs that the path has.
    pub(crate) fn said(self, incoming: &Incoming, methods: &[&str], response: &mut Response) {
        match self {
            Self::NoOrigin => {
                response
                    .headers
                    .retain(|(name, _)| !name.eq_ignore_ascii_case("Access-Control-Allow-Origin"));
            }
            Self::ChallengeWithoutMetadata => {
                for (_, value) in response
                    .headers
                    .iter_mut()
                    .filter(|(name, _)| name.eq_ignore_ascii_case("Www-Authenticate"))
                {
                    if let Some((challenge, _)) = value.split_once(",resource_metadata=") {
                        *value = challenge.to_owned();
                    }
                }
            }
            Self::MethodNotAllowed => {
                let is_there = !methods.is_empty() && !methods.contains(&incoming.method.as_str());
                if response.status == 404 && is_there && incoming.method != "OPTIONS" {
                    response.status = 405;
                    edit(response, |body| {
                        body["error"] = json!("method_not_allowed");
                        body["error_description"] = json!("the requested method was not allowed");
                    });
                }
            }
            Self::ErrorsKept if response.status >= 400 => {
                response.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("Cache-Control"));
            }
            Self::ErrorsQuote if response.status == 403 => {
                let principal = plain(incoming).unwrap_or_default();
                let actor = principal["actor"].as_str().unwrap_or_default();
                edit(response, |body| {
                    let said = body["error_description"].as_str().unwrap_or_default();
                    body["error_description"] = json!(format!("{said} for {actor}"));
                });
            }
            // The others decide otherwise, and say it as it is said.
            _ => {}
        }
    }
}

fn remove(incoming: &mut Incoming, name: &str) {
    incoming.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
}

fn set(incoming: &mut Incoming, name: &str, value: &str) {
    remove(incoming, name);
    incoming.headers.push((name.to_owned(), Bytes::copy_from_slice(value.as_bytes())));
}

/// The claims of a principal that is not signed.
fn plain(incoming: &Incoming) -> Option<Value> {
    let json = URL_SAFE_NO_PAD.decode(incoming.header("X-Principal")?).ok()?;
    serde_json::from_slice::<Value>(&json).ok().filter(Value::is_object)
}

/// Header and payload of a principal that is signed.
fn signed(incoming: &Incoming) -> Option<(Value, String)> {
    let parts: Vec<&str> = incoming.header("X-Principal")?.split('.').collect();
    let [header, payload, _] = parts.as_slice() else { return None };
    let header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    Some((header, (*payload).to_owned()))
}

/// Takes a signed principal for one that is not: nobody acts as it, as with signed ones.
fn believe(incoming: &mut Incoming, is_believed: impl Fn(&str) -> bool) -> Option<()> {
    let (header, payload) = signed(incoming)?;
    if !is_believed(header["alg"].as_str().unwrap_or_default()) {
        return None;
    }
    set(incoming, "X-Principal", &payload);
    remove(incoming, "X-Impersonate");
    Some(())
}

fn edit(response: &mut Response, change: impl Fn(&mut Value)) {
    if let Ok(mut body) = serde_json::from_slice::<Value>(&response.body) {
        change(&mut body);
        response.body = Bytes::from(body.to_string());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn every_deviation_has_one_row() {
        let rows: Vec<Deviation> = ALL.iter().map(|row| row.deviation).collect();
        assert_eq!(rows, Deviation::value_variants());
        let sentences: BTreeSet<&str> = ALL.iter().map(|row| row.sentence).collect();
        assert_eq!(sentences.len(), ALL.len());
    }
}
