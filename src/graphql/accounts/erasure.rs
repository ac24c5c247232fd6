//! Deleting one's own account.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use domain::{Result, accounts::erasure};
use policy::Allowance;

use crate::{
    auth,
    graphql::{context::ContextExt, guard::SignedIn},
};

/// What the viewer may do with their own account, with a reason for anything that is not allowed.
#[derive(SimpleObject)]
pub struct ViewerPermissions {
    /// Delete the account.
    delete_account: Allowance,
}

impl ViewerPermissions {
    /// The permissions of the viewer.
    pub async fn load(ctx: &Context<'_>) -> Result<Self> {
        let may = erasure::may(ctx.db().read(), ctx.signed_in()?.account_id).await?;
        Ok(Self { delete_account: may.into() })
    }
}

/// Input for `deleteAccount`.
#[derive(InputObject)]
pub struct DeleteAccountInput {
    /// The password of the account.
    password: String,
}

/// Result of `deleteAccount`. The account is erased and all its sessions have ended.
#[derive(SimpleObject)]
pub struct DeleteAccountPayload {
    /// Always true. The account cannot be recovered.
    accepted: bool,
}

/// The mutation that deletes an account.
#[derive(Default)]
pub struct ErasureMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl ErasureMutation {
    /// Erases the viewer's account immediately and permanently. All personal data is deleted and
    /// the address becomes available again. What the viewer wrote in TwinSpaces is kept under a
    /// name such as "Former teacher", and a founder keeps their place until a successor is
    /// approved. Check `viewer.permissions` first to see what prevents the deletion. Not available
    /// to pupils, whose accounts are erased by their custodian (`FORBIDDEN`, `ROLE_TOO_LOW`).
    #[graphql(guard = "SignedIn")]
    async fn delete_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password.")] input: DeleteAccountInput,
    ) -> Result<Option<DeleteAccountPayload>> {
        let id = ctx.signed_in()?.account_id;
        let (passwords, limits) = (&ctx.app().passwords, &ctx.app().limits);
        // Boxed, so that not all other mutations are as large as this one.
        let erased = Box::pin(erasure::erase(ctx.db(), passwords, id, &input.password, ctx.now()));
        limits.guess(&id.to_string(), &ctx.request().client.address, erased).await?;
        ctx.request().turn_into(auth::Viewer::Anonymous);
        Ok(Some(DeleteAccountPayload { accepted: true }))
    }
}
