//! The command line of `plumbline interface`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use plumbline_interface::Language;
use plumbline_interface::source::Source;

/// What a source is: the end of every help about one.
const SOURCES: &str = "A source is a folder, a file, `git:REVISION:PATH`, `go:MODULE/PACKAGE@VERSION`, \
                       `crate:NAME@VERSION`, `npm:NAME@VERSION`, or a frozen interface (`.txt`).";

#[derive(Debug, Subcommand)]
pub(crate) enum InterfaceVerb {
    /// Prints the interface of a source, one line a fact.
    #[command(
        before_help = "Examples:\n  plumbline interface extract ./clients/go\n  \
                       plumbline interface extract go:k8s.io/client-go/rest@v0.36.0 > rest.txt",
        after_help = SOURCES
    )]
    Extract(ExtractArgs),
    /// Says what users of one release would feel with the next.
    #[command(
        before_help = "Examples:\n  plumbline interface diff git:v1.0.0:clients/go ./clients/go\n  \
                       plumbline interface diff crate:kube-core@4.2.0 crate:kube-core@5.0.0 --format markdown\n  \
                       plumbline interface diff go:k8s.io/client-go@v0.{35,36,37}.0",
        after_help = SOURCES
    )]
    Diff(DiffArgs),
    /// Holds what is about to be released to every release that is still promised.
    #[command(
        before_help = "Examples:\n  plumbline interface check\n  \
                       plumbline interface check plumbline --release v0.2.0 --format junit",
        after_help = "A set is a folder of snapshots with a `policy.toml`, which says what it consists of.\n\n\
                      Exit codes:\n  0  nobody is broken who must not be\n  1  somebody is, or a promise is\n  \
                      2  wrong usage, or a source or snapshot cannot be read\n  4  there is no set"
    )]
    Check(CheckArgs),
    /// Freezes a release: what it promises stays as it is. Beside each interface in Go or Rust stands its stub test: code
    /// that uses all of it and compiles against it.
    #[command(before_help = "Examples:\n  plumbline interface accept plumbline v0.2.0\n  \
                       plumbline interface accept plumbline v0.1.0 --from v0.1.0 --stubs-only")]
    Accept(AcceptArgs),
    /// Says that a release is no longer promised.
    #[command(before_help = "Example:\n  plumbline interface expire plumbline v0.1.0")]
    Expire(ExpireArgs),
    /// Shows rules: one with its reason, example and advice, or all of them.
    #[command(before_help = "Examples:\n  plumbline interface explain GO-FUNC-REMOVED\n  \
                             plumbline interface explain")]
    Explain {
        /// The rule's id; none: lists all.
        rule: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ExtractArgs {
    /// Where the interface comes from.
    pub(crate) source: Source,
    #[command(flatten)]
    pub(crate) choices: ChoiceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The release before, and the release now; or more of a history, each compared with the one before it.
    #[arg(required = true, num_args = 2.., value_names = ["OLD", "NEW"])]
    pub(crate) releases: Vec<Source>,
    #[command(flatten)]
    pub(crate) choices: ChoiceArgs,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
    /// A file of waivers.
    #[arg(long, value_name = "FILE")]
    pub(crate) waivers: Option<PathBuf>,
    /// Shows each breaking finding of the Go and Rust lanes by code that compiles against the old release and not against
    /// the new one. Needs Go, or cargo.
    #[arg(long)]
    pub(crate) witness: bool,
}

/// Where frozen releases are, and what day it is.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// The folder of frozen releases.
    #[arg(long, value_name = "FOLDER", default_value = "snapshots")]
    pub(crate) snapshots: PathBuf,
    /// The day that decides what is over, and that is written down; by default today.
    #[arg(long, value_name = "DAY")]
    pub(crate) today: Option<Date>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Sets to check; by default all.
    pub(crate) sets: Vec<String>,
    /// What the candidate will be called.
    #[arg(long, value_name = "VERSION")]
    pub(crate) release: Option<String>,
    /// A file of waivers; by default `waivers.toml` among the snapshots.
    #[arg(long, value_name = "FILE")]
    pub(crate) waivers: Option<PathBuf>,
    /// Compiles the stub test of each frozen release, which relies on all of it, against the candidate. Needs Go and cargo,
    /// as far as there is something in their languages.
    #[arg(long)]
    pub(crate) stubs: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AcceptArgs {
    /// The set.
    pub(crate) set: String,
    /// What the release is called.
    pub(crate) release: String,
    /// Takes what is a folder or a file of the repository from this git revision.
    #[arg(long, value_name = "REVISION")]
    pub(crate) from: Option<String>,
    /// Freezes no stub tests: for whoever cannot compile them.
    #[arg(long)]
    pub(crate) no_stubs: bool,
    /// Adds the stub tests of a release that was frozen without, from its facts as they are frozen.
    #[arg(long, conflicts_with = "no_stubs")]
    pub(crate) stubs_only: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExpireArgs {
    /// The set.
    pub(crate) set: String,
    /// The release.
    pub(crate) release: String,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// What is chosen where a source leaves a choice.
#[derive(Debug, Clone, Args)]
pub(crate) struct ChoiceArgs {
    /// What the source is written in, where that cannot be told: go, rust, openapi.
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<Language>,
    /// A choice that a source leaves, as its language calls it: `goos=linux`, `tags=a,b`, `features=ws`. May be repeated.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = choice)]
    pub(crate) choices: Vec<(String, String)>,
    /// Where the documents are that others refer to: the lock file.
    #[arg(long, value_name = "FILE")]
    pub(crate) references: Option<PathBuf>,
}

/// How a verdict is shown.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ShowArgs {
    /// What to print.
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    pub(crate) format: VerdictFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerdictFormat {
    /// For people.
    Terminal,
    /// For programs.
    Json,
    /// For build servers.
    Junit,
    /// For a changelog.
    Markdown,
}

fn choice(text: &str) -> Result<(String, String), String> {
    let choice = text.split_once('=').filter(|(name, _)| !name.is_empty());
    choice
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "expected NAME=VALUE".to_owned())
}
