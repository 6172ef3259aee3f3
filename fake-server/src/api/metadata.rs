//! Metadata of everything: as callers write it, as the store keeps it, as the services say it.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::api::Call;
use crate::store::model::{Attribution, Meta, Tag};

/// What a caller writes of most things. Unknown members are ignored, as the services do.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Write<S> {
    pub(super) metadata: Written,
    pub(super) spec: S,
}

/// What a caller writes of everything. Unknown members are ignored, as the services do.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Written {
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) tags: Option<Vec<WrittenTag>>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct WrittenTag {
    name: String,
    value: String,
}

/// How far something has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// It needs nothing done.
    Immediate,
    /// Its controller has finished.
    Provisioned,
    /// Its controller has not begun.
    Pending,
}

impl Status {
    /// By what the store knows of a thing that has a controller.
    pub(super) fn of(provisioned: bool) -> Self {
        if provisioned { Self::Provisioned } else { Self::Pending }
    }
}

impl WrittenTag {
    /// As the store keeps it.
    pub(super) fn kept(&self) -> Tag {
        Tag { name: self.name.clone(), value: self.value.clone() }
    }
}

impl Written {
    /// What has no name of its own is called so.
    pub(super) fn unnamed() -> Self {
        Self { name: "undefined".to_owned(), ..Self::default() }
    }

    /// Metadata of something that is made by this call.
    pub(super) fn create(self, call: &mut Call<'_>) -> Meta {
        let tags = self.tags.map(|tags| tags.iter().map(WrittenTag::kept).collect());
        Meta {
            id: call.ids.resource(),
            name: self.name,
            description: self.description,
            tags,
            created: call.now,
            creator: Some(call.caller.subject.clone()),
            modified: None,
            modifier: None,
            principal: attribution(call),
            deleting: None,
            revision: 1,
        }
    }

    /// Metadata of something that this call replaces: as if made anew, but for what never changes.
    pub(super) fn replace(self, call: &mut Call<'_>, current: &Meta) -> Meta {
        let new = self.create(call);
        Meta {
            id: current.id.clone(),
            created: current.created,
            deleting: current.deleting,
            revision: current.revision,
            ..new
        }
    }

    /// The same, keeping who made it and for whom, and noting who changes it.
    pub(super) fn amend(self, call: &mut Call<'_>, current: &Meta) -> Meta {
        let new = self.replace(call, current);
        Meta {
            modified: Some(call.now),
            modifier: new.creator.clone(),
            creator: current.creator.clone().or(new.creator),
            principal: Attribution {
                organization: current.principal.organization.clone(),
                project: current.principal.project.clone(),
                modifier: new.principal.creator.clone(),
                creator: current.principal.creator.clone().or(new.principal.creator),
            },
            ..new
        }
    }
}

/// Metadata as the services say it, with `scope` (organization, project) where a thing has one.
pub(super) fn say(meta: &Meta, status: Status, scope: &[(&str, &str)]) -> Value {
    let mut out = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            out.insert(name.to_owned(), value);
        }
    };
    put("id", Some(json!(meta.id)));
    put("name", Some(json!(meta.name)));
    put("description", meta.description.as_ref().map(|it| json!(it)));
    put("creationTime", Some(time(meta.created)));
    put("createdBy", meta.creator.as_ref().map(|it| json!(it)));
    put("modifiedTime", meta.modified.map(time));
    put("modifiedBy", meta.modifier.as_ref().map(|it| json!(it)));
    put("deletionTime", meta.deleting.map(time));
    put("tags", meta.tags.as_ref().filter(|tags| !tags.is_empty()).map(|tags| json!(tags)));
    let (provisioning, health) = match status {
        _ if meta.deleting.is_some() => ("deprovisioning", health(status)),
        Status::Immediate | Status::Provisioned => ("provisioned", health(status)),
        Status::Pending => ("pending", health(status)),
    };
    put("provisioningStatus", Some(json!(provisioning)));
    put("healthStatus", Some(json!(health)));
    for (name, value) in scope {
        put(name, Some(json!(value)));
    }
    Value::Object(out)
}

/// Nobody looks after the health of anything here; what has no controller is healthy by definition.
fn health(status: Status) -> &'static str {
    match status {
        Status::Immediate => "healthy",
        Status::Provisioned | Status::Pending => "unknown",
    }
}

/// Whole seconds, as the platform keeps them.
pub(super) fn time(at: Timestamp) -> Value {
    json!(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

fn attribution(call: &Call<'_>) -> Attribution {
    let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Attribution {
        organization: said(&call.principal.organization),
        project: said(&call.principal.project),
        creator: Some(call.principal.actor.clone()),
        modifier: None,
    }
}
