//! Parameters of a function that its body never names.

/// Positions, counted from one, of parameters of an exported function that are nowhere in its body; none for methods,
/// whose parameters an interface may ask for. Who names one in a comment or a string only counts as using it.
pub(super) fn unused(header: &str, body: &str) -> Vec<usize> {
    let Some(names) = exported(header).and_then(names) else { return Vec::new() };
    let dead = |name: &str| name == "_" || !has_word(body, name);
    let numbered = names.into_iter().zip(1..);
    numbered.filter(|(name, _)| dead(name)).map(|(_, number)| number).collect()
}

/// What follows the name of `func Name`.
fn exported(header: &str) -> Option<&str> {
    let rest = header.strip_prefix("func")?.trim_start();
    let rest = rest.starts_with(char::is_uppercase).then_some(rest)?;
    Some(&rest[word(rest)..])
}

/// Names of parameters: of all of them or of none.
fn names(rest: &str) -> Option<Vec<&str>> {
    let mut rest = rest.trim_start();
    if rest.starts_with('[') {
        rest = rest[closing(rest)?..].trim_start();
    }
    let list = rest.starts_with('(').then(|| closing(rest))?;
    let parts = parts(&rest[1..list? - 1]);
    let named = |part: &&str| {
        let name = &part[..word(part)];
        let type_ = &part[name.len()..];
        !name.is_empty()
            && type_.starts_with(char::is_whitespace)
            && !matches!(name, "chan" | "func" | "interface" | "map" | "struct")
    };
    let any = parts.iter().any(named);
    any.then(|| parts.into_iter().map(|part| &part[..word(part)]).collect())
}

/// Where the bracket that a text begins with is closed: behind it.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

fn parts(list: &str) -> Vec<&str> {
    let (mut depth, mut start) = (0_usize, 0);
    let mut parts = Vec::new();
    for (at, byte) in list.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(list[start..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// How long the word is that a text begins with.
fn word(text: &str) -> usize {
    text.find(|letter: char| !is_letter(letter)).unwrap_or(text.len())
}

fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn has_word(text: &str, word: &str) -> bool {
    let alone =
        |at: usize| !text[..at].ends_with(is_letter) && !text[at + word.len()..].starts_with(is_letter);
    text.match_indices(word).any(|(at, _)| alone(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn dead(header: &str, body: &str, expected: &[usize]) {
        assert_eq!(unused(header, body), expected, "{header}");
    }

    #[test]
    fn what_no_body_names_is_dead() {
        dead("func F(a, b int, c ...string) (d error) ", " return use(a, c) ", &[2]);
        dead("func F[T any, U interface{ M(x int) }](a T, b map[string]func(u int) T) T ", "return a", &[2]);
        dead("func F(ctx context.Context,\n\t_ int,\n) ", "", &[1, 2]);
        dead("func F(ab int) ", "b(a, abc)", &[1]);
    }

    #[test]
    fn what_has_no_name_was_never_meant_to_be_used() {
        dead("func F(int, chan int, func(a int) error, <-chan T, struct{ a int }) ", "", &[]);
        dead("func F() ", "", &[]);
    }

    #[test]
    fn what_nobody_calls_or_an_interface_asks_for_is_left_alone() {
        dead("func f(a int) ", "", &[]);
        dead("func (T) F(a int) ", "", &[]);
        dead("func F(a int", "", &[]);
    }
}
