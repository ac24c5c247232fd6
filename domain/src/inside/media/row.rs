//! Media, with the columns that a request needs.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, ConsentScope, MediaId, MediaKind, MediaState, ProjectId, account, consent, media,
    media_pictured,
};
use sea_orm::{
    ColumnTrait,
    sea_query::{Cond, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement},
};

use crate::{
    column,
    list::{Cell, Column, KeyKind, Listed, one_of},
    members::pupil::rule,
    sql::{ColumnExt, join_account},
    text,
};

/// Media, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of the tables that they come from")]
pub struct MediaRow {
    pub id: Cell<MediaId>,
    pub project_id: Cell<ProjectId>,
    pub uploader_id: Cell<AccountId>,
    pub uploader_name: Cell<String>,
    /// Whether the uploader counts as a pupil (M-20).
    pub uploader_is_pupil: Cell<bool>,
    pub kind: Cell<MediaKind>,
    pub title: Cell<String>,
    pub description: Cell<String>,
    pub content_type: Cell<String>,
    pub bytes: Cell<i64>,
    pub width: Cell<Option<i32>>,
    pub height: Cell<Option<i32>>,
    pub object_key: Cell<Option<String>>,
    pub thumbnail_key: Cell<Option<String>>,
    pub video_url: Cell<Option<String>>,
    pub created_at: Cell<DateTime<Utc>>,
    /// Whether a consent is missing.
    pub hidden: Cell<bool>,
}

const UPLOADER: u8 = 0;

/// Filters media.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only those of one of these kinds.
    pub kinds: Option<Vec<MediaKind>>,
    /// Only those whose title contains these words, ignoring case and accents.
    pub search: Option<text::Wanted>,
    /// Only those added by this person.
    pub uploaded_by: Option<AccountId>,
    /// Only those not added by pupils.
    pub not_by_pupils: bool,
    /// Without those with a missing consent (M-14).
    pub without_hidden: bool,
}

/// Whether anyone shown has no valid consent to pictures in its TwinSpace.
pub fn hidden() -> Expr {
    let mut lacking = Query::select();
    lacking
        .expr(Expr::val(1))
        .from(media_pictured::Entity)
        .and_where(media_pictured::Column::MediaId.equals(media::Column::Id))
        .and_where(lacks_consent());
    Expr::exists(lacking)
}

/// Whether a pupil shown in media has no valid consent to pictures in its TwinSpace.
pub fn lacks_consent() -> Expr {
    let mut standing = Query::select();
    standing
        .expr(Expr::val(1))
        .from(consent::Entity)
        .and_where(consent::Column::AccountId.equals(media_pictured::Column::AccountId))
        .and_where(consent::Column::ProjectId.equals(media::Column::ProjectId))
        .and_where(consent::Column::Scope.eq(ConsentScope::Pictures))
        .and_where(consent::Column::WithdrawnAt.is_null());
    Expr::exists(standing).not()
}

impl Listed for MediaRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = media::Column::Id, for []),
        column!(project_id = media::Column::ProjectId, for []),
        column!(uploader_id = media::Column::UploaderId, for ["uploader", "uploaderMember", "permissions"]),
        column!(uploader_name = account::Column::Name.of("uploader"), for ["uploader.name"], join UPLOADER),
        column!(uploader_is_pupil = rule::joined_is_pupil("uploader", media::Column::ProjectId), for ["uploader"], join UPLOADER),
        column!(kind = media::Column::Kind, for ["kind"]),
        column!(title = media::Column::Title, for ["title"]),
        column!(description = media::Column::Description, for ["description"]),
        column!(content_type = media::Column::ContentType, for ["contentType"]),
        column!(bytes = media::Column::Bytes, for ["bytes"]),
        column!(width = media::Column::Width, for ["width"]),
        column!(height = media::Column::Height, for ["height"]),
        column!(object_key = media::Column::ObjectKey, for ["url"]),
        column!(thumbnail_key = media::Column::ThumbnailKey, for ["thumbnailUrl"]),
        column!(video_url = media::Column::VideoUrl, for ["videoUrl"]),
        column!(created_at = media::Column::CreatedAt, for ["createdAt"]),
        column!(hidden = hidden(), for ["hidden", "permissions"]),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(media::Entity);
        if needs(UPLOADER) {
            join_account(&mut query, JoinType::InnerJoin, "uploader", media::Column::UploaderId);
        }
        query
    }

    fn id() -> Expr {
        media::Column::Id.into_expr()
    }

    fn parent() -> Option<Expr> {
        Some(media::Column::ProjectId.into_expr())
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all().add(media::Column::State.eq(MediaState::Ready));
        all = all.add_option(one_of(media::Column::Kind, filter.kinds.as_deref()));
        if let Some(words) = &filter.search {
            all = all.add(words.within(&[media::Column::TitleKey.into_expr()]));
        }
        if let Some(account) = filter.uploaded_by {
            all = all.add(media::Column::UploaderId.eq(account.0));
        }
        if filter.not_by_pupils {
            all = all.add(rule::joined_is_pupil("uploader", media::Column::ProjectId).not());
        }
        if filter.without_hidden {
            all = all.add(hidden().not());
        }
        all
    }

    fn filter_needs(filter: &Filter, join: u8) -> bool {
        join == UPLOADER && filter.not_by_pupils
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
