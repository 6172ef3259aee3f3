//! Which operation a method and a path name.

use indexmap::IndexMap;

use crate::operation::Operation;

/// A route that was found.
#[derive(Debug, Clone)]
pub struct Route<'a> {
    /// The operation.
    pub operation: &'a Operation,
    /// The text of each path parameter, as it stands in the path that was given.
    pub parameters: IndexMap<&'a str, String>,
}

/// A piece of a template between slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// This text and no other; letters of another case differ.
    Literal(String),
    /// Any text; in the last place it must not be empty.
    Parameter(String),
}

/// Templates with what is at each of them, the most literal first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    template: String,
    segments: Vec<Segment>,
    operations: Vec<usize>,
}

impl Table {
    pub(crate) fn add(&mut self, template: &str, operation: usize) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.template == template) {
            entry.operations.push(operation);
            return;
        }
        let entry = Entry {
            template: template.to_owned(),
            segments: segments(template),
            operations: vec![operation],
        };
        // Behind those that are as literal.
        let place = self.entries.partition_point(|other| other.openness().le(entry.openness()));
        self.entries.insert(place, entry);
    }

    /// Operations at every template that the path fits, the most literal template first.
    pub(crate) fn matching(&self, path: &str) -> impl Iterator<Item = (&[Segment], &[usize])> {
        let pieces: Vec<&str> = path.split('/').collect();
        let found = self.entries.iter().filter(move |entry| fits(&entry.segments, &pieces));
        found.map(|entry| (entry.segments.as_slice(), entry.operations.as_slice()))
    }
}

impl Entry {
    /// Whether each segment is open to any text: the more literal a template is, and the earlier, the less.
    fn openness(&self) -> impl Iterator<Item = bool> {
        self.segments.iter().map(|segment| matches!(segment, Segment::Parameter(_)))
    }
}

/// The text that stands for each parameter.
pub(crate) fn parameters<'a>(segments: &'a [Segment], path: &str) -> IndexMap<&'a str, String> {
    segments
        .iter()
        .zip(path.split('/'))
        .filter_map(|(segment, piece)| match segment {
            Segment::Parameter(name) => Some((name.as_str(), piece.to_owned())),
            Segment::Literal(_) => None,
        })
        .collect()
}

pub(crate) fn segments(template: &str) -> Vec<Segment> {
    template
        .split('/')
        .map(|piece| match piece.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => Segment::Parameter(name.to_owned()),
            None => Segment::Literal(piece.to_owned()),
        })
        .collect()
}

fn fits(segments: &[Segment], pieces: &[&str]) -> bool {
    segments.len() == pieces.len()
        && segments.iter().zip(pieces).enumerate().all(|(index, (segment, piece))| match segment {
            Segment::Literal(text) => text == piece,
            Segment::Parameter(_) => index + 1 < pieces.len() || !piece.is_empty(),
        })
}
