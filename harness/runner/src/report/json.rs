//! The report for programs: one JSON document with all that the events say.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::case::CaseResult;
use crate::event::{Conclusion, Finished, Run, Started};
use crate::verdict::Verdict;

#[derive(Serialize)]
struct Document<'a> {
    conclusion: Conclusion,
    counts: BTreeMap<Verdict, usize>,
    started: &'a Started,
    cases: Vec<&'a CaseResult>,
    not_played: Vec<&'a str>,
    finished: Option<&'a Finished>,
}

/// The document, indented, its end included.
#[must_use]
pub fn render(run: &Run) -> String {
    let document = Document {
        conclusion: run.conclusion(),
        counts: run.counts(),
        started: &run.started,
        cases: run.results.values().collect(),
        not_played: run.unplayed(),
        finished: run.finished.as_ref(),
    };
    let text = serde_json::to_string_pretty(&document);
    text.expect("a run has string keys only, so it is always JSON") + "\n"
}
