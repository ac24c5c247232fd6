//! People and their TwinSpace: created by the domain's own functions if it has them, and as plain
//! rows for preconditions of a test.

use domain::{
    Actor,
    access::{self, Access, Person as Asking},
    accounts::session,
    clock::now,
    projects::{
        approval,
        project::{self, Fields},
    },
    text,
};
use entity::{
    AccountId, AccountKind, ContactId, ContactState, MemberId, PartnerId, ProjectId, ProjectRole,
    SchoolId, ServiceId, SuccessionId, SuccessionState, TwinSpaceId, TwinSpaceRole, account,
    contact, follow_up, member, partner, school, service, succession,
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

use super::TestApp;

/// A signed-in person.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: AccountId,
    pub kind: AccountKind,
    pub email: String,
    /// The token of a session.
    pub token: String,
    pub service: Option<ServiceId>,
}

/// A TwinSpace and its founders, from Germany and France.
#[derive(Clone, Debug)]
pub struct Space {
    pub project: ProjectId,
    pub id: TwinSpaceId,
    pub founders: [Person; 2],
}

impl TestApp {
    /// A registered teacher with a verified address, at a school in this country.
    pub async fn teacher(&self, name: &str, country: &str) -> Person {
        let id = SchoolId::new();
        let school = school::Model {
            id,
            name: format!("School of {name}"),
            town: "Town".into(),
            region: String::new(),
            country: country.into(),
            identity_key: id.0.to_string(),
            alike_key: id.0.to_string(),
            merged_into_id: None,
        };
        let school = self.put(school.into_active_model()).await.id;
        self.person(name, AccountKind::Teacher, Some(school), None, None).await
    }

    /// A guest, who has no access to the desktop.
    pub async fn guest(&self, name: &str) -> Person {
        self.person(name, AccountKind::Guest, None, None, None).await
    }

    /// A server administrator.
    pub async fn administrator(&self) -> Person {
        self.person("Ada Admin", AccountKind::Administrator, None, None, None).await
    }

    /// A support service of a country, or of one of its regions, and one of its officers.
    pub async fn officer(&self, country: &str, region: &str) -> Person {
        let service = service::Model {
            id: ServiceId::new(),
            name: format!("Service of {country} {region}"),
            country: country.into(),
            region: region.into(),
            region_key: text::key(region),
        };
        let service = self.put(service.into_active_model()).await.id;
        self.person("Olga Officer", AccountKind::Officer, None, Some(service), None).await
    }

    /// A pupil in this teacher's custody.
    pub async fn pupil(&self, name: &str, custodian: &Person) -> Person {
        self.person(name, AccountKind::Pupil, None, None, Some(custodian.id)).await
    }

    async fn person(
        &self,
        name: &str,
        kind: AccountKind,
        school_id: Option<SchoolId>,
        service_id: Option<ServiceId>,
        custodian_id: Option<AccountId>,
    ) -> Person {
        let id = AccountId::new();
        // Letters of which no word can be found in it that a test searches for.
        let digits = id.0.simple().to_string();
        let digits = digits.bytes().filter_map(|digit| char::from(digit).to_digit(16));
        let key: String =
            digits.map(|digit| char::from(b"bcdfghjklmnpqrst"[digit as usize])).collect();
        let pupil = kind == AccountKind::Pupil;
        let row = account::Model {
            id,
            kind,
            email: (!pupil).then(|| format!("{key}@example.org")),
            username: pupil.then(|| key.clone()),
            // Not the hash of any password that could be guessed.
            password_hash: format!("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ${}", "A".repeat(43)),
            name: name.into(),
            name_key: text::key(name),
            school_id,
            service_id,
            custodian_id,
            profile: String::new(),
            language: "en".into(),
            verified_at: Some(now()),
            created_at: now(),
            blocked_at: None,
            block_reason: None,
        };
        self.put(row.into_active_model()).await;
        let token = self.sign_in(id).await;
        Person { id, kind, email: format!("{key}@example.org"), token, service: service_id }
    }

    /// Another session of an account.
    pub async fn sign_in(&self, id: AccountId) -> String {
        let tx = self.db.begin().await.unwrap();
        let lifetime = self.config.accounts.lifetime();
        let (token, _) =
            session::open(&tx, id, session::Entry { user_agent: "test", lifetime, now: now() })
                .await
                .unwrap();
        tx.commit().await.unwrap();
        token
    }

    /// Makes two teachers contacts.
    pub async fn befriend(&self, one: &Person, other: &Person) -> ContactId {
        let row = contact::Model {
            id: ContactId::new(),
            requester_id: one.id,
            addressee_id: other.id,
            pair_key: contact::Model::pair(one.id, other.id),
            state: ContactState::Accepted,
            created_at: now(),
            accepted_at: Some(now()),
        };
        self.put(row.into_active_model()).await.id
    }

    /// A draft with all fields filled in, proposed by the first of the two.
    pub async fn draft(&self, proposer: &Person, cofounder: &Person) -> ProjectId {
        self.befriend(proposer, cofounder).await;
        self.begin(proposer, cofounder).await
    }

    /// The same for two who are already contacts.
    pub async fn begin(&self, proposer: &Person, cofounder: &Person) -> ProjectId {
        let words = |text: &str| Some(text.to_owned());
        let fields = Fields {
            title: words("Bees across borders"),
            short_description: words("We watch bees."),
            aims: words("To know bees."),
            work_process: words("We look and write."),
            expected_results: words("A book of bees."),
            languages: Some(vec!["en".into(), "de".into()]),
            subjects: Some(vec!["Biology".into()]),
            age_from: Some(9),
            age_to: Some(12),
            pupil_count: Some(50),
            tools: words("Chat and pages"),
        };
        project::create(&self.db, proposer.id, Some(cofounder.id), fields, None, now())
            .await
            .unwrap()
    }

    /// A person who does something now.
    pub fn actor(&self, person: &Person) -> Actor<'_> {
        let asking =
            Asking { account: Some(person.id), kind: Some(person.kind), service: person.service };
        Actor { db: &self.db, person: asking, now: now() }
    }

    /// A person's current access to a project.
    pub async fn access(&self, person: &Person, project: ProjectId) -> Access {
        let asking = self.actor(person).person;
        access::find(self.db.read(), asking, project).await.unwrap().unwrap()
    }

    /// An active project: founded, accepted, approved.
    pub async fn space(&self) -> Space {
        let founders = [
            self.teacher("Frida Founder", "DE").await,
            self.teacher("Fabien Fondateur", "FR").await,
        ];
        let project = self.draft(&founders[0], &founders[1]).await;
        self.open(project, founders).await
    }

    /// The TwinSpace of a draft of these founders: sent, accepted, approved.
    pub async fn open(&self, project: ProjectId, founders: [Person; 2]) -> Space {
        project::send(self.actor(&founders[0]), project).await.unwrap();
        project::accept(self.actor(&founders[1]), project).await.unwrap();
        // No support service is set up: an administrator decides for both countries.
        let administrator = self.administrator().await;
        approval::approve(self.actor(&administrator), project, None).await.unwrap();
        Space { project, id: project.into(), founders }
    }

    /// Makes someone a member of a TwinSpace.
    pub async fn seat(&self, space: &Space, person: &Person, role: TwinSpaceRole) -> MemberId {
        let inviter = Some(space.founders[0].id);
        let row = member::Model::new(space.project, person.id, role, inviter, now());
        self.put(row.into_active_model()).await.id
    }

    /// Makes a teacher a partner of a project.
    pub async fn partner(&self, space: &Space, person: &Person, role: ProjectRole) -> PartnerId {
        let row = partner::Model {
            id: PartnerId::new(),
            project_id: space.project,
            account_id: person.id,
            role,
            founder: false,
            created_at: now(),
        };
        self.put(row.into_active_model()).await.id
    }

    /// Creates a proposal to transfer a founder's powers, pending with this support service.
    pub async fn succession(
        &self,
        space: &Space,
        departed: &Person,
        successor: &Person,
        service_id: Option<ServiceId>,
    ) -> SuccessionId {
        let row = succession::Model {
            id: SuccessionId::new(),
            project_id: space.project,
            departed_id: departed.id,
            successor_id: successor.id,
            proposed_by: space.founders[0].id,
            country: "FR".into(),
            service_id,
            region_service_id: None,
            state: SuccessionState::Pending,
            reason: None,
            decided_by: None,
            proposed_at: now(),
            decided_at: None,
        };
        self.put(row.into_active_model()).await.id
    }

    /// Makes one project the follow-up of another.
    pub async fn follows(&self, project_id: ProjectId, follows_id: ProjectId) {
        self.put(follow_up::Model { project_id, follows_id }.into_active_model()).await;
    }

    async fn put<A>(&self, row: A) -> <A::Entity as EntityTrait>::Model
    where
        A: ActiveModelTrait + sea_orm::ActiveModelBehavior + Send,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        let tx = self.db.begin().await.unwrap();
        let model = row.insert(&*tx).await.unwrap();
        tx.commit().await.unwrap();
        model
    }
}
