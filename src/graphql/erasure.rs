//! The erasure of one's own account.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::{context::ContextExt, guard::SignedIn};
use crate::{Result, auth, domain::erasure, policy::Allowance};

/// What the viewer may do with their own account, and if not, why.
#[derive(SimpleObject)]
pub struct ViewerPermissions {
    /// Have the account erased.
    delete_account: Allowance,
}

impl ViewerPermissions {
    /// Those of the one who asks.
    pub async fn load(ctx: &Context<'_>) -> Result<Self> {
        let may = erasure::may(ctx.db().read(), ctx.signed_in()?.account_id).await?;
        Ok(Self { delete_account: may.into() })
    }
}

/// That it is the owner who asks.
#[derive(InputObject)]
pub struct DeleteAccountInput {
    /// The password of the account.
    password: String,
}

/// The account is erased, and all its sessions have ended.
#[derive(SimpleObject)]
pub struct DeleteAccountPayload {
    /// Always true: nothing of it comes back.
    accepted: bool,
}

/// The mutation that erases an account.
#[derive(Default)]
pub struct ErasureMutation;

#[Object(guard = "super::guard::Unguarded")]
impl ErasureMutation {
    /// Erases the viewer's account, at once and for good. Nothing personal stays, and the address
    /// is free again; what the viewer wrote in TwinSpaces stays under "Former teacher" or the like,
    /// and so does the place of a founder, until they are succeeded. `viewer.permissions` says
    /// beforehand what is in the way. A pupil may not (`FORBIDDEN`, `ROLE_TOO_LOW`): the custodian
    /// erases their account.
    #[graphql(guard = "SignedIn")]
    async fn delete_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password.")] input: DeleteAccountInput,
    ) -> Result<DeleteAccountPayload> {
        let id = ctx.signed_in()?.account_id;
        let (passwords, limits) = (&ctx.app().passwords, &ctx.app().limits);
        // Apart, so that all other mutations are not as large as this.
        let erased = Box::pin(erasure::erase(ctx.db(), passwords, id, &input.password, ctx.now()));
        limits.guess(&id.to_string(), &ctx.request().client.address, erased).await?;
        ctx.request().turn_into(auth::Viewer::Anonymous);
        Ok(DeleteAccountPayload { accepted: true })
    }
}
