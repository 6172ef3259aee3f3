//! `plumbline serve`: the fake services alone.

use plumbline_fake_server::serve::{ServeOptions, serve as serve_fake};

use super::runtime;
use crate::ending::{CommandError, Ending};
use crate::output::Output;

pub(super) fn serve(options: &ServeOptions, output: &Output) -> Result<Ending, CommandError> {
    let mut data = output.data_stream();
    runtime()?
        .block_on(serve_fake(options, &mut data))
        .map_err(|source| CommandError::Fake(source.into()))?;
    Ok(Ending::Well)
}
