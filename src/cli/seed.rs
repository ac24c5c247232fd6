//! `twinspace seed`.

use std::time::Instant;

use clap::Args;
use domain::{
    accounts::password::{Password, Passwords},
    clock,
    db::Db,
    seed,
};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, on_database, output, refused};
use crate::config::Config;

/// A database of made-up people and projects.
#[derive(Args, Clone, Copy, Debug)]
pub struct Seed {
    /// How much, a whole number from 1 to 100: 1 is 10,000 people, 1,000 projects and some 50,000
    /// members, and 100 is a hundred times as many.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub scale: u32,
}

impl Seed {
    /// Fills the database, and says how to sign in.
    pub async fn run(self, config: Config) -> Result<(), Failure> {
        let began = Instant::now();
        let plan = seed::Plan::of(self.scale, clock::now());
        let bar = ProgressBar::new(1);
        let style =
            ProgressStyle::with_template("{msg:17} {wide_bar} {human_pos}/{human_len} {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let progress = |what: &'static str, done: u64, all: u64| {
            bar.set_message(what);
            bar.set_length(all);
            bar.set_position(done);
            if done == all {
                // What cannot be said now cannot be said at the end, either, where it is told.
                let _ = bar.suspend(|| output::print(&format!("{all} {what}\n")));
                bar.reset();
            }
        };
        let filled = on_database(&config, async |db: &Db, passwords: &Passwords| {
            let password = Password::generate()?;
            let hash = passwords.hash(&password).await?;
            seed::fill(db, &plan, &hash, &progress).await?;
            Ok(password)
        });
        let password = filled.await?;
        bar.finish_and_clear();
        let (founder, members) = plan.largest();
        let done = format!(
            "Filled in {} s. Sign in as {founder}, a founder of \"Project 0\" with {members} members, as teacher \
             {}, as pupil {}, and so on; the password of everybody is {}\n",
            began.elapsed().as_secs(),
            seed::Plan::address(1),
            seed::Plan::username(1),
            password.reveal(),
        );
        output::print(&done).map_err(refused)
    }
}
