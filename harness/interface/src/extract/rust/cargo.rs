//! From a crate's name, folder or revision to its document, with the package client of its language.
//!
//! A consumer is written that depends on the crate with the features in question, exactly as a user would. cargo resolves
//! and checks it as it is, and only then rustdoc runs for the one crate; nothing but that last program is told that it may
//! write JSON on a stable toolchain. All of it happens in a folder of its own, whose compiled dependencies are kept for
//! the next release.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::manifest::{Manifest, is_unstable};
use super::{Documented, metadata};
use crate::extract::ExtractError;
use crate::model::Interface;
use crate::source::{SourceError, checkout, run};

/// Where a crate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The registry.
    Registry {
        /// The crate.
        name: String,
        /// Its version.
        version: String,
    },
    /// A folder with a manifest.
    Folder(PathBuf),
    /// A folder of a git repository at a revision.
    Revision {
        /// The repository.
        repository: PathBuf,
        /// The revision.
        revision: String,
        /// The crate's folder in it.
        below: String,
    },
}

/// Which features are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Features {
    /// All that something is promised about; where they cannot be compiled together, those of the published pages; where
    /// these cannot either, the usual ones.
    #[default]
    All,
    /// What a user gets who chooses none.
    Usual,
    /// The usual ones and these.
    Listed(Vec<String>),
    /// These alone.
    Only(Vec<String>),
}

/// How to get at a crate's facts.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which features are looked at.
    pub features: Features,
    /// The folder in which consumers are written and compiled.
    pub work: PathBuf,
}

/// The facts of a crate.
pub fn interface(origin: &Origin, options: &Options) -> Result<Interface, ExtractError> {
    let release = Release::of(origin, options)?;
    let (selection, chosen) = release.chosen(&options.features)?;
    let usual = match selection.is_usual() {
        true => None,
        // Without any feature chosen some crates do not compile: then nothing is the usual way to have them.
        false => release.document(&release.usual()).ok(),
    };
    let mut interface = super::extract(&release.manifest, &chosen, usual.as_ref())?;
    let configuration = &mut interface.about.configuration;
    configuration.insert("features".to_owned(), selection.to_string());
    configuration
        .insert("compared-with-default".to_owned(), if usual.is_some() { "yes" } else { "no" }.to_owned());
    Ok(interface)
}

/// A crate that has been found, and where consumers of it are written.
#[derive(Debug, Clone)]
pub struct Release {
    /// What its manifest says.
    pub manifest: Manifest,
    source: String,
    work: PathBuf,
}

/// Features of a crate, and those of its dependencies that it leaves to its users.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Whether the usual ones are among them.
    pub usual: bool,
    /// Which others.
    pub own: Vec<String>,
    /// Of which dependency which feature.
    pub theirs: Vec<(String, String)>,
    /// What the compiler is told, where published pages are built so.
    pub cfg: Vec<String>,
}

/// Where a manifest can be used: on this machine, which has folders, or wherever there is a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Here,
    Anywhere,
}

/// Another crate that a consumer has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// What code calls it.
    pub name: String,
    /// The package.
    pub package: String,
    /// Which line of it.
    pub line: String,
    /// With which features, beside those that the crate leaves to its users.
    pub features: Vec<String>,
}

impl Selection {
    /// Reads what was written of one.
    pub fn parse(text: &str) -> Self {
        let mut selection = Self::default();
        for part in text.split(", ").filter(|part| !part.is_empty()) {
            match (part.strip_prefix("--cfg "), part.split_once('/')) {
                (Some(cfg), _) => selection.cfg.push(cfg.to_owned()),
                (None, Some((name, feature))) => selection.theirs.push((name.to_owned(), feature.to_owned())),
                (None, None) if part == "default" => selection.usual = true,
                (None, None) => selection.own.push(part.to_owned()),
            }
        }
        selection
    }

    fn is_usual(&self) -> bool {
        self.usual && self.own.is_empty() && self.cfg.is_empty()
    }
}

impl std::fmt::Display for Selection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let usual = self.usual.then(|| "default".to_owned());
        let theirs = self.theirs.iter().map(|(name, feature)| format!("{name}/{feature}"));
        let cfg = self.cfg.iter().map(|cfg| format!("--cfg {cfg}"));
        let all: Vec<String> =
            usual.into_iter().chain(self.own.iter().cloned()).chain(theirs).chain(cfg).collect();
        formatter.write_str(&all.join(", "))
    }
}

impl Release {
    /// Finds a crate.
    pub fn of(origin: &Origin, options: &Options) -> Result<Self, ExtractError> {
        let work = absolute(&options.work)?;
        let (name, source) = match origin {
            Origin::Registry { name, version } => (name.clone(), format!("version = \"={version}\"")),
            Origin::Folder(folder) => Self::folder(&absolute(folder)?)?,
            Origin::Revision { repository, revision, below } => {
                let checkout = checkout(repository, revision, &work)?;
                Self::folder(&checkout.join(below))?
            }
        };
        let mut found = Self { manifest: Manifest::unknown(&name), source, work };
        let consumer = found.consumer(&Selection::default(), "look", &[])?;
        found.manifest = metadata::package(&metadata::read(&consumer)?, &name)?;
        Ok(found)
    }

    fn folder(folder: &Path) -> Result<(String, String), ExtractError> {
        let file = folder.join("Cargo.toml");
        let text =
            fs::read_to_string(&file).map_err(|source| SourceError::Read { path: file.clone(), source })?;
        let name = metadata::name(&text)
            .map_err(|problem| ExtractError::of(&file.display().to_string(), problem))?;
        Ok((name, format!("path = {:?}", folder.display().to_string())))
    }

    /// The features to look at that can be compiled, and what rustdoc says of the crate with them.
    fn chosen(&self, features: &Features) -> Result<(Selection, Documented), ExtractError> {
        let selection = match features {
            Features::All => {
                for selection in [self.all(), self.documented()] {
                    if let Ok(document) = self.document(&selection) {
                        return Ok((selection, document));
                    }
                }
                self.usual()
            }
            Features::Usual => self.usual(),
            Features::Listed(own) => Selection { own: own.clone(), ..self.usual() },
            Features::Only(own) => Selection { usual: false, own: own.clone(), ..self.usual() },
        };
        let selection = self.split(selection);
        let document = self.document(&selection)?;
        Ok((selection, document))
    }

    /// What users get who choose nothing, and what the crate leaves to its users in any case.
    pub fn usual(&self) -> Selection {
        Selection { own: Vec::new(), usual: true, cfg: Vec::new(), ..self.documented() }
    }

    /// Everything that something is promised about.
    pub fn all(&self) -> Selection {
        // How a library is linked is no interface, and compiling another's C takes long.
        let skipped = |name: &str| name == "default" || is_unstable(name) || name.contains("vendored");
        let own = self.manifest.features.keys().filter(|name| !skipped(name));
        Selection { own: own.cloned().collect(), ..self.documented() }
    }

    /// What the published pages show, without what is marked as unstable.
    pub fn documented(&self) -> Selection {
        let documented = &self.manifest.documented;
        let own = documented.features.iter().filter(|name| name.contains('/') || !is_unstable(name));
        let own = if documented.all_features { Vec::new() } else { own.cloned().collect() };
        let package = self.manifest.name.replace('-', "_");
        let cfg =
            documented.rustdoc_args.windows(2).filter(|pair| pair[0] == "--cfg").map(|pair| pair[1].clone());
        // A configuration of the crate's own belongs to its features; others are of the pages' making.
        let cfg = cfg.filter(|cfg| cfg.starts_with(&package)).collect();
        self.split(Selection { usual: !documented.no_default_features, own, theirs: Vec::new(), cfg })
    }

    /// Tells `dependency/feature` from a feature of the crate.
    fn split(&self, selection: Selection) -> Selection {
        let (theirs, own): (Vec<String>, _) = selection.own.into_iter().partition(|name| name.contains('/'));
        let theirs = theirs.iter().filter_map(|name| name.split_once('/'));
        let mut theirs: Vec<(String, String)> = theirs
            .map(|(name, feature)| (name.trim_end_matches('?').to_owned(), feature.to_owned()))
            .chain(selection.theirs)
            .collect();
        theirs.retain(|(name, _)| self.manifest.dependencies.iter().any(|it| it.name == *name));
        theirs.sort();
        theirs.dedup();
        Selection { own, theirs, ..selection }
    }

    /// Checks the crate as a user would have it, and lets rustdoc describe it.
    pub fn document(&self, selection: &Selection) -> Result<Documented, ExtractError> {
        let purpose = if selection.is_usual() { "usual" } else { "chosen" };
        let consumer = self.consumer(selection, purpose, &[])?;
        let metadata = metadata::read(&consumer)?;
        let flags = flags(selection);
        let checked = run(self
            .cargo(&consumer)
            .args(["check", "--quiet", "--message-format=json"])
            .env("RUSTFLAGS", &flags))?;
        let packages = metadata::packages(&String::from_utf8_lossy(&checked), &metadata);
        let wrapper = self.wrapper()?;
        let spec = format!("{}@{}", self.manifest.name, self.manifest.version);
        let rustdoc = format!(
            "{flags} -Zunstable-options --output-format json --document-private-items --document-hidden-items \
             --cap-lints allow"
        );
        let mut command = self.cargo(&consumer);
        command.args(["doc", "--quiet", "--no-deps", "--lib", "--package", &spec]);
        run(command.env("RUSTFLAGS", &flags).env("RUSTDOC", wrapper).env("RUSTDOCFLAGS", rustdoc.trim()))?;
        let file = self.target().join("doc").join(format!("{}.json", self.manifest.library));
        let document =
            fs::read_to_string(&file).map_err(|source| SourceError::Read { path: file.clone(), source })?;
        Ok(Documented { document, file: file.display().to_string(), packages })
    }

    /// The features that each package has in a user's set, by its name and line.
    pub fn resolved(
        &self,
        selection: &Selection,
        purpose: &str,
    ) -> Result<BTreeMap<(String, String), Vec<String>>, ExtractError> {
        let consumer = self.consumer(selection, purpose, &[])?;
        Ok(metadata::features(&metadata::read(&consumer)?))
    }

    /// A package that depends on the crate, and on `others`.
    pub fn consumer(
        &self,
        selection: &Selection,
        purpose: &str,
        others: &[Other],
    ) -> Result<PathBuf, ExtractError> {
        let name = format!("{}-{}-{purpose}", self.manifest.name, self.source);
        let name: String = name.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '-' }).collect();
        let folder = self.work.join("consumers").join(name);
        write(&folder.join("Cargo.toml"), &self.consuming(Reach::Here, selection, others))?;
        write(&folder.join("src/lib.rs"), "")?;
        Ok(folder)
    }

    /// The manifest of such a package, as anybody can use it who has the crate by its name and version.
    pub fn published(&self, selection: &Selection, others: &[Other]) -> String {
        self.consuming(Reach::Anywhere, selection, others)
    }

    fn consuming(&self, reach: Reach, selection: &Selection, others: &[Other]) -> String {
        let own = selection.own.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
        let version = format!("version = \"={}\"", self.manifest.version);
        let source = match reach {
            Reach::Here => &self.source,
            Reach::Anywhere => &version,
        };
        let mut text = format!(
            "[package]\nname = \"consumer\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n\n\
             [dependencies]\n{} = {{ {source}, default-features = {}, features = [{own}] }}\n",
            self.manifest.name, selection.usual,
        );
        self.dependencies(&mut text, reach, selection, others);
        text
    }

    /// Lines of a consumer's manifest for what the crate leaves to its users, and for what they have themselves.
    fn dependencies(&self, text: &mut String, reach: Reach, selection: &Selection, others: &[Other]) {
        let mut theirs: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (name, feature) in &selection.theirs {
            theirs.entry(name).or_default().push(feature.clone());
        }
        let mut lines = Vec::new();
        let mut had: Vec<(&str, String)> = Vec::new();
        for other in others {
            let named = self.manifest.dependencies.iter().filter(|it| it.package == other.package);
            let features = named.filter_map(|it| theirs.get(it.name.as_str())).flatten();
            let features: BTreeSet<String> = features.chain(&other.features).cloned().collect();
            let features: Vec<String> = features.into_iter().collect();
            had.push((&other.package, other.line.clone()));
            lines.push((other.name.clone(), &other.package, format!("version = {:?}", other.line), features));
        }
        for dependency in &self.manifest.dependencies {
            let Some(features) = theirs.remove(dependency.name.as_str()) else { continue };
            let line = requirement_line(&dependency.requirement);
            if had.contains(&(&dependency.package, line)) {
                continue;
            }
            let source = match (&dependency.folder, reach) {
                (Some(folder), Reach::Here) => format!("path = {folder:?}"),
                (None, _) | (_, Reach::Anywhere) => format!("version = {:?}", dependency.requirement),
            };
            let taken = had.iter().any(|(package, _)| *package == dependency.package);
            let name = if taken { format!("for-{}", dependency.name) } else { dependency.name.clone() };
            lines.push((name, &dependency.package, source, features));
        }
        for (name, package, source, features) in lines {
            let features = features.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
            writeln!(
                text,
                "{name} = {{ package = {package:?}, {source}, default-features = false, features = [{features}] }}"
            )
            .expect("a string takes whatever is written to it");
        }
    }

    /// cargo as users run it, but with its own place to compile.
    pub fn cargo(&self, consumer: &Path) -> Command {
        let mut command = Command::new("cargo");
        command.current_dir(consumer).env("CARGO_TARGET_DIR", self.target()).env("CARGO_INCREMENTAL", "0");
        command.env("CARGO_PROFILE_DEV_DEBUG", "0");
        for name in [
            "RUSTC_BOOTSTRAP",
            "RUSTFLAGS",
            "RUSTDOCFLAGS",
            "RUSTC_WORKSPACE_WRAPPER",
            "CARGO_ENCODED_RUSTFLAGS",
        ] {
            command.env_remove(name);
        }
        command
    }

    fn target(&self) -> PathBuf {
        self.work.join("target")
    }

    /// The program that cargo takes for rustdoc: the same, with leave to write JSON. Only it gets that leave, so that no
    /// build script and no compiler behaves as on a nightly toolchain.
    fn wrapper(&self) -> Result<PathBuf, ExtractError> {
        let file = self.work.join("rustdoc-json");
        write(&file, "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n")?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let executable = fs::Permissions::from_mode(0o755);
            fs::set_permissions(&file, executable)
                .map_err(|source| SourceError::Write { path: file.clone(), source })?;
        }
        Ok(file)
    }
}

/// The line that a requirement like `^0.27.0` asks for.
fn requirement_line(requirement: &str) -> String {
    let Ok(requirement) = semver::VersionReq::parse(requirement) else { return requirement.to_owned() };
    let first = requirement.comparators.first();
    let version =
        first.map(|it| semver::Version::new(it.major, it.minor.unwrap_or(0), it.patch.unwrap_or(0)));
    version.map(|version| super::foreign::line(&version.to_string())).unwrap_or_default()
}

pub(crate) fn flags(selection: &Selection) -> String {
    selection.cfg.iter().map(|cfg| format!("--cfg {cfg}")).collect::<Vec<_>>().join(" ")
}

fn absolute(path: &Path) -> Result<PathBuf, ExtractError> {
    Ok(std::path::absolute(path).map_err(|source| SourceError::Read { path: path.to_owned(), source })?)
}

/// Lets cargo choose versions for a consumer, and fetch what is missing.
pub(crate) fn resolve(consumer: &Path) -> Result<(), ExtractError> {
    metadata::read(consumer).map(drop)
}

/// Writes a file unless it says so already, so that cargo does not take it for changed.
pub(crate) fn write(file: &Path, text: &str) -> Result<(), ExtractError> {
    if fs::read_to_string(file).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let written = match file.parent() {
        Some(folder) => fs::create_dir_all(folder).and_then(|()| fs::write(file, text)),
        None => fs::write(file, text),
    };
    Ok(written.map_err(|source| SourceError::Write { path: file.to_owned(), source })?)
}
