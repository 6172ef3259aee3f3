//! Holds the fake to the recorded decisions.
//!
//! Without arguments every vector is taken; with globs of ids, those vectors only:
//! `cargo test -p plumbline-fake-server --test vectors -- 'i.auth.get:*'`. With `--engine` they are put straight to
//! the decision engine, without TLS.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use plumbline_player::Reach;
use plumbline_vectors::play::{Report, Verdict};
use plumbline_vectors::{Glob, print};

/// A whole play holds the fake to at least this many: a rule that leaves out more by mistake does not go unnoticed.
const LEAST: usize = 8_635;

/// How many failures are shown when nobody asked for some by name.
const SHOWN: usize = 20;

type Trouble = Box<dyn Error + Send + Sync>;

fn main() -> Result<ExitCode, Trouble> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return Ok(ExitCode::SUCCESS);
    }
    let globs: Vec<Glob> = arguments.iter().filter(|a| !a.starts_with('-')).map(|a| Glob::new(a)).collect();
    let engine = arguments.iter().any(|argument| argument == "--engine");
    let reach = if engine { Reach::Engine } else { Reach::Listeners };

    #[expect(
        clippy::disallowed_methods,
        reason = "people want to know how long it took; nothing depends on it"
    )]
    let start = Instant::now();
    let selected = |id: &str| globs.is_empty() || globs.iter().any(|glob| glob.matches(id));
    let report = plumbline_player::play(selected, reach)?;
    let wanted = plumbline_player::wanted()?;
    let mut failures = print::failures(&report, &wanted);
    if globs.is_empty() {
        failures.extend(print::stale(&report, &wanted));
        failures.extend(too_few(&report));
    }
    let shown = if globs.is_empty() { SHOWN } else { failures.len() };
    let text = text(&report, &failures, shown) + &last_line(&report, &failures, start.elapsed());
    io::stdout().write_all(text.as_bytes())?;
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn too_few(report: &Report) -> Option<String> {
    let played = report.count();
    (played < LEAST).then(|| format!("expected at least {LEAST} vectors to be played (8608 recorded, the others follow from them), saw {played}\n"))
}

fn text(report: &Report, failures: &[String], shown: usize) -> String {
    let mut text: String = failures.iter().take(shown).map(|failure| format!("{failure}\n")).collect();
    if failures.len() > shown {
        text.push_str(&format!("… and {} more; name some by a glob to see them\n\n", failures.len() - shown));
    }
    text + &print::summary(report)
}

/// Says it as every other test binary does, for those who add up.
fn last_line(report: &Report, failures: &[String], took: Duration) -> String {
    let left_out = report.played.iter().filter(|p| matches!(p.verdict, Verdict::NotServed(_))).count();
    let verdict = if failures.is_empty() { "ok" } else { "FAILED" };
    let passed = report.played.len() - left_out - failures.len().min(report.count());
    format!(
        "\ntest result: {verdict}. {passed} passed; {} failed; {left_out} ignored; 0 measured; 0 filtered out; \
         finished in {:.2}s\n",
        failures.len(),
        took.as_secs_f64()
    )
}
