//! Who downloads a TwinSpace, once, and what happens meanwhile (P-18).

use std::{sync::Arc, time::Duration};

use entity::{ProjectRole, TwinSpaceRole};
use futures_util::StreamExt;
use serde_json::json;

use super::{Archive, adds, bee, enlarge, get, link, notes};
use crate::{
    inside::page::{make, member},
    members::pupil::export::age,
    server::wire::Wire,
    support::{TestApp, cast::Space, on_both_databases, until},
};

/// More than connections hold while nobody reads.
const LARGE: u64 = 64 << 20;

/// Adds media that is so large that its download waits for whoever receives it.
async fn large(app: &TestApp, wire: &Wire, space: &Space) {
    let id = adds(wire, &space.founders[0], space, ("Large", "a.png", &bee()), &[]).await;
    enlarge(app, &id, LARGE).await;
}

on_both_databases! {
    // P-18
    async fn founders_and_teacher_administrators_export_a_twinspace_and_nobody_else(app: TestApp) {
        let space = app.space().await;
        let id = space.id.to_string();
        let input = json!({ "twinSpaceId": id });
        for (name, role, expected) in [
            ("Ada Admin", TwinSpaceRole::TeacherAdmin, "OK"),
            ("Tom Teacher", TwinSpaceRole::Teacher, "FORBIDDEN ROLE_TOO_LOW"),
            ("Paula Pupil", TwinSpaceRole::PupilAdmin, "FORBIDDEN ROLE_TOO_LOW"),
            ("Paul Pupil", TwinSpaceRole::Pupil, "FORBIDDEN ROLE_TOO_LOW"),
            ("Vera Visitor", TwinSpaceRole::Visitor, "FORBIDDEN ROLE_TOO_LOW"),
        ] {
            let (who, _) = member(&app, &space, name, role).await;
            app.foretold(&who, ("TwinSpace", &id), "export", ("exportTwinSpace", input.clone()), expected).await;
        }
        let manager = app.teacher("Mara Manager", "IT").await;
        app.partner(&space, &manager, ProjectRole::Manager).await;
        for outsider in [&manager, &app.teacher("Stan Stranger", "SE").await, &app.administrator().await] {
            assert_eq!(app.tries(outsider, "exportTwinSpace", input.clone()).await, "NOT_FOUND");
        }
        assert_eq!(app.tries(None, "exportTwinSpace", input.clone()).await, "UNAUTHENTICATED");
        let acts = app.acts(&space.founders[0], &space.project.to_string()).await;
        assert_eq!(acts.iter().filter(|act| *act == "TWIN_SPACE_EXPORTED").count(), 1);
    }

    // P-18, P-14
    async fn a_founder_who_has_left_exports_what_they_still_see(app: TestApp) {
        let space = app.space().await;
        let [founder, other] = &space.founders;
        let wire = Wire::of(Arc::clone(&app)).await;
        adds(&wire, founder, &space, ("Our bees", "a.png", &bee()), &[]).await;
        let (pupil, _) = member(&app, &space, "Paula Pupil", TwinSpaceRole::PupilAdmin).await;
        make(&app, other, &space, "Inside", "MEMBERS").await;
        make(&app, other, &space, "My plan", "DRAFT").await;
        let public = make(&app, &pupil, &space, "Outside", "DRAFT").await;
        let share = json!({ "pageId": public, "visibility": "PUBLIC" });
        app.does(founder, "sharePage", share, "__typename").await;
        notes(&app, other, &space, "Mine", "PRIVATE").await;
        notes(&app, founder, &space, "Theirs", "PRIVATE").await;
        notes(&app, founder, &space, "Ours", "TEACHERS").await;
        let earlier = link(&app, &wire, other, &space).await;
        app.does(other, "leaveTwinSpace", json!({ "twinSpaceId": space.id.to_string() }), "__typename").await;

        let id = space.project.to_string();
        let query = format!("{{ project(id: \"{id}\") {{ permissions {{ exportTwinSpace {{ allowed }} }} }} }}");
        assert_eq!(app.sees(other, &query).await["project"]["permissions"]["exportTwinSpace"]["allowed"], true);
        let response = get(&wire, &earlier, &other.token).await;
        for archive in [
            Archive::read(&response.bytes().await.unwrap()),
            Archive::of(&app, &wire, other, &space).await,
        ] {
            assert_eq!(archive.names(), ["diary.html", "index.html", "pages/0001-Outside.html"]);
            assert!(archive.index().contains("Only public pages are included"));
            assert!(!archive.index().contains("consent to pictures is missing"));
            let page = archive.text("pages/0001-Outside.html");
            assert!(!page.contains("Paula"), "{page}");
            let diary = archive.text("diary.html");
            assert!(diary.contains("Mine") && diary.contains("Ours") && !diary.contains("Theirs"), "{diary}");
        }
    }

    // P-17, P-18
    async fn a_closed_twinspace_is_exported_as_well(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let wire = Wire::of(Arc::clone(&app)).await;
        make(&app, founder, &space, "Bees", "MEMBERS").await;
        app.does(founder, "closeProject", json!({ "projectId": space.project.to_string() }), "__typename").await;
        let archive = Archive::of(&app, &wire, founder, &space).await;
        assert_eq!(archive.names(), ["index.html", "pages/0001-Bees.html"]);
        assert!(archive.index().contains("The project was closed on "), "{}", archive.index());
    }

    // P-18
    async fn an_archive_is_downloaded_once_and_only_where_it_was_asked_for(app: TestApp) {
        let space = app.space().await;
        let other = app.space().await;
        let [founder, colleague] = &space.founders;
        let wire = Wire::of(Arc::clone(&app)).await;
        let status = async |url: &str, token: &str| get(&wire, url, token).await.status().as_u16();
        let url = link(&app, &wire, founder, &space).await;
        assert_eq!(wire.client.get(&url).send().await.unwrap().status(), 401);
        assert_eq!(status(&url, &colleague.token).await, 404);
        assert_eq!(status(&url, &app.sign_in(founder.id).await).await, 404, "another session");
        let elsewhere = url.replace(&space.id.to_string(), &other.id.to_string());
        assert_eq!(status(&elsewhere, &founder.token).await, 404, "another TwinSpace");
        assert_eq!(status(&url.replace("format=zip", "format=csv"), &founder.token).await, 404);
        assert_eq!(status(&url, &founder.token).await, 200);
        assert_eq!(status(&url, &founder.token).await, 404, "twice");
        // A newer one ends the one before.
        let earlier = link(&app, &wire, founder, &space).await;
        let newer = link(&app, &wire, founder, &space).await;
        assert_eq!(status(&earlier, &founder.token).await, 404);
        assert_eq!(status(&newer, &founder.token).await, 200);

        for (minutes, expected) in [(9, 200), (10, 404)] {
            let url = link(&app, &wire, founder, &space).await;
            age(&app, minutes).await;
            assert_eq!(status(&url, &founder.token).await, expected);
        }
    }

    // P-18
    async fn whoever_may_not_export_any_more_has_nothing_to_download(app: TestApp) {
        let space = app.space().await;
        let wire = Wire::of(Arc::clone(&app)).await;
        for act in ["changeMemberRole", "removeMember"] {
            let (admin, place) = member(&app, &space, "Ada Admin", TwinSpaceRole::TeacherAdmin).await;
            let url = link(&app, &wire, &admin, &space).await;
            let input = match act {
                "removeMember" => json!({ "memberId": place }),
                _ => json!({ "memberId": place, "role": "TEACHER" }),
            };
            app.does(&space.founders[0], act, input, "__typename").await;
            assert_eq!(get(&wire, &url, &admin.token).await.status(), 404, "{act}");
        }
    }

    // P-18
    async fn a_client_that_goes_away_leaves_nothing_behind(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let wire = Wire::of(Arc::clone(&app)).await;
        large(&app, &wire, &space).await;
        let mut body = get(&wire, &link(&app, &wire, founder, &space).await, &founder.token).await.bytes_stream();
        assert!(body.next().await.unwrap().is_ok());
        assert_eq!(app.archives.count(), 1);
        // Meanwhile, another one waits for its turn, with a link that is not used up.
        let url = link(&app, &wire, founder, &space).await;
        let busy = get(&wire, &url, &founder.token).await;
        assert_eq!(busy.status(), 503);
        assert!(busy.headers().contains_key("retry-after"));
        drop(body);
        until("the download has ended", async || app.archives.count() == 0).await;
        let whole = get(&wire, &url, &founder.token).await.bytes().await.unwrap();
        assert!(whole.len() as u64 > LARGE);
        let archive = Archive::read(&whole);
        assert_eq!(archive.names(), ["index.html", "media/0001-Large.png"]);
        until("the download has ended", async || app.archives.count() == 0).await;
    }

    // P-18, M-14
    async fn what_loses_its_consent_during_a_download_is_not_sent(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let wire = Wire::of(Arc::clone(&app)).await;
        large(&app, &wire, &space).await;
        let (_, shown) = member(&app, &space, "Sara Shown", TwinSpaceRole::Pupil).await;
        let consent = json!({ "pupils": { "memberIds": [shown] }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        app.does(founder, "recordConsent", consent, "__typename").await;
        adds(&wire, founder, &space, ("Sara", "a.png", &bee()), std::slice::from_ref(&shown)).await;
        let hidden = make(&app, founder, &space, "Hidden meanwhile", "MEMBERS").await;

        let response = get(&wire, &link(&app, &wire, founder, &space).await, &founder.token).await;
        let withdrawn = json!({ "pupil": { "memberId": shown }, "scope": "PICTURES" });
        app.does(founder, "withdrawConsent", withdrawn, "__typename").await;
        app.does(founder, "archivePage", json!({ "pageId": hidden }), "__typename").await;
        app.does(founder, "deletePage", json!({ "pageId": hidden }), "__typename").await;
        let archive = Archive::read(&response.bytes().await.unwrap());
        assert_eq!(archive.names(), ["index.html", "media/0001-Large.png"]);
        assert!(archive.index().contains("1 image, video or other file is not included"));
    }

    // P-18
    async fn a_download_breaks_off_when_its_reader_may_not_have_it_any_more(app: TestApp) {
        let space = app.space().await;
        let wire = Wire::of(Arc::clone(&app)).await;
        large(&app, &wire, &space).await;
        for act in ["removeMember", "signOut"] {
            let (admin, place) = member(&app, &space, "Ada Admin", TwinSpaceRole::TeacherAdmin).await;
            let response = get(&wire, &link(&app, &wire, &admin, &space).await, &admin.token).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
            if act == "removeMember" {
                let input = json!({ "memberId": place });
                app.does(&space.founders[0], act, input, "__typename").await;
            } else {
                let out = "mutation { signOut { __typename } }";
                assert_eq!(app.outcome(Some(&admin.token), out, json!({})).await, "OK");
            }
            assert!(response.bytes().await.is_err(), "{act}");
            until("the download has ended", async || app.archives.count() == 0).await;
        }
    }
}
