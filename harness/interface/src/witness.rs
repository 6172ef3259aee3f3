//! Code that shows what findings mean: it compiles against the old release and not against the new one.

pub mod go;
pub mod proof;
pub mod rust;
