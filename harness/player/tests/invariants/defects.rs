//! Which known defect of the services a request runs into, by what the request is: `vectors/defects.toml` says what each
//! of them is. Whatever is not found here is a new one.

use plumbline_fake_server::exchange::{Answer, Layer};
use plumbline_vectors::vector::Propagated;

use crate::hold::Case;

/// Common names that nobody knows, or whose role does not exist.
const STRANGERS: [&str; 5] = ["unregistered", "broken", "empty-cn", "case", "stranger"];

/// The defect by which the services blame themselves, or cut the connection.
pub(crate) fn blames_itself(case: &Case<'_>) -> Option<&'static str> {
    let cut = matches!(case.decision.answer, Answer::Abort(_));
    match case.decision.layer {
        Layer::AnswerValidation if case.response().status < 400 => Some("C-01"),
        Layer::AnswerValidation => Some("C-03"),
        Layer::Handler if cut => falls_over(case),
        Layer::Authentication => {
            matches!(case.asked.request.propagated, Some(Propagated::Literal(_) | Propagated::Base64Der(_)))
                .then_some("S-02")
        }
        Layer::AccessList => incomputable(case),
        Layer::Handler => handler(case),
        _ => None,
    }
}

/// The defect by which a refusal quotes what was sent.
pub(crate) fn quotes(case: &Case<'_>) -> Option<&'static str> {
    match case.decision.layer {
        Layer::Validation => Some("Q-01"),
        Layer::Handler if case.response().status < 500 => Some("Q-02"),
        _ => None,
    }
}

/// The defect by which a refusal leaves something behind.
pub(crate) fn leaves_something(case: &Case<'_>) -> Option<&'static str> {
    matches!(case.incoming.method.as_str(), "POST" | "PUT").then_some("E-01")
}

/// The defect by which an answer depends on who asked before: lists and tokens are kept, by less than what they depend on.
pub(crate) fn remembers(case: &Case<'_>) -> Option<&'static str> {
    let request = &case.asked.request;
    let acts_otherwise = request.bearer.is_some() || request.impersonate.as_deref() == Some("true");
    (acts_otherwise || case.follows_a_namesake()).then_some("A-02")
}

fn falls_over(case: &Case<'_>) -> Option<&'static str> {
    let operation = &case.asked.operation;
    (operation.contains("quotas") || operation.starts_with("identity.organizations.")).then_some("C-02")
}

fn incomputable(case: &Case<'_>) -> Option<&'static str> {
    let request = &case.asked.request;
    let quoted = match &request.propagated {
        Some(Propagated::Certificate(name)) => Some(name),
        _ => request.peer.as_ref(),
    };
    let names_organization = case.incoming.target.contains("/organizations/");
    match &request.bearer {
        None if quoted.is_some_and(|name| STRANGERS.contains(&name.as_str())) => Some("S-01"),
        None if request.impersonate.as_deref() == Some("true") => Some("S-05"),
        None => None,
        Some(token) if token.starts_with("svc") => Some("S-01"),
        Some(token) if token.contains("mallory") => Some("S-08"),
        Some(_) if names_organization => Some("S-10"),
        Some(_) => None,
    }
}

fn handler(case: &Case<'_>) -> Option<&'static str> {
    let (operation, target) = (&case.asked.operation, &case.incoming.target);
    let spelt = target.contains("%7B") || target.to_lowercase() != *target;
    if spelt && case.incoming.method != "GET" {
        return Some("S-06");
    }
    if target.contains("/references/") && case.incoming.method == "PUT" {
        return Some("S-07");
    }
    if operation.contains("allocations") {
        return Some("S-09");
    }
    if target.starts_with("/api/v2/") && case.incoming.method == "POST" {
        return Some("S-11");
    }
    if target.starts_with("/api/v2/") && target.contains('?') {
        return Some("S-13");
    }
    (operation.starts_with("identity.") && target.contains("/organizations/")).then_some("S-12")
}
