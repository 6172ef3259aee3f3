//! From packages to facts.
//!
//! | kind | key | what it is |
//! |---|---|---|
//! | `package` | `./rest` | a package, by its import path relative to the module |
//! | `func`, `var`, `const`, `type` | `./rest.Config` | what it declares for others |
//! | `field`, `method` | `./rest.Config.Host` | what can be selected; `via` names the embedded type that it comes from |
//! | `imethod` | `./rest.Interface.Get` | what a type must have to be of an interface |
//! | `dep` | `k8s.io/api` | a module whose types occur |
//! | `dep-type`, `dep-field`, `dep-method`, `dep-imethod` | `k8s.io/api/core/v1.Pod` | the same of types that are not the packages' own but occur in them, or in fields of such |
//! | `near-type`, `near-field`, `near-method`, `near-imethod` | `./transport.Config` | the same of packages of the module that were not asked for |
//! | `go`, `require`, `replace` | | lines of `go.mod` |

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Request;
use super::constant::{Kind, Value};
use super::members::Answer;
use super::modfile::within;
use super::show::Show;
use super::syntax::Function;
use super::types::{Interface, Named, Signature, Type, is_exported};
use super::universe::{Package, Place, Universe};
use crate::extract::ExtractError;
use crate::model::Fact;

/// Which types have been written, and which are to be.
struct Writer<'a> {
    universe: &'a Universe<'a>,
    show: Show,
    own: BTreeSet<Rc<str>>,
    facts: Vec<Fact>,
    waiting: Vec<(Place, Hands)>,
    written: BTreeSet<(Place, Hands)>,
    /// Packages of others that occur.
    exposed: BTreeSet<Rc<str>>,
}

/// Whose type it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Of the packages that were asked for.
    Own,
    /// Of another package of the module: a promise of its own, made elsewhere.
    Near,
    /// Of another module.
    Other,
}

/// Which way a type goes. Who only passes values of it made them himself, with what its own module promises; who is given
/// them has nothing else to hold on to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hands {
    Taken,
    Given,
}

/// All facts of some packages.
pub(super) fn facts(
    universe: &Universe<'_>,
    request: &Request,
    packages: &[String],
) -> Result<Vec<Fact>, ExtractError> {
    let module = &universe.library.module.module;
    let mut writer = Writer {
        universe,
        show: Show::new(module),
        own: packages.iter().map(|it| it.as_str().into()).collect(),
        facts: Vec::new(),
        waiting: Vec::new(),
        written: BTreeSet::new(),
        exposed: BTreeSet::new(),
    };
    let mut found = 0;
    for path in packages {
        if let Some(package) = universe.package(path) {
            found += 1;
            if package.name != "main" {
                writer.package(&package);
            }
        }
        universe.problem()?;
    }
    if found == 0 {
        let problem =
            format!("expected a package at `{}`, found no Go file for this build", request.packages);
        return Err(ExtractError::of(module, problem));
    }
    writer.rest();
    writer.other_names();
    writer.module(request);
    universe.problem()?;
    Ok(writer.facts)
}

impl Writer<'_> {
    fn package(&mut self, package: &Package) {
        let mut fact =
            Fact::new("package", self.show.package(&package.path)).with("clause", package.name.clone());
        let deprecated = package.files.iter().find_map(|(_, file)| file.deprecated.as_deref());
        deprecate(&mut fact, deprecated);
        self.facts.push(fact);
        for (name, place) in exported(&package.functions) {
            self.function(package, name, place);
        }
        for (name, place) in exported(&package.constants) {
            self.constant(package, name, place);
        }
        for (name, place) in exported(&package.variables) {
            self.variable(package, name, place);
        }
        for name in package.types.keys().filter(|name| is_exported(name)) {
            self.waiting.push(((package.path.clone(), name.as_str().into()), Hands::Given));
        }
    }

    fn function(&mut self, package: &Package, name: &str, (file, index): (usize, usize)) {
        let Function { parameters, signature, deprecated, unused, .. } =
            &*package.files[file].1.functions[index];
        let names: Vec<String> = parameters.iter().map(|it| it.name.clone()).collect();
        let scope = package.scope(file, &names);
        let signature = self.universe.signature(scope, signature);
        let constraints =
            parameters.iter().map(|it| self.universe.constraint(scope, &it.constraint)).collect::<Vec<_>>();
        let mut fact = Fact::new("func", self.show.name(&package.path, name));
        self.typed(&mut fact, &constraints);
        self.signature(&mut fact, &signature);
        deprecate(&mut fact, deprecated.as_deref());
        if let Some(unused) = unused {
            fact.attributes.insert("unused".into(), unused.clone());
        }
        self.follow();
        self.facts.push(fact);
    }

    fn constant(&mut self, package: &Package, name: &str, (file, index): (usize, usize)) {
        let declaration = &package.files[file].1.constants[index];
        let unknown = || (Kind::Typed(Type::Unknown("expression".into())), Value::Symbol("?".to_owned()));
        let (kind, value) = self.universe.declared_constant(&package.path, name).unwrap_or_else(unknown);
        let type_ = match &kind {
            Kind::Typed(type_) => self.show.type_(type_),
            Kind::Untyped(name) => format!("untyped {name}"),
        };
        let fact = Fact::new("const", self.show.name(&package.path, name));
        let mut fact = fact.with("type", type_).with("value", value.to_string());
        deprecate(&mut fact, declaration.deprecated.as_deref());
        self.follow();
        self.facts.push(fact);
    }

    fn variable(&mut self, package: &Package, name: &str, (file, index): (usize, usize)) {
        let declaration = &package.files[file].1.variables[index];
        let type_ = self.universe.variable(package.scope(file, &[]), declaration);
        let mut fact =
            Fact::new("var", self.show.name(&package.path, name)).with("type", self.show.type_(&type_));
        deprecate(&mut fact, declaration.deprecated.as_deref());
        self.follow();
        self.facts.push(fact);
    }

    /// Types that wait, and those that they lead to.
    fn rest(&mut self) {
        while let Some((place, hands)) = self.waiting.pop() {
            let known = self.written.contains(&(place.clone(), Hands::Given));
            if !known && self.written.insert((place.clone(), hands)) {
                let whose = self.whose(&place.0);
                self.declaration(&place.0, &place.1, whose, hands);
            }
        }
    }

    /// Aliases of types that occur, in packages of others that do: what users call such a type may be its former name.
    fn other_names(&mut self) {
        let known: BTreeSet<Place> = self.written.iter().map(|(place, _)| place.clone()).collect();
        let mut packages: BTreeSet<Rc<str>> = known.iter().map(|(package, _)| package.clone()).collect();
        packages.retain(|path| !self.own.contains(path) && !self.is_internal(path));
        for path in packages {
            let Some(package) = self.universe.package(&path) else { continue };
            for name in package.types.keys().filter(|name| is_exported(name)) {
                let place: Place = (path.clone(), name.as_str().into());
                let alias = package.type_(name).is_some_and(|(_, it)| it.alias);
                if !alias || known.contains(&place) {
                    continue;
                }
                let leads = self.universe.declared(&place.0, &place.1);
                let occurs = leads.is_some_and(|it| match &it.type_ {
                    Type::Named(named) => known.contains(&(named.package.clone(), named.name.clone())),
                    _ => false,
                });
                if occurs {
                    self.declaration(&place.0, &place.1, self.whose(&path), Hands::Taken);
                    self.waiting.clear();
                }
            }
        }
    }

    fn whose(&self, package: &Rc<str>) -> Whose {
        match () {
            // What nobody can import is promised by whoever hands it out.
            () if self.own.contains(package) || self.is_internal(package) => Whose::Own,
            () if self.universe.library.provider(package).is_some_and(|(_, version)| version.is_none()) => {
                Whose::Near
            }
            () => Whose::Other,
        }
    }

    fn is_internal(&self, package: &str) -> bool {
        let below = within(package, &self.universe.library.module.module);
        below.is_some_and(|it| it.split('/').any(|part| part == "internal"))
    }

    /// Lets types wait that were named by what users see.
    fn follow(&mut self) {
        self.follow_in(Hands::Given);
    }

    fn follow_in(&mut self, hands: Hands) {
        for place in self.show.take_seen() {
            if !self.own.contains(&place.0) {
                self.exposed.insert(place.0.clone());
            }
            self.waiting.push((place, hands));
        }
    }

    fn forget(&mut self) {
        self.show.take_seen();
    }

    fn declaration(&mut self, package: &Rc<str>, name: &Rc<str>, whose: Whose, hands: Hands) {
        // What the standard library promises is not a promise of this module.
        if self.universe.library.provider(package).is_none() {
            return;
        }
        let Some(found) = self.universe.package(package) else { return };
        let (Some((file, syntax)), Some(declared)) =
            (found.type_(name), self.universe.declared(package, name))
        else {
            return;
        };
        let key = self.show.name(package, name);
        let mut fact = Fact::new(kind(whose, "type"), key.clone());
        if !is_exported(name) || self.is_internal(package) {
            fact.attributes.insert("unexported".into(), "yes".to_owned());
        }
        if found.files[file].1.generated {
            fact.attributes.insert("generated".into(), "yes".to_owned());
        }
        self.origin(&mut fact, package, whose);
        deprecate(&mut fact, syntax.deprecated.as_deref());
        self.typed(&mut fact, &declared.parameters);
        if declared.alias {
            fact.attributes.insert("form".into(), "alias".to_owned());
            fact.attributes.insert("target".into(), self.show.type_(&declared.type_));
            self.follow();
            self.facts.push(fact);
            return;
        }
        let arguments = (0..declared.parameters.len()).map(Type::Parameter).collect();
        let type_ = Type::Named(Named { package: package.clone(), name: name.clone(), arguments });
        let underlying = self.universe.underlying(&type_);
        match underlying {
            Some(Type::Interface(interface)) => self.interface(fact, &key, &interface, whose),
            Some(Type::Basic("any")) => self.interface(fact, &key, &Interface::default(), whose),
            underlying => self.concrete(fact, (&key, &type_), underlying.as_ref(), (whose, hands)),
        }
    }

    fn interface(&mut self, mut fact: Fact, key: &str, interface: &Interface, whose: Whose) {
        let form = if interface.is_constraint() { "constraint" } else { "interface" };
        fact.attributes.insert("form".into(), form.to_owned());
        if interface.sealed() {
            fact.attributes.insert("sealed".into(), "yes".to_owned());
        }
        if interface.is_constraint() {
            fact.attributes.insert("underlying".into(), self.show.type_(&Type::interface(interface.clone())));
        }
        if !interface.unknown.is_empty() {
            let embedded: Vec<_> = interface.unknown.iter().map(|it| self.show.type_(it)).collect();
            fact.attributes.insert("embeds".into(), embedded.join(", "));
        }
        let generated = fact.attribute("generated").map(str::to_owned);
        self.follow();
        let sealed = interface.sealed();
        self.facts.push(fact);
        for (name, method) in interface.methods.iter().filter(|(name, _)| is_exported(name)) {
            let mut fact = Fact::new(kind(whose, "imethod"), format!("{key}.{name}"));
            self.signature(&mut fact, &method.signature);
            if sealed {
                fact.attributes.insert("sealed".into(), "yes".to_owned());
            }
            if let Some(generated) = &generated {
                fact.attributes.insert("generated".into(), generated.clone());
            }
            deprecate(&mut fact, method.deprecated.as_deref());
            self.seen(whose);
            self.facts.push(fact);
        }
    }

    /// Of other modules' methods only the names count: one level is looked at, not all that can be reached.
    fn seen(&mut self, whose: Whose) {
        match whose {
            Whose::Own => self.follow(),
            Whose::Near | Whose::Other => self.forget(),
        }
    }

    fn concrete(
        &mut self,
        mut fact: Fact,
        (key, type_): (&str, &Type),
        underlying: Option<&Type>,
        (whose, hands): (Whose, Hands),
    ) {
        let form = match underlying {
            Some(Type::Struct(_)) => "struct",
            Some(Type::Basic(_)) => "basic",
            Some(Type::Function(_)) => "func",
            Some(Type::Map(..)) => "map",
            Some(Type::Slice(_)) => "slice",
            Some(Type::Array(..)) => "array",
            Some(Type::Channel(..)) => "chan",
            Some(Type::Pointer(_)) => "pointer",
            _ => "unknown",
        };
        fact.attributes.insert("form".into(), form.to_owned());
        match self.universe.comparable(type_) {
            Answer::Yes => drop(fact.attributes.insert("comparable".into(), "yes".to_owned())),
            Answer::No => drop(fact.attributes.insert("comparable".into(), "no".to_owned())),
            Answer::Unknown => {}
        }
        let members = self.universe.members(type_);
        if let Some(Type::Struct(fields)) = underlying {
            let hidden = fields.iter().any(|field| !is_exported(&field.name));
            let shown = fields.iter().any(|field| is_exported(&field.name));
            let contents = match (hidden, shown) {
                (true, false) => "opaque",
                (true, true) => "mixed",
                (false, _) => "open",
            };
            fact.attributes.insert("contents".into(), contents.to_owned());
        } else if let Some(underlying) = underlying {
            fact.attributes.insert("underlying".into(), self.show.type_(underlying));
        }
        if !members.unknown.is_empty() {
            let embedded: Vec<_> = members.unknown.iter().map(|it| self.show.type_(it)).collect();
            fact.attributes.insert("embeds".into(), embedded.join(", "));
        }
        self.follow();
        self.facts.push(fact);
        let wanted = |via: &Option<Type>| whose == Whose::Own || via.as_ref().is_none_or(hidden_origin);
        for (name, member) in members.fields.iter().filter(|(name, it)| is_exported(name) && wanted(&it.via))
        {
            let mut fact = Fact::new(kind(whose, "field"), format!("{key}.{name}"));
            fact.attributes.insert("type".into(), self.show.type_(&member.field.type_));
            if member.field.embedded {
                fact.attributes.insert("embedded".into(), "yes".to_owned());
            }
            for (key, value) in member.field.tag.as_deref().map(tags).unwrap_or_default() {
                fact.attributes.insert(format!("tag.{key}").into(), value);
            }
            self.via(&mut fact, member.via.as_ref());
            deprecate(&mut fact, member.field.deprecated.as_deref());
            self.follow_in(hands);
            self.facts.push(fact);
        }
        if whose == Whose::Other && hands == Hands::Taken {
            return;
        }
        for (name, method) in members.methods.iter().filter(|(name, it)| is_exported(name) && wanted(&it.via))
        {
            let mut fact = Fact::new(kind(whose, "method"), format!("{key}.{name}"));
            self.signature(&mut fact, &method.signature);
            let receiver = if method.pointer { "pointer" } else { "value" };
            fact.attributes.insert("receiver".into(), receiver.to_owned());
            self.seen(whose);
            self.via(&mut fact, method.via.as_ref());
            deprecate(&mut fact, method.deprecated.as_deref());
            self.facts.push(fact);
        }
    }

    fn via(&mut self, fact: &mut Fact, via: Option<&Type>) {
        if let Some(via) = via {
            fact.attributes.insert("via".into(), self.show.type_(via));
            self.forget();
        }
    }

    fn signature(&mut self, fact: &mut Fact, signature: &Signature) {
        fact.attributes.insert("params".into(), self.show.parameters(signature));
        // What stands in functions that are passed is given to them.
        let passed = |type_: &Type| matches!(type_, Type::Function(_));
        if !signature.parameters.iter().any(passed) && matches!(&*fact.kind, "func" | "method" | "imethod") {
            self.follow_in(Hands::Taken);
        }
        if !signature.results.is_empty() {
            fact.attributes.insert("results".into(), self.show.results(signature));
        }
    }

    fn typed(&self, fact: &mut Fact, constraints: &[Type]) {
        if !constraints.is_empty() {
            let list: Vec<_> = constraints.iter().map(|it| self.show.type_(it)).collect();
            fact.attributes.insert("typeparams".into(), format!("[{}]", list.join(", ")));
        }
    }

    fn origin(&self, fact: &mut Fact, package: &str, whose: Whose) {
        if whose == Whose::Other
            && let Some((module, Some(_))) = self.universe.library.provider(package)
        {
            fact.attributes.insert("module".into(), module.to_owned());
        }
    }

    /// Lines of `go.mod` that users feel, and the modules whose types occur.
    fn module(&mut self, request: &Request) {
        let library = self.universe.library;
        let module = &library.module;
        let mut exposed: BTreeMap<&str, bool> = BTreeMap::new();
        for package in &self.exposed {
            if let Some((path, Some(_))) = library.provider(package) {
                *exposed.entry(path).or_default() |= self.universe.package(package).is_some();
            }
        }
        for require in &module.requires {
            let read = exposed.get(require.path.as_str());
            let Some(kind) =
                read.map(|_| "dep").or((request.whole() && !require.indirect).then_some("require"))
            else {
                continue;
            };
            let mut fact = Fact::new(kind, require.path.clone()).with("version", require.version.clone());
            if let Some(read) = read {
                fact.attributes.insert("read".into(), if *read { "yes" } else { "no" }.to_owned());
            }
            if let Some(state) = unreleased(&require.version) {
                fact.attributes.insert("unreleased".into(), state.to_owned());
            }
            self.facts.push(fact);
        }
        if !request.whole() {
            return;
        }
        if let Some(go) = &module.go {
            self.facts.push(Fact::new("go", "go").with("version", go.clone()));
        }
        for replace in &module.replaces {
            let with = [Some(replace.with.clone()), replace.with_version.clone()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>();
            self.facts.push(Fact::new("replace", replace.path.clone()).with("with", with.join(" ")));
        }
    }
}

/// Whether an embedded type has no facts of its own.
fn hidden_origin(type_: &Type) -> bool {
    match type_ {
        Type::Named(named) => !is_exported(&named.name),
        _ => false,
    }
}

fn exported(names: &BTreeMap<String, (usize, usize)>) -> impl Iterator<Item = (&str, (usize, usize))> {
    names.iter().filter(|(name, _)| is_exported(name)).map(|(name, place)| (name.as_str(), *place))
}

fn kind(whose: Whose, kind: &'static str) -> &'static str {
    match (whose, kind) {
        (Whose::Own, kind) => kind,
        (Whose::Near, "type") => "near-type",
        (Whose::Near, "field") => "near-field",
        (Whose::Near, "method") => "near-method",
        (Whose::Near, _) => "near-imethod",
        (Whose::Other, "type") => "dep-type",
        (Whose::Other, "field") => "dep-field",
        (Whose::Other, "method") => "dep-method",
        (Whose::Other, _) => "dep-imethod",
    }
}

/// Notes that something is deprecated, whether it will go, and whether anything is named in its place.
fn deprecate(fact: &mut Fact, text: Option<&str>) {
    let Some(text) = text else { return };
    let lower = text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    fact.attributes.insert("deprecated".into(), text.to_owned());
    if says(&["will be removed", "to be removed", "removed in", "removal", "will go away", "remove in"]) {
        fact.attributes.insert("removal".into(), "announced".to_owned());
    }
    if says(&[
        "use ",
        "instead",
        "replaced by",
        "prefer",
        "switch to",
        "migrate to",
        "in favor of",
        "in favour of",
        "see ",
    ]) {
        fact.attributes.insert("replacement".into(), "named".to_owned());
    }
}

/// Why a version is not a release.
fn unreleased(version: &str) -> Option<&'static str> {
    let core = version.strip_suffix("+incompatible").unwrap_or(version);
    let (_, rest) = core.split_once('-')?;
    let mut parts = rest.rsplit(['-', '.']);
    let hash = parts.next().is_some_and(|it| it.len() == 12 && it.bytes().all(|it| it.is_ascii_hexdigit()));
    let time = parts.next().is_some_and(|it| it.len() == 14 && it.bytes().all(|it| it.is_ascii_digit()));
    Some(if hash && time { "commit" } else { "pre-release" })
}

/// The pairs of a tag; what is no pair stands under `text`.
fn tags(tag: &str) -> BTreeMap<String, String> {
    let mut pairs = BTreeMap::new();
    let mut rest = tag.trim();
    while !rest.is_empty() {
        let pair = rest.split_once(":\"").and_then(|(key, after)| {
            let mut escaped = false;
            let end = after.find(|it: char| {
                let ends = it == '"' && !escaped;
                escaped = it == '\\' && !escaped;
                ends
            })?;
            Some((key, &after[..end], &after[end + 1..]))
        });
        match pair {
            Some((key, value, after)) if !key.contains([' ', '"']) => {
                pairs.insert(key.to_owned(), value.to_owned());
                rest = after.trim_start();
            }
            _ => {
                pairs.insert("text".to_owned(), rest.to_owned());
                break;
            }
        }
    }
    pairs
}

/// Which packages of a module are meant: all, one, or one and those below it.
pub(super) fn chosen(request: &Request, module: &str, importable: Vec<String>) -> Vec<String> {
    let (below, deep) = match request.packages.strip_suffix("...") {
        Some(prefix) => (prefix.trim_end_matches('/'), true),
        None => (request.packages.trim_end_matches('/'), false),
    };
    let below = below.trim_start_matches("./").trim_start_matches('/');
    let path = if below.is_empty() || below == "." { module.to_owned() } else { format!("{module}/{below}") };
    importable.into_iter().filter(|it| if deep { within(it, &path).is_some() } else { *it == path }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_pairs() {
        let pairs = tags(r#"json:"a,omitempty" yaml:"b\"c""#);
        assert_eq!(
            pairs.into_iter().collect::<Vec<_>>(),
            [("json".to_owned(), "a,omitempty".to_owned()), ("yaml".to_owned(), "b\\\"c".to_owned())]
        );
        assert_eq!(
            tags("plain text").into_iter().collect::<Vec<_>>(),
            [("text".to_owned(), "plain text".to_owned())]
        );
    }

    #[test]
    fn commits_and_pre_releases_are_no_releases() {
        assert_eq!(unreleased("v1.2.3"), None);
        assert_eq!(unreleased("v2.0.0+incompatible"), None);
        assert_eq!(unreleased("v1.2.3-rc.1"), Some("pre-release"));
        assert_eq!(unreleased("v0.0.0-20240228011516-70dd3763d340"), Some("commit"));
        assert_eq!(unreleased("v1.2.4-0.20240228011516-70dd3763d340"), Some("commit"));
    }
}
