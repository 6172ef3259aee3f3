//! Which alternative of one release is which of the other.

use std::collections::BTreeSet;

use super::graph::{Graph, Node, Place};
use super::shift::{self, Shift};
use super::walk::{Pair, Spot, Walk, noted};
use super::{COMPOSITION, TYPE, VARIANT};
use crate::diff::Change;
use crate::extract::openapi::spot::{Step, parent};
use crate::model::Fact;

/// How alike two schemas must be to be taken for one.
const ALIKE: f64 = 0.35;

/// How deep schemas are looked into for that.
const DEEPEST: usize = 3;

impl<'a> Walk<'a> {
    /// Compares alternatives; a schema without any is the only one. Says whether what both have besides is to be
    /// compared.
    pub(super) fn variants(&mut self, pair: Pair<'a>) -> bool {
        let spot = self.spot(pair);
        let olds = alternatives(&self.old, pair.old);
        let news = alternatives(&self.new, pair.new);
        let both =
            !self.old.node(pair.old).variants.is_empty() && !self.new.node(pair.new).variants.is_empty();
        if !both && self.anything(pair, spot) {
            return false;
        }
        let matched = self.matching(&olds, &news);
        for (old, new) in &matched {
            let (old, new) = (olds[*old], news[*new]);
            // A schema against itself is not a pair of alternatives.
            if (old, new) != (pair.old, pair.new) {
                self.follow(Pair { old, new, ..pair });
            }
        }
        let left: Vec<Place> = unmatched(&olds, matched.iter().map(|(old, _)| *old));
        let came: Vec<Place> = unmatched(&news, matched.iter().map(|(_, new)| *new));
        if matched.is_empty() && !both {
            self.differs(
                &TYPE,
                spot,
                "type",
                (spot.old.attribute("type"), spot.new.attribute("type")),
                &[("shift", Shift::Other.name())],
            );
            return false;
        }
        for place in left {
            let fact = self.old.fact(place);
            self.one_variant(spot, &fact.key.clone(), Change::between(Some(fact), None));
        }
        for place in came {
            let fact = self.new.fact(place);
            self.one_variant(spot, &fact.key.clone(), Change::between(None, Some(fact)));
        }
        if both && spot.old.attribute("union") != spot.new.attribute("union") {
            let values = (spot.old.attribute("union"), spot.new.attribute("union"));
            self.differs(&COMPOSITION, spot, "union", values, &[("shift", "same")]);
        }
        both
    }

    fn one_variant(&mut self, spot: Spot<'a>, key: &str, change: Option<Change<'a>>) {
        let change =
            change.map(|change| noted(change, &[("at", spot.at)]).noting("of", spot.old.key.clone()));
        self.keep(VARIANT.of(spot.direction), key, "", change);
    }

    /// Whether one of the two allows anything; that is a change of types, and nothing else is to be said.
    fn anything(&mut self, pair: Pair<'a>, spot: Spot<'a>) -> bool {
        let (old, new) = (self.old.node(pair.old), self.new.node(pair.new));
        let any = |node: &Node<'_>| node.types().is_none() && node.variants.is_empty();
        let shift = match (any(old), any(new)) {
            (true, false) => Shift::Narrower,
            (false, true) => Shift::Wider,
            _ => return false,
        };
        let values = (spot.old.attribute("type"), spot.new.attribute("type"));
        self.differs(&TYPE, spot, "type", values, &[("shift", shift.name())]);
        true
    }

    /// Pairs of numbers, the most alike first.
    fn matching(&self, olds: &[Place], news: &[Place]) -> Vec<(usize, usize)> {
        let mut scored = Vec::new();
        for (one, old) in olds.iter().enumerate() {
            for (other, new) in news.iter().enumerate() {
                let score = self.likeness(*old, *new, 0).max(self.sameness(*old, *new));
                if score >= ALIKE {
                    scored.push((score, one, other));
                }
            }
        }
        scored.sort_by(|one, other| other.0.total_cmp(&one.0).then((one.1, one.2).cmp(&(other.1, other.2))));
        let mut matched: Vec<(usize, usize)> = Vec::new();
        for (_, one, other) in scored {
            if matched.iter().all(|(old, new)| *old != one && *new != other) {
                matched.push((one, other));
            }
        }
        matched
    }

    /// Enough for a pair, where two alternatives are called and described alike, whatever they allow.
    fn sameness(&self, old: Place, new: Place) -> f64 {
        let (old, new) = (self.old.fact(old), self.new.fact(new));
        if old.attributes == new.attributes && step(old) == step(new) { ALIKE } else { 0.0 }
    }

    /// How alike two schemas are, from 0 to 1; 2 for components of one name.
    fn likeness(&self, old: Place, new: Place, depth: usize) -> f64 {
        let (old, new) = (self.old.resolve(old).node, self.new.resolve(new).node);
        let (one, other) = (self.old.node(old), self.new.node(new));
        if name(&one.fact.key) == name(&other.fact.key)
            && crate::extract::openapi::spot::is_root(&one.fact.key)
        {
            return 2.0;
        }
        if !one.variants.is_empty() || !other.variants.is_empty() {
            return if one.variants.is_empty() == other.variants.is_empty() { 0.5 } else { 0.0 };
        }
        if !shift::comparable(one, other) {
            return 0.0;
        }
        if let (Some(one), Some(other)) = (one.items, other.items) {
            return if depth < DEEPEST {
                0.3 + 0.7 * self.likeness(one, other, depth + 1).min(1.0)
            } else {
                0.5
            };
        }
        if self.told_apart(one, other) {
            return 0.0;
        }
        let common = one.properties.iter().filter(|(name, _)| other.property(name).is_some()).count();
        let all = one.properties.len() + other.properties.len() - common;
        let same_values = one.fact.attribute("values") == other.fact.attribute("values");
        match (all, same_values) {
            (0, true) => 0.9,
            (0, false) => 0.4,
            #[expect(clippy::cast_precision_loss, reason = "a share of a few properties")]
            (all, _) => common as f64 / all as f64,
        }
    }
}

impl Walk<'_> {
    /// Whether two objects have a property that can never have the same value.
    fn told_apart(&self, old: &Node<'_>, new: &Node<'_>) -> bool {
        old.properties.iter().any(|(name, place)| {
            let Some(other) = new.property(name) else { return false };
            let (one, other) = (self.old.resolve(*place).node, self.new.resolve(other).node);
            let (one, other) =
                (self.old.fact(one).attribute("values"), self.new.fact(other).attribute("values"));
            let (Some(one), Some(other)) = (one, other) else { return false };
            let one: BTreeSet<_> = one.split(", ").map(shift::folded).collect();
            let other: BTreeSet<_> = other.split(", ").map(shift::folded).collect();
            one.is_disjoint(&other)
        })
    }
}

/// The alternatives of a place; itself, when it has none.
fn alternatives(graph: &Graph<'_>, place: Place) -> Vec<Place> {
    let node = graph.node(place);
    if node.variants.is_empty() {
        vec![place]
    } else {
        node.variants.iter().map(|(_, place)| *place).collect()
    }
}

/// What an alternative is called.
fn step(fact: &Fact) -> Option<Step<'_>> {
    parent(&fact.key).map(|(_, step)| step)
}

fn unmatched(all: &[Place], matched: impl Iterator<Item = usize>) -> Vec<Place> {
    let matched: Vec<usize> = matched.collect();
    let left = all.iter().enumerate().filter(|(index, _)| !matched.contains(index));
    left.map(|(_, place)| *place).collect()
}

/// A component's name, without the file that it is of.
fn name(key: &str) -> &str {
    key.split('@').next().unwrap_or(key)
}
