//! What others did to a pupil, for the custodian to read.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    error::Flaw,
    list::cell,
    members::pupil_news::{self, PupilNewsRow},
};
use entity::{Act, PupilNewsId, TwinSpaceId};

use crate::graphql::{
    accounts::person::Person, connection, context::ContextExt, desktop::viewer::Viewer,
    guard::SignedIn, inside::twin_space::TwinSpace, loader::Rows, members::pupil::own::title,
};

/// The maximum number that can be marked as read at once.
const MOST: usize = 100;

/// Something that someone else did to a pupil in the viewer's custody. Remains a notification until
/// it is marked as read.
pub struct PupilNews(Arc<PupilNewsRow>);

impl PupilNews {
    /// The news item with this ID, if it is the viewer's.
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

/// Something that someone else did to a pupil in the viewer's custody. Remains a notification until
/// it is marked as read.
#[Object]
impl PupilNews {
    /// The ID.
    pub async fn id(&self) -> Result<PupilNewsId> {
        cell(&self.0.id)
    }

    /// The action that was performed.
    async fn act(&self) -> Result<Act> {
        cell(&self.0.act)
    }

    /// When the action was performed.
    async fn at(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.at)
    }

    /// The person who acted; null if it was the server itself.
    async fn actor(&self) -> Result<Option<Person>> {
        Ok(cell(&self.0.actor_id)?.map(|id| Person::new(id, None)))
    }

    /// The pupil.
    async fn pupil(&self) -> Result<Option<Person>> {
        let name = self.0.pupil_name.clone().flatten().unwrap_or_default();
        Ok(Some(Person::by_name_only(cell(&self.0.pupil_id)?, name)))
    }

    /// The TwinSpace concerned.
    async fn twin_space_id(&self) -> Result<Option<TwinSpaceId>> {
        Ok(cell(&self.0.project_id)?.map(TwinSpaceId::from))
    }

    /// That TwinSpace itself; null if the viewer is not a member.
    async fn twin_space(&self, ctx: &Context<'_>) -> Result<Option<TwinSpace>> {
        match cell(&self.0.project_id)? {
            Some(project) => TwinSpace::mentioned(ctx, project).await,
            None => Ok(None),
        }
    }

    /// The title of its project; empty if it was done in none.
    async fn project_title(&self, ctx: &Context<'_>) -> Result<String> {
        match cell(&self.0.project_id)? {
            Some(project) => title(ctx, project.into()).await,
            None => Ok(String::new()),
        }
    }
}

/// Input for `markPupilNewsRead`.
#[derive(InputObject)]
pub struct MarkPupilNewsReadInput {
    /// The news items, 1 to 100.
    pupil_news_ids: Vec<PupilNewsId>,
}

/// Result of `markPupilNewsRead`.
#[derive(SimpleObject)]
pub struct MarkPupilNewsReadPayload {
    /// The number of items marked as read that were unread before.
    read_count: u64,
    /// The viewer, whose notifications have changed with it.
    viewer: Viewer,
}

/// The mutations of news about pupils.
#[derive(Default)]
pub struct PupilNewsMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl PupilNewsMutation {
    /// Marks news about the viewer's pupils as read, which removes it from the notifications. The
    /// actions remain in the audit log.
    #[graphql(guard = "SignedIn")]
    async fn mark_pupil_news_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The news items.")] input: MarkPupilNewsReadInput,
    ) -> Result<Option<MarkPupilNewsReadPayload>> {
        let ids = input.pupil_news_ids;
        if let Some(flaw) = Flaw::of_count(ids.len(), MOST) {
            return Err(Error::invalid("pupilNewsIds", flaw));
        }
        let viewer = ctx.signed_in()?.account_id;
        let read_count = pupil_news::read(ctx.db(), viewer, &ids).await?;
        let viewer = Viewer::new(ctx.signed_in()?);
        Ok(ctx.changed(MarkPupilNewsReadPayload { read_count, viewer }))
    }
}
