//! What is judged of a case in which something was made to go wrong: not one expectation of the scenario, but what must
//! hold of any history of calls, whatever went wrong in it.
//!
//! Pure, like the checks: values in, findings out. A judge holds the history with faults against the *rehearsal*, the
//! same scenario with none.

mod effects;
mod outcome;
mod removal;
mod requests;
mod state;

use std::collections::BTreeSet;

use plumbline_fake_server::contract::Contract;
use plumbline_fake_server::record::{Connection, Exchange};
use plumbline_protocol::Outcome;

use crate::case::Finding;
use crate::check;
use crate::fault::{Placed, Rotates, What};
use crate::scenario::operation::Known;

pub(crate) use self::outcome::leaves_open;
pub(crate) use self::state::held;

/// One step of a scenario as it was done, once: a caller may do it again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attempt {
    /// The step's place in the scenario, from 0.
    pub(crate) step: usize,
    /// What was called; none: the step calls nothing.
    pub(crate) known: Option<&'static Known>,
    /// How often a lifecycle may try; none: it is a call, or calls.
    pub(crate) budget: Option<u32>,
    /// The calls, with what the client made of each.
    pub(crate) calls: Vec<check::Made>,
    /// Exchanges that began before the outcome was known.
    pub(crate) exchanges: Vec<Exchange>,
    /// Exchanges that began after.
    pub(crate) late: Vec<Exchange>,
    /// Connections that were opened meanwhile.
    pub(crate) connections: Vec<Connection>,
    /// How long it took, in milliseconds.
    pub(crate) elapsed_ms: u64,
    /// Whether the client's session crashed meanwhile.
    pub(crate) crashed: bool,
}

impl Attempt {
    /// Whether every call succeeded.
    pub(crate) fn succeeded(&self) -> bool {
        self.calls.iter().all(|made| matches!(made.outcome, Outcome::Ok { .. }))
    }

    /// Every exchange, in order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().chain(&self.late)
    }
}

/// A history, and what it is held against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct History<'a> {
    /// What was done, in order.
    pub(crate) attempts: &'a [Attempt],
    /// The same without faults.
    pub(crate) rehearsal: &'a [Attempt],
    /// What was made to go wrong.
    pub(crate) faults: &'a [Placed],
    /// What the services promise.
    pub(crate) contract: Contract,
}

impl History<'_> {
    /// The rehearsal of a step.
    fn rehearsed(&self, step: usize) -> Option<&Attempt> {
        self.rehearsal.iter().find(|attempt| attempt.step == step)
    }

    /// Whether the last attempt at every step ended as it does without faults.
    fn recovered(&self) -> bool {
        self.rehearsal.iter().all(|rehearsed| {
            let last = self.attempts.iter().rev().find(|attempt| attempt.step == rehearsed.step);
            last.is_some_and(|last| last.succeeded() == rehearsed.succeeded())
        })
    }

    /// Whether things must be in the end as they are without faults. A scenario whose own answers keep a write from
    /// its effect says nothing of what the service would have done, and neither does what was never rehearsed.
    fn ends_alike(&self) -> bool {
        let mut usual = self.rehearsal.iter().flat_map(Attempt::all);
        !self.rehearsal.is_empty()
            && self.recovered()
            && usual.all(|exchange| exchange.request.method == "GET" || exchange.fault.is_none())
    }

    /// Whether a creation can be told from another, so that it is safe to try again.
    fn is_keyed(&self) -> bool {
        self.contract == Contract::Keyed
    }

    /// Whether a lookup by which a creation is found again was answered from the past.
    fn looked_up_late(&self) -> bool {
        self.is_keyed() && self.faults.iter().any(|placed| matches!(placed.row.what, What::Stale(_)))
    }

    /// Whether the client's certificate is replaced, and its clock moved ahead for that.
    fn rotates_client(&self) -> bool {
        self.faults.iter().any(|placed| placed.row.what == What::Rotate(Rotates::Client))
    }

    /// Whether several calls were ended at once: a request of theirs that was under way may arrive at any time after.
    fn cuts_short(&self, attempt: &Attempt) -> bool {
        attempt.calls.len() > 1 && self.faults.iter().any(|placed| placed.row.holds() || placed.row.crashes())
    }

    /// Whether something between delivered a request twice, on a contract that cannot tell.
    fn delivered_twice(&self) -> bool {
        !self.is_keyed() && self.faults.iter().any(|placed| placed.row.what == What::Twice)
    }
}

/// What a history comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Judgement {
    /// What is wrong.
    pub(crate) findings: Vec<Finding>,
    /// What nobody can tell, because the contract gives the client no means, and why.
    pub(crate) ambiguous: Vec<String>,
}

impl Judgement {
    /// Why nobody can tell, each reason once; none: everybody can.
    pub(crate) fn reasons(&self) -> Option<String> {
        let reasons: BTreeSet<&str> = self.ambiguous.iter().map(String::as_str).collect();
        (!reasons.is_empty()).then(|| Vec::from_iter(reasons).join("; "))
    }
}

/// One thing that must hold of every history.
pub struct Judge {
    /// Its stable name.
    pub name: &'static str,
    /// What a client must do and why.
    pub requirement: &'static str,
    /// The mutants that it is meant to give away when faults are enumerated.
    pub kills: &'static [&'static str],
    look: fn(History<'_>) -> Judgement,
}

/// Every judge, in the order in which they are asked.
pub const JUDGES: &[Judge] = &[
    Judge {
        name: "history/effect-once",
        requirement: "A call takes effect at most once, because what is made twice is charged twice and found once.",
        kills: &["creation-repeated", "lost-writes-sent-again"],
        look: effects::once,
    },
    Judge {
        name: "history/nothing-orphaned",
        requirement: "What a call made is known to its caller, because nobody else can delete it.",
        kills: &["creation-not-undone", "creation-undone-once", "allocation-not-stored"],
        look: effects::orphans,
    },
    Judge {
        name: "history/ledger",
        requirement: "Once every call has been repeated until it succeeded, the ledger says what it says when nothing goes wrong.",
        kills: &["allocated-again"],
        look: state::ledger,
    },
    Judge {
        name: "history/references",
        requirement: "A reference is held as long as its dependant needs it and no longer, and nobody lets go of another's.",
        kills: &["references-removed-together", "reference-addition-swallowed"],
        look: state::references,
    },
    Judge {
        name: "history/outcome-true",
        requirement: "Success is reported only of what the service confirmed, and refusal only of what took no effect.",
        kills: &["removal-failures-swallowed", "finalizer-anyway", "lost-answers-are-unreachable"],
        look: outcome::is_true,
    },
    Judge {
        name: "history/gone-is-done",
        requirement: "A removal of what is gone already has succeeded, because its dependant could otherwise never be deleted.",
        kills: &["removal-from-vanished-project-fails"],
        look: removal::of_what_is_gone,
    },
    Judge {
        name: "history/finalizer",
        requirement: "A resource is let go as soon as what it held is gone and no sooner, because nobody else comes back for it.",
        kills: &["finalizer-first", "finalizer-anyway", "finalizer-never"],
        look: removal::finalizers,
    },
    Judge {
        name: "history/same-principal",
        requirement: "A request that is repeated is made for the same principal, because another's is another request.",
        kills: &["creation-undone-by-a-controller", "repeats-without-its-principal"],
        look: requests::same_principal,
    },
    Judge {
        name: "history/same-impersonation",
        requirement: "A request that is repeated asks to act as its principal only if the first did.",
        kills: &[
            "creation-undone-with-its-own-rights",
            "creation-undone-as-the-principal",
            "repeats-as-its-principal",
        ],
        look: requests::same_impersonation,
    },
    Judge {
        name: "history/attempts",
        requirement: "A call sends a request a few times at most, because a service in trouble is not helped by more of them.",
        kills: &["attempts-beyond-the-budget", "lost-reads-sent-for-ever"],
        look: requests::bounded,
    },
    Judge {
        name: "history/patience",
        requirement: "Whoever is told when to come back does not come back before, and waits no shorter from time to time.",
        kills: &[
            "pauses-shrink",
            "retry-after-ignored",
            "retry-after-in-milliseconds",
            "retry-after-dates-ignored",
        ],
        look: requests::patient,
    },
    Judge {
        name: "history/silence",
        requirement: "Nothing is sent once a call has ended, because its caller has gone on and nobody sees what it does.",
        kills: &["goes-on-after-giving-up"],
        look: requests::silent,
    },
    Judge {
        name: "history/no-blind-repeat",
        requirement: "A creation whose outcome is unknown is not sent again, because it may have taken effect.",
        kills: &["creation-repeated", "server-errors-tried-again"],
        look: requests::not_blind,
    },
    Judge {
        name: "history/own-request",
        requirement: "A call sends its own request and no other, because nobody asked for what another does.",
        kills: &["addition-taken-back", "reference-path-by-twins"],
        look: requests::its_own,
    },
    Judge {
        name: "history/certificate-renewed",
        requirement: "A client whose certificate was replaced presents the new one once its interval has passed, because the old one expires.",
        kills: &["certificates-loaded-once", "reload-never"],
        look: requests::renewed,
    },
    Judge {
        name: "history/no-secret-abroad",
        requirement: "Principal, impersonation and certificate go to the service that the caller chose and nowhere else.",
        kills: &["redirects-followed", "redirected-reads-keep-secrets"],
        look: requests::not_abroad,
    },
];

/// What has gone wrong in the platform itself: mutants that somebody has to give away, whoever it is.
pub const ACCIDENTS: &[&str] = &[
    "impersonation-leaks-to-the-other-service",
    "removal-from-vanished-project-fails",
    "certificates-loaded-once",
    "allocation-charged-to-the-requests-principal",
    "reference-deleted-before-the-parent-was-ready",
];

/// Holds a history to every judge.
pub(crate) fn judge(history: History<'_>) -> Judgement {
    let mut all = Judgement::default();
    for judge in JUDGES {
        let one = (judge.look)(history);
        all.findings.extend(one.findings.into_iter().map(|mut finding| {
            finding.check = judge.name.to_owned();
            finding.help.get_or_insert_with(|| judge.requirement.to_owned());
            finding
        }));
        all.ambiguous.extend(one.ambiguous);
    }
    all
}

/// Findings alone.
fn found(findings: Vec<Finding>) -> Judgement {
    Judgement { findings, ambiguous: Vec::new() }
}

/// A finding about some exchanges; its check's name comes from the table.
fn about<'a>(message: String, exchanges: impl IntoIterator<Item = &'a Exchange>) -> Finding {
    let exchanges = exchanges.into_iter().map(|exchange| exchange.number).collect();
    Finding { exchanges, ..Finding::new("", message) }
}
