//! An invitation, with the columns that a request needs.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, InvitationId, InvitationKind, InvitationState, ProjectId, TwinSpaceRole, account,
    invitation, project,
};
use sea_orm::{
    ColumnTrait, Iterable,
    sea_query::{Cond, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement},
};

use crate::{
    column,
    list::{Cell, Column, KeyKind, Listed, one_of},
    members::pupil::rule,
    sql::{ColumnExt, join_account},
    text,
};

/// An invitation, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::invitation`")]
pub struct InvitationRow {
    pub id: Cell<InvitationId>,
    pub project_id: Cell<ProjectId>,
    pub project_title: Cell<String>,
    pub kind: Cell<InvitationKind>,
    pub email: Cell<String>,
    pub account_id: Cell<Option<AccountId>>,
    pub role: Cell<TwinSpaceRole>,
    pub inviter_id: Cell<AccountId>,
    pub inviter_name: Cell<String>,
    /// Whether the inviter counts as a pupil (M-20).
    pub inviter_is_pupil: Cell<bool>,
    pub state: Cell<InvitationState>,
    pub sent_at: Cell<DateTime<Utc>>,
    pub undeliverable_since: Cell<Option<DateTime<Utc>>>,
    pub expires_at: Cell<DateTime<Utc>>,
    pub ended_at: Cell<Option<DateTime<Utc>>>,
}

const INVITER: u8 = 0;
const PROJECT: u8 = 1;

/// Filters invitations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only those in one of these states at that time: a pending one past its expiry counts as expired.
    pub states: Option<(Vec<InvitationState>, DateTime<Utc>)>,
    /// Only those to one of these roles.
    pub roles: Option<Vec<TwinSpaceRole>>,
    /// Only those by this person; if false, only those by others.
    pub inviter: Option<(AccountId, bool)>,
    /// Only those to an address that contains these words.
    pub search: Option<text::Wanted>,
    /// If true, only partners' invitations; if false, only others.
    pub partners: Option<bool>,
    /// Only those to this address or this account.
    pub of: Option<(Option<String>, AccountId)>,
}

impl Listed for InvitationRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = invitation::Column::Id, for []),
        // What determines who may see it and what they may do with it.
        column!(project_id = invitation::Column::ProjectId, for []),
        column!(kind = invitation::Column::Kind, for []),
        column!(project_title = project::Column::Title, for ["projectTitle"], join PROJECT),
        column!(email = invitation::Column::Email, for ["email"]),
        column!(account_id = invitation::Column::AccountId, for []),
        column!(role = invitation::Column::Role, for ["role"]),
        column!(inviter_id = invitation::Column::InviterId, for ["inviter"]),
        column!(
            inviter_name = account::Column::Name.of("inviter"),
            for ["inviter.name"], join INVITER
        ),
        column!(
            inviter_is_pupil = rule::joined_is_pupil("inviter", invitation::Column::ProjectId),
            for ["inviter"], join INVITER
        ),
        column!(state = invitation::Column::State, for ["state", "permissions"]),
        column!(sent_at = invitation::Column::SentAt, for ["sentAt"]),
        column!(
            undeliverable_since = invitation::Column::UndeliverableSince,
            for ["undeliverableSince"]
        ),
        column!(expires_at = invitation::Column::ExpiresAt, for ["expiresAt", "state", "permissions"]),
        column!(ended_at = invitation::Column::EndedAt, for ["endedAt"]),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(invitation::Entity);
        if needs(INVITER) {
            join_account(&mut query, JoinType::InnerJoin, "inviter", invitation::Column::InviterId);
        }
        if needs(PROJECT) {
            let same = project::Column::Id.equals(invitation::Column::ProjectId);
            query.inner_join(project::Entity, same);
        }
        query
    }

    fn id() -> Expr {
        invitation::Column::Id.into_expr()
    }

    fn parent() -> Option<Expr> {
        Some(invitation::Column::ProjectId.into_expr())
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all();
        if let Some((states, now)) = &filter.states {
            let is = |state: InvitationState| invitation::Column::State.eq(state);
            let ends = invitation::Column::ExpiresAt;
            let in_state = |state: InvitationState| match state {
                InvitationState::Pending => is(state).and(ends.gt(*now)),
                InvitationState::Expired => {
                    is(state).or(is(InvitationState::Pending).and(ends.lte(*now)))
                }
                other => is(other),
            };
            // Each once, however often a request repeats it.
            let states = InvitationState::iter().filter(|state| states.contains(state));
            all = all.add(states.map(in_state).fold(Cond::any(), Condition::add));
        }
        all = all.add_option(one_of(invitation::Column::Role, filter.roles.as_deref()));
        if let Some((inviter, by)) = filter.inviter {
            let sent = invitation::Column::InviterId;
            all = all.add(if by { sent.eq(inviter.0) } else { sent.ne(inviter.0) });
        }
        if let Some(words) = &filter.search {
            all = all.add(words.within(&[invitation::Column::Email.into_expr()]));
        }
        if let Some(partners) = filter.partners {
            let partner = InvitationKind::Partner;
            let kind = invitation::Column::Kind;
            all = all.add(if partners { kind.eq(partner) } else { kind.ne(partner) });
        }
        if let Some((email, account)) = &filter.of {
            let mut mine = Cond::any().add(invitation::Column::AccountId.eq(account.0));
            if let Some(email) = email {
                mine = mine.add(invitation::Column::Email.eq(email));
            }
            all = all.add(mine);
        }
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
