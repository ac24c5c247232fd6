//! What the custodian withdrew, only the custodian can give again (M-14).

use std::sync::Arc;

use entity::TwinSpaceRole;
use image::ImageFormat;
use serde_json::{Value, json};

use crate::{
    inside::media::{add, encoded, picture, status},
    server::wire::Wire,
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

/// A picture of a pupil, with consent; the custodian is the first founder.
async fn pictured(app: Arc<TestApp>) -> (Arc<TestApp>, Space, Person, String, Value) {
    let space = app.space().await;
    let custodian = &space.founders[0];
    let pupil = app.pupil("Paula Pupil", custodian).await;
    let member = app.seat(&space, &pupil, TwinSpaceRole::Pupil).await.to_string();
    assert_eq!(app.tries(custodian, "recordConsent", consent(&member)).await, "OK");
    let wire = Wire::of(Arc::clone(&app)).await;
    let png = encoded(&picture(30, 30), ImageFormat::Png);
    let added = add(&wire, custodian, &space, "a.png", &png, std::slice::from_ref(&member)).await;
    let media = added["data"]["addMedia"]["media"]["id"].clone();
    (app, space, pupil, member, media)
}

fn consent(member: &str) -> Value {
    json!({ "pupils": { "memberIds": [member] }, "scope": "PICTURES", "givenBy": "GUARDIAN" })
}

fn withdrawal(member: &str) -> Value {
    json!({ "pupil": { "memberId": member }, "scope": "PICTURES" })
}

const KEPT: &str = "FORBIDDEN WITHDRAWN_BY_CUSTODIAN";

on_both_databases! {
    async fn what_the_custodian_withdrew_only_the_custodian_gives_again(app: TestApp) {
        let (app, space, pupil, member, media) = pictured(Arc::new(app)).await;
        let [custodian, other] = &space.founders;
        assert_eq!(app.tries(custodian, "withdrawConsent", withdrawal(&member)).await, "OK");
        let hidden = format!("{{ node(id: {media}) {{ ... on Media {{ hidden }} }} }}");
        assert_eq!(app.sees(other, &hidden).await["node"]["hidden"], true);

        assert_eq!(app.tries(other, "recordConsent", consent(&member)).await, KEPT);
        let class = json!({ "pupils": { "memberIds": [member] }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        assert_eq!(app.tries(other, "recordConsent", class).await, KEPT);
        let off = json!({ "mediaId": media, "picturedIds": [] });
        assert_eq!(app.tries(other, "editMedia", off.clone()).await, KEPT);
        // Keeping the tag is not a change.
        let on = json!({ "mediaId": media, "title": "Bees", "picturedIds": [member] });
        assert_eq!(app.tries(other, "editMedia", on).await, "OK");
        assert_eq!(app.sees(other, &hidden).await["node"]["hidden"], true);
        assert_eq!(app.sees(&pupil, &hidden).await["node"], Value::Null);

        assert_eq!(app.tries(custodian, "recordConsent", consent(&member)).await, "OK");
        assert_eq!(app.sees(&pupil, &hidden).await["node"]["hidden"], false);
        // A consent that was given again is like any other.
        assert_eq!(app.tries(other, "editMedia", off).await, "OK");
    }

    async fn the_custodian_takes_the_name_off_a_picture(app: TestApp) {
        let (app, space, _, member, media) = pictured(Arc::new(app)).await;
        let custodian = &space.founders[0];
        assert_eq!(app.tries(custodian, "withdrawConsent", withdrawal(&member)).await, "OK");
        let off = json!({ "mediaId": media, "picturedIds": [] });
        assert_eq!(app.tries(custodian, "editMedia", off).await, "OK");
        //
        let acts = app.acts(custodian, &space.project.to_string()).await;
        assert_eq!(acts.last().map(String::as_str), Some("MEDIA_PICTURED_CHANGED"), "{acts:?}");
    }

    async fn what_another_teacher_withdrew_another_teacher_gives_again(app: TestApp) {
        let (app, space, _, member, _) = pictured(Arc::new(app)).await;
        let other = &space.founders[1];
        assert_eq!(app.tries(other, "withdrawConsent", withdrawal(&member)).await, "OK");
        assert_eq!(app.tries(other, "recordConsent", consent(&member)).await, "OK");
    }

    // in whatever order the guards finish.
    async fn a_hidden_pupil_among_others_is_as_one_who_is_not_there(app: TestApp) {
        let (app, space, pupil, member, _) = pictured(Arc::new(app)).await;
        let visitor = app.guest("Vic Visitor").await;
        let seen = app.seat(&space, &visitor, TwinSpaceRole::Visitor).await.to_string();
        let absent = entity::MemberId::new().to_string();
        for hidden in [&member, &absent] {
            for ids in [[&seen, hidden], [hidden, &seen]] {
                let input = json!({ "pupils": { "memberIds": ids }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
                assert_eq!(app.tries(&visitor, "recordConsent", input).await, "NOT_FOUND");
            }
        }
        let own = json!({ "pupils": { "memberIds": [seen] }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        assert_eq!(app.tries(&visitor, "recordConsent", own).await, "FORBIDDEN ROLE_TOO_LOW");
        assert_eq!(pupil.kind, entity::AccountKind::Pupil);
    }

    // M-14
    async fn the_custodian_gives_again_where_the_custodian_is_no_member(app: TestApp) {
        let (app, space, pupil, member, media) = pictured(Arc::new(app)).await;
        let [custodian, other] = &space.founders;
        assert_eq!(app.tries(custodian, "withdrawConsent", withdrawal(&member)).await, "OK");
        let leave = json!({ "twinSpaceId": space.id.to_string() });
        assert_eq!(app.tries(custodian, "leaveTwinSpace", leave).await, "OK");

        assert_eq!(app.tries(custodian, "recordConsent", consent(&member)).await, "NOT_FOUND");
        assert_eq!(app.tries(other, "recordConsent", consent(&member)).await, KEPT);
        let own = |pupil: &Person, space: String| json!({ "pupils": { "ownPupil": {
            "pupilId": pupil.id.to_string(), "twinSpaceId": space } }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        let here = own(&pupil, space.id.to_string());
        assert_eq!(app.tries(other, "recordConsent", here.clone()).await, "NOT_FOUND");
        let given = app.does(custodian, "recordConsent", here.clone(), "member { id } pupil { person { id } }").await;
        assert_eq!(given["pupil"]["person"]["id"], pupil.id.to_string());
        let hidden = format!("{{ node(id: {media}) {{ ... on Media {{ hidden }} }} }}");
        assert_eq!(app.sees(other, &hidden).await["node"]["hidden"], false);
        assert_eq!(app.tries(custodian, "recordConsent", here.clone()).await, "CONFLICT ALREADY_DONE");
        //
        let acts = app.acts(other, &space.project.to_string()).await;
        assert_eq!(acts.last().map(String::as_str), Some("CONSENT_RECORDED"), "{acts:?}");
        //
        let stranger = app.space().await;
        let absent = entity::TwinSpaceId::from(entity::ProjectId::new());
        for somewhere in [stranger.id, absent] {
            let there = own(&pupil, somewhere.to_string());
            assert_eq!(app.tries(custodian, "recordConsent", there).await, "CONFLICT NOT_A_MEMBER");
        }
        // A picture outlasts the membership, and so does the consent to it; taking part does not.
        let out = json!({ "pupilId": pupil.id.to_string(), "twinSpaceId": space.id.to_string() });
        assert_eq!(app.tries(custodian, "takeOutPupil", out).await, "OK");
        let away = json!({ "pupil": { "ownPupil": { "pupilId": pupil.id.to_string(), "twinSpaceId": space.id.to_string() } }, "scope": "PICTURES" });
        assert_eq!(app.tries(custodian, "withdrawConsent", away).await, "OK");
        assert_eq!(app.sees(other, &hidden).await["node"]["hidden"], true);
        assert_eq!(app.tries(custodian, "recordConsent", here.clone()).await, "OK");
        assert_eq!(app.sees(other, &hidden).await["node"]["hidden"], false);
        let mut part = here;
        part["scope"] = json!("PARTICIPATION");
        assert_eq!(app.tries(custodian, "recordConsent", part).await, "CONFLICT NOT_A_MEMBER");
    }

    //
    async fn the_custodian_is_told_when_others_tag_the_pupil(app: TestApp) {
        let (app, space, _, member, media) = pictured(Arc::new(app)).await;
        let [custodian, other] = &space.founders;
        let news = async || {
            let query = "{ viewer { notifications { nodes { subject { ... on PupilNews { act actor { name } } } } } } }";
            let told = app.sees(custodian, query).await["viewer"]["notifications"]["nodes"].take();
            let act = |news: &&Value| news["subject"]["act"] == "MEDIA_PICTURED_CHANGED";
            told.as_array().unwrap().iter().filter(act).count()
        };
        let log = async || {
            let acts = app.acts(custodian, &space.project.to_string()).await;
            acts.iter().filter(|act| *act == "MEDIA_PICTURED_CHANGED").count()
        };
        // The custodian's own upload is in the log, and no news.
        assert_eq!((news().await, log().await), (0, 1));
        let tag = |pictured: &[&String]| json!({ "mediaId": media, "picturedIds": pictured });
        assert_eq!(app.tries(other, "editMedia", tag(&[])).await, "OK");
        assert_eq!((news().await, log().await), (1, 2));
        assert_eq!(app.tries(other, "editMedia", tag(&[&member])).await, "OK");
        assert_eq!((news().await, log().await), (2, 3));
        // Keeping the tag is not a change.
        assert_eq!(app.tries(other, "editMedia", tag(&[&member])).await, "OK");
        assert_eq!((news().await, log().await), (2, 3));
        let wire = Wire::of(Arc::clone(&app)).await;
        let png = encoded(&picture(20, 30), ImageFormat::Png);
        add(&wire, other, &space, "b.png", &png, std::slice::from_ref(&member)).await;
        assert_eq!((news().await, log().await), (3, 4));
        let link = json!({ "twinSpaceId": space.id.to_string(), "title": "Bees", "picturedIds": [member],
            "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ" });
        assert_eq!(app.tries(other, "addVideoLink", link).await, "OK");
        assert_eq!((news().await, log().await), (4, 5));
    }

    // M-14, M-20
    async fn a_raised_pupil_does_not_see_what_the_custodian_has_hidden(app: TestApp) {
        let (app, space, _, member, media) = pictured(Arc::new(app)).await;
        let [custodian, other] = &space.founders;
        let raised = app.pupil("Raisa Raised", other).await;
        app.seat(&space, &raised, TwinSpaceRole::TeacherAdmin).await;
        let query = format!("{{ node(id: {media}) {{ ... on Media {{ url }} }} }}");
        let link = app.sees(&raised, &query).await["node"]["url"].take();
        let wire = Wire::of(Arc::clone(&app)).await;
        assert_eq!(status(&wire, &link).await, 200);
        assert_eq!(app.tries(custodian, "withdrawConsent", withdrawal(&member)).await, "OK");
        assert_eq!(app.sees(&raised, &query).await["node"], Value::Null);
        assert_eq!(status(&wire, &link).await, 404);
        let list = format!("{{ twinSpace(id: \"{}\") {{ media {{ totalCount }} mediaUsage {{ count }} }} }}", space.id);
        let nothing = json!({ "media": { "totalCount": 0 }, "mediaUsage": { "count": 0 } });
        assert_eq!(app.sees(&raised, &list).await["twinSpace"], nothing);
        assert_ne!(app.sees(other, &query).await["node"], Value::Null);
    }
}
