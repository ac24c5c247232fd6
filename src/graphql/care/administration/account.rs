//! Accounts as administrators see them, and what they do with them.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Reason, Result,
    care::{
        administration::{self, AdministeredRow},
        block::is_username,
    },
    list::cell,
};
use entity::{AccountId, AccountKind, session};
use policy::{Allowance, ServerPermission};

use crate::graphql::{
    accounts::{
        person::Person,
        school::{
            School,
            confirmation::{SchoolConfirmation, allowances},
        },
    },
    connection,
    context::ContextExt,
    guard::OnServer,
    loader::Rows,
    payload::payload,
    projects::approval::Service,
    scalar::Date,
};

/// An account, as administrators see it.
pub struct AdministeredAccount(Arc<AdministeredRow>);

impl AdministeredAccount {
    /// An account in a list.
    pub fn new(row: AdministeredRow) -> Self {
        Self(Arc::new(row))
    }

    /// The account with this ID, for administrators.
    pub async fn load(ctx: &Context<'_>, id: AccountId) -> Result<Self> {
        let columns = connection::columns::<AdministeredRow>(ctx);
        let row = ctx.load::<Rows<AdministeredRow>>((id.0, columns)).await?;
        row.map(Self).ok_or(Error::NotFound("account"))
    }
}

/// What the viewer may do with an account, with a reason for anything that is not allowed.
#[derive(SimpleObject)]
pub struct AdministeredAccountPermissions {
    /// Block it.
    block: Allowance,
    /// Unblock it.
    unblock: Allowance,
    /// End its sessions.
    end_sessions: Allowance,
    /// Confirm the school of a teacher.
    confirm_school: Allowance,
    /// Withdraw the confirmation of a teacher's school.
    withdraw_school_confirmation: Allowance,
}

/// An account, as administrators see it.
#[Object]
impl AdministeredAccount {
    /// The person. Their ID is the one that arguments expect.
    async fn person(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.0.id)?, self.0.name.clone()))
    }

    /// What kind of account it is.
    async fn kind(&self) -> Result<AccountKind> {
        cell(&self.0.kind)
    }

    /// The e-mail address or, for pupils, the username with which its owner signs in.
    async fn sign_in(&self) -> Result<Option<String>> {
        Ok(cell(&self.0.email)?.or(cell(&self.0.username)?))
    }

    /// The school; only teachers and pupils have one.
    async fn school(&self) -> Result<Option<School>> {
        School::of(&self.0.school)
    }

    /// Whether it is confirmed that a teacher belongs to the school; null for everyone but
    /// teachers.
    async fn school_confirmed(&self) -> Result<Option<bool>> {
        cell(&self.0.school_confirmed)
    }

    /// The confirmation of the school: when, and by whom; null if it is not confirmed.
    async fn school_confirmation(&self, ctx: &Context<'_>) -> Result<Option<SchoolConfirmation>> {
        SchoolConfirmation::of(ctx, cell(&self.0.id)?).await
    }

    /// The support service of an officer.
    async fn service(&self) -> Result<Option<Service>> {
        let Some(id) = cell(&self.0.service_id)? else { return Ok(None) };
        let [name, country, region] =
            [&self.0.service_name, &self.0.service_country, &self.0.service_region]
                .map(|cell| cell.clone().flatten());
        Ok(Some(Service::new(id, name, country, region)))
    }

    /// The custodian of a pupil.
    async fn custodian(&self) -> Result<Option<Person>> {
        Ok(cell(&self.0.custodian_id)?.map(|id| Person::new(id, None)))
    }

    /// Whether the e-mail address has been verified.
    async fn email_verified(&self) -> Result<bool> {
        Ok(cell(&self.0.verified_at)?.is_some())
    }

    /// When the account was created.
    async fn created_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.created_at)
    }

    /// When it was blocked; null if it is not blocked.
    async fn blocked_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.0.blocked_at)
    }

    /// The reason for which it is blocked, if one was given.
    async fn block_reason(&self) -> Result<Option<String>> {
        cell(&self.0.block_reason)
    }

    /// The number of TwinSpaces of which its owner is a member.
    async fn twin_space_count(&self) -> Result<i64> {
        cell(&self.0.twin_spaces)
    }

    /// The number of pupils in its custody.
    async fn pupil_count(&self) -> Result<i64> {
        cell(&self.0.pupils)
    }

    /// What the viewer may do with it, with a reason for anything that is not allowed.
    async fn permissions(&self, ctx: &Context<'_>) -> Result<AdministeredAccountPermissions> {
        let own = ctx.viewer().account() == Some(cell(&self.0.id)?);
        let may = if own { Err(Reason::Yourself) } else { Ok(()) };
        let blocked = cell(&self.0.blocked_at)?.is_some();
        let unless = |done: bool| if done { Err(Reason::AlreadyDone) } else { Ok(()) };
        let [confirm, withdraw] = allowances(ctx, cell(&self.0.id)?).await?;
        Ok(AdministeredAccountPermissions {
            block: may.and(unless(blocked)).into(),
            unblock: may.and(unless(!blocked)).into(),
            end_sessions: may.into(),
            confirm_school: confirm,
            withdraw_school_confirmation: withdraw,
        })
    }
}

/// A session of an account, as administrators see it.
pub struct AdministeredSession(session::Model);

impl From<session::Model> for AdministeredSession {
    fn from(row: session::Model) -> Self {
        Self(row)
    }
}

/// A session of an account, as administrators see it.
#[Object]
impl AdministeredSession {
    /// The client's user agent.
    async fn user_agent(&self) -> &str {
        &self.0.user_agent
    }

    /// The day on which its owner signed in.
    async fn created_on(&self) -> Date {
        Date(self.0.created_at.date_naive())
    }

    /// The day on which it was last used.
    async fn last_used_on(&self) -> Date {
        Date(self.0.last_used_at.date_naive())
    }

    /// Whether it is the session that made this request.
    async fn current(&self, ctx: &Context<'_>) -> bool {
        ctx.signed_in().is_ok_and(|viewer| viewer.session_id == self.0.id)
    }
}

/// Input for `lookUpAccount`.
#[derive(InputObject)]
pub struct LookUpAccountInput {
    /// The exact e-mail address or, for a pupil, the exact username.
    sign_in: String,
}

/// Input for `blockAccount`.
#[derive(InputObject)]
pub struct BlockAccountInput {
    /// The account.
    person_id: AccountId,
    /// The reason, visible to administrators; at most 1000 characters.
    reason: String,
}

/// Input for `unblockAccount`.
#[derive(InputObject)]
pub struct UnblockAccountInput {
    /// The account.
    person_id: AccountId,
}

/// Input for `endSessions`.
#[derive(InputObject)]
pub struct EndSessionsInput {
    /// The account.
    person_id: AccountId,
}

payload! {
    /// Result of `lookUpAccount`.
    LookUpAccountPayload
    /// Result of `blockAccount`.
    BlockAccountPayload
    /// Result of `unblockAccount`.
    UnblockAccountPayload
    /// Result of `endSessions`.
    EndSessionsPayload
    (AccountId) {
        /// The account.
        account: AdministeredAccount
    }
}

/// The mutations of accounts, for administrators.
#[derive(Default)]
pub struct AccountsMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl AccountsMutation {
    /// Finds an account by its exact e-mail address or username. The audit log records each look-up of
    /// a username, with the pupil if there is one. Requires a server administrator.
    #[graphql(guard = "OnServer(ServerPermission::ManageAccounts)")]
    async fn look_up_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How its owner signs in.")] input: LookUpAccountInput,
    ) -> Result<Option<LookUpAccountPayload>> {
        if is_username(&input.sign_in) {
            ctx.app().limits.look_up(ctx.signed_in()?.account_id).await?;
        }
        let id = Box::pin(administration::look_up(ctx.actor(), &input.sign_in)).await?;
        Ok(ctx.changed(LookUpAccountPayload(id)))
    }

    /// Blocks an account: its sessions and mailed links end, the invitations that it sent are
    /// revoked, and the right password is treated like a wrong one. What the user wrote and their
    /// memberships do not change. If it is a pupil's, the custodian is notified. Requires a server
    /// administrator.
    #[graphql(guard = "OnServer(ServerPermission::ManageAccounts)")]
    async fn block_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account and the reason.")] input: BlockAccountInput,
    ) -> Result<Option<BlockAccountPayload>> {
        let BlockAccountInput { person_id, reason } = input;
        Box::pin(administration::block(ctx.actor(), person_id, &reason)).await?;
        Ok(ctx.changed(BlockAccountPayload(person_id)))
    }

    /// Lets the owner of a blocked account sign in again. Requires a server administrator.
    #[graphql(guard = "OnServer(ServerPermission::ManageAccounts)")]
    async fn unblock_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account.")] input: UnblockAccountInput,
    ) -> Result<Option<UnblockAccountPayload>> {
        Box::pin(administration::unblock(ctx.actor(), input.person_id)).await?;
        Ok(ctx.changed(UnblockAccountPayload(input.person_id)))
    }

    /// Ends all sessions of an account. Requires a server administrator.
    #[graphql(guard = "OnServer(ServerPermission::ManageAccounts)")]
    async fn end_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account.")] input: EndSessionsInput,
    ) -> Result<Option<EndSessionsPayload>> {
        Box::pin(administration::end_sessions(ctx.actor(), input.person_id)).await?;
        Ok(ctx.changed(EndSessionsPayload(input.person_id)))
    }
}
