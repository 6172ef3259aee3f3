//! Which files belong to a build: the expressions of `//go:build`, and what file names say.

use std::collections::BTreeSet;

/// A choice of operating system, architecture and tags.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Build {
    /// As in `GOOS`.
    pub os: String,
    /// As in `GOARCH`.
    pub arch: String,
    /// What `-tags` names.
    pub tags: BTreeSet<String>,
}

impl Default for Build {
    fn default() -> Self {
        Self { os: "linux".to_owned(), arch: "amd64".to_owned(), tags: BTreeSet::new() }
    }
}

const SYSTEMS: [&str; 19] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
    "wasip2",
];
const UNIX: [&str; 11] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "linux",
    "netbsd",
    "openbsd",
];
const ARCHITECTURES: [&str; 29] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
    "x86",
    "alpha",
    "m68k",
    "nios2",
    "sh",
];
/// Language versions up to this one are on, as `go1.N`; later ones are off.
const GO_MINOR: u32 = 26;

impl Build {
    /// Whether a file of this name may belong: `x_linux.go`, `x_amd64.go`, `x_linux_amd64.go`; never a test.
    pub(super) fn takes_file(&self, name: &str) -> bool {
        let Some(stem) = name.strip_suffix(".go") else { return false };
        if stem.ends_with("_test") || stem.starts_with(['_', '.']) {
            return false;
        }
        // What stands before the first `_` is a name, whatever it says.
        let parts: Vec<&str> = stem.split('_').skip(1).collect();
        let (last, before) = (parts.last(), parts.len().checked_sub(2).map(|index| parts[index]));
        match last {
            Some(arch) if ARCHITECTURES.contains(arch) => {
                *arch == self.arch && before.is_none_or(|os| !SYSTEMS.contains(&os) || self.is(os))
            }
            Some(os) if SYSTEMS.contains(os) => self.is(os),
            _ => true,
        }
    }

    /// Whether an expression holds; what is no expression holds not.
    pub(super) fn satisfies(&self, expression: &str) -> bool {
        let words = words(expression);
        let mut reader = Reader { words: &words, at: 0, build: self, depth: 0 };
        let value = reader.any();
        value.unwrap_or(false) && reader.at == words.len()
    }

    fn is(&self, tag: &str) -> bool {
        tag == self.os
            || tag == self.arch
            || tag == "gc"
            || (tag == "unix" && UNIX.contains(&self.os.as_str()))
            || (tag == "linux" && self.os == "android")
            || self.tags.contains(tag)
            || tag
                .strip_prefix("go1.")
                .and_then(|minor| minor.parse().ok())
                .is_some_and(|it: u32| it <= GO_MINOR)
    }
}

fn words(expression: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = expression.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' | '!' => 1,
            '&' | '|' => rest.len() - rest.trim_start_matches(first).len(),
            _ => rest.find(|it: char| "()!&|".contains(it) || it.is_whitespace()).unwrap_or(rest.len()),
        };
        words.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    words
}

struct Reader<'a> {
    words: &'a [&'a str],
    at: usize,
    build: &'a Build,
    depth: usize,
}

impl Reader<'_> {
    fn any(&mut self) -> Option<bool> {
        let mut value = self.all()?;
        while self.eat("||") {
            value |= self.all()?;
        }
        Some(value)
    }

    fn all(&mut self) -> Option<bool> {
        let mut value = self.one()?;
        while self.eat("&&") {
            value &= self.one()?;
        }
        Some(value)
    }

    fn one(&mut self) -> Option<bool> {
        let mut negated = false;
        while self.eat("!") {
            negated = !negated;
        }
        let word = *self.words.get(self.at)?;
        self.at += 1;
        let value = match word {
            "(" => {
                self.depth += 1;
                let value = if self.depth > 100 { None } else { self.any() };
                self.depth -= 1;
                if !self.eat(")") {
                    return None;
                }
                value?
            }
            ")" | "&&" | "||" => return None,
            tag => self.build.is(tag),
        };
        Some(value != negated)
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = self.words.get(self.at) == Some(&word);
        self.at += usize::from(found);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_systems_and_architectures() {
        let build = Build::default();
        for name in
            ["a.go", "a_linux.go", "a_linux_amd64.go", "a_amd64.go", "linux.go", "windows.go", "a_unix.go"]
        {
            assert!(build.takes_file(name), "{name}");
        }
        for name in [
            "a_test.go",
            "a_windows.go",
            "a_arm64.go",
            "a_windows_amd64.go",
            "_a.go",
            "a.txt",
            "a_linux_test.go",
        ] {
            assert!(!build.takes_file(name), "{name}");
        }
    }

    #[test]
    fn expressions_are_evaluated() {
        let build = Build { tags: ["extra".to_owned()].into(), ..Build::default() };
        for expression in
            ["linux", "unix && !windows", "go1.18", "(darwin || linux) && amd64", "extra", "!(a || b)"]
        {
            assert!(build.satisfies(expression), "{expression}");
        }
        for expression in
            ["windows", "!linux", "go1.99", "cgo", "linux &&", "(linux", "linux amd64", "", "ignore"]
        {
            assert!(!build.satisfies(expression), "{expression}");
        }
    }
}
