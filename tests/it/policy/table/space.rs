//! What is done in a TwinSpace.

use policy::{ProjectPermission as P, TwinSpacePermission as T};

use super::Guarded;
use crate::policy::{rule::Rule, scene::State::*};

/// The entry points.
pub const SPACE: &[Guarded] = &[
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
];
