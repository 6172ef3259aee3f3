//! The table: each layer is the sum of some costs less the sum of others.

use super::Costs;
use crate::BenchError;
use crate::report::Report;

struct Row {
    layer: &'static str,
    plus: &'static [&'static str],
    less: &'static [&'static str],
}

const fn row(layer: &'static str, plus: &'static [&'static str], less: &'static [&'static str]) -> Row {
    Row { layer, plus, less }
}

/// The parts of one exchange; with `REST` they add up to `EXCHANGE`.
const PARTS: [Row; 10] = [
    row("HTTP: reading the request", &["read"], &[]),
    row("trace", &["trace"], &[]),
    row("target, routing, a refusal", &["no such path"], &["trace"]),
    row("path parameters", &["no id"], &["no such path"]),
    row("certificate headers", &["no sound certificate"], &["no id"]),
    row("authentication", &["no principal"], &["no sound certificate"]),
    row("principal, plain", &["no account"], &["no principal"]),
    row("access list that was kept, validation without a body", &["no organization"], &["no account"]),
    row(
        "handler and store, less a refusal; an answer that was validated before",
        &["done"],
        &["no organization"],
    ),
    row("HTTP: writing the answer", &["write"], &[]),
];

const EXCHANGE: Row = row("the exchange as a whole, on a connection that is there", &["exchange"], &[]);

const REST: Row = row("rest: sockets, TLS records, tasks, locks", &["exchange"], &["read", "done", "write"]);

/// What other requests meet instead or besides.
const OTHERS: [Row; 9] = [
    row("ingress: a connection with its handshake, client's key ecdsa-p256", &["handshake, ecdsa-p256"], &[]),
    row("ingress: a connection with its handshake, client's key rsa-2048", &["handshake, rsa-2048"], &[]),
    row("principal, signed", &["no account, signed"], &["no principal"]),
    row("redaction and recording, once somebody looks", &["record the request", "record the answer"], &[]),
    row("the same of a signed principal, besides", &["record a signed principal"], &[]),
    row("validation of an answer that was not validated before, besides", &["validate the answer"], &[]),
    row("access list that is computed, besides", &["no organization, list computed"], &["no organization"]),
    row("validation of a body (an allocation)", &["no project"], &["no body"]),
    row("handler, store and validated answer (an allocation)", &["written"], &["no project"]),
];

/// Prints it.
pub(crate) fn print(micros: &Costs, instructions: Option<&Costs>, report: &Report) -> Result<(), BenchError> {
    report.line("| layer | µs | instructions |\n|---|--:|--:|")?;
    let line = |row: &Row| {
        let instructions = instructions.and_then(|costs| cost(row, costs));
        let counted = instructions.map_or_else(|| "–".to_owned(), |count| format!("{count:.0}"));
        let micros = cost(row, micros).map_or_else(|| "–".to_owned(), |micros| format!("{micros:.2}"));
        report.line(&format!("| {} | {micros} | {counted} |", row.layer))
    };
    PARTS.iter().chain([&REST, &EXCHANGE]).try_for_each(line)?;
    report.line("| *instead or besides:* | | |")?;
    OTHERS.iter().try_for_each(line)?;
    if instructions.is_none() {
        report.line("instructions were not counted: valgrind is missing, or failed")?;
    }
    Ok(())
}

/// None: a part of it is not known.
fn cost(row: &Row, costs: &Costs) -> Option<f64> {
    let sum = |names: &[&str]| names.iter().map(|name| costs.get(name).copied()).sum::<Option<f64>>();
    Some(sum(row.plus)? - sum(row.less)?)
}
