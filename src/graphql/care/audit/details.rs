//! The details of an entry in the audit log, each with its type.

use async_graphql::{Enum, InputType, SimpleObject};
use entity::{
    AccountId, Act, ChatMessageId, ConsentScope, CustodyTransferState, DiaryEntryId,
    InvitationKind, Kind, MediaId, MessageId, PageId, ProjectRole, PupilRequestState, SchoolId,
    TwinSpaceRole,
    audit::{Detail, Details},
};
use sea_orm::ActiveEnum;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The kind of content that was taken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ContentKind {
    /// A message in the chat room.
    ChatMessage,
    /// An entry of the project's diary.
    DiaryEntry,
    /// An image, video or other file.
    Media,
    /// A message from one member to another.
    Message,
    /// A page.
    Page,
}

impl ContentKind {
    /// What its IDs begin with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::ChatMessage => ChatMessageId::PREFIX,
            Self::DiaryEntry => DiaryEntryId::PREFIX,
            Self::Media => MediaId::PREFIX,
            Self::Message => MessageId::PREFIX,
            Self::Page => PageId::PREFIX,
        }
    }

    /// The kind as it is stored.
    fn read(stored: &str) -> Option<Self> {
        Some(match stored {
            "chat" => Self::ChatMessage,
            "diary_entry" => Self::DiaryEntry,
            "media" => Self::Media,
            "message" => Self::Message,
            "page" => Self::Page,
            _ => return None,
        })
    }
}

/// Further details of an action: IDs, roles, states and numbers, but never names. Each field says which
/// actions have it; it is null for all others.
#[derive(Debug, Default, Serialize, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct AuditDetails {
    /// The role in the TwinSpace: the one offered (`INVITATION_…`, `PUPIL_REQUESTED`), given
    /// (`MEMBER_ROLE_CHANGED`, `PUPIL_CREATED`, `PUPIL_ATTACHED`), or held at the end (`MEMBER_REMOVED`,
    /// `MEMBER_LEFT`).
    #[serde(serialize_with = "shown")]
    role: Option<TwinSpaceRole>,
    /// The role in the TwinSpace before (`MEMBER_ROLE_CHANGED`).
    #[serde(serialize_with = "shown")]
    role_before: Option<TwinSpaceRole>,
    /// The role in the project (`PARTNER_ROLE_CHANGED`).
    #[serde(serialize_with = "shown")]
    project_role: Option<ProjectRole>,
    /// The role in the project before (`PARTNER_ROLE_CHANGED`).
    #[serde(serialize_with = "shown")]
    project_role_before: Option<ProjectRole>,
    /// Whether the partner has a founder's powers from then on (`PARTNER_ROLE_CHANGED` by a succession,
    /// P-15).
    is_founder: Option<bool>,
    /// Whether it was acknowledged that a pupil's account gets a role that is not a pupil role
    /// (`MEMBER_ROLE_CHANGED`, M-12).
    acknowledged: Option<bool>,
    /// What the invitation offers (`INVITATION_…`).
    #[serde(serialize_with = "shown")]
    invitation_kind: Option<InvitationKind>,
    /// What the consent covers (`CONSENT_RECORDED`, `CONSENT_WITHDRAWN`).
    #[serde(serialize_with = "shown")]
    consent_scope: Option<ConsentScope>,
    /// The ID of the custodian before (`CUSTODY_…`); null if they had no account any more.
    #[serde(serialize_with = "shown")]
    from_person_id: Option<AccountId>,
    /// The ID of the teacher to whom custody was offered or transferred, or who asked for it
    /// (`CUSTODY_…`).
    #[serde(serialize_with = "shown")]
    to_person_id: Option<AccountId>,
    /// How the transfer ended (`CUSTODY_TRANSFER_ENDED`).
    #[serde(serialize_with = "shown")]
    custody_transfer_state: Option<CustodyTransferState>,
    /// How the request ended (`PUPIL_REQUEST_ENDED`).
    #[serde(serialize_with = "shown")]
    pupil_request_state: Option<PupilRequestState>,
    /// The ID of the founder who had left (`SUCCESSION_…`).
    #[serde(serialize_with = "shown")]
    departed_person_id: Option<AccountId>,
    /// Whether the pupil was tagged; false if the tag was removed (`MEDIA_PICTURED_CHANGED`).
    tagged: Option<bool>,
    /// Whether the chat room is open to pupils from then on (`SETTINGS_EDITED`).
    chat_open_to_pupils: Option<bool>,
    /// What kind of content it was (`CONTENT_TAKEN_DOWN`).
    #[serde(serialize_with = "shown")]
    pub content_kind: Option<ContentKind>,
    /// How many usernames were looked up (`PUPILS_LOOKED_UP` by a teacher).
    username_count: Option<u64>,
    /// How many pupils had one of the usernames (`PUPILS_LOOKED_UP` by a teacher, or 0 if an administrator
    /// found nobody).
    found_count: Option<u64>,
    /// How many pupils had one of the names (`PUPILS_LOOKED_UP` by a teacher).
    found_by_name_count: Option<u64>,
    /// The number of mails (`MAIL_RETRIED`).
    mail_count: Option<u64>,
    /// The ID of the school that was merged into the `subject` (`SCHOOLS_MERGED`).
    #[serde(serialize_with = "shown")]
    merged_school_id: Option<SchoolId>,
    /// Whether the password was changed through a mailed link; false if by the server's operator
    /// (`PASSWORD_CHANGED`). Null if its owner entered the old one.
    by_mailed_link: Option<bool>,
    /// Whether the account was a guest's before (`ACCOUNT_CREATED`).
    from_guest: Option<bool>,
    /// Whether it was done elsewhere, and is recorded here because the pupil is in this TwinSpace, too.
    elsewhere: Option<bool>,
}

impl AuditDetails {
    /// The details of an act; none if it has none.
    pub fn of(act: Act, details: &Details) -> Option<Self> {
        let mut told = Self::default();
        for (key, value) in &details.0 {
            if let Some(detail) = Detail::read(key) {
                told.take(act, detail, value);
            }
        }
        (!details.0.is_empty()).then_some(told)
    }

    /// The details that there are, as JSON with the API's names and IDs.
    pub fn json(&self) -> serde_json::Result<String> {
        let mut all = serde_json::to_value(self)?;
        if let Value::Object(all) = &mut all {
            all.retain(|_, value| !value.is_null());
        }
        serde_json::to_string(&all)
    }

    fn take(&mut self, act: Act, detail: Detail, value: &Value) {
        let text = value.as_str().unwrap_or_default();
        match detail {
            Detail::Acknowledged => self.acknowledged = value.as_bool(),
            Detail::By => self.by_mailed_link = Some(text == "mailed link"),
            Detail::ChatOpenToPupils => self.chat_open_to_pupils = value.as_bool(),
            Detail::Departed => self.departed_person_id = AccountId::read(text),
            Detail::Elsewhere => self.elsewhere = value.as_bool(),
            Detail::Found => self.found_count = value.as_u64(),
            Detail::FoundByName => self.found_by_name_count = value.as_u64(),
            Detail::Founder => self.is_founder = value.as_bool(),
            Detail::From => match act {
                Act::MemberRoleChanged => self.role_before = stored(text),
                Act::PartnerRoleChanged => self.project_role_before = stored(text),
                Act::SchoolsMerged => self.merged_school_id = SchoolId::read(text),
                Act::AccountCreated => self.from_guest = Some(text == "guest"),
                _ => self.from_person_id = AccountId::read(text),
            },
            Detail::Kind => match act {
                Act::ContentTakenDown => self.content_kind = ContentKind::read(text),
                _ => self.invitation_kind = stored(text),
            },
            Detail::Mails => self.mail_count = value.as_u64(),
            Detail::Named => self.tagged = value.as_bool(),
            Detail::Role => self.role = stored(text),
            Detail::Scope => self.consent_scope = stored(text),
            Detail::State => match act {
                Act::PupilRequestEnded => self.pupil_request_state = stored(text),
                _ => self.custody_transfer_state = stored(text),
            },
            Detail::To => match act {
                Act::MemberRoleChanged => self.role = stored(text),
                Act::PartnerRoleChanged => self.project_role = stored(text),
                _ => self.to_person_id = AccountId::read(text),
            },
            Detail::Usernames => self.username_count = value.as_u64(),
        }
    }
}

/// An ID or the value of an enum, as the API shows it.
#[expect(clippy::ref_option, reason = "serde passes it like this")]
fn shown<T: InputType, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    value.as_ref().map(InputType::to_value).serialize(serializer)
}

/// A value as it is stored.
fn stored<E: ActiveEnum<Value = String>>(text: &str) -> Option<E> {
    E::try_from_value(&text.to_owned()).ok()
}
