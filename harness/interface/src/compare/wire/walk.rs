//! Schemas in pairs.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::graph::{Graph, Node, Place, Resolved};
use super::shift::{self, BOUNDS, Shift};
use super::{
    ACCESS, BOUND, CLOSED, COMPOSITION, DEFAULT, DEPRECATED, Direction, ENUM, FORMAT, Kinds, NULLABLE, OTHER,
    PATTERN, PROPERTY, REQUIRED, TYPE, VALUE,
};
use crate::diff::{AttributeChange, Change};
use crate::extract::openapi::spot::root_of;
use crate::model::{Fact, Interface};

/// A walk over two graphs, and what was found on it.
pub(super) struct Walk<'a> {
    pub(super) old: Graph<'a>,
    pub(super) new: Graph<'a>,
    /// Pairs that were looked at or will be.
    seen: BTreeSet<(Place, Place, Direction)>,
    pending: Vec<Pair<'a>>,
    /// By kind, key and what of it.
    found: BTreeMap<(&'static str, String, String), Change<'a>>,
}

/// Two places that describe the same thing in two releases.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) old: Place,
    pub(super) new: Place,
    pub(super) direction: Direction,
    /// What uses it.
    pub(super) at: &'a str,
}

/// Where a difference is.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    pub(super) old: &'a Fact,
    pub(super) new: &'a Fact,
    pub(super) direction: Direction,
    pub(super) at: &'a str,
}

/// Words that rules judge each by itself, and not by direction.
const MERGING: [&str; 4] = ["list", "map-type", "patch", "keeps-unknown"];

const MERGING_KINDS: Kinds = Kinds { request: "merging", response: "merging", error: "merging" };

/// Words that cannot be compared.
const OPAQUE: [&str; 4] = ["also", "content-encoding", "content-media-type", "discriminator"];

impl<'a> Walk<'a> {
    pub(super) fn new(old: &'a Interface, new: &'a Interface) -> Self {
        Self {
            old: Graph::of(old),
            new: Graph::of(new),
            seen: BTreeSet::new(),
            pending: Vec::new(),
            found: BTreeMap::new(),
        }
    }

    /// All that was found.
    pub(super) fn changes(self) -> Vec<Change<'a>> {
        self.found.into_values().collect()
    }

    /// Keeps a change, unless one of its kind and key was found before.
    pub(super) fn keep(&mut self, kind: &'static str, key: &str, detail: &str, change: Option<Change<'a>>) {
        if let Some(mut change) = change {
            change.kind = Cow::Borrowed(kind);
            change.key = Cow::Owned(key.to_owned());
            self.found.entry((kind, key.to_owned(), detail.to_owned())).or_insert(change);
        }
    }

    /// Compares the schemas of a parameter, and all that they lead to.
    pub(super) fn parameter(&mut self, old: &str, new: &str, at: &'a str) {
        if let (Some(before), Some(after)) = (self.old.place(old), self.new.place(new)) {
            self.default(Pair { old: before, new: after, direction: Direction::Request, at });
        }
        self.schemas(old, new, Direction::Request, at);
    }

    /// Compares two schemas, and all that they lead to.
    pub(super) fn schemas(&mut self, old: &str, new: &str, direction: Direction, at: &'a str) {
        let (Some(old), Some(new)) = (self.old.place(old), self.new.place(new)) else { return };
        self.edge(Pair { old, new, direction, at });
        while let Some(pair) = self.pending.pop() {
            self.nodes(pair);
        }
    }

    /// What stands for a value that is left out; of what cannot be left out, it is not asked.
    fn default(&mut self, pair: Pair<'a>) {
        let (old, new) = (self.old.resolve(pair.old), self.new.resolve(pair.new));
        if old.default == new.default {
            return;
        }
        let spot = self.home(pair, &old, &new);
        let zero =
            |default: Option<&str>| default.is_none_or(|value| ["\"\"", "0", "false", "[]"].contains(&value));
        let note = if zero(old.default) && zero(new.default) { "empty" } else { "value" };
        self.differs(&DEFAULT, spot, "default", (old.default, new.default), &[("default", note)]);
    }

    /// What is said of a place by its surroundings, and then what describes it.
    fn edge(&mut self, pair: Pair<'a>) {
        let (old, new) = (self.old.resolve(pair.old), self.new.resolve(pair.new));
        let spot = self.home(pair, &old, &new);
        self.nullable(&old, &new, spot);
        if !old.deprecated && new.deprecated {
            self.differs(&DEPRECATED, spot, "deprecated", (None, Some("yes")), &[]);
        }
        let node = Pair { old: old.node, new: new.node, ..pair };
        if self.seen.insert((node.old, node.new, node.direction)) {
            self.pending.push(node);
        }
    }

    fn nullable(&mut self, old: &Resolved<'a>, new: &Resolved<'a>, spot: Spot<'a>) {
        if old.nullable == new.nullable || self.any(old.node, new.node) {
            return;
        }
        let own = |graph: &Graph<'a>, place: Place| graph.fact(place).attribute("nullable").is_some();
        // Said where it is described, it is one change for all who use that.
        let root = |fact: &'a Fact| root_of(&fact.key);
        let described = own(&self.old, old.node) != own(&self.new, new.node)
            && root(self.old.fact(old.node)) == root(self.new.fact(new.node));
        let spot = match described {
            true => Spot { old: self.old.fact(old.node), new: self.new.fact(new.node), ..spot },
            false => spot,
        };
        let (shift, values) = match new.nullable {
            true => (Shift::Wider, (None, Some("yes"))),
            false => (Shift::Narrower, (Some("yes"), None)),
        };
        self.differs(&NULLABLE, spot, "nullable", values, &[("shift", shift.name())]);
    }

    /// Whether either allows anything, null included.
    fn any(&self, old: Place, new: Place) -> bool {
        let any = |node: &Node<'_>| node.types().is_none() && node.variants.is_empty();
        any(self.old.node(old)) || any(self.new.node(new))
    }

    /// Compares what describes two places.
    fn nodes(&mut self, pair: Pair<'a>) {
        let (old, new) = (self.old.node(pair.old), self.new.node(pair.new));
        let alone = (old.variants.is_empty(), new.variants.is_empty());
        let mut plain = alone == (true, true);
        if alone.0 != alone.1 && old.is_described() && new.is_described() {
            // Alternatives beside a description only limit it.
            plain = true;
            let shift = if alone.1 { Shift::Wider } else { Shift::Narrower };
            let spot = self.spot(pair);
            let values = (spot.old.attribute("union"), spot.new.attribute("union"));
            self.differs(&COMPOSITION, spot, "union", values, &[("shift", shift.name())]);
        }
        if !plain && !self.variants(pair) {
            return;
        }
        let spot = self.spot(pair);
        let (old, new) = (self.old.node(pair.old), self.new.node(pair.new));
        let undescribed = |node: &Node<'_>| node.fact.attribute("undescribed").is_some();
        if undescribed(old) || undescribed(new) {
            return;
        }
        let types = if plain { shift::types(old, new) } else { None };
        let comparable = !plain || shift::comparable(old, new);
        if let Some(shift) = types {
            self.word(&TYPE, spot, "type", shift);
            if !comparable {
                return;
            }
        } else {
            self.simple(&FORMAT, spot, "format", shift::format);
        }
        self.words(spot);
        self.values(spot);
        self.parts(pair, spot);
        self.properties(pair);
    }

    /// Where it was written that there are these places.
    fn home(&self, pair: Pair<'a>, old: &Resolved<'a>, new: &Resolved<'a>) -> Spot<'a> {
        self.spot(Pair { old: old.home, new: new.home, ..pair })
    }

    pub(super) fn spot(&self, pair: Pair<'a>) -> Spot<'a> {
        let (old, new) = (self.old.fact(pair.old), self.new.fact(pair.new));
        Spot { old, new, direction: pair.direction, at: pair.at }
    }

    fn words(&mut self, spot: Spot<'a>) {
        for (word, allows) in BOUNDS {
            self.simple(&BOUND, spot, word, |old, new| shift::bound(allows, old, new));
        }
        self.simple(&PATTERN, spot, "pattern", shift::word);
        self.simple(&CLOSED, spot, "closed", shift::word);
        for word in OPAQUE {
            self.simple(&OTHER, spot, word, |_, _| Shift::Other);
        }
        // What is applied is what is sent; a list that is only received is never merged.
        let sent = spot.direction == Direction::Request;
        for word in MERGING.into_iter().filter(|_| sent) {
            let values = (spot.old.attribute(word), spot.new.attribute(word));
            if values.0 != values.1 {
                self.differs(&MERGING_KINDS, spot, word, values, &[]);
            }
        }
    }

    /// A word whose change is wider or narrower.
    fn simple(
        &mut self,
        kinds: &Kinds,
        spot: Spot<'a>,
        word: &'static str,
        shift: impl Fn(Option<&str>, Option<&str>) -> Shift,
    ) {
        let (old, new) = (spot.old.attribute(word), spot.new.attribute(word));
        if old != new {
            self.word(kinds, spot, word, shift(old, new));
        }
    }

    fn word(&mut self, kinds: &Kinds, spot: Spot<'a>, word: &'static str, shift: Shift) {
        let values = (spot.old.attribute(word), spot.new.attribute(word));
        self.differs(kinds, spot, word, values, &[("shift", shift.name())]);
    }

    /// Something of a place that is not what it was.
    pub(super) fn differs(
        &mut self,
        kinds: &Kinds,
        spot: Spot<'a>,
        name: &'a str,
        (old, new): (Option<&'a str>, Option<&'a str>),
        notes: &[(&'static str, &str)],
    ) {
        let change = Change {
            kind: Cow::Borrowed(""),
            key: Cow::Borrowed(""),
            old: Some(spot.old),
            new: Some(spot.new),
            attributes: vec![AttributeChange { name, old, new }],
            notes: BTreeMap::new(),
        };
        let change = noted(change.noting("at", spot.at), notes);
        self.keep(kinds.of(spot.direction), &spot.old.key, name, Some(change));
    }

    fn values(&mut self, spot: Spot<'a>) {
        let listed = |fact: &'a Fact| fact.attribute("values");
        let is_open = |fact: &Fact| fact.attribute("enum") == Some("open");
        match (listed(spot.old), listed(spot.new)) {
            (None, None) => {}
            // A list that others may be added to excludes nothing.
            (None, Some(_)) if is_open(spot.new) => {}
            (Some(_), None) if is_open(spot.old) => {}
            (None, Some(_)) => self.word(&ENUM, spot, "values", Shift::Narrower),
            (Some(_), None) => self.word(&ENUM, spot, "values", Shift::Wider),
            (Some(old), Some(new)) => {
                match (is_open(spot.old), is_open(spot.new)) {
                    (false, true) => self.word(&ENUM, spot, "enum", Shift::Wider),
                    (true, false) => self.word(&ENUM, spot, "enum", Shift::Narrower),
                    _ => {}
                }
                self.each_value(spot, &old.split(", ").collect(), &new.split(", ").collect());
            }
        }
    }

    fn each_value(&mut self, spot: Spot<'a>, old: &BTreeSet<&str>, new: &BTreeSet<&str>) {
        let kind = VALUE.of(spot.direction);
        let open = if spot.old.attribute("enum") == Some("open") { "open" } else { "closed" };
        let respelt = |value: &str, among: &BTreeSet<&str>, not: &BTreeSet<&str>| {
            let same = |other: &&&str| shift::folded(other) == shift::folded(value) && !not.contains(**other);
            among.iter().find(same).map(|other| (*other).to_owned())
        };
        for (values, others, is_new) in [(old, new, false), (new, old, true)] {
            for value in values.difference(others) {
                let (before, after) = if is_new { (None, Some(spot.new)) } else { (Some(spot.old), None) };
                let change = Change::between(before, after).map(|change| {
                    let change = noted(change, &[("at", spot.at), ("value", value), ("enum", open)]);
                    match respelt(value, others, values) {
                        Some(other) => change.noting("respelt", other),
                        None => change,
                    }
                });
                self.keep(kind, &format!("{} = {value}", spot.old.key), "", change);
            }
        }
    }

    /// What a value holds, properties apart.
    fn parts(&mut self, pair: Pair<'a>, spot: Spot<'a>) {
        let (old, new) = (self.old.node(pair.old), self.new.node(pair.new));
        let mut pairs = Vec::new();
        let mut gone = Vec::new();
        for (name, old, new) in [("items", old.items, new.items), ("members", old.values, new.values)] {
            match (old, new) {
                (Some(old), Some(new)) => pairs.push((old, new)),
                (None, None) => {}
                (None, Some(_)) => gone.push((name, Shift::Narrower)),
                (Some(_), None) => gone.push((name, Shift::Wider)),
            }
        }
        for (olds, news) in [(&old.tuple, &new.tuple), (&old.patterns, &new.patterns)] {
            let named = |list: &[(&str, Place)], name: &str| {
                list.iter().find(|(other, _)| *other == name).map(|(_, place)| *place)
            };
            pairs.extend(olds.iter().filter_map(|(name, place)| Some((*place, named(news, name)?))));
            if olds.iter().any(|(name, _)| named(news, name).is_none()) {
                gone.push(("parts", Shift::Wider));
            }
            if news.iter().any(|(name, _)| named(olds, name).is_none()) {
                gone.push(("parts", Shift::Narrower));
            }
        }
        for (name, shift) in gone {
            // Where nothing else may be, `closed` says it.
            let closes = [spot.old, spot.new].iter().any(|fact| fact.attribute("closed").is_some());
            if !(name == "members" && closes) {
                self.differs(&COMPOSITION, spot, name, (None, None), &[("shift", shift.name())]);
            }
        }
        for (old, new) in pairs {
            self.edge(Pair { old, new, ..pair });
        }
    }

    fn properties(&mut self, pair: Pair<'a>) {
        let (old, new) = (self.old.node(pair.old), self.new.node(pair.new));
        let mut both = Vec::new();
        let mut gone = Vec::new();
        for &(name, place) in &old.properties {
            match new.property(name) {
                Some(other) => both.push((place, other)),
                None => gone.push((name, place)),
            }
        }
        let came: Vec<_> =
            new.properties.iter().filter(|(name, _)| old.property(name).is_none()).copied().collect();
        for (old, new) in both {
            self.property(Pair { old, new, ..pair });
        }
        let names = |list: &[(&'a str, Place)]| list.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let (gone_names, came_names) = (names(&gone), names(&came));
        for (name, place) in gone {
            self.one_sided(pair, (name, place), Side::Old, &came_names);
        }
        for (name, place) in came {
            self.one_sided(pair, (name, place), Side::New, &gone_names);
        }
    }

    /// A property that both have.
    fn property(&mut self, pair: Pair<'a>) {
        let (old, new) = (self.old.resolve(pair.old), self.new.resolve(pair.new));
        let hidden = |resolved: &Resolved<'_>| match pair.direction {
            Direction::Request => resolved.read_only,
            Direction::Response | Direction::Error => resolved.write_only,
        };
        let spot = self.home(pair, &old, &new);
        let word = if pair.direction == Direction::Request { "read-only" } else { "write-only" };
        match (hidden(&old), hidden(&new)) {
            (true, true) => return,
            (false, true) => {
                return self.differs(&ACCESS, spot, word, (None, Some("yes")), &[("shift", "narrower")]);
            }
            (true, false) => {
                return self.differs(&ACCESS, spot, word, (Some("yes"), None), &[("shift", "wider")]);
            }
            (false, false) => {}
        }
        if old.required != new.required {
            self.required(pair, &old, &new, spot);
        }
        self.default(pair);
        self.edge(pair);
    }

    fn required(&mut self, pair: Pair<'a>, old: &Resolved<'a>, new: &Resolved<'a>, spot: Spot<'a>) {
        let says = |fact: &Fact| fact.attribute("required") == Some("yes");
        // Where a schema takes over another's property, either can be the one that says it is required.
        let at_home = says(spot.old) == old.required && says(spot.new) == new.required;
        let spot = match at_home {
            true => spot,
            false => Spot { old: self.old.fact(pair.old), new: self.new.fact(pair.new), ..spot },
        };
        let (shift, values) = match new.required {
            true => ("required", (None, Some("yes"))),
            false => ("optional", (Some("yes"), None)),
        };
        let default = if new.default.is_some() { "yes" } else { "no" };
        self.differs(&REQUIRED, spot, "required", values, &[("shift", shift), ("has-default", default)]);
    }

    /// A property that only one of them has.
    fn one_sided(&mut self, pair: Pair<'a>, (name, place): (&'a str, Place), side: Side, others: &[&'a str]) {
        let (graph, owner, other) = match side {
            Side::Old => (&self.old, self.old.fact(pair.old), self.new.node(pair.new)),
            Side::New => (&self.new, self.new.fact(pair.new), self.old.node(pair.old)),
        };
        let resolved = graph.resolve(place);
        let hidden = match pair.direction {
            Direction::Request => resolved.read_only,
            Direction::Response | Direction::Error => resolved.write_only,
        };
        if hidden {
            return;
        }
        let home = graph.fact(resolved.home);
        if graph.fact(resolved.node).attribute("undescribed").is_some() {
            // It was never described, so that only whether it must be there can have changed.
            let spot = Spot { old: home, new: home, direction: pair.direction, at: pair.at };
            let (shift, values) = match side {
                Side::Old => ("optional", (Some("yes"), None)),
                Side::New => ("required", (None, Some("yes"))),
            };
            return self.differs(
                &REQUIRED,
                spot,
                "required",
                values,
                &[("shift", shift), ("has-default", "no")],
            );
        }
        let yes = |is: bool| if is { "yes" } else { "no" };
        let notes = [
            ("at", pair.at),
            ("required", yes(resolved.required)),
            ("has-default", yes(resolved.default.is_some())),
            // Whether the other release refuses what it does not describe.
            ("closed", yes(other.fact.attribute("closed").is_some())),
            ("name", name),
        ];
        let respelt = others.iter().find(|other| shift::folded(other) == shift::folded(name));
        let (change, key) = match side {
            Side::Old => (Change::between(Some(home), None), &home.key),
            // It stands under the key that its schema had before.
            Side::New => (Change::between(None, Some(home)), &home.key),
        };
        let change = change.map(|change| {
            let change = noted(change, &notes).noting("of", owner.key.clone());
            match respelt {
                Some(other) => change.noting("respelt", *other),
                None => change,
            }
        });
        let key = key.clone();
        self.keep(PROPERTY.of(pair.direction), &key, "", change);
    }

    /// Goes on with another pair.
    pub(super) fn follow(&mut self, pair: Pair<'a>) {
        self.edge(pair);
    }
}

/// Which release a property is of.
#[derive(Clone, Copy)]
enum Side {
    Old,
    New,
}

/// The same change with notes.
pub(super) fn noted<'a>(change: Change<'a>, notes: &[(&'static str, &str)]) -> Change<'a> {
    notes.iter().fold(change, |change, (name, value)| change.noting(*name, *value))
}
