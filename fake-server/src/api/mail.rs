//! Mail addresses (RFC 5322 §3.4), as the service reads them: with a name before them if they like.

/// Whether a text is one address.
pub(super) fn is_address(text: &str) -> bool {
    let text = text.trim_matches(BLANK);
    bare(text) == Some("") || named(text) == Some("")
}

const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

/// What follows an address.
fn bare(text: &str) -> Option<&str> {
    let rest = match text.strip_prefix('"') {
        Some(_) => quoted(text).filter(|rest| text.len() - rest.len() > 2)?,
        None => dotted_atom(text)?,
    };
    domain(rest.strip_prefix('@')?.trim_start_matches(BLANK))
}

/// What follows a name and an address in angle brackets.
fn named(text: &str) -> Option<&str> {
    let mut rest = text;
    while !rest.starts_with('<') {
        rest = match rest.strip_prefix('"') {
            Some(_) => quoted(rest)?,
            None => atom(rest)?,
        };
        rest = rest.trim_start_matches(BLANK);
    }
    bare(rest.strip_prefix('<')?.trim_start_matches(BLANK))?.strip_prefix('>')
}

fn domain(text: &str) -> Option<&str> {
    match text.strip_prefix('[') {
        Some(literal) => {
            let (inside, rest) = literal.split_once(']')?;
            inside.parse::<std::net::IpAddr>().ok().map(|_| rest)
        }
        None => dotted_atom(text),
    }
}

/// An atom that neither begins nor ends with a dot, nor has two in a row.
fn dotted_atom(text: &str) -> Option<&str> {
    let rest = atom(text)?;
    let atom = &text[..text.len() - rest.len()];
    (!atom.split('.').any(str::is_empty)).then_some(rest)
}

fn atom(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|letter: char| {
        letter.is_ascii_graphic() && !"()<>[]:;@\\,\"".contains(letter) || !letter.is_ascii()
    });
    (rest.len() < text.len()).then_some(rest)
}

fn quoted(text: &str) -> Option<&str> {
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some(&text[at + 1..]),
            '\\' => drop(letters.next()?),
            '\r' | '\n' => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let good =
            ["a@b", " a.b@c.test", "A <a@b.test>", "\"A, B\" <a@b>", "é@b.test", "\"a b\"@c", "a@[1.2.3.4]"];
        for text in good {
            assert!(is_address(text), "{text}");
        }
        let bad = [
            "", "a", "a@", "@b", "a@b@c", "a..b@c", ".a@b", "a@b.", "a b@c", "A <a@b", "a@b, c@d", "\"\"@b",
            "<>",
        ];
        for text in bad {
            assert!(!is_address(text), "{text}");
        }
    }
}
