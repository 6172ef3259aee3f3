//! Types whose names are looked up, and how they are written.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::syntax::{Direction, Tilde};

/// A type; aliases are what they stand for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Type {
    /// A predeclared one.
    Basic(&'static str),
    Named(Named),
    /// A type parameter of the declaration that it stands in, by its place.
    Parameter(usize),
    Pointer(Rc<Self>),
    Slice(Rc<Self>),
    Array(String, Rc<Self>),
    Map(Rc<Self>, Rc<Self>),
    Channel(Direction, Rc<Self>),
    Function(Rc<Signature>),
    Struct(Rc<Vec<Field>>),
    Interface(Rc<Interface>),
    Union(Rc<Vec<(Tilde, Self)>>),
    /// What could not be looked up, as it is written.
    Unknown(Rc<str>),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    /// Its package's import path.
    pub(super) package: Rc<str>,
    pub(super) name: Rc<str>,
    pub(super) arguments: Vec<Type>,
}

#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Signature {
    pub(super) parameters: Vec<Type>,
    pub(super) variadic: bool,
    pub(super) results: Vec<Type>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Field {
    pub(super) name: Rc<str>,
    pub(super) embedded: bool,
    pub(super) type_: Type,
    pub(super) tag: Option<Rc<str>>,
    pub(super) deprecated: Option<Rc<str>>,
}

/// Methods with those of embedded interfaces as far as these are known.
#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Interface {
    /// By name; names that are not exported begin with their package's path.
    pub(super) methods: BTreeMap<Rc<str>, Method>,
    /// Embedded interfaces whose methods are not known.
    pub(super) unknown: Vec<Type>,
    /// Of a constraint: each must hold.
    pub(super) unions: Vec<Vec<(Tilde, Type)>>,
    pub(super) comparable: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Method {
    pub(super) signature: Signature,
    pub(super) deprecated: Option<Rc<str>>,
}

/// What is predeclared.
pub(super) const BASIC: [&str; 22] = [
    "any",
    "bool",
    "byte",
    "comparable",
    "complex128",
    "complex64",
    "error",
    "float32",
    "float64",
    "int",
    "int16",
    "int32",
    "int64",
    "int8",
    "rune",
    "string",
    "uint",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uintptr",
];

/// The predeclared type of a name; `byte` and `rune` are what they stand for.
pub(super) fn basic(name: &str) -> Option<Type> {
    let known = BASIC.iter().find(|it| **it == name)?;
    Some(Type::Basic(match *known {
        "byte" => "uint8",
        "rune" => "int32",
        other => other,
    }))
}

impl Interface {
    pub(super) fn is_any(&self) -> bool {
        self.methods.is_empty() && self.unknown.is_empty() && self.unions.is_empty() && !self.comparable
    }

    pub(super) fn sealed(&self) -> bool {
        self.methods.keys().any(|name| !is_exported(name))
    }

    /// Whether only type parameters can be of it.
    pub(super) fn is_constraint(&self) -> bool {
        self.comparable || !self.unions.is_empty()
    }
}

/// Whether others can say the name.
pub(super) fn is_exported(name: &str) -> bool {
    name.chars().next().is_some_and(char::is_uppercase)
}

impl Type {
    /// The type that `any` is, whichever way it is written.
    pub(super) fn interface(interface: Interface) -> Self {
        if interface.is_any() { Self::Basic("any") } else { Self::Interface(Rc::new(interface)) }
    }

    /// With type arguments in the place of parameters.
    pub(super) fn substitute(&self, arguments: &[Self]) -> Self {
        if arguments.is_empty() {
            return self.clone();
        }
        let inner = |type_: &Rc<Self>| Rc::new(type_.substitute(arguments));
        match self {
            Self::Basic(_) | Self::Unknown(_) => self.clone(),
            Self::Parameter(index) => arguments.get(*index).unwrap_or(self).clone(),
            Self::Named(named) => Self::Named(Named {
                package: named.package.clone(),
                name: named.name.clone(),
                arguments: named.arguments.iter().map(|it| it.substitute(arguments)).collect(),
            }),
            Self::Pointer(to) => Self::Pointer(inner(to)),
            Self::Slice(of) => Self::Slice(inner(of)),
            Self::Array(length, of) => Self::Array(length.clone(), inner(of)),
            Self::Map(key, value) => Self::Map(inner(key), inner(value)),
            Self::Channel(direction, of) => Self::Channel(*direction, inner(of)),
            Self::Function(signature) => Self::Function(Rc::new(signature.substitute(arguments))),
            Self::Struct(fields) => {
                let field = |it: &Field| Field { type_: it.type_.substitute(arguments), ..it.clone() };
                Self::Struct(Rc::new(fields.iter().map(field).collect()))
            }
            Self::Interface(interface) => Self::interface(interface.substitute(arguments)),
            Self::Union(terms) => Self::Union(Rc::new(terms_with(terms, arguments))),
        }
    }
}

impl Signature {
    pub(super) fn substitute(&self, arguments: &[Type]) -> Self {
        Self {
            parameters: self.parameters.iter().map(|it| it.substitute(arguments)).collect(),
            variadic: self.variadic,
            results: self.results.iter().map(|it| it.substitute(arguments)).collect(),
        }
    }
}

impl Interface {
    pub(super) fn substitute(&self, arguments: &[Type]) -> Self {
        let method = |method: &Method| Method {
            signature: method.signature.substitute(arguments),
            deprecated: method.deprecated.clone(),
        };
        Self {
            methods: self.methods.iter().map(|(name, it)| (name.clone(), method(it))).collect(),
            unknown: self.unknown.iter().map(|it| it.substitute(arguments)).collect(),
            unions: self.unions.iter().map(|terms| terms_with(terms, arguments)).collect(),
            comparable: self.comparable,
        }
    }
}

fn terms_with(terms: &[(Tilde, Type)], arguments: &[Type]) -> Vec<(Tilde, Type)> {
    terms.iter().map(|(tilde, type_)| (*tilde, type_.substitute(arguments))).collect()
}
