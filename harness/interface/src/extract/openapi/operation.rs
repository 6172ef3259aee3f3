//! Paths, parameters, bodies and answers.

use std::collections::BTreeMap;

use plumbline_openapi::{LoadError, Located};
use serde_json::{Map, Value};

use super::flat::Source;
use super::spot::{Spot, quoted};
use super::value::canonical;
use super::{Reader, flag, misshapen, text};
use crate::model::Fact;

/// Methods that a path item may hold.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// How often callbacks may lead to operations that have callbacks.
const DEEPEST: usize = 8;

/// Headers that the standard says not to describe as parameters.
const NOT_PARAMETERS: [&str; 3] = ["accept", "content-type", "authorization"];

impl<'a> Reader<'a> {
    /// Reads a document. `owners` holds which file each operation was found in.
    pub(super) fn document(
        &mut self,
        document: Located<'a>,
        files: usize,
        owners: &mut BTreeMap<String, &'a str>,
    ) -> Result<(), LoadError> {
        let key = if files > 1 { document.file } else { "document" };
        let version = document.value.pointer("/info/version").and_then(Value::as_str);
        self.facts.push(Fact::new("info", key).with("version", version.unwrap_or_default()));
        self.servers(document);
        self.schemes(document);
        let before = self.facts.len();
        let sections = [("paths", ""), ("webhooks", "webhook "), ("x-webhooks", "webhook ")];
        for (section, prefix) in sections {
            for (template, item) in members(document.value.get(section)) {
                if section == "paths" && !template.starts_with('/') {
                    if template.starts_with("x-") {
                        continue;
                    }
                    let at = format!("/paths/{}", template.replace('~', "~0").replace('/', "~1"));
                    return Err(misshapen(document.file, &at, "a path begins with `/`"));
                }
                let item = Located { value: item, ..document };
                self.item(document, &format!("{prefix}{template}"), item, 0)?;
            }
        }
        for fact in self.facts[before..].iter().filter(|fact| fact.kind == "op") {
            if let Some(other) = owners.insert(fact.key.clone(), document.file) {
                let problem =
                    format!("`{}` is described here and in `{other}`; give them as two interfaces", fact.key);
                return Err(misshapen(document.file, "/paths", problem));
            }
        }
        if document.value.get("paths").is_none() && document.value.get("webhooks").is_none() {
            self.fragment(document)?;
        }
        Ok(())
    }

    /// A document of components only: each is there for others to use.
    fn fragment(&mut self, document: Located<'a>) -> Result<(), LoadError> {
        for (name, _) in members(document.value.pointer("/components/schemas")) {
            let pointer = name.replace('~', "~0").replace('/', "~1").replace('%', "%25");
            let (key, _) = self.refer(document, &format!("#/components/schemas/{pointer}"))?;
            self.facts.push(Fact::new("export", key.clone()).with("schema", key));
        }
        Ok(())
    }

    fn servers(&mut self, document: Located<'a>) {
        for server in document.value.get("servers").and_then(Value::as_array).into_iter().flatten() {
            if let Some(url) = text(server, "url") {
                self.facts.push(Fact::new("server", url.trim_end_matches('/')));
            }
        }
    }

    fn item(
        &mut self,
        document: Located<'a>,
        template: &str,
        item: Located<'a>,
        depth: usize,
    ) -> Result<(), LoadError> {
        let (_, item) = self.component(item)?;
        for method in METHODS {
            if let Some(operation) = item.value.get(method) {
                let operation = Located { value: operation, ..item };
                self.operation(document, template, method, item, operation, depth)?;
            }
        }
        Ok(())
    }

    fn operation(
        &mut self,
        document: Located<'a>,
        template: &str,
        method: &str,
        item: Located<'a>,
        operation: Located<'a>,
        depth: usize,
    ) -> Result<(), LoadError> {
        let path = Path::of(template);
        let key = format!("{} {}", method.to_uppercase(), path.key);
        let value = operation.value;
        if !value.is_object() {
            return Err(misshapen(operation.file, &key, "an operation is a map of its members"));
        }
        let mut fact = Fact::new("op", key.clone()).with("template", template);
        let said = [("id", text(value, "operationId")), ("sunset", text(value, "x-sunset"))];
        for (name, said) in said {
            if let Some(said) = said {
                fact = fact.with(name, said);
            }
        }
        if flag(value, "deprecated") {
            fact = fact.with("deprecated", "yes");
        }
        if let Some(tier) = tier(value, template) {
            fact = fact.with("tier", tier);
        }
        if let Some(action) = text(value, "x-kubernetes-action") {
            fact = fact.with("action", action);
        }
        self.facts.push(fact);
        self.kubernetes(&path, value);
        self.parameters(&key, &path, item, operation)?;
        self.body(&key, operation)?;
        self.replies(&key, operation)?;
        self.security(&key, document, operation)?;
        self.callbacks(document, &key, operation, depth)
    }

    fn callbacks(
        &mut self,
        document: Located<'a>,
        key: &str,
        operation: Located<'a>,
        depth: usize,
    ) -> Result<(), LoadError> {
        if depth > DEEPEST {
            return Err(LoadError::Recursive { file: operation.file.to_owned() });
        }
        for (name, callback) in members(operation.value.get("callbacks")) {
            let (_, callback) = self.component(Located { value: callback, ..operation })?;
            for (expression, item) in members(Some(callback.value)) {
                let template = format!("callback {} of {key} at {}", quoted(name), quoted(expression));
                self.item(document, &template, Located { value: item, ..callback }, depth + 1)?;
            }
        }
        Ok(())
    }

    fn parameters(
        &mut self,
        key: &str,
        path: &Path,
        item: Located<'a>,
        operation: Located<'a>,
    ) -> Result<(), LoadError> {
        let mut parameters = BTreeMap::new();
        for owner in [item, operation] {
            for value in owner.value.get("parameters").and_then(Value::as_array).into_iter().flatten() {
                let (origin, parameter) = self.component(Located { value, ..owner })?;
                let (Some(name), Some(place)) = (text(parameter.value, "name"), text(parameter.value, "in"))
                else {
                    return Err(misshapen(
                        parameter.file,
                        key,
                        "a parameter has a `name` and says what it is `in`",
                    ));
                };
                // The operation's own takes the place of the path's.
                parameters.insert((place, name), (origin, parameter));
            }
        }
        for ((place, name), (origin, parameter)) in parameters {
            self.parameter(key, path, (place, name), origin, parameter)?;
        }
        Ok(())
    }

    fn parameter(
        &mut self,
        key: &str,
        path: &Path,
        (place, name): (&str, &str),
        origin: Option<String>,
        parameter: Located<'a>,
    ) -> Result<(), LoadError> {
        let name = match place {
            "path" => path.positions.get(name).map_or_else(|| quoted(name), usize::to_string),
            "header" if NOT_PARAMETERS.contains(&name.to_lowercase().as_str()) => return Ok(()),
            "header" => quoted(&name.to_lowercase()),
            _ => quoted(name),
        };
        let key = format!("{key} {place} {name}");
        let mut fact = Fact::new("param", key.clone()).with("in", place);
        if place == "path" || flag(parameter.value, "required") {
            fact = fact.with("required", "yes");
        }
        if flag(parameter.value, "deprecated") {
            fact = fact.with("deprecated", "yes");
        }
        fact = self.written(fact, place, parameter)?;
        let home = origin.clone().unwrap_or_else(|| key.clone());
        if let Some(origin) = origin {
            fact = fact.with("origin", origin);
        }
        let content = members(parameter.value.get("content")).next();
        let schema = match content {
            Some((_, media)) => media.get("schema"),
            None => parameter.value.get("schema"),
        };
        if let Some(schema) = schema {
            self.used(&home, Located { value: schema, ..parameter })?;
            fact = fact.with("schema", home);
        }
        self.facts.push(fact);
        Ok(())
    }

    /// How a parameter's value is written: its media type, or its style, and how parts of a value are told from each
    /// other, where that is not as usual.
    fn written(&self, fact: Fact, place: &str, parameter: Located<'a>) -> Result<Fact, LoadError> {
        if let Some((media, _)) = members(parameter.value.get("content")).next() {
            return Ok(fact.with("written", media));
        }
        let usual = if ["query", "cookie"].contains(&place) { "form" } else { "simple" };
        let style = text(parameter.value, "style").unwrap_or(usual);
        let explodes = parameter.value.get("explode").and_then(Value::as_bool);
        let fact = fact.with("written", style);
        let schema = parameter.member(self.library, "schema")?;
        let whole = schema.is_some_and(|schema| {
            text(schema.value, "type").is_some_and(|name| !["array", "object"].contains(&name))
        });
        Ok(match explodes {
            _ if whole => fact.with("parts", "none"),
            Some(true) if style != "form" => fact.with("parts", "repeated"),
            Some(false) if style == "form" => fact.with("parts", "joined"),
            _ => fact,
        })
    }

    fn body(&mut self, key: &str, operation: Located<'a>) -> Result<(), LoadError> {
        let Some(body) = operation.value.get("requestBody") else { return Ok(()) };
        let (origin, body) = self.component(Located { value: body, ..operation })?;
        let key = format!("{key} body");
        let mut fact = Fact::new("body", key.clone());
        if flag(body.value, "required") {
            fact = fact.with("required", "yes");
        }
        self.facts.push(originated(fact, origin.as_deref()));
        self.content(&key, origin.as_deref(), body)
    }

    fn replies(&mut self, key: &str, operation: Located<'a>) -> Result<(), LoadError> {
        for (status, reply) in members(operation.value.get("responses")) {
            if status.starts_with("x-") {
                continue;
            }
            let (origin, reply) = self.component(Located { value: reply, ..operation })?;
            let key = format!("{key} {}", status.to_uppercase().replace("DEFAULT", "default"));
            self.facts.push(originated(Fact::new("reply", key.clone()), origin.as_deref()));
            for (name, header) in members(reply.value.get("headers")) {
                if name.eq_ignore_ascii_case("content-type") {
                    continue;
                }
                self.header(&key, origin.as_deref(), name, Located { value: header, ..reply })?;
            }
            self.content(&key, origin.as_deref(), reply)?;
        }
        Ok(())
    }

    fn header(
        &mut self,
        key: &str,
        owner: Option<&str>,
        name: &str,
        header: Located<'a>,
    ) -> Result<(), LoadError> {
        let (origin, header) = self.component(header)?;
        let name = quoted(&name.to_lowercase());
        let key = format!("{key} header {name}");
        let mut fact = Fact::new("header", key.clone());
        if flag(header.value, "required") {
            fact = fact.with("required", "yes");
        }
        let home = origin.or_else(|| owner.map(|owner| format!("{owner} header {name}")));
        let home_key = home.clone().unwrap_or(key);
        if let Some(schema) = header.value.get("schema") {
            self.used(&home_key, Located { value: schema, ..header })?;
            fact = fact.with("schema", home_key);
        }
        self.facts.push(originated(fact, home.as_deref()));
        Ok(())
    }

    fn content(&mut self, key: &str, origin: Option<&str>, from: Located<'a>) -> Result<(), LoadError> {
        for (media, value) in members(from.value.get("content")) {
            let name = media_name(media);
            let key = format!("{key} {name}");
            let home = origin.map_or_else(|| key.clone(), |origin| format!("{origin} {name}"));
            let mut fact = originated(Fact::new("media", key), origin);
            if let Some(encoding) = value.get("encoding") {
                fact = fact.with("encoding", canonical(encoding));
            }
            if let Some(schema) = value.get("schema") {
                self.used(&home, Located { value: schema, ..from })?;
                fact = fact.with("schema", home);
            }
            self.facts.push(fact);
        }
        Ok(())
    }

    /// A schema outside the schemas of components, under the key of what uses it; once, if many use it.
    fn used(&mut self, key: &str, schema: Located<'a>) -> Result<(), LoadError> {
        if !self.seen.insert(key.to_owned()) {
            return Ok(());
        }
        let source = Source { located: schema, from: None };
        self.schema(&[source], &Spot::root(key), Fact::new("schema", key))
    }
}

/// A template with its parameters by position.
pub(super) struct Path {
    /// `/users/{1}/keys`
    pub(super) key: String,
    positions: BTreeMap<String, usize>,
}

impl Path {
    fn of(template: &str) -> Self {
        let (mut key, mut positions) = (String::new(), BTreeMap::new());
        let mut rest = template;
        // In the key of a callback, braces are of an expression.
        while let Some((before, after)) = rest.split_once('{').filter(|_| !template.contains(' ')) {
            let Some((name, after)) = after.split_once('}') else { break };
            let next = positions.len() + 1;
            let position = *positions.entry(name.to_owned()).or_insert(next);
            key.push_str(before);
            key.push_str(&format!("{{{position}}}"));
            rest = after;
        }
        key.push_str(rest);
        if !template.contains(' ') {
            key = key.split_whitespace().collect();
        }
        Self { key, positions }
    }
}

/// A media type without what does not change how a body is read.
fn media_name(media: &str) -> String {
    let mut parts = media.split(';').map(str::trim).filter(|part| !part.is_empty());
    let essence = parts.next().unwrap_or("*/*").to_lowercase();
    let mut parameters: Vec<String> =
        parts.filter(|part| !part.to_lowercase().starts_with("charset=")).map(str::to_owned).collect();
    parameters.sort_unstable();
    parameters.into_iter().fold(essence, |name, parameter| format!("{name};{parameter}")).replace(' ', "")
}

/// What an operation is said to be for: nothing, where it is for everyone.
fn tier(operation: &Value, template: &str) -> Option<String> {
    if ["x-hidden", "x-internal"].iter().any(|name| flag(operation, name)) {
        return Some("internal".to_owned());
    }
    if let Some(level) = text(operation, "x-stability-level").filter(|level| *level != "stable") {
        return Some(level.to_owned());
    }
    operation.get("x-kubernetes-group-version-kind")?;
    let version =
        |piece: &&str| piece.starts_with('v') && piece.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    let version = template.split('/').find(version)?;
    ["alpha", "beta"].into_iter().find(|tier| version.contains(tier)).map(str::to_owned)
}

fn originated(fact: Fact, origin: Option<&str>) -> Fact {
    match origin {
        Some(origin) => fact.with("origin", origin),
        None => fact,
    }
}

fn members(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    let members: Option<&Map<String, Value>> = value.and_then(Value::as_object);
    members.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}
