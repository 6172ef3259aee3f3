//! The one place that prints. Data goes to standard output, all else to standard error.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use anstream::ColorChoice;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use miette::{GraphicalReportHandler, GraphicalTheme};
use plumbline::report::{Colors, Style};

use crate::args::{ColorArg, OutputArgs};
use crate::ending::CommandError;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Only what it amounts to.
    Quiet,
    /// A line for what goes wrong.
    Normal,
    /// A line for every case.
    Verbose,
}

/// Widths within which reports are easily read.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=120;

/// Where everything is said.
pub(crate) struct Output {
    color: ColorArg,
    pub(crate) verbosity: Verbosity,
    progress: ProgressBar,
}

impl Output {
    pub(crate) fn new(args: &OutputArgs) -> Self {
        let verbosity = match (args.quiet, args.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, false) => Verbosity::Normal,
            (false, true) => Verbosity::Verbose,
        };
        Self { color: args.color, verbosity, progress: ProgressBar::hidden() }
    }

    /// How text on standard output looks.
    pub(crate) fn style(&self) -> Style {
        Style { colors: self.colors(&io::stdout()), width: width() }
    }

    /// How text on standard error looks.
    pub(crate) fn note_style(&self) -> Style {
        Style { colors: self.colors(&io::stderr()), width: width() }
    }

    /// Data: what the command was asked for. A reader that has gone away wants no more.
    pub(crate) fn data(&self, text: &str) {
        self.progress.suspend(|| {
            let _ = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
        });
    }

    /// Standard output, for those who write data themselves.
    pub(crate) fn data_stream(&self) -> impl Write + Send + use<> {
        io::stdout()
    }

    /// Anything else.
    pub(crate) fn note(&self, text: &str) {
        self.progress.suspend(|| {
            let _ = io::stderr().write_all(text.as_bytes());
        });
    }

    /// Why the command could not do what it was asked.
    pub(crate) fn error(&self, error: &CommandError) {
        let style = self.note_style();
        let theme = match style.colors {
            Colors::On => GraphicalTheme::unicode(),
            Colors::Off => GraphicalTheme::unicode_nocolor(),
        };
        let said = match error {
            CommandError::Driver(failure) => failure.said.clone(),
            _ => Vec::new(),
        };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(style.width).with_links(false);
        let mut text = String::new();
        handler.render_report(&mut text, error).expect("a string takes whatever is written to it");
        if !said.is_empty() {
            text.push_str("  the driver said\n");
            said.iter().for_each(|line| text.push_str(&format!("    {line}\n")));
        }
        self.note(&text);
    }

    /// Begins a bar for so many cases; there is none without a terminal.
    pub(crate) fn begin(&mut self, cases: usize) {
        if self.verbosity == Verbosity::Quiet || !io::stderr().is_terminal() {
            return;
        }
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}")
            .expect("the template is right")
            .progress_chars("━╸─");
        let length = u64::try_from(cases).unwrap_or(u64::MAX);
        self.progress =
            ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr()).with_style(style);
        self.progress.enable_steady_tick(Duration::from_millis(200));
    }

    pub(crate) fn advance(&self, id: &str) {
        self.progress.set_message(id.to_owned());
        self.progress.inc(1);
    }

    pub(crate) fn end(&self) {
        self.progress.finish_and_clear();
    }

    fn colors(&self, stream: &impl anstream::stream::RawStream) -> Colors {
        let wanted = match self.color {
            ColorArg::Auto => anstream::AutoStream::choice(stream),
            ColorArg::Always => ColorChoice::Always,
            ColorArg::Never => ColorChoice::Never,
        };
        match wanted {
            ColorChoice::Never => Colors::Off,
            ColorChoice::Auto | ColorChoice::AlwaysAnsi | ColorChoice::Always => Colors::On,
        }
    }
}

/// Prints help, the version or what is wrong with the command line, each where it belongs.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// The columns that there are, as far as anybody says.
fn width() -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || rustix::termios::tcgetwinsize(io::stderr()).ok().map(|size| usize::from(size.ws_col));
    let columns = said.or_else(terminal).filter(|columns| *columns > 0).unwrap_or(100);
    columns.clamp(*WIDTHS.start(), *WIDTHS.end())
}
