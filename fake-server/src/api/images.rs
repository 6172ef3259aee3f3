//! Images: those that a region has for everybody, and those that organizations have imported.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::acl::Operation;
use crate::api::metadata::{Status, Written, say};
use crate::api::{Answered, Call, Reply, body, or_not_found, regions};
use crate::middleware::envelope::Refusal;
use crate::middleware::path_parameters;
use crate::store::Kind;
use crate::store::Verb;
use crate::store::model::{Image, Tag};

const ENDPOINT: &str = "region:images";
/// Tags of the platform's own: where an image came from, and whose it is.
const SOURCE: &str = "images.unikorn-cloud.org:source";
const OWNER: &str = "images.unikorn-cloud.org:organization-id";

#[derive(Debug, Deserialize)]
struct Write {
    metadata: Written,
    spec: Map<String, Value>,
}

/// What an organization may start servers from.
pub(super) fn list(call: &mut Call<'_>) -> Answered {
    let organization = call.parameter("organizationID");
    call.acl.allow_organization(ENDPOINT, Operation::Read, &organization)?;
    let region = call.parameter("regionID");
    regions::get(call, &region)?;
    let images = available(call, &region, &[organization])?;
    Ok(Reply::json(200, Value::Array(images)).for_a_day())
}

/// Imports an image. The services download its beginning to look whether it is one; the fake takes their word for it.
pub(super) fn create(call: &mut Call<'_>) -> Answered {
    let organization = call.parameter("organizationID");
    call.acl.allow_organization(ENDPOINT, Operation::Create, &organization)?;
    let Write { metadata, mut spec } = body::read(call.body)?;
    let region = call.parameter("regionID");
    regions::get(call, &region)?;
    spec.shift_remove("uri");
    spec.insert("sizeGiB".to_owned(), json!(0));
    let mut meta = metadata.create(call);
    meta.tags = Some(tagged(meta.tags.take().unwrap_or_default(), &organization));
    let made = call.store.create(Image { meta, organization, region, spec: Value::Object(spec) })?;
    Ok(Reply::json(200, one(&made)).cacheable())
}

pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    let organization = call.parameter("organizationID");
    call.acl.allow_organization(ENDPOINT, Operation::Delete, &organization)?;
    let region = call.parameter("regionID");
    regions::get(call, &region)?;
    let id = call.parameter("imageID");
    let own = |image: &Image| image.organization == organization && image.region == region;
    call.store.delete(call.now, &id, own).map_err(or_not_found)?;
    Ok(Reply::done(202).cacheable())
}

/// Images of a region for everybody, and those of some organizations: of these only, when they are asked for alone.
pub(super) fn query(call: &mut Call<'_>) -> Answered {
    let region = call.parameter("regionID");
    regions::get(call, &region)?;
    let asked = call.target.query_values("organizationID");
    let readable = |id: &String| call.acl.allow_organization(ENDPOINT, Operation::Read, id).is_ok();
    let organizations: Vec<String> =
        asked.iter().filter_map(|id| path_parameters::id(id)).filter(readable).collect();
    let owned = !asked.is_empty() && call.target.query_values("scope") == ["owned"];
    let images = if owned {
        imported(call, &region, &organizations)?
    } else {
        available(call, &region, &organizations)?
    };
    let states = call.target.query_values("status");
    let wanted =
        |image: &Value| states.is_empty() || states.iter().any(|state| image["status"]["state"] == **state);
    Ok(Reply::json(200, images.into_iter().filter(wanted).collect()))
}

/// Whether an organization can start servers from an image.
pub(super) fn is_available(
    call: &mut Call<'_>,
    region: &str,
    organization: &str,
    id: &str,
) -> Result<bool, Refusal> {
    let images = available(call, region, &[organization.to_owned()])?;
    Ok(images.iter().any(|image| image["metadata"]["id"] == id))
}

/// By name.
fn available(call: &mut Call<'_>, region: &str, organizations: &[String]) -> Result<Vec<Value>, Refusal> {
    let mut images = regions::simulated().images.clone();
    images.extend(imported(call, region, organizations)?);
    images.sort_by(|one, other| name(one).cmp(name(other)));
    Ok(images)
}

fn imported(call: &mut Call<'_>, region: &str, organizations: &[String]) -> Result<Vec<Value>, Refusal> {
    call.store.ask(Verb::List, Kind::Image)?;
    let of = |image: &&Image| image.region == region && organizations.contains(&image.organization);
    let mut images: Vec<Value> = call.store.images.values().filter(of).map(one).collect();
    images.sort_by(|one, other| name(one).cmp(name(other)));
    Ok(images)
}

fn name(image: &Value) -> &str {
    image["metadata"]["name"].as_str().unwrap_or_default()
}

/// Tags by name, of which the platform's own cannot be forged.
fn tagged(tags: Vec<Tag>, organization: &str) -> Vec<Tag> {
    let mut named: IndexMap<String, String> = tags.into_iter().map(|tag| (tag.name, tag.value)).collect();
    named.insert(SOURCE.to_owned(), "import".to_owned());
    named.insert(OWNER.to_owned(), organization.to_owned());
    named.sort_keys();
    named.into_iter().map(|(name, value)| Tag { name, value }).collect()
}

fn one(image: &Image) -> Value {
    let said = say(&image.meta, Status::Immediate, &[]);
    let kept = ["id", "name", "tags", "creationTime"];
    let metadata: Map<String, Value> =
        kept.iter().filter_map(|name| Some(((*name).to_owned(), said.get(*name)?.clone()))).collect();
    json!({ "metadata": metadata, "spec": image.spec, "status": { "state": "ready" } })
}
