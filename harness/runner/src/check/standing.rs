//! Rules that every exchange of every scenario is held to, whatever its file says.

use plumbline_fake_server::record::{Body, Exchange, Handshake, HeaderValue};
use plumbline_protocol::{ClientKind, Impersonation, Outcome};

use super::request::{header_text, header_values, is_redirected};
use super::{Finding, Made, Observation};
use crate::scenario::operation::Known;
use crate::trace::TraceParent;

/// What the platform's bodies are.
const JSON: &str = "application/json";
/// What a token is asked for with.
const FORM: &str = "application/x-www-form-urlencoded";

/// A standing rule.
pub struct Rule {
    /// Its stable name.
    pub name: &'static str,
    /// What a client must do and why.
    pub requirement: &'static str,
    look: fn(Observation<'_>) -> Vec<Finding>,
}

/// Every rule, in the order in which they are looked at.
pub const RULES: &[Rule] = &[
    Rule {
        name: "standing/no-ingress-header",
        requirement: "A client never sends the headers that the ingress sets, because they claim what only it can know.",
        look: no_ingress_header,
    },
    Rule {
        name: "standing/one-principal",
        requirement: "Every request names exactly one principal, so that the server decides for whom it was made.",
        look: one_principal,
    },
    Rule {
        name: "standing/impersonation",
        requirement: "A client asks to act as the principal only when its caller does, and says so as exactly `true`.",
        look: impersonation,
    },
    Rule {
        name: "standing/certificate",
        requirement: "The certificate that started the call chain travels only when the caller's context holds one, and unchanged.",
        look: certificate,
    },
    Rule {
        name: "standing/trace",
        requirement: "A trace context that travels is well formed (W3C Trace Context §3.2), so that traces are not lost.",
        look: trace,
    },
    Rule {
        name: "standing/no-authorization",
        requirement: "Services authenticate by certificate; a client sends no other credential.",
        look: no_authorization,
    },
    Rule {
        name: "standing/tls-1.3",
        requirement: "Every connection is TLS 1.3, the platform's floor.",
        look: tls_version,
    },
    Rule {
        name: "standing/content-type",
        requirement: "A request with a body says that it is JSON, and one without says nothing.",
        look: content_type,
    },
    Rule {
        name: "standing/redirect-keeps-secrets",
        requirement: "A request that follows a redirect to another host carries no principal, impersonation or certificate.",
        look: redirect_keeps_secrets,
    },
    Rule {
        name: "standing/error-keeps-secrets",
        requirement: "An error's text holds no key, certificate or principal in its wire form, because errors end in logs.",
        look: error_keeps_secrets,
    },
    Rule {
        name: "standing/token-stays-inside",
        requirement: "What a token is exchanged for stays inside the client: neither what a call returns nor its error holds a token, because both end in logs.",
        look: token_stays_inside,
    },
    Rule {
        name: "standing/document",
        requirement: "A request fits the OpenAPI document of its service, so that every server of that version can read it.",
        look: fits_document,
    },
];

/// The rule about what is left after closing; the executor looks at it when the case has ended.
pub const NOTHING_LEFT: &str = "standing/nothing-left";

/// Every name that a scenario can waive.
pub fn names() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.name).chain([NOTHING_LEFT])
}

/// Holds a step to every rule that is not waived.
pub(crate) fn check(waived: &[&str], seen: Observation<'_>) -> Vec<Finding> {
    let rules = RULES.iter().filter(|rule| !waived.contains(&rule.name));
    let found = rules.flat_map(|rule| {
        (rule.look)(seen).into_iter().map(|mut finding| {
            finding.check = rule.name.to_owned();
            finding.help.get_or_insert_with(|| rule.requirement.to_owned());
            finding
        })
    });
    found.collect()
}

fn no_ingress_header(seen: Observation<'_>) -> Vec<Finding> {
    let spoofing = |exchange: &&Exchange| !exchange.spoofed.is_empty();
    let told = seen.exchanges.iter().filter(spoofing).map(|exchange| {
        let names: Vec<_> = exchange.spoofed.iter().map(|header| header.name.as_str()).collect();
        at(exchange, format!("request {} carries `{}`", exchange.number, names.join("`, `")))
    });
    told.collect()
}

fn one_principal(seen: Observation<'_>) -> Vec<Finding> {
    let told = seen.exchanges.iter().filter_map(|exchange| {
        let found = header_values(exchange, "X-Principal").count();
        // Who calls is what a token is about: nobody is named beside it.
        let wanted = usize::from(!seen.known.is_some_and(Known::asks_for_token));
        let sent = found == wanted || after_redirect(exchange, seen);
        (!sent).then(|| at(exchange, format!("request {} carries {found} principals", exchange.number)))
    });
    told.collect()
}

fn impersonation(seen: Observation<'_>) -> Vec<Finding> {
    let asked = seen.calls.iter().any(|made| {
        made.call.client == ClientKind::Api && made.call.context.impersonate == Impersonation::Yes
    });
    let told = seen.exchanges.iter().filter_map(|exchange| {
        let found: Vec<String> = header_values(exchange, "X-Impersonate").map(header_text).collect();
        let message = match (found.as_slice(), asked) {
            ([], _) => return None,
            ([one], true) if one == "true" => return None,
            (_, false) => "although nobody asked to impersonate".to_owned(),
            (_, true) => "which is not exactly `true`, once".to_owned(),
        };
        let found = found.join("`, `");
        Some(at(exchange, format!("request {} carries `X-Impersonate: {found}`, {message}", exchange.number)))
    });
    told.collect()
}

fn certificate(seen: Observation<'_>) -> Vec<Finding> {
    let told = seen.exchanges.iter().filter_map(|exchange| {
        let found: Vec<&HeaderValue> = header_values(exchange, "Unikorn-Client-Certificate").collect();
        let fine = match found.as_slice() {
            [] => {
                seen.calls.iter().any(|made| made.call.context.certificate.is_none())
                    || seen.calls.is_empty()
                    || after_redirect(exchange, seen)
            }
            [one] => seen.calls.iter().any(|made| is_its_certificate(one, made)),
            _ => false,
        };
        (!fine).then(|| {
            let shown: Vec<_> = found.iter().map(|value| header_text(value)).collect();
            let shown = if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") };
            at(
                exchange,
                format!("request {} propagates another certificate than its context's", exchange.number),
            )
            .compared(expected_certificates(seen.calls), shown)
        })
    });
    told.collect()
}

fn is_its_certificate(value: &HeaderValue, made: &Made) -> bool {
    let Some(text) = &made.call.context.certificate else { return false };
    match value {
        HeaderValue::Certificate { role: Some(role), .. } => made.certificate.as_ref() == Some(role),
        HeaderValue::Certificate { role: None, length } => {
            made.certificate.is_none() && *length == Some(text.len())
        }
        HeaderValue::Text { text: found } => found == text,
        HeaderValue::PlainPrincipal { .. }
        | HeaderValue::SignedPrincipal { .. }
        | HeaderValue::Secret { .. }
        | HeaderValue::Bytes { .. } => false,
    }
}

fn expected_certificates(calls: &[Made]) -> String {
    let one = |made: &Made| match (&made.call.context.certificate, &made.certificate) {
        (None, _) => "nothing".to_owned(),
        (Some(_), Some(role)) => format!("the certificate of `{role}`"),
        (Some(text), None) => format!("{} bytes, verbatim", text.len()),
    };
    calls.first().map_or("nothing".to_owned(), one)
}

fn trace(seen: Observation<'_>) -> Vec<Finding> {
    seen.exchanges
        .iter()
        .filter_map(|exchange| {
            let parents: Vec<String> = header_values(exchange, "Traceparent").map(header_text).collect();
            let states = header_values(exchange, "Tracestate").count();
            let message = match parents.as_slice() {
                [] if states == 0 => return None,
                [] => "a `Tracestate` without a `Traceparent`".to_owned(),
                [one] => match one.parse::<TraceParent>() {
                    Ok(_) => return None,
                    Err(error) => format!("a malformed `Traceparent`: {error}"),
                },
                many => format!("{} `Traceparent` headers", many.len()),
            };
            Some(at(exchange, format!("request {} carries {message}", exchange.number)))
        })
        .collect()
}

fn no_authorization(seen: Observation<'_>) -> Vec<Finding> {
    let carries = |exchange: &&Exchange| header_values(exchange, "Authorization").next().is_some();
    let told = seen.exchanges.iter().filter(carries);
    told.map(|exchange| at(exchange, format!("request {} carries `Authorization`", exchange.number)))
        .collect()
}

fn tls_version(seen: Observation<'_>) -> Vec<Finding> {
    let told = seen.opened.iter().filter_map(|connection| match &connection.handshake {
        Handshake::Done { version, .. } if version != "1.3" => {
            let message = format!("connection {} was made with another version of TLS", connection.number);
            Some(Finding::new("", message).compared("1.3", version))
        }
        Handshake::Done { .. } | Handshake::Pending | Handshake::Plain | Handshake::Failed { .. } => None,
    });
    told.collect()
}

fn content_type(seen: Observation<'_>) -> Vec<Finding> {
    seen.exchanges
        .iter()
        .filter_map(|exchange| {
            let found = header_values(exchange, "Content-Type").map(header_text).next();
            let written = if seen.known.is_some_and(Known::asks_for_token) { FORM } else { JSON };
            let kind = found
                .as_deref()
                .map(|found| found.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
            let message = match (&exchange.request.body, kind.as_deref()) {
                (Body::Empty, None) => return None,
                (Body::Json { .. } | Body::Text { .. }, Some(kind)) if kind == written => return None,
                (Body::Empty, Some(kind)) => format!("has no body, but says that it is `{kind}`"),
                (Body::Json { .. } | Body::Text { .. }, None) => {
                    "has a body, but does not say what it is".to_owned()
                }
                (Body::Json { .. } | Body::Text { .. }, Some(kind)) => {
                    format!("says that its body is `{kind}`")
                }
            };
            Some(at(exchange, format!("request {} {message}", exchange.number)))
        })
        .collect()
}

fn redirect_keeps_secrets(seen: Observation<'_>) -> Vec<Finding> {
    let secret = ["X-Principal", "X-Impersonate", "Unikorn-Client-Certificate"];
    let told =
        seen.exchanges.iter().filter(|exchange| after_redirect(exchange, seen)).filter_map(|exchange| {
            let carried: Vec<_> =
                secret.into_iter().filter(|name| header_values(exchange, name).next().is_some()).collect();
            (!carried.is_empty()).then(|| {
                let names = carried.join("`, `");
                at(
                    exchange,
                    format!(
                        "request {} follows a redirect to another host and carries `{names}`",
                        exchange.number
                    ),
                )
            })
        });
    told.collect()
}

/// Whether a request went to the other listener after an answer that redirected there.
fn after_redirect(exchange: &Exchange, seen: Observation<'_>) -> bool {
    let elsewhere = seen.service().is_some_and(|service| service != exchange.service);
    elsewhere && seen.exchanges.iter().any(|before| before.number < exchange.number && is_redirected(before))
}

fn fits_document(seen: Observation<'_>) -> Vec<Finding> {
    let own = seen.exchanges.iter().filter(|exchange| !after_redirect(exchange, seen));
    let told = own.filter_map(|exchange| {
        let misfit = super::document::misfit(exchange, seen.contract)?;
        Some(at(exchange, format!("request {} does not fit the document: {misfit}", exchange.number)))
    });
    told.collect()
}

fn error_keeps_secrets(seen: Observation<'_>) -> Vec<Finding> {
    let told = seen.calls.iter().filter_map(|made| match &made.outcome {
        Outcome::Error(failure) => secret_in(&failure.message, made)
            .map(|what| Finding::new("", format!("the error's text holds {what}"))),
        Outcome::Ok { .. }
        | Outcome::Cancelled
        | Outcome::CouldNotAttempt { .. }
        | Outcome::Unsupported { .. } => None,
    });
    told.collect()
}

fn token_stays_inside(seen: Observation<'_>) -> Vec<Finding> {
    let told = seen.calls.iter().filter_map(|made| {
        let said = serde_json::to_string(&made.outcome).expect("an outcome has string keys only");
        let given = made.call.arguments.get("token").and_then(|token| token.as_str());
        let what = match &made.outcome {
            Outcome::Error(_) => "the error",
            Outcome::Ok { .. } => "what the call returns",
            Outcome::Cancelled | Outcome::CouldNotAttempt { .. } | Outcome::Unsupported { .. } => {
                return None;
            }
        };
        let holds =
            given.is_some_and(|token| !token.is_empty() && said.contains(token)) || holds_token(&said);
        holds.then(|| Finding::new("", format!("{what} holds a token")))
    });
    told.collect()
}

/// Whether a text holds a compact JWS or JWE other than a signed principal, which has a rule of its own: three or five
/// parts, the first one the beginning of a JSON object.
fn holds_token(text: &str) -> bool {
    let parts = text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
    let token = |part: &str| part.starts_with("eyJ") && matches!(part.matches('.').count(), 2 | 4);
    parts.filter(|part| !part.starts_with("eyJhbGciOiJQUzUxMiJ9")).any(token)
}

/// What of a secret is in a text, if anything.
fn secret_in(text: &str, made: &Made) -> Option<&'static str> {
    let certificate = made.call.context.certificate.as_deref().filter(|certificate| certificate.len() > 100);
    if text.contains("PRIVATE KEY") {
        Some("a private key")
    } else if text.contains("BEGIN CERTIFICATE")
        || certificate.is_some_and(|certificate| text.contains(certificate))
    {
        Some("a certificate")
    } else if text.contains("eyJhbGciOiJQUzUxMiJ9") {
        // The protected header `{"alg":"PS512"}`, with which every signed principal begins.
        Some("a signed principal")
    } else {
        None
    }
}

fn at(exchange: &Exchange, message: String) -> Finding {
    Finding::new("", message).about([exchange.number])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_told_from_other_text() {
        for text in ["x eyJhbGciOiJFUzUxMiJ9.e30.c2ln y", "\"eyJlbmMiOiJ4In0.a.b.c.d\""] {
            assert!(holds_token(text), "{text}");
        }
        for text in
            ["", "eyJhbGciOiJFUzUxMiJ9", "1.17.8", "https://a.test/b.c.d", "eyJhbGciOiJQUzUxMiJ9.e30.c2ln"]
        {
            assert!(!holds_token(text), "{text}");
        }
    }

    #[test]
    fn scenarios_can_waive_exactly_these() {
        assert_eq!(names().collect::<Vec<_>>(), crate::scenario::lint::STANDING);
    }
}
