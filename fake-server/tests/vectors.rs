//! Holds the fake to the recorded decisions.
//!
//! Without arguments every vector is taken that the fake serves; with globs of ids, those vectors only:
//! `cargo test -p plumbline-fake-server --test vectors -- 'i.auth.get:*'`. With `--engine` they are put straight to
//! the decision engine, without TLS.

mod playing;
mod projection;

use std::error::Error;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use plumbline_fake_server::Pki;
use plumbline_fake_server::world::World;
use plumbline_vectors::play::{PlayOptions, Report, Verdict, play};
use plumbline_vectors::{Book, Glob, WantedDifferences, print};

use playing::{Fake, Reach, keyring};

/// Differences that are wanted.
const WANTED: &str = include_str!("../../vectors/differences.toml");

/// A whole play holds the fake to at least this many: a rule that leaves out more by mistake does not go unnoticed.
const LEAST: usize = 1_900;

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
    let report = play_selected(&globs, reach)?;
    let wanted = WantedDifferences::parse(WANTED)?;
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

fn play_selected(globs: &[Glob], reach: Reach) -> Result<Report, Trouble> {
    let book = Book::open()?;
    let selected = |id: &str| globs.is_empty() || globs.iter().any(|glob| glob.matches(id));
    let lines: Vec<_> = book.lines().filter(|line| selected(line.id)).collect();
    let world = World::shared();
    let pki = Pki::of(&world)?;
    pki.warm()?;
    let keyring = keyring::of(&pki)?;
    let options = PlayOptions { jobs: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN) };
    Ok(play(&Fake::new(world, &pki, reach)?, &keyring, &lines, &options))
}

fn too_few(report: &Report) -> Option<String> {
    let played = report.count();
    (played < LEAST).then(|| format!("expected at least {LEAST} vectors to be played, saw {played}\n"))
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
