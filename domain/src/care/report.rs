//! Messages reported to the teacher administrators of a TwinSpace, and how they are settled. Server
//! administrators can also read them, and handle those that no teacher administrator may settle.
//! The author never can.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::{
    AccountId, Act, ChatMessageId, MessageId, ProjectId, ReportId, ReportKind, TwinSpaceRole,
    account, member, project, report,
};
use policy::{ChatAct, ReportAct};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, IntoSimpleExpr, QueryFilter,
    QueryResult, QuerySelect,
    sea_query::{Cond, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    Actor, Error, Permit, Result,
    access::Access,
    care::audit,
    column,
    db::{Db, Tx, is_duplicate},
    error::Problems,
    events::{Event, Whom},
    inside::{chat::FoundChatMessage, message},
    list::{Cell, Column, KeyKind, Listed},
    sql::{ColumnExt, join_account},
};

mod found;

pub use found::FoundReport;

/// The reported object, as it is now.
struct Reported {
    project: ProjectId,
    kind: ReportKind,
    message: Uuid,
    author: AccountId,
    recipient: Option<AccountId>,
    subject: String,
    text: String,
    sent_at: DateTime<Utc>,
}

/// Reports a chat message. Returns the report, and how the reporter stands to the TwinSpace.
pub async fn chat(actor: Actor<'_>, id: ChatMessageId, reason: &str) -> Result<(ReportId, Access)> {
    let reason = Problems::reason(reason, 1000)?;
    let Permit { tx, by, on: FoundChatMessage { row, .. }, .. } =
        actor.permit::<FoundChatMessage>(ChatAct::Report, id).await?;
    let reported = Reported {
        project: row.project_id,
        kind: ReportKind::ChatMessage,
        message: row.id.0,
        author: row.author_id,
        recipient: None,
        subject: String::new(),
        text: row.text,
        sent_at: row.sent_at,
    };
    Ok((write(tx, reported, actor, reason).await?, by))
}

/// Reports a message that someone received. They may have left the TwinSpace meanwhile.
pub async fn message(actor: Actor<'_>, id: MessageId, reason: &str) -> Result<ReportId> {
    let reason = Problems::reason(reason, 1000)?;
    let tx = actor.db.begin().await?;
    let row = message::of(&tx, actor.account()?, id).await?;
    let reported = Reported {
        project: row.project_id,
        kind: ReportKind::Message,
        message: row.id.0,
        author: row.sender_id,
        recipient: Some(row.recipient_id),
        subject: row.subject,
        text: row.text,
        sent_at: row.sent_at,
    };
    write(tx, reported, actor, reason).await
}

/// Whether whoever acts has reported this message.
pub(crate) fn is_reported(actor: &Actor<'_>, message: impl IntoSimpleExpr) -> Expr {
    let Some(reporter) = actor.person.account else { return Expr::val(false) };
    let mut theirs = Query::select();
    theirs
        .expr(Expr::val(1))
        .from(report::Entity)
        .and_where(report::Column::ReporterId.eq(reporter.0))
        .and_where(report::Column::MessageId.equals(message));
    Expr::exists(theirs)
}

/// Which people have reported which of these messages, by raw key: one statement.
pub async fn reported(
    db: &impl ConnectionTrait,
    keys: &[(AccountId, Uuid)],
) -> Result<HashSet<(AccountId, Uuid)>> {
    let (reporters, messages): (Vec<_>, Vec<_>) = keys.iter().copied().unzip();
    let reported: Vec<(AccountId, Uuid)> = report::Entity::find()
        .select_only()
        .column(report::Column::ReporterId)
        .column(report::Column::MessageId)
        .filter(report::Column::ReporterId.is_in(reporters))
        .filter(report::Column::MessageId.is_in(messages))
        .into_tuple()
        .all(db)
        .await?;
    Ok(reported.into_iter().collect())
}

async fn write(tx: Tx, reported: Reported, actor: Actor<'_>, reason: String) -> Result<ReportId> {
    let Reported { project, kind, message, author, recipient, subject, text, sent_at } = reported;
    let (reporter, now) = (actor.account()?, actor.now);
    let may = |reported| {
        let may = actor.person.may_report(author, reported);
        may.map_err(|refusal| Error::refused("message", refusal))
    };
    may(false)?;
    let id = ReportId::new();
    let row = report::ActiveModel {
        id: Set(id),
        project_id: Set(project),
        kind: Set(kind),
        message_id: Set(message),
        author_id: Set(author),
        recipient_id: Set(recipient),
        reporter_id: Set(reporter),
        subject: Set(subject),
        text: Set(text),
        sent_at: Set(sent_at),
        reason: Set(reason),
        reported_at: Set(now),
        settled_at: Set(None),
        settled_by: Set(None),
    };
    row.insert(&*tx).await.map_err(|error| match is_duplicate(&error) {
        true => may(true).err().unwrap_or_else(|| error.into()),
        false => error.into(),
    })?;
    // The log has more readers than the report: only the report says who reported whom.
    let line = audit::line(Act::MessageReported, None).project(project).subject(id.0);
    line.write(&tx, now).await?;
    wake(&tx, project, author).await?;
    tx.commit().await?;
    Ok(id)
}

/// Notifies the teacher administrators of a TwinSpace that reports are pending, or no longer are;
/// if there are none, the server administrators. The author is not notified, not even that
/// something changed.
async fn wake(tx: &Tx, project: ProjectId, author: AccountId) -> Result<()> {
    let query = settlers(Expr::val(project.0), Expr::val(author.0));
    let settlers = tx.query_all(&query).await?;
    if settlers.is_empty() {
        return Ok(tx.tell(Event::Waiting(Whom::Service(None))).await?);
    }
    let whom = |row: &QueryResult| Ok(Event::Waiting(Whom::Account(row.try_get_by_index(0)?)));
    let events = settlers.iter().map(whom).collect::<Result<_, DbErr>>()?;
    Ok(tx.tell_all(events).await?)
}

/// The accounts in a TwinSpace that can settle reports about `author`: the teacher administrators,
/// except for those blocked by the operator.
fn settlers(project: Expr, author: Expr) -> SelectStatement {
    let mut settlers = Query::select();
    settlers
        .expr(member::Column::AccountId.into_expr())
        .from(member::Entity)
        .inner_join(account::Entity, account::Column::Id.equals(member::Column::AccountId))
        .and_where(member::Column::ProjectId.equals(project))
        .and_where(member::Column::Role.eq(TwinSpaceRole::TeacherAdmin))
        .and_where(member::Column::AccountId.into_expr().ne(author))
        .and_where(account::Column::BlockedAt.is_null());
    settlers
}

/// Marks a report as settled. Returns how whoever settled it stands to the TwinSpace.
pub async fn settle(actor: Actor<'_>, id: ReportId) -> Result<Access> {
    let Permit { tx, by, on: FoundReport { row: report, .. }, .. } =
        actor.permit::<FoundReport>(ReportAct::Settle, id).await?;
    let (person, project, author) = (by.person.account, by.project_id, report.author_id);
    let mut row = report.into_active_model();
    row.settled_at = Set(Some(actor.now));
    row.settled_by = Set(person);
    row.update(&*tx).await?;
    let line = audit::line(Act::ReportSettled, person).project(project);
    line.subject(id.0).write(&tx, actor.now).await?;
    wake(&tx, project, author).await?;
    tx.commit().await?;
    Ok(by)
}

/// Deletes reports that were settled before a given time. Returns their number.
pub async fn expire(db: &Db, before: DateTime<Utc>) -> Result<u64> {
    let tx = db.begin().await?;
    let old = report::Column::SettledAt.lt(before);
    let gone = report::Entity::delete_many().filter(old).exec(&*tx).await?.rows_affected;
    tx.commit().await?;
    Ok(gone)
}

/// A report, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::report`")]
pub struct ReportRow {
    pub id: Cell<ReportId>,
    pub project_id: Cell<ProjectId>,
    pub project_title: Cell<String>,
    pub kind: Cell<ReportKind>,
    pub message_id: Cell<Uuid>,
    pub author_id: Cell<AccountId>,
    pub author_name: Cell<String>,
    pub recipient_id: Cell<Option<AccountId>>,
    pub reporter_id: Cell<AccountId>,
    pub reporter_name: Cell<String>,
    pub subject: Cell<String>,
    pub text: Cell<String>,
    pub sent_at: Cell<DateTime<Utc>>,
    pub reason: Cell<String>,
    pub reported_at: Cell<DateTime<Utc>>,
    pub settled_at: Cell<Option<DateTime<Utc>>>,
    pub settled_by: Cell<Option<AccountId>>,
}

const AUTHOR: u8 = 0;
const REPORTER: u8 = 1;
const PROJECT: u8 = 2;

/// Filters reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// If true, returns only settled reports; if false, only open ones.
    pub settled: Option<bool>,
    /// Without those about this person.
    pub not_on: Option<AccountId>,
    /// If true, only reports that no teacher administrator of the TwinSpace can settle, because the
    /// only ones are the author of the reported message or are blocked; if false, only the others.
    pub stranded: Option<bool>,
}

impl Listed for ReportRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = report::Column::Id, for []),
        column!(project_id = report::Column::ProjectId, for []),
        column!(
            project_title = project::Column::Title,
            for ["projectTitle"], join PROJECT
        ),
        column!(kind = report::Column::Kind, for ["kind", "messageId"]),
        column!(message_id = report::Column::MessageId, for ["messageId"]),
        column!(author_id = report::Column::AuthorId, for []),
        column!(
            author_name = account::Column::Name.of("author"),
            for ["author.name"], join AUTHOR
        ),
        column!(recipient_id = report::Column::RecipientId, for ["recipient"]),
        column!(reporter_id = report::Column::ReporterId, for ["reporter"]),
        column!(
            reporter_name = account::Column::Name.of("reporter"),
            for ["reporter.name"], join REPORTER
        ),
        column!(subject = report::Column::Subject, for ["subject"]),
        column!(text = report::Column::Text, for ["text"]),
        column!(sent_at = report::Column::SentAt, for ["sentAt"]),
        column!(reason = report::Column::Reason, for ["reason"]),
        column!(reported_at = report::Column::ReportedAt, for ["reportedAt"]),
        column!(settled_at = report::Column::SettledAt, for []),
        column!(settled_by = report::Column::SettledBy, for ["settledBy"]),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(report::Entity);
        for (join, alias, column) in [
            (AUTHOR, "author", report::Column::AuthorId),
            (REPORTER, "reporter", report::Column::ReporterId),
        ] {
            if needs(join) {
                join_account(&mut query, JoinType::InnerJoin, alias, column);
            }
        }
        if needs(PROJECT) {
            let project = project::Column::Id;
            query.inner_join(project::Entity, project.equals(report::Column::ProjectId));
        }
        query
    }

    fn id() -> Expr {
        report::Column::Id.into_expr()
    }

    fn parent() -> Option<Expr> {
        Some(report::Column::ProjectId.into_expr())
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all();
        if let Some(account) = filter.not_on {
            all = all.add(report::Column::AuthorId.ne(account.0));
        }
        if let Some(stranded) = filter.stranded {
            let settlers = settlers(
                report::Column::ProjectId.into_expr(),
                report::Column::AuthorId.into_expr(),
            );
            let settled = Expr::exists(settlers);
            all = all.add(if stranded { settled.not() } else { settled });
        }
        let settled = report::Column::SettledAt;
        match filter.settled {
            Some(true) => all.add(settled.is_not_null()),
            Some(false) => all.add(settled.is_null()),
            None => all,
        }
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
