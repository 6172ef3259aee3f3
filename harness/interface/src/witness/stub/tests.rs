use proptest::prelude::*;

use super::*;
use crate::rules::Lane;

const GO: &str = "# plumbline stub 1
# language go
-- 000/uses.go --
package uses // of ./pool

import p0 \"example.com/client/pool\"

// func .Open
var _ func() = p0.Open
// type .Doer  purpose=implementer
type implementerDoer struct{}
var _ p0.Doer = implementerDoer{}
-- 001/uses.go --
package uses // of io
";
const RUST: &str = "# plumbline stub 1
# language rust
-- Cargo.toml --
[package]
-- src/lib.rs --
#![allow(warnings)]
pub mod m0;
-- src/m0.rs --
// auto Pool: Send
fn needs<X: Send>() {}
";

fn read(text: &str) -> Stub {
    Stub::parse(text).expect("it is a stub test")
}

#[test]
fn uses_stand_under_what_they_use() {
    for (text, expected) in [
        (
            GO,
            vec![
                ("func ./pool.Open", "var _ func() = p0.Open\n"),
                (
                    "type ./pool.Doer (implementer)",
                    "type implementerDoer struct{}\nvar _ p0.Doer = implementerDoer{}\n",
                ),
            ],
        ),
        (RUST, vec![("auto Pool: Send", "fn needs<X: Send>() {}\n")]),
    ] {
        let stub = read(text);
        let uses: Vec<_> = stub.uses().iter().map(|it| (it.place.to_string(), stub.code(it))).collect();
        let uses: Vec<_> = uses.iter().map(|(place, code)| (place.as_str(), code.as_str())).collect();
        assert_eq!(uses, expected);
        assert_eq!(stub.print(), text);
    }
}

#[track_caller]
fn refuses(text: &str, message: &str) {
    assert_eq!(Stub::parse(text).expect_err("it is damaged").to_string(), message);
}

#[test]
fn damage_is_said_with_its_line() {
    refuses("", "line 1: expected `# plumbline stub 1`, found ``");
    refuses(
        &GO.replace("language go", "language names"),
        "line 2: expected `# language go` or `# language rust`, found `# language names`",
    );
    refuses(
        &GO.replace("001/uses.go", "../uses.go"),
        "line 13: expected `-- 001/uses.go --`, found `-- ../uses.go --`",
    );
    refuses(
        &GO.replace("// of io", "// io"),
        "line 14: expected `package uses // of PACKAGE`, found `package uses // io`",
    );
    refuses(&GO.replace("// func .Open", "// func"), "line 8: expected `// KIND KEY`, found `// func`");
    refuses(
        &GO.replace("implementer\n", "owner\n"),
        "line 10: expected `// KIND KEY`, found `// type .Doer  purpose=owner`",
    );
    refuses(
        &GO.replace("var _ func() = p0.Open\n", ""),
        "line 8: expected code that uses `func ./pool.Open`",
    );
    refuses(
        &GO.replace("type .Doer  purpose=implementer", "func .Open"),
        "line 10: expected each use once, found `func ./pool.Open` again",
    );
    refuses(
        &RUST.replace("pub mod m0;", "pub mod m0; fn more() {}"),
        "line 5: expected `src/lib.rs` to name 1 modules, each once, and nothing else",
    );
    refuses(
        &RUST.replace("src/m0.rs", "src/m1.rs"),
        "line 8: expected `-- src/m0.rs --`, found `-- src/m1.rs --`",
    );
    refuses(
        "# plumbline stub 1\n# language rust\n-- Cargo.toml --\n",
        "line 3: expected `-- src/lib.rs --`, and the text ends",
    );
}

#[test]
fn parts_belong_to_what_they_are_part_of() {
    assert!(belongs("./p.Pool", "./p.Pool"));
    assert!(belongs("./p.Pool.Size", "./p.Pool"));
    assert!(belongs("./p.Pool", "./p.Pool.Size"));
    assert!(belongs("pools::Pool::size", "pools::Pool"));
    assert!(!belongs("./p.Pool", "./p.Pools"));
}

#[test]
fn code_depends_on_the_crates_whose_items_it_names() {
    let finding = |key: &str, level| Finding {
        rule: "DEP-LINE".to_owned(),
        levels: [(Lane::RustSource, level)].into(),
        kind: "dependency".to_owned(),
        key: key.to_owned(),
        old: None,
        new: None,
        notes: BTreeMap::new(),
    };
    let of = |key: &str| finding(key, Level::Breaking);
    assert!(depends("fn used(it: http::Uri) {}", &of("http")));
    assert!(depends("fn used(it: http_0_2::Uri) {}", &of("http@0.2")));
    assert!(!depends("fn used(it: own::http::Uri) {}", &of("http")));
    assert!(!depends("fn used(it: my_http::Uri) {}", &of("http")));
    assert!(!depends("fn used(it: http::Uri) {}", &finding("http", Level::Info)));
}

#[test]
fn a_release_without_one_is_a_finding() {
    let mut about = About::new(Language::Go, "client");
    about.release = "v1.0.0".to_owned();
    let finding = missing(Catalogue::ours(), "ours", &about);
    assert_eq!((&*finding.rule, &*finding.key), ("POL-STUB-MISSING", "ours v1.0.0 client"));
    assert_eq!(finding.worst(), Some(Level::Risky));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(# plumbline stub 1\n# language (go|rust)\n)?(-- (000/uses.go|Cargo.toml|src/lib.rs|src/m0.rs) --\n|package uses // of x\n|// (func|)\\.A(  purpose=comparer|)\n|(.|\n){0,9}){0,9}") {
        let _ = Stub::parse(&text);
    }

    #[test]
    fn what_is_read_is_printed_as_it_was(names in proptest::collection::vec("[ -~\u{e4}\t]{1,12}", 0..6)) {
        let mut text = String::from("# plumbline stub 1\n# language go\n-- 000/uses.go --\n");
        text.push_str(&clause("./p"));
        for (number, name) in names.iter().enumerate() {
            let place = Place { kind: format!("k{number}"), key: format!("./p{name}"), purpose: Some("comparer") };
            text.push_str(&format!("{}var _ = {number}\n", place.head(name)));
        }
        let stub = read(&text);
        let keys: Vec<_> = stub.uses().iter().map(|it| it.place.key.clone()).collect();
        let expected: Vec<_> = names.iter().map(|name| format!("./p{name}")).collect();
        prop_assert_eq!(keys, expected);
        prop_assert_eq!(stub.print(), text);
    }
}
