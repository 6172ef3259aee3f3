//! What happened to releases, a line an event, each sealed with all lines before it.
//!
//! ```text
//! # plumbline snapshots 1
//! 2026-12-01 freeze client-go v0.36.0 rest.txt 5f2c… seal=1d0e…
//! 2027-12-01 expire client-go v0.36.0 seal=77aa…
//! ```

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::fingerprint::of_text;

/// The first line.
const FIRST: &str = "# plumbline snapshots 1";
/// So many digits of a seal are written: they are there against accidents and quiet edits.
const SEAL: usize = 16;

/// All that happened, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    events: Vec<Event>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub date: Date,
    /// To which set.
    pub set: String,
    /// To which release.
    pub release: String,
    /// What.
    pub what: What,
}

/// What happened to a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// One of its files was frozen.
    Freeze {
        /// The file's name.
        file: String,
        /// The SHA-256 of its text.
        hash: String,
    },
    /// It is no longer promised.
    Expire,
}

/// What is known of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// What it is called.
    pub name: String,
    /// When its first file was frozen.
    pub frozen: Date,
    /// Since when it is no longer promised.
    pub expired: Option<Date>,
}

/// Why a text is no lock.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// It is no such file, or one of another version.
    #[error("line 1: expected `{FIRST}`, found `{0}`")]
    First(String),
    /// A line has another form.
    #[error(
        "line {line}: expected `DATE freeze SET RELEASE FILE HASH seal=…` or `DATE expire SET RELEASE seal=…`, found `{found}`"
    )]
    Line {
        /// Counted from one.
        line: usize,
        /// What it says.
        found: String,
    },
    /// A line does not follow from those before it.
    #[error(
        "line {line}: expected seal {expected}, found {found}: a line above was edited, taken out or put in"
    )]
    Seal {
        /// Counted from one.
        line: usize,
        /// What would be right.
        expected: String,
        /// What it says.
        found: String,
    },
}

impl Lock {
    /// Reads a lock; an empty text is one of nothing.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let mut lines = text.lines();
        match lines.next() {
            None => return Ok(Self::default()),
            Some(FIRST) => {}
            Some(other) => return Err(LockError::First(other.chars().take(80).collect())),
        }
        let mut lock = Self::default();
        let mut before = String::new();
        for (line, number) in lines.zip(2..) {
            let wrong = || LockError::Line { line: number, found: line.chars().take(120).collect() };
            let (said, found) = line.rsplit_once(" seal=").ok_or_else(wrong)?;
            let expected = seal(&before, said);
            if found != expected {
                return Err(LockError::Seal { line: number, expected, found: found.to_owned() });
            }
            lock.events.push(event(said).ok_or_else(wrong)?);
            before = expected;
        }
        Ok(lock)
    }

    /// The text of it.
    pub fn print(&self) -> String {
        let mut text = format!("{FIRST}\n");
        let mut before = String::new();
        for event in &self.events {
            let said = event.line();
            before = seal(&before, &said);
            text.push_str(&format!("{said} seal={before}\n"));
        }
        text
    }

    /// All events, in their order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Releases of a set, in the order in which they were frozen.
    pub fn releases(&self, set: &str) -> Vec<Release> {
        let mut releases: Vec<Release> = Vec::new();
        for event in self.events.iter().filter(|event| event.set == set) {
            let known = releases.iter_mut().find(|release| release.name == event.release);
            match (&event.what, known) {
                (What::Expire, Some(release)) => release.expired = Some(event.date),
                (What::Freeze { .. }, None) => {
                    releases.push(Release { name: event.release.clone(), frozen: event.date, expired: None });
                }
                (What::Freeze { .. }, Some(_)) | (What::Expire, None) => {}
            }
        }
        releases
    }

    /// One release of a set.
    pub fn release(&self, set: &str, release: &str) -> Option<Release> {
        self.releases(set).into_iter().find(|known| known.name == release)
    }

    /// Files of a release, and their hashes.
    pub fn files(&self, set: &str, release: &str) -> BTreeMap<&str, &str> {
        let events = self.events.iter().filter(|event| event.set == set && event.release == release);
        let files = events.filter_map(|event| match &event.what {
            What::Freeze { file, hash } => Some((file.as_str(), hash.as_str())),
            What::Expire => None,
        });
        files.collect()
    }

    /// The hash of a frozen file.
    pub fn hash(&self, set: &str, release: &str, file: &str) -> Option<&str> {
        self.files(set, release).get(file).copied()
    }

    pub(super) fn append(&mut self, event: Event) {
        self.events.push(event);
    }
}

impl Event {
    fn line(&self) -> String {
        let Self { date, set, release, what } = self;
        match what {
            What::Freeze { file, hash } => format!("{date} freeze {set} {release} {file} {hash}"),
            What::Expire => format!("{date} expire {set} {release}"),
        }
    }
}

fn event(said: &str) -> Option<Event> {
    let words: Vec<&str> = said.split(' ').collect();
    let (date, set, release, what) = match words.as_slice() {
        [date, "freeze", set, release, file, hash] => {
            (date, set, release, What::Freeze { file: (*file).to_owned(), hash: (*hash).to_owned() })
        }
        [date, "expire", set, release] => (date, set, release, What::Expire),
        _ => return None,
    };
    Some(Event { date: date.parse().ok()?, set: (*set).to_owned(), release: (*release).to_owned(), what })
}

fn seal(before: &str, said: &str) -> String {
    let mut digits = of_text(&format!("{before}\n{said}"));
    digits.truncate(SEAL);
    digits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lock() -> Lock {
        let mut lock = Lock::default();
        for (day, release, what) in [
            (1, "v1.0.0", What::Freeze { file: "a.txt".to_owned(), hash: "aa".to_owned() }),
            (1, "v1.0.0", What::Freeze { file: "b.txt".to_owned(), hash: "bb".to_owned() }),
            (2, "v1.1.0", What::Freeze { file: "a.txt".to_owned(), hash: "cc".to_owned() }),
            (9, "v1.0.0", What::Expire),
        ] {
            let date = jiff::civil::date(2026, 12, day);
            lock.append(Event { date, set: "ours".to_owned(), release: release.to_owned(), what });
        }
        lock
    }

    #[test]
    fn what_is_printed_is_read_again() {
        let lock = lock();
        assert_eq!(Lock::parse(&lock.print()), Ok(lock.clone()));
        let releases = lock.releases("ours");
        let names: Vec<_> = releases.iter().map(|it| (it.name.as_str(), it.expired.is_some())).collect();
        assert_eq!(names, [("v1.0.0", true), ("v1.1.0", false)]);
        assert_eq!(lock.hash("ours", "v1.0.0", "b.txt"), Some("bb"));
    }

    #[test]
    fn a_line_that_is_edited_or_taken_out_shows() {
        let text = lock().print();
        let edited = text.replace(" bb ", " dd ");
        assert!(matches!(Lock::parse(&edited), Err(LockError::Seal { line: 3, .. })));
        let without: String =
            text.lines().filter(|line| !line.contains(" bb ")).map(|line| format!("{line}\n")).collect();
        assert!(matches!(Lock::parse(&without), Err(LockError::Seal { line: 3, .. })));
        let swapped: Vec<&str> = text.lines().collect();
        let swapped = format!("{}\n{}\n{}\n", swapped[0], swapped[2], swapped[1]);
        assert!(matches!(Lock::parse(&swapped), Err(LockError::Seal { line: 2, .. })));
    }

    #[test]
    fn another_form_is_refused_with_its_line() {
        assert_eq!(
            Lock::parse("hello\n").expect_err("it is none").to_string(),
            "line 1: expected `# plumbline snapshots 1`, found `hello`"
        );
        assert!(matches!(Lock::parse("# plumbline snapshots 1\nx\n"), Err(LockError::Line { line: 2, .. })));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(# plumbline snapshots 1\n)?(.|\n){0,80}") {
            let _ = Lock::parse(&text);
        }
    }
}
