//! What a Go file declares, as it is written: names are not looked up yet.

use std::sync::Arc;

/// A file: what it says of itself, and its declarations.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct File {
    pub(super) constraint: Option<String>,
    pub(super) generated: bool,
    pub(super) declared: Declarations,
}

/// Declarations of a file, or of a part of one; other files may have the same.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Declarations {
    pub(super) package: String,
    pub(super) deprecated: Option<Arc<str>>,
    pub(super) imports: Vec<Import>,
    pub(super) types: Vec<Arc<TypeDeclaration>>,
    pub(super) functions: Vec<Arc<Function>>,
    pub(super) constants: Vec<Arc<Constant>>,
    pub(super) variables: Vec<Arc<Variable>>,
}

impl Declarations {
    /// Adds those of the next part.
    pub(super) fn extend(&mut self, next: &Self) {
        if self.package.is_empty() {
            self.package.clone_from(&next.package);
            self.deprecated.clone_from(&next.deprecated);
        }
        self.imports.extend_from_slice(&next.imports);
        self.types.extend_from_slice(&next.types);
        self.functions.extend_from_slice(&next.functions);
        self.constants.extend_from_slice(&next.constants);
        self.variables.extend_from_slice(&next.variables);
    }
}

impl std::ops::Deref for File {
    type Target = Declarations;

    fn deref(&self) -> &Declarations {
        &self.declared
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Import {
    pub(super) name: Option<String>,
    pub(super) path: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct TypeDeclaration {
    pub(super) name: String,
    pub(super) parameters: Vec<TypeParameter>,
    pub(super) alias: bool,
    pub(super) type_: TypeExpression,
    pub(super) deprecated: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct TypeParameter {
    pub(super) name: String,
    pub(super) constraint: TypeExpression,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) receiver: Option<Receiver>,
    pub(super) parameters: Vec<TypeParameter>,
    pub(super) signature: SignatureExpression,
    pub(super) deprecated: Option<String>,
    /// Positions of parameters that its body never names.
    pub(super) unused: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Receiver {
    pub(super) type_: String,
    pub(super) pointer: bool,
    /// What the method calls the type parameters of its receiver.
    pub(super) parameters: Vec<String>,
}

/// One name of a constant declaration; values that are repeated stand in each.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Constant {
    pub(super) name: String,
    pub(super) type_: Option<TypeExpression>,
    pub(super) value: Option<Arc<Expression>>,
    pub(super) iota: u32,
    pub(super) deprecated: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) type_: Option<TypeExpression>,
    pub(super) value: Option<Arc<Expression>>,
    /// Which result of a call with several it is.
    pub(super) result: Option<usize>,
    pub(super) deprecated: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TypeExpression {
    Name {
        package: Option<String>,
        name: String,
        arguments: Vec<Self>,
    },
    Pointer(Box<Self>),
    Slice(Box<Self>),
    Array(Box<Expression>, Box<Self>),
    Map(Box<Self>, Box<Self>),
    Channel(Direction, Box<Self>),
    Function(Box<SignatureExpression>),
    Struct(Vec<FieldExpression>),
    Interface(Vec<ElementExpression>),
    /// Terms of a constraint that stands without `interface`.
    Union(Vec<(Tilde, Self)>),
}

/// Whether a term of a constraint takes all types of its underlying type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tilde {
    Yes,
    No,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    Both,
    Send,
    Receive,
}

#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct SignatureExpression {
    pub(super) parameters: Vec<TypeExpression>,
    pub(super) variadic: bool,
    pub(super) results: Vec<TypeExpression>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct FieldExpression {
    /// Absent when the field is embedded.
    pub(super) name: Option<String>,
    pub(super) type_: TypeExpression,
    pub(super) tag: Option<String>,
    pub(super) deprecated: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum ElementExpression {
    Method { name: String, signature: SignatureExpression, deprecated: Option<String> },
    Embedded(TypeExpression),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Integer(String),
    Float(String),
    Imaginary(String),
    Rune(String),
    Text(String),
    Name(String),
    Selector(Box<Self>, String),
    Binary(String, Box<Self>, Box<Self>),
    Unary(String, Box<Self>),
    Call(Box<Self>, Vec<Self>),
    /// A type where a value could stand: `[]byte` in `[]byte("a")`, or the type of a composite literal.
    Type(TypeExpression),
    Composite(TypeExpression),
    /// Of an array literal without a length, how many elements there are.
    Counted(TypeExpression, Option<usize>),
    FunctionLiteral(Box<SignatureExpression>),
    Index(Box<Self>, Vec<Self>),
    Assert(TypeExpression),
    Other(String),
}
