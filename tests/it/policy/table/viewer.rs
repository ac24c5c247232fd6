//! What is outside projects, by who may do it.

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
