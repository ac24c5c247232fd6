//! Transfers of custody: offered by the custodian and accepted, or requested by a teacher
//! administrator if the custodian no longer teaches there (M-16).
//!
//! A takeover takes effect as soon as the custodian agrees or the support service grants it, and
//! otherwise after some time unless the custodian objected. Until then nothing changes: the
//! requester cannot set the pupil's password.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AccountId, Act, CustodyTransferId, CustodyTransferKind as Kind, CustodyTransferState as State,
    MemberId, ProjectId, TwinSpaceRole, account,
    custody_transfer::{self, Column as Col},
    member, project, school,
};
use sea_orm::{
    ActiveEnum, ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect,
    QueryTrait,
    sea_query::{Cond, Condition, Expr, SelectStatement},
};

use policy::{Access, MemberAct, MemberFacts};

use crate::{
    Actor, Error, Reason, Result,
    accounts::account as accounts,
    care::audit,
    db::{Tx, is_duplicate},
    events::{Event, Whom},
    mail::News,
    members::{
        custody::{self, custodian::Takeover, watch},
        pupil_news as news,
        pupil_request::{self, NOT_AGAIN_FOR, ask_by_mail, write_to},
    },
    permit::Held,
    projects::{project::inform, service},
};

mod answer;
mod row;

use answer::state_at;
pub use answer::{accept, decide, decline, settle, withdraw};
pub use row::{CustodyTransferRow, Filter};

/// How long an offer can be accepted.
pub const OFFERED_FOR: TimeDelta = TimeDelta::days(14);

/// How long a custodian has to object to a takeover.
pub const OBJECT_WITHIN: TimeDelta = TimeDelta::days(7);

/// Offers custody of a pupil, as the custodian, to another teacher of the TwinSpace. Returns the
/// offer, and how the custodian stands to the TwinSpace.
pub async fn offer(
    actor: Actor<'_>,
    id: MemberId,
    to: MemberId,
) -> Result<(CustodyTransferId, Access)> {
    let (custodian, now) = (actor.account()?, actor.now);
    let permit = actor.permit::<MemberFacts>(MemberAct::OfferCustody, id).await?;
    let (tx, project) = (&permit.tx, permit.project()?);
    let pupil = custody::pupil(tx, permit.on.account).await?;
    let to = member::Entity::of(project.id).filter(member::Column::Id.eq(to));
    let to = to.one(&**tx).await?.ok_or(Error::NotFound("member"))?;
    let able = may_answer_for(tx, project.id, to.account_id, Kind::Offer).await?;
    if !able || to.account_id == custodian {
        return Err(Error::Conflict(Reason::NoTeacher));
    }
    let offer = Draft {
        kind: Kind::Offer,
        project,
        pupil: &pupil,
        from: custodian,
        to: to.account_id,
        due_at: Some(now + OFFERED_FOR),
    };
    let row = offer.begin(tx, now).await?;
    line(Act::CustodyOffered, custodian, &row).write(tx, now).await?;
    tx.tell(Event::Waiting(Whom::Account(row.to_id))).await?;
    let name = account::Entity::find_by_id(custodian).one(&**tx).await?.map(|who| who.name);
    let name = name.ok_or(Error::Unauthenticated)?;
    let news = News::CustodyOffered { by: name };
    ask_by_mail(tx, row.to_id, project, &news, now).await?;
    permit.tx.commit().await?;
    Ok((row.id, permit.by))
}

/// Asks, as a teacher administrator, to take over custody of a pupil. If the custodian could not
/// respond, it takes effect immediately. Returns the request, and how the asker stands to the
/// TwinSpace.
pub async fn request(actor: Actor<'_>, id: MemberId) -> Result<(CustodyTransferId, Access)> {
    let (asker, now) = (actor.account()?, actor.now);
    let permit = actor.permit::<MemberFacts>(MemberAct::TakeOverCustody, id).await?;
    let (tx, project, held) = (&permit.tx, permit.project()?, &permit.held);
    let (Some(from), Some(takeover)) = (permit.on.custodian, permit.on.takeover()) else {
        return Err(Error::internal("custody that nobody has cannot be taken over"));
    };
    let pupil = custody::pupil(tx, permit.on.account).await?;
    let due_at = match takeover {
        Takeover::AtOnce => Some(now),
        Takeover::UnlessObjected => Some(now + OBJECT_WITHIN),
        Takeover::AsDecided => None,
    };
    let asked = Draft { kind: Kind::Takeover, project, pupil: &pupil, from, to: asker, due_at };
    let row = asked.begin(tx, now).await?;
    let transfer = row.id;
    line(Act::CustodyRequested, asker, &row).write(tx, now).await?;
    if takeover == Takeover::AtOnce {
        hand_over(tx, project, pupil, row, held, Some(asker), now).await?;
    } else {
        tell(tx, &row).await?;
        ask_by_mail(tx, from, project, &News::TakeoverAsked, now).await?;
        for officer in deciding(tx, &pupil).await?.officers(tx).await? {
            inform(tx, project, &officer, &News::TakeoverAskedOfService, now).await?;
        }
    }
    permit.tx.commit().await?;
    Ok((transfer, permit.by))
}

/// A transfer to be started.
struct Draft<'a> {
    kind: Kind,
    project: &'a project::Model,
    pupil: &'a account::Model,
    from: AccountId,
    to: AccountId,
    due_at: Option<DateTime<Utc>>,
}

impl Draft<'_> {
    async fn begin(self, tx: &Tx, now: DateTime<Utc>) -> Result<custody_transfer::Model> {
        let Self { kind, project, pupil, from, to, due_at } = self;
        let same = || Cond::all().add(Col::PupilId.eq(pupil.id)).add(Col::Kind.eq(kind));
        let lately = custody_transfer::Entity::find()
            .filter(same().add(Col::ToId.eq(to)))
            .filter(Col::State.is_in([State::Declined, State::Withdrawn]))
            .filter(Col::EndedAt.gt(now - NOT_AGAIN_FOR));
        if lately.one(&**tx).await?.is_some() {
            return Err(Error::Conflict(Reason::AskedLately));
        }
        // An expired offer, and a transfer of a previous custodian, make room.
        let stale = Cond::any().add(Col::FromId.ne(from));
        let stale = match kind {
            Kind::Offer => stale.add(Col::DueAt.lte(now)),
            // An immediate takeover does not wait for those that await a decision.
            Kind::Takeover if due_at == Some(now) => Cond::all(),
            Kind::Takeover => stale,
        };
        end_where(tx, same().add(stale), State::Expired, now).await?;
        let deciding = match kind {
            Kind::Offer => service::Deciding::default(),
            Kind::Takeover => deciding(tx, pupil).await?,
        };
        let row = custody_transfer::ActiveModel {
            id: Set(CustodyTransferId::new()),
            kind: Set(kind),
            project_id: Set(project.id),
            pupil_id: Set(pupil.id),
            from_id: Set(from),
            to_id: Set(to),
            service_id: Set(deciding.country),
            region_service_id: Set(deciding.region),
            state: Set(State::Pending),
            began_at: Set(now),
            due_at: Set(due_at),
            decided_by: Set(None),
            ended_at: Set(None),
        };
        row.insert(&**tx).await.map_err(|error| match is_duplicate(&error) {
            true => Error::Conflict(Reason::AlreadyDone),
            false => error.into(),
        })
    }
}

/// The support services that decide on a takeover: those of the pupil's school.
pub(crate) async fn deciding(tx: &Tx, pupil: &account::Model) -> Result<service::Deciding> {
    let Some(school) = pupil.school_id else { return Ok(service::Deciding::default()) };
    match school::Entity::find_by_id(school).one(&**tx).await? {
        Some(school) => service::deciding(tx, &school).await,
        None => Ok(service::Deciding::default()),
    }
}

fn line(
    act: Act,
    actor: impl Into<Option<AccountId>>,
    row: &custody_transfer::Model,
) -> audit::Line {
    let line = audit::line(act, actor).project(row.project_id).account(row.pupil_id);
    line.subject(row.id.0)
        .detail(audit::Detail::From, row.from_id.to_string())
        .detail(audit::Detail::To, row.to_id.to_string())
}

/// The line of the log on one that ends in this state without an answer.
fn ended(
    row: &custody_transfer::Model,
    actor: impl Into<Option<AccountId>>,
    state: State,
) -> audit::Line {
    line(Act::CustodyTransferEnded, actor, row).detail(audit::Detail::State, state.to_value())
}

/// Makes those concerned reload their notifications.
async fn tell(tx: &Tx, row: &custody_transfer::Model) -> Result<()> {
    let mut events = match row.kind {
        Kind::Offer => vec![],
        Kind::Takeover => Event::waiting_for([row.service_id, row.region_service_id]),
    };
    events.extend([row.from_id, row.to_id].map(|id| Event::Waiting(Whom::Account(id))));
    Ok(tx.tell_all(events).await?)
}

/// Whether someone can be a custodian in the TwinSpace: a teacher there or, for a takeover, a
/// teacher administrator. The project is locked.
async fn may_answer_for(
    tx: &Tx,
    project: ProjectId,
    teacher: AccountId,
    kind: Kind,
) -> Result<bool> {
    let fits = |role: TwinSpaceRole| match kind {
        Kind::Offer => role.is_teacher(),
        Kind::Takeover => role == TwinSpaceRole::TeacherAdmin,
    };
    custody::teaches(tx, project, teacher, fits).await
}

async fn set(
    tx: &Tx,
    row: custody_transfer::Model,
    state: State,
    by: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut row = row.into_active_model();
    row.state = Set(state);
    row.decided_by = Set(by);
    row.ended_at = Set(Some(now));
    row.update(&**tx).await?;
    Ok(())
}

/// The teacher becomes the custodian, and other open transfers of the pupil end.
async fn hand_over(
    tx: &Tx,
    project: &project::Model,
    pupil: account::Model,
    row: custody_transfer::Model,
    held: &Held,
    actor: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<()> {
    let (pupil_id, from, to) = (pupil.id, row.from_id, row.to_id);
    line(Act::CustodyTransferred, actor, &row).write(tx, now).await?;
    tell(tx, &row).await?;
    set(tx, row, State::Accepted, actor, now).await?;
    let elsewhere = audit::line(Act::CustodyTransferred, actor)
        .detail(audit::Detail::From, from.to_string())
        .detail(audit::Detail::To, to.to_string());
    appoint(tx, pupil, to, now).await?;
    watch::log(tx, vec![(pupil_id, elsewhere)], Some(project.id), held, now).await?;
    write_to(tx, to, project, &News::CustodyGained, now).await?;
    write_to(tx, from, project, &News::CustodyLost, now).await
}

/// Makes a teacher the pupil's custodian. Open transfers of the pupil end. The pupil is locked, and
/// so are the projects in whose TwinSpaces the pupil is.
pub(crate) async fn appoint(
    tx: &Tx,
    pupil: account::Model,
    to: AccountId,
    now: DateTime<Utc>,
) -> Result<()> {
    let id = pupil.id;
    // Pending requests for the pupil now wait for the new custodian.
    pupil_request::tell_of(tx, id).await?;
    let mut changed = pupil.into_active_model();
    changed.custodian_id = Set(Some(to));
    changed.update(&**tx).await?;
    pupil_request::tell_of(tx, id).await?;
    end_where(tx, Cond::all().add(Col::PupilId.eq(id)), State::Ended, now).await?;
    news::forget_pupil(tx, id).await?;
    accounts::tell_members(tx, id).await
}

/// Ends those that are open and fit, and notes it in the logs of their projects, which are locked.
async fn end_where(tx: &Tx, which: Condition, state: State, now: DateTime<Utc>) -> Result<()> {
    let rows = custody_transfer::Entity::open().filter(which).all(&**tx).await?;
    for row in &rows {
        tell(tx, row).await?;
    }
    if rows.is_empty() {
        return Ok(());
    }
    custody_transfer::Entity::update_many()
        .col_expr(Col::State, Expr::val(state))
        .col_expr(Col::EndedAt, Expr::val(now))
        .filter(Col::Id.is_in(rows.iter().map(|row| row.id)))
        .filter(Col::State.is_in(State::OPEN))
        .exec(&**tx)
        .await?;
    audit::write_all(tx, rows.iter().map(|row| ended(row, None, state)).collect(), now).await
}

/// The open transfers to or from somebody in a project, as a subquery.
pub(crate) fn open_in(project: ProjectId, person: AccountId) -> SelectStatement {
    let theirs = Cond::any().add(Col::ToId.eq(person)).add(Col::FromId.eq(person));
    let open = custody_transfer::Entity::open().filter(theirs).filter(Col::ProjectId.eq(project));
    open.select_only().column(Col::Id).into_query()
}

/// Ends what someone can no longer receive with their current role, if any, in the TwinSpace of
/// this project, which is locked.
pub(crate) async fn end_in(
    tx: &Tx,
    project: ProjectId,
    teacher: AccountId,
    role: Option<TwinSpaceRole>,
    now: DateTime<Utc>,
) -> Result<()> {
    let theirs = Cond::all().add(Col::ToId.eq(teacher)).add(Col::ProjectId.eq(project));
    let theirs = match role {
        Some(TwinSpaceRole::TeacherAdmin) => return Ok(()),
        Some(TwinSpaceRole::Teacher) => theirs.add(Col::Kind.eq(Kind::Takeover)),
        _ => theirs,
    };
    end_where(tx, theirs, State::Ended, now).await
}

/// Ends the takeovers from a custodian who is a teacher here again: they were for one who was not
/// (M-16). The project is locked.
pub(crate) async fn end_against(
    tx: &Tx,
    project: ProjectId,
    custodian: AccountId,
    now: DateTime<Utc>,
) -> Result<()> {
    let takeovers = Cond::all().add(Col::FromId.eq(custodian)).add(Col::ProjectId.eq(project));
    end_where(tx, takeovers.add(Col::Kind.eq(Kind::Takeover)), State::Ended, now).await
}

/// Ends the open transfers of a pupil in a TwinSpace that they have left.
pub(crate) async fn end_of_pupil(
    tx: &Tx,
    project: ProjectId,
    pupil: AccountId,
    now: DateTime<Utc>,
) -> Result<()> {
    let theirs = Cond::all().add(Col::PupilId.eq(pupil)).add(Col::ProjectId.eq(project));
    end_where(tx, theirs, State::Ended, now).await
}

/// How many transfers wait or waited for this person's answer that began after this time.
pub(crate) async fn asked_since(tx: &Tx, person: AccountId, time: DateTime<Utc>) -> Result<u64> {
    let offered = Cond::all().add(Col::ToId.eq(person)).add(Col::Kind.eq(Kind::Offer));
    let asked = Cond::all().add(Col::FromId.eq(person)).add(Col::Kind.eq(Kind::Takeover));
    let theirs = custody_transfer::Entity::find().filter(Cond::any().add(offered).add(asked));
    Ok(theirs.filter(Col::BeganAt.gt(time)).count(&**tx).await?)
}

/// What was to go to this account or was offered by it, and what is under way of this pupil.
fn concerning(account: AccountId) -> Condition {
    let offered = Cond::all().add(Col::FromId.eq(account)).add(Col::Kind.eq(Kind::Offer));
    Cond::any().add(Col::ToId.eq(account)).add(Col::PupilId.eq(account)).add(offered)
}

/// The projects in which something is under way that [`end_of`] ends.
pub(crate) async fn waiting(tx: &Tx, account: AccountId) -> Result<Vec<ProjectId>> {
    let open = custody_transfer::Entity::open().filter(concerning(account));
    Ok(open.select_only().column(Col::ProjectId).into_tuple().all(&**tx).await?)
}

/// Ends all that was to go to somebody whose account is erased or blocked, or was offered by them,
/// and all that is under way of a pupil whose account is. The projects are locked.
pub(crate) async fn end_of(tx: &Tx, account: AccountId, now: DateTime<Utc>) -> Result<()> {
    end_where(tx, concerning(account), State::Ended, now).await
}

/// Deletes the transfers of a pupil whose account is erased.
pub(crate) async fn forget_pupil(tx: &Tx, pupil: AccountId) -> Result<()> {
    custody_transfer::Entity::delete_many().filter(Col::PupilId.eq(pupil)).exec(&**tx).await?;
    Ok(())
}
