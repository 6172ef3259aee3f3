//! One object of the platform, made of one thing of the model.

use std::collections::BTreeMap;

use plumbline_fake_server::store::Issued;
use plumbline_fake_server::token;
use plumbline_fake_server::world::World;
use serde_json::{Value, json};

/// What the recording shows of an object.
#[derive(Debug, Default)]
pub(crate) struct Object {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) spec: BTreeMap<String, Value>,
    finalizers: Option<Value>,
    deleting: bool,
}

/// The recording's name for a kind of the model.
pub(crate) fn kind(kind: &str) -> String {
    match kind {
        "cloud-identity" => "Identity".to_owned(),
        "ssh-certificate-authority" => "SSHCertificateAuthority".to_owned(),
        "provider" => "OAuth2Provider".to_owned(),
        kind => kind.split('-').map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect(),
    }
}

impl Object {
    /// The object for a thing of that kind of the model.
    pub(crate) fn project(kind: &str, thing: &Value) -> Result<Self, String> {
        let mut object = Self::default();
        object.meta(thing.get("meta").ok_or("it has no `meta`")?);
        match kind {
            "organization" => object.organization(thing),
            "project" => object.spec_list("groupIDs", &thing["groups"]),
            "group" => object.group(thing),
            "user" => {
                object.spec_text("subject", &thing["subject"]);
                object.spec_text("state", &thing["state"]);
            }
            "organization-user" => {
                object.label("unikorn-cloud.org/user", &thing["user"]);
                object.spec_text("state", &thing["state"]);
            }
            "service-account" => object.service_account(thing)?,
            "provider" => object.provider(thing),
            "allocation" => object.allocation(thing),
            "quota" => {
                object.spec_list(
                    "quotas",
                    &each(
                        &thing["limits"],
                        |limit| json!({ "kind": limit["kind"], "quantity": quantity(&limit["quantity"]) }),
                    ),
                );
            }
            "network" => object.network(thing),
            "cloud-identity" => {
                object.label("regions.unikorn-cloud.org/region-id", &thing["region"]);
                object.spec.insert("provider".to_owned(), json!("simulated"));
            }
            "security-group" | "server" | "load-balancer" | "file-storage" | "ssh-certificate-authority" => {
                object.placed(thing)
            }
            _ => return Err("it is no kind that the recording has".to_owned()),
        }
        object.finalizers = thing.get("holders").filter(|holders| **holders != json!([])).cloned();
        object.label("unikorn-cloud.org/organization", &thing["organization"]);
        object.label("unikorn-cloud.org/project", &thing["project"]);
        Ok(object)
    }

    /// Every member by the path that the recording gives it.
    pub(crate) fn members(self) -> BTreeMap<String, Value> {
        let labels = self.labels.into_iter().map(|(name, value)| (format!("labels.{name}"), json!(value)));
        let annotations =
            self.annotations.into_iter().map(|(name, value)| (format!("annotations.{name}"), json!(value)));
        let spec = self.spec.into_iter().map(|(name, value)| (format!("spec.{name}"), value));
        let finalizers = self.finalizers.map(|finalizers| ("finalizers".to_owned(), finalizers));
        let deleting = self.deleting.then(|| ("deleting".to_owned(), json!(true)));
        labels.chain(annotations).chain(spec).chain(finalizers).chain(deleting).collect()
    }

    fn meta(&mut self, meta: &Value) {
        self.label("unikorn-cloud.org/name", &meta["name"]);
        self.annotation("unikorn-cloud.org/description", &meta["description"]);
        self.annotation("unikorn-cloud.org/creator", &meta["creator"]);
        self.annotation("unikorn-cloud.org/modifier", &meta["modifier"]);
        self.annotation("unikorn-cloud.org/modifiedTimestamp", &meta["modified"]);
        let principal = &meta["principal"];
        self.label("principal.unikorn-cloud.org/organization", &principal["organization"]);
        self.label("principal.unikorn-cloud.org/project", &principal["project"]);
        self.annotation("principal.unikorn-cloud.org/creator", &principal["creator"]);
        self.annotation("principal.unikorn-cloud.org/modifier", &principal["modifier"]);
        self.spec_list("tags", &meta["tags"]);
        self.deleting = !meta["deleting"].is_null();
    }

    fn organization(&mut self, thing: &Value) {
        let domain = &thing["domain"];
        self.spec_text("domain", &domain["name"]);
        self.spec_text("providerScope", &domain["provider_scope"]);
        self.spec_text("providerId", &domain["provider_id"]);
    }

    fn group(&mut self, thing: &Value) {
        let subject = |subject: &Value| {
            let mut said = json!({ "ID": subject["id"], "issuer": subject["issuer"] });
            if !subject["email"].is_null() {
                said["email"] = subject["email"].clone();
            }
            said
        };
        self.spec_list("subjects", &each(&thing["subjects"], subject));
        self.spec_list("userIDs", &thing["users"]);
        self.spec_list("serviceAccountIDs", &thing["service_accounts"]);
        self.spec_list("roleIDs", &thing["roles"]);
    }

    /// The model holds what is enough to know the token again, and the recording the token.
    fn service_account(&mut self, thing: &Value) -> Result<(), String> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let time = |value: &Value| text(value).parse().map_err(|error| format!("{error}"));
        let issued = &thing["issued"];
        let issued =
            Issued { id: text(&issued["id"]), at: time(&issued["at"])?, until: time(&issued["until"])? };
        let (id, organization) = (text(&thing["meta"]["id"]), text(&thing["organization"]));
        let token = token::of_service_account(&World::shared(), &id, &organization, &issued);
        self.spec.insert("accessToken".to_owned(), json!(token));
        self.spec.insert("expiry".to_owned(), json!(issued.until));
        Ok(())
    }

    /// The model writes down of a secret only whether there is one.
    fn provider(&mut self, thing: &Value) {
        self.spec_text("type", &thing["type"]);
        self.spec_text("issuer", &thing["issuer"]);
        // The platform leaves these out when they are empty, and keeps an empty issuer.
        for (name, member) in [("clientID", "client_id"), ("clientSecret", "client_secret")] {
            if thing[member] != "" {
                self.spec_text(name, &thing[member]);
            }
        }
    }

    fn allocation(&mut self, thing: &Value) {
        self.label("unikorn-cloud.org/resource-kind", &thing["resource_kind"]);
        self.label("unikorn-cloud.org/resource-id", &thing["resource_id"]);
        self.spec_list(
            "allocations",
            &each(&thing["amounts"], |amount| {
                json!({
                    "kind": amount["kind"],
                    "committed": quantity(&amount["committed"]),
                    "reserved": quantity(&amount["reserved"]),
                })
            }),
        );
    }

    fn network(&mut self, thing: &Value) {
        self.label("regions.unikorn-cloud.org/region-id", &thing["region"]);
        self.label("regions.unikorn-cloud.org/identity-id", &thing["cloud_identity"]);
        if thing["v2"] == true {
            self.label("resource.unikorn-cloud.org/api-version", &json!("2"));
        }
        self.annotation("unikorn-cloud.org/allocation-id", &thing["allocation"]);
        self.spec_text("prefix", &thing["prefix"]);
        self.spec_list("dnsNameservers", &thing["dns_nameservers"]);
        self.spec_list(
            "routes",
            &each(
                &thing["routes"],
                |route| json!({ "prefix": route["prefix"], "nextHop": route["next_hop"] }),
            ),
        );
        if let Some(length) = thing["reservations"].get("prefix_length") {
            let mut reservations = json!({ "prefixLength": length });
            let provider = &thing["reservations"]["provider_prefix_length"];
            if !provider.is_null() {
                reservations["providerReservedPrefixLength"] = provider.clone();
            }
            self.spec.insert("reservations".to_owned(), reservations);
        }
    }

    /// Where a thing is. No recording shows what such a thing is to be.
    fn placed(&mut self, thing: &Value) {
        let place = &thing["place"];
        self.label("unikorn-cloud.org/organization", &place["organization"]);
        self.label("unikorn-cloud.org/project", &place["project"]);
        self.label("regions.unikorn-cloud.org/region-id", &place["region"]);
        self.label("regions.unikorn-cloud.org/identity-id", &place["cloud_identity"]);
        self.label("regions.unikorn-cloud.org/network-id", &place["network"]);
        if place["v2"] == true {
            self.label("resource.unikorn-cloud.org/api-version", &json!("2"));
        }
        self.annotation("unikorn-cloud.org/allocation-id", &thing["allocation"]);
    }

    fn label(&mut self, name: &str, value: &Value) {
        self.labels.extend(value.as_str().map(|value| (name.to_owned(), value.to_owned())));
    }

    fn annotation(&mut self, name: &str, value: &Value) {
        self.annotations.extend(value.as_str().map(|value| (name.to_owned(), value.to_owned())));
    }

    fn spec_text(&mut self, name: &str, value: &Value) {
        self.spec.extend(value.as_str().map(|value| (name.to_owned(), json!(value))));
    }

    /// The platform's objects do not tell an empty list from none.
    fn spec_list(&mut self, name: &str, value: &Value) {
        if value.as_array().is_some_and(|items| !items.is_empty()) {
            self.spec.insert(name.to_owned(), value.clone());
        }
    }
}

fn each(list: &Value, item: impl Fn(&Value) -> Value) -> Value {
    list.as_array().into_iter().flatten().map(item).collect()
}

/// A number as the platform writes quantities: by the largest of its suffixes that leaves no remainder.
fn quantity(value: &Value) -> String {
    let mut number = value.as_i64().unwrap_or_default();
    let mut suffixes = ["", "k", "M", "G", "T", "P", "E"].into_iter();
    let mut suffix = suffixes.next().unwrap_or_default();
    while number != 0 && number % 1000 == 0 {
        let Some(next) = suffixes.next() else { break };
        (number, suffix) = (number / 1000, next);
    }
    format!("{number}{suffix}")
}
