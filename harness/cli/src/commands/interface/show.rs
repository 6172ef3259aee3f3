//! What is printed of a verdict, and of rules.

use std::fmt::Write as _;

use plumbline::report::Colors as Painted;
use plumbline_interface::report::terminal::{Colors, Look};
use plumbline_interface::report::{Report, json, junit, markdown, terminal};
use plumbline_interface::rules::{Expect, Form};
use plumbline_interface::{Catalogue, Level, Rule};

use crate::args::interface::{ShowArgs, VerdictFormat};
use crate::ending::{CommandError, Ending};
use crate::output::{Output, Verbosity};

/// So many rules are suggested.
const SUGGESTED: usize = 5;

/// Prints a verdict, and says what it amounts to.
pub(super) fn report(report: &Report, show: ShowArgs, output: &Output) -> Result<Ending, CommandError> {
    let catalogue = Catalogue::ours();
    let text = match show.format {
        VerdictFormat::Terminal => terminal::render(report, catalogue, look(output)),
        VerdictFormat::Json => json::render(report, catalogue),
        VerdictFormat::Junit => junit::render(report, catalogue).map_err(CommandError::Junit)?,
        VerdictFormat::Markdown => markdown::render(report, catalogue),
    };
    output.data(&text);
    Ok(if report.breaks() { Ending::Fails } else { Ending::Well })
}

fn look(output: &Output) -> Look {
    let colors = match output.style().colors {
        Painted::On => Colors::On,
        Painted::Off => Colors::Off,
    };
    match output.verbosity {
        Verbosity::Quiet => Look { colors, from: Level::Breaking, findings: 1 },
        Verbosity::Normal => Look { colors, ..Look::PLAIN },
        Verbosity::Verbose => Look { colors, from: Level::Info, findings: usize::MAX },
    }
}

/// Prints one rule, or all of them.
pub(super) fn explain(rule: Option<&str>, output: &Output) -> Result<Ending, CommandError> {
    let rules = Catalogue::ours().rules();
    let Some(id) = rule else {
        let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
        rules.iter().for_each(|rule| output.data(&format!("{:width$}  {}\n", rule.id, rule.reason)));
        return Ok(Ending::Well);
    };
    let rule = Catalogue::ours().rule(id).ok_or_else(|| unknown(id, rules))?;
    output.data(&text(rule));
    Ok(Ending::Well)
}

fn text(rule: &Rule) -> String {
    let levels = rule.levels.iter().map(|(lane, level)| format!("{lane}  {level}"));
    let mut text = format!(
        "{}\n\n{}\n\n{}\n\n{}\n\n{}\n\nhelp: {}\n",
        rule.id,
        rule.reason,
        "levels, by lane:",
        levels.map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n"),
        rule.explanation,
        rule.advice
    );
    for fixture in &rule.fixtures {
        let what = match (fixture.expect, fixture.form) {
            (Expect::Notice, Form::Source) => "noticed",
            (Expect::Notice, Form::Interface) => "noticed, as facts",
            (Expect::Silence, _) => "not noticed",
        };
        let side = |side: &str| side.lines().map(|line| format!("    {line}\n")).collect::<String>();
        write!(text, "\n{what}:\n  old\n{}  new\n{}", side(&fixture.old), side(&fixture.new))
            .expect("a string takes whatever is written to it");
    }
    text
}

fn unknown(id: &str, rules: &[Rule]) -> CommandError {
    // Who misspells an id mostly begins it right.
    let alike = |rule: &Rule| {
        rule.id.chars().zip(id.to_uppercase().chars()).take_while(|(one, other)| one == other).count()
    };
    let mut near: Vec<&Rule> = rules.iter().filter(|rule| alike(rule) > 1).collect();
    near.sort_by_key(|rule| std::cmp::Reverse(alike(rule)));
    let near =
        near.iter().take(SUGGESTED).map(|rule| format!("`{}`", rule.id)).collect::<Vec<_>>().join(", ");
    let near = if near.is_empty() {
        "`plumbline interface explain` lists all".to_owned()
    } else {
        format!("there are {near}")
    };
    CommandError::UnknownRule { id: id.to_owned(), near }
}
