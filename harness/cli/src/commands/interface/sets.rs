//! Sets of frozen releases: checked, added to, expired.

use std::path::{Path, PathBuf};

use plumbline_interface::check::Check;
use plumbline_interface::extract::{ExtractError, Request, extract};
use plumbline_interface::policy::{Part, Policy};
use plumbline_interface::report::Report;
use plumbline_interface::snapshot::{Store, StoreError, Taken, folders, interface_file, stub_file};
use plumbline_interface::source::Source;
use plumbline_interface::waiver::Waivers;
use plumbline_interface::{Catalogue, Interface, text};

use super::{show, stubs};
use crate::args::interface::{AcceptArgs, CheckArgs, ExpireArgs};
use crate::clock::today;
use crate::ending::{CommandError, Ending};
use crate::output::Output;

/// What stands for the release in a source.
const RELEASE: &str = "{release}";

/// What is to be released, part by part.
type Candidates<'p> = Vec<(&'p Part, Interface)>;

/// Holds candidates to every release that is promised.
pub(super) fn check(args: &CheckArgs, output: &Output) -> Result<Ending, CommandError> {
    let store = Store::open(&args.store.snapshots)?;
    let day = args.store.today.unwrap_or_else(today);
    let usual = args.store.snapshots.join("waivers.toml");
    let file = args.waivers.as_ref().unwrap_or(&usual);
    // One that nobody named need not be there.
    let none = args.waivers.is_none() && !file.exists();
    let mut waivers = if none { Waivers::default() } else { waivers(file)? };
    let all = sets(&args.store.snapshots)?;
    if let Some(unknown) = args.sets.iter().find(|set| !all.contains(set)) {
        return Err(CommandError::UnknownSet {
            set: unknown.clone(),
            file: policy_file(&args.store.snapshots, unknown),
        });
    }
    let chosen = if args.sets.is_empty() { &all } else { &args.sets };
    if chosen.is_empty() {
        return Ok(Ending::Nothing);
    }
    let mut whole = Report { comparisons: Vec::new(), policy: store.findings(Catalogue::ours())? };
    let mut passes = whole.policy.is_empty();
    for set in chosen {
        let policy = policy(&args.store.snapshots, set)?;
        let (release, candidates) = candidates(&store, set, &policy, args.release.as_deref())?;
        let changelog = policy.changelog.as_ref().map(|path| read(Path::new(path))).transpose()?;
        let check = Check {
            catalogue: Catalogue::ours(),
            store: &store,
            set,
            policy: &policy,
            release: &release,
            today: day,
            changelog: changelog.as_deref(),
        };
        let mut report = check.run(&candidates, &mut waivers)?;
        if args.stubs {
            report.policy.extend(stubs::check(&store, set, &policy, &report.comparisons)?);
        }
        passes &= check.passes(&report);
        whole.comparisons.extend(report.comparisons);
        whole.policy.extend(report.policy);
    }
    // Of a part of the sets nobody can say what the others need.
    if args.sets.is_empty() {
        let release = args.release.as_deref().unwrap_or_default();
        let found = waivers.findings(Catalogue::ours(), &file.display().to_string(), day, release);
        passes &= found.is_empty();
        whole.policy.extend(found);
    }
    show::report(&whole, args.show, output)?;
    let by = if passes { "passes by its policies\n" } else { "does not pass by its policies\n" };
    output.note(by);
    Ok(if passes { Ending::Well } else { Ending::Fails })
}

/// Freezes a release of a set.
pub(super) fn accept(args: &AcceptArgs, output: &Output) -> Result<Ending, CommandError> {
    let mut store = Store::open(&args.store.snapshots)?;
    let policy = policy(&args.store.snapshots, &args.set)?;
    let day = args.store.today.unwrap_or_else(today);
    let (set, release) = (args.set.as_str(), args.release.as_str());
    // All are extracted, and all stub tests compiled, before any is frozen.
    let mut frozen = Vec::new();
    for part in policy.interface.iter().filter(|part| part.is_in(release)) {
        let request = request(part, &origin(args, part)?)?;
        let interface = if args.stubs_only {
            let Some(interface) = store.interface(set, release, &part.name)? else { continue };
            interface
        } else {
            let mut interface = extract(&request)?;
            release.clone_into(&mut interface.about.release);
            let (file, text) = (interface_file(&part.name), text::print(&interface));
            store.takes((set, release, &file), &text)?;
            frozen.push((file, text));
            interface
        };
        let file = stub_file(&part.name);
        // One that is frozen stays: another compiler might leave out another use.
        if args.no_stubs || store.lock().hash(set, release, &file).is_some() {
            continue;
        }
        if let Some(sound) = stubs::sound(&request, part, &interface)? {
            output.note(&stubs::said(&part.name, &sound));
            frozen.push((file, sound.stub.print()));
        }
    }
    if args.stubs_only && store.lock().release(set, release).is_none() {
        return Err(StoreError::Unknown { set: set.to_owned(), release: release.to_owned() }.into());
    }
    for (file, text) in &frozen {
        if store.freeze((set, release, file), text, day)? == Taken::Already {
            continue;
        }
        let path = store.folder(set).join(release).join(file);
        output.data(&format!("{}\n", path.display()));
    }
    Ok(if frozen.is_empty() { Ending::Nothing } else { Ending::Well })
}

/// Where a part of a release comes from.
fn origin(args: &AcceptArgs, part: &Part) -> Result<String, CommandError> {
    let source = match (&part.release, &part.candidate) {
        (Some(source), _) => source.replace(RELEASE, &args.release),
        (None, Some(candidate)) => candidate.clone(),
        (None, None) => {
            return Err(CommandError::NoOrigin { set: args.set.clone(), part: part.name.clone() });
        }
    };
    Ok(match (&args.from, source.parse()) {
        (Some(revision), Ok(Source::Path(path))) => format!("git:{revision}:{}", path.display()),
        (Some(_) | None, _) => source,
    })
}

/// Says that a release is no longer promised.
pub(super) fn expire(args: &ExpireArgs) -> Result<Ending, CommandError> {
    let mut store = Store::open(&args.store.snapshots)?;
    store.expire(&args.set, &args.release, args.store.today.unwrap_or_else(today))?;
    Ok(Ending::Well)
}

/// What is to be checked, and what it will be called. A set without a candidate has its newest release for one.
fn candidates<'p>(
    store: &Store,
    set: &str,
    policy: &'p Policy,
    wanted: Option<&str>,
) -> Result<(String, Candidates<'p>), CommandError> {
    let newest = store.lock().releases(set).pop();
    let newest = newest.map(|release| release.name).unwrap_or_default();
    let mut candidates = Vec::new();
    let mut own = false;
    for part in &policy.interface {
        let found = match &part.candidate {
            Some(source) => {
                own = true;
                let mut interface = interface(part, source)?;
                wanted.unwrap_or_default().clone_into(&mut interface.about.release);
                Some(interface)
            }
            None => store.interface(set, &newest, &part.name)?,
        };
        candidates.extend(found.map(|interface| (part, interface)));
    }
    let release = if own { wanted.unwrap_or_default().to_owned() } else { newest };
    Ok((release, candidates))
}

fn interface(part: &Part, source: &str) -> Result<Interface, CommandError> {
    Ok(extract(&request(part, source)?)?)
}

/// What is wanted of a part's source.
pub(super) fn request(part: &Part, source: &str) -> Result<Request, CommandError> {
    let source: Source = source.parse().map_err(|error: plumbline_interface::source::UnknownSource| {
        ExtractError::of(&part.name, error.to_string())
    })?;
    Ok(Request {
        language: part.language,
        name: Some(part.name.clone()),
        configuration: part.set.clone(),
        references: part.references.as_ref().map(PathBuf::from),
        ..Request::new(source)
    })
}

/// Sets are folders with a policy.
fn sets(snapshots: &Path) -> Result<Vec<String>, CommandError> {
    let mut sets = folders(snapshots)?;
    sets.retain(|set| policy_file(snapshots, set).is_file());
    Ok(sets)
}

fn policy_file(snapshots: &Path, set: &str) -> PathBuf {
    snapshots.join(set).join("policy.toml")
}

fn policy(snapshots: &Path, set: &str) -> Result<Policy, CommandError> {
    let path = policy_file(snapshots, set);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(_) if !path.exists() => return Err(CommandError::UnknownSet { set: set.to_owned(), file: path }),
        Err(source) => return Err(CommandError::Read { path, source }),
    };
    Ok(Policy::parse(&path.display().to_string(), &text)?)
}

/// Waivers of a file.
fn waivers(file: &Path) -> Result<Waivers, CommandError> {
    Ok(Waivers::parse(&file.display().to_string(), &read(file)?)?)
}

fn read(file: &Path) -> Result<String, CommandError> {
    std::fs::read_to_string(file).map_err(|source| CommandError::Read { path: file.to_owned(), source })
}
