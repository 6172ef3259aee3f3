//! Where a request's time goes inside the fake, layer by layer.
//!
//! The layers before and behind the decision are called by themselves; their files are included here, since the fake
//! does not show them. Within the decision, requests are asked that stop at one layer after another: what a layer costs
//! is what a request costs that it refuses, less what one costs that the layer before refuses. A refusal's text is in
//! both.

mod instructions;
mod live;
mod probes;
mod table;

#[allow(dead_code, unused_imports, unreachable_pub, reason = "part of the fake, which uses all of it")]
#[path = "../../../fake-server/src/redact/mod.rs"]
pub(crate) mod redact;
#[allow(dead_code, unused_imports, unreachable_pub, reason = "part of the fake, which uses all of it")]
#[path = "../../../fake-server/src/middleware/trace.rs"]
pub(crate) mod trace;
#[allow(dead_code, unused_imports, unreachable_pub, reason = "part of the fake, which uses all of it")]
#[path = "../../../fake-server/src/wire/mod.rs"]
pub(crate) mod wire;

pub(crate) use instructions::replay;

use std::collections::BTreeMap;

use plumbline_fake_server::Pki;

use crate::BenchError;
use crate::measure::{Watch, median};
use crate::report::Report;
use probes::Probe;

/// Calls in a row between two looks at the clock.
const CALLS: u32 = 500;

/// Costs by the name of what was called.
type Costs = BTreeMap<&'static str, f64>;

/// Measures and prints the table.
pub(crate) fn measure(rounds: usize, report: &mut Report) -> Result<(), BenchError> {
    let pki = Pki::new(Vec::new())?;
    report.heading("Where a request's time goes inside the fake")?;
    let probes = probes::all(&pki)?;
    let mut micros = in_rounds(&probes, rounds);
    micros.extend(live::measure(rounds)?);
    let instructions = instructions::count(&probes)?;
    table::print(&micros, instructions.as_ref(), report)
}

/// Probes take turns, so that what disturbs one round disturbs all of them.
fn in_rounds(probes: &[Probe], rounds: usize) -> Costs {
    let mut costs: Vec<Vec<f64>> = vec![Vec::with_capacity(rounds); probes.len()];
    for _ in 0..rounds {
        for (probe, costs) in probes.iter().zip(&mut costs) {
            let watch = Watch::start();
            (0..CALLS).for_each(|_| (probe.call)());
            costs.push(watch.spent().thread / f64::from(CALLS));
        }
    }
    probes.iter().zip(costs).map(|(probe, costs)| (probe.name, median(&costs))).collect()
}
