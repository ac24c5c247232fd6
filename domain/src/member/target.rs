//! A member of whom something is asked, as the decision finds them.

use std::collections::BTreeSet;

use entity::{AccountId, MemberId, ProjectId, member};
use policy::{MemberAct, MemberFacts};
use sea_orm::{EntityTrait, QuerySelect, QueryTrait};

use super::MemberRow;
use crate::{
    Error, Reason, Result, access,
    custody::watch,
    db::Tx,
    list::{Ask, Columns, cell},
    permit::{Found, Locked},
};

/// A member who is the target of an action.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The member.
    pub id: MemberId,
    /// Their role, custodian and so on, as they were when the decision was made.
    pub found: MemberFacts,
}

/// Checks that the basis of a decision on members still holds: if a pupil was promoted or came into
/// other custody meanwhile, the action fails with `OVERTAKEN`. Called with the project locked.
pub(crate) async fn unchanged(tx: &Tx, project: ProjectId, targets: &[Target]) -> Result<()> {
    let ids: Vec<_> = targets.iter().map(|target| target.id.0).collect();
    let columns = Columns::default().and::<MemberRow>(SUBJECT);
    let rows = Ask::<MemberRow>::by_id(&**tx, &ids, columns).await?;
    for target in targets {
        let row = rows.get(&target.id.0).ok_or(Error::NotFound("member"))?;
        if cell(&row.project_id)? != project {
            return Err(Error::NotFound("member"));
        }
        if row.subject()? != target.found {
            return Err(Error::Conflict(Reason::Overtaken));
        }
    }
    Ok(())
}

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

impl Found for MemberFacts {
    type Id = MemberId;

    const NAME: &'static str = "member";

    async fn lock(tx: &Tx, act: MemberAct, id: MemberId) -> Result<Option<Locked>> {
        let place = member::Entity::find_by_id(id).select_only();
        if act != MemberAct::Remove {
            let project = place.column(member::Column::ProjectId).into_query();
            let project = access::lock_found(tx, project).await?.map(|project| project.id);
            return Ok(project.map(|project| Locked { project, held: BTreeSet::from([project]) }));
        }
        // It stands in the logs of a pupil's other TwinSpaces, too.
        let place = place.column(member::Column::ProjectId).column(member::Column::AccountId);
        let place: Option<(ProjectId, AccountId)> = place.into_tuple().one(&**tx).await?;
        let Some((project, account)) = place else { return Ok(None) };
        let held = watch::hold(tx, &[account], Some(project)).await?;
        Ok(Some(Locked { project, held }))
    }

    async fn find(tx: &Tx, id: MemberId) -> Result<Option<Self>> {
        let columns = Columns::default().and::<MemberRow>(SUBJECT);
        let rows = Ask::<MemberRow>::by_id(&**tx, &[id.0], columns).await?;
        rows.get(&id.0).map(MemberRow::subject).transpose()
    }
}
