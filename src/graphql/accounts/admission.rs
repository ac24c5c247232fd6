//! Admission of people who registered as teachers.

use async_graphql::{Context, InputObject, Object};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    accounts::admission::{self, AdmissionRow, Filter},
    list::cell,
};
use entity::{AccountId, AdmissionState};
use policy::ServerPermission;
use uuid::Uuid;

use crate::graphql::{
    accounts::person::Person,
    connection::{self, Connection, List, Paging},
    context::ContextExt,
    guard::OnServer,
    loader::Rows,
    payload::payload,
};

/// The admission of somebody who registered as a teacher: who they are, and what was decided.
pub struct Admission(AdmissionRow);

impl Admission {
    /// The admission of this person, if the viewer decides on it.
    pub async fn load(ctx: &Context<'_>, id: AccountId) -> Result<Self> {
        let columns = connection::columns::<AdmissionRow>(ctx);
        let row = ctx.load::<Rows<AdmissionRow>>((id.0, columns)).await?;
        let row = row.ok_or(Error::NotFound("admission"))?;
        let services = [cell(&row.service_id)?, cell(&row.region_service_id)?];
        match ctx.viewer().person().decides(services) {
            true => Ok(Self((*row).clone())),
            false => Err(Error::NotFound("admission")),
        }
    }

    /// The viewer's own.
    pub async fn own(ctx: &Context<'_>, id: AccountId) -> Result<Option<Self>> {
        Ok(admission::of(ctx.db().read(), id).await?.map(|row| Self(row.into())))
    }

    /// Those on which the viewer decides, oldest first.
    pub async fn list(
        ctx: &Context<'_>,
        state: Option<AdmissionState>,
        paging: Paging,
    ) -> Result<Connection<Self>> {
        let filter = Filter { decided_by: Some(ctx.viewer().person()), state };
        let list =
            List::<AdmissionRow> { parent: Uuid::nil(), filter, order: (), descending: false };
        connection::page(ctx, paging, list, Self).await
    }
}

/// The admission of somebody who registered as a teacher: who they are, and what was decided.
/// Visible to them and to those who decide.
#[Object]
impl Admission {
    /// Who registered, with the school that they named.
    async fn person(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.0.account_id)?, None))
    }

    /// The country of the school, as an ISO 3166-1 alpha-2 code.
    async fn country(&self) -> Result<String> {
        cell(&self.0.country)
    }

    /// The current state.
    async fn state(&self) -> Result<AdmissionState> {
        cell(&self.0.state)
    }

    /// The reason for declining it.
    async fn reason(&self) -> Result<Option<String>> {
        cell(&self.0.reason)
    }

    /// The officer or administrator who decided.
    async fn decided_by(&self) -> Result<Option<Person>> {
        Ok(cell(&self.0.decided_by)?.map(|id| Person::new(id, None)))
    }

    /// When the waiting began.
    async fn asked_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.asked_at)
    }

    /// When it was decided; null while it is pending.
    async fn decided_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.0.decided_at)
    }
}

/// Input for `admitTeacher`.
#[derive(InputObject)]
pub struct AdmitTeacherInput {
    /// The person who waits: the ID of `Admission.person`.
    person_id: AccountId,
}

/// Input for `declineTeacher`.
#[derive(InputObject)]
pub struct DeclineTeacherInput {
    /// The person who waits: the ID of `Admission.person`.
    person_id: AccountId,
    /// The reason, shown to the person; at most 2000 characters.
    reason: String,
}

payload! {
    /// Result of `admitTeacher`.
    AdmitTeacherPayload
    /// Result of `declineTeacher`.
    DeclineTeacherPayload
    (AccountId) {
        /// The updated admission.
        admission: Admission, viewer, office
    }
}

/// The mutations of admissions.
#[derive(Default)]
pub struct AdmissionMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl AdmissionMutation {
    /// Admits somebody who registered as a teacher, and mails them. Requires an officer of their
    /// school's country or region, or an administrator where there is no support service.
    #[graphql(guard = "OnServer(ServerPermission::AdmitTeachers)")]
    async fn admit_teacher(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The person to admit.")] input: AdmitTeacherInput,
    ) -> Result<Option<AdmitTeacherPayload>> {
        Box::pin(admission::admit(ctx.actor(), input.person_id)).await?;
        Ok(ctx.changed(AdmitTeacherPayload(input.person_id)))
    }

    /// Declines to admit somebody who registered as a teacher, with a reason, and mails them. They
    /// may register again.
    #[graphql(guard = "OnServer(ServerPermission::AdmitTeachers)")]
    async fn decline_teacher(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The person, and the reason.")] input: DeclineTeacherInput,
    ) -> Result<Option<DeclineTeacherPayload>> {
        let DeclineTeacherInput { person_id, reason } = input;
        Box::pin(admission::decline(ctx.actor(), person_id, &reason)).await?;
        Ok(ctx.changed(DeclineTeacherPayload(person_id)))
    }
}
