//! What is played, and what came of it: the values that every other part hands on.

use std::collections::BTreeMap;

use plumbline_fake_server::exchange::Service;
use plumbline_fake_server::record::{Connection, Exchange};
use plumbline_protocol::Operation;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::met::Met;
use crate::verdict::Verdict;

/// One thing to play: a scenario with its axes chosen, a recorded vector, a fault at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Names it; stable, and unique in a plan: `principal/live/exact@region`.
    pub id: String,
    /// The scenario's id, which is the case's without its axes: `principal/live/exact`.
    pub scenario: String,
    /// The folder it belongs to: `principal`.
    pub suite: String,
    /// What a client must do and why, in one sentence.
    pub requirement: String,
    /// How binding it is.
    pub level: Level,
    /// Where the requirement comes from: sections of the contract.
    pub source: String,
    /// The file it was written in, for people.
    pub file: String,
    /// The axes chosen.
    pub axes: Axes,
}

/// How binding a requirement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A client that breaks it does not conform.
    Must,
    /// A client that breaks it conforms, but hurts its users.
    Should,
}

/// What a case fixes that its scenario leaves open; absent where the scenario has no such axis.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axes {
    /// The service that is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<Service>,
    /// The type of the client's key: `rsa-2048`, `p-256`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// A case after it was played.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseResult {
    /// The case.
    pub case: Case,
    /// What it amounts to.
    pub verdict: Verdict,
    /// Why the verdict is not a plain pass or fail: what the client lacks, the reason of the known failure, what went
    /// wrong with the harness or the driver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is wrong, in the order in which it was found.
    pub findings: Vec<Finding>,
    /// Connections that the servers saw.
    pub connections: Vec<Connection>,
    /// Exchanges that the servers saw, numbered from 1.
    pub exchanges: Vec<Exchange>,
    /// In short, the exchanges that are not kept, because there are many and nobody reads them where nothing is wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub met: Vec<Met>,
    /// What the client made of each call, in the order in which they were made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Told>,
    /// What differs from one run to the next.
    pub volatile: Volatile,
}

/// What the client made of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// What it was asked for.
    pub operation: Operation,
    /// What came of it. Of calls made at once only how each ended, since which of them found what is chance.
    pub outcome: Value,
}

impl CaseResult {
    /// For tests: panics with every finding when the case neither passed nor is a known failure.
    ///
    /// # Panics
    ///
    /// On a verdict that is not acceptable, `unsupported` included: a test that was not made is not a passed one.
    #[track_caller]
    pub fn assert_pass(&self) {
        let fine = matches!(self.verdict, Verdict::Pass | Verdict::KnownFail);
        assert!(fine, "{}", self.describe());
    }

    /// The result in plain text: verdict, requirement and every finding.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut text = format!("{}: {}\n{}\n", self.case.id, self.verdict, self.case.requirement);
        if let Some(reason) = &self.reason {
            text.push_str(&format!("{reason}\n"));
        }
        for finding in &self.findings {
            text.push_str(&finding.describe());
        }
        text
    }
}

/// What differs between two runs of the same case with the same seed. Nothing outside of it may.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volatile {
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The port of each service; everywhere else it is written `{identity}` or `{region}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ports: BTreeMap<Service, u16>,
    /// The last lines that the driver wrote on standard error meanwhile, if it has one of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub driver_output: Vec<String>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The stable name of the check that found it: `requests`, `outcome`, `standing/one-principal`.
    pub check: String,
    /// What is wrong, as one sentence: `expected 1 request, saw 3`.
    pub message: String,
    /// What should have been, where it can be shown by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
    /// Advice for whoever maintains the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The expectation in its file; none: a standing rule that no file states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// Numbers of the exchanges concerned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<u64>,
}

impl Finding {
    fn describe(&self) -> String {
        let mut text = format!("  [{}] {}\n", self.check, self.message);
        if let Some(expected) = &self.expected {
            text.push_str(&format!("    expected {expected}\n"));
        }
        if let Some(seen) = &self.seen {
            text.push_str(&format!("    seen     {seen}\n"));
        }
        if let Some(location) = &self.location {
            text.push_str(&format!("    at {}:{}: {}\n", location.file, location.line, location.text.trim()));
        }
        if let Some(help) = &self.help {
            text.push_str(&format!("    help: {help}\n"));
        }
        text
    }
}

/// A place in a scenario file, complete enough to be shown without the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The file, as in [`Case::file`].
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How many characters to underline on that line; at least 1.
    pub length: usize,
    /// The whole line.
    pub text: String,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A result to begin a test with.
    pub(crate) fn result(id: &str, verdict: Verdict) -> CaseResult {
        CaseResult {
            case: Case {
                id: id.to_owned(),
                scenario: id.to_owned(),
                suite: id.split('/').next().unwrap_or_default().to_owned(),
                requirement: "A client sends the principal it was given, and nothing else.".to_owned(),
                level: Level::Must,
                source: "contract §2".to_owned(),
                file: format!("scenarios/{id}.yaml"),
                axes: Axes::default(),
            },
            verdict,
            reason: None,
            findings: Vec::new(),
            connections: Vec::new(),
            exchanges: Vec::new(),
            met: Vec::new(),
            told: Vec::new(),
            volatile: Volatile::default(),
        }
    }
}
