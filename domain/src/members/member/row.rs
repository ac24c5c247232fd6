//! A member, with the columns that a request needs (M-02).

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    AccountId, AccountKind, MemberId, ProjectId, TwinSpaceRole, account, member, partner,
    profile_picture, school,
};
use sea_orm::{
    ActiveEnum, ConnectionTrait,
    sea_query::{Alias, Cond, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement},
};

use super::count;
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
    /// Whether the custodian is or was a teacher here.
    pub custodian_taught: Cell<bool>,
    /// Whether the custodian brought the pupil in.
    pub custodian_brought: Cell<bool>,
    /// Whether no custodian could respond.
    pub custodian_gone: Cell<bool>,
    pub founder: Cell<Option<bool>>,
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
        Ok(Custodian {
            teaches: cell(&self.custodian_teaches)?,
            taught: cell(&self.custodian_taught)?,
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
    let other = other_admins(col(member::Column::ProjectId), col(member::Column::AccountId));
    let admin = TwinSpaceRole::TeacherAdmin.to_value();
    col(member::Column::Role).eq(admin).and(Expr::exists(other).not())
}

/// The teacher administrators of a project's TwinSpace who can act.
pub(crate) fn admins(project: Expr) -> SelectStatement {
    let (place, person) = (Alias::new(ADMIN), Alias::new("admins_account"));
    let admin = |column| Expr::col((place.clone(), column));
    let same = Expr::col((person.clone(), account::Column::Id))
        .equals((place.clone(), member::Column::AccountId));
    let mut admins = Query::select();
    admins
        .expr(Expr::val(1))
        .from_as(member::Entity, place.clone())
        .join_as(JoinType::InnerJoin, account::Entity, person.clone(), same)
        .and_where(admin(member::Column::ProjectId).eq(project))
        .and_where(admin(member::Column::Role).eq(TwinSpaceRole::TeacherAdmin.to_value()))
        .cond_where(can_act(|column| Expr::col((person.clone(), column))));
    admins
}

const ADMIN: &str = "admin";

/// The same, but for this account.
pub(crate) fn other_admins(project: Expr, account: Expr) -> SelectStatement {
    let mut others = admins(project);
    others.and_where(Expr::col((Alias::new(ADMIN), member::Column::AccountId)).ne(account));
    others
}

/// Whether an account is an adult's who can sign in.
fn can_act(account: impl Fn(account::Column) -> Expr) -> Condition {
    Cond::all()
        .add(account(account::Column::Kind).ne(AccountKind::Pupil.to_value()))
        .add(account(account::Column::Email).is_not_null())
        .add(account(account::Column::BlockedAt).is_null())
}

const ACCOUNT: u8 = 0;
const SCHOOL: u8 = 1;
const INVITER: u8 = 2;
const PARTNER: u8 = 3;
const PICTURE: u8 = 4;

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

fn col(column: member::Column) -> Expr {
    Expr::col((member::Entity, column))
}

fn acc(column: account::Column) -> Expr {
    Expr::col((account::Entity, column))
}

fn sch(column: school::Column) -> Expr {
    Expr::col((school::Entity, column))
}

/// A condition or, if it is not wanted, its opposite, which holds where nothing is known.
fn either(condition: Expr, wanted: bool) -> Expr {
    if wanted { condition } else { condition.if_null(false).not() }
}

impl Listed for MemberRow {
    type Filter = Filter;
    type Order = Order;

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = col(member::Column::Id), for []),
        column!(project_id = col(member::Column::ProjectId), for []),
        column!(account_id = col(member::Column::AccountId), for ["person", "thread", "isViewer", "lastSeenAt", "permissions", "consents"]),
        column!(role = col(member::Column::Role), for ["role", "permissions"]),
        column!(name = col(member::Column::Name), for ["name"]),
        column!(kind = acc(account::Column::Kind), for ["kind", "permissions", "mayBePictured"], join ACCOUNT),
        column!(username = acc(account::Column::Username), for ["username"], join ACCOUNT),
        column!(custodian_id = acc(account::Column::CustodianId), for ["permissions", "custodian"], join ACCOUNT),
        column!(custodian_teaches = custodian::teaches(), for ["permissions"], join ACCOUNT),
        column!(custodian_taught = custodian::has_taught(), for ["permissions"], join ACCOUNT),
        column!(custodian_brought = custodian::brought(), for ["permissions"], join ACCOUNT),
        column!(custodian_gone = custodian::gone(), for ["permissions"], join ACCOUNT),
        column!(founder = Expr::col((partner::Entity, partner::Column::Founder)), for ["isFounder", "permissions"], join PARTNER),
        column!(last_admin = last_admin(), for ["permissions"]),
        column!(school.id = col(member::Column::SchoolId), for ["school"]),
        column!(school.name = sch(school::Column::Name), for ["school.name"], join SCHOOL),
        column!(school.town = sch(school::Column::Town), for ["school.town"], join SCHOOL),
        column!(school.region = sch(school::Column::Region), for ["school.region"], join SCHOOL),
        column!(school.country = sch(school::Column::Country), for ["school.country"], join SCHOOL),
        column!(school_confirmed = confirmation::shown(), for ["schoolConfirmed"], join ACCOUNT),
        column!(inviter_id = col(member::Column::InviterId), for ["inviter"]),
        column!(inviter_name = Expr::col((Alias::new("inviter"), account::Column::Name)), for ["inviter.name"], join INVITER),
        column!(
            inviter_is_pupil = rule::joined_is_pupil("inviter", col(member::Column::ProjectId)),
            for ["inviter"], join INVITER
        ),
        column!(joined_at = col(member::Column::JoinedAt), for ["joinedAt"]),
        column!(last_access_on = col(member::Column::LastAccessOn), for ["lastAccess"]),
        column!(last_seen_at = col(member::Column::LastSeenAt), for ["online", "lastSeenAt"]),
        column!(avatar = Expr::col((profile_picture::Entity, profile_picture::Column::Avatar)), for ["picture"], join PICTURE),
        column!(photo = picture::shows_here(), for ["picture"], join PICTURE),
        column!(profile = acc(account::Column::Profile), for ["profile"], join ACCOUNT),
        column!(pictured = picture::consented_here(), for ["mayBePictured"], join ACCOUNT),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(member::Entity);
        if [ACCOUNT, PICTURE].into_iter().any(needs) {
            let same = acc(account::Column::Id).eq(col(member::Column::AccountId));
            query.inner_join(account::Entity, same);
        }
        if needs(SCHOOL) {
            let same = sch(school::Column::Id).eq(col(member::Column::SchoolId));
            query.left_join(school::Entity, same);
        }
        if needs(PICTURE) {
            let owner = (profile_picture::Entity, profile_picture::Column::AccountId);
            let same = Expr::col(owner).eq(col(member::Column::AccountId));
            query.left_join(profile_picture::Entity, same);
        }
        if needs(INVITER) {
            let alias = Alias::new("inviter");
            let same =
                Expr::col((alias.clone(), account::Column::Id)).eq(col(member::Column::InviterId));
            query.join_as(JoinType::LeftJoin, account::Entity, alias, same);
        }
        if needs(PARTNER) {
            let partner = |column| Expr::col((partner::Entity, column));
            let same = Cond::all()
                .add(partner(partner::Column::ProjectId).eq(col(member::Column::ProjectId)))
                .add(partner(partner::Column::AccountId).eq(col(member::Column::AccountId)));
            query.left_join(partner::Entity, same);
        }
        query
    }

    fn id() -> Expr {
        col(member::Column::Id)
    }

    fn parent() -> Option<Expr> {
        Some(col(member::Column::ProjectId))
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all()
            .add_option(one_of(col(member::Column::Role), filter.roles.as_deref()))
            .add_option(one_of(acc(account::Column::Kind), filter.kinds.as_deref()));
        if let Some((since, online)) = filter.seen_after {
            all = all.add(either(col(member::Column::LastSeenAt).gt(since), online));
        }
        if let Some((inviter, by)) = filter.invited_by {
            all = all.add(either(col(member::Column::InviterId).eq(inviter.0), by));
        }
        if let Some(words) = &filter.search {
            let mut among = vec![col(member::Column::NameKey)];
            if filter.usernames {
                among.push(acc(account::Column::Username));
            }
            all = all.add(words.within(&among));
        }
        if let Some(consented) = filter.pictured {
            let pictured = picture::consented_here();
            all = all
                .add(acc(account::Column::Kind).eq(AccountKind::Pupil.to_value()))
                .add(if consented { pictured } else { pictured.not() });
        }
        if let Some(account) = filter.of {
            all = all.add(col(member::Column::AccountId).eq(account.0));
        }
        if filter.without_pupils {
            all = all
                .add(rule::is_pupil(acc(account::Column::Kind), col(member::Column::Role)).not());
        }
        all
    }

    fn filter_needs(filter: &Filter, join: u8) -> bool {
        let kind = filter.without_pupils || filter.pictured.is_some() || filter.kinds.is_some();
        let username = filter.usernames && filter.search.is_some();
        join == ACCOUNT && (kind || username)
    }

    fn order(order: Order) -> Option<(Expr, KeyKind)> {
        match order {
            Order::Name => Some((col(member::Column::NameKey), KeyKind::Text)),
            Order::Joined => None,
            Order::LastAccess => Some((col(member::Column::LastAccessOn), KeyKind::Day)),
        }
    }

    fn kept_total(filter: &Filter) -> Option<(SelectStatement, Expr)> {
        Some((count::kept_total(filter)?, count::kept_parent()))
    }
}
