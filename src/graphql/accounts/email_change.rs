//! Changing the e-mail address of an account.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use domain::{Result, accounts::email_change, error::Problems};

use crate::graphql::{
    context::ContextExt,
    guard::{Public, SignedIn},
};

/// Input for `requestEmailChange`.
#[derive(InputObject)]
pub struct RequestEmailChangeInput {
    /// The new address.
    new_email: String,
    /// The password of the account.
    password: String,
}

/// Result of `requestEmailChange`. It is the same whether or not the address is in use.
#[derive(SimpleObject)]
pub struct RequestEmailChangePayload {
    /// Always true. Unless the address belongs to an account, a link has been sent to it. Nothing
    /// changes until that link is opened.
    accepted: bool,
}

/// Input for `confirmEmailChange`.
#[derive(InputObject)]
pub struct ConfirmEmailChangeInput {
    /// The token from the mailed link. It can be used only once.
    token: String,
}

/// Result of `confirmEmailChange`. All sessions of the account have ended; sign in with the new
/// address.
#[derive(SimpleObject)]
pub struct ConfirmEmailChangePayload {
    /// Always true. The address has been changed.
    accepted: bool,
}

/// The mutations of address changes.
#[derive(Default)]
pub struct EmailChangeMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl EmailChangeMutation {
    /// Mails a link to a new address, which becomes the viewer's sign-in address once the link is
    /// opened, and a warning to the current address. Not available to pupils, who have no address
    /// (`FORBIDDEN`, `ROLE_TOO_LOW`).
    #[graphql(guard = "SignedIn")]
    async fn request_email_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new address and the current password.")]
        input: RequestEmailChangeInput,
    ) -> Result<Option<RequestEmailChangePayload>> {
        let viewer = ctx.signed_in()?;
        let mut problems = Problems::default();
        let address = problems.email(&input.new_email, "newEmail");
        problems.finish()?;
        let client = &ctx.request().client.address;
        ctx.app().limits.mail(&address, client).await?;
        let (passwords, id) = (&ctx.app().passwords, viewer.account_id);
        let asked =
            email_change::request(ctx.db(), passwords, id, &input.password, &address, ctx.now());
        ctx.app().limits.guess(&id.to_string(), client, asked).await?;
        Ok(Some(RequestEmailChangePayload { accepted: true }))
    }

    /// Changes the account's address to the one to which the link was mailed, and ends all sessions
    /// of the account.
    #[graphql(guard = "Public")]
    async fn confirm_email_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mailed link.")] input: ConfirmEmailChangeInput,
    ) -> Result<Option<ConfirmEmailChangePayload>> {
        let confirmed = email_change::confirm(ctx.db(), &input.token, ctx.now());
        ctx.app().limits.guess(&input.token, &ctx.request().client.address, confirmed).await?;
        Ok(Some(ConfirmEmailChangePayload { accepted: true }))
    }
}
