//! The last lines that a driver wrote on standard error.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::redact::redact;

/// So many lines are kept,
const LINES: usize = 40;
/// and so many characters of each.
const WIDTH: usize = 400;

/// The last lines, shared between who reads them from the process and who shows them.
#[derive(Debug, Clone, Default)]
pub(super) struct Said(Arc<Mutex<Ring>>);

#[derive(Debug, Clone, Default)]
struct Ring {
    lines: VecDeque<String>,
    dropped: usize,
    in_pem: bool,
}

impl From<Vec<String>> for Said {
    fn from(lines: Vec<String>) -> Self {
        let ring = Ring { lines: lines.into(), ..Ring::default() };
        Self(Arc::new(Mutex::new(ring)))
    }
}

impl Said {
    /// A line more. What is inside of a PEM block is not kept, whatever line it is on.
    pub(super) fn push(&self, line: &str) {
        let mut ring = self.ring();
        let inside = ring.in_pem;
        if line.contains("-----BEGIN") && !line.contains("-----END") {
            ring.in_pem = true;
        } else if inside && line.contains("-----END") {
            ring.in_pem = false;
        }
        if inside {
            return;
        }
        let line: String = redact(line.trim_end()).chars().take(WIDTH).collect();
        ring.lines.push_back(line);
        if ring.lines.len() > LINES {
            ring.lines.pop_front();
            ring.dropped += 1;
        }
    }

    pub(super) fn clear(&self) {
        *self.ring() = Ring::default();
    }

    /// The same lines, which later ones do not join.
    pub(super) fn copy(&self) -> Self {
        Self(Arc::new(Mutex::new(self.ring().clone())))
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let ring = self.ring();
        let note = (ring.dropped > 0).then(|| format!("({} lines before these)", ring.dropped));
        note.into_iter().chain(ring.lines.iter().cloned()).collect()
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().expect("nothing panics while it holds the lines")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept() {
        let said = Said::default();
        for number in 0..LINES + 2 {
            said.push(&format!("line {number}"));
        }
        let lines = said.lines();
        assert_eq!(lines.len(), LINES + 1);
        assert_eq!(lines[0], "(2 lines before these)");
        assert_eq!(lines[1], "line 2");
    }

    #[test]
    fn a_long_line_is_cut() {
        let said = Said::default();
        said.push(&"é".repeat(WIDTH + 1));
        assert_eq!(said.lines()[0].chars().count(), WIDTH);
    }

    #[test]
    fn keys_over_several_lines_are_left_out() {
        let said = Said::default();
        for line in ["key: -----BEGIN PRIVATE KEY-----", "MIIE", "-----END PRIVATE KEY-----", "after"] {
            said.push(line);
        }
        assert_eq!(said.lines(), ["key: (PEM left out)", "after"]);
    }
}
