//! The projects and TwinSpace of the demo.

use domain::{
    Error, Result,
    accounts::session::Entry,
    desktop::contact,
    members::{
        invitation::{self, Answering, Guest},
        member,
    },
    projects::{
        approval, partner as partners,
        project::{self, Fields},
    },
    token,
};
use entity::{InvitationId, MemberId, ProjectId, ProjectRole, Purpose, TwinSpaceRole, partner};
use sea_orm::{ColumnTrait, QueryFilter};

use super::people::{LAST, People, address};
use crate::app::App;

/// A project to create: proposer, co-founder, title, short description, subjects.
struct Plan {
    proposer: &'static str,
    cofounder: &'static str,
    title: &'static str,
    about: &'static str,
    subject: &'static str,
    day: i64,
}

/// How far a project gets.
enum Until {
    Draft,
    Sent,
    Declined(&'static str),
    Accepted,
    Withdrawn,
    Rejected(&'static str, &'static str),
    /// By these people, each with a note.
    Approved(&'static [(&'static str, &'static str)]),
    Closed(&'static [(&'static str, &'static str)]),
}

/// Makes people contacts, and creates projects in every state (P-04). Returns the one with a
/// TwinSpace.
pub async fn projects(app: &App, people: &People) -> Result<ProjectId> {
    let plan = |[proposer, cofounder]: [&'static str; 2], title, about, subject, day| Plan {
        proposer,
        cofounder,
        title,
        about,
        subject,
        day,
    };
    let bees = plan(
        ["zofia", "angel"],
        "Bees across borders",
        "Two schools watch the bees of the Baltic coast and of the Guadalquivir, from the first \
         flower to the last.",
        "biology",
        16,
    );
    let approvals = &[
        ("katarzyna", "A clear plan. Good luck to the bees!"),
        ("javier", ""),
        ("rocio", "Enhorabuena."),
    ];
    let bees = found(app, people, bees, Until::Approved(approvals)).await?;
    let others = [
        (
            plan(
                ["maelle", "jurgen"],
                "Contes et Märchen",
                "Fairy tales told in two languages, drawn, and played on a stage.",
                "french",
                17,
            ),
            Until::Closed(&[("admin", "No service is set up in France and Germany yet.")]),
        ),
        (
            plan(
                ["tomas", "zofia"],
                "Rivers without borders",
                "The Berounka and the Baltic: what water carries, and who it belongs to.",
                "geography",
                50,
            ),
            Until::Sent,
        ),
        (
            plan(
                ["lukasz", "begona"],
                "Numbers in the kitchen",
                "We cook by fractions and convert pierogi into pintxos.",
                "mathematics",
                51,
            ),
            Until::Approved(&[("katarzyna", "Smacznego!")]),
        ),
        (
            plan(
                ["lukasz", "jurgen"],
                "Postcards from the kitchen garden",
                "What grows behind two schools, drawn on postcards that really travel.",
                "art",
                41,
            ),
            Until::Approved(&[("katarzyna", ""), ("admin", "A fine idea.")]),
        ),
        (
            plan(
                ["siobhan", "cigdem"],
                "Lullabies of two seas",
                "Songs from Galway and İzmir, collected from grandparents and sung anew.",
                "music",
                52,
            ),
            Until::Accepted,
        ),
        (
            plan(
                ["zofia", "siobhan"],
                "Songs our grandparents sang",
                "A songbook with recordings.",
                "music",
                53,
            ),
            Until::Draft,
        ),
        (
            plan(
                ["jurate", "soren"],
                "Amber and wind",
                "What the sea brings to both shores.",
                "art",
                30,
            ),
            Until::Declined("A lovely idea; my class is full until spring. Ask me again in March."),
        ),
        (
            plan(
                ["begona", "lukasz"],
                "Chess by post",
                "One game, two classes, a move a day.",
                "mathematics",
                31,
            ),
            Until::Rejected(
                "javier",
                "Please say what the pupils learn, and how both schools work together.",
            ),
        ),
        (
            plan(
                ["ioana", "eleni"],
                "A day in our town",
                "The same day in Brașov and Θεσσαλονίκη, hour by hour.",
                "history",
                32,
            ),
            Until::Withdrawn,
        ),
    ];
    for (plan, until) in others {
        found(app, people, plan, until).await?;
    }
    // Two requests that are pending.
    for (asking, asked) in [("cigdem", "zofia"), ("jurate", "angel")] {
        let (asking, asked) = (people.account(asking)?, people.account(asked)?);
        contact::request(&app.db, asking, asked, people.day(57)).await?;
    }
    Ok(bees)
}

/// Makes two teachers contacts.
async fn befriend(app: &App, people: &People, one: &str, other: &str, day: i64) -> Result<()> {
    let (one, other) = (people.account(one)?, people.account(other)?);
    if project::are_contacts(app.db.read(), one, other).await? {
        return Ok(());
    }
    let contact = contact::request(&app.db, one, other, people.day(day)).await?;
    contact::accept(&app.db, other, contact, people.day(day)).await
}

async fn found(app: &App, people: &People, plan: Plan, until: Until) -> Result<ProjectId> {
    let Plan { proposer, cofounder, title, about, subject, day } = plan;
    befriend(app, people, proposer, cofounder, day).await?;
    let words = |text: &str| Some(text.to_owned());
    let draft = matches!(until, Until::Draft);
    let fields = Fields {
        title: words(title),
        short_description: words(about),
        aims: words(
            "The pupils get to know each other's days, and use English for something real.",
        ),
        work_process: words("In mixed groups of four: observe, note, compare, show."),
        // The draft is incomplete without it.
        expected_results: (!draft).then(|| "An exhibition in both schools, and a book.".into()),
        languages: Some(vec!["en".into()]),
        subjects: Some(vec![subject.into()]),
        age_from: Some(9),
        age_to: Some(12),
        pupil_count: Some(48),
        tools: words("Chat, pages, video calls"),
    };
    let other = people.account(cofounder)?;
    let proposed = people.account(proposer)?;
    let id = project::create(&app.db, proposed, Some(other), fields, None, people.day(day)).await?;
    if draft {
        return Ok(id);
    }
    project::send(people.actor(app, proposer, people.day(day))?, id).await?;
    let next = people.day(day + 1);
    let answering = people.actor(app, cofounder, next)?;
    match until {
        Until::Draft | Until::Sent => return Ok(id),
        Until::Declined(reason) => {
            project::decline(answering, id, Some(reason.into())).await?;
            return Ok(id);
        }
        _ => project::accept(answering, id).await?,
    }
    match until {
        Until::Withdrawn => project::withdraw(people.actor(app, proposer, next)?, id).await?,
        Until::Rejected(officer, reason) => {
            let officer = people.actor(app, officer, people.day(day + 3))?;
            approval::reject(officer, id, reason.into()).await?;
        }
        Until::Approved(decisions) | Until::Closed(decisions) => {
            for (officer, word) in decisions {
                let officer = people.actor(app, officer, people.day(day + 2))?;
                let word = (!word.is_empty()).then(|| (*word).to_owned());
                approval::approve(officer, id, word).await?;
            }
            if matches!(until, Until::Closed(_)) {
                project::close(people.actor(app, proposer, people.day(day + 30))?, id).await?;
            }
        }
        _ => {}
    }
    Ok(id)
}

/// Fills the TwinSpace: partners, collaborators, and pending invitations.
pub async fn twin_space(app: &App, people: &People, project: ProjectId) -> Result<()> {
    let db = &app.db;
    for (contact, role) in
        [("maelle", TwinSpaceRole::TeacherAdmin), ("jurgen", TwinSpaceRole::Teacher)]
    {
        befriend(app, people, "zofia", contact, 19).await?;
        let zofia = people.actor(app, "zofia", people.day(20))?;
        let invited = people.account(contact)?;
        let id = invitation::invite_partner(zofia, project, invited, role).await?;
        let member = invitation::accept(db, invited, &Answering::Id(id), people.day(21)).await?;
        seen_here(app, people, member, 55).await?;
    }
    let jurgen = partner::Entity::of(project)
        .filter(partner::Column::AccountId.eq(people.account("jurgen")?))
        .one(db.read())
        .await?
        .ok_or(Error::NotFound("partner"))?;
    let zofia = people.actor(app, "zofia", people.day(22))?;
    partners::change_role(zofia, jurgen.id, ProjectRole::Member).await?;

    for (collaborator, inviter, role) in [
        ("soren", "angel", TwinSpaceRole::TeacherAdmin),
        ("ioana", "zofia", TwinSpaceRole::Teacher),
        ("lukasz", "zofia", TwinSpaceRole::Teacher),
        ("siobhan", "angel", TwinSpaceRole::Teacher),
        ("jurate", "angel", TwinSpaceRole::Teacher),
        ("begona", "angel", TwinSpaceRole::Teacher),
        ("ana", "zofia", TwinSpaceRole::Teacher),
    ] {
        let inviter = people.actor(app, inviter, people.day(24))?;
        let email = address(collaborator);
        let (id, _) = invitation::invite(inviter, project.into(), &email, role).await?;
        let account = people.account(collaborator)?;
        let member = invitation::accept(db, account, &Answering::Id(id), people.day(25)).await?;
        if collaborator == "soren" {
            seen_here(app, people, member, 58).await?;
        }
    }

    // Pending invitations, sent so recently that their links work for weeks.
    befriend(app, people, "zofia", "eleni", 56).await?;
    let (eleni, role) = (people.account("eleni")?, TwinSpaceRole::Teacher);
    let zofia = people.actor(app, "zofia", people.day(57))?;
    invitation::invite_partner(zofia, project, eleni, role).await?;
    let (zofia, space) = (people.actor(app, "zofia", people.day(58))?, project.into());
    for (email, role) in [
        (address("tomas"), TwinSpaceRole::Teacher),
        ("marta.kowalczyk@demo.example".to_owned(), TwinSpaceRole::Visitor),
    ] {
        invitation::invite(zofia, space, &email, role).await?;
    }
    let taken_back = "wrong.address@demo.example";
    let (id, _) = invitation::invite(zofia, space, taken_back, TwinSpaceRole::Visitor).await?;
    invitation::revoke(zofia, id).await?;
    let (email, before) = (address("cigdem"), people.actor(app, "zofia", people.day(40))?);
    let (id, _) = invitation::invite(before, space, &email, TwinSpaceRole::Teacher).await?;
    let cigdem = Some(people.account("cigdem")?);
    invitation::decline(db, cigdem, &Answering::Id(id), people.day(41)).await?;

    for handle in ["zofia", "angel"] {
        let (id, _) =
            people.access(app, handle, project).await?.member.ok_or(Error::NotFound("member"))?;
        seen_here(app, people, id, 59).await?;
    }
    Ok(())
}

/// Adds people who have no account yet: a teacher and a visitor. The last person marks the end of
/// the demo.
pub async fn guests(app: &App, people: &mut People, project: ProjectId) -> Result<()> {
    for (email, name, role) in [
        (address("gabriela").as_str(), "Gabriela Horváthová", TwinSpaceRole::Teacher),
        (LAST, "Oona Mäkinen", TwinSpaceRole::Visitor),
    ] {
        let zofia = people.actor(app, "zofia", people.day(45))?;
        let (id, _) = invitation::invite(zofia, project.into(), email, role).await?;
        accept_as_guest(app, people, id, name).await?;
    }
    Ok(())
}

async fn seen_here(app: &App, people: &People, member: MemberId, day: i64) -> Result<()> {
    member::touch(&app.db, member, people.day(day)).await
}

/// Opens the link of an invitation, as someone without an account.
async fn accept_as_guest(
    app: &App,
    people: &mut People,
    id: InvitationId,
    name: &str,
) -> Result<()> {
    let at = people.day(46);
    let tx = app.db.begin().await?;
    let good_for = invitation::GOOD_FOR;
    let secret = token::mint(&*tx, Purpose::AcceptInvitation, id.0, good_for, at).await?;
    tx.commit().await?;
    let (password_hash, language) = (people.hash()?, Some("en".to_owned()));
    let guest = Guest { token: &secret, name, password_hash, language };
    let lifetime = app.config.accounts.lifetime();
    let entry = Entry { user_agent: "demo", lifetime, now: at };
    invitation::accept_as_guest(&app.db, guest, entry).await?;
    Ok(())
}
