//! The codec: what is written, what is refused and how the refusal reads.

use plumbline_protocol::codec::{self, Line, LineError, Lines, Message, Problem};
use plumbline_protocol::{FromDriver, ToDriver, examples};
use proptest::prelude::*;

fn line(text: &str) -> Line {
    Line { number: 3, content: Ok(text.as_bytes().to_vec()) }
}

fn from_driver(text: &str) -> Result<FromDriver, LineError> {
    codec::decode(&line(text))
}

#[track_caller]
fn round_trips<M: Message + PartialEq + std::fmt::Debug>(message: &M) {
    let text = codec::encode(message);
    let mut lines = Lines::default();
    let whole = lines.feed(text.as_bytes());
    assert_eq!(whole.len(), 1, "{text}");
    assert_eq!(codec::decode::<M>(&whole[0]).as_ref(), Ok(message), "{text}");
}

#[track_caller]
fn refuses(text: &str, place: &str, expected: &str) {
    let error = from_driver(text).expect_err(text).to_string();
    let (said, _) = error.split_once("\nhelp: ").expect("every refusal helps");
    assert_eq!(said, format!("{place}: {expected}"));
}

#[test]
fn every_example_round_trips() {
    examples::to_driver().iter().for_each(round_trips);
    examples::from_driver().iter().for_each(round_trips);
    for outcome in examples::outcomes() {
        round_trips(&FromDriver::Done { id: 1, outcome });
    }
}

#[test]
fn messages_on_the_wire() {
    let lines = |messages: Vec<String>| messages.concat();
    insta::assert_snapshot!("to_driver", lines(examples::to_driver().iter().map(codec::encode).collect()));
    insta::assert_snapshot!(
        "from_driver",
        lines(examples::from_driver().iter().map(codec::encode).collect())
    );
    let outcomes = examples::outcomes().into_iter().map(|outcome| FromDriver::Done { id: 7, outcome });
    insta::assert_snapshot!("outcomes", lines(outcomes.map(|done| codec::encode(&done)).collect()));
}

#[test]
fn every_kind_has_an_example() {
    let schema = plumbline_protocol::schema();
    for (name, kinds) in
        [("ToDriver", codec::kinds::<ToDriver>()), ("FromDriver", codec::kinds::<FromDriver>())]
    {
        let in_schema = schema["$defs"][name]["oneOf"].as_array().expect("a tagged enum has variants");
        let in_schema: Vec<_> =
            in_schema.iter().map(|one| one["properties"]["type"]["const"].as_str().unwrap()).collect();
        assert_eq!(kinds, in_schema);
    }
}

#[test]
fn refusals_name_the_place() {
    refuses("Starting up", "line 3, column 1", "not JSON: expected value");
    refuses(r#"{"type":"done","id":}"#, "line 3, column 21", "not JSON: expected value");
    refuses(r#"{"é": 1,,}"#, "line 3, column 9", "not JSON: key must be a string");
    refuses("{", "line 3, column 1", "not JSON: EOF while parsing an object");
    refuses("7", "line 3, column 1", "expected an object, saw a number");
    refuses(r#"{"id":7}"#, "line 3, column 1", "the member `type` is missing");
    refuses(r#"{"type":7}"#, "line 3, column 9", "`type` is a number, not a string");
    refuses(r#"{"type":"result","id":7}"#, "line 3, column 9", "no message has the type `result`");
    refuses(r#"{"type":"done","id":7}"#, "line 3, column 1", "in `done`: missing field `outcome`");
}

#[test]
fn refusals_point_at_the_member() {
    refuses(
        r#"{"type":"done","id":"7","outcome":{"kind":"ok"}}"#,
        "line 3, column 21",
        r#"in `done`, at `id`: invalid type: string "7", expected u64"#,
    );
    refuses(
        r#"{"type":"done","id":7,"outcome":{"kind":"ok"},"took":1}"#,
        "line 3, column 54",
        "in `done`, at `took`: unknown field `took`, expected `id` or `outcome`",
    );
    refuses(
        r#"{"type":"done","id":7,"outcome":{"kind":"error","class":"api","status":"403","message":""}}"#,
        "line 3, column 72",
        r#"in `done`, at `outcome.status`: invalid type: string "403", expected u16"#,
    );
    refuses(
        r#"{"type":"done","id":7,"outcome":{"status":"403","class":"api","kind":"error","message":""}}"#,
        "line 3, column 43",
        r#"in `done`, at `outcome.status`: invalid type: string "403", expected u16"#,
    );
    refuses(
        r#"{"type":"done","id":7,"outcome":{"kind":"error","class":"api"}}"#,
        "line 3, column 33",
        "in `done`, at `outcome`: missing field `message`",
    );
    refuses(
        r#"{"type":"done","id":7,"outcome":{"kind":"fine"}}"#,
        "line 3, column 41",
        "in `done`, at `outcome.kind`: unknown variant `fine`, expected one of `ok`, `error`, `cancelled`, \
         `could-not-attempt`, `unsupported`",
    );
    let unknown = r#"{"type":"done","id":7,"outcome":{"kind":"error","class":"refused","message":""}}"#;
    let error = from_driver(unknown).unwrap_err();
    assert_eq!(error.column, Some(57));
    assert!(
        error.to_string().contains("at `outcome.class`: unknown variant `refused`, expected one of"),
        "{error}"
    );
}

#[test]
fn refusals_help() {
    let help = |text: &str| from_driver(text).expect_err(text).problem.help();
    let all = [
        help("Starting up"),
        help(r#"{"type":}"#),
        help("[]"),
        help(r#"{"type":"result"}"#),
        help(r#"{"type":"done","id":7}"#),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn bytes_that_are_no_text() {
    let error =
        codec::decode::<FromDriver>(&Line { number: 1, content: Ok(b"{\"\xff".to_vec()) }).unwrap_err();
    assert_eq!(error, LineError { line: 1, column: Some(3), problem: Problem::NotUtf8 });
}

#[test]
fn a_long_line_is_reported_once_and_the_next_is_read() {
    let mut lines = Lines::with_limit(4);
    let mut seen = Vec::new();
    for chunk in ["ab\n\nabcd", "e", "fgh", "i\nxy", "z\n", "last"] {
        seen.extend(lines.feed(chunk.as_bytes()));
    }
    seen.extend(lines.finish());
    let expected = [(1, Ok("ab")), (3, Err(4)), (4, Ok("xyz")), (5, Ok("last"))];
    let expected =
        expected.map(|(number, content)| Line { number, content: content.map(|t| t.as_bytes().to_vec()) });
    assert_eq!(seen, expected);
}

#[test]
fn the_cap_is_a_clear_error() {
    let mut lines = Lines::with_limit(10);
    let line = lines.feed(&[b'x'; 11]).pop().expect("the limit was passed");
    let error = codec::decode::<FromDriver>(&line).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 1: a line passes 10 bytes\nhelp: a message is one JSON object on one line, ended by a line feed; \
         of a long body, hand on the beginning"
    );
}

proptest! {
    #[test]
    fn garbage_is_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let line = Line { number: 1, content: Ok(bytes) };
        let _ = codec::decode::<FromDriver>(&line).map_err(|error| error.to_string());
        let _ = codec::decode::<ToDriver>(&line).map_err(|error| error.to_string());
    }

    #[test]
    fn a_damaged_message_is_refused_or_another(index in 0..7_usize, cut in 0..400_usize, byte in any::<u8>()) {
        let mut bytes = codec::encode(&examples::from_driver()[index]).into_bytes();
        let at = cut % bytes.len();
        bytes[at] = byte;
        let line = Line { number: 1, content: Ok(bytes) };
        if let Err(error) = codec::decode::<FromDriver>(&line) {
            prop_assert!(error.to_string().starts_with("line 1"), "{error}");
        }
    }

    #[test]
    fn chunks_do_not_matter(text in "[a-c\n]{0,60}", cuts in proptest::collection::vec(1..9_usize, 1..60)) {
        let mut whole = Lines::with_limit(8);
        let mut expected = whole.feed(text.as_bytes());
        expected.extend(whole.finish());

        let mut pieces = Lines::with_limit(8);
        let mut seen = Vec::new();
        let mut rest = text.as_bytes();
        for cut in cuts.iter().cycle() {
            let (piece, after) = rest.split_at((*cut).min(rest.len()));
            seen.extend(pieces.feed(piece));
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        seen.extend(pieces.finish());
        prop_assert_eq!(seen, expected);
    }

    #[test]
    fn any_text_round_trips(message in any::<String>(), id in any::<u64>(), reason in any::<String>()) {
        round_trips(&FromDriver::Trouble { message });
        round_trips(&FromDriver::Done { id, outcome: plumbline_protocol::Outcome::CouldNotAttempt { reason } });
    }
}
