//! Plays the recorded decisions of the real services against the fake, over its real TLS.
//!
//! [`play`] is all there is to do with it, and a [`Stage`] for whoever plays again and again; `plumbline vectors play` and
//! the fake's own tests are the two that do.
//! `projection` writes the fake's model as the recording writes the platform's objects.

mod declared;
mod engine;
mod fake;
pub mod keyring;
mod projection;
mod server;

pub use engine::incoming;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use plumbline_fake_server::Pki;
use plumbline_fake_server::engine::Options;
use plumbline_fake_server::world::World;
use plumbline_vectors::differences::WantedError;
use plumbline_vectors::play::{PlayOptions, Report};
use plumbline_vectors::{Book, Keyring, TargetError, WantedDifferences, derived};

pub use declared::Declared;

/// How the fake is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Over its real TLS, but for vectors that are about the layer behind an ingress.
    Listeners,
    /// Straight into its decision engine: faster, for whoever works on that.
    Engine,
}

/// How a fake is played.
#[derive(Debug, Clone, Copy)]
pub struct Play {
    /// How it is reached.
    pub reach: Reach,
    /// How it decides.
    pub options: Options,
}

/// Plays the vectors of which the ids are selected, as many at once as there are processors.
///
/// # Errors
///
/// The recording cannot be read, or the certificates of the play cannot be made.
pub fn play(selected: impl Fn(&str) -> bool, reach: Reach) -> Result<Report, TargetError> {
    play_as(Play { reach, options: Options::default() }, selected)
}

/// Plays the vectors of which the ids are selected against a fake that decides as told, and those that follow from them.
///
/// # Errors
///
/// The recording cannot be read, or the certificates of the play cannot be made.
pub fn play_as(play: Play, selected: impl Fn(&str) -> bool) -> Result<Report, TargetError> {
    Stage::set()?.play(play, selected)
}

/// What plays have in common, whoever is played: the recordings, and credentials for them. Making keys takes a while.
pub struct Stage {
    book: Book,
    derived: Book,
    world: Arc<World>,
    pki: Arc<Pki>,
    keyring: Keyring,
}

impl Stage {
    /// Reads the recordings and makes credentials.
    ///
    /// # Errors
    ///
    /// The recording cannot be read, or the certificates of the play cannot be made.
    pub fn set() -> Result<Self, TargetError> {
        let book = Book::open()?;
        let derived = derived::of(&book)?;
        let world = World::shared();
        let pki = Pki::of(&world)?;
        pki.warm()?;
        let keyring = keyring::of(&world, &pki)?;
        Ok(Self { book, derived, world, pki, keyring })
    }

    /// As [`play_as`].
    ///
    /// # Errors
    ///
    /// What the clients of the play show cannot be made.
    pub fn play(&self, play: Play, selected: impl Fn(&str) -> bool) -> Result<Report, TargetError> {
        let lines = self.book.lines().chain(self.derived.lines());
        let lines: Vec<_> = lines.filter(|line| selected(line.id)).collect();
        let fake = fake::Fake::new(Arc::clone(&self.world), &self.pki, play)?;
        let options = PlayOptions { jobs: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN) };
        Ok(plumbline_vectors::play::play(&fake, &self.keyring, &lines, &options))
    }
}

/// Differences between the fake and the recording that are wanted, each with its reason.
///
/// # Errors
///
/// The list cannot be read.
pub fn wanted() -> Result<WantedDifferences, WantedError> {
    WantedDifferences::parse(include_str!("../../../vectors/differences.toml"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use plumbline_fake_server::repaired;
    use plumbline_vectors::requirements::Defects;

    #[test]
    fn the_fake_repairs_exactly_the_known_defects() {
        let known = Defects::embedded().unwrap();
        let known: BTreeSet<&str> = known.all().iter().map(|defect| defect.id.as_str()).collect();
        assert_eq!(BTreeSet::from(repaired::DEFECTS), known);
    }
}
