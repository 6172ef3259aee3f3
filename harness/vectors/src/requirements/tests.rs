use super::*;
use crate::book::Book;
use crate::vector::Vector;

fn recorded() -> Vec<Vector> {
    Book::open().unwrap().lines().map(|line| line.vector().unwrap()).collect()
}

fn exchanges(vectors: &[Vector]) -> Vec<Exchange<'_>> {
    vectors.iter().flat_map(Exchange::recorded).collect()
}

/// Every recorded violation is of a known defect, and every defect is shown as often as it says.
#[test]
fn recorded_violations_and_known_defects_are_the_same() {
    let (catalogue, defects) = (Catalogue::embedded().unwrap(), Defects::embedded().unwrap());
    let vectors = recorded();
    let exchanges = exchanges(&vectors);
    let at: BTreeMap<(&str, usize), &Exchange<'_>> =
        exchanges.iter().map(|it| ((it.vector.id.as_str(), it.index + 1), it)).collect();
    let mut shown: BTreeMap<String, usize> = defects.all().iter().map(|it| (it.id.clone(), 0)).collect();
    let mut unknown = Vec::new();
    for violation in catalogue.judge(&NoDocuments, &exchanges) {
        match defects.of(&violation, at[&(violation.vector.as_str(), violation.step)]) {
            Some(defect) => *shown.entry(defect.id.clone()).or_default() += 1,
            None => unknown.push(violation),
        }
    }
    let unknown: Vec<String> = unknown
        .iter()
        .map(|it| format!("{} {} step {}: {}", it.requirement, it.vector, it.step, it.what))
        .collect();
    let differing: Vec<String> = defects
        .all()
        .iter()
        .filter(|defect| defect.shown != shown[&defect.id])
        .map(|defect| format!("{}: says {}, is shown {}", defect.id, defect.shown, shown[&defect.id]))
        .collect();
    assert!(
        unknown.is_empty() && differing.is_empty(),
        "{} of no defect:\n{}\n{}",
        unknown.len(),
        unknown.join("\n"),
        differing.join("\n")
    );
}

#[test]
fn every_requirement_bears_on_something_and_every_check_is_used() {
    let catalogue = Catalogue::embedded().unwrap();
    let derived = crate::derived::of(&Book::open().unwrap()).unwrap();
    let mut vectors = recorded();
    vectors.extend(derived.lines().map(|line| line.vector().unwrap()));
    let exchanges = exchanges(&vectors);
    let idle: Vec<&str> = catalogue
        .requirements()
        .iter()
        .filter(|it| !exchanges.iter().any(|exchange| it.applies.matches(&exchange.tags)))
        .map(|it| it.id.as_str())
        .collect();
    assert_eq!(idle, [""; 0]);
    let used: BTreeSet<&str> =
        catalogue.requirements().iter().filter_map(|it| it.check.map(|check| check.name)).collect();
    assert_eq!(used, CHECKS.iter().map(|check| check.name).collect::<BTreeSet<_>>());
}

#[test]
fn every_pattern_is_of_a_family_and_says_something() {
    let catalogue = Catalogue::embedded().unwrap();
    let defects = Defects::embedded().unwrap();
    let selections = catalogue.requirements().iter().map(|it| &it.applies);
    let selections = selections.chain(defects.all().iter().map(|it| &it.by));
    for pattern in selections.flat_map(Selection::patterns) {
        let text = pattern.to_string();
        let family = text.split(':').next().unwrap();
        assert!(FAMILIES.contains(&family), "`{text}` is of no family");
    }
}

#[test]
fn an_unknown_check_is_named_with_those_there_are() {
    let text = "[[requirement]]\nid = 'a'\nsentence = 'b'\nsource = 'c'\ncheck = 'no-such'";
    let error = Catalogue::parse(text).err().unwrap().to_string();
    assert!(
        error.starts_with("read requirement `a`: there is no check `no-such`; there are no-server"),
        "{error}"
    );
}
