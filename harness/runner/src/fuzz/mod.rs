//! Sequences by chance: dependants that come and go, resources with allocations, and whatever goes wrong in between.
//!
//! A [`Fuzzer`] makes sequences from a seed. A sequence is a file that people can read, a scenario's steps and the faults
//! in them, and is played as that file says: [`SequenceCase`] is read from it, whoever wrote it. What is judged is the
//! history, and what is there in the end against what the client said. A sequence that fails is made as simple as it gets
//! with [`Fuzzer::shrink`].

mod generate;
mod model;
mod moves;
mod read;

use std::sync::Arc;

use plumbline_fake_server::contract::Contract;
use plumbline_protocol::{Driver, Hello};

use self::generate::{Abilities, Tree, tree};
use crate::case::{Case, CaseResult};
use crate::history::{History, judge};
use crate::known::Known;
use crate::plan::{Needs, ScenarioCase};
use crate::play::{Mishap, Performed, perform_sequence};
use crate::run::{Bench, Performance, Playable, Trouble, play_one};
use crate::scenario::InvalidFile;

/// So many simpler sequences are tried at most.
const TRIES: usize = 500;

/// A sequence that can be played.
#[derive(Debug, Clone)]
pub struct SequenceCase {
    base: Arc<ScenarioCase>,
    mishaps: Vec<Mishap>,
    text: Arc<str>,
}

impl SequenceCase {
    /// Reads a sequence; `file` is what the file is called.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the text, each with its place in it.
    pub fn parse(file: &str, text: &str) -> Result<Self, InvalidFile> {
        read::read(file, file, text)
    }

    /// The file that says it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl Playable for SequenceCase {
    fn case(&self) -> &Case {
        &self.base.case
    }

    fn needs(&self) -> &Needs {
        &self.base.needs
    }

    async fn play<D: Driver>(&self, bench: &Bench<D>) -> Result<Performance, Trouble> {
        let Performed { attempts, met, mut performance } =
            perform_sequence(&self.base, &self.mishaps, bench).await?;
        let judged = judge(History {
            attempts: &attempts,
            rehearsal: &[],
            faults: &met,
            contract: self.base.contract(),
        });
        performance.ambiguous = judged.reasons();
        performance.findings.extend(judged.findings);
        performance.findings.extend(model::check(&attempts, self.base.contract()));
        Ok(performance)
    }
}

/// A sequence of which nobody reads what happened unless something is wrong; there are thousands.
#[derive(Debug, Clone)]
pub struct Brief(pub SequenceCase);

impl Playable for Brief {
    fn case(&self) -> &Case {
        self.0.case()
    }

    fn needs(&self) -> &Needs {
        self.0.needs()
    }

    async fn play<D: Driver>(&self, bench: &Bench<D>) -> Result<Performance, Trouble> {
        let mut performance = self.0.play(bench).await?;
        if performance.findings.is_empty() {
            performance.sum_up();
        }
        Ok(performance)
    }
}

/// Makes sequences; the same seed gives the same ones.
#[derive(Debug, Clone)]
pub struct Fuzzer {
    seed: u64,
    contract: Contract,
    abilities: Abilities,
}

/// A sequence made as simple as it gets.
#[derive(Debug)]
pub struct Shrunk {
    /// The sequence.
    pub sequence: SequenceCase,
    /// What came of it.
    pub result: CaseResult,
    /// How many moves it has, and how many it had.
    pub moves: (usize, usize),
}

impl Fuzzer {
    /// Makes what a client can be made to do where the services promise this; none: it can do nothing of it.
    #[must_use]
    pub fn new(seed: u64, hello: &Hello, contract: Contract) -> Option<Self> {
        let abilities = Abilities::of(hello, contract);
        (!abilities.are_none()).then_some(Self { seed, contract, abilities })
    }

    /// The sequence of that number.
    #[must_use]
    pub fn sequence(&self, number: u64) -> SequenceCase {
        self.case(number, &tree(&self.abilities, self.seed, number))
    }

    /// The simplest sequence found, beginning with the one of that number, in which a check finds something; none: it
    /// finds nothing in that one this time.
    pub async fn shrink<D: Driver>(&self, number: u64, check: &str, bench: &Bench<D>) -> Option<Shrunk> {
        let mut tree = tree(&self.abilities, self.seed, number);
        let before = tree.current().len();
        let mut best = self.fails(number, &tree, check, bench).await?;
        let mut tries = 0;
        let mut simpler = tree.simplify();
        while simpler && tries < TRIES {
            tries += 1;
            simpler = match self.fails(number, &tree, check, bench).await {
                Some(failing) => {
                    best = failing;
                    tree.simplify()
                }
                None => tree.complicate(),
            };
        }
        let (sequence, result, after) = best;
        Some(Shrunk { sequence, result, moves: (after, before) })
    }

    async fn fails<D: Driver>(
        &self,
        number: u64,
        tree: &Tree,
        check: &str,
        bench: &Bench<D>,
    ) -> Option<(SequenceCase, CaseResult, usize)> {
        let sequence = self.case(number, tree);
        let result = play_one(&sequence, bench, &Known::default()).await;
        let found = result.findings.iter().any(|finding| finding.check == check);
        found.then(|| (sequence, result, tree.current().len()))
    }

    fn case(&self, number: u64, tree: &Tree) -> SequenceCase {
        let id = format!("fuzz/{}-{number}", self.seed);
        read::read(&id, &format!("{id}.yaml"), &moves::text(self.contract, &tree.current()))
            .expect("what is generated is right, as a test makes sure")
    }
}
