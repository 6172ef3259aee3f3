//! Who may call an operation.

use std::collections::BTreeMap;

use plumbline_openapi::{LoadError, Located};
use serde_json::{Map, Value};

use super::spot::quoted;
use super::{Reader, text};
use crate::model::Fact;

impl<'a> Reader<'a> {
    /// The schemes of a document, by what they ask of a client: what a document calls them is its own affair.
    pub(super) fn schemes(&mut self, document: Located<'a>) {
        let schemes = document.value.pointer("/components/securitySchemes").and_then(Value::as_object);
        for (name, scheme) in schemes.into_iter().flatten() {
            let Ok((_, scheme)) = self.component(Located { value: scheme, ..document }) else { continue };
            let mut fact = Fact::new("security-scheme", meaning(name, scheme.value));
            if let Some(flows) = scheme.value.get("flows").and_then(Value::as_object) {
                fact = fact.with("flows", flows.iter().map(flow).collect::<Vec<_>>().join(", "));
            }
            self.facts.push(fact);
        }
    }

    /// The alternatives of an operation: its own, or else the document's.
    pub(super) fn security(
        &mut self,
        key: &str,
        document: Located<'a>,
        operation: Located<'a>,
    ) -> Result<(), LoadError> {
        let own = operation.value.get("security");
        let whole = own.is_none();
        let schemes = document.value.pointer("/components/securitySchemes").and_then(Value::as_object);
        let alternatives = own.or_else(|| document.value.get("security")).and_then(Value::as_array);
        for alternative in alternatives.into_iter().flatten().filter_map(Value::as_object) {
            let (name, scopes) = self.alternative(document, schemes, alternative)?;
            let mut fact = Fact::new("security", format!("{key} security {name}"));
            if !scopes.is_empty() {
                fact = fact.with("scopes", scopes.join(", "));
            }
            if whole {
                fact = fact.with("origin", "security");
            }
            self.facts.push(fact);
        }
        Ok(())
    }

    fn alternative(
        &self,
        document: Located<'a>,
        schemes: Option<&'a Map<String, Value>>,
        alternative: &'a Map<String, Value>,
    ) -> Result<(String, Vec<&'a str>), LoadError> {
        let (mut names, mut all) = (Vec::new(), Vec::new());
        for (name, scopes) in alternative {
            let scheme = schemes.and_then(|schemes| schemes.get(name));
            names.push(match scheme {
                Some(scheme) => meaning(name, self.component(Located { value: scheme, ..document })?.1.value),
                None => quoted(name),
            });
            all.extend(scopes.as_array().into_iter().flatten().filter_map(Value::as_str));
        }
        names.sort_unstable();
        all.sort_unstable();
        all.dedup();
        Ok((if names.is_empty() { "nobody".to_owned() } else { names.join(" + ") }, all))
    }

    /// What discovery would say of an operation on a Kubernetes resource.
    pub(super) fn kubernetes(&mut self, path: &super::operation::Path, operation: &Value) {
        let Some(kind) = operation.pointer("/x-kubernetes-group-version-kind/kind").and_then(Value::as_str)
        else {
            return;
        };
        let pieces: Vec<&str> = path.key.split('/').filter(|piece| !piece.is_empty()).collect();
        let (version, rest) = match pieces.as_slice() {
            ["api", version, rest @ ..] => ((*version).to_owned(), rest),
            ["apis", group, version, rest @ ..] => (format!("{group}/{version}"), rest),
            _ => return,
        };
        self.facts.push(Fact::new("group-version", version.clone()));
        let (scope, rest) = match rest {
            ["watch", ..] => return,
            ["namespaces", _, rest @ ..] if kind != "Namespace" && !rest.is_empty() => ("namespaced", rest),
            rest => ("cluster", rest),
        };
        let resource = match rest {
            [resource] => (*resource).to_owned(),
            [resource, _] => (*resource).to_owned(),
            [resource, _, sub, ..] => format!("{resource}/{sub}"),
            [] => return,
        };
        // A namespaced resource is listed across namespaces too.
        if text(operation, "x-kubernetes-action") != Some("list") {
            let fact = Fact::new("resource", format!("{version} {resource}")).with("scope", scope);
            self.facts.push(match resource.contains('/') {
                true => fact.with("sub", "yes"),
                false => fact.with("kind", kind),
            });
        }
    }
}

/// What a scheme asks of a client.
fn meaning(name: &str, scheme: &Value) -> String {
    let said = |member: &str| text(scheme, member).unwrap_or_default().to_owned();
    match text(scheme, "type") {
        Some("apiKey") => format!("key in {} {}", said("in"), quoted(&said("name"))),
        Some("http") => format!("http {}", said("scheme").to_lowercase()),
        Some("oauth2") => "oauth2".to_owned(),
        Some("openIdConnect") => "openid".to_owned(),
        Some("mutualTLS") => "mutual tls".to_owned(),
        _ => quoted(name),
    }
}

/// Where a flow begins and where its tokens are had.
fn flow((name, flow): (&String, &Value)) -> String {
    let addresses = BTreeMap::from(
        ["authorizationUrl", "tokenUrl", "refreshUrl"].map(|member| (member, text(flow, member))),
    );
    let said = addresses.into_iter().filter_map(|(member, address)| Some(format!(" {member} {}", address?)));
    format!("{name}{}", said.collect::<String>())
}
