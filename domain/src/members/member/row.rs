//! A member, with the columns that a request needs (M-02).

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    AccountId, AccountKind, MemberId, ProjectId, ProjectRole, TwinSpaceRole, account, member,
    partner, profile_picture, project, school,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, IntoSimpleExpr,
    sea_query::{Cond, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement},
};

use super::{
    count,
    membership::{ACCESS, ProjectCells},
};
use crate::{
    Result,
    accounts::{
        picture,
        school::{SchoolCells, confirmation},
    },
    column,
    list::{Ask, Cell, Column, Columns, KeyKind, Listed, cell, one_of},
    members::{
        custody::custodian::{self, Custodian},
        pupil::rule,
    },
    sql::{ColumnExt, join_account},
    text,
};

/// A member, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of the tables that they come from")]
pub struct MemberRow {
    pub id: Cell<MemberId>,
    pub project_id: Cell<ProjectId>,
    pub account_id: Cell<AccountId>,
    pub role: Cell<TwinSpaceRole>,
    pub name: Cell<String>,
    pub kind: Cell<AccountKind>,
    pub username: Cell<Option<String>>,
    pub custodian_id: Cell<Option<AccountId>>,
    /// Whether the custodian is a teacher here.
    pub custodian_teaches: Cell<bool>,
    /// Whether the custodian was a teacher here before.
    pub custodian_taught: Cell<bool>,
    /// Whether the custodian brought the pupil in.
    pub custodian_brought: Cell<bool>,
    /// Whether no custodian could respond.
    pub custodian_gone: Cell<bool>,
    pub founder: Cell<Option<bool>>,
    pub partner_role: Cell<Option<ProjectRole>>,
    pub project: ProjectCells,
    /// Whether they are a teacher administrator, and no other is one who can act (P-14).
    pub last_admin: Cell<bool>,
    pub school: SchoolCells,
    /// Whether a teacher's school is confirmed.
    pub school_confirmed: Cell<Option<bool>>,
    pub inviter_id: Cell<Option<AccountId>>,
    pub inviter_name: Cell<Option<String>>,
    /// Whether the inviter counts as a pupil (M-20).
    pub inviter_is_pupil: Cell<bool>,
    pub joined_at: Cell<DateTime<Utc>>,
    pub last_access_on: Cell<NaiveDate>,
    pub last_seen_at: Cell<Option<DateTime<Utc>>>,
    pub avatar: Cell<Option<String>>,
    /// Whether there is a photo that is shown here (M-14).
    pub photo: Cell<bool>,
    pub profile: Cell<String>,
    /// Whether there is a valid consent to pictures of them here (M-14).
    pub pictured: Cell<bool>,
}

impl MemberRow {
    /// The standing of a pupil's custodian in the TwinSpace.
    pub fn custodian(&self) -> Result<Custodian> {
        let teaches = cell(&self.custodian_teaches)?;
        Ok(Custodian {
            teaches,
            taught: teaches || cell(&self.custodian_taught)?,
            brought: cell(&self.custodian_brought)?,
            gone: cell(&self.custodian_gone)?,
        })
    }
}

/// The current standing in the TwinSpace of the custodian of a pupil who is this member.
pub(crate) async fn custodian_of(db: &impl ConnectionTrait, id: MemberId) -> Result<Custodian> {
    let columns = Columns::default().and::<MemberRow>(&["permissions"]);
    let row = Ask::<MemberRow>::by_id(db, &[id.0], columns).await?.remove(&id.0);
    row.ok_or(crate::Error::NotFound("member"))?.custodian()
}

/// Whether a member is a teacher administrator of the TwinSpace, and no other is one who can act
/// (P-14); null where there is no member.
pub(crate) fn last_admin() -> Expr {
    let other = other_admins(member::Column::ProjectId, member::Column::AccountId);
    member::Column::Role.eq(TwinSpaceRole::TeacherAdmin).and(Expr::exists(other).not())
}

/// The teacher administrators of a project's TwinSpace who can act.
pub(crate) fn admins(project: impl IntoSimpleExpr) -> SelectStatement {
    let (place, person) = (ADMIN, "admins_account");
    let same = account::Column::Id.of(person).equals((place, member::Column::AccountId));
    let mut admins = Query::select();
    admins
        .expr(Expr::val(1))
        .from_as(member::Entity, place)
        .join_as(JoinType::InnerJoin, account::Entity, person, same)
        .and_where(member::Column::ProjectId.of(place).eq(project.into_simple_expr()))
        .and_where(member::Column::Role.of(place).eq(TwinSpaceRole::TeacherAdmin))
        .cond_where(can_act(person));
    admins
}

const ADMIN: &str = "admin";

/// The same, but for this account.
pub(crate) fn other_admins(
    project: impl IntoSimpleExpr,
    account: impl IntoSimpleExpr,
) -> SelectStatement {
    let mut others = admins(project);
    others.and_where(member::Column::AccountId.of(ADMIN).ne(account.into_simple_expr()));
    others
}

/// Whether the account that the statement knows by this name is an adult's who can sign in.
fn can_act(account: &'static str) -> Condition {
    Cond::all()
        .add(account::Column::Kind.of(account).ne(AccountKind::Pupil))
        .add(account::Column::Email.of(account).is_not_null())
        .add(account::Column::BlockedAt.of(account).is_null())
}

const ACCOUNT: u8 = 0;
const SCHOOL: u8 = 1;
const INVITER: u8 = 2;
const PARTNER: u8 = 3;
const PICTURE: u8 = 4;
const PROJECT: u8 = 5;

/// Filters members (M-03).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only members with one of these roles.
    pub roles: Option<Vec<TwinSpaceRole>>,
    /// Only members with one of these kinds of account.
    pub kinds: Option<Vec<AccountKind>>,
    /// Only members seen after this time, who are online; if false, only others.
    pub seen_after: Option<(DateTime<Utc>, bool)>,
    /// Only members invited by this person; if false, only others.
    pub invited_by: Option<(AccountId, bool)>,
    /// Only members whose name contains these words, ignoring case and accents.
    pub search: Option<text::Wanted>,
    /// Whether the words may also be in the username, for viewers who can see it.
    pub usernames: bool,
    /// If true, only pupils with a valid consent to pictures here; if false, only those without
    /// one.
    pub pictured: Option<bool>,
    /// Only the memberships of this person, in any open TwinSpace.
    pub of: Option<AccountId>,
    /// Without pupils, for viewers who cannot see them (M-20).
    pub without_pupils: bool,
}

/// The fields by which members can be sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// The name.
    Name,
    /// When they joined.
    Joined,
    /// The day of their last visit.
    LastAccess,
}

/// A condition or, if it is not wanted, its opposite, which holds where nothing is known.
fn either(condition: Expr, wanted: bool) -> Expr {
    if wanted { condition } else { condition.if_null(false).not() }
}

impl Listed for MemberRow {
    type Filter = Filter;
    type Order = Order;

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = member::Column::Id, for []),
        column!(project_id = member::Column::ProjectId, for []),
        column!(account_id = member::Column::AccountId, for ["person", "thread", "isViewer", "lastSeenAt", "permissions", "consents", ACCESS]),
        column!(role = member::Column::Role, for ["role", "permissions", ACCESS]),
        column!(name = member::Column::Name, for ["name"]),
        column!(kind = account::Column::Kind, for ["kind", "permissions", "mayBePictured"], join ACCOUNT),
        column!(username = member::Column::Username, for ["username"]),
        column!(custodian_id = account::Column::CustodianId, for ["permissions", "custodian"], join ACCOUNT),
        column!(custodian_teaches = custodian::teaches(), for ["permissions"], join ACCOUNT),
        column!(custodian_taught = custodian::taught(), for ["permissions"], join ACCOUNT),
        column!(custodian_brought = custodian::brought(), for ["permissions"], join ACCOUNT),
        column!(custodian_gone = custodian::gone(), for ["permissions"], join ACCOUNT),
        column!(founder = partner::Column::Founder, for ["isFounder", "permissions", ACCESS], join PARTNER),
        column!(partner_role = partner::Column::Role, for [ACCESS], join PARTNER),
        column!(project.title = project::Column::Title, for [ACCESS], join PROJECT),
        column!(project.state = project::Column::State, for [ACCESS], join PROJECT),
        column!(project.proposer_id = project::Column::ProposerId, for [ACCESS], join PROJECT),
        column!(project.cofounder_id = project::Column::CofounderId, for [ACCESS], join PROJECT),
        column!(project.chat_open = project::Column::ChatOpenToPupils, for [ACCESS], join PROJECT),
        column!(last_admin = last_admin(), for ["permissions"]),
        column!(school.id = member::Column::SchoolId, for ["school"]),
        column!(school.name = school::Column::Name, for ["school.name"], join SCHOOL),
        column!(school.town = school::Column::Town, for ["school.town"], join SCHOOL),
        column!(school.region = school::Column::Region, for ["school.region"], join SCHOOL),
        column!(school.country = school::Column::Country, for ["school.country"], join SCHOOL),
        column!(school_confirmed = confirmation::shown(), for ["schoolConfirmed"], join ACCOUNT),
        column!(inviter_id = member::Column::InviterId, for ["inviter"]),
        column!(inviter_name = account::Column::Name.of("inviter"), for ["inviter.name"], join INVITER),
        column!(
            inviter_is_pupil = rule::joined_is_pupil("inviter", member::Column::ProjectId),
            for ["inviter"], join INVITER
        ),
        column!(joined_at = member::Column::JoinedAt, for ["joinedAt"]),
        column!(last_access_on = member::Column::LastAccessOn, for ["lastAccess"]),
        column!(last_seen_at = member::Column::LastSeenAt, for ["online", "lastSeenAt"]),
        column!(avatar = profile_picture::Column::Avatar, for ["picture"], join PICTURE),
        column!(photo = picture::shows_here(), for ["picture"], join PICTURE),
        column!(profile = account::Column::Profile, for ["profile"], join ACCOUNT),
        column!(pictured = picture::consented_here(), for ["mayBePictured"], join ACCOUNT),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(member::Entity);
        if [ACCOUNT, PICTURE].into_iter().any(needs) {
            let same = account::Column::Id.equals(member::Column::AccountId);
            query.inner_join(account::Entity, same);
        }
        if needs(SCHOOL) {
            let same = school::Column::Id.equals(member::Column::SchoolId);
            query.left_join(school::Entity, same);
        }
        if needs(PICTURE) {
            let same = profile_picture::Column::AccountId.equals(member::Column::AccountId);
            query.left_join(profile_picture::Entity, same);
        }
        if needs(INVITER) {
            join_account(&mut query, JoinType::LeftJoin, "inviter", member::Column::InviterId);
        }
        if needs(PARTNER) {
            let same = Cond::all()
                .add(partner::Column::ProjectId.equals(member::Column::ProjectId))
                .add(partner::Column::AccountId.equals(member::Column::AccountId));
            query.left_join(partner::Entity, same);
        }
        if needs(PROJECT) {
            let same = project::Column::Id.equals(member::Column::ProjectId);
            query.inner_join(project::Entity, same);
        }
        query
    }

    fn id() -> Expr {
        member::Column::Id.into_expr()
    }

    fn parent() -> Option<Expr> {
        Some(member::Column::ProjectId.into_expr())
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all()
            .add_option(one_of(member::Column::Role, filter.roles.as_deref()))
            .add_option(one_of(account::Column::Kind, filter.kinds.as_deref()));
        if let Some((since, online)) = filter.seen_after {
            all = all.add(either(member::Column::LastSeenAt.gt(since), online));
        }
        if let Some((inviter, by)) = filter.invited_by {
            all = all.add(either(member::Column::InviterId.eq(inviter.0), by));
        }
        if let Some(consented) = filter.pictured {
            let pictured = picture::consented_here();
            all = all.add(account::Column::Kind.eq(AccountKind::Pupil)).add(if consented {
                pictured
            } else {
                pictured.not()
            });
        }
        if let Some(account) = filter.of {
            all = all.add(member::Column::AccountId.eq(account.0));
        }
        if filter.without_pupils {
            all = all.add(rule::is_pupil(account::Column::Kind, member::Column::Role).not());
        }
        all
    }

    fn search(filter: &Filter) -> Option<Condition> {
        let mut among = vec![member::Column::NameKey.into_expr()];
        if filter.usernames {
            among.push(member::Column::Username.into_expr());
        }
        Some(filter.search.as_ref()?.within(&among))
    }

    fn filter_needs(filter: &Filter, join: u8) -> bool {
        let kind = filter.without_pupils || filter.pictured.is_some() || filter.kinds.is_some();
        join == ACCOUNT && kind
    }

    fn order(order: Order) -> Option<(Expr, KeyKind)> {
        match order {
            Order::Name => Some((member::Column::NameKey.into_expr(), KeyKind::Text)),
            Order::Joined => None,
            Order::LastAccess => Some((member::Column::LastAccessOn.into_expr(), KeyKind::Day)),
        }
    }

    fn always(filter: &Filter) -> &'static [&'static str] {
        if filter.of.is_some() { &[ACCESS] } else { &[] }
    }

    fn kept_total(filter: &Filter) -> Option<(SelectStatement, Expr)> {
        Some((count::kept_total(filter)?, count::kept_parent()))
    }
}
