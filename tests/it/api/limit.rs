//! What clients could make large or endless is limited.

use std::{collections::BTreeSet, sync::Arc};

use async_graphql::parser::types::TypeKind;
use domain::{clock::now, inside::media::MOST};
use entity::{Act, MediaId, MediaKind, MediaState, MemberId, PageId, PupilNewsId, media};
use sea_orm::{EntityTrait, IntoActiveModel, PaginatorTrait};
use serde_json::{Value, json};

use crate::{
    api::sdl,
    inside::media::{encoded, form, picture, send},
    server::wire::Wire,
    support::{TestApp, on_both_databases, play::verdict},
};

mod answer;

/// The lists in arguments and input fields that are no lists of an enum, with their limits.
const LISTS: &[(&str, usize)] = &[
    ("AddMediaInput.picturedIds", 100),
    ("AddServiceInput.spellings", 100),
    ("AddVideoLinkInput.picturedIds", 100),
    ("ConsentingPupils.memberIds", 100),
    ("EditMediaInput.picturedIds", 100),
    ("EditProfileInput.languages", 20),
    ("EditProfileInput.subjects", 20),
    ("FollowUpProjectInput.mediaIds", 500),
    ("FollowUpProjectInput.pageIds", 500),
    ("InvitePupilsInput.rows", 100),
    ("MarkPupilNewsReadInput.pupilNewsIds", 100),
    ("ProjectFieldsInput.languages", 20),
    ("ProjectFieldsInput.subjects", 20),
    ("ProjectFilter.countries", 20),
    ("ProjectFilter.languages", 20),
    ("ProjectFilter.subjects", 20),
    ("Query.nodes.ids", 100),
    ("RegisterInput.languages", 20),
    ("RegisterInput.subjects", 20),
    ("SharePageInput.memberIds", 200),
    ("TeacherFilter.countries", 20),
    ("TeacherFilter.languages", 20),
    ("TeacherFilter.subjects", 20),
    ("VerifyPupilsInput.rows", 100),
];

/// More than a teacher or a project may have.
const LANGUAGES: &str = "bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro";

#[test]
fn every_list_in_an_argument_or_input_is_one_of_an_enum_or_has_a_limit() {
    let enums = sdl::types().iter().filter(|ty| matches!(ty.kind, TypeKind::Enum(_)));
    let enums: BTreeSet<_> = enums.map(|ty| ty.name.node.to_string()).collect();
    let mut lists = vec![];
    let mut look = |path: String, ty: &async_graphql::parser::types::Type| {
        if ty.to_string().starts_with('[') && !enums.contains(&sdl::base(ty)) {
            lists.push(path);
        }
    };
    for ty in sdl::types() {
        let name = &ty.name.node;
        match &ty.kind {
            TypeKind::InputObject(input) => {
                for field in &input.fields {
                    look(format!("{name}.{}", field.node.name.node), &field.node.ty.node);
                }
            }
            TypeKind::Object(object) => {
                for field in &object.fields {
                    for argument in &field.node.arguments {
                        let (field, argument) = (&field.node.name.node, &argument.node);
                        look(format!("{name}.{field}.{}", argument.name.node), &argument.ty.node);
                    }
                }
            }
            _ => {}
        }
    }
    lists.sort();
    assert_eq!(lists, LISTS.iter().map(|(list, _)| *list).collect::<Vec<_>>());
}

/// Only this list is too long.
fn tells(answer: &Value, path: &str, most: usize) {
    let problems = answer["errors"][0]["extensions"]["problems"].as_array();
    let problems = problems.unwrap_or_else(|| panic!("{path}: {answer}"));
    let told: Vec<_> = problems.iter().map(|problem| problem["field"].as_str().unwrap()).collect();
    assert!(told.contains(&path), "{path}: {answer}");
    let of_it = problems.iter().find(|problem| problem["field"] == path).unwrap();
    assert!(of_it["message"].as_str().unwrap().contains(&format!("{most} items")), "{answer}");
    assert_eq!((&of_it["code"], &of_it["max"]), (&json!("TOO_MANY"), &json!(most)), "{answer}");
}

on_both_databases! {
    async fn a_list_that_is_too_long_is_refused(app: TestApp) {
        let space = app.space().await;
        let frida = &space.founders[0];
        let ada = app.administrator().await;
        let (here, project) = (space.id.to_string(), space.project.to_string());
        let own = app.access(frida, space.project).await.member.unwrap().0.to_string();
        for &(list, most) in LISTS {
            let (input_type, field) = list.split_once('.').unwrap();
            let count = 0..=most;
            let words: Vec<_> = match field {
                "languages" => LANGUAGES.split(' ').map(str::to_owned).collect(),
                _ => count.clone().map(|n| format!("word {n}")).collect(),
            };
            let members: Vec<_> = count.clone().map(|_| MemberId::new().to_string()).collect();
            let rows: Vec<_> = count.clone().map(|_| json!({ "givenName": "A", "familyName": "B" })).collect();
            let (who, act, input) = match list {
                // An upload, which is prepared as a link is.
                "AddMediaInput.picturedIds" => continue,
                "Query.nodes.ids" => {
                    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
                    let answer = app.execute(None, query, json!({ "ids": members })).await;
                    assert_eq!(verdict(&answer), "BAD_USER_INPUT ids");
                    continue;
                }
                "ProjectFilter.countries" | "ProjectFilter.languages" | "ProjectFilter.subjects"
                | "TeacherFilter.countries" | "TeacherFilter.languages" | "TeacherFilter.subjects" => {
                    let of = if input_type == "TeacherFilter" { "teachers" } else { "projects" };
                    let query = format!("query($of: [String!]!) {{ {of}(filter: {{ {field}: $of }}) {{ totalCount }} }}");
                    let answer = app.execute(Some(&frida.token), &query, json!({ "of": words })).await;
                    tells(&answer, field, most);
                    continue;
                }
                "AddServiceInput.spellings" => (Some(&ada), "addService", json!({ "name": "S", "country": "ES", "region": "R", "spellings": words })),
                "AddVideoLinkInput.picturedIds" => (Some(frida), "addVideoLink", json!({ "twinSpaceId": here, "title": "T",
                    "url": "https://youtu.be/dQw4w9WgXcQ", "picturedIds": members })),
                "EditMediaInput.picturedIds" => (Some(frida), "editMedia", json!({ "mediaId": MediaId::new().to_string(), "picturedIds": members })),
                "EditProfileInput.languages" | "EditProfileInput.subjects" => (Some(frida), "editProfile", json!({ field: words })),
                "FollowUpProjectInput.mediaIds" => {
                    let ids: Vec<_> = count.map(|_| MediaId::new().to_string()).collect();
                    (Some(frida), "followUpProject", json!({ "projectId": project, field: ids }))
                }
                "FollowUpProjectInput.pageIds" => {
                    let ids: Vec<_> = count.map(|_| PageId::new().to_string()).collect();
                    (Some(frida), "followUpProject", json!({ "projectId": project, field: ids }))
                }
                "InvitePupilsInput.rows" => (Some(frida), "invitePupils", json!({ "twinSpaceId": here, "consentGivenBy": "GUARDIAN", "rows": rows })),
                "MarkPupilNewsReadInput.pupilNewsIds" => {
                    let ids: Vec<_> = count.map(|_| PupilNewsId::new().to_string()).collect();
                    (Some(frida), "markPupilNewsRead", json!({ field: ids }))
                }
                "ProjectFieldsInput.languages" | "ProjectFieldsInput.subjects" => (Some(frida), "editProject", json!({ "projectId": project, "fields": { field: words } })),
                "ConsentingPupils.memberIds" => (Some(frida), "recordConsent", json!({ "pupils": { field: vec![own.clone(); most + 1] }, "scope": "PICTURES", "givenBy": "GUARDIAN" })),
                "RegisterInput.languages" | "RegisterInput.subjects" => (None, "register", json!({ "email": "n@example.org", "password": "a long sentence 1",
                    "name": "N", "school": { "name": "S", "town": "T", "country": "DE" }, field: words })),
                "SharePageInput.memberIds" => (Some(frida), "sharePage", json!({ "pageId": PageId::new().to_string(), field: members })),
                "VerifyPupilsInput.rows" => (Some(frida), "verifyPupils", json!({ "twinSpaceId": here, "rows": rows })),
                other => panic!("{other}"),
            };
            let token = who.map(|person| person.token.as_str());
            let operation = crate::support::play::mutation(act, "__typename");
            let answer = app.execute(token, &operation, json!({ "input": input })).await;
            let path = match input_type {
                "ProjectFieldsInput" => format!("fields.{field}"),
                "ConsentingPupils" => format!("pupils.{field}"),
                _ => field.to_owned(),
            };
            tells(&answer, &path, most);
        }
    }

    // The path of a list is that of the whole list, and the path of an item ends with its index.
    async fn an_item_of_a_list_that_does_not_fit_is_named_by_its_index(app: TestApp) {
        let space = app.space().await;
        let frida = &space.founders[0];
        let ada = app.administrator().await;
        let (here, project) = (space.id.to_string(), space.project.to_string());
        let nobody = MemberId::new().to_string();
        let mut told = BTreeSet::new();
        for &(list, _) in LISTS {
            let (input_type, field) = list.split_once('.').unwrap();
            let (good, bad) = match field {
                "languages" => ("de", "xx"),
                "countries" => ("DE", "XX"),
                _ => ("word", ""),
            };
            let (who, act, input) = match list {
                "AddServiceInput.spellings" => (Some(&ada), "addService", json!({ "name": "S", "country": "ES", "region": "R", field: [good, bad] })),
                "AddVideoLinkInput.picturedIds" => (Some(frida), "addVideoLink", json!({ "twinSpaceId": here, "title": "T",
                    "url": "https://youtu.be/dQw4w9WgXcQ", field: [nobody] })),
                "EditProfileInput.languages" | "EditProfileInput.subjects" => (Some(frida), "editProfile", json!({ field: [good, bad] })),
                "ProjectFieldsInput.languages" | "ProjectFieldsInput.subjects" => (Some(frida), "editProject", json!({ "projectId": project, "fields": { field: [good, bad] } })),
                "RegisterInput.languages" | "RegisterInput.subjects" => (None, "register", json!({ "email": "n@example.org", "password": "a long sentence 1",
                    "name": "N", "school": { "name": "S", "town": "T", "country": "DE" }, field: [good, bad] })),
                _ if input_type.ends_with("Filter") => {
                    let of = if input_type == "TeacherFilter" { "teachers" } else { "projects" };
                    let query = format!("query($of: [String!]!) {{ {of}(filter: {{ {field}: $of }}) {{ totalCount }} }}");
                    let answer = app.execute(Some(&frida.token), &query, json!({ "of": [good, bad] })).await;
                    assert_eq!(verdict(&answer), format!("BAD_USER_INPUT {field}.1"), "{list}");
                    told.insert(list);
                    continue;
                }
                // IDs of something else are not there, and rows have problems of their own.
                _ => continue,
            };
            let token = who.map(|person| person.token.as_str());
            let answer = app.execute(token, &crate::support::play::mutation(act, "__typename"), json!({ "input": input })).await;
            let path = match list {
                "AddVideoLinkInput.picturedIds" => "picturedIds.0".to_owned(),
                _ if input_type == "ProjectFieldsInput" => format!("fields.{field}.1"),
                _ => format!("{field}.1"),
            };
            assert_eq!(verdict(&answer), format!("BAD_USER_INPUT {path}"), "{list}: {answer}");
            told.insert(list);
        }
        let others = ["Ids", "ids", "rows"];
        let texts = |list: &&str| !others.iter().any(|end| list.ends_with(end));
        let expected: BTreeSet<_> = LISTS.iter().map(|(list, _)| *list).filter(texts)
            .chain(["AddVideoLinkInput.picturedIds"]).collect();
        assert_eq!(told, expected);
    }

    // A statement has no more values than there are.
    async fn a_list_of_kinds_is_as_short_as_there_are_kinds(app: TestApp) {
        let space = app.space().await;
        let frida = &space.founders[0];
        let (ada, officer) = (app.administrator().await, app.officer("DE", "").await);
        for (who, ty, value, query) in [
            (frida, "AccountKind", "PUPIL", format!("twinSpace(id: \"{}\") {{ members(filter: {{ kinds: $of }}) {{ totalCount nodes {{ id }} }} }}", space.id)),
            (frida, "TwinSpaceRole", "PUPIL", format!("twinSpace(id: \"{}\") {{ members(filter: {{ roles: $of }}) {{ totalCount nodes {{ id }} }} }}", space.id)),
            (frida, "MediaKind", "FILE", format!("twinSpace(id: \"{}\") {{ media(filter: {{ kinds: $of }}) {{ totalCount nodes {{ id }} }} }}", space.id)),
            (frida, "SearchKind", "PAGE", format!("twinSpace(id: \"{}\") {{ search(query: \"bees\", kinds: $of) {{ totalCount nodes {{ kind }} }} }}", space.id)),
            (frida, "ProjectState", "CLOSED", "viewer { projects(filter: { states: $of }) { totalCount nodes { id } } }".into()),
            (&officer, "ProjectState", "CLOSED", "office { projects(filter: { states: $of }) { totalCount nodes { title } } }".into()),
            (&officer, "DecisionKind", "LABEL", "office { decisions(kinds: $of) { totalCount nodes { kind } } }".into()),
            (&ada, "Act", "MAIL_RETRIED", "administration { auditLog(filter: { acts: $of }) { totalCount nodes { act } } }".into()),
        ] {
            let query = format!("query($of: [{ty}!]!) {{ {query} }}");
            let answer = app.execute(Some(&who.token), &query, json!({ "of": vec![value; 33_000] })).await;
            assert_eq!(verdict(&answer), "OK", "{query}");
            assert!(answer.to_string().contains("\"totalCount\":0"), "{answer}");
        }
        let mut acts = vec!["MAIL_RETRIED".to_owned(); 10_000];
        acts.extend(<Act as sea_orm::Iterable>::iter().map(|act| async_graphql::InputType::to_value(&act).to_string()));
        let made = app.does(&ada, "exportAuditLog", json!({ "filter": { "acts": acts } }), "url").await;
        let url = made["url"].as_str().unwrap();
        assert!(url.len() < 8000, "{}", url.len());
        let wire = Wire::of(Arc::clone(&app)).await;
        let url = wire.url(&url[url.find("/exports").unwrap()..]);
        assert_eq!(wire.client.get(&url).bearer_auth(&ada.token).send().await.unwrap().status(), 200);
    }

    // What no database can hold is no time.
    async fn a_time_beyond_the_years_of_the_databases_is_refused(app: TestApp) {
        let (ada, officer) = (app.administrator().await, app.officer("DE", "").await);
        let log = |field: &str| format!("administration {{ auditLog(filter: {{ {field}: $at }}) {{ totalCount }} }}");
        for (who, query) in [
            (&ada, log("since")),
            (&ada, log("until")),
            (&ada, "viewer { inbox(filter: { since: $at }) { totalCount } }".to_owned()),
            (&ada, "viewer { inbox(filter: { until: $at }) { totalCount } }".to_owned()),
            (&officer, "office { projects(filter: { since: $at }) { totalCount } }".to_owned()),
        ] {
            for (at, expected) in [
                ("-4800-01-01T00:00:00Z", "BAD_USER_INPUT"),
                ("-200000-01-01T00:00:00Z", "BAD_USER_INPUT"),
                ("0000-12-31T23:59:59Z", "BAD_USER_INPUT"),
                ("+10000-01-01T00:00:00Z", "BAD_USER_INPUT"),
                ("9999-12-31T23:59:59-01:00", "BAD_USER_INPUT"),
                ("soon", "BAD_USER_INPUT"),
                ("0001-01-01T00:00:00Z", "OK"),
                ("9999-12-31T23:59:59Z", "OK"),
            ] {
                let asked = format!("query($at: DateTime!) {{ {query} }}");
                let answer = app.execute(Some(&who.token), &asked, json!({ "at": at })).await;
                assert_eq!(verdict(&answer), expected, "{query} {at}: {answer}");
                let written = format!("{{ {} }}", query.replace("$at", &format!("\"{at}\"")));
                assert_eq!(app.asks(who, &written).await, expected, "{written}");
            }
        }
    }

    async fn what_is_written_like_a_file_is_none(app: TestApp) {
        let wire = Wire::of(Arc::clone(&app)).await;
        let someone = app.teacher("Tove Teacher", "DK").await;
        let query = "mutation($f: Upload!) { setProfilePicture(input: { file: $f }) { __typename } }";
        for file in ["x", "", "-1", "0", "99999999999999999999"] {
            let file = format!("#__graphql_file__:{file}");
            let request = json!({ "query": query, "variables": { "f": file } });
            let answer = wire.post(&request).bearer_auth(&someone.token).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{file}");
            let answer: Value = answer.json().await.unwrap();
            assert!(verdict(&answer).starts_with("BAD_USER_INPUT"), "{file}: {answer}");
        }
    }

    async fn a_file_is_taken_once(app: TestApp) {
        let space = app.space().await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let png = encoded(&picture(8, 8), image::ImageFormat::Png);
        let add = "addMedia(input: $i) { media { id } }";
        let operations = json!({
            "query": format!("mutation($i: AddMediaInput!) {{ a: {add} b: {add} }}"),
            "variables": { "i": { "twinSpaceId": space.id.to_string(), "file": null, "title": "Bee", "picturedIds": [] } },
        });
        let map = json!({ "0": ["variables.i.file"] });
        let body = form(&operations, &map, &[("0", "bee.png", &png)]);
        let answer = send(&wire, Some(&space.founders[0].token), body).await;
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(verdict(&answer), "BAD_USER_INPUT file");
        assert_eq!(answer["errors"][0]["path"][0], "b", "{answer}");
        assert_eq!(media::Entity::find().count(app.db.read()).await.unwrap(), 1);
    }

    async fn there_are_no_more_media_than_there_may_be(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let at = now();
        let row = || media::Model {
            id: MediaId::new(),
            project_id: space.project,
            uploader_id: founder.id,
            kind: MediaKind::Video,
            state: MediaState::Ready,
            title: "Film".into(),
            title_key: "film".into(),
            description: String::new(),
            content_type: String::new(),
            bytes: 0,
            width: None,
            height: None,
            sha256: String::new(),
            object_key: None,
            thumbnail_key: None,
            video_url: Some("https://player.vimeo.com/video/1".into()),
            created_at: at,
        };
        let tx = app.db.begin().await.unwrap();
        let rows: Vec<_> = (1..MOST).map(|_| row().into_active_model()).collect();
        for some in rows.chunks(500) {
            media::Entity::insert_many(some.to_vec()).exec_without_returning(&*tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        let input = json!({ "twinSpaceId": space.id.to_string(), "title": "Film", "picturedIds": [],
            "url": "https://vimeo.com/76979871" });
        assert_eq!(app.tries(founder, "addVideoLink", input.clone()).await, "OK");
        assert_eq!(app.tries(founder, "addVideoLink", input).await, "CONFLICT TOO_MANY_MEDIA");
    }
}
