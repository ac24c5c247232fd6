//! Every field, tried as everyone. What is expected follows from the tables in `src/policy.rs`,
//! and those are held against the contract's.

use std::{collections::BTreeSet, time::Duration};

use entity::TwinSpaceRole;
use futures_util::StreamExt;
use serde_json::{Value, json};
use twinspace::policy::{
    Grant, ProjectPermission as P, ProjectPermission, Standing, Tie, TwinSpacePermission as T,
    TwinSpacePermission, matrix, may_give,
};

use crate::{
    sdl,
    support::{TestApp, on_both_databases},
};
use scene::{
    Cast, Scene, Someone,
    State::{self, *},
};

mod contract;
mod hostile;
mod page;
pub mod scene;

/// What decides who may.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// The TwinSpace's table.
    Space(TwinSpacePermission),
    /// The TwinSpace's table, of a field that gives everyone what is their own.
    Own(TwinSpacePermission),
    /// The TwinSpace's table, of a pupil who is in turn somebody's own and nobody's.
    Member(TwinSpacePermission),
    /// The same of a pupil's name, which all TwinSpaces share.
    Rename,
    /// The project's table.
    Project(ProjectPermission),
    /// The project's table, of a partner: seen by those who see all of the project.
    Partner,
    /// The TwinSpace's table, of what is read: whether the project is active or closed.
    Reads(TwinSpacePermission),
    /// The TwinSpace's table, of a thing that does not exist for those to whom it grants nothing.
    Hidden(TwinSpacePermission),
    /// Those who read the TwinSpace's audit log, and the administrators of the server; to others
    /// there is no such thing.
    Report,
    /// The TwinSpace's table, of media that is in turn somebody's own and somebody else's.
    Media(TwinSpacePermission, &'static str),
    /// Everyone in the TwinSpace but pupils, whom their teachers take out.
    Leave,
    /// The project's table, of a diary entry that the founder wrote for all to read.
    Entry,
    /// The project's table, of a decision that waits for the officer of the cast, of which nobody
    /// else of it knows.
    Decision,
    /// The project's table, of a decision that waits for a service of which nobody of the cast is,
    /// known to those who read the audit log.
    Succession,
}

/// The guarded entry points: what each requires, where the project stands when it is tried, and a
/// request that reaches it.
pub const GUARDED: &[(&str, Rule, &[State], &str)] = &[
    (
        "Query.twinSpace",
        Rule::Space(T::Enter),
        &[Active, Closed],
        "{ twinSpace(id: $space) { id } }",
    ),
    (
        "Subscription.membersChanged",
        Rule::Space(T::Enter),
        &[Active, Closed],
        "subscription { membersChanged(twinSpaceId: $space) { __typename } }",
    ),
    (
        "Subscription.chatChanged",
        Rule::Reads(T::Chat),
        &[Active, Closed],
        "subscription { chatChanged(twinSpaceId: $space) { __typename } }",
    ),
    (
        "Mutation.sendChatMessage",
        Rule::Space(T::Chat),
        &[Active, Closed],
        r#"mutation { sendChatMessage(input: { twinSpaceId: $space, text: "Hello" }) { message { id } } }"#,
    ),
    (
        "Mutation.deleteChatMessage",
        Rule::Hidden(T::DeleteChat),
        &[Active, Closed],
        "mutation { deleteChatMessage(input: { messageId: $chat }) { messageId } }",
    ),
    (
        "Mutation.editTwinSpaceSettings",
        Rule::Space(T::EditSettings),
        &[Active, Closed],
        "mutation { editTwinSpaceSettings(input: { twinSpaceId: $space, chatOpenToPupils: false })
            { twinSpace { settings { chatOpenToPupils } } } }",
    ),
    (
        "Mutation.sendMessage",
        Rule::Member(T::ContactMember),
        &[Active, Closed],
        r#"mutation { sendMessage(input: { memberId: $pupil, text: "Hello" }) { message { id } } }"#,
    ),
    (
        "Mutation.settleReport",
        Rule::Report,
        &[Active, Closed],
        "mutation { settleReport(input: { reportId: $report }) { report { id } } }",
    ),
    (
        "Subscription.pagesChanged",
        Rule::Space(T::Enter),
        &[Active, Closed],
        "subscription { pagesChanged(twinSpaceId: $space) { __typename } }",
    ),
    (
        "Mutation.createPage",
        Rule::Space(T::CreatePage),
        &[Active, Closed],
        r#"mutation { createPage(input: { twinSpaceId: $space, title: "New" }) { page { id } } }"#,
    ),
    (
        "Mutation.inviteMember",
        Rule::Space(T::InviteAdults),
        &[Active, Closed],
        r#"mutation { inviteMember(input: { twinSpaceId: $space, email: "new@example.org", role: VISITOR })
            { invitation { id } } }"#,
    ),
    (
        "Mutation.resendInvitation",
        Rule::Space(T::InviteAdults),
        &[Active, Closed],
        "mutation { resendInvitation(input: { invitationId: $invitation }) { invitation { id } } }",
    ),
    (
        "Mutation.changeInvitationRole",
        Rule::Space(T::InviteAdults),
        &[Active, Closed],
        "mutation { changeInvitationRole(input: { invitationId: $invitation, role: TEACHER })
            { invitation { id } } }",
    ),
    (
        "Mutation.revokeInvitation",
        Rule::Space(T::InviteAdults),
        &[Active, Closed],
        "mutation { revokeInvitation(input: { invitationId: $invitation }) { invitation { id } } }",
    ),
    (
        "Mutation.resendInvitation",
        Rule::Partner,
        &[Active, Closed],
        "mutation { resendInvitation(input: { invitationId: $partnerInvitation }) { invitation { id } } }",
    ),
    (
        "Mutation.changeInvitationRole",
        Rule::Partner,
        &[Active, Closed],
        "mutation { changeInvitationRole(input: { invitationId: $partnerInvitation, role: TEACHER })
            { invitation { id } } }",
    ),
    (
        "Mutation.revokeInvitation",
        Rule::Partner,
        &[Active, Closed],
        "mutation { revokeInvitation(input: { invitationId: $partnerInvitation }) { invitation { id } } }",
    ),
    (
        "Mutation.changeMemberRole",
        Rule::Member(T::ChangeRole),
        &[Active, Closed],
        "mutation { changeMemberRole(input: { memberId: $pupil, role: PUPIL_ADMIN }) { member { role } } }",
    ),
    (
        "Mutation.removeMember",
        Rule::Member(T::RemoveMember),
        &[Active, Closed],
        "mutation { removeMember(input: { memberId: $pupil }) { memberId } }",
    ),
    (
        "Mutation.verifyPupils",
        Rule::Space(T::InvitePupils),
        &[Active, Closed],
        r#"mutation { verifyPupils(input: { twinSpaceId: $space,
            rows: [{ givenName: "Ana", familyName: "Silva" }] }) { rows { status } } }"#,
    ),
    (
        "Mutation.invitePupils",
        Rule::Space(T::InvitePupils),
        &[Active, Closed],
        r#"mutation { invitePupils(input: { twinSpaceId: $space, consentGivenBy: GUARDIAN,
            rows: [{ givenName: "Ana", familyName: "Silva" }], idempotencyKey: "4b" }) { created } }"#,
    ),
    (
        "Mutation.exportPupils",
        Rule::Own(T::ExportPupils),
        &[Active, Closed],
        "mutation { exportPupils(input: { twinSpaceId: $space }) { url } }",
    ),
    (
        "Mutation.chooseTwinSpace",
        Rule::Space(T::Enter),
        &[Active, Closed],
        "mutation { chooseTwinSpace(input: { twinSpaceId: $space }) { twinSpace { id } } }",
    ),
    (
        "Mutation.resetPupilPassword",
        Rule::Member(T::ResetPassword),
        &[Active, Closed],
        "mutation { resetPupilPassword(input: { memberId: $pupil }) { password } }",
    ),
    (
        "Mutation.erasePupil",
        Rule::Member(T::ResetPassword),
        &[Active, Closed],
        "mutation { erasePupil(input: { memberId: $pupil, acknowledge: false }) { memberId } }",
    ),
    (
        "Mutation.editPupil",
        Rule::Rename,
        &[Active, Closed],
        r#"mutation { editPupil(input: { memberId: $pupil, givenName: "New", familyName: "Name" })
            { member { name } } }"#,
    ),
    (
        "Mutation.recordConsent",
        Rule::Member(T::EditDetails),
        &[Active, Closed],
        "mutation { recordConsent(input: { memberId: $pupil, scope: PICTURES, givenBy: GUARDIAN })
            { member { id } } }",
    ),
    (
        "Mutation.withdrawConsent",
        Rule::Member(T::EditDetails),
        &[Active, Closed],
        "mutation { withdrawConsent(input: { memberId: $pupil, scope: PICTURES }) { member { id } } }",
    ),
    (
        "Mutation.transferCustody",
        Rule::Member(T::TransferCustody),
        &[Active, Closed],
        "mutation { transferCustody(input: { memberId: $pupil, toMemberId: $pupil })
            { member { id } } }",
    ),
    (
        "Subscription.mediaChanged",
        Rule::Space(T::Enter),
        &[Active, Closed],
        "subscription { mediaChanged(twinSpaceId: $space) { __typename } }",
    ),
    (
        "Mutation.addMedia",
        Rule::Space(T::AddMedia),
        &[Active, Closed],
        r##"mutation { addMedia(input: { twinSpaceId: $space, file: "#__graphql_file__:0", title: "Bee",
            pictured: [] }) { media { id } } }"##,
    ),
    (
        "Mutation.addVideoLink",
        Rule::Space(T::AddMedia),
        &[Active, Closed],
        r#"mutation { addVideoLink(input: { twinSpaceId: $space, title: "Bee", pictured: [],
            url: "https://youtu.be/dQw4w9WgXcQ" }) { media { id } } }"#,
    ),
    (
        "Mutation.editMedia",
        Rule::Media(T::DeleteMedia, "edit"),
        &[Active, Closed],
        r#"mutation { editMedia(input: { mediaId: $media, title: "Wasp" }) { media { title } } }"#,
    ),
    (
        "Mutation.deleteMedia",
        Rule::Media(T::DeleteMedia, "delete"),
        &[Active, Closed],
        "mutation { deleteMedia(input: { mediaId: $media }) { mediaId } }",
    ),
    (
        "Mutation.leaveTwinSpace",
        Rule::Leave,
        &[Active, Closed],
        "mutation { leaveTwinSpace(input: { twinSpaceId: $space }) { twinSpaceId } }",
    ),
    (
        "Mutation.editProject",
        Rule::Project(P::EditProject),
        &[Active, Closed],
        r#"mutation { editProject(input: { projectId: $project, fields: { title: "Wasps" } })
            { project { title } } }"#,
    ),
    (
        "Mutation.closeProject",
        Rule::Project(P::CloseProject),
        &[Active],
        "mutation { closeProject(input: { projectId: $project }) { project { state } } }",
    ),
    (
        "Mutation.reopenProject",
        Rule::Project(P::ReopenProject),
        &[Closed],
        "mutation { reopenProject(input: { projectId: $project }) { project { state } } }",
    ),
    (
        "Mutation.approveProject",
        Rule::Project(P::Decide),
        &[PendingApproval],
        "mutation { approveProject(input: { projectId: $project }) { project { state } } }",
    ),
    (
        "Mutation.rejectProject",
        Rule::Project(P::Decide),
        &[PendingApproval],
        r#"mutation { rejectProject(input: { projectId: $project, reason: "Too vague." })
            { project { state } } }"#,
    ),
    (
        "Mutation.addPartner",
        Rule::Project(P::ManagePartners),
        &[Active, Closed],
        "mutation { addPartner(input: { projectId: $project, teacherId: $candidate }) { invitation { id } } }",
    ),
    (
        "Mutation.changePartnerRole",
        Rule::Partner,
        &[Active, Closed],
        "mutation { changePartnerRole(input: { partnerId: $partner, role: MANAGER }) { partner { role } } }",
    ),
    (
        "Mutation.removePartner",
        Rule::Partner,
        &[Active, Closed],
        "mutation { removePartner(input: { partnerId: $partner }) { partnerId } }",
    ),
    (
        "Mutation.writeDiaryEntry",
        Rule::Project(P::WriteDiary),
        &[Active, Closed],
        r#"mutation { writeDiaryEntry(input: { projectId: $project, title: "Rain", text: "Much.",
            visibility: PUBLIC }) { entry { id } } }"#,
    ),
    (
        "Mutation.editDiaryEntry",
        Rule::Entry,
        &[Active, Closed],
        r#"mutation { editDiaryEntry(input: { entryId: $entry, title: "Sun" }) { entry { id } } }"#,
    ),
    (
        "Mutation.deleteDiaryEntry",
        Rule::Entry,
        &[Active, Closed],
        "mutation { deleteDiaryEntry(input: { entryId: $entry }) { entryId } }",
    ),
    (
        "Mutation.applyForLabel",
        Rule::Project(P::ApplyForLabel),
        &[Active, Closed],
        r#"mutation { applyForLabel(input: { projectId: $project, statement: "We sang." })
            { application { id } } }"#,
    ),
    (
        "Mutation.grantLabel",
        Rule::Decision,
        &[Active, Closed],
        "mutation { grantLabel(input: { applicationId: $label }) { application { state } } }",
    ),
    (
        "Mutation.refuseLabel",
        Rule::Decision,
        &[Active, Closed],
        r#"mutation { refuseLabel(input: { applicationId: $label, reason: "Too short." })
            { application { state } } }"#,
    ),
    (
        "Mutation.followUpProject",
        Rule::Project(P::FollowUpProject),
        &[Active, Closed],
        "mutation { followUpProject(input: { projectId: $project }) { project { state } } }",
    ),
    (
        "Mutation.proposeSuccession",
        Rule::Project(P::CloseProject),
        &[Active],
        "mutation { proposeSuccession(input: { projectId: $project,
            departedPartnerId: $partner, successorPartnerId: $partner }) { succession { id } } }",
    ),
    (
        "Mutation.approveSuccession",
        Rule::Succession,
        &[Active, Closed],
        "mutation { approveSuccession(input: { successionId: $succession }) { succession { id } } }",
    ),
    (
        "Mutation.rejectSuccession",
        Rule::Succession,
        &[Active, Closed],
        r#"mutation { rejectSuccession(input: { successionId: $succession, reason: "No." })
            { succession { id } } }"#,
    ),
    (
        "Mutation.nominateForEuropeanLabel",
        Rule::Project(P::Decide),
        &[Active, Closed],
        "mutation { nominateForEuropeanLabel(input: { projectId: $project }) { project { id } } }",
    ),
];

/// The permissions that cut a list down instead of guarding a field.
/// `diary::everyone_reads_the_entries_that_the_table_gives_them` tries them as everyone.
const CUTTING: &[ProjectPermission] = &[P::ReadDiary, P::ReadPrivateDiary];

/// The steps of a project that are not in the tables: whose they are, and where it then stands.
pub const STEPS: &[(&str, &str, State, &str)] = &[
    (
        "Mutation.sendProject",
        "proposer",
        Draft,
        "mutation { sendProject(input: { projectId: $project }) { project { state } } }",
    ),
    (
        "Mutation.withdrawProject",
        "proposer",
        PendingPartner,
        "mutation { withdrawProject(input: { projectId: $project }) { project { state } } }",
    ),
    (
        "Mutation.acceptProject",
        "cofounder",
        PendingPartner,
        "mutation { acceptProject(input: { projectId: $project }) { project { state } } }",
    ),
    (
        "Mutation.declineProject",
        "cofounder",
        PendingPartner,
        "mutation { declineProject(input: { projectId: $project }) { project { state } } }",
    ),
];

/// For registered teachers, about what is their own: the desktop.
const TEACHERS: &[(&str, &str)] = &[
    ("Query.teachers", "{ teachers { totalCount } }"),
    ("Mutation.createProject", "mutation { createProject(input: {}) { project { id } } }"),
    (
        "Mutation.requestContact",
        "mutation { requestContact(input: { teacherId: $candidate }) { contact { id } } }",
    ),
    (
        "Mutation.acceptContact",
        "mutation { acceptContact(input: { contactId: $contact }) { contact { id } } }",
    ),
    (
        "Mutation.declineContact",
        "mutation { declineContact(input: { contactId: $contact }) { contactId } }",
    ),
    (
        "Mutation.removeContact",
        "mutation { removeContact(input: { contactId: $contact }) { contactId } }",
    ),
];

/// For the administrators of the server, who moderate.
const MODERATORS: &[(&str, &str)] = &[
    ("Query.reports", "{ reports { totalCount } }"),
    ("Mutation.takeDown", "mutation { takeDown(input: { id: $chat }) { id } }"),
];

/// Where those who may are refused for what they ask, because doing it would change the cast.
const SHORT_OF: &[(&str, &str)] = &[
    ("Mutation.addMedia", "BAD_USER_INPUT"),
    ("Mutation.erasePupil", "BAD_USER_INPUT"),
    ("Mutation.transferCustody", "CONFLICT NOT_A_TEACHER"),
    ("Mutation.withdrawConsent", "CONFLICT ALREADY_DONE"),
    ("Mutation.nominateForEuropeanLabel", "CONFLICT LABELS_MISSING"),
    ("Mutation.proposeSuccession", "BAD_USER_INPUT"),
];

/// For everyone who is signed in, about what is their own.
const SIGNED_IN: &[(&str, &str)] = &[
    ("Mutation.editProfile", "mutation { editProfile(input: {}) { viewer { id } } }"),
    (
        "Mutation.setProfilePicture",
        r##"mutation { setProfilePicture(input: { file: "#__graphql_file__:0" }) { viewer { id } } }"##,
    ),
    (
        "Mutation.removeProfilePicture",
        "mutation { removeProfilePicture { viewer { picture { url } } } }",
    ),
    ("Mutation.signOut", "mutation { signOut { sessionId } }"),
    (
        "Mutation.revokeSession",
        "mutation { revokeSession(input: { sessionId: $session }) { sessionId } }",
    ),
    ("Mutation.exportOwnData", "mutation { exportOwnData { url } }"),
    (
        "Mutation.markMessageRead",
        "mutation { markMessageRead(input: { messageId: $message }) { message { id } } }",
    ),
    (
        "Mutation.deleteMessage",
        "mutation { deleteMessage(input: { messageId: $message }) { messageId } }",
    ),
    (
        "Mutation.reportMessage",
        r#"mutation { reportMessage(input: { messageId: $message, reason: "Rude" }) { reportId } }"#,
    ),
    ("Subscription.inboxChanged", "subscription { inboxChanged { __typename } }"),
    ("Subscription.notificationsChanged", "subscription { notificationsChanged { total } }"),
    ("Mutation.revokeOtherSessions", "mutation { revokeOtherSessions { revoked } }"),
    (
        "Mutation.changePassword",
        r#"mutation { changePassword(input: { currentPassword: "old 12345", newPassword: "new 12345" })
            { token } }"#,
    ),
    (
        "Mutation.requestEmailChange",
        r#"mutation { requestEmailChange(input: { newEmail: "new@example.org", password: "old 12345" })
            { accepted } }"#,
    ),
    (
        "Mutation.deleteAccount",
        r#"mutation { deleteAccount(input: { password: "old 12345" }) { accepted } }"#,
    ),
    (
        "Mutation.acceptInvitation",
        r#"mutation { acceptInvitation(input: { token: "none" }) { member { id } } }"#,
    ),
];

/// For anyone. Think twice before adding one.
const PUBLIC: &[(&str, &str)] = &[
    ("Query.node", "{ node(id: $project) { id } }"),
    ("Query.nodes", "{ nodes(ids: [$project]) { id } }"),
    ("Query.viewer", "{ viewer { id } }"),
    ("Query.project", "{ project(id: $project) { id } }"),
    ("Query.projects", "{ projects { totalCount } }"),
    ("Query.invitation", r#"{ invitation(token: "none") { email } }"#),
    ("Query.publishingGuidance", "{ publishingGuidance { text url } }"),
    ("Query.page", "{ page(id: $page) { id } }"),
    ("Query.avatars", "{ avatars { name url } }"),
    ("Query.permissionMatrix", "{ permissionMatrix { project { permission } } }"),
    (
        "Mutation.register",
        r#"mutation { register(input: { email: "new@example.org", password: "abcd 1234", name: "New",
            school: { name: "School", town: "Town", country: "DE" } }) { accepted } }"#,
    ),
    (
        "Mutation.verifyEmail",
        r#"mutation { verifyEmail(input: { token: "none", password: "abcd 1234" }) { token } }"#,
    ),
    (
        "Mutation.resendVerification",
        r#"mutation { resendVerification(input: { email: "none@example.org" }) { accepted } }"#,
    ),
    (
        "Mutation.signIn",
        r#"mutation { signIn(input: { email: "none@example.org", password: "abcd 1234" }) { token } }"#,
    ),
    (
        "Mutation.signInPupil",
        r#"mutation { signInPupil(input: { username: "no.body.1", password: "abcd 1234" }) { token } }"#,
    ),
    (
        "Mutation.requestPasswordReset",
        r#"mutation { requestPasswordReset(input: { email: "none@example.org" }) { accepted } }"#,
    ),
    (
        "Mutation.resetPassword",
        r#"mutation { resetPassword(input: { token: "none", newPassword: "abcd 1234" }) { accepted } }"#,
    ),
    (
        "Mutation.confirmEmailChange",
        r#"mutation { confirmEmailChange(input: { token: "none" }) { accepted } }"#,
    ),
    (
        "Mutation.acceptInvitationAsGuest",
        r#"mutation { acceptInvitationAsGuest(input: { token: "none", name: "New", password: "abcd 1234" })
            { member { id } } }"#,
    ),
    (
        "Mutation.declineInvitation",
        r#"mutation { declineInvitation(input: { token: "none" }) { invitationId } }"#,
    ),
];

/// The fields of the objects whose fields have different readers, by what each requires.
const READS: &[(Rule, &str)] = &[
    (
        Rule::Project(P::SeeOutline),
        "id state title shortDescription countries publicPages twinSpace diary labels followsUp followUps permissions",
    ),
    (
        Rule::Project(P::SeeProject),
        "aims workProcess expectedResults languages subjects ageFrom ageTo pupilCount tools proposer \
         cofounder refusal createdAt stateSince editedAt waitsForPartner approvals partners europeanNomination foundedBy",
    ),
    (Rule::Project(P::ManagePartners), "partnerInvitations"),
    (Rule::Project(P::ReadProjectAuditLog), "auditLog successions"),
    (
        Rule::Space(T::Enter),
        "id title state project viewerMember members memberCounts media mediaUsage pages permissions search settings",
    ),
    (Rule::Space(T::Chat), "chat"),
    (Rule::Space(T::InviteAdults), "invitations"),
    (Rule::Space(T::ReadAuditLog), "auditLog reportedMessages"),
    (
        Rule::Member(T::SeePupils),
        "id twinSpace role name kind school inviter isFounder isViewer joinedAt lastSeenAt picture profile permissions",
    ),
    (Rule::Member(T::AddMedia), "mayBePictured"),
    (Rule::Member(T::SeeLastAccess), "lastAccess online"),
    (Rule::Member(T::InvitePupils), "username custodian consents"),
];

/// How fields are asked for that cannot be without arguments.
const ARGUED: &[(&str, &str)] = &[("search", "search(query: \"bee\") { totalCount }")];

impl Rule {
    /// What becomes of somebody's try by the tables, whatever the state of the project.
    fn decides(self, someone: &Someone, own: bool, state: State) -> String {
        let inside = |permission: TwinSpacePermission, tie: Tie, unless: &str| {
            let Some(role) = someone.role else { return "NOT_FOUND".to_owned() };
            match permission.granted_to(role) {
                grant if grant.covers(tie) => "OK".to_owned(),
                Grant::No => "FORBIDDEN ROLE_TOO_LOW".to_owned(),
                _ => format!("FORBIDDEN {unless}"),
            }
        };
        let stands: Vec<Standing> = match state {
            Active | Closed => someone.standings.to_vec(),
            // Before it opens there are only founders and officers.
            _ => someone.standings.iter().copied().filter(|s| !partner(*s)).collect(),
        };
        let granted = |permission: ProjectPermission| {
            stands.iter().any(|&standing| permission.granted_to(standing).covers(Tie::default()))
        };
        let known = match state {
            Active => true,
            Closed => someone.role.is_some() || stands.len() > 1,
            _ => stands.iter().any(|s| matches!(s, Standing::Founder | Standing::Officer)),
        };
        let refused = "FORBIDDEN ROLE_TOO_LOW".to_owned();
        match self {
            Self::Space(permission) | Self::Reads(permission) => {
                inside(permission, Tie::default(), "NOT_YOURS")
            }
            Self::Hidden(permission) => match inside(permission, Tie::default(), "NOT_YOURS") {
                refused if refused == "FORBIDDEN ROLE_TOO_LOW" => "NOT_FOUND".to_owned(),
                decision => decision,
            },
            Self::Report if someone.name == "administrator" => "OK".to_owned(),
            Self::Report => match inside(T::ReadAuditLog, Tie::default(), "NOT_YOURS") {
                refused if refused == "FORBIDDEN ROLE_TOO_LOW" => "NOT_FOUND".to_owned(),
                decision => decision,
            },
            Self::Own(permission) => inside(permission, Tie::OWN, "NOT_YOURS"),
            Self::Member(_) if inside(T::SeePupils, Tie::default(), "") != "OK" => {
                "NOT_FOUND".to_owned()
            }
            Self::Member(permission) => {
                inside(permission, Tie { own, given: false }, "NOT_YOUR_PUPIL")
            }
            // The custodians of the cast are teachers of the TwinSpace.
            Self::Rename => Self::Member(T::EditDetails).decides(someone, own, state),
            Self::Media(permission, _) => {
                inside(permission, Tie { own, given: false }, "NOT_YOURS")
            }
            Self::Project(_) | Self::Entry if !known => "NOT_FOUND".to_owned(),
            Self::Succession if !known || !granted(P::ReadProjectAuditLog) => {
                "NOT_FOUND".to_owned()
            }
            Self::Succession if granted(P::Decide) => "FORBIDDEN NOT_YOURS".to_owned(),
            Self::Decision if someone.name == "officer" => "OK".to_owned(),
            Self::Decision => "NOT_FOUND".to_owned(),
            Self::Entry if someone.name == "founder" => "OK".to_owned(),
            Self::Entry if granted(P::WriteDiary) => "FORBIDDEN NOT_YOURS".to_owned(),
            Self::Partner if !known || !granted(P::SeeProject) => "NOT_FOUND".to_owned(),
            Self::Project(permission) if granted(permission) => "OK".to_owned(),
            Self::Partner if granted(P::ManagePartners) => "OK".to_owned(),
            Self::Project(_) | Self::Partner | Self::Entry | Self::Succession => refused,
            Self::Leave if someone.role.is_some_and(TwinSpaceRole::is_pupil) => refused,
            Self::Leave => inside(T::Enter, Tie::default(), ""),
        }
    }

    /// What becomes of an act.
    fn acts(self, someone: &Someone, own: bool, state: State) -> String {
        if someone.person.is_none() {
            return "UNAUTHENTICATED".to_owned();
        }
        let needs_active = match self {
            // What is said of media stays as it is in a closed project; deleted it may be.
            Self::Media(_, "edit") => true,
            Self::Space(permission)
            | Self::Own(permission)
            | Self::Hidden(permission)
            | Self::Media(permission, _)
            | Self::Member(permission) => permission.needs_active(),
            Self::Rename => T::EditDetails.needs_active(),
            Self::Project(permission) => permission.needs_active(),
            Self::Partner => P::ManagePartners.needs_active(),
            Self::Entry => P::WriteDiary.needs_active(),
            Self::Leave | Self::Reads(_) | Self::Report | Self::Decision | Self::Succession => {
                false
            }
        };
        match self.decides(someone, own, state) {
            granted if granted == "OK" && needs_active && state != Active => {
                "FORBIDDEN PROJECT_NOT_ACTIVE".to_owned()
            }
            // M-16: the custodians of the cast are here, and nobody else takes a pupil away.
            granted
                if granted == "OK" && !own && matches!(self, Self::Member(T::TransferCustody)) =>
            {
                "FORBIDDEN NOT_YOUR_PUPIL".to_owned()
            }
            decision => decision,
        }
    }

    /// The request for what `permissions` says beforehand, and where in the answer it stands.
    fn foretells(self) -> Option<(String, String)> {
        let fields = matrix();
        let space = |permission: TwinSpacePermission| {
            let at = T::ALL.iter().position(|&p| p == permission).unwrap();
            fields.twin_space[at].permission.clone()
        };
        let project = |permission: ProjectPermission| {
            let at = P::ALL.iter().position(|&p| p == permission).unwrap();
            fields.project[at].permission.clone()
        };
        if matches!(self, Self::Leave) {
            let ask = "{ object: twinSpace(id: $space) { viewerMember {
                permissions { leave { allowed reason } } } } }";
            return Some((
                ask.to_owned(),
                "/data/object/viewerMember/permissions/leave".to_owned(),
            ));
        }
        if matches!(self, Self::Succession) {
            let ask = "{ object: node(id: $succession) { ... on Succession {
                permissions { decide { allowed reason } } } } }";
            return Some((ask.to_owned(), "/data/object/permissions/decide".to_owned()));
        }
        if matches!(self, Self::Decision) {
            let ask = "{ object: node(id: $label) { ... on LabelApplication {
                permissions { decide { allowed reason } } } } }";
            return Some((ask.to_owned(), "/data/object/permissions/decide".to_owned()));
        }
        if matches!(self, Self::Entry) {
            let ask = "{ object: node(id: $entry) { ... on DiaryEntry {
                permissions { edit { allowed reason } delete { allowed reason } } } } }";
            return Some((ask.to_owned(), "/data/object/permissions/edit".to_owned()));
        }
        let (object, field) = match self {
            Self::Space(permission) | Self::Own(permission) => {
                ("object: twinSpace(id: $space) { X }", space(permission))
            }
            // Whether a card is seen at all is not told on the card.
            Self::Member(T::SeePupils | T::SeeLastAccess | T::InvitePupils | T::AddMedia)
            | Self::Reads(_)
            | Self::Hidden(_)
            | Self::Report
            | Self::Leave
            | Self::Entry
            | Self::Decision
            | Self::Succession => return None,
            Self::Member(permission) => {
                ("object: node(id: $pupil) { ... on Member { X } }", space(permission))
            }
            Self::Rename => {
                ("object: node(id: $pupil) { ... on Member { X } }", "rename".to_owned())
            }
            Self::Media(_, field) => {
                ("object: node(id: $media) { ... on Media { X } }", field.to_owned())
            }
            Self::Project(permission) => {
                ("object: project(id: $project) { X }", project(permission))
            }
            Self::Partner => ("object: project(id: $project) { X }", project(P::ManagePartners)),
        };
        let asked = format!("permissions {{ {field} {{ allowed reason }} }}");
        let pointer = format!("/data/object/permissions/{field}");
        Some((format!("{{ {} }}", object.replace('X', &asked)), pointer))
    }
}

/// Whether nobody stands like this before the project opens.
const fn partner(standing: Standing) -> bool {
    matches!(standing, Standing::Manager | Standing::Member | Standing::Collaborator)
}

/// `OK`, or the code of the first error and its reason.
pub fn outcome(answer: &Value) -> String {
    let Some(error) = answer.pointer("/errors/0/extensions") else { return "OK".to_owned() };
    let word = |key: &str| error[key].as_str().map(str::to_owned);
    [word("code"), word("reason")].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What became of a field of the object that was asked for.
fn ends_at(answer: &Value, field: &str) -> String {
    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let about = |error: &&Value| {
        let path = error["path"].as_array().unwrap();
        path.len() == 1 || path[1] == field
    };
    match errors.iter().find(about) {
        Some(error) => outcome(&json!({ "errors": [error] })),
        // `node` tells nothing of what is not there.
        None if answer["data"]["object"].is_null() => "NOT_FOUND".to_owned(),
        None => "OK".to_owned(),
    }
}

async fn tries(app: &TestApp, token: Option<&str>, operation: &str, expected: &str) -> String {
    if !operation.starts_with("subscription") {
        return outcome(&app.execute(token, operation, json!({})).await);
    }
    let mut events = app.subscribe(token, operation, serde_json::json!({})).await;
    // Who may listen hears nothing yet.
    let patience = Duration::from_millis(if expected == "OK" { 200 } else { 10_000 });
    match tokio::time::timeout(patience, events.next()).await {
        Ok(Some(event)) => outcome(&serde_json::to_value(event).unwrap()),
        Ok(None) => "ended".to_owned(),
        Err(_) => "OK".to_owned(),
    }
}

on_both_databases! {
    // R-01, R-02
    async fn every_guarded_field_obeys_the_tables(app: TestApp) {
        let cast = Cast::new(&app).await;
        for &(field, rule, states, operation) in GUARDED {
            for &state in states {
                let mut scene = Scene::new(&app, &cast, state).await;
                for someone in &cast.all {
                    let pupils: &[_] = if operation.contains("$pupil") || operation.contains("$media") {
                        &[("teacher", true), ("founder", false)]
                    } else {
                        &[("", false)]
                    };
                    for &(custodian, charge) in pupils {
                        let pupil = if charge { scene.charge } else { scene.other };
                        let what = format!("{field} as {}, {custodian}, {state:?}", someone.name);
                        let expected = rule.acts(someone, someone.name == custodian, state);

                        let foretold = match (rule.foretells(), &someone.person) {
                            (Some((ask, at)), Some(_)) => {
                                let ask = scene.fill(&ask, pupil);
                                let answer = app.execute(someone.token(), &ask, json!({})).await;
                                match (answer.pointer(&at), answer.pointer("/errors")) {
                                    (Some(told), _) => match &told["reason"] {
                                        Value::String(reason) => format!("FORBIDDEN {reason}"),
                                        _ => "OK".to_owned(),
                                    },
                                    (None, Some(_)) => outcome(&answer),
                                    (None, None) => "NOT_FOUND".to_owned(),
                                }
                            }
                            _ => expected.clone(),
                        };
                        // A project may be seen where its partners are not.
                        if !(matches!(rule, Rule::Partner) && expected == "NOT_FOUND") {
                            assert_eq!(foretold, expected, "foretold: {what}");
                        }

                        let operation = scene.fill(operation, pupil);
                        let short = SHORT_OF.iter().find(|(of, _)| *of == field);
                        let expected = match short {
                            Some((_, of)) if expected == "OK" => (*of).to_owned(),
                            _ => expected,
                        };
                        let ended = tries(&app, someone.token(), &operation, &expected).await;
                        assert_eq!(ended, expected, "{what}");
                        if ended == "OK" && operation.starts_with("mutation") {
                            scene = Scene::new(&app, &cast, state).await;
                        }
                    }
                }
            }
        }
    }

    // R-02, M-12 to M-16, M-18: an adult is nobody's pupil.
    async fn what_is_done_with_an_adult_obeys_the_tables(app: TestApp) {
        let cast = Cast::new(&app).await;
        for &(field, rule, states, operation) in GUARDED {
            let permission = match rule {
                Rule::Member(permission) => permission,
                Rule::Rename => T::EditDetails,
                _ => continue,
            };
            let of_pupils = matches!(permission, T::EditDetails | T::ResetPassword | T::TransferCustody);
            for &state in states {
                let mut scene = Scene::new(&app, &cast, state).await;
                for someone in &cast.all {
                    let closed = permission.needs_active() && state != Active;
                    let grant = someone.role.map(|role| permission.granted_to(role));
                    let expected = match (&someone.person, grant) {
                        (None, _) => "UNAUTHENTICATED",
                        (_, None) => "NOT_FOUND",
                        (_, Some(Grant::No)) => "FORBIDDEN ROLE_TOO_LOW",
                        (_, Some(Grant::Own)) => "FORBIDDEN NOT_YOUR_PUPIL",
                        _ if closed => "FORBIDDEN PROJECT_NOT_ACTIVE",
                        _ if of_pupils => "FORBIDDEN NOT_YOUR_PUPIL",
                        _ if permission == T::ContactMember && someone.name == "collaborator" => {
                            "FORBIDDEN YOURSELF"
                        }
                        _ => "OK",
                    };
                    let what = format!("{field} of an adult as {}, {state:?}", someone.name);
                    let (ask, at) = rule.foretells().unwrap();
                    let answer = app.execute(someone.token(), &scene.fill(&ask, scene.adult), json!({})).await;
                    let foretold = match answer.pointer(&at) {
                        Some(told) => told["reason"].as_str().map_or("OK".to_owned(), |r| format!("FORBIDDEN {r}")),
                        None => "NOT_FOUND".to_owned(),
                    };
                    if someone.person.is_some() {
                        assert_eq!(foretold, expected, "foretold: {what}");
                    }
                    let operation = scene.fill(operation, scene.adult);
                    let ended = tries(&app, someone.token(), &operation, expected).await;
                    assert_eq!(ended, expected, "{what}");
                    if ended == "OK" {
                        scene = Scene::new(&app, &cast, state).await;
                    }
                }
            }
        }
    }

    async fn every_field_of_an_object_obeys_the_tables(app: TestApp) {
        let cast = Cast::new(&app).await;
        let objects = sdl::objects();
        for state in [Active, Closed] {
            let scene = Scene::new(&app, &cast, state).await;
            for &(rule, fields) in READS {
                let ty = type_of(rule);
                let names: Vec<_> = fields.split_whitespace().collect();
                let selection: Vec<_> = names
                    .iter()
                    .map(|name| {
                        if let Some((_, argued)) = ARGUED.iter().find(|(field, _)| field == name) {
                            return format!("{argued} ");
                        }
                        let of = &objects[ty].iter().find(|field| field.0 == *name).unwrap().1;
                        let inner = if objects.contains_key(of) { "{ __typename }" } else { "" };
                        format!("{name} {inner} ")
                    })
                    .collect();
                let selection = selection.concat();
                let operation = match rule {
                    Rule::Space(_) => format!("{{ object: twinSpace(id: $space) {{ {selection} }} }}"),
                    Rule::Member(_) => {
                        format!("{{ object: node(id: $pupil) {{ ... on Member {{ {selection} }} }} }}")
                    }
                    _ => format!("{{ object: project(id: $project) {{ {selection} }} }}"),
                };
                let operation = scene.fill(&operation, scene.charge);
                for someone in &cast.all {
                    let expected = match (rule, &someone.person) {
                        (Rule::Space(_), None) => "UNAUTHENTICATED".to_owned(),
                        _ => rule.decides(someone, someone.name == "teacher", state),
                    };
                    let answer = app.execute(someone.token(), &operation, json!({})).await;
                    for name in &names {
                        let ended = ends_at(&answer, name);
                        assert_eq!(ended, expected, "{ty}.{name} as {}, {state:?}", someone.name);
                    }
                }
            }
        }
    }

    // P-03 to P-05
    async fn every_step_is_taken_by_the_founder_whose_it_is(app: TestApp) {
        let cast = Cast::new(&app).await;
        for &(field, whose, state, operation) in STEPS {
            let mut scene = Scene::new(&app, &cast, state).await;
            let cofounder = Someone {
                name: "cofounder",
                person: Some(cast.cofounder.clone()),
                role: None,
                standings: &[],
            };
            for someone in cast.all.iter().chain([&cofounder]) {
                let expected = match someone.name {
                    "nobody" => "UNAUTHENTICATED",
                    "founder" if whose == "proposer" => "OK",
                    "cofounder" if whose == "cofounder" => "OK",
                    "cofounder" if state == Draft => "NOT_FOUND",
                    "founder" | "cofounder" => "FORBIDDEN NOT_YOURS",
                    _ => "NOT_FOUND",
                };
                let operation = scene.fill(operation, scene.charge);
                let ended = tries(&app, someone.token(), &operation, expected).await;
                assert_eq!(ended, expected, "{field} as {}", someone.name);
                if ended == "OK" {
                    scene = Scene::new(&app, &cast, state).await;
                }
            }
        }
    }

    async fn what_harms_is_seen_to_by_the_administrators_of_the_server_and_nobody_else(app: TestApp) {
        let cast = Cast::new(&app).await;
        for &(field, operation) in MODERATORS {
            for state in [Active, Closed] {
                let scene = Scene::new(&app, &cast, state).await;
                let operation = scene.fill(operation, scene.charge);
                for someone in &cast.all {
                    let expected = match &someone.person {
                        None => "UNAUTHENTICATED",
                        Some(_) if someone.name == "administrator" => "OK",
                        Some(_) => "FORBIDDEN NOT_AN_ADMINISTRATOR",
                    };
                    let ended = tries(&app, someone.token(), &operation, expected).await;
                    assert_eq!(ended, expected, "{field} as {}, {state:?}", someone.name);
                }
            }
        }
    }

    async fn what_is_ones_own_is_for_those_who_are_signed_in(app: TestApp) {
        let cast = Cast::new(&app).await;
        let scene = Scene::new(&app, &cast, Active).await;
        let fill = |operation: &str| {
            scene
                .fill(operation, scene.charge)
                .replace("$contact", &format!("\"{}\"", entity::ContactId::new()))
                .replace("$message", &format!("\"{}\"", entity::MessageId::new()))
                .replace("$session", &format!("\"{}\"", entity::SessionId::new()))
        };
        let closed = ["UNAUTHENTICATED", "FORBIDDEN", "INTERNAL_SERVER_ERROR"];
        let lists = [(SIGNED_IN, false), (TEACHERS, true), (PUBLIC, false)];
        for (at, (list, teachers)) in lists.into_iter().enumerate() {
            for &(field, operation) in list {
                for someone in &cast.all {
                    // Each with a session of their own: some of these end it.
                    let token = match &someone.person {
                        Some(person) => Some(app.sign_in(person.id).await),
                        None => None,
                    };
                    let expected = if token.is_some() { "OK" } else { "" };
                    let ended = tries(&app, token.as_deref(), &fill(operation), expected).await;
                    let what = format!("{field} as {}: {ended}", someone.name);
                    let kind = someone.person.as_ref().map(|person| person.kind);
                    match kind {
                        None if at < 2 => assert_eq!(ended, "UNAUTHENTICATED", "{what}"),
                        kind if teachers && kind != Some(entity::AccountKind::Teacher) => {
                            assert_eq!(ended, "FORBIDDEN NOT_A_TEACHER", "{what}");
                        }
                        // A-07: a pupil's password is the custodian's to change.
                        // And the account is theirs to erase.
                        Some(entity::AccountKind::Pupil)
                            if ["Mutation.changePassword", "Mutation.deleteAccount"].contains(&field) =>
                        {
                            assert_eq!(ended, "FORBIDDEN ROLE_TOO_LOW", "{what}");
                        }
                        _ => assert!(!closed.iter().any(|code| ended.starts_with(code)), "{what}"),
                    }
                }
            }
        }
    }
}

const fn type_of(rule: Rule) -> &'static str {
    match rule {
        Rule::Space(_)
        | Rule::Own(_)
        | Rule::Reads(_)
        | Rule::Hidden(_)
        | Rule::Report
        | Rule::Leave => "TwinSpace",
        Rule::Member(_) | Rule::Rename => "Member",
        Rule::Media(..) => "Media",
        Rule::Project(_) | Rule::Partner => "Project",
        Rule::Entry => "DiaryEntry",
        Rule::Decision => "LabelApplication",
        Rule::Succession => "Succession",
    }
}

#[test]
fn every_entry_point_is_guarded_or_public() {
    let listed = GUARDED.iter().map(|entry| entry.0).chain(STEPS.iter().map(|entry| entry.0));
    let listed =
        listed.chain([TEACHERS, MODERATORS, SIGNED_IN, PUBLIC].into_iter().flatten().map(|e| e.0));
    let listed = listed.chain(page::PAGES.iter().map(|entry| entry.0));
    let listed: BTreeSet<String> = listed.map(str::to_owned).collect();
    let roots = ["Query", "Mutation", "Subscription"];
    let there: BTreeSet<String> = roots.into_iter().flat_map(sdl::fields).collect();
    assert_eq!(there, listed);
}

#[test]
fn every_field_of_a_guarded_object_is_listed_once() {
    let mut listed: Vec<_> = READS
        .iter()
        .flat_map(|&(rule, fields)| fields.split_whitespace().map(move |f| (type_of(rule), f)))
        .map(|(ty, field)| format!("{ty}.{field}"))
        .collect();
    listed.sort();
    let objects = ["Project", "TwinSpace", "Member"];
    let mut there: Vec<_> = objects.into_iter().flat_map(sdl::fields).collect();
    there.sort();
    assert_eq!(there, listed);
}

#[test]
fn every_permission_guards_something_or_waits_for_it() {
    let rules = || GUARDED.iter().map(|entry| entry.1).chain(READS.iter().map(|entry| entry.0));
    let idle: Vec<_> = T::ALL
        .iter()
        .filter(|&&p| {
            !page::PAGES.iter().any(|entry| entry.1 == p)
                && !rules().any(|rule| {
                    matches!(rule, Rule::Space(q) | Rule::Own(q) | Rule::Member(q) | Rule::Reads(q)
                        | Rule::Hidden(q) | Rule::Media(q, _) if q == p)
                })
        })
        .collect();
    assert!(idle.is_empty(), "no field asks for {idle:?}");
    let idle: Vec<_> = P::ALL
        .iter()
        .filter(|&&p| !rules().any(|rule| matches!(rule, Rule::Project(q) if q == p)))
        .filter(|p| !CUTTING.contains(p))
        .collect();
    assert_eq!(idle, [] as [&ProjectPermission; 0]);
}

// M-12, M-13
#[test]
fn no_one_gives_a_role_above_their_own() {
    use TwinSpaceRole::{Pupil, PupilAdmin, Teacher, TeacherAdmin, Visitor};
    let all = [TeacherAdmin, Teacher, PupilAdmin, Pupil, Visitor];
    let gives = |giver| all.into_iter().filter(|&role| may_give(giver, role)).collect::<Vec<_>>();
    assert_eq!(gives(TeacherAdmin), all);
    assert_eq!(gives(Teacher), [PupilAdmin, Pupil]);
    for giver in [PupilAdmin, Pupil, Visitor] {
        assert_eq!(gives(giver), []);
    }
}
