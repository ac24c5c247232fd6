//! Members to whom something is done, as a decision finds them.

use std::collections::HashMap;

use entity::{AccountId, MemberId, ProjectId, account, member};
use policy::{MemberAct, MemberFacts};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::UnionType,
};
use uuid::Uuid;

use super::MemberRow;
use crate::{
    Result, access,
    custody::watch,
    db::Tx,
    erasure,
    list::{Ask, Columns, cell},
    permit::{Actor, Found, Held},
};

/// The fields whose columns determine whether a member is visible.
pub const BASIS: &[&str] = &["twinSpace", "role", "kind"];

/// The fields whose columns determine what may be done to a member.
pub const SUBJECT: &[&str] = &["role", "kind", "permissions"];

impl MemberRow {
    /// What the policy needs to know about them, from a row with the columns of [`SUBJECT`].
    pub fn subject(&self) -> Result<MemberFacts> {
        Ok(MemberFacts {
            id: cell(&self.id)?,
            account: cell(&self.account_id)?,
            role: cell(&self.role)?,
            kind: cell(&self.kind)?,
            custodian: cell(&self.custodian_id)?,
            custodian_stands: self.custodian()?,
            founder: cell(&self.founder)?.unwrap_or(false),
            last_admin: cell(&self.last_admin)?,
        })
    }
}

async fn rows(db: &impl ConnectionTrait, ids: &[MemberId]) -> Result<HashMap<Uuid, MemberRow>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    Ask::<MemberRow>::by_id(db, &ids, Columns::default().and::<MemberRow>(SUBJECT)).await
}

impl Found for MemberFacts {
    type Facts = Self;
    type Id = MemberId;

    const NAME: &'static str = "member";

    async fn lock(tx: &Tx, act: MemberAct, id: &MemberId) -> Result<Held> {
        let place = || member::Entity::find_by_id(*id).select_only();
        let account = || place().column(member::Column::AccountId);
        let mut projects = place().column(member::Column::ProjectId).into_query();
        match act {
            MemberAct::Contact
            | MemberAct::ChangeRole { .. }
            | MemberAct::RecordConsent
            | MemberAct::Leave => {}
            // It stands in the logs of a pupil's other TwinSpaces, too.
            MemberAct::WithdrawConsent
            | MemberAct::Rename
            | MemberAct::Remove
            | MemberAct::ResetPassword
            | MemberAct::OfferCustody
            | MemberAct::TakeOverCustody => {
                let pupil = account::Column::Id.in_subquery(account().into_query());
                projects.union(UnionType::All, watch::places(pupil));
            }
            MemberAct::Erase => {
                let account: Option<AccountId> = account().into_tuple().one(&**tx).await?;
                return match account {
                    Some(account) => erasure::lock_projects(tx, account).await,
                    None => Ok(Held::new()),
                };
            }
        }
        access::hold(tx, projects).await
    }

    async fn find(
        db: &impl ConnectionTrait,
        _: &Actor<'_>,
        id: &MemberId,
    ) -> Result<Option<(ProjectId, Self)>> {
        let row = rows(db, &[*id]).await?.remove(&id.0);
        row.map(|row| Ok((cell(&row.project_id)?, row.subject()?))).transpose()
    }

    fn facts(&self) -> &Self {
        self
    }
}

/// Several members of one TwinSpace to whom the same is done.
#[derive(Debug)]
pub struct Class(pub Vec<MemberFacts>);

impl Found for Class {
    type Facts = [MemberFacts];
    type Id = Vec<MemberId>;

    const NAME: &'static str = "member";

    async fn lock(tx: &Tx, _: MemberAct, ids: &Vec<MemberId>) -> Result<Held> {
        let places = member::Entity::find().select_only().column(member::Column::ProjectId);
        let these = member::Column::Id.is_in(ids.iter().copied());
        access::hold(tx, places.filter(these).into_query()).await
    }

    async fn find(
        db: &impl ConnectionTrait,
        _: &Actor<'_>,
        ids: &Vec<MemberId>,
    ) -> Result<Option<(ProjectId, Self)>> {
        let rows = rows(db, ids).await?;
        let (mut at, mut class) = (None, Vec::new());
        for id in ids {
            let Some(row) = rows.get(&id.0) else { return Ok(None) };
            let project = cell(&row.project_id)?;
            if *at.get_or_insert(project) != project {
                return Ok(None);
            }
            class.push(row.subject()?);
        }
        Ok(at.map(|project| (project, Self(class))))
    }

    fn facts(&self) -> &[MemberFacts] {
        &self.0
    }
}
