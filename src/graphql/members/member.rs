//! Members of a TwinSpace (M-01 to M-03, M-12 to M-14).

use std::sync::Arc;

use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Reason, Result,
    access::Access,
    accounts::picture::Shown,
    list::{Columns, cell},
    members::{
        member::{
            self, MemberRow,
            found::{BASIS, SUBJECT},
        },
        pupil::rule::counts_as_pupil,
    },
    text::Wanted,
};
use entity::{
    AccountId, AccountKind, MemberId, ProjectId, TwinSpaceId, TwinSpaceRole, member::NEVER,
};
use policy::{Allowance, MemberAct, MemberFacts, Refusal, Subject, Tie, TwinSpacePermission};

use crate::graphql::{
    accounts::{person::Person, picture::ProfilePicture, school::School},
    connection,
    context::ContextExt,
    desktop::viewer::Viewer,
    eager::Eager,
    guard::{Decides, Public, Sees},
    inside::twin_space::TwinSpace,
    loader::{Consents, MembersOf, Rows},
    members::consent::Consent,
    payload::{gone, payload},
    projects::project::Project,
    scalar::Date,
};

/// A person's membership in a TwinSpace.
#[derive(Clone, Debug)]
pub struct Member {
    row: Arc<MemberRow>,
    /// The viewer's access.
    pub access: Arc<Access>,
}

impl Member {
    /// A member loaded with this access.
    pub fn new(row: impl Into<Arc<MemberRow>>, access: Arc<Access>) -> Self {
        Self { row: row.into(), access }
    }

    /// The member with this ID, with the requested columns.
    pub async fn load(ctx: &Context<'_>, id: MemberId) -> Result<Self> {
        let columns = connection::columns::<MemberRow>(ctx).and::<MemberRow>(BASIS);
        Self::one(ctx, id, columns).await
    }

    /// The member with this ID, with the columns that determine what may be done to them.
    pub async fn subject(ctx: &Context<'_>, id: MemberId) -> Result<Self> {
        let columns = Columns::default().and::<MemberRow>(BASIS).and::<MemberRow>(SUBJECT);
        Self::one(ctx, id, columns).await
    }

    async fn one(ctx: &Context<'_>, id: MemberId, columns: Columns) -> Result<Self> {
        ctx.signed_in()?;
        let missing = || Error::NotFound("member");
        let row = ctx.load::<Rows<MemberRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        let access =
            ctx.twin_space(cell(&row.project_id)?).await.map_err(|error| error.within("member"))?;
        let pupil = counts_as_pupil(cell(&row.kind)?, Some(cell(&row.role)?));
        let own = access.member.is_some_and(|(own, _)| own == id);
        if pupil && !own && !sees_pupils(&access) {
            return Err(missing());
        }
        Ok(Self { row, access })
    }

    /// The membership of a person mentioned in a TwinSpace; `None` if they have left or are not
    /// visible to the viewer.
    pub async fn of(
        ctx: &Context<'_>,
        project: ProjectId,
        account: AccountId,
    ) -> Result<Option<Self>> {
        let Some(id) = ctx.load::<MembersOf>((project, account)).await? else { return Ok(None) };
        match Self::load(ctx, *id).await {
            Err(Error::NotFound(_) | Error::Unauthenticated) => Ok(None),
            found => found.map(Some),
        }
    }

    /// Whether the viewer may contact a person mentioned in a TwinSpace.
    pub async fn may_contact(
        ctx: &Context<'_>,
        project: ProjectId,
        account: AccountId,
    ) -> Result<Allowance> {
        let gone = || Allowance::from(Err(Reason::NotAMember));
        let Some(id) = ctx.load::<MembersOf>((project, account)).await? else {
            return Ok(gone());
        };
        match Self::subject(ctx, *id).await {
            Err(Error::NotFound(_)) => Ok(gone()),
            found => Ok(found?.decide(MemberAct::Contact)?.into()),
        }
    }

    /// Whether the viewer may do this to them.
    pub fn decide(&self, act: MemberAct) -> Result<Result<(), Refusal>> {
        Ok(self.row.subject()?.decide(act, &self.access))
    }

    fn is_viewers(&self) -> Result<bool> {
        Ok(Some(cell(&self.row.account_id)?) == self.access.person.account)
    }
}

/// M-20: visitors see the counts but not the pupils. Lists filter by the same rule.
pub fn sees_pupils(access: &Access) -> bool {
    access.grants(TwinSpacePermission::SeePupils, Tie::default(), Reason::NotYours).is_ok()
}

/// A person's membership in a TwinSpace.
#[Object(guard = "crate::graphql::guard::Unguarded")]
impl Member {
    /// The ID of the membership. A person has a different one in each TwinSpace.
    #[graphql(guard = "Public")]
    pub async fn id(&self) -> Result<MemberId> {
        cell(&self.row.id)
    }

    /// The TwinSpace.
    #[graphql(guard = "Public")]
    async fn twin_space(&self) -> Eager<TwinSpace> {
        Eager(TwinSpace::new(Arc::clone(&self.access)))
    }

    /// The role in this TwinSpace. The same person may have different roles in other TwinSpaces.
    #[graphql(guard = "Public")]
    async fn role(&self) -> Result<TwinSpaceRole> {
        cell(&self.row.role)
    }

    /// The name.
    #[graphql(guard = "Public")]
    async fn name(&self) -> Result<&str> {
        self.row.name.as_deref().ok_or_else(|| Error::internal("the name was not requested"))
    }

    /// The person. The same person may be a member of other TwinSpaces.
    #[graphql(guard = "Public")]
    async fn person(&self) -> Result<Eager<Person>> {
        Ok(Eager(Person::new(cell(&self.row.account_id)?, self.row.name.clone())))
    }

    /// The kind of account they have.
    #[graphql(guard = "Public")]
    async fn kind(&self) -> Result<AccountKind> {
        cell(&self.row.kind)
    }

    /// The school; only teachers and pupils have one.
    #[graphql(guard = "Public")]
    async fn school(&self) -> Result<Option<Eager<School>>> {
        Ok(School::of(&self.row.school)?.map(Eager))
    }

    /// The username with which a pupil signs in. Visible to those who may invite pupils.
    #[graphql(guard = "Sees(TwinSpacePermission::InvitePupils, Arc::clone(&self.access))")]
    async fn username(&self) -> Result<Option<String>> {
        cell(&self.row.username)
    }

    /// The custodian: the teacher responsible for a pupil. Visible to those who may invite pupils.
    #[graphql(guard = "Sees(TwinSpacePermission::InvitePupils, Arc::clone(&self.access))")]
    async fn custodian(&self) -> Result<Option<Eager<Person>>> {
        Ok(cell(&self.row.custodian_id)?.map(|id| Eager(Person::new(id, None))))
    }

    /// The consents given by or for a pupil in this TwinSpace, including withdrawn ones, oldest
    /// first. Visible to those who may invite pupils (M-14).
    #[graphql(guard = "Sees(TwinSpacePermission::InvitePupils, Arc::clone(&self.access))")]
    async fn consents(&self, ctx: &Context<'_>) -> Result<Option<Vec<Consent>>> {
        let consents = ctx.load::<Consents>(cell(&self.row.account_id)?).await?;
        let here = |consent: &&entity::consent::Model| consent.project_id == self.access.project_id;
        let consents = consents.as_deref().map(Vec::as_slice).unwrap_or_default();
        Ok(Some(consents.iter().filter(here).cloned().map(Consent::from).collect()))
    }

    /// The person who invited them; null for founders, and if it was a pupil whom the viewer cannot
    /// see (M-20).
    #[graphql(guard = "Public")]
    async fn inviter(&self) -> Result<Option<Eager<Person>>> {
        let seen = !cell(&self.row.inviter_is_pupil)? || sees_pupils(&self.access);
        let id = cell(&self.row.inviter_id)?.filter(|_| seen);
        Ok(id.map(|id| Eager(Person::new(id, self.row.inviter_name.clone().flatten()))))
    }

    /// Whether they are a founder of the project.
    #[graphql(guard = "Public")]
    async fn is_founder(&self) -> Result<bool> {
        Ok(cell(&self.row.founder)?.unwrap_or(false))
    }

    /// The photo, or the avatar if there is no photo; null if there is neither. A pupil's photo is
    /// shown only in TwinSpaces where there is consent to pictures of them (A-08, M-14).
    #[graphql(guard = "Public")]
    async fn picture(&self, ctx: &Context<'_>) -> Result<Option<ProfilePicture>> {
        let shown = Shown { avatar: cell(&self.row.avatar)?, photo: cell(&self.row.photo)? };
        ProfilePicture::of(ctx, cell(&self.row.id)?, shown)
    }

    /// Their profile text; empty if there is none.
    #[graphql(guard = "Public")]
    async fn profile(&self) -> Result<String> {
        cell(&self.row.profile)
    }

    /// Whether pictures of this pupil may be added here, which requires a valid consent (M-14).
    /// Null for members who are not pupils. Visible to those who may add media.
    #[graphql(guard = "Sees(TwinSpacePermission::AddMedia, Arc::clone(&self.access))")]
    async fn may_be_pictured(&self) -> Result<Option<bool>> {
        let pupil = cell(&self.row.kind)? == AccountKind::Pupil;
        Ok(Some(cell(&self.row.pictured)?).filter(|_| pupil))
    }

    /// Whether this is the viewer.
    #[graphql(guard = "Public")]
    async fn is_viewer(&self) -> Result<bool> {
        self.is_viewers()
    }

    /// When they joined.
    #[graphql(guard = "Public")]
    async fn joined_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.joined_at)
    }

    /// The day of their last visit, in UTC; null if they have never visited. Visible to teachers.
    /// The exact time is visible only to the member themselves (M-02).
    #[graphql(guard = "Sees(TwinSpacePermission::SeeLastAccess, Arc::clone(&self.access))")]
    async fn last_access(&self) -> Result<Option<Date>> {
        Ok(Some(cell(&self.row.last_access_on)?).filter(|&day| day != NEVER).map(Date))
    }

    /// Whether they are online: active in the TwinSpace within the last five minutes, or subscribed
    /// to something in it.
    #[graphql(guard = "Sees(TwinSpacePermission::SeeLastAccess, Arc::clone(&self.access))")]
    async fn online(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        let since = ctx.now() - member::ONLINE;
        Ok(Some(cell(&self.row.last_seen_at)?.is_some_and(|seen| seen > since)))
    }

    /// When they were last online, to the minute. Visible only to the member themselves; null for
    /// everyone else.
    #[graphql(guard = "Public")]
    async fn last_seen_at(&self) -> Result<Option<DateTime<Utc>>> {
        Ok(cell(&self.row.last_seen_at)?.filter(|_| self.is_viewers().unwrap_or(false)))
    }

    /// What the viewer may do with this member, with a reason for anything that is not allowed
    /// (M-18).
    #[graphql(guard = "Public", complexity = 5)]
    async fn permissions(&self) -> Result<MemberPermissions> {
        Ok(MemberPermissions::of(&self.access, &self.row.subject()?))
    }
}

/// What the viewer may do with a member, with a reason for anything that is not allowed.
#[derive(SimpleObject)]
pub struct MemberPermissions {
    /// Contact them.
    contact: Allowance,
    /// Change their role.
    change_role: Allowance,
    /// Record and withdraw their consents, if they are a pupil.
    edit_details: Allowance,
    /// Correct their name in all TwinSpaces, if they are a pupil.
    rename: Allowance,
    /// Remove them.
    remove: Allowance,
    /// Set a new password for them, if they are a pupil.
    reset_password: Allowance,
    /// Offer custody of them to another teacher, if they are a pupil.
    transfer_custody: Allowance,
    /// Ask to take over custody of them, if they are a pupil.
    take_over_custody: Allowance,
    /// Leave the TwinSpace, if this is the viewer.
    leave: Allowance,
}

impl MemberPermissions {
    fn of(access: &Access, member: &MemberFacts) -> Self {
        let ask = |act| member.decide(act, access).into();
        // Every teacher may give this role, if any.
        let to = TwinSpaceRole::Pupil;
        Self {
            contact: ask(MemberAct::Contact),
            change_role: ask(MemberAct::ChangeRole { to, acknowledged: true }),
            edit_details: ask(MemberAct::RecordConsent),
            rename: ask(MemberAct::Rename),
            remove: ask(MemberAct::Remove),
            reset_password: ask(MemberAct::ResetPassword),
            transfer_custody: ask(MemberAct::OfferCustody),
            take_over_custody: ask(MemberAct::TakeOverCustody),
            leave: ask(MemberAct::Leave),
        }
    }
}

/// Filters members.
#[derive(InputObject, Default)]
pub struct MemberFilter {
    /// Returns only members with one of these roles.
    pub roles: Option<Vec<TwinSpaceRole>>,
    /// Returns only members with one of these kinds of account.
    pub kinds: Option<Vec<AccountKind>>,
    /// Returns only members who are online. Requires permission to see when members were last
    /// online.
    #[graphql(default)]
    pub online: bool,
    /// Returns only members whom the viewer invited.
    #[graphql(default)]
    pub invited_by_me: bool,
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
        if self.online {
            sees_last_access(access)?;
        }
        if self.may_be_pictured.is_some() {
            let adds = TwinSpacePermission::AddMedia;
            access.grants(adds, Tie::default(), Reason::NotYours).map_err(Error::Forbidden)?;
        }
        Ok(member::Filter {
            roles: self.roles.unwrap_or_default(),
            kinds: self.kinds.unwrap_or_default(),
            seen_after: self.online.then(|| now - member::ONLINE),
            invited_by: access.person.account.filter(|_| self.invited_by_me),
            search: self.search.as_deref().map(Wanted::read).transpose()?,
            usernames: access
                .grants(TwinSpacePermission::InvitePupils, Tie::default(), Reason::RoleTooLow)
                .is_ok(),
            pictured: self.may_be_pictured,
            of: None,
            without_pupils: !sees_pupils(access),
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
    /// The direction.
    #[graphql(default_with = "OrderDirection::Asc")]
    direction: OrderDirection,
}

impl Default for MemberOrder {
    fn default() -> Self {
        Self { field: MemberOrderField::Name, direction: OrderDirection::Asc }
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
        Ok((order, self.direction == OrderDirection::Desc))
    }
}

fn sees_last_access(access: &Access) -> Result<()> {
    let permission = TwinSpacePermission::SeeLastAccess;
    access.grants(permission, Tie::default(), Reason::NotYours).map_err(Error::Forbidden)
}

/// Input for `changeMemberRole`.
#[derive(InputObject)]
pub struct ChangeMemberRoleInput {
    /// The member.
    member_id: MemberId,
    /// The new role.
    role: TwinSpaceRole,
    /// Confirms that the viewer intends to give a pupil's account a role that is not a pupil role
    /// (M-12).
    #[graphql(default)]
    acknowledge_pupil: bool,
}

payload! {
    /// Result of `changeMemberRole`.
    ChangeMemberRolePayload(MemberId) {
        /// The updated member.
        member: Member
    }
}

/// Input for `removeMember`.
#[derive(InputObject)]
pub struct RemoveMemberInput {
    /// The member.
    member_id: MemberId,
}

gone! {
    /// Result of `removeMember`.
    RemoveMemberPayload {
        /// The ID of the former membership.
        member_id: MemberId,
        /// The TwinSpace; null if the viewer is no longer a member.
        twin_space: TwinSpace
    }
}

/// Input for `leaveTwinSpace`.
#[derive(InputObject)]
pub struct LeaveTwinSpaceInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
}

/// Result of `leaveTwinSpace`.
pub struct LeaveTwinSpacePayload {
    member_id: MemberId,
    twin_space_id: TwinSpaceId,
}

/// Result of `leaveTwinSpace`.
#[Object]
impl LeaveTwinSpacePayload {
    /// The ID of the former membership.
    async fn member_id(&self) -> MemberId {
        self.member_id
    }

    /// The ID of the TwinSpace, which the viewer can no longer see.
    async fn twin_space_id(&self) -> TwinSpaceId {
        self.twin_space_id
    }

    /// The project; null if the viewer can no longer see it.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        Project::mentioned(ctx, self.twin_space_id.into()).await
    }

    /// The viewer, whose memberships have changed with it.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        Viewer::of(ctx)
    }
}

/// Completes a change to a member by somebody who stood to the TwinSpace like this.
async fn changed<T: Send>(ctx: &Context<'_>, by: Access, member: MemberId, value: T) -> T {
    match by.member {
        // Whoever changes their own membership stands to it in another way from now on.
        Some((own, _)) if own == member => ctx.changed(value),
        _ => ctx.changed_by(by, value).await,
    }
}

/// The mutations of members.
#[derive(Default)]
pub struct MemberMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl MemberMutation {
    /// Changes a member's role (M-12). Founders and the last teacher administrator keep theirs.
    #[graphql(
        guard = "Decides(MemberAct::ChangeRole { to: input.role, acknowledged: input.acknowledge_pupil })"
    )]
    async fn change_member_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The member and their new role.")] input: ChangeMemberRoleInput,
    ) -> Result<ChangeMemberRolePayload> {
        let ChangeMemberRoleInput { member_id, role, acknowledge_pupil } = input;
        let acknowledged = acknowledge_pupil;
        let (by, row) = member::change_role(ctx.actor(), member_id, role, acknowledged).await?;
        let payload = changed(ctx, by, member_id, ChangeMemberRolePayload(member_id)).await;
        // If that is all that is asked for, it is at hand.
        let columns = Columns::default().and::<MemberRow>(BASIS);
        ctx.at_hand::<Rows<MemberRow>>((member_id.0, columns), row).await;
        Ok(payload)
    }

    /// Removes a member from the TwinSpace. What they wrote is kept under their name (M-19).
    #[graphql(guard = "Decides(MemberAct::Remove)")]
    async fn remove_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The member to remove.")] input: RemoveMemberInput,
    ) -> Result<RemoveMemberPayload> {
        let RemoveMemberInput { member_id } = input;
        let by = member::remove(ctx.actor(), member_id).await?;
        let project = by.project_id;
        Ok(changed(ctx, by, member_id, RemoveMemberPayload { member_id, project }).await)
    }

    /// Leaves a TwinSpace. Pupils cannot leave by themselves but are removed by their teachers, and
    /// the last teacher administrator must stay (P-14).
    #[graphql(guard = "Decides(MemberAct::Leave)")]
    async fn leave_twin_space(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The TwinSpace to leave.")] input: LeaveTwinSpaceInput,
    ) -> Result<LeaveTwinSpacePayload> {
        let LeaveTwinSpaceInput { twin_space_id } = input;
        let access = ctx.twin_space_from_outside(twin_space_id.into()).await?;
        let (member, _) = access.member.ok_or(Error::NotFound("TwinSpace"))?;
        member::leave(ctx.actor(), member).await?;
        Ok(ctx.changed(LeaveTwinSpacePayload { member_id: member, twin_space_id }))
    }
}
