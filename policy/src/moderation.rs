//! Reported messages, and moderation by server administrators, who have no other rights inside a
//! TwinSpace.

use entity::AccountId;

use crate::{Access, Person, Reason, Refusal, ServerPermission, Subject, Tie, TwinSpacePermission};

/// What decides what may be done with a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportFacts {
    /// The author of the reported message.
    pub author: AccountId,
    /// Whether it is settled.
    pub settled: bool,
}

/// What can be done with a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportAct {
    /// Settle it.
    Settle,
}

impl ReportFacts {
    /// Whether somebody reads and settles it: the administrators of the TwinSpace and of the server
    /// do, but not those whose message it is about.
    pub fn seen_by(&self, by: &Access) -> bool {
        let permission = TwinSpacePermission::ReadAuditLog;
        let administers =
            by.sees_twinspace() && by.grants(permission, Tie::default(), Reason::NotYours).is_ok();
        let moderates = by.person.may_moderate().is_ok();
        (administers || moderates) && by.person.account != Some(self.author)
    }
}

impl Subject for ReportFacts {
    type Act = ReportAct;

    fn decide(&self, act: ReportAct, by: &Access) -> Result<(), Refusal> {
        if !self.seen_by(by) {
            return Err(Refusal::Hidden);
        }
        match act {
            ReportAct::Settle if self.settled => Err(Refusal::Conflict(Reason::AlreadyDone)),
            ReportAct::Settle => Ok(()),
        }
    }
}

impl Person {
    /// Whether a person moderates all TwinSpaces: reads and settles reports, and takes content
    /// down.
    pub fn may_moderate(self) -> Result<(), Reason> {
        self.may_on_server(ServerPermission::Moderate)
    }

    /// Whether a person may report a message of this author that they know, given whether they have
    /// `reported` it before.
    pub fn may_report(self, author: AccountId, reported: bool) -> Result<(), Refusal> {
        match reported {
            _ if self.account == Some(author) => Err(Refusal::Forbidden(Reason::Yourself)),
            true => Err(Refusal::Conflict(Reason::AlreadyDone)),
            false => Ok(()),
        }
    }
}
