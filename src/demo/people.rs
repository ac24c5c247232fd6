//! The people of the demo.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Actor, Error, Result,
    access::{self, Access, Person as Asking},
    accounts::{
        account::{self, NewPerson, NewTeacher},
        password::Password,
        school::{Named, confirmation},
    },
    clock,
    projects::service,
    token,
};
use entity::{AccountId, AccountKind, ProjectId, Purpose, ServiceId};
use futures_util::future::try_join_all;

use crate::{app::App, mail::Language};

/// The password of everyone in the demo.
pub const PASSWORD: &str = "twinspace1";

/// The first account created, by which a demo is recognised.
pub const FIRST: &str = "admin@demo.example";
/// The last account created.
pub const LAST: &str = "oona@demo.example";

/// Teachers: handle, name, school, town, region, country, subjects, languages.
type Teacher = (
    &'static str,
    &'static str,
    [&'static str; 3],
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const TEACHERS: &[Teacher] = &[
    (
        "zofia",
        "Zofia Wiśniewska",
        ["Szkoła Podstawowa nr 21", "Gdynia", "Pomorskie"],
        "PL",
        &["biology", "art"],
        &["pl", "en"],
    ),
    (
        "angel",
        "Ángel Cano Robles",
        ["CEIP Huerta del Carmen", "Sevilla", "Andalucía"],
        "ES",
        &["science"],
        &["es", "en"],
    ),
    (
        "maelle",
        "Maëlle Lefèvre",
        ["École Jean-Moulin", "Rennes", "Bretagne"],
        "FR",
        &["music", "french"],
        &["fr", "en"],
    ),
    (
        "jurgen",
        "Jürgen Großmann",
        ["Grundschule am Fluß", "Görlitz", "Sachsen"],
        "DE",
        &["geography"],
        &["de", "pl"],
    ),
    (
        "ioana",
        "Ioana Țurcanu",
        ["Școala Gimnazială nr. 5", "Brașov", ""],
        "RO",
        &["mathematics"],
        &["ro", "fr"],
    ),
    (
        "soren",
        "Søren Kjærgaard",
        ["Ågade Skole", "Aarhus", "Midtjylland"],
        "DK",
        &["computer science"],
        &["da", "en"],
    ),
    (
        "eleni",
        "Ελένη Παπαδοπούλου",
        ["3ο Δημοτικό Σχολείο", "Θεσσαλονίκη", ""],
        "GR",
        &["history"],
        &["el", "en"],
    ),
    (
        "lukasz",
        "Łukasz Żółkiewski",
        ["Szkoła Podstawowa nr 8", "Wrocław", "Dolnośląskie"],
        "PL",
        &["mathematics"],
        &["pl", "es"],
    ),
    (
        "siobhan",
        "Siobhán Ní Bhriain",
        ["Scoil Bhríde", "Gaillimh", "Connacht"],
        "IE",
        &["music"],
        &["ga", "en"],
    ),
    (
        "cigdem",
        "Çiğdem Yıldız",
        ["Karşıyaka Ortaokulu", "İzmir", "Ege"],
        "TR",
        &["english", "art"],
        &["tr", "en"],
    ),
    (
        "tomas",
        "Tomáš Dvořák",
        ["Základní škola Bory", "Plzeň", ""],
        "CZ",
        &["geography"],
        &["cs", "de"],
    ),
    (
        "jurate",
        "Jūratė Kazlauskaitė",
        ["Saulėtekio progimnazija", "Kaunas", ""],
        "LT",
        &["art"],
        &["lt", "en"],
    ),
    (
        "ana",
        "Ana Kovačević",
        ["Osnovna škola Josipa Račića", "Zagreb", ""],
        "HR",
        &["geography"],
        &["hr", "en"],
    ),
    (
        "begona",
        "Begoña Ibáñez Muñoz",
        ["CEP Zabalgune", "Bilbao", "País Vasco"],
        "ES",
        &["mathematics"],
        &["es", "eu"],
    ),
    // The school of Ángel, typed in another way.
    (
        "marta",
        "Marta Ruiz Vega",
        ["C.E.I.P. Huerta del Carmen", "Sevilla", ""],
        "ES",
        &["music"],
        &["es"],
    ),
];

/// Whose schools are confirmed, and by whom; the others wait.
const CONFIRMED: &[(&str, &str)] =
    &[("katarzyna", "zofia"), ("javier", "angel"), ("admin", "soren")];

/// Someone who registered and has not opened the mailed link yet.
const UNVERIFIED: Teacher = (
    "peteris",
    "Pēteris Bērziņš",
    ["Rīgas 40. vidusskola", "Rīga", ""],
    "LV",
    &["physics"],
    &["lv", "en"],
);

/// Support services: country, region, name; and their officers.
const SERVICES: &[(&str, &str, &str, (&str, &str))] = &[
    ("PL", "", "Narodowe Biuro Wsparcia", ("katarzyna", "Katarzyna Nowak")),
    ("ES", "", "Servicio Nacional de Apoyo", ("javier", "Javier Ortega Núñez")),
    ("ES", "Andalucía", "Servicio de Apoyo de Andalucía", ("rocio", "Rocío Jiménez Peña")),
];

/// How a person of the demo signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// The handle: the address is `HANDLE@demo.example`.
    pub handle: &'static str,
    /// The name.
    pub name: &'static str,
    /// A description.
    pub who: &'static str,
}

/// The people worth signing in as; all others have the same password, too.
pub const fn sign_ins() -> &'static [SignIn] {
    const fn one(handle: &'static str, name: &'static str, who: &'static str) -> SignIn {
        SignIn { handle, name, who }
    }
    const {
        &[
            one(
                "zofia",
                "Zofia Wiśniewska",
                "founder, PL: runs the TwinSpace, invited to found another project",
            ),
            one("angel", "Ángel Cano Robles", "co-founder, ES"),
            one("maelle", "Maëlle Lefèvre", "partner and manager, FR; has a closed project"),
            one("jurgen", "Jürgen Großmann", "partner with the project role MEMBER, DE"),
            one("soren", "Søren Kjærgaard", "collaborator, teacher administrator, DK"),
            one("ioana", "Ioana Țurcanu", "collaborator, teacher, RO"),
            one("eleni", "Ελένη Παπαδοπούλου", "invited as a partner, GR: has not answered"),
            one("lukasz", "Łukasz Żółkiewski", "waiting for the Spanish support service, PL"),
            one("tomas", "Tomáš Dvořák", "invited; a colleague asks to take over a pupil, CZ"),
            one("begona", "Begoña Ibáñez Muñoz", "had a project rejected, ES"),
            one(
                "gabriela",
                "Gabriela Horváthová",
                "guest account: teacher in the TwinSpace, no desktop",
            ),
            one("oona", "Oona Mäkinen", "guest account: visitor in the TwinSpace"),
            one(
                "peteris",
                "Pēteris Bērziņš",
                "registered, LV: must first follow the link in the mail",
            ),
            one("katarzyna", "Katarzyna Nowak", "officer of the Polish support service"),
            one(
                "javier",
                "Javier Ortega Núñez",
                "officer of the Spanish support service: has a project and a label to decide on",
            ),
            one("rocio", "Rocío Jiménez Peña", "officer of the Andalusian support service"),
            one("admin", "Anneli Kask", "administrator: has a project from IE and TR to decide on"),
        ]
    }
}

/// The address of a person of the demo.
pub fn address(handle: &str) -> String {
    format!("{handle}@demo.example")
}

/// The people, by handle.
#[derive(Debug, Default)]
pub struct People {
    all: HashMap<&'static str, Asking>,
    hashes: Vec<String>,
    began: DateTime<Utc>,
}

impl People {
    /// Creates the administrator, the support services, their officers, and the teachers.
    pub async fn make(app: &App) -> Result<Self> {
        let password =
            Password::choose(PASSWORD).map_err(|_| Error::internal("the demo's password"))?;
        // Everyone has their own hash; those of the guests are for later.
        let count = 1 + SERVICES.len() + TEACHERS.len() + 3;
        let hashes = try_join_all((0..count).map(|_| app.passwords.hash(&password))).await?;
        let mut people =
            Self { hashes, began: clock::now() - TimeDelta::days(60), ..Self::default() };

        let tx = app.db.begin().await?;
        let admin = NewPerson {
            email: FIRST,
            name: "Anneli Kask",
            password_hash: people.hash()?,
            language: "en",
        };
        let admin = account::add_administrator(&tx, admin, people.day(0)).await?;
        tx.commit().await?;
        people.note("admin", admin, AccountKind::Administrator, None);
        for &(country, region, name, (handle, officer)) in SERVICES {
            let tx = app.db.begin().await?;
            let service = service::add(&tx, name, country, region).await?;
            if region == "Andalucía" {
                service::spell(&tx, service, country, &["Andalusia".into()]).await?;
            }
            let officer = NewPerson {
                email: &address(handle),
                name: officer,
                password_hash: people.hash()?,
                language: &country.to_lowercase(),
            };
            let at = people.day(1);
            let id = account::add_officer(&tx, officer, service, None, at).await?;
            tx.commit().await?;
            people.note(handle, id, AccountKind::Officer, Some(service));
        }
        for (number, teacher) in (2..).zip(TEACHERS) {
            people.register(app, teacher, people.day(number), true).await?;
        }
        people.register(app, &UNVERIFIED, clock::now(), false).await?;
        for &(officer, teacher) in CONFIRMED {
            people.confirm(app, officer, teacher).await?;
        }
        Ok(people)
    }

    async fn register(
        &mut self,
        app: &App,
        &(handle, name, [school, town, region], country, subjects, languages): &Teacher,
        at: DateTime<Utc>,
        verified: bool,
    ) -> Result<()> {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        let email = address(handle);
        let language = languages.iter().find_map(|code| Language::of(code));
        let teacher = NewTeacher {
            email: email.clone(),
            password_hash: self.hash()?,
            name: name.into(),
            school: Named {
                name: school.into(),
                town: town.into(),
                region: region.into(),
                country: country.into(),
            },
            subjects: words(subjects),
            languages: words(languages),
            language: language.unwrap_or(Language::ENGLISH).code().into(),
        };
        account::register(&app.db, teacher, at).await?;
        let tx = app.db.begin().await?;
        let made = account::with_email(&*tx, &email).await?;
        let id = made.ok_or_else(|| Error::internal("a newly registered teacher is missing"))?.id;
        if verified {
            // What the mailed link would have done, had anyone opened it.
            let good_for = TimeDelta::hours(1);
            let secret = token::mint(&*tx, Purpose::VerifyEmail, id.0, good_for, at).await?;
            account::verify(&tx, &secret, id, false, at).await?;
            self.note(handle, id, AccountKind::Teacher, None);
        }
        Ok(tx.commit().await?)
    }

    /// Confirms a teacher's school, which the teacher has read long since.
    async fn confirm(&self, app: &App, officer: &str, teacher: &str) -> Result<()> {
        let (db, id) = (&app.db, self.account(teacher)?);
        let school = account::own(db.read(), id).await?.school.ok_or(Error::NotFound("school"))?;
        let actor = Actor { db, person: self.of(officer)?, now: self.day(17) };
        confirmation::confirm(actor, id, school.id).await?;
        confirmation::read(db, id, school.id).await
    }

    fn note(
        &mut self,
        handle: &'static str,
        id: AccountId,
        kind: AccountKind,
        service: Option<ServiceId>,
    ) {
        self.all.insert(handle, Asking { account: Some(id), kind: Some(kind), service });
    }

    /// An unused hash of the password.
    pub fn hash(&mut self) -> Result<String> {
        self.hashes
            .pop()
            .ok_or_else(|| Error::internal("the demo has more people than password hashes"))
    }

    /// Noon of a day of the story, which began 60 days ago.
    pub fn day(&self, number: i64) -> DateTime<Utc> {
        self.began + TimeDelta::days(number)
    }

    /// A person, as the domain knows them.
    pub fn of(&self, handle: &str) -> Result<Asking> {
        let found = self.all.get(handle).copied();
        found.ok_or_else(|| Error::internal(format!("the demo has no person named {handle}")))
    }

    /// A person's account.
    pub fn account(&self, handle: &str) -> Result<AccountId> {
        self.of(handle)?.account.ok_or(Error::Unauthenticated)
    }

    /// A person who does something at this time.
    pub fn actor<'a>(&self, app: &'a App, handle: &str, now: DateTime<Utc>) -> Result<Actor<'a>> {
        Ok(Actor { db: &app.db, person: self.of(handle)?, now })
    }

    /// A person's current access to a project.
    pub async fn access(&self, app: &App, handle: &str, project: ProjectId) -> Result<Access> {
        let found = access::find(app.db.read(), self.of(handle)?, project).await?;
        found.ok_or(Error::NotFound("project"))
    }
}
