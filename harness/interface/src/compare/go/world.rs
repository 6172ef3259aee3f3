//! One side of a comparison: which types there are, what they have, and what can be used in the place of what.

use std::collections::BTreeMap;

use super::written::{List, Methods, Written, last, owner, substitute, type_};
use crate::model::{Fact, Interface};

/// One side of a comparison.
pub(super) struct World<'a> {
    pub(super) interface: &'a Interface,
    types: BTreeMap<&'a str, &'a Fact>,
    members: BTreeMap<&'a str, Vec<&'a Fact>>,
}

impl<'a> World<'a> {
    pub(super) fn new(interface: &'a Interface) -> Self {
        let mut types = BTreeMap::new();
        let mut members: BTreeMap<&str, Vec<&Fact>> = BTreeMap::new();
        for fact in interface.facts() {
            match plain(&fact.kind) {
                "type" => drop(types.insert(fact.key.as_str(), fact)),
                "field" | "method" | "imethod" => members.entry(owner(&fact.key)).or_default().push(fact),
                _ => {}
            }
        }
        Self { interface, types, members }
    }

    /// Types by name.
    pub(super) fn types(&self) -> impl Iterator<Item = (&'a str, &'a Fact)> {
        self.types.iter().map(|(key, fact)| (*key, *fact))
    }

    pub(super) fn type_(&self, key: &str) -> Option<&'a Fact> {
        self.types.get(key).copied()
    }

    /// Fields and methods of a type.
    pub(super) fn members(&self, key: &str) -> &[&'a Fact] {
        self.members.get(key).map_or(&[], Vec::as_slice)
    }

    /// A member, whether the type is one of the module's or not.
    pub(super) fn member(&self, kind: &str, key: &str) -> Option<&'a Fact> {
        self.members(owner(key))
            .iter()
            .copied()
            .find(|fact| fact.key == key && plain(&fact.kind) == plain(kind))
    }

    /// The type that a name leads to: itself, or what it is an alias of.
    pub(super) fn leads_to(&self, key: &'a str) -> &'a str {
        match self.type_(key).and_then(|fact| fact.attribute("target")) {
            Some(target) if self.type_(target).is_some() || !target.contains(['[', '*', '(', '{', ' ']) => {
                target
            }
            Some(_) | None => key,
        }
    }

    /// Whether a value of one type can be used where the other one is wanted.
    pub(super) fn assignable(&self, from: &str, to: &str) -> bool {
        if from == to || to == "any" {
            return true;
        }
        let (from, to) = (type_(from), type_(to));
        let Some(wanted) = self.interface_methods(&to) else {
            return self.same_underneath(&from, &to);
        };
        let has = self.methods(&from);
        !wanted.is_empty()
            && wanted.iter().all(|(name, signature)| has.get(name) == Some(signature))
            && self.form(&to) == Some("interface")
    }

    /// Whether one is a literal of what the other one is underneath: such values need no conversion.
    fn same_underneath(&self, from: &Written<'_>, to: &Written<'_>) -> bool {
        let underneath = |it: &Written<'_>| match it {
            Written::Name(name, _) => {
                self.type_(name).and_then(|fact| fact.attribute("underlying")).map(str::to_owned)
            }
            _ => None,
        };
        let literal = |it: &Written<'_>| matches!(it, Written::Text(_)).then(|| it.to_string());
        match (underneath(from), literal(to), literal(from), underneath(to)) {
            (Some(one), Some(other), ..) | (_, _, Some(one), Some(other)) => one == other,
            _ => false,
        }
    }

    /// Whether a type is an interface, as far as that is known.
    pub(super) fn is_interface(&self, text: &str) -> bool {
        matches!(text, "any" | "error") || self.form(&type_(text)) == Some("interface")
    }

    fn form(&self, type_: &Written<'_>) -> Option<&'a str> {
        match type_ {
            Written::Name("error" | "any", _) => Some("interface"),
            Written::Name(name, _) => self.type_(name)?.attribute("form"),
            _ => None,
        }
    }

    /// What an interface demands; nothing when it is none, or not all of it is known.
    pub(super) fn interface_methods(&self, type_: &Written<'_>) -> Option<Methods<'a>> {
        match type_ {
            Written::Name("error", _) => Some([("Error", ("()".to_owned(), "string".to_owned()))].into()),
            Written::Name(name, arguments) => {
                let fact = self.type_(name)?;
                let known = fact.attribute("form") == Some("interface") && fact.attribute("embeds").is_none();
                let open = fact.attribute("sealed").is_none();
                (known && open).then(|| self.collect(name, arguments, |fact| plain(&fact.kind) == "imethod"))
            }
            _ => None,
        }
    }

    /// What a value has.
    pub(super) fn methods(&self, of: &Written<'_>) -> Methods<'a> {
        match of {
            Written::Name("error", _) => [("Error", ("()".to_owned(), "string".to_owned()))].into(),
            Written::Name(name, arguments) => self.collect(name, arguments, |fact| {
                plain(&fact.kind) == "imethod"
                    || (plain(&fact.kind) == "method" && fact.attribute("receiver") == Some("value"))
            }),
            Written::Pointer(to) => match &**to {
                Written::Name(name, arguments) => {
                    self.collect(name, arguments, |fact| plain(&fact.kind) == "method")
                }
                _ => Methods::new(),
            },
            Written::Parameter(_) | Written::Text(_) => Methods::new(),
        }
    }

    fn collect(&self, name: &str, arguments: &[Written<'_>], wanted: impl Fn(&Fact) -> bool) -> Methods<'a> {
        let members = self.members(name).iter().filter(|fact| wanted(fact));
        let text = |fact: &Fact, name| substitute(fact.attribute(name).unwrap_or_default(), arguments);
        members.map(|fact| (last(&fact.key), (text(fact, "params"), text(fact, "results")))).collect()
    }

    /// Whether all calls that were right with the old parameters are with the new ones.
    pub(super) fn accepts(&self, old: &List<'_>, new: &List<'_>) -> bool {
        let fits =
            |old: &[&str], new: &[&str]| old.iter().zip(new).all(|(old, new)| self.assignable(old, new));
        let count = old.items.len();
        match (old.variadic, new.variadic) {
            (false, false) | (true, true) => count == new.items.len() && fits(&old.items, &new.items),
            (false, true) if count + 1 == new.items.len() => fits(&old.items, &new.items[..count]),
            // What was one value is now any number of them.
            (false, true) => count == new.items.len() && fits(&old.items, &new.items),
            (true, false) => false,
        }
    }

    /// Whether all that could be done with the old results can be done with the new ones.
    pub(super) fn yields(&self, old: &List<'_>, new: &List<'_>) -> bool {
        let pairs = || old.items.iter().zip(&new.items);
        old.items.len() == new.items.len()
            && pairs().all(|(old, new)| {
                old == new || (self.is_interface(old) && *old != "any" && self.assignable(new, old))
            })
    }
}

/// A sort of fact, whosever it is.
pub(crate) fn plain(kind: &str) -> &str {
    kind.strip_prefix("dep-").or_else(|| kind.strip_prefix("near-")).unwrap_or(kind)
}
