//! A TwinSpace with many pupils who are signed in.

use chrono::{TimeDelta, Utc};
use clap::Parser;
use domain::token;
use entity::{
    AccountId, AccountKind, ProjectId, SessionId, TwinSpaceRole, account, member, session,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use twinspace::{app::App, demo};

use crate::{Arguments, program::Home};

/// A TwinSpace, and those who take part in it.
pub struct Room {
    /// The TwinSpace, as the API names it.
    pub id: String,
    /// The token of a teacher.
    pub teacher: String,
    /// The tokens of the pupils.
    pub pupils: Vec<String>,
}

impl Room {
    /// Makes the demo, and brings more pupils into its TwinSpace.
    pub async fn make(home: &Home, pupils: usize) -> Self {
        let arguments = ["twinspace".to_owned()].into_iter().chain(home.flags());
        let config = Arguments::parse_from(arguments).config;
        let app = App::start(config).await.expect("the server starts");
        demo::fill(&app, &|_| ()).await.expect("the demo on an empty database");
        let db = app.db.read();
        let teacher = account::Entity::with_email(&demo::address("angel")).one(db).await;
        let teacher = teacher.expect("the database answers").expect("the demo has this teacher");
        let place = member::Entity::find().filter(member::Column::AccountId.eq(teacher.id));
        let place = place.one(db).await.expect("the database answers").expect("a TwinSpace");
        let project = place.project_id;

        let tx = app.db.begin().await.expect("a transaction");
        let mut tokens = vec![];
        let mut people = vec![(teacher.id, false)];
        for batch in 0..pupils.div_ceil(100) {
            let of_batch = 100.min(pupils - batch * 100);
            let accounts: Vec<_> =
                (0..of_batch).map(|n| pupil(&teacher, batch * 100 + n)).collect();
            let ids: Vec<_> = accounts.iter().map(|account| account.id.clone().unwrap()).collect();
            account::Entity::insert_many(accounts).exec(&*tx).await.expect("pupils");
            let members = ids.iter().map(|id| place_of(*id, project, teacher.id));
            member::Entity::insert_many(members).exec(&*tx).await.expect("members");
            people.extend(ids.into_iter().map(|id| (id, true)));
        }
        for some in people.chunks(100) {
            let sessions = some.iter().map(|(account, chosen)| {
                let secret = token::secret().expect("chance");
                let row = session_of(*account, chosen.then_some(project), &secret);
                tokens.push(secret);
                row
            });
            let sessions: Vec<_> = sessions.collect();
            session::Entity::insert_many(sessions).exec(&*tx).await.expect("sessions");
        }
        tx.commit().await.expect("a commit");
        let id = entity::TwinSpaceId::from(project).to_string();
        std::sync::Arc::into_inner(app)
            .expect("nothing else runs")
            .db
            .close()
            .await
            .expect("at rest");
        let pupils = tokens.split_off(1);
        Self { id, teacher: tokens.remove(0), pupils }
    }
}

fn pupil(teacher: &account::Model, n: usize) -> account::ActiveModel {
    let name = format!("Pupil {n:05}");
    account::ActiveModel {
        id: Set(AccountId::new()),
        kind: Set(AccountKind::Pupil),
        email: Set(None),
        username: Set(Some(format!("pupil.number.{n}"))),
        password_hash: Set("none".to_owned()),
        name_key: Set(name.to_lowercase()),
        name: Set(name),
        school_id: Set(teacher.school_id),
        service_id: Set(None),
        custodian_id: Set(Some(teacher.id)),
        profile: Set(String::new()),
        language: Set("en".to_owned()),
        verified_at: Set(None),
        created_at: Set(Utc::now()),
        blocked_at: Set(None),
        block_reason: Set(None),
    }
}

fn place_of(account: AccountId, project: ProjectId, inviter: AccountId) -> member::ActiveModel {
    let role = TwinSpaceRole::Pupil;
    member::Model::new(project, account, role, Some(inviter), Utc::now()).into_active_model()
}

fn session_of(account: AccountId, chosen: Option<ProjectId>, secret: &str) -> session::ActiveModel {
    session::ActiveModel {
        id: Set(SessionId::new()),
        account_id: Set(account),
        token_hash: Set(token::hash(secret)),
        project_id: Set(chosen),
        user_agent: Set("bench".to_owned()),
        created_at: Set(Utc::now()),
        last_used_at: Set(Utc::now()),
        expires_at: Set(Utc::now() + TimeDelta::days(1)),
    }
}
