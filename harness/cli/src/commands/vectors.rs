//! `plumbline vectors`: the recorded decisions.

use plumbline::glob::Glob;
use plumbline_player::Reach;
use plumbline_vectors::{Book, print};

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
            Some(line) => output.data(&print::vector(&line.vector()?)),
            None => return Err(CommandError::UnknownVector { id }),
        },
        VectorsVerb::Play { run } => return play(&run, output),
    }
    Ok(Ending::Well)
}

/// Plays the selected vectors; one that agrees is counted, one that differs is shown.
fn play(run: &[Glob], output: &Output) -> Result<Ending, CommandError> {
    let selected = |id: &str| run.is_empty() || run.iter().any(|glob| glob.matches(id));
    let report = plumbline_player::play(selected, Reach::Listeners).map_err(CommandError::Fake)?;
    let wanted = plumbline_player::wanted().map_err(|source| CommandError::Fake(source.into()))?;
    let failures = print::failures(&report, &wanted);
    failures.iter().for_each(|failure| output.data(&format!("{failure}\n")));
    output.data(&print::summary(&report));
    Ok(match report.count() {
        _ if !failures.is_empty() => Ending::Fails,
        0 => Ending::Nothing,
        _ => Ending::Well,
    })
}
