//! The reference client with one part exchanged for a broken one, many times over.
//!
//! A mutant is a row of a table: its id, what it does wrong, and the part. The part is put in at a seam that every
//! user of the client or its driver has: the client's `Parts`, its `Settings` and `Platform`, or the protocol between
//! driver and harness. No production type knows of mutants.
//!
//! Begin with [`all`]; a table is a file in `tables/`, and `broken` holds what rows are built with.

mod broken;
mod driver;
mod layers;
mod tables;

pub use broken::Broken;
pub use driver::MutantDriver;

/// A client with one known defect.
#[derive(Debug, Clone, Copy)]
pub struct Mutant {
    /// What scenarios call it.
    pub id: &'static str,
    /// What it does wrong.
    pub story: &'static str,
    /// The part.
    pub build: fn() -> Broken,
}

/// Every mutant that a scenario can tell from the client, in the order of the tables.
pub fn all() -> impl Iterator<Item = &'static Mutant> {
    tables::ALL.iter().flat_map(|table| table.iter())
}

/// Every mutant that can be told from the client when something goes wrong, and not before: they run lifecycles otherwise.
pub fn under_faults() -> impl Iterator<Item = &'static Mutant> {
    tables::UNDER_FAULTS.iter().flat_map(|table| table.iter())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn every_mutant_has_an_id_of_its_own() {
        let ids: BTreeSet<&str> = super::all().chain(super::under_faults()).map(|mutant| mutant.id).collect();
        assert_eq!(ids.len(), super::all().chain(super::under_faults()).count());
        assert!(ids.len() >= 60, "there are {} mutants", ids.len());
    }
}
