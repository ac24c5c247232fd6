//! Members of TwinSpaces.

use sea_orm::entity::prelude::*;

use crate::{AccountId, ChatMessageId, MemberId, ProjectId, SchoolId, TwinSpaceRole};

/// A membership in a TwinSpace.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MemberId,
    /// The project of the TwinSpace.
    pub project_id: ProjectId,
    /// The person.
    pub account_id: AccountId,
    /// Their role.
    pub role: TwinSpaceRole,
    /// The person who invited them; `None` for founders.
    pub inviter_id: Option<AccountId>,
    /// The account's name. The database keeps it and the next three up to date, so that lists are read
    /// from this table alone, and one index serves sorting and searching.
    pub name: String,
    /// The account's `name_key`.
    pub name_key: String,
    /// The account's username.
    pub username: Option<String>,
    /// The account's school.
    pub school_id: Option<SchoolId>,
    /// When they joined.
    pub joined_at: DateTimeUtc,
    /// When they were last online, to the minute: visible only to the member, and used to determine
    /// who is online.
    pub last_seen_at: Option<DateTimeUtc>,
    /// The day of the last visit, which others may see and sort by (M-02); [`NEVER`] if there was
    /// none.
    pub last_access_on: Date,
    /// The latest message in the chat room that they have read, which may have been deleted since;
    /// `None` until they have read one.
    pub chat_read_id: Option<ChatMessageId>,
}

/// The day that stands for "never", so that one index serves the order.
pub const NEVER: Date = Date::from_ymd_opt(1970, 1, 1).expect("the first day of the epoch");

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// A new member. The database copies the name, the username and the school of the account.
    pub fn new(
        project_id: ProjectId,
        account_id: AccountId,
        role: TwinSpaceRole,
        inviter_id: Option<AccountId>,
        joined_at: DateTimeUtc,
    ) -> Self {
        Self {
            id: MemberId::new(),
            project_id,
            account_id,
            role,
            inviter_id,
            name: String::new(),
            name_key: String::new(),
            username: None,
            school_id: None,
            joined_at,
            last_seen_at: None,
            last_access_on: NEVER,
            chat_read_id: None,
        }
    }
}

impl Entity {
    /// The members of a project's TwinSpace.
    pub fn of(project: ProjectId) -> Select<Self> {
        Self::find().filter(Column::ProjectId.eq(project))
    }
}
