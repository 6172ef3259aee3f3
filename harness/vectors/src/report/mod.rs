//! What is shown of findings: for people, for programs, for build servers, for a review.

pub mod json;
pub mod junit;
pub mod markdown;
pub mod terminal;

#[cfg(test)]
mod tests;
