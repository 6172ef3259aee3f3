//! Sequences by chance: the same seed and number give the same one.

use std::sync::Arc;

use plumbline_fake_server::contract::Contract;
use plumbline_protocol::{Capability, Goal, Hello, Operation};
use proptest::prelude::*;
use proptest::strategy::{Union, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sha2::{Digest, Sha256};

use super::moves::{How, Move, On, Upset};
use crate::fault::{Means, Rotates, Row, What, rows};
use crate::play::means;

/// So many moves at most: what goes wrong goes wrong in few, and short ones are played more often.
const LONGEST: usize = 8;
/// So many dependants are there at most, and resources with allocations.
const DEPENDANTS: u8 = 3;
/// So many faults in one move.
const UPSETS: usize = 2;

/// A sequence that can be made simpler.
pub(super) type Tree = Box<dyn ValueTree<Value = Vec<Move>>>;

/// What a client can be made to do.
#[derive(Debug, Clone)]
pub(super) struct Abilities {
    references: Vec<On>,
    /// How allocations come and go.
    allocates: Vec<How>,
    deletes: Vec<On>,
    together: Option<()>,
    how: Vec<How>,
    rows: Vec<Arc<Row>>,
}

impl Abilities {
    pub(super) fn of(hello: &Hello, contract: Contract) -> Self {
        let has = |operations: &[Operation]| operations.iter().all(|one| hello.operations.contains(one));
        let can = |capability| hello.capabilities.contains(&capability);
        let things = |project: &[Operation], network: &[Operation]| {
            let found = [(On::Project, has(project)), (On::Network, has(network))];
            found.into_iter().filter_map(|(on, has)| has.then_some(on)).collect::<Vec<_>>()
        };
        let means = means(&hello.capabilities);
        let controller = can(Capability::ControllerClient);
        let how: Vec<How> = [Some(How::Once), can(Capability::Converge).then_some(How::UntilDone)]
            .into_iter()
            .flatten()
            .collect();
        let allocates = controller
            && can(Capability::ApiClient)
            && has(&[Operation::AllocationsCreate, Operation::AllocationsDelete]);
        Self {
            references: if controller {
                things(
                    &[Operation::ProjectReferencesAdd, Operation::ProjectReferencesRemove],
                    &[Operation::NetworkReferencesAdd, Operation::NetworkReferencesRemove],
                )
            } else {
                Vec::new()
            },
            // Only a lifecycle looks for what an earlier attempt made.
            allocates: how
                .iter()
                .copied()
                .filter(|how| allocates && (contract == Contract::Published || *how == How::UntilDone))
                .collect(),
            deletes: if can(Capability::ApiClient) {
                things(&[Operation::ProjectsDelete], &[Operation::NetworksDelete])
            } else {
                Vec::new()
            },
            together: can(Capability::Concurrent).then_some(()),
            how,
            rows: rows().iter().filter(|row| is_for(row, means)).map(Arc::clone).collect(),
        }
    }

    /// Whether there is anything to be tried.
    pub(super) fn are_none(&self) -> bool {
        self.references.is_empty() && self.allocates.is_empty()
    }
}

/// Whether a fault can meet what sequences do: they write. A certificate of the client's that was replaced would be
/// needed again by the next process.
fn is_for(row: &Row, means: Means) -> bool {
    row.on.holds("PUT")
        && row.what != What::Rotate(Rotates::Client)
        && !matches!(row.what, What::Stale(_))
        && (means.gives_up || !row.holds())
        && (means.crashes || !row.crashes())
}

/// The sequence of that number.
pub(super) fn tree(abilities: &Abilities, seed: u64, number: u64) -> Tree {
    let digest = Sha256::digest(format!("plumbline fuzz {seed} {number}"));
    let config = Config { failure_persistence: None, ..Config::default() };
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &digest);
    let mut runner = TestRunner::new_with_rng(config, random);
    moves(abilities).boxed().new_tree(&mut runner).expect("no sequence is refused")
}

fn moves(abilities: &Abilities) -> impl Strategy<Value = Vec<Move>> + use<> {
    proptest::collection::vec(one(abilities), 1..=LONGEST)
}

fn one(abilities: &Abilities) -> Union<BoxedStrategy<Move>> {
    let mut any: Vec<(u32, BoxedStrategy<Move>)> = Vec::new();
    let (how, any_upsets) = (select(&abilities.how), upsets(abilities.rows.clone()));
    let goal = select(&[Goal::Present, Goal::Absent]);
    if !abilities.references.is_empty() {
        let on = select(&abilities.references);
        let parts = (1..=DEPENDANTS, on.clone(), goal.clone(), how, any_upsets.clone());
        let reference =
            parts.prop_map(|(of, on, goal, how, mishaps)| Move::Reference { of, on, goal, how, mishaps });
        any.push((8, reference.boxed()));
        if abilities.together.is_some() {
            // What ends one of several calls ends them all, and when a request then arrives that was under way is chance.
            let one_alone = abilities.rows.iter().filter(|row| !row.holds() && !row.crashes());
            let upsets = upsets(one_alone.map(Arc::clone).collect());
            let parts = (2..=DEPENDANTS, on, goal.clone(), upsets);
            let together =
                parts.prop_map(|(count, on, goal, mishaps)| Move::Together { count, on, goal, mishaps });
            any.push((2, together.boxed()));
        }
    }
    if !abilities.allocates.is_empty() {
        let parts = (1..=DEPENDANTS, goal, select(&abilities.allocates), any_upsets);
        let allocation =
            parts.prop_map(|(of, goal, how, mishaps)| Move::Allocation { of, goal, how, mishaps });
        any.push((6, allocation.boxed()));
    }
    if !abilities.deletes.is_empty() {
        any.push((1, select(&abilities.deletes).prop_map(Move::Deletion).boxed()));
    }
    any.push((1, Just(Move::Disconnection).boxed()));
    any.push((1, Just(Move::Reopening).boxed()));
    Union::new_weighted(any)
}

fn upsets(rows: Vec<Arc<Row>>) -> impl Strategy<Value = Vec<Upset>> + Clone + use<> {
    let upset = (proptest::sample::select(rows), 1..=2_u64).prop_map(|(row, nth)| Upset { row, nth });
    proptest::collection::vec(upset, 0..=UPSETS)
}

fn select<T: Clone + std::fmt::Debug + 'static>(from: &[T]) -> proptest::sample::Select<T> {
    proptest::sample::select(from.to_vec())
}
