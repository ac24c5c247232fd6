//! Whom a person can look up by ID: those they meet on the server, and nobody else.

use std::collections::{HashMap, HashSet};

use entity::{AccountId, AccountKind, ServiceId, TwinSpaceRole, account, member};
use policy::{Grant, Person, TwinSpacePermission};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Cond, ExprTrait, JoinType, Query},
};
use uuid::Uuid;

use crate::{Result, members::pupil::rule::counts_as_pupil, projects::office, sql::ColumnExt};

/// What decides about an account.
struct Facts {
    kind: AccountKind,
    verified: bool,
    /// Whether it has an address: it is not erased, and not a pupil's.
    address: bool,
    custodian: Option<AccountId>,
    service: Option<ServiceId>,
}

/// Those of these pairs of a viewer and a person in which the viewer can look up the person:
/// everyone themselves, teachers all teachers with a verified address (C-01), custodians their
/// pupils, administrators all adults, officers whom [their office](office::people) shows them, and
/// members of a TwinSpace each other, as far as they see each other's cards (M-20).
pub async fn known(
    db: &impl ConnectionTrait,
    pairs: &[(AccountId, AccountId)],
) -> Result<HashSet<(AccountId, AccountId)>> {
    let facts = facts(db, pairs).await?;
    let is = |id, kind| facts.get(&id).is_some_and(|facts: &Facts| facts.kind == kind);
    let known_alone = |&(viewer, person): &(AccountId, AccountId)| {
        let Some(of) = facts.get(&person) else { return false };
        let teacher = of.verified && of.kind == AccountKind::Teacher;
        let adult = of.address && of.kind != AccountKind::Pupil;
        viewer == person
            || of.custodian == Some(viewer)
            || teacher && is(viewer, AccountKind::Teacher)
            || adult && is(viewer, AccountKind::Administrator)
    };
    let (alone, others): (Vec<_>, Vec<_>) = pairs.iter().copied().partition(known_alone);
    let mut known = HashSet::from_iter(alone);
    let officers: HashSet<_> = others.iter().map(|&(viewer, _)| viewer).collect();
    for officer in officers.into_iter().filter(|&viewer| is(viewer, AccountKind::Officer)) {
        let of = &facts[&officer];
        let person = Person::signed_in(officer, of.kind, of.verified, of.service);
        let people = others.iter().filter(|(viewer, _)| *viewer == officer).map(|(_, id)| *id);
        let people = office::people(db, person, &people.collect::<Vec<_>>()).await?;
        known.extend(people.into_iter().map(|id| (officer, id)));
    }
    if !others.is_empty() {
        known.extend(together(db, &others).await?);
    }
    Ok(known)
}

async fn facts(
    db: &impl ConnectionTrait,
    pairs: &[(AccountId, AccountId)],
) -> Result<HashMap<AccountId, Facts>> {
    type Row = (AccountId, AccountKind, bool, bool, Option<AccountId>, Option<ServiceId>);
    let ids: HashSet<_> = pairs.iter().flat_map(|&(viewer, person)| [viewer, person]).collect();
    let rows: Vec<Row> = account::Entity::find()
        .select_only()
        .columns([account::Column::Id, account::Column::Kind])
        .expr(account::Column::VerifiedAt.is_not_null())
        .expr(account::Column::Email.is_not_null())
        .columns([account::Column::CustodianId, account::Column::ServiceId])
        .filter(account::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    let facts = |(id, kind, verified, address, custodian, service)| {
        (id, Facts { kind, verified, address, custodian, service })
    };
    Ok(rows.into_iter().map(facts).collect())
}

/// The pairs in which both belong to a TwinSpace where the one sees the other's card.
async fn together(
    db: &impl ConnectionTrait,
    pairs: &[(AccountId, AccountId)],
) -> Result<HashSet<(AccountId, AccountId)>> {
    let viewers: HashSet<Uuid> = pairs.iter().map(|(viewer, _)| viewer.0).collect();
    let people: HashSet<Uuid> = pairs.iter().map(|(_, person)| person.0).collect();
    let alias = "viewer";
    let here = Cond::all()
        .add(member::Column::ProjectId.of(alias).eq(member::Column::ProjectId.into_expr()))
        .add(member::Column::AccountId.of(alias).is_in(viewers));
    let mut query = Query::select();
    query
        .distinct()
        .expr(member::Column::AccountId.of(alias))
        .expr(member::Column::Role.of(alias))
        .expr(member::Column::AccountId.into_expr())
        .expr(member::Column::Role.into_expr())
        .expr(account::Column::Kind.into_expr())
        .from(member::Entity)
        .join_as(JoinType::InnerJoin, member::Entity, alias, here)
        .inner_join(account::Entity, account::Column::Id.equals(member::Column::AccountId))
        .and_where(member::Column::AccountId.is_in(people));
    let mut known = HashSet::new();
    for row in db.query_all(&query).await? {
        let role: TwinSpaceRole = row.try_get_by_index(1)?;
        let pupil = counts_as_pupil(row.try_get_by_index(4)?, Some(row.try_get_by_index(3)?));
        if !pupil || TwinSpacePermission::SeePupils.granted_to(role) == Grant::Yes {
            known.insert((row.try_get_by_index(0)?, row.try_get_by_index(2)?));
        }
    }
    Ok(known)
}
