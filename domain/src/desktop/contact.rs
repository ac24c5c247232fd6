//! Contacts between teachers (C-01).

use std::num::NonZeroU32;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{AccountId, AccountKind, ContactId, ContactState, account, contact};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoActiveModel, ModelTrait, QueryFilter, QuerySelect,
    sea_query::{Cond, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement},
};

use crate::{
    Error, Reason, Result,
    accounts::account as accounts,
    column,
    db::{Db, Tx, is_duplicate},
    error::Flaw,
    events::{Event, Whom},
    list::{Cell, Column, KeyKind, Listed},
    mail::{self, Letter},
    rate_limit::{self, Quota},
    sql::{ColumnExt, join_account},
};

/// How often one teacher may send a request to another: not again for days after it was declined or
/// cancelled.
const REQUESTS: Quota =
    Quota { name: "contact requests to one", times: NonZeroU32::MIN, within: TimeDelta::days(3) };

/// Sends a contact request to a teacher, or accepts theirs if they have already sent one.
pub async fn request(
    db: &Db,
    requester: AccountId,
    addressee: AccountId,
    now: DateTime<Utc>,
) -> Result<ContactId> {
    // If two send requests to each other at once, the second finds the first.
    for _ in 0..2 {
        if let Some(id) = ask(db, requester, addressee, now).await? {
            return Ok(id);
        }
    }
    Err(Error::Conflict(Reason::AlreadyDone))
}

/// Sends a request once; `None` if the other teacher sent one at the same time.
async fn ask(
    db: &Db,
    requester: AccountId,
    addressee: AccountId,
    now: DateTime<Utc>,
) -> Result<Option<ContactId>> {
    if requester == addressee {
        return Err(Error::invalid(
            "personId",
            Flaw::NotAllowed("must be a different person".into()),
        ));
    }
    let tx = db.begin().await?;
    let asking = accounts::hold(&tx, requester).await?.ok_or(Error::Unauthenticated)?;
    let other = accounts::hold(&tx, addressee)
        .await?
        .filter(|other| other.kind == AccountKind::Teacher && other.verified_at.is_some())
        .ok_or(Error::NotFound("teacher"))?;
    let pair = contact::Model::pair(requester, addressee);
    let known = contact::Entity::find().filter(contact::Column::PairKey.eq(&pair));
    if let Some(contact) = known.lock_exclusive().one(&*tx).await? {
        let id = contact.id;
        if contact.state == ContactState::Accepted || contact.requester_id == requester {
            return Err(Error::Conflict(Reason::AlreadyDone));
        }
        accepted(&tx, contact, now).await?;
        tx.commit().await?;
        return Ok(Some(id));
    }
    let id = ContactId::new();
    let row = contact::ActiveModel {
        id: Set(id),
        requester_id: Set(requester),
        addressee_id: Set(addressee),
        pair_key: Set(pair),
        state: Set(ContactState::Pending),
        created_at: Set(now),
        accepted_at: Set(None),
    };
    match row.insert(&*tx).await {
        Err(error) if is_duplicate(&error) => return Ok(None),
        other => other?,
    };
    let asked = REQUESTS.of(&[&requester.to_string(), &addressee.to_string()]);
    rate_limit::take_with(&tx, &[asked], now).await?;
    if let Some(email) = &other.email {
        let letter = Letter::ContactRequest { name: other.name.clone(), from: asking.name };
        mail::post(&tx, email, &other.language, &letter, id.0, now).await?;
    }
    tx.tell(Event::Waiting(Whom::Account(addressee))).await?;
    tx.commit().await?;
    Ok(Some(id))
}

/// Accepts another teacher's contact request.
pub async fn accept(db: &Db, asked: AccountId, id: ContactId, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    let contact = of(&tx, asked, id).await?;
    if contact.addressee_id != asked || contact.state == ContactState::Accepted {
        return Err(Error::Conflict(Reason::AlreadyDone));
    }
    accepted(&tx, contact, now).await?;
    Ok(tx.commit().await?)
}

async fn accepted(tx: &Tx, contact: contact::Model, now: DateTime<Utc>) -> Result<()> {
    tx.tell(Event::Waiting(Whom::Account(contact.addressee_id))).await?;
    let mut row = contact.into_active_model();
    row.state = Set(ContactState::Accepted);
    row.accepted_at = Set(Some(now));
    row.update(&**tx).await?;
    Ok(())
}

/// Declines another teacher's contact request.
pub async fn decline(db: &Db, asked: AccountId, id: ContactId) -> Result<()> {
    let tx = db.begin().await?;
    let contact = of(&tx, asked, id).await?;
    if contact.addressee_id != asked || contact.state == ContactState::Accepted {
        return Err(Error::Conflict(Reason::AlreadyDone));
    }
    end(tx, contact).await
}

/// Ends a contact or cancels a request: either of the two may do so at any time.
pub async fn remove(db: &Db, one: AccountId, id: ContactId) -> Result<()> {
    let tx = db.begin().await?;
    let contact = of(&tx, one, id).await?;
    end(tx, contact).await
}

async fn end(tx: Tx, contact: contact::Model) -> Result<()> {
    mail::withdraw(&tx, contact.id.0).await?;
    tx.tell(Event::Waiting(Whom::Account(contact.addressee_id))).await?;
    contact.delete(&*tx).await?;
    Ok(tx.commit().await?)
}

/// Ends all contacts of someone whose account is erased, and cancels all requests.
pub(crate) async fn forget(tx: &Tx, one: AccountId) -> Result<()> {
    let theirs = contact::Entity::find().filter(with(one)).all(&**tx).await?;
    for contact in &theirs {
        mail::withdraw(tx, contact.id.0).await?;
    }
    let told = |contact: &contact::Model| Event::Waiting(Whom::Account(contact.addressee_id));
    tx.tell_all(theirs.iter().map(told).collect()).await?;
    contact::Entity::delete_many().filter(with(one)).exec(&**tx).await?;
    Ok(())
}

/// The condition that someone is one of the two.
fn with(one: AccountId) -> Condition {
    Cond::any().add(contact::Column::RequesterId.eq(one)).add(contact::Column::AddresseeId.eq(one))
}

async fn of(tx: &Tx, one: AccountId, id: ContactId) -> Result<contact::Model> {
    contact::Entity::find_by_id(id)
        .filter(with(one))
        .lock_exclusive()
        .one(&**tx)
        .await?
        .ok_or(Error::NotFound("contact"))
}

/// A contact, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::contact`")]
pub struct ContactRow {
    pub id: Cell<ContactId>,
    pub requester_id: Cell<AccountId>,
    pub requester_name: Cell<String>,
    pub addressee_id: Cell<AccountId>,
    pub addressee_name: Cell<String>,
    pub state: Cell<ContactState>,
    pub created_at: Cell<DateTime<Utc>>,
}

const NAMES: u8 = 0;

/// Filters contacts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// One of the two.
    pub of: Option<AccountId>,
    /// Returns only contacts in this state.
    pub state: Option<ContactState>,
}

/// Whether two people are contacts, by the keys of their accounts (C-01).
pub(crate) fn are_contacts(one: &Expr, other: &Expr) -> Expr {
    let asked = |requester: &Expr, addressee: &Expr| {
        let requested = contact::Column::RequesterId.equals(requester.clone());
        requested.and(contact::Column::AddresseeId.equals(addressee.clone()))
    };
    let mut contact = Query::select();
    contact
        .expr(Expr::val(1))
        .from(contact::Entity)
        .and_where(asked(one, other).or(asked(other, one)))
        .and_where(contact::Column::State.eq(ContactState::Accepted));
    Expr::exists(contact)
}

impl Listed for ContactRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = contact::Column::Id, for []),
        column!(requester_id = contact::Column::RequesterId, for []),
        column!(addressee_id = contact::Column::AddresseeId, for []),
        column!(
            requester_name = account::Column::Name.of("requester"),
            for ["person.name"], join NAMES
        ),
        column!(
            addressee_name = account::Column::Name.of("addressee"),
            for ["person.name"], join NAMES
        ),
        column!(state = contact::Column::State, for ["state"]),
        column!(created_at = contact::Column::CreatedAt, for ["since"]),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(contact::Entity);
        if needs(NAMES) {
            for (alias, column) in [
                ("requester", contact::Column::RequesterId),
                ("addressee", contact::Column::AddresseeId),
            ] {
                join_account(&mut query, JoinType::InnerJoin, alias, column);
            }
        }
        query
    }

    fn id() -> Expr {
        contact::Column::Id.into_expr()
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all();
        if let Some(account) = filter.of {
            all = all.add(
                Cond::any()
                    .add(contact::Column::RequesterId.eq(account.0))
                    .add(contact::Column::AddresseeId.eq(account.0)),
            );
        }
        if let Some(state) = filter.state {
            all = all.add(contact::Column::State.eq(state));
        }
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        None
    }
}
