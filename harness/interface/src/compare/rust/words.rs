//! Texts of types: their paths, and their parts between commas.

/// A text with each path in it replaced by what `change` says, which leaves others as they are.
pub(crate) fn paths(text: &str, change: &dyn Fn(&str) -> Option<String>) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|it: char| it.is_alphabetic() || it == '_') {
        written.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = end_of_path(rest);
        let path = &rest[..end];
        // A lifetime is no path.
        let quoted = written.ends_with('\'');
        match change(path).filter(|_| !quoted) {
            Some(changed) => written.push_str(&changed),
            None => written.push_str(path),
        }
        rest = &rest[end..];
    }
    written.push_str(rest);
    written
}

/// Every path in a text.
pub(crate) fn each_path<'a>(text: &'a str, see: &mut dyn FnMut(&'a str)) {
    let mut rest = text;
    while let Some(start) = rest.find(|it: char| it.is_alphabetic() || it == '_') {
        rest = &rest[start..];
        let end = end_of_path(rest);
        see(&rest[..end]);
        rest = &rest[end..];
    }
}

fn end_of_path(text: &str) -> usize {
    let letter = |it: char| it.is_alphanumeric() || it == '_';
    // The line of a crate that occurs in two lines: `http@0.2`.
    let version = |it: char| letter(it) || matches!(it, '.' | '-' | '+');
    let mut end = 0;
    loop {
        let mut more = text[end..].find(|it| !letter(it)).map_or(text.len(), |more| end + more);
        if text[more..].starts_with('@') {
            more += 1;
            more = text[more..].find(|it| !version(it)).map_or(text.len(), |after| more + after);
        }
        match text[more..].strip_prefix("::").and_then(|rest| rest.chars().next()) {
            Some(next) if next.is_alphabetic() || next == '_' => end = more + 2,
            Some(_) | None => return more,
        }
    }
}

/// The parts between separators that stand in no brackets.
pub(crate) fn parts<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    let bytes = text.as_bytes();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'<' => depth += 1,
            // The end of an arrow closes nothing.
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b')' | b']' | b'>' => depth = depth.saturating_sub(1),
            _ if depth == 0 && at >= start && text[at..].starts_with(separator) => {
                parts.push(&text[start..at]);
                start = at + separator.len();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_among_the_rest() {
        let text = "&'a crate::x::A<http@0.2::B, dyn Fn(u8) -> crate::y::C>";
        let mut seen = Vec::new();
        each_path(text, &mut |path| seen.push(path));
        assert_eq!(seen, ["a", "crate::x::A", "http@0.2::B", "dyn", "Fn", "u8", "crate::y::C"]);
        let changed = paths(text, &|path| path.strip_prefix("crate::").map(|rest| format!("it::{rest}")));
        assert_eq!(changed, "&'a it::x::A<http@0.2::B, dyn Fn(u8) -> it::y::C>");
        let field = paths("a::Pool.size", &|path| (path == "a::Pool").then(|| "b::Pool".to_owned()));
        assert_eq!(field, "b::Pool.size");
    }

    #[test]
    fn parts_end_where_no_bracket_is_open() {
        assert_eq!(parts("A<B, C>, (D, E), fn(F) -> G, H", ", "), ["A<B, C>", "(D, E)", "fn(F) -> G", "H"]);
        assert_eq!(parts("A<B + C> + D", " + "), ["A<B + C>", "D"]);
        assert!(parts("", ", ").is_empty());
    }
}
