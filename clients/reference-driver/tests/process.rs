//! The driver as a process.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use plumbline_protocol::{FromDriver, VERSION};

#[test]
fn it_says_hello_answers_and_ends_with_its_input() {
    let mut process = Command::new(env!("CARGO_BIN_EXE_plumbline-reference-driver"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut said = || serde_json::from_str::<FromDriver>(&lines.next().unwrap().unwrap()).unwrap();

    let FromDriver::Hello(hello) = said() else { panic!("expected a hello") };
    assert_eq!((hello.name.as_str(), hello.versions.as_slice()), ("plumbline-reference", &[VERSION][..]));

    writeln!(input, r#"{{"type":"welcome","version":{VERSION}}}"#).unwrap();
    writeln!(input, r#"{{"type":"close","session":7}}"#).unwrap();
    let FromDriver::Trouble { message } = said() else { panic!("there is no such session") };
    assert_eq!(message, "there is no session 7");

    drop(input);
    assert!(process.wait().unwrap().success());
}
