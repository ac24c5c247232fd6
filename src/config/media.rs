//! Where images, videos and files are stored, and how many.

use std::{convert::Infallible, fmt, str::FromStr, time::Duration};

use clap::Args;

use super::{Wrong, address, server::Switch};

/// Settings of media.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "Media")]
pub struct Config {
    /// The bucket of an S3-compatible store. If unset, media are files in the data folder's
    /// `media`.
    #[arg(long, env = "TWINSPACE_MEDIA_S3_BUCKET", value_name = "NAME", global = true)]
    pub media_s3_bucket: Option<String>,
    /// The URL of the store, such as `https://s3.example.org`. Defaults to Amazon's endpoint for
    /// the region.
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
    /// The access key ID for the bucket.
    #[arg(long, env = "TWINSPACE_MEDIA_S3_ACCESS_KEY", value_name = "KEY", global = true)]
    pub media_s3_access_key: Option<String>,
    /// The secret key for the bucket; better set as a variable than as a flag.
    #[arg(
        long,
        env = "TWINSPACE_MEDIA_S3_SECRET_KEY",
        value_name = "SECRET",
        hide_env_values = true,
        global = true
    )]
    pub media_s3_secret_key: Option<Secret>,
    /// Whether media may be sent without encryption to a store that is not on this machine.
    #[arg(
        long,
        env = "TWINSPACE_MEDIA_S3_ALLOW_HTTP",
        value_enum,
        default_value = "off",
        global = true
    )]
    pub media_s3_allow_http: Switch,
    /// Maximum size of the media in one TwinSpace, in MiB.
    #[arg(long, env = "TWINSPACE_MEDIA_QUOTA", default_value_t = 2048, value_name = "MIB", global = true,
          value_parser = clap::value_parser!(u32).range(1..=16_777_216))]
    pub media_quota: u32,
    /// PeerTube servers whose videos may be linked, such as `tube.example.org`. YouTube, Vimeo and
    /// Dailymotion are always allowed.
    #[arg(
        long,
        env = "TWINSPACE_MEDIA_PEERTUBE_HOSTS",
        value_delimiter = ',',
        value_name = "HOST",
        value_parser = address::host,
        global = true
    )]
    pub media_peertube_hosts: Vec<String>,
    /// Maximum number of simultaneous uploads per account.
    #[arg(long, env = "TWINSPACE_ACCOUNT_UPLOADS", default_value_t = 4, value_name = "N", global = true,
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub account_uploads: u16,
    /// Seconds within which at least 32 KiB of an upload must arrive, or the rest of it; otherwise it
    /// is cancelled.
    #[arg(long, env = "TWINSPACE_UPLOAD_TIMEOUT", default_value_t = 30, value_name = "SECONDS", global = true,
          value_parser = clap::value_parser!(u16).range(1..=600))]
    pub upload_timeout: u16,
}

impl Config {
    /// Settings of a bucket make sense only with a bucket: without one, media would be stored in
    /// the folder.
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

    /// The maximum size of the media in one TwinSpace, in bytes.
    pub fn quota(&self) -> u64 {
        u64::from(self.media_quota) << 20
    }

    /// How long the next 32 KiB of an upload may take.
    pub fn upload_timeout(&self) -> Duration {
        Duration::from_secs(self.upload_timeout.into())
    }
}

/// A secret, which is never shown, not even in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself.
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
