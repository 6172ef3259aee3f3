//! Request targets: which one a call should have, and when two are the same to the server.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use plumbline_fake_server::exchange::Service;
use plumbline_protocol::{Call, Operation, Resource};
use serde_json::Value;

use crate::scenario::operation::Known;

/// The path that a call's request should have; none where it does not follow from the call.
pub(crate) fn of_call(known: &Known, call: &Call) -> Option<String> {
    let mut path = known.path.to_owned();
    for name in ["organization", "project", "allocation", "network", "reference"] {
        let slot = format!("{{{name}}}");
        if path.contains(&slot) {
            path = path.replace(&slot, &escape(&value(name, call)?));
        }
    }
    Some(path)
}

/// The allocation that a resource says it has.
pub(crate) fn allocation_id(resource: &Resource) -> Option<&str> {
    resource.annotations.as_ref()?.get("unikorn-cloud.org/allocation-id").map(String::as_str)
}

/// Whether two targets are the same to the server, which undoes one level of escaping in the path, and a second in a
/// reference. Letters of ids may differ in case.
pub(crate) fn same(expected: &str, seen: &str) -> bool {
    let (expected_path, expected_query) = split(expected);
    let (seen_path, seen_query) = split(seen);
    let expected_steps: Vec<_> = expected_path.split('/').collect();
    let seen_steps: Vec<_> = seen_path.split('/').collect();
    expected_steps.len() == seen_steps.len()
        && expected_query.map(decode) == seen_query.map(decode)
        && expected_steps.iter().zip(&seen_steps).enumerate().all(|(place, (expected, seen))| {
            let reference = place > 0 && expected_steps[place - 1] == "references";
            if reference { same_reference(expected, seen) } else { same_step(expected, seen) }
        })
}

fn split(target: &str) -> (&str, Option<&str>) {
    target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)))
}

fn same_step(expected: &str, seen: &str) -> bool {
    decode(expected) == decode(seen)
}

/// A reference is escaped twice. Whoever escapes it once sends a slash that the router takes for its own.
fn same_reference(expected: &str, seen: &str) -> bool {
    let once = (decode(expected), decode(seen));
    once.0 == once.1
        || matches!((strict(&once.0), strict(&once.1)), (Some(left), Some(right)) if left == right)
}

/// The second level, where there is one: no slash bare, and no `%` that begins no escape.
fn strict(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    let escapes =
        |at: usize| text.as_bytes().get(at + 1..at + 3).is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit));
    let sound = !text.contains('/') && text.match_indices('%').all(|(at, _)| escapes(at));
    sound.then(|| decode(text))
}

fn decode(text: &str) -> Vec<u8> {
    percent_decode_str(text).collect()
}

fn value(name: &str, call: &Call) -> Option<String> {
    let resource = call.resource.as_ref();
    match (name, call.operation) {
        ("organization" | "project", Operation::AllocationsCreate) => {
            let principal = call.context.principal.as_ref()?;
            let id = if name == "organization" { &principal.organization_id } else { &principal.project_id };
            id.clone()
        }
        ("organization" | "project", Operation::AllocationsUpdate | Operation::AllocationsDelete) => {
            overridden(resource?, name)
        }
        (
            "organization" | "project",
            Operation::ProjectReferencesAdd | Operation::ProjectReferencesRemove,
        ) => resource?.labels.as_ref()?.get(&format!("unikorn-cloud.org/{name}")).cloned(),
        ("allocation", Operation::AllocationsUpdate | Operation::AllocationsDelete) => {
            resource.and_then(allocation_id).map(ToOwned::to_owned)
        }
        ("reference", _) => resource.map(|resource| escape(&reference(resource))),
        _ => call.arguments.get(name).and_then(Value::as_str).map(ToOwned::to_owned),
    }
}

/// `computeclusters.compute.unikorn-cloud.org/NAME`
fn reference(resource: &Resource) -> String {
    let group = match resource.group.as_str() {
        "unikorn-cloud.org" => "kubernetes.unikorn-cloud.org",
        group => group,
    };
    format!("{}.{group}/{}", resource.plural, resource.name)
}

fn overridden(resource: &Resource, name: &str) -> Option<String> {
    let labels: &BTreeMap<String, String> = resource.labels.as_ref()?;
    let twin = labels.get(&format!("principal.unikorn-cloud.org/{name}"));
    twin.or_else(|| labels.get(&format!("unikorn-cloud.org/{name}"))).cloned()
}

/// Escapes everything that a path step cannot hold as it is.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~$&+=:@".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// The name of a service, for people.
pub(crate) fn service_name(service: Service) -> &'static str {
    match service {
        Service::Identity => "identity",
        Service::Region => "region",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "/api/v2/networks/n/references/";

    #[track_caller]
    fn reference_check(expected: &str, seen: &str, same_to_server: bool) {
        assert_eq!(same(&format!("{BASE}{expected}"), &format!("{BASE}{seen}")), same_to_server);
    }

    #[test]
    fn a_reference_escaped_twice_is_the_same_however_much_is_escaped() {
        reference_check("a.b%252Fc+d", "a.b%252fc%252Bd", true);
        reference_check("a.b%252F100%2525", "a.b%252F100%2525", true);
        reference_check("a.b%252Fa%25252Fb", "a.b%252Fa%25252Fb", true);
    }

    #[test]
    fn a_reference_escaped_once_is_another() {
        reference_check("a.b%252Fc", "a.b%2Fc", false);
        reference_check("a.b%252F100%2525", "a.b%252F100%25", false);
        reference_check("a.b%252Fa%25252Fb", "a.b%252Fa%252Fb", false);
        reference_check("a.b%252Fc", "a.b/c", false);
    }

    #[test]
    fn other_paths_and_queries_are_compared_as_they_are() {
        assert!(same("/a/b?x=1", "/a/%62?x=1"));
        assert!(!same("/a/b?x=1", "/a/b"));
        assert!(!same("/a/b", "/a/b/"));
    }
}
