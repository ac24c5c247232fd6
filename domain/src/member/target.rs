//! A member of whom something is asked, as the decision found them.

use entity::{MemberId, ProjectId};

use policy::Subject;

use super::MemberRow;
use crate::{
    Error, Reason, Result,
    db::Tx,
    list::{Ask, Columns, cell},
};

/// A member of whom something is asked.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The member.
    pub id: MemberId,
    /// As the decision found them: their role, who answers for them and the like.
    pub found: Subject,
}

/// Makes sure that what a decision on members was based on still stands: a pupil who was raised, or
/// came into other custody meanwhile, is decided on anew (`OVERTAKEN`). Called with the project locked.
pub(crate) async fn unchanged(
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

/// The fields whose columns decide what may be done with a member.
pub const SUBJECT: &[&str] = &["role", "kind", "permissions"];

impl MemberRow {
    /// What the policy needs to know of them; of a row with the columns of [`SUBJECT`].
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
