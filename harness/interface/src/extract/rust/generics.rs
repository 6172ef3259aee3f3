//! Generic parameters by position, and what is asked of them, as a list of demands.

use rustdoc_types::{GenericBound, GenericParamDefKind, Generics, Term, TraitBoundModifier, WherePredicate};

use super::scope::Scope;
use super::types::Writer;

/// What generic parameters ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Demands {
    /// The parameters, as text: how many, of which sort, with which defaults.
    pub(super) parameters: String,
    /// What is demanded, a line each: `T0: crate::Resource`.
    pub(super) bounds: Vec<String>,
    /// Parameters that need not be `Sized`.
    pub(super) unsized_: Vec<String>,
}

/// Names parameters by position (`T0`, `'t1`) and writes down what they ask for.
///
/// Lifetimes of a function and of an `impl` are left to the scope, which numbers them where they are used.
pub(super) fn demands(writer: &Writer<'_>, generics: &Generics, of: Of, scope: &mut Scope) -> Demands {
    let mut parameters = Vec::new();
    let mut named = Vec::new();
    for parameter in &generics.params {
        let name = match &parameter.kind {
            GenericParamDefKind::Lifetime { .. } if of != Of::Item => continue,
            GenericParamDefKind::Lifetime { .. } => format!("'t{}", named.len()),
            GenericParamDefKind::Type { is_synthetic: true, .. } => continue,
            GenericParamDefKind::Type { .. } | GenericParamDefKind::Const { .. } => {
                format!("{}{}", if of == Of::Function { 'F' } else { 'T' }, named.len())
            }
        };
        scope.name(&parameter.name, name.clone());
        named.push((parameter, name));
    }
    let mut demands = Demands::default();
    for (parameter, name) in &named {
        parameters.push(match &parameter.kind {
            GenericParamDefKind::Lifetime { .. } => name.clone(),
            GenericParamDefKind::Type { default: Some(default), .. } => {
                format!("{name} = {}", writer.write(default, scope))
            }
            GenericParamDefKind::Type { default: None, .. } => name.clone(),
            GenericParamDefKind::Const { type_, default } => {
                let default = default.as_ref().map(|default| format!(" = {default}")).unwrap_or_default();
                format!("const {name}: {}{default}", writer.write(type_, scope))
            }
        });
    }
    for parameter in &generics.params {
        match &parameter.kind {
            GenericParamDefKind::Lifetime { outlives } => {
                let lifetime = scope.lifetime(Some(&parameter.name));
                for longer in outlives {
                    let longer = scope.lifetime(Some(longer));
                    demands.bounds.push(format!("{lifetime}: {longer}"));
                }
            }
            // What an `impl Trait` argument asks for is written where it stands.
            GenericParamDefKind::Type { is_synthetic: true, .. } | GenericParamDefKind::Const { .. } => {}
            GenericParamDefKind::Type { bounds, .. } => {
                let subject = scope.generic(&parameter.name);
                demands.add(writer, &subject, bounds, scope);
            }
        }
    }
    for predicate in &generics.where_predicates {
        demands.predicate(writer, predicate, scope);
    }
    demands.parameters = parameters.join(", ");
    demands.bounds.sort();
    demands.bounds.dedup();
    demands
}

/// What the parameters belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// A type or a trait.
    Item,
    /// An `impl`.
    Impl,
    /// A function, or a method's own.
    Function,
}

impl Demands {
    /// These and others.
    pub(super) fn and(mut self, others: &Self) -> Self {
        self.bounds.extend(others.bounds.iter().cloned());
        self.bounds.sort();
        self.bounds.dedup();
        self.unsized_.extend(others.unsized_.iter().cloned());
        self
    }

    fn add(&mut self, writer: &Writer<'_>, subject: &str, bounds: &[GenericBound], scope: &mut Scope) {
        for bound in bounds {
            if let GenericBound::TraitBound { modifier: TraitBoundModifier::Maybe, .. } = bound {
                self.unsized_.push(subject.to_owned());
                continue;
            }
            let written = writer.bounds(std::slice::from_ref(bound), scope);
            self.bounds.extend(written.into_iter().map(|bound| format!("{subject}: {bound}")));
        }
    }

    fn predicate(&mut self, writer: &Writer<'_>, predicate: &WherePredicate, scope: &mut Scope) {
        match predicate {
            WherePredicate::BoundPredicate { type_, bounds, generic_params } if generic_params.is_empty() => {
                let subject = writer.write(type_, scope);
                self.add(writer, &subject, bounds, scope);
            }
            WherePredicate::BoundPredicate { type_, bounds, generic_params } => {
                for bound in bounds {
                    let written = scope.higher_ranked(generic_params, |scope| {
                        let subject = writer.write(type_, scope);
                        let bound = writer.bounds(std::slice::from_ref(bound), scope);
                        format!("{subject}: {}", bound.join(" + "))
                    });
                    self.bounds.push(written);
                }
            }
            WherePredicate::LifetimePredicate { lifetime, outlives } => {
                let lifetime = scope.lifetime(Some(lifetime));
                for longer in outlives {
                    let longer = scope.lifetime(Some(longer));
                    self.bounds.push(format!("{lifetime}: {longer}"));
                }
            }
            WherePredicate::EqPredicate { lhs, rhs } => {
                let lhs = writer.write(lhs, scope);
                let rhs = match rhs {
                    Term::Type(type_) => writer.write(type_, scope),
                    Term::Constant(constant) => constant.expr.clone(),
                };
                self.bounds.push(format!("{lhs} = {rhs}"));
            }
        }
    }
}
