//! The entry points of the API, and what is known about each: who may use it, and a request for it.

use policy::{ProjectPermission as P, ProjectPermission, TwinSpacePermission as T};

use super::{rule::Rule, scene::State};

pub mod project;
pub mod space;
pub mod viewer;

/// A guarded entry point: the required permission, the state of the project when it is tried, and a
/// request for it.
pub type Guarded = (&'static str, Rule, &'static [State], &'static str);

/// All of them.
pub fn guarded() -> impl Iterator<Item = &'static Guarded> {
    space::SPACE.iter().chain(project::PROJECT)
}

/// The permissions that filter a list instead of guarding a field.
/// `diary::everyone_reads_the_entries_that_the_table_gives_them` tries them in every role. Beside them,
/// what founders who have left may still do, which `inside::twin_space` tries (P-18).
pub const CUTTING: &[ProjectPermission] = &[P::ReadDiary, P::ReadPrivateDiary, P::ExportTwinSpace];

/// Where those who may do it are refused for other reasons, because doing it would change the cast.
pub const SHORT_OF: &[(&str, &str)] = &[
    ("Mutation.addMedia", "BAD_USER_INPUT"),
    ("Mutation.erasePupil", "BAD_USER_INPUT"),
    ("Mutation.offerCustody", "CONFLICT NO_TEACHER"),
    ("Mutation.withdrawConsent", "CONFLICT ALREADY_DONE"),
    ("Mutation.nominateForEuropeanLabel", "CONFLICT LABELS_MISSING"),
    ("Mutation.proposeSuccession", "CONFLICT FOUNDER_NOT_LEFT"),
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
