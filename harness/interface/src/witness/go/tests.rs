//! Uses of a small module that has every sort of thing, as text and compiled.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Checker, Workspace, stub};
use crate::extract::go::extract_text;
use crate::gate::{Comparison, judge};
use crate::model::{About, Fact, Interface, Language};
use crate::rules::Catalogue;
use crate::source::archive;
use crate::waiver::Waivers;
use crate::witness::stub::{Stub, untold};

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

/// The module, in a folder, and its interface.
fn module() -> (tempfile::TempDir, Workspace, Interface) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let workspace = unpacked(MODULE, &folder.path().join("module"));
    (folder, workspace, extract_text(MODULE).expect("it is Go"))
}

fn unpacked(text: &str, folder: &Path) -> Workspace {
    for file in archive(text, "a.go") {
        let path = folder.join(&file.path);
        std::fs::create_dir_all(path.parent().expect("it stands in a folder")).expect("a folder");
        std::fs::write(path, file.text).expect("a file");
    }
    Workspace::Module(folder.to_owned())
}

#[test]
fn every_use_compiles_against_what_it_was_written_for() {
    let (folder, workspace, interface) = module();
    let checker = Checker::in_folder(folder.path());
    let sound = stub::sound(&interface, &workspace, &checker).expect("Go is there");
    assert_eq!(sound.left_out, BTreeMap::new());
    assert_eq!(Stub::parse(&sound.stub.print()), Ok(sound.stub.clone()));
    insta::assert_snapshot!(sound.stub.print());
}

#[test]
fn what_is_not_as_it_was_written_down_is_left_out_and_said() {
    let (folder, workspace, interface) = module();
    let other = Fact::new("func", ".New").with("params", "(int)").with("results", "error");
    let gone = Fact::new("func", "./b.Gone").with("params", "()");
    let facts = interface.facts().iter().filter(|it| it.place() != (".New", "func")).cloned();
    let wrong = Interface::new(interface.about.clone(), facts.chain([other, gone]).collect());
    let checker = Checker::in_folder(folder.path());
    let sound = stub::sound(&wrong, &workspace, &checker).expect("Go is there");
    let left_out: Vec<_> = sound.left_out.keys().map(ToString::to_string).collect();
    assert_eq!(left_out, ["func ./b.Gone", "func .New"]);
    let right = stub::sound(&interface, &workspace, &checker).expect("Go is there");
    assert_eq!(sound.stub.uses().len() + 1, right.stub.uses().len());
}

#[test]
fn a_package_that_is_gone_breaks_whatever_needs_it() {
    let (folder, workspace, interface) = module();
    let checker = Checker::in_folder(folder.path());
    let stub = stub::sound(&interface, &workspace, &checker).expect("Go is there").stub;
    let text =
        MODULE.replace("example.com/module/b", "example.com/module/c").replace("-- b/b.go", "-- c/b.go");
    let moved = unpacked(&text, &folder.path().join("moved"));
    let broken = stub::broken(&stub, &moved, &checker).expect("Go is there");
    let broken: Vec<String> = broken.keys().map(|number| stub.uses()[*number].place.to_string()).collect();
    let expected = [
        "type .Alias",
        "field .Open.Base",
        "method .Open.Touch",
        "package ./b",
        "type ./b.Base",
        "type ./b.Base (comparer)",
        "field ./b.Base.ID",
        "method ./b.Base.Touch",
    ];
    assert_eq!(broken, expected);
}

#[test]
fn what_breaks_and_no_rule_tells_is_a_finding() {
    let (folder, workspace, old) = module();
    let checker = Checker::in_folder(folder.path());
    let stub = stub::sound(&old, &workspace, &checker).expect("Go is there").stub;
    let text = MODULE.replace("func New(names ...string)", "func New(name string)");
    let changed = unpacked(&text, &folder.path().join("changed"));
    let broken = stub::broken(&stub, &changed, &checker).expect("Go is there");
    assert_eq!(broken.len(), 1);
    let new = extract_text(&text).expect("it is Go");
    let comparison = judge(Catalogue::ours(), &old, &new, &mut Waivers::default());
    assert_eq!(untold(Catalogue::ours(), &comparison, &stub, &broken), []);
    let silent = Comparison { roots: Vec::new(), ..comparison };
    let found = untold(Catalogue::ours(), &silent, &stub, &broken);
    let found: Vec<_> = found.iter().map(|it| (it.rule.as_str(), it.key.trim())).collect();
    assert_eq!(found, [("POL-STUB-BROKEN", "func .New")]);
}

#[track_caller]
fn writes(head: &str, expected: &str) {
    let interface = extract_text(MODULE).expect("it is Go");
    let stub = stub::written(&interface, &BTreeMap::new());
    let used = stub.uses().iter().find(|it| it.place.to_string() == head).expect("it can be used");
    assert_eq!(stub.code(used), format!("{expected}\n"));
}

#[test]
fn each_sort_of_thing_is_used_with_its_exact_type() {
    writes("func .New", "var _ func(...string) (*p0.Open, error) = p0.New");
    writes("const .Typed", "func _() { const c = p0.Typed; x := c; var _ *p0.Named = &x }");
    writes("method .Open.Close", "var _ func(*p0.Open) error = (*p0.Open).Close");
    writes("field .Open.ID", "func _(x *p0.Open) { var _ *int = &x.ID }");
    writes("type .Opaque (comparer)", "func _(x p0.Opaque) bool { return x == x }");
    writes(
        "type .Doer (implementer)",
        "type implementerDoer struct{}
func (implementerDoer) Do(p2.Context, <-chan int, chan<- p0.Named) error { panic(0) }
var _ p0.Doer = implementerDoer{}",
    );
}

#[test]
fn what_nobody_can_implement_or_say_has_no_use() {
    let interface = extract_text(MODULE).expect("it is Go");
    let stub = stub::written(&interface, &BTreeMap::new());
    let has = |head: &str| stub.uses().iter().any(|it| it.place.to_string() == head);
    assert!(!has("type .Sealed (implementer)"));
    assert!(!has("type .Open (comparer)"));
    assert!(!has("func .Sum"));
    assert!(has("func .Map"));
}

#[test]
fn a_fact_that_cannot_be_used_has_no_use() {
    let interface = Interface::new(About::new(Language::Go, "x"), vec![Fact::new("unknown", "x")]);
    assert_eq!(stub::written(&interface, &BTreeMap::new()).uses(), []);
}
