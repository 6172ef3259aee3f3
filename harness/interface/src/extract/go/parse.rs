//! From a file's text to what it declares, by tree-sitter's grammar.

use std::sync::Arc;

use tree_sitter::{Node, Parser};

use super::elide::{Elided, Part, UNUSED, elide};
use super::parsed::Hash;
use super::syntax::{
    Constant, Declarations, Direction, ElementExpression, Expression, FieldExpression, File, Function,
    Import, Receiver, SignatureExpression, Tilde, TypeDeclaration, TypeExpression, TypeParameter, Variable,
};
use crate::extract::ExtractError;

/// Types and expressions nested deeper than this are refused, so that no file can exhaust the stack.
const DEPTH: usize = 200;

/// Reads a file. What it declares is looked up in `known`, part by part, and only the rest is parsed.
pub(super) fn parse(path: &str, text: &str, known: &dyn Known) -> Read<File> {
    let elided = elide(text).map_err(|open| {
        ExtractError::at(path, open.line, format!("the {} that begins here does not end", open.what))
    })?;
    let parts: Vec<Part<'_>> = elided.parts().collect();
    let mut found: Vec<Result<Arc<Declarations>, Hash>> =
        parts.iter().map(|part| known.look_up(part.text)).collect();
    let wanted = parts.iter().zip(&found).filter(|(_, found)| found.is_err());
    let wanted: Vec<Part<'_>> = wanted.map(|(part, _)| *part).collect();
    if !wanted.is_empty() {
        let unread = Unread::of(&elided, wanted.into_iter());
        let mut read = Reader { path, unread: &unread }.parts()?.into_iter();
        for part in &mut found {
            if let Err(hash) = part {
                *part = Ok(known.keep(*hash, read.next().unwrap_or_default()));
            }
        }
    }
    let mut declared = Declarations::default();
    found.iter().flatten().for_each(|part| declared.extend(part));
    if declared.package.is_empty() {
        return Err(ExtractError::of(path, "expected a package clause, found none"));
    }
    Ok(File { constraint: elided.constraint, generated: elided.generated, declared })
}

/// Parts of files that were read before.
pub(super) trait Known {
    /// What a part declares, if the same one was read; if not, what it is remembered under.
    fn look_up(&self, part: &str) -> Result<Arc<Declarations>, Hash>;

    /// Remembers what a part declares.
    fn keep(&self, part: Hash, declared: Declarations) -> Arc<Declarations>;
}

/// Parts of one file that have to be parsed, put together.
struct Unread {
    text: String,
    /// For each row, the file's line.
    lines: Vec<usize>,
    /// Where each part ends.
    ends: Vec<usize>,
}

impl Unread {
    fn of<'a>(elided: &Elided, parts: impl Iterator<Item = Part<'a>>) -> Self {
        let mut unread = Self { text: String::new(), lines: Vec::new(), ends: Vec::new() };
        for part in parts {
            unread.text.push_str(part.text);
            // Only the last one of a file may stand without the end of its line.
            let rows = part.text.bytes().filter(|byte| *byte == b'\n').count() + 1;
            unread.lines.extend((part.row..part.row + rows).map(|row| elided.line(row)));
            if part.text.ends_with('\n') {
                unread.lines.pop();
            }
            unread.ends.push(unread.text.len());
        }
        unread
    }

    fn line(&self, row: usize) -> usize {
        self.lines.get(row).or(self.lines.last()).map_or(1, |line| *line)
    }
}

struct Reader<'a> {
    path: &'a str,
    unread: &'a Unread,
}

type Read<T> = Result<T, ExtractError>;

impl<'a> Reader<'a> {
    fn text(&self, node: Node<'_>) -> &'a str {
        &self.unread.text[node.byte_range()]
    }

    fn error(&self, node: Node<'_>, problem: impl Into<String>) -> ExtractError {
        ExtractError::at(self.path, self.unread.line(node.start_position().row), problem)
    }

    /// The first place that the grammar does not know, below nodes that hold one.
    fn broken(&self, root: Node<'_>) -> ExtractError {
        let mut node = root;
        loop {
            if node.is_missing() {
                return self.error(node, format!("expected `{}`", node.kind()));
            }
            let mut cursor = node.walk();
            let child = node.children(&mut cursor).find(Node::has_error);
            let Some(child) = child.filter(|_| !node.is_error()) else {
                let found: String = self.text(node).chars().take_while(|it| *it != '\n').take(40).collect();
                return self.error(node, format!("expected a declaration of Go, found `{}`", found.trim()));
            };
            node = child;
        }
    }

    /// What each part declares.
    fn parts(&self) -> Read<Vec<Declarations>> {
        let mut parser = Parser::new();
        parser
            .set_language(&tree_sitter_go::LANGUAGE.into())
            .expect("the grammar is of the version that the library reads");
        let tree = parser.parse(&self.unread.text, None).expect("no time limit is set");
        let root = tree.root_node();
        if root.has_error() {
            return Err(self.broken(root));
        }
        let ends = &self.unread.ends;
        let mut parts = vec![Declarations::default(); ends.len()];
        for node in children(root) {
            let part = ends.partition_point(|end| *end <= node.start_byte());
            self.declaration(node, &mut parts[part])?;
        }
        Ok(parts)
    }

    fn declaration(&self, node: Node<'_>, part: &mut Declarations) -> Read<()> {
        match node.kind() {
            "package_clause" => {
                part.package =
                    children(node).first().map(|name| self.text(*name).to_owned()).unwrap_or_default();
                part.deprecated = self.deprecated(node).map(Into::into);
            }
            "import_declaration" => self.imports(node, part)?,
            "type_declaration" => self.types(node, part)?,
            "function_declaration" | "method_declaration" => {
                part.functions.push(Arc::new(self.function(node)?));
            }
            "const_declaration" => self.constants(node, part)?,
            "var_declaration" => self.variables(node, part)?,
            _ => return Err(self.error(node, "expected a declaration, found a statement")),
        }
        Ok(())
    }

    fn imports(&self, node: Node<'_>, part: &mut Declarations) -> Read<()> {
        for spec in specs(node, "import_spec") {
            let path = spec.child_by_field_name("path").map(|path| self.text(path)).unwrap_or_default();
            let path =
                super::constant::unquoted(path).ok_or_else(|| self.error(spec, "expected an import path"))?;
            let name = spec.child_by_field_name("name").map(|name| self.text(name).to_owned());
            part.imports.push(Import { name, path });
        }
        Ok(())
    }

    fn types(&self, node: Node<'_>, part: &mut Declarations) -> Read<()> {
        let group = self.deprecated(node);
        for spec in children(node) {
            let alias = spec.kind() == "type_alias";
            let name = self.field(spec, "name")?;
            let type_ = self.type_(self.child(spec, "type")?, 0)?;
            part.types.push(Arc::new(TypeDeclaration {
                name: self.text(name).to_owned(),
                parameters: self.type_parameters(spec)?,
                alias,
                type_,
                deprecated: self.deprecated(spec).or_else(|| group.clone()),
            }));
        }
        Ok(())
    }

    fn function(&self, node: Node<'_>) -> Read<Function> {
        let receiver = match node.child_by_field_name("receiver") {
            Some(list) => Some(self.receiver(list)?),
            None => None,
        };
        Ok(Function {
            name: self.text(self.field(node, "name")?).to_owned(),
            receiver,
            parameters: self.type_parameters(node)?,
            signature: self.signature(node, 0)?,
            deprecated: self.deprecated(node),
            unused: self.unused(node),
        })
    }

    /// What is left of a body.
    fn unused(&self, node: Node<'_>) -> Option<String> {
        let body = self.text(node.child_by_field_name("body")?);
        let (_, rest) = body.split_once(UNUSED)?;
        rest.split_once("*/").map(|(positions, _)| positions.to_owned())
    }

    fn receiver(&self, list: Node<'_>) -> Read<Receiver> {
        let declaration =
            children(list).into_iter().next().ok_or_else(|| self.error(list, "expected a receiver"))?;
        let mut type_ = self.type_(self.child(declaration, "type")?, 0)?;
        let pointer = matches!(type_, TypeExpression::Pointer(_));
        if let TypeExpression::Pointer(inner) = type_ {
            type_ = *inner;
        }
        let TypeExpression::Name { package: None, name, arguments } = type_ else {
            return Err(self.error(list, "expected a receiver of a type of this package"));
        };
        let parameter = |argument| match argument {
            TypeExpression::Name { name, .. } => name,
            _ => "_".to_owned(),
        };
        Ok(Receiver { type_: name, pointer, parameters: arguments.into_iter().map(parameter).collect() })
    }

    fn constants(&self, node: Node<'_>, part: &mut Declarations) -> Read<()> {
        let group = self.deprecated(node);
        let mut type_ = None;
        let mut values: Vec<Arc<Expression>> = Vec::new();
        for (iota, spec) in specs(node, "const_spec").into_iter().enumerate() {
            if let Some(list) = spec.child_by_field_name("value") {
                values = self.expressions(list)?.into_iter().map(Arc::new).collect();
                type_ = match spec.child_by_field_name("type") {
                    Some(node) => Some(self.type_(node, 0)?),
                    None => None,
                };
            }
            let deprecated = self.deprecated(spec).or_else(|| group.clone());
            for (index, name) in named(spec, "name").into_iter().enumerate() {
                part.constants.push(Arc::new(Constant {
                    name: self.text(name).to_owned(),
                    type_: type_.clone(),
                    value: values.get(index).cloned(),
                    iota: u32::try_from(iota).unwrap_or(u32::MAX),
                    deprecated: deprecated.clone(),
                }));
            }
        }
        Ok(())
    }

    fn variables(&self, node: Node<'_>, part: &mut Declarations) -> Read<()> {
        let group = self.deprecated(node);
        for spec in specs(node, "var_spec") {
            let type_ = match spec.child_by_field_name("type") {
                Some(node) => Some(self.type_(node, 0)?),
                None => None,
            };
            let values: Vec<Arc<Expression>> = match spec.child_by_field_name("value") {
                Some(list) => self.expressions(list)?.into_iter().map(Arc::new).collect(),
                None => Vec::new(),
            };
            let names = named(spec, "name");
            let several = names.len() > 1 && values.len() == 1;
            let deprecated = self.deprecated(spec).or_else(|| group.clone());
            for (index, name) in names.into_iter().enumerate() {
                part.variables.push(Arc::new(Variable {
                    name: self.text(name).to_owned(),
                    type_: type_.clone(),
                    value: values.get(if several { 0 } else { index }).cloned(),
                    result: several.then_some(index),
                    deprecated: deprecated.clone(),
                }));
            }
        }
        Ok(())
    }

    fn type_parameters(&self, node: Node<'_>) -> Read<Vec<TypeParameter>> {
        let Some(list) = node.child_by_field_name("type_parameters") else { return Ok(Vec::new()) };
        let mut parameters = Vec::new();
        for declaration in children(list) {
            let constraint = self.constraint(self.child(declaration, "type")?, 0)?;
            for name in named(declaration, "name") {
                parameters
                    .push(TypeParameter { name: self.text(name).to_owned(), constraint: constraint.clone() });
            }
        }
        Ok(parameters)
    }

    /// What stands between bars; a single type without `~` is itself.
    fn constraint(&self, node: Node<'_>, depth: usize) -> Read<TypeExpression> {
        let mut terms = Vec::new();
        for term in children(node) {
            match term.kind() {
                "negated_type" => {
                    let inner = children(term)
                        .into_iter()
                        .next()
                        .ok_or_else(|| self.error(term, "expected a type"))?;
                    terms.push((Tilde::Yes, self.type_(inner, depth + 1)?));
                }
                _ => terms.push((Tilde::No, self.type_(term, depth + 1)?)),
            }
        }
        match <[_; 1]>::try_from(terms) {
            Ok([(Tilde::No, type_)]) => Ok(type_),
            Ok(one) => Ok(TypeExpression::Union(one.into())),
            Err(terms) => Ok(TypeExpression::Union(terms)),
        }
    }

    fn signature(&self, node: Node<'_>, depth: usize) -> Read<SignatureExpression> {
        let (parameters, variadic) = self.parameters(self.field(node, "parameters")?, depth)?;
        let results = match node.child_by_field_name("result") {
            Some(list) if list.kind() == "parameter_list" => self.parameters(list, depth)?.0,
            Some(_) => vec![self.type_(self.child(node, "result")?, depth + 1)?],
            None => Vec::new(),
        };
        Ok(SignatureExpression { parameters, variadic, results })
    }

    fn parameters(&self, list: Node<'_>, depth: usize) -> Read<(Vec<TypeExpression>, bool)> {
        let mut types = Vec::new();
        let mut variadic = false;
        for declaration in children(list) {
            variadic |= declaration.kind() == "variadic_parameter_declaration";
            let type_ = self.type_(self.child(declaration, "type")?, depth + 1)?;
            let names = named(declaration, "name").len().max(1);
            types.extend(std::iter::repeat_n(type_, names));
        }
        Ok((types, variadic))
    }

    fn type_(&self, node: Node<'_>, depth: usize) -> Read<TypeExpression> {
        if depth > DEPTH {
            return Err(self.error(node, format!("expected types nested at most {DEPTH} deep")));
        }
        let inner = |name: &str| -> Read<Box<TypeExpression>> {
            Ok(Box::new(self.type_(self.child(node, name)?, depth + 1)?))
        };
        let only = || children(node).into_iter().next().ok_or_else(|| self.error(node, "expected a type"));
        Ok(match node.kind() {
            "type_identifier" | "identifier" => TypeExpression::Name {
                package: None,
                name: self.text(node).to_owned(),
                arguments: Vec::new(),
            },
            "qualified_type" => TypeExpression::Name {
                package: Some(self.text(self.field(node, "package")?).to_owned()),
                name: self.text(self.field(node, "name")?).to_owned(),
                arguments: Vec::new(),
            },
            "generic_type" => {
                let TypeExpression::Name { package, name, .. } = *inner("type")? else {
                    return Err(self.error(node, "expected the name of a generic type"));
                };
                let list = children(self.field(node, "type_arguments")?);
                let arguments =
                    list.into_iter().map(|it| self.constraint(it, depth + 1)).collect::<Read<_>>()?;
                TypeExpression::Name { package, name, arguments }
            }
            "pointer_type" => TypeExpression::Pointer(Box::new(self.type_(only()?, depth + 1)?)),
            "parenthesized_type" => self.type_(only()?, depth + 1)?,
            "slice_type" => TypeExpression::Slice(inner("element")?),
            "array_type" => {
                let length = self.expression(self.child(node, "length")?, depth + 1)?;
                TypeExpression::Array(Box::new(length), inner("element")?)
            }
            "map_type" => TypeExpression::Map(inner("key")?, inner("value")?),
            "channel_type" => {
                let text = self.text(node);
                let direction = if text.starts_with("<-") {
                    Direction::Receive
                } else if text["chan".len()..].trim_start().starts_with("<-") && self.arrow_is_own(node) {
                    Direction::Send
                } else {
                    Direction::Both
                };
                TypeExpression::Channel(direction, inner("value")?)
            }
            "function_type" => TypeExpression::Function(Box::new(self.signature(node, depth + 1)?)),
            "struct_type" => self.struct_(node, depth)?,
            "interface_type" => self.interface(node, depth)?,
            "negated_type" => TypeExpression::Union(vec![(Tilde::Yes, self.type_(only()?, depth + 1)?)]),
            "type_elem" | "type_constraint" => self.constraint(node, depth + 1)?,
            kind => {
                return Err(self.error(node, format!("expected a type, found a {}", kind.replace('_', " "))));
            }
        })
    }

    /// In `chan <-chan T` the arrow belongs to what is received, in `chan<- T` it is ours.
    fn arrow_is_own(&self, node: Node<'_>) -> bool {
        let mut cursor = node.walk();
        node.children(&mut cursor).any(|child| !child.is_named() && child.kind() == "<-")
    }

    fn struct_(&self, node: Node<'_>, depth: usize) -> Read<TypeExpression> {
        let mut fields = Vec::new();
        let list = children(node).into_iter().next().ok_or_else(|| self.error(node, "expected fields"))?;
        for field in children(list) {
            let mut type_ = self.type_(self.child(field, "type")?, depth + 1)?;
            let tag = match field.child_by_field_name("tag") {
                Some(tag) => {
                    let text = super::constant::unquoted(self.text(tag));
                    Some(text.ok_or_else(|| self.error(tag, "expected a tag"))?)
                }
                None => None,
            };
            let deprecated = self.deprecated(field);
            let names = named(field, "name");
            if names.is_empty() {
                if self.text(field).starts_with('*') {
                    type_ = TypeExpression::Pointer(Box::new(type_));
                }
                fields.push(FieldExpression { name: None, type_, tag, deprecated });
                continue;
            }
            for name in names {
                let name = Some(self.text(name).to_owned());
                fields.push(FieldExpression {
                    name,
                    type_: type_.clone(),
                    tag: tag.clone(),
                    deprecated: deprecated.clone(),
                });
            }
        }
        Ok(TypeExpression::Struct(fields))
    }

    fn interface(&self, node: Node<'_>, depth: usize) -> Read<TypeExpression> {
        let mut elements = Vec::new();
        for element in children(node) {
            elements.push(match element.kind() {
                "method_elem" => ElementExpression::Method {
                    name: self.text(self.field(element, "name")?).to_owned(),
                    signature: self.signature(element, depth + 1)?,
                    deprecated: self.deprecated(element),
                },
                _ => ElementExpression::Embedded(self.constraint(element, depth + 1)?),
            });
        }
        Ok(TypeExpression::Interface(elements))
    }

    fn expressions(&self, list: Node<'_>) -> Read<Vec<Expression>> {
        children(list).into_iter().map(|it| self.expression(it, 0)).collect()
    }

    fn expression(&self, node: Node<'_>, depth: usize) -> Read<Expression> {
        if depth > DEPTH {
            return Err(self.error(node, format!("expected expressions nested at most {DEPTH} deep")));
        }
        let text = || self.text(node).to_owned();
        let inner = |name: &str| -> Read<Box<Expression>> {
            Ok(Box::new(self.expression(self.child(node, name)?, depth + 1)?))
        };
        let operator =
            || node.child_by_field_name("operator").map(|it| self.text(it).to_owned()).unwrap_or_default();
        Ok(match node.kind() {
            "int_literal" => Expression::Integer(text()),
            "float_literal" => Expression::Float(text()),
            "imaginary_literal" => Expression::Imaginary(text()),
            "rune_literal" => Expression::Rune(text()),
            "interpreted_string_literal" | "raw_string_literal" => Expression::Text(text()),
            "identifier" | "type_identifier" | "true" | "false" | "nil" | "iota" => Expression::Name(text()),
            "parenthesized_expression" => {
                let only =
                    children(node).into_iter().next().ok_or_else(|| self.error(node, "expected a value"))?;
                self.expression(only, depth + 1)?
            }
            "selector_expression" => {
                Expression::Selector(inner("operand")?, self.text(self.field(node, "field")?).to_owned())
            }
            "binary_expression" => Expression::Binary(operator(), inner("left")?, inner("right")?),
            "unary_expression" => Expression::Unary(operator(), inner("operand")?),
            "call_expression" => {
                let arguments = children(self.field(node, "arguments")?);
                let arguments =
                    arguments.into_iter().map(|it| self.expression(it, depth + 1)).collect::<Read<_>>()?;
                let called = inner("function")?;
                match node.child_by_field_name("type_arguments") {
                    Some(list) => Expression::Call(
                        Box::new(Expression::Index(called, self.arguments(list, depth)?)),
                        arguments,
                    ),
                    None => Expression::Call(called, arguments),
                }
            }
            "type_conversion_expression" => {
                let type_ = self.type_(self.child(node, "type")?, depth + 1)?;
                Expression::Call(Box::new(Expression::Type(type_)), vec![*inner("operand")?])
            }
            "type_instantiation_expression" => {
                let type_ = self.child(node, "type")?;
                let arguments = children(node).into_iter().filter(|it| it.id() != type_.id());
                let arguments: Vec<_> = arguments
                    .map(|it| self.type_(it, depth + 1).map(Expression::Type))
                    .collect::<Read<_>>()?;
                Expression::Index(Box::new(self.expression(type_, depth + 1)?), arguments)
            }
            "index_expression" => Expression::Index(inner("operand")?, vec![*inner("index")?]),
            "composite_literal" => self.composite(node, depth)?,
            "func_literal" => Expression::FunctionLiteral(Box::new(self.signature(node, depth + 1)?)),
            "type_assertion_expression" => {
                Expression::Assert(self.type_(self.child(node, "type")?, depth + 1)?)
            }
            "pointer_type" | "slice_type" | "array_type" | "map_type" | "channel_type" | "function_type"
            | "struct_type" | "interface_type" | "qualified_type" | "generic_type" | "parenthesized_type" => {
                Expression::Type(self.type_(node, depth + 1)?)
            }
            _ => Expression::Other(text()),
        })
    }

    fn arguments(&self, list: Node<'_>, depth: usize) -> Read<Vec<Expression>> {
        children(list).into_iter().map(|it| self.constraint(it, depth + 1).map(Expression::Type)).collect()
    }

    fn composite(&self, node: Node<'_>, depth: usize) -> Read<Expression> {
        let type_ = self.child(node, "type")?;
        if type_.kind() != "implicit_length_array_type" {
            return Ok(Expression::Composite(self.type_(type_, depth + 1)?));
        }
        let element = self.type_(self.child(type_, "element")?, depth + 1)?;
        let body = children(self.field(node, "body")?);
        // Keys make a length of their own; who needs it would have to evaluate them.
        let keyed = body.iter().any(|it| it.kind() == "keyed_element");
        Ok(Expression::Counted(element, (!keyed).then_some(body.len())))
    }

    fn field<'tree>(&self, node: Node<'tree>, name: &str) -> Read<Node<'tree>> {
        node.child_by_field_name(name)
            .ok_or_else(|| self.error(node, format!("expected a {}", name.replace('_', " "))))
    }

    /// A field that is not a comment which the grammar put there.
    fn child<'tree>(&self, node: Node<'tree>, name: &str) -> Read<Node<'tree>> {
        let mut cursor = node.walk();
        let found =
            node.children_by_field_name(name, &mut cursor).find(|it| it.is_named() && it.kind() != "comment");
        found.ok_or_else(|| self.error(node, format!("expected a {}", name.replace('_', " "))))
    }

    /// What stands directly above: the notice that something is deprecated.
    fn deprecated(&self, node: Node<'_>) -> Option<String> {
        let mut lines = Vec::new();
        let mut row = node.start_position().row;
        let mut above = node.prev_sibling();
        while let Some(comment) =
            above.filter(|it| it.kind() == "comment" && it.end_position().row + 1 == row)
        {
            let own_line =
                comment.prev_sibling().is_none_or(|it| it.end_position().row < comment.start_position().row);
            if !own_line {
                break;
            }
            lines.extend(
                self.text(comment).lines().rev().map(|it| it.trim_matches(['/', '*', ' ', '\t']).to_owned()),
            );
            row = comment.start_position().row;
            above = comment.prev_sibling();
        }
        lines.reverse();
        let start = lines.iter().position(|line| line.starts_with("Deprecated:"))?;
        let paragraph = lines[start..].iter().take_while(|line| !line.is_empty());
        let text = paragraph.map(String::as_str).collect::<Vec<_>>().join(" ");
        Some(text["Deprecated:".len()..].split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// Children that mean something.
fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|it| it.kind() != "comment").collect()
}

fn named<'tree>(node: Node<'tree>, field: &str) -> Vec<Node<'tree>> {
    let mut cursor = node.walk();
    node.children_by_field_name(field, &mut cursor)
        .filter(|it| it.is_named() && it.kind() != "comment")
        .collect()
}

/// The specs of a declaration, in parentheses or not.
fn specs<'tree>(node: Node<'tree>, kind: &str) -> Vec<Node<'tree>> {
    let mut found = Vec::new();
    for child in children(node) {
        if child.kind() == kind {
            found.push(child);
        } else {
            found.extend(children(child).into_iter().filter(|it| it.kind() == kind));
        }
    }
    found
}
