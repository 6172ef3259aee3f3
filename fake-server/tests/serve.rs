//! The program: announces itself, serves, stops when told, and leaves nothing behind.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

mod support;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use support::DEADLINE;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

struct Program {
    child: Child,
    announced: Value,
}

impl Program {
    async fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_plumbline-fake-server"))
            .args(arguments)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = tokio::time::timeout(DEADLINE, lines.next_line()).await.unwrap().unwrap().unwrap();
        Self { child, announced: serde_json::from_str(&line).unwrap() }
    }

    async fn stop(mut self, signal: &str) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().await.unwrap().success());
        let status = tokio::time::timeout(DEADLINE, self.child.wait()).await.unwrap().unwrap();
        assert!(status.success(), "{status}");
    }

    fn file(&self, pointer: &str) -> &Path {
        Path::new(self.announced.pointer(pointer).unwrap().as_str().unwrap())
    }
}

#[tokio::test]
async fn it_says_where_it_is_and_leaves_nothing_behind() {
    let program = Program::start(&[]).await;

    let port = program.announced["identity"].as_str().unwrap().strip_prefix("https://localhost:").unwrap();
    tokio::net::TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
    assert!(program.announced["region"].as_str().unwrap().starts_with("https://localhost:"));
    let key = program.file("/credentials/kubernetes/key").to_owned();
    let ca = program.file("/ca").to_owned();
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read_to_string(&ca).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));

    program.stop("-TERM").await;
    assert!(!ca.parent().unwrap().exists());
}

#[tokio::test]
async fn it_writes_what_happened_when_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("recording.json");
    let credentials = folder.path().to_str().unwrap();
    let program =
        Program::start(&["--credentials", credentials, "--recording", recording.to_str().unwrap()]).await;

    program.stop("-INT").await;
    let recorded: Value = serde_json::from_slice(&std::fs::read(&recording).unwrap()).unwrap();
    assert_eq!(recorded, serde_json::json!({"connections": [], "exchanges": []}));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [recording]);
}

#[tokio::test]
async fn what_cannot_be_started_says_why() {
    let out = Command::new(env!("CARGO_BIN_EXE_plumbline-fake-server"))
        .args(["--world", "nowhere/world.json"])
        .output()
        .await
        .unwrap();

    assert_eq!(out.status.code(), Some(3));
    insta::assert_snapshot!(
        String::from_utf8_lossy(&out.stderr),
        @"error: open the world nowhere/world.json: No such file or directory (os error 2)"
    );
}

#[tokio::test]
async fn it_is_not_repaired_and_different_in_a_rule_at_once() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plumbline-fake-server"));
    let output = command.args(["--repaired", "--deviate", "flag-any-case"]).output().await.unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("'--repaired' cannot be used with '--deviate <RULE>'"), "{said}");
}
