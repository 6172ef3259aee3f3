//! Leaves of a Go file what declares: bodies, values of composite literals and comments go before anything is parsed.
//!
//! Nine tenths of a generated file are bodies and comments. What is left keeps its order and remembers its lines, so that
//! an error is reported where the author sees it.

use super::dead;

/// What stands in a body before the positions of parameters that it never names.
pub(super) const UNUSED: &str = "/*unused ";

/// A file without what no user of the package sees.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Elided {
    /// What is left.
    pub(super) text: String,
    /// For each line of what is left, which line of the file it began on, counted from one.
    lines: Vec<u32>,
    /// The expression of `//go:build`, or the lines of `// +build` in that form.
    pub(super) constraint: Option<String>,
    /// Whether the file says of itself that it is generated.
    pub(super) generated: bool,
    /// Where declarations begin, the first one excepted, with what is said of them: so that each can be read by itself.
    cuts: Vec<Cut>,
}

/// A declaration, or a few, as they stand in what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) text: &'a str,
    /// The row that it begins on.
    pub(super) row: usize,
}

/// A place between two declarations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cut {
    byte: usize,
    row: usize,
}

/// What cannot be skipped because it does not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unclosed {
    /// What it is.
    pub(super) what: &'static str,
    /// Where it begins, counted from one.
    pub(super) line: usize,
}

impl Elided {
    /// The file's line for a row of what is left, which counts from zero.
    pub(super) fn line(&self, row: usize) -> usize {
        self.lines.get(row).or(self.lines.last()).map_or(1, |line| *line as usize)
    }

    /// All of it, cut between declarations.
    pub(super) fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let starts = std::iter::once(Cut { byte: 0, row: 0 }).chain(self.cuts.iter().copied());
        let ends = self.cuts.iter().map(|cut| cut.byte).chain([self.text.len()]);
        starts.zip(ends).map(|(start, end)| Part { text: &self.text[start.byte..end], row: start.row })
    }
}

/// Elides a file.
pub(super) fn elide(text: &str) -> Result<Elided, Unclosed> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut scan = Scan { text, at: 0, line: 1, out: String::with_capacity(text.len() / 4), lines: vec![1] };
    let mut cuts = Cuts::default();
    let mut header = Header::default();
    let mut keeping = Keeping::default();
    let mut before = Before::Other;
    let mut counted = false;
    let mut group = Group::default();
    // Where the function begins whose body is next.
    let mut declared = None;
    while let Some(byte) = scan.peek() {
        let next = scan.bytes().get(scan.at + 1).copied();
        match byte {
            b'\n' => {
                scan.newline();
                keeping.line_ends();
                cuts.line_ends(&scan);
                continue;
            }
            b' ' | b'\t' | b'\r' => {
                scan.at += 1;
                scan.space();
                continue;
            }
            b'/' if next == Some(b'/') => {
                let comment = scan.line_comment();
                header.comment(comment);
                if let Some(kept) = keeping.comment(comment) {
                    scan.out.push_str(kept);
                }
                continue;
            }
            b'/' if next == Some(b'*') => {
                let (comment, lines) = scan.block_comment()?;
                header.comment(comment);
                if deprecates(comment) {
                    scan.keep(comment);
                } else if lines > 0 {
                    scan.out.push('\n');
                    scan.lines.push(scan.line);
                } else {
                    scan.out.push(' ');
                }
                continue;
            }
            _ => {}
        }
        keeping.group_ends();
        match byte {
            b'{' => {
                scan.at += 1;
                if before == Before::Fields || counted {
                    scan.out.push('{');
                    cuts.byte(b'{');
                } else {
                    let start = scan.at;
                    scan.skip_braces()?;
                    scan.body(declared.take(), &text[start..scan.at]);
                    cuts.ended();
                }
                counted = false;
                before = Before::Other;
            }
            b'"' | b'`' | b'\'' => {
                let literal = scan.literal()?;
                scan.keep(literal);
                cuts.ended();
                before = Before::Other;
            }
            _ if is_word(byte) => {
                let word = scan.word();
                if word == "func" && (scan.out.is_empty() || scan.out.ends_with('\n')) {
                    declared = Some(scan.out.len());
                }
                scan.out.push_str(word);
                cuts.word(word);
                header.over |= word == "package";
                group.word(word);
                before = if matches!(word, "struct" | "interface") { Before::Fields } else { Before::Other };
            }
            _ => {
                counted |= text[scan.at..].starts_with("[...]");
                if group.ends(byte) && !scan.out.trim_end_matches(' ').ends_with(['\n', ';', '(']) {
                    scan.out.push(';');
                }
                scan.out.push(char::from(byte));
                scan.at += 1;
                cuts.byte(byte);
                before = Before::Other;
            }
        }
    }
    Ok(Elided {
        text: scan.out,
        lines: scan.lines,
        constraint: header.go_build.or_else(|| plus_build(&header.plus_build)),
        generated: header.generated,
        cuts: cuts.found,
    })
}

/// Finds places between declarations: ends of lines, outside of all brackets, at which Go ends a statement, before a word
/// that begins a declaration.
#[derive(Default)]
struct Cuts {
    found: Vec<Cut>,
    depth: usize,
    /// Whether the line would be ended by a semicolon that nobody writes.
    ends: bool,
    /// Behind the last line that was ended so.
    place: Option<Cut>,
}

impl Cuts {
    fn line_ends(&mut self, scan: &Scan<'_>) {
        if self.depth == 0 && self.ends && self.place.is_none() {
            self.place = Some(Cut { byte: scan.out.len(), row: scan.lines.len() - 1 });
        }
    }

    fn word(&mut self, word: &str) {
        if let Some(place) = self.place.take()
            && matches!(word, "func" | "type" | "var" | "const" | "import")
        {
            self.found.push(place);
        }
        self.ends = !matches!(
            word,
            "chan"
                | "const"
                | "func"
                | "import"
                | "interface"
                | "map"
                | "package"
                | "struct"
                | "type"
                | "var"
        );
    }

    fn ended(&mut self) {
        self.place = None;
        self.ends = true;
    }

    fn byte(&mut self, byte: u8) {
        self.place = None;
        self.ends = matches!(byte, b')' | b']' | b'}');
        match byte {
            b'(' | b'[' | b'{' => self.depth += 1,
            b')' | b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}

/// What stood before a brace.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Fields,
    Other,
}

/// The group of a `const` or `var`: the grammar wants its last line ended, which Go does not.
#[derive(Default)]
struct Group {
    announced: bool,
    depth: usize,
}

impl Group {
    fn word(&mut self, word: &str) {
        self.announced = self.depth == 0 && matches!(word, "const" | "var");
    }

    /// Whether a byte that is no word closes the group.
    fn ends(&mut self, byte: u8) -> bool {
        let announced = std::mem::take(&mut self.announced);
        match byte {
            b'(' if announced || self.depth > 0 => self.depth += 1,
            b')' if self.depth > 0 => self.depth -= 1,
            _ => return false,
        }
        byte == b')' && self.depth == 0
    }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    out: String,
    lines: Vec<u32>,
}

impl<'a> Scan<'a> {
    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes().get(self.at).copied()
    }

    fn newline(&mut self) {
        self.at += 1;
        self.line += 1;
        self.out.push('\n');
        self.lines.push(self.line);
    }

    fn space(&mut self) {
        if !self.out.ends_with([' ', '\n']) {
            self.out.push(' ');
        }
    }

    /// Writes something that may hold ends of lines; `line` is already behind it.
    fn keep(&mut self, text: &str) {
        self.out.push_str(text);
        let breaks = u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX);
        let first = self.line.saturating_sub(breaks);
        self.lines.extend((1..=breaks).map(|offset| first + offset));
    }

    fn word(&mut self) -> &'a str {
        let rest = &self.bytes()[self.at..];
        let length = rest.iter().position(|byte| !is_word(*byte)).unwrap_or(rest.len());
        let word = &self.text[self.at..self.at + length];
        self.at += length;
        word
    }

    /// A comment to the end of its line, which stays.
    fn line_comment(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let comment = &rest[..rest.find('\n').unwrap_or(rest.len())];
        self.at += comment.len();
        comment.trim_end()
    }

    /// A comment between `/*` and `*/`, and how many lines end in it.
    fn block_comment(&mut self) -> Result<(&'a str, u32), Unclosed> {
        let start = self.line;
        let rest = &self.text[self.at..];
        let end = rest[2..].find("*/").ok_or(Unclosed { what: "comment", line: start as usize })?;
        let comment = &rest[..end + 4];
        self.at += comment.len();
        self.line += u32::try_from(comment.matches('\n').count()).unwrap_or(u32::MAX);
        Ok((comment, self.line - start))
    }

    /// A string or a rune, with its quotes.
    fn literal(&mut self) -> Result<&'a str, Unclosed> {
        let (start, line) = (self.at, self.line);
        let quote = self.bytes()[start];
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\\' if quote != b'`' => self.at += 1,
                b'\n' if quote != b'`' => break,
                b'\n' => self.line += 1,
                _ if byte == quote => return Ok(&self.text[start..self.at]),
                _ => {}
            }
        }
        let what = if quote == b'\'' { "rune" } else { "string" };
        Err(Unclosed { what, line: line as usize })
    }

    /// Writes what is left of a body: which parameters it never names.
    fn body(&mut self, declared: Option<usize>, body: &str) {
        let dead = declared.map(|start| dead::unused(&self.out[start..], body)).unwrap_or_default();
        if dead.is_empty() {
            self.out.push_str("{}");
        } else {
            let dead: Vec<String> = dead.iter().map(usize::to_string).collect();
            self.out.push_str(&format!("{{{UNUSED}{}*/}}", dead.join(", ")));
        }
    }

    /// Goes behind the brace that closes the one just passed.
    fn skip_braces(&mut self) -> Result<(), Unclosed> {
        let line = self.line;
        let mut depth = 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                b'\n' => self.line += 1,
                b'"' | b'`' | b'\'' => {
                    self.literal()?;
                    continue;
                }
                b'/' if self.bytes().get(self.at + 1) == Some(&b'/') => {
                    self.line_comment();
                    continue;
                }
                b'/' if self.bytes().get(self.at + 1) == Some(&b'*') => {
                    self.block_comment()?;
                    continue;
                }
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
        Err(Unclosed { what: "`{`", line: line as usize })
    }
}

/// What stands before the package clause.
#[derive(Default)]
struct Header {
    go_build: Option<String>,
    plus_build: Vec<String>,
    generated: bool,
    over: bool,
}

impl Header {
    fn comment(&mut self, comment: &str) {
        // Go's own rule allows the remark anywhere before the first declaration; generators put it on top.
        self.generated |= comment.starts_with("// Code generated ") && comment.ends_with(" DO NOT EDIT.");
        if self.over {
            return;
        }
        if let Some(expression) = comment.strip_prefix("//go:build ") {
            self.go_build.get_or_insert_with(|| expression.trim().to_owned());
        } else if let Some(line) = comment.trim_start_matches('/').trim().strip_prefix("+build ") {
            self.plus_build.push(line.trim().to_owned());
        }
    }
}

/// Lines are joined by and, words by or, commas by and.
fn plus_build(lines: &[String]) -> Option<String> {
    let term = |words: &str| words.split(',').collect::<Vec<_>>().join(" && ");
    let line = |line: &String| {
        let terms: Vec<_> = line.split_whitespace().map(|words| format!("({})", term(words))).collect();
        format!("({})", terms.join(" || "))
    };
    (!lines.is_empty()).then(|| lines.iter().map(line).collect::<Vec<_>>().join(" && "))
}

/// Of a group of comments, the paragraph that begins with `Deprecated:` stays, and an empty comment for every line below
/// it, so that it still stands directly before what it is about.
#[derive(Default)]
struct Keeping {
    state: Paragraph,
    comment_in_line: bool,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Paragraph {
    #[default]
    None,
    Deprecated,
    Behind,
}

impl Keeping {
    fn comment<'a>(&mut self, comment: &'a str) -> Option<&'a str> {
        self.comment_in_line = true;
        let text = comment.trim_start_matches('/').trim();
        self.state = match self.state {
            _ if text.starts_with("Deprecated:") => Paragraph::Deprecated,
            Paragraph::Deprecated if text.is_empty() => Paragraph::Behind,
            state => state,
        };
        match self.state {
            Paragraph::None => None,
            Paragraph::Deprecated => Some(comment),
            Paragraph::Behind => Some("//"),
        }
    }

    fn line_ends(&mut self) {
        if !self.comment_in_line {
            self.group_ends();
        }
        self.comment_in_line = false;
    }

    fn group_ends(&mut self) {
        self.state = Paragraph::None;
        self.comment_in_line = false;
    }
}

fn deprecates(comment: &str) -> bool {
    comment.lines().any(|line| line.trim_start_matches(['/', '*', ' ', '\t']).starts_with("Deprecated:"))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(elide(text).expect("it is closed").text, expected);
    }

    #[test]
    fn bodies_and_values_go_and_fields_stay() {
        check("func F() { if x { \"}\" } }\nvar A int", "func F() {}\nvar A int");
        check("type T struct { A struct { B int } }", "type T struct { A struct { B int } }");
        check("var M = map[string]struct{}{\"a\": {}}", "var M = map[string]struct{}{}");
        check("var A = [...]int{1, f{2}, 3}", "var A = [...]int{1, f{}, 3}");
        check("const ( A = f(1); B )", "const ( A = f(1); B ;)");
        check("func F() { x := '{' /* } */ // }\n}\nconst C = '}'", "func F() {}\nconst C = '}'");
        check(
            "type I interface { M(func() interface{}) } // x",
            "type I interface { M(func() interface{}) } ",
        );
    }

    #[test]
    fn what_is_said_of_deprecation_stays_beside_its_declaration() {
        check("// F is.\n//\n// Deprecated: use G.\n// Really.\n//\n// More.\nfunc F() {}", {
            "\n\n// Deprecated: use G.\n// Really.\n//\n//\nfunc F() {}"
        });
        check("// Deprecated: x\n\n// Y.\nfunc F() {}", "// Deprecated: x\n\n\nfunc F() {}");
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let elided =
            elide("package a\n\nfunc F() {\n\n\n}\n\nvar A = `x\ny`\nvar B int").expect("it is closed");
        let row = elided.text.lines().position(|line| line == "var B int").expect("the line stays");
        assert_eq!(elided.line(row), 10);
    }

    #[test]
    fn declarations_are_cut_apart_with_what_is_said_of_them() {
        let text = "package a\n\nimport \"b\"\nvar x = // y\nfunc() {}\n// Deprecated: no.\nfunc F(\n) {\n}; type A int\n\ntype B = A // z\n";
        let elided = elide(text).expect("it is closed");
        let parts: Vec<_> = elided.parts().map(|part| (part.row, part.text.trim())).collect();
        let var = "var x = \nfunc() {}";
        assert_eq!(
            parts,
            [
                (0, "package a"),
                (1, "import \"b\""),
                (3, var),
                (5, "// Deprecated: no.\nfunc F(\n) {}; type A int"),
                (8, "type B = A"),
            ]
        );
        assert_eq!(elided.parts().map(|part| part.text).collect::<String>(), elided.text);
    }

    #[test]
    fn constraints_are_read_from_the_header_only() {
        let of = |text| elide(text).expect("it is closed").constraint;
        assert_eq!(of("//go:build linux && !cgo\n\npackage a"), Some("linux && !cgo".to_owned()));
        assert_eq!(of("// +build linux,amd64 darwin\n// +build !x\n\npackage a"), {
            Some("((linux && amd64) || (darwin)) && ((!x))".to_owned())
        });
        assert_eq!(of("package a\n//go:build linux\n"), None);
    }

    #[test]
    fn what_does_not_end_is_an_error_where_it_begins() {
        assert_eq!(elide("package a\nfunc F() {\n"), Err(Unclosed { what: "`{`", line: 2 }));
        assert_eq!(elide("\n/* x\n"), Err(Unclosed { what: "comment", line: 2 }));
        assert_eq!(elide("var x = \"a\n"), Err(Unclosed { what: "string", line: 1 }));
    }
}
