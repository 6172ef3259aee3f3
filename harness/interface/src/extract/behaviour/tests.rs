use proptest::prelude::*;

use super::*;
use crate::model::Language;
use crate::text::print;

fn log(lines: &[&str]) -> Vec<SourceFile> {
    vec![SourceFile { path: "events.jsonl".to_owned(), text: lines.join("\n") }]
}

const STARTED: &str = r#"{"event":"started","planned":["errors/not-found@identity"]}"#;
const JUDGED: &str = r#"{"event":"judged","number":1,"result":{
"case":{"id":"errors/not-found@identity"},"verdict":"pass",
"connections":[{"number":1,"handshake":{"kind":"done","version":"1.3","alpn":null,"sni":"localhost","offered_alpn":[],"peer":"service"}}],
"exchanges":[{"number":1,"connection":1,"service":"identity","spoofed":[],
"request":{"method":"GET","target":"/api/v1/organizations/2b6f0cc9-04ba-4ad4-9d63-1a7d2f8f7d10",
"headers":[{"name":"Accept","value":{"kind":"text","text":"application/json"}},{"name":"X-Principal","value":{"kind":"plain-principal","payload":"{}"}}],
"body":{"kind":"empty"}}}],
"told":[{"operation":"identity.organizations.read","outcome":{"kind":"error","class":"not-found","status":404,"code":"not_found"}}]}}"#;

fn facts(files: &[SourceFile]) -> Result<String, String> {
    let about = About::new(Language::Behaviour, "reference");
    extract(about, files).map(|interface| print(&interface)).map_err(|error| error.to_string())
}

#[test]
fn a_case_is_what_was_sent_and_told() {
    let judged = JUDGED.replace('\n', "");
    insta::assert_snapshot!(facts(&log(&[STARTED, &judged])).expect("it is a log"));
}

#[test]
fn other_ids_are_the_same_behaviour() {
    let judged = JUDGED.replace('\n', "");
    let other = judged.replace("2b6f0cc9", "7b6f0cc9");
    assert_eq!(facts(&log(&[&judged])), facts(&log(&[&other])));
    let header = judged.replace("\"Accept\"", "\"Accepted\"");
    assert_ne!(facts(&log(&[&judged])), facts(&log(&[&header])));
}

#[test]
fn what_is_no_log_is_refused() {
    let refused = |lines: &[&str]| facts(&log(lines)).expect_err("it is none");
    assert_eq!(
        refused(&[STARTED, "{"]),
        "events.jsonl:2: expected an event of a run as JSON: EOF while parsing an object at line 1 column 1"
    );
    assert_eq!(
        refused(&[STARTED]),
        "events.jsonl: expected an event log with cases that were played, found none"
    );
    assert_eq!(
        refused(&[r#"{"event":"judged"}"#]),
        "events.jsonl:1: expected the id of a case in `result.case.id`"
    );
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(\\{\"event\":\"judged\",\"result\":)?(.|\n){0,80}") {
        let _ = facts(&log(&[&text]));
    }
}
