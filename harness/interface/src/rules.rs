//! The catalogue as data, and which rule matches which change.
//!
//! A rule is a file of `rules/`, in the folder of its group: whom it hurts and how much, in a sentence, and a pair of
//! fixtures that it must notice. `rules/README.md` says how to write one.

mod file;
mod judge;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use crate::diff::What;
use crate::model::Language;

pub use file::{RuleError, RuleProblem};
pub use judge::{Finding, Judged, Unjudged};

/// All rules, by id.
#[derive(Debug, Clone)]
pub struct Catalogue {
    rules: Vec<Rule>,
    index: judge::Index,
}

/// What a change means to somebody.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What reports and waivers call it.
    pub id: String,
    /// The folder its file stands in.
    pub group: Group,
    /// How bad it is, for each lane that it concerns.
    pub levels: Levels,
    /// Why, in a line.
    pub reason: String,
    /// Why, at length, with an example.
    pub explanation: String,
    /// What to do instead.
    pub advice: String,
    /// Rules that say the same with less knowledge: they are silent where this one speaks.
    pub supersedes: Vec<String>,
    /// What it matches: any of these. None, when the gate itself finds it.
    pub matches: Vec<Match>,
    /// Pairs of sources that it must notice, or must not.
    pub fixtures: Vec<Fixture>,
}

/// How bad a change is, for each lane that it concerns.
pub type Levels = BTreeMap<Lane, Level>;

/// One way for a change to match.
#[derive(Debug, Clone)]
pub struct Match {
    /// The language of the interfaces.
    pub languages: Vec<Language>,
    /// The sort of fact.
    pub kinds: Vec<String>,
    /// What happened to it.
    pub what: What,
    /// Of a fact that changed, attributes any of which did. None: whatever changed.
    pub attributes: Vec<String>,
    /// What else must hold: all of these.
    pub when: Vec<Condition>,
    /// Levels that differ from the rule's.
    pub levels: Option<Levels>,
}

/// What must hold of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Where to look.
    pub of: Side,
    /// Which attribute, or note.
    pub name: String,
    /// What must hold of it.
    pub test: Test,
}

/// Where a condition looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// At the fact before.
    Old,
    /// At the fact now.
    New,
    /// At what a comparer noted.
    Note,
    /// At the change from the old value to the new one.
    Change,
}

/// What must hold of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is one of these.
    Among(Vec<String>),
    /// It is there, and none of these; or it is not there.
    NotAmong(Vec<String>),
    /// It is there.
    Present,
    /// It is not there.
    Absent,
    /// It begins so.
    StartsWith(String),
    /// It contains that.
    Contains(String),
    /// Both values are numbers, and the new one is larger.
    Increases,
    /// Both values are numbers, and the new one is smaller.
    Decreases,
    /// Both values are lists with `, ` between, and the new one has something that the old one has not.
    Gains,
    /// Both values are lists with `, ` between, and the old one has something that the new one has not.
    Loses,
}

/// A pair of sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixture {
    /// What they are written in.
    pub language: Language,
    /// What their text is.
    pub form: Form,
    /// The source before; several files stand under `-- path --` lines.
    pub old: String,
    /// The source now.
    pub new: String,
    /// Whether the rule must notice.
    pub expect: Expect,
}

/// What the text of a fixture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A source in its language.
    Source,
    /// An interface in the form of [`text`](crate::text), without the lines of its head.
    Interface,
}

/// Whether a rule must notice a fixture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// It must.
    Notice,
    /// It must not.
    Silence,
}

/// Who feels a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Go code that calls, reads and builds what is exported.
    GoSource,
    /// Go code that implements or embeds what is exported.
    GoImplementers,
    /// Rust code that calls, reads and builds what is exported.
    RustSource,
    /// Rust code that implements what is exported.
    RustImplementers,
    /// A client of the old release that meets a server of the new one.
    WireOldClient,
    /// A client of the new release that meets a server of the old one.
    WireNewClient,
    /// Whoever relies on what the client does.
    Behaviour,
    /// What we said about releases.
    Policy,
}

/// How bad it is for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth knowing.
    Info,
    /// Something is there that was not.
    Compatible,
    /// It still works, and has been announced to end.
    Deprecated,
    /// It breaks somebody, and the source does not say whether.
    Risky,
    /// It breaks whoever uses it.
    Breaking,
}

/// The folder of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Go source.
    Go,
    /// Dependencies and toolchains.
    Dependencies,
    /// Rust source.
    Rust,
    /// HTTP.
    Wire,
    /// Messages of a protocol.
    Messages,
    /// What a client does.
    Behaviour,
    /// What we said about releases.
    Policy,
}

impl Catalogue {
    /// The rules that come with Plumbline.
    pub fn ours() -> &'static Self {
        static OURS: OnceLock<Catalogue> = OnceLock::new();
        OURS.get_or_init(|| Self::read(file::EMBEDDED).expect("a test reads every rule that is embedded"))
    }

    /// Reads rule files: their paths below `rules/` with that folder's name, and their texts.
    pub fn read(files: &[(&str, &str)]) -> Result<Self, RuleError> {
        let mut rules =
            files.iter().map(|(path, text)| file::rule(path, text)).collect::<Result<Vec<_>, _>>()?;
        rules.sort_by(|one, other| one.id.cmp(&other.id));
        file::consistent(&rules)?;
        let index = judge::Index::of(&rules);
        Ok(Self { rules, index })
    }

    /// All rules, by id.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule of such an id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.binary_search_by(|rule| rule.id.as_str().cmp(id)).ok().map(|index| &self.rules[index])
    }
}

/// Names of a closed list, as they are written.
macro_rules! names {
    ($type:ident, $($variant:ident $name:literal),+) => {
        impl $type {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As it is written.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }

            /// The one that is written so.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.name() == name)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(self.name())
            }
        }
    };
}

names!(
    Lane,
    GoSource "go-src",
    GoImplementers "go-impl",
    RustSource "rust-src",
    RustImplementers "rust-impl",
    WireOldClient "wire-old-client",
    WireNewClient "wire-new-client",
    Behaviour "behaviour",
    Policy "policy"
);
names!(
    Level,
    Info "info",
    Compatible "compatible",
    Deprecated "deprecated",
    Risky "risky",
    Breaking "breaking"
);
names!(
    Group,
    Go "go",
    Dependencies "dep",
    Rust "rust",
    Wire "wire",
    Messages "messages",
    Behaviour "behaviour",
    Policy "policy"
);
names!(What, Added "added", Removed "removed", Changed "changed");
