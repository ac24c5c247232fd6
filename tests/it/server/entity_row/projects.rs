//! Rows of projects and what is decided on them.

use domain::clock::now;
use entity::{
    AccountKind, ApprovalId, Decision, DiaryEntryId, DiaryVisibility, LabelApplicationId,
    LabelState, PartnerId, ProjectRole, ProjectState, SuccessionId, SuccessionState, approval,
    diary, follow_up, label, nomination, partner, succession,
};
use sea_orm::Iterable;

use crate::support::{TestApp, on_both_databases};

use super::{account, keeps, project, service, teacher_and_project};

on_both_databases! {
    async fn projects_and_partners_read_back_as_written(app: TestApp) {
        let (teacher, _) = teacher_and_project(&app.db).await;
        let full = project::Model {
            cofounder_id: Some(teacher),
            languages: project::Words(vec!["cs".to_owned(), "de".to_owned()]),
            subjects: project::Words(vec!["\"art\"".to_owned(), "dějepis".to_owned()]),
            age_from: Some(6),
            age_to: Some(19),
            pupil_count: Some(40),
            refusal: Some("Too short.".to_owned()),
            ..project(teacher, ProjectState::Rejected)
        };
        let project_id = full.id;

        keeps(&app.db, [full]).await;
        for (role, founder) in [(ProjectRole::Manager, true), (ProjectRole::Member, false)] {
            let other = account(AccountKind::Teacher);
            let partner = partner::Model {
                id: PartnerId::new(),
                project_id,
                account_id: other.id,
                role,
                founder,
                created_at: now(),
            };
            keeps(&app.db, [other]).await;
            keeps(&app.db, [partner]).await;
        }
        keeps(&app.db, ProjectState::iter().map(|state| project(teacher, state))).await;
    }

    async fn approvals_read_back_as_written(app: TestApp) {
        let (teacher, project_id) = teacher_and_project(&app.db).await;
        let service = service();
        let service_id = service.id;
        let approval = |decision| approval::Model {
            id: ApprovalId::new(),
            project_id,
            round: 1,
            country: "CZ".to_owned(),
            service_id: None,
            decision,
            reason: None,
            decided_by: None,
            created_at: now(),
            decided_at: None,
        };
        let full = approval::Model {
            service_id: Some(service_id),
            reason: Some("Why not".to_owned()),
            decided_by: Some(teacher),
            decided_at: Some(now()),
            round: 2,
            ..approval(Decision::Rejected)
        };

        keeps(&app.db, [service]).await;
        keeps(&app.db, Decision::iter().map(approval)).await;
        keeps(&app.db, [full]).await;
    }

    async fn diary_entries_read_back_as_written(app: TestApp) {
        let (teacher, project_id) = teacher_and_project(&app.db).await;
        let entry = |visibility| diary::Model {
            id: DiaryEntryId::new(),
            project_id,
            author_id: teacher,
            title: "Déšť".to_owned(),
            text: "It *rained*.\n\n😀".to_owned(),
            html: "<p>It <em>rained</em>.</p>".to_owned(),
            renderer: 1,
            visibility,
            created_at: now(),
            edited_at: None,
        };
        let full = diary::Model { edited_at: Some(now()), ..entry(DiaryVisibility::Public) };

        keeps(&app.db, [full]).await;
        keeps(&app.db, DiaryVisibility::iter().map(entry)).await;
    }

    async fn labels_and_nominations_read_back_as_written(app: TestApp) {
        let (teacher, project_id) = teacher_and_project(&app.db).await;
        let service = service();
        let service_id = Some(service.id);
        let application = |state| label::Model {
            id: LabelApplicationId::new(),
            project_id,
            applicant_id: teacher,
            country: "CZ".to_owned(),
            service_id: None,
            region_service_id: None,
            state,
            statement: "We sang.\nLoudly.".to_owned(),
            reason: None,
            decided_by: None,
            applied_at: now(),
            decided_at: None,
        };
        let full = label::Model {
            service_id,
            region_service_id: service_id,
            reason: Some("Too short.".to_owned()),
            decided_by: Some(teacher),
            decided_at: Some(now()),
            ..application(LabelState::Refused)
        };

        keeps(&app.db, [service]).await;
        // One pending or granted, and any number of refused ones.
        keeps(&app.db, [application(LabelState::Refused), application(LabelState::Granted), full])
            .await;
        let nominated_at = now();
        keeps(&app.db, [nomination::Model {
            project_id, service_id, nominated_by: teacher, nominated_at,
        }])
        .await;
        let (other, project_id) = teacher_and_project(&app.db).await;
        keeps(&app.db, [nomination::Model {
            project_id, service_id: None, nominated_by: other, nominated_at,
        }])
        .await;
    }

    async fn successions_and_follow_ups_read_back_as_written(app: TestApp) {
        let (teacher, project_id) = teacher_and_project(&app.db).await;
        let service = service();
        let service_id = Some(service.id);
        let proposal = |state| succession::Model {
            id: SuccessionId::new(),
            project_id,
            departed_id: teacher,
            successor_id: teacher,
            proposed_by: teacher,
            country: "CZ".to_owned(),
            service_id: None,
            region_service_id: None,
            state,
            reason: None,
            decided_by: None,
            proposed_at: now(),
            decided_at: None,
        };
        let full = succession::Model {
            service_id,
            region_service_id: service_id,
            reason: Some("Too soon.".to_owned()),
            decided_by: Some(teacher),
            decided_at: Some(now()),
            ..proposal(SuccessionState::Rejected)
        };

        keeps(&app.db, [service]).await;
        keeps(&app.db, SuccessionState::iter().map(proposal)).await;
        keeps(&app.db, [full]).await;
        let later = project(teacher, ProjectState::Draft);
        let follow_up = follow_up::Model { project_id: later.id, follows_id: project_id };
        keeps(&app.db, [later]).await;
        keeps(&app.db, [follow_up]).await;
    }
}
