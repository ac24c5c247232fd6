//! Notifications (T-07), read from the objects themselves, so that they are always right.

use chrono::{DateTime, Utc};
use entity::{
    AccountKind, AdmissionState, ContactState, Decision, InvitationState, NotificationKind as Kind,
    ProjectState, TwinSpaceRole, admission, approval, contact, custody_transfer, invitation, label,
    member, message, project, pupil_news, pupil_request, report, school_confirmation, succession,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, Iden, Iterable,
    sea_query::{Asterisk, Cond, Condition, Expr, ExprTrait, Query, SelectStatement, UnionType},
};
use uuid::Uuid;

use crate::{
    Result,
    access::{self, Person},
    accounts::admission::{AdmissionRow, Filter as AdmissionFilter},
    care::report::{Filter as ReportFilter, ReportRow},
    column,
    list::{Cell, Column, KeyKind, Listed},
    members::{
        custody_transfer::{CustodyTransferRow, Filter as TransferFilter},
        pupil_request::{Filter as RequestFilter, PupilRequestRow},
    },
    projects::{
        label::{Filter as LabelFilter, LabelRow},
        succession::{Filter as SuccessionFilter, SuccessionRow},
    },
};

/// Whose notifications, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The person.
    pub of: Person,
    /// Their address, to which invitations are sent.
    pub email: Option<String>,
    /// The current time: expired objects are no longer pending.
    pub now: DateTime<Utc>,
}

/// The notifications of one kind: key, kind, and time. A new kind is a line here.
fn waiting(kind: Kind, filter: &Filter) -> Option<SelectStatement> {
    let Filter { of, email, now } = filter;
    let me = of.account?.0;
    Some(match kind {
        Kind::Invitation => {
            let mut mine = Cond::any().add(invitation::Column::AccountId.eq(me));
            if let Some(email) = email {
                mine = mine.add(invitation::Column::Email.eq(email));
            }
            let mut query = select(kind, invitation::Entity, invitation::Column::SentAt);
            query
                .cond_where(mine)
                .and_where(invitation::Column::State.eq(InvitationState::Pending))
                .and_where(invitation::Column::ExpiresAt.gt(*now));
            query
        }
        Kind::ContactRequest => {
            let mut query = select(kind, contact::Entity, contact::Column::CreatedAt);
            query
                .and_where(contact::Column::AddresseeId.eq(me))
                .and_where(contact::Column::State.eq(ContactState::Pending));
            query
        }
        Kind::Project => {
            let state = ProjectState::PendingPartner;
            let mut query = select(kind, project::Entity, project::Column::StateSince);
            query
                .and_where(project::Column::CofounderId.eq(me))
                .and_where(project::Column::State.eq(state));
            query
        }
        Kind::Approval => {
            let decides = access::decides(*of)?;
            let mut query = select(kind, approval::Entity, approval::Column::CreatedAt);
            query.and_where(decides).and_where(approval::Column::Decision.eq(Decision::Pending));
            query
        }
        Kind::Label => {
            access::decides(*of)?;
            let mine = LabelFilter { waiting_for: Some(*of), ..LabelFilter::default() };
            let mut query = select(kind, label::Entity, label::Column::AppliedAt);
            query.cond_where(LabelRow::condition(&mine));
            query
        }
        Kind::Succession => {
            access::decides(*of)?;
            let mine = SuccessionFilter { waiting_for: Some(*of) };
            let mut query = select(kind, succession::Entity, succession::Column::ProposedAt);
            query.cond_where(SuccessionRow::condition(&mine));
            query
        }
        Kind::Admission => {
            access::decides(*of)?;
            let mine =
                AdmissionFilter { decided_by: Some(*of), state: Some(AdmissionState::Pending) };
            let mut query = Query::select();
            query
                .expr_as(admission::Column::AccountId.into_expr(), "id")
                .expr_as(Expr::val(kind), "kind")
                .expr_as(admission::Column::AskedAt.into_expr(), "since")
                .from(admission::Entity)
                .cond_where(AdmissionRow::condition(&mine));
            query
        }
        Kind::SchoolConfirmed | Kind::SchoolUnconfirmed => {
            let mut query = Query::select();
            query
                .expr_as(school_confirmation::Column::AccountId.into_expr(), "id")
                .expr_as(Expr::val(kind), "kind")
                .expr_as(school_confirmation::Column::DecidedAt.into_expr(), "since")
                .from(school_confirmation::Entity)
                .and_where(school_confirmation::Column::AccountId.eq(me))
                .and_where(school_confirmation::Column::Unread.eq(true))
                .and_where(
                    school_confirmation::Column::Confirmed.eq(kind == Kind::SchoolConfirmed),
                );
            query
        }
        Kind::Message => {
            let mut query = select(kind, message::Entity, message::Column::SentAt);
            query
                .and_where(message::Column::RecipientId.eq(me))
                .and_where(message::Column::ReadAt.is_null())
                .and_where(message::Column::RecipientDeleted.eq(false));
            query
        }
        Kind::PupilRequest => {
            let (answered_by, pending_at) = (Some(*of), Some(*now));
            let mine = RequestFilter { answered_by, asked_by: None, pending_at };
            let mut query = select(kind, pupil_request::Entity, pupil_request::Column::AskedAt);
            query.cond_where(PupilRequestRow::condition(&mine));
            query
        }
        Kind::CustodyTransfer => {
            let (waiting_for, open_at) = (Some(*of), Some(*now));
            let mine = TransferFilter { seen_by: None, waiting_for, open_at };
            let mut query =
                select(kind, custody_transfer::Entity, custody_transfer::Column::BeganAt);
            query.cond_where(CustodyTransferRow::condition(&mine));
            query
        }
        Kind::PupilNews => {
            let mut query = select(kind, pupil_news::Entity, pupil_news::Column::At);
            query.and_where(pupil_news::Column::CustodianId.eq(me));
            query
        }
        // Reports that nobody in their TwinSpace can settle.
        Kind::Report if of.kind == Some(AccountKind::Administrator) => {
            let stranded =
                ReportFilter { settled: Some(false), not_on: None, stranded: Some(true) };
            let mut query = select(kind, report::Entity, report::Column::ReportedAt);
            query.cond_where(ReportRow::condition(&stranded));
            query
        }
        Kind::Report => {
            let mut administered = Query::select();
            administered
                .column(member::Column::ProjectId)
                .from(member::Entity)
                .and_where(member::Column::AccountId.eq(me))
                .and_where(member::Column::Role.eq(TwinSpaceRole::TeacherAdmin));
            let mut query = select(kind, report::Entity, report::Column::ReportedAt);
            query
                .and_where(report::Column::ProjectId.in_subquery(administered))
                .and_where(report::Column::SettledAt.is_null())
                // Nobody settles reports about themselves.
                .and_where(report::Column::AuthorId.ne(me));
            query
        }
    })
}

fn select<E, C>(kind: Kind, table: E, since: C) -> SelectStatement
where
    E: Iden + Copy + Send + Sync + 'static,
    C: Iden + Copy + Send + Sync + 'static,
{
    let mut query = Query::select();
    query
        .expr_as(Expr::col((table, "id")), "id")
        .expr_as(Expr::val(kind), "kind")
        .expr_as(Expr::col((table, since)), "since")
        .from(table);
    query
}

/// All notifications, in one statement.
fn everything(filter: &Filter) -> SelectStatement {
    let mut all = Kind::iter().filter_map(|kind| waiting(kind, filter));
    // Nobody has no notifications; the columns exist nevertheless.
    let mut first = all.next().unwrap_or_else(|| {
        let mut none = select(Kind::Invitation, invitation::Entity, invitation::Column::SentAt);
        none.and_where(Expr::val(false));
        none
    });
    for other in all {
        first.union(UnionType::All, other);
    }
    first
}

/// The number of notifications of each kind that has any.
pub async fn counts(db: &impl ConnectionTrait, filter: &Filter) -> Result<Vec<(Kind, u64)>> {
    let mut query = Query::select();
    query
        .column("kind")
        .expr(Expr::col(Asterisk).count())
        .from_subquery(everything(filter), "waiting")
        .group_by_col("kind");
    let rows = db.query_all(&query).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index::<i64>(1)?.unsigned_abs())))
        .collect()
}

/// A notification.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NotificationRow {
    /// The key of its subject.
    pub id: Cell<Uuid>,
    /// The kind of notification.
    pub kind: Cell<Kind>,
    /// When the transfer was started.
    pub since: Cell<DateTime<Utc>>,
}

fn col(name: &'static str) -> Expr {
    Expr::col(("waiting", name))
}

impl Listed for NotificationRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = col("id"), for []),
        column!(kind = col("kind"), for []),
        column!(since = col("since"), for []),
    ];

    fn from(filter: &Filter, _: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from_subquery(everything(filter), "waiting");
        query
    }

    fn id() -> Expr {
        col("id")
    }

    fn condition(_: &Filter) -> Condition {
        Cond::all()
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        Some((col("since"), KeyKind::Time))
    }
}
