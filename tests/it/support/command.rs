//! A command of the program that ends by itself.

use std::{path::Path, process::Command};

use tokio::task::spawn_blocking;

/// Runs the program with these arguments on a database and a data folder; returns its output, or
/// what it says is wrong.
pub async fn run(url: &str, data_dir: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_twinspace"));
    command.args(arguments).args(["--database-url", url, "--argon2-memory", "8"]);
    command.env("TWINSPACE_DATA_DIR", data_dir).env("TWINSPACE_LOG", "error");
    let output = spawn_blocking(move || command.output().expect("the program starts")).await;
    let output = output.expect("it does not panic");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    match output.status.success() {
        true => Ok(text(output.stdout)),
        false => Err(text(output.stderr)),
    }
}
