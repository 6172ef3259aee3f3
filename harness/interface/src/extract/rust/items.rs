//! Facts of everything that has a name: modules, types and their parts, traits, functions, constants, macros.

use rustdoc_types::{
    Attribute, Crate, Enum, Generics, Id, Item, ItemEnum, MacroKind, ReprKind, Struct, StructKind, Trait,
    Type, Union, Variant, VariantKind, Visibility,
};

use super::generics::{Demands, Of, demands};
use super::names::hidden;
use super::scope::Scope;
use super::signature::{Capture, Signature, signature};
use super::types::Writer;
use super::{Edition, traits};
use crate::model::Fact;

/// Writes facts of one crate.
pub(super) struct Facts<'a> {
    pub(super) writer: Writer<'a>,
    pub(super) edition: Edition,
    pub(super) facts: Vec<Fact>,
}

impl Facts<'_> {
    /// All facts of one named item, under the path that it is called by.
    pub(super) fn item(&mut self, id: Id, key: &str) {
        let Some(item) = self.writer.document.index.get(&id) else { return };
        for other in self.writer.names.others(id).collect::<Vec<_>>() {
            self.facts.push(Fact::new("path", other).with("item", key));
        }
        match &item.inner {
            ItemEnum::Module(_) => self.push(item, Fact::new("mod", key)),
            ItemEnum::Struct(it) => self.structure(item, it, key),
            ItemEnum::Union(it) => self.union(item, it, key),
            ItemEnum::Enum(it) => self.enumeration(item, it, key),
            ItemEnum::Trait(it) => self.trait_(item, it, key),
            ItemEnum::Function(it) => {
                let signature = signature(&self.writer, it, &Scope::new([].into()), self.capture());
                self.function(item, "fn", key, &signature);
            }
            ItemEnum::TypeAlias(it) => {
                let (demands, scope) = self.demands(&it.generics);
                let type_ = self.writer.write(&it.type_, &mut scope.clone());
                let fact = Fact::new("alias", key).with("type", type_);
                self.push(item, with_generics(fact, &demands));
            }
            ItemEnum::Constant { type_, const_ } => {
                let mut fact = Fact::new("const", key).with("type", self.loose(type_));
                if let Some(value) = const_.value.as_ref().filter(|_| const_.is_literal) {
                    fact = fact.with("value", value.clone());
                }
                self.push(item, fact);
            }
            ItemEnum::Static(it) => {
                let mutable = if it.is_mutable { "yes" } else { "no" };
                let fact =
                    Fact::new("static", key).with("type", self.loose(&it.type_)).with("mutable", mutable);
                self.push(item, fact);
            }
            ItemEnum::Macro(text) => self.push(item, Fact::new("macro", key).with("arms", arms(text))),
            ItemEnum::ProcMacro(it) => {
                let kind = match it.kind {
                    MacroKind::Bang => "macro",
                    MacroKind::Attr => "attribute-macro",
                    MacroKind::Derive => "derive-macro",
                };
                self.push(item, Fact::new(kind, key).with("helpers", it.helpers.join(", ")));
            }
            // Variants are told with their enum; the rest has no name of its own, or is not stable Rust.
            _ => {}
        }
    }

    /// What lifetimes an `impl Trait` holds on to in this crate's edition.
    pub(super) fn capture(&self) -> Capture {
        if self.edition >= Edition::E2024 { Capture::All } else { Capture::Named }
    }

    pub(super) fn push(&mut self, item: &Item, fact: Fact) {
        self.facts.push(annotated(item, fact));
    }

    /// A function, and what it demands.
    pub(super) fn function(&mut self, item: &Item, kind: &'static str, key: &str, signature: &Signature) {
        self.push(item, signature.on(Fact::new(kind, key)));
        self.bounds(kind, key, &signature.demands);
    }

    /// Demands as facts of their own, so that one more is one more fact.
    pub(super) fn bounds(&mut self, on: &str, key: &str, demands: &Demands) {
        for bound in &demands.bounds {
            // Of a trait without a name nothing is promised; whoever writes a use must know that it is asked for.
            let kind = if bound.contains("crate::_::") { "unnamed-bound" } else { "bound" };
            self.facts.push(Fact::new(kind, format!("{key} where {bound}")).with("on", on));
        }
        for subject in &demands.unsized_ {
            self.facts.push(Fact::new("unsized", format!("{key} where {subject}: ?Sized")).with("on", on));
        }
    }

    pub(super) fn demands(&self, generics: &Generics) -> (Demands, Scope) {
        let mut scope = Scope::new([].into());
        let demands = demands(&self.writer, generics, Of::Item, &mut scope);
        (demands, scope)
    }

    fn loose(&self, type_: &Type) -> String {
        self.writer.write(type_, &mut Scope::new([].into()))
    }

    fn structure(&mut self, item: &Item, it: &Struct, key: &str) {
        let (demands, scope) = self.demands(&it.generics);
        let (shape, fields, stripped) = match &it.kind {
            StructKind::Unit => ("unit", Vec::new(), false),
            StructKind::Tuple(fields) => ("tuple", fields.clone(), false),
            StructKind::Plain { fields, has_stripped_fields } => {
                ("plain", fields.iter().copied().map(Some).collect(), *has_stripped_fields)
            }
        };
        let document = self.writer.document;
        let open =
            !non_exhaustive(item) && !stripped && fields.iter().all(|field| is_public(document, *field));
        let fact = Fact::new("struct", key).with("shape", shape).with("literal", yes(open));
        let fact = if non_exhaustive(item) { fact.with("non-exhaustive", "yes") } else { fact };
        self.push(item, with_generics(with_repr(item, fact), &demands));
        self.bounds("struct", key, &demands);
        for field in fields.into_iter().flatten().filter(|field| is_public(document, Some(*field))) {
            self.field("field", field, &format!("{key}."), yes(open), &scope);
        }
    }

    fn union(&mut self, item: &Item, it: &Union, key: &str) {
        let (demands, scope) = self.demands(&it.generics);
        self.push(item, with_generics(with_repr(item, Fact::new("union", key)), &demands));
        self.bounds("union", key, &demands);
        let document = self.writer.document;
        for field in it.fields.iter().filter(|field| is_public(document, Some(**field))) {
            self.field("field", *field, &format!("{key}."), "no", &scope);
        }
    }

    fn enumeration(&mut self, item: &Item, it: &Enum, key: &str) {
        let (demands, scope) = self.demands(&it.generics);
        let exhaustive = yes(!non_exhaustive(item));
        let fact = Fact::new("enum", key).with("exhaustive", exhaustive);
        self.push(item, with_generics(with_repr(item, fact), &demands));
        self.bounds("enum", key, &demands);
        for id in &it.variants {
            let Some(variant) = self.writer.document.index.get(id) else { continue };
            if let (ItemEnum::Variant(inner), Some(name)) = (&variant.inner, &variant.name) {
                self.variant(variant, inner, &format!("{key}::{name}"), exhaustive, &scope);
            }
        }
    }

    fn variant(&mut self, item: &Item, it: &Variant, key: &str, exhaustive: &'static str, scope: &Scope) {
        let (shape, fields, stripped) = match &it.kind {
            VariantKind::Plain => ("unit", Vec::new(), false),
            VariantKind::Tuple(fields) => ("tuple", fields.clone(), false),
            VariantKind::Struct { fields, has_stripped_fields } => {
                ("plain", fields.iter().copied().map(Some).collect(), *has_stripped_fields)
            }
        };
        let open = !non_exhaustive(item) && !stripped;
        let mut fact = Fact::new("variant", key)
            .with("exhaustive", exhaustive)
            .with("shape", shape)
            .with("literal", yes(open));
        if let Some(discriminant) = &it.discriminant {
            fact = fact.with("discriminant", discriminant.value.clone());
        }
        self.push(item, fact);
        for field in fields.into_iter().flatten() {
            self.field("variant-field", field, &format!("{key}."), yes(open), scope);
        }
    }

    fn field(&mut self, kind: &'static str, id: Id, owner: &str, open: &'static str, scope: &Scope) {
        let Some(item) = self.writer.document.index.get(&id) else { return };
        let (ItemEnum::StructField(type_), Some(name)) = (&item.inner, &item.name) else { return };
        let type_ = self.writer.write(type_, &mut scope.clone());
        let fact = Fact::new(kind, format!("{owner}{name}")).with("type", type_).with("literal", open);
        self.push(item, fact);
    }

    fn trait_(&mut self, item: &Item, it: &Trait, key: &str) {
        let (demands, mut scope) = self.demands(&it.generics);
        let sealed = yes(traits::sealed(&self.writer, it));
        let mut fact = Fact::new("trait", key).with("dyn", yes(it.is_dyn_compatible)).with("sealed", sealed);
        if it.is_unsafe {
            fact = fact.with("unsafe", "yes");
        }
        self.push(item, with_generics(fact, &demands));
        self.bounds("trait", key, &demands);
        // One that others cannot name seals the trait, which is told there.
        let supers = self.writer.bounds(&it.bounds, &mut scope);
        for bound in supers.iter().filter(|bound| !bound.contains("crate::_::")) {
            self.facts.push(Fact::new("supertrait", format!("{key}: {bound}")).with("sealed", sealed));
        }
        for id in &it.items {
            self.trait_item(*id, key, sealed, &scope);
        }
    }

    fn trait_item(&mut self, id: Id, owner: &str, sealed: &'static str, scope: &Scope) {
        let Some(item) = self.writer.document.index.get(&id) else { return };
        let Some(name) = &item.name else { return };
        let key = format!("{owner}::{name}");
        match &item.inner {
            ItemEnum::Function(function) => {
                let signature = signature(&self.writer, function, scope, Capture::All);
                let fact = signature.on(Fact::new("trait-method", &key));
                let fact = fact.with("provided", yes(function.has_body)).with("sealed", sealed);
                self.push(item, fact);
                self.bounds("trait-method", &key, &signature.demands);
            }
            ItemEnum::AssocConst { type_, value } => {
                let type_ = self.writer.write(type_, &mut scope.clone());
                let fact = Fact::new("trait-const", &key).with("type", type_);
                self.push(item, fact.with("provided", yes(value.is_some())).with("sealed", sealed));
            }
            ItemEnum::AssocType { generics, bounds, type_ } => {
                let mut scope = scope.clone();
                let demands = demands(&self.writer, generics, Of::Function, &mut scope);
                let fact = Fact::new("trait-type", &key).with("provided", yes(type_.is_some()));
                self.push(item, with_generics(fact, &demands).with("sealed", sealed));
                self.bounds("trait-type", &key, &demands);
                for bound in self.writer.bounds(bounds, &mut scope) {
                    let fact = Fact::new("type-bound", format!("{key}: {bound}"));
                    self.facts.push(fact.with("sealed", sealed));
                }
            }
            _ => {}
        }
    }
}

pub(super) fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn is_public(document: &Crate, field: Option<Id>) -> bool {
    let item = field.and_then(|id| document.index.get(&id));
    item.is_some_and(|item| matches!(item.visibility, Visibility::Public))
}

fn non_exhaustive(item: &Item) -> bool {
    item.attrs.contains(&Attribute::NonExhaustive)
}

fn with_generics(fact: Fact, demands: &Demands) -> Fact {
    if demands.parameters.is_empty() { fact } else { fact.with("generics", demands.parameters.clone()) }
}

fn with_repr(item: &Item, fact: Fact) -> Fact {
    let repr = item.attrs.iter().find_map(|attribute| match attribute {
        Attribute::Repr(repr) => Some(repr),
        _ => None,
    });
    let Some(repr) = repr else { return fact };
    let kind = match repr.kind {
        ReprKind::Rust => "",
        ReprKind::C => "C",
        ReprKind::Transparent => "transparent",
        ReprKind::Simd => "simd",
    };
    let parts = [
        kind.to_owned(),
        repr.int.clone().unwrap_or_default(),
        repr.align.map(|align| format!("align({align})")).unwrap_or_default(),
        repr.packed.map(|packed| format!("packed({packed})")).unwrap_or_default(),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    fact.with("repr", parts.join(", "))
}

/// What any item can say of itself.
fn annotated(item: &Item, mut fact: Fact) -> Fact {
    if hidden(item) {
        fact = fact.with("hidden", "yes");
    }
    if let Some(deprecation) = &item.deprecation {
        let said = [deprecation.since.as_deref(), deprecation.note.as_deref()];
        let said = said.into_iter().flatten().map(|text| text.trim().replace('\n', " "));
        fact = fact.with("deprecated", said.collect::<Vec<_>>().join(": "));
    }
    if item.attrs.iter().any(|attribute| matches!(attribute, Attribute::MustUse { .. })) {
        fact = fact.with("must-use", "yes");
    }
    if let Some(serde) = serde(item) {
        fact = fact.with("serde", serde);
    }
    fact
}

/// What decides how a value is written by serde: its names and its shape, without helpers' names.
fn serde(item: &Item) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for attribute in &item.attrs {
        let Attribute::Other(text) = attribute else { continue };
        let Some(inner) = text.strip_prefix("#[serde(").and_then(|rest| rest.strip_suffix(")]")) else {
            continue;
        };
        parts.extend(inner.split(',').map(|part| part.trim().replace(" = ", "=")));
    }
    parts.retain(|part| !part.is_empty() && !part.starts_with("crate") && !part.starts_with("bound"));
    parts.sort();
    parts.dedup();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What a macro takes: its text without what it gives, as rustdoc shows it.
fn arms(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
