//! Members of a TwinSpace (M-01 to M-03, M-12 to M-14).

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, InputObject, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    AccountId, AccountKind, Act, ConsentGiver, ConsentId, ConsentScope, MemberId, ProjectId,
    TwinSpaceId, TwinSpaceRole, member::NEVER,
};

use super::{
    connection,
    context::ContextExt,
    guard::{Decides, Public, Sees},
    loader::{Consents, Counts, MembersOf, Rows},
    payload::payload,
    person::Person,
    picture::ProfilePicture,
    pupil::own::title,
    school::School,
    twin_space::TwinSpace,
};
use crate::{
    Error, Reason, Result,
    domain::{
        access::Access,
        list::{Columns, cell},
        member::{self, MemberRow, Target},
        picture::Shown,
        pupil::rule::counts_as_pupil,
        text::Wanted,
    },
    policy::{Allowance, MemberAct, MemberFacts, Refusal, Subject, Tie, TwinSpacePermission},
};

/// Someone's place in a TwinSpace: their card there.
#[derive(Clone, Debug)]
pub struct Member {
    row: Arc<MemberRow>,
    /// How the viewer stands to the TwinSpace.
    pub access: Arc<Access>,
}

/// What decides whether a card is seen and what may be done with it.
const SUBJECT: &[&str] = &["twinSpace", "role", "kind", "permissions"];

impl Member {
    /// A card that was read under this access.
    pub fn new(row: impl Into<Arc<MemberRow>>, access: Arc<Access>) -> Self {
        Self { row: row.into(), access }
    }

    /// The member with this id, with the columns that are asked for.
    pub async fn load(ctx: &Context<'_>, id: MemberId) -> Result<Self> {
        let columns = connection::columns::<MemberRow>(ctx).and::<MemberRow>(&SUBJECT[..3]);
        Self::one(ctx, id, columns).await
    }

    /// The member with this id, with what decides what may be done with them.
    pub async fn subject(ctx: &Context<'_>, id: MemberId) -> Result<Self> {
        Self::one(ctx, id, Columns::default().and::<MemberRow>(SUBJECT)).await
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

    /// The place of somebody who is named in a TwinSpace; none if they have left it, or are not
    /// shown to the viewer.
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

    /// Whether the viewer may contact somebody who is named in a TwinSpace.
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

    /// What an act on them is decided by.
    pub fn target(&self) -> Result<Target> {
        Ok(Target { id: cell(&self.row.id)?, found: self.row.subject()? })
    }

    fn is_viewers(&self) -> Result<bool> {
        Ok(Some(cell(&self.row.account_id)?) == self.access.person.account)
    }
}

/// Whether a member with this role may leave, be removed or be lowered (P-14).
pub async fn may_go(
    ctx: &Context<'_>,
    project: ProjectId,
    role: TwinSpaceRole,
) -> Result<Result<(), Reason>> {
    if role != TwinSpaceRole::TeacherAdmin {
        return Ok(Ok(()));
    }
    let counts = ctx.load::<Counts>((project.0, false)).await?;
    let admins = counts.map_or(0, |counts| counts.of(|role| role == TwinSpaceRole::TeacherAdmin));
    Ok(member::may_go(role, admins))
}

/// M-20: a visitor sees the counts, not the pupils. Lists filter by the same rule.
pub fn sees_pupils(access: &Access) -> bool {
    access.grants(TwinSpacePermission::SeePupils, Tie::default(), Reason::NotYours).is_ok()
}

/// Someone's place in a TwinSpace: their card there.
#[Object(guard = "super::guard::Unguarded")]
impl Member {
    /// The id of the membership: a person has another in each TwinSpace.
    #[graphql(guard = "Public")]
    pub async fn id(&self) -> Result<MemberId> {
        cell(&self.row.id)
    }

    /// The TwinSpace.
    #[graphql(guard = "Public")]
    async fn twin_space(&self) -> TwinSpace {
        TwinSpace::new(Arc::clone(&self.access))
    }

    /// The role. It belongs to this membership; the same person may have another elsewhere.
    #[graphql(guard = "Public")]
    async fn role(&self) -> Result<TwinSpaceRole> {
        cell(&self.row.role)
    }

    /// The name.
    #[graphql(guard = "Public")]
    async fn name(&self) -> Result<&str> {
        self.row.name.as_deref().ok_or_else(|| Error::internal("the name was not asked for"))
    }

    /// What kind of account they have.
    #[graphql(guard = "Public")]
    async fn kind(&self) -> Result<AccountKind> {
        cell(&self.row.kind)
    }

    /// The school, of teachers and pupils.
    #[graphql(guard = "Public")]
    async fn school(&self) -> Result<Option<School>> {
        School::of(&self.row.school)
    }

    /// The name by which a pupil signs in; for those who invite pupils.
    #[graphql(guard = "Sees(TwinSpacePermission::InvitePupils, Arc::clone(&self.access))")]
    async fn username(&self) -> Result<Option<String>> {
        cell(&self.row.username)
    }

    /// The teacher who answers for a pupil; for those who invite pupils.
    #[graphql(guard = "Sees(TwinSpacePermission::InvitePupils, Arc::clone(&self.access))")]
    async fn custodian(&self) -> Result<Option<Person>> {
        Ok(cell(&self.row.custodian_id)?.map(|id| Person::new(id, None)))
    }

    /// The consents of or for a pupil in this TwinSpace, those withdrawn among them, the oldest
    /// first; for those who invite pupils (M-14).
    #[graphql(guard = "Sees(TwinSpacePermission::InvitePupils, Arc::clone(&self.access))")]
    async fn consents(&self, ctx: &Context<'_>) -> Result<Option<Vec<Consent>>> {
        let consents = ctx.load::<Consents>(cell(&self.row.account_id)?).await?;
        let here = |consent: &&entity::consent::Model| consent.project_id == self.access.project_id;
        let consents = consents.as_deref().map(Vec::as_slice).unwrap_or_default();
        Ok(Some(consents.iter().filter(here).cloned().map(Consent::from).collect()))
    }

    /// Who brought them in; null for founders, and if it was a pupil whom the viewer does not see
    /// (M-20).
    #[graphql(guard = "Public")]
    async fn inviter(&self) -> Result<Option<Person>> {
        let seen = !cell(&self.row.inviter_is_pupil)? || sees_pupils(&self.access);
        let id = cell(&self.row.inviter_id)?.filter(|_| seen);
        Ok(id.map(|id| Person::new(id, self.row.inviter_name.clone().flatten())))
    }

    /// Whether they are a founder of the project.
    #[graphql(guard = "Public")]
    async fn is_founder(&self) -> Result<bool> {
        Ok(cell(&self.row.founder)?.unwrap_or(false))
    }

    /// The picture: the photo, else the avatar; null if there is none. A pupil's photo shows in
    /// those TwinSpaces where pictures of them are consented to (A-08, M-14).
    #[graphql(guard = "Public")]
    async fn picture(&self, ctx: &Context<'_>) -> Result<Option<ProfilePicture>> {
        let shown = Shown { avatar: cell(&self.row.avatar)?, photo: cell(&self.row.photo)? };
        ProfilePicture::of(ctx, cell(&self.row.id)?, shown)
    }

    /// What they say of themselves; empty if nothing.
    #[graphql(guard = "Public")]
    async fn profile(&self) -> Result<String> {
        cell(&self.row.profile)
    }

    /// Whether pictures of this pupil may be added here: whether a consent stands (M-14). Null of
    /// those who are no pupils; for those who add media.
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

    /// The day they were last here, in UTC; null if never. Teachers see it; the hour is nobody's
    /// but the member's own (M-02).
    #[graphql(guard = "Sees(TwinSpacePermission::SeeLastAccess, Arc::clone(&self.access))")]
    async fn last_access(&self) -> Result<Option<NaiveDate>> {
        Ok(Some(cell(&self.row.last_access_on)?).filter(|&day| day != NEVER))
    }

    /// Whether they are here now: they did something in the TwinSpace within the last five minutes, or
    /// are subscribed to something in it.
    #[graphql(guard = "Sees(TwinSpacePermission::SeeLastAccess, Arc::clone(&self.access))")]
    async fn online(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        let since = ctx.now() - member::ONLINE;
        Ok(Some(cell(&self.row.last_seen_at)?.is_some_and(|seen| seen > since)))
    }

    /// When they were last here, to the minute; of the viewer alone, null of all others.
    #[graphql(guard = "Public")]
    async fn last_seen_at(&self) -> Result<Option<DateTime<Utc>>> {
        Ok(cell(&self.row.last_seen_at)?.filter(|_| self.is_viewers().unwrap_or(false)))
    }

    /// What the viewer may do with this member, and if not, why (M-18).
    #[graphql(guard = "Public", complexity = 5)]
    async fn permissions(&self) -> Result<MemberPermissions> {
        Ok(MemberPermissions::of(&self.access, &self.row.subject()?))
    }
}

/// What the viewer may do with a member, and if not, why.
#[derive(SimpleObject)]
pub struct MemberPermissions {
    /// Contact them.
    contact_member: Allowance,
    /// Give them another role.
    change_role: Allowance,
    /// Record and withdraw their consents, if they are a pupil.
    edit_details: Allowance,
    /// Correct their name, if they are a pupil: it changes in all TwinSpaces.
    rename: Allowance,
    /// Remove them.
    remove_member: Allowance,
    /// Set a new password for them, if they are a pupil.
    reset_password: Allowance,
    /// Offer their custody to another teacher, if they are a pupil.
    transfer_custody: Allowance,
    /// Ask to take over their custody, if they are a pupil.
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
            contact_member: ask(MemberAct::Contact),
            change_role: ask(MemberAct::ChangeRole { to, acknowledged: true }),
            edit_details: ask(MemberAct::EditDetails),
            rename: ask(MemberAct::Rename),
            remove_member: ask(MemberAct::Remove),
            reset_password: ask(MemberAct::ResetPassword),
            transfer_custody: ask(MemberAct::OfferCustody),
            take_over_custody: ask(MemberAct::TakeOverCustody),
            leave: ask(MemberAct::Leave),
        }
    }
}

/// A consent of or for a pupil.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Consent {
    /// Its id.
    id: ConsentId,
    /// The TwinSpace in which it holds.
    twin_space_id: TwinSpaceId,
    /// What was consented to.
    scope: ConsentScope,
    /// Who consented.
    given_by: ConsentGiver,
    /// The teacher who recorded it.
    recorded_by: Person,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// When it was withdrawn; null while it stands.
    withdrawn_at: Option<DateTime<Utc>>,
}

/// A consent of or for a pupil.
#[ComplexObject]
impl Consent {
    /// The title of that TwinSpace.
    async fn title(&self, ctx: &Context<'_>) -> Result<String> {
        title(ctx, self.twin_space_id).await
    }
}

impl From<entity::consent::Model> for Consent {
    fn from(row: entity::consent::Model) -> Self {
        Self {
            id: row.id,
            twin_space_id: row.project_id.into(),
            scope: row.scope,
            given_by: row.giver,
            recorded_by: Person::new(row.recorded_by, None),
            recorded_at: row.recorded_at,
            withdrawn_at: row.withdrawn_at,
        }
    }
}

/// Which members.
#[derive(InputObject, Default)]
pub struct MemberFilter {
    /// Only those with one of these roles.
    pub roles: Option<Vec<TwinSpaceRole>>,
    /// Only those with one of these kinds of account.
    pub kinds: Option<Vec<AccountKind>>,
    /// Only those who are here now; for those who see when members were last here.
    #[graphql(default)]
    pub online: bool,
    /// Only those whom the viewer invited.
    #[graphql(default)]
    pub invited_by_me: bool,
    /// Only those in whose name, or username for those who see it, each of these words stands, in any
    /// order, whatever the case and the accents; at most 200 characters.
    pub search: Option<String>,
    /// Only pupils of whom pictures may be added, or only those of whom they may not yet; for those
    /// who add media (M-14).
    pub may_be_pictured: Option<bool>,
}

impl MemberFilter {
    /// The filter of the domain, as the viewer may use it.
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

/// What members are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum MemberOrderField {
    /// The name.
    Name,
    /// When they joined.
    JoinedAt,
    /// The day they were last here; for those who see it.
    LastAccess,
}

/// In which direction a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum OrderDirection {
    /// From A to Z, from the oldest to the newest.
    Asc,
    /// From Z to A, from the newest to the oldest.
    Desc,
}

/// In which order.
#[derive(InputObject)]
pub struct MemberOrder {
    /// By what.
    field: MemberOrderField,
    /// In which direction.
    #[graphql(default_with = "OrderDirection::Asc")]
    direction: OrderDirection,
}

impl Default for MemberOrder {
    fn default() -> Self {
        Self { field: MemberOrderField::Name, direction: OrderDirection::Asc }
    }
}

impl MemberOrder {
    /// The order of the domain, and whether it is turned round.
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

/// Who gets which role.
#[derive(InputObject)]
pub struct ChangeMemberRoleInput {
    /// The member.
    member_id: MemberId,
    /// The new role.
    role: TwinSpaceRole,
    /// Says that the viewer knows that a pupil's account gets a role that is not a pupil's (M-12).
    #[graphql(default)]
    acknowledge_pupil: bool,
}

payload! {
    /// What came of changing a role.
    ChangeMemberRolePayload(MemberId) {
        /// The member, as they are now.
        member: Member
    }
}

/// Who is removed.
#[derive(InputObject)]
pub struct RemoveMemberInput {
    /// The member.
    member_id: MemberId,
}

/// Who was removed.
#[derive(SimpleObject)]
pub struct RemoveMemberPayload {
    /// The id that the member had.
    member_id: MemberId,
}

/// What is left.
#[derive(InputObject)]
pub struct LeaveTwinSpaceInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
}

/// What was left.
#[derive(SimpleObject)]
pub struct LeaveTwinSpacePayload {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
}

/// What can be done with members.
#[derive(Default)]
pub struct MemberMutation;

#[Object(guard = "super::guard::Unguarded")]
impl MemberMutation {
    /// Gives a member another role (M-12). Founders keep theirs, and the last teacher
    /// administrator theirs.
    #[graphql(guard = "Decides(Act::MemberRoleChanged)")]
    async fn change_member_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who gets which role.")] input: ChangeMemberRoleInput,
    ) -> Result<ChangeMemberRolePayload> {
        let ChangeMemberRoleInput { member_id, role, acknowledge_pupil } = input;
        let by = member::change_role(ctx.actor(), member_id, role, acknowledge_pupil).await?;
        ctx.request().visits(&by).await;
        Ok(ctx.changed(ChangeMemberRolePayload(member_id)))
    }

    /// Removes a member from the TwinSpace. What they wrote stays, with their name (M-19).
    #[graphql(guard = "Decides(Act::MemberRemoved)")]
    async fn remove_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is removed.")] input: RemoveMemberInput,
    ) -> Result<RemoveMemberPayload> {
        let RemoveMemberInput { member_id } = input;
        let by = member::remove(ctx.actor(), member_id).await?;
        ctx.request().visits(&by).await;
        Ok(ctx.changed(RemoveMemberPayload { member_id }))
    }

    /// Leaves a TwinSpace. Pupils are taken out by their teachers; the last teacher administrator
    /// stays (P-14).
    #[graphql(guard = "Decides(Act::MemberLeft)")]
    async fn leave_twin_space(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is left.")] input: LeaveTwinSpaceInput,
    ) -> Result<LeaveTwinSpacePayload> {
        let LeaveTwinSpaceInput { twin_space_id } = input;
        let access = ctx.twin_space_from_outside(twin_space_id.into()).await?;
        let (member, _) = access.member.ok_or(Error::NotFound("TwinSpace"))?;
        member::leave(ctx.actor(), member).await?;
        Ok(ctx.changed(LeaveTwinSpacePayload { twin_space_id }))
    }
}
