//! What is asked.

use bytes::Bytes;
use http::Method;
use serde::Serialize;

use super::path;

/// One operation of the API, as its document declares it.
#[derive(Debug)]
pub struct Operation {
    /// What it does, as the beginning of an error message.
    pub name: &'static str,
    /// Its verb.
    pub method: Method,
    /// With the places of its parameters in braces.
    pub path: &'static str,
    /// The status that means success.
    pub success: u16,
    /// Another one that does, where there are two.
    pub also: Option<u16>,
    /// The statuses that are declared as refusals.
    pub refusals: &'static [u16],
}

/// A request for one operation.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) operation: &'static Operation,
    path: String,
    query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Bytes>,
    /// What the body is.
    pub(crate) media_type: &'static str,
}

impl Request {
    /// A request with the path's parameters in order; each is escaped.
    pub(crate) fn new(operation: &'static Operation, parameters: &[&str]) -> Self {
        let path = path::fill(operation.path, parameters);
        Self { operation, path, query: Vec::new(), body: None, media_type: "application/json" }
    }

    /// Adds a query parameter; one that is a list is added once for each of its values.
    pub(crate) fn query(mut self, name: &'static str, values: impl IntoIterator<Item = String>) -> Self {
        self.query.extend(values.into_iter().map(|value| (name, value)));
        self
    }

    /// Adds a body of JSON.
    pub(crate) fn json(mut self, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("the API's types are all JSON");
        self.body = Some(body.into());
        self
    }

    /// Adds a body of a form's fields (WHATWG URL §5.2).
    pub(crate) fn form(mut self, fields: &[(&str, &str)]) -> Self {
        let fields =
            fields.iter().map(|(name, value)| format!("{}={}", path::field(name), path::field(value)));
        self.body = Some(fields.collect::<Vec<_>>().join("&").into());
        self.media_type = "application/x-www-form-urlencoded";
        self
    }

    /// Path and query.
    pub(crate) fn target(&self) -> String {
        let mut target = self.path.clone();
        path::query(&mut target, &self.query);
        target
    }
}
