//! Follow-up projects (P-17).

use entity::{AccountId, MediaId, PageId, ProjectId, follow_up, partner, project};
use policy::{ProjectAct, ProjectPermission};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, QueryFilter,
    sea_query::{Cond, Condition, Expr, Query, SelectStatement},
};

use crate::{
    Actor, Error, Result,
    access::{self, Person},
    column,
    db::Tx,
    inside::{media, page},
    list::{Cell, Column, KeyKind, Listed},
    outcome::{self, Once},
    projects::project::{Fields, Past, are_contacts, begin as begin_project},
    sql::ColumnExt,
};

/// What a follow-up copies from the previous TwinSpace.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Pages that are not archived.
    pub pages: Vec<PageId>,
    /// Images, videos and other files.
    pub media: Vec<MediaId>,
}

impl Selection {
    const fn is_empty(&self) -> bool {
        self.pages.is_empty() && self.media.is_empty()
    }
}

/// Begins, as a founder, a draft with all the fields of the previous project. The title may be the
/// same. The other founder is the co-founder unless another contact is chosen. The selected pages
/// and media are copied immediately, and become visible when the new TwinSpace opens.
pub async fn begin(
    actor: Actor<'_>,
    id: ProjectId,
    cofounder: Option<AccountId>,
    title: Option<String>,
    selection: &Selection,
    once: Option<&Once>,
) -> Result<ProjectId> {
    let (founder, now) = (actor.account()?, actor.now);
    let act = ProjectAct::May(ProjectPermission::FollowUpProject);
    let permit = actor.permit::<Past>(act, id).await?;
    if let Some(made) = outcome::made(&*permit.tx, founder, once).await? {
        return Ok(made);
    }
    // Only members see what is in a TwinSpace.
    if !selection.is_empty() && !permit.by.sees_twinspace() {
        return Err(Error::NotFound("TwinSpace"));
    }
    let by = permit.by.clone();
    let (tx, project, _) = permit.into_parts()?;
    let cofounder = match cofounder {
        Some(cofounder) => Some(cofounder),
        None => other_founder(&tx, project.id, founder).await?,
    };
    let follows = project.id;
    let fields = Fields { title, ..Fields::default() }.over(project);
    let id = begin_project(&tx, founder, cofounder, (fields, None), now).await?;
    let row = follow_up::ActiveModel { project_id: Set(id), follows_id: Set(follows) };
    row.insert(&*tx).await?;
    let media = media::copy::copy(&tx, &by, id, &selection.media).await?;
    page::copy::copy(&tx, &by, id, &selection.pages, &media).await?;
    outcome::keep(&tx, founder, once, id.0, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// The other founder, if the two are still contacts, from whom a co-founder is chosen (P-02).
async fn other_founder(tx: &Tx, project: ProjectId, one: AccountId) -> Result<Option<AccountId>> {
    let other = partner::Entity::of(project)
        .filter(partner::Column::Founder.eq(true))
        .filter(partner::Column::AccountId.ne(one))
        .one(&**tx)
        .await?;
    let Some(other) = other.map(|other| other.account_id) else { return Ok(None) };
    Ok(are_contacts(&**tx, one, other).await?.then_some(other))
}

/// A follow-up project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FollowUpRow {
    /// The follow-up.
    pub project_id: Cell<ProjectId>,
}

/// Filters follow-ups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only those visible to this person.
    pub seen_by: Option<Person>,
}

impl Listed for FollowUpRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] =
        &[column!(project_id = follow_up::Column::ProjectId, for [])];

    fn from(_: &Filter, _: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        let same = project::Column::Id.equals(follow_up::Column::ProjectId);
        query.from(follow_up::Entity).inner_join(project::Entity, same);
        query
    }

    fn id() -> Expr {
        follow_up::Column::ProjectId.into_expr()
    }

    fn parent() -> Option<Expr> {
        Some(follow_up::Column::FollowsId.into_expr())
    }

    fn condition(filter: &Filter) -> Condition {
        filter.seen_by.map_or_else(Cond::all, access::seen_by)
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
