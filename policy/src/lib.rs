//! Who may do what: the table of the TwinSpace, that of the project, as agreed in
//! `tests/it/policy/contract.rs`, that of the server (`server`), and what follows from them.
//!
//! The guards on GraphQL fields, the `permissions` fields, the query `permissionMatrix`,
//! `docs/permissions.md` and the test that tries every field in every role all read these tables.
//! There is no second list. Nothing here reads a database, and nothing waits.

#[macro_use]
mod table;
mod access;
mod chat;
mod custodian;
mod custody;
mod decision;
mod diary;
mod founding;
mod invitation;
mod matrix;
mod media;
mod member;
mod moderation;
mod page;
mod partner;
mod project;
mod pupil;
mod reason;
#[cfg(test)]
mod sample;
mod school;
mod server;
mod standing;
mod subject;
mod twin_space;

use async_graphql::{ComplexObject, Enum, SimpleObject};
use entity::{ProjectState, TwinSpaceRole};

pub use access::{Access, Person};
pub use chat::{ChatAct, ChatFacts};
pub use custodian::{Custodian, Takeover};
pub use custody::{PupilRequest, PupilRequestAct, Transfer, TransferAct};
pub use decision::{LabelAct, LabelFacts, SuccessionAct, SuccessionFacts};
pub use diary::{DiaryAct, DiaryFacts, Reach};
pub use founding::{Founding, Past};
pub use invitation::{InvitationAct, InvitationFacts, ReceivedInvitation, Reply};
pub use matrix::{PermissionMatrix, markdown, matrix};
pub use media::{MediaAct, MediaFacts, sees_media};
pub use member::{MemberAct, MemberFacts};
pub use moderation::{ReportAct, ReportFacts};
pub use page::{DraftsOf, PageAct, PageFacts, PageScope};
pub use partner::{PartnerAct, PartnerFacts};
pub use project::ProjectAct;
pub use pupil::counts_as_pupil;
pub use reason::Reason;
pub use school::{SchoolAct, SchoolClaim, SchoolPair};
pub use server::{ServerPermission, ServerPermissions};
pub use standing::Standing;
pub use subject::{Refusal, Subject};
pub use twin_space::{TwinSpaceAct, TwinSpaceFacts};

// anytime: in a closed project too: what is read, and what protects people (M-14)
// active: only while the project is active
// yes: always    own: what is theirs (pupils in their custody, things they made)
// given: where permission was given    both: own or given    - : no
policy! {
    /// What a member may do in a TwinSpace, by role.
    TwinSpacePermission, TwinSpacePermissions by TwinSpaceRole
                                                      [ TeacherAdmin  Teacher  PupilAdmin  Pupil  Visitor ]

    /// Enter the TwinSpace and read its member pages and media.
    anytime Enter              enter                   [ yes           yes      yes         yes    yes     ]
    /// See the pupils' member details.
    anytime SeePupils          see_pupils              [ yes           yes      yes         yes    -       ]
    /// See when members were last online.
    anytime SeeLastAccess      see_last_access         [ yes           yes      -           -      -       ]
    /// Contact a member.
    active  ContactMember      contact_member          [ yes           yes      yes         yes    -       ]
    /// Invite teachers and visitors; see and manage invitations.
    active  InviteAdults       invite_adults           [ yes           -        -           -      -       ]
    /// Invite new pupils and add existing ones.
    active  InvitePupils       invite_pupils           [ yes           yes      -           -      -       ]
    /// Change a member's role.
    active  ChangeRole         change_role             [ yes           own      -           -      -       ]
    /// Edit a pupil's name and consents.
    anytime EditDetails        edit_details            [ yes           own      -           -      -       ]
    /// Remove a member.
    anytime RemoveMember       remove_member           [ yes           own      -           -      -       ]
    /// Set a new password for a pupil.
    anytime ResetPassword      reset_password          [ own           own      -           -      -       ]
    /// Offer custody of a pupil to another teacher, or ask to take it over.
    anytime TransferCustody    transfer_custody        [ yes           own      -           -      -       ]
    /// Export the pupils that the teacher invited.
    anytime ExportPupils       export_pupils           [ own           own      -           -      -       ]
    /// Change the settings of the TwinSpace.
    active  EditSettings       edit_settings           [ yes           -        -           -      -       ]
    /// Create a page.
    active  CreatePage         create_page             [ yes           yes      yes         -      -       ]
    /// Edit a page.
    active  EditPage           edit_page               [ yes           both     both        given  -       ]
    /// Set who can see and edit a page.
    active  SharePage          share_page              [ yes           own      -           -      -       ]
    /// Archive a page.
    anytime ArchivePage        archive_page            [ yes           own      -           -      -       ]
    /// Restore, reorder and delete pages.
    active  ArrangePages       arrange_pages           [ yes           -        -           -      -       ]
    /// Add images, videos and other files.
    active  AddMedia           add_media               [ yes           yes      yes         yes    -       ]
    /// Delete media.
    anytime DeleteMedia        delete_media            [ yes           own      own         own    -       ]
    /// Write in the chat room.
    active  Chat               chat                    [ yes           yes      yes         yes    -       ]
    /// Delete chat messages.
    anytime DeleteChat         delete_chat             [ yes           yes      own         own    -       ]
    /// Read the audit log of the TwinSpace.
    anytime ReadAuditLog       read_audit_log          [ yes           -        -           -      -       ]
    /// Export the whole TwinSpace.
    anytime Export             export                  [ yes           -        -           -      -       ]
}

policy! {
    /// What a person may do with a project, by standing.
    ProjectPermission, ProjectGrants by Standing
                                                      [ Founder  Manager  Member  Collaborator  Teacher  Officer  Anyone ]

    /// See the title, short description and countries of an active project.
    anytime SeeOutline         see_outline             [ yes      yes      yes     yes           yes      yes      yes    ]
    /// See the whole project.
    anytime SeeProject         see                     [ yes      yes      yes     yes           yes      yes      -      ]
    /// Edit the project.
    active  EditProject        edit                    [ yes      yes      -       -             -        -        -      ]
    /// Add and remove partners; change their roles.
    active  ManagePartners     manage_partners         [ yes      yes      -       -             -        -        -      ]
    /// Write diary entries.
    active  WriteDiary         write_diary             [ yes      yes      yes     -             -        -        -      ]
    /// Read diary entries for registered teachers.
    anytime ReadDiary          read_diary              [ yes      yes      yes     -             yes      yes      -      ]
    /// Read private diary entries.
    anytime ReadPrivateDiary   read_private_diary      [ own      own      own     -             -        yes      -      ]
    /// Apply for a quality label.
    active  ApplyForLabel      apply_for_label         [ yes      yes      yes     -             -        -        -      ]
    /// Approve or reject the project; decide on labels.
    anytime Decide             decide                  [ -        -        -       -             -        yes      -      ]
    /// Close the project.
    active  CloseProject       close                   [ yes      -        -       -             -        -        -      ]
    /// Reopen the project.
    anytime ReopenProject      reopen                  [ yes      -        -       -             -        -        -      ]
    /// Create a follow-up to the project.
    anytime FollowUpProject    follow_up               [ yes      -        -       -             -        -        -      ]
    /// Read the audit log of the project.
    anytime ReadProjectAuditLog read_audit_log         [ yes      yes      -       -             -        yes      -      ]
    /// Export the TwinSpace, even after leaving it.
    anytime ExportTwinSpace    export_twin_space       [ yes      -        -       -             -        -        -      ]
}

/// The extent to which a permission is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Enum)]
pub enum Grant {
    /// Never.
    No,
    /// Only where permission was given.
    Given,
    /// Only for what is their own: pupils in their custody, and things they created.
    Own,
    /// Only for what is their own, and where permission was given.
    OwnOrGiven,
    /// Always.
    Yes,
}

/// How someone is related to the object in question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tie {
    /// It is their own.
    pub own: bool,
    /// They were given permission.
    pub given: bool,
}

impl Tie {
    /// It is their own.
    pub const OWN: Self = Self { own: true, given: false };
    /// The strongest relation: what `permissions` assumes for objects that do not exist yet.
    pub const BOTH: Self = Self { own: true, given: true };
}

impl Grant {
    /// Whether this is sufficient for someone with that relation.
    pub const fn covers(self, tie: Tie) -> bool {
        match self {
            Self::Yes => true,
            Self::OwnOrGiven => tie.own || tie.given,
            Self::Own => tie.own,
            Self::Given => tie.given,
            Self::No => false,
        }
    }
}

/// Whether the viewer may do something, and if not, why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SimpleObject)]
#[graphql(complex)]
pub struct Allowance {
    /// Whether the viewer may do it.
    pub allowed: bool,
    /// The reason, if not allowed. It is the same reason that a rejected request would return.
    pub reason: Option<Reason>,
}

/// Whether the viewer may do something, and if not, why not.
#[ComplexObject]
impl Allowance {
    /// The reason in words, in English: the message that a rejected request would return.
    async fn message(&self) -> Option<&'static str> {
        self.reason.map(Reason::message)
    }
}

impl From<Result<(), Reason>> for Allowance {
    fn from(decision: Result<(), Reason>) -> Self {
        Self { allowed: decision.is_ok(), reason: decision.err() }
    }
}

/// Whether someone with this role can see a member and their details (M-02, M-20).
pub fn sees_member(state: ProjectState, role: TwinSpaceRole, pupil: bool) -> bool {
    let permission = match pupil {
        true => TwinSpacePermission::SeePupils,
        false => TwinSpacePermission::Enter,
    };
    state.is_open() && permission.granted_to(role).covers(Tie::default())
}

/// Whether someone with one role may assign another (M-12, M-13): nobody can give away permissions
/// that they lack, and those who can change only their own pupils' roles must keep them within the
/// pupil roles.
pub fn may_give(giver: TwinSpaceRole, role: TwinSpaceRole) -> bool {
    match TwinSpacePermission::ChangeRole.granted_to(giver) {
        Grant::Yes => has_as_much(giver, role),
        Grant::No => false,
        _ => has_as_much(giver, role) && role.is_pupil(),
    }
}

/// Whether one role has all permissions of another.
pub fn has_as_much(one: TwinSpaceRole, other: TwinSpaceRole) -> bool {
    TwinSpacePermission::ALL.iter().all(|p| p.granted_to(one) >= p.granted_to(other))
}
