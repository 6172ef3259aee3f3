//! Rules that are in force, and how often each was reached.

use super::Occurrence;

/// Rules in the order in which they were injected: what each is about, and what meets those of it that are due.
#[derive(Debug)]
pub(crate) struct Counted<K, F> {
    last: u64,
    armed: Vec<Armed<K, F>>,
}

#[derive(Debug)]
struct Armed<K, F> {
    number: u64,
    about: K,
    occurrence: Occurrence,
    fault: F,
    /// What it was about so far.
    seen: u64,
    /// What met its fault.
    met: u64,
}

impl<K, F: Clone> Counted<K, F> {
    /// Puts a rule in force, and names it.
    pub(crate) fn inject(&mut self, about: K, occurrence: Occurrence, fault: F) -> u64 {
        self.last += 1;
        self.armed.push(Armed { number: self.last, about, occurrence, fault, seen: 0, met: 0 });
        self.last
    }

    /// Takes a rule away and says how many met its fault; none: there is no such rule.
    pub(crate) fn withdraw(&mut self, number: u64) -> Option<u64> {
        let place = self.armed.iter().position(|armed| armed.number == number)?;
        Some(self.armed.remove(place).met)
    }

    /// The fault that something meets: of the rules that are about it, the first. The others count it all the same.
    pub(crate) fn meet(&mut self, fits: impl Fn(&K) -> bool) -> Option<F> {
        let mut fault = None;
        for armed in self.armed.iter_mut().filter(|armed| fits(&armed.about)) {
            armed.seen += 1;
            if armed.occurrence.is_due(armed.seen) && fault.is_none() {
                armed.met += 1;
                fault = Some(armed.fault.clone());
            }
        }
        fault
    }
}

impl<K, F> Default for Counted<K, F> {
    fn default() -> Self {
        Self { last: 0, armed: Vec::new() }
    }
}
