//! Takes a run's events: into the run, and into its log when there is a folder for one.

use std::path::{Path, PathBuf};

use plumbline::case::CaseResult;
use plumbline::event::{Ended, Event, Finished, Log, LogError, Run, Started, Took};
use plumbline::known::Known;
use plumbline::report::{json, junit};

use crate::ending::CommandError;

/// The files of a report folder.
const EVENTS: &str = "events.jsonl";
const JSON: &str = "report.json";
const JUNIT: &str = "junit.xml";

/// A run as it goes on.
pub(super) struct Recorder {
    run: Run,
    kept: Option<Kept>,
    /// The first event that could not be logged; the run goes on without a log.
    lost: Option<LogError>,
}

struct Kept {
    folder: PathBuf,
    log: Log,
}

impl Recorder {
    /// Begins a run, and its log in a folder that is made if need be.
    pub(super) fn begin(started: Started, folder: Option<&Path>) -> Result<Self, CommandError> {
        let kept = match folder {
            None => None,
            Some(folder) => {
                std::fs::create_dir_all(folder)
                    .map_err(|source| CommandError::Write { path: folder.to_owned(), source })?;
                let log = Log::create(&folder.join(EVENTS))?;
                Some(Kept { folder: folder.to_owned(), log })
            }
        };
        let mut recorder = Self { run: Run::begin(started.clone()), kept, lost: None };
        recorder.take(Event::Started(started));
        Ok(recorder)
    }

    /// A case was played.
    pub(super) fn judged(&mut self, number: usize, result: &CaseResult) {
        self.take(Event::judged(number, result));
    }

    /// Whether every planned case was played.
    pub(super) fn is_complete(&self) -> bool {
        self.run.unplayed().is_empty()
    }

    /// Ends the run and writes its reports.
    pub(super) fn finish(
        mut self,
        ended: Ended,
        known: &Known,
        every: &[String],
        duration_ms: u64,
    ) -> Result<Run, CommandError> {
        let results: Vec<&CaseResult> = self.run.results.values().collect();
        let every: Vec<&str> = every.iter().map(String::as_str).collect();
        let stale = known.stale(&results, &every);
        let counts = self.run.counts();
        self.take(Event::Finished(Finished { ended, counts, stale, volatile: Took { duration_ms } }));
        if let Some(error) = self.lost {
            return Err(error.into());
        }
        if let Some(Kept { folder, log }) = self.kept {
            log.finish()?;
            write(&folder.join(JSON), &json::render(&self.run))?;
            write(&folder.join(JUNIT), &junit::render(&self.run).map_err(CommandError::Junit)?)?;
        }
        Ok(self.run)
    }

    fn take(&mut self, event: Event) {
        if let Some(kept) = &mut self.kept
            && self.lost.is_none()
        {
            self.lost = kept.log.append(&event).err();
        }
        self.run.take(event);
    }
}

fn write(path: &Path, text: &str) -> Result<(), CommandError> {
    std::fs::write(path, text).map_err(|source| CommandError::Write { path: path.to_owned(), source })
}
