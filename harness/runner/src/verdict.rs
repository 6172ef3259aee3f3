//! Verdicts, and the one place where they are made.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a case amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything holds.
    Pass,
    /// Something does not.
    Fail,
    /// Something does not, and the list of known failures says why.
    KnownFail,
    /// Everything holds, although the list of known failures says otherwise.
    UnexpectedPass,
    /// Nobody can tell, because the contract gives clients no means; the reason says which.
    Ambiguous,
    /// The client does not claim to be able to do this.
    Unsupported,
    /// The harness or the driver failed; says nothing about the client.
    Incomplete,
}

impl Verdict {
    /// Every verdict, the best first.
    pub const ALL: [Self; 7] = [
        Self::Pass,
        Self::KnownFail,
        Self::Ambiguous,
        Self::Unsupported,
        Self::UnexpectedPass,
        Self::Fail,
        Self::Incomplete,
    ];

    /// Whether a run with it can succeed.
    #[must_use]
    pub fn is_acceptable(self) -> bool {
        match self {
            Self::Pass | Self::KnownFail | Self::Ambiguous | Self::Unsupported => true,
            Self::Fail | Self::UnexpectedPass | Self::Incomplete => false,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::KnownFail => "known-fail",
            Self::UnexpectedPass => "unexpected-pass",
            Self::Ambiguous => "ambiguous",
            Self::Unsupported => "unsupported",
            Self::Incomplete => "incomplete",
        })
    }
}

/// What came of playing a case, before the list of known failures is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Played {
    /// It was played to its end; `findings` of them do not hold.
    Judged {
        /// How many things are wrong.
        findings: usize,
    },
    /// It was played to its end, and what came of it cannot be told.
    Ambiguous {
        /// Why.
        reason: String,
    },
    /// It was not played, because the client lacks something.
    Unsupported {
        /// What it lacks.
        lacks: String,
    },
    /// It was not played to its end, through no fault of the client.
    Incomplete {
        /// What went wrong.
        trouble: String,
    },
}

/// A verdict and the reason for it, where there is one to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// The reason.
    pub reason: Option<String>,
}

/// Makes the verdict. `known` is the reason that the list of known failures gives for this case, if it is on it.
#[must_use]
pub fn judge(known: Option<&str>, played: &Played) -> Judgement {
    let (verdict, reason) = match (played, known) {
        (Played::Judged { findings: 0 }, None) => (Verdict::Pass, None),
        (Played::Judged { findings: 0 }, Some(reason)) => {
            (Verdict::UnexpectedPass, Some(format!("listed as a known failure: {reason}")))
        }
        (Played::Judged { .. }, None) => (Verdict::Fail, None),
        (Played::Judged { .. }, Some(reason)) => (Verdict::KnownFail, Some(reason.to_owned())),
        (Played::Ambiguous { reason }, None) => (Verdict::Ambiguous, Some(reason.clone())),
        (Played::Ambiguous { .. }, Some(reason)) => {
            (Verdict::UnexpectedPass, Some(format!("listed as a known failure: {reason}")))
        }
        (Played::Unsupported { lacks }, _) => (Verdict::Unsupported, Some(lacks.clone())),
        (Played::Incomplete { trouble }, _) => (Verdict::Incomplete, Some(trouble.clone())),
    };
    Judgement { verdict, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(known: Option<&str>, played: &Played, verdict: Verdict) {
        assert_eq!(judge(known, played).verdict, verdict);
    }

    #[test]
    fn findings_decide_when_the_case_is_not_listed() {
        check(None, &Played::Judged { findings: 0 }, Verdict::Pass);
        check(None, &Played::Judged { findings: 2 }, Verdict::Fail);
    }

    #[test]
    fn a_listed_case_must_fail() {
        check(Some("ticket 7"), &Played::Judged { findings: 1 }, Verdict::KnownFail);
        check(Some("ticket 7"), &Played::Judged { findings: 0 }, Verdict::UnexpectedPass);
    }

    #[test]
    fn a_list_never_hides_that_nothing_was_judged() {
        check(Some("ticket 7"), &Played::Incomplete { trouble: "gone".to_owned() }, Verdict::Incomplete);
        check(Some("ticket 7"), &Played::Unsupported { lacks: "clock".to_owned() }, Verdict::Unsupported);
    }
}
