//! Confirmations of the schools that teachers name.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{Result, accounts::school::confirmation};
use entity::{AccountId, SchoolId};
use policy::{Allowance, Refusal, SchoolAct, ServerPermission, Subject};

use crate::graphql::{
    accounts::person::Person,
    context::ContextExt,
    desktop::viewer::Viewer,
    guard::{OnServer, SignedIn},
    loader::{SchoolClaims, SchoolConfirmations},
    payload::payload,
};

/// The confirmation that a teacher belongs to the school that they name.
#[derive(SimpleObject)]
pub struct SchoolConfirmation {
    /// When it was confirmed.
    confirmed_at: DateTime<Utc>,
    /// The officer, administrator or colleague who confirmed it; null if their account is deleted.
    confirmed_by: Option<Person>,
}

impl SchoolConfirmation {
    /// The confirmation of a teacher's school, if it is confirmed.
    pub async fn of(ctx: &Context<'_>, id: AccountId) -> Result<Option<Self>> {
        let found = ctx.load::<SchoolConfirmations>(id).await?;
        Ok(found.map(|found| Self {
            confirmed_at: found.decided_at,
            confirmed_by: found.decided_by.map(|by| Person::new(by, None)),
        }))
    }
}

/// What the viewer may do with the school that a teacher names, with a reason for anything that is not
/// allowed.
#[derive(SimpleObject)]
pub struct TeacherPermissions {
    /// Confirm it.
    confirm_school: Allowance,
    /// Withdraw the confirmation.
    withdraw_school_confirmation: Allowance,
}

impl TeacherPermissions {
    /// The viewer's permissions.
    pub async fn of(ctx: &Context<'_>, id: AccountId) -> Result<Self> {
        let [confirm, withdraw] = allowances(ctx, id).await?;
        Ok(Self { confirm_school: confirm, withdraw_school_confirmation: withdraw })
    }
}

/// Whether the viewer may confirm the school that somebody names, and withdraw that.
pub async fn allowances(ctx: &Context<'_>, id: AccountId) -> Result<[Allowance; 2]> {
    let viewer = ctx.viewer().person();
    let claim = ctx.load::<SchoolClaims>((viewer, id)).await?;
    Ok([SchoolAct::Confirm, SchoolAct::Withdraw].map(|act| match &claim {
        Some(claim) => claim.decide(act, &viewer).into(),
        None => Err(Refusal::Hidden).into(),
    }))
}

/// Input for `confirmSchool`.
#[derive(InputObject)]
pub struct ConfirmSchoolInput {
    /// The teacher.
    person_id: AccountId,
    /// The school that is confirmed. If the teacher has named another one in the meantime, the request
    /// is rejected with `SCHOOL_CHANGED`.
    school_id: SchoolId,
}

/// Input for `withdrawSchoolConfirmation`.
#[derive(InputObject)]
pub struct WithdrawSchoolConfirmationInput {
    /// The teacher.
    person_id: AccountId,
    /// The school that was confirmed. If the teacher has named another one in the meantime, the request
    /// is rejected with `SCHOOL_CHANGED`.
    school_id: SchoolId,
}

/// Input for `markSchoolNewsRead`.
#[derive(InputObject)]
pub struct MarkSchoolNewsReadInput {
    /// The subject of the notification: the viewer's school.
    school_id: SchoolId,
}

payload! {
    /// Result of `confirmSchool`.
    ConfirmSchoolPayload
    /// Result of `withdrawSchoolConfirmation`.
    WithdrawSchoolConfirmationPayload
    (AccountId) {
        /// The teacher.
        person: Person, viewer, office
    }
}

/// Result of `markSchoolNewsRead`.
#[derive(SimpleObject)]
pub struct MarkSchoolNewsReadPayload {
    /// The viewer, whose notifications have changed with it.
    viewer: Option<Viewer>,
}

/// The mutations of confirmations.
#[derive(Default)]
pub struct SchoolConfirmationMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl SchoolConfirmationMutation {
    /// Confirms that a teacher belongs to the school that they name, and notifies them. Requires an
    /// officer of the school's country or region, an administrator, or a teacher of the same school who
    /// is a contact of theirs and whose own school is confirmed.
    #[graphql(guard = "OnServer(ServerPermission::ConfirmSchools)")]
    async fn confirm_school(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The teacher and the school.")] input: ConfirmSchoolInput,
    ) -> Result<Option<ConfirmSchoolPayload>> {
        let ConfirmSchoolInput { person_id, school_id } = input;
        Box::pin(confirmation::confirm(ctx.actor(), person_id, school_id)).await?;
        Ok(ctx.changed(ConfirmSchoolPayload(person_id)))
    }

    /// Withdraws the confirmation of a teacher's school, and notifies them. Requires an officer of the
    /// school's country or region, an administrator, or the teacher who confirmed it.
    #[graphql(guard = "OnServer(ServerPermission::ConfirmSchools)")]
    async fn withdraw_school_confirmation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The teacher and the school.")] input: WithdrawSchoolConfirmationInput,
    ) -> Result<Option<WithdrawSchoolConfirmationPayload>> {
        let WithdrawSchoolConfirmationInput { person_id, school_id } = input;
        Box::pin(confirmation::withdraw(ctx.actor(), person_id, school_id)).await?;
        Ok(ctx.changed(WithdrawSchoolConfirmationPayload(person_id)))
    }

    /// Marks as read that the viewer's school was confirmed, or the confirmation withdrawn, which
    /// removes it from the notifications.
    #[graphql(guard = "SignedIn")]
    async fn mark_school_news_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The school.")] input: MarkSchoolNewsReadInput,
    ) -> Result<Option<MarkSchoolNewsReadPayload>> {
        confirmation::read(ctx.db(), ctx.signed_in()?.account_id, input.school_id).await?;
        Ok(ctx.changed(MarkSchoolNewsReadPayload { viewer: Viewer::of(ctx) }))
    }
}
