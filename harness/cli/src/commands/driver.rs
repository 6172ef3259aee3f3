//! `plumbline driver`: help for those who write a driver.

use std::time::Duration;

use plumbline::drive::{Limits, Program};
use plumbline::driver_check::{Ruling, Tried, check};
use plumbline::report::Style;

use super::runtime;
use crate::args::DriverVerb;
use crate::ending::{CommandError, Ending};
use crate::output::Output;

/// Shorter than in a run: whoever writes a driver waits for these.
const LIMITS: Limits = Limits {
    hello: Duration::from_secs(15),
    answer: Duration::from_secs(20),
    close: Duration::from_secs(5),
    // Each rule is tried, however many are broken.
    failures: u32::MAX,
};

pub(super) fn driver(verb: &DriverVerb, output: &Output) -> Result<Ending, CommandError> {
    match verb {
        DriverVerb::Schema => {
            let schema = serde_json::to_string_pretty(&plumbline_protocol::schema());
            output.data(&(schema.expect("a schema has string keys only") + "\n"));
            Ok(Ending::Well)
        }
        DriverVerb::New(args) => super::scaffold::new(args, output),
        DriverVerb::Check { driver } => {
            let program = Program { command: driver.clone(), limits: LIMITS };
            let checked = runtime()?.block_on(check(program));
            let tried = checked.map_err(|source| CommandError::Fake(source.into()))?;
            let style = output.style();
            tried.iter().for_each(|one| output.data(&line(one, style)));
            output.data(&summary(&tried, style));
            Ok(if broken(&tried) == 0 { Ending::Well } else { Ending::Fails })
        }
    }
}

fn line(tried: &Tried, style: Style) -> String {
    let expected = tried.rule.expected();
    match &tried.ruling {
        Ruling::Held => format!("{} {expected}\n", style.good("✓ right    ")),
        Ruling::NotTried(why) => {
            format!("{} {expected}\n            {}\n", style.odd("- not tried"), style.faint(why))
        }
        Ruling::Broken(seen) => {
            let seen = seen.replace('\n', "\n            ");
            let said: String =
                tried.said.iter().map(|line| format!("            the driver said: {line}\n")).collect();
            format!(
                "{} {expected}\n            {} {seen}\n{said}",
                style.bad("✗ wrong    "),
                style.strong("seen:")
            )
        }
    }
}

fn summary(tried: &[Tried], style: Style) -> String {
    let right = tried.iter().filter(|one| one.ruling == Ruling::Held).count();
    match broken(tried) {
        0 => format!("\n{}\n", style.good(&format!("{right} rules kept, none broken"))),
        broken => format!("\n{}\n", style.bad(&format!("{right} rules kept, {broken} broken"))),
    }
}

fn broken(tried: &[Tried]) -> usize {
    tried.iter().filter(|one| matches!(one.ruling, Ruling::Broken(_))).count()
}
