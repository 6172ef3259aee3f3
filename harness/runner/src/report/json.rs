//! The report for programs: one JSON document with all that the events say.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::{Error, Value};

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

/// What a run is made of again; the rest of the document follows from it.
#[derive(Deserialize)]
struct Stored {
    started: Started,
    cases: Vec<CaseResult>,
    finished: Option<Finished>,
}

/// The run that a document tells of.
pub(super) fn read(document: Value) -> Result<Run, Error> {
    let Stored { started, cases, finished } = serde_json::from_value(document)?;
    let place = |id: &str| started.planned.iter().position(|planned| planned == id);
    let numbered = cases.into_iter().map(|result| {
        let at = place(&result.case.id);
        let number = at.ok_or_else(|| Error::custom(format!("`{}` was not planned", result.case.id)))? + 1;
        Ok((number, result))
    });
    let results = numbered.collect::<Result<_, Error>>()?;
    Ok(Run { started, results, finished })
}
