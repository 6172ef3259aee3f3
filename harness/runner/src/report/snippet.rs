//! A finding with its expectation underlined in the scenario's file.

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};

use super::style::{Colors, Style};
use crate::case::{Finding, Location};

/// The finding as miette draws it: check, message, the line it is about, advice.
pub(super) fn draw(finding: &Finding, style: Style) -> String {
    let theme = match style.colors {
        Colors::On => GraphicalTheme::unicode(),
        Colors::Off => GraphicalTheme::unicode_nocolor(),
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(style.width).with_links(false);
    let mut drawn = String::new();
    handler
        .render_report(&mut drawn, &Drawn::from(finding))
        .expect("a string takes whatever is written to it");
    drawn
}

#[derive(Debug)]
struct Drawn<'a> {
    finding: &'a Finding,
    line: Option<Line<'a>>,
}

#[derive(Debug)]
struct Line<'a>(&'a Location);

impl<'a> From<&'a Finding> for Drawn<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self { finding, line: finding.location.as_ref().map(Line) }
    }
}

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.finding.message)
    }
}

impl std::error::Error for Drawn<'_> {}

impl Diagnostic for Drawn<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.finding.check))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.finding.help.as_ref().map(|help| -> Box<dyn fmt::Display> { Box::new(help) })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.line.as_ref().map(|line| -> &dyn SourceCode { line })
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let Line(location) = self.line.as_ref()?;
        let span = LabeledSpan::new_with_span(Some("this does not hold".to_owned()), underlined(location));
        Some(Box::new(std::iter::once(span)))
    }
}

/// One line that knows where in its file it stands.
impl SourceCode for Line<'_> {
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        lines_before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let Location { file, line, text, .. } = self.0;
        // Asked for no lines around it, miette wants to know where the span begins; else, where the lines do.
        let column = if lines_before == 0 { self.0.column.saturating_sub(1) } else { 0 };
        let whole = SourceSpan::from(0..text.len());
        let contents = MietteSpanContents::new_named(
            file.clone(),
            text.as_bytes(),
            whole,
            line.saturating_sub(1),
            column,
            1,
        );
        Ok(Box::new(contents.with_language("yaml")))
    }
}

/// The location's columns as bytes of its line.
fn underlined(location: &Location) -> SourceSpan {
    let byte = |column: usize| {
        let mut characters = location.text.char_indices();
        characters.nth(column).map_or(location.text.len(), |(at, _)| at)
    };
    let start = location.column.saturating_sub(1);
    SourceSpan::from(byte(start)..byte(start + location.length))
}
