//! Pages are created, edited, read in earlier versions, and archived.

use std::sync::Arc;

use domain::inside::page::{MOST, MOST_VERSIONS};
use entity::{PageId, TwinSpaceRole, page_version};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, sea_query::Expr,
};
use serde_json::{Value, json};
use twinspace::app::housekeeping;

use super::{Plan, make, member, put_pages, read, row_of, titles, version};
use crate::{
    race::{at_once, call, fine, instances},
    support::{TestApp, on_both_databases},
};

const VERSIONS: &str =
    "version versions { totalCount nodes { version title text html editor { name } } }";

on_both_databases! {
    // T-01, R-02
    async fn what_is_done_with_pages_in_the_archive_and_out_of_it_is_told_beforehand(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let id = make(&app, founder, &space, "Bees", "MEMBERS").await;
        let one = || json!({ "pageId": id });
        let told = ("Page", id.as_str());
        let out = "CONFLICT PAGE_NOT_ARCHIVED";
        app.foretold(founder, told, "restore", ("restorePage", one()), out).await;
        app.foretold(founder, told, "delete", ("deletePage", one()), out).await;
        app.foretold(founder, told, "move", ("movePage", one()), "OK").await;
        app.foretold(founder, told, "archive", ("archivePage", one()), "OK").await;
        let edit = json!({ "pageId": id, "expectedVersion": 1, "title": "Wasps" });
        let share = json!({ "pageId": id, "visibility": "MEMBERS" });
        for (field, act, input) in [
            ("edit", "editPage", edit),
            ("share", "sharePage", share),
            ("archive", "archivePage", one()),
            ("move", "movePage", one()),
        ] {
            app.foretold(founder, told, field, (act, input), "CONFLICT PAGE_ARCHIVED").await;
        }
        app.foretold(founder, told, "restore", ("restorePage", one()), "OK").await;
        app.foretold(founder, told, "archive", ("archivePage", one()), "OK").await;
        app.foretold(founder, told, "delete", ("deletePage", one()), "OK").await;
    }

    async fn a_page_is_made_edited_and_read_as_it_was(app: TestApp) {
        let space = app.space().await;
        let [founder, other] = &space.founders;
        let input = json!({ "twinSpaceId": space.id.to_string(), "title": "  Our   bees ", "text": "We *watch*.\r\n" });
        let fields = "page { id title text html visibility version author { name school { name } } editor { name }
            createdAt editedAt archivedAt projectTitle project { id } twinSpace { id } }";
        let page = app.does(founder, "createPage", input, fields).await["page"].take();
        assert_eq!(page["title"], "Our bees");
        assert_eq!(page["text"], "We *watch*.");
        assert_eq!(page["html"], "<p>We <em>watch</em>.</p>\n");
        assert_eq!((&page["visibility"], &page["version"]), (&json!("DRAFT"), &json!(1)));
        assert_eq!(page["author"]["school"]["name"], "School of Frida Founder");
        assert_eq!(page["twinSpace"]["id"], space.id.to_string());
        assert!(page["archivedAt"].is_null());
        let id = page["id"].as_str().unwrap();

        let input = json!({ "pageId": id, "expectedVersion": 1, "text": "We **write**." });
        let fields = "page { title html version author { name } editor { name } }";
        let edited = app.does(other, "editPage", input, fields).await;
        assert_eq!(
            edited["page"],
            json!({ "title": "Our bees", "html": "<p>We <strong>write</strong>.</p>\n", "version": 2,
                "author": { "name": "Frida Founder" }, "editor": { "name": "Fabien Fondateur" } })
        );
        // Saving unchanged content does not create a version.
        let input = json!({ "pageId": id, "expectedVersion": 2, "title": "Our bees" });
        assert_eq!(app.does(other, "editPage", input, "page { version }").await["page"]["version"], 2);
        let versions = read(&app, founder, id, VERSIONS).await;
        assert_eq!(versions["versions"]["totalCount"], 2);
        assert_eq!(versions["versions"]["nodes"][1], json!({ "version": 1, "title": "Our bees",
            "text": "We *watch*.", "html": "<p>We <em>watch</em>.</p>\n", "editor": { "name": "Frida Founder" } }));

        let input = json!({ "pageId": id, "version": 1, "expectedVersion": 2 });
        let restored = app.does(founder, "restorePageVersion", input.clone(), "page { text version }").await;
        assert_eq!(restored["page"], json!({ "text": "We *watch*.", "version": 3 }));
        assert_eq!(app.tries(founder, "restorePageVersion", input).await, "CONFLICT STALE");
        let input = json!({ "pageId": id, "version": 9, "expectedVersion": 3 });
        assert_eq!(app.tries(founder, "restorePageVersion", input).await, "NOT_FOUND");
    }

    async fn a_save_on_top_of_somebody_elses_is_stale_and_tells_which_is_the_newest(app: TestApp) {
        let space = app.space().await;
        let [founder, other] = &space.founders;
        let id = make(&app, founder, &space, "Bees", "MEMBERS").await;
        let save = |version: i32, text: &str| json!({ "pageId": id, "expectedVersion": version, "text": text });
        assert_eq!(app.tries(founder, "editPage", save(1, "mine")).await, "OK");
        let operation = "mutation($input: EditPageInput!) { editPage(input: $input) { page { id } } }";
        // There is none such yet.
        for on in [3, 7, i32::MAX] {
            assert_eq!(app.tries(other, "editPage", save(on, "theirs")).await, "BAD_USER_INPUT expectedVersion");
        }
        for on in [1, 0, -5] {
            let input = json!({ "input": save(on, "theirs") });
            let answer = app.execute(Some(&other.token), operation, input).await;
            let told = &answer["errors"][0]["extensions"];
            assert_eq!(*told, json!({ "code": "CONFLICT", "reason": "STALE", "version": 2, "title": "Bees", "text": "mine" }), "{on}");
        }
        assert_eq!(read(&app, other, &id, "text version").await, json!({ "text": "mine", "version": 2 }));
        assert_eq!(app.tries(other, "editPage", save(2, "both")).await, "OK");
    }

    async fn newer_texts_are_told_as_far_as_there_is_room(app: TestApp) {
        let space = app.space().await;
        let [founder, other] = &space.founders;
        let id = make(&app, founder, &space, "Bees", "MEMBERS").await;
        let long = "🐝".repeat(100_000);
        let save = json!({ "pageId": id, "expectedVersion": 1, "text": long });
        assert_eq!(app.tries(founder, "editPage", save).await, "OK");
        // 50 times 400 kB are more than a response has.
        let edits: Vec<String> = (0..50).map(|n| format!("e{n}: editPage(input: {{ pageId: \"{id}\", expectedVersion: 1, text: \"x\" }}) {{ page {{ id }} }} ")).collect();
        let answer = app.execute(Some(&other.token), &format!("mutation {{ {} }}", edits.concat()), json!({})).await;
        let errors = answer["errors"].as_array().unwrap();
        let texts = errors.iter().filter(|error| error["extensions"]["text"] == long.as_str()).count();
        assert!(errors.iter().all(|error| error["extensions"]["version"] == 2));
        assert!((1..50).contains(&texts), "{texts}");
    }

    async fn of_two_who_save_at_once_one_wins_and_the_other_is_told(app: TestApp) {
        let apps = instances(app).await;
        let space = apps[0].space().await;
        let id = make(&apps[0], &space.founders[0], &space, "Bees", "MEMBERS").await;
        for round in 1..=6 {
            let save = |n: usize| {
                let text = format!("round {round} by {n}");
                call(&space.founders[n % 2], "editPage", json!({ "pageId": id, "expectedVersion": round, "text": text }))
            };
            let outcomes = at_once(&apps, (0..2).map(save).collect()).await;
            assert_eq!(fine(&outcomes), 1, "{outcomes:?}");
            assert!(outcomes.contains(&"CONFLICT STALE".to_owned()), "{outcomes:?}");
        }
        let page = read(&apps[0], &space.founders[0], &id, VERSIONS).await;
        assert_eq!((&page["version"], &page["versions"]["totalCount"]), (&json!(7), &json!(7)));
    }

    async fn a_page_is_archived_comes_back_to_its_place_and_is_deleted_from_the_archive_alone(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let (teacher, _) = member(&app, &space, "Tina", TwinSpaceRole::Teacher).await;
        for title in ["One", "Two", "Three"] {
            make(&app, founder, &space, title, "MEMBERS").await;
        }
        let two = app.sees(founder, &format!("{{ twinSpace(id: \"{}\") {{ pages {{ nodes {{ id }} }} }} }}", space.id)).await;
        let input = json!({ "pageId": two["twinSpace"]["pages"]["nodes"][1]["id"] });
        let id = input["pageId"].as_str().unwrap();
        assert_eq!(app.tries(founder, "deletePage", input.clone()).await, "CONFLICT PAGE_NOT_ARCHIVED");
        assert_eq!(app.tries(founder, "restorePage", input.clone()).await, "CONFLICT PAGE_NOT_ARCHIVED");
        assert_eq!(app.tries(founder, "archivePage", input.clone()).await, "OK");
        assert_eq!(app.tries(founder, "archivePage", input.clone()).await, "CONFLICT PAGE_ARCHIVED");
        let edit = json!({ "pageId": id, "expectedVersion": 1, "text": "new" });
        assert_eq!(app.tries(founder, "editPage", edit).await, "CONFLICT PAGE_ARCHIVED");
        let move_it = json!({ "pageId": id });
        assert_eq!(app.tries(founder, "movePage", move_it).await, "CONFLICT PAGE_ARCHIVED");
        let share = json!({ "pageId": id, "visibility": "PUBLIC" });
        assert_eq!(app.tries(founder, "sharePage", share).await, "CONFLICT PAGE_ARCHIVED");
        assert_eq!(titles(&app, founder, &space, "").await, ["One", "Three"]);
        assert_eq!(titles(&app, founder, &space, ", archived: true").await, ["Two"]);
        // The archive contains pages that one may archive or restore.
        assert_eq!(titles(&app, &teacher, &space, ", archived: true").await, [] as [&str; 0]);
        assert_eq!(app.asks(&teacher, &format!("{{ page(id: {id:?}) {{ id }} }}")).await, "NOT_FOUND");
        let (pupil, _) = member(&app, &space, "Pia", TwinSpaceRole::Pupil).await;
        let archive = format!("{{ twinSpace(id: \"{}\") {{ pages(archived: true) {{ totalCount }} }} }}", space.id);
        assert_eq!(app.asks(&pupil, &archive).await, "FORBIDDEN ROLE_TOO_LOW");

        assert_eq!(app.tries(founder, "restorePage", input.clone()).await, "OK");
        assert_eq!(titles(&app, &teacher, &space, "").await, ["One", "Two", "Three"]);
        app.does(founder, "archivePage", input.clone(), "__typename").await;
        let gone = app.does(founder, "deletePage", input.clone(), "pageId").await;
        assert_eq!(gone, input);
        assert_eq!(app.tries(founder, "deletePage", input).await, "NOT_FOUND");
        assert_eq!(titles(&app, founder, &space, "").await, ["One", "Three"]);
    }

    async fn what_a_closed_project_s_pages_say_stays_as_it_is(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let id = make(&app, founder, &space, "Bees", "PUBLIC").await;
        let close = json!({ "projectId": space.project.to_string() });
        app.does(founder, "closeProject", close, "__typename").await;
        let input = json!({ "pageId": id, "expectedVersion": 1, "text": "new" });
        assert_eq!(app.tries(founder, "editPage", input).await, "FORBIDDEN PROJECT_NOT_ACTIVE");
        let page = read(&app, founder, &id, "permissions { edit { allowed reason } }").await;
        assert_eq!(page["permissions"]["edit"]["reason"], "PROJECT_NOT_ACTIVE");
        assert_eq!(read(&app, founder, &id, "versions { totalCount }").await["versions"]["totalCount"], 1);
        // P-17, T-01: a public page of a closed project remains public.
        assert_eq!(read(&app, None, &id, "title project { id }").await, json!({ "title": "Bees", "project": null }));
    }

    async fn there_are_so_many_pages_and_no_more(app: TestApp) {
        let space = app.space().await;
        let most = usize::try_from(MOST).unwrap();
        put_pages(&app, &row_of(&space, &space.founders[0], most - 1)).await;
        let input = json!({ "twinSpaceId": space.id.to_string(), "title": "Last" });
        assert_eq!(app.tries(&space.founders[0], "createPage", input.clone()).await, "OK");
        assert_eq!(app.tries(&space.founders[0], "createPage", input).await, "CONFLICT TOO_MANY_PAGES");
    }

    async fn the_oldest_versions_go_where_there_are_too_many(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let id = put_pages(&app, &row_of(&space, founder, 1)).await[0];
        let tx = app.db.begin().await.unwrap();
        let versions = (2..=MOST_VERSIONS).map(|n| version(id, n, founder.id).into_active_model());
        page_version::Entity::insert_many(versions).exec_without_returning(&*tx).await.unwrap();
        let page = entity::page::Entity::update_many().filter(entity::page::Column::Id.eq(id));
        page.col_expr(entity::page::Column::Version, Expr::val(MOST_VERSIONS)).exec(&*tx).await.unwrap();
        tx.commit().await.unwrap();
        let input = json!({ "pageId": id.to_string(), "expectedVersion": MOST_VERSIONS, "text": "new" });
        app.does(founder, "editPage", input, "__typename").await;
        let query = "version first: versions(last: 1) { totalCount nodes { version } }
            last: versions(first: 1) { nodes { version text } }";
        let page = read(&app, founder, &id.to_string(), query).await;
        assert_eq!(page["first"], json!({ "totalCount": MOST_VERSIONS, "nodes": [{ "version": 2 }] }));
        assert_eq!(page["last"]["nodes"], json!([{ "version": MOST_VERSIONS + 1, "text": "new" }]));
    }

    async fn html_of_an_older_renderer_is_never_shown_and_is_rendered_again(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let id = put_pages(&app, &row_of(&space, founder, 1)).await[0];
        let tx = app.db.begin().await.unwrap();
        page_version::Entity::update_many()
            .col_expr(page_version::Column::Renderer, Expr::val(0))
            .col_expr(page_version::Column::Html, Expr::val("<script>alert(1)</script>"))
            .filter(page_version::Column::PageId.eq(id))
            .exec(&*tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let kept = async || {
            let row = page_version::Entity::of(id).one(app.db.read()).await.unwrap().unwrap();
            (row.html, row.renderer)
        };
        let safe = "<p><em>1</em></p>\n";
        for _ in 0..2 {
            let page = read(&app, founder, &id.to_string(), "html versions { nodes { html } }").await;
            assert_eq!(page, json!({ "html": safe, "versions": { "nodes": [{ "html": safe }] } }));
            housekeeping::round(&app).await.unwrap();
        }
        assert_eq!(kept().await, (safe.to_owned(), domain::markup::RENDERER));
    }

    // M-19
    async fn what_somebody_wrote_stays_with_their_name_when_they_are_gone(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let (teacher, place) = member(&app, &space, "Tina", TwinSpaceRole::Teacher).await;
        let (pupil, pupil_place) = member(&app, &space, "Pia", TwinSpaceRole::PupilAdmin).await;
        let id = make(&app, &teacher, &space, "Bees", "MEMBERS").await;
        let draft = make(&app, &pupil, &space, "Wasps", "DRAFT").await;
        app.does(founder, "removeMember", json!({ "memberId": place }), "__typename").await;
        let erase = json!({ "pupil": { "memberId": pupil_place }, "acknowledge": true });
        app.does(founder, "erasePupil", erase, "__typename").await;
        assert_eq!(read(&app, founder, &id, "author { name }").await["author"]["name"], "Tina");
        let page = read(&app, founder, &draft, "author { name } versions { nodes { editor { name } } }").await;
        assert_eq!(page["author"]["name"], "Former pupil");
        assert_eq!(page["versions"]["nodes"][0]["editor"]["name"], "Former pupil");
        assert_eq!(app.asks(&teacher, &format!("{{ page(id: {id:?}) {{ id }} }}")).await, "NOT_FOUND");
    }

    async fn pages_cost_as_many_statements_for_two_as_for_twenty(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let (pupil, place) = member(&app, &space, "Pia", TwinSpaceRole::Pupil).await;
        let given = <entity::MemberId as entity::Kind>::read(&place);
        let plans: Vec<_> = row_of(&space, founder, 20).into_iter().map(|plan| Plan { given, ..plan }).collect();
        let ids = put_pages(&app, &plans).await;
        let fields = "title text html author { name school { name } } editor { name } visibility
            permissions { edit { allowed } } versions(first: 2) { nodes { html editor { name } } }";
        let cost = async |who, fields: &str, count: usize| {
            let list = format!("{{ twinSpace(id: \"{}\") {{ pages(first: {count}) {{ totalCount nodes {{ {fields} }} }} }} }}", space.id);
            let (data, cost): (Value, u64) = app.statements(app.sees(who, &list)).await;
            assert_eq!(data["twinSpace"]["pages"]["nodes"].as_array().unwrap().len(), count);
            cost
        };
        let more = format!("{fields} givenTo {{ roles members {{ name role }} }}");
        for (who, fields) in [(founder, more.as_str()), (&pupil, fields)] {
            let (two, twenty) = (cost(who, fields, 2).await, cost(who, fields, 20).await);
            println!("pages: {two} statements");
            assert_eq!(two, twenty);
            assert!(two <= 12, "{two}");
        }
        let nodes = async |ids: &[PageId]| {
            let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
            let query = format!("{{ nodes(ids: {ids:?}) {{ ... on Page {{ {fields} }} }} }}");
            app.statements(app.sees(&pupil, &query)).await.1
        };
        assert_eq!(nodes(&ids[..2]).await, nodes(&ids).await);
    }

    async fn many_who_make_pages_at_once_make_no_more_than_there_may_be(app: TestApp) {
        let apps = instances(app).await;
        let space = apps[0].space().await;
        let most = usize::try_from(MOST).unwrap();
        put_pages(&apps[0], &row_of(&space, &space.founders[0], most - 3)).await;
        let input = json!({ "twinSpaceId": space.id.to_string(), "title": "One more" });
        let calls = (0..10).map(|n| call(&space.founders[n % 2], "createPage", input.clone()));
        let outcomes = at_once(&apps, calls.collect()).await;
        assert_eq!(fine(&outcomes), 3, "{outcomes:?}");
        let app = Arc::clone(&apps[0]);
        let count = entity::page::Entity::of(space.project).count(app.db.read()).await.unwrap();
        assert_eq!(count, MOST);
    }
}
