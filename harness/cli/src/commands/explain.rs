//! `plumbline explain`: what a scenario requires, why, and how it is written.

use plumbline::Suite;
use plumbline::case::Level;
use plumbline::scenario::Scenario;

use super::scenarios::load;
use crate::ending::{CommandError, Ending};
use crate::output::Output;

/// So many ids are suggested.
const SUGGESTED: usize = 5;

pub(super) fn explain(id: &str, output: &Output) -> Result<Ending, CommandError> {
    let suite = load(None)?;
    let name = id.split('@').next().unwrap_or(id);
    let scenario = suite.scenarios().iter().find(|scenario| scenario.id() == name);
    let scenario = scenario.ok_or_else(|| unknown(id, &suite))?;
    output.data(&text(scenario, &suite));
    Ok(Ending::Well)
}

fn text(scenario: &Scenario, suite: &Suite) -> String {
    let level = match scenario.level() {
        Level::Must => "must: a client that breaks it does not conform",
        Level::Should => "should: a client that breaks it conforms, but hurts its users",
    };
    let revisions: Vec<String> =
        scenario.revisions().iter().map(|revision| format!("{revision:?}")).collect();
    let cases = suite.cases_of(scenario.id());
    let ids: Vec<_> = cases.iter().map(|planned| planned.case.id.as_str()).collect();
    let needs = cases.iter().flat_map(|planned| planned.needs.capabilities.iter().copied());
    let needs: std::collections::BTreeSet<_> = needs.collect();
    let needs: Vec<String> = needs
        .iter()
        .map(|capability| serde_json::to_string(capability).unwrap_or_default().trim_matches('"').to_owned())
        .collect();
    let source = scenario.source();
    format!(
        "{}\n\n{}\n\nlevel      {level}\nsource     {}\nrevisions  {}\ncases      {}\nneeds      {}\n\n{}\n{}",
        scenario.id(),
        scenario.requirement(),
        scenario.authority(),
        revisions.join(", "),
        ids.join("\n           "),
        needs.join(", "),
        source.file,
        numbered(&source.text),
    )
}

fn numbered(text: &str) -> String {
    text.lines().zip(1..).map(|(line, number)| format!("{number:>4} │ {line}\n")).collect()
}

fn unknown(id: &str, suite: &Suite) -> CommandError {
    let last = id.rsplit('/').next().unwrap_or(id);
    let folder = id.split('/').next().unwrap_or(id);
    let ids = suite.scenarios().iter().map(|scenario| scenario.id());
    let mut near: Vec<&str> = ids.clone().filter(|other| other.contains(last)).collect();
    near.extend(ids.filter(|other| other.starts_with(folder) && !other.contains(last)));
    let near = near.into_iter().take(SUGGESTED).map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    let near = (!near.is_empty()).then(|| format!("there are {near}"));
    CommandError::UnknownCase { id: id.to_owned(), near }
}
