//! Messages from one member to another: sending, reading, deleting (T-06).
//!
//! Each of the two has a message in their own mailbox. It is deleted once both have deleted it.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{AccountId, MemberId, MessageId, ProjectId, ThreadId, account, message};
use policy::{MemberAct, MemberFacts};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    QueryTrait,
    sea_query::{Cond, Expr},
};

use crate::{
    Actor, Error, Reason, Result,
    access::Access,
    db::{Db, Tx},
    error::{Flaw, Problems},
    events::{Event, InboxNews},
    mail::{self, Letter},
    outcome::{self, Once},
    permit::Preview,
    text,
};

mod row;
pub mod thread;

pub use row::{Filter, MessageRow};

/// The maximum length of a text, in characters.
pub const LONGEST: usize = 5000;

/// The minimum interval between mails about messages.
const MAIL_EVERY: TimeDelta = TimeDelta::hours(1);

/// A message to be sent.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The subject, at most 200 characters.
    pub subject: Option<String>,
    /// Plain text.
    pub text: String,
    /// The message to which it is a reply.
    pub in_reply_to: Option<MessageId>,
    /// If the key was used before, no second message is sent.
    pub key: Option<String>,
}

impl Draft {
    fn tidy(self) -> Result<Self> {
        let mut problems = Problems::default();
        let subject = self.subject.filter(|subject| !text::is_blank(subject));
        let subject = subject.map(|subject| problems.line(&subject, "subject", 200));
        let text = problems.prose(&self.text, "text", LONGEST);
        problems.require(!text.is_empty(), "text", Flaw::EMPTY);
        let key = self.key.map(|key| problems.line(&key, "idempotencyKey", 100));
        problems.finish()?;
        Ok(Self { subject, text, key, ..self })
    }
}

/// Whether a message may be sent, before it is counted: the message, if it was sent before with the same
/// key, and how the sender stands to the TwinSpace.
pub async fn preview(
    actor: Actor<'_>,
    to: MemberId,
    draft: &Draft,
) -> Result<Option<(MessageId, Access)>> {
    let Preview { by, on, .. } = actor.preview::<MemberFacts>(MemberAct::Contact, &to).await?;
    let draft = draft.clone().tidy()?;
    let whom = (actor.account()?, by.project_id, on.account);
    Ok(sent_before(actor.db.read(), whom, &draft).await?.map(|sent| (sent, by)))
}

/// The message that somebody sent to another in a TwinSpace with the key of this one, if there is one.
async fn sent_before(
    db: &impl ConnectionTrait,
    (sender, project, recipient): (AccountId, ProjectId, AccountId),
    draft: &Draft,
) -> Result<Option<MessageId>> {
    let Some(key) = &draft.key else { return Ok(None) };
    let subject = draft.subject.as_deref().unwrap_or_default();
    let asked = once(key, (project, recipient), (&draft.text, subject, draft.in_reply_to));
    let sent = message::Entity::find()
        .filter(message::Column::SenderId.eq(sender))
        .filter(message::Column::ProjectId.eq(project))
        .filter(message::Column::Key.eq(key));
    match sent.one(db).await? {
        Some(sent) if once_of(&sent).as_ref() == Some(&asked) => Ok(Some(sent.id)),
        Some(_) => Err(Error::Conflict(Reason::KeyReused)),
        None => outcome::made(db, sender, Some(&asked)).await,
    }
}

/// A message with its key, which is kept when nobody has the message any more, so that it is not sent
/// again.
fn once(
    key: &str,
    (project, recipient): (ProjectId, AccountId),
    words: (&str, &str, Option<MessageId>),
) -> Once {
    Once::of("sendMessage", &format!("{project} {key}"), &(recipient, words))
}

/// The same of a message that was sent; `None` if it has no key.
fn once_of(message: &message::Model) -> Option<Once> {
    let message::Model { text, subject, in_reply_to, .. } = message;
    let place = (message.project_id, message.recipient_id);
    Some(once(message.key.as_ref()?, place, (text, subject, *in_reply_to)))
}

/// Keeps the key of a message that is about to be gone from both mailboxes.
async fn keep_key(tx: &Tx, message: &message::Model, now: DateTime<Utc>) -> Result<()> {
    outcome::keep(tx, message.sender_id, once_of(message).as_ref(), message.id.0, now).await
}

/// Sends a message to another member of the same TwinSpace. Returns the message, and how the sender
/// stands to the TwinSpace.
pub async fn send(actor: Actor<'_>, to: MemberId, draft: Draft) -> Result<(MessageId, Access)> {
    let draft = draft.tidy()?;
    let (sender, now) = (actor.account()?, actor.now);
    let permit = actor.permit::<MemberFacts>(MemberAct::Contact, to).await?;
    let (tx, project, recipient) = (&permit.tx, permit.project()?, permit.on.account);
    // The lock makes it safe to look first: a second request with the same message waits here.
    if let Some(sent) = sent_before(&**tx, (sender, project.id, recipient), &draft).await? {
        return Ok((sent, permit.by));
    }
    let Draft { subject, text, in_reply_to, key } = draft;
    let subject = subject.unwrap_or_default();
    if let Some(answered) = in_reply_to {
        let answered = of(tx, sender, answered).await?;
        let between = [answered.sender_id, answered.recipient_id].contains(&recipient);
        if !between || answered.project_id != project.id {
            let other = "must be a message from or to this member";
            return Err(Error::invalid("inReplyToId", Flaw::NotAllowed(other.into())));
        }
    }
    let recipient = account::Entity::find_by_id(recipient).one(&**tx).await?;
    let recipient = recipient.ok_or(Error::NotFound("member"))?;
    let id = MessageId::new();
    let mailed = notify(tx, &recipient, &project.title, id, now).await?;
    let thread = thread::between(tx, project.id, sender, recipient.id).await?;
    let thread = thread.unwrap_or(ThreadId(id.0));
    let row = message::ActiveModel {
        id: Set(id),
        project_id: Set(project.id),
        thread_id: Set(thread),
        sender_id: Set(sender),
        recipient_id: Set(recipient.id),
        subject: Set(subject),
        text: Set(text),
        in_reply_to: Set(in_reply_to),
        key: Set(key),
        sent_at: Set(now),
        read_at: Set(None),
        mailed: Set(mailed),
        sender_deleted: Set(false),
        recipient_deleted: Set(false),
    };
    row.insert(&**tx).await?;
    for (account, news) in [(recipient.id, InboxNews::Arrived), (sender, InboxNews::Sent)] {
        tx.tell(Event::Inbox { account, message: id, thread, news }).await?;
    }
    permit.tx.commit().await?;
    Ok((id, permit.by))
}

/// Mails that there is a message, without its content or sender. Pupils have no address. Returns
/// whether a mail was written.
async fn notify(
    tx: &Tx,
    recipient: &account::Model,
    project: &str,
    id: MessageId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let Some(email) = &recipient.email else { return Ok(false) };
    let lately = message::Entity::find()
        .filter(message::Column::RecipientId.eq(recipient.id))
        .filter(message::Column::Mailed.eq(true))
        .filter(message::Column::SentAt.gt(now - MAIL_EVERY));
    if lately.one(&**tx).await?.is_some() {
        return Ok(false);
    }
    let letter = Letter::Message { name: recipient.name.clone(), project: project.to_owned() };
    mail::post(tx, email, &recipient.language, &letter, id.0, now).await?;
    Ok(true)
}

/// A message in someone's own mailbox, locked.
pub(crate) async fn of(tx: &Tx, owner: AccountId, id: MessageId) -> Result<message::Model> {
    message::Entity::find_by_id(id)
        .filter(row::in_boxes_of(message::Entity, owner))
        .lock_exclusive()
        .one(&**tx)
        .await?
        .ok_or(Error::NotFound("message"))
}

/// Records that the recipient read a message. A message that has been read stays read.
pub async fn read(db: &Db, reader: AccountId, id: MessageId, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    let message = of(&tx, reader, id).await?;
    if message.recipient_id != reader {
        return Err(Error::Forbidden(Reason::NotReceived));
    }
    if message.read_at.is_some() {
        return Ok(());
    }
    let thread = message.thread_id;
    let mut row = message.into_active_model();
    row.read_at = Set(Some(now));
    row.update(&*tx).await?;
    // A pending mail would announce what is already known.
    mail::withdraw(&tx, id.0).await?;
    tx.tell(changed(reader, id, thread)).await?;
    Ok(tx.commit().await?)
}

/// Marks all unread messages in someone's inbox as read, or those of a thread, or those up to the
/// message with this ID. Returns their number.
pub async fn read_all(
    db: &Db,
    reader: AccountId,
    within: Option<ThreadId>,
    up_to: Option<MessageId>,
    now: DateTime<Utc>,
) -> Result<u64> {
    let tx = db.begin().await?;
    if let Some(thread) = within {
        thread::check(&tx, reader, thread).await?;
    }
    let mut unread = Cond::all()
        .add(message::Column::RecipientId.eq(reader))
        .add(message::Column::RecipientDeleted.eq(false))
        .add(message::Column::ReadAt.is_null());
    if let Some(thread) = within {
        unread = unread.add(message::Column::ThreadId.eq(thread));
    }
    if let Some(last) = up_to {
        unread = unread.add(message::Column::Id.lte(last));
    }
    // Pending mails would announce what is already known.
    let those = message::Entity::find().filter(unread.clone());
    mail::withdraw_those(&tx, those.select_only().column(message::Column::Id).into_query()).await?;
    let read = message::Entity::update_many()
        .col_expr(message::Column::ReadAt, Expr::val(Some(now)))
        .filter(unread)
        .exec(&*tx)
        .await?
        .rows_affected;
    if read > 0 {
        tx.tell(Event::InboxRead { account: reader }).await?;
    }
    tx.commit().await?;
    Ok(read)
}

/// What subscribers receive of a message that was read or deleted.
fn changed(account: AccountId, message: MessageId, thread: ThreadId) -> Event {
    Event::Inbox { account, message, thread, news: InboxNews::Changed }
}

/// Deletes a message from one's own mailbox; the other person keeps their copy. Returns its thread.
pub async fn delete(
    db: &Db,
    owner: AccountId,
    id: MessageId,
    now: DateTime<Utc>,
) -> Result<ThreadId> {
    let tx = db.begin().await?;
    let message = of(&tx, owner, id).await?;
    if message.sender_deleted || message.recipient_deleted {
        keep_key(&tx, &message, now).await?;
    }
    let (received, thread) = (message.recipient_id == owner, message.thread_id);
    let mut row = message.into_active_model();
    if received {
        row.recipient_deleted = Set(true);
        mail::withdraw(&tx, id.0).await?;
    } else {
        row.sender_deleted = Set(true);
    }
    row.update(&*tx).await?;
    sweep(&tx, owner).await?;
    tx.tell(changed(owner, id, thread)).await?;
    tx.commit().await?;
    Ok(thread)
}

/// Deletes a message from both mailboxes.
pub(crate) async fn take_back(tx: &Tx, message: message::Model, now: DateTime<Utc>) -> Result<()> {
    keep_key(tx, &message, now).await?;
    let (id, thread, both) =
        (message.id, message.thread_id, [message.sender_id, message.recipient_id]);
    mail::withdraw(tx, id.0).await?;
    message::Entity::delete_by_id(id).exec(&**tx).await?;
    Ok(tx.tell_all(both.map(|account| changed(account, id, thread)).to_vec()).await?)
}

/// Empties the mailboxes of an account that is erased; recipients keep what it wrote.
pub(crate) async fn forget(tx: &Tx, account: AccountId) -> Result<()> {
    for (whose, deleted) in [
        (message::Column::SenderId, message::Column::SenderDeleted),
        (message::Column::RecipientId, message::Column::RecipientDeleted),
    ] {
        message::Entity::update_many()
            .col_expr(deleted, Expr::val(true))
            .filter(whose.eq(account))
            .exec(&**tx)
            .await?;
    }
    sweep(tx, account).await
}

/// Deletes messages from and to someone that are in no mailbox any more.
async fn sweep(tx: &Tx, account: AccountId) -> Result<()> {
    let theirs = Cond::any()
        .add(message::Column::SenderId.eq(account))
        .add(message::Column::RecipientId.eq(account));
    message::Entity::delete_many()
        .filter(theirs)
        .filter(message::Column::SenderDeleted.eq(true))
        .filter(message::Column::RecipientDeleted.eq(true))
        .exec(&**tx)
        .await?;
    Ok(())
}
