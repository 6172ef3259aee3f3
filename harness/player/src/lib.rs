//! Plays the recorded decisions of the real services against the fake, over its real TLS.
//!
//! [`play`] is all there is to do with it; `plumbline vectors play` and the fake's own tests are the two that do.
//! `projection` writes the fake's model as the recording writes the platform's objects.

mod engine;
mod fake;
mod keyring;
mod projection;
mod server;

use std::num::NonZeroUsize;
use std::thread;

use plumbline_fake_server::Pki;
use plumbline_fake_server::world::World;
use plumbline_vectors::differences::WantedError;
use plumbline_vectors::play::{PlayOptions, Report};
use plumbline_vectors::{Book, TargetError, WantedDifferences};

/// How the fake is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Over its real TLS, but for vectors that are about the layer behind an ingress.
    Listeners,
    /// Straight into its decision engine: faster, for whoever works on that.
    Engine,
}

/// Plays the vectors of which the ids are selected, as many at once as there are processors.
///
/// # Errors
///
/// The recording cannot be read, or the certificates of the play cannot be made.
pub fn play(selected: impl Fn(&str) -> bool, reach: Reach) -> Result<Report, TargetError> {
    let book = Book::open()?;
    let lines: Vec<_> = book.lines().filter(|line| selected(line.id)).collect();
    let world = World::shared();
    let pki = Pki::of(&world)?;
    pki.warm()?;
    let keyring = keyring::of(&world, &pki)?;
    let options = PlayOptions { jobs: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN) };
    Ok(plumbline_vectors::play::play(&fake::Fake::new(world, &pki, reach)?, &keyring, &lines, &options))
}

/// Differences between the fake and the recording that are wanted, each with its reason.
///
/// # Errors
///
/// The list cannot be read.
pub fn wanted() -> Result<WantedDifferences, WantedError> {
    WantedDifferences::parse(include_str!("../../../vectors/differences.toml"))
}
