//! Types as facts write them, read back.

use std::collections::BTreeMap;

/// A type as a fact writes it, taken apart as far as comparing needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Written<'a> {
    /// A named or predeclared type, and its arguments.
    Name(&'a str, Vec<Self>),
    /// A type parameter.
    Parameter(usize),
    Pointer(Box<Self>),
    /// What stands for itself: everything that is put together from other types.
    Text(&'a str),
}

/// A list in parentheses, as `params` and several `results` are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct List<'a> {
    pub(crate) items: Vec<&'a str>,
    pub(crate) variadic: bool,
}

/// Reads a type.
pub(crate) fn type_(text: &str) -> Written<'_> {
    if let Some(to) = text.strip_prefix('*') {
        return Written::Pointer(Box::new(type_(to)));
    }
    if let Some(index) = text.strip_prefix('$').and_then(|it| it.parse().ok()) {
        return Written::Parameter(index);
    }
    let end = text.find(|letter| !is_name(letter)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() || matches!(name, "map" | "chan" | "func" | "struct" | "interface") {
        return Written::Text(text);
    }
    match rest.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
        Some(arguments) => Written::Name(name, split(arguments).into_iter().map(type_).collect()),
        None if rest.is_empty() => Written::Name(name, Vec::new()),
        None => Written::Text(text),
    }
}

/// Reads `params`, or `results` however many there are.
pub(crate) fn list(text: &str) -> List<'_> {
    let inner = match text.strip_prefix('(').and_then(|it| it.strip_suffix(')')) {
        Some(inner) => inner,
        None => text,
    };
    let mut items = split(inner);
    let variadic = items.last().is_some_and(|it| it.starts_with("..."));
    if let Some(last) = items.last_mut() {
        *last = last.trim_start_matches("...");
    }
    List { items, variadic }
}

/// Splits at commas that stand in no brackets.
fn split(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut items) = (0_i32, 0, Vec::new());
    let mut quoted = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    let last = text[start..].trim();
    if !last.is_empty() {
        items.push(last);
    }
    items
}

/// With arguments in the place of type parameters, as text.
pub(crate) fn substitute(text: &str, arguments: &[Written<'_>]) -> String {
    if arguments.is_empty() || !text.contains('$') {
        return text.to_owned();
    }
    words(text)
        .map(|word| match word.strip_prefix('$').and_then(|it| it.parse::<usize>().ok()) {
            Some(index) => arguments.get(index).map_or_else(|| word.to_owned(), Written::to_string),
            None => word.to_owned(),
        })
        .collect()
}

/// Names with their paths, and everything between them, letter by letter.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = if rest.starts_with("...") {
            3
        } else if rest.starts_with("<-") {
            2
        } else if first == '"' {
            let end = rest[1..].char_indices().scan(false, |escaped, (at, letter)| {
                let ends = letter == '"' && !*escaped;
                *escaped = letter == '\\' && !*escaped;
                Some((at, ends))
            });
            end.into_iter().find(|(_, ends)| *ends).map_or(rest.len(), |(at, _)| at + 2)
        } else if is_name(first) {
            rest.find(|letter| !is_name(letter)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(length);
        rest = after;
        Some(word)
    })
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '.' | '/' | '-' | '$')
}

/// The name of a member or a package's own name: what stands behind the last dot.
pub(crate) fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// The type that a member's key belongs to.
pub(crate) fn owner(key: &str) -> &str {
    key.rsplit_once('.').map_or("", |(owner, _)| owner)
}

/// The package of a name: `./rest` of `./rest.Config`, `.` of `.Client`.
pub(crate) fn package(name: &str) -> &str {
    let start = name.rfind('/').map_or(0, |it| it + 1);
    match name[start..].find('.') {
        Some(0) if start == 0 => ".",
        Some(dot) => &name[..start + dot],
        None => name,
    }
}

/// Methods by name.
pub(crate) type Methods<'a> = BTreeMap<&'a str, (String, String)>;

impl std::fmt::Display for Written<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name, arguments) if arguments.is_empty() => formatter.write_str(name),
            Self::Name(name, arguments) => {
                let arguments: Vec<_> = arguments.iter().map(Self::to_string).collect();
                write!(formatter, "{name}[{}]", arguments.join(", "))
            }
            Self::Parameter(index) => write!(formatter, "${index}"),
            Self::Pointer(to) => write!(formatter, "*{to}"),
            Self::Text(text) => formatter.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_taken_apart_and_put_together() {
        for text in [
            "int",
            "*./rest.Config",
            "./a.L[map[string]int, *.B]",
            "map[string]int",
            "func(int) error",
            "$1",
            "[]byte",
        ] {
            assert_eq!(type_(text).to_string(), text);
        }
        assert_eq!(
            list("(context.Context, func(a, b) c, ...$0)").items,
            ["context.Context", "func(a, b) c", "$0"]
        );
        assert!(list("(...int)").variadic);
        assert_eq!(list("()").items, Vec::<&str>::new());
        assert_eq!(list("./a.B").items, ["./a.B"]);
    }

    #[test]
    fn names_have_packages_and_owners() {
        assert_eq!(
            [package("./rest.Config.Host"), package(".Client"), package("k8s.io/api/core/v1.Pod")],
            ["./rest", ".", "k8s.io/api/core/v1"]
        );
        assert_eq!([owner("./rest.Config.Host"), last("./rest.Config.Host")], ["./rest.Config", "Host"]);
    }

    #[test]
    fn arguments_stand_in_their_places() {
        let arguments = [type_("int"), type_("*.T")];
        assert_eq!(
            substitute("func($1, ...$0) \"json:\\\"$0\\\"\"", &arguments),
            "func(*.T, ...int) \"json:\\\"$0\\\"\""
        );
    }
}
