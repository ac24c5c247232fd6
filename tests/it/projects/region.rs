//! Regions with their own support services (P-06), and countries as people write them.

use serde_json::json;

use crate::{
    care::staff::run,
    support::{TestApp, on_both_databases},
};

on_both_databases! {
    // P-06
    async fn a_service_answers_to_the_spellings_of_its_region(app: TestApp) {
        let service = |line: &'static str| {
            let app = &app;
            async move { run(app, &line.split(' ').collect::<Vec<_>>()).await }
        };
        service("service add --country ES --name Spain").await.unwrap();
        service("service add --country ES --region Andalucía --name South --spelling Andalusia").await.unwrap();
        service("service add --country ES --region Cataluña --name East").await.unwrap();
        service("service spell --country ES --region andalucia --spelling Andalousie --spelling Andalusien").await.unwrap();
        // Nothing new, and nothing of another region.
        service("service spell --country ES --region Andalucía --spelling ANDALUSIA").await.unwrap();
        for wrong in [
            "service spell --country ES --region Cataluña --spelling andalusia",
            "service spell --country ES --region Galicia --spelling Galice",
            "service spell --country ES --spelling Galice",
            "service add --country ES --region Andalousie --name Again",
        ] {
            assert!(service(wrong).await.is_err(), "{wrong}");
        }
        let said = service("service regions --country ES").await.unwrap();
        assert_eq!(said, "Andalucía: Andalousie, Andalusia, Andalusien\nCataluña\n");
        let regions = app.sees(None, "{ regions(country: \"es\") { name spellings } }").await;
        assert_eq!(regions["regions"], json!([
            { "name": "Andalucía", "spellings": ["Andalousie", "Andalusia", "Andalusien"] },
            { "name": "Cataluña", "spellings": [] },
        ]));
        assert_eq!(app.sees(None, "{ regions(country: \"DE\") { name } }").await["regions"], json!([]));
        assert_eq!(app.asks(None, "{ regions(country: \"Spain\") { name } }").await, "BAD_USER_INPUT country");
    }

    // P-06
    async fn the_service_of_a_region_decides_however_a_school_spells_it(app: TestApp) {
        let officer = app.officer("ES", "Andalucía").await;
        run(&app, &["service", "spell", "--country", "ES", "--region", "Andalucía", "--spelling", "Andalusia"]).await.unwrap();
        let [one, other] = [app.teacher("Ana", "ES").await, app.teacher("Bo", "SE").await];
        let school = json!({ "school": { "name": "Instituto", "town": "Cádiz", "region": "Andalusia", "country": "ES" } });
        app.does(&one, "editProfile", school, "__typename").await;
        let seen = app.sees(&one, "{ viewer { school { region } } }").await;
        assert_eq!(seen["viewer"]["school"]["region"], "Andalucía");
        let project = app.draft(&one, &other).await.to_string();
        for (who, act) in [(&one, "sendProject"), (&other, "acceptProject")] {
            assert_eq!(app.tries(who, act, json!({ "projectId": project })).await, "OK");
        }
        assert_eq!(app.tries(&officer, "approveProject", json!({ "projectId": project })).await, "OK");
    }

    async fn countries_are_taken_by_the_codes_of_the_european_union(app: TestApp) {
        for (typed, kept) in [("UK", "GB"), ("el", "GR"), ("XK", "XK"), ("GB", "GB"), ("de", "DE")] {
            let teacher = app.teacher("Tina", "IT").await;
            let school = json!({ "school": { "name": "School", "town": "Town", "country": typed } });
            let payload = app.does(&teacher, "editProfile", school, "viewer { school { country } }").await;
            assert_eq!(payload["viewer"]["school"]["country"], kept);
            let found = app.sees(&teacher, &format!("{{ teachers(filter: {{ countries: [\"{typed}\"] }}) {{ totalCount }} }}")).await;
            assert_ne!(found["teachers"]["totalCount"], 0);
        }
    }
}
