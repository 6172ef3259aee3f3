//! What a language knows about a difference: what means the same, and what belongs together.
//!
//! A comparer is given what differs and gives back what rules are to see. It drops changes that are none in meaning,
//! notes on others what rules ask for (`moved-to`), names the cause that several share (`root`), and adds changes of its
//! own kinds where a single fact cannot tell.

mod behaviour;
pub mod go;
pub mod rust;
pub mod wire;

pub(crate) use rust::words::{each_path, parts, paths as replace_paths};

use crate::diff::{Change, diff};
use crate::model::{Interface, Language};

/// All that differs in meaning.
pub fn compare<'a>(old: &'a Interface, new: &'a Interface) -> Vec<Change<'a>> {
    match new.about.language {
        Language::Go => go::relate(old, new, diff(old, new)),
        Language::Rust => rust::relate(old, new, diff(old, new)),
        // Its facts are a graph: what differs in meaning is not seen fact by fact.
        Language::OpenApi => wire::compare(old, new),
        Language::Behaviour => behaviour::relate(old, new, diff(old, new)),
        Language::JsonSchema | Language::Names => diff(old, new),
    }
}
