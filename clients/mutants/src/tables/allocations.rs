//! Whom an allocation is charged to, and what is left of it on the resource.

use plumbline_protocol::{Call, Operation, Outcome, Resource};
use serde_json::Value;

use super::references::GoneFrom;
use super::resource::{ORGANIZATION, PROJECT};
use crate::Mutant;
use crate::broken::Broken;

const ALLOCATION: &str = "unikorn-cloud.org/allocation-id";
const NIL: &str = "00000000-0000-0000-0000-000000000000";

pub(super) const TABLE: &[Mutant] = &[
    Mutant {
        id: "allocation-charged-to-the-requests-principal",
        story: "changes and deletes an allocation in the organization and project of the request's principal",
        build: || {
            Broken::call(|_, call| {
                if matches!(call.operation, Operation::AllocationsUpdate | Operation::AllocationsDelete)
                    && let Some(principal) = &call.context.principal
                    && let Some(labels) = call.resource.as_mut().and_then(|resource| resource.labels.as_mut())
                {
                    labels.retain(|key, _| !key.starts_with("principal."));
                    for (label, value) in
                        [(ORGANIZATION, &principal.organization_id), (PROJECT, &principal.project_id)]
                    {
                        match value {
                            Some(value) => drop(labels.insert(label.to_owned(), value.clone())),
                            None => drop(labels.remove(label)),
                        }
                    }
                }
            })
        },
    },
    Mutant {
        id: "allocation-charged-to-the-resource",
        story: "creates an allocation in the organization and project on the resource",
        build: || {
            Broken::call(|_, call| {
                if call.operation == Operation::AllocationsCreate
                    && let Some(principal) = &mut call.context.principal
                    && let Some(labels) = call.resource.as_ref().and_then(|resource| resource.labels.as_ref())
                {
                    principal.organization_id = labels.get(ORGANIZATION).cloned();
                    principal.project_id = labels.get(PROJECT).cloned();
                }
            })
        },
    },
    Mutant {
        id: "allocation-without-a-caller",
        story: "creates an allocation for a resource when there is no live request",
        build: || {
            Broken::call(|_, call| {
                if call.operation == Operation::AllocationsCreate && call.context.principal.is_none() {
                    let labels = call
                        .resource
                        .as_ref()
                        .and_then(|resource| resource.labels.clone())
                        .unwrap_or_default();
                    call.context.principal = Some(plumbline_protocol::Principal {
                        organization_id: labels.get(ORGANIZATION).cloned(),
                        project_id: labels.get(PROJECT).cloned(),
                        ..Default::default()
                    });
                }
            })
        },
    },
    Mutant {
        id: "allocation-path-by-plain-labels",
        story: "finds an allocation by the plain labels alone",
        build: || {
            Broken::call(|_, call| {
                if matches!(call.operation, Operation::AllocationsUpdate | Operation::AllocationsDelete)
                    && let Some(labels) = call.resource.as_mut().and_then(|resource| resource.labels.as_mut())
                {
                    labels.retain(|key, _| !key.starts_with("principal."));
                }
            })
        },
    },
    Mutant {
        id: "allocation-not-remembered",
        story: "leaves the id of a new allocation nowhere",
        build: || {
            Broken::outcome(|call, outcome| {
                if call.operation == Operation::AllocationsCreate {
                    left(outcome, |resource| *resource = call.resource.clone());
                }
            })
        },
    },
    Mutant {
        id: "allocation-older-kept",
        story: "leaves an older allocation's id on the resource",
        build: || {
            Broken::outcome(|call, outcome| {
                let older = call
                    .resource
                    .as_ref()
                    .and_then(|resource| resource.annotations.as_ref()?.get(ALLOCATION));
                if call.operation == Operation::AllocationsCreate && older.is_some() {
                    left(outcome, |resource| *resource = call.resource.clone());
                }
            })
        },
    },
    Mutant {
        id: "allocation-remembered-in-place-of-all-else",
        story: "replaces all annotations by the allocation's id",
        build: || {
            Broken::outcome(|call, outcome| {
                if call.operation == Operation::AllocationsCreate {
                    left(outcome, |resource| {
                        if let Some(map) =
                            resource.as_mut().and_then(|resource| resource.annotations.as_mut())
                        {
                            map.retain(|key, _| key == ALLOCATION);
                        }
                    });
                }
            })
        },
    },
    Mutant {
        id: "allocation-remembered-before-it-is-there",
        story: "marks the resource before it knows that there is an allocation",
        build: || {
            Broken::outcome(|call, outcome| {
                if call.operation == Operation::AllocationsCreate && matches!(outcome, Outcome::Error(_)) {
                    mark(call, outcome, NIL);
                }
            })
        },
    },
    Mutant {
        id: "allocation-update-remembers",
        story: "leaves the id in the answer to an update on the resource",
        build: || {
            Broken::outcome(|call, outcome| {
                let body = match &*outcome {
                    Outcome::Ok { value, .. } => value.clone(),
                    Outcome::Error(failure) => {
                        serde_json::from_str(failure.body.as_deref().unwrap_or_default())
                            .unwrap_or(Value::Null)
                    }
                    Outcome::Cancelled | Outcome::CouldNotAttempt { .. } | Outcome::Unsupported { .. } => {
                        Value::Null
                    }
                };
                if call.operation == Operation::AllocationsUpdate
                    && let Some(id) = body["metadata"]["id"].as_str()
                {
                    mark(call, outcome, id);
                }
            })
        },
    },
    Mutant {
        id: "allocation-forgotten-on-deletion",
        story: "takes the allocation's id off the resource when it deletes the allocation",
        build: || {
            Broken::outcome(|call, outcome| {
                if call.operation == Operation::AllocationsDelete {
                    left(outcome, |resource| {
                        if let Some(map) =
                            resource.as_mut().and_then(|resource| resource.annotations.as_mut())
                        {
                            map.remove(ALLOCATION);
                        }
                    });
                }
            })
        },
    },
    Mutant {
        id: "allocation-gone-is-an-error",
        story: "reports the deletion of an allocation that is gone as an error",
        build: || Broken::judge(GoneFrom(|operation| operation != "delete an allocation")),
    },
    Mutant {
        id: "allocation-update-gone-is-success",
        story: "takes the update of an allocation that is gone for success",
        build: || {
            Broken::outcome(|call, outcome| {
                if call.operation == Operation::AllocationsUpdate
                    && matches!(outcome, Outcome::Error(failure) if failure.status == Some(404))
                {
                    *outcome = Outcome::Ok { value: Value::Null, resource: call.resource.clone() };
                }
            })
        },
    },
    Mutant {
        id: "allocation-without-an-id-accepted",
        story: "takes an answer that names no allocation for success",
        build: || {
            Broken::outcome(|call, outcome| {
                let unread = matches!(outcome, Outcome::Error(failure)
                if failure.class == plumbline_protocol::ErrorClass::MalformedAnswer && failure.status == Some(201));
                if call.operation == Operation::AllocationsCreate && unread {
                    *outcome = Outcome::Ok { value: Value::Null, resource: call.resource.clone() };
                }
            })
        },
    },
    Mutant {
        id: "allocation-name-left-out",
        story: "sends an allocation under an empty name",
        build: || {
            Broken::request(|request| {
                request.body = String::from_utf8_lossy(&request.body)
                    .replace(r#""name":"undefined""#, r#""name":"""#)
                    .into();
            })
        },
    },
    Mutant {
        id: "allocation-principal-of-the-caller",
        story: "sends the caller's principal where a controller changes an allocation",
        build: || {
            Broken::call(|_, call| {
                if call.operation == Operation::AllocationsCreate && call.context.principal.is_some() {
                    call.client = plumbline_protocol::ClientKind::Api;
                }
            })
        },
    },
    Mutant {
        id: "allocation-deleted-live-only",
        story: "deletes an allocation for the caller of a live request only",
        build: || {
            Broken::call(|_, call| {
                if call.operation == Operation::AllocationsDelete {
                    call.client = plumbline_protocol::ClientKind::Api;
                }
            })
        },
    },
];

/// Takes what is no UUID for the one of zeros, as a parser whose error is not looked at does.
pub(super) fn nil_ids(call: &mut Call) {
    let is_id = |text: &str| text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4;
    let fix = |text: &mut String| {
        if !is_id(text) {
            *text = NIL.to_owned();
        }
    };
    for name in ["organization", "project", "network", "allocation"] {
        if let Some(Value::String(text)) = call.arguments.get_mut(name) {
            fix(text);
        }
    }
    let reference =
        matches!(call.operation, Operation::ProjectReferencesAdd | Operation::ProjectReferencesRemove);
    let allocation = matches!(call.operation, Operation::AllocationsUpdate | Operation::AllocationsDelete);
    if let Some(resource) = &mut call.resource
        && (reference || allocation)
    {
        let labels = resource.labels.get_or_insert_default();
        for label in [ORGANIZATION, PROJECT] {
            fix(labels.entry(label.to_owned()).or_default());
        }
        if allocation {
            fix(resource.annotations.get_or_insert_default().entry(ALLOCATION.to_owned()).or_default());
        }
    }
    if let Some(principal) = &mut call.context.principal
        && call.operation == Operation::AllocationsCreate
    {
        fix(principal.organization_id.get_or_insert_default());
        fix(principal.project_id.get_or_insert_default());
    }
}

fn left(outcome: &mut Outcome, change: impl FnOnce(&mut Option<Resource>)) {
    match outcome {
        Outcome::Ok { resource, .. } => change(resource),
        Outcome::Error(failure) => change(&mut failure.resource),
        Outcome::Cancelled | Outcome::CouldNotAttempt { .. } | Outcome::Unsupported { .. } => {}
    }
}

fn mark(call: &Call, outcome: &mut Outcome, id: &str) {
    left(outcome, |resource| {
        let mut marked = call.resource.clone();
        if let Some(resource) = &mut marked {
            resource.annotations.get_or_insert_default().insert(ALLOCATION.to_owned(), id.to_owned());
        }
        *resource = marked;
    });
}
