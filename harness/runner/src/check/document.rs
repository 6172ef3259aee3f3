//! Requests against the OpenAPI documents.

use percent_encoding::percent_decode_str;
use plumbline_fake_server::contract::Contract;
use plumbline_fake_server::record::{Body, Exchange};
use plumbline_openapi::Operation;
use plumbline_openapi::Place;
use serde_json::Value;

/// What of a request does not fit its service's document; none: all of it fits.
pub(super) fn misfit(exchange: &Exchange, contract: Contract) -> Option<String> {
    let request = &exchange.request;
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let Some(route) = contract.document(exchange.service).route(&request.method, path) else {
        return Some(format!("the document has no `{} {path}`", request.method));
    };
    let parameter = route.parameters.iter().find_map(|(name, text)| {
        let declared =
            route.operation.parameters.iter().find(|p| p.place == Place::Path && p.name == *name)?;
        let text = Value::String(percent_decode_str(text).decode_utf8_lossy().into_owned());
        let misfit = declared.schema.check(&text).err()?;
        Some(format!("its path parameter `{name}` does not fit: {misfit}"))
    });
    parameter.or_else(|| undeclared(query, route.operation)).or_else(|| body(&request.body, route.operation))
}

fn undeclared(query: &str, operation: &Operation) -> Option<String> {
    let names = query.split('&').filter(|pair| !pair.is_empty());
    let names = names.map(|pair| pair.split('=').next().unwrap_or_default());
    let declared = |name: &str| {
        let name = percent_decode_str(name).decode_utf8_lossy();
        operation.parameters.iter().any(|parameter| parameter.place == Place::Query && parameter.name == name)
    };
    names
        .filter(|name| !declared(name))
        .map(|name| format!("`{}` has no query parameter `{name}`", operation.id))
        .next()
}

fn body(body: &Body, operation: &Operation) -> Option<String> {
    let bytes = match body {
        Body::Empty => Vec::new(),
        Body::Json { value } => value.to_string().into_bytes(),
        // Not all of it was recorded, or it is no JSON, which the server says itself.
        Body::Text { .. } => return None,
    };
    let misfit = operation.check_request_body("application/json", &bytes).err()?;
    Some(format!("its body does not fit `{}`: {misfit}", operation.id))
}
