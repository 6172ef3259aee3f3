//! Types of facts as code can write them: the crate by its name, others by paths that are public.

use crate::compare::{each_path, replace_paths};

/// Code with the crate called by its name, and lines of other crates as the consumer's manifest calls them.
pub(super) fn code(code: &str, krate: &str) -> String {
    replaced(code, &|path| match path.strip_prefix("crate::") {
        Some(rest) => Some(format!("{krate}::{rest}")),
        None => path
            .split_once("::")
            .filter(|(name, _)| name.contains('@'))
            .map(|(name, rest)| format!("{}::{rest}", dependency(name))),
    })
}

/// What a consumer's manifest calls a line of a crate: `http@0.2` is `http_0_2`.
pub(in crate::witness) fn dependency(name: &str) -> String {
    name.replace(['@', '.', '-', '+'], "_")
}

/// The paths of other crates in some code that may not be public where they are defined.
pub(super) fn foreign<'a>(code: &'a str, krate: &str) -> Vec<&'a str> {
    let mut paths = Vec::new();
    each_path(code, &mut |path| {
        let of_crate = path.split("::").next() == Some(krate);
        if path.matches("::").count() > 1 && !of_crate {
            paths.push(path);
        }
    });
    paths.retain(|path| !path.starts_with("super::"));
    paths
}

/// Shorter paths under which an item may have been re-exported, the likeliest first. The last one is its own.
pub(super) fn candidates(path: &str) -> Vec<String> {
    let segments: Vec<&str> = path.split("::").collect();
    let [krate, modules @ .., name] = segments.as_slice() else { return vec![path.to_owned()] };
    let mut candidates = Vec::new();
    // Any of the modules may be private; what is kept stands in its order.
    let most = modules.len().min(8);
    for kept in (0..1_usize << most).rev() {
        let some =
            modules.iter().take(most).enumerate().filter(|(at, _)| kept >> at & 1 == 1).map(|(_, it)| *it);
        let all: Vec<&str> = std::iter::once(*krate).chain(some).chain([*name]).collect();
        candidates.push(all.join("::"));
    }
    candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.matches("::").count()));
    candidates
}

/// Code with some of its paths replaced.
pub(super) fn replaced(code: &str, by: &dyn Fn(&str) -> Option<String>) -> String {
    replace_paths(code, by)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_as_a_consumer_calls_them() {
        assert_eq!(code("crate::a::B<http@0.2::Uri>", "kube_core"), "kube_core::a::B<http_0_2::Uri>");
        assert_eq!(
            foreign("k::a::B<http::uri::Uri, std::fmt::Debug, u8>", "k"),
            ["http::uri::Uri", "std::fmt::Debug"]
        );
    }

    #[test]
    fn an_item_may_be_had_nearer_to_the_root() {
        assert_eq!(candidates("http::uri::Uri"), ["http::uri::Uri", "http::Uri"]);
        assert_eq!(candidates("a::b::c::D"), ["a::b::c::D", "a::c::D", "a::b::D", "a::D"]);
    }
}
