//! This deployment, described to those who hold deployments to the recordings.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::CredentialFiles;
use crate::world::World;

/// The description, TOML; its files stand beside it.
pub(super) fn text(
    world: &World,
    credentials: &BTreeMap<String, CredentialFiles>,
    tokens: &BTreeMap<String, PathBuf>,
) -> String {
    let mut text =
        "# What `plumbline verify` needs to know of this deployment, which began with the recorded world.\n\
                    authority = \"ca.pem\"\n"
            .to_owned();
    line(&mut text, "\n[hosts]");
    line(&mut text, &format!("identity = {}", quoted(&world.identity_host)));
    line(&mut text, &format!("region = {}", quoted(&world.region_host)));
    for (name, files) in credentials {
        line(&mut text, &format!("\n[certificates.{}]", quoted(name)));
        line(&mut text, &format!("certificate = {}", file(&files.certificate)));
        line(&mut text, &format!("key = {}", file(&files.key)));
        let is_valid = |validity: &str| validity == "valid";
        if world.certificates.iter().any(|it| it.name == *name && !is_valid(&it.validity)) {
            line(&mut text, "ingress = \"refuses\"");
        }
    }
    for (name, path) in tokens {
        line(&mut text, &format!("\n[tokens.{}]\nfile = {}", quoted(name), file(path)));
    }
    text
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("writing to a string works");
}

/// A file's name within the folder that the description is in.
fn file(path: &Path) -> String {
    quoted(&path.file_name().unwrap_or_default().to_string_lossy())
}

/// A JSON string is a TOML string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
