//! A consumer of each release, compiled as users compile: without a network, without leave for anything unstable.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use super::{Lines, Setting, Use, spell};
use crate::extract::ExtractError;
use crate::extract::rust::cargo::{Other, Release, Selection, flags, resolve, write};
use crate::extract::rust::line;
use crate::model::Interface;
use crate::source::SourceError;
use crate::witness::stub::library;

/// A compiler rejects some things before it looks at others, so that it is asked again without them.
const MOST_ROUNDS: usize = 24;

/// What the compiler says of a use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It compiles against its own release and not against the other, which says why.
    Confirmed(String),
    /// It compiles against both.
    Harmless,
    /// It does not compile against its own release: our mistake.
    Unsound(String),
}

/// A release, with the features in which it is used.
#[derive(Debug, Clone)]
pub struct Side {
    /// The crate.
    pub release: Release,
    /// The features.
    pub selection: Selection,
}

/// Compiles uses of a release against it and against another one, whose facts are beside them.
pub fn check(
    (old, before): (&Interface, &Side),
    (new, now): (&Interface, &Side),
    uses: &[Use],
) -> Result<Vec<Outcome>, ExtractError> {
    let mut outcomes = vec![Outcome::Harmless; uses.len()];
    for setting in [Setting::Compared, Setting::Usual] {
        let own: Vec<usize> = (0..uses.len()).filter(|number| uses[*number].setting == setting).collect();
        if own.is_empty() {
            continue;
        }
        let some: Vec<&Use> = own.iter().map(|number| &uses[*number]).collect();
        let (before, now) = (in_setting(before, &setting), in_setting(now, &setting));
        for (number, outcome) in own.into_iter().zip(compiled((old, &before), (new, &now), &some)?) {
            outcomes[number] = outcome;
        }
    }
    for (outcome, it) in outcomes.iter_mut().zip(uses) {
        if let Setting::Manifest { feature, brings } = &it.setting {
            *outcome =
                match (enables(before, feature, brings.as_deref()), enables(now, feature, brings.as_deref()))
                {
                    (Err(said), _) => Outcome::Unsound(said),
                    (Ok(()), Err(said)) => Outcome::Confirmed(said),
                    (Ok(()), Ok(())) => Outcome::Harmless,
                };
        }
    }
    Ok(outcomes)
}

/// Uses of a release as code can have them from outside, which of them its compiler rejects, and why; and the manifest
/// with which anybody can compile them.
pub(super) fn sound(of: &Interface, side: &Side, uses: &[&str]) -> Result<Spelled, ExtractError> {
    let others = others(of, side, &[], uses)?;
    let manifest = side.release.published(&side.selection, &others);
    let consumer = Consumer { side, purpose: "stubs", others };
    let mut code = consumer.spelled(uses)?;
    let rejected = consumer.sound(&mut code)?;
    Ok(Spelled { code, rejected, manifest })
}

/// Uses as they are written once it is known what can be had from outside.
pub(super) struct Spelled {
    pub(super) code: Vec<String>,
    pub(super) rejected: BTreeMap<usize, String>,
    pub(super) manifest: String,
}

/// Modules that do not compile against a release, by their number, with the reason. They are of a release whose facts are
/// given, so that they have the lines of other crates that it had.
pub(super) fn broken(
    of: &Interface,
    side: &Side,
    modules: &[String],
) -> Result<BTreeMap<usize, String>, ExtractError> {
    let code: Vec<&str> = modules.iter().map(String::as_str).collect();
    let consumer = Consumer { side, purpose: "stubs", others: others(of, side, &[], &code)? };
    consumer.rejected(modules, &(0..modules.len()).collect::<Vec<_>>())
}

fn in_setting(side: &Side, setting: &Setting) -> Side {
    let selection = match setting {
        Setting::Usual => side.release.usual(),
        Setting::Compared | Setting::Manifest { .. } => side.selection.clone(),
    };
    Side { release: side.release.clone(), selection }
}

fn compiled(
    (old, before): (&Interface, &Side),
    (new, now): (&Interface, &Side),
    uses: &[&Use],
) -> Result<Vec<Outcome>, ExtractError> {
    let texts: Vec<&str> = uses.iter().map(|it| it.code.as_str()).collect();
    let kept = others(old, before, &[], &texts)?;
    let consumer = Consumer { side: before, purpose: "old", others: kept.clone() };
    let mut code = consumer.spelled(&texts)?;
    let before = code.clone();
    let unsound = consumer.sound(&mut code)?;
    let sound: Vec<usize> = (0..uses.len()).filter(|number| !unsound.contains_key(number)).collect();
    let (followed, kept_by): (Vec<usize>, Vec<usize>) =
        sound.into_iter().partition(|number| uses[*number].lines == Lines::Followed);
    // With what the new release itself depends on, a failure has no other reason than the one that was found.
    let others = others(new, now, &kept, &texts)?;
    let consumer = Consumer { side: now, purpose: "new", others };
    let mut spelled = consumer.spelled(&texts)?;
    for (number, text) in spelled.iter_mut().enumerate() {
        if code[number] != before[number] {
            *text = with_lifetime(text).unwrap_or_default();
        }
    }
    let mut broken = consumer.rejected(&spelled, &followed)?;
    let mut left = kept_by;
    if consumer.others != kept {
        left.extend(followed.into_iter().filter(|number| !broken.contains_key(number)));
    }
    let consumer = Consumer { side: now, purpose: "new-kept", others: kept };
    broken.extend(consumer.rejected(&code, &left)?);
    let outcome = |number: usize| match (unsound.get(&number), broken.get(&number)) {
        (Some(said), _) => Outcome::Unsound(said.clone()),
        (None, Some(said)) => Outcome::Confirmed(said.clone()),
        (None, None) => Outcome::Harmless,
    };
    Ok((0..uses.len()).map(outcome).collect())
}

/// Whether a user can ask for a feature, and gets another one with it; if not, why.
fn enables(side: &Side, feature: &str, brings: Option<&str>) -> Result<(), String> {
    // Without the usual ones, which may bring it as well.
    let selection = Selection { usual: false, own: vec![feature.to_owned()], ..side.release.usual() };
    let resolved = side.release.resolved(&selection, "feature");
    let resolved = resolved.map_err(|error| reason(&error.to_string()))?;
    let manifest = &side.release.manifest;
    let own = resolved.get(&(manifest.name.clone(), line(&manifest.version)));
    match brings {
        Some(other) if !own.is_some_and(|own| own.iter().any(|it| it == other)) => {
            Err(format!("`{feature}` does not bring `{other}`"))
        }
        Some(_) | None => Ok(()),
    }
}

/// The line of what cargo says in which it says why.
fn reason(said: &str) -> String {
    let why = said.lines().find(|line| line.contains("does not have"));
    why.or(said.lines().next()).unwrap_or_default().trim().to_owned()
}

/// Other crates that a user has who hands their types over: those of a release whose items occur in uses, with the
/// features that they have there, and those of another release that it does not have.
fn others(of: &Interface, side: &Side, kept: &[Other], uses: &[&str]) -> Result<Vec<Other>, ExtractError> {
    let dependencies = of.facts().iter().filter(|fact| fact.kind == "dependency");
    let lines: Vec<(String, String, String)> = dependencies
        .filter_map(|fact| {
            let (package, line) = (fact.attribute("package")?, fact.attribute("line")?);
            Some((spell::dependency(&fact.key), package.to_owned(), line.to_owned()))
        })
        .filter(|(name, ..)| uses.iter().any(|it| it.contains(&format!("{name}::"))))
        .collect();
    let features =
        if lines.is_empty() { BTreeMap::new() } else { side.release.resolved(&side.selection, "look")? };
    let with = |(name, package, line): (String, String, String)| {
        let features = features.get(&(package.clone(), line.clone())).cloned().unwrap_or_default();
        Other { name, package, line, features }
    };
    let mut others: Vec<Other> = lines.into_iter().map(with).collect();
    let missing = kept.iter().filter(|kept| !others.iter().any(|other| other.name == kept.name));
    let missing: Vec<Other> = missing.cloned().collect();
    others.extend(missing);
    Ok(others)
}

/// Whoever uses a release, and other crates beside it.
struct Consumer<'a> {
    side: &'a Side,
    purpose: &'static str,
    others: Vec<Other>,
}

impl Consumer<'_> {
    /// Uses with each foreign path as it can be had from outside, found by asking the compiler for all that it may be.
    fn spelled(&self, uses: &[&str]) -> Result<Vec<String>, ExtractError> {
        let library = &self.side.release.manifest.library;
        let paths: BTreeSet<&str> = uses.iter().flat_map(|it| spell::foreign(it, library)).collect();
        let mut asked: Vec<(&str, String)> = Vec::new();
        for path in paths {
            asked.extend(spell::candidates(path).into_iter().map(|candidate| (path, candidate)));
        }
        let imports: Vec<String> =
            asked.iter().map(|(_, candidate)| format!("pub use {candidate} as _;")).collect();
        let all: Vec<usize> = (0..imports.len()).collect();
        let refused = Consumer { side: self.side, purpose: "paths", others: self.others.clone() };
        let refused = refused.rejected(&imports, &all)?;
        let mut public: BTreeMap<&str, &str> = BTreeMap::new();
        for (number, (path, candidate)) in asked.iter().enumerate() {
            if !refused.contains_key(&number) {
                public.entry(path).or_insert(candidate);
            }
        }
        let public = |path: &str| public.get(path).map(|it| String::from(*it));
        Ok(uses.iter().map(|it| spell::replaced(it, &public)).collect())
    }

    /// Which uses the compiler rejects, and why, once those are written another way that lack a lifetime: facts do not
    /// say whether another crate's trait has one.
    fn sound(&self, code: &mut [String]) -> Result<BTreeMap<usize, String>, ExtractError> {
        let mut rejected = self.rejected(code, &(0..code.len()).collect::<Vec<_>>())?;
        let lacking = rejected.iter().filter(|(_, said)| said.starts_with("missing lifetime specifier"));
        let mut again = Vec::new();
        for number in lacking.map(|(number, _)| *number) {
            if let Some(other) = with_lifetime(&code[number]) {
                code[number] = other;
                again.push(number);
            }
        }
        rejected.retain(|number, _| !again.contains(number));
        rejected.extend(self.rejected(code, &again)?);
        Ok(rejected)
    }

    /// Which of some modules the compiler rejects, and why.
    fn rejected(
        &self,
        modules: &[String],
        numbers: &[usize],
    ) -> Result<BTreeMap<usize, String>, ExtractError> {
        let mut rejected = BTreeMap::new();
        if numbers.is_empty() {
            return Ok(rejected);
        }
        let Side { release, selection } = self.side;
        let usual = if selection.usual && selection.own.is_empty() { "-usual" } else { "" };
        let folder =
            release.consumer(selection, &format!("witness-{}{usual}", self.purpose), &self.others)?;
        for number in numbers {
            write(&folder.join(format!("src/m{number}.rs")), &modules[*number])?;
        }
        resolve(&folder)?;
        for _ in 0..MOST_ROUNDS {
            let left = numbers.iter().copied().filter(|number| !rejected.contains_key(number));
            write(&folder.join("src/lib.rs"), &library(left))?;
            let found = compile(self.side, &folder)?;
            if found.is_empty() {
                return Ok(rejected);
            }
            rejected.extend(found);
        }
        Ok(rejected)
    }
}

#[derive(Deserialize)]
struct Message {
    message: Option<Diagnostic>,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    message: String,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    is_primary: bool,
}

/// A need of a trait, with a lifetime before what the trait is given.
fn with_lifetime(code: &str) -> Option<String> {
    let (before, rest) = code.split_once("X: ")?;
    let (trait_, after) = rest.split_once(" + ?Sized>")?;
    let trait_ = match trait_.split_once('<') {
        Some((path, given)) => format!("{path}<'static, {given}"),
        None => format!("{trait_}<'static>"),
    };
    Some(format!("{before}X: {trait_} + ?Sized>{after}"))
}

/// Errors by module.
fn compile(side: &Side, folder: &Path) -> Result<BTreeMap<usize, String>, ExtractError> {
    let mut command = side.release.cargo(folder);
    command
        .args(["check", "--offline", "--quiet", "--message-format=json"])
        .env("RUSTFLAGS", flags(&side.selection));
    let started = |source| SourceError::Start { command: "cargo check".to_owned(), source };
    let output = command.output().map_err(started)?;
    let mut found = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(Message { message: Some(diagnostic) }) = serde_json::from_str(line) else { continue };
        if diagnostic.level != "error" {
            continue;
        }
        let modules = diagnostic.spans.iter().filter(|span| span.is_primary).filter_map(module);
        for number in modules.collect::<BTreeSet<_>>() {
            found.entry(number).or_insert_with(|| diagnostic.message.clone());
        }
    }
    if !output.status.success() && found.is_empty() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let command = format!("cargo check in {}", folder.display());
        return Err(SourceError::Ended { command, status: output.status.to_string(), said }.into());
    }
    Ok(found)
}

fn module(span: &Span) -> Option<usize> {
    let name = Path::new(&span.file_name).file_stem()?.to_str()?;
    name.strip_prefix('m')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trait_is_given_a_lifetime_before_all_else() {
        let with = |code: &str| with_lifetime(code);
        assert_eq!(
            with("fn needs<X: a::B + ?Sized>() {}"),
            Some("fn needs<X: a::B<'static> + ?Sized>() {}".to_owned())
        );
        assert_eq!(
            with("fn needs<T0, X: a::B<T0> + ?Sized>() {}"),
            Some("fn needs<T0, X: a::B<'static, T0> + ?Sized>() {}".to_owned())
        );
        assert_eq!(with("pub use a::B;"), None);
    }
}
