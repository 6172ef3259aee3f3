//! A scenario.

use std::collections::BTreeSet;

use plumbline_fake_server::exchange::Service;
use plumbline_protocol::Capability;

use super::node::{Kind, Node};
use super::problem::{Problem, Source};
use super::read::{At, Fields, Problems, Word, items, text, word};
use super::setup::{self, Setup};
use super::step::{self, Step};
use super::words::{Key, Revision};
use crate::case::Level;

/// One scenario, as its file says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    pub(crate) id: String,
    pub(crate) source: Source,
    pub(crate) requirement: String,
    pub(crate) level: Level,
    pub(crate) authority: String,
    pub(crate) revisions: BTreeSet<Revision>,
    pub(crate) apis: Vec<At<Service>>,
    pub(crate) keys: Vec<At<Key>>,
    pub(crate) requires: Vec<At<Capability>>,
    pub(crate) waives: Vec<At<String>>,
    /// The known defects of the services that it rests on, by their ids: without them it cannot be played.
    pub(crate) shows: Vec<At<String>>,
    pub(crate) kills: Vec<At<String>>,
    pub(crate) setup: Setup,
    pub(crate) steps: Vec<Step>,
}

impl Scenario {
    /// Its stable name: the path of its file without the ending.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The folder it belongs to.
    #[must_use]
    pub fn suite(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }

    /// What a client must do and why, in one sentence.
    #[must_use]
    pub fn requirement(&self) -> &str {
        &self.requirement
    }

    /// How binding it is.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Where the requirement comes from.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The revisions of the contract that it holds for.
    #[must_use]
    pub fn revisions(&self) -> &BTreeSet<Revision> {
        &self.revisions
    }

    /// The mutants that it is meant to notice. Which mutants there are is not known here.
    pub fn kills(&self) -> impl Iterator<Item = &str> {
        self.kills.iter().map(|at| at.value.as_str())
    }

    /// Its file and text.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }
}

/// Reads a whole file.
pub(super) fn read(id: &str, source: &Source, node: &Node, problems: &mut Problems) -> Option<Scenario> {
    let mut fields = Fields::of(node, "a scenario", problems)?;
    let requirement = fields.required("requirement", problems).and_then(|node| text(node, problems));
    let level = fields.required("level", problems).and_then(|node| word(node, problems));
    let authority = fields.required("source", problems).and_then(|node| text(node, problems));
    let revisions: Vec<At<Revision>> = list(&mut fields, "revisions", problems);
    let apis = list(&mut fields, "apis", problems);
    let keys = list(&mut fields, "keys", problems);
    let requires = list(&mut fields, "requires", problems);
    let waives = fields.node("waives").map(|node| items(node, problems, text)).unwrap_or_default();
    let shows = fields.node("shows").map(|node| items(node, problems, text)).unwrap_or_default();
    let kills = fields.node("kills").map(|node| items(node, problems, text)).unwrap_or_default();
    let setup = fields.node("setup").map(|node| setup::read(node, problems)).unwrap_or_default();
    let steps = fields.required("steps", problems).map(|node| steps(node, problems));
    fields.finish(problems);
    Some(Scenario {
        id: id.to_owned(),
        source: source.clone(),
        requirement: requirement?.value,
        level: level?.value,
        authority: authority?.value,
        revisions: revisions_or_all(&revisions),
        apis,
        keys,
        requires,
        waives,
        shows,
        kills,
        setup,
        steps: steps?,
    })
}

fn list<W: Word>(fields: &mut Fields<'_>, name: &'static str, problems: &mut Problems) -> Vec<At<W>> {
    fields.node(name).map(|node| items(node, problems, word)).unwrap_or_default()
}

fn revisions_or_all(named: &[At<Revision>]) -> BTreeSet<Revision> {
    let all = Revision::WORDS.iter().map(|(_, revision)| *revision);
    if named.is_empty() { all.collect() } else { named.iter().map(|at| at.value).collect() }
}

fn steps(node: &Node, problems: &mut Problems) -> Vec<Step> {
    if !matches!(&node.kind, Kind::List(items) if !items.is_empty()) {
        problems
            .push(Problem::new(&node.span, "a scenario has one step or more").help("a list under `steps:`"));
        return Vec::new();
    }
    items(node, problems, step::read)
}
