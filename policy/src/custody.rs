//! Who answers requests about pupils: the custodian, the person who made the request, the support
//! service. Nobody else knows about them (M-11, M-16).

use entity::{AccountId, CustodyTransferKind, CustodyTransferState, PupilRequestState, ServiceId};

use crate::{Person, Reason, Refusal, Subject};

/// What can be done with a request for a pupil (M-11, M-16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PupilRequestAct {
    /// Accept it, as the custodian.
    Accept,
    /// Decline it, as the custodian.
    Decline,
    /// Withdraw it.
    Withdraw,
    /// Grant it, for the support service.
    Grant,
    /// Refuse it, for the support service.
    Refuse,
}

/// What decides what may be done with a request for a pupil.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// The current state: one that nobody answered in time has expired.
    pub state: PupilRequestState,
    /// Whether the project is active: nobody comes into a closed one.
    pub active: bool,
}

/// What decides what may be done with a custody transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// How the transfer was started.
    pub kind: CustodyTransferKind,
    /// The custodian.
    pub from: AccountId,
    /// The teacher who would become the custodian.
    pub to: AccountId,
    /// The support services that may decide on a takeover.
    pub services: [Option<ServiceId>; 2],
    /// The current state: an offer that nobody answered in time has expired.
    pub state: CustodyTransferState,
}

/// What can be done with a custody transfer (M-16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferAct {
    /// Accept an offer, or agree to a takeover.
    Accept,
    /// Decline an offer, or object to a takeover.
    Decline,
    /// Withdraw it.
    Withdraw,
    /// Decide on a takeover, for the support service.
    Decide,
}

impl Transfer {
    /// Whether this person knows of the transfer.
    pub fn seen_by(&self, person: &Person) -> bool {
        use TransferAct::{Accept, Decide, Withdraw};
        [Accept, Withdraw, Decide].into_iter().any(|act| self.is_for(act, person))
    }

    /// Whether it is this person who does this with it: an offer is answered by its recipient, a
    /// takeover by the custodian.
    fn is_for(&self, act: TransferAct, person: &Person) -> bool {
        let offer = self.kind == CustodyTransferKind::Offer;
        let (asks, answers) = if offer { (self.from, self.to) } else { (self.to, self.from) };
        match act {
            TransferAct::Accept | TransferAct::Decline => person.account == Some(answers),
            TransferAct::Withdraw => person.account == Some(asks),
            TransferAct::Decide => !offer && person.decides(self.services),
        }
    }
}

impl Subject<Person> for Transfer {
    type Act = TransferAct;

    fn decide(&self, act: TransferAct, by: &Person) -> Result<(), Refusal> {
        if !self.seen_by(by) {
            return Err(Refusal::Hidden);
        }
        whose(self.is_for(act, by)).map_err(Refusal::Forbidden)?;
        match self.state {
            state if !CustodyTransferState::OPEN.contains(&state) => {
                Err(Refusal::Conflict(Reason::RequestEnded))
            }
            CustodyTransferState::Objected if act == TransferAct::Decline => {
                Err(Refusal::Conflict(Reason::AlreadyDone))
            }
            _ => Ok(()),
        }
    }
}

fn whose(fits: bool) -> Result<(), Reason> {
    if fits { Ok(()) } else { Err(Reason::NotYours) }
}

impl PupilRequest {
    /// Whether this person knows of the request.
    pub fn seen_by(&self, person: &Person) -> bool {
        use PupilRequestAct::{Accept, Grant, Withdraw};
        [Accept, Withdraw, Grant].into_iter().any(|act| self.is_for(act, person))
    }

    /// Whether it is this person who does this with it.
    fn is_for(&self, act: PupilRequestAct, person: &Person) -> bool {
        match act {
            PupilRequestAct::Accept | PupilRequestAct::Decline => {
                person.account.is_some() && person.account == self.custodian
            }
            PupilRequestAct::Withdraw => person.account == Some(self.asker),
            PupilRequestAct::Grant | PupilRequestAct::Refuse => {
                self.for_services && person.decides(self.services)
            }
        }
    }
}

impl Subject<Person> for PupilRequest {
    type Act = PupilRequestAct;

    fn decide(&self, act: PupilRequestAct, by: &Person) -> Result<(), Refusal> {
        if !self.seen_by(by) {
            return Err(Refusal::Hidden);
        }
        whose(self.is_for(act, by)).map_err(Refusal::Forbidden)?;
        let enters = matches!(act, PupilRequestAct::Accept | PupilRequestAct::Grant);
        match self.state {
            PupilRequestState::Pending if enters && !self.active => {
                Err(Refusal::Forbidden(Reason::ProjectNotActive))
            }
            PupilRequestState::Pending => Ok(()),
            _ => Err(Refusal::Conflict(Reason::RequestEnded)),
        }
    }
}

#[cfg(test)]
mod tests;
