//! Where crates come from.

use super::Request;
use crate::extract::ExtractError;
use crate::extract::rust::cargo::{Features, Options, Origin, Release, Selection, interface as documented};
use crate::model::{About, Interface};
use crate::source::Source;
use crate::witness::rust::check::Side;

pub(super) fn interface(request: &Request) -> Result<Interface, ExtractError> {
    documented(&origin(request)?, &options(request))
}

/// From where code can have the crate of a source, with the features of an interface that was taken from it; none, when
/// the source is facts already.
pub fn side(request: &Request, about: &About) -> Result<Option<Side>, ExtractError> {
    if matches!(&request.source, Source::Path(path) if path.is_file()) {
        return Ok(None);
    }
    let release = Release::of(&origin(request)?, &options(request))?;
    let features = about.configuration.get("features").map(String::as_str).unwrap_or_default();
    Ok(Some(Side { release, selection: Selection::parse(features) }))
}

fn options(request: &Request) -> Options {
    Options { features: features(request), work: request.work.clone() }
}

fn origin(request: &Request) -> Result<Origin, ExtractError> {
    Ok(match &request.source {
        Source::Path(folder) => Origin::Folder(folder.clone()),
        Source::Git { revision, path } => Origin::Revision {
            repository: request.repository.clone(),
            revision: revision.clone(),
            below: path.clone(),
        },
        Source::Crate { name, version } => Origin::Registry { name: name.clone(), version: version.clone() },
        Source::Go { .. } | Source::Npm { .. } => {
            return Err(ExtractError::of(&request.source.to_string(), "expected a Rust source"));
        }
    })
}

/// `features=all` (which is usual), `features=default`, `features=a,b` beside the default ones, `features=only:a,b`.
fn features(request: &Request) -> Features {
    let list = |text: &str| text.split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect();
    match request.configuration.get("features").map(String::as_str) {
        None | Some("all") => Features::All,
        Some("default") => Features::Usual,
        Some(text) => match text.strip_prefix("only:") {
            Some(only) => Features::Only(list(only)),
            None => Features::Listed(list(text)),
        },
    }
}
