//! Small modules, and what they promise.

use super::{Build, Library, Parsed, Request, extract};
use crate::source::archive;
use crate::text;

/// The facts of a module in one text, without those of `go.mod`.
fn facts(text: &str) -> String {
    let library = Library::memory(archive(text, "a.go"), None).expect("its go.mod is right");
    let request = Request { packages: "...".to_owned(), release: String::new(), build: Build::default() };
    let interface = extract(&library, &request, &Parsed::default()).expect("it is right");
    text::print(&interface)
        .lines()
        .filter(|line| !line.starts_with('#'))
        .fold(String::new(), |all, it| all + it + "\n")
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let seen = facts(text);
    let lines: Vec<_> = seen.lines().collect();
    for line in expected {
        assert!(lines.contains(line), "expected the line\n{line}\nin\n{seen}");
    }
}

#[track_caller]
fn rejects(text: &str, expected: &str) {
    let request = Request { packages: "...".to_owned(), release: String::new(), build: Build::default() };
    let error = Library::memory(archive(text, "a.go"), None)
        .and_then(|library| extract(&library, &request, &Parsed::default()))
        .expect_err("it is wrong");
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_alias_is_what_it_stands_for() {
    check(
        "package a\nimport \"example.com/module/b\"\ntype A = b.B\nfunc F(A, []A) {}\n-- b/b.go --\npackage b\ntype B struct{}\n",
        &["type .A  form=alias  target=./b.B", "func .F  params=(./b.B, []./b.B)"],
    );
    check("package a\ntype L[T any] = map[string]T\nvar V L[int]\n", &["var .V  type=map[string]int"]);
}

#[test]
fn members_are_promoted_unless_they_are_ambiguous() {
    let text = "package a
type base struct{ ID int; Twice int }
func (*base) Get() string { return \"\" }
type other struct{ Twice int }
type A struct { *base; other; Own bool `json:\"own,omitempty\"` }
";
    let seen = facts(text);
    assert_eq!(
        seen.lines().filter(|it| it.contains(".A.")).collect::<Vec<_>>(),
        [
            "field .A.ID  type=int  via=.base",
            "field .A.Own  tag.json=own,omitempty  type=bool",
            "method .A.Get  params=()  receiver=value  results=string  via=.base",
        ]
    );
}

#[test]
fn interfaces_have_what_they_embed() {
    check(
        "package a\nimport \"io\"\ntype I interface { io.ReadCloser; M(x, y int) (a, b error); hidden() }\n",
        &[
            "type .I  form=interface  sealed=yes",
            "imethod .I.Close  params=()  results=error  sealed=yes",
            "imethod .I.M  params=(int, int)  results=(error, error)  sealed=yes",
            "imethod .I.Read  params=([]byte)  results=(int, error)  sealed=yes",
        ],
    );
}

#[test]
fn constants_have_values() {
    check(
        "package a
import \"time\"
type Size uint8
const ( A Size = 1 << iota; B; _; D )
const Wait = 90 * time.Second
const Text = \"a\" + \"b\"
const All = ^Size(0)
const Half = 1 / 2.0
",
        &[
            "const .A  type=.Size  value=1",
            "const .D  type=.Size  value=8",
            "const .Wait  type=time.Duration  value=90000000000",
            "const .Text  type=untyped string  value=\"ab\"",
            "const .All  type=.Size  value=255",
            "const .Half  type=untyped float64  value=0.5",
        ],
    );
}

#[test]
fn variables_have_the_types_of_their_values() {
    check(
        "package a
import (\"errors\"; \"sync\")
type T struct{ sync.Mutex }
func (T) M(int) {}
func two() (int, *T) { return 0, nil }
func of[X any](x X) []X { return nil }
var E = errors.New(\"e\")
var P = &T{}
var M = P.M
var X, Y = two()
var G = of(map[string]T{})
var F = func(...int) bool { return true }
var N = [...]int{1, 2, 3}
",
        &[
            "var .E  type=error",
            "var .P  type=*.T",
            "var .M  type=func(int)",
            "var .Y  type=*.T",
            "var .G  type=[]map[string].T",
            "var .F  type=func(...int) bool",
            "var .N  type=[3]int",
        ],
    );
}

#[test]
fn type_parameters_are_places() {
    check(
        "package a
type Number interface { ~int | ~float64 }
type Pair[K comparable, V any] struct { Key K; Value V }
func (p *Pair[A, B]) Swap(A) B { panic(0) }
func Map[T, U any, N Number](in []T, f func(T) U) Pair[string, U] { panic(0) }
",
        &[
            "type .Number  form=constraint  underlying=interface{~int | ~float64}",
            "type .Pair  contents=open  form=struct  typeparams=[comparable, any]",
            "field .Pair.Value  type=$1",
            "method .Pair.Swap  params=($0)  receiver=pointer  results=$1",
            "func .Map  params=([]$0, func($0) $1)  results=.Pair[string, $1]  typeparams=[any, any, .Number]  unused=1, 2",
        ],
    );
}

#[test]
fn what_compares_is_known() {
    check(
        "package a\nimport \"example.com/gone\"\ntype A struct{ x [2]int }\ntype B struct{ a A; m map[int]int }\ntype C struct{ g gone.G }\n",
        &[
            "type .A  comparable=yes  contents=opaque  form=struct",
            "type .B  comparable=no  contents=opaque  form=struct",
            "type .C  contents=opaque  form=struct",
        ],
    );
}

#[test]
fn types_of_other_modules_are_looked_at() {
    check(
        "package a
import \"example.com/dep/v1\"
func F() v1.Pod { panic(0) }
-- go.mod --
module example.com/module
require example.com/dep v1.2.0
-- vendor/example.com/dep/v1/v1.go --
package v1
type Meta struct{ Name string }
type Pod struct{ Meta; Spec Spec }
type Spec struct{ Of Doer }
type Doer interface{ Do(Unseen) }
type Unseen struct{ A int }
func (*Pod) ProtoMessage() {}
",
        &[
            "dep example.com/dep  read=yes  version=v1.2.0",
            "dep-field example.com/dep/v1.Meta.Name  type=string",
            "dep-imethod example.com/dep/v1.Doer.Do  params=(example.com/dep/v1.Unseen)",
            "dep-method example.com/dep/v1.Pod.ProtoMessage  params=()  receiver=pointer",
        ],
    );
}

#[test]
fn only_what_others_can_import_is_promised() {
    let seen = facts(
        "package a\n-- internal/i.go --\npackage i\nfunc I() {}\n-- cmd/c.go --\npackage main\nfunc C() {}\n-- x_windows.go --\npackage a\nfunc W() {}\n-- x_test.go --\npackage a\nfunc T() {}\n-- sub/go.mod --\nmodule sub\n-- sub/s.go --\npackage s\nfunc S() {}\n",
    );
    assert_eq!(seen, "package .  clause=a\n");
}

#[test]
fn deprecation_is_read_with_what_it_says() {
    check(
        "package a\n\n// F is.\n//\n// Deprecated: use G instead.\n// It will be removed in v2.\nfunc F() {}\n\nfunc G() {}\n",
        &[
            "func .F  deprecated=use G instead. It will be removed in v2.  params=()  removal=announced  replacement=named",
            "func .G  params=()",
        ],
    );
}

#[test]
fn bad_input_is_an_error_at_its_place() {
    rejects("package a\n\nfunc F( {\n", "a.go:3: the `{` that begins here does not end");
    rejects(
        "package a\n\nfunc F(\n\ntype T struct {}\n",
        "a.go:3: expected a declaration of Go, found `func F(`",
    );
    rejects("package a\nx = 1\n", "a.go:2: expected a declaration, found a statement");
    rejects("func F() {}\n", "a.go: expected a package clause, found none");
    rejects(
        "package a\n-- b.go --\npackage b\n",
        "b.go: expected `package a` as in the files beside it, found `package b`",
    );
    rejects(
        "package a\ntype T int\ntype T string\n",
        "a.go: expected each name once in a package, found the type `T` again",
    );
    rejects(
        "package a\ntype A = B\ntype B = A\n",
        "a.go: expected `A` to lead to a type, but it leads back to itself",
    );
    let deep = format!("package a\ntype T {}int\n", "[]".repeat(5000));
    rejects(&deep, "a.go:2: expected types nested at most 200 deep");
    rejects("-- go.mod --\nmodule a\n", "a: expected a package at `...` that others can import, found none");
}

proptest::proptest! {
    #[test]
    fn nothing_that_is_no_go_panics(text in "(package a\n)?[a-z{}()\\[\\]\"'`/*= \n.0-9<>:|~-]{0,80}") {
        let library = Library::memory(archive(&text, "a.go"), None);
        let request = Request { packages: "...".to_owned(), release: String::new(), build: Build::default() };
        let _ = library.map(|library| extract(&library, &request, &Parsed::default()));
    }

    #[test]
    fn no_order_of_words_panics(words in proptest::collection::vec(proptest::sample::select(vec![
        "type ", "A", "B", " = ", "struct{", "interface{", "}", "[", "]", "(", ")", "func ", "\n", "*", "const ", "var ", "iota", "int",
        "map[string]", "chan ", ",", ".", "1", "+", "<<", "~", "|", "any", "...", "A[B]", "import \"io\"\n", "io.",
    ]), 0..40)) {
        let text = format!("package a\n{}", words.concat());
        let library = Library::memory(archive(&text, "a.go"), None);
        let request = Request { packages: "...".to_owned(), release: String::new(), build: Build::default() };
        let _ = library.map(|library| extract(&library, &request, &Parsed::default()));
    }
}

#[test]
fn other_names_of_types_that_occur_are_known() {
    let seen = facts(
        "package a
import \"example.com/b\"
type T struct { Policy b.Policy }
-- go.mod --
module example.com/module
require example.com/b v1.0.0
-- vendor/example.com/b/b.go --
package b
type Policy string
type PolicyType = Policy
type Other = string
",
    );
    let names: Vec<_> = seen.lines().filter(|it| it.starts_with("dep-type")).collect();
    assert_eq!(
        names,
        [
            "dep-type example.com/b.Policy  comparable=yes  form=basic  module=example.com/b  underlying=string",
            "dep-type example.com/b.PolicyType  form=alias  module=example.com/b  target=example.com/b.Policy",
        ]
    );
}
