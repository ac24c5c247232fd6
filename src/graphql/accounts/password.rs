//! Passwords: changing, resetting, and their strength.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use domain::{
    Result,
    accounts::{
        account,
        password::{Advice, Password, PasswordAdviceCode},
        session,
    },
    error::Problems,
};
use entity::AccountId;

use crate::{
    auth::{self, timing::even},
    graphql::{
        accounts::session::Session,
        context::ContextExt,
        desktop::viewer::Viewer,
        guard::{Public, SignedIn},
    },
};

/// The estimated strength of a password. It is advisory: no password is rejected because of it.
#[derive(SimpleObject)]
pub struct PasswordStrength {
    /// The score, from 0 (guessed instantly) to 4 (very hard to guess).
    score: u8,
    /// What makes it weak, and suggestions for a stronger one.
    advice: Vec<PasswordAdvice>,
}

/// What makes a password weak, or would make it stronger.
#[derive(SimpleObject)]
pub struct PasswordAdvice {
    /// Its code, by which apps word it in the language of their users.
    code: PasswordAdviceCode,
    /// The same as an English sentence, for developers.
    message: String,
}

impl From<Advice> for PasswordAdvice {
    fn from(Advice { code, message }: Advice) -> Self {
        Self { code, message }
    }
}

/// A password chosen in this operation, and for whom.
pub(crate) struct Chosen {
    password: Password,
    /// What an attacker who knows the person would try.
    about: Vec<String>,
    account: Option<AccountId>,
}

impl Chosen {
    /// Chosen by someone who does not have an account yet.
    pub(crate) fn by(password: Password, about: Vec<String>) -> Self {
        Self { password, about, account: None }
    }

    /// Chosen by the owner of an account.
    fn by_owner(password: Password, account: AccountId) -> Self {
        Self { password, about: Vec::new(), account: Some(account) }
    }

    /// The estimate, computed on request. If that fails, nothing is undone and the estimate is
    /// `None`.
    pub(crate) async fn strength(&self, ctx: &Context<'_>) -> Option<PasswordStrength> {
        let mut about = self.about.clone();
        if let Some(id) = self.account {
            let own = account::own(ctx.db().read(), id).await.ok()?;
            about.push(own.name);
            about.extend(own.email);
        }
        match ctx.app().passwords.estimate(&self.password, about).await {
            Ok(strength) => {
                let advice = strength.advice.into_iter().map(Into::into).collect();
                Some(PasswordStrength { score: strength.score, advice })
            }
            Err(error) => {
                tracing::error!(?error, "the strength of a password could not be estimated");
                None
            }
        }
    }
}

/// Input for `changePassword`.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// The current password.
    current_password: String,
    /// The new password: 8 to 128 characters, including at least one digit.
    new_password: String,
}

/// Result of `changePassword`. It contains a new session; all others have ended, including the one
/// that made the request.
pub struct ChangePasswordPayload {
    opened: session::Opened,
    chosen: Chosen,
}

/// Result of `changePassword`. It contains a new session; all others have ended, including the one
/// that made the request.
#[Object]
impl ChangePasswordPayload {
    /// The secret token of the new session, to be sent as `Authorization: Bearer …`. It is shown
    /// only once.
    async fn token(&self) -> &str {
        &self.opened.token
    }

    /// The new session.
    async fn session(&self) -> Session {
        self.opened.session.clone().into()
    }

    /// The viewer.
    async fn viewer(&self) -> Viewer {
        Viewer::new(Arc::new((&self.opened).into()))
    }

    /// The estimated strength of the new password; null if it could not be estimated.
    async fn password_strength(&self, ctx: &Context<'_>) -> Option<PasswordStrength> {
        self.chosen.strength(ctx).await
    }
}

/// Input for `requestPasswordReset`.
#[derive(InputObject)]
pub struct RequestPasswordResetInput {
    /// The e-mail address of the account.
    email: String,
}

/// Result of `requestPasswordReset`. It is the same whether or not such an account exists.
#[derive(SimpleObject)]
pub struct RequestPasswordResetPayload {
    /// Always true. If the address belongs to an account, a link has been sent to it.
    accepted: bool,
}

/// Input for `resetPassword`.
#[derive(InputObject)]
pub struct ResetPasswordInput {
    /// The token from the mailed link. It can be used only once.
    token: String,
    /// The new password: 8 to 128 characters, including at least one digit.
    new_password: String,
}

/// Result of `resetPassword`. All sessions of the account have ended; sign in with the new
/// password.
pub struct ResetPasswordPayload {
    chosen: Chosen,
}

/// Result of `resetPassword`. All sessions of the account have ended; sign in with the new
/// password.
#[Object]
impl ResetPasswordPayload {
    /// Always true. The password has been changed.
    async fn accepted(&self) -> bool {
        true
    }

    /// The estimated strength of the new password; null if it could not be estimated.
    async fn password_strength(&self, ctx: &Context<'_>) -> Option<PasswordStrength> {
        self.chosen.strength(ctx).await
    }
}

/// The mutations of passwords.
#[derive(Default)]
pub struct PasswordMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl PasswordMutation {
    /// Changes the viewer's password and ends all their sessions; the result contains a new one.
    /// Not available to pupils, whose passwords are set by their custodian (`FORBIDDEN`,
    /// `ROLE_TOO_LOW`).
    #[graphql(guard = "SignedIn")]
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The current password and the new one.")] input: ChangePasswordInput,
    ) -> Result<Option<ChangePasswordPayload>> {
        let viewer = ctx.signed_in()?;
        let chosen = Problems::only_password(&input.new_password, "newPassword")?;
        let request = ctx.request();
        let account = viewer.account_id.to_string();
        let opened = session::change_password(
            ctx.db(),
            &ctx.app().passwords,
            viewer.account_id,
            &input.current_password,
            &chosen,
            ctx.entry(),
        );
        let opened = ctx.app().limits.guess(&account, &request.client.address, opened).await?;
        request.turn_into(auth::Viewer::SignedIn(Arc::new((&opened).into())));
        Ok(Some(ChangePasswordPayload {
            opened,
            chosen: Chosen::by_owner(chosen, viewer.account_id),
        }))
    }

    /// Mails a link to reset a forgotten password. The response does not reveal whether such an
    /// account exists. Pupils have no address: their custodian sets a new password.
    #[graphql(guard = "Public")]
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address of the account.")] input: RequestPasswordResetInput,
    ) -> Result<Option<RequestPasswordResetPayload>> {
        ctx.app().limits.mail(&input.email, &ctx.request().client.address).await?;
        even(session::request_password_reset(ctx.db(), &input.email, ctx.now())).await?;
        Ok(Some(RequestPasswordResetPayload { accepted: true }))
    }

    /// Resets a forgotten password with the mailed link and ends all sessions of the account.
    #[graphql(guard = "Public")]
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mailed link and the new password.")] input: ResetPasswordInput,
    ) -> Result<Option<ResetPasswordPayload>> {
        let chosen = Problems::only_password(&input.new_password, "newPassword")?;
        let (passwords, limits) = (&ctx.app().passwords, &ctx.app().limits);
        let id = session::reset_password(ctx.db(), passwords, &input.token, &chosen, ctx.now());
        let id = limits.guess(&input.token, &ctx.request().client.address, id).await?;
        Ok(Some(ResetPasswordPayload { chosen: Chosen::by_owner(chosen.clone(), id) }))
    }
}
