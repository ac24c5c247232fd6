//! Media to which something is done, as a decision finds it.

use entity::{MediaId, MediaState, media};
use policy::MediaFacts;
use sea_orm::{
    ColumnTrait,
    sea_query::{Cond, Condition, Expr},
};

use super::row::hidden;
use crate::permit::{Actor, OfProject, Row};

/// Media to which something is done, which is ready.
pub type FoundMedia = Row<media::Model>;

impl OfProject for media::Model {
    type Facts = MediaFacts;
    type Id = MediaId;

    const NAME: &'static str = "media";
    const PROJECT: media::Column = media::Column::ProjectId;

    fn condition() -> Condition {
        Cond::all().add(media::Column::State.eq(MediaState::Ready))
    }

    fn questions(_: &Actor<'_>) -> Vec<Expr> {
        vec![hidden()]
    }

    fn facts(&self, hidden: &[bool], _: &Actor<'_>) -> MediaFacts {
        MediaFacts { uploader: self.uploader_id, hidden: hidden[0] }
    }
}
