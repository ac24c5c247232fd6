//! The rows of each table.

use chrono::TimeDelta;
use entity::{
    AccountId, AccountKind, ChatMessageId, ConsentGiver, ConsentId, ConsentScope, MemberId,
    MessageId, PageId, PageVersionId, PageVisibility, PartnerId, ProjectId, ProjectRole,
    ProjectState, SchoolId, ThreadId, account, chat_message, consent, member, message, page,
    page_version, partner, project, school,
};

use super::plan::{CHATTING, Draw, HISTORY, Plan, draw, id, one_of};
use crate::{accounts::school::Named, markup::RENDERER, text};

/// What all TwinSpaces but the first have of chat messages, messages and pages.
pub(super) const CHAT: u64 = 10;
pub(super) const MESSAGES: u64 = 3;
pub(super) const PAGES: u64 = 2;

const GIVEN: [&str; 8] = ["Anna", "Luca", "Maria", "Jan", "Sofia", "Piotr", "Elena", "Nikos"];
const FAMILY: [&str; 5] = ["Berger", "Costa", "Dupont", "Eriksen", "Farkas"];
const COUNTRIES: [&str; 8] = ["DE", "FR", "IT", "ES", "PL", "GR", "PT", "RO"];
const SUBJECTS: [&str; 4] = ["art", "biology", "history", "music"];

impl Plan {
    pub(super) fn school_rows(&self) -> impl Iterator<Item = school::Model> {
        (0..self.schools).map(|n| {
            let country = one_of(&COUNTRIES, n).to_owned();
            let (name, town) = (format!("School {n}"), format!("Town {}", n % 90));
            let named = Named { name, town, region: String::new(), country };
            let (identity_key, alike_key) = (named.identity_key(), named.alike_key());
            let Named { name, town, region, country } = named;
            let (id, merged_into_id) = (SchoolId(id(n)), None);
            school::Model {
                id,
                name,
                town,
                region,
                country,
                identity_key,
                alike_key,
                merged_into_id,
            }
        })
    }

    /// Teachers come first, then pupils.
    pub(super) fn account_rows(&self, password_hash: &str) -> impl Iterator<Item = account::Model> {
        (0..self.people()).map(move |n| {
            let pupil = n.checked_sub(self.teachers);
            let given = one_of(&GIVEN, n);
            let name = format!("{given} {} {n}", one_of(&FAMILY, n / 8));
            account::Model {
                id: AccountId(id(n)),
                kind: if pupil.is_some() { AccountKind::Pupil } else { AccountKind::Teacher },
                email: pupil.is_none().then(|| Self::address(n + 1)),
                username: pupil.map(|pupil| Self::username(pupil + 1)),
                password_hash: password_hash.to_owned(),
                name_key: text::key(&name),
                name,
                school_id: Some(SchoolId(id(draw(Draw::School, n) % self.schools))),
                service_id: None,
                custodian_id: pupil.map(|pupil| AccountId(id(pupil % self.teachers))),
                profile: String::new(),
                language: "en".into(),
                verified_at: Some(self.began()),
                created_at: self.began(),
                blocked_at: None,
                block_reason: None,
            }
        })
    }

    pub(super) fn project_rows(&self) -> impl Iterator<Item = project::Model> {
        (0..self.projects()).map(|n| {
            let founder = |rank| AccountId(id(self.place(n, rank).account));
            let closed = n % 5 == 4;
            let title = format!("Project {n}");
            project::Model {
                id: ProjectId(id(n)),
                state: if closed { ProjectState::Closed } else { ProjectState::Active },
                proposer_id: founder(0),
                cofounder_id: Some(founder(1)),
                title_key: text::key(&title),
                title,
                short_description: "We meet, ask, build and show.".into(),
                aims: "To learn from each other.".into(),
                work_process: String::new(),
                expected_results: String::new(),
                languages: project::Words(vec!["en".into()]),
                subjects: project::Words(vec![one_of(&SUBJECTS, n).into()]),
                age_from: Some(10),
                age_to: Some(16),
                pupil_count: None,
                tools: String::new(),
                refusal: None,
                created_at: self.began(),
                state_since: self.began(),
                edited_at: self.began(),
                chat_open_to_pupils: true,
                acts: 0,
            }
        })
    }

    pub(super) fn partner_rows(&self) -> impl Iterator<Item = partner::Model> {
        (0..2 * self.projects()).map(|n| partner::Model {
            id: PartnerId(id(n)),
            project_id: ProjectId(id(n / 2)),
            account_id: AccountId(id(self.place(n / 2, n % 2).account)),
            role: ProjectRole::Manager,
            founder: true,
            created_at: self.began(),
        })
    }

    pub(super) fn member_rows(&self) -> impl Iterator<Item = member::Model> {
        let all = self.members();
        self.places().map(move |(n, place)| {
            let joined_at = self.at(n, all, HISTORY);
            let seen = draw(Draw::Visit, n) % 100 < 85;
            let last_seen_at = seen.then(|| self.today.min(joined_at + TimeDelta::days(10)));
            let (project, account) = (ProjectId(id(place.project)), AccountId(id(place.account)));
            let founder = || self.place(place.project, place.rank % 2).account;
            let inviter = (place.rank > 1).then(|| AccountId(id(founder())));
            member::Model {
                id: MemberId(id(n)),
                last_access_on: last_seen_at.map_or(member::NEVER, |seen| seen.date_naive()),
                last_seen_at,
                ..member::Model::new(project, account, place.role, inviter, joined_at)
            }
        })
    }

    pub(super) fn consent_rows(&self) -> impl Iterator<Item = consent::Model> {
        self.places().filter(|(_, place)| place.role.is_pupil()).map(|(n, place)| {
            let custodian = (place.account - self.teachers) % self.teachers;
            consent::Model {
                id: ConsentId(id(n)),
                account_id: AccountId(id(place.account)),
                project_id: ProjectId(id(place.project)),
                scope: ConsentScope::Participation,
                giver: ConsentGiver::Guardian,
                recorded_by: AccountId(id(custodian)),
                recorded_at: self.began(),
                withdrawn_by: None,
                withdrawn_at: None,
                by_custodian: true,
            }
        })
    }

    pub(super) fn page_rows(&self) -> impl Iterator<Item = page::Model> {
        (0..PAGES * self.projects()).map(|n| {
            let author = AccountId(id(self.place(n / PAGES, 0).account));
            page::Model {
                id: PageId(id(n)),
                project_id: ProjectId(id(n / PAGES)),
                title: format!("Page {n}"),
                visibility: PageVisibility::Members,
                position: i64::try_from(n % PAGES).unwrap_or_default(),
                version: i64::try_from(self.versions(n)).unwrap_or_default(),
                author_id: author,
                editor_id: author,
                created_at: self.began(),
                edited_at: self.at(1, 1, HISTORY),
                archived_at: None,
            }
        })
    }

    /// The versions of a page, of which the first has many.
    pub(super) fn versions(&self, page: u64) -> u64 {
        if page == 0 { self.projects().min(1_000) } else { 1 }
    }

    pub(super) fn version_rows(&self) -> impl Iterator<Item = page_version::Model> {
        let pages = PAGES * self.projects();
        let versions =
            (0..pages).flat_map(|page| (1..=self.versions(page)).map(move |k| (page, k)));
        (0..).zip(versions).map(|(n, (page, number))| page_version::Model {
            id: PageVersionId(id(n)),
            page_id: PageId(id(page)),
            number: i64::try_from(number).unwrap_or_default(),
            title: format!("Page {page}"),
            text: format!("What we found, version {number}."),
            html: format!("<p>What we found, version {number}.</p>\n"),
            renderer: RENDERER,
            editor_id: AccountId(id(self.place(page / PAGES, 0).account)),
            edited_at: self.at(number, self.versions(page), HISTORY),
        })
    }

    /// The chat messages of the first TwinSpace, and the messages in the inbox of its first founder.
    pub(super) fn long(&self) -> u64 {
        (50 * self.projects()).min(50_000)
    }

    /// The projects of what there is much of in the first and little in the others.
    fn uneven(&self, little: u64) -> impl Iterator<Item = (u64, u64)> {
        let rest = (1..self.projects()).flat_map(move |project| (0..little).map(move |_| project));
        (0..).zip((0..self.long()).map(|_| 0).chain(rest))
    }

    pub(super) fn chat_rows(&self) -> impl Iterator<Item = chat_message::Model> {
        self.uneven(CHAT).map(|(n, project)| {
            let author = self.place(project, n % self.size(project)).account;
            chat_message::Model {
                id: ChatMessageId(id(n)),
                project_id: ProjectId(id(project)),
                author_id: AccountId(id(author)),
                text: format!("Message {n}"),
                key: None,
                sent_at: self.at(n, self.long(), CHATTING),
            }
        })
    }

    /// Each message is a thread of its own in the first TwinSpace, where many write to one founder.
    pub(super) fn message_rows(&self) -> impl Iterator<Item = message::Model> {
        self.uneven(MESSAGES).map(|(n, project)| {
            let others = self.size(project) - 1;
            let sender = self.place(project, 1 + n % others);
            let first = if project == 0 { n % others } else { n - (n - self.long()) % MESSAGES };
            let (project_id, recipient) = (ProjectId(id(project)), self.place(project, 0).account);
            let sender = if project == 0 { sender } else { self.place(project, 1) };
            let sent_at = self.at(n, self.long(), HISTORY);
            message::Model {
                id: MessageId(id(n)),
                project_id,
                thread_id: ThreadId(id(first)),
                sender_id: AccountId(id(sender.account)),
                recipient_id: AccountId(id(recipient)),
                subject: String::new(),
                text: format!("Message {n}"),
                in_reply_to: None,
                key: None,
                sent_at,
                read_at: (n % 2 == 0).then_some(sent_at),
                mailed: true,
                sender_deleted: false,
                recipient_deleted: false,
            }
        })
    }
}
