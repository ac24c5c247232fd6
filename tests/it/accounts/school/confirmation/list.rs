//! Where it is shown whose school is confirmed, and which claims wait.

use entity::TwinSpaceRole;
use serde_json::{Value, json};

use crate::{
    accounts::school::works_at,
    projects::office::office,
    support::{TestApp, ear::Ear, on_both_databases},
};

use super::{SUR, confirms, named};

on_both_databases! {
    // A-10, M-02, M-09
    async fn cards_and_lists_show_whose_school_is_confirmed(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let german = app.officer("DE", "").await;
        let ada = app.administrator().await;
        let pia = app.pupil("Pia", frida).await;
        app.seat(&space, &pia, TwinSpaceRole::Pupil).await;
        let mut ear = Ear::of(&app, fabien, "subscription($id: ID!) { membersChanged(twinSpaceId: $id) {
            ... on MemberChanged { member { name schoolConfirmed } } } }", json!({ "id": space.id.to_string() })).await;
        assert_eq!(confirms(&app, &german, frida).await, "OK");
        assert_eq!(ear.hears().await["member"], json!({ "name": "Frida Founder", "schoolConfirmed": true }));
        let cards = format!("{{ twinSpace(id: \"{}\") {{ members {{ nodes {{ name schoolConfirmed person {{ schoolConfirmed }} }} }} }} }}", space.id);
        let card = |name: &str, confirmed: Option<bool>| json!({
            "name": name, "schoolConfirmed": confirmed, "person": { "schoolConfirmed": confirmed } });
        for reader in [fabien, &pia] {
            assert_eq!(app.sees(reader, &cards).await["twinSpace"]["members"]["nodes"], json!([
                card("Fabien Fondateur", Some(false)), card("Frida Founder", Some(true)), card("Pia", None)]));
        }
        let partners = format!("{{ project(id: \"{}\") {{ partners {{ nodes {{ person {{ schoolConfirmed }} }} }} }} }}", space.project);
        let partners = app.sees(fabien, &partners).await["project"]["partners"]["nodes"].take();
        assert_eq!(partners, json!([{ "person": { "schoolConfirmed": true } }, { "person": { "schoolConfirmed": false } }]));
        for (filter, names) in [("true", vec!["Frida Founder"]), ("false", vec!["Fabien Fondateur"])] {
            let teachers = format!("{{ teachers(filter: {{ schoolConfirmed: {filter} }}) {{ nodes {{ name schoolConfirmed }} }} }}");
            let teachers = app.sees(fabien, &teachers).await["teachers"]["nodes"].take();
            let expected: Vec<_> = names.iter().map(|name| json!({ "name": name, "schoolConfirmed": filter == "true" })).collect();
            assert_eq!(teachers, json!(expected));
            let accounts = format!("{{ administration {{ accounts(filter: {{ schoolConfirmed: {filter} }}) {{ nodes {{ person {{ name }}
                schoolConfirmed schoolConfirmation {{ confirmedBy {{ name }} }}
                permissions {{ confirmSchool {{ reason }} withdrawSchoolConfirmation {{ reason }} }} }} }} }} }}");
            let accounts = app.sees(&ada, &accounts).await["administration"]["accounts"]["nodes"].take();
            let done = json!("ALREADY_DONE");
            let (by, may) = match filter {
                "true" => (json!({ "confirmedBy": { "name": "Olga Officer" } }), [done, Value::Null]),
                _ => (Value::Null, [Value::Null, done]),
            };
            assert_eq!(accounts, json!([{ "person": { "name": names[0] }, "schoolConfirmed": filter == "true", "schoolConfirmation": by,
                "permissions": { "confirmSchool": { "reason": may[0] }, "withdrawSchoolConfirmation": { "reason": may[1] } } }]));
        }
        // Nobody but teachers has a school that could be confirmed.
        let accounts = "{ administration { accounts { nodes { kind schoolConfirmed } } } }";
        for one in app.sees(&ada, accounts).await["administration"]["accounts"]["nodes"].as_array().unwrap() {
            assert_eq!(one["schoolConfirmed"].is_null(), one["kind"] != "TEACHER", "{one}");
        }
    }

    //
    async fn whoever_decides_on_schools_and_admissions_sees_their_lists_in_the_same_answer(app: TestApp) {
        let spanish = app.officer("ES", "").await;
        let ada = app.administrator().await;
        let [ana, bea] = [works_at(&app, "Ana", SUR).await, works_at(&app, "Bea", SUR).await];
        let fields = "person { name } viewer { notificationCounts { total } } office { country teachers(filter: { schoolConfirmed: false }) { totalCount } }";
        let answer = app.does(&spanish, "confirmSchool", named(&app, &ana).await, fields).await;
        let rest = |waiting: u8| json!({ "country": "ES", "teachers": { "totalCount": waiting } });
        assert_eq!(answer, json!({ "person": { "name": "Ana" }, "viewer": { "notificationCounts": { "total": 0 } }, "office": rest(1) }));
        let answer = app.does(&ada, "confirmSchool", named(&app, &bea).await, fields).await;
        assert_eq!(answer, json!({ "person": { "name": "Bea" }, "viewer": { "notificationCounts": { "total": 0 } }, "office": null }));
        let answer = app.does(&spanish, "withdrawSchoolConfirmation", named(&app, &bea).await, fields).await;
        assert_eq!(answer["office"], rest(1));
        let eva = works_at(&app, "Eva", ["IES del Sur", "Granada", "", "ES"]).await;
        let [into, school] = [named(&app, &ana).await["schoolId"].take(), named(&app, &eva).await["schoolId"].take()];
        let merge = json!({ "schoolId": school, "intoSchoolId": into });
        let fields = "school { name } viewer { name } office { schools(search: \"sur\") { totalCount } }";
        let answer = app.does(&spanish, "mergeSchools", merge, fields).await;
        assert_eq!(answer["office"], json!({ "schools": { "totalCount": 1 } }));
        assert_eq!(answer["school"]["name"], "IES Sur");
    }

    //
    async fn officers_see_which_claims_wait_in_their_country_or_region(app: TestApp) {
        let (german, southern) = (app.officer("ES", "").await, app.officer("ES", "Andalucía").await);
        let ana = works_at(&app, "Ana", SUR).await;
        works_at(&app, "Bea", SUR).await;
        works_at(&app, "Leo", ["IES Cádiz", "Cádiz", "Andalucía", "ES"]).await;
        works_at(&app, "Fay", ["Lycée", "Lyon", "", "FR"]).await;
        assert_eq!(confirms(&app, &german, &ana).await, "OK");
        let claims = "teachers(filter: { schoolConfirmed: false }) { totalCount nodes { person { name } schoolConfirmed
            permissions { confirmSchool { allowed } withdrawSchoolConfirmation { reason } } } }
            schools(unconfirmed: true) { totalCount nodes { school { name } teacherCount unconfirmedTeacherCount } }";
        let claim = |name: &str| json!({ "person": { "name": name }, "schoolConfirmed": false, "permissions": {
            "confirmSchool": { "allowed": true }, "withdrawSchoolConfirmation": { "reason": "ALREADY_DONE" } } });
        let school = |name: &str, teachers: u8| json!({ "school": { "name": name }, "teacherCount": teachers, "unconfirmedTeacherCount": 1 });
        assert_eq!(office(&app, &german, claims).await, json!({
            "teachers": { "totalCount": 2, "nodes": [claim("Bea"), claim("Leo")] },
            "schools": { "totalCount": 2, "nodes": [school("IES Sur", 2), school("IES Cádiz", 1)] } }));
        assert_eq!(office(&app, &southern, claims).await, json!({
            "teachers": { "totalCount": 1, "nodes": [claim("Leo")] },
            "schools": { "totalCount": 1, "nodes": [school("IES Cádiz", 1)] } }));
        let done = "teachers(filter: { schoolConfirmed: true }) { nodes { person { name } schoolConfirmation { confirmedBy { name } } } }";
        assert_eq!(office(&app, &german, done).await["teachers"]["nodes"], json!([
            { "person": { "name": "Ana" }, "schoolConfirmation": { "confirmedBy": { "name": "Olga Officer" } } }]));
        // However many there are.
        let list = "teachers { nodes { schoolConfirmed schoolConfirmation { confirmedBy { name } } permissions { confirmSchool { allowed } } } }
            schools { nodes { unconfirmedTeacherCount } } duplicateSchools { nodes { alikeKey } }";
        let before = app.statements(office(&app, &german, list)).await.1;
        for n in 0..5 {
            let more = works_at(&app, &format!("More {n}"), [&format!("IES {n}"), "Granada", "", "ES"]).await;
            assert_eq!(confirms(&app, &german, &more).await, "OK");
        }
        assert_eq!(app.statements(office(&app, &german, list)).await.1, before);
    }
}
