//! Files that were parsed before, and parts of files: adjacent releases have most of them in common.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use sha2::{Digest as _, Sha256};

use super::parse::{Known, parse};
use super::syntax::{Declarations, File};
use crate::extract::ExtractError;

/// Files that were parsed before, and their declarations, for any number of releases and threads.
#[derive(Debug, Default)]
pub struct Parsed {
    files: Memory<File>,
    parts: Memory<Declarations>,
}

impl Parsed {
    /// The one of this process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Parsed> = OnceLock::new();
        SHARED.get_or_init(Self::default)
    }

    /// What a file declares.
    pub(super) fn file(&self, name: &str, text: &str) -> Result<Arc<File>, ExtractError> {
        let hash = hash(text);
        match self.files.look_up(&hash) {
            Some(file) => Ok(file),
            None => Ok(self.files.keep(hash, parse(name, text, self)?)),
        }
    }
}

impl Known for Parsed {
    fn look_up(&self, part: &str) -> Result<Arc<Declarations>, Hash> {
        let hash = hash(part);
        self.parts.look_up(&hash).ok_or(hash)
    }

    fn keep(&self, part: Hash, declared: Declarations) -> Arc<Declarations> {
        self.parts.keep(part, declared)
    }
}

/// Of a text.
pub(super) type Hash = [u8; 32];

fn hash(text: &str) -> Hash {
    Sha256::digest(text).into()
}

/// What was made of texts, by their hashes. What several threads make at once is the same: the first one stays.
#[derive(Debug)]
struct Memory<T>(Mutex<BTreeMap<Hash, Arc<T>>>);

impl<T> Memory<T> {
    fn look_up(&self, hash: &Hash) -> Option<Arc<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    fn keep(&self, hash: Hash, made: T) -> Arc<T> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(hash).or_insert_with(|| Arc::new(made)).clone()
    }
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}
