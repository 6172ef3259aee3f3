//! What must be undone however a connection's task ends, be it by being aborted.

use super::state::Shared;

/// Marks the connection closed however its task ends.
pub(super) struct Open<'a> {
    pub(super) shared: &'a Shared,
    pub(super) number: u64,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.shared.change(|state| {
            if let Some(connection) = state.connection(self.number) {
                connection.open = false;
            }
        });
    }
}

/// Counts a request as under way, however its task ends.
pub(super) struct Busy<'a> {
    shared: &'a Shared,
    counts: bool,
}

impl<'a> Busy<'a> {
    pub(super) fn begin(shared: &'a Shared) -> Self {
        shared.change(|state| state.busy += 1);
        Self { shared, counts: true }
    }

    /// The request waits for the test.
    pub(super) fn pause(&mut self) {
        if std::mem::replace(&mut self.counts, false) {
            self.shared.change(|state| state.busy -= 1);
        }
    }

    /// It goes on.
    pub(super) fn resume(&mut self) {
        if !std::mem::replace(&mut self.counts, true) {
            self.shared.change(|state| state.busy += 1);
        }
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.pause();
    }
}

/// Takes back, however its task ends, that an exchange was answered, unless its answer was sent as meant.
pub(super) struct Answering<'a> {
    shared: &'a Shared,
    exchange: u64,
    sent: bool,
}

impl<'a> Answering<'a> {
    pub(super) fn begin(shared: &'a Shared, exchange: u64) -> Self {
        Self { shared, exchange, sent: false }
    }

    /// It was sent, as far as it was meant to be and the client took it.
    pub(super) fn end(mut self) {
        self.sent = true;
    }
}

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        if !self.sent {
            self.shared.change(|state| {
                state.unread.take_back(self.exchange);
                if let Some(exchange) = state.exchange(self.exchange) {
                    exchange.answer = None;
                }
            });
        }
    }
}
