//! Bytes into lines, with a cap.

use super::LINE_LIMIT;

/// One line of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1; blank lines count, but are not handed out.
    pub number: u64,
    /// Its bytes without its end; or the limit that it passed, then nothing of it is kept.
    pub content: Result<Vec<u8>, usize>,
}

/// Cuts a stream of bytes into lines and never holds more than one line of the limit's length.
#[derive(Debug)]
pub struct Lines {
    limit: usize,
    number: u64,
    begun: Vec<u8>,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// The line so far is in `begun`.
    Kept,
    /// The line passed the limit and was reported; the rest of it is dropped.
    Dropped,
}

impl Default for Lines {
    fn default() -> Self {
        Self::with_limit(LINE_LIMIT)
    }
}

impl Lines {
    /// Lines of at most so many bytes.
    #[must_use]
    pub fn with_limit(limit: usize) -> Self {
        Self { limit, number: 1, begun: Vec::new(), state: State::Kept }
    }

    /// Takes the stream's next bytes and gives the lines that they end (or take past the limit).
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Line> {
        let mut lines = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (content, ended) = match piece.strip_suffix(b"\n") {
                Some(content) => (content, true),
                None => (piece, false),
            };
            self.keep(content, &mut lines);
            if ended {
                self.end(&mut lines);
            }
        }
        lines
    }

    /// The stream has ended: what was begun, if it is anything, is its last line.
    pub fn finish(&mut self) -> Option<Line> {
        let mut lines = Vec::new();
        self.end(&mut lines);
        lines.pop()
    }

    fn keep(&mut self, content: &[u8], lines: &mut Vec<Line>) {
        if self.state == State::Dropped {
            return;
        }
        if self.begun.len() + content.len() > self.limit {
            self.begun = Vec::new();
            self.state = State::Dropped;
            lines.push(Line { number: self.number, content: Err(self.limit) });
        } else {
            self.begun.extend_from_slice(content);
        }
    }

    fn end(&mut self, lines: &mut Vec<Line>) {
        let content = std::mem::take(&mut self.begun);
        if self.state == State::Kept && !content.trim_ascii().is_empty() {
            lines.push(Line { number: self.number, content: Ok(content) });
        }
        self.state = State::Kept;
        self.number += 1;
    }
}
