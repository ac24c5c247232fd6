//! Contacts (C-01).

use async_graphql::{Context, InputObject, Object};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    desktop::contact::{self, ContactRow},
    list::cell,
};
use entity::{AccountId, ContactId, ContactState};

use crate::graphql::{
    accounts::person::Person,
    connection,
    context::ContextExt,
    guard::Teacher,
    loader::Rows,
    payload::{gone_from_viewer, inputs, payload},
};

/// A teacher who is a contact of the viewer, or with whom a contact request is pending.
pub struct Contact {
    row: ContactRow,
    viewer: AccountId,
}

impl Contact {
    /// One of the viewer's contacts.
    pub fn new(row: ContactRow, viewer: AccountId) -> Self {
        Self { row, viewer }
    }

    /// The viewer's contact with this ID.
    pub async fn load(ctx: &Context<'_>, id: ContactId) -> Result<Self> {
        let missing = || Error::NotFound("contact");
        let viewer = ctx.signed_in()?.account_id;
        let columns = connection::columns::<ContactRow>(ctx);
        let row = ctx.load::<Rows<ContactRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        match [cell(&row.requester_id)?, cell(&row.addressee_id)?].contains(&viewer) {
            true => Ok(Self { row: (*row).clone(), viewer }),
            false => Err(missing()),
        }
    }

    fn asked_by_viewer(&self) -> Result<bool> {
        Ok(cell(&self.row.requester_id)? == self.viewer)
    }
}

/// A teacher who is a contact of the viewer, or with whom a contact request is pending.
#[Object]
impl Contact {
    /// The ID.
    pub async fn id(&self) -> Result<ContactId> {
        cell(&self.row.id)
    }

    /// The other teacher.
    async fn person(&self) -> Result<Person> {
        let row = &self.row;
        Ok(match self.asked_by_viewer()? {
            true => Person::new(cell(&row.addressee_id)?, row.addressee_name.clone()),
            false => Person::new(cell(&row.requester_id)?, row.requester_name.clone()),
        })
    }

    /// The state of the contact.
    async fn state(&self) -> Result<ContactState> {
        cell(&self.row.state)
    }

    /// Whether the viewer sent the request.
    async fn requested_by_viewer(&self) -> Result<bool> {
        self.asked_by_viewer()
    }

    /// When the contact was requested or, once accepted, when it began.
    async fn since(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.created_at)
    }
}

/// Input for `requestContact`.
#[derive(InputObject)]
pub struct RequestContactInput {
    /// The teacher.
    person_id: AccountId,
}

inputs! {
    contact_id: ContactId, "The contact.";
    /// Input for `acceptContact`.
    AcceptContactInput
    /// Input for `declineContact`.
    DeclineContactInput
    /// Input for `removeContact`.
    RemoveContactInput
}

payload! {
    /// Result of `requestContact`.
    RequestContactPayload(ContactId) {
        /// The contact. It is pending until the other teacher responds, and accepted if they had
        /// already sent a request.
        contact: Contact, viewer
    }
}

payload! {
    /// Result of `acceptContact`.
    AcceptContactPayload(ContactId) {
        /// The contact.
        contact: Contact, viewer
    }
}

gone_from_viewer! {
    /// Result of `declineContact`.
    DeclineContactPayload {
        /// The ID that it had.
        contact_id: ContactId
    }
}

gone_from_viewer! {
    /// Result of `removeContact`.
    RemoveContactPayload {
        /// The ID that it had.
        contact_id: ContactId
    }
}

/// The mutations of contacts.
#[derive(Default)]
pub struct ContactMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl ContactMutation {
    /// Sends a contact request to a teacher (C-01).
    #[graphql(guard = "Teacher")]
    async fn request_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The teacher to contact.")] input: RequestContactInput,
    ) -> Result<Option<RequestContactPayload>> {
        let viewer = ctx.signed_in()?.account_id;
        let asked = contact::request(ctx.db(), viewer, input.person_id, ctx.now());
        let whom = input.person_id.to_string();
        let id = ctx.app().limits.inviting(viewer, &whom, None, asked).await?;
        Ok(ctx.changed(RequestContactPayload(id)))
    }

    /// Accepts another teacher's contact request.
    #[graphql(guard = "Teacher")]
    async fn accept_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contact.")] input: AcceptContactInput,
    ) -> Result<Option<AcceptContactPayload>> {
        let viewer = ctx.signed_in()?.account_id;
        contact::accept(ctx.db(), viewer, input.contact_id, ctx.now()).await?;
        Ok(ctx.changed(AcceptContactPayload(input.contact_id)))
    }

    /// Declines another teacher's contact request.
    #[graphql(guard = "Teacher")]
    async fn decline_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contact.")] input: DeclineContactInput,
    ) -> Result<Option<DeclineContactPayload>> {
        let viewer = ctx.signed_in()?.account_id;
        contact::decline(ctx.db(), viewer, input.contact_id).await?;
        Ok(ctx.changed(DeclineContactPayload { contact_id: input.contact_id }))
    }

    /// Ends a contact, or cancels the viewer's request. Either teacher can do this at any time.
    #[graphql(guard = "Teacher")]
    async fn remove_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contact.")] input: RemoveContactInput,
    ) -> Result<Option<RemoveContactPayload>> {
        let viewer = ctx.signed_in()?.account_id;
        contact::remove(ctx.db(), viewer, input.contact_id).await?;
        Ok(ctx.changed(RemoveContactPayload { contact_id: input.contact_id }))
    }
}
