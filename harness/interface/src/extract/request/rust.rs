//! Where crates come from.

use super::Request;
use crate::extract::ExtractError;
use crate::extract::rust::cargo::{Features, Options, Origin, interface as documented};
use crate::model::Interface;
use crate::source::Source;

pub(super) fn interface(request: &Request) -> Result<Interface, ExtractError> {
    let origin = match &request.source {
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
    };
    documented(&origin, &Options { features: features(request), work: request.work.clone() })
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
