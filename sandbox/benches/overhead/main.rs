//! What a run in a warm slot costs beyond a bare spawn of the same program, paired in one loop.
//!
//! `cargo bench --package sandbox`, as root for cgroups; `… -- [--rounds N] [--init PROGRAM] [WORD…]` measures the figures whose
//! name holds one of the words, and takes the init of another program, such as `$PWD/target/release/gavel`. Needs gcc and python3;
//! bubblewrap is measured beside them where it is installed.
//!
//! Prints a table in Markdown. A round takes every figure once, bare and slot in turn within one loop; a ratio is the median
//! of the ratios of the rounds, so that a machine that is slow for a moment is slow for both, and for one round.

#![expect(clippy::print_stdout, reason = "a table for people")]

mod figures;
mod programs;
mod table;

use std::error::Error;
use std::path::PathBuf;

use sandbox::{Slot, SlotConfig};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    sandbox::init_if_requested();
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    let programs = programs::Programs::build()?;
    let mut config = SlotConfig {
        init_program: arguments.init.clone(),
        ..SlotConfig::default()
    };
    config.tool_roots.push(programs.directory().to_owned());
    println!("{}\n", table::machine(Slot::start(&config)?.guarantees()));
    let mut figures = figures::all(&programs);
    figures.retain(|figure| arguments.wants(figure.name()));
    for _ in 0..arguments.rounds {
        for figure in &mut figures {
            figure.measure(&config)?;
        }
    }
    println!("{}", table::HEAD);
    for figure in &figures {
        println!("{}", figure.row());
    }
    Ok(())
}

struct Arguments {
    rounds: usize,
    init: Option<PathBuf>,
    words: Vec<String>,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut arguments = Self {
            rounds: 5,
            init: None,
            words: Vec::new(),
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word}: a value is missing"));
            match word.as_str() {
                // Cargo says so to every benchmark.
                "--bench" => {}
                "--rounds" => arguments.rounds = value()?.parse()?,
                "--init" => arguments.init = Some(value()?.into()),
                _ => arguments.words.push(word),
            }
        }
        Ok(arguments)
    }

    fn wants(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }
}
