//! Reads OpenAPI 3.0 documents: routes requests, and says whether a request or an answer fits.
//!
//! Begin at [`Document::load`]. A document may refer to others by file name (`common.yaml#/components/…`); all of
//! them are given as text, so that nothing here touches the disk. Schemas are inlined and lowered to JSON Schema while
//! loading, and compiled when first used; what is left for each request is a walk over compiled validators.
//!
//! * [`document`]: loading, and the operations of a document
//! * [`route`]: which operation a method and a path name
//! * [`operation`]: parameters, bodies and answers of one operation
//! * `lower`: from OpenAPI's dialect to JSON Schema
//! * [`resolve`]: several documents, and references within and between them; a reader that wants all of a document,
//!   which [`Document`] is too little for, begins at [`Library`]
//!
//! Known limits: `format` is an annotation, a schema that contains itself is refused, and of parameters only path
//! and query ones are read.

pub mod document;
mod form;
mod lower;
pub mod operation;
pub mod resolve;
pub mod route;

pub use document::{Document, LoadError};
pub use form::form_pairs;
pub use operation::{Body, Misfit, Operation, Parameter, Place, Reply, Schema};
pub use resolve::{Library, Located, Target};
pub use route::{Route, Segment};
