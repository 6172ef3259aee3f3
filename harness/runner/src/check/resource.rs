//! The resource as the client left it.

use std::collections::BTreeMap;

use super::{Finding, Observation};
use crate::scenario::expect::{ExpectResource, TextExpect};
use crate::scenario::read::At;
use crate::scenario::words::Presence;

const CHECK: &str = "resource";

/// Holds the resource to what is expected of it.
pub(super) fn check(expect: &ExpectResource, seen: Observation<'_>) -> Vec<Finding> {
    let Some(made) = seen.calls.first() else { return Vec::new() };
    let left = made.left().or(made.call.resource.as_ref());
    match expect {
        ExpectResource::Unchanged(span) => {
            let same = left == made.call.resource.as_ref();
            let finding = || {
                Finding::new(CHECK, "the client changed the resource")
                    .compared(format!("{:?}", made.call.resource), format!("{left:?}"))
                    .stated_at(seen, span)
            };
            if same { Vec::new() } else { vec![finding()] }
        }
        ExpectResource::With { labels, annotations, .. } => {
            let empty = BTreeMap::new();
            let found =
                |map: Option<&BTreeMap<String, String>>| map.cloned().unwrap_or_else(|| empty.clone());
            let found_labels = found(left.and_then(|resource| resource.labels.as_ref()));
            let found_annotations = found(left.and_then(|resource| resource.annotations.as_ref()));
            let mut findings = entries("label", labels, &found_labels, seen);
            findings.extend(entries("annotation", annotations, &found_annotations, seen));
            findings
        }
    }
}

fn entries(
    what: &str,
    expected: &[(At<String>, TextExpect)],
    found: &BTreeMap<String, String>,
    seen: Observation<'_>,
) -> Vec<Finding> {
    let told = expected.iter().filter_map(|(name, text)| {
        let value = found.get(&name.value);
        let (fine, wanted, span) = match text {
            TextExpect::Presence(At { value: Presence::Absent, span }) => {
                (value.is_none(), "none".to_owned(), span)
            }
            TextExpect::Presence(At { value: Presence::Present, span }) => {
                (value.is_some(), "any".to_owned(), span)
            }
            TextExpect::Exact(text) => {
                let wanted = seen.fill(&text.value);
                (value == Some(&wanted), format!("`{wanted}`"), &text.span)
            }
        };
        let shown = value.map_or("none".to_owned(), |value| format!("`{value}`"));
        (!fine).then(|| {
            let message = format!("the resource's {what} `{}` differs", name.value);
            Finding::new(CHECK, message).compared(wanted, shown).stated_at(seen, span)
        })
    });
    told.collect()
}
