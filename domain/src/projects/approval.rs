//! The support services' decisions on projects (P-06, P-07).

use chrono::{DateTime, Utc};
use entity::{
    AccountId, Act, ApprovalId, Decision, PartnerId, ProjectId, ProjectRole, ProjectState,
    ServiceId, TwinSpaceRole, account, approval, member, partner, project, service,
};
use policy::ProjectAct;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, IntoActiveModel, ModelTrait, QueryFilter, QuerySelect,
    sea_query::{Cond, Condition, Expr, JoinType, Query, SelectStatement},
};

use crate::{
    Actor, Error, Reason, Result, access,
    care::audit,
    column,
    db::Tx,
    error::Problems,
    events::{Event, Whom},
    list::{Cell, Column, KeyKind, Listed},
    mail::News,
    projects::{
        project::{Founder, begin_with, founders, inform, step},
        service as services,
    },
    sql::{ColumnExt, join_account},
};

/// Requests a decision from the support service of each founder's country, and from the regional
/// one if the school's region has one; from the administrators if no service is set up.
pub(crate) async fn ask(
    tx: &Tx,
    project: &project::Model,
    founders: &[Founder; 2],
    now: DateTime<Utc>,
) -> Result<()> {
    let rounds: Option<i32> = approval::Entity::of(project.id)
        .select_only()
        .column_as(approval::Column::Round.max(), "round")
        .into_tuple::<Option<i32>>()
        .one(&**tx)
        .await?
        .flatten();
    for Founder { school, .. } in founders {
        for service_id in services::deciding(tx, school).await?.each() {
            let row = approval::ActiveModel {
                id: Set(ApprovalId::new()),
                project_id: Set(project.id),
                round: Set(rounds.unwrap_or(0) + 1),
                country: Set(school.country.clone()),
                service_id: Set(service_id),
                decision: Set(Decision::Pending),
                reason: Set(None),
                decided_by: Set(None),
                created_at: Set(now),
                decided_at: Set(None),
            };
            row.insert(&**tx).await?;
            tx.tell(Event::Waiting(Whom::Service(service_id))).await?;
            for officer in services::officers(tx, service_id).await? {
                inform(tx, project, &officer, &News::ApprovalAsked, now).await?;
            }
        }
    }
    Ok(())
}

/// Withdraws pending decisions.
pub(crate) async fn drop_outstanding(tx: &Tx, project: ProjectId) -> Result<()> {
    let outstanding =
        approval::Entity::of(project).filter(approval::Column::Decision.eq(Decision::Pending));
    for row in outstanding.all(&**tx).await? {
        tx.tell(Event::Waiting(Whom::Service(row.service_id))).await?;
        row.delete(&**tx).await?;
    }
    Ok(())
}

/// Approves the project in all decisions pending with this person's support service. The last
/// approval opens the TwinSpace (P-08).
pub async fn approve(actor: Actor<'_>, id: ProjectId, reason: Option<String>) -> Result<()> {
    let mut problems = Problems::default();
    let reason = reason.map(|reason| problems.prose(&reason, "reason", 2000));
    problems.finish()?;
    let (tx, project) = begin_with(actor, ProjectAct::Approve, id).await?;
    decide(&tx, id, actor, Decision::Approved, reason).await?;
    let outstanding = approval::Entity::of(id)
        .filter(approval::Column::Decision.eq(Decision::Pending))
        .one(&*tx)
        .await?;
    if outstanding.is_none() {
        let founders = founders(&tx, &project).await?;
        open(&tx, project, &founders, actor.now).await?;
    }
    Ok(tx.commit().await?)
}

/// Rejects the project, with a reason that the founders can read.
pub async fn reject(actor: Actor<'_>, id: ProjectId, reason: String) -> Result<()> {
    let reason = Problems::reason(&reason, 2000)?;
    let (tx, project) = begin_with(actor, ProjectAct::Reject, id).await?;
    let now = actor.now;
    decide(&tx, id, actor, Decision::Rejected, Some(reason.clone())).await?;
    drop_outstanding(&tx, id).await?;
    let founders = founders(&tx, &project).await?;
    let project = step(&tx, project, ProjectState::Rejected, Some(reason), now).await?;
    for Founder { account, .. } in &founders {
        inform(&tx, &project, account, &News::NotApproved, now).await?;
    }
    Ok(tx.commit().await?)
}

/// Records a decision in all that are pending with whoever decides.
async fn decide(
    tx: &Tx,
    id: ProjectId,
    actor: Actor<'_>,
    decision: Decision,
    reason: Option<String>,
) -> Result<()> {
    let (person, now) = (actor.person, actor.now);
    let mine = access::decides(person).ok_or(Error::Forbidden(Reason::RoleTooLow))?;
    let waiting = approval::Entity::of(id)
        .filter(approval::Column::Decision.eq(Decision::Pending))
        .filter(mine)
        .all(&**tx)
        .await?;
    let act = match decision {
        Decision::Rejected => Act::ProjectRejected,
        _ => Act::ProjectApproved,
    };
    for row in waiting {
        let approval = row.id;
        tx.tell(Event::Waiting(Whom::Service(row.service_id))).await?;
        let mut row = row.into_active_model();
        row.decision = Set(decision);
        row.reason = Set(reason.clone());
        row.decided_by = Set(person.account);
        row.decided_at = Set(Some(now));
        row.update(&**tx).await?;
        let line = audit::line(act, person.account).project(id).subject(approval.0);
        line.write(tx, now).await?;
    }
    Ok(())
}

/// Opens the TwinSpace, with both founders as members (P-08, P-10).
async fn open(
    tx: &Tx,
    project: project::Model,
    founders: &[Founder; 2],
    now: DateTime<Utc>,
) -> Result<()> {
    let project = step(tx, project, ProjectState::Active, None, now).await?;
    for Founder { account, .. } in founders {
        let place = partner::ActiveModel {
            id: Set(PartnerId::new()),
            project_id: Set(project.id),
            account_id: Set(account.id),
            role: Set(ProjectRole::Manager),
            founder: Set(true),
            created_at: Set(now),
        };
        place.insert(&**tx).await?;
        let role = TwinSpaceRole::TeacherAdmin;
        let seat = member::Model::new(project.id, account.id, role, None, now);
        seat.into_active_model().insert(&**tx).await?;
        inform(tx, &project, account, &News::Approved, now).await?;
    }
    audit::line(Act::TwinSpaceOpened, None).project(project.id).write(tx, now).await
}

/// A decision, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::approval`")]
pub struct ApprovalRow {
    pub id: Cell<ApprovalId>,
    pub project_id: Cell<ProjectId>,
    pub country: Cell<String>,
    pub round: Cell<i32>,
    pub service_id: Cell<Option<ServiceId>>,
    pub service_name: Cell<Option<String>>,
    pub service_country: Cell<Option<String>>,
    pub service_region: Cell<Option<String>>,
    pub decision: Cell<Decision>,
    pub reason: Cell<Option<String>>,
    pub decided_by: Cell<Option<AccountId>>,
    pub decided_by_name: Cell<Option<String>>,
    pub created_at: Cell<DateTime<Utc>>,
    pub decided_at: Cell<Option<DateTime<Utc>>>,
}

const SERVICE: u8 = 0;
const DECIDER: u8 = 1;

/// Filters decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// If true, only pending ones; if false, only those made.
    pub outstanding: Option<bool>,
    /// Only those pending with this person: as a support service's officer, or as an administrator.
    pub of: Option<access::Person>,
}

impl Listed for ApprovalRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = approval::Column::Id, for []),
        column!(project_id = approval::Column::ProjectId, for ["project"]),
        column!(country = approval::Column::Country, for ["country"]),
        column!(round = approval::Column::Round, for ["round"]),
        column!(service_id = approval::Column::ServiceId, for ["service"]),
        column!(service_name = service::Column::Name, for ["service.name"], join SERVICE),
        column!(service_country = service::Column::Country, for ["service.country"], join SERVICE),
        column!(service_region = service::Column::Region, for ["service.region"], join SERVICE),
        column!(decision = approval::Column::Decision, for ["state"]),
        column!(reason = approval::Column::Reason, for ["reason"]),
        column!(decided_by = approval::Column::DecidedBy, for ["decidedBy"]),
        column!(
            decided_by_name = account::Column::Name.of("decider"),
            for ["decidedBy.name"], join DECIDER
        ),
        column!(created_at = approval::Column::CreatedAt, for ["since"]),
        column!(decided_at = approval::Column::DecidedAt, for ["decidedAt"]),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(approval::Entity);
        if needs(SERVICE) {
            let same = service::Column::Id.equals(approval::Column::ServiceId);
            query.left_join(service::Entity, same);
        }
        if needs(DECIDER) {
            join_account(&mut query, JoinType::LeftJoin, "decider", approval::Column::DecidedBy);
        }
        query
    }

    fn id() -> Expr {
        approval::Column::Id.into_expr()
    }

    fn parent() -> Option<Expr> {
        Some(approval::Column::ProjectId.into_expr())
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all();
        if let Some(outstanding) = filter.outstanding {
            let pending = sea_orm::ActiveEnum::to_value(&Decision::Pending);
            let decision = approval::Column::Decision;
            all = all.add(if outstanding { decision.eq(pending) } else { decision.ne(pending) });
        }
        if let Some(person) = filter.of {
            all = all.add(access::decides(person).unwrap_or_else(|| Expr::val(false)));
        }
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
