//! `twinspace doctor`.

use clap::Args;
use lettre::message::Mailbox;

use super::{Failure, output::Output, refused};
use crate::{
    config::Config,
    doctor::{self, Finding, State},
};

/// What to examine, and how to report it.
#[derive(Args, Clone, Debug)]
pub struct Doctor {
    /// Send a mail to this address.
    #[arg(long, value_name = "ADDRESS")]
    pub mail_to: Option<Mailbox>,
    /// How to print the findings.
    #[command(flatten)]
    pub output: Output,
}

impl Doctor {
    /// Examines the set-up and prints what is found.
    pub async fn run(self, config: Config) -> Result<(), Failure> {
        let found = doctor::examine(&config, self.mail_to.as_ref()).await;
        self.output.print(&found, |found| found.iter().map(lines).collect()).map_err(refused)?;
        let count = |state| found.iter().filter(|finding| finding.state == state).count();
        match count(State::Problem) {
            0 => Ok(()),
            problems => Err(Failure::found(format!(
                "Problems: {problems}. Warnings: {}.",
                count(State::Warning)
            ))),
        }
    }
}

fn lines(finding: &Finding) -> String {
    let Finding { part, state, said, mend } = finding;
    let mend = mend.iter().map(|mend| format!("{:18} {mend}\n", ""));
    format!("{state:8} {part:9} {said}\n{}", mend.collect::<String>())
}
