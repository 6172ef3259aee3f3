//! `plumbline verify`: a running deployment, held to what was recorded and to what is required.

use std::num::NonZeroUsize;
use std::path::Path;

use plumbline_vectors::deployment::{Access, Writes};
use plumbline_vectors::play::{PlayOptions, play};
use plumbline_vectors::report::{json, junit, markdown, terminal};
use plumbline_vectors::{Book, Deployment, Description, Line, WantedDifferences, derived};

use super::vectors::{ending, judged};
use crate::args::VerifyArgs;
use crate::args::interface::VerdictFormat;
use crate::ending::{CommandError, Ending};
use crate::output::Output;

pub(super) fn verify(args: &VerifyArgs, output: &Output) -> Result<Ending, CommandError> {
    let wanted = wanted(args.differences.as_deref())?;
    let description =
        Description::read(&args.credentials).map_err(|source| CommandError::Deployment(source.into()))?;
    let access = Access {
        identity: args.identity.clone(),
        region: args.region_url.clone(),
        door: args.reset.clone(),
        writes: if args.allow_writes { Writes::Allowed } else { Writes::Refused },
    };
    let book = Book::open()?;
    let selected = |id: &str| args.select.is_empty() || args.select.iter().any(|glob| glob.matches(id));
    let derived = derived::of(&book)?;
    let lines = book.lines().chain(derived.lines());
    let lines: Vec<Line<'_>> = lines.filter(|line| selected(line.id)).collect();
    if lines.is_empty() {
        output.note("no vector was selected\n");
        return Ok(Ending::Nothing);
    }
    let deployment = Deployment::open(&description, access, &lines)?;
    deployment.knock().map_err(CommandError::Unreachable)?;
    // One after another: the world that is restored is one.
    let options = PlayOptions { jobs: NonZeroUsize::MIN };
    let report = play(&&deployment, deployment.credentials(), &lines, &options);
    let (findings, catalogue) = judged(&report, &wanted)?;
    let text = match args.format {
        VerdictFormat::Terminal => terminal::render(&findings),
        VerdictFormat::Json => json::render(&findings),
        VerdictFormat::Junit => junit::render(&findings, &catalogue).map_err(CommandError::Junit)?,
        VerdictFormat::Markdown => markdown::render(&findings),
    };
    output.data(&text);
    Ok(ending(&findings))
}

fn wanted(path: Option<&Path>) -> Result<WantedDifferences, CommandError> {
    let Some(path) = path else { return Ok(WantedDifferences::default()) };
    let text = std::fs::read_to_string(path)
        .map_err(|source| CommandError::Read { path: path.to_owned(), source })?;
    Ok(WantedDifferences::parse(&text)?)
}
