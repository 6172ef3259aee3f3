//! The stub test of Go packages: a file for each package of which something is used.

use std::collections::{BTreeMap, BTreeSet};

use super::check::Problem;
use super::source::File;
use super::{Checker, Purpose, Workspace, Writer};
use crate::compare::go::world::plain;
use crate::compare::go::written::package;
use crate::model::{Fact, Interface, Language};
use crate::source::{SourceError, SourceFile};
use crate::witness::stub::{Place, Sound, Stub, clause, name};

/// All uses of an interface that compile against the release that it is of.
pub fn sound(interface: &Interface, release: &Workspace, checker: &Checker) -> Result<Sound, SourceError> {
    let mut left_out = BTreeMap::new();
    loop {
        let stub = written(interface, &left_out);
        let broken = broken(&stub, release, checker)?;
        if broken.is_empty() {
            return Ok(Sound { stub, left_out });
        }
        let reasons = broken.into_iter().map(|(number, said)| (stub.uses()[number].place.clone(), said));
        left_out.extend(reasons);
    }
}

/// Uses that do not compile against a release, by their numbers, and what Go says.
pub fn broken(
    stub: &Stub,
    release: &Workspace,
    checker: &Checker,
) -> Result<BTreeMap<usize, String>, SourceError> {
    let texts: Vec<&str> = stub.files().iter().map(|file| file.text.as_str()).collect();
    let mut broken = BTreeMap::new();
    for (file, problems) in checker.problems(release, &texts)?.into_iter().enumerate() {
        for problem in problems {
            for number in concerned(stub, file, &problem) {
                broken.entry(number).or_insert_with(|| problem.message.clone());
            }
        }
    }
    Ok(broken)
}

/// Every use of an interface that can be written and was not left out, in the order of packages and facts. What cannot be
/// written as Go from outside has none.
pub(super) fn written(interface: &Interface, left_out: &BTreeMap<Place, String>) -> Stub {
    let writer = Writer::new(interface);
    let mut packages: BTreeMap<&str, File<'_>> = BTreeMap::new();
    for fact in interface.facts() {
        let package = package(&fact.key);
        let file = packages.entry(package).or_insert_with(|| File::new(writer.module));
        for purpose in [Purpose::Caller, Purpose::Implementer, Purpose::Comparer] {
            let place = place(fact, purpose);
            // Who implements an interface implements all of its methods.
            let again = purpose == Purpose::Implementer && plain(&fact.kind) == "imethod";
            if again || left_out.contains_key(&place) {
                continue;
            }
            let mut more = file.clone();
            let head = place.head(fact.key.strip_prefix(package).unwrap_or(&fact.key));
            let used = more.line(head.trim_end()).and_then(|()| writer.use_of(&mut more, fact, purpose));
            if used.is_some() {
                *file = more;
            }
        }
    }
    packages.retain(|_, file| !file.is_empty());
    let files = packages.into_iter().enumerate().map(|(number, (package, file))| SourceFile {
        path: name(Language::Go, number),
        text: file.finish(&clause(package)),
    });
    Stub::of(&interface.about, &files.collect::<Vec<_>>())
}

fn place(fact: &Fact, purpose: Purpose) -> Place {
    let purpose = match purpose {
        Purpose::Caller => None,
        Purpose::Implementer => Some("implementer"),
        Purpose::Comparer => Some("comparer"),
    };
    Place { kind: fact.kind.to_string(), key: fact.key.clone(), purpose }
}

/// The uses that something is said about: the one that has the line, or those that need what it imports.
fn concerned(stub: &Stub, file: usize, problem: &Problem) -> Vec<usize> {
    if let Some((number, _)) = stub.uses_of(file).find(|(_, used)| used.has(problem.line)) {
        return vec![number];
    }
    let lines: Vec<&str> = stub.files()[file].text.lines().collect();
    let imports: Vec<(&str, &str)> = lines.iter().filter_map(|line| import(line)).collect();
    let at = problem.line.checked_sub(1).and_then(|line| import(lines.get(line)?));
    let names: BTreeSet<&str> = match at {
        // Of the imports of one path only the first is said not to be there.
        Some((_, path)) if !problem.message.contains("not used") => {
            imports.iter().filter(|(_, other)| *other == path).map(|(name, _)| *name).collect()
        }
        Some((name, _)) => BTreeSet::from([name]),
        None => BTreeSet::new(),
    };
    let needs = |(number, code, kind): &(usize, String, &str)| {
        let plain = names.iter().any(|name| matches!(*name, "" | "_")) && plain(kind) == "package";
        (plain || names.iter().any(|name| mentions(code, name))).then_some(*number)
    };
    let all: Vec<_> =
        stub.uses_of(file).map(|(number, used)| (number, stub.code(used), &*used.place.kind)).collect();
    let some: Vec<usize> = all.iter().filter_map(needs).collect();
    if some.is_empty() { all.iter().map(|(number, ..)| *number).collect() } else { some }
}

/// The name and the path of an import.
fn import(line: &str) -> Option<(&str, &str)> {
    let (name, path) = line.strip_prefix("import ")?.split_once('"')?;
    Some((name.trim(), path.trim_end_matches('"')))
}

/// Whether code has something of an import.
fn mentions(code: &str, name: &str) -> bool {
    let letter = |it: char| it.is_alphanumeric() || it == '_' || it == '.';
    !name.is_empty() && code.match_indices(&format!("{name}.")).any(|(at, _)| !code[..at].ends_with(letter))
}
