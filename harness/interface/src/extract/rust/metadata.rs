//! What cargo says of a resolved set of packages.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use super::manifest::{Dependency, DocsRs, Manifest};
use super::{Edition, Package};
use crate::extract::ExtractError;
use crate::source::run;

/// cargo's answer, as far as it is needed.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    packages: Vec<PackageMetadata>,
    resolve: Option<Resolve>,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    features: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct PackageMetadata {
    id: String,
    name: String,
    version: String,
    edition: String,
    rust_version: Option<String>,
    manifest_path: String,
    features: BTreeMap<String, Vec<String>>,
    dependencies: Vec<DependencyMetadata>,
    targets: Vec<Target>,
    metadata: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct DependencyMetadata {
    name: String,
    rename: Option<String>,
    req: String,
    kind: Option<String>,
    path: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Artifact {
    package_id: String,
    filenames: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Head {
    package: Option<Name>,
}

#[derive(Debug, Deserialize)]
struct Name {
    name: String,
}

/// Asks cargo, which fetches what is missing.
pub(super) fn read(consumer: &Path) -> Result<Metadata, ExtractError> {
    let answer = run(Command::new("cargo").current_dir(consumer).args([
        "metadata",
        "--format-version",
        "1",
        "--quiet",
    ]))?;
    serde_json::from_slice(&answer).map_err(|error| {
        let place = consumer.join("Cargo.toml").display().to_string();
        ExtractError::of(&place, format!("cargo's metadata cannot be read: {error}"))
    })
}

/// Features with which cargo resolved each package, by its name and line.
pub(super) fn features(metadata: &Metadata) -> BTreeMap<(String, String), Vec<String>> {
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let nodes: BTreeMap<&str, &Node> = nodes.map(|node| (node.id.as_str(), node)).collect();
    let of = |package: &PackageMetadata| {
        let place = (package.name.clone(), super::foreign::line(&package.version));
        Some((place, nodes.get(package.id.as_str())?.features.clone()))
    };
    metadata.packages.iter().filter_map(of).collect()
}

/// The name in a manifest.
pub(super) fn name(manifest: &str) -> Result<String, String> {
    let head: Head = toml::from_str(manifest).map_err(|error| error.message().to_owned())?;
    let package = head.package.ok_or("expected a `[package]`: a workspace's root is no crate")?;
    Ok(package.name)
}

/// The manifest of one package of a set.
pub(super) fn package(metadata: &Metadata, name: &str) -> Result<Manifest, ExtractError> {
    let package = metadata.packages.iter().find(|package| package.name == name);
    let Some(package) = package else {
        return Err(ExtractError::of(name, "cargo does not find it in what it resolved"));
    };
    let library =
        |target: &&Target| target.kind.iter().any(|kind| kind.contains("lib") || kind == "proc-macro");
    let Some(library) = package.targets.iter().find(library) else {
        return Err(ExtractError::of(
            &package.manifest_path,
            "expected a library: nothing else has an interface in Rust",
        ));
    };
    let documented = package.metadata.as_ref().and_then(|it| it.pointer("/docs/rs")).cloned();
    let documented = documented.map(serde_json::from_value::<DocsRs>).transpose().map_err(|error| {
        ExtractError::of(&package.manifest_path, format!("`package.metadata.docs.rs`: {error}"))
    })?;
    let dependencies = package.dependencies.iter().filter(|dependency| dependency.kind.is_none());
    Ok(Manifest {
        name: package.name.clone(),
        version: package.version.clone(),
        edition: match package.edition.as_str() {
            "2015" | "2018" | "2021" => Edition::Before2024,
            _ => Edition::E2024,
        },
        rust_version: package.rust_version.clone(),
        features: package.features.clone(),
        documented: documented.unwrap_or_default(),
        dependencies: dependencies.map(dependency).collect(),
        library: library.name.replace('-', "_"),
        folder: Path::new(&package.manifest_path)
            .parent()
            .map(|it| it.display().to_string())
            .unwrap_or_default(),
    })
}

/// Which package each compiled crate is of, from what cargo said while it checked.
pub(super) fn packages(messages: &str, metadata: &Metadata) -> BTreeMap<String, Package> {
    let mut packages = BTreeMap::new();
    for message in messages.lines() {
        let Ok(artifact) = serde_json::from_str::<Artifact>(message) else { continue };
        let Some(of) = metadata.packages.iter().find(|package| package.id == artifact.package_id) else {
            continue;
        };
        for file in &artifact.filenames {
            let Some(stem) = Path::new(file).file_stem().and_then(|stem| stem.to_str()) else { continue };
            let stem = stem.strip_prefix("lib").unwrap_or(stem).to_owned();
            packages.insert(stem, Package { name: of.name.clone(), version: of.version.clone() });
        }
    }
    packages
}

fn dependency(it: &DependencyMetadata) -> Dependency {
    Dependency {
        name: it.rename.clone().unwrap_or_else(|| it.name.clone()),
        package: it.name.clone(),
        requirement: it.req.clone(),
        folder: it.path.clone(),
    }
}
