//! Types as text, so that what means the same reads the same.
//!
//! Generic parameters are named by position, aliases are written out, bounds are sorted, elided lifetimes stay elided,
//! and items of other crates have no version in their paths.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use rustdoc_types::{
    AssocItemConstraintKind, Crate, DynTrait, FunctionPointer, GenericArg, GenericArgs, GenericBound,
    GenericParamDef, GenericParamDefKind, Id, ItemEnum, Path, Term, TraitBoundModifier, Type, TypeAlias,
};

use super::foreign::{self, Packages};
use super::names::Names;
use super::scope::{Position, Scope};

/// Writes types of one document.
pub(super) struct Writer<'a> {
    pub(super) document: &'a Crate,
    pub(super) names: &'a Names,
    pub(super) packages: &'a Packages,
    /// Crates of which a newer line occurs as well.
    pub(super) other_lines: BTreeMap<u32, String>,
    /// Crates whose items were written, by what was being written.
    exposed: RefCell<BTreeSet<u32>>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(document: &'a Crate, names: &'a Names, packages: &'a Packages) -> Self {
        Self { document, names, packages, other_lines: BTreeMap::new(), exposed: RefCell::default() }
    }

    /// The other crates whose items have been written since this was asked last.
    pub(super) fn exposed(&self) -> BTreeSet<u32> {
        self.exposed.take()
    }

    pub(super) fn write(&self, type_: &Type, scope: &mut Scope) -> String {
        match type_ {
            Type::ResolvedPath(path) => self.path(path, scope),
            Type::DynTrait(it) => self.dyn_trait(it, false, scope),
            Type::Generic(name) => scope.generic(name),
            Type::Primitive(name) if name == "never" => "!".to_owned(),
            Type::Primitive(name) => name.clone(),
            Type::FunctionPointer(it) => self.pointer(it, scope),
            Type::Tuple(types) => match &*self.list(types, scope) {
                [one] => format!("({one},)"),
                several => format!("({})", several.join(", ")),
            },
            Type::Slice(it) => format!("[{}]", self.write(it, scope)),
            Type::Array { type_, len } => format!("[{}; {}]", self.write(type_, scope), scope.generic(len)),
            Type::Pat { type_, .. } => self.write(type_, scope),
            Type::ImplTrait(bounds) => scope.opaque(self, bounds),
            Type::Infer => "_".to_owned(),
            Type::RawPointer { is_mutable, type_ } => {
                format!("*{} {}", if *is_mutable { "mut" } else { "const" }, self.write(type_, scope))
            }
            Type::BorrowedRef { lifetime, is_mutable, type_ } => {
                let lifetime = scope.lifetime(lifetime.as_deref());
                let space = if lifetime.is_empty() { "" } else { " " };
                let mutable = if *is_mutable { "mut " } else { "" };
                let inner = match &**type_ {
                    Type::DynTrait(it) => self.dyn_trait(it, true, scope),
                    other => self.write(other, scope),
                };
                let inner =
                    if inner.contains(" + ") && (inner.starts_with("dyn ") || inner.starts_with("impl ")) {
                        format!("({inner})")
                    } else {
                        inner
                    };
                format!("&{lifetime}{space}{mutable}{inner}")
            }
            Type::QualifiedPath { name, args, self_type, trait_ } => {
                let owner = self.write(self_type, scope);
                let args = args.as_deref().map(|args| self.args(args, scope)).unwrap_or_default();
                match trait_.as_ref().filter(|path| !path.path.is_empty()) {
                    Some(path) => format!("<{owner} as {}>::{name}{args}", self.path(path, scope)),
                    None => format!("{owner}::{name}{args}"),
                }
            }
        }
    }

    pub(super) fn list(&self, types: &[Type], scope: &mut Scope) -> Vec<String> {
        types.iter().map(|type_| self.write(type_, scope)).collect()
    }

    /// Bounds as a sorted list. What captures lifetimes is no bound and is left out.
    pub(super) fn bounds(&self, bounds: &[GenericBound], scope: &mut Scope) -> Vec<String> {
        let mut written: Vec<String> = bounds.iter().filter_map(|bound| self.bound(bound, scope)).collect();
        written.retain(|bound| !bound.is_empty());
        written.sort();
        written.dedup();
        written
    }

    fn bound(&self, bound: &GenericBound, scope: &mut Scope) -> Option<String> {
        match bound {
            GenericBound::TraitBound { trait_, generic_params, modifier } => {
                let written = scope.higher_ranked(generic_params, |scope| self.path(trait_, scope));
                Some(match modifier {
                    TraitBoundModifier::None => written,
                    TraitBoundModifier::Maybe => format!("?{written}"),
                    TraitBoundModifier::MaybeConst => format!("~const {written}"),
                })
            }
            GenericBound::Outlives(lifetime) => Some(scope.lifetime(Some(lifetime))),
            GenericBound::Use(_) => None,
        }
    }

    /// A path with its arguments: of an item of this crate, of another, or what an alias stands for.
    pub(super) fn path(&self, path: &Path, scope: &mut Scope) -> String {
        if let Some(alias) = self.alias(path.id).filter(|_| scope.expands(path.id)) {
            return self.expand(path.id, alias, path.args.as_deref(), scope);
        }
        let name = self.name(path.id, &path.path);
        let args = match path.args.as_deref() {
            Some(args) => self.args(args, scope),
            None => String::new(),
        };
        foreign::written_out(&name, &args)
            .unwrap_or_else(|| format!("{name}{}", self.hidden(path, args, scope)))
    }

    /// How an item is called, without arguments.
    pub(super) fn name(&self, id: Id, written: &str) -> String {
        if let Some(name) = self.names.name(id) {
            return format!("crate::{name}");
        }
        match self.document.paths.get(&id) {
            Some(summary) if summary.crate_id != 0 => {
                self.exposed.borrow_mut().insert(summary.crate_id);
                foreign::name(&summary.path, self.other_lines.get(&summary.crate_id).map(String::as_str))
            }
            // It has no public path: users cannot name it.
            _ => format!("crate::_::{}", written.rsplit("::").next().unwrap_or(written)),
        }
    }

    fn alias(&self, id: Id) -> Option<&'a TypeAlias> {
        match self.document.index.get(&id).map(|item| &item.inner) {
            Some(ItemEnum::TypeAlias(alias)) => Some(alias),
            _ => None,
        }
    }

    fn expand(&self, id: Id, alias: &TypeAlias, args: Option<&GenericArgs>, scope: &mut Scope) -> String {
        let given: &[GenericArg] = match args {
            Some(GenericArgs::AngleBracketed { args, .. }) => args,
            Some(GenericArgs::Parenthesized { .. } | GenericArgs::ReturnTypeNotation) | None => &[],
        };
        let mut lifetimes = given.iter().filter(|arg| matches!(arg, GenericArg::Lifetime(_)));
        let mut others = given.iter().filter(|arg| !matches!(arg, GenericArg::Lifetime(_)));
        let mut inside = BTreeMap::new();
        for parameter in &alias.generics.params {
            let text = match &parameter.kind {
                GenericParamDefKind::Lifetime { .. } => match lifetimes.next() {
                    Some(GenericArg::Lifetime(name)) => scope.lifetime(Some(name)),
                    Some(_) | None => scope.lifetime(None),
                },
                GenericParamDefKind::Type { default, .. } => match (others.next(), default) {
                    (Some(arg), _) => self.arg(arg, scope),
                    (None, Some(default)) => {
                        scope.within(id, inside.clone(), |scope| self.write(default, scope))
                    }
                    (None, None) => "_".to_owned(),
                },
                GenericParamDefKind::Const { default, .. } => match others.next() {
                    Some(arg) => self.arg(arg, scope),
                    None => default.clone().unwrap_or_else(|| "_".to_owned()),
                },
            };
            inside.insert(parameter.name.clone(), text);
        }
        scope.within(id, inside, |scope| self.write(&alias.type_, scope))
    }

    fn args(&self, args: &GenericArgs, scope: &mut Scope) -> String {
        match args {
            GenericArgs::AngleBracketed { args, constraints } => {
                let mut written: Vec<String> = args.iter().map(|arg| self.arg(arg, scope)).collect();
                written.retain(|arg| !arg.is_empty());
                let mut constrained = Vec::new();
                for constraint in constraints {
                    let args =
                        constraint.args.as_deref().map(|args| self.args(args, scope)).unwrap_or_default();
                    let name = format!("{}{args}", constraint.name);
                    constrained.push(match &constraint.binding {
                        AssocItemConstraintKind::Equality(Term::Type(type_)) => {
                            format!("{name} = {}", self.write(type_, scope))
                        }
                        AssocItemConstraintKind::Equality(Term::Constant(constant)) => {
                            format!("{name} = {}", constant.expr)
                        }
                        AssocItemConstraintKind::Constraint(bounds) => {
                            format!("{name}: {}", self.bounds(bounds, scope).join(" + "))
                        }
                    });
                }
                constrained.sort();
                written.extend(constrained);
                if written.is_empty() { String::new() } else { format!("<{}>", written.join(", ")) }
            }
            GenericArgs::Parenthesized { inputs, output } => scope.at(Position::Loose, |scope| {
                let inputs = self.list(inputs, scope).join(", ");
                match output {
                    Some(output) => format!("({inputs}) -> {}", self.write(output, scope)),
                    None => format!("({inputs})"),
                }
            }),
            GenericArgs::ReturnTypeNotation => "(..)".to_owned(),
        }
    }

    fn arg(&self, arg: &GenericArg, scope: &mut Scope) -> String {
        match arg {
            GenericArg::Lifetime(name) => scope.lifetime(Some(name)),
            GenericArg::Type(type_) => self.write(type_, scope),
            GenericArg::Const(constant) => {
                constant.value.clone().unwrap_or_else(|| scope.generic(&constant.expr))
            }
            GenericArg::Infer => "_".to_owned(),
        }
    }

    /// Lifetimes of a type of this crate may be left out where it is used; they are put in, so that they can be linked.
    fn hidden(&self, path: &Path, args: String, scope: &mut Scope) -> String {
        let Some(item) = self.document.index.get(&path.id).filter(|item| item.crate_id == 0) else {
            return args;
        };
        let parameters = match &item.inner {
            ItemEnum::Struct(it) => &it.generics.params,
            ItemEnum::Enum(it) => &it.generics.params,
            ItemEnum::Union(it) => &it.generics.params,
            _ => return args,
        };
        let given = match path.args.as_deref() {
            Some(GenericArgs::AngleBracketed { args, .. }) => args.as_slice(),
            _ => &[],
        };
        let lifetime = |it: &&GenericParamDef| matches!(it.kind, GenericParamDefKind::Lifetime { .. });
        if given.iter().any(|arg| matches!(arg, GenericArg::Lifetime(_))) {
            return args;
        }
        let missing: Vec<String> = parameters
            .iter()
            .filter(lifetime)
            .map(|_| scope.lifetime(None))
            .filter(|it| !it.is_empty())
            .collect();
        match (missing.is_empty(), args.strip_prefix('<')) {
            (true, _) => args,
            (false, None) => format!("<{}>", missing.join(", ")),
            (false, Some(rest)) => format!("<{}, {rest}", missing.join(", ")),
        }
    }

    fn dyn_trait(&self, it: &DynTrait, referenced: bool, scope: &mut Scope) -> String {
        let mut traits: Vec<String> = it
            .traits
            .iter()
            .map(|it| scope.higher_ranked(&it.generic_params, |scope| self.path(&it.trait_, scope)))
            .collect();
        traits.sort();
        match it.lifetime.as_deref() {
            // That is what it is when nobody says anything, except behind a reference.
            Some("'static") if !referenced => {}
            Some(lifetime) => traits.extend(Some(scope.lifetime(Some(lifetime))).filter(|it| !it.is_empty())),
            None => {}
        }
        format!("dyn {}", traits.join(" + "))
    }

    fn pointer(&self, it: &FunctionPointer, scope: &mut Scope) -> String {
        scope.higher_ranked(&it.generic_params, |scope| {
            scope.at(Position::Loose, |scope| {
                let inputs: Vec<String> =
                    it.sig.inputs.iter().map(|(_, type_)| self.write(type_, scope)).collect();
                let output = it.sig.output.as_ref().map(|type_| format!(" -> {}", self.write(type_, scope)));
                let unsafe_ = if it.header.is_unsafe { "unsafe " } else { "" };
                let abi = super::signature::abi(&it.header.abi);
                format!("{unsafe_}{abi}fn({}){}", inputs.join(", "), output.unwrap_or_default())
            })
        })
    }
}
