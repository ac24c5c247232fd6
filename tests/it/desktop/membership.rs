//! The viewer's memberships.

use domain::{
    list::{Ask, Columns, Listed},
    members::member::{Filter, MemberRow, Order},
};
use entity::{ProjectRole, TwinSpaceRole};
use uuid::Uuid;

use crate::support::{TestApp, on_both_databases};

on_both_databases! {
    // what is read beside the membership is what the policy decides on.
    async fn a_membership_has_the_facts_about_the_access_to_its_project(app: TestApp) {
        let me = app.teacher("Tina", "IT").await;
        for role in [None, Some(ProjectRole::Member), Some(ProjectRole::Manager)] {
            let space = app.space().await;
            app.seat(&space, &me, TwinSpaceRole::Teacher).await;
            if let Some(role) = role {
                app.partner(&space, &me, role).await;
            }
        }
        let draft = app.draft(&me, &app.teacher("Bo", "SE").await).await;
        let bo = app.teacher("Bodil", "SE").await;
        let own = app.draft(&me, &bo).await;
        let own = app.open(own, [me.clone(), bo.clone()]).await;
        for (person, size) in [(&me, 4), (&bo, 1)] {
            let filter = Filter { of: Some(person.id), ..Default::default() };
            let ask = Ask::<MemberRow> {
                columns: Columns::key::<MemberRow>().and::<MemberRow>(MemberRow::always(&filter)),
                filter,
                order: Order::Joined,
                descending: false,
                after: None,
                before: None,
                limit: 10,
                last: false,
                rows: true,
                total: false,
            };
            let rows = ask.of_one(app.db.read(), Uuid::nil()).await.unwrap().rows;
            assert_eq!(rows.len(), size);
            for (_, row) in rows {
                let asking = app.actor(person).person;
                let access = row.access(asking).unwrap().expect("teachers decide on nothing");
                assert_ne!(access.project_id, draft);
                assert_eq!(access, app.access(person, access.project_id).await);
                let other = app.actor(&own.founders[usize::from(person.id == me.id)]).person;
                assert_eq!(row.access(other).unwrap(), None, "whose membership it is not");
            }
        }
    }

    async fn all_twinspaces_of_somebody_are_read_with_four_statements(app: TestApp) {
        let me = app.teacher("Tina", "IT").await;
        let query = "{ viewer { name memberships(first: 20) { totalCount nodes { role twinSpace {
            title state memberCounts { byRole { role count } }
            project { partners(first: 3) { nodes { role person { name } } } } } } } } }";
        for number in 1..4 {
            let space = app.space().await;
            app.seat(&space, &me, TwinSpaceRole::Teacher).await;
            let (data, statements) = app.statements(app.sees(&me, query)).await;
            let memberships = &data["viewer"]["memberships"];
            assert_eq!(memberships["totalCount"], number);
            for node in memberships["nodes"].as_array().unwrap() {
                let place = &node["twinSpace"];
                assert_eq!(place["state"], "ACTIVE");
                assert_eq!(place["project"]["partners"]["nodes"].as_array().unwrap().len(), 2);
                assert_eq!(place["memberCounts"]["byRole"][0]["count"], 2, "{place}");
            }
            // The session with the name, the memberships, the numbers and the partners.
            assert_eq!(statements, 4);
        }
    }
}
