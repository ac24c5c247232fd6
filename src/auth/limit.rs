//! Limits on password attempts, requested mails, invitations, pupil lookups, and messages.
//!
//! The counts are in the database, so that several instances are as strict as one, and a restart
//! does not reset them. A limit consists of a line in [`Limits::new`] and a function that says whom
//! it counts.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    net::IpAddr,
    num::NonZeroU32,
};

use chrono::TimeDelta;
use domain::{
    Error, Result,
    accounts::email,
    clock,
    db::Db,
    rate_limit::{self, Count, Quota, refuse},
};
use entity::{AccountId, ProjectId};
use tokio::sync::{Mutex, Semaphore};

use crate::config::{accounts, talk};

/// What is remembered about a network address from which an account has signed in.
const KNOWN: &str = "known address";
/// For how long it is remembered.
const KNOWN_FOR: TimeDelta = TimeDelta::days(60);
/// The number of queues for password attempts.
const LINES: usize = 256;
/// The maximum number of attempts from one address that are counted at the same time; others wait.
const ABREAST: u32 = 16;
/// How many teachers of a project may look up as many usernames in a day as one may.
const TEACHERS: NonZeroU32 = NonZeroU32::new(4).expect("it is not zero");

/// The limits, and the current counts.
#[derive(Debug)]
pub struct Limits {
    db: Db,
    account_tries: Quota,
    address_tries: Quota,
    everywhere: Quota,
    recipient_mails: Quota,
    address_mails: Quota,
    chat: Quota,
    messages: Quota,
    invitations: Quota,
    address_invitations: Quota,
    space_invitations: Quota,
    custodies: Quota,
    space_custodies: Quota,
    usernames: Quota,
    space_usernames: Quota,
    names: Quota,
    exports: Quota,
    searches: Quota,
    /// Attempts on one account from one address are processed one after the other: a class that
    /// signs in simultaneously with one account waits, and is not mistaken for an attacker.
    turns: Vec<Mutex<()>>,
    /// Attempts from one address are processed a few at a time, so that a school that signs in
    /// simultaneously waits as well.
    doors: Vec<Semaphore>,
    hasher: RandomState,
}

impl Limits {
    /// The limits from these settings.
    pub fn new(db: Db, config: &accounts::Config, talk: &talk::Config) -> Self {
        let quota = |name, times: NonZeroU32, within| Quota { name, times, within };
        let abreast = config.address_tries.get().min(ABREAST) as usize;
        let [minute, hour, day] = [TimeDelta::minutes(1), TimeDelta::hours(1), TimeDelta::days(1)];
        Self {
            db,
            account_tries: quota("tries of an account", config.account_tries, minute * 5),
            address_tries: quota("tries from an address", config.address_tries, minute * 5),
            everywhere: quota("tries from everywhere", config.account_tries_everywhere, day),
            recipient_mails: quota("mails to a recipient", config.recipient_mails, hour),
            address_mails: quota("mails from an address", config.address_mails, hour),
            chat: quota("chat messages", talk.chat_messages, minute),
            messages: quota("messages", talk.member_messages, hour),
            invitations: quota("invitations by an account", talk.invitations, day),
            address_invitations: quota("invitations to one", talk.address_invitations, day),
            space_invitations: quota("invitations of a project", talk.project_invitations, day),
            custodies: quota("custodies by an account", talk.invitations, day),
            space_custodies: quota("custodies of a project", talk.project_invitations, day),
            usernames: quota("usernames looked up", config.pupil_usernames, day),
            space_usernames: quota(
                "usernames looked up in a project",
                config.pupil_usernames.saturating_mul(TEACHERS),
                day,
            ),
            names: quota("names looked up", config.pupil_names, day),
            exports: quota("exports", config.exports, hour),
            searches: quota("searches from an address", config.address_searches, minute * 5),
            turns: (0..LINES).map(|_| Mutex::default()).collect(),
            doors: (0..LINES).map(|_| Semaphore::new(abreast)).collect(),
            hasher: RandomState::new(),
        }
    }

    /// Runs `work`, which checks a password or a secret link, if another attempt is allowed.
    ///
    /// `what` is the subject of the guess: the hash of the password, so that a new password resets
    /// the count, or the given name if there is no such account. An attempt counts before anything
    /// is checked, so that simultaneous attempts do not evade the limit, and the count is taken
    /// back unless the attempt was wrong. Wrong attempts count for `what` together with the
    /// network address, for the address as a whole, and for `what` from all addresses, which locks
    /// out only addresses that have not been right before.
    pub async fn guess<T>(
        &self,
        what: &str,
        address: &str,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let network = network(address);
        let whom = [what, network.as_str()];
        let _turn = self.line(&self.turns, whom).lock().await;
        let door = self.line(&self.doors, network.as_str()).acquire().await;
        let _door = door.map_err(Error::internal)?;

        let near = [self.address_tries.of(&[&network]), self.account_tries.of(&whom)];
        let everywhere = self.everywhere.of(&[what]);
        let mut counts = near.to_vec();
        counts.push(everywhere.clone());
        let now = clock::now();
        let mut full = rate_limit::take(&self.db, &counts, now).await?;
        if full.iter().all(|full| full.count == everywhere)
            && !full.is_empty()
            && rate_limit::is_marked(self.db.read(), KNOWN, &whom, now).await?
        {
            counts.pop();
            full = rate_limit::take(&self.db, &counts, now).await?;
        }
        refuse(&full)?;
        let answer = work.await;
        if let Err(Error::InvalidCredentials | Error::NotFound(_)) = answer {
            return answer;
        }
        let known = answer.is_ok().then_some(&whom[..]);
        if let Err(error) = self.give_back(&counts, known).await {
            // The work is done: its result matters more than the count.
            tracing::warn!(?error, "a successful attempt is still counted");
        }
        answer
    }

    async fn give_back(&self, counts: &[Count], known: Option<&[&str]>) -> Result<()> {
        let now = clock::now();
        let tx = self.db.begin().await?;
        rate_limit::give_back(&tx, counts, now).await?;
        if let Some(whom) = known {
            rate_limit::mark(&tx, KNOWN, whom, now + KNOWN_FOR).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The queue for a key. Other keys may share it, and nobody knows which.
    fn line<'lines, T>(&self, lines: &'lines [T], whom: impl Hash) -> &'lines T {
        let line = self.hasher.hash_one(whom) % lines.len() as u64;
        &lines[usize::try_from(line).unwrap_or_default()]
    }

    /// Counts a mail requested for `recipient`.
    pub async fn mail(&self, recipient: &str, address: &str) -> Result<()> {
        let recipient = self.recipient_mails.of(&[&email::key(recipient)]);
        let address = self.address_mails.of(&[&network(address)]);
        self.count(&[recipient, address]).await
    }

    /// Counts a message to a chat room.
    pub async fn chat(&self, author: AccountId) -> Result<()> {
        self.take(self.chat, author).await
    }

    /// Counts a message to a member, or a report.
    pub async fn message(&self, sender: AccountId) -> Result<()> {
        self.take(self.messages, sender).await
    }

    /// Runs `work`, which invites somebody by mail, if that may be done. Each attempt counts for whoever
    /// asks and for the project, because its answer tells something; for the receiver only one that
    /// mails them, so that nobody can keep others from inviting them.
    pub async fn inviting<T>(
        &self,
        asker: AccountId,
        receiver: &str,
        project: Option<ProjectId>,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let receiver = self.address_invitations.of(&[&email::key(receiver)]);
        let mut counts = vec![self.invitations.of(&[&asker.to_string()]), receiver.clone()];
        counts.extend(project.map(|project| self.space_invitations.of(&[&project.to_string()])));
        self.count(&counts).await?;
        let answer = work.await;
        if answer.is_err()
            && let Err(error) = self.give_back(&[receiver], None).await
        {
            // Why it failed matters more than the count.
            tracing::warn!(?error, "an invitation that was not sent is still counted");
        }
        answer
    }

    /// Counts a custody that somebody offers or asks for in a project.
    pub async fn custody(&self, asker: AccountId, project: ProjectId) -> Result<()> {
        self.count(&[
            self.custodies.of(&[&asker.to_string()]),
            self.space_custodies.of(&[&project.to_string()]),
        ])
        .await
    }

    /// Counts the pupils whom a teacher looks up in a project, by username and by name (A-05, M-11).
    pub async fn look_ups(
        &self,
        teacher: AccountId,
        project: ProjectId,
        usernames: u32,
        names: u32,
    ) -> Result<()> {
        let (teacher, project) = (teacher.to_string(), project.to_string());
        let counts = [
            (self.usernames, &teacher, usernames),
            (self.space_usernames, &project, usernames),
            (self.names, &teacher, names),
        ];
        let counts = counts.iter().filter(|(_, _, uses)| *uses > 0);
        let counts = counts.map(|(quota, whose, uses)| quota.of_many(&[whose], *uses));
        let counts: Vec<_> = counts.collect();
        if counts.is_empty() {
            return Ok(());
        }
        self.count(&counts).await
    }

    /// Counts a username that an administrator looks up.
    pub async fn look_up(&self, administrator: AccountId) -> Result<()> {
        self.take(self.usernames, administrator).await
    }

    /// Counts an export that somebody requests.
    pub async fn export(&self, account: AccountId) -> Result<()> {
        self.take(self.exports, account).await
    }

    /// Counts a search for schools or subjects by somebody who is not signed in.
    pub async fn search(&self, address: &str) -> Result<()> {
        self.count(&[self.searches.of(&[&network(address)])]).await
    }

    async fn take(&self, quota: Quota, account: AccountId) -> Result<()> {
        self.count(&[quota.of(&[&account.to_string()])]).await
    }

    /// Counts one use in each of these, or returns an error.
    async fn count(&self, counts: &[Count]) -> Result<()> {
        refuse(&rate_limit::take(&self.db, counts, clock::now()).await?)
    }
}

/// The network that a single client can easily control: an IPv4 address, or an IPv6 /64.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}
