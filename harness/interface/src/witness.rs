//! Code that shows what findings mean: it compiles against the old release and not against the new one. And code that uses
//! all of a release, which must go on to compile.

pub mod go;
pub mod proof;
pub mod rust;
pub mod stub;
