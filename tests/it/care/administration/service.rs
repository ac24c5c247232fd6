//! Support services and their officers.

use entity::Act;
use serde_json::json;

use crate::{
    care::staff::run,
    support::{TestApp, on_both_databases},
};

use super::{administration, id, logged};

on_both_databases! {
    //
    async fn who_is_appointed_again_and_again_gets_a_few_mails_a_day(app: TestApp) {
        let few = |config: &mut twinspace::config::Config| config.talk.address_invitations = 2.try_into().unwrap();
        let app = app.another_instance_with(few).await;
        let ada = app.administrator().await;
        let service = app.officer("DE", "").await.service.unwrap().to_string();
        let appoint = json!({ "serviceId": service, "email": "rosa@example.org", "name": "Rosa" });
        for _ in 0..2 {
            let made = app.does(&ada, "appointOfficer", appoint.clone(), "account { person { id } }").await;
            let gone = json!({ "personId": made["account"]["person"]["id"] });
            app.does(&ada, "removeOfficer", gone, "__typename").await;
        }
        assert_eq!(app.tries(&ada, "appointOfficer", appoint).await, "RATE_LIMITED");
    }

    // P-06
    async fn a_support_service_is_set_up_renamed_and_removed_and_its_officer_appointed(app: TestApp) {
        let ada = app.administrator().await;
        let add = json!({ "name": "South", "country": "es", "region": "Andalucía", "spellings": ["Andalusia"] });
        let made = "service { service { id name region } country officerCount }";
        let south = app.does(&ada, "addService", add.clone(), made).await["service"].take();
        let service = south["service"]["id"].clone();
        assert_eq!(south, json!({ "service": { "id": service, "name": "South", "region": "Andalucía" },
            "country": "ES", "officerCount": 0 }));
        assert_eq!(app.tries(&ada, "addService", add).await, "CONFLICT ALREADY_DONE");
        let wrong = json!({ "name": "X", "country": "Spain", "spellings": ["a"] });
        assert!(app.tries(&ada, "addService", wrong).await.starts_with("BAD_USER_INPUT"));
        let rename = json!({ "serviceId": service, "name": "Sur" });
        let renamed = app.does(&ada, "renameService", rename, "service { service { name } }").await;
        assert_eq!(renamed["service"]["service"]["name"], "Sur");

        let appoint = |email: &str| json!({ "serviceId": service, "email": email, "name": "Rosa Officer" });
        assert_eq!(app.tries(&ada, "appointOfficer", appoint("nobody")).await, "BAD_USER_INPUT email");
        let officer = "account { person { id } kind signIn service { name region } }";
        let rosa = app.does(&ada, "appointOfficer", appoint("Rosa@Example.org"), officer).await["account"].take();
        let account = json!({ "personId": rosa["person"]["id"] });
        assert_eq!((&rosa["kind"], &rosa["service"]["name"]), (&json!("OFFICER"), &json!("Sur")));
        assert_eq!(app.tries(&ada, "appointOfficer", appoint("rosa@example.org")).await, "CONFLICT ACCOUNT_EXISTS");
        // The mailed link sets the password.
        let token = app.link("rosa@example.org").await;
        let reset = json!({ "token": token, "newPassword": "sunflower 7 high" });
        assert_eq!(app.tries(None, "resetPassword", reset).await, "OK");
        let enter = json!({ "email": "rosa@example.org", "password": "sunflower 7 high" });
        assert_eq!(app.tries(None, "signIn", enter.clone()).await, "OK");

        let remove = json!({ "serviceId": service });
        assert_eq!(app.tries(&ada, "removeService", remove.clone()).await, "CONFLICT HAS_OFFICERS");
        let north = json!({ "name": "North", "country": "ES", "region": "Galicia" });
        let north = app.does(&ada, "addService", north, made).await["service"]["service"]["id"].clone();
        let go = json!({ "personId": account["personId"], "serviceId": north });
        let moved = app.does(&ada, "moveOfficer", go, officer).await;
        assert_eq!(moved["account"]["service"]["region"], "Galicia");
        let list = administration(&app, &ada, "services { totalCount nodes { service { name } officerCount } }").await;
        assert_eq!(list["services"], json!({ "totalCount": 2, "nodes": [
            { "service": { "name": "Sur" }, "officerCount": 0 }, { "service": { "name": "North" }, "officerCount": 1 }] }));
        let gone = app.does(&ada, "removeService", remove.clone(), "serviceId").await;
        assert_eq!(gone["serviceId"], service);
        assert_eq!(app.tries(&ada, "removeService", remove).await, "NOT_FOUND");
        let gone = app.does(&ada, "removeOfficer", account.clone(), "personId").await;
        assert_eq!(gone["personId"], account["personId"]);
        assert_eq!(app.tries(&ada, "removeOfficer", account).await, "NOT_FOUND");
        assert_eq!(app.tries(None, "signIn", enter).await, "INVALID_CREDENTIALS");

        // R-03, also for what is done by command.
        let east = "--country ES --region Cataluña";
        for line in [format!("service add {east} --name East"), format!("service rename {east} --name Est"),
            format!("service spell {east} --spelling Catalonia"),
            format!("service move {east} --to-country ES --to-region Catalunya"),
            "service remove --country ES --region Catalunya".to_owned()] {
            run(&app, &line.split(' ').collect::<Vec<_>>()).await.unwrap();
        }
        for (act, by) in [
            (Act::ServiceAdded, vec![Some(ada.id), Some(ada.id), None]),
            (Act::ServiceRenamed, vec![Some(ada.id), None]),
            (Act::ServiceSpelled, vec![None]),
            (Act::ServiceMoved, vec![None]),
            (Act::ServiceRemoved, vec![Some(ada.id), None]),
            (Act::OfficerMoved, vec![Some(ada.id)]),
            (Act::AccountCreated, vec![Some(ada.id)]),
            (Act::AccountRemoved, vec![Some(ada.id)]),
        ] {
            let lines = logged(&app, act).await;
            assert_eq!(lines.iter().map(|line| line.actor_id).collect::<Vec<_>>(), by, "{act:?}");
        }
    }

    // P-06
    async fn a_service_that_has_decided_stays_on_record(app: TestApp) {
        let founding = crate::projects::project::Founding::of(&app).await;
        let german = app.officer("DE", "").await;
        let project = founding.reach(&app, "PENDING_APPROVAL").await;
        app.does(&german, "approveProject", json!({ "projectId": project }), "__typename").await;
        let ada = &founding.administrator;
        let service = json!({ "serviceId": german.service.unwrap().to_string() });
        app.does(ada, "removeOfficer", id(&german), "__typename").await;
        assert_eq!(app.tries(ada, "removeService", service).await, "CONFLICT HAS_DECISIONS");
    }
}
