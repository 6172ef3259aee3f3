//! Whether a server can be held to a vector.

/// Whether a vector is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// It is.
    Played,
    /// It is not, and why.
    NotServed(String),
}
