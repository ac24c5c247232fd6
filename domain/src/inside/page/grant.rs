//! Permissions to edit a page (T-02).

use std::collections::{HashMap, HashSet};

use entity::{MemberId, PageGrantId, PageId, TwinSpaceRole, member, page, page_grant};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, sea_query::Cond,
};

use crate::{Error, Result, db::Tx};

/// A membership to which permission may have been given.
pub type Place = (MemberId, TwinSpaceRole);

/// Gives permission to these members and roles, and to no other members and roles; `None` leaves
/// those who have it. The members must belong to the page's TwinSpace.
pub(super) async fn replace(
    tx: &Tx,
    page: &page::Model,
    members: Option<&[MemberId]>,
    roles: Option<&[TwinSpaceRole]>,
) -> Result<()> {
    let replaced = Cond::any()
        .add_option(members.map(|_| page_grant::Column::MemberId.is_not_null()))
        .add_option(roles.map(|_| page_grant::Column::Role.is_not_null()));
    if replaced.is_empty() {
        return Ok(());
    }
    let members: HashSet<_> = members.unwrap_or_default().iter().copied().collect();
    let roles: HashSet<_> = roles.unwrap_or_default().iter().copied().collect();
    let here = member::Entity::of(page.project_id)
        .filter(member::Column::Id.is_in(members.iter().copied()))
        .count(&**tx)
        .await?;
    if here != members.len() as u64 {
        return Err(Error::NotFound("member"));
    }
    page_grant::Entity::delete_many()
        .filter(page_grant::Column::PageId.eq(page.id))
        .filter(replaced)
        .exec(&**tx)
        .await?;
    let row = |member_id, role| page_grant::ActiveModel {
        id: Set(PageGrantId::new()),
        page_id: Set(page.id),
        member_id: Set(member_id),
        role: Set(role),
    };
    let rows = members.into_iter().map(|id| row(Some(id), None));
    let rows: Vec<_> = rows.chain(roles.into_iter().map(|role| row(None, Some(role)))).collect();
    if !rows.is_empty() {
        page_grant::Entity::insert_many(rows).exec_without_returning(&**tx).await?;
    }
    Ok(())
}

/// Which of these pages may be edited by which of these members: one statement.
pub async fn given(
    db: &impl ConnectionTrait,
    keys: &[(PageId, Place)],
) -> Result<HashSet<(PageId, Place)>> {
    let mine = Cond::any()
        .add(page_grant::Column::MemberId.is_in(keys.iter().map(|(_, (member, _))| *member)))
        .add(page_grant::Column::Role.is_in(keys.iter().map(|(_, (_, role))| *role)));
    let grants = page_grant::Entity::find()
        .filter(page_grant::Column::PageId.is_in(keys.iter().map(|(page, _)| *page)))
        .filter(mine)
        .all(db)
        .await?;
    let is = |(page, (member, role)): &(PageId, Place)| {
        grants.iter().any(|grant| {
            grant.page_id == *page
                && (grant.member_id == Some(*member) || grant.role == Some(*role))
        })
    };
    Ok(keys.iter().copied().filter(is).collect())
}

/// Who was given permission to edit a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Editors {
    /// Members.
    pub members: Vec<MemberId>,
    /// Roles.
    pub roles: Vec<TwinSpaceRole>,
}

/// Who was given permission to edit these pages: one statement.
pub async fn editors(
    db: &impl ConnectionTrait,
    pages: &[PageId],
) -> Result<HashMap<PageId, Editors>> {
    let grants = page_grant::Entity::find()
        .filter(page_grant::Column::PageId.is_in(pages.iter().copied()))
        .order_by_asc(page_grant::Column::Id)
        .all(db)
        .await?;
    let mut editors: HashMap<_, Editors> = HashMap::new();
    for grant in grants {
        let of_page = editors.entry(grant.page_id).or_default();
        of_page.members.extend(grant.member_id);
        of_page.roles.extend(grant.role);
    }
    for of_page in editors.values_mut() {
        of_page.roles.sort();
    }
    Ok(editors)
}
