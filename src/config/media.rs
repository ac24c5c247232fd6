//! Where images, videos and files go, and how much of them there may be.

use std::{convert::Infallible, fmt, str::FromStr, time::Duration};

use clap::Args;

use super::{Wrong, address, server::Switch};

/// Settings of media.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "Media")]
pub struct Config {
    /// The bucket of an S3-compatible store; unset, media are files in the data folder's `media`.
    #[arg(long, env = "TWINSPACE_MEDIA_S3_BUCKET", value_name = "NAME", global = true)]
    pub media_s3_bucket: Option<String>,
    /// The address of the store, like `https://s3.example.org`; unset, Amazon's of the region.
    #[arg(long, env = "TWINSPACE_MEDIA_S3_ENDPOINT", value_name = "URL", global = true)]
    pub media_s3_endpoint: Option<String>,
    /// The region of the bucket.
    #[arg(
        long,
        env = "TWINSPACE_MEDIA_S3_REGION",
        default_value = "us-east-1",
        value_name = "NAME",
        global = true
    )]
    pub media_s3_region: String,
    /// The name of the key to the bucket.
    #[arg(long, env = "TWINSPACE_MEDIA_S3_ACCESS_KEY", value_name = "KEY", global = true)]
    pub media_s3_access_key: Option<String>,
    /// The secret of the key to the bucket; better as a variable than as a flag.
    #[arg(
        long,
        env = "TWINSPACE_MEDIA_S3_SECRET_KEY",
        value_name = "SECRET",
        hide_env_values = true,
        global = true
    )]
    pub media_s3_secret_key: Option<Secret>,
    /// Whether media may go to a store elsewhere without encryption.
    #[arg(
        long,
        env = "TWINSPACE_MEDIA_S3_ALLOW_HTTP",
        value_enum,
        default_value = "off",
        global = true
    )]
    pub media_s3_allow_http: Switch,
    /// How much media one TwinSpace may have, in MiB.
    #[arg(long, env = "TWINSPACE_MEDIA_QUOTA", default_value_t = 2048, value_name = "MIB", global = true,
          value_parser = clap::value_parser!(u32).range(1..=16_777_216))]
    pub media_quota: u32,
    /// Servers of PeerTube whose videos may be linked, like `tube.example.org`. YouTube, Vimeo and
    /// Dailymotion always may.
    #[arg(
        long,
        env = "TWINSPACE_MEDIA_PEERTUBE_HOSTS",
        value_delimiter = ',',
        value_name = "HOST",
        value_parser = address::host,
        global = true
    )]
    pub media_peertube_hosts: Vec<String>,
    /// Most uploads of one account at the same time.
    #[arg(long, env = "TWINSPACE_ACCOUNT_UPLOADS", default_value_t = 4, value_name = "N", global = true,
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub account_uploads: u16,
    /// Seconds without a byte after which an upload is given up.
    #[arg(long, env = "TWINSPACE_UPLOAD_TIMEOUT", default_value_t = 30, value_name = "SECONDS", global = true,
          value_parser = clap::value_parser!(u16).range(1..=600))]
    pub upload_timeout: u16,
}

impl Config {
    /// What is said of a bucket makes sense only with one: without, media would go to the folder.
    pub(super) fn check(&self) -> Result<(), Wrong> {
        if self.media_s3_bucket.is_some() {
            return Ok(());
        }
        let stray = [
            ("--media-s3-endpoint", self.media_s3_endpoint.is_some()),
            ("--media-s3-access-key", self.media_s3_access_key.is_some()),
            ("TWINSPACE_MEDIA_S3_SECRET_KEY", self.media_s3_secret_key.is_some()),
        ];
        match stray.iter().find(|(_, set)| *set) {
            None => Ok(()),
            Some((name, _)) => Err(Wrong(format!(
                "{name} is set, but no bucket: set --media-s3-bucket, or omit the other storage \
                 settings to keep media as files in the data folder."
            ))),
        }
    }

    /// How many bytes of media one TwinSpace may have.
    pub fn quota(&self) -> u64 {
        u64::from(self.media_quota) << 20
    }

    /// How long an upload may pause.
    pub fn upload_timeout(&self) -> Duration {
        Duration::from_secs(self.upload_timeout.into())
    }
}

/// A word that nobody gets to see, in no log either.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The word itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}
