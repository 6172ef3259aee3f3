//! The event log: what happened in a run, one JSON object a line, appended as it happens.
//!
//! A run *is* its events: every report renders from them, and a run that was killed can still be read. Two runs with the
//! same seed have the same log, members called `volatile` aside. Secrets are never in it: recordings name them by role.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use plumbline_fake_server::exchange::Service;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::case::CaseResult;
use crate::known::Stale;
use crate::redact::redact;
use crate::verdict::Verdict;

/// The log's format. It grows when what could be read before no longer can.
pub const FORMAT: u32 = 1;

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The first line: what is going to be played.
    Started(Started),
    /// A case was played; in the order in which they end, and once the run has ended, in that of the plan.
    Judged {
        /// The case's place in the plan, from 1.
        number: usize,
        /// What came of it.
        result: Box<CaseResult>,
    },
    /// The last line: how it ended.
    Finished(Finished),
}

/// What is going to be played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// [`FORMAT`].
    pub format: u32,
    /// The version of Plumbline.
    pub plumbline: String,
    /// Who is judged.
    pub client: Client,
    /// The contract's revision: `S1`, `S2`.
    pub revision: String,
    /// What ids and times were made from.
    pub seed: u64,
    /// How to play one of the cases again.
    pub rerun: Rerun,
    /// Ids of the cases, in the plan's order.
    pub planned: Vec<String>,
}

/// Who is judged, as its driver says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its language.
    pub language: String,
}

/// How to play one case again: `before`, then `--run ID` unless it is a replay, then `--` and `driver` where there is one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rerun {
    /// The command and what it was told that still matters.
    pub before: Vec<String>,
    /// The driver's command; empty: the one in this process.
    pub driver: Vec<String>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// Why it ended.
    pub ended: Ended,
    /// How many cases have each verdict.
    pub counts: BTreeMap<Verdict, usize>,
    /// Entries of the list of known failures that hid nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<Stale>,
    /// What differs from one run to the next.
    pub volatile: Took,
}

/// How long a run took.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Took {
    /// In milliseconds.
    pub duration_ms: u64,
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// Everything planned was played.
    Complete,
    /// It was to stop at the first failure, and there was one.
    FailFast,
    /// Somebody stopped it.
    Interrupted,
}

impl Event {
    /// A case was played. Ports leave every text of the result, since they differ from run to run; and so do secrets,
    /// should one have come so far.
    #[must_use]
    pub fn judged(number: usize, result: &CaseResult) -> Self {
        Self::Judged { number, result: Box::new(cleansed(result)) }
    }
}

/// What can go wrong with writing a log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// It cannot be created.
    #[error("create the event log `{path}`")]
    Create {
        /// The log.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// It cannot be written.
    #[error("write the event log `{path}`")]
    Write {
        /// The log.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

/// An event log in a file.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: File,
    /// Every line so far with its place in the final order.
    lines: Vec<(usize, String)>,
}

impl Log {
    /// Begins a log; one that is there already is replaced.
    ///
    /// # Errors
    ///
    /// The file cannot be created.
    pub fn create(path: &Path) -> Result<Self, LogError> {
        let path = path.to_owned();
        match File::create(&path) {
            Ok(file) => Ok(Self { path, file, lines: Vec::new() }),
            Err(source) => Err(LogError::Create { path, source }),
        }
    }

    /// Appends an event, at once and whole, so that nothing of it is lost when the process is killed.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn append(&mut self, event: &Event) -> Result<(), LogError> {
        let line = line(event);
        let written = self.file.write_all(line.as_bytes());
        self.lines.push((place(event), line));
        written.map_err(|source| LogError::Write { path: self.path.clone(), source })
    }

    /// Puts the log of a run that has ended into the plan's order, so that logs can be compared line by line.
    ///
    /// # Errors
    ///
    /// The file cannot be replaced.
    pub fn finish(mut self) -> Result<(), LogError> {
        self.lines.sort_by_key(|(place, _)| *place);
        let text: String = self.lines.into_iter().map(|(_, line)| line).collect();
        let ordered = self.path.with_extension("ordered");
        std::fs::write(&ordered, text)
            .and_then(|()| std::fs::rename(&ordered, &self.path))
            .map_err(|source| LogError::Write { path: self.path, source })
    }
}

/// A run as its events tell it.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// What was going to be played.
    pub started: Started,
    /// What came of it, with each case's place in the plan, in its order.
    pub results: BTreeMap<usize, CaseResult>,
    /// How it ended; none: it was killed.
    pub finished: Option<Finished>,
}

/// A log that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It has no whole first line.
    #[error("expected a `started` event on line 1, saw {0}")]
    NotStarted(String),
    /// It was written by a later version.
    #[error("the log has format {0}; this version reads {FORMAT}")]
    Format(u32),
    /// A line in its middle is no event.
    #[error("line {line} is no event")]
    Line {
        /// The line, from 1.
        line: usize,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
}

impl Run {
    /// A run that has just begun.
    #[must_use]
    pub fn begin(started: Started) -> Self {
        Self { started, results: BTreeMap::new(), finished: None }
    }

    /// Takes the next event into account.
    pub fn take(&mut self, event: Event) {
        match event {
            Event::Started(started) => self.started = started,
            Event::Judged { number, result } => {
                self.results.insert(number, *result);
            }
            Event::Finished(finished) => self.finished = Some(finished),
        }
    }

    /// Reads a log. A last line that was cut, as a kill leaves it, is left out.
    ///
    /// # Errors
    ///
    /// It does not begin as a log does, or a whole line is no event.
    pub fn read(log: &str) -> Result<Self, ReadError> {
        let mut lines = log.split_inclusive('\n').zip(1..);
        let first = lines.next().map_or("", |(line, _)| line);
        let mut run = match serde_json::from_str::<Value>(first) {
            Ok(value) => Self::begin(started(value)?),
            Err(_) if first.is_empty() => return Err(ReadError::NotStarted("an empty file".to_owned())),
            Err(error) => return Err(ReadError::NotStarted(error.to_string())),
        };
        for (text, line) in lines {
            match serde_json::from_str(text) {
                Ok(event) => run.take(event),
                Err(_) if !text.ends_with('\n') => {}
                Err(source) => return Err(ReadError::Line { line, source }),
            }
        }
        Ok(run)
    }

    /// Ids that were planned and not played to an end, in the plan's order.
    #[must_use]
    pub fn unplayed(&self) -> Vec<&str> {
        let planned = self.started.planned.iter().zip(1..);
        planned.filter(|(_, number)| !self.results.contains_key(number)).map(|(id, _)| id.as_str()).collect()
    }

    /// How many cases have each verdict, those not played left out.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Verdict, usize> {
        let mut counts = BTreeMap::new();
        for result in self.results.values() {
            *counts.entry(result.verdict).or_default() += 1;
        }
        counts
    }

    /// What it all amounts to.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        let any = |wanted: &[Verdict]| self.results.values().any(|result| wanted.contains(&result.verdict));
        let stale = self.finished.as_ref().is_some_and(|finished| !finished.stale.is_empty());
        if any(&[Verdict::Fail, Verdict::UnexpectedPass]) || stale {
            Conclusion::Fails
        } else if self.started.planned.is_empty() {
            Conclusion::Nothing
        } else if any(&[Verdict::Incomplete]) || !self.unplayed().is_empty() {
            Conclusion::Incomplete
        } else {
            Conclusion::Conforms
        }
    }
}

/// What a run amounts to. A definite failure beats incomplete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// Every case has an acceptable verdict.
    Conforms,
    /// A case failed or passed unexpectedly, or the list of known failures is stale.
    Fails,
    /// Not everything could be judged.
    Incomplete,
    /// Nothing was selected.
    Nothing,
}

/// An event as a line of the log, its end included.
#[must_use]
pub fn line(event: &Event) -> String {
    let mut line = serde_json::to_string(event).expect("an event has string keys only, so it is always JSON");
    line.push('\n');
    line
}

fn started(first: Value) -> Result<Started, ReadError> {
    let not = |seen: String| ReadError::NotStarted(seen);
    match first["format"].as_u64() {
        Some(format) if format != u64::from(FORMAT) => {
            return Err(ReadError::Format(u32::try_from(format).unwrap_or(u32::MAX)));
        }
        Some(_) | None => {}
    }
    match serde_json::from_value(first) {
        Ok(Event::Started(started)) => Ok(started),
        Ok(Event::Judged { .. }) => Err(not("`judged`".to_owned())),
        Ok(Event::Finished(_)) => Err(not("`finished`".to_owned())),
        Err(error) => Err(not(error.to_string())),
    }
}

fn place(event: &Event) -> usize {
    match event {
        Event::Started(_) => 0,
        Event::Judged { number, .. } => *number,
        Event::Finished(_) => usize::MAX,
    }
}

fn cleansed(result: &CaseResult) -> CaseResult {
    let volatile = result.volatile.clone();
    let mut value =
        serde_json::to_value(result).expect("a result has string keys only, so it is always JSON");
    cleanse(&mut value, &volatile.ports);
    let hidden: CaseResult =
        serde_json::from_value(value).expect("only texts were changed, and texts stay texts");
    CaseResult { volatile, ..hidden }
}

fn cleanse(value: &mut Value, ports: &BTreeMap<Service, u16>) {
    match value {
        Value::String(text) => {
            for (service, port) in ports {
                let name = match service {
                    Service::Identity => "{identity}",
                    Service::Region => "{region}",
                };
                *text = replace_port(text, *port, name);
            }
            *text = redact(text).into_owned();
        }
        Value::Array(items) => items.iter_mut().for_each(|item| cleanse(item, ports)),
        Value::Object(members) => members.values_mut().for_each(|member| cleanse(member, ports)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Replaces `:40001`, but not the beginning of `:400012`.
fn replace_port(text: &str, port: u16, name: &str) -> String {
    let wanted = format!(":{port}");
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&wanted) {
        let after = &rest[at + wanted.len()..];
        replaced.push_str(&rest[..at]);
        if after.starts_with(|next: char| next.is_ascii_digit()) {
            replaced.push_str(&wanted);
        } else {
            replaced.push(':');
            replaced.push_str(name);
        }
        rest = after;
    }
    replaced + rest
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::case::tests::result;

    pub(crate) fn started(planned: &[&str]) -> Started {
        Started {
            format: FORMAT,
            plumbline: "0.1.0".to_owned(),
            client: Client {
                name: "example".to_owned(),
                version: "1.2.3".to_owned(),
                language: "go".to_owned(),
            },
            revision: "S2".to_owned(),
            seed: 7,
            rerun: Rerun {
                before: vec!["plumbline".to_owned(), "run".to_owned()],
                driver: vec!["./my driver".to_owned()],
            },
            planned: planned.iter().map(|id| (*id).to_owned()).collect(),
        }
    }

    #[test]
    fn a_log_is_read_back() {
        let finished = Finished {
            ended: Ended::Complete,
            counts: BTreeMap::from([(Verdict::Pass, 1)]),
            stale: Vec::new(),
            volatile: Took { duration_ms: 12 },
        };
        let events = [
            Event::Started(started(&["a"])),
            Event::judged(1, &result("a", Verdict::Pass)),
            Event::Finished(finished.clone()),
        ];
        let log: String = events.iter().map(line).collect();
        let run = Run::read(&log).unwrap();
        assert_eq!(run.started, started(&["a"]));
        assert_eq!(run.results[&1], result("a", Verdict::Pass));
        assert_eq!(run.finished, Some(finished));
        assert_eq!(run.conclusion(), Conclusion::Conforms);
    }

    #[test]
    fn a_killed_run_is_read_up_to_its_last_whole_line() {
        let mut log = line(&Event::Started(started(&["a", "b"])));
        log += &line(&Event::judged(2, &result("b", Verdict::Pass)));
        let cut = log.clone() + &line(&Event::judged(1, &result("a", Verdict::Pass)))[..40];
        let run = Run::read(&cut).unwrap();
        assert_eq!(run, Run::read(&log).unwrap());
        assert_eq!(run.unplayed(), ["a"]);
        assert_eq!(run.conclusion(), Conclusion::Incomplete);
    }

    #[test]
    fn what_is_no_log_is_refused() {
        let said = |log: &str| Run::read(log).unwrap_err().to_string();
        assert_eq!(said(""), "expected a `started` event on line 1, saw an empty file");
        let judged = line(&Event::judged(1, &result("a", Verdict::Pass)));
        assert_eq!(said(&judged), "expected a `started` event on line 1, saw `judged`");
        let begun = line(&Event::Started(started(&["a"])));
        assert_eq!(said(&(begun.clone() + "{}\n")), "line 2 is no event");
        let later = begun.replace("\"format\":1", "\"format\":2");
        assert_eq!(said(&later), "the log has format 2; this version reads 1");
    }

    #[test]
    fn a_failure_beats_everything() {
        let run = |verdicts: &[Verdict], planned: &[&str]| {
            let mut run = Run::begin(started(planned));
            for (verdict, number) in verdicts.iter().zip(1..) {
                run.take(Event::judged(number, &result("a", *verdict)));
            }
            run.conclusion()
        };
        assert_eq!(run(&[Verdict::Fail, Verdict::Incomplete], &["a", "b", "c"]), Conclusion::Fails);
        assert_eq!(run(&[Verdict::Incomplete, Verdict::Pass], &["a", "b"]), Conclusion::Incomplete);
        assert_eq!(run(&[Verdict::Unsupported, Verdict::KnownFail], &["a", "b"]), Conclusion::Conforms);
        assert_eq!(run(&[], &[]), Conclusion::Nothing);
    }

    #[test]
    fn ports_are_hidden_and_other_numbers_are_not() {
        assert_eq!(
            replace_port("https://localhost:4000/x:40001:4000", 4000, "{i}"),
            "https://localhost:{i}/x:40001:{i}"
        );
        let mut with_ports = result("a", Verdict::Fail);
        with_ports.reason = Some("connect to localhost:4000".to_owned());
        with_ports.volatile.ports = BTreeMap::from([(Service::Region, 4000)]);
        let Event::Judged { result, .. } = Event::judged(1, &with_ports) else {
            unreachable!("it is what was just made")
        };
        assert_eq!(result.reason.as_deref(), Some("connect to localhost:{region}"));
        assert_eq!(result.volatile, with_ports.volatile);
    }

    #[test]
    fn a_finished_log_is_in_the_plan_s_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut log = Log::create(&path).unwrap();
        let (first, second) =
            (Event::judged(1, &result("a", Verdict::Pass)), Event::judged(2, &result("b", Verdict::Pass)));
        let begun = Event::Started(started(&["a", "b"]));
        for event in [&begun, &second, &first] {
            log.append(event).unwrap();
        }
        let unordered = std::fs::read_to_string(&path).unwrap();
        assert_eq!(unordered, line(&begun) + &line(&second) + &line(&first));
        log.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), line(&begun) + &line(&first) + &line(&second));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
