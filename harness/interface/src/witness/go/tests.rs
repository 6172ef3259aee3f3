//! Uses of a small module that has every sort of thing, as text and compiled.

use super::{Checker, Outcome, Purpose, Use, Workspace, uses};
use crate::extract::go::extract_text;
use crate::source::archive;

const MODULE: &str = "-- go.mod --
module example.com/module

go 1.21
-- a.go --
package a

import (
	\"context\"
	\"io\"

	\"example.com/module/b\"
)

type Opaque struct{ inner int }
type Open struct {
	Name string `json:\"name\"`
	*b.Base
	Call func(context.Context, ...string) (int, error)
}
type Named string
type Alias = b.Base
type List[T any] []T
type Pair[K comparable, V any] struct { Key K; Value V }
type Doer interface { Do(ctx context.Context, in <-chan int, out chan<- Named) error }
type Sealed interface { Doer; hidden() }
type Number interface { ~int | ~float64 }
type Handler func(w io.Writer, names ...Named)
const Typed Named = \"x\"
const Untyped = 1 << 20
var Default *Open
var Err error
func New(names ...string) (*Open, error) { return nil, nil }
func Map[T, U any](list List[T], f func(T) U) List[U] { return nil }
func Sum[N Number](numbers ...N) N { panic(0) }
func (*Open) Close() error { return nil }
func (n Named) String() string { return string(n) }
func (p Pair[K, V]) Swap() Pair[K, V] { return p }
-- b/b.go --
package b

type Base struct{ ID int }

func (Base) Touch(b [2]byte, m map[string][]Base) {}
";

fn all() -> Vec<Use> {
    uses(&extract_text(MODULE).expect("it is Go"))
}

#[test]
fn every_use_compiles_against_what_it_was_written_for() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for file in archive(MODULE, "a.go") {
        let path = folder.path().join("module").join(&file.path);
        std::fs::create_dir_all(path.parent().expect("it stands in a folder")).expect("a folder");
        std::fs::write(path, file.text).expect("a file");
    }
    let uses = all();
    let checker = Checker::in_folder(folder.path());
    let checked =
        checker.check(&Workspace::Module(folder.path().join("module")), &uses).expect("Go is there");
    let wrong: Vec<_> = uses
        .iter()
        .zip(checked.outcomes)
        .filter_map(|(used, outcome)| match outcome {
            Outcome::Compiles => None,
            Outcome::Fails { line, message } => Some(format!("{line}: {message} in\n{}", used.code)),
        })
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[track_caller]
fn writes(key: &str, purpose: Purpose, expected: &str) {
    let uses = all();
    let used = uses.iter().find(|it| it.key == key && it.purpose == purpose).expect("it can be used");
    let lines: Vec<_> =
        used.code.lines().filter(|line| !line.is_empty() && !line.starts_with("import")).collect();
    assert_eq!(lines[1..].join("\n"), expected, "{}", used.code);
}

#[test]
fn each_sort_of_thing_is_used_with_its_exact_type() {
    use Purpose::{Caller, Comparer, Implementer};
    writes(".New", Caller, "var _ func(...string) (*p0.Open, error) = p0.New");
    writes(".Typed", Caller, "const c = p0.Typed\nfunc _() { x := c; var _ *p0.Named = &x }");
    writes(".Open.Close", Caller, "var _ func(*p0.Open) error = (*p0.Open).Close");
    writes(".Open.ID", Caller, "func _(x *p0.Open) { var _ *int = &x.ID }");
    writes(".Opaque", Comparer, "func _(x p0.Opaque) bool { return x == x }");
    writes(
        ".Doer",
        Implementer,
        "type implementer struct{}
func (implementer) Do(p0.Context, <-chan int, chan<- p1.Named) error { panic(0) }
var _ p1.Doer = implementer{}",
    );
}

#[test]
fn what_nobody_can_implement_or_say_has_no_use() {
    let uses = all();
    let has = |key: &str, purpose| uses.iter().any(|it| it.key == key && it.purpose == purpose);
    assert!(!has(".Sealed", Purpose::Implementer));
    assert!(!has(".Open", Purpose::Comparer));
    assert!(!has(".Sum", Purpose::Caller));
    assert!(has(".Map", Purpose::Caller));
}
