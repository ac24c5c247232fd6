//! Rows of members, invitations and what is asked about pupils.

use domain::clock::now;
use entity::{
    AccountId, AccountKind, Act, ChatMessageId, ConsentGiver, CustodyTransferId,
    CustodyTransferKind, CustodyTransferState, InvitationId, InvitationKind, InvitationState,
    MemberId, ProjectId, PupilNewsId, PupilRequestId, PupilRequestState, TwinSpaceRole, brought_in,
    custody_transfer, former_teacher, invitation, member, pupil_news, pupil_request,
};
use sea_orm::Iterable;
use uuid::Uuid;

use crate::support::{TestApp, on_both_databases};

use super::{account, keeps, service, teacher_and_project};

fn invitation(project: ProjectId, inviter: AccountId) -> invitation::Model {
    invitation::Model {
        id: InvitationId::new(),
        project_id: project,
        kind: InvitationKind::Partner,
        email: format!("{}@example.org", Uuid::now_v7().simple()),
        account_id: None,
        role: TwinSpaceRole::Visitor,
        inviter_id: inviter,
        state: InvitationState::Pending,
        sent_at: now(),
        undeliverable_since: None,
        expires_at: now(),
        ended_at: None,
    }
}

on_both_databases! {
    async fn what_is_asked_about_pupils_reads_back_as_written(app: TestApp) {
        let (teacher, project_id) = teacher_and_project(&app.db).await;
        let service = service();
        let service_id = Some(service.id);
        keeps(&app.db, [service]).await;
        let pupil = || {
            let account = account(AccountKind::Pupil);
            (account.id, account)
        };
        for (n, state) in PupilRequestState::iter().enumerate() {
            let (pupil_id, account) = pupil();
            keeps(&app.db, [account]).await;
            let ended_at = (n > 0).then(now);
            keeps(&app.db, [pupil_request::Model {
                id: PupilRequestId::new(), project_id, pupil_id, role: TwinSpaceRole::Pupil,
                asked_by: teacher, state, service_id, region_service_id: None,
                consent_given_by: (n > 0).then_some(ConsentGiver::Guardian),
                decided_by: (n > 0).then_some(teacher), asked_at: now(), expires_at: now(), ended_at,
            }])
            .await;
        }
        for (n, state) in CustodyTransferState::iter().enumerate() {
            let (pupil_id, account) = pupil();
            keeps(&app.db, [account]).await;
            for kind in CustodyTransferKind::iter() {
                keeps(&app.db, [custody_transfer::Model {
                    id: CustodyTransferId::new(), kind, project_id, pupil_id, from_id: teacher,
                    to_id: teacher, service_id, region_service_id: None, state, began_at: now(),
                    due_at: (n > 0).then(now), decided_by: (n > 0).then_some(teacher),
                    ended_at: (n > 0).then(now),
                }])
                .await;
            }
        }
        let (pupil_id, account) = pupil();
        keeps(&app.db, [account]).await;
        let news = |project_id, actor_id| pupil_news::Model {
            id: PupilNewsId::new(), custodian_id: teacher, pupil_id, project_id,
            act: Act::MemberRemoved, actor_id, at: now(),
        };
        keeps(&app.db, [news(None, None), news(Some(project_id), Some(teacher))]).await;
    }

    async fn former_teachers_read_back_as_written(app: TestApp) {
        let (account_id, project_id) = teacher_and_project(&app.db).await;
        keeps(&app.db, [former_teacher::Model { project_id, account_id }]).await;
    }

    async fn who_brought_pupils_in_reads_back_as_written(app: TestApp) {
        let (teacher_id, project_id) = teacher_and_project(&app.db).await;
        let account = account::Model { email: None, ..account(AccountKind::Pupil) };
        let pupil_id = account.id;
        keeps(&app.db, [account]).await;
        keeps(&app.db, [brought_in::Model { project_id, pupil_id, teacher_id }]).await;
    }

    async fn members_read_back_as_written(app: TestApp) {
        let (teacher, project_id) = teacher_and_project(&app.db).await;
        for role in TwinSpaceRole::iter() {
            let brought = role.is_pupil();
            let kind = if brought { AccountKind::Pupil } else { AccountKind::Guest };
            let username = brought.then(|| format!("zofie.{role:?}"));
            let other = account::Model { username: username.clone(), ..account(kind) };
            let (account_id, school_id) = (other.id, other.school_id);
            let (name, name_key) = (other.name.clone(), other.name_key.clone());
            keeps(&app.db, [other]).await;
            keeps(&app.db, [member::Model {
                id: MemberId::new(),
                project_id,
                account_id,
                role,
                inviter_id: brought.then_some(teacher),
                name,
                name_key,
                username,
                school_id,
                joined_at: now(),
                last_seen_at: brought.then(now),
                last_access_on: now().date_naive(),
                chat_read_id: brought.then(ChatMessageId::new),
            }])
            .await;
        }
    }

    async fn invitations_read_back_as_written(app: TestApp) {
        let (teacher, project_id) = teacher_and_project(&app.db).await;
        let full = invitation::Model {
            account_id: Some(teacher),
            undeliverable_since: Some(now()),
            ended_at: Some(now()),
            ..invitation(project_id, teacher)
        };
        let states = InvitationState::iter().map(|state| invitation::Model {
            state,
            ..invitation(project_id, teacher)
        });
        let kinds = InvitationKind::iter().map(|kind| invitation::Model {
            kind,
            ..invitation(project_id, teacher)
        });

        keeps(&app.db, [full]).await;
        keeps(&app.db, states).await;
        keeps(&app.db, kinds).await;
    }
}
