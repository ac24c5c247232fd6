//! Another e-mail address for an account.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::{
    context::ContextExt,
    guard::{Public, SignedIn},
};
use crate::{
    Result,
    domain::{email, email_change},
    error::Problems,
};

/// The address that the viewer is to have.
#[derive(InputObject)]
pub struct RequestEmailChangeInput {
    /// The new address.
    new_email: String,
    /// The password of the account.
    password: String,
}

/// The same whether the address is free or not.
#[derive(SimpleObject)]
pub struct RequestEmailChangePayload {
    /// Always true: unless the address belongs to an account, a link is on its way to it. Until it
    /// is opened, nothing changes.
    accepted: bool,
}

/// The mailed link.
#[derive(InputObject)]
pub struct ConfirmEmailChangeInput {
    /// The token of the mailed link; it works once.
    token: String,
}

/// All sessions of the account have ended; sign in with the new address.
#[derive(SimpleObject)]
pub struct ConfirmEmailChangePayload {
    /// Always true: the address is changed.
    accepted: bool,
}

/// The mutations of addresses.
#[derive(Default)]
pub struct EmailChangeMutation;

#[Object(guard = "super::guard::Unguarded")]
impl EmailChangeMutation {
    /// Mails a link to another address, by which it becomes the one that the viewer signs in with,
    /// and a warning to the address until now. A pupil may not (`FORBIDDEN`, `ROLE_TOO_LOW`): they
    /// have none.
    #[graphql(guard = "SignedIn")]
    async fn request_email_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new address, and the password.")] input: RequestEmailChangeInput,
    ) -> Result<RequestEmailChangePayload> {
        let viewer = ctx.signed_in()?;
        let mut problems = Problems::default();
        let address = email::parse(&input.new_email);
        problems.require(address.is_some(), "newEmail", "must be an e-mail address");
        problems.finish()?;
        let address = address.expect("no problem was found with it");
        let client = &ctx.request().client.address;
        ctx.app().limits.mail(&address, client).await?;
        let (passwords, id) = (&ctx.app().passwords, viewer.account_id);
        let asked =
            email_change::request(ctx.db(), passwords, id, &input.password, &address, ctx.now());
        ctx.app().limits.guess(&id.to_string(), client, asked).await?;
        Ok(RequestEmailChangePayload { accepted: true })
    }

    /// Gives an account the address to which the link was mailed, and ends all its sessions.
    #[graphql(guard = "Public")]
    async fn confirm_email_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mailed link.")] input: ConfirmEmailChangeInput,
    ) -> Result<ConfirmEmailChangePayload> {
        let confirmed = email_change::confirm(ctx.db(), &input.token, ctx.now());
        ctx.app().limits.guess(&input.token, &ctx.request().client.address, confirmed).await?;
        Ok(ConfirmEmailChangePayload { accepted: true })
    }
}
