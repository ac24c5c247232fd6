//! Accounts: registration, address verification, and profiles.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use domain::{
    Error, Result,
    accounts::{account, password::Password, session},
    error::{Flaw, Problems},
};

use crate::{
    auth::timing::even,
    config::accounts::Registration,
    graphql::{
        accounts::{
            password::{Chosen, PasswordStrength},
            school::SchoolInput,
            session::{VerifyEmailPayload, begin},
        },
        context::ContextExt,
        desktop::viewer::Viewer,
        guard::{Public, SignedIn},
    },
    mail::Language,
    media::avatar,
};

/// The maximum length of a person's name, in characters.
pub const NAME: usize = 100;
/// The maximum length of a profile text, in characters.
pub const PROFILE: usize = 2000;
/// The maximum number of a teacher's subjects, and of their languages.
const TAGS: usize = 20;

/// Input for `register`.
#[derive(InputObject)]
pub struct RegisterInput {
    /// The e-mail address, to which a verification link is sent. It is not shown to anyone else.
    email: String,
    /// The password: 8 to 128 characters, including at least one digit.
    password: String,
    /// The name that others see, at most 100 characters.
    name: String,
    /// The school.
    school: SchoolInput,
    /// The school subjects by which others can find the teacher, at most 20.
    subjects: Option<Vec<String>>,
    /// The languages by which others can find the teacher, as ISO 639-1 codes such as `de`; at most
    /// 20.
    languages: Option<Vec<String>>,
    /// The language in which the server writes to the teacher: one of `server.mailLanguages`. Defaults to
    /// the one that the request prefers (`Accept-Language`), or that of the server.
    mail_language: Option<String>,
}

impl RegisterInput {
    /// Validates the input of a request that prefers this language; the password has yet to be hashed.
    fn take(self, preferred: Language) -> Result<(account::NewTeacher, Password)> {
        let mut problems = Problems::default();
        let email = problems.email(&self.email, "email");
        let password = problems.password(&self.password, "password");
        let teacher = account::NewTeacher {
            email,
            password_hash: String::new(),
            name: problems.line(&self.name, "name", NAME),
            school: self.school.take(&mut problems),
            subjects: subjects(&mut problems, &self.subjects.unwrap_or_default()),
            languages: languages(&mut problems, &self.languages.unwrap_or_default()),
            language: self.mail_language.map_or(preferred.code().to_owned(), |code| {
                mail_language(&mut problems, &code, "mailLanguage")
            }),
        };
        problems.finish()?;
        Ok((teacher, password.expect("no problem was found with it")))
    }
}

/// Result of `register`. It is the same whether or not an account with the address exists.
pub struct RegisterPayload {
    chosen: Chosen,
}

/// Result of `register`. It is the same whether or not an account with the address exists.
#[Object]
impl RegisterPayload {
    /// Always true. A mail has been sent to the address.
    async fn accepted(&self) -> bool {
        true
    }

    /// The estimated strength of the password; null if it could not be estimated.
    async fn password_strength(&self, ctx: &Context<'_>) -> Option<PasswordStrength> {
        self.chosen.strength(ctx).await
    }
}

/// Input for `verifyEmail`.
#[derive(InputObject)]
pub struct VerifyEmailInput {
    /// The token from the mailed link. It can be used only once.
    token: String,
    /// The password chosen at registration. It proves that whoever reads the mail is the person who
    /// registered, so that an address cannot be verified with someone else's password.
    password: String,
}

/// Input for `resendVerification`.
#[derive(InputObject)]
pub struct ResendVerificationInput {
    /// The e-mail address.
    email: String,
}

/// Result of `resendVerification`. It is the same whether or not an account with the address
/// exists.
#[derive(SimpleObject)]
pub struct ResendVerificationPayload {
    /// Always true. If the address is waiting to be verified, a link has been sent to it.
    accepted: bool,
}

/// Input for `editProfile`.
#[derive(InputObject)]
pub struct EditProfileInput {
    /// The name that others see, at most 100 characters. A pupil's name can only be changed by
    /// their custodian.
    name: Option<String>,
    /// The profile text, at most 2000 characters. Null removes it.
    profile: MaybeUndefined<String>,
    /// The name of one of the `avatars`, shown when there is no photo. Null removes it.
    avatar: MaybeUndefined<String>,
    /// The school, for teachers. Another school than before is not confirmed until somebody confirms it
    ///
    school: Option<SchoolInput>,
    /// The school subjects, for teachers; at most 20. Replaces the current list.
    subjects: Option<Vec<String>>,
    /// The languages, for teachers, as ISO 639-1 codes such as `de`; at most 20. Replaces
    /// the current list.
    languages: Option<Vec<String>>,
    /// The language in which the server writes to the viewer: one of `server.mailLanguages`. It also
    /// applies to mails that are waiting to be sent.
    mail_language: Option<String>,
}

impl EditProfileInput {
    fn take(self) -> Result<account::Edit> {
        let mut problems = Problems::default();
        let edit = account::Edit {
            name: self.name.map(|name| problems.line(&name, "name", NAME)),
            profile: set(self.profile).map(|text| problems.prose(&text, "profile", PROFILE)),
            avatar: avatar(&mut problems, self.avatar),
            school: self.school.map(|school| school.take(&mut problems)),
            subjects: self.subjects.map(|list| subjects(&mut problems, &list)),
            languages: self.languages.map(|list| languages(&mut problems, &list)),
            language: self
                .mail_language
                .map(|code| mail_language(&mut problems, &code, "mailLanguage")),
        };
        problems.finish()?;
        Ok(edit)
    }
}

/// The value to set, where null clears it; `None` if the field was omitted.
fn set<T: Default>(value: MaybeUndefined<T>) -> Option<T> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(T::default()),
        MaybeUndefined::Value(value) => Some(value),
    }
}

fn avatar(problems: &mut Problems, choice: MaybeUndefined<String>) -> Option<String> {
    if let MaybeUndefined::Value(name) = &choice {
        let known = avatar::is_known(name);
        let unknown = "must be the name of one of `avatars`";
        problems.require(known, "avatar", Flaw::Unknown(unknown.into()));
    }
    set(choice)
}

fn subjects(problems: &mut Problems, list: &[String]) -> Vec<String> {
    tags(problems, list, "subjects", |problems, subject, field| {
        problems.line(subject, field, 64).to_lowercase()
    })
}

fn languages(problems: &mut Problems, list: &[String]) -> Vec<String> {
    tags(problems, list, "languages", |problems, language, field| {
        problems.language(language, field)
    })
}

/// The code of a language in which the server writes; records if it writes no such language.
pub fn mail_language(problems: &mut Problems, code: &str, field: &str) -> String {
    match code.trim().parse::<Language>() {
        Ok(language) => language.code().to_owned(),
        Err(message) => {
            problems.require(false, field, Flaw::Unknown(message.into()));
            String::new()
        }
    }
}

fn tags(
    problems: &mut Problems,
    list: &[String],
    field: &str,
    take: impl Fn(&mut Problems, &str, &str) -> String,
) -> Vec<String> {
    let mut tags = problems.items(list, field, TAGS, |problems, tag, at| take(problems, tag, at));
    tags.sort();
    tags.dedup();
    tags
}

/// Result of `editProfile`.
#[derive(SimpleObject)]
pub struct EditProfilePayload {
    /// The viewer, with the updated profile.
    viewer: Viewer,
}

/// The mutations of accounts.
#[derive(Default)]
pub struct AccountMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl AccountMutation {
    /// Registers a teacher and mails a link to verify the address. The response does not reveal
    /// whether an account with the address exists; if one does, its owner is notified by mail. The
    /// server may register only addresses of certain domains, or nobody, or have people wait until
    /// they are admitted, which `viewer.admission` shows.
    #[graphql(guard = "Public")]
    async fn register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The teacher.")] input: RegisterInput,
    ) -> Result<Option<RegisterPayload>> {
        let preferred = ctx.request().client.language;
        let preferred = preferred.unwrap_or(ctx.app().config.mail.language);
        let (teacher, password) = input.take(preferred)?;
        ctx.app().config.accounts.may_register(&teacher.email).map_err(Error::forbidden)?;
        ctx.app().limits.mail(&teacher.email, &ctx.request().client.address).await?;
        let about = vec![teacher.name.clone(), teacher.email.clone()];
        let password_hash = ctx.app().passwords.hash(&password).await?;
        let teacher = account::NewTeacher { password_hash, ..teacher };
        even(account::register(ctx.db(), teacher, ctx.now())).await?;
        Ok(Some(RegisterPayload { chosen: Chosen::by(password, about) }))
    }

    /// Verifies an address with the mailed link and the password, and signs in.
    #[graphql(guard = "Public")]
    async fn verify_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mailed link and the password.")] input: VerifyEmailInput,
    ) -> Result<Option<VerifyEmailPayload>> {
        let client = &ctx.request().client;
        // Boxed, so that not all other mutations are as large as this one.
        let opened = Box::pin(session::verify_email(
            ctx.db(),
            &ctx.app().passwords,
            &input.token,
            &input.password,
            ctx.app().config.accounts.registration == Registration::Admitted,
            ctx.entry(),
        ));
        let opened = ctx.app().limits.guess(&input.token, &client.address, opened).await?;
        begin(ctx, &opened);
        Ok(Some(VerifyEmailPayload(opened)))
    }

    /// Resends the link to verify an address. The response does not reveal whether such an account
    /// exists.
    #[graphql(guard = "Public")]
    async fn resend_verification(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address to verify.")] input: ResendVerificationInput,
    ) -> Result<Option<ResendVerificationPayload>> {
        ctx.app().limits.mail(&input.email, &ctx.request().client.address).await?;
        even(account::resend_verification(ctx.db(), &input.email, ctx.now())).await?;
        Ok(Some(ResendVerificationPayload { accepted: true }))
    }

    /// Edits the viewer's profile.
    #[graphql(guard = "SignedIn")]
    async fn edit_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: EditProfileInput,
    ) -> Result<Option<EditProfilePayload>> {
        let viewer = ctx.signed_in()?;
        account::edit(ctx.db(), viewer.account_id, input.take()?, ctx.now()).await?;
        Ok(ctx.changed(EditProfilePayload { viewer: Viewer::new(viewer) }))
    }
}
