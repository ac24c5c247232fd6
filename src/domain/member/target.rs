//! A member who is the target of an action, as they were when it was decided on.

use entity::{MemberId, ProjectId};

use super::MemberRow;
use crate::{
    Error, Reason, Result,
    db::Tx,
    domain::list::{Ask, Columns, cell},
    policy::Subject,
};

/// A member who is the target of an action.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The member.
    pub id: MemberId,
    /// Their role, custodian and so on, as they were when the decision was made.
    pub found: Subject,
}

/// Checks that the basis of a decision on members still holds: if a pupil was promoted or came into
/// other custody meanwhile, the action fails with `OVERTAKEN`. Called with the project locked.
pub(in crate::domain) async fn unchanged(
    tx: &Tx,
    project: ProjectId,
    targets: &[Target],
) -> Result<()> {
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

/// The fields whose columns determine what may be done to a member.
pub const SUBJECT: &[&str] = &["role", "kind", "permissions"];

impl MemberRow {
    /// What the policy needs to know about them, from a row with the columns of [`SUBJECT`].
    pub fn subject(&self) -> Result<Subject> {
        Ok(Subject {
            account: cell(&self.account_id)?,
            role: cell(&self.role)?,
            kind: cell(&self.kind)?,
            custodian: cell(&self.custodian_id)?,
            custodian_stands: self.custodian()?,
            founder: cell(&self.founder)?.unwrap_or(false),
        })
    }
}
