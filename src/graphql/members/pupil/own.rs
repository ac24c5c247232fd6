//! The viewer's own pupils: those in their custody, in any TwinSpace or none.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{Error, Result, list::cell, members::pupil::own::PupilRow};
use entity::{AccountId, MemberId, PupilId, TwinSpaceId, TwinSpaceRole, member::NEVER};

use crate::graphql::{
    accounts::person::Person,
    connection,
    context::ContextExt,
    inside::twin_space::TwinSpace,
    loader::{Consents, Places, Rows},
    members::{consent::Consent, member::Member},
    scalar::Date,
};

/// A pupil in the viewer's custody.
#[derive(Clone, Debug)]
pub struct Pupil(Arc<PupilRow>);

impl Pupil {
    /// A pupil in the viewer's own list.
    pub fn new(row: PupilRow) -> Self {
        Self(Arc::new(row))
    }

    /// One of the viewer's pupils, with the requested columns. For everyone but the custodian the
    /// pupil does not exist.
    pub async fn load(ctx: &Context<'_>, id: AccountId) -> Result<Self> {
        let columns = connection::columns::<PupilRow>(ctx);
        let viewer = ctx.signed_in()?.account_id;
        let missing = || Error::NotFound("pupil");
        let row = ctx.load::<Rows<PupilRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        match cell(&row.custodian_id)? == Some(viewer) {
            true => Ok(Self(row)),
            false => Err(missing()),
        }
    }
}

/// A pupil in the viewer's custody, with details that only the custodian can see.
#[Object]
impl Pupil {
    /// The ID of the pupil as one of the viewer's own; `person` has that of the person.
    pub async fn id(&self) -> Result<PupilId> {
        cell(&self.0.id).map(Into::into)
    }

    /// The person.
    async fn person(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.0.id)?, self.0.name.clone()))
    }

    /// The name.
    async fn name(&self) -> Result<String> {
        cell(&self.0.name)
    }

    /// The username with which they sign in.
    async fn username(&self) -> Result<Option<String>> {
        cell(&self.0.username)
    }

    /// The day of their last visit to any of their TwinSpaces, in UTC; null if they have never
    /// visited one.
    async fn last_access(&self) -> Result<Option<Date>> {
        Ok(cell(&self.0.last_access_on)?.filter(|&day| day != NEVER).map(Date))
    }

    /// Their memberships in TwinSpaces, including TwinSpaces that the viewer does not belong to.
    async fn memberships(&self, ctx: &Context<'_>) -> Result<Vec<PupilMembership>> {
        let places = ctx.load::<Places>(cell(&self.0.id)?).await?;
        let places = places.as_deref().map(Vec::as_slice).unwrap_or_default();
        let place = |place: &entity::member::Model| PupilMembership {
            twin_space_id: place.project_id.into(),
            role: place.role,
            joined_at: place.joined_at,
            member_id: place.id,
        };
        Ok(places.iter().map(place).collect())
    }

    /// The consents given by or for them, including withdrawn ones and those for TwinSpaces that
    /// they have left, oldest first (M-14).
    async fn consents(&self, ctx: &Context<'_>) -> Result<Vec<Consent>> {
        let consents = ctx.load::<Consents>(cell(&self.0.id)?).await?;
        let consents = consents.as_deref().map(Vec::as_slice).unwrap_or_default();
        Ok(consents.iter().cloned().map(Consent::from).collect())
    }
}

/// A pupil's membership in a TwinSpace, as shown to the custodian.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct PupilMembership {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
    /// The role in that TwinSpace.
    role: TwinSpaceRole,
    /// When they joined.
    joined_at: DateTime<Utc>,
    /// The ID of the membership.
    member_id: MemberId,
}

/// A pupil's membership in a TwinSpace, as shown to the custodian.
#[ComplexObject]
impl PupilMembership {
    /// The title of its project.
    async fn project_title(&self, ctx: &Context<'_>) -> Result<String> {
        title(ctx, self.twin_space_id).await
    }

    /// The TwinSpace itself; null if the viewer does not belong to it.
    async fn twin_space(&self, ctx: &Context<'_>) -> Result<Option<TwinSpace>> {
        TwinSpace::mentioned(ctx, self.twin_space_id.into()).await
    }

    /// The membership itself; null if the viewer does not belong to that TwinSpace.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        match Member::load(ctx, self.member_id).await {
            Err(Error::NotFound(_)) => Ok(None),
            found => found.map(Some),
        }
    }
}

/// The title of a TwinSpace that one of the viewer's pupils is or was in: a custodian may know
/// where the child is.
pub async fn title(ctx: &Context<'_>, id: TwinSpaceId) -> Result<String> {
    let access = ctx.access(id.into()).await?.ok_or(Error::NotFound("TwinSpace"))?;
    Ok(access.title.clone())
}
