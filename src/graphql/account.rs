//! Accounts: registering, verifying the address, and what one says of oneself.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::{
    context::ContextExt,
    guard::{Public, SignedIn},
    password::{self, Chosen, PasswordStrength},
    school::SchoolInput,
    session::SignInPayload,
    viewer::Viewer,
};
use crate::{
    Result,
    auth::timing::even,
    domain::{account, email, password::Password, session},
    error::Problems,
    media::avatar,
};

/// The most characters of a person's name.
const NAME: usize = 100;
/// The most characters that a person says of themselves.
const PROFILE: usize = 2000;
/// The most subjects, and languages, of a teacher.
const TAGS: usize = 20;

/// A teacher who registers.
#[derive(InputObject)]
pub struct RegisterInput {
    /// The e-mail address, to which a link is sent. No one else gets to see it.
    email: String,
    /// 8 to 128 characters, one of them a digit.
    password: String,
    /// The name that others see, at most 100 characters.
    name: String,
    /// The school.
    school: SchoolInput,
    /// School subjects by which others find the teacher; at most 20.
    #[graphql(default)]
    subjects: Vec<String>,
    /// Languages, ISO 639-1 (`de`), by which others find the teacher; at most 20.
    #[graphql(default)]
    languages: Vec<String>,
}

impl RegisterInput {
    /// Takes it apart; the hash of the password is yet to be made.
    fn take(self) -> Result<(account::NewTeacher, Password)> {
        let mut problems = Problems::default();
        let email = email::parse(&self.email);
        problems.require(email.is_some(), "email", "must be an e-mail address");
        let password = password::take(&mut problems, &self.password, "password");
        let teacher = account::NewTeacher {
            email: email.unwrap_or_default(),
            password_hash: String::new(),
            name: problems.line(&self.name, "name", NAME),
            school: self.school.take(&mut problems),
            subjects: subjects(&mut problems, &self.subjects),
            languages: languages(&mut problems, &self.languages),
        };
        problems.finish()?;
        Ok((teacher, password.expect("no problem was found with it")))
    }
}

/// The same whether the address has an account or not.
pub struct RegisterPayload {
    chosen: Chosen,
}

/// The same whether the address has an account or not.
#[Object]
impl RegisterPayload {
    /// Always true: a mail is on its way to the address.
    async fn accepted(&self) -> bool {
        true
    }

    /// How hard the password is to guess; null if that could not be estimated.
    async fn password_strength(&self, ctx: &Context<'_>) -> Option<PasswordStrength> {
        self.chosen.strength(ctx).await
    }
}

/// The mailed link, and the password that was chosen at registration.
#[derive(InputObject)]
pub struct VerifyEmailInput {
    /// The token of the mailed link; it works once.
    token: String,
    /// The password that was chosen at registration. It shows that the reader of the mail is the one who
    /// registered, and does not confirm the address for somebody else's password.
    password: String,
}

/// Whose address waits to be verified.
#[derive(InputObject)]
pub struct ResendVerificationInput {
    /// The e-mail address.
    email: String,
}

/// The same whether there is such an account or not.
#[derive(SimpleObject)]
pub struct ResendVerificationPayload {
    /// Always true: if the address waits to be verified, a link is on its way to it.
    accepted: bool,
}

/// What is to change; what is left out stays as it is.
#[derive(InputObject)]
pub struct EditProfileInput {
    /// The name that others see, at most 100 characters. A pupil's is the custodian's to change.
    name: Option<String>,
    /// What the viewer says of themselves, at most 2000 characters; null for nothing.
    profile: MaybeUndefined<String>,
    /// The name of one of `avatars`, which shows while no photo does; null for none.
    avatar: MaybeUndefined<String>,
    /// The school, of teachers.
    school: Option<SchoolInput>,
    /// School subjects, of teachers; at most 20, null for none.
    subjects: MaybeUndefined<Vec<String>>,
    /// Languages, ISO 639-1 (`de`), of teachers; at most 20, null for none.
    languages: MaybeUndefined<Vec<String>>,
}

impl EditProfileInput {
    fn take(self) -> Result<account::Edit> {
        let mut problems = Problems::default();
        let edit = account::Edit {
            name: self.name.map(|name| problems.line(&name, "name", NAME)),
            profile: set(self.profile).map(|text| problems.prose(&text, "profile", PROFILE)),
            avatar: avatar(&mut problems, self.avatar),
            school: self.school.map(|school| school.take(&mut problems)),
            subjects: set(self.subjects).map(|list| subjects(&mut problems, &list)),
            languages: set(self.languages).map(|list| languages(&mut problems, &list)),
        };
        problems.finish()?;
        Ok(edit)
    }
}

/// The value to be set, where null clears; none where it was left out.
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
        problems.require(known, "avatar", "must be the name of one of `avatars`");
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
        let code = language.trim().to_ascii_lowercase();
        let known = isolang::Language::from_639_1(&code).is_some();
        problems.require(known, field, "must be a language's two-letter code");
        code
    })
}

fn tags(
    problems: &mut Problems,
    list: &[String],
    field: &str,
    take: impl Fn(&mut Problems, &str, &str) -> String,
) -> Vec<String> {
    problems.require(list.len() <= TAGS, field, "must be at most 20");
    let mut tags: Vec<_> = list
        .iter()
        .take(TAGS)
        .enumerate()
        .map(|(at, tag)| take(problems, tag, &format!("{field}.{at}")))
        .collect();
    tags.sort();
    tags.dedup();
    tags
}

/// The profile as it is now.
#[derive(SimpleObject)]
pub struct EditProfilePayload {
    /// The one whose profile it is.
    viewer: Viewer,
}

/// The mutations of accounts.
#[derive(Default)]
pub struct AccountMutation;

#[Object(guard = "super::guard::Unguarded")]
impl AccountMutation {
    /// Registers a teacher and mails a link to verify the address. The answer does not tell
    /// whether the address has an account: who has one gets a mail that says so.
    #[graphql(guard = "Public")]
    async fn register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The teacher.")] input: RegisterInput,
    ) -> Result<RegisterPayload> {
        let (teacher, password) = input.take()?;
        ctx.app().limits.mail(&teacher.email, &ctx.request().client.address).await?;
        let about = vec![teacher.name.clone(), teacher.email.clone()];
        let password_hash = ctx.app().passwords.hash(&password).await?;
        even(async {
            let tx = ctx.db().begin().await?;
            let teacher = account::NewTeacher { password_hash, ..teacher };
            account::register(&tx, teacher, ctx.now()).await?;
            Ok(tx.commit().await?)
        })
        .await?;
        Ok(RegisterPayload { chosen: Chosen::by(password, about) })
    }

    /// Verifies the address by the mailed link and the password, and signs in.
    #[graphql(guard = "Public")]
    async fn verify_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mailed link and the password.")] input: VerifyEmailInput,
    ) -> Result<SignInPayload> {
        let client = &ctx.request().client;
        // Apart, so that all other mutations are not as large as this.
        let opened = Box::pin(session::verify_email(
            ctx.db(),
            &ctx.app().passwords,
            &input.token,
            &input.password,
            ctx.entry(),
        ));
        let opened = ctx.app().limits.guess(&input.token, &client.address, opened).await?;
        Ok(SignInPayload::enter(ctx, opened))
    }

    /// Mails the link to verify an address once more. The answer does not tell whether there is
    /// such an account.
    #[graphql(guard = "Public")]
    async fn resend_verification(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose address waits.")] input: ResendVerificationInput,
    ) -> Result<ResendVerificationPayload> {
        ctx.app().limits.mail(&input.email, &ctx.request().client.address).await?;
        even(async {
            let tx = ctx.db().begin().await?;
            account::resend_verification(&tx, &input.email, ctx.now()).await?;
            Ok(tx.commit().await?)
        })
        .await?;
        Ok(ResendVerificationPayload { accepted: true })
    }

    /// Changes what the viewer says of themselves.
    #[graphql(guard = "SignedIn")]
    async fn edit_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to change.")] input: EditProfileInput,
    ) -> Result<EditProfilePayload> {
        let viewer = ctx.signed_in()?;
        let edit = input.take()?;
        let tx = ctx.db().begin().await?;
        account::edit(&tx, viewer.account_id, edit).await?;
        tx.commit().await?;
        Ok(EditProfilePayload { viewer: Viewer::new(viewer) })
    }
}
