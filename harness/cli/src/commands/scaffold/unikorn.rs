//! The platform's published Go clients.

use super::go_mod::Home;
use super::{File, ScaffoldError};
use crate::args::RevisionArg;

const IDENTITY: &str = "github.com/unikorn-cloud/identity";
const REGION: &str = "github.com/unikorn-cloud/region";

/// The first versions whose ids have types of their own; before, they are any text.
const TYPED: [(&str, [u32; 3]); 2] = [(IDENTITY, [1, 17, 5]), (REGION, [1, 17, 4])];

/// The driver's files.
pub(super) fn files(home: &Home, wanted: Option<RevisionArg>) -> Result<Vec<File>, ScaffoldError> {
    let has_region = home.requires.contains_key(REGION);
    let identity = ids_of(home, IDENTITY, wanted)?;
    let mut chosen = vec![
        ("main.go", include_str!("../../../templates/go-unikorn/main.go.tmpl")),
        ("session.go", include_str!("../../../templates/go-unikorn/session.go.tmpl")),
        ("cluster.go", include_str!("../../../templates/go-unikorn/cluster.go.tmpl")),
        ("errors.go", include_str!("../../../templates/go-unikorn/errors.go.tmpl")),
        ("identity.go", include_str!("../../../templates/go-unikorn/identity.go.tmpl")),
        ("lifecycles.go", include_str!("../../../templates/go-unikorn/lifecycles.go.tmpl")),
        (
            "identity_ids.go",
            match identity {
                RevisionArg::S1 => include_str!("../../../templates/go-unikorn/identity_strings.go.tmpl"),
                RevisionArg::S2 => include_str!("../../../templates/go-unikorn/identity_typed.go.tmpl"),
            },
        ),
        ("kit/kit.go", include_str!("../../../templates/kit.go")),
    ];
    if has_region {
        chosen.push(("region.go", include_str!("../../../templates/go-unikorn/region.go.tmpl")));
        chosen.push((
            "region_ids.go",
            match ids_of(home, REGION, wanted)? {
                RevisionArg::S1 => include_str!("../../../templates/go-unikorn/region_strings.go.tmpl"),
                RevisionArg::S2 => include_str!("../../../templates/go-unikorn/region_typed.go.tmpl"),
            },
        ));
    } else {
        chosen.push(("region.go", include_str!("../../../templates/go-unikorn/region_absent.go.tmpl")));
    }
    let fill = |text: &str| {
        text.replace("{{kit}}", &home.import("kit"))
            .replace("{{package}}", &home.package())
            .replace("{{revision}}", identity.name())
    };
    Ok(chosen.into_iter().map(|(path, text)| File { path, text: fill(text) }).collect())
}

/// The contract's revision that the required versions are judged by.
pub(super) fn revision(home: &Home, wanted: Option<RevisionArg>) -> Result<RevisionArg, ScaffoldError> {
    ids_of(home, IDENTITY, wanted)
}

/// Whether a module's ids are text (S1) or typed (S2). The region client needs the identity module, so a `go.mod` that
/// names only the former takes its word for both.
fn ids_of(home: &Home, module: &str, wanted: Option<RevisionArg>) -> Result<RevisionArg, ScaffoldError> {
    let required = [module, REGION, IDENTITY].into_iter().find(|module| home.requires.contains_key(*module));
    let module = required.ok_or_else(|| ScaffoldError::NotRequired { file: home.file() })?;
    if let Some(wanted) = wanted {
        return Ok(wanted);
    }
    let version = &home.requires[module];
    let typed = TYPED.iter().find(|(name, _)| *name == module).map(|(_, first)| *first);
    match (numbers(version), typed) {
        (Some(version), Some(first)) if version >= first => Ok(RevisionArg::S2),
        (Some(_), Some(_)) => Ok(RevisionArg::S1),
        _ => Err(ScaffoldError::Version {
            file: home.file(),
            module: module.to_owned(),
            version: version.clone(),
        }),
    }
}

/// `v1.17.5` or `v1.17.5-rc1` as numbers; none for what stands in for a version, as `v0.0.0` does.
fn numbers(version: &str) -> Option<[u32; 3]> {
    let core = version.strip_prefix('v')?.split(['-', '+']).next()?;
    let parts: Vec<u32> = core.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    <[u32; 3]>::try_from(parts).ok().filter(|numbers| *numbers != [0, 0, 0])
}
