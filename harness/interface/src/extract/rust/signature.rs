//! What a function takes, gives and asks for.

use std::collections::BTreeSet;

use rustdoc_types::{Abi, Function, Type};

use super::generics::{Demands, Of, demands};
use super::scope::{Opaque, Position, Scope, mark, settle};
use super::types::Writer;
use crate::model::Fact;

/// A function's signature, written.
#[derive(Debug, Clone)]
pub(super) struct Signature {
    pub(super) demands: Demands,
    receiver: Option<String>,
    params: Vec<String>,
    returns: String,
    /// Lifetimes of arguments that an `impl Trait` in the result holds on to.
    captures: Option<String>,
    flags: Vec<&'static str>,
    abi: String,
}

/// Which lifetimes an `impl Trait` holds on to when its author does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Capture {
    /// All of them, since edition 2024 and always in traits.
    All,
    /// Those that it names.
    Named,
}

/// Writes a signature down.
pub(super) fn signature(
    writer: &Writer<'_>,
    function: &Function,
    outer: &Scope,
    capture: Capture,
) -> Signature {
    let mut scope = outer.clone();
    let mut demands = demands(writer, &function.generics, Of::Function, &mut scope);
    let inputs: Vec<(bool, String)> = scope.at(Position::Input, |scope| {
        let inputs = function.sig.inputs.iter().enumerate();
        inputs
            .map(|(number, (name, type_))| {
                let receiver = number == 0 && name == "self";
                (
                    receiver,
                    if receiver { self::receiver(writer, type_, scope) } else { writer.write(type_, scope) },
                )
            })
            .collect()
    });
    let given = scope.lifetimes();
    scope.elided = elided(&inputs);
    let returns = match &function.sig.output {
        Some(type_) => scope.at(Position::Output, |scope| writer.write(type_, scope)),
        None => "()".to_owned(),
    };
    let returns = match function.header.is_async {
        // What an `async` function gives holds on to all that it was given.
        true => format!("impl std::future::future::Future<Output = {returns}>"),
        false => returns,
    };
    let captures = captures(function, &scope, given, capture);
    let count = scope.lifetimes();
    let linked = |number: usize| {
        let mark = mark(number);
        let inputs = inputs.iter().map(|(_, text)| text);
        inputs.chain(&demands.bounds).map(|text| text.matches(&mark).count()).sum::<usize>() > 1
    };
    let settled: Vec<(bool, String)> =
        inputs.iter().map(|(receiver, text)| (*receiver, settle(text, count, &linked))).collect();
    let bounds = demands.bounds.iter().map(|bound| settle(bound, count, &linked));
    // A demand on a lifetime that nothing else uses is none.
    demands.bounds = bounds.filter(|bound| !bound.ends_with(": ") && !bound.starts_with(": ")).collect();
    Signature {
        demands,
        receiver: settled.iter().find(|(receiver, _)| *receiver).map(|(_, text)| text.clone()),
        params: settled.into_iter().filter(|(receiver, _)| !receiver).map(|(_, text)| text).collect(),
        returns: settle(&returns, count, &|number| Some(number) != scope.elided),
        captures: captures.map(|text| settle(&text, count, &|_| true)),
        flags: flags(function),
        abi: abi(&function.header.abi),
    }
}

impl Signature {
    /// Puts all of it but the demands on a fact.
    pub(super) fn on(&self, fact: Fact) -> Fact {
        let mut fact = fact
            .with("params", format!("({})", self.params.join(", ")))
            .with("arity", self.params.len().to_string())
            .with("returns", self.returns.clone());
        if let Some(receiver) = &self.receiver {
            fact = fact.with("receiver", receiver.clone());
        }
        if !self.demands.parameters.is_empty() {
            fact = fact.with("generics", self.demands.parameters.clone());
        }
        if let Some(captures) = &self.captures {
            fact = fact.with("captures", captures.clone());
        }
        if !self.abi.is_empty() {
            fact = fact.with("abi", self.abi.trim().to_owned());
        }
        self.flags.iter().fold(fact, |fact, flag| fact.with(*flag, "yes"))
    }
}

/// A calling convention as it is written, with a space; nothing for Rust's own.
pub(super) fn abi(abi: &Abi) -> String {
    let (name, unwind) = match abi {
        Abi::Rust => return String::new(),
        Abi::C { unwind } => ("C", *unwind),
        Abi::Cdecl { unwind } => ("cdecl", *unwind),
        Abi::Stdcall { unwind } => ("stdcall", *unwind),
        Abi::Fastcall { unwind } => ("fastcall", *unwind),
        Abi::Aapcs { unwind } => ("aapcs", *unwind),
        Abi::Win64 { unwind } => ("win64", *unwind),
        Abi::SysV64 { unwind } => ("sysv64", *unwind),
        Abi::System { unwind } => ("system", *unwind),
        Abi::Other(name) => (name.as_str(), false),
    };
    format!("extern \"{name}{}\" ", if unwind { "-unwind" } else { "" })
}

fn receiver(writer: &Writer<'_>, type_: &Type, scope: &mut Scope) -> String {
    match type_ {
        Type::Generic(name) if name == "Self" => "self".to_owned(),
        Type::BorrowedRef { lifetime, is_mutable, type_ } if is_self(type_) => {
            let lifetime = scope.lifetime(lifetime.as_deref());
            format!("&{lifetime} {}self", if *is_mutable { "mut " } else { "" })
        }
        other => format!("self: {}", writer.write(other, scope)),
    }
}

fn is_self(type_: &Type) -> bool {
    matches!(type_, Type::Generic(name) if name == "Self")
}

/// The lifetime that an elided one in the result is: the receiver's, or the only one.
fn elided(inputs: &[(bool, String)]) -> Option<usize> {
    let marks = |text: &str, before: &str| -> BTreeSet<usize> {
        let opening = format!("{before}'~");
        let parts = text.split(opening.as_str()).skip(1);
        parts.filter_map(|part| part.split_once('~')?.0.parse().ok()).collect()
    };
    let of_receiver = inputs.iter().find(|(receiver, _)| *receiver);
    let of_receiver = of_receiver.and_then(|(_, text)| marks(text, "&").first().copied());
    let all: BTreeSet<usize> = inputs.iter().flat_map(|(_, text)| marks(text, "")).collect();
    of_receiver.or_else(|| all.first().copied().filter(|_| all.len() == 1))
}

/// What every `impl Trait` of the result holds on to.
fn captures(function: &Function, scope: &Scope, given: usize, capture: Capture) -> Option<String> {
    let all = || (0..given).map(mark).collect::<Vec<_>>();
    let named = |opaque: &Opaque| {
        let mentioned = |number: &usize| opaque.bounds.iter().any(|bound| bound.contains(&mark(*number)));
        (0..given).filter(mentioned).map(mark).collect()
    };
    let of = |opaque: &Opaque| match (&opaque.uses, capture) {
        (Some(uses), _) => uses.iter().filter(|it| it.starts_with("'~")).cloned().collect(),
        (None, Capture::All) => all(),
        (None, Capture::Named) => named(opaque),
    };
    let mut captured: Vec<String> = scope.opaque.iter().flat_map(of).collect();
    if function.header.is_async {
        captured.extend(all());
    }
    captured.sort();
    captured.dedup();
    (!captured.is_empty()).then(|| captured.join(", "))
}

fn flags(function: &Function) -> Vec<&'static str> {
    let header = &function.header;
    let flags = [
        (header.is_const, "const"),
        (header.is_unsafe, "unsafe"),
        (function.sig.is_c_variadic, "c-variadic"),
    ];
    flags.into_iter().filter(|(set, _)| *set).map(|(_, name)| name).collect()
}
