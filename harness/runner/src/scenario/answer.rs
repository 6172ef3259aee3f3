//! Answers that a step puts in the place of the server's own: what goes wrong, and in which request.

use serde_json::Value;

use super::node::{Kind, Node, Span};
use super::problem::Problem;
use super::read::{Fields, Problems, text};
use super::words::{Cut, Hold, Target, YesNo};

/// One answer to put in place of the server's own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AnswerRule {
    pub(crate) at: Occurrence,
    /// What is answered; none: what the server decides.
    pub(crate) deviation: Option<Deviation>,
    pub(crate) hold: Option<Hold>,
    /// Whether the server does what the request asks before it deviates.
    pub(crate) commit: Commit,
    pub(crate) span: Span,
}

impl AnswerRule {
    /// The same with ids in place of their names.
    pub(crate) fn filled(&self, fill: &impl Fn(&Value) -> Value) -> Self {
        let text = |text: &String| match fill(&Value::String(text.clone())) {
            Value::String(filled) => filled,
            other => other.to_string(),
        };
        let deviation = self.deviation.as_ref().map(|deviation| match deviation {
            Deviation::Reply(reply) => Deviation::Reply(Reply {
                status: reply.status,
                headers: reply.headers.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
                body: match &reply.body {
                    ReplyBody::Json(value) => ReplyBody::Json(fill(value)),
                    ReplyBody::Text(body) => ReplyBody::Text(text(body)),
                    ReplyBody::Envelope | ReplyBody::Size(_) | ReplyBody::Empty => reply.body.clone(),
                },
            }),
            Deviation::Redirect { to: Redirect::Literal(location), status } => {
                Deviation::Redirect { to: Redirect::Literal(text(location)), status: *status }
            }
            Deviation::Raw(raw) => Deviation::Raw(text(raw)),
            Deviation::Redirect { .. } | Deviation::Cut(_) => deviation.clone(),
        });
        Self { deviation, ..self.clone() }
    }
}

/// Which requests of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occurrence {
    /// The one of that number, from 1.
    Nth(u64),
    /// All of them.
    Each,
}

/// Whether a request takes effect although its answer is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Commit {
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// What is answered instead.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Deviation {
    /// Another answer.
    Reply(Reply),
    /// A redirect.
    Redirect { to: Redirect, status: u16 },
    /// The connection ends.
    Cut(Cut),
    /// Bytes instead of an HTTP answer.
    Raw(String),
}

/// Where a redirect leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Redirect {
    /// A known place.
    Known(Target),
    /// `Location` as given.
    Literal(String),
    /// There is no `Location`.
    None,
}

/// An answer of the test's own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: ReplyBody,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ReplyBody {
    /// The platform's error envelope for the status.
    Envelope,
    /// JSON.
    Json(Value),
    /// Text.
    Text(String),
    /// JSON text of so many bytes.
    Size(u64),
    /// None.
    Empty,
}

/// Reads `answer`: in a list, each answers the request of its place unless it says otherwise.
pub(crate) fn read(node: &Node, problems: &mut Problems) -> Vec<AnswerRule> {
    match &node.kind {
        Kind::List(items) => items
            .iter()
            .zip(1..)
            .filter_map(|(item, place)| rule(item, Occurrence::Nth(place), problems))
            .collect(),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Map(_) => {
            rule(node, Occurrence::Each, problems).into_iter().collect()
        }
    }
}

fn rule(node: &Node, usual: Occurrence, problems: &mut Problems) -> Option<AnswerRule> {
    let mut fields = Fields::of(node, "an answer", problems)?;
    let at = fields.node("at").and_then(|node| occurrence(node, problems)).unwrap_or(usual);
    let commit = fields.word::<YesNo>("commit", problems);
    let hold = fields.word::<Hold>("hold", problems).map(|hold| hold.value);
    let before = problems.len();
    let deviations = deviations(&mut fields, problems);
    let readable = problems.len() == before;
    if readable && deviations.len() + usize::from(hold.is_some()) == 0 || deviations.len() > 1 {
        let help = "one of `status`, `redirect`, `cut`, `raw`, and `hold` beside it or alone";
        problems.push(Problem::new(fields.span(), "an answer does one thing").help(help));
    }
    let span = fields.span().clone();
    fields.finish(problems);
    let deviation = deviations.into_iter().next();
    // What is only held is the server's own answer, so the request has taken effect.
    let usual = if deviation.is_some() { Commit::No } else { Commit::Yes };
    let commit = commit.map_or(usual, |word| match word.value {
        YesNo::Yes => Commit::Yes,
        YesNo::No => Commit::No,
    });
    Some(AnswerRule { at, deviation, hold, commit, span })
}

fn occurrence(node: &Node, problems: &mut Problems) -> Option<Occurrence> {
    match &node.kind {
        Kind::Text(word) if word == "each" => Some(Occurrence::Each),
        Kind::Number(number) if number.as_u64().is_some_and(|number| number > 0) => {
            number.as_u64().map(Occurrence::Nth)
        }
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) | Kind::Map(_) => {
            let message = format!("{} names no request", node.describe());
            problems
                .push(Problem::new(&node.span, message).help("its number in the step, from 1, or `each`"));
            None
        }
    }
}

fn deviations(fields: &mut Fields<'_>, problems: &mut Problems) -> Vec<Deviation> {
    let status = fields.node("status").and_then(|node| status(node, problems));
    let cut = fields.word::<Cut>("cut", problems).map(|cut| Deviation::Cut(cut.value));
    let raw = fields.text("raw", problems).map(|raw| Deviation::Raw(raw.value));
    let redirect = fields.node("redirect").and_then(|node| redirect(node, problems));
    let redirect = redirect.map(|to| Deviation::Redirect { to, status: status.unwrap_or(307) });
    let headers = fields.node("headers").map(|node| headers(node, problems)).unwrap_or_default();
    let body = body(fields, problems);
    let status = if redirect.is_some() { None } else { status };
    let reply = status.map(|status| Deviation::Reply(Reply { status, headers, body }));
    [reply, redirect, cut, raw].into_iter().flatten().collect()
}

/// Reads a status.
pub(crate) fn status(node: &Node, problems: &mut Problems) -> Option<u16> {
    let found = match &node.kind {
        Kind::Number(number) => number.as_u64().and_then(|n| u16::try_from(n).ok()),
        Kind::Null | Kind::Bool(_) | Kind::Text(_) | Kind::List(_) | Kind::Map(_) => None,
    };
    let found = found.filter(|status| (100..1000).contains(status));
    if found.is_none() {
        problems.push(Problem::new(&node.span, format!("{} is no HTTP status", node.describe())));
    }
    found
}

fn redirect(node: &Node, problems: &mut Problems) -> Option<Redirect> {
    if let Kind::Map(_) = node.kind {
        let mut fields = Fields::of(node, "`redirect`", problems)?;
        let location = fields.text("location", problems);
        fields.finish(problems);
        return location.map(|location| Redirect::Literal(location.value));
    }
    if matches!(&node.kind, Kind::Text(word) if word == "no-location") {
        return Some(Redirect::None);
    }
    super::read::word::<Target>(node, problems).map(|target| Redirect::Known(target.value))
}

fn headers(node: &Node, problems: &mut Problems) -> Vec<(String, String)> {
    let Kind::Map(entries) = &node.kind else {
        problems.push(Problem::new(&node.span, format!("expected headers, found {}", node.describe())));
        return Vec::new();
    };
    let read = entries.iter().map(|(key, node)| Some((key.text.clone(), text(node, problems)?.value)));
    read.flatten().collect()
}

fn body(fields: &mut Fields<'_>, problems: &mut Problems) -> ReplyBody {
    let json = fields.node("body").map(|node| match &node.kind {
        Kind::Text(word) if word == "none" => ReplyBody::Empty,
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) | Kind::Map(_) => {
            ReplyBody::Json(node.to_json())
        }
    });
    let text = fields.text("text", problems).map(|text| ReplyBody::Text(text.value));
    let size = fields.number("size", problems).map(|size| ReplyBody::Size(size.value));
    json.or(text).or(size).unwrap_or(ReplyBody::Envelope)
}
