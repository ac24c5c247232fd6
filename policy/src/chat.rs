//! What may be done with a message of the chat room (T-04).

use entity::AccountId;

use crate::{Access, Reason, Refusal, Subject, Tie, TwinSpacePermission};

/// What decides what may be done with a chat message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChatFacts {
    /// The author.
    pub author: AccountId,
    /// Whether the person in question has reported it.
    pub reported: bool,
}

/// What can be done with a chat message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatAct {
    /// Delete it for everyone.
    Delete,
    /// Report it.
    Report,
}

impl Subject for ChatFacts {
    type Act = ChatAct;

    fn decide(&self, act: ChatAct, by: &Access) -> Result<(), Refusal> {
        // What a pupil read or wrote before the room was closed is still known to them.
        let known = matches!(by.reads_chat(), Ok(()) | Err(Reason::ChatClosed));
        if !by.sees_twinspace() || !known {
            return Err(Refusal::Hidden);
        }
        match act {
            ChatAct::Delete => {
                let tie = Tie { own: by.person.account == Some(self.author), given: false };
                let may = by.may_inside(TwinSpacePermission::DeleteChat, tie, Reason::NotYours);
                may.map_err(Refusal::Forbidden)
            }
            ChatAct::Report => by.person.may_report(self.author, self.reported),
        }
    }
}

impl Access {
    /// Whether the viewer may read the chat, which is also possible in a closed project.
    pub fn reads_chat(&self) -> Result<(), Reason> {
        self.grants(TwinSpacePermission::Chat, Tie::default(), Reason::NotYours)
    }
}

#[cfg(test)]
mod tests;
