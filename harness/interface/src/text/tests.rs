use proptest::prelude::*;

use super::*;

fn interface(facts: Vec<Fact>) -> Interface {
    let mut about = About::new(Language::Go, "example.com/client");
    about.release = "v1.2.0".to_owned();
    about.configuration.insert("goos".to_owned(), "linux".to_owned());
    Interface::new(about, facts)
}

#[test]
fn a_fact_is_a_line() {
    let open = Fact::new("func", "Open").with("type", "func(string) (*Pool, error)");
    let tag = Fact::new("field", "Pool.Size").with("type", "int").with("tag", "json:\"size\"");
    insta::assert_snapshot!(print(&interface(vec![open, tag])), @r#"
    # plumbline interface 1
    # language go
    # name example.com/client
    # release v1.2.0
    # configuration goos linux
    field Pool.Size  tag=json:"size"  type=int
    func Open  type=func(string) (*Pool, error)
    "#);
}

#[track_caller]
fn refuses(text: &str, message: &str) {
    let error = parse(text).expect_err("the text is wrong");
    assert_eq!(error.to_string(), message);
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let head = "# plumbline interface 1\n# language go\n# name x\n";
    refuses("", "line 1: expected `# plumbline interface 1`, found ``");
    refuses(
        "# plumbline interface 1\nfunc A\n",
        "line 1: expected `# language …` and `# name …` in the first lines",
    );
    refuses(
        "# plumbline interface 1\n# language cobol\n",
        "line 2: expected one of `go`, `rust`, `openapi`, `behaviour`, `json-schema` and `names`, found `cobol`",
    );
    refuses(&format!("{head}func\n"), "line 4: expected `KIND KEY  NAME=VALUE…`, found `func`");
    refuses(
        &format!("{head}func A\nfunc B  type\n"),
        "line 5: expected `KIND KEY  NAME=VALUE…`, found `func B  type`",
    );
    let order =
        "expected lines in bytewise order, each kind and key once: the line belongs before the one above it";
    refuses(&format!("{head}func B\nfunc A\n"), &format!("line 5: {order}"));
    refuses(&format!("{head}func A\nfunc A  type=b\n"), &format!("line 5: {order}"));
    refuses(
        &format!("{head}func A\\q\n"),
        "line 4: expected `\\\\`, `\\n`, `\\r`, `\\t`, `\\s`, `\\e`, `\\-` or `\\u{…}` after a backslash in `A\\q`",
    );
}

/// Texts that meet every rule of escaping.
fn awkward() -> impl Strategy<Value = String> {
    prop_oneof!["[ =#\\\\a\n\t\r\u{1}\u{85}é]{0,6}", ".{0,8}"]
}

prop_compose! {
    fn any_fact()(
        kind in awkward(),
        key in awkward(),
        attributes in prop::collection::btree_map(awkward().prop_map(Into::into), awkward(), 0..4),
    ) -> Fact {
        Fact { kind: kind.into(), key, attributes }
    }
}

proptest! {
    #[test]
    fn nothing_is_lost(
        name in awkward(),
        release in awkward(),
        configuration in prop::collection::btree_map(awkward(), awkward(), 0..3),
        facts in prop::collection::vec(any_fact(), 0..8),
    ) {
        let interface = Interface::new(About { language: Language::Rust, name, release, configuration }, facts);
        let text = print(&interface);
        let parsed = parse(&text);
        prop_assert_eq!(parsed.as_ref(), Ok(&interface), "{}", text);
        let mut lines: Vec<_> = text.lines().skip_while(|line| line.starts_with('#')).collect();
        lines.sort_unstable();
        prop_assert_eq!(lines.len(), interface.facts().len());
    }

    #[test]
    fn no_text_makes_it_panic(text in "(# plumbline interface 1\n# language go\n# name x\n)?(.|\n){0,80}") {
        let _ = parse(&text);
    }
}
