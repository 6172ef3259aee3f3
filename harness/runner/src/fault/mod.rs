//! Faults as data: which there are, and where in a scenario's exchanges each is put.
//!
//! The table is `faults.yaml`, a row for each fault. A [`Placed`] fault is a row at a [`Point`]: one exchange or one
//! connection of a scenario, counted among its like. Nothing here plays anything.

mod point;
mod table;

pub use point::Point;
pub(crate) use point::{Means, Points, Skipped, exchanges, points};
pub(crate) use table::{Connection, Delivery, Moment, Place, Rotates, Row, Store, Then, What, rows};
pub use table::{Phase, names};

use std::sync::Arc;

/// The role of a replaced certificate unless a scenario names another.
pub(crate) const ROTATED_ROLE: &str = "rotated";

/// A fault at a point.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// Where.
    pub point: Point,
    /// What is asked for there, without faults.
    pub(crate) target: String,
    pub(crate) row: Arc<Row>,
}

impl Placed {
    /// The fault's name, as the table has it.
    #[must_use]
    pub fn fault(&self) -> &str {
        &self.row.name
    }

    /// When in an exchange it happens.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.row.phase
    }
}

impl std::fmt::Display for Placed {
    /// As in a case's id: `identity.projects.list.1+reset`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}+{}", self.point, self.row.name)
    }
}
