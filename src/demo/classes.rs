//! The pupils of the demo: the classes of six of its teachers.

use std::collections::HashMap;

use domain::{
    Error, Result,
    accounts::{password::Password, picture},
    members::{
        member as members,
        pupil::{self, Batch, Row, Who},
    },
};
use entity::{ConsentGiver, ProjectId, TwinSpaceRole, member};
use futures_util::future::try_join_all;
use sea_orm::QueryOrder;

use super::{
    custody::active_of,
    people::{PASSWORD, People},
};
use crate::{app::App, media::avatar};

/// A pupil to sign in as: username, name, and description.
pub type PupilSignIn = (&'static str, &'static str, &'static str);

/// The pupils worth signing in as; all others have the same password, too.
pub const SIGN_INS: &[PupilSignIn] = &[
    ("zuzanna.nowak.1", "Zuzanna Nowak", "pupil administrator, from Zofia's school"),
    ("lucia.garcia.1", "Lucía García", "pupil, from Ángel's school"),
];

/// The teacher of a class, its size, and the names from which its pupils' names are made.
struct Class {
    teacher: &'static str,
    size: usize,
    given: &'static [&'static str],
    family: &'static [&'static str],
}

const CLASSES: &[Class] = &[
    Class {
        teacher: "zofia",
        size: 60,
        given: &[
            "Zuzanna",
            "Jakub",
            "Łucja",
            "Antoni",
            "Maja",
            "Staś",
            "Hania",
            "Mikołaj",
            "Oliwia",
            "Franciszek",
            "Żaneta",
        ],
        family: &[
            "Nowak",
            "Kowalczyk",
            "Wójcik",
            "Kamińska",
            "Zielińska",
            "Szymański",
            "Dąbrowski",
            "Łukasik",
            "Ćwik",
            "Piątek",
            "Żak",
            "Grabowska",
            "Jaworska",
        ],
    },
    Class {
        teacher: "angel",
        size: 60,
        given: &[
            "Lucía",
            "Hugo",
            "María del Mar",
            "Mateo",
            "Íñigo",
            "Begoña",
            "Álvaro",
            "Nerea",
            "José Luis",
            "Ainhoa",
            "Iker",
        ],
        family: &[
            "García",
            "Núñez Peña",
            "Muñoz",
            "de la Fuente",
            "Ibáñez",
            "Jiménez",
            "Cano",
            "Ortega",
            "Ruiz-Tagle",
            "Vázquez",
            "Molina",
            "Serrano",
            "Peña",
        ],
    },
    Class {
        teacher: "maelle",
        size: 45,
        given: &["Léa", "Noël", "Chloé", "Gaël", "Inès", "Jean-Luc", "Maëlys", "Théo", "Zoé"],
        family: &[
            "Lefèvre",
            "d’Arcy",
            "Le Goff",
            "Bélanger",
            "Kerjean",
            "Guillou",
            "Morvan",
            "Dubois",
            "L'Hénaff",
            "Moreau",
            "Petit",
        ],
    },
    Class {
        teacher: "jurgen",
        size: 45,
        given: &["Jörg", "Käthe", "Lukas", "Änne", "Finn", "Mia", "Björn", "Özlem", "Emil"],
        family: &[
            "Groß",
            "Müller",
            "Weiß",
            "Schäfer",
            "Kovač",
            "Yılmaz",
            "Böhme",
            "Fuß",
            "Schmidt-Lau",
            "Krüger",
            "Voß",
        ],
    },
    Class {
        teacher: "soren",
        size: 40,
        given: &["Søren", "Åse", "Freja", "Æggert", "Noah", "Signe", "Øjvind", "Ida"],
        family: &[
            "Kjær",
            "Østergård",
            "Nielsen",
            "Skov",
            "Bæk",
            "Lund",
            "Møller",
            "Aagaard",
            "Friis",
        ],
    },
    Class {
        teacher: "ioana",
        size: 27,
        given: &["Ștefan", "Ioana", "Țvetana", "Andrei", "Mădălina", "Ilinca", "Vlad"],
        family: &["Popescu", "Țurcanu", "Șerban", "Ionescu", "Mureșan", "Bălan"],
    },
];

impl Class {
    /// The pupils' names. A few of them are identical, as in real life.
    fn names(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let (given, family) = (self.given, self.family);
        (0..self.size).map(move |n| {
            let shift = n / given.len();
            (given[n % given.len()], family[(n + 3 * shift) % family.len()])
        })
    }
}

/// The number of pupils.
pub fn count() -> usize {
    CLASSES.iter().map(|class| class.size).sum()
}

/// Invites the classes, some weeks ago; two out of three pupils have visited since.
pub async fn invite(app: &App, people: &People, project: ProjectId) -> Result<()> {
    let password =
        Password::choose(PASSWORD).map_err(|_| Error::internal("the demo's password"))?;
    for (number, class) in (0..).zip(CLASSES) {
        // The first pupil of Ángel's class is listed as a pupil.
        let admin = usize::from(class.teacher == "angel");
        let row = |(at, (given, family)): (usize, (&str, &str))| Row {
            who: Who::New {
                given: given.to_owned(),
                family: family.to_owned(),
                password: Some(Ok(password.clone())),
            },
            role: if at == admin { TwinSpaceRole::PupilAdmin } else { TwinSpaceRole::Pupil },
        };
        let rows: Vec<Row> = class.names().enumerate().map(row).collect();
        let hashes = try_join_all(rows.iter().map(|_| app.passwords.hash(&password))).await?;
        let hashed = hashes.into_iter().map(|hash| (password.clone(), hash)).enumerate().collect();
        let consent = ConsentGiver::Guardian;
        let batch = Batch { rows: &rows, hashed, all_or_nothing: true, consent, key: None };
        let teacher = people.actor(app, class.teacher, people.day(30 + number))?;
        pupil::invite(teacher, project.into(), batch).await?;
    }
    let pupils = member::Entity::of(project).order_by_asc(member::Column::Id).all(app.db.read());
    let pupils = pupils.await?.into_iter().filter(|member| member.role.is_pupil());
    for (n, pupil) in (0..).zip(pupils).filter(|(n, _)| n % 3 != 2) {
        members::touch(&app.db, pupil.id, people.day(40 + n % 19)).await?;
    }
    choose_avatars(app, people, project).await
}

/// A teacher of another project asks to bring one of Zofia's pupils into it, which is pending with
/// her.
pub async fn ask(app: &App, people: &People) -> Result<()> {
    let project = active_of(app, people, "lukasz").await?;
    let who = Who::Existing { username: "jakub.kowalczyk.1".to_owned() };
    let rows = [Row { who, role: TwinSpaceRole::Pupil }];
    let (consent, hashed) = (ConsentGiver::Guardian, HashMap::new());
    let batch = Batch { rows: &rows, hashed, all_or_nothing: true, consent, key: None };
    let lukasz = people.actor(app, "lukasz", people.day(58))?;
    pupil::invite(lukasz, project.into(), batch).await.map(drop)
}

/// Three out of four pupils have chosen an avatar, and so have some of the adults.
async fn choose_avatars(app: &App, people: &People, project: ProjectId) -> Result<()> {
    let members = member::Entity::of(project).order_by_asc(member::Column::Id);
    let members = members.all(app.db.read()).await?.into_iter();
    let pupils = members.filter(|member| member.role.is_pupil()).map(|member| member.account_id);
    let pupils = pupils.enumerate().filter(|(n, _)| n % 4 != 3).map(|(_, account)| account);
    let mut choosing: Vec<_> = pupils.collect();
    for adult in ["zofia", "maelle", "soren"] {
        choosing.push(people.account(adult)?);
    }
    let tx = app.db.begin().await?;
    for (account, avatar) in choosing.into_iter().zip(avatar::NAMES.iter().cycle()) {
        picture::set_avatar(&tx, account, Some(avatar.clone())).await?;
    }
    tx.commit().await?;
    Ok(())
}
