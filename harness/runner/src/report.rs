//! Reports: what a run looks like to people and to machines. Each renders from the run's events alone.

mod compare;
pub mod diff;
mod exchange;
pub mod json;
pub mod junit;
pub mod matrix;
mod read;
mod snippet;
mod style;
pub mod terminal;

pub use read::{ReadError, read};
pub use style::{Colors, Style};

use crate::event::Rerun;

/// The command that plays one case again, quoted for a shell.
#[must_use]
pub fn rerun(rerun: &Rerun, id: &str) -> String {
    let mut words: Vec<&str> = rerun.before.iter().map(String::as_str).collect();
    // A replay names its file itself.
    if words.get(1) != Some(&"replay") {
        words.extend(["--run", id]);
    }
    if !rerun.driver.is_empty() {
        words.push("--");
        words.extend(rerun.driver.iter().map(String::as_str));
    }
    words.into_iter().map(quoted).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@,+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_survives_a_shell() {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let again = Rerun { before: owned(&["plumbline", "run"]), driver: owned(&["./my driver", "it's"]) };
        assert_eq!(rerun(&again, "a/b@region"), r"plumbline run --run a/b@region -- './my driver' 'it'\''s'");
        let in_process = Rerun { driver: Vec::new(), ..again };
        assert_eq!(rerun(&in_process, "a/b"), "plumbline run --run a/b");
    }
}
