//! The command line. Every help begins with an example.

pub(crate) mod interface;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use plumbline::case::Level;
use plumbline::glob::Glob;
use plumbline::plan::Shard;
use plumbline::scenario::Revision;
use plumbline_fake_server::contract::Contract;
use plumbline_fake_server::serve::ServeOptions;

use interface::{InterfaceVerb, VerdictFormat};
use plumbline_vectors::deployment::{Address, Door};

/// Judges clients of the identity and region services over real mutual TLS.
#[derive(Debug, Parser)]
#[command(
    name = "plumbline",
    version,
    before_help = "Examples:\n  plumbline run                     judge the reference client\n  \
                   plumbline run -- ./my-driver      judge your own\n  \
                   plumbline driver check -- ./my-driver",
    after_help = "Exit codes:\n  0  every selected case has an acceptable verdict\n  \
                  1  the client does not conform, or the list of known failures is stale\n  \
                  2  wrong usage, configuration or scenario file\n  \
                  3  incomplete: the driver or the harness failed\n  \
                  4  nothing was selected\n  130  interrupted; the report is partial",
    disable_help_subcommand = true
)]
pub(crate) struct Command {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Plays scenarios against a client and says whether it conforms.
    #[command(before_help = "Examples:\n  plumbline run --run 'principal/*' --jobs 2\n  \
                             plumbline run --report-dir reports -- ./my-driver --flag")]
    Run(RunArgs),
    /// Lists the cases that `run` would play, one id a line.
    #[command(before_help = "Example:\n  plumbline list --run 'transport/*'")]
    List(SelectArgs),
    /// Says what a scenario requires, why, and shows its file.
    #[command(before_help = "Example:\n  plumbline explain principal/live-exact")]
    Explain {
        /// The id of a scenario or of a case.
        id: String,
    },
    /// Checks scenario files; by default those that come with Plumbline.
    #[command(before_help = "Example:\n  plumbline lint scenarios/principal")]
    Lint {
        /// Scenario files, or folders of them.
        files: Vec<PathBuf>,
    },
    /// Makes things go wrong at every phase of every exchange, and judges what clients do then.
    #[command(
        subcommand,
        before_help = "Examples:\n  plumbline faults plan\n  plumbline faults run --run 'references/*'"
    )]
    Faults(FaultsVerb),
    /// Plays sequences of operations and faults by chance, and makes simple what fails.
    #[command(before_help = "Examples:\n  plumbline fuzz --cases 10000\n  \
                             plumbline fuzz --seed 7 --max-time 10m -- ./my-driver")]
    Fuzz(FuzzArgs),
    /// Plays one sequence from its file, and shows what travelled and what is wrong.
    #[command(before_help = "Example:\n  plumbline replay fuzz-regressions/lost.yaml -- ./my-driver")]
    Replay(ReplayArgs),
    /// Plays scenarios against clients that are broken on purpose, and says who noticed whom.
    #[command(before_help = "Examples:\n  plumbline mutants\n  \
                             plumbline mutants --whole --table matrix.tsv --jobs 16\n  \
                             plumbline mutants --mutant 'principal-*' --run 'principal/*' --whole")]
    Mutants(MutantsArgs),
    /// Starts the fake services alone and prints their addresses and credentials as JSON.
    #[command(before_help = "Example:\n  plumbline serve --credentials ./credentials")]
    Serve(ServeOptions),
    /// The recorded decisions of the real services, which the fake is held to.
    #[command(subcommand, before_help = "Examples:\n  plumbline vectors list\n  plumbline vectors show ID")]
    Vectors(VectorsVerb),
    /// Holds a running deployment to the recorded decisions and to what is required, and says what drifted.
    #[command(
        before_help = "Examples:\n  plumbline serve --reset --credentials ./there &\n  \
                       plumbline verify https://localhost:8443 --region-url https://localhost:8444 \\\n    \
                       --credentials there/deployment.toml\n  \
                       plumbline verify https://identity.test --credentials there.toml \\\n    \
                       --allow-writes --reset http://127.0.0.1:9000/ --format junit",
        after_help = "Without --allow-writes nothing is sent but GET, HEAD and OPTIONS. With it, vectors that change the \
                      world are played where --reset restores it before each vector.\n\n\
                      Exit codes:\n  0  every answer is as recorded, and breaks nothing but what is known\n  \
                      1  an answer differs, or breaks a requirement that it did not break\n  \
                      2  wrong usage, or a description that cannot be used\n  \
                      3  incomplete: the deployment cannot be asked, or not everything\n  \
                      4  nothing was played"
    )]
    Verify(VerifyArgs),
    /// Helps those who write a driver.
    #[command(subcommand, before_help = "Example:\n  plumbline driver check -- ./my-driver")]
    Driver(DriverVerb),
    /// Reads runs again: renders their reports, compares two, or shows many beside each other.
    #[command(
        subcommand,
        before_help = "Examples:\n  plumbline report render reports/events.jsonl --format junit\n  \
                       plumbline report diff before after\n  plumbline report matrix ours theirs --svg matrix.svg"
    )]
    Report(ReportVerb),
    /// Says what a client was judged on, operation by operation, and what it never reached.
    #[command(
        before_help = "Examples:\n  plumbline run --report-dir run && plumbline coverage run\n  \
                       plumbline coverage run faults --format json",
        after_help = "Statuses and trust headers are counted by exchanges, faults by cases; cases that are incomplete or \
                      unsupported judge nothing and do not count."
    )]
    Coverage(CoverageArgs),
    /// Says what users of a release would feel: its source in Go and Rust, the wire, what a client does.
    #[command(
        subcommand,
        before_help = "Examples:\n  plumbline interface diff git:v1.0.0:clients/go ./clients/go\n  \
                       plumbline interface explain GO-FUNC-REMOVED"
    )]
    Interface(InterfaceVerb),
    /// Plays old clients against new servers and new clients against old ones, and shows who goes with whom.
    #[command(
        before_help = "Examples:\n  plumbline skew --run 'allocations/*'\n  \
                       plumbline skew --tag v0.1.0 --client 'v1.2=./drivers/v1.2 --quiet'",
        after_help = "Clients are ours, as it is here and as it was at each tag, and the drivers that are named. Servers \
                      are the fake, speaking the published contract and its revision. A client is played as written \
                      for either contract.\n\n\
                      Exit codes:\n  0  whoever goes together by the documents does\n  \
                      1  a client fails on its own contract, or where the documents say that nothing breaks\n  \
                      2  wrong usage, or a driver cannot be built\n  3  not everything could be judged\n  \
                      4  nothing was selected"
    )]
    Skew(SkewArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum FaultsVerb {
    /// Counts the faults that `faults run` would try, and says which cannot be tried and why.
    #[command(
        before_help = "Examples:\n  plumbline faults plan\n  plumbline faults plan --pairs --run 'references/*'"
    )]
    Plan(FaultsArgs),
    /// Tries every fault at every point of the selected scenarios, and judges what happened.
    #[command(before_help = "Examples:\n  plumbline faults run --run 'references/*'\n  \
                       plumbline faults run --run 'allocations/*' --pairs -- ./my-driver\n  \
                       plumbline faults run --shard 1/4 --report-dir faults")]
    Run(FaultsArgs),
    /// Tries faults with clients that are broken on purpose, and says which fault gave each of them away.
    #[command(before_help = "Examples:\n  plumbline faults mutants\n  \
                       plumbline faults mutants --mutant 'finalizer-*' --run 'convergence/*'")]
    Mutants(FaultMutantsArgs),
    /// Says how many of a run's faults were reached, and what became of them.
    #[command(before_help = "Example:\n  plumbline faults coverage faults")]
    Coverage {
        /// A folder of reports, an event log, or the JSON report of a run.
        report: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct FaultMutantsArgs {
    /// Plays only scenarios whose cases have such ids: `*` is any text. May be repeated.
    #[arg(long, value_name = "GLOB")]
    pub(crate) run: Vec<Glob>,
    /// Plays only mutants of such ids. May be repeated.
    #[arg(long, value_name = "GLOB")]
    pub(crate) mutant: Vec<Glob>,
    /// How many cases are played at once.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    /// A folder of scenarios instead of those that come with Plumbline.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) scenarios: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct FaultsArgs {
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    /// Two faults, the second in what the client does after the first.
    #[arg(long)]
    pub(crate) pairs: bool,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct JudgeArgs {
    /// How many cases are played at once.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    /// What ids and times are made from; the same seed gives the same run.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Stops at the first failure.
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// A folder for `events.jsonl`, `report.json` and `junit.xml`; made if need be.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) report_dir: Option<PathBuf>,
    /// A list of known failures.
    #[arg(long, value_name = "FILE")]
    pub(crate) known: Option<PathBuf>,
    /// The driver's command, after `--`; by default the reference client in this process.
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) driver: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct FuzzArgs {
    /// How many sequences are played.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) cases: u64,
    /// What sequences, ids and times are made from; the same seed gives the same run.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// What the services promise.
    #[arg(long, value_name = "CONTRACT", default_value = "published")]
    pub(crate) contract: Contract,
    /// No sequence is begun after so long: `90s`, `10m`, `2h`.
    #[arg(long, value_name = "TIME")]
    pub(crate) max_time: Option<TimeSpan>,
    /// How many sequences are played at once.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    /// Stops at the first failure.
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Sequences that failed once: they are played first, and new ones are kept there. By default `fuzz-regressions`.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) regressions: Option<PathBuf>,
    /// A list of known failures.
    #[arg(long, value_name = "FILE")]
    pub(crate) known: Option<PathBuf>,
    /// The driver's command, after `--`; by default the reference client in this process.
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) driver: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// The sequence's file.
    pub(crate) file: PathBuf,
    /// What ids and times are made from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// The driver's command, after `--`; by default the reference client in this process.
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) driver: Vec<String>,
}

/// How long something may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeSpan {
    pub(crate) milliseconds: u64,
}

/// A time span that there cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time span: expected a number and a unit, as in `90s`, `10m`, `2h`")]
pub(crate) struct TimeSpanError(String);

impl std::str::FromStr for TimeSpan {
    type Err = TimeSpanError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
        let read =
            |(unit, worth): (&str, u64)| text.strip_suffix(unit)?.parse::<u64>().ok()?.checked_mul(worth);
        let milliseconds = units.into_iter().find_map(read);
        milliseconds.map(|milliseconds| Self { milliseconds }).ok_or_else(|| TimeSpanError(text.to_owned()))
    }
}

#[derive(Debug, Args)]
pub(crate) struct SkewArgs {
    /// A release of our client by its git tag: its driver is built from there. May be repeated.
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    /// A driver of some release: its name, `=`, and its command. May be repeated.
    #[arg(long, value_name = "NAME=COMMAND")]
    pub(crate) client: Vec<NamedDriver>,
    /// Plays only cases of such ids: `*` is any text. May be repeated.
    #[arg(long, value_name = "GLOB")]
    pub(crate) run: Vec<Glob>,
    /// How many cases are played at once.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    /// What to print.
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    pub(crate) format: DiffFormat,
}

/// A driver, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedDriver {
    pub(crate) name: String,
    pub(crate) command: Vec<String>,
}

/// No driver is named so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a name, `=`, and a command, as in `v1.2=./driver --quiet`, found `{0}`")]
pub(crate) struct NamedDriverError(String);

impl std::str::FromStr for NamedDriver {
    type Err = NamedDriverError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('=').map(|(name, command)| {
            let command: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
            Self { name: name.to_owned(), command }
        });
        let fine = parts.filter(|driver| !driver.name.is_empty() && !driver.command.is_empty());
        fine.ok_or_else(|| NamedDriverError(text.to_owned()))
    }
}

#[derive(Debug, Args)]
pub(crate) struct MutantsArgs {
    /// Plays only scenarios whose cases have such ids: `*` is any text. May be repeated.
    #[arg(long, value_name = "GLOB")]
    pub(crate) run: Vec<Glob>,
    /// Plays only mutants of such ids. May be repeated.
    #[arg(long, value_name = "GLOB")]
    pub(crate) mutant: Vec<Glob>,
    /// How many cases are played at once.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    /// Plays every mutant with every scenario, not only the claims and what is near them.
    #[arg(long)]
    pub(crate) whole: bool,
    /// Lists the mutants instead of playing them.
    #[arg(long)]
    pub(crate) list: bool,
    /// Writes what became of each pair to this file: mutant, scenario, whether named, fate, a line each.
    #[arg(long, value_name = "FILE")]
    pub(crate) table: Option<PathBuf>,
    /// A folder of scenarios instead of those that come with Plumbline.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) scenarios: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct SelectArgs {
    /// Plays only cases of such ids: `*` is any text. May be repeated.
    #[arg(long, value_name = "GLOB")]
    pub(crate) run: Vec<Glob>,
    /// Leaves out cases of such ids. May be repeated.
    #[arg(long, value_name = "GLOB")]
    pub(crate) skip: Vec<Glob>,
    /// Plays only part k of n; the parts are made by the hash of the ids.
    #[arg(long, value_name = "k/n")]
    pub(crate) shard: Option<Shard>,
    /// The revision of the contract.
    #[arg(long, value_name = "REVISION", default_value = "S2")]
    pub(crate) revision: RevisionArg,
    /// Plays only requirements of this level.
    #[arg(long, value_name = "LEVEL")]
    pub(crate) level: Option<LevelArg>,
    /// Plays against servers without the known defects of the services, and leaves out what rests on one.
    #[arg(long)]
    pub(crate) repaired: bool,
    /// A folder of scenarios instead of those that come with Plumbline.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) scenarios: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RevisionArg {
    /// The older published versions.
    #[value(name = "S1")]
    S1,
    /// The newer published versions.
    #[value(name = "S2")]
    S2,
}

impl From<RevisionArg> for Revision {
    fn from(revision: RevisionArg) -> Self {
        match revision {
            RevisionArg::S1 => Self::S1,
            RevisionArg::S2 => Self::S2,
        }
    }
}

impl RevisionArg {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::S1 => "S1",
            Self::S2 => "S2",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LevelArg {
    /// Without it a client does not conform.
    Must,
    /// Without it a client conforms, but hurts its users.
    Should,
}

impl From<LevelArg> for Level {
    fn from(level: LevelArg) -> Self {
        match level {
            LevelArg::Must => Self::Must,
            LevelArg::Should => Self::Should,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The identity service: `https://HOST:PORT`.
    #[arg(value_name = "URL")]
    pub(crate) identity: Address,
    /// The region service; without it, vectors of that are not played.
    #[arg(long, value_name = "URL")]
    pub(crate) region_url: Option<Address>,
    /// What plays which part there: certificates, tokens, ids. See docs/verify.md.
    #[arg(long, value_name = "FILE")]
    pub(crate) credentials: PathBuf,
    /// Plays only vectors of such ids: `*` is any text. May be repeated.
    #[arg(long, value_name = "GLOB")]
    pub(crate) select: Vec<Glob>,
    /// Sends also what changes something.
    #[arg(long)]
    pub(crate) allow_writes: bool,
    /// Where a POST restores the world; it is asked before each vector.
    #[arg(long, value_name = "URL")]
    pub(crate) reset: Option<Door>,
    /// Differences that are wanted there, each with its reason.
    #[arg(long, value_name = "FILE")]
    pub(crate) differences: Option<PathBuf>,
    /// What to print.
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    pub(crate) format: VerdictFormat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum VectorsVerb {
    /// Lists what is required of every server, whatever was recorded.
    #[command(before_help = "Example:\n  plumbline vectors requirements")]
    Requirements,
    /// Lists what was recorded and breaks a requirement.
    #[command(before_help = "Example:\n  plumbline vectors defects")]
    Defects,
    /// Lists groups and how many vectors each has; of one group, its ids.
    #[command(before_help = "Example:\n  plumbline vectors list identity/acl")]
    List {
        /// `SERVICE/GROUP`, as the list has it.
        group: Option<String>,
    },
    /// Prints one vector for reading.
    #[command(before_help = "Example:\n  plumbline vectors show ID")]
    Show {
        /// Its id.
        id: String,
    },
    /// Plays the vectors against the fake and says where it decides otherwise.
    #[command(before_help = "Example:\n  plumbline vectors play --run 'i.acl*'")]
    Play {
        /// Plays only vectors of such ids: `*` is any text. May be repeated.
        #[arg(long, value_name = "GLOB")]
        run: Vec<Glob>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DriverVerb {
    /// Tries each rule of the driver protocol against a real fake and says what was expected.
    #[command(before_help = "Example:\n  plumbline driver check -- ./my-driver --flag")]
    Check {
        /// The driver's command, after `--`.
        #[arg(last = true, required = true, value_name = "COMMAND")]
        driver: Vec<String>,
    },
    /// Writes a complete driver for published clients into a repository that uses them.
    #[command(before_help = "Example:\n  plumbline driver new go-unikorn ./conformance")]
    New(NewArgs),
    /// Prints the JSON Schema of the driver protocol.
    #[command(before_help = "Example:\n  plumbline driver schema > schema.json")]
    Schema,
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// Whose driver.
    pub(crate) scaffold: Scaffold,
    /// Where it is written: a folder inside a Go module that requires the clients; made if need be.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// The interface generation; by default told from the versions in `go.mod`.
    #[arg(long, value_name = "REVISION")]
    pub(crate) revision: Option<RevisionArg>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scaffold {
    /// The UNI platform's Go clients: github.com/unikorn-cloud/identity and, if required, region.
    GoUnikorn,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReportVerb {
    /// Renders one report, also of a run that was killed.
    #[command(before_help = "Example:\n  plumbline report render reports/events.jsonl --format junit")]
    Render {
        /// A folder of reports, an event log, or the JSON report of a run.
        report: PathBuf,
        /// What to render.
        #[arg(long, value_name = "FORMAT", default_value = "terminal")]
        format: Format,
    },
    /// Says what is better and what is worse in a second run: of another client, or of another version.
    #[command(
        before_help = "Example:\n  plumbline run --report-dir before -- ./my-driver-1.0\n  \
                       plumbline run --report-dir after -- ./my-driver-1.1\n  \
                       plumbline report diff before after",
        after_help = "A case is worse when the client did it right, or did not claim it, and does it wrong;\n\
                      when it did it right and no longer claims it; or when more is found wrong than before.\n\n\
                      Exit codes:\n  0  no case of B is worse than in A\n  1  at least one is\n  \
                      2  wrong usage, or no report of a run\n  \
                      3  none is, but B does not judge all that A judged\n  4  they have no case in common"
    )]
    Diff {
        /// The first run: a folder of reports, an event log, or the JSON report of a run.
        a: PathBuf,
        /// The second run, likewise.
        b: PathBuf,
        /// What to print.
        #[arg(long, value_name = "FORMAT", default_value = "terminal")]
        format: DiffFormat,
    },
    /// Shows clients by suites of scenarios: a row for each suite, a column for each run.
    #[command(before_help = "Example:\n  plumbline report matrix ours theirs --svg matrix.svg")]
    Matrix {
        /// The runs: folders of reports, event logs, or JSON reports.
        #[arg(required = true, value_name = "REPORT")]
        reports: Vec<PathBuf>,
        /// Writes the picture there as well; the same runs give the same picture.
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CoverageArgs {
    /// The runs, taken together: folders of reports, event logs, or JSON reports.
    #[arg(required = true, value_name = "REPORT")]
    pub(crate) reports: Vec<PathBuf>,
    /// What to print.
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    pub(crate) format: DiffFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// For people.
    Terminal,
    /// For programs.
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Terminal,
    /// For programs.
    Json,
    /// For build servers.
    Junit,
}

#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// Says less: only what it amounts to.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Says more: a line for every case.
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    pub(crate) verbose: bool,
    /// Colours. `auto` heeds NO_COLOR and whether there is a terminal.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorArg {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
