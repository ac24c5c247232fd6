//! Pictures of people: avatars, photos, and the consent that a pupil's photo needs (A-08, M-14).

use std::sync::Arc;

use entity::{MemberId, TwinSpaceRole, profile_picture};
use image::ImageFormat;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::{
    inside::media::{encoded, form, has, here, photo, picture, send, status},
    server::wire::Wire,
    support::{TestApp, cast::Person, ear::Ear, on_both_databases, play::verdict},
};

mod avatar;

/// Sets a photo; returns the response.
async fn upload(wire: &Wire, who: &Person, content: &[u8]) -> Value {
    let query = "mutation($input: SetProfilePictureInput!) { setProfilePicture(input: $input) {
        viewer { picture { url avatar } } } }";
    let operations = json!({ "query": query, "variables": { "input": { "file": null } } });
    let map = json!({ "0": ["variables.input.file"] });
    let body = form(&operations, &map, &[("0", "me.png", content)]);
    send(wire, Some(&who.token), body).await.json().await.unwrap()
}

/// Sets a photo successfully; returns its link.
pub async fn sets(wire: &Wire, who: &Person, content: &[u8]) -> Value {
    let mut answer = upload(wire, who, content).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["setProfilePicture"]["viewer"]["picture"]["url"].take()
}

/// The picture of a member.
async fn on_card(app: &TestApp, viewer: &Person, member: MemberId) -> Value {
    let query =
        format!("{{ node(id: \"{member}\") {{ ... on Member {{ picture {{ url avatar }} }} }} }}");
    app.sees(viewer, &query).await["node"]["picture"].take()
}

/// One's own picture.
async fn own(app: &TestApp, who: &Person) -> Value {
    app.sees(who, "{ viewer { picture { url avatar } } }").await["viewer"]["picture"].take()
}

on_both_databases! {
    //
    async fn everyone_chooses_an_avatar_of_the_set(app: TestApp) {
        let space = app.space().await;
        let [teacher, other] = &space.founders;
        let pupil = app.pupil("Paul Pupil", teacher).await;
        let member = app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        let avatars = app.sees(None, "{ avatars { name url } }").await;
        let avatars = avatars["avatars"].as_array().unwrap().clone();
        assert_eq!(avatars.len(), 24);
        let avatar = avatars.iter().find(|avatar| avatar["name"] == "meadow-bear").unwrap();

        let listen = "subscription($id: ID!) { membersChanged(twinSpaceId: $id) {
            ... on MemberChanged { member { picture { avatar } } } } }";
        let input = json!({ "id": space.id.to_string() });
        let mut ear = Ear::of(&app, other, listen, input).await;
        assert_eq!(own(&app, &pupil).await, Value::Null);
        let choice = json!({ "avatar": "meadow-bear" });
        let chosen = app.does(&pupil, "editProfile", choice, "viewer { picture { url avatar } }").await;
        let shown = json!({ "url": avatar["url"], "avatar": "meadow-bear" });
        assert_eq!(chosen["viewer"]["picture"], shown);
        assert_eq!(on_card(&app, other, member).await, shown);
        let heard = ear.hears().await;
        let picture = &heard["member"]["picture"];
        assert_eq!(picture["avatar"], "meadow-bear", "{heard}");

        let unknown = json!({ "avatar": "../secret" });
        assert_eq!(app.tries(&pupil, "editProfile", unknown).await, "BAD_USER_INPUT avatar");
        app.does(&pupil, "editProfile", json!({ "profile": "Hello" }), "__typename").await;
        assert_eq!(own(&app, &pupil).await, shown);
        app.does(&pupil, "editProfile", json!({ "avatar": null }), "__typename").await;
        assert_eq!(on_card(&app, other, member).await, Value::Null);

        let wire = Wire::of(Arc::clone(&app)).await;
        let answer = wire.client.get(here(&wire, &avatar["url"])).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        for (name, value) in [
            ("content-type", "image/png"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "public, max-age=31536000, immutable"),
            ("cross-origin-resource-policy", "cross-origin"),
        ] {
            assert_eq!(answer.headers()[name], value, "{name}");
        }
        let drawn = image::load_from_memory(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!((drawn.width(), drawn.height()), (256, 256));
        for nothing in ["meadow-bear", "meadow-wolf.png", ".png", "..%2Fbear.png"] {
            let answer = wire.get(&format!("/avatars/{nothing}")).send().await.unwrap();
            assert_eq!(answer.status(), 404, "{nothing}");
        }
    }

    //
    async fn a_teachers_photo_is_small_and_shows_to_members_alone(app: TestApp) {
        let space = app.space().await;
        let [teacher, other] = &space.founders;
        let member = app.access(teacher, space.project).await.member.unwrap().0;
        let guest = app.guest("Gus Guest").await;
        app.seat(&space, &guest, TwinSpaceRole::Visitor).await;
        let stranger = app.teacher("Stan Stranger", "SE").await;
        let wire = Wire::of(Arc::clone(&app)).await;

        let own_link = sets(&wire, teacher, &photo()).await;
        let content = wire.client.get(here(&wire, &own_link)).send().await.unwrap();
        assert_eq!(content.headers()["content-type"], "image/jpeg");
        assert_eq!(content.headers()["cache-control"], "private, no-cache");
        assert_eq!(content.headers()["x-content-type-options"], "nosniff");
        let etag = content.headers()["etag"].to_str().unwrap().to_owned();
        let content = content.bytes().await.unwrap();
        assert!(!has(&content, "GPS") && !has(&content, "Exif") && !has(&content, "script"));
        let small = image::load_from_memory(&content).unwrap();
        assert_eq!((small.width(), small.height()), (128, 256));
        let again = wire.client.get(here(&wire, &own_link)).header("if-none-match", etag);
        assert_eq!(again.send().await.unwrap().status(), 304);

        let theirs = on_card(&app, &guest, member).await;
        assert_eq!(theirs["avatar"], Value::Null);
        let link = here(&wire, &theirs["url"]);
        assert_eq!(status(&wire, &theirs["url"]).await, 200);
        // A link to one's own photo works for nobody else, and a modified one does not work at all.
        let own_link = here(&wire, &own_link);
        for wrong in [
            link.replace(&guest.id.to_string(), &stranger.id.to_string()),
            link.replace(&guest.id.to_string(), &other.id.to_string()),
            link.replace(&member.to_string(), &teacher.id.to_string()),
            link.replace("until=1", "until=2"),
            link.replace("/pictures/", "/media/"),
            own_link.replace(&format!("for={}", teacher.id), &format!("for={}", guest.id)),
            wire.url(&format!("/pictures/{member}")),
            wire.url("/pictures/me"),
        ] {
            assert_ne!(wrong, link);
            assert_eq!(wire.client.get(&wrong).send().await.unwrap().status(), 404, "{wrong}");
        }
        assert_eq!(wire.client.post(&link).send().await.unwrap().status(), 405);
        let leave = json!({ "twinSpaceId": space.id.to_string() });
        app.does(&guest, "leaveTwinSpace", leave, "__typename").await;
        assert_eq!(status(&wire, &theirs["url"]).await, 404);

        for nothing in [&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], b"hello", b"%PDF-1.4", b""] {
            assert_eq!(verdict(&upload(&wire, teacher, nothing).await), "BAD_USER_INPUT file");
        }
        // Small images are not scaled, and animations are still.
        sets(&wire, teacher, &encoded(&picture(40, 30), ImageFormat::Gif)).await;
        let seen = on_card(&app, other, member).await;
        let content = wire.client.get(here(&wire, &seen["url"])).send().await.unwrap();
        let content = image::load_from_memory(&content.bytes().await.unwrap()).unwrap();
        assert_eq!((content.width(), content.height()), (40, 30));

        let remove = "mutation { removeProfilePicture { viewer { picture { url } } } }";
        let removed = app.sees(teacher, remove).await;
        assert_eq!(removed["removeProfilePicture"]["viewer"]["picture"], Value::Null);
        assert_eq!(status(&wire, &seen["url"]).await, 404);
        assert_eq!(on_card(&app, other, member).await, Value::Null);
    }

    // A-08, M-14, M-20
    async fn a_pupils_photo_shows_where_and_for_as_long_as_it_is_consented_to(app: TestApp) {
        let (here_space, elsewhere) = (app.space().await, app.space().await);
        let [teacher, other] = &here_space.founders;
        let pupil = app.pupil("Petra Pupil", teacher).await;
        let member = app.seat(&here_space, &pupil, TwinSpaceRole::Pupil).await;
        let second = app.seat(&elsewhere, &pupil, TwinSpaceRole::Pupil).await;
        let colleague = app.teacher("Cleo Colleague", "PT").await;
        let place = app.seat(&here_space, &colleague, TwinSpaceRole::Teacher).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let png = encoded(&picture(300, 300), ImageFormat::Png);

        app.does(&pupil, "editProfile", json!({ "avatar": "coral-sun" }), "__typename").await;
        let refused = upload(&wire, &pupil, &png).await;
        assert_eq!(verdict(&refused), "CONFLICT CONSENT_MISSING", "{refused}");
        let part = json!({ "pupils": { "memberIds": [member.to_string()] }, "scope": "PARTICIPATION", "givenBy": "GUARDIAN" });
        app.tries(teacher, "recordConsent", part).await;
        assert_eq!(verdict(&upload(&wire, &pupil, &png).await), "CONFLICT CONSENT_MISSING");

        let consent = json!({ "pupils": { "memberIds": [member.to_string()] }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        app.does(teacher, "recordConsent", consent.clone(), "__typename").await;
        let own_link = sets(&wire, &pupil, &png).await;
        assert_eq!(status(&wire, &own_link).await, 200);
        let seen = on_card(&app, other, member).await;
        let lost = on_card(&app, &colleague, member).await;
        assert_eq!(status(&wire, &seen["url"]).await, 200);
        assert_eq!(status(&wire, &lost["url"]).await, 200);
        // Nobody consented elsewhere.
        let avatar = on_card(&app, &elsewhere.founders[0], second).await;
        assert_eq!(avatar["avatar"], "coral-sun");
        // Visitors cannot see pupils.
        let role = json!({ "memberId": place.to_string(), "role": "VISITOR" });
        app.does(teacher, "changeMemberRole", role, "__typename").await;
        assert_eq!(status(&wire, &lost["url"]).await, 404);

        let withdrawn = json!({ "pupil": { "memberId": member.to_string() }, "scope": "PICTURES" });
        app.does(teacher, "withdrawConsent", withdrawn, "__typename").await;
        assert_eq!(on_card(&app, other, member).await, avatar);
        assert_eq!(own(&app, &pupil).await, avatar);
        for link in [&seen["url"], &own_link] {
            assert_eq!(status(&wire, link).await, 404);
        }
        app.does(teacher, "recordConsent", consent, "__typename").await;
        assert_eq!(status(&wire, &seen["url"]).await, 200);
        assert_eq!(status(&wire, &own_link).await, 200);

        let erase = json!({ "pupil": { "memberId": member.to_string() }, "acknowledge": true });
        app.does(teacher, "erasePupil", erase, "__typename").await;
        for link in [&seen["url"], &own_link] {
            assert_eq!(status(&wire, link).await, 404);
        }
        assert_eq!(profile_picture::Entity::find().count(app.db.read()).await.unwrap(), 0);
    }
}
