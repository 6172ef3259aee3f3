use jiff::civil::date;

use super::*;
use crate::model::{About, Fact, Language};

/// An interface of functions, each `NAME`, or `NAME!` when it is deprecated, or `NAME:TYPE`.
fn interface(release: &str, functions: &[&str]) -> Interface {
    let mut about = About::new(Language::Go, "client");
    about.release = release.to_owned();
    let fact = |written: &&str| {
        let (name, kind) = written.split_once(':').unwrap_or((written, "func()"));
        let fact = Fact::new("func", name.trim_end_matches('!')).with("type", kind);
        if name.ends_with('!') { fact.with("deprecated", "use another") } else { fact }
    };
    Interface::new(about, functions.iter().map(fact).collect())
}

struct History {
    _folder: tempfile::TempDir,
    store: Store,
}

/// Freezes releases, one a month.
fn history(releases: &[(&str, &[&str])]) -> History {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut store = Store::open(folder.path()).expect("an empty folder is a store");
    for ((release, functions), month) in releases.iter().zip(1..) {
        let text = text::print(&interface(release, functions));
        let place = ("ours", *release, "client.txt");
        store.freeze(place, &text, date(2026, month, 1)).expect("it is not frozen yet");
    }
    History { _folder: folder, store }
}

const POLICY: &str = "[keep]\nminors = 9\n[[interface]]\nname = \"client\"\n";

/// What is found, and whether the candidate passes.
fn checked(history: &History, policy: &str, release: &str, functions: &[&str]) -> (Vec<String>, bool) {
    let policy = Policy::parse("policy.toml", policy).expect("it is right");
    let check = Check {
        catalogue: Catalogue::ours(),
        store: &history.store,
        set: "ours",
        policy: &policy,
        release,
        today: date(2026, 12, 1),
        changelog: policy.changelog.as_deref(),
    };
    let candidate = interface(release, functions);
    let candidates = [(&policy.interface[0], candidate)];
    let report = check.run(&candidates, &mut Waivers::default()).expect("all can be read");
    let compared = report.comparisons.iter().flat_map(|comparison| {
        let roots = comparison.roots.iter().flat_map(|root| &root.root.findings);
        roots.map(|finding| format!("{} {} {}", comparison.old.release, finding.rule, finding.key))
    });
    let policies = report.policy.iter().map(|finding| format!("{} {}", finding.rule, finding.key));
    let found = compared.chain(policies).collect();
    (found, check.passes(&report))
}

#[test]
fn every_promised_release_is_compared() {
    let history = history(&[("v1.0.0", &["A"]), ("v1.1.0", &["A", "B"]), ("v1.2.0", &["A"])]);
    let (found, passes) = checked(&history, POLICY, "", &["A"]);
    assert_eq!(found, ["v1.1.0 GO-FUNC-REMOVED B"]);
    assert!(!passes);
}

#[test]
fn an_expired_release_is_no_longer_compared() {
    let mut history = history(&[("v1.0.0", &["A", "B"]), ("v1.1.0", &["A"])]);
    history.store.expire("ours", "v1.0.0", date(2026, 6, 1)).expect("it is frozen");
    let policy = "[keep]\nminors = 1\n[[interface]]\nname = \"client\"\n";
    assert_eq!(checked(&history, policy, "", &["A"]), (vec![], true));
}

#[test]
fn a_break_passes_with_a_major_version_where_the_policy_says_so() {
    let history = history(&[("v1.0.0", &["A", "B"])]);
    let policy = format!("breaks = \"with-major\"\n{POLICY}");
    let (found, passes) = checked(&history, &policy, "v2.0.0", &["A"]);
    assert_eq!((found, passes), (vec!["v1.0.0 GO-FUNC-REMOVED B".to_owned()], true));
    let (found, passes) = checked(&history, &policy, "v1.1.0", &["A"]);
    let expected = ["v1.0.0 POL-MINOR-BREAK client", "v1.0.0 GO-FUNC-REMOVED B"];
    assert_eq!((found, passes), (expected.map(str::to_owned).to_vec(), false));
    assert!(!checked(&history, &policy, "", &["A"]).1);
}

#[test]
fn a_frozen_release_is_what_it_was() {
    let history = history(&[("v1.0.0", &["A"])]);
    assert_eq!(checked(&history, POLICY, "v1.0.0", &["A"]), (vec![], true));
    let (found, passes) = checked(&history, POLICY, "v1.0.0", &["A", "B"]);
    assert_eq!((found, passes), (vec!["POL-SNAPSHOT-STALE ours v1.0.0 client".to_owned()], false));
}

#[test]
fn a_release_without_an_interface_is_a_finding_since_it_should_have_one() {
    let mut history = history(&[("v1.0.0", &["A"])]);
    let place = ("ours", "v1.1.0", "other.txt");
    history.store.freeze(place, "", date(2026, 2, 1)).expect("it is not frozen yet");
    let (found, passes) = checked(&history, POLICY, "", &["A"]);
    assert_eq!((found, passes), (vec!["POL-BASELINE-MISSING ours v1.1.0 client".to_owned()], false));
    let since = POLICY.replace("name =", "since = \"v1.2.0\"\nname =");
    assert_eq!(checked(&history, &since, "", &["A"]), (vec![], true));
}

#[test]
fn what_was_never_announced_may_not_go() {
    let policy = POLICY.replace("minors = 9", "minors = 9\ndeprecated-for = 1");
    let announced = history(&[("v1.0.0", &["A", "B!"])]);
    assert_eq!(checked(&announced, &policy, "", &["A"]).0, ["v1.0.0 GO-FUNC-REMOVED B"]);
    let sudden = history(&[("v1.0.0", &["A", "B"])]);
    assert_eq!(
        checked(&sudden, &policy, "", &["A"]).0,
        ["v1.0.0 GO-FUNC-REMOVED B", "POL-NO-DEPRECATION client func B"]
    );
}

#[test]
fn what_comes_back_is_told() {
    let policy =
        |found: Vec<String>| found.into_iter().filter(|it| it.starts_with("POL-")).collect::<Vec<_>>();
    let history = history(&[("v1.0.0", &["A", "B", "C:func(int)"]), ("v1.1.0", &["A", "C"])]);
    let (found, _) = checked(&history, POLICY, "", &["A", "B:func(int)", "C"]);
    assert_eq!(policy(found), ["POL-NAME-REUSED client func B"]);
    let (found, _) = checked(&history, POLICY, "", &["A", "C:func(int)"]);
    assert_eq!(policy(found), ["POL-FLAPPING client func C"]);
}

#[test]
fn a_patch_of_an_older_line_is_held_to_its_own_line() {
    let history = history(&[("v1.1.0", &["A"]), ("v1.2.0", &["A", "B"])]);
    assert_eq!(checked(&history, POLICY, "v1.1.1", &["A"]), (vec!["POL-LINE-FORK client".to_owned()], true));
    let (found, passes) = checked(&history, POLICY, "v1.1.1", &[]);
    let expected = ["v1.1.0 POL-PATCH-BREAK client", "v1.1.0 GO-FUNC-REMOVED A", "POL-LINE-FORK client"];
    assert_eq!((found, passes), (expected.map(str::to_owned).to_vec(), false));
}

/// Here the policy holds the changelog's text where a real one names its file.
#[test]
fn what_breaks_has_an_entry() {
    let history = history(&[("v1.0.0", &["Open", "Close"])]);
    let policy = |changelog: &str| format!("breaks = \"with-major\"\nchangelog = {changelog:?}\n{POLICY}");
    let (found, passes) = checked(&history, &policy("# v2.0.0\n`Open` is gone\n"), "v2.0.0", &["Close"]);
    assert_eq!((found, passes), (vec!["v1.0.0 GO-FUNC-REMOVED Open".to_owned()], true));
    let (found, passes) = checked(&history, &policy("# v1.0.0\n`Open` is new\n"), "v2.0.0", &["Close"]);
    let expected = ["v1.0.0 GO-FUNC-REMOVED Open", "POL-CHANGELOG-MISSING client Open"];
    assert_eq!((found.len(), passes), (expected.len(), false));
    assert!(found[1].starts_with("POL-CHANGELOG-MISSING client "), "{found:?}");
}
