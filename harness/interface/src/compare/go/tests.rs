//! What is told together of small modules that change, in the form of published ones.

use crate::extract::go::extract_text;
use crate::gate::judge;
use crate::rules::{Catalogue, Level};
use crate::waiver::Waivers;

/// Causes of the roots that are at least so bad, with the number of their findings.
fn roots(old: &str, new: &str, from: Level) -> Vec<(String, usize)> {
    let (old, new) = (extract_text(old).expect("it is Go"), extract_text(new).expect("it is Go"));
    let comparison = judge(Catalogue::ours(), &old, &new, &mut Waivers::default());
    let roots = comparison.roots.into_iter().map(|root| root.root);
    roots.filter(|root| root.worst() >= Some(from)).map(|root| (root.cause, root.findings.len())).collect()
}

#[track_caller]
fn check(old: &str, new: &str, expected: &[(&str, usize)]) {
    let seen = roots(old, new, Level::Risky);
    let seen: Vec<_> = seen.iter().map(|(cause, count)| (cause.as_str(), *count)).collect();
    assert_eq!(seen, expected);
}

#[test]
fn what_names_a_type_goes_with_it() {
    check(
        "package a
type Body struct { Name string }
type NullableBody struct { value *Body }
func (v NullableBody) Get() *Body { return v.value }
func NewBody() *Body { return nil }
func NewNullableBody(b *Body) *NullableBody { return nil }
type Client struct{}
func (*Client) Send(b Body) {}
type Other struct{}
func NewOther() *Other { return nil }
",
        "package a
type Client struct{}
",
        &[("type .Body is gone", 5), ("type .Other is gone", 2)],
    );
}

#[test]
fn methods_that_went_from_the_same_types_are_one_decision() {
    let types = ["A", "B", "C"];
    let old = types.map(|name| {
        format!("type {name} struct{{}}\nfunc (*{name}) Reset() {{}}\nfunc (*{name}) String() string {{ return \"\" }}\n")
    });
    let new = types.map(|name| format!("type {name} struct{{}}\n"));
    check(
        &format!("package a\n{}", old.concat()),
        &format!("package a\n{}", new.concat()),
        &[("method Reset and String are gone from 3 types", 6)],
    );
}

#[test]
fn a_package_that_moved_without_aliases_is_one_decision() {
    let body = "type T struct { Name string }\ntype S struct { Size int }\nfunc New() *T { return nil }\n";
    let uses = |path: &str| {
        format!(
            "package a\nimport \"example.com/module/{path}\"\nfunc Take({path}.T) {{}}\n-- {path}/x.go --\npackage {path}\n{body}"
        )
    };
    check(&uses("before"), &uses("after"), &[("package ./before moved to ./after", 9)]);
}

#[test]
fn a_type_that_moved_and_left_an_alias_hurts_nobody() {
    let old = "package a\ntype Object interface { Name() string }\ntype Index func(Object) []string\nfunc Get(Object, Index) {}\n";
    let new = "package a
import \"example.com/module/api\"
type Object = api.Object
type Index = api.Index
func Get(Object, Index) {}
-- api/api.go --
package api
type Object interface { Name() string }
type Index func(Object) []string
";
    assert_eq!(roots(old, new, Level::Deprecated), []);
}

#[test]
fn an_interface_that_was_empty_and_grew_is_its_own_cause() {
    check(
        "package a\ntype Registration interface{}\ntype Queue struct{}\nfunc (*Queue) Pop() {}\nfunc Add() Registration { return nil }\n",
        "package a\ntype Registration interface{ HasSynced() bool }\ntype Queue struct{}\nfunc (*Queue) Pop() {}\nfunc Add() Registration { return nil }\n",
        &[("imethod .Registration.HasSynced is new", 1)],
    );
}

#[test]
fn an_interface_that_is_not_met_any_more_goes_with_the_method() {
    check(
        "package a\ntype Closer interface { Close() error }\ntype T struct{}\nfunc (*T) Close() error { return nil }\n",
        "package a\ntype Closer interface { Close() error }\ntype T struct{}\n",
        &[(".T is not what it was: Close", 2)],
    );
}

#[test]
fn a_field_that_lost_its_pointer_and_its_constructor_are_found() {
    let old = "package a
type Body struct { Email *string `json:\"email,omitempty\"` }
func NewBody() *Body { return nil }
func (*Body) HasEmail() bool { return false }
";
    let new = "package a
type Body struct { Email string `json:\"email\"` }
func NewBody(email string) *Body { return nil }
";
    let causes: Vec<_> = roots(old, new, Level::Breaking).into_iter().map(|(cause, _)| cause).collect();
    assert_eq!(causes, ["field .Body.Email changed"]);
}

#[test]
fn an_alias_of_an_instance_follows_what_moved() {
    let old = "package a\ntype Object interface { Name() string }\ntype Typed[T any] struct { Of T }\ntype Event = Typed[Object]\nfunc On(Event) {}\n";
    let new = "package a
import \"example.com/module/api\"
type Object = api.Object
type Typed[T any] struct { Of T }
type Event = Typed[Object]
func On(Event) {}
-- api/api.go --
package api
type Object interface { Name() string }
";
    assert_eq!(roots(old, new, Level::Deprecated), []);
}

#[test]
fn a_type_of_another_module_that_left_an_alias_hurts_nobody() {
    let module = |name: &str, rest: &str| {
        format!(
            "package a
import \"example.com/b\"
type T struct {{ Policy b.{name} }}
func (*T) Set(b.{name}) {{}}
-- go.mod --
module example.com/module
require example.com/b v1.0.0
-- vendor/example.com/b/b.go --
package b
type {name} string
{rest}"
        )
    };
    let renamed = module("Policy", "type PolicyType = Policy\n");
    assert_eq!(roots(&module("PolicyType", ""), &renamed, Level::Deprecated), []);
}
