//! The matrix as a picture: SVG that says the same in words, in signs and in colours, on a light ground or a dark one.
//!
//! It depends on the runs alone: no date, no fonts measured, nothing but whole pixels.

use std::fmt::Write;

use super::super::style::sign;
use super::{Cell, Matrix};
use crate::verdict::Verdict;

const MARGIN: usize = 16;
const HEAD: usize = 44;
const LINE: usize = 24;
const FOOT: usize = 40;
/// What a character of the font takes, roughly.
const LETTER: usize = 8;
/// A cell's bar; its numbers stand beside it.
const BAR: usize = 96;
const BAR_HEIGHT: usize = 10;
/// Names are cut beyond so many characters.
const LONGEST: usize = 32;

/// Each colour twice: on light ground, and on dark.
const LOOK: &str = "\
svg{font:13px ui-sans-serif,system-ui,sans-serif}
.ground{fill:#fff;stroke:#d1d9e0}.text{fill:#1f2328}.faint{fill:#59636e}.rule{stroke:#d1d9e0}.strong{font-weight:600}
.pass{fill:#1a7f37}.known-fail{fill:#9a6700}.unsupported{fill:#818b98}.unexpected-pass{fill:#bc4c00}.fail{fill:#cf222e}\
.incomplete{fill:#8250df}.not-played{fill:#d1d9e0}
@media(prefers-color-scheme:dark){
.ground{fill:#0d1117;stroke:#3d444d}.text{fill:#f0f6fc}.faint{fill:#9198a1}.rule{stroke:#3d444d}
.pass{fill:#3fb950}.known-fail{fill:#d29922}.unsupported{fill:#656c76}.unexpected-pass{fill:#f0883e}.fail{fill:#f85149}\
.incomplete{fill:#ab7df8}.not-played{fill:#3d444d}
}
";

/// The picture, its end included.
#[must_use]
pub fn svg(matrix: &Matrix) -> String {
    let layout = Layout::of(matrix);
    let (width, height) = (layout.width(), layout.height(matrix));
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"title words\">\n\
         <title id=\"title\">Clients by suites of scenarios</title>\n<desc id=\"words\">{}</desc>\n\
         <style>\n{LOOK}</style>\n<rect class=\"ground\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"6\"/>\n",
        escaped(&words(matrix)),
        width - 1,
        height - 1,
    );
    for (at, column) in matrix.columns.iter().enumerate() {
        let (x, client) = (layout.column(at), &column.client);
        let mut about = format!("{} ({})", client.version, client.language);
        if matrix.revision().is_none() {
            about.push_str(&format!(", contract {}", column.revision));
        }
        text(&mut picture, "text strong", x, MARGIN + 14, &cut(&client.name));
        text(&mut picture, "faint", x, MARGIN + 31, &cut(&about));
    }
    for (row, line) in matrix.rows.iter().chain([&matrix.total]).zip(0..) {
        let middle = MARGIN + HEAD + line * LINE + LINE / 2 + usize::from(line == matrix.rows.len()) * 8;
        if line == matrix.rows.len() {
            let y = middle - LINE / 2 - 4;
            let end = width - MARGIN;
            push(&mut picture, &format!("<path class=\"rule\" d=\"M{MARGIN} {y}.5H{end}\"/>"));
        }
        text(&mut picture, "text", MARGIN, middle + 5, &row.suite);
        for (at, cell) in row.cells.iter().enumerate() {
            let who = format!("{}, {}", row.suite, matrix.columns[at].client.name);
            draw(&mut picture, cell, &who, layout.column(at), middle);
        }
    }
    let legend = matrix.verdicts().map(|verdict| format!("{} {verdict}", sign(verdict)));
    let mut legend: Vec<String> = legend.collect();
    if let Some(revision) = matrix.revision() {
        legend.push(format!("contract {revision}"));
    }
    text(&mut picture, "faint", MARGIN, height - MARGIN, &legend.join(" · "));
    picture + "</svg>\n"
}

/// Where columns begin; the first one holds the suites' names.
struct Layout {
    columns: Vec<usize>,
}

impl Layout {
    fn of(matrix: &Matrix) -> Self {
        let suites = matrix.rows.iter().map(|row| row.suite.chars().count()).max().unwrap_or(0);
        let mut columns = vec![MARGIN + suites.max(3) * LETTER + MARGIN];
        for (at, column) in matrix.columns.iter().enumerate() {
            let about = column.client.version.chars().count() + column.client.language.chars().count() + 16;
            let head = column.client.name.chars().count().max(about).min(LONGEST) * LETTER;
            let cells = matrix.rows.iter().chain([&matrix.total]).map(|row| numbers(&row.cells[at]));
            let widest = cells.map(|text| text.chars().count()).max().unwrap_or(0);
            columns.push(columns[at] + head.max(BAR + 8 + widest * LETTER) + MARGIN);
        }
        Self { columns }
    }

    fn column(&self, at: usize) -> usize {
        self.columns[at]
    }

    fn width(&self) -> usize {
        self.columns.last().copied().unwrap_or(MARGIN)
    }

    fn height(&self, matrix: &Matrix) -> usize {
        MARGIN + HEAD + (matrix.rows.len() + 1) * LINE + FOOT + MARGIN
    }
}

/// A bar whose parts are as long as their share, and the numbers beside it.
fn draw(picture: &mut String, cell: &Cell, who: &str, x: usize, middle: usize) {
    if cell.size() == 0 {
        return text(picture, "faint", x, middle + 5, "none");
    }
    let others: Vec<String> = cell.others.iter().map(|(verdict, id)| format!("{verdict} {id}")).collect();
    let about =
        format!("{who}: {}{}", said(cell), others.iter().map(|id| format!("\n{id}")).collect::<String>());
    push(picture, &format!("<g><title>{}</title>", escaped(&about)));
    let (mut before, top) = (0, middle - BAR_HEIGHT / 2);
    let verdicts = cell.counted().map(|(verdict, count)| (class(verdict), count));
    for (class, count) in verdicts.chain((cell.not_played > 0).then_some(("not-played", cell.not_played))) {
        let at = |cases: usize| cases * BAR / cell.size();
        let (from, to) = (at(before), at(before + count));
        before += count;
        // However small its share, it is seen.
        let length = (to - from).max(2);
        push(
            picture,
            &format!(
                "<rect class=\"{class}\" x=\"{}\" y=\"{top}\" width=\"{length}\" height=\"{BAR_HEIGHT}\"/>",
                x + from.min(BAR - 2)
            ),
        );
    }
    text(picture, "text", x + BAR + 8, middle + 5, &numbers(cell));
    push(picture, "</g>");
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::KnownFail => "known-fail",
        Verdict::Ambiguous => "ambiguous",
        Verdict::Unsupported => "unsupported",
        Verdict::UnexpectedPass => "unexpected-pass",
        Verdict::Fail => "fail",
        Verdict::Incomplete => "incomplete",
    }
}

fn numbers(cell: &Cell) -> String {
    let mut parts: Vec<String> =
        cell.counted().map(|(verdict, count)| format!("{} {count}", sign(verdict))).collect();
    parts.extend((cell.not_played > 0).then(|| format!("({})", cell.not_played)));
    parts.join(" ")
}

/// For those who hear the picture.
fn words(matrix: &Matrix) -> String {
    let columns = matrix.columns.iter().zip(&matrix.total.cells).enumerate().map(|(at, (column, all))| {
        let failing = matrix.rows.iter().filter(|row| row.cells[at].counts.contains_key(&Verdict::Fail));
        let failing: Vec<&str> = failing.map(|row| row.suite.as_str()).collect();
        let client = &column.client;
        let of = if failing.is_empty() { String::new() } else { format!(", in {}", failing.join(", ")) };
        format!("{} {} ({}): {}{of}.", client.name, client.version, client.language, said(all))
    });
    columns.collect::<Vec<_>>().join(" ")
}

fn said(cell: &Cell) -> String {
    let mut parts: Vec<String> =
        cell.counted().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    parts.extend((cell.not_played > 0).then(|| format!("{} not played", cell.not_played)));
    parts.join(", ")
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

fn text(picture: &mut String, class: &str, x: usize, y: usize, text: &str) {
    push(picture, &format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(text)));
}

fn push(picture: &mut String, line: &str) {
    writeln!(picture, "{line}").expect("a string takes whatever is written to it");
}

/// Text as XML has it: what XML cannot say at all is left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '\n' => safe.push_str("&#10;"),
            other if other.is_control() || matches!(other, '\u{fffe}' | '\u{ffff}') => {}
            other => safe.push(other),
        }
    }
    safe
}
