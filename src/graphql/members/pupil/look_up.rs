//! Looking pupils up, by username or by name (M-11).

use async_graphql::Context;
use domain::{
    Actor, Result,
    members::pupil::{self, Plan, Row},
};
use entity::ProjectId;

use crate::graphql::context::ContextExt;

/// Looks up the pupils of a class list, which is counted and logged (M-11).
pub(super) async fn look_up(
    ctx: &Context<'_>,
    actor: Actor<'_>,
    project: ProjectId,
    rows: &[Row],
) -> Result<Vec<Plan>> {
    let teacher = actor.account()?;
    let (usernames, names) = pupil::look_ups(rows);
    ctx.app().limits.look_ups(teacher, project, usernames, names).await?;
    let plans = pupil::plan(actor.db.read(), project, teacher, rows, actor.now).await?;
    pupil::looked_up(actor.db, project, teacher, rows, &plans, actor.now).await?;
    Ok(plans)
}
