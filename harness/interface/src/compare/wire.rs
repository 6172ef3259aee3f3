//! What is known about differences of OpenAPI interfaces.
//!
//! Two graphs of schemas are walked in pairs from the operations that both releases have, so that schemas are compared
//! by what they describe and not by how a document is cut into components. What is found at a component is one change,
//! however many operations use it; `req`, `rsp` and `err` at the beginning of its kind say in which direction they do.
//!
//! * `graph`: the facts of schemas as a graph
//! * `walk`: schemas in pairs, with `shift` (whether something became wider or narrower) and `variants` (which
//!   alternative is which)
//! * `operations`: operations, parameters, bodies, answers, security
//! * `service`: versions, servers, groups and resources, references
//! * `roots`: which changes have one cause

mod graph;
mod operations;
mod roots;
mod service;
mod shift;
mod variants;
mod walk;

use crate::diff::Change;
use crate::model::Interface;

/// All that differs in meaning.
pub(super) fn compare<'a>(old: &'a Interface, new: &'a Interface) -> Vec<Change<'a>> {
    let mut walk = walk::Walk::new(old, new);
    operations::compare(old, new, &mut walk);
    let mut changes = walk.changes();
    service::compare(old, new, &mut changes);
    roots::name(&mut changes, old, new);
    changes.sort_by(|one, other| (&one.key, &one.kind).cmp(&(&other.key, &other.kind)));
    changes
}

/// Which way a schema is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    /// A client sends it.
    Request,
    /// A client receives it.
    Response,
    /// A client receives it when something went wrong.
    Error,
}

/// Kinds of changes in each direction.
struct Kinds {
    request: &'static str,
    response: &'static str,
    error: &'static str,
}

impl Kinds {
    fn of(&self, direction: Direction) -> &'static str {
        match direction {
            Direction::Request => self.request,
            Direction::Response => self.response,
            Direction::Error => self.error,
        }
    }
}

/// A sort of change that there is in each direction.
macro_rules! kinds {
    ($($name:ident $text:literal),+ $(,)?) => {
        $(const $name: Kinds = Kinds {
            request: concat!("req-", $text),
            response: concat!("rsp-", $text),
            error: concat!("err-", $text),
        };)+
    };
}

kinds!(
    PROPERTY "prop",
    REQUIRED "required",
    NULLABLE "nullable",
    TYPE "type",
    FORMAT "format",
    PATTERN "pattern",
    BOUND "bound",
    ENUM "enum",
    VALUE "enum-value",
    DEFAULT "default",
    ACCESS "access",
    CLOSED "closed",
    VARIANT "variant",
    COMPOSITION "composition",
    OTHER "other",
    DEPRECATED "deprecated",
    MEDIA "media",
    STATUS "status",
    BODY "body",
    HEADER "header",
);
