//! Consents given by or for pupils (M-14).

use async_graphql::{Context, Object};
use chrono::{DateTime, Utc};
use domain::{Error, Reason, Result};
use entity::{ConsentGiver, ConsentId, ConsentScope, TwinSpaceId, consent};
use policy::{Tie, TwinSpacePermission};

use crate::graphql::{
    accounts::person::Person,
    context::ContextExt,
    inside::twin_space::TwinSpace,
    loader::ConsentsById,
    members::{
        member::Member,
        pupil::own::{Pupil, title},
    },
};

pub mod act;

/// A consent given by or for a pupil.
#[derive(Clone, Debug)]
pub struct Consent(consent::Model);

impl From<consent::Model> for Consent {
    fn from(row: consent::Model) -> Self {
        Self(row)
    }
}

impl Consent {
    /// The consent with this ID, for the custodian and those who see it on the pupil's card.
    pub async fn load(ctx: &Context<'_>, id: ConsentId) -> Result<Self> {
        ctx.signed_in()?;
        let missing = || Error::NotFound("consent");
        let row = ctx.load::<ConsentsById>(id).await?.ok_or_else(missing)?;
        let seen = match Pupil::load(ctx, row.account_id).await {
            Ok(_) => true,
            Err(Error::NotFound(_)) => on_card(ctx, &row).await?,
            Err(error) => return Err(error),
        };
        match seen {
            true => Ok(Self((*row).clone())),
            false => Err(missing()),
        }
    }
}

/// Whether the viewer sees a consent on the pupil's card.
async fn on_card(ctx: &Context<'_>, row: &consent::Model) -> Result<bool> {
    let member = Member::of(ctx, row.project_id, row.account_id).await?;
    let sees = TwinSpacePermission::InvitePupils;
    Ok(member
        .is_some_and(|member| member.access.grants(sees, Tie::default(), Reason::NotYours).is_ok()))
}

/// A consent given by or for a pupil.
#[Object]
impl Consent {
    /// The ID.
    pub async fn id(&self) -> ConsentId {
        self.0.id
    }

    /// The ID of the TwinSpace to which the consent applies.
    async fn twin_space_id(&self) -> TwinSpaceId {
        self.0.project_id.into()
    }

    /// The TwinSpace; null if the viewer is not a member.
    async fn twin_space(&self, ctx: &Context<'_>) -> Result<Option<TwinSpace>> {
        TwinSpace::mentioned(ctx, self.0.project_id).await
    }

    /// The title of its project.
    async fn project_title(&self, ctx: &Context<'_>) -> Result<String> {
        title(ctx, self.0.project_id.into()).await
    }

    /// What the consent covers.
    async fn scope(&self) -> ConsentScope {
        self.0.scope
    }

    /// Who gave the consent.
    async fn given_by(&self) -> ConsentGiver {
        self.0.giver
    }

    /// The teacher who recorded the consent.
    async fn recorded_by(&self) -> Person {
        Person::new(self.0.recorded_by, None)
    }

    /// When the consent was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.recorded_at
    }

    /// When it was withdrawn; null while it is valid.
    async fn withdrawn_at(&self) -> Option<DateTime<Utc>> {
        self.0.withdrawn_at
    }
}
