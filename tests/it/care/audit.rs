//! The audit log.

use std::collections::BTreeSet;

use domain::{
    care::audit::{Detail, line},
    clock,
};
use entity::{AccountId, Act, ProjectId, ProjectRole, account, audit};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder,
};
use serde_json::{Value, json};

use crate::{
    api::{node::one_of_each, sdl},
    members::{
        custody::{brings, hand_over},
        pupil::invite,
    },
    policy::scene::{Cast, Scene, State},
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

mod reader;

/// The latest entry of an action: who, in which project, on whom, on what, and details.
struct Line(audit::Model);

impl Line {
    async fn of(app: &TestApp, act: Act) -> Self {
        let lines = audit::Entity::find().filter(audit::Column::Act.eq(act));
        let newest = lines.order_by_desc(audit::Column::Id).one(app.db.read()).await.unwrap();
        Self(newest.unwrap_or_else(|| panic!("no line of {act:?}")))
    }

    fn says(&self, who: &Person, project: Option<ProjectId>, on: Option<AccountId>) {
        let (line, act) = (&self.0, self.0.act);
        assert_eq!(line.actor_id, Some(who.id), "who: {act:?}");
        assert_eq!(line.project_id, project, "where: {act:?}");
        assert_eq!(line.account_id, on, "on whom: {act:?}");
        assert!(clock::now() - line.at < chrono::TimeDelta::minutes(5), "when: {act:?}");
    }
}

/// The latest entries of an action are of these TwinSpaces and by this person.
async fn everywhere(app: &TestApp, act: Act, who: &Person, spaces: &[&Space]) {
    let lines = audit::Entity::find().filter(audit::Column::Act.eq(act));
    let lines = lines.order_by_desc(audit::Column::Id).all(app.db.read()).await.unwrap();
    let newest = &lines[..spaces.len()];
    assert!(newest.iter().all(|line| line.actor_id == Some(who.id)), "{act:?}: {newest:?}");
    let projects: BTreeSet<_> = newest.iter().filter_map(|line| line.project_id).collect();
    let expected: BTreeSet<_> = spaces.iter().map(|space| space.project).collect();
    assert_eq!(projects, expected, "{act:?}");
}

/// The account with this username.
async fn of_username(app: &TestApp, username: &Value) -> AccountId {
    let username = username.as_str().unwrap();
    let account = account::Entity::find().filter(account::Column::Username.eq(username));
    account.one(app.db.read()).await.unwrap().unwrap().id
}

async fn place(app: &TestApp, person: &Person, space: &Space) -> String {
    app.access(person, space.project).await.member.unwrap().0.to_string()
}

async fn write_a_line(app: &TestApp) -> audit::Model {
    let tx = app.db.begin().await.unwrap();
    let line = line(Act::AccountCreated, None).detail(Detail::Kind, "teacher");
    line.write(&tx, clock::now()).await.unwrap();
    tx.commit().await.unwrap();
    audit::Entity::find().one(app.db.read()).await.unwrap().unwrap()
}

/// The acts in the log of a TwinSpace that fit, newest first.
async fn acts(app: &TestApp, who: &Person, space: &Space, filter: &str) -> Value {
    let query = format!(
        "{{ twinSpace(id: \"{}\") {{ auditLog(filter: {{ {filter} }}) {{ totalCount nodes {{ act }} }} }} }}",
        space.id
    );
    let log = app.sees(who, &query).await["twinSpace"]["auditLog"].take();
    let acts: Vec<_> =
        log["nodes"].as_array().unwrap().iter().map(|node| node["act"].clone()).collect();
    assert_eq!(log["totalCount"], acts.len(), "{filter}");
    json!(acts)
}

on_both_databases! {
    // R-03, M-20
    async fn the_log_of_a_project_is_filtered_by_act_person_and_time(app: TestApp) {
        let space = app.space().await;
        let [founder, other] = &space.founders;
        let teacher = app.teacher("Tina", "IT").await;
        let member = app.seat(&space, &teacher, entity::TwinSpaceRole::Visitor).await;
        let pupil = app.pupil("Pia", founder).await;
        let pia = app.seat(&space, &pupil, entity::TwinSpaceRole::Pupil).await;
        for (who, member, role) in [(founder, member, "TEACHER"), (founder, pia, "PUPIL_ADMIN"), (other, member, "VISITOR")] {
            let input = json!({ "memberId": member.to_string(), "role": role });
            app.does(who, "changeMemberRole", input, "__typename").await;
        }
        let settings = json!({ "twinSpaceId": space.id.to_string(), "chatOpenToPupils": false });
        app.does(other, "editTwinSpaceSettings", settings, "__typename").await;
        let role = "MEMBER_ROLE_CHANGED";
        let id = |person: &Person| person.id.to_string();
        for (filter, expected) in [
            (String::new(), json!(["SETTINGS_EDITED", role, role, role])),
            (format!("acts: [{role}, {role}]"), json!([role, role, role])),
            ("acts: [SETTINGS_EDITED]".to_owned(), json!(["SETTINGS_EDITED"])),
            (format!("actorId: \"{}\"", id(other)), json!(["SETTINGS_EDITED", role])),
            (format!("personId: \"{}\"", id(&teacher)), json!([role, role])),
            (format!("personId: \"{}\"", id(&pupil)), json!([role])),
            (format!("personId: \"{}\", actorId: \"{}\"", id(&teacher), id(other)), json!([role])),
            ("since: \"2100-01-01T00:00:00Z\"".to_owned(), json!([])),
            ("until: \"2020-01-01T00:00:00Z\"".to_owned(), json!([])),
            ("since: \"2020-01-01T00:00:00Z\", until: \"2100-01-01T00:00:00Z\"".to_owned(), json!(["SETTINGS_EDITED", role, role, role])),
        ] {
            let mut found = acts(&app, founder, &space, &filter).await;
            // The project was opened without this.
            found.as_array_mut().unwrap().retain(|act| act == role || act == "SETTINGS_EDITED");
            assert_eq!(found, expected, "{filter}");
        }
        // Whoever reads the log without seeing pupils learns nothing of one by asking.
        let manager = app.teacher("Max Manager", "IT").await;
        app.partner(&space, &manager, ProjectRole::Manager).await;
        let log = |person: &Person| format!(
            "{{ project(id: \"{}\") {{ auditLog(filter: {{ personId: \"{}\" }}) {{ totalCount nodes {{ id }} }} }} }}",
            space.project, person.id
        );
        for (person, count) in [(&teacher, 2), (&pupil, 0)] {
            let seen = app.sees(&manager, &log(person)).await["project"]["auditLog"].take();
            assert_eq!((&seen["totalCount"], seen["nodes"].as_array().unwrap().len()), (&json!(count), count));
        }
    }

    // what is stored of an action is told, with its type.
    async fn every_detail_of_an_action_is_read_from_a_field(app: TestApp) {
        let cast = Cast::new(&app).await;
        let scene = Scene::new(&app, &cast, State::Active).await;
        let others = one_of_each(&app, &cast, &scene).await;
        assert!(!others.is_empty());
        let ada = cast.person("administrator");
        let id = |name: &str| scene.fill(name, scene.charge).trim_matches('"').to_owned();
        for (who, act, input) in [
            (cast.founder(), "editTwinSpaceSettings", json!({ "twinSpaceId": id("$space"), "chatOpenToPupils": false })),
            (cast.founder(), "changeMemberRole", json!({ "memberId": id("$pupil"), "role": "PUPIL_ADMIN" })),
            (cast.founder(), "removeMember", json!({ "memberId": id("$pupil") })),
            (ada, "takeDownContent", json!({ "contentId": id("$chat") })),
        ] {
            app.does(who, act, input, "__typename").await;
        }
        app.does(ada, "retryMails", json!({}), "mailCount").await;
        let rows = audit::Entity::find().all(app.db.read()).await.unwrap();
        let fields = &sdl::objects()["AuditDetails"];
        let fields = fields.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>().join(" ");
        let mut told = BTreeSet::new();
        for row in rows.iter().filter(|row| !row.details.0.is_empty()) {
            let query = format!("{{ node(id: \"{}\") {{ ... on AuditEntry {{ act details {{ {fields} }} }} }} }}", row.id);
            let entry = app.sees(ada, &query).await["node"].take();
            let details = entry["details"].as_object().unwrap_or_else(|| panic!("{row:?}: {entry}"));
            let said = details.values().filter(|value| !value.is_null()).count();
            assert_eq!(said, row.details.0.len(), "{row:?}: {entry}");
            told.insert(entry["act"].as_str().unwrap().to_owned());
        }
        let expected = [
            "CONSENT_RECORDED", "CONTENT_TAKEN_DOWN", "CUSTODY_OFFERED", "INVITATION_SENT", "MAIL_RETRIED",
            "MEMBER_REMOVED", "MEMBER_ROLE_CHANGED", "PUPILS_LOOKED_UP", "PUPIL_REQUESTED", "SETTINGS_EDITED",
        ];
        assert!(expected.iter().all(|act| told.contains(*act)), "{told:?}");
        // What has none says so.
        let bare = rows.iter().find(|row| row.details.0.is_empty()).unwrap();
        let query = format!("{{ node(id: \"{}\") {{ ... on AuditEntry {{ details {{ role }} }} }} }}", bare.id);
        assert_eq!(app.sees(ada, &query).await["node"]["details"], Value::Null);
    }

    // M-20
    async fn administrators_find_every_entry_by_its_id_without_its_pupils(app: TestApp) {
        let space = app.space().await;
        let [founder, other] = &space.founders;
        let ada = app.administrator().await;
        let row = json!([{ "givenName": "Ana", "familyName": "Silva" }]);
        invite(&app, founder, &space, row).await;
        app.does(&ada, "addService", json!({ "name": "Norden", "country": "SE" }), "__typename").await;
        let list = "{ administration { auditLog(first: 100) { nodes { id act projectId person { name } subject { __typename } } } } }";
        let log = app.sees(&ada, list).await["administration"]["auditLog"]["nodes"].take();
        let of = |act: &str| log.as_array().unwrap().iter().find(|entry| entry["act"] == act).unwrap().clone();
        let (made, added) = (of("PUPIL_CREATED"), of("SERVICE_ADDED"));
        assert_eq!((&made["person"], &made["projectId"]), (&Value::Null, &json!(space.project.to_string())));
        assert_eq!(added["subject"], json!({ "__typename": "Service" }));
        let one = |entry: &Value| format!("{{ node(id: {}) {{ ... on AuditEntry {{ act person {{ name }} }} }} }}", entry["id"]);
        assert_eq!(app.sees(&ada, &one(&made)).await["node"], json!({ "act": "PUPIL_CREATED", "person": null }));
        assert_eq!(app.sees(&ada, &one(&added)).await["node"]["act"], "SERVICE_ADDED");
        assert_eq!(app.sees(founder, &one(&made)).await["node"], json!({ "act": "PUPIL_CREATED", "person": { "name": "Ana Silva" } }));
        for who in [Some(other), Some(&app.teacher("Tina", "IT").await), None] {
            assert_eq!(app.sees(who, &one(&added)).await["node"], Value::Null);
        }
    }

    // M-11: nothing is shown of a child before the custodian has answered.
    async fn the_log_does_not_tell_who_a_pupil_is_that_was_only_asked_for(app: TestApp) {
        let (space, away) = (app.space().await, app.space().await);
        let (teacher, elsewhere) = (&space.founders[0], &away.founders[0]);
        let row = json!([{ "givenName": "Ana", "familyName": "Silva" }]);
        let username = invite(&app, teacher, &space, row).await[0]["username"].clone();
        let pupil = of_username(&app, &username).await;
        let ask = json!([{ "username": username }]);
        assert_eq!(invite(&app, elsewhere, &away, ask.clone()).await[0]["status"], "REQUESTED");
        let log = async |filter: &str| {
            let log = format!("auditLog({filter}first: 9) {{ totalCount nodes {{ act person {{ id name school {{ name }} picture {{ url }} }} }} }}");
            let query = format!("{{ twinSpace(id: \"{}\") {{ {log} project {{ {log} }} }} }}", away.id);
            let mut seen = app.sees(elsewhere, &query).await["twinSpace"].take();
            let inside = seen["auditLog"].take();
            let whole = seen["project"]["auditLog"]["nodes"].take();
            for entry in inside["nodes"].as_array().unwrap() {
                assert!(whole.as_array().unwrap().contains(entry), "{filter}: {entry}");
            }
            inside
        };
        let of_pupil = format!("filter: {{ personId: \"{pupil}\" }}, ");
        let told = log("").await;
        let told = told["nodes"].as_array().unwrap();
        let entry = told.iter().find(|entry| entry["act"] == "PUPIL_REQUESTED").unwrap();
        assert_eq!(entry["person"], Value::Null, "{entry}");
        assert_eq!(log(&of_pupil).await["totalCount"], 0);
        // Whoever is in the TwinSpace is no secret there.
        let requests = app.sees(teacher, "{ viewer { pupilRequests { nodes { id } } } }").await;
        let request = &requests["viewer"]["pupilRequests"]["nodes"][0]["id"];
        let accept = json!({ "pupilRequestId": request, "consentGivenBy": "GUARDIAN" });
        app.does(teacher, "acceptPupilRequest", accept, "__typename").await;
        let told = log(&of_pupil).await;
        let told = told["nodes"].as_array().unwrap();
        assert!(told.len() >= 2, "{told:?}");
        assert!(told.iter().all(|entry| entry["person"]["name"] == "Ana Silva"), "{told:?}");
    }

    //
    async fn every_act_on_a_pupil_is_in_the_log_with_who_did_it_on_whom(app: TestApp) {
        let (space, away) = (app.space().await, app.space().await);
        let ([teacher, other], elsewhere) = (&space.founders, &away.founders[0]);
        let here = Some(space.project);
        let row = json!([{ "givenName": "Ana", "familyName": "Silva" }]);
        let made = invite(&app, teacher, &space, row).await;
        let (member, username) = (made[0]["memberId"].clone(), made[0]["username"].clone());
        let pupil = of_username(&app, &username).await;
        let ana = Some(pupil);
        Line::of(&app, Act::PupilCreated).await.says(teacher, here, ana);
        Line::of(&app, Act::ConsentRecorded).await.says(teacher, here, ana);

        brings(&app, elsewhere, teacher, &away, username.as_str().unwrap()).await;
        Line::of(&app, Act::PupilRequested).await.says(elsewhere, Some(away.project), ana);
        Line::of(&app, Act::PupilRequestAccepted).await.says(teacher, Some(away.project), ana);
        // M-11: in the log of every TwinSpace that the pupil is in.
        let line = Line::of(&app, Act::PupilAttached).await;
        line.says(teacher, here, ana);
        assert_eq!(line.0.details.0["elsewhere"], true);

        let pictures = json!({ "pupils": { "memberIds": [member] }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        app.does(other, "recordConsent", pictures, "__typename").await;
        let line = Line::of(&app, Act::ConsentRecorded).await;
        line.says(other, here, ana);
        assert_eq!(line.0.details.0["scope"], "pictures");
        let pictures = json!({ "pupil": { "memberId": member }, "scope": "PICTURES" });
        app.does(other, "withdrawConsent", pictures, "__typename").await;
        let line = Line::of(&app, Act::ConsentWithdrawn).await;
        line.says(other, here, ana);
        assert_eq!(line.0.details.0["scope"], "pictures");

        let name = json!({ "memberId": member, "givenName": "Anna", "familyName": "Silva" });
        app.does(other, "editPupil", name, "__typename").await;
        everywhere(&app, Act::PupilEdited, other, &[&space, &away]).await;
        app.does(teacher, "resetPupilPassword", json!({ "pupil": { "memberId": member } }), "__typename").await;
        everywhere(&app, Act::PupilPasswordReset, teacher, &[&space, &away]).await;
        let to = place(&app, other, &space).await;
        hand_over(&app, teacher, other, member.as_str().unwrap(), &to).await;
        Line::of(&app, Act::CustodyOffered).await.says(teacher, here, ana);
        everywhere(&app, Act::CustodyTransferred, other, &[&space, &away]).await;
        let line = Line::of(&app, Act::CustodyTransferred).await;
        assert_eq!(line.0.details.0["from"], teacher.id.to_string());
        assert_eq!(line.0.details.0["to"], other.id.to_string());

        let export = json!({ "twinSpaceId": space.id.to_string() });
        app.does(other, "exportPupils", export.clone(), "__typename").await;
        Line::of(&app, Act::PupilsExported).await.says(other, here, None);
        app.does(other, "exportTwinSpace", export, "__typename").await;
        Line::of(&app, Act::TwinSpaceExported).await.says(other, here, None);
        app.sees(other, "mutation { exportOwnData { url } }").await;
        Line::of(&app, Act::OwnDataExported).await.says(other, None, Some(other.id));

        // If it is done as one of the custodian's own pupils, it applies to all TwinSpaces that the
        // pupil is in.
        let own = json!({ "pupil": { "pupilId": pupil.to_string() } });
        app.does(other, "resetPupilPassword", own, "__typename").await;
        everywhere(&app, Act::PupilPasswordReset, other, &[&space, &away]).await;
        let erase = json!({ "pupil": { "pupilId": pupil.to_string() }, "acknowledge": true });
        app.does(other, "erasePupil", erase, "__typename").await;
        everywhere(&app, Act::PupilErased, other, &[&space, &away]).await;
    }

    //
    async fn a_settled_report_and_a_rejected_succession_are_in_the_log(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let said = json!({ "twinSpaceId": space.id.to_string(), "text": "Rude" });
        let said = app.does(fabien, "sendChatMessage", said, "message { id }").await;
        let report = json!({ "messageId": said["message"]["id"], "reason": "It is rude." });
        let report = app.does(frida, "reportMessage", report, "reportId").await["reportId"].take();
        app.does(frida, "settleReport", json!({ "reportId": report }), "__typename").await;
        let line = Line::of(&app, Act::ReportSettled).await;
        // The author is named only in the report, which has fewer readers.
        line.says(frida, Some(space.project), None);
        let report = <entity::ReportId as entity::Kind>::read(report.as_str().unwrap());
        assert_eq!(line.0.subject_id, report.map(|id| id.0));

        let officer = app.officer("FR", "").await;
        let successor = app.teacher("Paul Partner", "IT").await;
        app.partner(&space, &successor, ProjectRole::Manager).await;
        let id = app.succession(&space, fabien, &successor, officer.service).await;
        let reject = json!({ "successionId": id.to_string(), "reason": "Ask again in spring." });
        app.does(&officer, "rejectSuccession", reject, "__typename").await;
        let line = Line::of(&app, Act::SuccessionRejected).await;
        line.says(&officer, Some(space.project), Some(successor.id));
        assert_eq!(line.0.subject_id, Some(id.0));
        assert_eq!(line.0.details.0["departed"], fabien.id.to_string());
    }

    async fn a_line_of_the_audit_log_cannot_be_changed(app: TestApp) {
        let line = write_a_line(&app).await;
        let mut changed = line.clone().into_active_model();
        changed.act = Set(Act::MemberLeft);

        let tx = app.db.begin().await.unwrap();
        let error = changed.update(&*tx).await.unwrap_err().to_string();
        drop(tx);

        assert!(error.contains("append-only"), "{error}");
        let kept = audit::Entity::find().all(app.db.read()).await.unwrap();
        assert_eq!(kept, [line]);
    }

    async fn a_line_of_the_audit_log_cannot_be_deleted(app: TestApp) {
        let line = write_a_line(&app).await;
        let everything = if app.is_postgresql() { "truncate audit" } else { "delete from audit" };

        let tx = app.db.begin().await.unwrap();
        let error = audit::Entity::delete_by_id(line.id).exec(&*tx).await.unwrap_err().to_string();
        drop(tx);
        assert!(error.contains("append-only"), "{error}");

        let tx = app.db.begin().await.unwrap();
        let error = tx.execute_unprepared(everything).await.unwrap_err().to_string();
        drop(tx);
        assert!(error.contains("append-only"), "{error}");

        let kept = audit::Entity::find().all(app.db.read()).await.unwrap();
        assert_eq!(kept, [line]);
    }
}
