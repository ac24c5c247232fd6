//! What the server stores about a person, as a download for that person: one section per noun.
//!
//! Two steps, as with pupils: preparing it returns a short-lived secret, which the download uses
//! up. Secrets and their hashes are not included.

mod pupils;
mod written;

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{
    AccountId, Act, ProjectId, Purpose, account, account_tag, audit as log, consent, contact,
    email_change, invitation, member, partner, project, school, session,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Cond,
};
use serde_json::{Map, Value, json};

use crate::{
    Error, Result,
    accounts::{admission, picture, school::confirmation},
    care::audit,
    db::Db,
    download::{self, Origin},
};

/// The maximum number of audit log entries in an export: the latest.
const LINES: u64 = 10_000;

/// Prepares a person's export, which they can download once.
pub async fn make(
    db: &Db,
    id: AccountId,
    origin: Origin<'_>,
    now: DateTime<Utc>,
) -> Result<String> {
    let tx = db.begin().await?;
    let secret = download::prepare(&tx, Purpose::ExportOwnData, id.0, origin, now).await?;
    audit::line(Act::OwnDataExported, id).account(id).write(&tx, now).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Uses up the secret and collects what is stored about its owner. For everyone else it does not
/// exist.
pub async fn take(
    db: &Db,
    secret: &str,
    id: AccountId,
    origin: Origin<'_>,
    now: DateTime<Utc>,
) -> Result<Value> {
    let tx = db.begin().await?;
    download::redeem(&tx, secret, Purpose::ExportOwnData, id.0, origin, now).await?;
    tx.commit().await?;
    collect(db.read(), id, now).await
}

/// All sections. The number of statements does not depend on the amount of data.
async fn collect(db: &impl ConnectionTrait, id: AccountId, now: DateTime<Utc>) -> Result<Value> {
    let person = account::Entity::find_by_id(id).one(db).await?;
    let person = person.ok_or(Error::Unauthenticated)?;
    let places = Places::of(db, &person).await?;
    let mut data = Map::new();
    data.insert("madeAt".into(), json!(now));
    data.insert("account".into(), account_section(db, &person).await?);
    data.insert("sessions".into(), sessions(db, id).await?);
    data.insert("contacts".into(), contacts(db, id).await?);
    data.insert("projects".into(), places.founded(id));
    data.insert("partnerships".into(), places.partnerships());
    data.insert("memberships".into(), places.memberships());
    data.insert("consents".into(), places.consents());
    data.insert("invitations".into(), places.invitations(id));
    data.extend(pupils::sections(db, id).await?);
    data.extend(written::sections(db, id).await?);
    data.insert("auditLog".into(), lines(db, id).await?);
    Ok(Value::Object(data))
}

/// The person's memberships and partnerships: their rows in each table, oldest first, and the
/// projects of all of them.
struct Places {
    partners: Vec<partner::Model>,
    members: Vec<member::Model>,
    consents: Vec<consent::Model>,
    invitations: Vec<invitation::Model>,
    projects: BTreeMap<ProjectId, project::Model>,
}

impl Places {
    async fn of(db: &impl ConnectionTrait, person: &account::Model) -> Result<Self> {
        let partners = partner::Entity::find().filter(partner::Column::AccountId.eq(person.id));
        let partners = partners.order_by_asc(partner::Column::Id).all(db).await?;
        let members = member::Entity::find().filter(member::Column::AccountId.eq(person.id));
        let members = members.order_by_asc(member::Column::Id).all(db).await?;
        let consents = consent::Entity::find().filter(consent::Column::AccountId.eq(person.id));
        let consents = consents.order_by_asc(consent::Column::Id).all(db).await?;
        let invitations = invitation::Entity::find().filter(invited(person));
        let invitations = invitations.order_by_asc(invitation::Column::Id).all(db).await?;
        let ids = partners.iter().map(|partner| partner.project_id);
        let ids = ids.chain(members.iter().map(|member| member.project_id));
        let ids = ids.chain(consents.iter().map(|consent| consent.project_id));
        let ids = ids.chain(invitations.iter().map(|invitation| invitation.project_id));
        let projects = project::Entity::find().filter(
            Cond::any()
                .add(project::Column::Id.is_in(ids.collect::<HashSet<_>>()))
                .add(project::Column::ProposerId.eq(person.id)),
        );
        let projects = projects.all(db).await?.into_iter().map(|project| (project.id, project));
        let projects = projects.collect();
        Ok(Self { partners, members, consents, invitations, projects })
    }

    fn title(&self, id: ProjectId) -> Option<&str> {
        self.projects.get(&id).map(|project| project.title.as_str())
    }

    /// The projects that the person proposed, with what they wrote.
    fn founded(&self, id: AccountId) -> Value {
        let theirs = self.projects.values().filter(|project| project.proposer_id == id);
        let project = |project: &project::Model| {
            json!({
                "id": project.id.to_string(),
                "title": project.title,
                "state": project.state.to_value(),
                "shortDescription": project.short_description,
                "createdAt": project.created_at,
            })
        };
        theirs.map(project).collect()
    }

    fn partnerships(&self) -> Value {
        let partner = |partner: &partner::Model| {
            json!({
                "project": self.title(partner.project_id),
                "role": partner.role.to_value(),
                "founder": partner.founder,
                "since": partner.created_at,
            })
        };
        self.partners.iter().map(partner).collect()
    }

    fn memberships(&self) -> Value {
        let member = |member: &member::Model| {
            json!({
                "twinSpace": self.title(member.project_id),
                "role": member.role.to_value(),
                "joinedAt": member.joined_at,
                "lastSeenAt": member.last_seen_at,
            })
        };
        self.members.iter().map(member).collect()
    }

    fn consents(&self) -> Value {
        let consent = |consent: &consent::Model| {
            json!({
                "twinSpace": self.title(consent.project_id),
                "scope": consent.scope.to_value(),
                "givenBy": consent.giver.to_value(),
                "recordedAt": consent.recorded_at,
                "withdrawnAt": consent.withdrawn_at,
            })
        };
        self.consents.iter().map(consent).collect()
    }

    fn invitations(&self, id: AccountId) -> Value {
        let invitation = |invitation: &invitation::Model| {
            json!({
                "project": self.title(invitation.project_id),
                "email": invitation.email,
                "kind": invitation.kind.to_value(),
                "role": invitation.role.to_value(),
                "state": invitation.state.to_value(),
                "sentByMe": invitation.inviter_id == id,
                "sentAt": invitation.sent_at,
                "undeliverableSince": invitation.undeliverable_since,
            })
        };
        self.invitations.iter().map(invitation).collect()
    }
}

/// The invitations that a person sent or received.
fn invited(person: &account::Model) -> Cond {
    let sent = invitation::Column::InviterId.eq(person.id);
    let named = invitation::Column::AccountId.eq(person.id);
    let both = Cond::any().add(sent).add(named);
    match &person.email {
        Some(email) => both.add(invitation::Column::Email.eq(email)),
        None => both,
    }
}

async fn account_section(db: &impl ConnectionTrait, person: &account::Model) -> Result<Value> {
    let school = match person.school_id {
        Some(id) => school::Entity::find_by_id(id).one(db).await?,
        None => None,
    };
    let picture = picture::kept(db, person.id).await?;
    let wish = email_change::Entity::find_by_id(person.id).one(db).await?;
    let admission = admission::of(db, person.id).await?;
    let confirmed = confirmation::of_many(db, &[person.id]).await?.remove(&person.id);
    let tags = account_tag::Entity::find().filter(account_tag::Column::AccountId.eq(person.id));
    let tags: Vec<_> = tags.all(db).await?.into_iter().map(|tag| tag.value).collect();
    Ok(json!({
        "id": person.id.to_string(),
        "kind": person.kind.to_value(),
        "email": person.email,
        "newEmail": wish.map(|wish| json!({ "email": wish.email, "requestedAt": wish.requested_at })),
        "username": person.username,
        "name": person.name,
        "profile": person.profile,
        "mailLanguage": person.language,
        "avatar": picture.as_ref().and_then(|picture| picture.avatar.as_ref()),
        "hasPhoto": picture.is_some_and(|picture| picture.photo),
        "subjectsAndLanguages": tags,
        "school": school.map(|school| json!({
            "name": school.name, "town": school.town, "region": school.region, "country": school.country,
        })),
        "schoolConfirmedAt": confirmed.map(|confirmed| confirmed.decided_at),
        "verifiedAt": person.verified_at,
        "admission": admission.map(|it| json!({
            "state": it.state.to_value(), "reason": it.reason, "askedAt": it.asked_at, "decidedAt": it.decided_at,
        })),
        "createdAt": person.created_at,
    }))
}

async fn sessions(db: &impl ConnectionTrait, id: AccountId) -> Result<Value> {
    let found = session::Entity::find().filter(session::Column::AccountId.eq(id));
    let found = found.order_by_asc(session::Column::Id).all(db).await?;
    let session = |session: session::Model| {
        json!({
            "userAgent": session.user_agent,
            "createdAt": session.created_at,
            "lastUsedAt": session.last_used_at,
        })
    };
    Ok(found.into_iter().map(session).collect())
}

async fn contacts(db: &impl ConnectionTrait, id: AccountId) -> Result<Value> {
    let theirs = Cond::any()
        .add(contact::Column::RequesterId.eq(id))
        .add(contact::Column::AddresseeId.eq(id));
    let found =
        contact::Entity::find().filter(theirs).order_by_asc(contact::Column::Id).all(db).await?;
    let other = |contact: &contact::Model| match contact.requester_id == id {
        true => contact.addressee_id,
        false => contact.requester_id,
    };
    let names = account::Entity::find().filter(account::Column::Id.is_in(found.iter().map(other)));
    let names = names.all(db).await?.into_iter().map(|person| (person.id, person.name));
    let names: HashMap<AccountId, String> = names.collect();
    let contact = |contact: &contact::Model| {
        json!({
            "name": names.get(&other(contact)),
            "state": contact.state.to_value(),
            "askedByMe": contact.requester_id == id,
            "createdAt": contact.created_at,
        })
    };
    Ok(found.iter().map(contact).collect())
}

/// What the person did, and what was done to them: latest entries first.
async fn lines(db: &impl ConnectionTrait, id: AccountId) -> Result<Value> {
    use sea_orm::QuerySelect;
    let theirs = Cond::any().add(log::Column::ActorId.eq(id)).add(log::Column::AccountId.eq(id));
    let found = log::Entity::find()
        .filter(theirs)
        .order_by_desc(log::Column::Id)
        .limit(LINES)
        .all(db)
        .await?;
    let line = |line: log::Model| {
        json!({
            "at": line.at,
            "act": line.act.to_value(),
            "byMe": line.actor_id == Some(id),
            "aboutMe": line.account_id == Some(id),
        })
    };
    Ok(found.into_iter().map(line).collect())
}
