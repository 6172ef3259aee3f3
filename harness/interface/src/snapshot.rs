//! Frozen releases: what each promised, in files that never change.
//!
//! A *set* is what is released together: ours, or another project's. Its folder holds a policy and a folder a release,
//! with one file an interface:
//!
//! ```text
//! snapshots/LOCK
//! snapshots/client-go/policy.toml
//! snapshots/client-go/v0.36.0/rest.txt
//! snapshots/client-go/v0.36.0/rest.stub.txtar
//! ```
//!
//! The [`lock`] names each file with its hash. Nothing is taken out of it.

pub mod lock;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::fingerprint::of_text;
use crate::model::Interface;
use crate::rules::{Catalogue, Finding};
use crate::text::{self, ParseError};
use crate::witness::stub::{Stub, StubError};
use lock::{Event, Lock, LockError, What};

/// The lock's file in the folder of snapshots.
const LOCK: &str = "LOCK";
/// What the name of an interface's file ends in.
const ENDING: &str = ".txt";
/// What the name of its stub test's file ends in.
const STUB_ENDING: &str = ".stub.txtar";

/// The folder of all frozen releases.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    lock: Lock,
}

/// What freezing a file does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is frozen now.
    Anew,
    /// It was frozen before, and holds the same.
    Already,
}

/// Why frozen releases cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The lock cannot be used.
    #[error("{}: {source}", path.display())]
    Lock {
        /// The lock.
        path: PathBuf,
        /// Why.
        source: LockError,
    },
    /// A frozen file holds no interface.
    #[error("{}: {source}", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ParseError,
    },
    /// A frozen file holds no stub test.
    #[error("{}:{}: {}", path.display(), source.line, source.problem)]
    Stub {
        /// The file.
        path: PathBuf,
        /// Why.
        source: StubError,
    },
    /// Something cannot be read.
    #[error("read `{}`", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something cannot be written.
    #[error("write `{}`", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is frozen stays as it is.
    #[error("`{file}` of {set} {release} is frozen already, and holds something else")]
    Frozen {
        /// The set.
        set: String,
        /// The release.
        release: String,
        /// The file.
        file: String,
    },
    /// A name would lead out of the folder.
    #[error("expected a name of letters, digits, `.`, `-`, `_` and `+`, found `{0}`")]
    Name(String),
    /// No such release.
    #[error("{set} {release} is not frozen")]
    Unknown {
        /// The set.
        set: String,
        /// The release.
        release: String,
    },
    /// It has been expired before.
    #[error("{set} {release} is expired already")]
    Expired {
        /// The set.
        set: String,
        /// The release.
        release: String,
    },
}

impl Store {
    /// Opens a folder; one that is not there holds nothing yet.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let path = root.join(LOCK);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(StoreError::Read { path, source }),
        };
        let lock = Lock::parse(&text).map_err(|source| StoreError::Lock { path, source })?;
        Ok(Self { root: root.to_owned(), lock })
    }

    /// What has happened so far.
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// The folder of a set.
    pub fn folder(&self, set: &str) -> PathBuf {
        self.root.join(set)
    }

    /// A frozen interface; none, when that release has none of this name.
    pub fn interface(&self, set: &str, release: &str, name: &str) -> Result<Option<Interface>, StoreError> {
        let Some((path, text)) = self.frozen(set, release, &interface_file(name))? else { return Ok(None) };
        text::parse(&text).map(Some).map_err(|source| StoreError::Text { path, source })
    }

    /// The frozen stub test of an interface; none, when it was frozen without.
    pub fn stub(&self, set: &str, release: &str, name: &str) -> Result<Option<Stub>, StoreError> {
        let Some((path, text)) = self.frozen(set, release, &stub_file(name))? else { return Ok(None) };
        Stub::parse(&text).map(Some).map_err(|source| StoreError::Stub { path, source })
    }

    /// The path and the text of a file that was frozen.
    fn frozen(&self, set: &str, release: &str, file: &str) -> Result<Option<(PathBuf, String)>, StoreError> {
        if self.lock.hash(set, release, file).is_none() {
            return Ok(None);
        }
        let path = self.root.join(set).join(release).join(file);
        let text = read(&path)?;
        Ok(Some((path, text)))
    }

    /// Whether a file of a release can be frozen with a text: not, when it holds another one.
    pub fn takes(&self, (set, release, file): (&str, &str, &str), text: &str) -> Result<Taken, StoreError> {
        for name in [set, release, file] {
            safe(name)?;
        }
        match self.lock.hash(set, release, file) {
            Some(there) if *there == *of_text(text) => Ok(Taken::Already),
            Some(_) => {
                let (set, release, file) = (set.to_owned(), release.to_owned(), file.to_owned());
                Err(StoreError::Frozen { set, release, file })
            }
            None => Ok(Taken::Anew),
        }
    }

    /// Freezes a file of a release. The same text again changes nothing.
    pub fn freeze(
        &mut self,
        (set, release, file): (&str, &str, &str),
        text: &str,
        today: Date,
    ) -> Result<Taken, StoreError> {
        if self.takes((set, release, file), text)? == Taken::Already {
            return Ok(Taken::Already);
        }
        let hash = of_text(text);
        let path = self.root.join(set).join(release).join(file);
        write(&path, text)?;
        let what = What::Freeze { file: file.to_owned(), hash };
        self.append(Event { date: today, set: set.to_owned(), release: release.to_owned(), what })?;
        Ok(Taken::Anew)
    }

    /// Says that a release is no longer promised. Its files stay, so that old names can be recognized.
    pub fn expire(&mut self, set: &str, release: &str, today: Date) -> Result<(), StoreError> {
        let owned = || (set.to_owned(), release.to_owned());
        let (owned_set, owned_release) = owned();
        match self.lock.release(set, release) {
            None => Err(StoreError::Unknown { set: owned_set, release: owned_release }),
            Some(known) if known.expired.is_some() => {
                Err(StoreError::Expired { set: owned_set, release: owned_release })
            }
            Some(_) => {
                self.append(Event { date: today, set: owned_set, release: owned_release, what: What::Expire })
            }
        }
    }

    /// What is not as it was frozen: files that are gone, that hold something else, or that nobody froze.
    pub fn findings(&self, catalogue: &Catalogue) -> Result<Vec<Finding>, StoreError> {
        let mut findings = Vec::new();
        let edited = |key: &str, old: &str, new: Option<&str>| {
            catalogue.finding("POL-SNAPSHOT-EDITED", "snapshot", key, Some(old), new)
        };
        let mut known = BTreeSet::new();
        for event in self.lock.events() {
            let What::Freeze { file, hash } = &event.what else { continue };
            let key = format!("{}/{}/{file}", event.set, event.release);
            match fs::read_to_string(self.root.join(&key)) {
                Ok(text) if of_text(&text) == *hash => {}
                Ok(text) => findings.push(edited(&key, hash, Some(&of_text(&text)))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    findings.push(edited(&key, hash, None));
                }
                Err(source) => return Err(StoreError::Read { path: self.root.join(&key), source }),
            }
            known.insert(key);
        }
        for key in self.files()?.difference(&known) {
            findings.push(edited(key, "nobody froze it", Some("it is there")));
        }
        Ok(findings)
    }

    /// Every file in the folder of a release.
    fn files(&self) -> Result<BTreeSet<String>, StoreError> {
        let mut files = BTreeSet::new();
        for set in folders(&self.root)? {
            for release in folders(&self.root.join(&set))? {
                let folder = self.root.join(&set).join(&release);
                let unreadable = |source| StoreError::Read { path: folder.clone(), source };
                for entry in fs::read_dir(&folder).map_err(unreadable)? {
                    let name = entry.map_err(unreadable)?.file_name();
                    files.insert(format!("{set}/{release}/{}", name.to_string_lossy()));
                }
            }
        }
        Ok(files)
    }

    fn append(&mut self, event: Event) -> Result<(), StoreError> {
        self.lock.append(event);
        write(&self.root.join(LOCK), &self.lock.print())
    }
}

/// What the file of an interface is called.
pub fn interface_file(name: &str) -> String {
    format!("{name}{ENDING}")
}

/// What the file of its stub test is called.
pub fn stub_file(name: &str) -> String {
    format!("{name}{STUB_ENDING}")
}

/// Names of the folders in a folder, sorted; none, when it is not there.
pub fn folders(root: &Path) -> Result<Vec<String>, StoreError> {
    let unreadable = |source| StoreError::Read { path: root.to_owned(), source };
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(unreadable(source)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(unreadable)?;
        if entry.file_type().map_err(unreadable)?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn safe(name: &str) -> Result<(), StoreError> {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_' | '+');
    let fine = !name.is_empty() && !name.starts_with('.') && name.chars().all(letter);
    if fine { Ok(()) } else { Err(StoreError::Name(name.to_owned())) }
}

fn read(path: &Path) -> Result<String, StoreError> {
    fs::read_to_string(path).map_err(|source| StoreError::Read { path: path.to_owned(), source })
}

fn write(path: &Path, text: &str) -> Result<(), StoreError> {
    let put = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)
    };
    put().map_err(|source| StoreError::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{About, Fact, Language};

    const DAY: Date = jiff::civil::date(2026, 12, 1);

    fn interface(name: &str) -> Interface {
        Interface::new(About::new(Language::Go, "client"), vec![Fact::new("func", name)])
    }

    fn frozen() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut store = Store::open(folder.path()).expect("an empty folder is a store");
        let text = text::print(&interface("Open"));
        store.freeze(("ours", "v1.0.0", "client.txt"), &text, DAY).expect("nothing is frozen yet");
        (folder, store)
    }

    fn findings(folder: &Path) -> Vec<(String, Option<String>)> {
        let store = Store::open(folder).expect("the lock is right");
        let findings = store.findings(Catalogue::ours()).expect("all can be read");
        assert!(findings.iter().all(|finding| finding.rule == "POL-SNAPSHOT-EDITED"));
        findings.into_iter().map(|finding| (finding.key, finding.new)).collect()
    }

    #[test]
    fn what_was_frozen_is_there_again() {
        let (folder, _) = frozen();
        let store = Store::open(folder.path()).expect("the lock is right");
        let again = store.interface("ours", "v1.0.0", "client").expect("it can be read");
        assert_eq!(again, Some(interface("Open")));
        assert_eq!(store.interface("ours", "v1.0.0", "other").expect("it is not there"), None);
        assert_eq!(findings(folder.path()), []);
    }

    #[test]
    fn an_edited_file_is_refused() {
        let (folder, _) = frozen();
        let path = folder.path().join("ours/v1.0.0/client.txt");
        let other = text::print(&interface("Opened"));
        fs::write(&path, &other).expect("a temporary file");
        assert_eq!(findings(folder.path()), [("ours/v1.0.0/client.txt".to_owned(), Some(of_text(&other)))]);
        fs::remove_file(&path).expect("a temporary file");
        assert_eq!(findings(folder.path()), [("ours/v1.0.0/client.txt".to_owned(), None)]);
    }

    #[test]
    fn a_file_that_nobody_froze_is_refused() {
        let (folder, _) = frozen();
        fs::write(folder.path().join("ours/v1.0.0/extra.txt"), "").expect("a temporary file");
        assert_eq!(findings(folder.path())[0].0, "ours/v1.0.0/extra.txt");
    }

    #[test]
    fn frozen_twice_is_frozen_once_and_never_otherwise() {
        let (_folder, mut store) = frozen();
        let place = ("ours", "v1.0.0", "client.txt");
        store.freeze(place, &text::print(&interface("Open")), DAY).expect("it is the same");
        assert_eq!(store.lock().events().len(), 1);
        let error = store.freeze(place, "other", DAY).expect_err("it is frozen");
        assert_eq!(
            error.to_string(),
            "`client.txt` of ours v1.0.0 is frozen already, and holds something else"
        );
    }

    #[test]
    fn a_damaged_stub_test_is_said_with_its_file_and_line() {
        let (_folder, mut store) = frozen();
        assert_eq!(store.stub("ours", "v1.0.0", "client").expect("it is not there"), None);
        let text = "# plumbline stub 1\n# language go\n-- 000/use.go --\n";
        store.freeze(("ours", "v1.0.0", &stub_file("client")), text, DAY).expect("it is not frozen yet");
        let error = store.stub("ours", "v1.0.0", "client").expect_err("it is none").to_string();
        let expected =
            "ours/v1.0.0/client.stub.txtar:3: expected `-- 000/uses.go --`, found `-- 000/use.go --`";
        assert!(error.ends_with(expected), "{error}");
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let (_folder, mut store) = frozen();
        for name in ["..", "a/b", "", ".hidden"] {
            let error = store.freeze(("ours", name, "client.txt"), "", DAY).expect_err("it is no name");
            assert!(matches!(error, StoreError::Name(_)), "{error}");
        }
    }

    #[test]
    fn a_release_expires_once() {
        let (_folder, mut store) = frozen();
        store.expire("ours", "v1.0.0", DAY).expect("it is frozen");
        assert!(matches!(store.expire("ours", "v1.0.0", DAY), Err(StoreError::Expired { .. })));
        assert!(matches!(store.expire("ours", "v0.9.0", DAY), Err(StoreError::Unknown { .. })));
    }
}
