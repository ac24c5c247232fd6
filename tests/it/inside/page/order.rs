//! The order of pages.

use std::collections::{BTreeMap, BTreeSet};

use entity::page;
use serde_json::{Value, json};

use super::{make, put_pages, row_of, titles};
use crate::{
    race::{at_once, call, fine, instances},
    support::{TestApp, ear::Ear, on_both_databases},
};

on_both_databases! {
    async fn a_page_is_moved_behind_another_or_before_all(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let ids = put_pages(&app, &row_of(&space, founder, 5)).await;
        for (page, after, expected) in [
            (1, Some(3), [2, 3, 1, 4, 5]),
            (5, Some(2), [2, 5, 3, 1, 4]),
            (4, None, [4, 2, 5, 3, 1]),
            (4, None, [4, 2, 5, 3, 1]),
            (4, Some(1), [2, 5, 3, 1, 4]),
            (5, Some(2), [2, 5, 3, 1, 4]),
            (2, Some(5), [5, 2, 3, 1, 4]),
        ] {
            let input = json!({ "pageId": ids[page - 1].to_string(),
                "afterPageId": after.map(|n: usize| ids[n - 1].to_string()) });
            app.does(founder, "movePage", input, "page { id }").await;
            let expected: Vec<_> = expected.iter().map(|n| format!("Page {n}")).collect();
            assert_eq!(titles(&app, founder, &space, "").await, expected, "{page} after {after:?}");
        }
        let own = ids[0].to_string();
        let input = json!({ "pageId": own, "afterPageId": own });
        assert_eq!(app.tries(founder, "movePage", input).await, "BAD_USER_INPUT afterPageId");
        let other = app.space().await;
        let elsewhere = put_pages(&app, &row_of(&other, &other.founders[0], 1)).await[0];
        let input = json!({ "pageId": own, "afterPageId": elsewhere.to_string() });
        assert_eq!(app.tries(founder, "movePage", input).await, "NOT_FOUND");
    }

    async fn a_client_that_sorts_by_position_needs_the_moved_page_alone(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let mut ids = vec![];
        for n in 1..=4 {
            ids.push(make(&app, founder, &space, &format!("Page {n}"), "MEMBERS").await);
        }
        let ask = format!("{{ twinSpace(id: \"{}\") {{ pages {{ nodes {{ id position }} }} }} }}", space.id);
        let mut known: BTreeMap<String, f64> = BTreeMap::new();
        let put = |known: &mut BTreeMap<String, f64>, page: &Value| {
            known.insert(page["id"].as_str().unwrap().to_owned(), page["position"].as_f64().unwrap());
        };
        for page in app.sees(founder, &ask).await["twinSpace"]["pages"]["nodes"].as_array().unwrap() {
            put(&mut known, page);
        }
        // Two swap places again and again, until there is no gap: then the list is reloaded.
        let hear = "subscription($id: ID!) { pagesChanged(twinSpaceId: $id) {
            __typename ... on PageChanged { page { id position } } } }";
        let mut ear = Ear::of(&app, founder, hear, json!({ "id": space.id.to_string() })).await;
        let mut loaded_anew = 0;
        for n in 0..24 {
            let input = json!({ "pageId": ids[2 + n % 2], "afterPageId": ids[0] });
            assert_eq!(app.tries(founder, "movePage", input).await, "OK");
            let heard = ear.hears().await;
            let shown = app.sees(founder, &ask).await["twinSpace"]["pages"]["nodes"].take();
            let shown = shown.as_array().unwrap();
            if heard["__typename"] == "ChangesMissed" {
                loaded_anew += 1;
                for page in shown {
                    put(&mut known, page);
                }
            } else {
                put(&mut known, &heard["page"]);
            }
            let shown: Vec<_> = shown.iter().map(|page| page["id"].as_str().unwrap()).collect();
            let order = |known: &BTreeMap<String, f64>| {
                let mut order: Vec<_> = known.clone().into_iter().collect();
                order.sort_by(|a, b| a.1.total_cmp(&b.1));
                order.into_iter().map(|(id, _)| id).collect::<Vec<_>>()
            };
            assert_eq!(order(&known), shown);
        }
        assert_eq!(loaded_anew, 1);
        // Outsiders do not learn what exists besides public pages.
        let public = make(&app, founder, &space, "Page 5", "PUBLIC").await;
        let read = format!("{{ page(id: \"{public}\") {{ title position }} }}");
        assert!(app.sees(founder, &read).await["page"]["position"].is_number());
        assert!(app.sees(None, &read).await["page"]["position"].is_null());
    }

    async fn pages_are_walked_by_cursor_in_their_order(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        put_pages(&app, &row_of(&space, founder, 23)).await;
        let (mut all, mut cursor) = (vec![], String::new());
        loop {
            let query = format!("{{ twinSpace(id: \"{}\") {{ pages(first: 5{cursor}) {{
                totalCount pageInfo {{ endCursor hasNextPage }} nodes {{ title }} }} }} }}", space.id);
            let data = app.sees(founder, &query).await["twinSpace"]["pages"].take();
            assert_eq!(data["totalCount"], 23);
            all.extend(data["nodes"].as_array().unwrap().iter().map(|node| node["title"].clone()));
            if data["pageInfo"]["hasNextPage"] == false {
                break;
            }
            cursor = format!(", after: {}", data["pageInfo"]["endCursor"]);
        }
        let expected: Vec<_> = (1..=23).map(|n| json!(format!("Page {n}"))).collect();
        assert_eq!(all, expected);
    }

    async fn a_move_costs_as_many_statements_among_five_as_among_hundreds(app: TestApp) {
        let mut costs = vec![];
        for count in [5, 300] {
            let space = app.space().await;
            let ids = put_pages(&app, &row_of(&space, &space.founders[0], count)).await;
            let input = json!({ "pageId": ids[count - 1].to_string(), "afterPageId": ids[0].to_string() });
            let (_, cost) = app.statements(app.tries(&space.founders[0], "movePage", input)).await;
            costs.push(cost);
        }
        assert_eq!(costs[0], costs[1]);
    }

    async fn many_moves_at_once_keep_a_strict_order(app: TestApp) {
        let apps = instances(app).await;
        let space = apps[0].space().await;
        let ids = put_pages(&apps[0], &row_of(&space, &space.founders[0], 12)).await;
        for round in 0..3 {
            let calls = (0..32).map(|n| {
                let (page, after) = (ids[(n * 5 + round) % 12], ids[(n * 7 + 3) % 12]);
                let after = (after != page).then(|| after.to_string());
                let input = json!({ "pageId": page.to_string(), "afterPageId": after });
                call(&space.founders[n % 2], "movePage", input)
            });
            let outcomes = at_once(&apps, calls.collect()).await;
            assert_eq!(fine(&outcomes), 32, "{outcomes:?}");
            let pages = page::Entity::of(space.project).all(apps[0].db.read()).await.unwrap();
            let positions: BTreeSet<_> = pages.iter().map(|page| page.position).collect();
            assert_eq!(positions.len(), 12, "{positions:?}");
        }
    }
}
