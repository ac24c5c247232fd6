//! Members to whom something is done, as a decision finds them.

use std::collections::HashMap;

use entity::{AccountId, MemberId, account, member};
use policy::{MemberAct, MemberFacts};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryResult, QuerySelect, QueryTrait,
    sea_query::{SelectStatement, UnionType},
};

use super::MemberRow;
use crate::{
    Result, access,
    accounts::erasure,
    db::Tx,
    list::{Ask, Columns, cell},
    members::custody::watch,
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

fn columns() -> Columns {
    Columns::default().and::<MemberRow>(SUBJECT)
}

/// The project to which members belong.
fn project(ids: &[MemberId]) -> SelectStatement {
    let places = member::Entity::find().select_only().column(member::Column::ProjectId).distinct();
    places.filter(member::Column::Id.is_in(ids.iter().copied())).into_query()
}

fn ask(ids: &[MemberId]) -> SelectStatement {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    Ask::<MemberRow>::query_by_id(&ids, columns())
}

impl Found for MemberFacts {
    type Facts = Self;
    type Id = MemberId;

    const NAME: &'static str = "member";

    async fn lock(tx: &Tx, act: MemberAct, id: &MemberId) -> Result<Held> {
        let place = || member::Entity::find_by_id(*id).select_only();
        let account = || place().column(member::Column::AccountId);
        let mut projects = Self::project(id);
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

    fn project(id: &MemberId) -> SelectStatement {
        project(&[*id])
    }

    fn ask(_: &Actor<'_>, id: &MemberId) -> SelectStatement {
        ask(&[*id])
    }

    fn read(
        rows: &[QueryResult],
        first: usize,
        _: &Actor<'_>,
        _: &MemberId,
    ) -> Result<Option<Self>> {
        let Some(row) = rows.first() else { return Ok(None) };
        Ask::<MemberRow>::read_by_id(row, first, columns())?.subject().map(Some)
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

    fn project(ids: &Vec<MemberId>) -> SelectStatement {
        project(ids)
    }

    fn ask(_: &Actor<'_>, ids: &Vec<MemberId>) -> SelectStatement {
        ask(ids)
    }

    fn read(
        rows: &[QueryResult],
        first: usize,
        _: &Actor<'_>,
        ids: &Vec<MemberId>,
    ) -> Result<Option<Self>> {
        let (mut at, mut class) = (None, HashMap::new());
        for row in rows {
            let row: MemberRow = Ask::read_by_id(row, first, columns())?;
            let project = cell(&row.project_id)?;
            if *at.get_or_insert(project) != project {
                return Ok(None);
            }
            let member = row.subject()?;
            class.insert(member.id, member);
        }
        let class: Option<Vec<_>> = ids.iter().map(|id| class.get(id).copied()).collect();
        Ok(class.map(Self))
    }

    fn facts(&self) -> &[MemberFacts] {
        &self.0
    }
}
