//! The process itself: started in a group of its own, and ended with that group.

use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use super::broken::Broken;

/// How often an ended output's process is asked whether it has ended too.
const ASKED_EVERY: Duration = Duration::from_millis(2);

/// A running program. When it is dropped, the program and whatever it started are ended.
#[derive(Debug)]
pub(super) struct Process {
    /// Not waited for before the group has been ended: until then its number cannot be anyone else's.
    child: Child,
    group: Option<Pid>,
}

/// The three ends of a program.
pub(super) struct Pipes {
    pub(super) input: ChildStdin,
    pub(super) output: ChildStdout,
    pub(super) errors: ChildStderr,
}

impl Process {
    pub(super) fn start(command: &[String]) -> Result<(Self, Pipes), Broken> {
        let (program, arguments) = command.split_first().ok_or(Broken::NoCommand)?;
        let spawned = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn();
        let mut child = spawned
            .map_err(|source| Broken::Start { command: command.join(" "), source: Arc::new(source) })?;
        let pipes = Pipes {
            input: child.stdin.take().expect("it was asked for"),
            output: child.stdout.take().expect("it was asked for"),
            errors: child.stderr.take().expect("it was asked for"),
        };
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Ok((Self { child, group }, pipes))
    }

    /// Waits for the program's own end, at most so long, and learns how it ended.
    pub(super) async fn ended(group: Option<Pid>, limit: Duration) -> Option<ExitStatus> {
        let group = group?;
        let ended = async {
            let mut ticks = tokio::time::interval(ASKED_EVERY);
            loop {
                ticks.tick().await;
                // The process is left to be waited for, so that its group's number stays its own.
                let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
                match waitid(WaitId::Pid(group), options) {
                    Ok(Some(status)) => break Some(status),
                    Ok(None) => {}
                    Err(_) => break None,
                }
            }
        };
        let status = tokio::time::timeout(limit, ended).await.ok()??;
        Some(exit_status(status.exit_status(), status.terminating_signal()))
    }

    pub(super) fn group(&self) -> Option<Pid> {
        self.group
    }

    /// Ends the program and whatever it started.
    pub(super) fn end(&mut self) {
        if let Some(group) = self.group.take() {
            // It fails when nothing of the group is left, which is what is wanted.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
        // Dropping the child hands it to the runtime, which waits for it.
        let _ = self.child.start_kill();
    }
}

/// The number that `wait` would have given.
fn exit_status(code: Option<i32>, signal: Option<i32>) -> ExitStatus {
    use std::os::unix::process::ExitStatusExt;
    ExitStatus::from_raw(signal.unwrap_or_default() | (code.unwrap_or_default() & 0xff) << 8)
}
