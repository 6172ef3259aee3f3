//! A rule's file, read into a rule that cannot be wrong.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Condition, Expect, Fixture, Form, Group, Lane, Level, Levels, Match, Rule, Side, Test};
use crate::diff::What;
use crate::model::Language;

/// The files that come with Plumbline.
pub(super) const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// Why a rule's file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct RuleError {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub problem: RuleProblem,
}

/// What can be wrong with a rule's file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuleProblem {
    /// It is no TOML, or says something unknown.
    #[error(transparent)]
    Toml(#[from] toml::de::Error),
    /// The path is not `rules/GROUP/ID.toml`.
    #[error(
        "expected a path `rules/GROUP/ID.toml` of the groups `go`, `dep`, `rust`, `wire`, `messages`, `behaviour` and `policy`"
    )]
    Path,
    /// The id is not the file's name.
    #[error("expected the id `{0}`, as the file is called")]
    Id(String),
    /// Something is none of a closed list.
    #[error("expected {expected}, found `{found}`")]
    Unknown {
        /// What would be right.
        expected: &'static str,
        /// What is written.
        found: String,
    },
    /// No such language.
    #[error(transparent)]
    Language(#[from] crate::model::UnknownLanguage),
    /// A text is empty or runs over several lines.
    #[error("expected `{0}` to be one line of text, without a full stop")]
    Line(&'static str),
    /// A condition does not look anywhere, or tests nothing.
    #[error("expected one of `old`, `new`, `note` and `change`, and one test, in each condition of `when`")]
    Condition,
    /// Nothing is said about whom it hurts.
    #[error("expected a level in `[level]` for one lane at least")]
    Levels,
    /// It would match changes that are none.
    #[error("`attribute` is only for `change = \"changed\"`")]
    Attribute,
    /// It would match nothing.
    #[error("expected one sort of fact at least in `kind`")]
    Kinds,
    /// Nothing shows that it works.
    #[error("expected a `[[fixture]]` that it must notice")]
    NoFixture,
    /// Two files have one id.
    #[error("there is another rule of this id")]
    Twice,
    /// It supersedes no rule.
    #[error("it supersedes `{0}`, which is no rule")]
    Supersedes(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RuleFile {
    id: String,
    reason: String,
    explanation: String,
    advice: String,
    #[serde(default)]
    supersedes: Vec<String>,
    level: BTreeMap<String, String>,
    #[serde(default)]
    r#match: Vec<MatchFile>,
    #[serde(default)]
    fixture: Vec<FixtureFile>,
    #[serde(default)]
    quiet: Vec<FixtureFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MatchFile {
    #[serde(default)]
    language: Vec<String>,
    kind: Vec<String>,
    change: String,
    #[serde(default)]
    attribute: Vec<String>,
    #[serde(default)]
    when: Vec<ConditionFile>,
    level: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ConditionFile {
    old: Option<String>,
    new: Option<String>,
    note: Option<String>,
    change: Option<String>,
    is: Option<String>,
    is_not: Option<String>,
    among: Option<Vec<String>>,
    not_among: Option<Vec<String>>,
    present: Option<bool>,
    starts_with: Option<String>,
    contains: Option<String>,
    does: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FixtureFile {
    language: Option<String>,
    form: Option<String>,
    old: String,
    new: String,
}

/// Reads one file.
pub(super) fn rule(path: &str, text: &str) -> Result<Rule, RuleError> {
    read(path, text).map_err(|problem| RuleError { file: path.to_owned(), problem })
}

/// What holds between rules, which are sorted by id.
pub(super) fn consistent(rules: &[Rule]) -> Result<(), RuleError> {
    let wrong = |rule: &Rule, problem| {
        Err(RuleError { file: format!("rules/{}/{}.toml", rule.group, rule.id), problem })
    };
    if let Some(pair) = rules.windows(2).find(|pair| pair[0].id == pair[1].id) {
        return wrong(&pair[1], RuleProblem::Twice);
    }
    for rule in rules {
        let known = |id: &String| rules.binary_search_by(|rule| rule.id.cmp(id)).is_ok();
        if let Some(id) = rule.supersedes.iter().find(|id| !known(id)) {
            return wrong(rule, RuleProblem::Supersedes(id.clone()));
        }
    }
    Ok(())
}

fn read(path: &str, text: &str) -> Result<Rule, RuleProblem> {
    let (group, name) = place(path).ok_or(RuleProblem::Path)?;
    let file: RuleFile = toml::from_str(text)?;
    if file.id != name {
        return Err(RuleProblem::Id(name.to_owned()));
    }
    let levels = levels(&file.level)?;
    if levels.is_empty() {
        return Err(RuleProblem::Levels);
    }
    let matches = file.r#match.into_iter().map(|it| matching(it, group)).collect::<Result<Vec<_>, _>>()?;
    let noticed = file.fixture.into_iter().map(|it| fixture(it, group, Expect::Notice));
    let silent = file.quiet.into_iter().map(|it| fixture(it, group, Expect::Silence));
    let fixtures = noticed.chain(silent).collect::<Result<Vec<_>, _>>()?;
    if !matches.is_empty() && !fixtures.iter().any(|fixture| fixture.expect == Expect::Notice) {
        return Err(RuleProblem::NoFixture);
    }
    Ok(Rule {
        id: file.id,
        group,
        levels,
        reason: one_line(file.reason, "reason")?,
        explanation: file.explanation.trim().to_owned(),
        advice: one_line(file.advice, "advice")?,
        supersedes: file.supersedes,
        matches,
        fixtures,
    })
}

fn place(path: &str) -> Option<(Group, &str)> {
    let (group, file) = path.strip_prefix("rules/")?.split_once('/')?;
    Some((Group::named(group)?, file.strip_suffix(".toml")?))
}

fn one_line(text: String, name: &'static str) -> Result<String, RuleProblem> {
    let fine = !text.trim().is_empty() && !text.contains('\n') && !text.ends_with('.');
    if fine { Ok(text) } else { Err(RuleProblem::Line(name)) }
}

fn levels(written: &BTreeMap<String, String>) -> Result<Levels, RuleProblem> {
    let level = |(lane, level): (&String, &String)| {
        let lane = Lane::named(lane).ok_or_else(|| RuleProblem::Unknown {
            expected: "a lane (`go-src`, `go-impl`, `rust-src`, `rust-impl`, `wire-old-client`, \
                       `wire-new-client`, `behaviour`, `policy`)",
            found: lane.clone(),
        })?;
        let level = Level::named(level).ok_or_else(|| RuleProblem::Unknown {
            expected: "a level (`breaking`, `risky`, `deprecated`, `compatible`, `info`)",
            found: level.clone(),
        })?;
        Ok((lane, level))
    };
    written.iter().map(level).collect()
}

fn matching(file: MatchFile, group: Group) -> Result<Match, RuleProblem> {
    let what = What::named(&file.change)
        .ok_or(RuleProblem::Unknown { expected: "`added`, `removed` or `changed`", found: file.change })?;
    if file.kind.is_empty() {
        return Err(RuleProblem::Kinds);
    }
    if what != What::Changed && !file.attribute.is_empty() {
        return Err(RuleProblem::Attribute);
    }
    let languages = match file.language.is_empty() {
        true => languages(group).to_vec(),
        false => file.language.iter().map(|name| language(name)).collect::<Result<_, _>>()?,
    };
    Ok(Match {
        languages,
        kinds: file.kind,
        what,
        attributes: file.attribute,
        when: file.when.into_iter().map(condition).collect::<Result<_, _>>()?,
        levels: file.level.as_ref().map(levels).transpose()?,
    })
}

/// The languages that a group is about when a rule does not say.
fn languages(group: Group) -> &'static [Language] {
    match group {
        Group::Go => &[Language::Go],
        Group::Dependencies => &[Language::Go, Language::Rust],
        Group::Rust => &[Language::Rust],
        Group::Wire => &[Language::OpenApi],
        Group::Messages => &[Language::JsonSchema],
        Group::Behaviour => &[Language::Behaviour],
        Group::Policy => &Language::ALL,
    }
}

fn language(name: &str) -> Result<Language, RuleProblem> {
    Ok(name.parse()?)
}

fn condition(file: ConditionFile) -> Result<Condition, RuleProblem> {
    let mut places =
        [(Side::Old, file.old), (Side::New, file.new), (Side::Note, file.note), (Side::Change, file.change)]
            .into_iter()
            .filter_map(|(side, name)| name.map(|name| (side, name)));
    let mut tests = [
        file.is.map(|value| Test::Among(vec![value])),
        file.is_not.map(|value| Test::NotAmong(vec![value])),
        file.among.map(Test::Among),
        file.not_among.map(Test::NotAmong),
        file.present.map(|present| if present { Test::Present } else { Test::Absent }),
        file.starts_with.map(Test::StartsWith),
        file.contains.map(Test::Contains),
        file.does.as_deref().map(does).transpose()?,
    ]
    .into_iter()
    .flatten();
    let (Some((of, name)), None, Some(test), None) =
        (places.next(), places.next(), tests.next(), tests.next())
    else {
        return Err(RuleProblem::Condition);
    };
    let compares = matches!(test, Test::Increases | Test::Decreases | Test::Gains | Test::Loses);
    if compares != (of == Side::Change) {
        return Err(RuleProblem::Condition);
    }
    Ok(Condition { of, name, test })
}

fn does(word: &str) -> Result<Test, RuleProblem> {
    match word {
        "increase" => Ok(Test::Increases),
        "decrease" => Ok(Test::Decreases),
        "gain" => Ok(Test::Gains),
        "lose" => Ok(Test::Loses),
        _ => Err(RuleProblem::Unknown {
            expected: "`increase`, `decrease`, `gain` or `lose`",
            found: word.to_owned(),
        }),
    }
}

fn fixture(file: FixtureFile, group: Group, expect: Expect) -> Result<Fixture, RuleProblem> {
    let language = match &file.language {
        Some(name) => language(name)?,
        None => languages(group)[0],
    };
    let form = match file.form.as_deref() {
        None | Some("source") => Form::Source,
        Some("interface") => Form::Interface,
        Some(other) => {
            return Err(RuleProblem::Unknown {
                expected: "`source` or `interface`",
                found: other.to_owned(),
            });
        }
    };
    Ok(Fixture { language, form, old: file.old, new: file.new, expect })
}
