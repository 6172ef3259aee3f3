//! Instructions, counted by callgrind: they are the same on every machine and under every load.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use plumbline_fake_server::Pki;

use super::Costs;
use super::probes::{self, Probe};
use crate::BenchError;

/// Calls that are counted, and those before that fill what is kept.
const CALLS: u32 = 20;

/// Counts what each probe takes, in a process of its own under callgrind; none without callgrind.
pub(crate) fn count(probes: &[Probe]) -> Result<Option<Costs>, BenchError> {
    let folder = std::env::temp_dir().join(format!("plumbline-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let counted =
        run(&folder).and_then(|ran| if ran { collect(&folder, probes).map(Some) } else { Ok(None) });
    std::fs::remove_dir_all(&folder)?;
    counted
}

/// Calls every probe, or only one, so often, as callgrind has to see it.
pub(crate) fn replay(only: Option<&str>, calls: u32) -> Result<(), BenchError> {
    let pki: Arc<Pki> = Pki::new(Vec::new())?;
    let mut probes = probes::all(&pki)?;
    probes.retain(|probe| only.is_none_or(|only| only == probe.name));
    probes.iter().for_each(|probe| (0..CALLS).for_each(|_| (probe.call)()));
    // What was before belongs to the first of them, which is nobody's.
    counted_calls(0, &|| ());
    probes.iter().for_each(|probe| counted_calls(calls, &probe.call));
    Ok(())
}

/// Callgrind looks for this name, and begins a new part when it returns.
#[inline(never)]
fn counted_calls(calls: u32, call: &dyn Fn()) {
    (0..calls).for_each(|_| call());
}

fn run(folder: &Path) -> Result<bool, BenchError> {
    let ran = Command::new("valgrind")
        .args(["--tool=callgrind", "--dump-after=*counted_calls*"])
        .arg(format!("--callgrind-out-file={}", folder.join("out").display()))
        .arg(std::env::current_exe()?)
        .arg("replay")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    Ok(ran.is_ok_and(|status| status.success()))
}

fn collect(folder: &Path, probes: &[Probe]) -> Result<Costs, BenchError> {
    let part = |(index, probe): (usize, &Probe)| {
        let text = std::fs::read_to_string(folder.join(format!("out.{}", index + 2)))?;
        let total =
            text.lines().find_map(|line| line.strip_prefix("totals: ")).and_then(|text| text.parse().ok());
        let total: f64 = total.ok_or(BenchError::Callgrind)?;
        Ok((probe.name, total / f64::from(CALLS)))
    };
    probes.iter().enumerate().map(part).collect()
}
