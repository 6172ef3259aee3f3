//! Reading nodes as the values that a scenario is made of; everything that is wrong is kept, not just the first.

use super::node::{Key, Kind, Node, Span};
use super::problem::{Problem, suggest};

/// A value and the place that states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// A closed list of words.
pub(crate) trait Word: Copy + 'static {
    /// What a word of the list is, as in "`x` is no *what*".
    const WHAT: &'static str;
    /// The words and their meaning.
    const WORDS: &'static [(&'static str, Self)];

    /// The meaning of a word.
    fn meaning(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
    }
}

/// A closed list as an enum, a word for each variant.
macro_rules! words {
    ($(#[$meta:meta])* $vis:vis enum $name:ident: $what:literal {
        $($(#[$doc:meta])* $variant:ident = $word:literal,)+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        $vis enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $crate::scenario::read::Word for $name {
            const WHAT: &'static str = $what;
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];
        }
    };
}
pub(crate) use words;

/// Problems found so far; every reader adds to them and goes on.
pub(crate) type Problems = Vec<Problem>;

/// The entries of a map, asked for one by one; what was not asked for is a problem.
pub(crate) struct Fields<'a> {
    what: &'static str,
    span: Span,
    entries: &'a [(Key, Node)],
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// Begins to read a map; anything else is a problem.
    pub(crate) fn of(node: &'a Node, what: &'static str, problems: &mut Problems) -> Option<Self> {
        let Kind::Map(entries) = &node.kind else {
            problems.push(Problem::new(&node.span, format!("expected {what}, found {}", node.describe())));
            return None;
        };
        Some(Self {
            what,
            span: first_key(entries).unwrap_or_else(|| node.span.clone()),
            entries,
            known: Vec::new(),
        })
    }

    /// Where the map begins.
    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    /// The entry of that name.
    pub(crate) fn entry(&mut self, name: &'static str) -> Option<(&'a Key, &'a Node)> {
        self.known.push(name);
        self.entries.iter().find(|(key, _)| key.text == name).map(|(key, node)| (key, node))
    }

    /// The value of that name.
    pub(crate) fn node(&mut self, name: &'static str) -> Option<&'a Node> {
        self.entry(name).map(|(_, node)| node)
    }

    /// The value of that name; a problem when there is none.
    pub(crate) fn required(&mut self, name: &'static str, problems: &mut Problems) -> Option<&'a Node> {
        let found = self.node(name);
        if found.is_none() {
            problems.push(Problem::new(&self.span, format!("{} lacks `{name}`", self.what)));
        }
        found
    }

    /// The value of that name as text.
    pub(crate) fn text(&mut self, name: &'static str, problems: &mut Problems) -> Option<At<String>> {
        self.node(name).and_then(|node| text(node, problems))
    }

    /// The value of that name as a word of a closed list.
    pub(crate) fn word<W: Word>(&mut self, name: &'static str, problems: &mut Problems) -> Option<At<W>> {
        self.node(name).and_then(|node| word(node, problems))
    }

    /// The value of that name as a whole number.
    pub(crate) fn number(&mut self, name: &'static str, problems: &mut Problems) -> Option<At<u64>> {
        self.node(name).and_then(|node| number(node, problems))
    }

    /// Ends: every entry that was not asked for is a problem.
    pub(crate) fn finish(self, problems: &mut Problems) {
        for (key, _) in self.entries {
            if !self.known.contains(&key.text.as_str()) {
                let message = format!("{} has no `{}`", self.what, key.text);
                problems.push(
                    Problem::new(&key.span, message).help(suggest(&key.text, self.known.iter().copied())),
                );
            }
        }
    }
}

fn first_key(entries: &[(Key, Node)]) -> Option<Span> {
    entries.first().map(|(key, _)| key.span.clone())
}

/// Reads text. A number or a boolean in its place is a problem: YAML took it for something else.
pub(crate) fn text(node: &Node, problems: &mut Problems) -> Option<At<String>> {
    let problem = match &node.kind {
        Kind::Text(value) => return Some(At { value: value.clone(), span: node.span.clone() }),
        Kind::Number(_) | Kind::Bool(_) => {
            Problem::new(&node.span, format!("expected text, found {}", node.describe()))
                .help("put it in quotes")
        }
        Kind::Null | Kind::List(_) | Kind::Map(_) => {
            Problem::new(&node.span, format!("expected text, found {}", node.describe()))
        }
    };
    problems.push(problem);
    None
}

/// Reads a word of a closed list.
pub(crate) fn word<W: Word>(node: &Node, problems: &mut Problems) -> Option<At<W>> {
    let found = match &node.kind {
        Kind::Text(value) => value.clone(),
        Kind::Bool(value) => value.to_string(),
        Kind::Null | Kind::Number(_) | Kind::List(_) | Kind::Map(_) => String::new(),
    };
    if let Some(value) = W::meaning(&found) {
        return Some(At { value, span: node.span.clone() });
    }
    let help = suggest(&found, W::WORDS.iter().map(|(name, _)| *name));
    problems.push(Problem::new(&node.span, format!("{} is no {}", node.describe(), W::WHAT)).help(help));
    None
}

/// Reads a whole number.
pub(crate) fn number(node: &Node, problems: &mut Problems) -> Option<At<u64>> {
    if let Kind::Number(value) = &node.kind
        && let Some(value) = value.as_u64()
    {
        return Some(At { value, span: node.span.clone() });
    }
    problems.push(Problem::new(&node.span, format!("expected a whole number, found {}", node.describe())));
    None
}

/// Reads a list, item by item; a single value in its place is a list of one.
pub(crate) fn items<T>(
    node: &Node,
    problems: &mut Problems,
    mut read: impl FnMut(&Node, &mut Problems) -> Option<T>,
) -> Vec<T> {
    match &node.kind {
        Kind::List(items) => items.iter().filter_map(|item| read(item, problems)).collect(),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Map(_) => {
            read(node, problems).into_iter().collect()
        }
    }
}

/// Reads a time span in milliseconds: `500ms`, `30s`, `10m`, `24h`.
pub(crate) fn duration_ms(node: &Node, problems: &mut Problems) -> Option<At<u64>> {
    let found = match &node.kind {
        Kind::Text(value) => parse_duration(value),
        Kind::Number(value) => value.as_u64().filter(|value| *value == 0),
        Kind::Null | Kind::Bool(_) | Kind::List(_) | Kind::Map(_) => None,
    };
    if found.is_none() {
        let message = format!("{} is no time span", node.describe());
        problems.push(
            Problem::new(&node.span, message).help("a number and a unit: `500ms`, `30s`, `10m`, `24h`; or 0"),
        );
    }
    found.map(|value| At { value, span: node.span.clone() })
}

fn parse_duration(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    let unit = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.checked_mul(unit)
}
