//! A member's card, as far as a request asks for it (M-02).

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    AccountId, AccountKind, MemberId, ProjectId, TwinSpaceRole, account, member, partner,
    profile_picture, school,
};
use sea_orm::{
    ActiveEnum,
    sea_query::{
        Alias, Cond, Condition, Expr, ExprTrait, JoinType, LikeExpr, Query, SelectStatement,
    },
};

use crate::{
    column,
    domain::{
        list::{Cell, Column, KeyKind, Listed},
        picture,
        school::SchoolCells,
        text,
    },
};

/// A member's card, as far as it was asked for.
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
    /// The custodian's role here; none if they have left.
    pub custodian_role: Cell<Option<TwinSpaceRole>>,
    pub founder: Cell<Option<bool>>,
    pub school: SchoolCells,
    pub inviter_id: Cell<Option<AccountId>>,
    pub inviter_name: Cell<Option<String>>,
    pub joined_at: Cell<DateTime<Utc>>,
    pub last_access_on: Cell<NaiveDate>,
    pub last_seen_at: Cell<Option<DateTime<Utc>>>,
    pub avatar: Cell<Option<String>>,
    /// Whether there is a photo that shows here (M-14).
    pub photo: Cell<bool>,
}

const ACCOUNT: u8 = 0;
const SCHOOL: u8 = 1;
const INVITER: u8 = 2;
const PARTNER: u8 = 3;
const CUSTODIAN: u8 = 4;
const PICTURE: u8 = 5;

/// Which members (M-03).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only those with one of these roles; empty for all.
    pub roles: Vec<TwinSpaceRole>,
    /// Only accounts of one of these kinds; empty for all.
    pub kinds: Vec<AccountKind>,
    /// Only those seen after this time: who is online.
    pub seen_after: Option<DateTime<Utc>>,
    /// Only those whom this person brought in.
    pub invited_by: Option<AccountId>,
    /// Only those whose name has these words, whatever the case and the accents.
    pub search: Option<String>,
    /// Only the places of this person, in whatever TwinSpaces are open.
    pub of: Option<AccountId>,
    /// Without pupils, for those who do not see them (M-20).
    pub without_pupils: bool,
}

/// What members are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// The name.
    Name,
    /// When they joined.
    Joined,
    /// The day they were last here.
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

impl Listed for MemberRow {
    type Filter = Filter;
    type Order = Order;

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = col(member::Column::Id), for []),
        column!(project_id = col(member::Column::ProjectId), for []),
        column!(account_id = col(member::Column::AccountId), for ["isViewer", "lastSeenAt", "permissions", "consents"]),
        column!(role = col(member::Column::Role), for ["role", "permissions"]),
        column!(name = acc(account::Column::Name), for ["name"], join ACCOUNT),
        column!(kind = acc(account::Column::Kind), for ["kind", "permissions"], join ACCOUNT),
        column!(username = acc(account::Column::Username), for ["username"], join ACCOUNT),
        column!(custodian_id = acc(account::Column::CustodianId), for ["permissions", "custodian"], join ACCOUNT),
        column!(
            custodian_role = Expr::col((Alias::new("custodian_place"), member::Column::Role)),
            for ["permissions"],
            join CUSTODIAN
        ),
        column!(founder = Expr::col((partner::Entity, partner::Column::Founder)), for ["isFounder", "permissions"], join PARTNER),
        column!(school.id = acc(account::Column::SchoolId), for ["school"], join ACCOUNT),
        column!(school.name = sch(school::Column::Name), for ["school.name"], join SCHOOL),
        column!(school.town = sch(school::Column::Town), for ["school.town"], join SCHOOL),
        column!(school.region = sch(school::Column::Region), for ["school.region"], join SCHOOL),
        column!(school.country = sch(school::Column::Country), for ["school.country"], join SCHOOL),
        column!(inviter_id = col(member::Column::InviterId), for ["inviter"]),
        column!(inviter_name = Expr::col((Alias::new("inviter"), account::Column::Name)), for ["inviter.name"], join INVITER),
        column!(joined_at = col(member::Column::JoinedAt), for ["joinedAt"]),
        column!(last_access_on = col(member::Column::LastAccessOn), for ["lastAccess"]),
        column!(last_seen_at = col(member::Column::LastSeenAt), for ["online", "lastSeenAt"]),
        column!(avatar = Expr::col((profile_picture::Entity, profile_picture::Column::Avatar)), for ["picture"], join PICTURE),
        column!(photo = picture::shows_here(), for ["picture"], join PICTURE),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(member::Entity);
        if [ACCOUNT, SCHOOL, CUSTODIAN, PICTURE].into_iter().any(needs) {
            let same = acc(account::Column::Id).eq(col(member::Column::AccountId));
            query.inner_join(account::Entity, same);
        }
        if needs(SCHOOL) {
            let same = sch(school::Column::Id).eq(acc(account::Column::SchoolId));
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
        if needs(CUSTODIAN) {
            let alias = Alias::new("custodian_place");
            let place = |column| Expr::col((alias.clone(), column));
            let same = Cond::all()
                .add(place(member::Column::ProjectId).eq(col(member::Column::ProjectId)))
                .add(place(member::Column::AccountId).eq(acc(account::Column::CustodianId)));
            query.join_as(JoinType::LeftJoin, member::Entity, alias.clone(), same);
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
        let mut all = Cond::all();
        if !filter.roles.is_empty() {
            let roles = filter.roles.iter().map(ActiveEnum::to_value);
            all = all.add(col(member::Column::Role).is_in(roles));
        }
        if !filter.kinds.is_empty() {
            let kinds = filter.kinds.iter().map(ActiveEnum::to_value);
            all = all.add(acc(account::Column::Kind).is_in(kinds));
        }
        if let Some(since) = filter.seen_after {
            all = all.add(col(member::Column::LastSeenAt).gt(since));
        }
        if let Some(inviter) = filter.invited_by {
            all = all.add(col(member::Column::InviterId).eq(inviter.0));
        }
        if let Some(words) = &filter.search {
            let pattern = LikeExpr::new(text::containing(words)).escape('\\');
            all = all.add(col(member::Column::NameKey).like(pattern));
        }
        if let Some(account) = filter.of {
            all = all.add(col(member::Column::AccountId).eq(account.0));
        }
        if filter.without_pupils {
            let pupils = [TwinSpaceRole::Pupil, TwinSpaceRole::PupilAdmin];
            all = all
                .add(col(member::Column::Role).is_not_in(pupils.iter().map(ActiveEnum::to_value)))
                .add(acc(account::Column::Kind).ne(AccountKind::Pupil.to_value()));
        }
        all
    }

    fn filter_needs(filter: &Filter, join: u8) -> bool {
        join == ACCOUNT && (filter.without_pupils || !filter.kinds.is_empty())
    }

    fn order(order: Order) -> Option<(Expr, KeyKind)> {
        match order {
            Order::Name => Some((col(member::Column::NameKey), KeyKind::Text)),
            Order::Joined => None,
            Order::LastAccess => Some((col(member::Column::LastAccessOn), KeyKind::Day)),
        }
    }
}
