//! Facts of `impl` blocks: methods of types, and which traits hold for what.

use rustdoc_types::{GenericArg, GenericArgs, Generics, Id, Impl, Item, ItemEnum, Path, Type, Visibility};

use super::generics::{Demands, Of, demands};
use super::items::Facts;
use super::scope::{Position, Scope, settle};
use super::signature::signature;
use crate::model::Fact;

/// Auto traits that users rely on. Others are unstable, or say nothing that can be used.
const AUTO: &[&str] = &["Send", "Sync", "Unpin", "UnwindSafe", "RefUnwindSafe"];
/// Traits that derives implement for the compiler's own use.
const INTERNAL: &[&str] = &["StructuralPartialEq", "TrivialClone", "Freeze", "UnsafeUnpin"];

impl<'a> Facts<'a> {
    /// Methods and auto traits of a type.
    pub(super) fn of_type(&mut self, id: Id, key: &str) {
        let Some(item) = self.writer.document.index.get(&id) else { return };
        let (generics, impls) = match &item.inner {
            ItemEnum::Struct(it) => (&it.generics, &it.impls),
            ItemEnum::Enum(it) => (&it.generics, &it.impls),
            ItemEnum::Union(it) => (&it.generics, &it.impls),
            _ => return,
        };
        for id in impls {
            let Some(ItemEnum::Impl(it)) = self.writer.document.index.get(id).map(|item| &item.inner) else {
                continue;
            };
            match &it.trait_ {
                None => self.inherent(it, key, generics),
                Some(trait_) if it.is_synthetic && !it.is_negative => self.auto(it, trait_, key),
                Some(_) => {}
            }
        }
    }

    /// Every trait that this crate implements for something.
    pub(super) fn implementations(&mut self) {
        let document = self.writer.document;
        let own = |(id, item): (&'a Id, &'a Item)| match &item.inner {
            ItemEnum::Impl(Impl {
                trait_: Some(trait_), is_synthetic: false, blanket_impl: None, ..
            }) => (item.crate_id == 0).then_some((*id, item, trait_)),
            _ => None,
        };
        let mut found: Vec<(Id, &Item, &Path)> = document.index.iter().filter_map(own).collect();
        found.sort_by_key(|(id, ..)| *id);
        for (_, item, trait_) in found {
            self.implementation(item, trait_);
        }
    }

    fn implementation(&mut self, item: &Item, trait_: &Path) {
        let ItemEnum::Impl(it) = &item.inner else { return };
        let last = trait_.path.rsplit("::").next().unwrap_or_default();
        if INTERNAL.contains(&last) {
            return;
        }
        let (demands, scope, for_) = self.header(it);
        let mut inner = scope.with([("Self".to_owned(), for_.clone())]);
        let trait_ = inner.at(Position::Input, |scope| self.writer.path(trait_, scope));
        let count = inner.lifetimes();
        let linked = |number: usize| {
            let mark = super::scope::mark(number);
            (trait_.matches(&mark).count() + for_.matches(&mark).count()) > 1
        };
        let (trait_, for_) = (settle(&trait_, count, &linked), settle(&for_, count, &linked));
        if trait_.contains("crate::_::") || for_.contains("crate::_::") {
            return;
        }
        let key = format!("impl {trait_} for {for_}");
        let fact = Fact::new("impl", &key);
        let fact = if it.is_negative { fact.with("negative", "yes") } else { fact };
        let fact = if it.is_unsafe { fact.with("unsafe", "yes") } else { fact };
        let blanket = matches!(it.for_, Type::Generic(_));
        self.push(item, if blanket { fact.with("blanket", "yes") } else { fact });
        let bounds = demands.bounds.iter().map(|bound| settle(bound, count, &linked)).collect();
        self.bounds("impl", &key, &Demands { bounds, ..demands });
        for id in &it.items {
            self.impl_item(*id, &key, &inner);
        }
    }

    /// The types that an implementation chooses. Its methods are the trait's.
    fn impl_item(&mut self, id: Id, owner: &str, scope: &Scope) {
        let Some(item) = self.writer.document.index.get(&id) else { return };
        if let (ItemEnum::AssocType { generics, type_: Some(type_), .. }, Some(name)) =
            (&item.inner, &item.name)
        {
            let mut scope = scope.clone();
            demands(&self.writer, generics, Of::Function, &mut scope);
            let written = scope.at(Position::Loose, |scope| self.writer.write(type_, scope));
            let written = settle(&written, scope.lifetimes(), &|_| false);
            if !written.contains("crate::_::") {
                self.push(item, Fact::new("impl-type", format!("{owner}::{name}")).with("type", written));
            }
        }
    }

    /// Demands, scope and type of an `impl`, its parameters named by position.
    fn header(&self, it: &Impl) -> (Demands, Scope, String) {
        let mut scope = Scope::new([].into());
        let ordered = in_order(it);
        let demands = demands(&self.writer, &ordered, Of::Impl, &mut scope);
        let for_ = scope.at(Position::Input, |scope| self.writer.write(&it.for_, scope));
        (demands, scope, for_)
    }

    fn auto(&mut self, it: &Impl, trait_: &Path, key: &str) {
        let last = trait_.path.rsplit("::").next().unwrap_or_default();
        if !AUTO.contains(&last) {
            return;
        }
        let (demands, ..) = self.header(it);
        let when =
            demands.bounds.iter().filter(|bound| !bound.starts_with('\'')).cloned().collect::<Vec<_>>();
        let fact = Fact::new("auto", format!("{key}: {last}")).with("trait", last);
        self.facts.push(if when.is_empty() { fact } else { fact.with("when", when.join(", ")) });
    }

    fn inherent(&mut self, it: &Impl, key: &str, type_: &Generics) {
        let (demands, scope, for_) = self.header(it);
        let for_ = settle(&for_, scope.lifetimes(), &|_| false);
        // Methods of `impl<T> Api<T>` are the type's; those of `impl Api<Pod>` are of that type alone.
        let owner = match whole(it, type_) {
            true => key.to_owned(),
            false => for_.strip_prefix("crate::").unwrap_or(&for_).to_owned(),
        };
        let scope = scope.with([("Self".to_owned(), for_)]);
        for id in &it.items {
            let Some(item) = self.writer.document.index.get(id) else { continue };
            let Some(name) = item.name.as_ref().filter(|_| matches!(item.visibility, Visibility::Public))
            else {
                continue;
            };
            let key = format!("{owner}::{name}");
            match &item.inner {
                ItemEnum::Function(function) => {
                    let mut signature = signature(&self.writer, function, &scope, self.capture());
                    signature.demands = std::mem::take(&mut signature.demands).and(&demands);
                    self.function(item, "method", &key, &signature);
                }
                ItemEnum::AssocConst { type_, .. } => {
                    let type_ = self.writer.write(type_, &mut scope.clone());
                    self.push(item, Fact::new("const", &key).with("type", type_));
                }
                _ => {}
            }
        }
    }
}

/// The parameters of an `impl` in the order in which its type and its trait use them, since their own order says nothing.
fn in_order(it: &Impl) -> Generics {
    let mut generics = it.generics.clone();
    let mut used: Vec<String> = Vec::new();
    mentioned(&it.for_, &mut used);
    if let Some(args) = it.trait_.as_ref().and_then(|path| path.args.as_deref()) {
        mentioned_args(args, &mut used);
    }
    let place = |name: &str| used.iter().position(|it| it == name).unwrap_or(usize::MAX);
    generics.params.sort_by_key(|parameter| place(&parameter.name));
    generics
}

fn mentioned(type_: &Type, used: &mut Vec<String>) {
    match type_ {
        Type::Generic(name) => used.push(name.clone()),
        Type::ResolvedPath(path) => {
            if let Some(args) = path.args.as_deref() {
                mentioned_args(args, used);
            }
        }
        Type::BorrowedRef { lifetime, type_, .. } => {
            used.extend(lifetime.clone());
            mentioned(type_, used);
        }
        Type::Slice(type_) | Type::RawPointer { type_, .. } | Type::Pat { type_, .. } => {
            mentioned(type_, used)
        }
        Type::Array { type_, len } => {
            mentioned(type_, used);
            used.push(len.clone());
        }
        Type::Tuple(types) => types.iter().for_each(|type_| mentioned(type_, used)),
        Type::QualifiedPath { self_type, .. } => mentioned(self_type, used),
        Type::DynTrait(_)
        | Type::Primitive(_)
        | Type::FunctionPointer(_)
        | Type::ImplTrait(_)
        | Type::Infer => {}
    }
}

fn mentioned_args(args: &GenericArgs, used: &mut Vec<String>) {
    match args {
        GenericArgs::AngleBracketed { args, .. } => {
            for arg in args {
                match arg {
                    GenericArg::Lifetime(name) => used.push(name.clone()),
                    GenericArg::Type(type_) => mentioned(type_, used),
                    GenericArg::Const(constant) => used.push(constant.expr.clone()),
                    GenericArg::Infer => {}
                }
            }
        }
        GenericArgs::Parenthesized { inputs, output } => {
            inputs.iter().chain(output).for_each(|type_| mentioned(type_, used));
        }
        GenericArgs::ReturnTypeNotation => {}
    }
}

/// Whether an `impl` is for every instance of its type: each of its arguments is a parameter, and no two are the same.
fn whole(it: &Impl, type_: &Generics) -> bool {
    let Type::ResolvedPath(path) = &it.for_ else { return false };
    let Some(GenericArgs::AngleBracketed { args, .. }) = path.args.as_deref() else {
        return type_
            .params
            .iter()
            .all(|it| matches!(it.kind, rustdoc_types::GenericParamDefKind::Lifetime { .. }));
    };
    let mut names: Vec<&str> = Vec::new();
    for arg in args {
        match arg {
            GenericArg::Lifetime(_) => {}
            GenericArg::Type(Type::Generic(name)) if !names.contains(&name.as_str()) => names.push(name),
            GenericArg::Const(constant)
                if !constant.is_literal && !names.contains(&constant.expr.as_str()) =>
            {
                names.push(&constant.expr);
            }
            GenericArg::Type(_) | GenericArg::Const(_) | GenericArg::Infer => return false,
        }
    }
    true
}
