//! The matrix for a terminal.

use super::super::style::{Style, sign};
use super::{Cell, Matrix, Row};

/// Between columns.
const GAP: &str = "   ";

/// The matrix as text, its end included.
#[must_use]
pub fn text(matrix: &Matrix, style: Style) -> String {
    let first = matrix.rows.iter().map(|row| row.suite.chars().count()).max().unwrap_or(0);
    let heads = matrix.columns.iter().map(|column| {
        let client = &column.client;
        [client.name.clone(), format!("{} ({}), {}", client.version, client.language, column.revision)]
    });
    let heads: Vec<[String; 2]> = heads.collect();
    let widths: Vec<usize> = (0..heads.len())
        .map(|at| {
            let cells = matrix.rows.iter().chain([&matrix.total]).map(|row| plain(&row.cells[at]));
            cells.chain(heads[at].clone()).map(|text| text.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut lines = Vec::new();
    for line in 0..2 {
        let heads = heads.iter().zip(&widths).map(|(head, width)| {
            let text = format!("{:width$}", head[line]);
            if line == 0 { style.strong(&text) } else { style.faint(&text) }
        });
        lines.push(joined(format!("{:first$}", ""), heads));
    }
    for row in matrix.rows.iter().chain([&matrix.total]) {
        lines.push(joined(format!("{:first$}", row.suite), cells(row, &widths, style)));
    }
    lines.insert(
        lines.len() - 1,
        style.faint(&"─".repeat(first + widths.iter().map(|w| w + GAP.len()).sum::<usize>())),
    );
    let legend: Vec<String> = matrix
        .verdicts()
        .map(|verdict| style.verdict(verdict, &format!("{} {verdict}", sign(verdict))))
        .collect();
    lines.push(String::new());
    lines.push(legend.join(GAP));
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn joined(first: String, rest: impl Iterator<Item = String>) -> String {
    std::iter::once(first).chain(rest).collect::<Vec<_>>().join(GAP)
}

fn cells(row: &Row, widths: &[usize], style: Style) -> impl Iterator<Item = String> {
    row.cells.iter().zip(widths).map(move |(cell, width)| {
        let padding = " ".repeat(width.saturating_sub(plain(cell).chars().count()));
        parts(cell, style).join(" ") + &padding
    })
}

fn plain(cell: &Cell) -> String {
    parts(cell, Style::PLAIN).join(" ")
}

fn parts(cell: &Cell, style: Style) -> Vec<String> {
    let mut parts: Vec<String> = cell
        .counted()
        .map(|(verdict, count)| style.verdict(verdict, &format!("{} {count}", sign(verdict))))
        .collect();
    if cell.not_played > 0 {
        parts.push(style.odd(&format!("({} not played)", cell.not_played)));
    }
    if parts.is_empty() {
        parts.push(style.faint("·"));
    }
    parts
}
