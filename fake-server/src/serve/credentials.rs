//! Credentials as files.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{CredentialFiles, ServeError};
use crate::pki::{Pki, TrustAnchor};
use crate::token;
use crate::world::World;

/// A folder of credentials. What was made for it is removed with it; a folder that was there stays.
pub(super) struct Folder {
    path: PathBuf,
    made: bool,
    written: Vec<PathBuf>,
}

impl Folder {
    /// The folder told, or a new one among the temporary files; nobody else can look into a new one.
    pub(super) fn create(told: Option<&Path>) -> Result<Self, ServeError> {
        let path = told.map_or_else(temporary, Path::to_owned);
        let failed = |source| ServeError::Write { path: path.clone(), source };
        let made = match private(DirBuilder::new()).create(&path) {
            Ok(()) => true,
            // A folder of that name that we were not told of may be a trap of somebody else's.
            Err(error) if told.is_some() && error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(failed(error)),
        };
        Ok(Self { path, made, written: Vec::new() })
    }

    /// Writes the authority and every declared credential; returns the files' names.
    pub(super) fn write(
        &mut self,
        pki: &Pki,
    ) -> Result<(PathBuf, BTreeMap<String, CredentialFiles>), ServeError> {
        let ca = self.file("ca.pem", pki.authority_pem(TrustAnchor::Platform))?;
        let mut credentials = BTreeMap::new();
        for role in pki.roles() {
            let credential = pki.credential(role)?;
            let name = file_name(role);
            let files = CredentialFiles {
                certificate: self.file(&format!("{name}.pem"), credential.certificate_pem())?,
                key: self.file(&format!("{name}-key.pem"), &credential.private_key_pem())?,
            };
            credentials.insert(role.to_owned(), files);
        }
        Ok((ca, credentials))
    }

    /// Writes every token of the world; returns the files' names.
    pub(super) fn write_tokens(
        &mut self,
        world: &World,
        pki: &Pki,
    ) -> Result<BTreeMap<String, PathBuf>, ServeError> {
        let mut tokens = BTreeMap::new();
        for name in world.tokens.keys() {
            let token = token::named(world, pki, name)?;
            tokens.insert(name.clone(), self.file(&format!("{}.token", file_name(name)), &token)?);
        }
        Ok(tokens)
    }

    /// Writes what describes the deployment beside its credentials.
    pub(super) fn describe(&mut self, text: &str) -> Result<PathBuf, ServeError> {
        self.file("deployment.toml", text)
    }

    /// Writes a file for its owner's eyes only, in place of one of that name.
    fn file(&mut self, name: &str, text: &str) -> Result<PathBuf, ServeError> {
        let path = self.path.join(name);
        let write = || {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
            owner_only(OpenOptions::new().write(true).create_new(true))
                .open(&path)?
                .write_all(text.as_bytes())
        };
        write().map_err(|source| ServeError::Write { path: path.clone(), source })?;
        self.written.push(path.clone());
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed any more was moved or removed by its owner.
        for path in &self.written {
            let _ = fs::remove_file(path);
        }
        if self.made {
            let _ = fs::remove_dir(&self.path);
        }
    }
}

/// A role as a file's name: a world may call a role as it likes, but no file lands outside the folder.
fn file_name(role: &str) -> String {
    role.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

fn temporary() -> PathBuf {
    std::env::temp_dir().join(format!("plumbline-{}", std::process::id()))
}

#[cfg(unix)]
fn private(mut builder: DirBuilder) -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt as _;
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private(builder: DirBuilder) -> DirBuilder {
    builder
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}
