//! Go code that uses what an interface promises, one use at a time.
//!
//! A *use* compiles against the release that it was written for. The one that belongs to a breaking finding does not
//! compile against the new release: then it is the finding's witness. All uses of a release together are its
//! [stub test](stub): the code of somebody who relies on everything.

mod check;
mod source;
pub mod stub;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::compare::go::world::plain;
use crate::compare::go::written::{Written, last, list, owner, package, type_};
use crate::model::{Fact, Interface};
use crate::rules::{Finding, Lane, Level};
use source::File;

pub use check::{Checker, Outcome, Workspace};

/// How a witness begins.
const CLAUSE: &str = "package witness\n";

/// How a thing is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Purpose {
    /// Called, read, set, named.
    Caller,
    /// Implemented.
    Implementer,
    /// Compared with `==`.
    Comparer,
}

/// The use that a finding forbids, written for the old release: a Go file of a package `witness`.
pub fn witness(finding: &Finding, old: &Interface) -> Option<String> {
    let writer = Writer::new(old);
    let level = |lane| finding.levels.get(&lane).copied();
    let (source, implementer) = (level(Lane::GoSource), level(Lane::GoImplementers));
    let purpose = match finding.rule.as_str() {
        "GO-NOT-COMPARABLE" => Purpose::Comparer,
        _ if implementer == Some(Level::Breaking) && source != Some(Level::Breaking) => Purpose::Implementer,
        _ => Purpose::Caller,
    };
    if finding.rule == "GO-IMPL-LOST" {
        return writer.implements(finding);
    }
    // An added method breaks who implements the interface that it was added to.
    let fact = old.fact(&finding.kind, &finding.key).or_else(|| writer.type_fact(owner(&finding.key)))?;
    let mut file = File::new(writer.module);
    writer.use_of(&mut file, fact, purpose)?;
    Some(file.finish(CLAUSE))
}

struct Writer<'a> {
    interface: &'a Interface,
    module: &'a str,
    implemented: BTreeMap<&'a str, Vec<&'a Fact>>,
}

impl<'a> Writer<'a> {
    fn new(interface: &'a Interface) -> Self {
        let mut implemented: BTreeMap<&str, Vec<&Fact>> = BTreeMap::new();
        for fact in interface.facts().iter().filter(|fact| plain(&fact.kind) == "imethod") {
            implemented.entry(owner(&fact.key)).or_default().push(fact);
        }
        let about = &interface.about;
        let module = about.configuration.get("module").map_or(about.name.as_str(), String::as_str);
        Self { interface, module, implemented }
    }

    fn type_fact(&self, key: &str) -> Option<&'a Fact> {
        ["type", "dep-type", "near-type"].into_iter().find_map(|kind| self.interface.fact(kind, key))
    }

    /// A value of a type where the first interface is wanted that it fits into no more.
    fn implements(&self, finding: &Finding) -> Option<String> {
        let interface = finding.notes.get("implements-lost")?.split(", ").next()?;
        // Without pointers where these are not needed: a method that only pointers have now is a loss too.
        let by_value = self.implemented.get(interface).into_iter().flatten().all(|method| {
            let key = format!("{}.{}", finding.key, last(&method.key));
            self.interface.fact("method", &key).is_some_and(|it| it.attribute("receiver") == Some("value"))
        });
        let mut file = File::new(self.module);
        let (wanted, type_) = (file.type_(interface)?, file.type_(&finding.key)?);
        let value = if by_value { format!("*new({type_})") } else { format!("new({type_})") };
        file.line(&format!("var _ {wanted} = {value}"))?;
        Some(file.finish(CLAUSE))
    }

    /// Writes a use into a file; nothing, when none can be written, and then the file is as good as lost.
    fn use_of(&self, file: &mut File<'_>, fact: &Fact, purpose: Purpose) -> Option<()> {
        match (purpose, plain(&fact.kind)) {
            (Purpose::Caller, "package") => self.package(file, fact),
            (Purpose::Caller, "func") => self.function(file, fact),
            (Purpose::Caller, "var") => {
                let type_ = file.type_(fact.attribute("type")?)?;
                let name = file.name(&fact.key)?;
                file.line(&format!("var _ *{type_} = &{name}"))
            }
            (Purpose::Caller, "const") => self.constant(file, fact),
            (Purpose::Caller, "type") => self.type_use(file, fact),
            (Purpose::Caller, "field") => self.field(file, fact),
            (Purpose::Caller, "method" | "imethod") => self.method(file, fact),
            (Purpose::Implementer, "type") => self.implementer(file, &fact.key),
            (Purpose::Implementer, "imethod") => self.implementer(file, owner(&fact.key)),
            (Purpose::Comparer, "type") if fact.attribute("comparable") == Some("yes") => {
                let type_ = file.type_(&self.instance(fact)?)?;
                file.line(&format!("func _(x {type_}) bool {{ return x == x }}"))
            }
            _ => None,
        }
    }

    /// An import without a name of its own, so that the package clause decides, and something of the package.
    fn package(&self, file: &mut File<'_>, fact: &Fact) -> Option<()> {
        let of = |it: &&Fact| it.kind == "type" && package(&it.key) == fact.key && it.key != fact.key;
        let named = |it: &&Fact| it.attribute("typeparams").is_none() && it.attribute("unexported").is_none();
        let value = |it: &&Fact| it.attribute("form") != Some("constraint");
        let some = self.interface.facts().iter().filter(of).find(|it| named(it) && value(it));
        file.plain(&fact.key, some.map(|_| fact.attribute("clause").unwrap_or_default()));
        match some {
            Some(some) => file.line(&format!("var _ {}.{}", fact.attribute("clause")?, last(&some.key))),
            // That it can be imported is all that can be said.
            None => file.line("var _ = 0"),
        }
    }

    fn function(&self, file: &mut File<'_>, fact: &Fact) -> Option<()> {
        let arguments = arguments(fact)?;
        let (params, results) = self.signature(file, fact, &arguments)?;
        let name = file.name(&fact.key)?;
        let instance = file.arguments(&arguments)?;
        file.line(&format!("var _ func{params}{results} = {name}{instance}"))
    }

    /// A method as a function whose first parameter is the receiver.
    fn method(&self, file: &mut File<'_>, fact: &Fact) -> Option<()> {
        let of = self.type_fact(owner(&fact.key))?;
        let arguments = arguments(of)?;
        let (params, results) = self.signature(file, fact, &arguments)?;
        let type_ = file.type_(&self.instance(of)?)?;
        let pointer = fact.attribute("receiver") == Some("pointer");
        let receiver = if pointer { format!("*{type_}") } else { type_ };
        let rest = params.strip_prefix('(')?;
        let separator = if rest == ")" { "" } else { ", " };
        let name = last(&fact.key);
        file.line(&format!("var _ func({receiver}{separator}{rest}{results} = ({receiver}).{name}"))
    }

    fn signature(&self, file: &mut File<'_>, fact: &Fact, arguments: &[String]) -> Option<(String, String)> {
        let fill = |text: &str| {
            let written: Vec<Written<'_>> = arguments.iter().map(|it| type_(it)).collect();
            crate::compare::go::written::substitute(text, &written)
        };
        let params = file.type_(&fill(fact.attribute("params")?))?;
        let results = match fact.attribute("results") {
            Some(results) => format!(" {}", file.type_(&fill(results))?),
            None => String::new(),
        };
        Some((params, results))
    }

    fn constant(&self, file: &mut File<'_>, fact: &Fact) -> Option<()> {
        let name = file.name(&fact.key)?;
        let type_ = fact.attribute("type")?;
        let type_ = file.type_(type_.strip_prefix("untyped ").unwrap_or(type_))?;
        // What a variable gets from it: its type, or the default one if it has none.
        file.line(&format!("func _() {{ const c = {name}; x := c; var _ *{type_} = &x }}"))
    }

    fn type_use(&self, file: &mut File<'_>, fact: &Fact) -> Option<()> {
        let name = file.type_(&self.instance(fact)?)?;
        match (fact.attribute("form")?, fact.attribute("underlying"), fact.attribute("target")) {
            ("constraint", ..) => file.line(&format!("func _[T {name}]() {{}}")),
            ("alias", _, Some(target)) => match file.type_(target) {
                Some(target) if arguments(fact)?.is_empty() => {
                    file.line(&format!("var _ *{target} = (*{name})(nil)"))
                }
                _ => file.line(&format!("var _ {name}")),
            },
            ("interface", ..) => file.line(&format!("func _(x {name}) {{ _, _ = x.(interface{{}}) }}")),
            ("struct", ..) => file.line(&format!("var _ = {name}{{}}")),
            (_, Some(underlying), _) => {
                let filled: Vec<String> = arguments(fact)?;
                let written: Vec<Written<'_>> = filled.iter().map(|it| type_(it)).collect();
                match file.type_(&crate::compare::go::written::substitute(underlying, &written)) {
                    Some(underlying) => file.line(&format!("var _ = (*{underlying})((*{name})(nil))")),
                    None => file.line(&format!("var _ {name}")),
                }
            }
            _ => file.line(&format!("var _ {name}")),
        }
    }

    /// A field is read, and set in a literal unless it is promoted.
    fn field(&self, file: &mut File<'_>, fact: &Fact) -> Option<()> {
        let of = self.type_fact(owner(&fact.key))?;
        let filled = arguments(of)?;
        let written: Vec<Written<'_>> = filled.iter().map(|it| type_(it)).collect();
        let field = crate::compare::go::written::substitute(fact.attribute("type")?, &written);
        let owner = file.type_(&self.instance(of)?)?;
        let name = last(&fact.key);
        let Some(type_) = file.type_(&field) else {
            return file.line(&format!("func _(x {owner}) {{ _ = x.{name} }}"));
        };
        file.line(&format!("func _(x *{owner}) {{ var _ *{type_} = &x.{name} }}"))?;
        match fact.attribute("via") {
            None => file.line(&format!("func _(x {type_}) {owner} {{ return {owner}{{{name}: x}} }}")),
            Some(_) => Some(()),
        }
    }

    fn implementer(&self, file: &mut File<'_>, key: &str) -> Option<()> {
        let of = self.type_fact(key)?;
        let open = of.attribute("form") == Some("interface")
            && of.attribute("sealed").is_none()
            && of.attribute("embeds").is_none();
        if !open {
            return None;
        }
        let arguments = arguments(of)?;
        // Files of a stub test have several.
        let own = format!("implementer{}", last(key));
        file.line(&format!("type {own} struct{{}}"))?;
        for method in self.implemented.get(key).into_iter().flatten() {
            let (params, results) = self.signature(file, method, &arguments)?;
            file.line(&format!("func ({own}) {}{params}{results} {{ panic(0) }}", last(&method.key)))?;
        }
        let name = file.type_(&self.instance(of)?)?;
        file.line(&format!("var _ {name} = {own}{{}}"))
    }

    /// A type with arguments in the place of its parameters.
    fn instance(&self, fact: &Fact) -> Option<String> {
        let arguments = arguments(fact)?;
        if package(&fact.key) == fact.key {
            return None;
        }
        Some(if arguments.is_empty() {
            fact.key.clone()
        } else {
            format!("{}[{}]", fact.key, arguments.join(", "))
        })
    }
}

/// Types that can be put in the place of type parameters. The least that a constraint demands, so that one which demands
/// more refuses it.
fn arguments(fact: &Fact) -> Option<Vec<String>> {
    let Some(constraints) = fact.attribute("typeparams") else { return Some(Vec::new()) };
    let inner = constraints.strip_prefix('[')?.strip_suffix(']')?;
    let text = format!("({inner})");
    let argument = |constraint: &&str| match *constraint {
        "any" => Some("[]int".to_owned()),
        "comparable" => Some("string".to_owned()),
        "cmp.Ordered" => Some("string".to_owned()),
        _ => None,
    };
    list(&text).items.iter().map(argument).collect()
}
