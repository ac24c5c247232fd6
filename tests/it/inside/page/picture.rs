//! Media is shown in pages and the diary to those who can see it (T-01, T-03).

use std::sync::Arc;

use entity::TwinSpaceRole;
use serde_json::{Value, json};

use super::{make, member, read};
use crate::{
    inside::media::{add, encoded, picture, status},
    server::wire::Wire,
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

/// Adds a picture that shows these members; returns its ID.
async fn photograph(wire: &Wire, who: &Person, space: &Space, pictured: &[String]) -> String {
    let png = encoded(&picture(40, 20), image::ImageFormat::Png);
    let answer = add(wire, who, space, "bee.png", &png, pictured).await;
    let id = answer.pointer("/data/addMedia/media/id").and_then(Value::as_str);
    id.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// The sources of the images in HTML; `None` for those without.
fn sources(html: &Value) -> Vec<Option<Value>> {
    let tags = html.as_str().unwrap().split("<img").skip(1);
    let tags = tags.map(|tag| tag.split('>').next().unwrap());
    let source = |tag: &str| tag.split("src=\"").nth(1)?.split('"').next().map(str::to_owned);
    tags.map(|tag| source(tag).map(|link| json!(link.replace("&amp;", "&")))).collect()
}

async fn write(app: &TestApp, by: &Person, page: &str, text: &str) -> Value {
    let before = read(app, by, page, "version").await["version"].take();
    let input = json!({ "pageId": page, "expectedVersion": before, "text": text });
    app.does(by, "editPage", input, "page { html }").await["page"]["html"].take()
}

/// A text as HTML, for a preview.
async fn preview(app: &TestApp, who: &Person, text: &str, space: Option<&Space>) -> Value {
    let query =
        "query($text: String!, $space: ID) { renderMarkdown(text: $text, twinSpaceId: $space) }";
    let input = json!({ "text": text, "space": space.map(|space| space.id.to_string()) });
    let answer = app.execute(Some(&who.token), query, input).await;
    assert!(answer["errors"].is_null(), "{answer}");
    answer["data"]["renderMarkdown"].clone()
}

on_both_databases! {
    async fn a_preview_is_what_the_page_will_show(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let (pupil, _) = member(&app, &space, "Paul Pupil", TwinSpaceRole::Pupil).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let media = photograph(&wire, founder, &space, &[]).await;
        let page = make(&app, founder, &space, "Bees", "MEMBERS").await;
        let text = format!("# Bees\n\n<script>alert(1)</script>\n\n![A *bee*](media:{media}), *seen*");
        assert_eq!(write(&app, founder, &page, &text).await, preview(&app, founder, &text, Some(&space)).await);
        let shown = preview(&app, &pupil, &text, Some(&space)).await;
        let [Some(link)] = &sources(&shown)[..] else { panic!("{shown}") };
        assert_eq!(status(&wire, link).await, 200);
        // Without the TwinSpace there are no media, and nobody else can name it.
        let stranger = app.teacher("Stan Stranger", "SE").await;
        assert_eq!(sources(&preview(&app, &stranger, &text, None).await), [None]);
        let query = format!("{{ renderMarkdown(text: \"a\", twinSpaceId: \"{}\") }}", space.id);
        assert_eq!(app.asks(&stranger, &query).await, "NOT_FOUND");
        assert_eq!(app.asks(None, "{ renderMarkdown(text: \"a\") }").await, "UNAUTHENTICATED");
        assert_eq!(preview(&app, &stranger, "", None).await, "");
        let long = |letters: usize| {
            let query = "query($text: String!) { renderMarkdown(text: $text) }";
            let input = json!({ "text": "ä".repeat(letters) });
            app.outcome(Some(&founder.token), query, input)
        };
        assert_eq!(long(100_000).await, "OK");
        assert_eq!(long(100_001).await, "BAD_USER_INPUT");
    }

    async fn a_picture_in_a_page_is_seen_by_members_and_described_to_strangers(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let (pupil, _) = member(&app, &space, "Paul Pupil", TwinSpaceRole::Pupil).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let media = photograph(&wire, &pupil, &space, &[]).await;
        let page = make(&app, founder, &space, "Bees", "PUBLIC").await;
        let html = write(
            &app, founder, &page, &format!("![A *bee*](media:{media}) and [itself](media:{media})"),
        ).await;
        let text = html.as_str().unwrap();
        assert!(text.contains("alt=\"A bee\""), "{text}");
        assert!(!text.contains("media:"), "{text}");
        let [Some(mine)] = &sources(&html)[..] else { panic!("{html}") };
        assert_eq!(status(&wire, mine).await, 200);
        assert_eq!(text.matches("&amp;signature=").count(), 2, "{text}");

        // Each viewer has their own links.
        let theirs = read(&app, &pupil, &page, "html").await["html"].take();
        let [Some(theirs)] = &sources(&theirs)[..] else { panic!("{theirs}") };
        assert_ne!(theirs, mine);
        assert_eq!(status(&wire, theirs).await, 200);
        let versions = read(&app, founder, &page, "versions(first: 1) { nodes { html } }").await;
        assert_eq!(sources(&versions["versions"]["nodes"][0]["html"]), [Some(mine.clone())]);

        // Media is for members; others see only its words.
        let stranger = app.teacher("Stan Stranger", "SE").await;
        for stranger in [Some(&stranger), None] {
            let html = read(&app, stranger, &page, "html").await["html"].take();
            assert_eq!(
                html,
                "<p><img alt=\"A bee\"> and <a rel=\"noopener noreferrer nofollow ugc\">itself</a></p>\n"
            );
        }
        app.does(&pupil, "deleteMedia", json!({ "mediaId": media }), "mediaId").await;
        let html = read(&app, founder, &page, "html").await["html"].take();
        assert_eq!(sources(&html), [None]);
    }

    async fn no_page_shows_media_of_elsewhere_nor_what_is_hidden(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let (pupil, place) = member(&app, &space, "Paul Pupil", TwinSpaceRole::Pupil).await;
        let (other, _) = member(&app, &space, "Petra Pupil", TwinSpaceRole::Pupil).await;
        let consent = async |act: &str| {
            let input = match act {
                "recordConsent" => json!({ "pupils": { "memberIds": [place] }, "scope": "PICTURES", "givenBy": "GUARDIAN" }),
                _ => json!({ "pupil": { "memberId": place }, "scope": "PICTURES" }),
            };
            app.does(founder, act, input, "__typename").await;
        };
        consent("recordConsent").await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let media = photograph(&wire, &pupil, &space, std::slice::from_ref(&place)).await;
        let page = make(&app, founder, &space, "Bees", "MEMBERS").await;
        write(&app, founder, &page, &format!("![Paul](media:{media})")).await;
        let shown = async |who: &Person| {
            sources(&read(&app, who, &page, "html").await["html"])[0].is_some()
        };
        assert!(shown(&other).await && shown(founder).await);
        consent("withdrawConsent").await;
        assert!(!shown(&other).await && shown(founder).await);

        // The same people meet elsewhere, and write there about what they know from here.
        let [one, two] = &space.founders;
        let elsewhere = app.begin(one, two).await;
        let elsewhere = app.open(elsewhere, space.founders.clone()).await;
        let page = make(&app, founder, &elsewhere, "Wasps", "MEMBERS").await;
        let html = write(&app, founder, &page, &format!("![Paul](media:{media})")).await;
        assert_eq!(sources(&html), [None]);
    }

    async fn what_is_no_image_is_linked_and_not_shown(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let input = json!({ "twinSpaceId": space.id.to_string(), "title": "Film", "picturedIds": [],
            "url": "https://vimeo.com/76979871" });
        let film = app.does(founder, "addVideoLink", input, "media { id videoUrl }").await["media"].take();
        let page = make(&app, founder, &space, "Bees", "MEMBERS").await;
        let id = film["id"].as_str().unwrap();
        let text = format!("![seen](media:{id}) [watched](media:{id})");
        let html = write(&app, founder, &page, &text).await;
        assert_eq!(sources(&html), [None]);
        let link = format!("<a href=\"{}\"", film["videoUrl"].as_str().unwrap());
        assert!(html.as_str().unwrap().contains(&link), "{html}");
    }

    async fn the_diary_shows_pictures_to_members(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let wire = Wire::of(Arc::clone(&app)).await;
        let media = photograph(&wire, founder, &space, &[]).await;
        let input = json!({ "projectId": space.project.to_string(), "title": "Snow",
            "text": format!("![Snow](media:{media}) <script>alert(1)</script>"), "visibility": "PUBLIC" });
        let entry = app.does(founder, "writeDiaryEntry", input, "diaryEntry { id html }").await["diaryEntry"].take();
        assert!(!entry["html"].as_str().unwrap().contains("script"), "{entry}");
        let [Some(link)] = &sources(&entry["html"])[..] else { panic!("{entry}") };
        assert_eq!(status(&wire, link).await, 200);
        let id = entry["id"].as_str().unwrap();
        let stranger = app.teacher("Stan Stranger", "SE").await;
        let query = format!("{{ node(id: {id:?}) {{ ... on DiaryEntry {{ html }} }} }}");
        assert_eq!(sources(&app.sees(&stranger, &query).await["node"]["html"]), [None]);
    }

    // P-17
    async fn pages_of_a_follow_up_show_its_own_copies(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let wire = Wire::of(Arc::clone(&app)).await;
        let taken = photograph(&wire, founder, &space, &[]).await;
        let left = photograph(&wire, founder, &space, &[]).await;
        let page = make(&app, founder, &space, "Bees", "MEMBERS").await;
        write(&app, founder, &page, &format!("![a](media:{taken}) ![b](media:{left})")).await;
        let input = json!({ "projectId": space.project.to_string(), "pageIds": [page], "mediaIds": [taken] });
        let payload = app.does(founder, "followUpProject", input, "project { id }").await;
        let project = payload["project"]["id"].as_str().unwrap();
        let project = <entity::ProjectId as entity::Kind>::read(project).unwrap();
        let later = app.open(project, space.founders.clone()).await;
        let query = format!("{{ twinSpace(id: \"{}\") {{ pages {{ nodes {{ text html }} }} }} }}", later.id);
        let page = app.sees(founder, &query).await["twinSpace"]["pages"]["nodes"][0].take();
        let text = page["text"].as_str().unwrap();
        assert!(!text.contains(&taken) && text.contains(&left), "{text}");
        let [Some(link), None] = &sources(&page["html"])[..] else { panic!("{page}") };
        assert_eq!(status(&wire, link).await, 200);
    }

    async fn pictures_take_as_many_statements_for_one_page_as_for_ten(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let wire = Wire::of(Arc::clone(&app)).await;
        let mut pages = vec![];
        for title in ["a", "b", "c", "d", "e"] {
            let media = photograph(&wire, founder, &space, &[]).await;
            let other = photograph(&wire, founder, &space, &[]).await;
            let page = make(&app, founder, &space, title, "MEMBERS").await;
            write(&app, founder, &page, &format!("![a](media:{media}) ![b](media:{other})")).await;
            pages.push(page);
        }
        let cost = async |first: usize| {
            let query = format!(
                "{{ twinSpace(id: \"{}\") {{ pages(first: {first}) {{ nodes {{ html }} }} }} }}", space.id
            );
            let (data, cost) = app.statements(app.sees(founder, &query)).await;
            let nodes = data["twinSpace"]["pages"]["nodes"].as_array().unwrap();
            assert_eq!(nodes.iter().flat_map(|page| sources(&page["html"])).flatten().count(), 2 * first);
            cost
        };
        cost(1).await;
        assert_eq!(cost(1).await, cost(5).await);
    }
}
