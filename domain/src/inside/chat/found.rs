//! A chat message to which something is done, as a decision finds it.

use entity::{ChatMessageId, chat_message};
use policy::ChatFacts;
use sea_orm::sea_query::Expr;

use crate::{
    care::report,
    permit::{Actor, OfProject, Row},
};

/// A chat message to which something is done.
pub type FoundChatMessage = Row<chat_message::Model>;

impl OfProject for chat_message::Model {
    type Facts = ChatFacts;
    type Id = ChatMessageId;

    const NAME: &'static str = "message";
    const PROJECT: chat_message::Column = chat_message::Column::ProjectId;

    fn questions(actor: &Actor<'_>) -> Vec<Expr> {
        vec![report::is_reported(actor, chat_message::Column::Id)]
    }

    fn facts(&self, reported: &[bool], _: &Actor<'_>) -> ChatFacts {
        ChatFacts { author: self.author_id, reported: reported[0] }
    }
}
