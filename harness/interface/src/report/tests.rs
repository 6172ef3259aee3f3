use super::terminal::Look;
use super::*;
use crate::gate::judge;
use crate::model::{About, Fact, Interface, Language};
use crate::rules::Catalogue;
use crate::waiver::Waivers;

fn interface(release: &str, functions: &[&str]) -> Interface {
    let mut about = About::new(Language::Go, "example.com/client");
    about.release = release.to_owned();
    about.configuration.insert("goos".to_owned(), "linux".to_owned());
    let fact = |name: &&str| Fact::new("func", *name).with("type", "func(string) error");
    Interface::new(about, functions.iter().map(fact).collect())
}

/// Two functions gone, one of which somebody accepted, in a patch; and a waiver for nothing.
fn report() -> Report {
    let waivers = r#"
[[waiver]]
fingerprint = "aaaaaaaaaaaaaaaa"
reason = "it is not there, but once it was"
owner = "someone@example.com"
expires = "2027-01-01"
"#;
    let catalogue = Catalogue::ours();
    let old = interface("v1.0.0", &["Close", "Open", "Stay"]);
    let new = interface("v1.0.1", &["Stay"]);
    let gone = judge(catalogue, &old, &new, &mut Waivers::default());
    let root = gone.roots.iter().find(|root| root.root.cause.contains("Close"));
    let fingerprint = &root.expect("it is gone").fingerprint;
    let accepted = waivers.replace("aaaaaaaaaaaaaaaa", fingerprint) + waivers;
    let mut waivers = Waivers::parse("waivers.toml", &accepted).expect("they are right");
    let comparison = judge(catalogue, &old, &new, &mut waivers);
    let today = "2026-12-01".parse().expect("a day");
    let policy = waivers.findings(catalogue, "waivers.toml", today, "v1.0.1");
    let same = judge(catalogue, &old, &old, &mut Waivers::default());
    Report { comparisons: vec![comparison, same], policy }
}

#[test]
fn for_people() {
    insta::assert_snapshot!(terminal::render(&report(), Catalogue::ours(), Look::PLAIN));
}

#[test]
fn for_programs() {
    insta::assert_snapshot!(json::render(&report(), Catalogue::ours()));
}

#[test]
fn for_build_servers() {
    insta::assert_snapshot!(junit::render(&report(), Catalogue::ours()).expect("it can be written"));
}

#[test]
fn for_a_changelog() {
    insta::assert_snapshot!(markdown::render(&report(), Catalogue::ours()));
}
