//! Passwords: the rule, the hash, and an estimate of their strength.
//!
//! A hash takes 20 ms of a core on purpose, so all of this runs beside the threads that answer
//! requests, and at most one job a core at a time: a class that signs in together waits in line
//! instead of starving everybody else, and the memory of a hash is needed once for each core.

mod memory;
mod words;

use std::{fmt, num::NonZeroUsize, sync::Arc, thread};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{
        self,
        phc::{Output, ParamsString, PasswordHash, Salt},
        try_generate_salt,
    },
};
use memory::Memories;
use tokio::{sync::Semaphore, task::spawn_blocking};
use tokio_util::task::AbortOnDropHandle;
use unicode_normalization::UnicodeNormalization;

use super::text;
use crate::{Error, Result, config::accounts::Config};

/// The fewest characters.
pub const LEAST: usize = 8;
/// The most characters.
pub const MOST: usize = 128;
/// How much of a password the estimate looks at: its time grows with the square.
const ESTIMATED: usize = 100;

/// What is wrong with a password that somebody chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// It has fewer than 8 characters.
    TooShort,
    /// It has more than 128 characters.
    TooLong,
    /// It has no digit.
    NoDigit,
    /// It has a character that cannot be printed, like a tabulator or the end of a line.
    NotPrintable,
}

impl Fault {
    /// The fault in words, for people.
    pub const fn message(self) -> &'static str {
        match self {
            Self::TooShort => "must have at least 8 characters",
            Self::TooLong => "must have at most 128 characters",
            Self::NoDigit => "must have at least one digit",
            Self::NotPrintable => "must contain only printable characters",
        }
    }
}

/// A password that satisfies the rule, in its normal form.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Takes a password that somebody chose: normalised (NFC), then 8 to 128 characters of which
    /// one is a digit of any script and none is a control character.
    pub fn choose(text: &str) -> Result<Self, Vec<Fault>> {
        let text: String = text.nfc().collect();
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

    /// A new one of 16 random letters and digits in groups of four, about 79 bits.
    pub fn generate() -> Result<Self> {
        // No letters that look like others on paper.
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

    /// A new one that a ten-year-old can type: two short words of plain letters and a number, in
    /// the first of these languages (ISO 639-1) that has a list of words, else in English; about
    /// 25 bits, with the limits on tries before them.
    pub fn for_child(languages: &[String]) -> Result<Self> {
        let words = words::of(languages);
        let [one, other] = [random(words.len())?, random(words.len())?].map(|n| words[n]);
        let number = 10 + random(90)?;
        Self::choose(&format!("{one}-{other}-{number}"))
            .map_err(|faults| Error::internal(format!("a password of words: {faults:?}")))
    }

    /// The password itself, to be shown once to the one who asked for it to be made.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// A random number from 0 to below `end`, which is small against 2^32.
fn random(end: usize) -> Result<usize> {
    let drawn = getrandom::u32().map_err(Error::internal)?;
    Ok(usize::try_from(drawn).map_err(Error::internal)? % end)
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

fn is_unprintable(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
}

/// How hard a password is to guess. It advises, and nothing is refused for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strength {
    /// The score, from 0 (guessed instantly) to 4 (very hard to guess).
    pub score: u8,
    /// What would make it better, as sentences.
    pub advice: Vec<String>,
}

/// What came of comparing a password with a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is the one.
    pub fits: bool,
    /// Whether the hash, of what was typed, was made with other settings than today's, and is to be
    /// hashed again.
    pub outdated: bool,
}

/// Makes and compares hashes, with the server's settings.
#[derive(Debug)]
pub struct Passwords {
    params: Params,
    memories: Arc<Memories>,
    cores: usize,
    permits: Arc<Semaphore>,
    /// The hash of a password that nobody has: what is compared where there is no account.
    nobody: String,
}

impl Passwords {
    /// Takes up the settings.
    pub fn new(config: &Config) -> Result<Self> {
        let params = Params::new(config.argon2_memory, config.argon2_passes, 1, None)
            .map_err(|e| Error::internal(e.to_string()))?;
        let memories = Arc::default();
        let nobody = hash(&memories, &params, &Password::generate()?.0)?;
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let permits = Arc::new(Semaphore::new(cores));
        Ok(Self { params, memories, cores, permits, nobody })
    }

    /// How many hashes are made at a time. Who needs many does not ask for more at once: all wait in
    /// one line, and those who need one would wait behind all of them.
    pub fn at_once(&self) -> usize {
        self.cores
    }

    /// How many pieces of memory wait for the next hash.
    pub fn memory_waiting(&self) -> usize {
        self.memories.waiting()
    }

    /// The hash of a password, in PHC form.
    pub async fn hash(&self, password: &Password) -> Result<String> {
        let (memories, params) = (Arc::clone(&self.memories), self.params.clone());
        let password = password.clone();
        self.run(move || hash(&memories, &params, &password.0)).await?
    }

    /// Compares what somebody typed with a hash. Without one it takes the same time, and fails.
    ///
    /// What does not fit is compared once more as it was pressed, if that differs: telephones put
    /// other dashes, quotation marks and spaces in place of those on the sheet with a child's
    /// password. Who guesses gains nothing by it: they could have written the plain ones.
    pub async fn verify(&self, typed: &str, hash: Option<&str>) -> Result<Verdict> {
        let (memories, now) = (Arc::clone(&self.memories), self.params.clone());
        // No letter has more than four parts: a longer text cannot have been chosen, and is not
        // worth normalising.
        let possible = hash.is_some() && typed.chars().nth(4 * MOST).is_none();
        let typed: String = typed.chars().take(4 * MOST).nfc().collect();
        let pressed = Some(text::as_pressed(&typed)).filter(|pressed| *pressed != typed);
        let hash = hash.unwrap_or(&self.nobody).to_owned();
        self.run(move || {
            let hash = PasswordHash::new(&hash).map_err(|e| Error::internal(e.to_string()))?;
            let fits = |text: &str| is_hash_of(&memories, &hash, text).unwrap_or(false) && possible;
            let as_typed = fits(&typed);
            let fits = as_typed || pressed.is_some_and(|pressed| fits(&pressed));
            let same = |p: &Params| {
                (p.m_cost(), p.t_cost(), p.p_cost()) == (now.m_cost(), now.t_cost(), now.p_cost())
            };
            let outdated = as_typed && !Params::try_from(&hash).is_ok_and(|params| same(&params));
            Ok(Verdict { fits, outdated })
        })
        .await?
    }

    /// Makes the hash anew of a password that was just found to fit.
    pub async fn renew(&self, typed: &str) -> Result<String> {
        self.hash(&Password(typed.nfc().collect())).await
    }

    /// Estimates how hard a password is to guess for one who knows `about`: name, address.
    pub async fn estimate(&self, password: &Password, about: Vec<String>) -> Result<Strength> {
        let password: String = password.0.chars().take(ESTIMATED).collect();
        self.run(move || {
            let about: Vec<&str> = about.iter().map(String::as_str).collect();
            let estimate = zxcvbn::zxcvbn(&password, &about);
            let advice = estimate.feedback().map_or_else(Vec::new, |feedback| {
                let warning = feedback.warning().map(|warning| warning.to_string());
                let suggestions = feedback.suggestions().iter().map(ToString::to_string);
                warning.into_iter().chain(suggestions).collect()
            });
            Strength { score: u8::from(estimate.score()), advice }
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let permits = Arc::clone(&self.permits);
        let permit = permits.acquire_owned().await.map_err(Error::internal)?;
        let job = spawn_blocking(move || {
            let answer = work();
            // Held until here, also where nobody waits for the answer any longer.
            drop(permit);
            answer
        });
        // What has not begun does not begin once nobody waits for it.
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

/// Whether a hash, of whatever settings, is one of this password.
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
