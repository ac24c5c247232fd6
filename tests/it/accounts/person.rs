//! People mentioned in other objects: their pictures, and their memberships in a TwinSpace.

use std::sync::Arc;

use entity::{Kind, TwinSpaceRole};
use serde_json::{Value, json};

use crate::{
    accounts::picture::sets,
    inside::{
        chat::say,
        media::{here, photo},
        page::make,
    },
    server::wire::Wire,
    support::{TestApp, cast::Person, on_both_databases, play::mutation},
};

async fn contact(app: &TestApp, who: &Person) -> Value {
    let query = "{ viewer { contacts { nodes { person { id name picture { url avatar } } } } } }";
    app.sees(who, query).await["viewer"]["contacts"]["nodes"][0]["person"].take()
}

on_both_databases! {
    // A-08, M-20
    async fn a_person_who_is_named_has_the_picture_that_the_viewer_sees_elsewhere(app: TestApp) {
        let wire = Wire::of(Arc::clone(&app)).await;
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let pia = app.pupil("Pia", frida).await;
        let place = app.seat(&space, &pia, TwinSpaceRole::Pupil).await.to_string();
        let visitor = app.guest("Vera").await;
        app.seat(&space, &visitor, TwinSpaceRole::Visitor).await;
        app.does(&pia, "editProfile", json!({ "avatar": "meadow-bear" }), "__typename").await;
        say(&app, &pia, &space, "Hello").await;
        let ask = format!("{{ twinSpace(id: \"{}\") {{ chat {{ nodes {{ author {{ picture {{ url avatar }} }}
            authorMember {{ id name }} }} }} }} }}", space.id);
        let chat = async |who: &Person| app.sees(who, &ask).await["twinSpace"]["chat"]["nodes"][0].take();
        let said = chat(fabien).await;
        assert_eq!(said["author"]["picture"]["avatar"], "meadow-bear");
        assert_eq!(said["authorMember"], json!({ "id": place, "name": "Pia" }));

        // M-14: with consent, the photo is shown instead.
        let consent = || json!({ "pupils": { "memberIds": [place] }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        assert_eq!(app.tries(frida, "recordConsent", consent()).await, "OK");
        sets(&wire, &pia, &photo()).await;
        let said = chat(fabien).await;
        assert_eq!(said["author"]["picture"]["avatar"], Value::Null);
        let link = here(&wire, &said["author"]["picture"]["url"]);
        assert_eq!(wire.client.get(&link).send().await.unwrap().status(), 200);
        let withdraw = json!({ "pupil": { "memberId": place }, "scope": "PICTURES" });
        assert_eq!(app.tries(frida, "withdrawConsent", withdraw).await, "OK");
        assert_eq!(chat(fabien).await["author"]["picture"]["avatar"], "meadow-bear");
        assert_eq!(wire.client.get(&link).send().await.unwrap().status(), 404);

        // Teachers who work together can see each other's photo, others the avatar.
        app.does(frida, "editProfile", json!({ "avatar": "meadow-bear" }), "__typename").await;
        sets(&wire, frida, &photo()).await;
        let known = contact(&app, fabien).await;
        assert_eq!(known["picture"]["avatar"], Value::Null);
        let link = here(&wire, &known["picture"]["url"]);
        assert_eq!(wire.client.get(&link).send().await.unwrap().status(), 200);
        let stranger = app.teacher("Sven", "SE").await;
        app.befriend(&stranger, frida).await;
        assert_eq!(contact(&app, &stranger).await["picture"]["avatar"], "meadow-bear");
        // And one's own everywhere.
        let page = make(&app, frida, &space, "Bees", "PUBLIC").await;
        let author = async |who: Option<&Person>| {
            let ask = format!("{{ page(id: \"{page}\") {{ author {{ name picture {{ url }} }} authorMember {{ name }} }} }}");
            app.sees(who, &ask).await["page"].take()
        };
        assert!(author(Some(frida)).await["author"]["picture"]["url"].is_string());
        let member = json!({ "name": "Frida Founder" });
        assert_eq!(author(Some(&visitor)).await["authorMember"], member);
        // Outside the TwinSpace, only the name is visible.
        let told = json!({ "author": { "name": "Frida Founder", "picture": null }, "authorMember": null });
        for outside in [None, Some(&stranger)] {
            assert_eq!(author(outside).await, told);
        }
        // The number of statements does not depend on how many are mentioned.
        let first = app.statements(chat(fabien)).await.1;
        for name in ["Ana", "Ben"] {
            let pupil = app.pupil(name, frida).await;
            app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
            say(&app, &pupil, &space, "Hello").await;
        }
        assert_eq!(app.statements(chat(fabien)).await.1, first);
    }

    async fn one_person_has_one_id_wherever_they_appear(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let id = fabien.id.show();
        assert!(id.starts_with("person_"), "{id}");
        let own = "{ viewer { person { id } memberships { nodes { person { id } project: twinSpace { project {
            partners(founder: true) { nodes { person { id } } } } } } } } }";
        let own = app.sees(fabien, own).await;
        assert_eq!(own["viewer"]["person"]["id"], id);
        assert_eq!(own["viewer"]["memberships"]["nodes"][0]["person"]["id"], id);
        let partners = own["viewer"]["memberships"]["nodes"][0]["project"]["project"]["partners"]["nodes"].as_array();
        assert!(partners.unwrap().iter().any(|partner| partner["person"]["id"] == id), "{own}");
        let find = "{ teachers(filter: { search: \"Fabien\" }) { nodes { id teacher { subjects } } } }";
        let found = app.sees(frida, find).await["teachers"]["nodes"][0].take();
        assert_eq!(found, json!({ "id": id, "teacher": { "subjects": [] } }));
        assert_eq!(contact(&app, frida).await["id"], id);
        assert_eq!(app.tries(frida, "createProject", json!({ "cofounderId": id })).await, "OK");
        let other = json!({ "cofounderId": id.replace("person", "member") });
        assert_eq!(app.tries(frida, "createProject", other.clone()).await, "BAD_USER_INPUT");
        // The error says which kind is expected, but not for which field.
        let create = mutation("createProject", "__typename");
        let answer = app.execute(Some(&frida.token), &create, json!({ "input": other })).await;
        assert_eq!(answer["errors"][0]["extensions"]["expects"], "person", "{answer}");
        // A pupil has another as one of the viewer's own, which leads to the person; either is accepted.
        let pia = app.pupil("Pia", frida).await;
        let pupil = app.sees(frida, "{ viewer { pupils { nodes { id person { id name } } } } }").await;
        let pupil = &pupil["viewer"]["pupils"]["nodes"][0];
        assert_eq!(pupil["person"], json!({ "id": pia.id.show(), "name": "Pia" }));
        for id in [&pupil["id"], &pupil["person"]["id"]] {
            assert_eq!(app.tries(frida, "resetPupilPassword", json!({ "pupil": { "pupilId": id } })).await, "OK");
        }
    }

    // R-01, M-20, C-01
    async fn a_person_is_found_by_those_who_meet_them(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let pia = app.pupil("Pia", frida).await;
        app.seat(&space, &pia, TwinSpaceRole::Pupil).await;
        let [visitor, guest] = [app.guest("Vera").await, app.guest("Gus").await];
        app.seat(&space, &visitor, TwinSpaceRole::Visitor).await;
        let away = app.pupil("Ada Away", fabien).await;
        let (stranger, officer) = (app.teacher("Sven", "SE").await, app.officer("SE", "").await);
        let finds = async |who: &Person, whom: &Person| {
            let ask = format!("{{ node(id: \"{}\") {{ ... on Person {{ name }} }} }}", whom.id);
            !app.sees(who, &ask).await["node"].is_null()
        };
        for (who, whom) in [(&pia, &pia), (&officer, &officer), (&stranger, frida), (frida, &pia), (&pia, fabien),
            (&pia, &visitor), (&visitor, frida), (fabien, &away), (fabien, &visitor)] {
            assert!(finds(who, whom).await, "{} finds {}", who.email, whom.email);
        }
        for (who, whom) in [(&visitor, &pia), (&stranger, &pia), (&stranger, &visitor), (&guest, frida), (&pia, &stranger),
            (frida, &away), (frida, &guest), (frida, &officer), (&officer, frida)] {
            assert!(!finds(who, whom).await, "{} finds {}", who.email, whom.email);
        }
        // What they tell about themselves as teachers is for teachers.
        let ask = format!("{{ node(id: \"{}\") {{ ... on Person {{ teacher {{ profile subjects languages }} }} }} }}", frida.id);
        assert!(app.sees(&stranger, &ask).await["node"]["teacher"].is_object());
        assert_eq!(app.sees(&pia, &ask).await["node"], json!({ "teacher": null }));
    }
}
