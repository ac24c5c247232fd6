//! Memberships of one person, with the facts about their access to each of the projects.

use entity::{AccountId, ProjectState};

use super::MemberRow;
use crate::{
    Result,
    access::{Access, Facts, Person, concerned},
    list::{Cell, cell},
};

/// What [`MemberRow::access`] needs, in place of a field.
pub(super) const ACCESS: &str = "access";

/// The columns of the project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ProjectCells {
    pub title: Cell<String>,
    pub state: Cell<ProjectState>,
    pub proposer_id: Cell<AccountId>,
    pub cofounder_id: Cell<Option<AccountId>>,
    pub chat_open: Cell<bool>,
}

impl MemberRow {
    /// The access of the person whose membership it is, in a list [of theirs](super::Filter::of);
    /// `None` if they might also decide on the project, which is not in the row.
    pub fn access(&self, person: Person) -> Result<Option<Access>> {
        if concerned(person).is_some() || person.account != Some(cell(&self.account_id)?) {
            return Ok(None);
        }
        let facts = Facts {
            project_id: cell(&self.project_id)?,
            title: cell(&self.project.title)?,
            state: cell(&self.project.state)?,
            proposer_id: cell(&self.project.proposer_id)?,
            cofounder_id: cell(&self.project.cofounder_id)?,
            chat_open: cell(&self.project.chat_open)?,
            member: Some((cell(&self.id)?, cell(&self.role)?)),
            partner: cell(&self.partner_role)?.zip(cell(&self.founder)?),
            officer: false,
        };
        Ok(Some(facts.of(person)))
    }
}
