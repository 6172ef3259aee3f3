//! The table of faults, read from `faults.yaml`.

use std::sync::{Arc, OnceLock};

use crate::scenario::answer::{self, AnswerRule};
use crate::scenario::load::tree;
use crate::scenario::node::{Kind, Node};
use crate::scenario::problem::{InvalidFile, Problem, Source};
use crate::scenario::read::{Fields, Problems, words};
use crate::scenario::words::{Hold, YesNo};

const TEXT: &str = include_str!("../../faults.yaml");
const FILE: &str = "faults.yaml";

/// One fault.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) phase: Phase,
    pub(crate) on: On,
    pub(crate) what: What,
}

words! {
    /// When in an exchange a fault happens.
    pub enum Phase: "phase" {
        /// A connection is made.
        BeforeHandshake = "before-handshake",
        /// It is secured.
        Handshake = "handshake",
        /// The request has arrived, and nothing is done.
        BeforeHandler = "before-handler",
        /// It took effect, and the answer is lost.
        AfterCommit = "after-commit",
        /// The answer is under way.
        InReply = "in-reply",
        /// The answer has arrived.
        AfterReply = "after-reply",
        /// The server is restarted.
        Restart = "restart",
        /// The answer is out of date.
        Stale = "stale",
        /// Certificates change.
        Rotation = "rotation",
        /// The client's process dies.
        Crash = "crash",
        /// The client persists its resource.
        Persist = "persist",
    }
}

impl Phase {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        use crate::scenario::read::Word as _;
        Self::WORDS.iter().find(|(_, phase)| *phase == self).map_or("", |(name, _)| name)
    }
}

words! {
    /// Which exchanges a fault is for.
    pub(crate) enum On: "kind of exchange" {
        /// Every one.
        Any = "any",
        /// Those that change nothing.
        Reads = "reads",
        /// Those that may.
        Writes = "writes",
        /// Those that make something new each time.
        Creations = "creations",
    }
}

impl On {
    /// Whether an exchange of that method is meant.
    pub(crate) fn holds(self, method: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Reads => method == "GET",
            Self::Writes => method != "GET",
            Self::Creations => method == "POST",
        }
    }
}

/// What faults are counted by, and put at one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Request,
    Connection,
    Store,
}

impl Place {
    /// How people write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Connection => "connection",
            Self::Store => "store",
        }
    }
}

impl Row {
    /// What it is put at.
    pub(crate) fn place(&self) -> Place {
        match self.what {
            What::Connection(_) => Place::Connection,
            What::Store(_) => Place::Store,
            What::Answer(_)
            | What::Delivery(_)
            | What::Then(_)
            | What::Twice
            | What::Restart(_)
            | What::Stale(_)
            | What::Rotate(_)
            | What::Crash(_) => Place::Request,
        }
    }

    /// Whether the client's process dies.
    pub(crate) fn crashes(&self) -> bool {
        matches!(self.what, What::Crash(_) | What::Store(Store::Lost | Store::Unanswered))
    }

    /// Whether the answer begins and its body does not end.
    pub(crate) fn stalls_body(&self) -> bool {
        matches!(&self.what, What::Answer(answer) if answer.hold == Some(Hold::InBody))
    }

    /// Whether the client waits until it gives up.
    pub(crate) fn holds(&self) -> bool {
        match &self.what {
            What::Answer(answer) => matches!(answer.hold, Some(Hold::Forever | Hold::InBody)),
            What::Connection(connection) => *connection == Connection::Silent,
            What::Delivery(_)
            | What::Then(_)
            | What::Twice
            | What::Restart(_)
            | What::Stale(_)
            | What::Rotate(_)
            | What::Crash(_)
            | What::Store(_) => false,
        }
    }
}

/// What happens.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    /// Another answer, or the service's own in another way, as scenarios write it.
    Answer(AnswerRule),
    /// The service's own answer arrives otherwise.
    Delivery(Delivery),
    /// A connection does not come about.
    Connection(Connection),
    /// The answer arrives, and the connection ends.
    Then(Then),
    /// The request arrives twice.
    Twice,
    /// The server is restarted.
    Restart(Moment),
    /// The answer is as old as so many changes.
    Stale(u32),
    /// Certificates are replaced.
    Rotate(Rotates),
    /// The client's process dies while it waits for the answer.
    Crash(Moment),
    /// What a lifecycle persists is not.
    Store(Store),
}

words! {
    /// What becomes of a resource that a lifecycle persists.
    pub(crate) enum Store: "end of a write to the platform" {
        /// The write is refused.
        Refused = "refused",
        /// The process dies before it.
        Lost = "lost",
        /// The process dies after it.
        Unanswered = "unanswered",
    }
}

words! {
    /// How the service's own answer arrives.
    pub(crate) enum Delivery: "way to deliver an answer" {
        /// Byte by byte.
        Slowly = "slowly",
        /// Longer than it says.
        Overlong = "overlong",
        /// With a body that nobody can read.
        Garbled = "garbled",
        /// As what it is not.
        AsHtml = "as-html",
    }
}

words! {
    /// What becomes of a connection.
    pub(crate) enum Connection: "way for a connection to fail" {
        /// It is reset before a byte.
        Refused = "refused",
        /// Nothing is said on it.
        Silent = "silent",
        /// It is closed once the client has said hello.
        ClosedAtHello = "closed-at-hello",
        /// It is reset then.
        ResetAtHello = "reset-at-hello",
        /// The certificate is for another name.
        WrongName = "wrong-name",
        /// The certificate has expired.
        Expired = "expired",
        /// The certificate is another authority's.
        UnknownAuthority = "unknown-authority",
        /// The server speaks TLS 1.2 only.
        Tls12 = "tls-1.2",
    }
}

words! {
    /// How a connection ends after an answer.
    pub(crate) enum Then: "end of a connection" {
        /// In good order.
        Close = "close",
        /// With a reset.
        Reset = "reset",
    }
}

words! {
    /// When a server is restarted.
    pub(crate) enum Moment: "moment" {
        /// Before it decides on the request.
        Before = "before",
        /// After the request took effect.
        After = "after",
    }
}

words! {
    /// Whose certificates are replaced.
    pub(crate) enum Rotates: "side" {
        /// The client's.
        Client = "client",
        /// The service's.
        Server = "server",
    }
}

/// Every fault, in the order of the table.
pub(crate) fn rows() -> &'static [Arc<Row>] {
    static ROWS: OnceLock<Vec<Arc<Row>>> = OnceLock::new();
    ROWS.get_or_init(|| parse(FILE, TEXT).expect("the table of this crate can be used, as a test makes sure"))
}

/// The names of all faults, each with its phase.
pub fn names() -> impl Iterator<Item = (&'static str, Phase)> {
    rows().iter().map(|row| (row.name.as_str(), row.phase))
}

/// Reads a table.
pub(crate) fn parse(file: &str, text: &str) -> Result<Vec<Arc<Row>>, InvalidFile> {
    let source = Source { file: file.to_owned(), text: text.into() };
    let node = tree(&source)?;
    let mut problems = Vec::new();
    let mut rows: Vec<Arc<Row>> = Vec::new();
    if let Kind::List(items) = &node.kind {
        for item in items {
            let Some(row) = row(item, &mut problems) else { continue };
            if rows.iter().any(|other| other.name == row.name) {
                problems.push(Problem::new(&item.span, format!("`{}` is there already", row.name)));
            }
            rows.push(Arc::new(row));
        }
    } else {
        problems
            .push(Problem::new(&node.span, format!("expected a list of faults, found {}", node.describe())));
    }
    if problems.is_empty() { Ok(rows) } else { Err(InvalidFile::new(&source, problems)) }
}

fn row(node: &Node, problems: &mut Problems) -> Option<Row> {
    let mut fields = Fields::of(node, "a fault", problems)?;
    let name = fields.required("name", problems).and_then(|node| crate::scenario::read::text(node, problems));
    let phase =
        fields.required("phase", problems).and_then(|node| crate::scenario::read::word(node, problems));
    let on = fields.word::<On>("on", problems).map_or(On::Any, |on| on.value);
    let mut what = Vec::new();
    if let Some(node) = fields.node("answer") {
        what.extend(answer::read(node, problems).into_iter().map(What::Answer));
    }
    what.extend(fields.word("delivery", problems).map(|at| What::Delivery(at.value)));
    what.extend(fields.word("connection", problems).map(|at| What::Connection(at.value)));
    what.extend(fields.word("then", problems).map(|at| What::Then(at.value)));
    let twice = fields.word::<YesNo>("twice", problems);
    what.extend(twice.filter(|at| at.value == YesNo::Yes).map(|_| What::Twice));
    what.extend(fields.word("restart", problems).map(|at| What::Restart(at.value)));
    let stale = fields.number("stale", problems);
    what.extend(stale.map(|at| What::Stale(u32::try_from(at.value).unwrap_or(u32::MAX))));
    what.extend(fields.word("rotate", problems).map(|at| What::Rotate(at.value)));
    what.extend(fields.word("crash", problems).map(|at| What::Crash(at.value)));
    what.extend(fields.word("store", problems).map(|at| What::Store(at.value)));
    let span = fields.span().clone();
    fields.finish(problems);
    let [what] = <[What; 1]>::try_from(what)
        .map_err(|_several| problems.push(Problem::new(&span, "a fault is one thing")))
        .ok()?;
    Some(Row { name: name?.value, phase: phase?.value, on, what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_used() {
        assert!(rows().len() > 30);
    }

    #[test]
    fn every_phase_has_a_fault() {
        use crate::scenario::read::Word as _;
        for (name, phase) in Phase::WORDS {
            assert!(rows().iter().any(|row| row.phase == *phase), "{name}");
        }
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        let wrong = [
            ("name: x", "expected a list of faults"),
            ("- { phase: handshake, twice: yes }", "a fault lacks `name`"),
            ("- { name: x, phase: later, twice: yes }", "`later` is no phase"),
            ("- { name: x, phase: handshake }", "a fault is one thing"),
            ("- { name: x, phase: handshake, twice: yes, stale: 1 }", "a fault is one thing"),
            (
                "- { name: x, phase: stale, stale: 1 }\n- { name: x, phase: stale, stale: 2 }",
                "`x` is there already",
            ),
            ("- { name: x, phase: in-reply, delivery: fast }", "`fast` is no way to deliver an answer"),
        ];
        for (text, expected) in wrong {
            let told = format!("{:?}", miette::Report::new(parse("faults.yaml", text).unwrap_err()));
            assert!(told.contains(expected), "{text}: {told}");
        }
    }
}
