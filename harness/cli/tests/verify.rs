//! `plumbline verify` against `plumbline serve`, each in a process of its own.

#![allow(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// `plumbline serve`, until it is dropped.
struct Served {
    child: Child,
    announced: Value,
    _folder: tempfile::TempDir,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_plumbline"))
            .arg("serve")
            .args(arguments)
            .arg("--credentials")
            .arg(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, announced: serde_json::from_str(&line).unwrap(), _folder: folder }
    }

    fn said(&self, name: &str) -> &str {
        self.announced[name].as_str().unwrap()
    }

    fn verify(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        let output = verify(
            self.said("identity"),
            Path::new(self.said("deployment")),
            &[&["--region-url", self.said("region")], arguments].concat(),
        );
        (output.status.code(), json(&output))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn verify(identity: &str, description: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plumbline"))
        .args(["verify", identity, "--format", "json", "--credentials"])
        .arg(description)
        .args(arguments)
        .output()
        .unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn sum(findings: &Value, member: &str) -> u64 {
    findings["groups"].as_array().unwrap().iter().map(|group| group[member].as_u64().unwrap()).sum()
}

fn wanted() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/differences.toml")
}

#[test]
fn our_own_services_in_another_process_agree_fully() {
    let served = Served::start(&["--reset"]);
    let (code, findings) = served.verify(&[
        "--allow-writes",
        "--reset",
        served.said("reset"),
        "--differences",
        wanted().to_str().unwrap(),
    ]);
    assert_eq!(findings["drift"], serde_json::json!([]));
    assert_eq!(findings["violations"], serde_json::json!([]));
    assert_eq!(findings["broken"], serde_json::json!([]));
    assert_eq!(code, Some(0));
    let played = sum(&findings, "played");
    assert!(played > 7_500, "{played}");
    let reasons: Vec<String> = findings["groups"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|group| group["left_out"].as_object().unwrap().keys().cloned())
        .collect();
    assert!(reasons.iter().all(|reason| is_honest(reason)), "{reasons:?}");
}

/// What cannot be played on any deployment that is reached through its ingress.
fn is_honest(reason: &str) -> bool {
    const REASONS: [&str; 3] = [
        "it says by hand what only an ingress says",
        "the store would have to refuse",
        "an ingress lets nobody by with the certificate `expired`",
    ];
    REASONS.contains(&reason)
}

#[test]
fn a_deviation_is_found_and_its_rule_is_named() {
    let served = Served::start(&["--reset", "--deviate", "flag-any-case"]);
    let (code, findings) =
        served.verify(&["--allow-writes", "--reset", served.said("reset"), "--select", "*.auth.*"]);
    assert_eq!(code, Some(1));
    assert_eq!(findings["suspects"][0]["requirement"], "impersonation-flag-exact");
}

#[test]
fn without_leave_nothing_is_sent_that_could_change_anything() {
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("recording.json");
    let mut served = Served::start(&["--recording", recording.to_str().unwrap()]);
    let (code, findings) = served.verify(&[]);
    assert_eq!(code, Some(0), "{findings}");
    let played = sum(&findings, "played");
    assert!(played > 2_000, "{played}");
    served.terminate();
    let recorded: Value = serde_json::from_slice(&std::fs::read(&recording).unwrap()).unwrap();
    let exchanges = recorded["exchanges"].as_array().unwrap();
    assert!(exchanges.len() as u64 >= played);
    for exchange in exchanges {
        let method = exchange["request"]["method"].as_str().unwrap();
        assert!(["GET", "HEAD", "OPTIONS"].contains(&method), "{method} was sent");
        assert_eq!(exchange["changes"], serde_json::json!([]));
    }
}

impl Served {
    /// Tells it to stop, and waits until it has.
    fn terminate(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn whoever_is_not_there_is_not_held_to_anything() {
    let served = Served::start(&[]);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = verify(&format!("https://{nobody}"), Path::new(served.said("deployment")), &[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("ask the deployment"), "{said}");
}

#[test]
fn a_door_that_does_not_open_is_not_the_deployments_fault() {
    let served = Served::start(&[]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let door = format!("http://{address}/");
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 512];
        let read = stream.read(&mut head).unwrap();
        assert!(head[..read].starts_with(b"POST / HTTP/1.1\r\n"));
        stream.write_all(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n").unwrap();
    });
    let output = verify(
        served.said("identity"),
        Path::new(served.said("deployment")),
        &["--allow-writes", "--reset", &door],
    );
    // Whoever did not come would be waited for.
    let _ = std::net::TcpStream::connect(address);
    answering.join().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("expected 204, saw 500"));
}

#[test]
fn a_description_that_cannot_be_used_is_a_mistake_of_whoever_wrote_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("there.toml");
    std::fs::write(&path, "authority = 'nowhere.pem'\n").unwrap();
    assert_eq!(verify("https://localhost:1", &path, &[]).status.code(), Some(2));
    std::fs::write(&path, "surprise = 1\n").unwrap();
    assert_eq!(verify("https://localhost:1", &path, &[]).status.code(), Some(2));
}
