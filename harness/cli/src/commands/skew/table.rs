//! Who goes with whom, and whether the documents say so.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_fake_server::contract::{Contract, revision, texts};
use plumbline_fake_server::exchange::Service;
use plumbline_interface::extract::openapi;
use plumbline_interface::source::SourceFile;
use plumbline_interface::waiver::Waivers;
use plumbline_interface::{About, Catalogue, Interface, Lane, Language, Level, gate};
use plumbline_openapi::Library;
use serde_json::{Value, json};

use crate::args::DiffFormat;
use crate::ending::Ending;

/// So many failures of a cell are shown.
const SHOWN: usize = 5;

/// Clients by servers.
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    /// What the documents say of clients of one contract on servers of another, where they differ.
    pub(super) between: BTreeMap<(Contract, Contract), Level>,
}

/// A client, written for a contract.
pub(super) struct Row {
    pub(super) client: String,
    pub(super) written: Contract,
    pub(super) cells: Vec<(Contract, Cell)>,
}

/// What came of its cases on servers of a contract.
#[derive(Default)]
pub(super) struct Cell {
    pub(super) passed: BTreeSet<String>,
    /// And what was found first.
    pub(super) failed: BTreeMap<String, String>,
    pub(super) incomplete: BTreeSet<String>,
    pub(super) unsupported: usize,
}

/// What a contract is called.
pub(super) fn name(contract: Contract) -> &'static str {
    match contract {
        Contract::Published => "published",
        Contract::Keyed => "keyed",
    }
}

/// The worst that the documents' difference does, in either direction.
pub(super) fn between() -> BTreeMap<(Contract, Contract), Level> {
    let (old, new) = (interface(Contract::Published), interface(Contract::Keyed));
    let comparison = gate::judge(Catalogue::ours(), &old, &new, &mut Waivers::default());
    let worst = |lane: Lane| {
        let levels = comparison.roots.iter().filter_map(|root| root.root.levels.get(&lane));
        levels.max().copied().unwrap_or(Level::Info)
    };
    [
        ((Contract::Published, Contract::Keyed), worst(Lane::WireOldClient)),
        ((Contract::Keyed, Contract::Published), worst(Lane::WireNewClient)),
    ]
    .into()
}

/// What identity promises on the wire; both contracts have the same region.
fn interface(contract: Contract) -> Interface {
    let [(name, text), (common, shared)] = texts(Service::Identity);
    let (changes, changed) = revision();
    let read = "a test reads the documents of every contract";
    let mut library = Library::default();
    for (name, text) in [(name, text), (changes, changed)] {
        library.read(name, text).expect(read);
    }
    let document = |name: &str| library.document(name).expect(read).value.clone();
    let mut whole = document(name);
    if contract == Contract::Keyed {
        amend(&mut whole, &document(changes), name);
    }
    let files = [(name, whole.to_string()), (common, shared.to_owned())]
        .map(|(path, text)| SourceFile { path: path.to_owned(), text });
    openapi::extract(About::new(Language::OpenApi, self::name(contract)), &files, Some(name)).expect(read)
}

/// Puts operations of a revision into a document, to which they refer by its name.
fn amend(whole: &mut Value, revision: &Value, name: &str) {
    let own = |paths: &Value| -> Option<Value> {
        serde_json::from_str(&paths.to_string().replace(&format!("{name}#"), "#")).ok()
    };
    let paths = own(&revision["paths"]).unwrap_or_default();
    for (path, operations) in paths.as_object().into_iter().flatten() {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            whole["paths"][path][method] = operation.clone();
        }
    }
}

impl Table {
    /// The table as it is printed.
    pub(super) fn render(&self, format: DiffFormat) -> String {
        match format {
            DiffFormat::Terminal => self.text(),
            DiffFormat::Json => format!("{:#}\n", self.json()),
        }
    }

    /// What it amounts to.
    pub(super) fn ending(&self) -> Ending {
        let cells = || {
            self.rows.iter().flat_map(|row| row.cells.iter().map(move |(spoken, cell)| (row, *spoken, cell)))
        };
        if cells().any(|(row, spoken, cell)| !cell.failed.is_empty() && !self.may_break(row.written, spoken))
        {
            Ending::Fails
        } else if cells().any(|(_, _, cell)| !cell.incomplete.is_empty()) {
            Ending::Incomplete
        } else {
            Ending::Well
        }
    }

    /// Whether the documents say that a client of one contract may fail on servers of another.
    fn may_break(&self, written: Contract, spoken: Contract) -> bool {
        self.between.get(&(written, spoken)).is_some_and(|level| *level >= Level::Risky)
    }

    fn said(&self, written: Contract, spoken: Contract) -> &'static str {
        if written == spoken {
            return "its own";
        }
        self.between.get(&(written, spoken)).map_or("info", |level| level.name())
    }

    fn text(&self) -> String {
        let mut text = String::from("passed/failed/not claimed, and what the documents say of the pair\n\n");
        let width = self.rows.iter().map(|row| row.client.len()).max().unwrap_or_default().max(6);
        text.push_str(&format!("{:width$}  {:11}", "client", "written for"));
        for (spoken, _) in self.rows.iter().flat_map(|row| &row.cells).take(2) {
            text.push_str(&format!("  {:24}", format!("on {} servers", name(*spoken))));
        }
        text.push('\n');
        for row in &self.rows {
            text.push_str(&format!("{:width$}  {:11}", row.client, name(row.written)));
            for (spoken, cell) in &row.cells {
                let counts = format!("{}/{}/{}", cell.passed.len(), cell.failed.len(), cell.unsupported);
                text.push_str(&format!("  {:24}", format!("{counts} ({})", self.said(row.written, *spoken))));
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        self.rows.iter().for_each(|row| text.push_str(&self.failures(row)));
        text
    }

    fn failures(&self, row: &Row) -> String {
        let mut text = String::new();
        for (spoken, cell) in row.cells.iter().filter(|(_, cell)| !cell.failed.is_empty()) {
            text.push_str(&format!(
                "\n{}, written for {}, on {} servers ({})\n",
                row.client,
                name(row.written),
                name(*spoken),
                self.said(row.written, *spoken)
            ));
            for (id, first) in cell.failed.iter().take(SHOWN) {
                text.push_str(&format!("  {id}: {}\n", first.lines().next().unwrap_or_default()));
            }
            if cell.failed.len() > SHOWN {
                text.push_str(&format!("  … and {} more\n", cell.failed.len() - SHOWN));
            }
        }
        text
    }

    fn json(&self) -> Value {
        let cell = |row: &Row, (spoken, cell): &(Contract, Cell)| {
            json!({
                "spoken": name(*spoken),
                "documents": self.said(row.written, *spoken),
                "passed": cell.passed,
                "failed": cell.failed,
                "incomplete": cell.incomplete,
                "unsupported": cell.unsupported,
            })
        };
        let rows = self.rows.iter().map(|row| {
            let cells: Vec<Value> = row.cells.iter().map(|it| cell(row, it)).collect();
            json!({ "client": row.client, "written": name(row.written), "cells": cells })
        });
        json!({ "rows": rows.collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A creation that is found again, and a list, are new to old servers; to old clients nothing is missing.
    #[test]
    fn the_documents_say_who_goes_with_whom() {
        let between = between();
        assert!(between[&(Contract::Published, Contract::Keyed)] < Level::Breaking, "{between:?}");
        assert_eq!(between[&(Contract::Keyed, Contract::Published)], Level::Breaking);
    }
}
