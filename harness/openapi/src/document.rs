//! Loading, and the operations of a document.

use indexmap::IndexMap;
use serde_json::Value;
use std::collections::BTreeMap;

use crate::lower::lower;
use crate::operation::{Body, Operation, Parameter, Place, Reply, Schema};
use crate::resolve::{Library, Located};
use crate::route::{Route, Segment, Table, parameters};

/// Methods that a path item may hold.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// A document, ready to route and to validate.
#[derive(Debug, Clone)]
pub struct Document {
    operations: Vec<Operation>,
    table: Table,
}

/// Why a document cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The text is not YAML.
    #[error("read `{file}`")]
    Syntax {
        /// The file.
        file: String,
        /// What the parser says.
        #[source]
        source: Box<serde_saphyr::Error>,
    },
    /// The document to load is not among those given.
    #[error("find `{file}` among the documents given")]
    Absent {
        /// The file.
        file: String,
    },
    /// A reference leads nowhere.
    #[error("resolve `{reference}` in `{file}`: there is no such thing")]
    Unresolved {
        /// The file it stands in.
        file: String,
        /// The reference.
        reference: String,
    },
    /// A reference or a schema has no end.
    #[error("resolve references in `{file}`: a schema contains itself")]
    Recursive {
        /// The file.
        file: String,
    },
    /// A needed member is missing or of the wrong kind.
    #[error("read `{at}` of `{file}`: {problem}")]
    Shape {
        /// The file.
        file: String,
        /// Where in it.
        at: String,
        /// What is wrong.
        problem: String,
    },
    /// A schema is not one.
    #[error("compile a schema of `{operation}`: {reason}")]
    Schema {
        /// The operation's id.
        operation: String,
        /// What the compiler says.
        reason: String,
    },
}

impl Document {
    /// Loads the document called `name`; it and those it refers to are in `sources`, file name and text each.
    ///
    /// # Errors
    ///
    /// When a text is not YAML, a reference leads nowhere, or something needed is missing.
    pub fn load(name: &str, sources: &[(&str, &str)]) -> Result<Self, LoadError> {
        let mut library = Library::default();
        for (file, text) in sources {
            library.read(file, text)?;
        }
        let Located { file, value } =
            library.document(name).ok_or_else(|| LoadError::Absent { file: name.to_owned() })?;
        Loader { library: &library, file, schemas: BTreeMap::new() }.load(value)
    }

    /// The same with what a revision declares: an operation of a method and template that are here already takes the
    /// other's place, any other comes on top.
    #[must_use]
    pub fn amended(mut self, revision: Self) -> Self {
        for operation in revision.operations {
            let same =
                |it: &Operation| (&it.method, &it.template) == (&operation.method, &operation.template);
            match self.operations.iter().position(same) {
                Some(place) => self.operations[place] = operation,
                None => {
                    self.table.add(&operation.template, self.operations.len());
                    self.operations.push(operation);
                }
            }
        }
        self
    }

    /// Compiles every schema now, which happens at its first use otherwise.
    ///
    /// # Errors
    ///
    /// When a schema is none.
    pub fn compile(&self) -> Result<(), LoadError> {
        for operation in &self.operations {
            let replies = operation.replies.values().flat_map(|reply| reply.content.values());
            let body = operation.body.iter().flat_map(|body| body.content.values());
            let parameters = operation.parameters.iter().map(|parameter| &parameter.schema);
            for schema in parameters.chain(body).chain(replies) {
                schema.compiled().map_err(|reason| LoadError::Schema {
                    operation: operation.id.clone(),
                    reason: reason.to_owned(),
                })?;
            }
        }
        Ok(())
    }

    /// Its operations in the order in which they are written.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operation of that id.
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// The operation that a method and a path name. The path is matched as given, piece by piece between slashes:
    /// whether to decode it first is the caller's choice.
    #[must_use]
    pub fn route(&self, method: &str, path: &str) -> Option<Route<'_>> {
        self.table.matching(path).find_map(|(segments, operations)| {
            let operation =
                operations.iter().map(|&index| &self.operations[index]).find(|o| o.method == method)?;
            Some(Route { operation, parameters: parameters(segments, path) })
        })
    }

    /// Methods of every operation whose template the path fits, in the order in which they are written.
    #[must_use]
    pub fn methods(&self, path: &str) -> Vec<&str> {
        self.table
            .matching(path)
            .flat_map(|(_, operations)| operations)
            .map(|&index| self.operations[index].method.as_str())
            .collect()
    }

    /// The pieces of an operation's template.
    #[must_use]
    pub fn segments(&self, operation: &Operation) -> Vec<Segment> {
        crate::route::segments(&operation.template)
    }
}

struct Loader<'a> {
    library: &'a Library,
    file: &'a str,
    /// Schemas by where they came from: many operations share one.
    schemas: BTreeMap<*const Value, Schema>,
}

impl<'a> Loader<'a> {
    fn load(mut self, root: &'a Value) -> Result<Document, LoadError> {
        let paths = root.get("paths").and_then(Value::as_object);
        let paths = paths.ok_or_else(|| self.shape("/", "`paths` is missing"))?;
        let secured = root.get("security").is_some_and(asks);

        let mut operations = Vec::new();
        let mut table = Table::default();
        for (template, item) in paths {
            let item = self.here(item);
            let shared = self.parameters(template, item)?;
            for method in METHODS {
                let Some(operation) = item.member(self.library, method)? else { continue };
                table.add(template, operations.len());
                let mut operation = self.operation(template, method, operation, secured)?;
                operation.parameters.splice(0..0, shared.iter().cloned());
                operations.push(operation);
            }
        }
        Ok(Document { operations, table })
    }

    fn operation(
        &mut self,
        template: &str,
        method: &str,
        from: Located<'a>,
        secured: bool,
    ) -> Result<Operation, LoadError> {
        let at = format!("{} {template}", method.to_uppercase());
        let id = from.value.get("operationId").and_then(Value::as_str);
        let id = id.ok_or_else(|| self.shape(&at, "`operationId` is missing"))?;
        Ok(Operation {
            id: id.to_owned(),
            method: method.to_uppercase(),
            template: template.to_owned(),
            secured: from.value.get("security").map_or(secured, asks),
            parameters: self.parameters(&at, from)?,
            body: self.body(from)?,
            replies: self.replies(&at, from)?,
            extensions: extensions(from.value),
        })
    }

    fn parameters(&mut self, at: &str, from: Located<'a>) -> Result<Vec<Parameter>, LoadError> {
        let list = from.value.get("parameters").and_then(Value::as_array);
        let mut parameters = Vec::new();
        for value in list.into_iter().flatten() {
            let parameter = self.here(value).follow(self.library)?;
            let text = |name: &str| parameter.value.get(name).and_then(Value::as_str);
            let place = match text("in") {
                Some("path") => Place::Path,
                Some("query") => Place::Query,
                _ => continue,
            };
            let name = text("name").ok_or_else(|| self.shape(at, "a parameter has no name"))?;
            let schema = parameter.member(self.library, "schema")?;
            let schema = schema.ok_or_else(|| self.shape(at, "a parameter has no schema"))?;
            parameters.push(Parameter {
                name: name.to_owned(),
                place,
                required: flag(parameter.value, "required"),
                format: schema.value.get("format").and_then(Value::as_str).map(str::to_owned),
                schema: self.schema(schema)?,
            });
        }
        Ok(parameters)
    }

    fn body(&mut self, from: Located<'a>) -> Result<Option<Body>, LoadError> {
        let Some(body) = from.member(self.library, "requestBody")? else { return Ok(None) };
        Ok(Some(Body { required: flag(body.value, "required"), content: self.content(body)? }))
    }

    fn replies(&mut self, at: &str, from: Located<'a>) -> Result<IndexMap<String, Reply>, LoadError> {
        let declared = from.value.get("responses").and_then(Value::as_object);
        let declared = declared.ok_or_else(|| self.shape(at, "`responses` is missing"))?;
        declared
            .iter()
            .map(|(status, reply)| {
                let reply = Located { value: reply, ..from }.follow(self.library)?;
                Ok((status.clone(), Reply { content: self.content(reply)? }))
            })
            .collect()
    }

    fn content(&mut self, from: Located<'a>) -> Result<IndexMap<String, Schema>, LoadError> {
        let mut content = IndexMap::new();
        for (media_type, value) in from.value.get("content").and_then(Value::as_object).into_iter().flatten()
        {
            if let Some(schema) = (Located { value, ..from }).member(self.library, "schema")? {
                content.insert(media_type.clone(), self.schema(schema)?);
            }
        }
        Ok(content)
    }

    fn schema(&mut self, from: Located<'a>) -> Result<Schema, LoadError> {
        if let Some(schema) = self.schemas.get(&std::ptr::from_ref(from.value)) {
            return Ok(schema.clone());
        }
        let schema = Schema::new(lower(self.library, from)?);
        self.schemas.insert(std::ptr::from_ref(from.value), schema.clone());
        Ok(schema)
    }

    fn here(&self, value: &'a Value) -> Located<'a> {
        Located { file: self.file, value }
    }

    fn shape(&self, at: &str, problem: &str) -> LoadError {
        LoadError::Shape { file: self.file.to_owned(), at: at.to_owned(), problem: problem.to_owned() }
    }
}

/// Whether a list of security requirements asks for anything.
fn asks(security: &Value) -> bool {
    security.as_array().is_some_and(|list| !list.is_empty())
}

fn flag(value: &Value, name: &str) -> bool {
    value.get(name) == Some(&Value::Bool(true))
}

fn extensions(value: &Value) -> IndexMap<String, Value> {
    let members = value.as_object().into_iter().flatten();
    members
        .filter(|(name, _)| name.starts_with("x-"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Misfit;

    const SHARED: &str = "
components:
  schemas:
    name: {type: string, pattern: '^[a-z]+$'}
";
    const MAIN: &str = "
openapi: 3.0.3
security: [{oauth: []}]
paths:
  /things:
    get:
      operationId: things.list
      security: []
      parameters: [{name: tag, in: query, schema: {type: array, items: {type: string}}}]
      responses: {'200': {content: {application/json: {schema: {type: array}}}}}
    post:
      operationId: things.create
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/thing'}}}}
      responses: {'201': {description: made}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: things.read, x-note: 1, responses: {default: {description: any}}}
  /things/mine:
    get: {operationId: things.mine, responses: {default: {description: any}}}
components:
  schemas:
    thing: {type: object, required: [name], properties: {name: {$ref: 'shared.yaml#/components/schemas/name'}}}
";

    fn document() -> Document {
        Document::load("main.yaml", &[("main.yaml", MAIN), ("shared.yaml", SHARED)])
            .expect("the document is sound")
    }

    #[track_caller]
    fn routes(method: &str, path: &str, to: Option<&str>) {
        let document = document();
        assert_eq!(document.route(method, path).map(|route| route.operation.id.as_str()), to);
    }

    #[test]
    fn literals_come_before_parameters_and_methods_count() {
        routes("GET", "/things", Some("things.list"));
        routes("GET", "/things/mine", Some("things.mine"));
        routes("GET", "/things/x", Some("things.read"));
        routes("GET", "/things/", None);
        routes("GET", "/Things", None);
        routes("PUT", "/things", None);
        routes("GET", "/things/x/y", None);
    }

    #[test]
    fn security_and_extensions_are_read() {
        let document = document();
        assert!(!document.operation("things.list").expect("it is there").secured);
        let read = document.operation("things.read").expect("it is there");
        assert!(read.secured);
        assert_eq!(read.extensions["x-note"], 1);
        assert_eq!(read.parameters.len(), 1);
    }

    #[track_caller]
    fn body(media_type: &str, body: &str, misfit: Option<&str>) {
        let document = document();
        let create = document.operation("things.create").expect("it is there");
        let found =
            create.check_request_body(media_type, body.as_bytes()).err().map(|m: Misfit| m.to_string());
        assert_eq!(found.as_deref(), misfit);
    }

    #[test]
    fn bodies_are_checked() {
        body("application/json", r#"{"name": "a"}"#, None);
        body("application/json; charset=utf-8", r#"{"name": "a"}"#, None);
        body("application/json", "", Some("a body is required"));
        body("text/plain", "{}", Some("media type `text/plain` is not declared"));
        body("application/json", "{}", Some("at ``: \"name\" is a required property"));
        body("application/json", r#"{"name": "A"}"#, Some("at `/name`: \"A\" does not match \"^[a-z]+$\""));
    }

    #[test]
    fn answers_are_checked() {
        let document = document();
        let list = document.operation("things.list").expect("it is there");
        assert_eq!(list.check_reply(200, "application/json", b"[]"), Ok(()));
        assert!(list.check_reply(200, "application/json", b"null").is_err());
        assert_eq!(list.check_reply(404, "application/json", b"{}"), Err(Misfit::Status { status: 404 }));
    }

    #[test]
    fn a_revision_replaces_and_adds_operations() {
        const REVISION: &str = "
openapi: 3.0.3
paths:
  /things:
    post:
      operationId: things.create
      responses: {'200': {description: there already}}
    delete: {operationId: things.clear, responses: {default: {description: any}}}
  /others:
    get: {operationId: others.list, responses: {default: {description: any}}}
";
        let revision = Document::load("revision.yaml", &[("revision.yaml", REVISION)]);
        let amended = document().amended(revision.expect("the revision is sound"));
        let ids: Vec<_> = amended.operations().iter().map(|operation| operation.id.as_str()).collect();
        let expected =
            ["things.list", "things.create", "things.read", "things.mine", "things.clear", "others.list"];
        assert_eq!(ids, expected);
        let create = amended.route("POST", "/things").expect("it is there").operation;
        assert_eq!(create.replies.keys().collect::<Vec<_>>(), ["200"]);
        assert_eq!(amended.methods("/things"), ["GET", "POST", "DELETE"]);
        assert!(amended.route("GET", "/others").is_some());
    }

    #[test]
    fn a_schema_that_is_none_is_found_on_compiling() {
        let broken = SHARED.replace("'^[a-z]+$'", "'['");
        let document = Document::load("main.yaml", &[("main.yaml", MAIN), ("shared.yaml", &broken)]);
        let error = document.expect("it loads all the same").compile().expect_err("`[` is no expression");
        assert!(error.to_string().starts_with("compile a schema of `things.create`: "), "{error}");
    }

    #[test]
    fn a_reference_that_leads_nowhere_is_refused() {
        let error =
            Document::load("main.yaml", &[("main.yaml", MAIN)]).expect_err("the shared document is missing");
        assert_eq!(
            error.to_string(),
            "resolve `shared.yaml#/components/schemas/name` in `main.yaml`: there is no such thing"
        );
    }
}
