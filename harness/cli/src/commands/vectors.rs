//! `plumbline vectors`: the recorded decisions.

use plumbline::glob::Glob;
use plumbline_player::Reach;
use plumbline_vectors::findings::{Findings, Law};
use plumbline_vectors::play::Report;
use plumbline_vectors::report::terminal;
use plumbline_vectors::requirements::{Catalogue, Defects, Exchange};
use plumbline_vectors::{Book, Vector, WantedDifferences, print};

use crate::args::VectorsVerb;
use crate::ending::{CommandError, Ending};
use crate::output::Output;

pub(super) fn vectors(verb: VectorsVerb, output: &Output) -> Result<Ending, CommandError> {
    let book = Book::open()?;
    match verb {
        VectorsVerb::List { group: None } => output.data(&print::groups(&book)),
        VectorsVerb::List { group: Some(group) } => {
            let of_group = |line: &plumbline_vectors::Line<'_>| {
                group == line.group || group == format!("{}/{}", line.service, line.group)
            };
            let ids: String = book.lines().filter(of_group).map(|line| format!("{}\n", line.id)).collect();
            if ids.is_empty() {
                return Err(CommandError::UnknownGroup { group });
            }
            output.data(&ids);
        }
        VectorsVerb::Show { id } => match book.find(&id) {
            Some(line) => {
                let vector = line.vector()?;
                output.data(&print::vector(&vector));
                output.data(&bearing(&vector)?);
            }
            None => return Err(CommandError::UnknownVector { id }),
        },
        VectorsVerb::Requirements => output.data(&requirements()?),
        VectorsVerb::Defects => output.data(&defects()?),
        VectorsVerb::Play { run } => return play(&run, output),
    }
    Ok(Ending::Well)
}

/// Plays the selected vectors against the fake.
fn play(run: &[Glob], output: &Output) -> Result<Ending, CommandError> {
    let selected = |id: &str| run.is_empty() || run.iter().any(|glob| glob.matches(id));
    let report = plumbline_player::play(selected, Reach::Listeners).map_err(CommandError::Fake)?;
    let wanted = plumbline_player::wanted().map_err(|source| CommandError::Fake(source.into()))?;
    let (findings, _) = judged(&report, &wanted)?;
    output.data(&terminal::render(&findings));
    Ok(ending(&findings))
}

/// What a play amounts to, and what it was judged by.
pub(super) fn judged(
    report: &Report,
    wanted: &WantedDifferences,
) -> Result<(Findings, Catalogue), CommandError> {
    let catalogue = catalogue()?;
    let defects = Defects::embedded().map_err(|source| CommandError::Requirements(source.into()))?;
    let documents = plumbline_player::Declared;
    let law = Law { catalogue: &catalogue, defects: &defects, documents: &documents, wanted };
    Ok((Findings::of(report, law), catalogue))
}

/// What findings amount to: what is wrong goes before what is missing.
pub(super) fn ending(findings: &Findings) -> Ending {
    if findings.fails() {
        Ending::Fails
    } else if !findings.broken.is_empty() {
        Ending::Incomplete
    } else if findings.played() == 0 {
        Ending::Nothing
    } else {
        Ending::Well
    }
}

fn catalogue() -> Result<Catalogue, CommandError> {
    Catalogue::embedded().map_err(|source| CommandError::Requirements(source.into()))
}

/// The requirements that each step of a vector bears on.
fn bearing(vector: &Vector) -> Result<String, CommandError> {
    let catalogue = catalogue()?;
    let mut text = "\nrequirements\n".to_owned();
    for exchange in Exchange::recorded(vector) {
        let ids: Vec<&str> = catalogue.bearing(&exchange.tags).map(|it| it.id.as_str()).collect();
        text.push_str(&format!("  step {}  {}\n", exchange.index + 1, ids.join(", ")));
    }
    Ok(text)
}

fn requirements() -> Result<String, CommandError> {
    let catalogue = catalogue()?;
    let entries = catalogue.requirements().iter();
    Ok(entries.map(|it| format!("{}\n  {}\n  from: {}\n", it.id, it.sentence, it.source)).collect())
}

fn defects() -> Result<String, CommandError> {
    let defects = Defects::embedded().map_err(|source| CommandError::Requirements(source.into()))?;
    let entries = defects.all().iter();
    Ok(entries
        .map(|it| {
            format!(
                "{}\n  {}\n  breaks {}, {}; {} recorded answers show it\n",
                it.id, it.sentence, it.requirement, it.class, it.shown
            )
        })
        .collect())
}
