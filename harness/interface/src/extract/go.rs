//! From Go packages to facts, without a Go toolchain.
//!
//! Files are elided to what they declare, parsed by tree-sitter's grammar, and their names looked up: in the module, in
//! what it vendors, and in the modules of Go's cache that its `go.mod` names. An alias is what it stands for; members of
//! embedded types are promoted; constants have their values. Of types of other modules that occur, the members are
//! looked at too. What cannot be looked at is named and has no members.

mod constant;
mod constraint;
mod dead;
mod elide;
mod facts;
mod infer;
mod library;
mod members;
mod modfile;
mod parse;
mod parsed;
mod show;
mod syntax;
#[cfg(test)]
mod tests;
mod types;
mod universe;

use crate::extract::ExtractError;
use crate::model::{About, Interface, Language};

pub use constraint::Build;
pub use library::{Library, Missing};
pub use modfile::{GoMod, Replace, Require};
pub use parsed::Parsed;

/// What of a module is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Packages below the module: `...` for all of them, `rest` for one, `kubernetes/...` for one and those below it,
    /// nothing for that of the module's root.
    pub packages: String,
    /// The release, as it is called.
    pub release: String,
    /// What is built.
    pub build: Build,
}

impl Request {
    /// Whether all of the module is asked for.
    fn whole(&self) -> bool {
        matches!(self.packages.as_str(), "..." | "./...")
    }
}

/// Extracts a module that stands in one text, for fixtures and tests: files under lines `-- path --`.
pub fn extract_text(text: &str) -> Result<Interface, ExtractError> {
    let library = Library::memory(crate::source::archive(text, "a.go"), None)?;
    let request = Request { packages: "...".to_owned(), release: String::new(), build: Build::default() };
    extract(&library, &request, &Parsed::default())
}

/// Extracts packages of a module.
pub fn extract(library: &Library, request: &Request, parsed: &Parsed) -> Result<Interface, ExtractError> {
    let module = &library.module.module;
    let packages = facts::chosen(request, module, library.importable()?);
    if packages.is_empty() {
        let problem =
            format!("expected a package at `{}` that others can import, found none", request.packages);
        return Err(ExtractError::of(module, problem)
            .helping("name a folder of the module, or `...` for all of them"));
    }
    let universe = universe::Universe::new(library, &request.build, parsed);
    let facts = facts::facts(&universe, request, &packages)?;
    let below = request.packages.trim_start_matches("./").trim_end_matches("...").trim_end_matches('/');
    let name = if below.is_empty() { module.clone() } else { format!("{module}/{below}") };
    let mut about = About::new(Language::Go, &name);
    about.release.clone_from(&request.release);
    let build = &request.build;
    let mut configure = |name: &str, value: String| about.configuration.insert(name.to_owned(), value);
    configure("module", module.clone());
    configure("goos", build.os.clone());
    configure("goarch", build.arch.clone());
    configure("cgo", "off".to_owned());
    if !build.tags.is_empty() {
        configure("tags", build.tags.iter().cloned().collect::<Vec<_>>().join(","));
    }
    Ok(Interface::new(about, facts))
}
