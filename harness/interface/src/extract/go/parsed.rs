//! Files that were parsed before: adjacent releases have most of them in common.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use sha2::{Digest as _, Sha256};

use super::parse::parse;
use super::syntax::File;
use crate::extract::ExtractError;

/// Files that were parsed before, for any number of releases and threads.
#[derive(Debug, Default)]
pub struct Parsed {
    files: Mutex<BTreeMap<[u8; 32], Arc<File>>>,
}

impl Parsed {
    /// The one of this process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Parsed> = OnceLock::new();
        SHARED.get_or_init(Self::default)
    }

    /// What a file declares.
    pub(super) fn file(&self, name: &str, text: &str) -> Result<Arc<File>, ExtractError> {
        let hash: [u8; 32] = Sha256::digest(text).into();
        let known = self.files.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        if let Some(file) = known {
            return Ok(file);
        }
        let file = Arc::new(parse(name, text)?);
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(hash, file.clone());
        Ok(file)
    }
}
