//! The program `twinspace`.

use std::process::ExitCode;

fn main() -> ExitCode {
    twinspace::cli::main()
}
