//! One text that holds several files, in the form of Go's `txtar`: a comment, then files, each under a line `-- name --`.

use crate::source::SourceFile;

/// A comment and files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Archive {
    /// What stands before the first file.
    pub comment: String,
    /// The files, in their order.
    pub files: Vec<Member>,
}

/// One file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name and text.
    pub file: SourceFile,
    /// The line of the archive that names it, counted from one.
    pub line: usize,
}

impl Archive {
    /// Reads one; every text is an archive.
    pub fn parse(text: &str) -> Self {
        let mut archive = Self::default();
        for (line, number) in text.split_inclusive('\n').zip(1..) {
            match (name(line), archive.files.last_mut()) {
                (Some(name), _) => {
                    let file = SourceFile { path: name.to_owned(), text: String::new() };
                    archive.files.push(Member { file, line: number });
                }
                (None, Some(last)) => last.file.text.push_str(line),
                (None, None) => archive.comment.push_str(line),
            }
        }
        archive
    }

    /// Writes one.
    pub fn print(comment: &str, files: &[SourceFile]) -> String {
        let mut text = comment.to_owned();
        for file in files {
            text.push_str(&format!("-- {} --\n{}", file.path, file.text));
        }
        text
    }
}

/// The name in a line that begins a file.
fn name(line: &str) -> Option<&str> {
    let name = line.trim_end().strip_prefix("-- ")?.strip_suffix(" --")?.trim();
    if name.is_empty() { None } else { Some(name) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn files_stand_under_their_names() {
        let archive = Archive::parse("a comment\n-- a/b.go --\npackage a\n-- --\n-- c --\n");
        assert_eq!(archive.comment, "a comment\n");
        let files: Vec<_> =
            archive.files.iter().map(|it| (it.line, it.file.path.as_str(), it.file.text.as_str())).collect();
        assert_eq!(files, [(2, "a/b.go", "package a\n-- --\n"), (5, "c", "")]);
    }

    proptest! {
        #[test]
        fn what_is_read_is_printed_as_it_was(text in "((-- (a|b/c|) --|x|-- )\n){0,12}") {
            let archive = Archive::parse(&text);
            let files: Vec<SourceFile> = archive.files.iter().map(|it| it.file.clone()).collect();
            prop_assert_eq!(Archive::print(&archive.comment, &files), text);
        }
    }
}
