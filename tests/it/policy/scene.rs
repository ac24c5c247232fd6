//! One person of each kind, and a project to try things with.

use chrono::TimeDelta;
use domain::{
    Actor,
    care::report,
    clock::now,
    inside::{chat, media, message, page},
    members::invitation,
    projects::{approval, diary, label, project},
};
use entity::{
    ChatMessageId, ContactId, DiaryEntryId, DiaryVisibility, InvitationId, LabelApplicationId,
    MediaId, MemberId, MessageId, PageId, PageVisibility, PartnerId, ProjectId, ProjectRole,
    ReportId, SuccessionId,
    TwinSpaceRole::{self, Pupil, PupilAdmin, TeacherAdmin, Visitor},
};
use policy::Standing::{self, *};

use crate::support::{
    TestApp,
    cast::{Person, Space},
};

/// Someone who tries something.
pub struct Someone {
    pub name: &'static str,
    /// `None`: anonymous.
    pub person: Option<Person>,
    /// Their role in the TwinSpace.
    pub role: Option<TwinSpaceRole>,
    /// Their standing in relation to the project once it is open.
    pub standings: &'static [Standing],
}

impl Someone {
    pub fn token(&self) -> Option<&str> {
        self.person.as_ref().map(|person| person.token.as_str())
    }

    /// Whether they have a pupil role or account.
    pub fn is_pupil(&self) -> bool {
        let kind = self.person.as_ref().map(|person| person.kind);
        kind == Some(entity::AccountKind::Pupil) || self.role.is_some_and(TwinSpaceRole::is_pupil)
    }
}

/// The people, who remain; projects come and go.
pub struct Cast {
    /// The first is a founder, the last is anonymous.
    pub all: Vec<Someone>,
    pub cofounder: Person,
    /// A pupil of the founder.
    other: Person,
    /// A pupil of the one who is a teacher in the TwinSpace.
    charge: Person,
    /// A partner who applies for a label, on which the officer of the cast decides.
    pub applicant: Person,
    /// Contacts of those who manage partners.
    pub candidates: [Person; 2],
    /// The contact between the founder and the first candidate.
    contact: ContactId,
    officers: [Person; 2],
}

impl Cast {
    pub async fn new(app: &TestApp) -> Self {
        let mut all = Vec::new();
        let mut add = |name, person, role, standings| {
            all.push(Someone { name, person, role, standings });
        };
        // While no support service is set up.
        let elsewhere = app.space().await;
        let founder = app.teacher("Frida Founder", "DE").await;
        let cofounder = app.teacher("Fabien Fondateur", "FR").await;
        app.befriend(&founder, &cofounder).await;
        let manager = app.teacher("Mara Manager", "IT").await;
        let candidates =
            [app.teacher("Cara Candidate", "IT").await, app.teacher("Carl Candidate", "IT").await];
        let contact = app.befriend(&founder, &candidates[0]).await;
        app.befriend(&founder, &candidates[1]).await;
        for candidate in &candidates {
            app.befriend(&manager, candidate).await;
        }
        let teacher = app.teacher("Tina Teacher", "PL").await;
        let officers = [app.officer("DE", "").await, app.officer("FR", "").await];
        let other = app.pupil("Olli Other", &founder).await;
        let charge = app.pupil("Chris Charge", &teacher).await;
        // M-12: with a teacher role here, and a membership in another TwinSpace.
        let raised = app.pupil("Rosa Raised", &teacher).await;
        for pupil in [&raised, &charge] {
            app.seat(&elsewhere, pupil, Pupil).await;
        }
        let applicant = app.teacher("Apollonia Applicant", "DE").await;
        let here = |person: &Person| Some(person.clone());

        add("founder", here(&founder), Some(TeacherAdmin), &[Founder, Teacher, Anyone]);
        add("manager", here(&manager), None, &[Manager, Teacher, Anyone]);
        let member = app.teacher("Mia Member", "IT").await;
        add("member", Some(member), None, &[Member, Teacher, Anyone]);
        let admin = app.teacher("Anna Admin", "ES").await;
        add("teacher admin", Some(admin), Some(TeacherAdmin), &[Collaborator, Teacher, Anyone]);
        add(
            "teacher",
            Some(teacher),
            Some(TwinSpaceRole::Teacher),
            &[Collaborator, Teacher, Anyone],
        );
        let collaborator = app.guest("Cleo Collaborator").await;
        let role = Some(TwinSpaceRole::Teacher);
        add("collaborator", Some(collaborator), role, &[Collaborator, Anyone]);
        let pupil_admin = app.pupil("Paula Pupil", &founder).await;
        add("pupil admin", Some(pupil_admin), Some(PupilAdmin), &[Anyone]);
        add("pupil", Some(app.pupil("Paul Pupil", &founder).await), Some(Pupil), &[Anyone]);
        add("visitor", Some(app.guest("Vera Visitor").await), Some(Visitor), &[Anyone]);
        add("stranger", Some(app.teacher("Stan Stranger", "SE").await), None, &[Teacher, Anyone]);
        add("officer", here(&officers[0]), None, &[Officer, Anyone]);
        add("other officer", Some(app.officer("SE", "").await), None, &[Anyone]);
        add("administrator", Some(app.administrator().await), None, &[Anyone]);
        add("raised", Some(raised), Some(TwinSpaceRole::Teacher), &[Collaborator, Anyone]);
        add("guest", Some(app.guest("Gus Guest").await), None, &[Anyone]);
        add("nobody", None, None, &[Anyone]);
        Self { all, cofounder, other, charge, applicant, candidates, contact, officers }
    }

    pub fn get(&self, name: &str) -> &Someone {
        self.all.iter().find(|someone| someone.name == name).unwrap()
    }

    pub fn person(&self, name: &str) -> &Person {
        self.get(name).person.as_ref().unwrap()
    }

    pub fn founder(&self) -> &Person {
        self.person("founder")
    }
}

/// The state of a scene's project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Draft,
    PendingPartner,
    PendingApproval,
    Active,
    Closed,
}

impl State {
    pub const ALL: [Self; 5] =
        [Self::Draft, Self::PendingPartner, Self::PendingApproval, Self::Active, Self::Closed];
}

/// Where people try things one after the other: with a scene that lasts until one of them has changed
/// something.
pub struct Stage<'a> {
    app: &'a TestApp,
    cast: &'a Cast,
    state: State,
    scene: Option<Scene>,
}

impl<'a> Stage<'a> {
    pub fn new(app: &'a TestApp, cast: &'a Cast, state: State) -> Self {
        Self { app, cast, state, scene: None }
    }

    /// A scene that nobody has changed.
    pub async fn scene(&mut self) -> Scene {
        match self.scene {
            Some(scene) => scene,
            None => *self.scene.insert(Scene::new(self.app, self.cast, self.state).await),
        }
    }

    /// Somebody has changed something: the next one has another scene.
    pub fn changed(&mut self) {
        self.scene = None;
    }
}

/// The IDs of one project and of what belongs to it.
#[derive(Clone, Copy)]
pub struct Scene {
    pub project: ProjectId,
    pub charge: MemberId,
    pub other: MemberId,
    /// The collaborator, who is not a pupil.
    pub adult: MemberId,
    pub partner: PartnerId,
    pub invitation: InvitationId,
    pub partner_invitation: InvitationId,
    pub candidate: entity::AccountId,
    /// A chat message of the charge.
    pub chat: ChatMessageId,
    /// The other pupil's report of it.
    pub report: ReportId,
    /// The founder's public diary entry.
    pub entry: DiaryEntryId,
    /// The applicant's.
    pub label: LabelApplicationId,
    /// The co-founder's, who has not left and therefore cannot be succeeded.
    pub succession: SuccessionId,
    /// A page of the founder's, for members.
    pub page: PageId,
    /// From the founder to the other pupil.
    pub message: MessageId,
    /// The founder's and the candidate's.
    pub contact: ContactId,
    /// One by the teacher in the TwinSpace, and one by the founder.
    pub media: [MediaId; 2],
}

impl Scene {
    /// IDs of objects that do not exist.
    pub fn nowhere() -> Self {
        Self {
            project: ProjectId::new(),
            charge: MemberId::new(),
            other: MemberId::new(),
            adult: MemberId::new(),
            partner: PartnerId::new(),
            invitation: InvitationId::new(),
            partner_invitation: InvitationId::new(),
            candidate: entity::AccountId::new(),
            chat: ChatMessageId::new(),
            report: ReportId::new(),
            entry: DiaryEntryId::new(),
            label: LabelApplicationId::new(),
            succession: SuccessionId::new(),
            page: PageId::new(),
            message: MessageId::new(),
            contact: ContactId::new(),
            media: [MediaId::new(), MediaId::new()],
        }
    }

    /// A new project of the cast.
    pub async fn new(app: &TestApp, cast: &Cast, state: State) -> Self {
        let founder = cast.founder();
        let project = app.begin(founder, &cast.cofounder).await;
        let (candidate, contact) = (cast.candidates[0].id, cast.contact);
        let mut scene = Self { project, candidate, contact, ..Self::nowhere() };
        if state == State::Draft {
            return scene;
        }
        project::send(app.actor(founder), project).await.unwrap();
        if state == State::PendingPartner {
            return scene;
        }
        project::accept(app.actor(&cast.cofounder), project).await.unwrap();
        if state == State::PendingApproval {
            return scene;
        }
        for officer in &cast.officers {
            approval::approve(app.actor(officer), project, None).await.unwrap();
        }
        let founders = [founder.clone(), cast.cofounder.clone()];
        let space = Space { project, id: project.into(), founders };
        for someone in &cast.all {
            if let (Some(person), Some(role), false) =
                (&someone.person, someone.role, someone.name == "founder")
            {
                let place = app.seat(&space, person, role).await;
                if someone.name == "collaborator" {
                    scene.adult = place;
                }
            }
        }
        scene.charge = app.seat(&space, &cast.charge, Pupil).await;
        scene.other = app.seat(&space, &cast.other, Pupil).await;
        app.partner(&space, cast.person("manager"), ProjectRole::Manager).await;
        scene.partner = app.partner(&space, cast.person("member"), ProjectRole::Member).await;
        let mail = "invited@example.org";
        // What was just sent is not sent again.
        app.forget_limits().await;
        let earlier = Actor { now: now() - TimeDelta::days(1), ..app.actor(founder) };
        let sent = invitation::invite(earlier, space.id, mail, Visitor).await;
        scene.invitation = sent.unwrap().0;
        let invited = cast.candidates[1].id;
        let sent = invitation::invite_partner(earlier, project, invited, TeacherAdmin).await;
        scene.partner_invitation = sent.unwrap();
        let said = chat::send(app.actor(&cast.charge), space.id, "Hello!", None).await;
        scene.chat = said.unwrap().0;
        let reporter = app.actor(&cast.other);
        scene.report = report::chat(reporter, scene.chat, "It is rude.").await.unwrap().0;
        let draft = message::Draft { text: "Hello!".into(), ..message::Draft::default() };
        let sent = message::send(app.actor(founder), scene.other, draft).await;
        scene.message = sent.unwrap().0;
        let words = ["The first day".to_owned(), "It *rained*.".to_owned()];
        let public = DiaryVisibility::Public;
        let wrote = diary::write(app.actor(founder), project, words, public, None).await;
        scene.entry = wrote.unwrap();
        app.partner(&space, &cast.applicant, ProjectRole::Member).await;
        let applicant = app.actor(&cast.applicant);
        scene.label = label::apply(applicant, project, "We sang.").await.unwrap();
        let manager = cast.person("manager");
        let service = cast.officers[1].service;
        scene.succession = app.succession(&space, &cast.cofounder, manager, service).await;
        let words = ["Our bees".to_owned(), "We *watch*.".to_owned()];
        let members = PageVisibility::Members;
        let made = page::create(app.actor(founder), space.id, words, members, None).await;
        scene.page = made.unwrap().0;
        for (at, who) in ["teacher", "founder"].into_iter().enumerate() {
            let who = app.actor(cast.person(who));
            let words = media::Words { title: "Bees".into(), description: String::new() };
            let player = "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ".to_owned();
            let added = media::link(who, space.id, words, player, &[], None).await;
            scene.media[at] = added.unwrap().0;
        }
        if state == State::Closed {
            project::close(app.actor(founder), project).await.unwrap();
        }
        scene
    }

    /// An operation with this scene's IDs. `$pupil` is the given pupil.
    pub fn fill(&self, operation: &str, pupil: MemberId) -> String {
        let id = |id: &dyn std::fmt::Display| format!("\"{id}\"");
        operation
            .replace("$project", &id(&self.project))
            .replace("$space", &id(&entity::TwinSpaceId::from(self.project)))
            .replace("$chat", &id(&self.chat))
            .replace("$report", &id(&self.report))
            .replace("$pupil", &id(&pupil))
            .replace("$partnerInvitation", &id(&self.partner_invitation))
            .replace("$partner", &id(&self.partner))
            .replace("$invitation", &id(&self.invitation))
            .replace("$sent", &id(&self.message))
            .replace("$known", &id(&self.contact))
            .replace("$page", &id(&self.page))
            .replace("$candidate", &id(&self.candidate))
            .replace("$entry", &id(&self.entry))
            .replace("$succession", &id(&self.succession))
            .replace("$label", &id(&self.label))
            .replace("$media", &id(&self.media[usize::from(pupil != self.charge)]))
    }
}
