//! The entry points of the API, and what is known about each: who may use it, and a request for it.

use policy::{ProjectPermission as P, ProjectPermission, TwinSpacePermission as T};

use super::{
    rule::Rule,
    scene::State::{self, *},
};

/// The guarded entry points: the required permission, the state of the project when it is tried,
/// and a request for it.
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
        "Mutation.markChatRead",
        Rule::Reads(T::Chat),
        &[Active, Closed],
        "mutation { markChatRead(input: { twinSpaceId: $space, upToMessageId: $chat }) { twinSpace { id } } }",
    ),
    (
        "Subscription.projectChanged",
        Rule::Project(P::SeeProject),
        &[PendingApproval, Active, Closed],
        "subscription { projectChanged(projectId: $project) { __typename } }",
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
        Rule::Hidden(T::InviteAdults),
        &[Active, Closed],
        "mutation { resendInvitation(input: { invitationId: $invitation }) { invitation { id } } }",
    ),
    (
        "Mutation.changeInvitationRole",
        Rule::Hidden(T::InviteAdults),
        &[Active, Closed],
        "mutation { changeInvitationRole(input: { invitationId: $invitation, role: TEACHER })
            { invitation { id } } }",
    ),
    (
        "Mutation.revokeInvitation",
        Rule::Hidden(T::InviteAdults),
        &[Active, Closed],
        "mutation { revokeInvitation(input: { invitationId: $invitation }) { invitation { id } } }",
    ),
    (
        "Mutation.resendInvitation",
        Rule::Offer,
        &[Active, Closed],
        "mutation { resendInvitation(input: { invitationId: $partnerInvitation }) { invitation { id } } }",
    ),
    (
        "Mutation.changeInvitationRole",
        Rule::Offer,
        &[Active, Closed],
        "mutation { changeInvitationRole(input: { invitationId: $partnerInvitation, role: TEACHER })
            { invitation { id } } }",
    ),
    (
        "Mutation.revokeInvitation",
        Rule::Offer,
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
            rows: [{ givenName: "Ana", familyName: "Silva" }], idempotencyKey: "4b" }) { createdCount } }"#,
    ),
    (
        "Mutation.exportPupils",
        Rule::Own(T::ExportPupils),
        &[Active, Closed],
        "mutation { exportPupils(input: { twinSpaceId: $space }) { url } }",
    ),
    (
        "Mutation.exportTwinSpace",
        Rule::Space(T::Export),
        &[Active, Closed],
        "mutation { exportTwinSpace(input: { twinSpaceId: $space }) { url } }",
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
        "mutation { resetPupilPassword(input: { pupil: { memberId: $pupil } }) { password } }",
    ),
    (
        "Mutation.erasePupil",
        Rule::Member(T::ResetPassword),
        &[Active, Closed],
        "mutation { erasePupil(input: { pupil: { memberId: $pupil }, acknowledge: false }) { memberId } }",
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
        "mutation { recordConsent(input: { pupils: { memberIds: [$pupil] }, scope: PICTURES, givenBy: GUARDIAN })
            { member { id } } }",
    ),
    (
        "Mutation.withdrawConsent",
        Rule::Member(T::EditDetails),
        &[Active, Closed],
        "mutation { withdrawConsent(input: { pupil: { memberId: $pupil }, scope: PICTURES }) { member { id } } }",
    ),
    (
        "Mutation.offerCustody",
        Rule::Member(T::TransferCustody),
        &[Active, Closed],
        "mutation { offerCustody(input: { memberId: $pupil, toMemberId: $pupil })
            { custodyTransfer { id } } }",
    ),
    (
        "Mutation.requestCustody",
        Rule::TakeOver,
        &[Active, Closed],
        "mutation { requestCustody(input: { memberId: $pupil }) { custodyTransfer { id } } }",
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
            picturedIds: [] }) { media { id } } }"##,
    ),
    (
        "Mutation.addVideoLink",
        Rule::Space(T::AddMedia),
        &[Active, Closed],
        r#"mutation { addVideoLink(input: { twinSpaceId: $space, title: "Bee", picturedIds: [],
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
        "mutation { addPartner(input: { projectId: $project, personId: $candidate }) { invitation { id } } }",
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
            visibility: PUBLIC }) { diaryEntry { id } } }"#,
    ),
    (
        "Mutation.editDiaryEntry",
        Rule::Entry,
        &[Active, Closed],
        r#"mutation { editDiaryEntry(input: { diaryEntryId: $entry, title: "Sun" }) { diaryEntry { id } } }"#,
    ),
    (
        "Mutation.deleteDiaryEntry",
        Rule::Entry,
        &[Active, Closed],
        "mutation { deleteDiaryEntry(input: { diaryEntryId: $entry }) { diaryEntryId } }",
    ),
    (
        "Mutation.applyForLabel",
        Rule::Project(P::ApplyForLabel),
        &[Active, Closed],
        r#"mutation { applyForLabel(input: { projectId: $project, statement: "We sang." })
            { labelApplication { id } } }"#,
    ),
    (
        "Mutation.grantLabel",
        Rule::Decision,
        &[Active, Closed],
        "mutation { grantLabel(input: { labelApplicationId: $label }) { labelApplication { state } } }",
    ),
    (
        "Mutation.refuseLabel",
        Rule::Decision,
        &[Active, Closed],
        r#"mutation { refuseLabel(input: { labelApplicationId: $label, reason: "Too short." })
            { labelApplication { state } } }"#,
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

/// The permissions that filter a list instead of guarding a field.
/// `diary::everyone_reads_the_entries_that_the_table_gives_them` tries them in every role. Beside them,
/// what founders who have left may still do, which `inside::twin_space` tries (P-18).
pub const CUTTING: &[ProjectPermission] = &[P::ReadDiary, P::ReadPrivateDiary, P::ExportTwinSpace];

/// The steps of a project that are not in the tables: who may take them, and the state of the
/// project.
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
pub const TEACHERS: &[(&str, &str)] = &[
    ("Query.teachers", "{ teachers { totalCount } }"),
    ("Mutation.createProject", "mutation { createProject(input: {}) { project { id } } }"),
    (
        "Mutation.requestContact",
        "mutation { requestContact(input: { personId: $candidate }) { contact { id } } }",
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

/// For server administrators, as moderators.
pub const MODERATORS: &[(&str, &str)] = &[
    ("Query.reports", "{ reports { totalCount } }"),
    (
        "Mutation.takeDownContent",
        "mutation { takeDownContent(input: { contentId: $chat }) { contentId } }",
    ),
];

/// For administrators of the server, about what is outside projects; with the code for those of them
/// who ask for what there is not.
pub const ADMINISTRATORS: &[(&str, &str, &str)] = &[
    ("Query.administration", "{ administration { accounts { totalCount } } }", "OK"),
    (
        "Mutation.lookUpAccount",
        r#"mutation { lookUpAccount(input: { signIn: "none@example.org" }) { __typename } }"#,
        "NOT_FOUND",
    ),
    (
        "Mutation.blockAccount",
        r#"mutation { blockAccount(input: { personId: $child, reason: "None" }) { __typename } }"#,
        "NOT_FOUND",
    ),
    (
        "Mutation.unblockAccount",
        "mutation { unblockAccount(input: { personId: $child }) { __typename } }",
        "NOT_FOUND",
    ),
    (
        "Mutation.endSessions",
        "mutation { endSessions(input: { personId: $child }) { __typename } }",
        "NOT_FOUND",
    ),
    (
        "Mutation.addService",
        r#"mutation { addService(input: { name: "Again", country: "SE" }) { __typename } }"#,
        "CONFLICT ALREADY_DONE",
    ),
    (
        "Mutation.renameService",
        r#"mutation { renameService(input: { serviceId: $service, name: "None" }) { __typename } }"#,
        "NOT_FOUND",
    ),
    (
        "Mutation.removeService",
        "mutation { removeService(input: { serviceId: $service }) { serviceId } }",
        "NOT_FOUND",
    ),
    (
        "Mutation.appointOfficer",
        r#"mutation { appointOfficer(input: { serviceId: $service, email: "o@example.org", name: "O" })
            { __typename } }"#,
        "NOT_FOUND",
    ),
    (
        "Mutation.moveOfficer",
        "mutation { moveOfficer(input: { personId: $child, serviceId: $service }) { __typename } }",
        "NOT_FOUND",
    ),
    (
        "Mutation.removeOfficer",
        "mutation { removeOfficer(input: { personId: $child }) { personId } }",
        "NOT_FOUND",
    ),
    ("Mutation.exportAuditLog", "mutation { exportAuditLog(input: {}) { expiresAt } }", "OK"),
    ("Mutation.retryMails", "mutation { retryMails(input: {}) { mailCount } }", "OK"),
];

/// For the officers of support services, about the country or region that theirs serves.
pub const OFFICERS: &[(&str, &str)] = &[
    ("Query.office", "{ office { country } }"),
    ("Mutation.exportNumbers", "mutation { exportNumbers(input: { months: 1 }) { expiresAt } }"),
];

/// For officers and administrators, about people who wait to be admitted and schools: here, about none.
pub const DECIDERS: &[(&str, &str)] = &[
    (
        "Mutation.admitTeacher",
        "mutation { admitTeacher(input: { personId: $child }) { __typename } }",
    ),
    (
        "Mutation.declineTeacher",
        r#"mutation { declineTeacher(input: { personId: $child, reason: "No" }) { __typename } }"#,
    ),
    (
        "Mutation.mergeSchools",
        "mutation { mergeSchools(input: { schoolId: $school, intoSchoolId: $school }) { __typename } }",
    ),
];

/// For officers, administrators and colleagues, about somebody who is no teacher.
pub const CONFIRMERS: &[(&str, &str)] = &[
    (
        "Mutation.confirmSchool",
        "mutation { confirmSchool(input: { personId: $child, schoolId: $school }) { __typename } }",
    ),
    (
        "Mutation.withdrawSchoolConfirmation",
        "mutation { withdrawSchoolConfirmation(input: { personId: $child, schoolId: $school })
            { __typename } }",
    ),
];

/// Where those who may do it are refused for other reasons, because doing it would change the cast.
pub const SHORT_OF: &[(&str, &str)] = &[
    ("Mutation.addMedia", "BAD_USER_INPUT"),
    ("Mutation.erasePupil", "BAD_USER_INPUT"),
    ("Mutation.offerCustody", "CONFLICT NO_TEACHER"),
    ("Mutation.withdrawConsent", "CONFLICT ALREADY_DONE"),
    ("Mutation.nominateForEuropeanLabel", "CONFLICT LABELS_MISSING"),
    ("Mutation.proposeSuccession", "CONFLICT FOUNDER_NOT_LEFT"),
];

/// For everyone who is signed in, about what is their own.
pub const SIGNED_IN: &[(&str, &str)] = &[
    ("Query.renderMarkdown", "{ renderMarkdown(text: \"*Bees*\") }"),
    ("Mutation.editProfile", "mutation { editProfile(input: {}) { viewer { kind } } }"),
    (
        "Mutation.setProfilePicture",
        r##"mutation { setProfilePicture(input: { file: "#__graphql_file__:0" }) { viewer { kind } } }"##,
    ),
    (
        "Mutation.removeProfilePicture",
        "mutation { removeProfilePicture { viewer { picture { url } } } }",
    ),
    (
        "Mutation.markSchoolNewsRead",
        r#"mutation { markSchoolNewsRead(input: { schoolId: "school_01900000000070008000000000000000" })
            { viewer { kind } } }"#,
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
    ("Mutation.markInboxRead", "mutation { markInboxRead(input: {}) { readCount } }"),
    (
        "Mutation.markThreadRead",
        "mutation { markThreadRead(input: { threadId: $thread }) { readCount } }",
    ),
    (
        "Mutation.deleteMessage",
        "mutation { deleteMessage(input: { messageId: $message }) { messageId } }",
    ),
    (
        "Mutation.reportMessage",
        r#"mutation { reportMessage(input: { messageId: $message, reason: "Rude" }) { reportId } }"#,
    ),
    (
        "Mutation.acceptPupilRequest",
        "mutation { acceptPupilRequest(input: { pupilRequestId: $asked, consentGivenBy: GUARDIAN })
            { pupilRequest { id } } }",
    ),
    (
        "Mutation.declinePupilRequest",
        "mutation { declinePupilRequest(input: { pupilRequestId: $asked }) { pupilRequest { id } } }",
    ),
    (
        "Mutation.withdrawPupilRequest",
        "mutation { withdrawPupilRequest(input: { pupilRequestId: $asked }) { pupilRequest { id } } }",
    ),
    (
        "Mutation.decidePupilRequest",
        "mutation { decidePupilRequest(input: { pupilRequestId: $asked, granted: true })
            { pupilRequest { id } } }",
    ),
    (
        "Mutation.acceptCustody",
        "mutation { acceptCustody(input: { custodyTransferId: $handed }) { custodyTransfer { id } } }",
    ),
    (
        "Mutation.declineCustody",
        "mutation { declineCustody(input: { custodyTransferId: $handed }) { custodyTransfer { id } } }",
    ),
    (
        "Mutation.withdrawCustody",
        "mutation { withdrawCustody(input: { custodyTransferId: $handed }) { custodyTransfer { id } } }",
    ),
    (
        "Mutation.decideCustody",
        "mutation { decideCustody(input: { custodyTransferId: $handed, granted: true })
            { custodyTransfer { id } } }",
    ),
    (
        "Mutation.takeOutPupil",
        "mutation { takeOutPupil(input: { pupilId: $child, twinSpaceId: $space }) { pupil { id } } }",
    ),
    (
        "Mutation.markPupilNewsRead",
        "mutation { markPupilNewsRead(input: { pupilNewsIds: [$news] }) { readCount } }",
    ),
    ("Subscription.inboxChanged", "subscription { inboxChanged { __typename } }"),
    ("Subscription.notificationsChanged", "subscription { notificationsChanged { total } }"),
    ("Mutation.revokeOtherSessions", "mutation { revokeOtherSessions { revokedCount } }"),
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

/// For everyone. Think twice before adding one.
pub const PUBLIC: &[(&str, &str)] = &[
    ("Query.node", "{ node(id: $project) { id } }"),
    ("Query.nodes", "{ nodes(ids: [$project]) { id } }"),
    ("Query.viewer", "{ viewer { kind } }"),
    ("Query.project", "{ project(id: $project) { id } }"),
    ("Query.projects", "{ projects { totalCount } }"),
    ("Query.invitation", r#"{ invitation(token: "none") { email } }"#),
    ("Query.publishingGuidance", "{ publishingGuidance { text url } }"),
    ("Query.regions", "{ regions(country: \"ES\") { name spellings } }"),
    ("Query.server", "{ server { name version registration { mode } links { privacy } } }"),
    (
        "Query.schools",
        "{ schools(country: \"ES\", search: \"school\") { nodes { name town region country } } }",
    ),
    ("Query.subjects", "{ subjects(search: \"art\") }"),
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

/// The fields of objects whose fields have different audiences, by required permission.
pub const READS: &[(Rule, &str)] = &[
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
    (Rule::Space(T::Chat), "chat unreadChatCount"),
    (Rule::Space(T::InviteAdults), "invitations"),
    (Rule::Space(T::InvitePupils), "pupilRequests"),
    (Rule::Space(T::ReadAuditLog), "auditLog reports"),
    (
        Rule::Member(T::SeePupils),
        "id twinSpace role name person thread kind school schoolConfirmed inviter isFounder isViewer joinedAt lastSeenAt picture profile permissions",
    ),
    (Rule::Member(T::AddMedia), "mayBePictured"),
    (Rule::Member(T::SeeLastAccess), "lastAccess online"),
    (Rule::Member(T::InvitePupils), "username custodian consents"),
];

/// How to request fields that require arguments.
pub const ARGUED: &[(&str, &str)] = &[("search", "search(query: \"bee\") { totalCount }")];
