//! What is done with a project.

use policy::ProjectPermission as P;

use super::Guarded;
use crate::policy::{
    rule::Rule,
    scene::State::{self, *},
};

/// The entry points.
pub const PROJECT: &[Guarded] = &[
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
