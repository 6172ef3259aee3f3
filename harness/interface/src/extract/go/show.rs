//! How types are written in facts: names of the module's own packages begin with `./`, those of others with their import
//! path, type parameters are `$0`, `$1` and so on.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::modfile::within;
use super::syntax::{Direction, Tilde};
use super::types::{Interface, Named, Signature, Type, is_exported};

/// Writes types, and remembers which named ones it wrote.
#[derive(Debug, Default)]
pub(super) struct Show {
    /// The module whose names are written relative.
    module: String,
    seen: RefCell<BTreeSet<(std::rc::Rc<str>, std::rc::Rc<str>)>>,
}

impl Show {
    pub(super) fn new(module: &str) -> Self {
        Self { module: module.to_owned(), seen: RefCell::default() }
    }

    /// Named types that were written since this was last asked: package and name.
    pub(super) fn take_seen(&self) -> BTreeSet<(std::rc::Rc<str>, std::rc::Rc<str>)> {
        self.seen.take()
    }

    /// A package: `./rest`, `.` for the module's root, `k8s.io/api/core/v1`.
    pub(super) fn package(&self, import: &str) -> String {
        match within(import, &self.module) {
            Some("") => ".".to_owned(),
            Some(below) => format!("./{below}"),
            None => import.to_owned(),
        }
    }

    /// A name of a package: `./rest.Config`, `.Client` in the module's root.
    pub(super) fn name(&self, import: &str, name: &str) -> String {
        match within(import, &self.module) {
            Some("") => format!(".{name}"),
            Some(below) => format!("./{below}.{name}"),
            None => format!("{import}.{name}"),
        }
    }

    pub(super) fn type_(&self, type_: &Type) -> String {
        let mut out = String::new();
        self.write(&mut out, type_);
        out
    }

    pub(super) fn parameters(&self, signature: &Signature) -> String {
        let mut out = String::new();
        self.write_parameters(&mut out, signature);
        out
    }

    /// Nothing, a type, or types in parentheses.
    pub(super) fn results(&self, signature: &Signature) -> String {
        let mut out = String::new();
        self.write_results(&mut out, signature);
        out
    }

    fn write(&self, out: &mut String, type_: &Type) {
        match type_ {
            Type::Basic(name) => out.push_str(name),
            Type::Named(named) => self.write_named(out, named),
            Type::Parameter(index) => out.push_str(&format!("${index}")),
            Type::Pointer(to) => self.write_after(out, "*", to),
            Type::Slice(of) if **of == Type::Basic("uint8") => out.push_str("[]byte"),
            Type::Slice(of) => self.write_after(out, "[]", of),
            Type::Array(length, of) => self.write_after(out, &format!("[{length}]"), of),
            Type::Map(key, value) => {
                self.write_after(out, "map[", key);
                self.write_after(out, "]", value);
            }
            Type::Channel(Direction::Both, of) if matches!(**of, Type::Channel(Direction::Receive, _)) => {
                self.write_after(out, "chan (", of);
                out.push(')');
            }
            Type::Channel(Direction::Both, of) => self.write_after(out, "chan ", of),
            Type::Channel(Direction::Send, of) => self.write_after(out, "chan<- ", of),
            Type::Channel(Direction::Receive, of) => self.write_after(out, "<-chan ", of),
            Type::Function(signature) => {
                out.push_str("func");
                self.write_signature(out, signature);
            }
            Type::Struct(fields) => {
                out.push_str("struct{");
                for (index, field) in fields.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "; " });
                    if !field.embedded {
                        out.push_str(&field.name);
                        out.push(' ');
                    }
                    self.write(out, &field.type_);
                    if let Some(tag) = &field.tag {
                        out.push_str(&format!(" {tag:?}"));
                    }
                }
                out.push('}');
            }
            Type::Interface(interface) => self.write_interface(out, interface),
            Type::Union(terms) => self.write_terms(out, terms),
            Type::Unknown(text) => {
                out.push('?');
                out.push_str(text);
            }
        }
    }

    fn write_after(&self, out: &mut String, before: &str, type_: &Type) {
        out.push_str(before);
        self.write(out, type_);
    }

    fn write_named(&self, out: &mut String, named: &Named) {
        self.seen.borrow_mut().insert((named.package.clone(), named.name.clone()));
        out.push_str(&self.name(&named.package, &named.name));
        self.write_list(out, "[", &named.arguments, "]");
    }

    fn write_list(&self, out: &mut String, open: &str, types: &[Type], close: &str) {
        if types.is_empty() {
            return;
        }
        out.push_str(open);
        for (index, type_) in types.iter().enumerate() {
            out.push_str(if index == 0 { "" } else { ", " });
            self.write(out, type_);
        }
        out.push_str(close);
    }

    fn write_signature(&self, out: &mut String, signature: &Signature) {
        self.write_parameters(out, signature);
        if !signature.results.is_empty() {
            out.push(' ');
            self.write_results(out, signature);
        }
    }

    fn write_parameters(&self, out: &mut String, signature: &Signature) {
        out.push('(');
        let last = signature.parameters.len().saturating_sub(1);
        for (index, type_) in signature.parameters.iter().enumerate() {
            out.push_str(if index == 0 { "" } else { ", " });
            out.push_str(if signature.variadic && index == last { "..." } else { "" });
            self.write(out, type_);
        }
        out.push(')');
    }

    fn write_results(&self, out: &mut String, signature: &Signature) {
        match signature.results.as_slice() {
            [] => {}
            [one] => self.write(out, one),
            several => self.write_list(out, "(", several, ")"),
        }
    }

    fn write_interface(&self, out: &mut String, interface: &Interface) {
        out.push_str("interface{");
        let mut first = true;
        let mut separate = |out: &mut String| {
            out.push_str(if first { "" } else { "; " });
            first = false;
        };
        for (name, method) in &interface.methods {
            separate(out);
            if is_exported(name) {
                out.push_str(name);
            } else {
                let (package, name) = name.rsplit_once('.').unwrap_or(("", name));
                out.push_str(&self.name(package, name));
            }
            self.write_signature(out, &method.signature);
        }
        for embedded in &interface.unknown {
            separate(out);
            self.write(out, embedded);
        }
        for terms in &interface.unions {
            separate(out);
            self.write_terms(out, terms);
        }
        if interface.comparable {
            separate(out);
            out.push_str("comparable");
        }
        out.push('}');
    }

    fn write_terms(&self, out: &mut String, terms: &[(Tilde, Type)]) {
        for (index, (tilde, type_)) in terms.iter().enumerate() {
            out.push_str(if index == 0 { "" } else { " | " });
            out.push_str(if *tilde == Tilde::Yes { "~" } else { "" });
            self.write(out, type_);
        }
    }
}
