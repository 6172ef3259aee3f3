//! Writes the fake's own model as the recording writes the platform's objects: labels, annotations, finalizers.

mod object;

use indexmap::IndexMap;
use plumbline_fake_server::exchange::Change;
use plumbline_vectors::State;
use plumbline_vectors::vector::{Changed, Created, Deleted};
use serde_json::Value;

use object::Object;

/// A change that this projection does not know how to write.
#[derive(Debug, thiserror::Error)]
#[error("write a change of a `{kind}` as the recording does: {problem}")]
pub(crate) struct ProjectionError {
    kind: String,
    problem: String,
}

/// What a request changed, as the recording says it: from before its first change of a thing to after its last.
pub(crate) fn state(changes: &[Change]) -> Result<State, ProjectionError> {
    let mut ends: IndexMap<(&str, &str), (&Value, &Value)> = IndexMap::new();
    for change in changes {
        let ends = ends.entry((&change.kind, &change.id)).or_insert((&change.before, &change.after));
        ends.1 = &change.after;
    }
    let mut state = State::default();
    for ((kind, id), (before, after)) in ends {
        let project = |value: &Value| {
            (!value.is_null())
                .then(|| Object::project(kind, value))
                .transpose()
                .map_err(|problem| ProjectionError { kind: kind.to_owned(), problem })
        };
        let (name, id) = (object::kind(kind), id.to_owned());
        match (project(before)?, project(after)?) {
            (None, None) => {}
            (None, Some(after)) => state.created.push(created(name, id, after)),
            (Some(_), None) => state.deleted.push(Deleted { kind: name, id }),
            (Some(before), Some(after)) => state.changed.extend(changed(name, id, before, after)),
        }
    }
    Ok(state)
}

fn created(kind: String, id: String, object: Object) -> Created {
    let spec = object.spec.into_iter().collect();
    Created { kind, id, labels: object.labels, annotations: object.annotations, spec: Value::Object(spec) }
}

/// The members that differ; none: none does.
fn changed(kind: String, id: String, before: Object, after: Object) -> Option<Changed> {
    let (mut before, mut after) = (before.members(), after.members());
    let names: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
    for name in names {
        let (old, new) = (before.entry(name.clone()).or_default(), after.entry(name.clone()).or_default());
        // The recording does not tell one time of its own from another.
        let time = name.ends_with("/modifiedTimestamp") || name == "spec.expiry";
        let times = time && !old.is_null() && !new.is_null();
        if old == new || times {
            before.remove(&name);
            after.remove(&name);
        }
    }
    (!before.is_empty()).then_some(Changed { kind, id, before, after })
}
