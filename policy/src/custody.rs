//! Who answers requests about pupils: the custodian, the person who made the request, the support
//! service. Nobody else knows about them (M-11, M-16).

use entity::{AccountId, CustodyTransferKind, ServiceId};

use crate::{Person, Reason};

/// What can be done with a request for a pupil or a custody transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Accept, decline or object to it.
    Answer,
    /// Withdraw it.
    Withdraw,
    /// Decide on it, for the support service.
    Decide,
}

/// Who may answer a request for a pupil.
#[derive(Clone, Copy, Debug)]
pub struct PupilRequest {
    /// The custodian.
    pub custodian: Option<AccountId>,
    /// The teacher who made the request.
    pub asker: AccountId,
    /// Whether the support services decide: the custodian cannot respond, or they have already
    /// decided (M-16).
    pub for_services: bool,
    /// The support services that decide then.
    pub services: [Option<ServiceId>; 2],
}

/// Who may answer a custody transfer.
#[derive(Clone, Copy, Debug)]
pub struct Transfer {
    /// How the transfer was started.
    pub kind: CustodyTransferKind,
    /// The custodian.
    pub from: AccountId,
    /// The teacher who would become the custodian.
    pub to: AccountId,
    /// The support services that may decide on a takeover.
    pub services: [Option<ServiceId>; 2],
}

fn whose(fits: bool) -> Result<(), Reason> {
    if fits { Ok(()) } else { Err(Reason::NotYours) }
}

impl Person {
    /// Whether this person can see a request for a pupil.
    pub fn sees_pupil_request(self, request: &PupilRequest) -> bool {
        [Answer::Answer, Answer::Withdraw, Answer::Decide]
            .into_iter()
            .any(|answer| self.may_answer_pupil_request(answer, request).is_ok())
    }

    /// Whether they may do this with it.
    pub fn may_answer_pupil_request(
        self,
        answer: Answer,
        request: &PupilRequest,
    ) -> Result<(), Reason> {
        whose(match answer {
            Answer::Answer => self.account.is_some() && self.account == request.custodian,
            Answer::Withdraw => self.account == Some(request.asker),
            Answer::Decide => request.for_services && self.decides(request.services),
        })
    }

    /// Whether this person can see a transfer.
    pub fn sees_transfer(self, transfer: &Transfer) -> bool {
        let party = [transfer.from, transfer.to].into_iter().any(|id| self.account == Some(id));
        party || self.may_answer_transfer(Answer::Decide, transfer).is_ok()
    }

    /// Whether they may do this with it.
    pub fn may_answer_transfer(self, answer: Answer, transfer: &Transfer) -> Result<(), Reason> {
        let offer = transfer.kind == CustodyTransferKind::Offer;
        let (asks, answers) = match offer {
            true => (transfer.from, transfer.to),
            false => (transfer.to, transfer.from),
        };
        whose(match answer {
            Answer::Answer => self.account == Some(answers),
            Answer::Withdraw => self.account == Some(asks),
            Answer::Decide => !offer && self.decides(transfer.services),
        })
    }
}
