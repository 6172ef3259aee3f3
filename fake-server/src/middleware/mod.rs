//! What stands before an operation, one layer a file, in the order in which a request meets them.
//!
//! `trace` → `target` and `routing` → `cors` → `path_parameters` → `certificate` → `authentication`
//! (with `bearer`, and `by_way_of_identity` at region) → `principal` and `impersonation` → `access` → `validation` → the operation → `answer_validation`. A refusal by any of them
//! becomes an answer in `envelope`.

pub(crate) mod access;
pub(crate) mod answer_validation;
pub(crate) mod authentication;
pub(crate) mod bearer;
pub(crate) mod by_way_of_identity;
pub(crate) mod certificate;
pub(crate) mod cors;
pub(crate) mod envelope;
pub(crate) mod impersonation;
pub(crate) mod jws;
pub(crate) mod passport;
pub(crate) mod path_parameters;
pub(crate) mod principal;
pub(crate) mod routing;
pub(crate) mod target;
pub(crate) mod trace;
pub(crate) mod validation;
