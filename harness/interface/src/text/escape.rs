//! What stands for a character that the form needs for itself.

use std::borrow::Cow;

use super::Problem;

/// A value: no two spaces in a row, none at an end, no control characters.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    escaped_if(text, |before, character, after| {
        character == ' ' && (before.is_none_or(|it| it == ' ') || after.is_none_or(|it| it == ' '))
    })
}

/// A key: a value that is there even when it is empty.
pub(super) fn escaped_key(text: &str) -> Cow<'_, str> {
    if text.is_empty() { Cow::Borrowed("\\-") } else { escaped(text) }
}

/// A word: no space at all.
pub(super) fn escaped_word(text: &str) -> Cow<'_, str> {
    let text = escaped_if(text, |_, character, _| character == ' ');
    // What begins so is a line of the head.
    if text.starts_with('#') { Cow::Owned(text.replacen('#', "\\u{23}", 1)) } else { text }
}

/// A name: no space, and no `=`.
pub(super) fn escaped_name(text: &str) -> Cow<'_, str> {
    let text = escaped_word(text);
    if text.contains('=') { Cow::Owned(text.replace('=', "\\e")) } else { text }
}

/// Undoes all of these.
pub(super) fn unescaped(text: &str) -> Result<String, Problem> {
    if !text.contains('\\') {
        return Ok(text.to_owned());
    }
    let wrong = || Problem::Escape(text.chars().take(120).collect());
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let code = after.chars().next().ok_or_else(wrong)?;
        rest = &after[code.len_utf8()..];
        match code {
            '\\' => plain.push('\\'),
            'n' => plain.push('\n'),
            'r' => plain.push('\r'),
            't' => plain.push('\t'),
            's' => plain.push(' '),
            'e' => plain.push('='),
            '-' => {}
            'u' => {
                let (digits, after) =
                    rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).ok_or_else(wrong)?;
                let scalar = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
                plain.push(scalar.ok_or_else(wrong)?);
                rest = after;
            }
            _ => return Err(wrong()),
        }
    }
    plain.push_str(rest);
    Ok(plain)
}

fn escaped_if(text: &str, space: impl Fn(Option<char>, char, Option<char>) -> bool) -> Cow<'_, str> {
    let plain = |text: &str| !text.contains(|character: char| character == '\\' || character.is_control());
    if plain(text) && !text.starts_with(' ') && !text.ends_with(' ') && !text.contains("  ") {
        let word = !text.contains(' ') || !space(Some('x'), ' ', Some('x'));
        if word {
            return Cow::Borrowed(text);
        }
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            ' ' if space(before, character, characters.peek().copied()) => escaped.push_str("\\s"),
            other if other.is_control() => escaped.push_str(&format!("\\u{{{:x}}}", u32::from(other))),
            other => escaped.push(other),
        }
        before = Some(character);
    }
    Cow::Owned(escaped)
}
