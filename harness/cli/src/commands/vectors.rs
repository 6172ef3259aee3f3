//! `plumbline vectors`: the recorded decisions.

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
    }
    Ok(Ending::Well)
}
