//! Query and body against the document.

use plumbline_openapi::{Misfit, Operation, Parameter, Place};

use crate::exchange::{Incoming, Layer};
use crate::middleware::envelope::{Refusal, Refused};
use crate::middleware::target::Target;

/// Looks at query parameters, then at the body.
pub(crate) fn check(operation: &Operation, incoming: &Incoming, target: &Target) -> Result<(), Refused> {
    for parameter in operation.parameters.iter().filter(|parameter| parameter.place == Place::Query) {
        check_query(parameter, target).map_err(|problem| {
            let text = format!("parameter \"{}\" in query has an error: {problem}", parameter.name);
            Refusal::invalid_request(text).by(Layer::Validation)
        })?;
    }
    let media_type = incoming.header("Content-Type").unwrap_or_default();
    operation.check_request_body(media_type, &incoming.body).map_err(|misfit| {
        let problem = match misfit {
            Misfit::MissingBody => "value is required but missing".to_owned(),
            Misfit::MediaType { found } => format!("header Content-Type has unexpected value \"{found}\""),
            other => other.to_string(),
        };
        Refusal::invalid_request(format!("request body has an error: {problem}")).by(Layer::Validation)
    })
}

fn check_query(parameter: &Parameter, target: &Target) -> Result<(), String> {
    let values = target.query_values(&parameter.name);
    let list = parameter.schema.source.get("type").is_some_and(|kind| kind == "array");
    if values.is_empty() {
        return if parameter.required { Err("value is required but missing".to_owned()) } else { Ok(()) };
    }
    if values.iter().any(String::is_empty) {
        return Err("empty value is not allowed".to_owned());
    }
    let value =
        if list { serde_json::Value::from(values) } else { serde_json::Value::from(values[0].clone()) };
    parameter.schema.check(&value).map_err(|misfit| misfit.to_string())
}
