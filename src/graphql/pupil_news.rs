//! What others did to a pupil, for the custodian to read.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{Act, PupilNewsId, TwinSpaceId};

use super::{
    connection, context::ContextExt, guard::SignedIn, loader::Rows, person::Person,
    pupil::own::title,
};
use crate::{
    Error, Result,
    domain::{
        list::cell,
        pupil_news::{self, PupilNewsRow},
    },
};

/// The most that are read at once.
const MOST: usize = 100;

/// Something that somebody else did to a pupil in the viewer's custody. It waits until it is marked
/// as read.
pub struct PupilNews(Arc<PupilNewsRow>);

impl PupilNews {
    /// The news with this id, if they are the viewer's.
    pub async fn load(ctx: &Context<'_>, id: PupilNewsId) -> Result<Self> {
        let missing = || Error::NotFound("pupil news");
        let columns = connection::columns::<PupilNewsRow>(ctx);
        let row = ctx.load::<Rows<PupilNewsRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        match ctx.viewer().account() == Some(cell(&row.custodian_id)?) {
            true => Ok(Self(row)),
            false => Err(missing()),
        }
    }
}

/// Something that somebody else did to a pupil in the viewer's custody. It waits until it is marked
/// as read.
#[Object]
impl PupilNews {
    /// Its id.
    pub async fn id(&self) -> Result<PupilNewsId> {
        cell(&self.0.id)
    }

    /// What was done.
    async fn act(&self) -> Result<Act> {
        cell(&self.0.act)
    }

    /// When.
    async fn at(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.at)
    }

    /// Who did it; null for the server itself.
    async fn actor(&self) -> Result<Option<Person>> {
        Ok(cell(&self.0.actor_id)?.map(|id| Person::new(id, None)))
    }

    /// The pupil.
    async fn pupil(&self) -> Result<Person> {
        let name = self.0.pupil_name.clone().flatten().unwrap_or_default();
        Ok(Person::by_name_only(cell(&self.0.pupil_id)?, name))
    }

    /// In which TwinSpace.
    async fn twin_space_id(&self) -> Result<Option<TwinSpaceId>> {
        Ok(cell(&self.0.project_id)?.map(TwinSpaceId::from))
    }

    /// The title of that TwinSpace.
    async fn title(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        match cell(&self.0.project_id)? {
            Some(project) => title(ctx, project.into()).await.map(Some),
            None => Ok(None),
        }
    }
}

/// Which news were read.
#[derive(InputObject)]
pub struct MarkPupilNewsReadInput {
    /// The news, 1 to 100.
    pupil_news_ids: Vec<PupilNewsId>,
}

/// Result of `markPupilNewsRead`.
#[derive(SimpleObject)]
pub struct MarkPupilNewsReadPayload {
    /// How many are read now that were not before.
    read: u64,
}

/// What can be done with news of pupils.
#[derive(Default)]
pub struct PupilNewsMutation;

#[Object(guard = "super::guard::Unguarded")]
impl PupilNewsMutation {
    /// Marks as read what others did to the viewer's pupils: it waits no more. What was done stands
    /// in the audit log.
    #[graphql(guard = "SignedIn")]
    async fn mark_pupil_news_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which news.")] input: MarkPupilNewsReadInput,
    ) -> Result<MarkPupilNewsReadPayload> {
        let ids = input.pupil_news_ids;
        if !(1..=MOST).contains(&ids.len()) {
            return Err(Error::invalid("pupilNewsIds", format!("must be 1 to {MOST}")));
        }
        let viewer = ctx.signed_in()?.account_id;
        let read = pupil_news::read(ctx.db(), viewer, &ids).await?;
        Ok(ctx.changed(MarkPupilNewsReadPayload { read }))
    }
}
