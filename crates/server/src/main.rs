//! The binary: everything is in the library beside it, [`doorbuster::cli`] first.

use std::process::ExitCode;

fn main() -> ExitCode {
    doorbuster::cli::run(std::env::args_os().collect(), std::env::vars_os())
}
