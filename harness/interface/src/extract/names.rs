//! Names that others refer to: the files of a folder, by their paths without endings. Ours are the ids of scenarios,
//! which lists of known failures name.

use crate::model::{About, Fact, Interface};
use crate::source::SourceFile;

/// Whether a file has a name that somebody may refer to. What scenarios have in common is none.
pub fn wanted(path: &str) -> bool {
    path.ends_with(".yaml") && path.contains('/')
}

/// A fact a file.
pub fn extract(about: About, files: &[SourceFile]) -> Interface {
    let names = files.iter().filter_map(|file| file.path.strip_suffix(".yaml"));
    Interface::new(about, names.map(|name| Fact::new("name", name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Language;

    #[test]
    fn a_name_is_a_path_without_its_ending() {
        let file = |path: &str| SourceFile { path: path.to_owned(), text: String::new() };
        let files: Vec<_> = ["trace/kept.yaml", "fixtures.yaml", "README.md", "trace/notes.md"]
            .into_iter()
            .filter(|path| wanted(path))
            .map(file)
            .collect();
        let interface = extract(About::new(Language::Names, "scenarios"), &files);
        assert_eq!(interface.facts(), [Fact::new("name", "trace/kept")]);
    }
}
