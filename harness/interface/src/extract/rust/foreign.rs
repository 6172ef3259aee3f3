//! Items of other crates: how they are called, and which release of which package they are of.

use std::collections::BTreeMap;

use rustdoc_types::ExternalCrate;

/// Which package a compiled crate is of, by the name of its file.
pub(super) type Packages = BTreeMap<String, Package>;

/// A package of a resolved set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The package that a crate was compiled from. The standard library has none.
pub(super) fn package<'a>(of: &ExternalCrate, packages: &'a Packages) -> Option<&'a Package> {
    let file = of.path.file_stem()?.to_str()?;
    packages.get(file.strip_prefix("lib").unwrap_or(file))
}

/// Releases that users can exchange without noticing: `1` of `1.4.2`, `0.27` of `0.27.1`, `0.0.3` of itself.
pub(crate) fn line(version: &str) -> String {
    let Ok(version) = semver::Version::parse(version) else { return version.to_owned() };
    match (version.major, version.minor, version.pre.is_empty()) {
        (_, _, false) => version.to_string(),
        (0, 0, true) => format!("0.0.{}", version.patch),
        (0, minor, true) => format!("0.{minor}"),
        (major, _, true) => major.to_string(),
    }
}

/// How an item of another crate is called: where it was defined, without versions.
pub(super) fn name(path: &[String], other_line: Option<&str>) -> String {
    let mut segments: Vec<&str> = path.iter().map(String::as_str).filter(|it| !is_version(it)).collect();
    if let Some(first) = segments.first_mut().filter(|first| matches!(**first, "core" | "alloc")) {
        *first = "std";
    }
    let name = segments.join("::");
    if let Some((_, last)) = PRELUDE.iter().find(|(path, _)| *path == name) {
        return (*last).to_owned();
    }
    // Two lines of one crate are two crates.
    match (other_line, name.split_once("::")) {
        (Some(line), Some((krate, rest))) => format!("{krate}@{line}::{rest}"),
        _ => name,
    }
}

/// A module that is called like a release (`v1_36`) changes with the release that is chosen, and means no other type.
fn is_version(segment: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = segment.strip_prefix('v').and_then(|rest| rest.split_once('_'));
    parts.is_some_and(|(major, minor)| number(major) && number(minor))
}

const PRELUDE: &[(&str, &str)] = &[
    ("std::string::String", "String"),
    ("std::vec::Vec", "Vec"),
    ("std::boxed::Box", "Box"),
    ("std::option::Option", "Option"),
    ("std::result::Result", "Result"),
];

/// What well-known aliases of other crates stand for, since their documents are not at hand.
pub(super) fn written_out(name: &str, args: &str) -> Option<String> {
    let inner = args.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(args);
    // The last argument is the type; a lifetime may stand before it.
    let lifetime = inner.starts_with('\'').then(|| inner.split_once(", ")).flatten();
    let (life, item) = lifetime.map_or((String::new(), inner), |(life, item)| match life {
        // That is what it is when nobody says anything.
        "'static" => (String::new(), item),
        life => (format!(" + {life}"), item),
    });
    Some(match name {
        "std::io::error::Result" => format!("Result<{item}, std::io::error::Error>"),
        "std::fmt::Result" => "Result<(), std::fmt::Error>".to_owned(),
        "std::thread::Result" => format!("Result<{item}, Box<dyn std::any::Any + std::marker::Send>>"),
        "serde_json::error::Result" => format!("Result<{item}, serde_json::error::Error>"),
        "http::error::Result" => format!("Result<{item}, http::error::Error>"),
        "futures_core::future::BoxFuture" => format!(
            "std::pin::Pin<Box<dyn std::future::future::Future<Output = {item}> + std::marker::Send{life}>>"
        ),
        "futures_core::stream::BoxStream" => {
            format!(
                "std::pin::Pin<Box<dyn futures_core::stream::Stream<Item = {item}> + std::marker::Send{life}>>"
            )
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn called(path: &str, expected: &str) {
        let path: Vec<String> = path.split("::").map(str::to_owned).collect();
        assert_eq!(name(&path, None), expected);
    }

    #[test]
    fn releases_in_paths_do_not_tell_types_apart() {
        called("k8s_openapi::v1_36::api::core::v1::Pod", "k8s_openapi::api::core::v1::Pod");
        called("alloc::string::String", "String");
        called("core::marker::Send", "std::marker::Send");
        called("x::v1_beta::Y", "x::v1_beta::Y");
        assert_eq!(name(&["http".to_owned(), "Uri".to_owned()], Some("0.2")), "http@0.2::Uri");
    }

    #[test]
    fn a_line_is_what_cargo_takes_for_compatible() {
        for (version, expected) in
            [("1.4.2", "1"), ("0.27.1", "0.27"), ("0.0.3", "0.0.3"), ("2.0.0-rc.1", "2.0.0-rc.1"), ("x", "x")]
        {
            assert_eq!(line(version), expected);
        }
    }

    #[test]
    fn aliases_of_others_are_written_out() {
        assert_eq!(
            written_out("std::io::error::Result", "<u8>").as_deref(),
            Some("Result<u8, std::io::error::Error>")
        );
        let boxed = written_out("futures_core::future::BoxFuture", "<'static, u8>");
        let expected = "std::pin::Pin<Box<dyn std::future::future::Future<Output = u8> + std::marker::Send>>";
        assert_eq!(boxed.as_deref(), Some(expected));
        assert_eq!(written_out("x::Result", "<u8>"), None);
    }
}
