//! Search in a TwinSpace: what is found, and that nobody finds what they cannot see.

use std::collections::BTreeSet;

use domain::{
    inside::{
        media, page,
        search::{Filter, HitRow, Sought, Words, index},
    },
    list::{Ask, Columns},
    projects::{diary, project},
};
use entity::{DiaryVisibility, PageVisibility, ProjectId, SearchKind, TwinSpaceRole};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryResult, Statement};
use serde_json::{Value, json};

use crate::{
    inside::page::{Plan, make, put_pages},
    policy::scene::{Cast, Scene, State},
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
        play::verdict,
    },
};

const SEARCH: &str = "query($id: ID!, $query: String!, $kinds: [SearchKind!], $first: Int, $after: String) {
    twinSpace(id: $id) { search(query: $query, kinds: $kinds, first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } nodes { kind subject {
            ... on Page { page: title } ... on DiaryEntry { entry: title } ... on Media { media: title }
    } } } } }";

/// The result of a search.
async fn search(app: &TestApp, who: &Person, space: &Space, more: Value) -> Value {
    let mut input = json!({ "id": space.id.to_string() });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.execute(Some(&who.token), SEARCH, input).await
}

/// The titles of what someone finds, newest first.
async fn finds(app: &TestApp, who: &Person, space: &Space, query: &str) -> Vec<String> {
    let answer = search(app, who, space, json!({ "query": query })).await;
    let found = &answer["data"]["twinSpace"]["search"];
    let nodes = found["nodes"].as_array().unwrap_or_else(|| panic!("{query}: {answer}"));
    assert_eq!(found["totalCount"], nodes.len());
    let title = |node: &Value| {
        let (field, kind) = match node["kind"].as_str().unwrap() {
            "PAGE" => ("page", "Page"),
            "DIARY_ENTRY" => ("entry", "DiaryEntry"),
            _ => ("media", "Media"),
        };
        let title = node["subject"][field].as_str();
        title.unwrap_or_else(|| panic!("no {kind}: {answer}")).to_owned()
    };
    nodes.iter().map(title).collect()
}

async fn write(app: &TestApp, by: &Person, space: &Space, title: &str, to: &str) -> String {
    let input = json!({ "projectId": space.project.to_string(), "title": title,
        "text": "We **went** out.", "visibility": to });
    let written = app.does(by, "writeDiaryEntry", input, "diaryEntry { id }").await;
    written["diaryEntry"]["id"].as_str().unwrap().to_owned()
}

async fn link(app: &TestApp, by: &Person, space: &Space, title: &str) -> String {
    let input = json!({ "twinSpaceId": space.id.to_string(), "title": title,
        "url": "https://youtu.be/dQw4w9WgXcQ", "picturedIds": [] });
    let added = app.does(by, "addVideoLink", input, "media { id }").await;
    added["media"]["id"].as_str().unwrap().to_owned()
}

on_both_databases! {
    async fn words_are_found_whatever_the_case_the_accents_and_the_script(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        make(&app, founder, &space, "Včely v květnu", "MEMBERS").await;
        write(&app, founder, &space, "Η Αγγελική και οι μέλισσες", "PUBLIC").await;
        link(&app, founder, &space, "Пчёлы в мае: L'été à Straßburg").await;
        for (query, expected) in [
            ("vcely", "Včely"),
            ("VČELY KVĚTNU", "Včely"),
            // Prefixes, in any order.
            ("kvet vc", "Včely"),
            ("αγγελικη", "Αγγελική"),
            ("ΜΈΛΙΣΣΕΣ", "Αγγελική"),
            ("Aggel", "Αγγελική"),
            // In the text, without its markup.
            ("went out", "Αγγελική"),
            ("пчелы", "Пчёлы"),
            ("ПЧЁЛ", "Пчёлы"),
            ("ete strassburg", "Пчёлы"),
            ("l'été", "Пчёлы"),
        ] {
            let found = finds(&app, founder, &space, query).await;
            assert!(found.len() == 1 && found[0].contains(expected), "{query}: {found:?}");
        }
        // All words, and not the middle of one.
        for query in ["vcely went", "cely", "elves"] {
            assert!(finds(&app, founder, &space, query).await.is_empty(), "{query}");
        }
        // Newest first, and only the requested kinds.
        let all = finds(&app, founder, &space, "v").await;
        assert_eq!(all.len(), 2, "{all:?}");
        assert!(all[0].starts_with("Пчёлы") && all[1].starts_with("Včely"), "{all:?}");
        for (kinds, expected) in [
            (json!(["PAGE"]), 1),
            (json!(["DIARY_ENTRY"]), 0),
            (json!(["MEDIA", "PAGE", "PAGE"]), 2),
            (json!([]), 0),
        ] {
            let answer = search(&app, founder, &space, json!({ "query": "v", "kinds": kinds })).await;
            assert_eq!(answer["data"]["twinSpace"]["search"]["totalCount"], expected, "{kinds}");
        }
        // Page by page.
        let first = search(&app, founder, &space, json!({ "query": "v", "first": 1 })).await;
        let first = &first["data"]["twinSpace"]["search"];
        assert_eq!(first["pageInfo"]["hasNextPage"], true, "{first}");
        let after = json!({ "query": "v", "first": 1, "after": first["pageInfo"]["endCursor"] });
        let second = search(&app, founder, &space, after).await;
        let second = &second["data"]["twinSpace"]["search"];
        assert_eq!(second["nodes"][0]["kind"], "PAGE", "{second}");
        assert_eq!(second["pageInfo"]["hasNextPage"], false);
        assert_eq!(second["totalCount"], 2);
    }

    async fn what_is_edited_or_deleted_is_found_as_it_is_now(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let page = make(&app, founder, &space, "Wasps", "MEMBERS").await;
        let entry = write(&app, founder, &space, "Wasps", "PUBLIC").await;
        let video = link(&app, founder, &space, "Wasps").await;
        assert_eq!(finds(&app, founder, &space, "wasp").await.len(), 3);
        let edit = json!({ "pageId": page, "expectedVersion": 1, "title": "Bees", "text": "Honey" });
        app.does(founder, "editPage", edit, "__typename").await;
        let edit = json!({ "diaryEntryId": entry, "title": "Bees" });
        app.does(founder, "editDiaryEntry", edit, "__typename").await;
        let edit = json!({ "mediaId": video, "title": "Bees" });
        app.does(founder, "editMedia", edit, "__typename").await;
        assert!(finds(&app, founder, &space, "wasp").await.is_empty());
        assert_eq!(finds(&app, founder, &space, "bee").await.len(), 3);
        assert_eq!(finds(&app, founder, &space, "honey").await, ["Bees"]);
        // What was not edited is unchanged.
        assert_eq!(finds(&app, founder, &space, "went bees").await, ["Bees"]);
        let restore = json!({ "pageId": page, "expectedVersion": 2, "version": 1 });
        app.does(founder, "restorePageVersion", restore, "__typename").await;
        assert_eq!(finds(&app, founder, &space, "wasp").await, ["Wasps"]);

        app.does(founder, "deleteMedia", json!({ "mediaId": video }), "__typename").await;
        app.does(founder, "deleteDiaryEntry", json!({ "diaryEntryId": entry }), "__typename").await;
        assert!(finds(&app, founder, &space, "bee").await.is_empty());
        app.does(founder, "archivePage", json!({ "pageId": page }), "__typename").await;
        assert!(finds(&app, founder, &space, "wasp").await.is_empty());
        app.does(founder, "restorePage", json!({ "pageId": page }), "__typename").await;
        assert_eq!(finds(&app, founder, &space, "wasp").await, ["Wasps"]);
        app.does(founder, "archivePage", json!({ "pageId": page }), "__typename").await;
        app.does(founder, "deletePage", json!({ "pageId": page }), "__typename").await;
        // None of the words is left.
        let left = entity::search_entry::Entity::find().all(app.db.read()).await.unwrap();
        assert!(left.is_empty(), "{left:?}");
    }

    // R-01, T-02, T-05, M-14
    async fn everyone_finds_exactly_what_the_lists_show_them(app: TestApp) {
        let cast = Cast::new(&app).await;
        for state in [State::Active, State::Closed] {
            let scene = Scene::new(&app, &cast, State::Active).await;
            let mut plans = vec![];
            for visibility in [PageVisibility::Public, PageVisibility::Members, PageVisibility::Draft] {
                for author in cast.all.iter().filter_map(|someone| someone.person.as_ref()) {
                    for (archived, given) in [(false, None), (true, None), (false, Some(scene.charge))] {
                        let (project, author) = (scene.project, author.id);
                        plans.push(Plan { project, author, visibility, position: 1, archived, given });
                    }
                }
            }
            let pages = put_pages(&app, &plans).await;
            let tx = app.db.begin().await.unwrap();
            for id in pages {
                index(&tx, SearchKind::Page, id.0, scene.project, &Words::of(&["Bee"]))
                    .await.unwrap();
            }
            index(&tx, SearchKind::Page, scene.page.0, scene.project, &Words::of(&["Bee"]))
                    .await.unwrap();
            index(&tx, SearchKind::DiaryEntry, scene.entry.0, scene.project, &Words::of(&["Bee"]))
                    .await.unwrap();
            for id in scene.media {
                index(&tx, SearchKind::Media, id.0, scene.project, &Words::of(&["Bee"]))
                    .await.unwrap();
            }
            tx.commit().await.unwrap();
            for author in ["founder", "member"] {
                let actor = app.actor(cast.person(author));
                for to in [DiaryVisibility::Public, DiaryVisibility::Teachers, DiaryVisibility::Private] {
                    let words = ["Bee".to_owned(), "Bee".to_owned()];
                    diary::write(actor, scene.project, words, to, None).await.unwrap();
                }
            }
            // One with a missing consent.
            let words = media::Words { title: "Bee".into(), description: String::new() };
            let (founder, url) = (app.actor(cast.founder()), "https://x".to_owned());
            let hidden = media::link(founder, scene.project.into(), words, url, &[], None).await;
            let shown = entity::member::Entity::find_by_id(scene.charge).one(app.db.read()).await;
            let row = entity::media_pictured::ActiveModel {
                media_id: Set(hidden.unwrap().0),
                account_id: Set(shown.unwrap().unwrap().account_id),
            };
            let tx = app.db.begin().await.unwrap();
            entity::media_pictured::Entity::insert(row).exec_without_returning(&*tx).await.unwrap();
            tx.commit().await.unwrap();
            if state == State::Closed {
                project::close(founder, scene.project).await.unwrap();
            }

            let list = "{ project(id: $project) { diary(first: 100) { nodes { id } } }
                twinSpace(id: $space) { pages(first: 100) { nodes { id } } media(first: 100) { nodes { id } }
                    found: search(query: \"bee\", first: 100) { totalCount nodes { subject {
                        ... on Page { id } ... on DiaryEntry { id } ... on Media { id } } } } } }";
            let list = scene.fill(list, scene.charge);
            let mut counts = BTreeSet::new();
            for someone in cast.all.iter().filter(|someone| someone.role.is_some()) {
                let answer = app.execute(someone.token(), &list, json!({})).await;
                let what = format!("as {}, {state:?}: {answer}", someone.name);
                let ids = |nodes: &Value, path: &str| -> Vec<String> {
                    let nodes = nodes["nodes"].as_array().unwrap_or_else(|| panic!("{what}")).iter();
                    let id = nodes.map(|node| node.pointer(path).and_then(Value::as_str));
                    id.map(|id| id.unwrap_or_else(|| panic!("{what}")).to_owned()).collect()
                };
                let space = &answer["data"]["twinSpace"];
                let lists = [&answer["data"]["project"]["diary"], &space["pages"], &space["media"]];
                let listed: BTreeSet<_> = lists.iter().flat_map(|list| ids(list, "/id")).collect();
                let found = ids(&space["found"], "/subject/id");
                assert_eq!(space["found"]["totalCount"], found.len(), "{what}");
                counts.insert(found.len());
                assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), listed, "{what}");
            }
            assert!(counts.len() > 2, "they all find as much: {counts:?}");
        }
    }

    async fn a_draft_and_a_private_entry_are_found_by_nobody_else(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let pupil = app.pupil("Paul", founder).await;
        app.seat(&space, &pupil, TwinSpaceRole::PupilAdmin).await;
        let visitor = app.guest("Vera").await;
        app.seat(&space, &visitor, TwinSpaceRole::Visitor).await;
        make(&app, &pupil, &space, "Secret surprise", "DRAFT").await;
        write(&app, founder, &space, "Secret of a founder", "PRIVATE").await;
        assert_eq!(finds(&app, &pupil, &space, "secret").await, ["Secret surprise"]);
        assert!(finds(&app, &visitor, &space, "secret").await.is_empty());
        let own = finds(&app, founder, &space, "secret founder").await;
        assert_eq!(own, ["Secret of a founder"]);
        assert!(finds(&app, &space.founders[1], &space, "founder").await.is_empty());
        // Another TwinSpace has none of it, and outsiders cannot search.
        let other = app.space().await;
        assert!(finds(&app, &other.founders[0], &other, "secret").await.is_empty());
        let refused = search(&app, &other.founders[0], &space, json!({ "query": "secret" })).await;
        assert_eq!(verdict(&refused), "NOT_FOUND");
    }

    async fn whatever_is_written_as_a_query_is_only_words(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        make(&app, founder, &space, "Bees near the OR of words NOT a column AND", "MEMBERS").await;
        let long = "ä".repeat(200);
        let many: String = ('a'..='z').chain('0'..='9').flat_map(|c| [c, ' ']).collect();
        let emoji = "😀🐝".repeat(100);
        for (query, found) in [
            ("\"bees\"", 1),
            ("bees*", 1),
            ("\"bees", 1),
            ("NEAR(bees words)", 1),
            ("bees OR nothing", 0),
            ("NOT bees", 1),
            ("words: bees", 1),
            ("words:nothing", 0),
            ("{words} : bees", 1),
            ("^bees + column", 1),
            ("bees:* & column:AB", 0),
            ("bees & !nothing", 0),
            ("!bees", 1),
            ("bees <-> words", 1),
            ("bees | nothing", 0),
            ("'bees'':*", 1),
            ("bees\\", 1),
            ("bees\0column", 1),
            ("bees -- column", 1),
            ("$1 ? bees", 0),
            ("%", -1),
            ("\"\"*()", -1),
            (" \u{202e}\t\n", -1),
            ("", -1),
            (&long, 0),
            (&many, 0),
            (&emoji, 0),
            ("bees\u{301}", 1),
            ("Ⓑⓔⓔⓢ", 1),
        ] {
            let answer = search(&app, founder, &space, json!({ "query": query })).await;
            if found < 0 {
                assert_eq!(verdict(&answer), "BAD_USER_INPUT query", "{query:?}");
            } else {
                let total = &answer["data"]["twinSpace"]["search"]["totalCount"];
                assert_eq!(*total, found, "{query:?}: {answer}");
            }
        }
        let query = "a".repeat(201);
        let answer = search(&app, founder, &space, json!({ "query": query })).await;
        assert_eq!(verdict(&answer), "BAD_USER_INPUT query");
    }

    async fn the_longest_text_of_different_words_is_saved_and_found(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        // Each of these letters becomes a separate word.
        let text: String = ('\u{4e00}'..).take(20_000).chain((0..).take(100).map(|_| '🐝')).collect();
        let input = json!({ "twinSpaceId": space.id.to_string(), "title": "Hanzi", "text": text });
        app.does(founder, "createPage", input, "__typename").await;
        let words: String = (10_000..26_000).map(|n| format!("{n:x}")).collect::<Vec<_>>().join(" ");
        let input = json!({ "twinSpaceId": space.id.to_string(), "title": "Numbers", "text": words });
        app.does(founder, "createPage", input, "__typename").await;
        assert_eq!(finds(&app, founder, &space, "hanzi yi").await, ["Hanzi"]);
        assert_eq!(finds(&app, founder, &space, "numbers 2710").await, ["Numbers"]);
    }

    async fn a_search_takes_as_many_statements_however_much_it_finds(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let fill = async || {
            make(&app, founder, &space, "Bee", "MEMBERS").await;
            write(&app, founder, &space, "Bee", "PUBLIC").await;
            link(&app, founder, &space, "Bee").await;
        };
        let cost = async || {
            finds(&app, founder, &space, "bee").await;
            app.statements(finds(&app, founder, &space, "bee")).await.1
        };
        fill().await;
        let few = cost().await;
        for _ in 0..5 {
            fill().await;
        }
        assert_eq!(finds(&app, founder, &space, "bee").await.len(), 18);
        assert_eq!(cost().await, few);
    }

    async fn the_index_of_words_serves_a_search(app: TestApp) {
        let space = app.space().await;
        many(&app, space.project).await;
        let sought = Sought::read(&app.db, space.project, "ruritania").unwrap();
        let ask = Ask::<HitRow> {
            columns: Columns::all::<HitRow>(),
            filter: Filter {
                sought,
                pages: Some(page::Filter::default()),
                diary: Some(diary::Filter::default()),
                media: Some(media::Filter::default()),
            },
            order: (),
            descending: true,
            after: None,
            before: None,
            limit: 20,
            last: false,
            rows: true,
            total: true,
        };
        let backend = app.db.read().get_database_backend();
        let Statement { sql, values, .. } = backend.build(&ask.statement(backend, space.project.0));
        let (prefix, column, index, slow) = match app.is_postgresql() {
            true => ("EXPLAIN", "QUERY PLAN", "search_entry_vector", "Seq Scan on search_entry"),
            false => ("EXPLAIN QUERY PLAN", "detail", "search_word VIRTUAL TABLE INDEX", "SCAN search_entry"),
        };
        let statement = Statement { sql: format!("{prefix} {sql}"), values, db_backend: backend };
        let rows: Vec<QueryResult> = app.db.read().query_all_raw(statement).await.unwrap();
        let plan: String = rows.iter().map(|row| row.try_get::<String>("", column).unwrap() + "\n").collect();
        assert!(plan.contains(index) && !plan.contains(slow), "{plan}");
    }
}

/// Many entries of a project, as they are in the index.
async fn many(app: &TestApp, project: ProjectId) {
    let tx = app.db.begin().await.unwrap();
    for n in 0..2000 {
        let words = format!("{:x} {:x} bees", n * 7919, n * 104_729);
        let subject = entity::PageId::new().0;
        index(&tx, SearchKind::Page, subject, project, &Words::of(&[&words])).await.unwrap();
    }
    tx.commit().await.unwrap();
    if app.is_postgresql() {
        app.db.read().execute_unprepared("analyze search_entry").await.unwrap();
    }
}
