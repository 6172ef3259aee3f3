//! `plumbline driver`: help for those who write a driver.

use crate::args::DriverVerb;
use crate::ending::{CommandError, Ending};
use crate::output::Output;

pub(super) fn driver(verb: &DriverVerb, output: &Output) -> Result<Ending, CommandError> {
    match verb {
        DriverVerb::Schema => {
            let schema = serde_json::to_string_pretty(&plumbline_protocol::schema());
            output.data(&(schema.expect("a schema has string keys only") + "\n"));
            Ok(Ending::Well)
        }
    }
}
