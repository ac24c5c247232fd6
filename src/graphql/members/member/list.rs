//! Lists of members: their filter and their order.

use async_graphql::{Enum, InputObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Reason, Result,
    access::Access,
    members::member::{self},
    text::Wanted,
};
use entity::{AccountKind, TwinSpaceRole};
use policy::{Tie, TwinSpacePermission};

/// Filters members.
#[derive(InputObject, Default)]
pub struct MemberFilter {
    /// Returns only members with one of these roles.
    pub roles: Option<Vec<TwinSpaceRole>>,
    /// Returns only members with one of these kinds of account.
    pub kinds: Option<Vec<AccountKind>>,
    /// If true, returns only members who are online; if false, only those who are not. Requires
    /// permission to see when members were last online.
    pub online: Option<bool>,
    /// If true, returns only members whom the viewer invited; if false, only others.
    pub invited_by_viewer: Option<bool>,
    /// Returns only members whose name (or username, for those who can see it) contains each of
    /// these words, in any order, ignoring case and accents; at most 200 characters.
    pub search: Option<String>,
    /// If true, returns only pupils of whom pictures may be added; if false, only those of whom
    /// they may not. Requires permission to add media (M-14).
    pub may_be_pictured: Option<bool>,
}

impl MemberFilter {
    /// The filter of the domain, limited to what the viewer may use.
    pub fn take(self, access: &Access, now: DateTime<Utc>) -> Result<member::Filter> {
        if self.online.is_some() {
            sees_last_access(access)?;
        }
        if self.may_be_pictured.is_some() {
            let adds = TwinSpacePermission::AddMedia;
            access.grants(adds, Tie::default(), Reason::NotYours).map_err(Error::forbidden)?;
        }
        Ok(member::Filter {
            roles: self.roles,
            kinds: self.kinds,
            seen_after: self.online.map(|online| (now - member::ONLINE, online)),
            invited_by: access.person.account.zip(self.invited_by_viewer),
            search: self.search.as_deref().map(Wanted::read).transpose()?,
            usernames: access
                .grants(TwinSpacePermission::InvitePupils, Tie::default(), Reason::RoleTooLow)
                .is_ok(),
            pictured: self.may_be_pictured,
            of: None,
            without_pupils: !access.sees_pupils(),
        })
    }
}

/// The fields by which members can be sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum MemberOrderField {
    /// The name.
    Name,
    /// When they joined.
    JoinedAt,
    /// The day of their last visit. Requires permission to see it.
    LastAccess,
}

/// The direction in which a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum OrderDirection {
    /// Ascending: from A to Z, or oldest first.
    Asc,
    /// Descending: from Z to A, or newest first.
    Desc,
}

/// How members are sorted.
#[derive(InputObject)]
pub struct MemberOrder {
    /// The field to sort by.
    field: MemberOrderField,
    /// The direction. Defaults to `ASC`.
    direction: Option<OrderDirection>,
}

impl Default for MemberOrder {
    fn default() -> Self {
        Self { field: MemberOrderField::Name, direction: None }
    }
}

impl MemberOrder {
    /// The order of the domain, and whether it is reversed.
    pub fn take(&self, access: &Access) -> Result<(member::Order, bool)> {
        let order = match self.field {
            MemberOrderField::Name => member::Order::Name,
            MemberOrderField::JoinedAt => member::Order::Joined,
            MemberOrderField::LastAccess => {
                sees_last_access(access)?;
                member::Order::LastAccess
            }
        };
        Ok((order, self.direction == Some(OrderDirection::Desc)))
    }
}

fn sees_last_access(access: &Access) -> Result<()> {
    let permission = TwinSpacePermission::SeeLastAccess;
    access.grants(permission, Tie::default(), Reason::NotYours).map_err(Error::forbidden)
}
