//! From a fact to a use of it with its exact types.

use crate::compare::{each_path, parts};
use crate::model::{Fact, Interface};
use crate::rules::{Finding, Lane, Level};

/// Why there is no use of a fact.
pub(super) type Code = Result<String, &'static str>;

/// What a finding takes away.
pub(super) fn of_change(finding: &Finding, old: &Interface, new: &Interface) -> Code {
    let fact = |kind: &str, key: &str| old.fact(kind, key).ok_or("nothing of it was there");
    let of_implementers = finding.levels.get(&Lane::RustSource) != Some(&Level::Breaking);
    match (finding.kind.as_str(), finding.old.is_some()) {
        ("trait-method" | "trait-const" | "trait-type", true) if of_implementers => {
            let (owner, _) = finding.key.rsplit_once("::").ok_or("it has no owner")?;
            implementation(fact("trait", owner)?, old)
        }
        ("bound" | "unsized", _) if of_implementers => {
            let (method, _) = finding.key.split_once(" where ").ok_or("it has no owner")?;
            let (owner, _) = method.rsplit_once("::").ok_or("it has no owner")?;
            implementation(fact("trait", owner)?, old)
        }
        ("bound" | "unsized", _) => {
            let (owner, _) = finding.key.split_once(" where ").ok_or("it has no owner")?;
            let on = new.fact(&finding.kind, &finding.key).or(old.fact(&finding.kind, &finding.key));
            let on = on.and_then(|fact| fact.attribute("on")).unwrap_or("fn");
            of_fact(fact(on, owner)?, old)
        }
        ("field", false) => {
            let (owner, _) = finding.key.rsplit_once('.').ok_or("it has no owner")?;
            let owner = fact("struct", owner)?;
            complete_struct(owner, old)
        }
        ("variant-field", false) => {
            let (owner, _) = finding.key.rsplit_once('.').ok_or("it has no owner")?;
            complete_variant(fact("variant", owner)?, old)
        }
        ("variant", false) => {
            let (owner, _) = finding.key.rsplit_once("::").ok_or("it has no owner")?;
            complete_enum(fact("enum", owner)?, old)
        }
        ("trait-method" | "trait-const" | "trait-type", false) => {
            let (owner, _) = finding.key.rsplit_once("::").ok_or("it has no owner")?;
            implementation(fact("trait", owner)?, old)
        }
        ("supertrait" | "type-bound", false) => {
            let (owner, _) = finding.key.split_once(": ").ok_or("it has no owner")?;
            let owner = if finding.kind == "supertrait" {
                owner
            } else {
                owner.rsplit_once("::").map_or(owner, |it| it.0)
            };
            implementation(fact("trait", owner)?, old)
        }
        ("dependency", true) => {
            let start = format!("{}::", finding.key);
            let shows = |it: &&Fact| it.attributes.values().any(|value| value.contains(&start));
            let kinds = ["fn", "method", "field", "const"];
            let shown = old.facts().iter().filter(|it| kinds.contains(&&*it.kind)).find(shows);
            let implemented = old.facts().iter().find(|it| it.kind == "impl" && it.key.contains(&start));
            of_fact(shown.or(implemented).ok_or("only what cannot be named shows it")?, old)
        }
        ("struct", true) => {
            let owner = fact("struct", &finding.key)?;
            let now = new.fact("struct", &finding.key);
            let same = now.is_some_and(|now| now.attribute("generics") == owner.attribute("generics"));
            // Its name may live on as that of another type.
            if (same || now.is_none()) && owner.attribute("literal") == Some("yes") {
                complete_struct(owner, old)
            } else {
                of_fact(owner, old)
            }
        }
        ("enum", true) => complete_enum(fact("enum", &finding.key)?, old)
            .or_else(|_| of_fact(fact("enum", &finding.key)?, old)),
        ("variant", true) if new.fact("variant", &finding.key).is_some() => {
            complete_variant(fact("variant", &finding.key)?, old)
        }
        ("trait", true) if new.fact("trait", &finding.key).is_some() => {
            let before = fact("trait", &finding.key)?;
            let lost_dyn = new.fact("trait", &finding.key).and_then(|it| it.attribute("dyn")) == Some("no");
            if lost_dyn && before.attribute("dyn") == Some("yes") {
                Ok(format!("pub fn used(_: &dyn {}) {{}}", whole(before, &names(before))))
            } else {
                implementation(before, old)
            }
        }
        ("path", _) => {
            // By another path than its own it is the same type.
            let item = old.fact("path", &finding.key).and_then(|it| it.attribute("item"));
            let type_ = item.and_then(|item| old.fact("struct", item).or(old.fact("enum", item)));
            Ok(match type_.filter(|type_| type_.attribute("generics").is_none()) {
                Some(type_) => {
                    format!("pub fn used(it: crate::{}) -> crate::{} {{ it }}", finding.key, type_.key)
                }
                None => format!("pub use crate::{};", finding.key),
            })
        }
        ("feature" | "feature-enables" | "rust-version", _) => {
            Err("it is a matter of manifests, not of code")
        }
        (kind, true) => of_fact(fact(kind, &finding.key)?, old),
        (_, false) => Err("nothing of it was there"),
    }
}

/// A use of a fact.
pub(super) fn of_fact(fact: &Fact, of: &Interface) -> Code {
    let key = &fact.key;
    let nameable =
        !key.contains("crate::_::") && !fact.attributes.values().any(|it| it.contains("crate::_::"));
    if !nameable {
        return Err("it has a part that cannot be named");
    }
    let start = format!("{key} where ");
    if of.facts().iter().any(|it| it.kind == "unnamed-bound" && it.key.starts_with(&start)) {
        return Err("it asks for a trait that cannot be named");
    }
    match &*fact.kind {
        "alias" => {
            let names = names(fact);
            let type_ = fact.attribute("type").unwrap_or("()");
            Ok(format!("pub fn used{}(it: {}) -> {type_} {{ it }}", list(&names), whole(fact, &names)))
        }
        "enum" | "mod" | "trait" | "macro" | "derive-macro" | "attribute-macro" | "union" | "reexport"
        | "path" => Ok(format!("pub use crate::{key};")),
        "struct" if fact.attribute("generics").is_some_and(|it| it.contains(" = ")) => usual(fact),
        "struct" => {
            let names = names(fact);
            Ok(format!("pub fn used{}(_: &{}){} {{}}", list(&names), whole(fact, &names), demands(of, key)))
        }
        "const" if !key.contains('<') => {
            let type_ = fact.attribute("type").unwrap_or("()");
            Ok(format!("pub const USED: {} = crate::{key};", everlasting(type_)))
        }
        "static" => Ok(format!(
            "pub fn used() -> &'static {} {{ &crate::{key} }}",
            fact.attribute("type").unwrap_or("()")
        )),
        "fn" => function(fact, of),
        "method" => method(fact, of),
        "trait-method" => trait_method(fact, of),
        "field" => field(fact, of),
        "variant" => variant(fact, of),
        "variant-field" => variant_field(fact, of),
        "impl" => implements(fact, of),
        "impl-type" => chosen(fact, of),
        "auto" => auto(fact, of),
        "supertrait" => {
            let (owner, bound) = key.split_once(": ").ok_or("it has no owner")?;
            let trait_ = of.fact("trait", owner).ok_or("it has no owner")?;
            let names = names(trait_);
            let more = more(&names);
            Ok(format!(
                "fn needs<X: {bound} + ?Sized>() {{}}\npub fn used<X: {}{more}>() {{ needs::<X>() }}",
                whole(trait_, &names)
            ))
        }
        "type-bound" => {
            let (type_, bound) = key.split_once(": ").ok_or("it has no owner")?;
            let (owner, name) = type_.rsplit_once("::").ok_or("it has no owner")?;
            let trait_ = of.fact("trait", owner).ok_or("it has no owner")?;
            let names = names(trait_);
            let (more, trait_) = (more(&names), whole(trait_, &names));
            Ok(format!(
                "fn needs<X: {bound} + ?Sized>() {{}}\npub fn used<X: {trait_}{more}>() {{ needs::<<X as {trait_}>::{name}>() }}"
            ))
        }
        _ => Err("no code depends on it alone"),
    }
}

/// A type with those of its parameters that have no default is the type with the defaults.
fn usual(fact: &Fact) -> Code {
    let generics = parts(fact.attribute("generics").unwrap_or_default(), ", ");
    let asked: Vec<String> =
        generics.iter().filter(|it| !it.contains(" = ")).map(|it| String::from(*it)).collect();
    let mut whole: Vec<String> = asked.clone();
    let mut defaults: Vec<(String, String)> = Vec::new();
    for (name, default) in generics.iter().filter_map(|it| it.split_once(" = ")) {
        // A default may be made of parameters before it.
        let default =
            defaults.iter().fold(default.to_owned(), |text, (name, means)| text.replace(name, means));
        whole.push(default.clone());
        defaults.push((name.to_owned(), default));
    }
    let declared = std::iter::once("'l".to_owned()).chain(asked.clone()).collect::<Vec<_>>();
    Ok(format!(
        "pub fn used{}(it: &'l crate::{key}{}) -> &'l crate::{key}{} {{ it }}",
        list(&declared),
        given(&asked),
        given(&whole),
        key = fact.key
    ))
}

/// Parameters of a type or a trait, as its key is followed by them.
fn names(fact: &Fact) -> Vec<String> {
    let generics = fact.attribute("generics").unwrap_or_default();
    parts(generics, ", ").into_iter().map(|it| it.split(" = ").next().unwrap_or(it).to_owned()).collect()
}

/// Parameters in declarations: `<'t0, T1, const T2: usize>`.
fn list(names: &[String]) -> String {
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.sort_by_key(|name| !name.starts_with('\''));
    if names.is_empty() { String::new() } else { format!("<{}>", names.join(", ")) }
}

fn more(names: &[String]) -> String {
    names.iter().map(|name| format!(", {name}")).collect()
}

/// Parameters in uses: `<'t0, T1, T2>`.
fn given(names: &[String]) -> String {
    let bare = |name: &String| {
        name.strip_prefix("const ").and_then(|rest| rest.split(':').next()).unwrap_or(name).to_owned()
    };
    let names: Vec<String> = names.iter().map(bare).collect();
    if names.is_empty() { String::new() } else { format!("<{}>", names.join(", ")) }
}

fn whole(fact: &Fact, names: &[String]) -> String {
    format!("crate::{}{}", fact.key, given(names))
}

/// What is asked of parameters, as a `where` clause.
fn demands(of: &Interface, key: &str) -> String {
    let asked = asked(of, key);
    if asked.is_empty() { String::new() } else { format!(" where {}", asked.join(", ")) }
}

fn asked(of: &Interface, key: &str) -> Vec<String> {
    let start = format!("{key} where ");
    let facts = of.facts();
    let first = facts.partition_point(|fact| fact.key.as_str() < start.as_str());
    let own = facts[first..].iter().take_while(|fact| fact.key.starts_with(&start));
    let own = own.filter(|fact| matches!(&*fact.kind, "bound" | "unsized"));
    own.map(|fact| higher_ranked(&fact.key[start.len()..])).collect()
}

/// A reference in a demand needs a lifetime.
fn higher_ranked(bound: &str) -> String {
    if bound.contains("for<") { bound.to_owned() } else { everlasting(bound) }
}

/// A type whose references are all `'static`, for places where they cannot be left open.
fn everlasting(type_: &str) -> String {
    let mut text = String::new();
    let mut rest = type_;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        text.push('&');
        if !after.starts_with('\'') {
            text.push_str("'static ");
        }
        rest = after;
    }
    text.push_str(rest);
    lasting(&text)
}

/// A text with numbered lifetimes as `'static`.
fn lasting(text: &str) -> String {
    let mut written = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\'') {
        written.push_str(before);
        let end = after.find(|it: char| !it.is_ascii_alphanumeric() && it != '_').unwrap_or(after.len());
        let numbered = after[..end].trim_start_matches('t').bytes().all(|it| it.is_ascii_digit()) && end > 0;
        written.push_str(if numbered { "'static" } else { &rest[before.len()..=before.len() + end] });
        rest = &after[end..];
    }
    written.push_str(rest);
    written
}

/// Lifetimes of a function by name, and how they are declared.
fn lifetimes(text: &str) -> (String, Vec<String>) {
    let mut text = text.to_owned();
    let mut declared = Vec::new();
    for number in (0..12).rev() {
        let (mark, name) = (format!("'{number}"), format!("'l{number}"));
        if text.contains(&mark) {
            text = text.replace(&mark, &name);
            declared.insert(0, name);
        }
    }
    (text, declared)
}

/// A function's signature with arguments by name, and a call of it.
struct Call {
    declared: String,
    params: String,
    returns: String,
    args: String,
    given: String,
}

fn call(fact: &Fact) -> Call {
    let params = fact.attribute("params").unwrap_or("()");
    let inner = params.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or_default();
    let named = parts(inner, ", ").into_iter().enumerate();
    let named: Vec<String> = named.map(|(number, type_)| format!("a{number}: {type_}")).collect();
    let args = (0..named.len()).map(|number| format!("a{number}")).collect::<Vec<_>>().join(", ");
    let receiver = fact.attribute("receiver").map(str::to_owned);
    let all: Vec<String> = receiver.into_iter().chain(named).collect();
    let joined = format!("{}\u{0}{}", all.join(", "), fact.attribute("returns").unwrap_or("()"));
    let (joined, mut declared) = lifetimes(&joined);
    let (params, returns) = joined.split_once('\u{0}').unwrap_or((&joined, "()"));
    let names = names(fact);
    declared.extend(names.iter().cloned());
    // An argument of an anonymous type leaves no room for lifetimes, and those of a function may not be given.
    let given = if names.is_empty() { String::new() } else { format!("::{}", given(&names)) };
    Call { declared: list(&declared), params: params.to_owned(), returns: returns.to_owned(), args, given }
}

fn unsafely(fact: &Fact, code: String) -> String {
    if fact.attribute("unsafe").is_some() { format!("unsafe {{ {code} }}") } else { code }
}

fn function(fact: &Fact, of: &Interface) -> Code {
    let call = call(fact);
    let constant = if fact.attribute("const").is_some() { "const " } else { "" };
    let made = unsafely(fact, format!("crate::{}{}({})", fact.key, call.given, call.args));
    let demands = demands(of, &fact.key);
    let Call { declared, params, mut returns, .. } = call;
    // What holds on to nothing can be kept when the arguments are gone.
    if returns.starts_with("impl ") && fact.attribute("captures").is_none() && !params.contains("impl ") {
        returns.push_str(&format!(" + use{}", given_or_none(&names(fact))));
    }
    let pointer = match fact.attribute("abi") {
        Some(abi) if fact.attribute("generics").is_none() => {
            let safe = if fact.attribute("unsafe").is_some() { "unsafe " } else { "" };
            let types = fact.attribute("params").unwrap_or("()");
            format!("\npub const POINTER: {safe}{abi} fn{types} -> {returns} = crate::{};", fact.key)
        }
        _ => String::new(),
    };
    let (returns, made) = if constant.is_empty() { exactly(&returns, made) } else { (returns, made) };
    Ok(format!("pub {constant}fn used{declared}({params}) -> {returns}{demands} {{ {made} }}{pointer}"))
}

/// A result with its exact type: what is returned as it is may turn into another type on the way, a `&String` into a
/// `&str`, which an `Option` of it does not.
fn exactly(returns: &str, made: String) -> (String, String) {
    if returns.starts_with("impl ") || matches!(returns, "()" | "!") {
        return (returns.to_owned(), made);
    }
    (format!("Option<{returns}>"), format!("let made = Some({made}); made"))
}

fn given_or_none(names: &[String]) -> String {
    if names.is_empty() { "<>".to_owned() } else { given(names) }
}

/// A method of a type, called from a trait for that type, so that its own rules of lifetimes hold.
fn method(fact: &Fact, of: &Interface) -> Code {
    let (owner, name) = fact.key.rsplit_once("::").ok_or("it has no owner")?;
    let path = owner.split('<').next().unwrap_or(owner);
    let type_ = ["struct", "enum", "union"]
        .iter()
        .find_map(|kind| of.fact(kind, path))
        .ok_or("its type has no path")?;
    let names = if owner.contains('<') { Vec::new() } else { self::names(type_) };
    let self_type = if owner.contains('<') { format!("crate::{owner}") } else { whole(type_, &names) };
    let call = call(fact);
    let (own, theirs): (Vec<String>, Vec<String>) =
        asked(of, &fact.key).into_iter().partition(|bound| !numbered(bound, 'F').is_empty());
    let clause = |bounds: Vec<String>| match bounds.is_empty() {
        true => String::new(),
        false => format!(" where {}", bounds.join(", ")),
    };
    let (own, theirs) = (clause(own), clause(theirs));
    let receiver = fact.attribute("receiver").map(|_| "self");
    let args =
        receiver.into_iter().map(str::to_owned).chain(Some(call.args.clone()).filter(|it| !it.is_empty()));
    let args = args.collect::<Vec<_>>().join(", ");
    let made = unsafely(fact, format!("<{self_type}>::{name}{}({args})", call.given));
    let Call { declared, params, returns, .. } = call;
    let (returns, made) = exactly(&returns, made);
    let sized = if receiver.is_some() && fact.attribute("receiver") == Some("self") { ": Sized" } else { "" };
    Ok(format!(
        "pub trait Used{list}{sized}{theirs} {{ fn used{declared}({params}) -> {returns}{own}; }}\n\
         impl{list} Used{given} for {self_type}{theirs} {{ fn used{declared}({params}) -> {returns}{own} {{ {made} }} }}",
        list = list(&names),
        given = given(&names),
    ))
}

fn trait_method(fact: &Fact, of: &Interface) -> Code {
    let (owner, name) = fact.key.rsplit_once("::").ok_or("it has no owner")?;
    let trait_ = of.fact("trait", owner).ok_or("its trait has no path")?;
    let names = self::names(trait_);
    let call = call(fact);
    let receiver = fact.attribute("receiver").map(|_| "self".to_owned());
    let args = receiver.into_iter().chain(Some(call.args.clone()).filter(|it| !it.is_empty()));
    let args = args.collect::<Vec<_>>().join(", ");
    let made = unsafely(fact, format!("<Self as {}>::{name}{}({args})", whole(trait_, &names), call.given));
    let mut bounds = asked(of, &fact.key);
    if !bounds.iter().any(|bound| bound == "Self: std::marker::Sized") {
        bounds.push("Self: std::marker::Sized".to_owned());
    }
    let Call { declared, params, returns, .. } = call;
    let (returns, made) = exactly(&returns, made);
    Ok(format!(
        "pub trait Used{}: {}{} {{ fn used{declared}({params}) -> {returns} where {} {{ {made} }} }}",
        list(&names),
        whole(trait_, &names),
        demands(of, owner),
        bounds.join(", "),
    ))
}

fn field(fact: &Fact, of: &Interface) -> Code {
    let (owner, name) = fact.key.rsplit_once('.').ok_or("it has no owner")?;
    let type_ =
        ["struct", "union"].iter().find_map(|kind| of.fact(kind, owner)).ok_or("its type has no path")?;
    let names = names(type_);
    let given = fact.attribute("type").unwrap_or("()");
    // A pointer to it is of its type and no other; a reference to it could turn into one to what it refers to.
    Ok(format!(
        "pub fn used{}(it: &{}) -> *const {given}{} {{ &raw const it.{name} }}",
        list(&names),
        whole(type_, &names),
        demands(of, owner)
    ))
}

/// All fields that a literal or a pattern without `..` must have.
fn all_fields(of: &Interface, kind: &str, owner: &str) -> String {
    let start = format!("{owner}.");
    let fields = of.facts().iter().filter(|fact| fact.kind == kind);
    let names = fields.filter_map(|fact| fact.key.strip_prefix(&start)).map(|name| format!("{name}: _"));
    names.collect::<Vec<_>>().join(", ")
}

fn complete_struct(fact: &Fact, of: &Interface) -> Code {
    let names = names(fact);
    let fields = all_fields(of, "field", &fact.key);
    let pattern = match fact.attribute("shape") {
        Some("unit") => return Ok(format!("pub fn used() -> crate::{} {{ crate::{} }}", fact.key, fact.key)),
        Some("tuple") => format!("({})", fields.split(", ").map(|_| "_").collect::<Vec<_>>().join(", ")),
        _ => format!(" {{ {fields} }}"),
    };
    Ok(format!(
        "pub fn used{}(it: &{}){} {{ let crate::{}{pattern} = it; }}",
        list(&names),
        whole(fact, &names),
        demands(of, &fact.key),
        fact.key
    ))
}

fn enum_of<'a>(variant: &str, of: &'a Interface) -> Result<&'a Fact, &'static str> {
    let (owner, _) = variant.rsplit_once("::").ok_or("it has no owner")?;
    of.fact("enum", owner).ok_or("its enum has no path")
}

fn complete_variant(fact: &Fact, of: &Interface) -> Code {
    let owner = enum_of(&fact.key, of)?;
    let names = names(owner);
    let fields = all_fields(of, "variant-field", &fact.key);
    let pattern = match fact.attribute("shape") {
        Some("tuple") => {
            format!(
                "({})",
                fields.split(", ").filter(|it| !it.is_empty()).map(|_| "_").collect::<Vec<_>>().join(", ")
            )
        }
        Some("unit") => String::new(),
        _ => format!(" {{ {fields} }}"),
    };
    Ok(format!(
        "pub fn used{}(it: &{}) -> bool{} {{ matches!(it, crate::{}{pattern}) }}",
        list(&names),
        whole(owner, &names),
        demands(of, &owner.key),
        fact.key
    ))
}

fn complete_enum(fact: &Fact, of: &Interface) -> Code {
    if fact.attribute("exhaustive") != Some("yes") {
        return Err("a match of it was never complete");
    }
    let names = names(fact);
    let start = format!("{}::", fact.key);
    let variants = of.facts().iter().filter(|it| it.kind == "variant" && it.key.starts_with(&start));
    let arms: Vec<String> = variants.map(|it| format!("crate::{} {{ .. }} => {{}}", it.key)).collect();
    let type_ = whole(fact, &names);
    Ok(format!(
        "pub fn used{}(it: {type_}){} {{ match it {{ {} }} }}",
        list(&names),
        demands(of, &fact.key),
        arms.join(", ")
    ))
}

fn variant(fact: &Fact, of: &Interface) -> Code {
    let owner = enum_of(&fact.key, of)?;
    let names = names(owner);
    Ok(format!(
        "pub fn used{}(it: &{}) -> bool{} {{ matches!(it, crate::{} {{ .. }}) }}",
        list(&names),
        whole(owner, &names),
        demands(of, &owner.key),
        fact.key
    ))
}

fn variant_field(fact: &Fact, of: &Interface) -> Code {
    let (variant, name) = fact.key.rsplit_once('.').ok_or("it has no owner")?;
    let owner = enum_of(variant, of)?;
    let names = names(owner);
    let declared = std::iter::once("'l".to_owned()).chain(names.clone()).collect::<Vec<_>>();
    Ok(format!(
        "pub fn used{}(it: &'l {}) -> Option<&'l {}>{} {{ if let crate::{variant} {{ {name}: a, .. }} = it {{ let a = Some(a); a }} else {{ None }} }}",
        list(&declared),
        whole(owner, &names),
        fact.attribute("type").unwrap_or("()"),
        demands(of, &owner.key),
    ))
}

/// Parameters of an item that occur in a text, by position.
fn parameters(text: &str) -> Vec<String> {
    numbered(text, 'T')
}

/// Names that are a letter and a number.
fn numbered(text: &str, letter: char) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    each_path(text, &mut |path| {
        let name = path.split("::").next().unwrap_or(path);
        let numbered = name
            .strip_prefix(letter)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|it| it.is_ascii_digit()));
        if numbered && !found.iter().any(|it| it == name) {
            found.push(name.to_owned());
        }
    });
    found
}

fn implements(fact: &Fact, of: &Interface) -> Code {
    let header = fact.key.strip_prefix("impl ").unwrap_or(&fact.key);
    let (trait_, type_) = header.split_once(" for ").ok_or("it has no type")?;
    let all = parameters(&format!("{header} {}", asked(of, &fact.key).join(" ")));
    let of_trait: String = parameters(trait_).iter().map(|name| format!("{name}, ")).collect();
    Ok(format!(
        "fn needs<{of_trait}X: {} + ?Sized>() {{}}\npub fn used{}(){} {{ needs::<{of_trait}{}>() }}",
        everlasting(trait_),
        list(&all),
        demands(of, &fact.key),
        everlasting(type_)
    ))
}

fn chosen(fact: &Fact, of: &Interface) -> Code {
    let (header, name) = fact.key.rsplit_once("::").ok_or("it has no owner")?;
    let rest = header.strip_prefix("impl ").unwrap_or(header);
    let (trait_, type_) = rest.split_once(" for ").ok_or("it has no type")?;
    let parameters = parameters(&format!("{rest} {}", asked(of, header).join(" ")));
    Ok(format!(
        "pub fn used{}(it: <{} as {}>::{name}) -> {}{} {{ it }}",
        list(&parameters),
        everlasting(type_),
        everlasting(trait_),
        everlasting(fact.attribute("type").unwrap_or("()")),
        demands(of, header)
    ))
}

fn auto(fact: &Fact, of: &Interface) -> Code {
    let (owner, name) = fact.key.split_once(": ").ok_or("it has no owner")?;
    let path = match name {
        "Send" | "Sync" | "Unpin" => format!("std::marker::{name}"),
        _ => format!("std::panic::{name}"),
    };
    let type_ = ["struct", "enum", "union"]
        .iter()
        .find_map(|kind| of.fact(kind, owner))
        .ok_or("its type has no path")?;
    let names = names(type_);
    let mut when = asked(of, owner);
    when.extend(fact.attribute("when").filter(|it| !it.is_empty()).map(str::to_owned));
    let clause = if when.is_empty() { String::new() } else { format!(" where {}", when.join(", ")) };
    Ok(format!(
        "fn needs<X: {path}>() {{}}\npub fn used{}(){clause} {{ needs::<{}>() }}",
        list(&names),
        whole(type_, &names)
    ))
}

/// A type of the user's that implements a trait with all that it asks for.
fn implementation(fact: &Fact, of: &Interface) -> Code {
    if fact.attribute("sealed") == Some("yes") {
        return Err("nobody else could implement it");
    }
    let names = names(fact);
    let start = format!("{}::", fact.key);
    let mut items = Vec::new();
    for item in of.facts().iter().filter(|it| it.key.starts_with(&start)) {
        let name = &item.key[start.len()..];
        let needed = item.attribute("provided") == Some("no") && !name.contains("::");
        match &*item.kind {
            "trait-method" if needed => {
                let Call { declared, params, returns, .. } = call(item);
                let clause = demands(of, &item.key);
                let safe = if item.attribute("unsafe").is_some() { "unsafe " } else { "" };
                items.push(format!(
                    "{safe}fn {name}{declared}({params}) -> {returns}{clause} {{ loop {{}} }}"
                ));
            }
            "trait-type" if needed => items.push(format!("type {name} = It;")),
            "trait-const" if needed => return Err("its constants cannot be made up"),
            _ => {}
        }
    }
    let derives = derives(fact, of);
    let unsafe_ = if fact.attribute("unsafe").is_some() { "unsafe " } else { "" };
    Ok(format!(
        "{derives}\npub struct It;\n{unsafe_}impl{} {} for It{} {{ {} }}",
        list(&names),
        whole(fact, &names),
        demands(of, &fact.key),
        items.join(" ")
    ))
}

/// What a user's type must derive to be allowed to implement a trait, and no more.
fn derives(trait_: &Fact, of: &Interface) -> String {
    const KNOWN: &[&str] =
        &["Clone", "Copy", "Debug", "Default", "PartialEq", "Eq", "PartialOrd", "Ord", "Hash"];
    let start = format!("{}:", trait_.key);
    let bounds = of.facts().iter().filter(|fact| matches!(&*fact.kind, "supertrait" | "type-bound"));
    let bounds = bounds.filter(|fact| fact.key.starts_with(&start));
    let asked: Vec<&str> = bounds.filter_map(|fact| fact.key.rsplit("::").next()).collect();
    let asks = |names: &[&str]| asked.iter().any(|name| names.contains(name));
    let needed = KNOWN.iter().filter(|name| match **name {
        "Clone" => asks(&["Clone", "Copy"]),
        "PartialEq" => asks(&["PartialEq", "Eq", "PartialOrd", "Ord"]),
        "Eq" | "PartialOrd" => asks(&[name, "Ord"]),
        name => asks(&[name]),
    });
    let needed: Vec<&str> = needed.copied().collect();
    if needed.is_empty() { String::new() } else { format!("#[derive({})]", needed.join(", ")) }
}
