//! All packages that were looked at, and what a name in one of them means.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::constraint::Build;
use super::library::{Found, Library};
use super::parsed::Parsed;
use super::syntax::{
    ElementExpression, Expression, FieldExpression, File, SignatureExpression, TypeDeclaration,
    TypeExpression,
};
use super::types::{Field, Interface, Method, Named, Signature, Type, basic, is_exported};
use crate::extract::ExtractError;
use crate::source;

/// What is known of the standard library, in its own language; what is not in there is a name without members.
const STANDARD: &str = include_str!("std.go.txt");
/// Aliases, embedded types and constants that lead on further than this lead in a circle.
const STEPS: usize = 200;

/// All packages that were looked at.
pub(super) struct Universe<'a> {
    pub(super) library: &'a Library,
    build: &'a Build,
    parsed: &'a Parsed,
    standard: BTreeMap<String, Vec<(String, String)>>,
    packages: RefCell<BTreeMap<String, Option<Rc<Package>>>>,
    declared: RefCell<BTreeMap<Place, Option<Rc<Declared>>>>,
    steps: Cell<usize>,
    problem: RefCell<Option<ExtractError>>,
}

/// A package and a name of it.
pub(super) type Place = (Rc<str>, Rc<str>);

/// A package for one build.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) path: Rc<str>,
    pub(super) name: String,
    /// With the names that errors show.
    pub(super) files: Vec<(String, Arc<File>)>,
    /// Where each name is declared: the file, and the place in its list.
    pub(super) types: BTreeMap<String, (usize, usize)>,
    pub(super) functions: BTreeMap<String, (usize, usize)>,
    pub(super) methods: BTreeMap<String, Vec<(usize, usize)>>,
    pub(super) constants: BTreeMap<String, (usize, usize)>,
    pub(super) variables: BTreeMap<String, (usize, usize)>,
}

/// A type's declaration with its names looked up.
#[derive(Debug)]
pub(super) struct Declared {
    pub(super) parameters: Vec<Type>,
    pub(super) alias: bool,
    pub(super) type_: Type,
}

/// Where a name stands.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) package: &'a Package,
    pub(super) file: &'a File,
    /// Names of the type parameters in sight, by their place.
    pub(super) parameters: &'a [String],
}

impl Package {
    pub(super) fn scope<'a>(&'a self, file: usize, parameters: &'a [String]) -> Scope<'a> {
        Scope { package: self, file: &self.files[file].1, parameters }
    }

    pub(super) fn type_(&self, name: &str) -> Option<(usize, &TypeDeclaration)> {
        self.types.get(name).map(|(file, index)| (*file, &*self.files[*file].1.types[*index]))
    }
}

impl<'a> Universe<'a> {
    pub(super) fn new(library: &'a Library, build: &'a Build, parsed: &'a Parsed) -> Self {
        let mut standard: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for file in source::archive(STANDARD, "") {
            let (package, _) = file.path.rsplit_once('/').unwrap_or_default();
            standard.entry(package.to_owned()).or_default().push((file.path.clone(), file.text));
        }
        Self {
            library,
            build,
            parsed,
            standard,
            packages: RefCell::default(),
            declared: RefCell::default(),
            steps: Cell::new(0),
            problem: RefCell::default(),
        }
    }

    /// The first thing that was wrong with what was looked at.
    pub(super) fn problem(&self) -> Result<(), ExtractError> {
        self.problem.take().map_or(Ok(()), Err)
    }

    fn note<T>(&self, result: Result<T, ExtractError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem.borrow_mut().get_or_insert(error);
                None
            }
        }
    }

    /// A package, if it can be looked at.
    pub(super) fn package(&self, path: &str) -> Option<Rc<Package>> {
        if let Some(known) = self.packages.borrow().get(path) {
            return known.clone();
        }
        let package = self.note(self.load(path)).flatten().map(Rc::new);
        self.packages.borrow_mut().insert(path.to_owned(), package.clone());
        package
    }

    fn load(&self, path: &str) -> Result<Option<Package>, ExtractError> {
        let files = match self.standard.get(path) {
            Some(files) => files.clone(),
            None if path == "C" || path == "unsafe" => return Ok(None),
            None => match self.library.package(path)? {
                Some(Found { files }) => files,
                None => return Ok(None),
            },
        };
        let mut package = Package {
            path: path.into(),
            name: String::new(),
            files: Vec::new(),
            types: BTreeMap::new(),
            functions: BTreeMap::new(),
            methods: BTreeMap::new(),
            constants: BTreeMap::new(),
            variables: BTreeMap::new(),
        };
        for (name, text) in files {
            let base = name.rsplit(['/', '\\']).next().unwrap_or(&name);
            if !self.build.takes_file(base) {
                continue;
            }
            let file = self.parsed.file(&name, &text)?;
            let wanted = file.constraint.as_ref().is_none_or(|it| self.build.satisfies(it));
            let cgo = file.imports.iter().any(|import| import.path == "C");
            if wanted && !cgo && file.package != "documentation" {
                package.add(name, file)?;
            }
        }
        Ok((!package.files.is_empty()).then_some(package))
    }

    /// The import path that a qualifier stands for in a file.
    pub(super) fn import(&self, scope: Scope<'_>, qualifier: &str) -> Option<String> {
        let imports = &scope.file.imports;
        if let Some(import) = imports.iter().find(|it| it.name.as_deref() == Some(qualifier)) {
            return Some(import.path.clone());
        }
        let unnamed = || imports.iter().filter(|it| it.name.is_none());
        let last = |path: &str| path.rsplit('/').next() == Some(qualifier);
        let called = |path: &str| self.package(path).is_some_and(|package| package.name == qualifier);
        let close = |path: &str| path.rsplit('/').any(|part| part.contains(qualifier));
        let found = unnamed()
            .find(|it| last(&it.path))
            .or_else(|| unnamed().find(|it| close(&it.path) && called(&it.path)))
            .or_else(|| unnamed().find(|it| guess(&it.path) == qualifier))
            .or_else(|| unnamed().find(|it| called(&it.path)));
        found.map(|it| it.path.clone())
    }

    /// A declaration of a type.
    pub(super) fn declared(&self, package: &Rc<str>, name: &Rc<str>) -> Option<Rc<Declared>> {
        let place = (package.clone(), name.clone());
        if let Some(known) = self.declared.borrow().get(&place) {
            return known.clone();
        }
        let found = self.package(package).and_then(|package| {
            let (file, declaration) = package.type_(name)?;
            let names: Vec<String> = declaration.parameters.iter().map(|it| it.name.clone()).collect();
            let scope = package.scope(file, &names);
            if self.steps.get() > STEPS {
                let problem = format!("expected `{name}` to lead to a type, but it leads back to itself");
                self.note::<()>(Err(ExtractError::of(&package.files[file].0, problem)));
                return None;
            }
            self.steps.set(self.steps.get() + 1);
            let parameters =
                declaration.parameters.iter().map(|it| self.constraint(scope, &it.constraint)).collect();
            let type_ = self.resolve(scope, &declaration.type_);
            self.steps.set(self.steps.get() - 1);
            Some(Rc::new(Declared { parameters, alias: declaration.alias, type_ }))
        });
        self.declared.borrow_mut().insert(place, found.clone());
        found
    }

    /// What a type's name means: itself, or what it is an alias of.
    fn named(&self, package: Rc<str>, name: Rc<str>, arguments: Vec<Type>) -> Type {
        let alias = self.package(&package).is_some_and(|it| it.type_(&name).is_some_and(|(_, it)| it.alias));
        if alias && let Some(declared) = self.declared(&package, &name) {
            return declared.type_.substitute(&arguments);
        }
        Type::Named(Named { package, name, arguments })
    }

    pub(super) fn resolve(&self, scope: Scope<'_>, expression: &TypeExpression) -> Type {
        let inner = |it: &TypeExpression| Rc::new(self.resolve(scope, it));
        match expression {
            TypeExpression::Name { package, name, arguments } => {
                let arguments = arguments.iter().map(|it| self.resolve(scope, it)).collect();
                self.name(scope, package.as_deref(), name, arguments)
            }
            TypeExpression::Pointer(to) => Type::Pointer(inner(to)),
            TypeExpression::Slice(of) => Type::Slice(inner(of)),
            TypeExpression::Array(length, of) => Type::Array(self.length(scope, length), inner(of)),
            TypeExpression::Map(key, value) => Type::Map(inner(key), inner(value)),
            TypeExpression::Channel(direction, of) => Type::Channel(*direction, inner(of)),
            TypeExpression::Function(signature) => Type::Function(Rc::new(self.signature(scope, signature))),
            TypeExpression::Struct(fields) => {
                Type::Struct(Rc::new(fields.iter().map(|field| self.field(scope, field)).collect()))
            }
            TypeExpression::Interface(elements) => Type::interface(self.interface(scope, elements)),
            TypeExpression::Union(terms) => Type::Union(Rc::new(
                terms.iter().map(|(tilde, it)| (*tilde, self.resolve(scope, it))).collect(),
            )),
        }
    }

    fn name(&self, scope: Scope<'_>, qualifier: Option<&str>, name: &str, arguments: Vec<Type>) -> Type {
        if let Some(qualifier) = qualifier {
            return match self.import(scope, qualifier) {
                Some(path) => self.named(path.into(), name.into(), arguments),
                None => Type::Unknown(format!("{qualifier}.{name}").into()),
            };
        }
        if let Some(index) = scope.parameters.iter().position(|it| it == name) {
            return Type::Parameter(index);
        }
        if scope.package.types.contains_key(name) {
            return self.named(scope.package.path.clone(), name.into(), arguments);
        }
        let dots = scope.file.imports.iter().filter(|it| it.name.as_deref() == Some("."));
        for import in dots {
            if self.package(&import.path).is_some_and(|it| it.types.contains_key(name)) {
                return self.named(import.path.as_str().into(), name.into(), arguments);
            }
        }
        basic(name).unwrap_or_else(|| Type::Unknown(name.into()))
    }

    pub(super) fn signature(&self, scope: Scope<'_>, signature: &SignatureExpression) -> Signature {
        let types = |list: &[TypeExpression]| list.iter().map(|it| self.resolve(scope, it)).collect();
        Signature {
            parameters: types(&signature.parameters),
            variadic: signature.variadic,
            results: types(&signature.results),
        }
    }

    fn field(&self, scope: Scope<'_>, field: &FieldExpression) -> Field {
        let type_ = self.resolve(scope, &field.type_);
        Field {
            name: field.name.as_deref().unwrap_or_else(|| embedded_name(&field.type_)).into(),
            embedded: field.name.is_none(),
            type_,
            tag: field.tag.as_deref().map(Into::into),
            deprecated: field.deprecated.as_deref().map(Into::into),
        }
    }

    fn interface(&self, scope: Scope<'_>, elements: &[ElementExpression]) -> Interface {
        let mut interface = Interface::default();
        for element in elements {
            match element {
                ElementExpression::Method { name, signature, deprecated } => {
                    let key: Rc<str> = if is_exported(name) {
                        name.as_str().into()
                    } else {
                        format!("{}.{name}", scope.package.path).into()
                    };
                    let signature = self.signature(scope, signature);
                    interface
                        .methods
                        .insert(key, Method { signature, deprecated: deprecated.as_deref().map(Into::into) });
                }
                ElementExpression::Embedded(type_) => self.embed(&mut interface, self.resolve(scope, type_)),
            }
        }
        interface
    }

    /// Adds what an embedded element demands.
    fn embed(&self, interface: &mut Interface, element: Type) {
        match &element {
            Type::Union(terms) => interface.unions.push(terms.to_vec()),
            Type::Basic("comparable") => interface.comparable = true,
            _ => match self.methods_of(&element) {
                Some(other) => {
                    for (name, method) in &other.methods {
                        interface.methods.entry(name.clone()).or_insert_with(|| method.clone());
                    }
                    interface.unknown.extend(other.unknown.iter().cloned());
                    interface.unions.extend(other.unions.iter().cloned());
                    interface.comparable |= other.comparable;
                }
                None if self
                    .underlying(&element)
                    .is_some_and(|it| !matches!(it, Type::Unknown(_) | Type::Named(_))) =>
                {
                    interface.unions.push(vec![(super::syntax::Tilde::No, element)]);
                }
                None => interface.unknown.push(element),
            },
        }
    }

    /// The interface that a type is, if it is a known one.
    pub(super) fn methods_of(&self, type_: &Type) -> Option<Interface> {
        match self.underlying(type_)? {
            Type::Interface(interface) => Some((*interface).clone()),
            Type::Basic("any") => Some(Interface::default()),
            Type::Basic("comparable") => Some(Interface { comparable: true, ..Interface::default() }),
            Type::Basic("error") => {
                let results = vec![Type::Basic("string")];
                let method =
                    Method { signature: Signature { results, ..Signature::default() }, deprecated: None };
                Some(Interface { methods: [("Error".into(), method)].into(), ..Interface::default() })
            }
            _ => None,
        }
    }

    /// What a type is underneath its names; nothing when a name on the way is not known.
    pub(super) fn underlying(&self, type_: &Type) -> Option<Type> {
        let mut type_ = type_.clone();
        for _ in 0..STEPS {
            let Type::Named(named) = &type_ else { return Some(type_) };
            let declared = self.declared(&named.package, &named.name)?;
            let arguments = &named.arguments;
            type_ = declared.type_.substitute(arguments);
        }
        None
    }

    pub(super) fn constraint(&self, scope: Scope<'_>, expression: &TypeExpression) -> Type {
        self.resolve(scope, expression)
    }

    fn length(&self, scope: Scope<'_>, expression: &Expression) -> String {
        self.constant(scope, expression, 0).map_or_else(|| "?".to_owned(), |(_, value)| value.to_string())
    }

    /// Runs something one step further along a chain, unless the chain is a circle.
    pub(super) fn step<T>(&self, further: impl FnOnce() -> Option<T>) -> Option<T> {
        if self.steps.get() > STEPS {
            return None;
        }
        self.steps.set(self.steps.get() + 1);
        let result = further();
        self.steps.set(self.steps.get() - 1);
        result
    }
}

impl Package {
    fn add(&mut self, name: String, file: Arc<File>) -> Result<(), ExtractError> {
        if self.name.is_empty() {
            self.name.clone_from(&file.package);
        } else if self.name != file.package {
            let problem = format!(
                "expected `package {}` as in the files beside it, found `package {}`",
                self.name, file.package
            );
            return Err(ExtractError::of(&name, problem));
        }
        let at = self.files.len();
        let mut declared: Vec<(&'static str, &String)> = Vec::new();
        for (index, it) in file.types.iter().enumerate() {
            if self.types.insert(it.name.clone(), (at, index)).is_some() && it.name != "_" {
                declared.push(("type", &it.name));
            }
        }
        for (index, it) in file.functions.iter().enumerate() {
            match &it.receiver {
                Some(receiver) => self.methods.entry(receiver.type_.clone()).or_default().push((at, index)),
                None => {
                    let twice = self.functions.insert(it.name.clone(), (at, index)).is_some();
                    if twice && it.name != "init" && it.name != "_" {
                        declared.push(("function", &it.name));
                    }
                }
            }
        }
        for (index, it) in file.constants.iter().enumerate() {
            self.constants.insert(it.name.clone(), (at, index));
        }
        for (index, it) in file.variables.iter().enumerate() {
            self.variables.insert(it.name.clone(), (at, index));
        }
        if let Some((what, twice)) = declared.first() {
            let problem = format!("expected each name once in a package, found the {what} `{twice}` again");
            return Err(ExtractError::of(&name, problem));
        }
        self.files.push((name, file));
        Ok(())
    }
}

/// What a package is called when nobody can look: the last part of its path that is no version, without `go`.
fn guess(path: &str) -> &str {
    let digits = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    let named = path.rsplit('/').find(|part| !part.strip_prefix('v').is_some_and(digits)).unwrap_or(path);
    let named = named.split_once(".v").map_or(named, |(name, _)| name);
    named.strip_prefix("go-").or_else(|| named.strip_suffix("-go")).unwrap_or(named)
}

/// What an embedded field is called.
fn embedded_name(type_: &TypeExpression) -> &str {
    match type_ {
        TypeExpression::Pointer(to) => embedded_name(to),
        TypeExpression::Name { name, .. } => name,
        _ => "_",
    }
}
