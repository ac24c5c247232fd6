//! Chat, messages and invitations.

use std::num::NonZeroU32;

use chrono::TimeDelta;
use clap::Args;

/// Settings of what people say to each other, and how often they may invite.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "Chat, messages and invitations")]
pub struct Config {
    /// Days after which chat messages and settled reports are deleted (T-04).
    #[arg(long, env = "TWINSPACE_CHAT_DAYS", default_value_t = 90, value_name = "DAYS", global = true,
          value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub chat_days: u16,
    /// Maximum number of chat messages that one account may send in a minute.
    #[arg(
        long,
        env = "TWINSPACE_CHAT_MESSAGES",
        default_value = "30",
        value_name = "N",
        global = true
    )]
    pub chat_messages: NonZeroU32,
    /// Maximum number of messages to members, and of reports, that one account may send in an hour.
    #[arg(
        long,
        env = "TWINSPACE_MEMBER_MESSAGES",
        default_value = "60",
        value_name = "N",
        global = true
    )]
    pub member_messages: NonZeroU32,
    /// Maximum number of invitations, contact requests and project proposals that one account may
    /// send in a day.
    #[arg(
        long,
        env = "TWINSPACE_INVITATIONS",
        default_value = "100",
        value_name = "N",
        global = true
    )]
    pub invitations: NonZeroU32,
    /// Maximum number of invitations that one address may receive in a day, from any sender.
    #[arg(
        long,
        env = "TWINSPACE_ADDRESS_INVITATIONS",
        default_value = "10",
        value_name = "N",
        global = true
    )]
    pub address_invitations: NonZeroU32,
    /// Maximum number of invitations that may be sent to one project and its TwinSpace in a day
    ///
    #[arg(
        long,
        env = "TWINSPACE_PROJECT_INVITATIONS",
        default_value = "200",
        value_name = "N",
        global = true
    )]
    pub project_invitations: NonZeroU32,
}

impl Config {
    /// How long chat messages are kept.
    pub fn chat_kept(&self) -> TimeDelta {
        TimeDelta::days(self.chat_days.into())
    }
}
