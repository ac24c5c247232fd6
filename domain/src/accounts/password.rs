//! Passwords: the rules, the hash, and an estimate of their strength.
//!
//! A hash deliberately takes 20 ms of a core, so all of this runs on other threads than those that
//! answer requests, with at most one job per core: a class that signs in together waits in line
//! instead of starving everyone else, and the memory for a hash is needed only once per core.

mod advice;
mod memory;
mod words;

use std::{collections::HashMap, fmt, num::NonZeroUsize, sync::Arc, thread};

pub use advice::{Advice, PasswordAdviceCode};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{
        self,
        phc::{Output, ParamsString, PasswordHash, Salt},
        try_generate_salt,
    },
};
use futures_util::{StreamExt, TryStreamExt, stream};
use memory::Memories;
use tokio::{sync::Semaphore, task::spawn_blocking};
use tokio_util::task::AbortOnDropHandle;
use unicode_normalization::UnicodeNormalization;

use crate::{Error, Result, text};

/// The minimum number of characters.
pub const LEAST: usize = 8;
/// The maximum number of characters.
pub const MOST: usize = 128;
/// How many characters the estimate considers: its time grows quadratically.
const ESTIMATED: usize = 100;

/// A fault of a chosen password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// It is shorter than 8 characters.
    TooShort,
    /// It is longer than 128 characters.
    TooLong,
    /// It contains no digit.
    NoDigit,
    /// It contains a non-printable character, such as a tab or line end.
    NotPrintable,
}

/// A valid password, normalised.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Takes a chosen password: without invisible characters and normalised (NFC), then 8 to 128
    /// characters, including a digit of any script and no control characters.
    ///
    /// What cannot be seen gets into a password when it is copied from a document, is lost on a
    /// printed card, and could not be typed again.
    pub fn choose(text: &str) -> Result<Self, Vec<Fault>> {
        let text = visible(text);
        let length = text.chars().count();
        let faults: Vec<_> = [
            (length < LEAST, Fault::TooShort),
            (length > MOST, Fault::TooLong),
            (!text.chars().any(char::is_numeric), Fault::NoDigit),
            (text.chars().any(is_unprintable), Fault::NotPrintable),
        ]
        .into_iter()
        .filter_map(|(wrong, fault)| wrong.then_some(fault))
        .collect();
        if faults.is_empty() { Ok(Self(text)) } else { Err(faults) }
    }

    /// A new password of 16 random letters and digits in groups of four, about 79 bits.
    pub fn generate() -> Result<Self> {
        // Without letters that look like others on paper.
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        loop {
            let mut bytes = [0; 16];
            getrandom::fill(&mut bytes).map_err(Error::internal)?;
            let letters = bytes.map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
            let groups: Vec<String> =
                letters.chunks(4).map(|group| group.iter().collect()).collect();
            if let Ok(password) = Self::choose(&groups.join("-")) {
                return Ok(password);
            }
        }
    }

    /// A new password that a ten-year-old can type: two short words of plain letters and a number,
    /// in the first of these languages (ISO 639-1) that has a word list, otherwise in English;
    /// about 25 bits, protected by the limits on attempts.
    pub fn for_child(languages: &[String]) -> Result<Self> {
        let words = words::of(languages);
        let [one, other] = [random(words.len())?, random(words.len())?].map(|n| words[n]);
        let number = 10 + random(90)?;
        Self::choose(&format!("{one}-{other}-{number}"))
            .map_err(|faults| Error::internal(format!("a password of words: {faults:?}")))
    }

    /// The password itself, to be shown once to the person who requested it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// A random number from 0 to below `end`, which must be small compared with 2^32.
fn random(end: usize) -> Result<usize> {
    let drawn = getrandom::u32().map_err(Error::internal)?;
    Ok(usize::try_from(drawn).map_err(Error::internal)? % end)
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A text normalised (NFC), without invisible characters.
fn visible(text: &str) -> String {
    text.chars().filter(|&letter| !text::is_ignorable(letter)).nfc().collect()
}

fn is_unprintable(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
}

/// The estimated strength of a password. It is advisory: nothing is rejected because of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strength {
    /// The score, from 0 (guessed instantly) to 4 (very hard to guess).
    pub score: u8,
    /// What makes it weak, and suggestions for improvement.
    pub advice: Vec<Advice>,
}

/// The result of verifying a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it matches.
    pub fits: bool,
    /// Whether the hash was made with other settings than the current ones, and must be renewed.
    pub outdated: bool,
}

/// What one hash costs (Argon2id).
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory: u32,
    /// Passes.
    pub passes: u32,
}

/// Hashes and verifies passwords with the server's settings.
#[derive(Debug)]
pub struct Passwords {
    params: Params,
    memories: Arc<Memories>,
    cores: usize,
    permits: Arc<Semaphore>,
    classes: Semaphore,
    /// The hash of a password that nobody has, verified if there is no account.
    nobody: String,
}

impl Passwords {
    /// Applies the settings.
    pub fn new(cost: Cost) -> Result<Self> {
        let params = Params::new(cost.memory, cost.passes, 1, None)
            .map_err(|e| Error::internal(e.to_string()))?;
        let memories = Arc::default();
        let nobody = hash(&memories, &params, &Password::generate()?.0)?;
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let permits = Arc::new(Semaphore::new(cores));
        let classes = Semaphore::new(1);
        Ok(Self { params, memories, cores, permits, classes, nobody })
    }

    /// The hashes of the passwords of a class. All hashes wait in one line: no more of these are in it
    /// at once than are made at the same time, so that those who need one do not wait behind all of
    /// them; and one class comes after the other, so that each is done as soon as it can be.
    pub async fn hash_class(
        &self,
        class: Vec<(usize, Password)>,
    ) -> Result<HashMap<usize, (Password, String)>> {
        let _turn = self.classes.acquire().await.map_err(Error::internal)?;
        let hashes = class.into_iter().map(|(row, password)| async move {
            let hash = self.hash(&password).await?;
            Ok((row, (password, hash)))
        });
        let hashes: Vec<_> = hashes.collect();
        stream::iter(hashes).buffer_unordered(self.cores).try_collect().await
    }

    /// How many hashes are made at the same time.
    pub fn at_once(&self) -> usize {
        self.cores
    }

    /// The number of buffers waiting for the next hash.
    pub fn memory_waiting(&self) -> usize {
        self.memories.waiting()
    }

    /// The hash of a password, in PHC format.
    pub async fn hash(&self, password: &Password) -> Result<String> {
        let (memories, params) = (Arc::clone(&self.memories), self.params.clone());
        let password = password.clone();
        self.run(move || hash(&memories, &params, &password.0)).await?
    }

    /// Verifies what someone typed against a hash. Without a hash it takes the same time, and
    /// fails.
    ///
    /// What does not match is verified again without invisible characters, and as it was pressed, if
    /// that differs: phones replace the dashes, quotation marks and spaces of a child's printed
    /// password. An attacker gains nothing by that, as they could type the plain ones.
    pub async fn verify(&self, typed: &str, hash: Option<&str>) -> Result<Verdict> {
        let (memories, now) = (Arc::clone(&self.memories), self.params.clone());
        // No letter has more than four parts: a longer text cannot be a valid password, and is not
        // worth normalising.
        let possible = hash.is_some() && typed.chars().nth(4 * MOST).is_none();
        let typed: String = typed.chars().take(4 * MOST).nfc().collect();
        let mut others = vec![visible(&typed), text::as_pressed(&typed)];
        others.retain(|other| *other != typed);
        others.dedup();
        let hash = hash.unwrap_or(&self.nobody).to_owned();
        self.run(move || {
            let hash = PasswordHash::new(&hash).map_err(|e| Error::internal(e.to_string()))?;
            let fits = |text: &str| is_hash_of(&memories, &hash, text).unwrap_or(false) && possible;
            let as_typed = fits(&typed);
            let fits = as_typed || others.iter().any(|other| fits(other));
            let same = |p: &Params| {
                (p.m_cost(), p.t_cost(), p.p_cost()) == (now.m_cost(), now.t_cost(), now.p_cost())
            };
            let outdated = as_typed && !Params::try_from(&hash).is_ok_and(|params| same(&params));
            Ok(Verdict { fits, outdated })
        })
        .await?
    }

    /// Renews the hash of a password that was just verified.
    pub async fn renew(&self, typed: &str) -> Result<String> {
        self.hash(&Password(typed.nfc().collect())).await
    }

    /// Estimates the strength of a password against someone who knows `about`: name, address.
    pub async fn estimate(&self, password: &Password, about: Vec<String>) -> Result<Strength> {
        let password: String = password.0.chars().take(ESTIMATED).collect();
        self.run(move || {
            let about: Vec<&str> = about.iter().map(String::as_str).collect();
            let estimate = zxcvbn::zxcvbn(&password, &about);
            let advice = estimate.feedback().map(advice::of).unwrap_or_default();
            Strength { score: u8::from(estimate.score()), advice }
        })
        .await
    }

    #[tracing::instrument(name = "password", level = "trace", skip_all)]
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let permits = Arc::clone(&self.permits);
        let permit = permits.acquire_owned().await.map_err(Error::internal)?;
        let job = spawn_blocking(move || {
            let answer = work();
            // Held until here, even if nobody waits for the result any more.
            drop(permit);
            answer
        });
        // A job that has not begun does not begin once nobody waits for it.
        AbortOnDropHandle::new(job).await.map_err(Error::internal)
    }
}

fn hash(memories: &Arc<Memories>, params: &Params, password: &str) -> Result<String> {
    let make = || {
        let salt = try_generate_salt().map_err(|_| password_hash::Error::Crypto)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        Ok::<_, password_hash::Error>(PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(params)?,
            salt: Some(Salt::new(&salt)?),
            hash: Some(output(memories, &argon2, password, &salt)?),
        })
    };
    make().map(|hash| hash.to_string()).map_err(|e| Error::internal(e.to_string()))
}

/// Whether a hash, with any settings, matches this password.
fn is_hash_of(
    memories: &Arc<Memories>,
    hash: &PasswordHash,
    password: &str,
) -> password_hash::Result<bool> {
    let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else { return Ok(false) };
    let algorithm = Algorithm::try_from(hash.algorithm.as_str())?;
    let version = hash.version.map(Version::try_from).transpose()?.unwrap_or_default();
    let argon2 = Argon2::new(algorithm, version, Params::try_from(hash)?);
    // Compared in constant time.
    Ok(output(memories, &argon2, password, salt)? == *expected)
}

fn output(
    memories: &Arc<Memories>,
    argon2: &Argon2<'_>,
    password: &str,
    salt: &[u8],
) -> password_hash::Result<Output> {
    let params = argon2.params();
    let mut output = vec![0; params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN)];
    memories.lend(params.block_count(), |memory| {
        argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut output, memory)
    })?;
    Ok(Output::new(&output)?)
}
