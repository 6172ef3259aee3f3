//! All recorded vectors: opened once, a line parsed when it is asked for.
//!
//! The recordings are embedded, compressed: a command that was installed from a registry prints and plays them
//! without a checkout, and no path can be wrong. They live at the repository's root, where people look for them;
//! `recorded/` links to them, and packaging follows the links.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::Range;

use flate2::read::GzDecoder;

use crate::vector::{Service, Vector};

/// The recordings, in the order in which they are played.
const RECORDED: [&[u8]; 2] = [
    include_bytes!("../recorded/vectors-identity.jsonl.gz"),
    include_bytes!("../recorded/vectors-region.jsonl.gz"),
];

/// All recorded vectors.
#[derive(Debug, Clone)]
pub struct Book {
    text: String,
    entries: Vec<Entry>,
}

/// Where a line is, and the parts of it that tell it apart.
#[derive(Debug, Clone)]
struct Entry {
    line: Range<usize>,
    id: String,
    group: String,
    service: Service,
}

/// One line of the recordings, not parsed yet.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// The vector's id.
    pub id: &'a str,
    /// Its service.
    pub service: Service,
    /// Its group.
    pub group: &'a str,
    /// The whole line.
    pub text: &'a str,
}

/// Recordings that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// They are not gzip, or not text.
    #[error("unpack recorded vectors")]
    Unpack(#[source] io::Error),
    /// A line does not begin as a vector does.
    #[error("find id, service and group at the start of line {line} of recorded vectors")]
    Head {
        /// Its number, from 1.
        line: usize,
    },
    /// A line is not a vector.
    #[error("parse recorded vector `{id}`")]
    Parse {
        /// The vector's id.
        id: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

impl Book {
    /// Opens the embedded recordings.
    ///
    /// # Errors
    ///
    /// When this crate was built with recordings that are damaged.
    pub fn open() -> Result<Self, BookError> {
        let mut text = String::new();
        for file in RECORDED {
            GzDecoder::new(file).read_to_string(&mut text).map_err(BookError::Unpack)?;
        }
        Self::parse(text)
    }

    /// Reads recordings that are given as text, one object a line.
    ///
    /// # Errors
    ///
    /// When a line does not begin with `id`, `service` and `group`.
    pub fn parse(text: String) -> Result<Self, BookError> {
        let mut entries = Vec::new();
        let mut start = 0;
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let (id, service, group) = head(line).ok_or(BookError::Head { line: number + 1 })?;
            entries.push(Entry { line: start..start + line.trim_end().len(), id, service, group });
            start += line.len();
        }
        Ok(Self { text, entries })
    }

    /// Every line, in the recorded order.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = Line<'_>> {
        self.entries.iter().map(|entry| Line {
            id: &entry.id,
            service: entry.service,
            group: &entry.group,
            text: &self.text[entry.line.clone()],
        })
    }

    /// The line with that id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Line<'_>> {
        self.lines().find(|line| line.id == id)
    }

    /// How many vectors each group of each service has.
    #[must_use]
    pub fn groups(&self) -> BTreeMap<(Service, &str), usize> {
        let mut groups = BTreeMap::new();
        for line in self.lines() {
            *groups.entry((line.service, line.group)).or_insert(0) += 1;
        }
        groups
    }
}

impl Line<'_> {
    /// Parses the whole of it.
    ///
    /// # Errors
    ///
    /// When it has a member that no vector has, or lacks one that each has.
    pub fn vector(&self) -> Result<Vector, BookError> {
        serde_json::from_str(self.text).map_err(|source| BookError::Parse { id: self.id.to_owned(), source })
    }
}

/// Finds what tells a line apart without parsing the rest, which is thousands of times longer.
fn head(line: &str) -> Option<(String, Service, String)> {
    let (id, rest) = text(line.strip_prefix("{\"id\":")?)?;
    let (service, rest) = text(rest.strip_prefix(",\"service\":")?)?;
    let (group, _) = text(rest.strip_prefix(",\"group\":")?)?;
    let service = match service.as_str() {
        "identity" => Service::Identity,
        "region" => Service::Region,
        _ => return None,
    };
    Some((id, service, group))
}

/// The JSON string at the beginning of `json`, and what follows it.
fn text(json: &str) -> Option<(String, &str)> {
    let mut values = serde_json::Deserializer::from_str(json).into_iter::<String>();
    let text = values.next()?.ok()?;
    Some((text, &json[values.byte_offset()..]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_recorded_line_is_a_vector_of_its_head() {
        let book = Book::open().unwrap();
        let mut ids = BTreeSet::new();
        for line in book.lines() {
            let vector = line.vector().unwrap();
            assert_eq!(
                (vector.id.as_str(), vector.service, vector.group.as_str()),
                (line.id, line.service, line.group)
            );
            assert!(!vector.steps.is_empty(), "{} has no step", line.id);
            assert_eq!(vector.world, "base");
            assert!(ids.insert(vector.id), "{} is there twice", line.id);
        }
        assert_eq!(ids.len(), 8608);
    }

    #[test]
    fn groups_add_up() {
        let book = Book::open().unwrap();
        let groups = book.groups();
        assert_eq!(groups.values().sum::<usize>(), book.lines().len());
        assert_eq!(groups[&(Service::Identity, "auth")], 2325);
        assert_eq!(groups[&(Service::Region, "references")], 242);
    }

    #[test]
    fn a_vector_is_found_by_id() {
        let book = Book::open().unwrap();
        let id = "i.auth.get:organizations/mtls-principal";
        assert_eq!(book.find(id).unwrap().vector().unwrap().id, id);
        assert!(book.find("i.auth.get:organizations/mtls-principa").is_none());
        assert!(book.find("i.crud.users-subject/root/\"no-at\"").is_some());
    }

    #[track_caller]
    fn rejects(text: &str) {
        assert!(matches!(Book::parse(text.to_owned()), Err(BookError::Head { line: 1 })), "{text}");
    }

    #[test]
    fn a_line_that_begins_otherwise_is_refused() {
        rejects("{}\n");
        rejects(r#"{"id":"a","group":"b","service":"identity"}"#);
        rejects(r#"{"id":"a","service":"compute","group":"b"}"#);
        rejects(r#"{"id":"a","service":"identity","group":"b"#);
    }

    #[test]
    fn a_member_that_no_vector_has_is_refused() {
        let text = r#"{"id":"a","service":"identity","group":"b","world":"base","steps":[],"surprise":1}"#;
        let book = Book::parse(text.to_owned()).unwrap();
        let error = book.lines().next().unwrap().vector().expect_err("`surprise` is no member");
        assert_eq!(error.to_string(), "parse recorded vector `a`");
    }
}
