//! Members of a TwinSpace (M-01 to M-03, M-12 to M-14).

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
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
};
use entity::{AccountId, AccountKind, MemberId, ProjectId, TwinSpaceRole, member::NEVER};
use policy::{Allowance, MemberAct, MemberFacts, Refusal, Subject, TwinSpacePermission};

use crate::graphql::{
    accounts::{person::Person, picture::ProfilePicture, school::School},
    connection,
    context::ContextExt,
    eager::Eager,
    guard::{Public, Sees},
    inside::{thread::Thread, twin_space::TwinSpace},
    loader::{Consents, MembersOf, Rows},
    members::consent::Consent,
    scalar::Date,
};

pub mod act;
pub mod count;
pub mod list;

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
        if pupil && !own && !access.sees_pupils() {
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

    /// Whether it is confirmed that a teacher belongs to the school; null for everyone but
    /// teachers.
    #[graphql(guard = "Public")]
    async fn school_confirmed(&self) -> Result<Option<bool>> {
        cell(&self.row.school_confirmed)
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
        let seen = !cell(&self.row.inviter_is_pupil)? || self.access.sees_pupils();
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

    /// The messages between the viewer and this member; null if there are none, and for the viewer
    /// themselves.
    #[graphql(guard = "Public")]
    async fn thread(&self, ctx: &Context<'_>) -> Result<Option<Thread>> {
        let (project, account) = (cell(&self.row.project_id)?, cell(&self.row.account_id)?);
        Thread::with(ctx, project, account, self.row.name.clone()).await
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
    record_consent: Allowance,
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
            record_consent: ask(MemberAct::RecordConsent),
            rename: ask(MemberAct::Rename),
            remove: ask(MemberAct::Remove),
            reset_password: ask(MemberAct::ResetPassword),
            transfer_custody: ask(MemberAct::OfferCustody),
            take_over_custody: ask(MemberAct::TakeOverCustody),
            leave: ask(MemberAct::Leave),
        }
    }
}
