//! One type per kind of ID, so that an account is never passed where a project is expected.
//!
//! A primary key is a UUID v7. To clients an ID is opaque but shows its kind:
//! `member_0193e0c4a7b17c02b7a5c0b3f4d2e911`.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The kind of an ID.
pub trait Kind: Copy + From<Uuid> {
    /// The part before the underscore.
    const PREFIX: &'static str;

    /// Alternative prefixes: IDs with the same key under other names.
    const ALSO: &'static [&'static str] = &[];

    /// The bare key.
    fn uuid(self) -> Uuid;

    /// Parses an ID of this kind; `None` if it is of another kind or not an ID.
    fn read(text: &str) -> Option<Self> {
        let (prefix, key) = text.split_once('_')?;
        if prefix != Self::PREFIX && !Self::ALSO.contains(&prefix) {
            return None;
        }
        // One spelling per ID, because clients use IDs as cache keys.
        let canonical = key.len() == 32 && !key.bytes().any(|b| b.is_ascii_uppercase());
        canonical.then(|| Uuid::try_parse(key).ok())?.map(Self::from)
    }

    /// Formats the ID as clients see it.
    fn show(self) -> String {
        format!("{}_{}", Self::PREFIX, self.uuid().simple())
    }
}

macro_rules! ids {
    ($($(#[doc = $doc:literal])+ $name:ident $prefix:literal $(or $also:literal)*)+) => {$(
        $(#[doc = $doc])+
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize,
        )]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new ID, ordered after all earlier ones.
            #[expect(clippy::new_without_default, reason = "an id is no default")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl Kind for $name {
            const PREFIX: &'static str = $prefix;
            const ALSO: &'static [&'static str] = &[$($also),*];

            fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(key: Uuid) -> Self {
                Self(key)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.show())
            }
        }

        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        #[Scalar(name = "ID")]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                let read = match &value {
                    Value::String(text) => Self::read(text),
                    _ => None,
                };
                read.ok_or_else(|| {
                    InputValueError::custom(concat!("An ID that begins with `", $prefix, "_` is expected."))
                        .with_extension("expects", $prefix)
                })
            }

            fn to_value(&self) -> Value {
                Value::String(self.show())
            }
        }
    )+};
}

ids! {
    /// A person: their account's key.
    AccountId "person"
    /// A support service's decision on a project, pending or made.
    ApprovalId "approval"
    /// An entry in the audit log.
    AuditId "audit"
    /// A message in a chat room.
    ChatMessageId "chat"
    /// A consent given by or for a pupil.
    ConsentId "consent"
    /// A contact between two teachers.
    ContactId "contact"
    /// A transfer of custody to another teacher.
    CustodyTransferId "custodytransfer"
    /// An entry in a project's diary.
    DiaryEntryId "diary"
    /// An invitation to a project or TwinSpace.
    InvitationId "invitation"
    /// A partner's application for a quality label.
    LabelApplicationId "label"
    /// A pending mail.
    MailId "mail"
    /// An image, video or other file in a TwinSpace.
    MediaId "media"
    /// A person's membership in a TwinSpace.
    MemberId "member"
    /// A message from one member to another.
    MessageId "message"
    /// A page of a TwinSpace.
    PageId "page"
    /// A permission to edit a page.
    PageGrantId "pagegrant"
    /// A version of a page, as saved by an edit.
    PageVersionId "pageversion"
    /// A teacher's partnership in a project.
    PartnerId "partner"
    /// A project.
    ProjectId "project"
    /// A pupil in the viewer's custody: the account's key under another name. Arguments for a pupil
    /// also accept the person's ID.
    PupilId "pupil" or "person"
    /// What others did to a pupil.
    PupilNewsId "pupilnews"
    /// A request to bring a pupil into a TwinSpace.
    PupilRequestId "pupilrequest"
    /// A reported message.
    ReportId "report"
    /// A school.
    SchoolId "school"
    /// The support service of a country or region.
    ServiceId "service"
    /// A session of an account.
    SessionId "session"
    /// A proposal to transfer a founder's powers to another partner.
    SuccessionId "succession"
    /// The messages between two members of a TwinSpace.
    ThreadId "thread"
    /// The TwinSpace of a project: the same key under another name.
    TwinSpaceId "twinspace"
}

impl From<AccountId> for PupilId {
    fn from(account: AccountId) -> Self {
        Self(account.0)
    }
}

impl From<PupilId> for AccountId {
    fn from(pupil: PupilId) -> Self {
        Self(pupil.0)
    }
}

impl From<ProjectId> for TwinSpaceId {
    fn from(project: ProjectId) -> Self {
        Self(project.0)
    }
}

impl From<TwinSpaceId> for ProjectId {
    fn from(space: TwinSpaceId) -> Self {
        Self(space.0)
    }
}
