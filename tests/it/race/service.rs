//! Support services and their officers, and administrators.

use serde_json::json;

use crate::{
    projects::project::Founding,
    support::{TestApp, cast::Person, on_both_databases},
};

use super::{ROUNDS, at_once, call, fine, instances};

on_both_databases! {
    // P-06
    async fn a_service_that_is_removed_meanwhile_is_not_found(app: TestApp) {
        let apps = instances(app).await;
        let app = &apps[0];
        let ada = app.administrator().await;
        let officer = app.officer("FR", "").await;
        let home = officer.service.unwrap().to_string();
        for round in 0..ROUNDS * 2 {
            let add = json!({ "name": "South", "country": "ES", "region": format!("Region {round}") });
            let made = app.does(&ada, "addService", add, "service { service { id } }").await;
            let id = made["service"]["service"]["id"].clone();
            let back = json!({ "personId": officer.id.to_string(), "serviceId": home });
            app.does(&ada, "moveOfficer", back, "__typename").await;
            let other = match round % 3 {
                0 => call(&ada, "renameService", json!({ "serviceId": id, "name": "Sur" })),
                1 => call(&ada, "appointOfficer", json!({ "serviceId": id, "name": "Rosa", "email": format!("rosa{round}@example.org") })),
                _ => call(&ada, "moveOfficer", json!({ "personId": officer.id.to_string(), "serviceId": id })),
            };
            let remove = call(&ada, "removeService", json!({ "serviceId": id }));
            let outcomes = at_once(&apps, vec![other, remove]).await;
            for outcome in &outcomes {
                assert!(["OK", "NOT_FOUND", "CONFLICT HAS_OFFICERS"].contains(&outcome.as_str()), "{outcomes:?}");
            }
            assert_ne!(fine(&outcomes), 0, "{outcomes:?}");
            app.forget_limits().await;
        }
    }

    // P-06
    async fn a_project_is_accepted_whichever_service_is_removed_meanwhile(app: TestApp) {
        let apps = instances(app).await;
        let app = &apps[0];
        for _ in 0..ROUNDS {
            let founding = Founding::of(app).await;
            let add = json!({ "name": "German service", "country": "DE" });
            let made = app.does(&founding.administrator, "addService", add, "service { service { id } }").await;
            let id = made["service"]["service"]["id"].clone();
            let project = founding.reach(app, "PENDING_PARTNER").await;
            let outcomes = at_once(&apps, vec![
                call(&founding.cofounder, "acceptProject", json!({ "projectId": project })),
                call(&founding.administrator, "removeService", json!({ "serviceId": id })),
            ]).await;
            assert_eq!(outcomes[0], "OK", "{outcomes:?}");
            assert!(["OK", "CONFLICT HAS_DECISIONS"].contains(&outcomes[1].as_str()), "{outcomes:?}");
            if outcomes[1] != "OK" {
                break;
            }
        }
    }

    //
    async fn of_two_administrators_who_block_each_other_one_is_blocked(app: TestApp) {
        let apps = instances(app).await;
        for _ in 0..ROUNDS {
            let pair = [apps[0].administrator().await, apps[0].administrator().await];
            let block = |who: &Person| json!({ "input": { "personId": who.id.to_string(), "reason": "Quarrel" } });
            let act = crate::support::play::mutation("blockAccount", "__typename");
            let other = apps.last().unwrap();
            let (one, two) = tokio::join!(
                apps[0].outcome(Some(&pair[0].token), &act, block(&pair[1])),
                other.outcome(Some(&pair[1].token), &act, block(&pair[0])),
            );
            let outcomes = [one, two];
            assert_eq!(fine(&outcomes), 1, "{outcomes:?}");
            assert!(outcomes.iter().all(|one| ["OK", "CONFLICT", "UNAUTHENTICATED"].contains(&one.as_str())), "{outcomes:?}");
        }
    }
}
