//! Whether what a schema allows became more or less.

use super::graph::Node;

/// What happened to what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shift {
    /// All that was allowed is, and more.
    Wider,
    /// Only some of what was allowed is.
    Narrower,
    /// Neither.
    Other,
}

impl Shift {
    /// As rules ask for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Wider => "wider",
            Self::Narrower => "narrower",
            Self::Other => "other",
        }
    }
}

/// Words whose value is a number, and whether the larger number allows more.
pub(super) const BOUNDS: [(&str, Allows); 12] = [
    ("min", Allows::Less),
    ("above", Allows::Less),
    ("min-length", Allows::Less),
    ("min-items", Allows::Less),
    ("min-properties", Allows::Less),
    ("max", Allows::More),
    ("below", Allows::More),
    ("max-length", Allows::More),
    ("max-items", Allows::More),
    ("max-properties", Allows::More),
    ("multiple-of", Allows::Neither),
    ("unique", Allows::Neither),
];

/// What a larger number allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allows {
    More,
    Less,
    Neither,
}

/// From one bound to another, either of which may be absent.
pub(super) fn bound(allows: Allows, old: Option<&str>, new: Option<&str>) -> Shift {
    let (old, new) = match (old, new) {
        (None, _) => return Shift::Narrower,
        (_, None) => return Shift::Wider,
        (Some(old), Some(new)) => (old.parse::<f64>(), new.parse::<f64>()),
    };
    let (Ok(old), Ok(new)) = (old, new) else { return Shift::Other };
    match allows {
        Allows::More if new > old => Shift::Wider,
        Allows::Less if new < old => Shift::Wider,
        Allows::More | Allows::Less => Shift::Narrower,
        Allows::Neither if old % new == 0.0 => Shift::Wider,
        Allows::Neither if new % old == 0.0 => Shift::Narrower,
        Allows::Neither => Shift::Other,
    }
}

/// From one format to another, either of which may be absent.
pub(super) fn format(old: Option<&str>, new: Option<&str>) -> Shift {
    const WITHIN: [(&str, &str); 3] = [("int32", "int64"), ("float", "double"), ("ipv4", "ip")];
    match (old, new) {
        (None, _) => Shift::Narrower,
        (_, None) => Shift::Wider,
        (Some(old), Some(new)) if WITHIN.contains(&(old, new)) => Shift::Wider,
        (Some(old), Some(new)) if WITHIN.contains(&(new, old)) => Shift::Narrower,
        (Some(_), Some(_)) => Shift::Other,
    }
}

/// From one word to another that cannot be compared, either of which may be absent.
pub(super) fn word(old: Option<&str>, new: Option<&str>) -> Shift {
    match (old, new) {
        (None, _) => Shift::Narrower,
        (_, None) => Shift::Wider,
        (Some(_), Some(_)) => Shift::Other,
    }
}

/// From the types of one place to those of another; none, when they are the same.
pub(super) fn types(old: &Node<'_>, new: &Node<'_>) -> Option<Shift> {
    match (old.types(), new.types()) {
        (None, None) => None,
        (None, Some(_)) => Some(Shift::Narrower),
        (Some(_), None) => Some(Shift::Wider),
        (Some(old), Some(new)) if old == new => None,
        (Some(old), Some(new)) if within(&old, &new) => Some(Shift::Wider),
        (Some(old), Some(new)) if within(&new, &old) => Some(Shift::Narrower),
        (Some(_), Some(_)) => Some(Shift::Other),
    }
}

/// Whether two places have a type in common, so that what else they say can be compared.
pub(super) fn comparable(old: &Node<'_>, new: &Node<'_>) -> bool {
    match (old.types(), new.types()) {
        (Some(old), Some(new)) => old.iter().any(|name| new.contains(name)),
        (None, None) => true,
        _ => false,
    }
}

fn within(small: &[&str], large: &[&str]) -> bool {
    small.iter().all(|name| large.contains(name) || *name == "integer" && large.contains(&"number"))
}

/// A name without what changes when it is only spelt another way.
pub(super) fn folded(name: &str) -> String {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_move_either_way() {
        assert_eq!(bound(Allows::More, Some("10"), Some("20")), Shift::Wider);
        assert_eq!(bound(Allows::More, Some("10"), Some("9.5")), Shift::Narrower);
        assert_eq!(bound(Allows::Less, Some("1"), Some("0")), Shift::Wider);
        assert_eq!(bound(Allows::Less, None, Some("1")), Shift::Narrower);
        assert_eq!(bound(Allows::More, Some("10"), None), Shift::Wider);
        assert_eq!(bound(Allows::Neither, Some("10"), Some("5")), Shift::Wider);
        assert_eq!(bound(Allows::Neither, Some("10"), Some("3")), Shift::Other);
        assert_eq!(bound(Allows::Neither, None, Some("yes")), Shift::Narrower);
    }

    #[test]
    fn formats_contain_each_other() {
        assert_eq!(format(Some("int32"), Some("int64")), Shift::Wider);
        assert_eq!(format(Some("int64"), Some("int32")), Shift::Narrower);
        assert_eq!(format(None, Some("uuid")), Shift::Narrower);
        assert_eq!(format(Some("date"), Some("date-time")), Shift::Other);
    }

    #[test]
    fn spellings_fold() {
        assert_eq!(folded("\"QUEUED_UP\""), folded("queued-up"));
        assert_ne!(folded("queued"), folded("queue"));
    }
}
