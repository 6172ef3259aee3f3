//! What can be selected from a value: fields and methods, its own and promoted ones; and whether values compare.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::types::{Field, Named, Signature, Type, is_exported};
use super::universe::Universe;

/// What can be selected from a value.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) fields: BTreeMap<Rc<str>, MemberField>,
    pub(super) methods: BTreeMap<Rc<str>, MemberMethod>,
    /// Embedded types of which nothing is known.
    pub(super) unknown: BTreeSet<Type>,
}

#[derive(Debug, Clone)]
pub(super) struct MemberField {
    pub(super) field: Field,
    /// The embedded type that it is promoted from.
    pub(super) via: Option<Type>,
}

#[derive(Debug, Clone)]
pub(super) struct MemberMethod {
    pub(super) signature: Signature,
    /// Whether only pointers have it.
    pub(super) pointer: bool,
    pub(super) via: Option<Type>,
    pub(super) deprecated: Option<Rc<str>>,
}

/// An answer that may need what cannot be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    Unknown,
}

/// A type on one depth of embedding.
struct Level {
    type_: Type,
    /// Whether a pointer lies on the way, so that all methods are at hand.
    through_pointer: bool,
    /// Whether it is embedded twice on this depth, so that what it has is ambiguous.
    twice: bool,
}

enum Member {
    Field(MemberField),
    Method(MemberMethod),
    Ambiguous,
}

const DEPTH: usize = 12;

impl Universe<'_> {
    /// All that can be selected from a value of a type, or from a pointer to one.
    pub(super) fn members(&self, type_: &Type) -> Members {
        let (start, through_pointer) = match type_ {
            Type::Pointer(to) => ((**to).clone(), true),
            other => (other.clone(), false),
        };
        let mut found: BTreeMap<Rc<str>, Member> = BTreeMap::new();
        let mut unknown = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut level = vec![Level { type_: start, through_pointer, twice: false }];
        for depth in 0..DEPTH {
            let mut next: Vec<Level> = Vec::new();
            let mut here: BTreeMap<Rc<str>, Member> = BTreeMap::new();
            for Level { type_, through_pointer, twice } in level {
                if !seen.insert(type_.clone()) {
                    continue;
                }
                let via = (depth > 0).then(|| type_.clone());
                let mut add = |name: Rc<str>, member: Member| {
                    let member = if twice { Member::Ambiguous } else { member };
                    here.entry(name).and_modify(|it| *it = Member::Ambiguous).or_insert(member);
                };
                for (name, method) in self.own_methods(&type_) {
                    let pointer = method.pointer && !through_pointer;
                    add(name, Member::Method(MemberMethod { pointer, via: via.clone(), ..method }));
                }
                match self.underlying(&type_) {
                    Some(Type::Struct(fields)) => {
                        for field in fields.iter() {
                            if field.embedded {
                                let (type_, pointer) = match &field.type_ {
                                    Type::Pointer(to) => ((**to).clone(), true),
                                    other => (other.clone(), false),
                                };
                                let through_pointer = through_pointer || pointer;
                                match next.iter_mut().find(|it| it.type_ == type_) {
                                    Some(same) => same.twice = true,
                                    None => next.push(Level { type_, through_pointer, twice }),
                                }
                            }
                            let via = via.clone();
                            add(field.name.clone(), Member::Field(MemberField { field: field.clone(), via }));
                        }
                    }
                    Some(_) => {}
                    None if depth > 0 => {
                        unknown.insert(type_);
                    }
                    None => {}
                }
            }
            for (name, member) in here {
                found.entry(name).or_insert(member);
            }
            level = next;
            if level.is_empty() {
                break;
            }
        }
        let mut members = Members { unknown, ..Members::default() };
        for (name, member) in found {
            match member {
                Member::Field(field) => drop(members.fields.insert(name, field)),
                Member::Method(method) => drop(members.methods.insert(name, method)),
                Member::Ambiguous => {}
            }
        }
        members
    }

    /// Methods that are declared for a type, or that an interface has.
    fn own_methods(&self, type_: &Type) -> Vec<(Rc<str>, MemberMethod)> {
        let plain =
            |signature, pointer, deprecated| MemberMethod { signature, pointer, via: None, deprecated };
        if let Some(interface) = self.methods_of(type_) {
            let methods = interface.methods.into_iter();
            return methods.map(|(name, it)| (name, plain(it.signature, false, it.deprecated))).collect();
        }
        let Type::Named(Named { package, name, arguments }) = type_ else { return Vec::new() };
        let Some(package) = self.package(package) else { return Vec::new() };
        let mut methods = Vec::new();
        for (file, index) in package.methods.get(&**name).into_iter().flatten() {
            let function = &package.files[*file].1.functions[*index];
            let Some(receiver) = &function.receiver else { continue };
            let scope = package.scope(*file, &receiver.parameters);
            let signature = self.signature(scope, &function.signature).substitute(arguments);
            let key: Rc<str> = if is_exported(&function.name) {
                function.name.as_str().into()
            } else {
                format!("{}.{}", package.path, function.name).into()
            };
            let deprecated = function.deprecated.as_deref().map(Into::into);
            methods.push((key, plain(signature, receiver.pointer, deprecated)));
        }
        methods
    }

    /// Whether values of a type can be compared with `==`.
    pub(super) fn comparable(&self, type_: &Type) -> Answer {
        self.step(|| {
            Some(match type_ {
                Type::Named(_) => match self.underlying(type_) {
                    Some(underlying) => self.comparable(&underlying),
                    None => Answer::Unknown,
                },
                Type::Basic(_) | Type::Pointer(_) | Type::Channel(..) | Type::Interface(_) => Answer::Yes,
                Type::Slice(_) | Type::Map(..) | Type::Function(_) => Answer::No,
                Type::Array(_, of) => self.comparable(of),
                Type::Struct(fields) => {
                    let answers: Vec<Answer> =
                        fields.iter().map(|field| self.comparable(&field.type_)).collect();
                    match () {
                        () if answers.contains(&Answer::No) => Answer::No,
                        () if answers.contains(&Answer::Unknown) => Answer::Unknown,
                        () => Answer::Yes,
                    }
                }
                // Whether it compares depends on what is put in its place.
                Type::Parameter(_) | Type::Union(_) => Answer::Unknown,
                Type::Unknown(_) => Answer::Unknown,
            })
        })
        .unwrap_or(Answer::Unknown)
    }
}
