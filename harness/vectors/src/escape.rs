//! Escaping as the recorded caller did it.

use std::fmt::Write;

/// Escapes for a query: letters, digits and `-_.~` stay, a blank becomes `+`, any other byte `%XX` in capitals.
#[must_use]
pub fn query(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte))
            }
            b' ' => escaped.push('+'),
            other => write!(escaped, "%{other:02X}").expect("writing to a string works"),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_and_what_does_not() {
        assert_eq!(query("azAZ09-_.~"), "azAZ09-_.~");
        assert_eq!(query("a b+c/d=\n"), "a+b%2Bc%2Fd%3D%0A");
        assert_eq!(query("é*"), "%C3%A9%2A");
    }
}
