//! Reads a sequence from its file.
//!
//! Its steps are those of scenarios, without expectations, and what goes wrong in them stands beside them:
//!
//! ```yaml
//! steps:
//!   - converge: identity.references.add
//!     resource: { like: cluster, name: 00000000-0000-4000-8000-000000000001 }
//! faults:
//!   - { step: 1, fault: applied-and-reset, request: 1 }
//! ```

use std::sync::{Arc, OnceLock};

use super::moves::ATTEMPTS;
use crate::case::Level;
use crate::fault::{Row, rows};
use crate::plan::cases_of;
use crate::play::Mishap;
use crate::scenario::lint::lint_steps;
use crate::scenario::load::{embedded_fixtures, tree};
use crate::scenario::node::{Kind, Node};
use crate::scenario::problem::{InvalidFile, Problem, Source, suggest};
use crate::scenario::read::{At, Fields, Problems, Word as _, items, text};
use crate::scenario::setup::{ServerSetup, Setup};
use crate::scenario::step::{self, Action, Step};
use crate::scenario::{Fixtures, Revision, Scenario};

use super::SequenceCase;

/// What is required of a client in any sequence.
const REQUIREMENT: &str = "Whatever goes wrong, references and allocations are in the end what the client said they are, because \
                           nothing else lets go of them.";

/// Reads a sequence.
pub(super) fn read(id: &str, file: &str, text: &str) -> Result<SequenceCase, InvalidFile> {
    let source = Source { file: file.to_owned(), text: text.into() };
    let node = tree(&source)?;
    let mut problems = Vec::new();
    let read = sequence(id, &source, &node, &mut problems);
    if let Some((scenario, _)) = read.as_ref().filter(|_| problems.is_empty()) {
        problems = lint_steps(scenario, &fixtures());
    }
    let Some((scenario, mishaps)) = read.filter(|_| problems.is_empty()) else {
        return Err(InvalidFile::new(&source, problems));
    };
    let base = cases_of(&Arc::new(scenario), &fixtures()).pop().expect("a scenario without axes is one case");
    Ok(SequenceCase { base: Arc::new(base), mishaps, text: source.text })
}

fn fixtures() -> Arc<Fixtures> {
    static SHARED: OnceLock<Arc<Fixtures>> = OnceLock::new();
    Arc::clone(SHARED.get_or_init(|| Arc::new(embedded_fixtures().clone())))
}

fn sequence(
    id: &str,
    source: &Source,
    node: &Node,
    problems: &mut Problems,
) -> Option<(Scenario, Vec<Mishap>)> {
    let mut fields = Fields::of(node, "a sequence", problems)?;
    let contract = fields.word("contract", problems);
    let steps = fields.required("steps", problems).map(|node| steps(node, problems))?;
    let faults = fields
        .node("faults")
        .map(|node| items(node, problems, |node, problems| mishap(node, &steps, problems)));
    fields.finish(problems);
    let scenario = Scenario {
        id: id.to_owned(),
        source: source.clone(),
        requirement: REQUIREMENT.to_owned(),
        level: Level::Must,
        authority: "identity-region §5, §6".to_owned(),
        revisions: Revision::WORDS.iter().map(|(_, revision)| *revision).collect(),
        apis: Vec::new(),
        keys: Vec::new(),
        requires: Vec::new(),
        waives: Vec::new(),
        shows: Vec::new(),
        kills: Vec::new(),
        setup: Setup { server: ServerSetup { contract, ..ServerSetup::default() }, ..Setup::default() },
        steps,
    };
    Some((scenario, faults.unwrap_or_default()))
}

fn steps(node: &Node, problems: &mut Problems) -> Vec<Step> {
    if !matches!(&node.kind, Kind::List(items) if !items.is_empty()) {
        problems
            .push(Problem::new(&node.span, "a sequence has one step or more").help("a list under `steps:`"));
        return Vec::new();
    }
    let steps = items(node, problems, step::read);
    for step in &steps {
        if step.expect != Default::default() {
            let message = "a step of a sequence expects nothing";
            problems.push(Problem::new(&step.span, message).help("what must hold of any history is judged"));
        }
        if matches!(&step.action, Action::Call(call) if !call.answer.is_empty()) {
            let message = "what goes wrong in a sequence stands under `faults`";
            problems.push(Problem::new(&step.span, message).help("`plumbline faults plan` lists them"));
        }
        if matches!(&step.action, Action::Call(call) if call.attempts.is_some_and(|number| number > ATTEMPTS))
        {
            let message = format!("a lifecycle of a sequence tries {ATTEMPTS} times at most");
            problems.push(Problem::new(&step.span, message).help(format!("`attempts: {ATTEMPTS}`")));
        }
    }
    steps
}

fn mishap(node: &Node, steps: &[Step], problems: &mut Problems) -> Option<Mishap> {
    let mut fields = Fields::of(node, "a fault of a step", problems)?;
    let step = fields.number("step", problems);
    let row = fields.required("fault", problems).and_then(|node| row(node, problems));
    let places = ["request", "connection", "store"];
    let found: Vec<(&str, At<u64>)> =
        places.iter().filter_map(|name| Some((*name, fields.number(name, problems)?))).collect();
    let span = fields.span().clone();
    fields.finish(problems);
    let (step, row) = (
        step.or_else(|| {
            problems.push(Problem::new(&span, "a fault of a step lacks `step`"));
            None
        })?,
        row?,
    );
    let called = usize::try_from(step.value).ok().and_then(|number| number.checked_sub(1));
    let called =
        called.filter(|place| steps.get(*place).is_some_and(|step| matches!(step.action, Action::Call(_))));
    if called.is_none() {
        let message = format!("step {} calls nothing", step.value);
        problems.push(Problem::new(&step.span, message).help("steps are counted from 1"));
    }
    let wanted = row.place().name();
    let [(name, nth)] = found.as_slice() else {
        let message = format!("a fault of a step is at one place: `{wanted}: 1`");
        problems.push(Problem::new(&span, message));
        return None;
    };
    if *name != wanted {
        let message = format!("`{}` is not put at a {name}", row.name);
        problems.push(Problem::new(&nth.span, message).help(format!("`{wanted}: {}`", nth.value)));
    }
    if nth.value == 0 {
        problems.push(Problem::new(&nth.span, format!("there is no {name} 0")).help("the first is 1"));
    }
    Some(Mishap { step: called?, row, nth: nth.value })
}

fn row(node: &Node, problems: &mut Problems) -> Option<Arc<Row>> {
    let name = text(node, problems)?;
    let row = rows().iter().find(|row| row.name == name.value);
    if row.is_none() {
        let known = rows().iter().map(|row| row.name.as_str());
        let message = format!("there is no fault `{}`", name.value);
        problems.push(Problem::new(&name.span, message).help(suggest(&name.value, known)));
    }
    row.map(Arc::clone)
}
