//! The chat and the messages of the demo.

use chrono::TimeDelta;
use domain::{
    Error, Result,
    inside::{
        chat,
        message::{self, Draft},
    },
};
use entity::ProjectId;

use super::people::People;
use crate::app::App;

/// The chat: day, minute, author, text.
const CHAT: &[(i64, i64, &str, &str)] = &[
    (47, 0, "zofia", "Dzień dobry, hola, bonjour! The chat room is open."),
    (47, 4, "angel", "¡Hola! My pupils have seen the first bumblebee of the year, on rosemary."),
    (47, 6, "maelle", "Already? Here in Rennes it still rains. Which kind was it?"),
    (47, 9, "angel", "Bombus terrestris, a queen. Photo follows."),
    (50, 2, "zofia", "We built two bee hotels today 🐝 The holes are 2 to 9 mm wide."),
    (50, 15, "ioana", "Could you share the plan? We have old reed and a saw."),
    (
        50,
        21,
        "zofia",
        "Of course: 15 cm deep, closed at the back, to the south-east,\nnever in the rain.",
    ),
    (53, 1, "soren", "I made a table for the counts: date, flower, kind, how many."),
    (53, 8, "jurgen", "Very good. Can we add the temperature?"),
    (53, 9, "soren", "Done."),
    (
        57,
        3,
        "maelle",
        "Video call on Thursday at 10:00, as planned? My class sings a song about bees.",
    ),
    (57, 5, "angel", "Yes! We answer with one in Spanish."),
];

/// A message: day, sender, recipient, subject, text, whether it was read, and to which earlier
/// message it replies.
type Written = (i64, &'static str, &'static str, &'static str, &'static str, bool, Option<usize>);

const MESSAGES: &[Written] = &[
    (
        48,
        "angel",
        "zofia",
        "The first video call",
        "Dear Zofia,\n\nwould Thursday suit your class? We are free from 9:30 to 10:30.\n\nÁngel",
        true,
        None,
    ),
    (
        48,
        "zofia",
        "angel",
        "Re: The first video call",
        "Thursday at 10:00 is perfect.",
        true,
        Some(0),
    ),
    (
        55,
        "maelle",
        "zofia",
        "Song",
        "May I send you the notes of our song, so that your choir can learn the chorus?",
        false,
        None,
    ),
    (58, "ioana", "zofia", "", "Thank you for the plan of the bee hotel! Ours is up.", false, None),
    (
        58,
        "zofia",
        "soren",
        "Table",
        "Could the table have a column for the weather, too?",
        false,
        None,
    ),
];

/// Fills the chat room and the inboxes.
pub async fn talk(app: &App, people: &People, project: ProjectId) -> Result<()> {
    for &(day, minute, who, text) in CHAT {
        let at = people.day(day) + TimeDelta::minutes(minute);
        chat::send(people.actor(app, who, at)?, project.into(), text, None).await?;
    }
    let mut sent = Vec::new();
    for &(day, from, to, subject, text, read, answers) in MESSAGES {
        let to_place = people.access(app, to, project).await?.member;
        let (member, _) = to_place.ok_or(Error::NotFound("member"))?;
        let sender = people.actor(app, from, people.day(day))?;
        let subject = Some(subject.to_owned());
        let in_reply_to = answers.and_then(|n| sent.get(n).copied());
        let draft = Draft { subject, text: text.to_owned(), in_reply_to, key: None };
        let (id, _) = message::send(sender, member, draft).await?;
        sent.push(id);
        if read {
            let reader = people.account(to)?;
            message::read(&app.db, reader, id, people.day(day) + TimeDelta::hours(1)).await?;
        }
    }
    Ok(())
}
