//! Choices that cost what is chosen. proptest's own keep every alternative at hand, to shrink to an earlier one, and with it
//! a source of chance of its own, which took most of the time of a campaign.

use proptest::prelude::*;
use proptest::strategy::{NewTree, ValueTree};
use proptest::test_runner::TestRunner;

/// One of several strategies, by weight. What was chosen shrinks by itself, and not to another.
#[derive(Debug)]
pub(crate) struct OneOf<T: std::fmt::Debug> {
    choices: Vec<(u32, BoxedStrategy<T>)>,
    sum: u32,
}

impl<T: std::fmt::Debug> OneOf<T> {
    pub(crate) fn new(choices: Vec<(u32, BoxedStrategy<T>)>) -> Self {
        let sum = choices.iter().map(|(weight, _)| weight).sum();
        Self { choices, sum }
    }

    /// Each as likely as another.
    pub(crate) fn evenly(choices: impl IntoIterator<Item = BoxedStrategy<T>>) -> Self {
        Self::new(choices.into_iter().map(|choice| (1, choice)).collect())
    }
}

impl<T: std::fmt::Debug> Strategy for OneOf<T> {
    type Tree = Box<dyn ValueTree<Value = T>>;
    type Value = T;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let mut at = runner.rng().random_range(0..self.sum);
        for (weight, choice) in &self.choices {
            if at < *weight {
                return choice.new_tree(runner);
            }
            at -= weight;
        }
        unreachable!("the weights add up to the sum")
    }
}

/// `one_of![12 => usual, 1 => odd]`
macro_rules! one_of {
    ($($weight:literal => $choice:expr),+ $(,)?) => {
        $crate::choice::OneOf::new(vec![$(($weight, proptest::strategy::Strategy::boxed($choice))),+])
    };
}
pub(crate) use one_of;

/// A value, or none: with that probability of one.
pub(crate) fn maybe<S: Strategy>(probability: f64, strategy: S) -> Maybe<S> {
    Maybe { probability, strategy }
}

#[derive(Debug)]
pub(crate) struct Maybe<S> {
    probability: f64,
    strategy: S,
}

impl<S: Strategy> Strategy for Maybe<S> {
    type Tree = MaybeTree<S::Tree>;
    type Value = Option<S::Value>;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let tree = match runner.rng().random_bool(self.probability) {
            true => Some(self.strategy.new_tree(runner)?),
            false => None,
        };
        Ok(MaybeTree { tree, shrunk: Shrunk::NotAtAll })
    }
}

/// Shrinks to none first; when that does not fail any more, the value itself.
pub(crate) struct MaybeTree<T> {
    tree: Option<T>,
    shrunk: Shrunk,
}

enum Shrunk {
    NotAtAll,
    ToNone,
    Within,
}

impl<T: ValueTree> ValueTree for MaybeTree<T> {
    type Value = Option<T::Value>;

    fn current(&self) -> Self::Value {
        match self.shrunk {
            Shrunk::ToNone => None,
            Shrunk::NotAtAll | Shrunk::Within => self.tree.as_ref().map(T::current),
        }
    }

    fn simplify(&mut self) -> bool {
        let Some(tree) = &mut self.tree else { return false };
        match self.shrunk {
            Shrunk::NotAtAll => {
                self.shrunk = Shrunk::ToNone;
                true
            }
            Shrunk::ToNone => false,
            Shrunk::Within => tree.simplify(),
        }
    }

    fn complicate(&mut self) -> bool {
        let Some(tree) = &mut self.tree else { return false };
        match self.shrunk {
            Shrunk::NotAtAll => false,
            Shrunk::ToNone => {
                self.shrunk = Shrunk::Within;
                true
            }
            Shrunk::Within => tree.complicate(),
        }
    }
}
