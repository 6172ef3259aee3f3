//! Stub tests: the code of somebody who relies on all of a release, stored beside its facts when it is frozen.
//!
//! ```text
//! # plumbline stub 1
//! # language go
//! -- 000/uses.go --
//! package uses // of ./pool
//!
//! import p0 "example.com/client/pool"
//!
//! // func .Open
//! var _ func(string) (*p0.Pool, error) = p0.Open
//! // type .Doer  purpose=implementer
//! …
//! ```
//!
//! A text in the form of Go's `txtar`, so that it can be unpacked and compiled without us. Each use stands under a line
//! that says what it uses; in Go the key's package is that of the file. What was written is what compiled against the
//! release itself, so that a use which fails later is never one that was wrong from the beginning.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use crate::gate::Comparison;
use crate::model::{About, Fact, Language};
use crate::rules::{Catalogue, Finding, Level};
use crate::source::SourceFile;
use crate::source::txtar::{Archive, Member};
use crate::text;
use crate::witness::rust::dependency;

/// The first line; its number changes when older versions cannot read what newer ones write.
const FIRST: &str = "# plumbline stub 1";
/// How a use begins.
const HEAD: &str = "// ";
/// How a file of Go begins; what follows is the package of which it uses something.
const CLAUSE: &str = "package uses // ";

/// A stub test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stub {
    language: Language,
    comment: String,
    files: Vec<SourceFile>,
    uses: Vec<Used>,
}

/// A use in a stub test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// Of what.
    pub place: Place,
    /// The file.
    file: usize,
    /// Its lines there, from the one that says what it is; counted from zero.
    lines: Range<usize>,
}

/// What a use is a use of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The sort of fact.
    pub kind: String,
    /// Which one.
    pub key: String,
    /// How it is used, where that is not by calling, reading or naming it.
    pub purpose: Option<&'static str>,
}

/// A stub test that compiles against its own release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    /// The test.
    pub stub: Stub,
    /// What does not compile against its own release, and why: it is not in the test.
    pub left_out: BTreeMap<Place, String>,
}

/// Why a text is no stub test.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct StubError {
    /// Counted from one.
    pub line: usize,
    /// What is wrong there.
    pub problem: StubProblem,
}

/// What can be wrong with a stub test.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StubProblem {
    /// It is no such file, or one of another version.
    #[error("expected `{FIRST}`, found `{0}`")]
    First(String),
    /// It is written in no language that has stub tests.
    #[error("expected `# language go` or `# language rust`, found `{0}`")]
    Language(String),
    /// Another file belongs there.
    #[error("expected `-- {expected} --`, found `-- {found} --`")]
    Name {
        /// What belongs there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A file is not there.
    #[error("expected `-- {0} --`, and the text ends")]
    Ends(String),
    /// A file of Go says nothing of its package.
    #[error("expected `{CLAUSE}of PACKAGE`, found `{0}`")]
    Clause(String),
    /// A use has no head.
    #[error("expected `{HEAD}KIND KEY`, found `{0}`")]
    Head(String),
    /// Nothing is used there.
    #[error("expected code that uses `{0}`")]
    Empty(String),
    /// A use is there already.
    #[error("expected each use once, found `{0}` again")]
    Twice(String),
    /// The modules of Rust are others than those that are there.
    #[error("expected `src/lib.rs` to name {0} modules, each once, and nothing else")]
    Modules(usize),
}

impl Stub {
    /// Puts files together that hold uses.
    pub(super) fn of(about: &About, files: &[SourceFile]) -> Self {
        let how = if about.language == Language::Rust {
            "Each module is a use. To compile them by hand, unpack this into a folder and `cargo check`."
        } else {
            "Each file is a package of its own. To compile them by hand, unpack this into a folder of a module\n\
             # that requires the release, and `go vet ./...`."
        };
        let comment = format!(
            "{FIRST}\n# language {}\n# Uses of {}: all that compiled against it when it was frozen.\n# {how}\n",
            about.language,
            format!("{} {}", about.name, about.release).trim_end(),
        );
        Self::parse(&Archive::print(&comment, files)).expect("what is written has the form that is read")
    }

    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, StubError> {
        let Archive { comment, files } = Archive::parse(text);
        let mut lines = comment.lines();
        let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        if first != FIRST {
            return Err(StubError { line: 1, problem: StubProblem::First(short(first)) });
        }
        let language = match second {
            "# language go" => Language::Go,
            "# language rust" => Language::Rust,
            other => return Err(StubError { line: 2, problem: StubProblem::Language(short(other)) }),
        };
        let mut uses = Vec::new();
        for (number, member) in files.iter().enumerate() {
            named(member, &name(language, number))?;
            match number {
                _ if language != Language::Rust => package(number, member, &mut uses)?,
                0 => {}
                1 => modules(member, files.len() - 2)?,
                _ => module(number, member, &mut uses)?,
            }
        }
        if language == Language::Rust && files.len() < 2 {
            let line = text.lines().count().max(1);
            return Err(StubError { line, problem: StubProblem::Ends(name(language, files.len())) });
        }
        let mut known = BTreeSet::new();
        for used in &uses {
            if !known.insert(&used.place) {
                let line = files[used.file].line + 1 + used.lines.start;
                return Err(StubError { line, problem: StubProblem::Twice(used.place.to_string()) });
            }
        }
        let files = files.into_iter().map(|member| member.file).collect();
        Ok(Self { language, comment, files, uses })
    }

    /// The text of it.
    pub fn print(&self) -> String {
        Archive::print(&self.comment, &self.files)
    }

    /// What it is written in.
    pub fn language(&self) -> Language {
        self.language
    }

    /// All uses, in their order.
    pub fn uses(&self) -> &[Used] {
        &self.uses
    }

    /// The files, among them each that holds a use.
    pub(super) fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The lines of a use.
    pub fn code(&self, used: &Used) -> String {
        let lines = self.files[used.file].text.lines();
        lines.skip(used.lines.start + 1).take(used.lines.len() - 1).map(|line| format!("{line}\n")).collect()
    }

    /// Uses, by their numbers, of a file.
    pub(super) fn uses_of(&self, file: usize) -> impl Iterator<Item = (usize, &Used)> {
        self.uses.iter().enumerate().filter(move |(_, used)| used.file == file)
    }
}

impl Used {
    /// Whether a line of its file, counted from one, is one of its own.
    pub(super) fn has(&self, line: usize) -> bool {
        line > 0 && self.lines.contains(&(line - 1))
    }
}

impl Place {
    /// The line above a use of it; its key may be shortened.
    pub(super) fn head(&self, key: &str) -> String {
        let fact = Fact::new(self.kind.clone(), key);
        let fact = self.purpose.into_iter().fold(fact, |fact, purpose| fact.with("purpose", purpose));
        format!("{HEAD}{}\n", text::line(&fact))
    }

    /// Reads such a line. What stands before the key is put back.
    fn parse(line: &str, package: &str) -> Option<Self> {
        let fact = text::fact(line.strip_prefix(HEAD)?).ok()?;
        let purpose = match fact.attribute("purpose") {
            None => None,
            Some(found) => Some(["implementer", "comparer"].into_iter().find(|known| *known == found)?),
        };
        if fact.attributes.len() > usize::from(purpose.is_some()) {
            return None;
        }
        Some(Self { kind: fact.kind.into_owned(), key: format!("{package}{}", fact.key), purpose })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind, self.key)?;
        self.purpose.map_or(Ok(()), |purpose| write!(formatter, " ({purpose})"))
    }
}

/// What a file is called.
pub(super) fn name(language: Language, number: usize) -> String {
    match number {
        _ if language != Language::Rust => format!("{number:03}/uses.go"),
        0 => "Cargo.toml".to_owned(),
        1 => "src/lib.rs".to_owned(),
        _ => format!("src/m{}.rs", number - 2),
    }
}

/// The root of a crate of Rust that has modules.
pub(super) fn library(modules: impl Iterator<Item = usize>) -> String {
    std::iter::once("#![allow(warnings)]\n".to_owned())
        .chain(modules.map(|number| format!("pub mod m{number};\n")))
        .collect()
}

/// The first line of a file of Go that uses something of a package.
pub(super) fn clause(package: &str) -> String {
    format!("{CLAUSE}{}\n", text::line(&Fact::new("of", package)))
}

fn named(member: &Member, expected: &str) -> Result<(), StubError> {
    if member.file.path == expected {
        return Ok(());
    }
    let (expected, found) = (expected.to_owned(), short(&member.file.path));
    Err(StubError { line: member.line, problem: StubProblem::Name { expected, found } })
}

/// The root of a crate that must name so many modules.
fn modules(member: &Member, number: usize) -> Result<(), StubError> {
    if member.file.text == library(0..number) {
        return Ok(());
    }
    Err(StubError { line: member.line, problem: StubProblem::Modules(number) })
}

/// The one use of a module.
fn module(file: usize, member: &Member, uses: &mut Vec<Used>) -> Result<(), StubError> {
    let mut lines = member.file.text.lines();
    let wrong = |line, problem| Err(StubError { line: member.line + line, problem });
    let head = lines.next().unwrap_or_default();
    let Some(place) = Place::parse(head, "") else { return wrong(1, StubProblem::Head(short(head))) };
    if lines.next().is_none() {
        return wrong(1, StubProblem::Empty(place.to_string()));
    }
    uses.push(Used { place, file, lines: 0..member.file.text.lines().count() });
    Ok(())
}

/// The uses of a package of Go.
fn package(file: usize, member: &Member, uses: &mut Vec<Used>) -> Result<(), StubError> {
    let wrong = |line: usize, problem| StubError { line: member.line + 1 + line, problem };
    let clause = member.file.text.lines().next().unwrap_or_default();
    let of = clause.strip_prefix(CLAUSE).and_then(|it| text::fact(it).ok());
    let of = of.filter(|it| it.kind == "of" && it.attributes.is_empty());
    let package = of.ok_or_else(|| wrong(0, StubProblem::Clause(short(clause))))?.key;
    let heads = member.file.text.lines().enumerate().skip(1);
    let heads: Vec<(usize, &str)> = heads.filter(|(_, line)| line.starts_with(HEAD)).collect();
    let end = member.file.text.lines().count();
    let ends = heads.iter().skip(1).map(|(at, _)| *at).chain([end]);
    for ((start, head), end) in heads.iter().zip(ends) {
        let place = Place::parse(head, &package);
        let place = place.ok_or_else(|| wrong(*start, StubProblem::Head(short(head))))?;
        if end - start < 2 {
            return Err(wrong(*start, StubProblem::Empty(place.to_string())));
        }
        uses.push(Used { place, file, lines: *start..end });
    }
    Ok(())
}

/// As much of what was found as fits into a message.
fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

/// That a release was frozen without the stub test of an interface.
pub fn missing(catalogue: &Catalogue, set: &str, about: &About) -> Finding {
    let key = format!("{set} {} {}", about.release, about.name);
    catalogue.finding("POL-STUB-MISSING", "snapshot", &key, None, None)
}

/// Findings about uses, by number and with what compilers say, that no rule has told of.
pub fn untold(
    catalogue: &Catalogue,
    comparison: &Comparison,
    stub: &Stub,
    broken: &BTreeMap<usize, String>,
) -> Vec<Finding> {
    let findings = comparison.roots.iter().flat_map(|root| {
        let waived = root.waived.iter().map(|waived| &waived.finding);
        root.root.findings.iter().chain(waived)
    });
    // Who is told that something came, or will go, is not told that it breaks him.
    let breaks = |finding: &&Finding| finding.worst() >= Some(Level::Risky);
    let findings: Vec<&Finding> = findings.filter(breaks).collect();
    let told = |place: &Place, code: &str| {
        findings.iter().any(|finding| belongs(&place.key, &finding.key) || depends(code, finding))
    };
    let broken = broken.iter().map(|(number, said)| (&stub.uses[*number], said));
    let broken = broken.map(|(used, said)| (&used.place, stub.code(used), said));
    let untold = broken.filter(|(place, code, _)| !told(place, code));
    untold
        .map(|(place, code, said)| {
            let key = format!("{} {place}", comparison.old.release);
            catalogue.finding("POL-STUB-BROKEN", "stub", &key, Some(&code), Some(said))
        })
        .collect()
}

/// Whether a finding is about a thing, or about what it is part of or has as a part: `pool.Pool` and `pool.Pool.Size`,
/// `Pool` and `Pool::size`.
fn belongs(one: &str, other: &str) -> bool {
    let within = |part: &str, whole: &str| {
        part.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ':', ' ']))
    };
    within(one, other) || within(other, one)
}

/// Whether code of Rust has something of another crate of which a finding says that its line breaks users.
fn depends(code: &str, finding: &Finding) -> bool {
    let named = || {
        code.match_indices(&format!("{}::", dependency(&finding.key)))
            .any(|(at, _)| !code[..at].ends_with(|it: char| it.is_alphanumeric() || it == '_' || it == ':'))
    };
    finding.kind == "dependency" && finding.worst() == Some(Level::Breaking) && named()
}

#[cfg(test)]
mod tests;
