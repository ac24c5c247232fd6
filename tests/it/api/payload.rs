//! Known attacks, tried everywhere: they are stored as the texts that they are, and do no harm
//! where HTML is made of them.

use std::sync::Arc;

use entity::{Kind, TwinSpaceRole};
use serde_json::{Value, json};

use crate::{
    inside::page::markup::payload::PAYLOADS,
    members::pupil::{INVITE, class},
    support::{TestApp, cast::Person, on_both_databases},
};

/// What must not come out as a tag.
const NEVER: [&str; 9] =
    ["<script", "<img src", "<svg", "<iframe", "<style", "<form", "<input", "<object", "<body"];

/// Without the characters that are rejected as input because they are not printable.
fn printable() -> impl Iterator<Item = String> {
    PAYLOADS.iter().map(|payload| payload.replace(['\u{0}', '\u{1}', '\x0c'], ""))
}

/// The same words: a line has its spaces collapsed, and a text is trimmed.
fn same(kept: &Value, given: &str) -> bool {
    kept.as_str().is_some_and(|kept| kept.split_whitespace().eq(given.split_whitespace()))
}

async fn kept(
    app: &TestApp,
    who: &Person,
    act: &str,
    input: Value,
    at: &str,
    given: &[&str],
) -> Value {
    let field = at.split(' ').collect::<Vec<_>>();
    let selection = format!("{} {{ {} }}", field[0], field[1..].join(" "));
    let answer = app.does(who, act, input, &selection).await;
    for (name, given) in field[1..].iter().zip(given) {
        let kept = &answer[field[0]][*name];
        assert!(same(kept, given), "{act}: {kept} of {given:?}");
    }
    answer[field[0]].clone()
}

on_both_databases! {
    async fn what_people_have_tried_lies_there_as_text(app: TestApp) {
        let space = app.space().await;
        let plenty = app.another_instance_with(|config| {
            config.talk.chat_messages = 10_000.try_into().unwrap();
            config.talk.member_messages = 10_000.try_into().unwrap();
        }).await;
        let app = Arc::new(plenty);
        let [founder, other] = &space.founders;
        let (place, _) = app.access(other, space.project).await.member.unwrap();
        let page = json!({ "twinSpaceId": space.id.show(), "title": "x" });
        let page = app.does(founder, "createPage", page, "page { id }").await["page"]["id"].take();
        let link = json!({ "twinSpaceId": space.id.show(), "title": "x", "picturedIds": [],
            "url": "https://youtu.be/dQw4w9WgXcQ" });
        let media = app.does(founder, "addVideoLink", link, "media { id }").await["media"]["id"].take();
        let mut version = json!(1);
        for payload in printable() {
            let payload = payload.as_str();
            // A line contains none of these.
            let line = payload.replace(['\n', '\r', '\t'], " ");
            let title = line.chars().take(200).collect::<String>();
            let name = line.chars().take(100).collect::<String>();
            let (title, name) = (title.as_str(), name.as_str());
            let short = payload.chars().take(2000).collect::<String>();
            let input = json!({ "twinSpaceId": space.id.show(), "text": short });
            kept(&app, founder, "sendChatMessage", input, "message text", &[&short]).await;
            let input = json!({ "memberId": place.show(), "subject": title, "text": payload });
            kept(&app, founder, "sendMessage", input, "message subject text", &[title, payload]).await;
            let input = json!({ "pageId": page, "expectedVersion": version, "title": title });
            version = kept(&app, founder, "editPage", input, "page title version", &[title]).await["version"].take();
            let input = json!({ "mediaId": media, "title": title, "description": short });
            kept(&app, founder, "editMedia", input, "media title description", &[title, &short]).await;
            let input = json!({ "name": name, "profile": short });
            kept(&app, other, "editProfile", input, "viewer name profile", &[name, &short]).await;
            let fields = json!({ "projectId": space.project.show(), "fields": { "title": title, "aims": payload } });
            kept(&app, founder, "editProject", fields, "project title aims", &[title, payload]).await;

            let input = json!({ "projectId": space.project.show(), "title": title, "text": payload,
                "visibility": "PUBLIC" });
            let entry = app.does(founder, "writeDiaryEntry", input, "diaryEntry { id title text html }").await["diaryEntry"].take();
            assert!(same(&entry["title"], title) && same(&entry["text"], payload), "{entry}");
            let html = entry["html"].as_str().unwrap().to_ascii_lowercase();
            for never in NEVER.into_iter().chain(["<a href=\"javascript:", "<a href=\"data:"]) {
                assert!(!html.contains(never), "{never} in {html:?} of {payload:?}");
            }
        }
        // And as others read it.
        let last = printable().last().unwrap();
        let ask = format!("{{ twinSpace(id: \"{}\") {{ title chat(last: 1) {{ nodes {{ text }} }} }} }}", space.id);
        let read = app.sees(other, &ask).await["twinSpace"].take();
        assert!(same(&read["title"], &last) && same(&read["chat"]["nodes"][0]["text"], &last), "{read}");
    }

    // M-09
    async fn a_name_makes_no_tag_on_the_card_that_a_pupil_signs_in_with(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let pupil = app.pupil("Pia", founder).await;
        app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        let with_sheet = INVITE.replace("createdCount", "credentialSheet createdCount");
        let sheet = async |rows: &Value| {
            let answer = app.execute(Some(&founder.token), &with_sheet, class(&space, rows)).await;
            answer["data"]["invitePupils"]["credentialSheet"].as_str().map(str::to_owned)
        };
        let signs = |sheet: &str| ['<', '>', '"'].map(|sign| sheet.matches(sign).count());
        let plain = json!([{ "givenName": "Ana", "familyName": "Silva", "password": "sunflower 7" }]);
        let plain = signs(&sheet(&plain).await.unwrap());
        let mut made = 0;
        for payload in printable() {
            // Parts of names are short.
            let name: String = payload.replace(['\n', '\t'], " ").chars().take(50).collect();
            let rows = json!([{ "givenName": name, "familyName": "Silva", "password": "sunflower 7" }]);
            // A name without letters yields no username.
            let Some(sheet) = sheet(&rows).await else { continue };
            assert_eq!(signs(&sheet), plain, "{sheet} of {name:?}");
            made += 1;
        }
        assert!(made > 50, "{made}");
    }
}
