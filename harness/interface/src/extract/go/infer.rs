//! Types of variables that are declared without one.

use super::constant::Kind;
use super::syntax::{Expression, Variable};
use super::types::{Named, Signature, Type};
use super::universe::{Scope, Universe};

impl Universe<'_> {
    /// The type of a package's variable.
    pub(super) fn variable(&self, scope: Scope<'_>, variable: &Variable) -> Type {
        if let Some(type_) = &variable.type_ {
            return self.resolve(scope, type_);
        }
        let Some(value) = &variable.value else { return Type::Unknown("nothing".into()) };
        self.result(scope, value, variable.result.unwrap_or(0))
            .unwrap_or_else(|| Type::Unknown(written(value).into()))
    }

    /// The type that an expression denotes, if it denotes one.
    pub(super) fn as_type(&self, scope: Scope<'_>, expression: &Expression) -> Option<Type> {
        match expression {
            Expression::Type(type_) => Some(self.resolve(scope, type_)),
            Expression::Name(name) => {
                let shadowed =
                    scope.package.functions.contains_key(name) || scope.package.variables.contains_key(name);
                let known = scope.package.types.contains_key(name) || super::types::basic(name).is_some();
                let name = super::syntax::TypeExpression::Name {
                    package: None,
                    name: name.clone(),
                    arguments: Vec::new(),
                };
                (known && !shadowed).then(|| self.resolve(scope, &name))
            }
            Expression::Selector(base, name) => {
                let Expression::Name(qualifier) = &**base else { return None };
                let path = self.import(scope, qualifier)?;
                self.package(&path)?.types.contains_key(name).then_some(())?;
                let package = Some(qualifier.clone());
                let name = super::syntax::TypeExpression::Name {
                    package,
                    name: name.clone(),
                    arguments: Vec::new(),
                };
                Some(self.resolve(scope, &name))
            }
            Expression::Unary(operator, to) if operator == "*" => {
                Some(Type::Pointer(self.as_type(scope, to)?.into()))
            }
            Expression::Index(base, arguments) => {
                let Type::Named(named) = self.as_type(scope, base)? else { return None };
                let arguments = arguments.iter().map(|it| self.as_type(scope, it)).collect::<Option<_>>()?;
                Some(Type::Named(Named { arguments, ..named }))
            }
            _ => None,
        }
    }

    /// The type of one of an expression's results.
    fn result(&self, scope: Scope<'_>, expression: &Expression, index: usize) -> Option<Type> {
        if index == 0 {
            return self.infer(scope, expression);
        }
        match expression {
            Expression::Call(called, arguments) => {
                let signature = self.called(scope, called, arguments)?;
                signature.results.get(index).cloned()
            }
            // The second of two is whether there was one.
            _ => Some(Type::Basic("bool")),
        }
    }

    fn infer(&self, scope: Scope<'_>, expression: &Expression) -> Option<Type> {
        self.step(|| match expression {
            Expression::Integer(_) => Some(Type::Basic("int")),
            Expression::Float(_) => Some(Type::Basic("float64")),
            Expression::Imaginary(_) => Some(Type::Basic("complex128")),
            Expression::Rune(_) => Some(Type::Basic("int32")),
            Expression::Text(_) => Some(Type::Basic("string")),
            Expression::Composite(type_) | Expression::Assert(type_) => Some(self.resolve(scope, type_)),
            Expression::Counted(element, count) => {
                let element = self.resolve(scope, element);
                Some(Type::Array((*count)?.to_string(), element.into()))
            }
            Expression::FunctionLiteral(signature) => {
                Some(Type::Function(self.signature(scope, signature).into()))
            }
            Expression::Name(name) => self
                .member(scope, &scope.package.path.clone(), name)
                .or_else(|| matches!(name.as_str(), "true" | "false").then_some(Type::Basic("bool"))),
            Expression::Selector(base, name) => {
                if let Expression::Name(qualifier) = &**base
                    && !scope.package.variables.contains_key(qualifier)
                    && let Some(path) = self.import(scope, qualifier)
                {
                    return self.member(scope, &path, name);
                }
                let base = self.infer(scope, base).or_else(|| self.as_type(scope, base))?;
                self.selected(&base, name)
            }
            Expression::Unary(operator, operand) => match (operator.as_str(), self.infer(scope, operand)?) {
                ("&", type_) => Some(Type::Pointer(type_.into())),
                ("*", type_) => match self.underlying(&type_)? {
                    Type::Pointer(to) => Some((*to).clone()),
                    _ => None,
                },
                ("<-", type_) => match self.underlying(&type_)? {
                    Type::Channel(_, of) => Some((*of).clone()),
                    _ => None,
                },
                (_, type_) => Some(type_),
            },
            Expression::Binary(operator, left, right) => {
                if matches!(operator.as_str(), "==" | "!=" | "<" | "<=" | ">" | ">=" | "&&" | "||") {
                    return Some(Type::Basic("bool"));
                }
                if let Some((kind, _)) = self.constant(scope, expression, 0) {
                    return Some(default(kind));
                }
                let typed =
                    |side| self.infer(scope, side).filter(|_| self.constant(scope, side, 0).is_none());
                typed(left).or_else(|| typed(right)).or_else(|| self.infer(scope, left))
            }
            Expression::Call(called, arguments) => self.call(scope, called, arguments),
            Expression::Index(base, arguments) => {
                if let Some(signature) = self.instance(scope, base, arguments) {
                    return Some(Type::Function(signature.into()));
                }
                match self.underlying(&self.infer(scope, base)?)? {
                    Type::Slice(of) | Type::Array(_, of) | Type::Map(_, of) => Some((*of).clone()),
                    Type::Basic("string") => Some(Type::Basic("uint8")),
                    _ => None,
                }
            }
            Expression::Type(_) | Expression::Other(_) => None,
        })
    }

    /// The type of a constant, variable or function of a package.
    fn member(&self, scope: Scope<'_>, path: &str, name: &str) -> Option<Type> {
        if let Some((kind, _)) = self.declared_constant(path, name) {
            return Some(default(kind));
        }
        let package = if path == &*scope.package.path { None } else { Some(self.package(path)?) };
        let package = package.as_deref().unwrap_or(scope.package);
        if let Some((file, index)) = package.variables.get(name) {
            let scope = package.scope(*file, &[]);
            let type_ = self.variable(scope, &scope.file.variables[*index]);
            return (!matches!(type_, Type::Unknown(_))).then_some(type_);
        }
        let (file, index) = package.functions.get(name)?;
        let scope = package.scope(*file, &[]);
        let function = &scope.file.functions[*index];
        function
            .parameters
            .is_empty()
            .then(|| Type::Function(self.signature(scope, &function.signature).into()))
    }

    /// The type of a field, or of a method as a value.
    fn selected(&self, base: &Type, name: &str) -> Option<Type> {
        let members = self.members(base);
        if let Some(field) = members.fields.get(name) {
            return Some(field.field.type_.clone());
        }
        members.methods.get(name).map(|method| Type::Function(method.signature.clone().into()))
    }

    fn call(&self, scope: Scope<'_>, called: &Expression, arguments: &[Expression]) -> Option<Type> {
        if let Some(type_) = self.as_type(scope, called) {
            return Some(type_);
        }
        if let Expression::Name(name) = called
            && !scope.package.functions.contains_key(name)
        {
            let first = arguments.first();
            match (name.as_str(), first) {
                ("len" | "cap" | "copy", _) => return Some(Type::Basic("int")),
                ("make", Some(type_)) => return self.as_type(scope, type_),
                ("new", Some(type_)) => return Some(Type::Pointer(self.as_type(scope, type_)?.into())),
                ("append", Some(list)) => return self.infer(scope, list),
                _ => {}
            }
        }
        self.called(scope, called, arguments)?.results.first().cloned()
    }

    fn called(&self, scope: Scope<'_>, called: &Expression, arguments: &[Expression]) -> Option<Signature> {
        if let Some(signature) = self.generic(scope, called, arguments) {
            return Some(signature);
        }
        match self.underlying(&self.infer(scope, called)?)? {
            Type::Function(signature) => Some((*signature).clone()),
            _ => None,
        }
    }

    /// A generic function by its name, and how many type parameters it has.
    fn function(&self, scope: Scope<'_>, called: &Expression) -> Option<(Signature, usize)> {
        let (path, name) = match called {
            Expression::Name(name) => (scope.package.path.to_string(), name),
            Expression::Selector(base, name) => match &**base {
                Expression::Name(qualifier) => (self.import(scope, qualifier)?, name),
                _ => return None,
            },
            _ => return None,
        };
        let package = self.package(&path)?;
        let (file, index) = package.functions.get(name)?;
        let function = &package.files[*file].1.functions[*index];
        let names: Vec<String> = function.parameters.iter().map(|it| it.name.clone()).collect();
        Some((self.signature(package.scope(*file, &names), &function.signature), names.len()))
    }

    fn instance(&self, scope: Scope<'_>, called: &Expression, arguments: &[Expression]) -> Option<Signature> {
        let (signature, count) = self.function(scope, called)?;
        let arguments: Vec<Type> =
            arguments.iter().map(|it| self.as_type(scope, it)).collect::<Option<_>>()?;
        (arguments.len() == count).then(|| signature.substitute(&arguments))
    }

    /// A call of a generic function whose type arguments follow from the types of its arguments.
    fn generic(&self, scope: Scope<'_>, called: &Expression, arguments: &[Expression]) -> Option<Signature> {
        let (signature, count) = self.function(scope, called).filter(|(_, count)| *count > 0)?;
        let mut found: Vec<Option<Type>> = vec![None; count];
        for (index, argument) in arguments.iter().enumerate() {
            let place = index.min(signature.parameters.len().saturating_sub(1));
            if let (Some(parameter), Some(type_)) =
                (signature.parameters.get(place), self.infer(scope, argument))
            {
                self.unify(parameter, &type_, &mut found);
            }
        }
        let found: Vec<Type> = found.into_iter().collect::<Option<_>>()?;
        Some(signature.substitute(&found))
    }

    fn unify(&self, parameter: &Type, argument: &Type, found: &mut [Option<Type>]) {
        match (parameter, argument) {
            (Type::Parameter(index), argument) => {
                if let Some(place) = found.get_mut(*index) {
                    place.get_or_insert_with(|| argument.clone());
                }
            }
            (Type::Pointer(one), Type::Pointer(other)) | (Type::Slice(one), Type::Slice(other)) => {
                self.unify(one, other, found);
            }
            (Type::Map(key, value), Type::Map(other_key, other_value)) => {
                self.unify(key, other_key, found);
                self.unify(value, other_value, found);
            }
            (Type::Function(one), Type::Function(other)) => {
                let pairs = one
                    .parameters
                    .iter()
                    .zip(&other.parameters)
                    .chain(one.results.iter().zip(&other.results));
                pairs.for_each(|(one, other)| self.unify(one, other, found));
            }
            (Type::Named(one), Type::Named(other))
                if one.package == other.package && one.name == other.name =>
            {
                one.arguments
                    .iter()
                    .zip(&other.arguments)
                    .for_each(|(one, other)| self.unify(one, other, found));
            }
            _ => {}
        }
    }
}

/// The type that a variable gets from a constant.
fn default(kind: Kind) -> Type {
    match kind {
        Kind::Typed(type_) => type_,
        Kind::Untyped(name) => Type::Basic(name),
    }
}

/// An expression in short, for what could not be inferred.
fn written(expression: &Expression) -> String {
    match expression {
        Expression::Name(name) => name.clone(),
        Expression::Selector(base, name) => format!("{}.{name}", written(base)),
        Expression::Call(called, _) => format!("{}()", written(called)),
        Expression::Index(base, _) => format!("{}[]", written(base)),
        Expression::Unary(operator, operand) => format!("{operator}{}", written(operand)),
        Expression::Other(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        _ => "expression".to_owned(),
    }
}
