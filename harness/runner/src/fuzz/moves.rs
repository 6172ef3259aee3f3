//! What a sequence is made of, and how it is written down.

use std::fmt::Write as _;
use std::sync::Arc;

use plumbline_fake_server::contract::Contract;
use plumbline_protocol::Goal;

use crate::fault::Row;

/// One thing that happens. It stands for itself: whatever was left out before it, it can still happen.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Move {
    /// A dependant comes to hold a reference, or lets go of it.
    Reference { of: u8, on: On, goal: Goal, how: How, mishaps: Vec<Upset> },
    /// Several dependants do at once.
    Together { count: u8, on: On, goal: Goal, mishaps: Vec<Upset> },
    /// A resource comes to have an allocation, or gives it back.
    Allocation { of: u8, goal: Goal, how: How, mishaps: Vec<Upset> },
    /// An operator deletes what dependants hold.
    Deletion(On),
    /// The servers close every idle connection.
    Disconnection,
    /// The client is closed and built anew.
    Reopening,
}

/// What references are held on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    Project,
    Network,
}

/// How often a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Once.
    Once,
    /// Until it is done, by a lifecycle.
    UntilDone,
}

/// A fault, and which of what a step does it meets.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Upset {
    pub(super) row: Arc<Row>,
    pub(super) nth: u64,
}

/// How often lifecycles try: as often as a client may at all, and often enough for the faults of a move.
pub(super) const ATTEMPTS: u32 = 5;

/// A dependant's name but for its number of two digits; the resource of an allocation has another.
const DEPENDANT: &str = "00000000-0000-4000-8000-0000000000";
const ALLOCATED: &str = "00000000-0000-4000-8000-0000000001";
/// The project that dependants hold. Nothing else depends on it, so that it can be gone.
const PROJECT: &str = "<project:bare>";

/// What every allocation asks for. No quota limits it, so that nothing but a mistake keeps a second one from taking effect.
const AMOUNTS: &str = "{ allocations: [{ kind: servers, committed: 1, reserved: 0 }] }";

/// The file that says a sequence: the contract, steps, and the faults in them.
pub(super) fn text(contract: Contract, moves: &[Move]) -> String {
    let contract = match contract {
        Contract::Published => "",
        Contract::Keyed => "contract: keyed\n",
    };
    let mut written = Written::default();
    for one in moves {
        written.add(one);
    }
    let Written { steps, faults, .. } = written;
    let faults = if faults.is_empty() { String::new() } else { format!("faults:\n{faults}") };
    format!("{contract}steps:\n{steps}{faults}")
}

#[derive(Default)]
struct Written {
    steps: String,
    count: usize,
    faults: String,
}

impl Written {
    fn add(&mut self, one: &Move) {
        match one {
            Move::Reference { of, on, goal, how, mishaps } => {
                self.step(&[(verb(*how), reference(*on, *goal)), ("resource", &dependant(&number(*of)))]);
                self.faults(mishaps);
            }
            Move::Together { count, on, goal, mishaps } => {
                self.step(&[
                    ("call", reference(*on, *goal)),
                    ("concurrent", &count.to_string()),
                    ("resource", &dependant("<number>")),
                ]);
                self.faults(mishaps);
            }
            Move::Allocation { of, goal, how, mishaps } => {
                let resource = format!("{{ like: cluster, name: {ALLOCATED}{} }}", number(*of));
                match (goal, how) {
                    (Goal::Present, _) => self.step(&[
                        (verb(*how), "identity.allocations.create"),
                        ("as", "alice-in-alpha"),
                        ("arguments", AMOUNTS),
                        ("resource", &resource),
                    ]),
                    (Goal::Absent, How::UntilDone) => {
                        self.step(&[("converge", "identity.allocations.delete"), ("resource", &resource)]);
                    }
                    (Goal::Absent, How::Once) => self.step(&[
                        ("call", "identity.allocations.delete"),
                        ("client", "controller"),
                        ("resource", &resource),
                    ]),
                }
                self.faults(mishaps);
            }
            Move::Deletion(on) => {
                self.step(&[("reopen", "{ role: operator }")]);
                match on {
                    On::Project => self.step(&[
                        ("call", "identity.projects.delete"),
                        ("arguments", &format!("{{ project: {PROJECT} }}")),
                    ]),
                    On::Network => self.step(&[("call", "region.networks.delete")]),
                }
                self.step(&[("reopen", "{ role: consumer }")]);
            }
            Move::Disconnection => self.step(&[("server", "close-connections")]),
            Move::Reopening => self.step(&[("reopen", "yes")]),
        }
    }

    fn step(&mut self, entries: &[(&str, &str)]) {
        self.count += 1;
        let attempts = entries.iter().any(|(key, _)| *key == "converge").then(|| ATTEMPTS.to_string());
        let attempts = attempts.iter().map(|attempts| ("attempts", attempts.as_str()));
        for (place, (key, value)) in entries.iter().copied().chain(attempts).enumerate() {
            let indent = if place == 0 { "  - " } else { "    " };
            writeln!(self.steps, "{indent}{key}: {value}").expect("a string takes whatever is written to it");
        }
    }

    /// Faults of the latest step.
    fn faults(&mut self, upsets: &[Upset]) {
        for Upset { row, nth } in upsets {
            let (step, at) = (self.count, row.place().name());
            writeln!(self.faults, "  - {{ step: {step}, fault: {}, {at}: {nth} }}", row.name)
                .expect("a string takes whatever is written to it");
        }
    }
}

fn verb(how: How) -> &'static str {
    match how {
        How::Once => "call",
        How::UntilDone => "converge",
    }
}

fn reference(on: On, goal: Goal) -> &'static str {
    match (on, goal) {
        (On::Project, Goal::Present) => "identity.references.add",
        (On::Project, Goal::Absent) => "identity.references.remove",
        (On::Network, Goal::Present) => "region.references.add",
        (On::Network, Goal::Absent) => "region.references.remove",
    }
}

fn number(of: u8) -> String {
    format!("{of:02}")
}

fn dependant(number: &str) -> String {
    format!(
        "{{ like: cluster, name: {DEPENDANT}{number}, labels: {{ unikorn-cloud.org/project: {PROJECT} }} }}"
    )
}
