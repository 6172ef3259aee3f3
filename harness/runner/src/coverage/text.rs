//! Coverage for a terminal.

use super::{Coverage, Reached, Seen};
use crate::report::Style;

/// The coverage as text, its end included.
#[must_use]
pub fn text(coverage: &Coverage, style: Style) -> String {
    let mut out = String::new();
    for client in &coverage.clients {
        out.push_str(&format!("{} {} ({})\n", style.strong(&client.name), client.version, client.language));
    }
    let (all, missed) = (coverage.operations.len(), coverage.unreached().count());
    out.push_str(&format!(
        "{} cases judged, {} not; {} of {all} operations reached\n",
        coverage.judged,
        coverage.unjudged,
        all - missed
    ));
    for operation in coverage.operations.iter().filter(|operation| operation.cases > 0) {
        out.push_str(&reached(operation, style));
    }
    out.push_str(&apart("connections", &coverage.connections, style));
    out.push_str(&apart("what a lifecycle persists", &coverage.persisted, style));
    if missed > 0 {
        out.push_str(&format!("\n{}\n", style.strong("operations never reached")));
        for operation in coverage.unreached() {
            out.push_str(&format!(
                "  {:<7} {}  {}\n",
                operation.method,
                operation.path,
                style.faint(&operation.id)
            ));
        }
    }
    out
}

fn reached(operation: &Reached, style: Style) -> String {
    let Reached { id, method, path, cases, statuses, headers, faults } = operation;
    let mut out =
        format!("\n{}  {}\n", style.strong(id), style.faint(&format!("{method} {path}, {cases} cases")));
    for (name, seen) in [("statuses", statuses), ("headers", headers), ("faults", faults)] {
        out.push_str(&line(name, seen, style));
    }
    out
}

fn apart(name: &str, seen: &Seen, style: Style) -> String {
    format!("\n{}\n{}", style.strong(name), line("faults", seen, style))
}

/// What was met, and what was not. Faults are counted only, since there are many; those of a client that met none at all
/// were not meant to be tried.
fn line(name: &str, seen: &Seen, style: Style) -> String {
    let faults = name == "faults";
    let met = if faults {
        format!("{} of {}", seen.reached.len(), seen.reached.len() + seen.missing.len())
    } else {
        let each = seen.reached.iter().map(|(what, count)| format!("{what} ×{count}"));
        each.collect::<Vec<_>>().join(", ")
    };
    let met = if met.is_empty() { "none".to_owned() } else { met };
    let untried = faults && seen.reached.is_empty();
    if seen.missing.is_empty() || untried {
        return format!("  {name:<9} {met}\n");
    }
    let never = style.odd(&format!("never {}", seen.missing.join(", ")));
    format!("  {name:<9} {met}\n  {:<9} {never}\n", "")
}
