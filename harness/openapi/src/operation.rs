//! One operation: what it takes and what it answers.

use indexmap::IndexMap;
use jsonschema::Validator;
use serde_json::Value;
use std::sync::{Arc, OnceLock};

use crate::form;

/// An operation of a document.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its id.
    pub id: String,
    /// The method, in capitals.
    pub method: String,
    /// The path it is at, with parameters in braces.
    pub template: String,
    /// Whether the caller must be known.
    pub secured: bool,
    /// Parameters in the order in which they are looked at: the path's own first.
    pub parameters: Vec<Parameter>,
    /// The body it takes, if any.
    pub body: Option<Body>,
    /// What it declares to answer, by status; `default` stands for all others.
    pub replies: IndexMap<String, Reply>,
    /// Members that begin with `x-`.
    pub extensions: IndexMap<String, Value>,
}

/// A parameter.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// Whether it must be there.
    pub required: bool,
    /// The `format` that its schema names; an annotation.
    pub format: Option<String>,
    /// What it must be.
    pub schema: Schema,
}

/// Where a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
}

/// A request's body.
#[derive(Debug, Clone)]
pub struct Body {
    /// Whether it must be there.
    pub required: bool,
    /// What it must be, by media type.
    pub content: IndexMap<String, Schema>,
}

/// A declared answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// What its body must be, by media type; empty: nothing is said about it.
    pub content: IndexMap<String, Schema>,
}

/// A schema, compiled when it is first used.
#[derive(Debug, Clone)]
pub struct Schema {
    /// The schema as JSON Schema, references inlined.
    pub source: Arc<Value>,
    compiled: Arc<OnceLock<Result<Validator, String>>>,
}

/// Why something does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// A body is required and there is none.
    #[error("a body is required")]
    MissingBody,
    /// The media type is not one that the document names.
    #[error("media type `{found}` is not declared")]
    MediaType {
        /// What was found.
        found: String,
    },
    /// The body is not JSON.
    #[error("the body is not JSON: {reason}")]
    NotJson {
        /// What the parser says.
        reason: String,
    },
    /// The body is no form.
    #[error("the body is not a form")]
    NotForm,
    /// The value is not what the schema asks for.
    #[error("at `{at}`: {reason}")]
    Schema {
        /// Where in the value, as a JSON pointer.
        at: String,
        /// What the validator says.
        reason: String,
    },
    /// The document's schema is none, so nothing fits it. [`crate::Document::compile`] finds this beforehand.
    #[error("the schema does not compile: {reason}")]
    Unusable {
        /// What the compiler says.
        reason: String,
    },
    /// The status is not declared.
    #[error("status {status} is not declared")]
    Status {
        /// The status.
        status: u16,
    },
}

impl Operation {
    /// Whether a request's body fits. An operation that takes no body does not look at one.
    ///
    /// # Errors
    ///
    /// The first thing that does not fit.
    pub fn check_request_body(&self, media_type: &str, body: &[u8]) -> Result<(), Misfit> {
        let Some(declared) = &self.body else { return Ok(()) };
        if body.is_empty() {
            return if declared.required { Err(Misfit::MissingBody) } else { Ok(()) };
        }
        check_content(&declared.content, media_type, body)
    }

    /// Whether an answer fits.
    ///
    /// # Errors
    ///
    /// The first thing that does not fit.
    pub fn check_reply(&self, status: u16, media_type: &str, body: &[u8]) -> Result<(), Misfit> {
        let declared = self.replies.get(status.to_string().as_str()).or_else(|| self.replies.get("default"));
        let reply = declared.ok_or(Misfit::Status { status })?;
        if reply.content.is_empty() {
            return Ok(());
        }
        check_content(&reply.content, media_type, body)
    }
}

impl Schema {
    pub(crate) fn new(source: Value) -> Self {
        Self { source: Arc::new(source), compiled: Arc::default() }
    }

    /// Whether a value fits.
    ///
    /// # Errors
    ///
    /// The first thing that does not fit.
    pub fn check(&self, value: &Value) -> Result<(), Misfit> {
        let validator = self.compiled().map_err(|reason| Misfit::Unusable { reason: reason.to_owned() })?;
        validator.validate(value).map_err(|error| Misfit::Schema {
            at: error.instance_path().to_string(),
            reason: error.to_string(),
        })
    }

    pub(crate) fn compiled(&self) -> Result<&Validator, &str> {
        let compile = || jsonschema::draft202012::new(&self.source).map_err(|error| error.to_string());
        self.compiled.get_or_init(compile).as_ref().map_err(String::as_str)
    }
}

fn check_content(content: &IndexMap<String, Schema>, media_type: &str, body: &[u8]) -> Result<(), Misfit> {
    let schema =
        pick(content, media_type).ok_or_else(|| Misfit::MediaType { found: media_type.to_owned() })?;
    if media_type.split(';').next() == Some(form::MEDIA_TYPE) {
        let object = form::object(&schema.source, body);
        return object.map_or(Err(Misfit::NotForm), |object| schema.check(&object));
    }
    // What follows the first value is left for the reader of the body to refuse.
    let mut values = serde_json::Deserializer::from_slice(body).into_iter::<Value>();
    match values.next() {
        Some(Ok(value)) => schema.check(&value),
        Some(Err(error)) => Err(Misfit::NotJson { reason: error.to_string() }),
        None => Err(Misfit::NotJson { reason: "there is nothing but white space".to_owned() }),
    }
}

/// The most specific entry for a media type: as given, without its parameters, by its first half, any.
fn pick<'a>(content: &'a IndexMap<String, Schema>, media_type: &str) -> Option<&'a Schema> {
    if media_type.is_empty() {
        return content.get("*/*");
    }
    if let Some(schema) = content.get(media_type) {
        return Some(schema);
    }
    let bare = media_type.split(';').next().unwrap_or_default();
    if let Some(schema) = content.get(bare) {
        return Some(schema);
    }
    let (family, _) = bare.split_once('/')?;
    content.get(format!("{family}/*").as_str()).or_else(|| content.get("*/*"))
}
