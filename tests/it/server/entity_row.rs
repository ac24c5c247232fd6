//! Every table: a row reads back as it was written, with every column filled and with all optional
//! ones empty.

use domain::{clock::now, db::Db};
use entity::{
    AccountId, AccountKind, Act, ApprovalId, AuditId, ChatMessageId, ConsentGiver, ContactId,
    ContactState, CustodyTransferId, CustodyTransferKind, CustodyTransferState, Decision,
    DiaryEntryId, DiaryVisibility, InvitationId, InvitationKind, InvitationState,
    LabelApplicationId, LabelState, MailId, MemberId, MessageId, PartnerId, ProjectId, ProjectRole,
    ProjectState, PupilNewsId, PupilRequestId, PupilRequestState, Purpose, ReportId, ReportKind,
    SchoolId, ServiceId, SessionId, SuccessionId, SuccessionState, TagKind, ThreadId,
    TwinSpaceRole, account, account_tag, approval, audit, brought_in, chat_message, contact,
    custody_transfer, diary, follow_up, former_teacher, invitation, label, mail, member, message,
    nomination, partner, project, pupil_news, pupil_request, rate_limit, report, school, service,
    session, succession, token,
};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, EntityTrait, IntoActiveModel, Iterable, ModelTrait,
};
use serde_json::json;
use uuid::Uuid;

use crate::support::{TestApp, on_both_databases};

/// Inserts the rows and reads each back by its key.
async fn keeps<M>(db: &Db, rows: impl IntoIterator<Item = M>)
where
    M: ModelTrait + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel> + PartialEq,
    M::Entity: EntityTrait<Model = M>,
    <M::Entity as EntityTrait>::ActiveModel: ActiveModelBehavior + Send,
{
    for row in rows {
        let tx = db.begin().await.unwrap();
        let inserted = row.clone().into_active_model().insert(&*tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(inserted, row);
        let all = M::Entity::find().all(db.read()).await.unwrap();
        assert!(all.contains(&row), "{row:?} is not among {all:?}");
    }
}

fn school() -> school::Model {
    school::Model {
        id: SchoolId::new(),
        name: "Základní škola".to_owned(),
        town: "Brno".to_owned(),
        region: "Jihomoravský kraj".to_owned(),
        country: "CZ".to_owned(),
        identity_key: Uuid::now_v7().to_string(),
        alike_key: "brno skola zakladni".to_owned(),
        merged_into_id: None,
    }
}

fn service() -> service::Model {
    service::Model {
        id: ServiceId::new(),
        name: "Dům zahraniční spolupráce".to_owned(),
        country: "CZ".to_owned(),
        region: String::new(),
        region_key: Uuid::now_v7().to_string(),
    }
}

fn account(kind: AccountKind) -> account::Model {
    account::Model {
        id: AccountId::new(),
        kind,
        email: None,
        username: None,
        password_hash: "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA".to_owned(),
        name: "Žofie 😀 Nováková".to_owned(),
        name_key: "zofie novakova".to_owned(),
        school_id: None,
        service_id: None,
        custodian_id: None,
        profile: String::new(),
        language: "en".to_owned(),
        verified_at: None,
        created_at: now(),
        blocked_at: None,
        block_reason: None,
    }
}

pub fn project(proposer: AccountId, state: ProjectState) -> project::Model {
    project::Model {
        id: ProjectId::new(),
        state,
        proposer_id: proposer,
        cofounder_id: None,
        title: "Řeky".to_owned(),
        title_key: "reky".to_owned(),
        short_description: String::new(),
        aims: String::new(),
        work_process: String::new(),
        expected_results: String::new(),
        languages: project::Words::default(),
        subjects: project::Words::default(),
        age_from: None,
        age_to: None,
        pupil_count: None,
        tools: String::new(),
        refusal: None,
        created_at: now(),
        state_since: now(),
        edited_at: now(),
        chat_open_to_pupils: true,
        acts: 0,
    }
}

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

/// A teacher and their project, for rows that refer to them.
async fn teacher_and_project(db: &Db) -> (AccountId, ProjectId) {
    let teacher = account(AccountKind::Teacher);
    let project = project(teacher.id, ProjectState::Active);
    let ids = (teacher.id, project.id);
    keeps(db, [teacher]).await;
    keeps(db, [project]).await;
    ids
}

on_both_databases! {
    async fn schools_and_services_read_back_as_written(app: TestApp) {
        keeps(&app.db, [school()]).await;
        keeps(&app.db, [service()]).await;
    }

    async fn counts_read_back_as_written(app: TestApp) {
        let most = rate_limit::Model { key: "e3b0c44298fc1c14".to_owned(), free_at: i64::MAX };
        keeps(&app.db, [most]).await;
    }

    async fn accounts_read_back_as_written(app: TestApp) {
        let (school, service) = (school(), service());
        let teacher = account::Model {
            email: Some("zofie@example.org".to_owned()),
            school_id: Some(school.id),
            verified_at: Some(now()),
            profile: "Teaches.\nSings.".to_owned(),
            language: "pl".to_owned(),
            ..account(AccountKind::Teacher)
        };
        let pupil = account::Model {
            username: Some("zofie".to_owned()),
            school_id: Some(school.id),
            custodian_id: Some(teacher.id),
            ..account(AccountKind::Pupil)
        };
        let officer =
            account::Model { service_id: Some(service.id), ..account(AccountKind::Officer) };
        let tags = TagKind::iter().map(|kind| account_tag::Model {
            account_id: teacher.id,
            kind,
            value: "cs".to_owned(),
        });
        let tags: Vec<_> = tags.collect();

        keeps(&app.db, [school]).await;
        keeps(&app.db, [service]).await;
        keeps(&app.db, [teacher, pupil, officer]).await;
        keeps(&app.db, AccountKind::iter().map(account)).await;
        keeps(&app.db, tags).await;
    }

    async fn sessions_and_tokens_read_back_as_written(app: TestApp) {
        let (account, project) = teacher_and_project(&app.db).await;
        let session = |project_id| session::Model {
            id: SessionId::new(),
            account_id: account,
            token_hash: Uuid::now_v7().to_string(),
            project_id,
            user_agent: "Firefox".to_owned(),
            created_at: now(),
            last_used_at: now(),
            expires_at: now(),
        };

        keeps(&app.db, [session(Some(project)), session(None)]).await;
        keeps(&app.db, Purpose::iter().map(|purpose| token::Model {
            hash: Uuid::now_v7().to_string(),
            purpose,
            subject_id: Uuid::now_v7(),
            expires_at: now(),
        }))
        .await;
    }

    async fn contacts_read_back_as_written(app: TestApp) {
        let one = account(AccountKind::Teacher);
        let others = [account(AccountKind::Teacher), account(AccountKind::Teacher)];
        let contacts: Vec<_> = ContactState::iter()
            .zip(&others)
            .zip([None, Some(now())])
            .map(|((state, other), accepted_at)| contact::Model {
                id: ContactId::new(),
                requester_id: one.id,
                addressee_id: other.id,
                pair_key: contact::Model::pair(one.id, other.id),
                state,
                created_at: now(),
                accepted_at,
            })
            .collect();

        keeps(&app.db, [one]).await;
        keeps(&app.db, others).await;
        keeps(&app.db, contacts).await;
    }

    async fn chat_messages_and_reports_read_back_as_written(app: TestApp) {
        let (author_id, project_id) = teacher_and_project(&app.db).await;
        let said = |key| chat_message::Model {
            id: ChatMessageId::new(),
            project_id,
            author_id,
            text: "Ahoj 😀\n\tsvěte".to_owned(),
            key,
            sent_at: now(),
        };
        keeps(&app.db, [said(None), said(None), said(Some("a".to_owned()))]).await;
        let other = account(AccountKind::Guest);
        let recipient_id = other.id;
        keeps(&app.db, [other]).await;
        let written = message::Model {
            id: MessageId::new(),
            project_id,
            thread_id: ThreadId::new(),
            sender_id: author_id,
            recipient_id,
            subject: "Včely".to_owned(),
            text: "Ahoj".to_owned(),
            in_reply_to: None,
            key: None,
            sent_at: now(),
            read_at: None,
            mailed: false,
            sender_deleted: false,
            recipient_deleted: false,
        };
        let full = message::Model {
            id: MessageId::new(),
            in_reply_to: Some(written.id),
            key: Some("a".to_owned()),
            read_at: Some(now()),
            mailed: true,
            sender_deleted: true,
            recipient_deleted: true,
            ..written.clone()
        };
        keeps(&app.db, [written, full]).await;
        let reported = report::Model {
            id: ReportId::new(),
            project_id,
            kind: ReportKind::Chat,
            message_id: Uuid::now_v7(),
            author_id,
            recipient_id: None,
            reporter_id: recipient_id,
            subject: String::new(),
            text: "Ahoj".to_owned(),
            sent_at: now(),
            reason: "Proto".to_owned(),
            reported_at: now(),
            settled_at: None,
            settled_by: None,
        };
        let settled = report::Model {
            id: ReportId::new(),
            kind: ReportKind::Message,
            message_id: Uuid::now_v7(),
            recipient_id: Some(recipient_id),
            settled_at: Some(now()),
            settled_by: Some(author_id),
            ..reported.clone()
        };
        keeps(&app.db, [reported, settled]).await;
    }

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
            let other = account(AccountKind::Guest);
            let (account_id, school_id) = (other.id, other.school_id);
            let (name, name_key) = (other.name.clone(), other.name_key.clone());
            let brought = role.is_pupil();
            keeps(&app.db, [other]).await;
            keeps(&app.db, [member::Model {
                id: MemberId::new(),
                project_id,
                account_id,
                role,
                inviter_id: brought.then_some(teacher),
                name,
                name_key,
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

    async fn the_audit_log_reads_back_as_written(app: TestApp) {
        let line = |act| audit::Model {
            id: AuditId::new(),
            at: now(),
            actor_id: None,
            act,
            project_id: None,
            account_id: None,
            subject_id: None,
            details: audit::Details::default(),
        };
        let full = audit::Model {
            actor_id: Some(AccountId::new()),
            project_id: Some(ProjectId::new()),
            account_id: Some(AccountId::new()),
            subject_id: Some(Uuid::now_v7()),
            details: audit::Details(serde_json::Map::from_iter([
                ("before".to_owned(), json!("pupil")),
                ("after".to_owned(), json!({ "role": "visitor", "n": 1 })),
            ])),
            ..line(Act::MemberRoleChanged)
        };

        keeps(&app.db, [full]).await;
        keeps(&app.db, Act::iter().map(line)).await;
    }

    async fn mails_read_back_as_written(app: TestApp) {
        keeps(&app.db, [mail::Model {
            id: MailId::new(),
            recipient: "zofie@example.org".to_owned(),
            language: "cs".to_owned(),
            letter: json!({ "letter": "verifyEmail", "name": "Žofie 😀" }),
            subject_id: Uuid::now_v7(),
            attempts: 3,
            due_at: now(),
            created_at: now(),
        }])
        .await;
    }
}
