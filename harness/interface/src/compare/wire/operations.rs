//! Operations, parameters, bodies, answers and security.

use std::collections::BTreeMap;

use super::walk::{Walk, noted};
use super::{BODY, Direction, HEADER, MEDIA, STATUS};
use crate::diff::Change;
use crate::model::{Fact, Interface};

/// The facts of an operation by kind and by what follows its key.
type Parts<'a> = BTreeMap<(&'a str, &'a str), &'a Fact>;

/// Compares all operations that both have, and says which only one has.
pub(super) fn compare<'a>(old: &'a Interface, new: &'a Interface, walk: &mut Walk<'a>) {
    let of = |interface: &'a Interface, kind: &'static str| {
        interface.facts().iter().filter(move |fact| fact.kind == kind)
    };
    let moved = moved(of(old, "op"), of(new, "op"), old, new);
    for fact in of(old, "op") {
        let now = new.fact("op", &fact.key).or_else(|| moved.get(fact.key.as_str()).copied());
        match now {
            Some(now) => both(old, new, fact, now, walk),
            None => walk.keep(kind(fact), &fact.key, "", Change::between(Some(fact), None)),
        }
    }
    let came_from: Vec<&str> = moved.values().map(|fact| fact.key.as_str()).collect();
    for fact in of(new, "op").filter(|fact| old.fact("op", &fact.key).is_none()) {
        if !came_from.contains(&fact.key.as_str()) {
            walk.keep(kind(fact), &fact.key, "", Change::between(None, Some(fact)));
        }
    }
    for fact in of(old, "export") {
        if new.fact("export", &fact.key).is_some() {
            for direction in [Direction::Request, Direction::Response] {
                walk.schemas(&fact.key, &fact.key, direction, &fact.key);
            }
        } else {
            walk.keep("export", &fact.key, "", Change::between(Some(fact), None));
        }
    }
    for fact in of(new, "export").filter(|fact| old.fact("export", &fact.key).is_none()) {
        walk.keep("export", &fact.key, "", Change::between(None, Some(fact)));
    }
}

/// Operations that are gone from where they were and stand elsewhere under their id.
fn moved<'a>(
    olds: impl Iterator<Item = &'a Fact>,
    news: impl Iterator<Item = &'a Fact>,
    old: &'a Interface,
    new: &'a Interface,
) -> BTreeMap<&'a str, &'a Fact> {
    let id = |fact: &'a Fact| fact.attribute("id").map(|id| (id, fact));
    let gone = olds.filter(|fact| new.fact("op", &fact.key).is_none()).filter_map(id);
    let came: BTreeMap<&str, &Fact> =
        news.filter(|fact| old.fact("op", &fact.key).is_none()).filter_map(id).collect();
    gone.filter_map(|(id, fact)| Some((fact.key.as_str(), *came.get(id)?))).collect()
}

fn both<'a>(old: &'a Interface, new: &'a Interface, before: &'a Fact, after: &'a Fact, walk: &mut Walk<'a>) {
    if before.key == after.key {
        let change =
            Change::between(Some(before), Some(after)).filter(|change| !change.attributes.is_empty());
        walk.keep(kind(before), &before.key, "", change);
    } else {
        let method = |fact: &'a Fact| fact.key.split(' ').next();
        let path = |fact: &'a Fact| fact.key.split(' ').nth(1);
        let what = if path(before) == path(after) { "op-method" } else { "op-moved" };
        let change = Change::between(Some(before), Some(after));
        let verb = if method(before) == method(after) { "same" } else { "other" };
        let change = change.map(|change| noted(change, &[("moved-to", &after.key), ("method", verb)]));
        walk.keep(what, &before.key, "", change);
    }
    let pair = Pair {
        before,
        old: parts(old, &before.key),
        new: parts(new, &after.key),
        reversed: kind(before) == "hook",
    };
    if pair.reversed {
        return pair.content("body", "body", Direction::Response, walk);
    }
    pair.parameters(walk);
    pair.body(walk);
    pair.replies(walk);
    pair.security(walk);
}

/// What the server calls at the client is a hook.
fn kind(fact: &Fact) -> &'static str {
    let path = fact.key.split(' ').nth(1).unwrap_or_default();
    if ["webhook", "callback"].contains(&path) { "hook" } else { "op" }
}

/// All facts whose key is the operation's and more, schemas apart.
fn parts<'a>(interface: &'a Interface, key: &str) -> Parts<'a> {
    let start = format!("{key} ");
    let facts = interface.facts();
    let first = facts.partition_point(|fact| fact.key.as_str() < start.as_str());
    facts[first..]
        .iter()
        .take_while(|fact| fact.key.starts_with(&start))
        .filter(|fact| fact.kind != "schema" && fact.kind != "op")
        .map(|fact| ((&*fact.kind, &fact.key[start.len()..]), fact))
        .collect()
}

/// An operation in two releases.
struct Pair<'a> {
    before: &'a Fact,
    old: Parts<'a>,
    new: Parts<'a>,
    reversed: bool,
}

impl<'a> Pair<'a> {
    fn at(&self) -> &'a str {
        &self.before.key
    }

    fn key(&self, rest: &str) -> String {
        format!("{} {rest}", self.before.key)
    }

    /// Parts of a kind that either has, and both sides of each.
    fn each(&self, kind: &str) -> Vec<(&'a str, Option<&'a Fact>, Option<&'a Fact>)> {
        let names = |parts: &Parts<'a>| {
            parts.keys().filter(|(other, _)| *other == kind).map(|(_, rest)| *rest).collect::<Vec<_>>()
        };
        let mut all = names(&self.old);
        all.extend(names(&self.new));
        all.sort_unstable();
        all.dedup();
        let of = |parts: &Parts<'a>, rest: &'a str| parts.get(&(kind, rest)).copied();
        all.into_iter().map(|rest| (rest, of(&self.old, rest), of(&self.new, rest))).collect()
    }

    fn parameters(&self, walk: &mut Walk<'a>) {
        for (rest, old, new) in self.each("param") {
            let default = new.and_then(|new| default_of(new, walk));
            // A value without parts is written like a list of one.
            let whole =
                |fact: Option<&Fact>| fact.is_some_and(|fact| fact.attribute("parts") == Some("none"));
            let parts = if whole(old) || whole(new) { "written" } else { "parts" };
            let change = changed(old, new, &["required", "written", parts, "deprecated"])
                .map(|change| noted(change, &[("at", self.at())]))
                .map(|change| change.noting("has-default", if default.is_some() { "yes" } else { "no" }));
            walk.keep("param", &self.key(rest), "", change);
            let schema = |fact: Option<&'a Fact>| fact.and_then(|fact| fact.attribute("schema"));
            if let (Some(old), Some(new)) = (schema(old), schema(new)) {
                walk.parameter(old, new, self.at());
            }
        }
    }

    fn body(&self, walk: &mut Walk<'a>) {
        let (old, new) = (self.old.get(&("body", "body")).copied(), self.new.get(&("body", "body")).copied());
        let change = changed(old, new, &["required"]).map(|change| noted(change, &[("at", self.at())]));
        walk.keep(BODY.of(Direction::Request), &self.key("body"), "", change);
        if old.is_some() && new.is_some() {
            self.content("body", "body", Direction::Request, walk);
        }
    }

    fn replies(&self, walk: &mut Walk<'a>) {
        let olds = self.statuses(&self.old);
        let news = self.statuses(&self.new);
        for status in &olds {
            let direction = direction(status, &olds);
            match covering(status, &news, direction) {
                Some(other) => self.reply(status, other, direction, walk),
                None => {
                    let old = self.old.get(&("reply", *status)).copied();
                    let change = Change::between(old, None);
                    self.status(status, direction, change, walk);
                }
            }
        }
        for status in news.iter().filter(|status| !olds.contains(status)) {
            let direction = direction(status, &news);
            match covering(status, &olds, direction) {
                // Before, another description held for it.
                Some(other) => self.reply(other, status, direction, walk),
                None if direction == Direction::Error && olds.contains(&"default") => {}
                None => {
                    let new = self.new.get(&("reply", *status)).copied();
                    self.status(status, direction, Change::between(None, new), walk);
                }
            }
        }
    }

    fn status(&self, status: &str, direction: Direction, change: Option<Change<'a>>, walk: &mut Walk<'a>) {
        let change = change.map(|change| noted(change, &[("at", self.at()), ("status", status)]));
        walk.keep(STATUS.of(direction), &self.key(status), "", change);
    }

    fn statuses(&self, parts: &Parts<'a>) -> Vec<&'a str> {
        parts.keys().filter(|(kind, _)| *kind == "reply").map(|(_, status)| *status).collect()
    }

    fn reply(&self, old: &str, new: &str, direction: Direction, walk: &mut Walk<'a>) {
        self.content(old, new, direction, walk);
        let (olds, news) = (self.below("header", old, &self.old), self.below("header", new, &self.new));
        for (name, fact) in &olds {
            let now = news.get(name).copied();
            let change =
                changed(Some(*fact), now, &["required"]).map(|change| noted(change, &[("at", self.at())]));
            walk.keep(HEADER.of(direction), &self.key(&format!("{old} {name}")), "", change);
            if let Some(now) = now {
                schemas(fact, now, direction, self.at(), walk);
            }
        }
        for (name, fact) in news.iter().filter(|(name, _)| !olds.contains_key(*name)) {
            let change = Change::between(None, Some(*fact)).map(|change| noted(change, &[("at", self.at())]));
            walk.keep(HEADER.of(direction), &self.key(&format!("{old} {name}")), "", change);
        }
    }

    /// Facts of a kind below a part of the operation, by what follows that part.
    fn below(&self, kind: &str, part: &str, parts: &Parts<'a>) -> BTreeMap<&'a str, &'a Fact> {
        let rest = |rest: &'a str| rest.strip_prefix(part)?.strip_prefix(' ');
        let of_kind = parts.iter().filter(|((other, _), _)| *other == kind);
        of_kind.filter_map(|((_, key), fact)| Some((rest(key)?, *fact))).collect()
    }

    /// Media types of a body or an answer.
    fn content(&self, old: &str, new: &str, direction: Direction, walk: &mut Walk<'a>) {
        let (olds, news) = (self.below("media", old, &self.old), self.below("media", new, &self.new));
        if olds.is_empty() && news.is_empty() {
            return;
        }
        let empty = if olds.is_empty() { "yes" } else { "no" };
        for (media, fact) in &olds {
            match media_covering(media, &news) {
                Some(now) => {
                    let change = changed(Some(*fact), Some(now), &["encoding"]);
                    let change = change.map(|change| noted(change, &[("at", self.at())]));
                    walk.keep(MEDIA.of(direction), &self.key(&format!("{old} {media}")), "encoding", change);
                    schemas(fact, now, direction, self.at(), walk);
                }
                None => self.media(old, media, direction, Change::between(Some(*fact), None), walk),
            }
        }
        for (media, fact) in &news {
            if media_covering(media, &olds).is_none() && !covers_any(media, &olds) {
                let change =
                    Change::between(None, Some(*fact)).map(|change| noted(change, &[("first", empty)]));
                self.media(old, media, direction, change, walk);
            }
        }
    }

    fn media(
        &self,
        part: &str,
        media: &str,
        direction: Direction,
        change: Option<Change<'a>>,
        walk: &mut Walk<'a>,
    ) {
        let change = change.map(|change| noted(change, &[("at", self.at())]));
        walk.keep(MEDIA.of(direction), &self.key(&format!("{part} {media}")), "", change);
    }

    fn security(&self, walk: &mut Walk<'a>) {
        let all = self.each("security");
        let anybody = |parts: &Parts<'a>| {
            let mut asked = parts.keys().filter(|(kind, _)| *kind == "security").peekable();
            asked.peek().is_none() || asked.any(|(_, name)| *name == "security nobody")
        };
        let open = (anybody(&self.old), anybody(&self.new));
        for (rest, old, new) in &all {
            if *rest == "security nobody" && open == (true, true) {
                continue;
            }
            let (before, after) =
                (if open.0 { "nobody" } else { "somebody" }, if open.1 { "nobody" } else { "somebody" });
            let notes = [("at", self.at()), ("before", before), ("after", after)];
            let change = changed(*old, *new, &["scopes"]).map(|change| noted(change, &notes));
            walk.keep("security", &self.key(rest), "", change);
        }
    }
}

/// A change of those attributes; an addition or a removal.
fn changed<'a>(old: Option<&'a Fact>, new: Option<&'a Fact>, names: &[&str]) -> Option<Change<'a>> {
    let mut change = Change::between(old, new)?;
    change.attributes.retain(|attribute| names.contains(&attribute.name));
    let differs = old.is_none() || new.is_none() || !change.attributes.is_empty();
    differs.then_some(change)
}

/// Compares the schemas of two parts.
fn schemas<'a>(old: &'a Fact, new: &'a Fact, direction: Direction, at: &'a str, walk: &mut Walk<'a>) {
    if let (Some(old), Some(new)) = (old.attribute("schema"), new.attribute("schema")) {
        walk.schemas(old, new, direction, at);
    }
}

fn default_of<'a>(parameter: &'a Fact, walk: &Walk<'a>) -> Option<&'a str> {
    let place = walk.new.place(parameter.attribute("schema")?)?;
    walk.new.resolve(place).default
}

/// What a status is for a client.
fn direction(status: &str, all: &[&str]) -> Direction {
    let alone = !all.iter().any(|other| other.starts_with(['1', '2', '3']));
    match status.as_bytes().first() {
        Some(b'4' | b'5') => Direction::Error,
        Some(b'd') if !alone => Direction::Error,
        _ => Direction::Response,
    }
}

/// The status of a list that holds for a status: itself, its range, or the one for all others; that one says nothing of
/// what is wrong.
fn covering<'b>(status: &str, among: &[&'b str], direction: Direction) -> Option<&'b str> {
    let range = format!("{}XX", status.chars().next().unwrap_or_default());
    let find = |wanted: &str| among.iter().copied().find(|other| *other == wanted);
    let others = if direction == Direction::Error && status != "default" { None } else { find("default") };
    find(status).or_else(|| find(&range)).or(others)
}

/// The entry that a media type falls under: itself, its family, any.
fn media_covering<'a>(media: &str, among: &BTreeMap<&'a str, &'a Fact>) -> Option<&'a Fact> {
    let family = format!("{}/*", media.split('/').next().unwrap_or_default());
    let find = |wanted: &str| among.get(wanted).copied();
    find(media).or_else(|| find(&family)).or_else(|| find("*/*"))
}

/// Whether a range is new that only one of its members stood for.
fn covers_any(media: &str, among: &BTreeMap<&str, &Fact>) -> bool {
    let Some(family) = media.strip_suffix('*') else { return false };
    among.keys().any(|other| family == "*/" || other.starts_with(family))
}
