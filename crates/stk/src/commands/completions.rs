//! `stk completions`.

use clap::CommandFactory as _;

pub fn print(shell: clap_complete::Shell) {
    clap_complete::generate(shell, &mut crate::args::Args::command(), "stk", &mut std::io::stdout());
}
