//! What an answer must be by itself.

use serde_json::Value;

use super::Judged;
use crate::requirements::tags::spelling;
use crate::vector::Refusal;

/// A failing store is the one thing for which a server may say that it is its own fault.
pub(super) fn no_server_error(judged: &Judged<'_>) -> Option<String> {
    let exchange = judged.exchange;
    let is_stores = exchange.step().fault.as_ref().is_some_and(|fault| fault.error == Refusal::Internal);
    (exchange.status() >= 500 && !is_stores)
        .then(|| format!("answered {}, as if it were the server's own fault", exchange.status()))
}

pub(super) fn no_cut_connection(judged: &Judged<'_>) -> Option<String> {
    judged.exchange.reply.is_none().then(|| "the connection was cut instead of an answer".to_owned())
}

pub(super) fn declared_status(judged: &Judged<'_>) -> Option<String> {
    let exchange = judged.exchange;
    let (request, status) = (exchange.request(), exchange.reply.as_ref()?.status);
    let path = request.path.split('?').next().unwrap_or_default();
    // A refusal by the router is of no operation.
    if status == 404 && !exchange.reply.as_ref()?.headers.contains_key("access-control-allow-origin") {
        return None;
    }
    let declared = judged.documents.statuses(exchange.vector.service, &request.method, path)?;
    (!declared.contains(&status)).then(|| format!("answered {status}, which the operation does not declare"))
}

/// The platform's own envelope; OAuth has one of its own (RFC 6749 §5.2).
pub(super) fn error_envelope(judged: &Judged<'_>) -> Option<String> {
    let reply = judged.exchange.reply.as_ref().filter(|reply| reply.status >= 400)?;
    let code = match reply.status {
        400 => "invalid_request",
        401 => "access_denied",
        403 => "forbidden",
        404 => "not_found",
        405 => "method_not_allowed",
        409 => "conflict",
        413 => "request_entity_too_large",
        415 => "unsupported_media_type",
        422 => "unprocessable_content",
        500..=599 => "server_error",
        _ => return None,
    };
    let text = |name: &str| reply.body.get(name).and_then(Value::as_str).unwrap_or_default();
    let header = |name: &str| reply.headers.get(name).map(String::as_str).unwrap_or_default();
    if judged.exchange.request().method == "HEAD" {
        return None;
    }
    let seen = text("error");
    let wrong = [
        (seen != code, format!("code `{seen}` for status {}, expected `{code}`", reply.status)),
        (text("error_description").is_empty(), "no description".to_owned()),
        (text("trace_id").is_empty(), "no trace id".to_owned()),
        (!header("content-type").starts_with("application/json"), "an error that is not JSON".to_owned()),
        (header("cache-control") != "no-cache", "an error that may be kept".to_owned()),
    ];
    wrong.into_iter().find(|(is_wrong, _)| *is_wrong).map(|(_, text)| text)
}

/// RFC 9110 §11.6.1 and RFC 9728 §5.1: whoever is not let in is told how he would be.
pub(super) fn challenge(judged: &Judged<'_>) -> Option<String> {
    let reply = judged.exchange.reply.as_ref().filter(|reply| reply.status == 401)?;
    let Some(challenge) = reply.headers.get("www-authenticate") else {
        return Some("refused with 401 and without a challenge".to_owned());
    };
    ["error=", "error_description=", "resource_metadata="]
        .iter()
        .find(|parameter| !challenge.contains(*parameter))
        .map(|parameter| format!("a challenge without `{parameter}…`"))
}

/// W3C Trace Context: an error belongs to the caller's trace, if there is one.
pub(super) fn trace_kept(judged: &Judged<'_>) -> Option<String> {
    let reply = judged.exchange.reply.as_ref().filter(|reply| reply.status >= 400)?;
    let seen = reply.body.get("trace_id").and_then(Value::as_str)?;
    let headers = judged.exchange.request().headers.iter();
    let mut given = headers.filter(|(name, _)| name.eq_ignore_ascii_case("traceparent"));
    let given = given.find_map(|(_, value)| sound_trace(value.as_deref()?))?;
    (seen != given).then(|| format!("an error of trace `{seen}`, the caller's is `{given}`"))
}

/// The trace of a `traceparent` of version 00, if it is one.
fn sound_trace(text: &str) -> Option<&str> {
    let hex = |text: &str, length: usize| {
        text.len() == length
            && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            && text.bytes().any(|byte| byte != b'0')
    };
    let fields: Vec<&str> = text.trim().split('-').collect();
    match fields.as_slice() {
        ["00", trace, span, "00" | "01"] if hex(trace, 32) && hex(span, 16) => Some(trace),
        _ => None,
    }
}

pub(super) fn refusal_without_effect(judged: &Judged<'_>) -> Option<String> {
    let state = judged.exchange.state.as_ref()?;
    (judged.exchange.is_refused() && !state.is_empty())
        .then(|| "refused, and something changed all the same".to_owned())
}

/// What is listed under an organization is of that organization.
pub(super) fn own_organization_only(judged: &Judged<'_>) -> Option<String> {
    let exchange = judged.exchange;
    let reply = exchange.reply.as_ref().filter(|reply| reply.status == 200)?;
    let rest = exchange.request().path.split("/organizations/").nth(1)?;
    let organization = rest.split(['/', '?']).next().unwrap_or_default();
    if spelling(organization) != Some("canonical") || exchange.request().method != "GET" {
        return None;
    }
    let items = reply.body.as_array()?;
    let others = items
        .iter()
        .filter_map(|item| item.pointer("/metadata/organizationId")?.as_str())
        .filter(|of| *of != organization)
        .count();
    (others > 0).then(|| format!("lists {others} of other organizations"))
}
