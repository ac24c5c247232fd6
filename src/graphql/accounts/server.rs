//! What an app needs to know about the server before anybody has signed in.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use domain::{
    accounts::password,
    error::ProblemCode,
    inside::{chat, message},
    list::MOST,
    members::pupil,
    projects::diary,
    text::Wanted,
};

use crate::{
    app::App,
    config::{accounts::Registration, server::Switch},
    graphql::{
        accounts::account::{NAME, PROFILE},
        context::ContextExt,
        error::ErrorCode,
        guard::Public,
        inside::page::TEXT,
    },
    mail::Language,
    media::content,
};

/// The server, as far as everybody may know it.
pub struct Server(Arc<App>);

/// The server, as far as everybody may know it: for the pages on which people register and sign in.
#[Object]
impl Server {
    /// Its name, as set by the operator.
    async fn name(&self) -> &str {
        &self.0.config.about.server_name
    }

    /// The version of TwinSpace that it runs.
    async fn version(&self) -> &str {
        env!("CARGO_PKG_VERSION")
    }

    /// Who may register as a teacher.
    async fn registration(&self) -> ServerRegistration {
        let accounts = &self.0.config.accounts;
        ServerRegistration { mode: accounts.registration, domains: accounts.open_domains() }
    }

    /// How much it accepts, for apps to check before they send it.
    #[expect(clippy::cast_precision_loss, reason = "no file has 2^53 bytes")]
    async fn limits(&self) -> ServerLimits {
        ServerLimits {
            page_size: MOST,
            min_password_length: password::LEAST,
            max_password_length: password::MOST,
            name_length: NAME,
            profile_length: PROFILE,
            search_length: Wanted::MOST,
            page_text_length: TEXT,
            diary_entry_length: diary::TEXT,
            message_length: message::LONGEST,
            chat_message_length: chat::LONGEST,
            pupil_rows: pupil::MOST,
            image_size: content::IMAGE as f64,
            file_size: content::FILE as f64,
            video_size: content::VIDEO as f64,
        }
    }

    /// The languages in which it can write mails, as ISO 639-1 codes, in alphabetical order. Where
    /// one is chosen, a region may follow, as in `de-AT`; it is ignored.
    async fn mail_languages(&self) -> Vec<&'static str> {
        let mut codes: Vec<_> = Language::all().map(Language::code).collect();
        codes.sort_unstable();
        codes
    }

    /// The codes that errors can have, in `extensions.code`.
    async fn error_codes(&self) -> Vec<ErrorCode> {
        ErrorCode::all()
    }

    /// The codes that the `problems` of a `BAD_USER_INPUT` error can have.
    async fn problem_codes(&self) -> &[ProblemCode] {
        ProblemCode::ALL
    }

    /// Links for its users.
    async fn links(&self) -> ServerLinks {
        let config = &self.0.config;
        let documents = config.server.playground() == Switch::On;
        ServerLinks {
            documentation: documents
                .then(|| format!("{}/docs/clients", config.server.public_url())),
            privacy: config.about.privacy_url.clone(),
            contact: config.about.contact_url.clone(),
        }
    }
}

/// Who may register as a teacher. Pupils and invited guests are not affected.
#[derive(SimpleObject)]
pub struct ServerRegistration {
    /// Who may register.
    mode: Registration,
    /// The domains whose addresses may register if `mode` is `DOMAINS`, and otherwise empty.
    /// Subdomains are listed, too.
    domains: Vec<String>,
}

/// How much the server accepts. Lengths are in characters, and sizes in bytes: whole numbers of type
/// `Float`, because `Int` ends at 2 GiB.
#[derive(SimpleObject)]
pub struct ServerLimits {
    /// The maximum number of items on a page of a list.
    page_size: u64,
    /// The minimum length of a password, which must also contain a digit.
    min_password_length: usize,
    /// The maximum length of a password.
    max_password_length: usize,
    /// The maximum length of a person's name.
    name_length: usize,
    /// The maximum length of a profile text.
    profile_length: usize,
    /// The maximum length of a search.
    search_length: usize,
    /// The maximum length of the text of a page.
    page_text_length: usize,
    /// The maximum length of the text of a diary entry.
    diary_entry_length: usize,
    /// The maximum length of a message to a member.
    message_length: usize,
    /// The maximum length of a chat message.
    chat_message_length: usize,
    /// The maximum number of pupils who can be verified or invited at once (M-06).
    pupil_rows: usize,
    /// The maximum size of an image (T-03).
    image_size: f64,
    /// The maximum size of a file that is neither an image nor a video.
    file_size: f64,
    /// The maximum size of a video.
    video_size: f64,
}

/// Links for the users of the server, as set by the operator.
#[derive(SimpleObject)]
pub struct ServerLinks {
    /// The guide for app developers; null if the server does not publish it.
    documentation: Option<String>,
    /// The privacy notice.
    privacy: Option<String>,
    /// A page or an address (`mailto:`) where users can reach whoever runs the server.
    contact: Option<String>,
}

/// The query of the server.
#[derive(Default)]
pub struct ServerQuery;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl ServerQuery {
    /// The server: its name, who may register, and its limits.
    #[graphql(guard = "Public")]
    async fn server(&self, ctx: &Context<'_>) -> Server {
        Server(Arc::clone(ctx.app()))
    }
}
