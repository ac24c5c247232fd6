//! Every table: a row reads back as it was written, with every column filled and with all optional
//! ones empty.

use domain::{clock::now, db::Db};
use entity::{
    AccountId, AccountKind, Act, AuditId, ChatMessageId, ContactId, ContactState, MailId,
    MessageId, ProjectId, ProjectState, Purpose, ReportId, ReportKind, SchoolId, ServiceId,
    SessionId, TagKind, ThreadId, account, account_tag, audit, chat_message, contact, mail,
    message, project, rate_limit, report, school, service, session, token,
};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, EntityTrait, IntoActiveModel, Iterable, ModelTrait,
};
use serde_json::json;
use uuid::Uuid;

use crate::support::{TestApp, on_both_databases};

mod members;
mod projects;

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
            kind: ReportKind::ChatMessage,
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
