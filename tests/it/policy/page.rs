//! Pages, tried in every role: what is visible and what is allowed follow from the table and from
//! the viewer's relation to the page (T-02, R-01, R-02).

use std::collections::BTreeSet;

use entity::{PageVisibility, ProjectState, project};
use policy::{Grant, Tie, TwinSpacePermission as T};
use sea_orm::{EntityTrait, sea_query::Expr};
use serde_json::{Value, json};

use super::{
    outcome,
    scene::{
        Cast, Scene, Someone,
        State::{self, *},
    },
};
use crate::{
    inside::page::{Plan, put_pages},
    support::{TestApp, on_both_databases},
};

/// The entry points for a single page: the required permission, the field in `permissions`, whether
/// the page is archived when it is tried, and a request for it.
pub const PAGES: &[(&str, T, &str, bool, &str)] = &[
    (
        "Mutation.editPage",
        T::EditPage,
        "edit",
        false,
        r#"mutation { editPage(input: { pageId: $page, expectedVersion: 1, title: "New" }) { page { id } } }"#,
    ),
    (
        "Mutation.restorePageVersion",
        T::EditPage,
        "edit",
        false,
        "mutation { restorePageVersion(input: { pageId: $page, version: 1, expectedVersion: 1 }) { page { id } } }",
    ),
    (
        "Mutation.sharePage",
        T::SharePage,
        "share",
        false,
        "mutation { sharePage(input: { pageId: $page, visibility: MEMBERS }) { page { id } } }",
    ),
    (
        "Mutation.archivePage",
        T::ArchivePage,
        "archive",
        false,
        "mutation { archivePage(input: { pageId: $page }) { page { id } } }",
    ),
    (
        "Mutation.restorePage",
        T::ArrangePages,
        "restore",
        true,
        "mutation { restorePage(input: { pageId: $page }) { page { id } } }",
    ),
    (
        "Mutation.deletePage",
        T::ArrangePages,
        "delete",
        true,
        "mutation { deletePage(input: { pageId: $page }) { pageId } }",
    ),
    (
        "Mutation.movePage",
        T::ArrangePages,
        "move",
        false,
        "mutation { movePage(input: { pageId: $page }) { page { id } } }",
    ),
];

const TIES: [Tie; 3] =
    [Tie { own: false, given: false }, Tie { own: false, given: true }, Tie::OWN];
const SEEN_BY: [PageVisibility; 3] =
    [PageVisibility::Public, PageVisibility::Members, PageVisibility::Draft];

/// A page with a given relation to the viewer.
#[derive(Clone, Copy, Debug)]
struct Case {
    tie: Tie,
    visibility: PageVisibility,
    archived: bool,
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        TIES.into_iter().flat_map(|tie| {
            SEEN_BY.into_iter().flat_map(move |visibility| {
                [false, true].map(|archived| Self { tie, visibility, archived })
            })
        })
    }

    fn granted(someone: &Someone, permission: T) -> Grant {
        someone.role.map_or(Grant::No, |role| permission.granted_to(role))
    }

    /// Whether someone can see the page.
    fn seen(self, someone: &Someone) -> bool {
        let may = |permission| Self::granted(someone, permission).covers(self.tie);
        match (someone.role, self.archived, self.visibility) {
            (None, archived, visibility) => !archived && visibility == PageVisibility::Public,
            (_, true, _) => may(T::ArchivePage),
            (_, _, PageVisibility::Draft) => self.tie.own || may(T::EditPage),
            _ => true,
        }
    }

    /// The expected result of someone's attempt.
    fn expected(self, someone: &Someone, permission: T, state: State) -> String {
        if someone.person.is_none() {
            return "UNAUTHENTICATED".to_owned();
        }
        if !self.seen(someone) {
            return "NOT_FOUND".to_owned();
        }
        match Self::granted(someone, permission) {
            grant if grant.covers(self.tie) && (state == Active || !permission.needs_active()) => {
                "OK".to_owned()
            }
            grant if grant.covers(self.tie) => "FORBIDDEN PROJECT_NOT_ACTIVE".to_owned(),
            Grant::No => "FORBIDDEN ROLE_TOO_LOW".to_owned(),
            _ if permission == T::EditPage => "FORBIDDEN NOT_GIVEN".to_owned(),
            _ => "FORBIDDEN NOT_YOURS".to_owned(),
        }
    }

    /// A page with this relation to someone.
    async fn plan(self, app: &TestApp, cast: &Cast, scene: &Scene, someone: &Someone) -> Plan {
        let member = match &someone.person {
            Some(person) => app.access(person, scene.project).await.member,
            None => None,
        };
        let own = someone.person.as_ref().filter(|_| self.tie.own);
        Plan {
            project: scene.project,
            author: own.unwrap_or(&cast.cofounder).id,
            visibility: self.visibility,
            position: 1,
            archived: self.archived,
            given: member.map(|(id, _)| id).filter(|_| self.tie.given),
        }
    }
}

/// Deletes all pages of the TwinSpace.
async fn clear(app: &TestApp) {
    let tx = app.db.begin().await.unwrap();
    entity::page_grant::Entity::delete_many().exec(&*tx).await.unwrap();
    entity::page_version::Entity::delete_many().exec(&*tx).await.unwrap();
    entity::page::Entity::delete_many().exec(&*tx).await.unwrap();
    tx.commit().await.unwrap();
}

fn ids(list: &Value) -> BTreeSet<String> {
    let nodes = list["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
    nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}

on_both_databases! {
    // R-01
    async fn everyone_sees_the_same_pages_one_by_one_and_in_lists(app: TestApp) {
        let cast = Cast::new(&app).await;
        for state in [Active, Closed] {
            let scene = Scene::new(&app, &cast, state).await;
            for someone in &cast.all {
                clear(&app).await;
                let cases: Vec<_> = Case::all().collect();
                let mut plans = vec![];
                for case in &cases {
                    plans.push(case.plan(&app, &cast, &scene, someone).await);
                }
                let pages = put_pages(&app, &plans).await;
                let (mut here, mut archive, mut public) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
                for (case, id) in cases.iter().zip(&pages) {
                    let what = format!("{case:?} as {}, {state:?}", someone.name);
                    let query = format!("{{ node(id: \"{id}\") {{ id }} }}");
                    let answer = app.execute(someone.token(), &query, json!({})).await;
                    assert_eq!(answer["data"]["node"].is_object(), case.seen(someone), "{what}");
                    let query = format!("{{ page(id: \"{id}\") {{ versions {{ totalCount }} givenTo {{ roles }} }} }}");
                    let answer = app.execute(someone.token(), &query, json!({})).await;
                    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
                    for (field, permission) in [("versions", T::EditPage), ("givenTo", T::SharePage)] {
                        let ended = match case.seen(someone) {
                            true => errors.iter().find(|error| error["path"][1] == field),
                            false => errors.first(),
                        };
                        let ended = ended.map_or("OK".to_owned(), |error| outcome(&json!({ "errors": [error] })));
                        // What is not public does not exist for those who are not signed in.
                        let expected = match case.expected(someone, permission, Active) {
                            expected if expected == "UNAUTHENTICATED" && !case.seen(someone) => "NOT_FOUND".to_owned(),
                            expected => expected,
                        };
                        assert_eq!(ended, expected, "{field} of {what}");
                    }
                    if case.visibility == PageVisibility::Public && !case.archived {
                        public.insert(id.to_string());
                    }
                    if case.seen(someone) {
                        let list = if case.archived { &mut archive } else { &mut here };
                        list.insert(id.to_string());
                    }
                }
                let list = "{ public: project(id: $project) { publicPages(first: 100) { nodes { id } } }
                    here: twinSpace(id: $space) { pages(first: 100) { nodes { id } } }
                    archive: twinSpace(id: $space) { pages(archived: true, first: 100) { nodes { id } } } }";
                let list = scene.fill(list, scene.charge);
                let answer = app.execute(someone.token(), &list, json!({})).await;
                let data = &answer["data"];
                let what = format!("as {}, {state:?}: {answer}", someone.name);
                // A closed project is not public, but its public pages are, one by one.
                if data["public"].is_object() {
                    assert_eq!(ids(&data["public"]["publicPages"]), public, "{what}");
                }
                if someone.role.is_some() {
                    assert_eq!(ids(&data["here"]["pages"]), here, "{what}");
                    assert_eq!(ids(&data["archive"]["pages"]), archive, "{what}");
                }
            }
        }
    }

    // R-01, R-02
    async fn everything_about_one_page_obeys_the_table(app: TestApp) {
        let cast = Cast::new(&app).await;
        for state in [Active, Closed] {
            let scene = Scene::new(&app, &cast, state).await;
            for &(field, permission, told, archived, operation) in PAGES {
                clear(&app).await;
                for someone in &cast.all {
                    for case in Case::all().filter(|case| case.archived == archived) {
                        let what = format!("{field}, {case:?} as {}, {state:?}", someone.name);
                        let expected = case.expected(someone, permission, state);
                        let plan = case.plan(&app, &cast, &scene, someone).await;
                        let id = put_pages(&app, &[plan]).await[0];
                        let ask = format!("{{ node(id: \"{id}\") {{ ... on Page {{
                            permissions {{ {told} {{ allowed reason }} }} }} }} }}");
                        let answer = app.execute(someone.token(), &ask, json!({})).await;
                        let foretold = match &answer["data"]["node"]["permissions"][told] {
                            Value::Null => "NOT_FOUND".to_owned(),
                            told if told["allowed"] == true => "OK".to_owned(),
                            told => format!("FORBIDDEN {}", told["reason"].as_str().unwrap()),
                        };
                        if someone.person.is_some() {
                            assert_eq!(foretold, expected, "foretold: {what}");
                        }
                        let operation = operation.replace("$page", &format!("\"{id}\""));
                        let answer = app.execute(someone.token(), &operation, json!({})).await;
                        assert_eq!(outcome(&answer), expected, "{what}");
                        if expected == "NOT_FOUND" {
                            let nothing = operation.replace(&id.to_string(), &entity::PageId::new().to_string());
                            let absent = app.execute(someone.token(), &nothing, json!({})).await;
                            assert_eq!(answer.to_string(), absent.to_string(), "{what}");
                        }
                    }
                }
            }
        }
    }

    async fn what_a_new_page_shows_is_for_those_who_share_their_pages(app: TestApp) {
        let cast = Cast::new(&app).await;
        let scene = Scene::new(&app, &cast, Active).await;
        for someone in &cast.all {
            for visibility in ["PUBLIC", "MEMBERS", "DRAFT"] {
                let operation = scene.fill(
                    &format!("mutation {{ createPage(input: {{ twinSpaceId: $space, title: \"x\",
                        visibility: {visibility} }}) {{ page {{ visibility }} }} }}"),
                    scene.charge,
                );
                let granted = |permission: T| {
                    someone.role.is_some_and(|role| permission.granted_to(role).covers(Tie::OWN))
                };
                let expected = match (&someone.person, someone.role) {
                    (None, _) => "UNAUTHENTICATED",
                    (_, None) => "NOT_FOUND",
                    _ if granted(T::CreatePage) && (visibility == "DRAFT" || granted(T::SharePage)) => "OK",
                    _ => "FORBIDDEN ROLE_TOO_LOW",
                };
                let ended = outcome(&app.execute(someone.token(), &operation, json!({})).await);
                assert_eq!(ended, expected, "{visibility} as {}", someone.name);
            }
        }
    }

    // P-08: a project that is not open, or no longer, has no public pages.
    async fn a_page_of_a_project_that_is_not_open_is_nobody_s(app: TestApp) {
        let cast = Cast::new(&app).await;
        let scene = Scene::new(&app, &cast, Active).await;
        let case = Case { tie: Tie::default(), visibility: PageVisibility::Public, archived: false };
        let plan = case.plan(&app, &cast, &scene, cast.get("nobody")).await;
        let id = put_pages(&app, &[plan]).await[0];
        let tx = app.db.begin().await.unwrap();
        project::Entity::update_many()
            .col_expr(project::Column::State, Expr::val(sea_orm::ActiveEnum::to_value(&ProjectState::Rejected)))
            .exec(&*tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        for someone in &cast.all {
            let query = format!("{{ page(id: \"{id}\") {{ id }} }}");
            let answer = app.execute(someone.token(), &query, json!({})).await;
            assert_eq!(outcome(&answer), "NOT_FOUND", "{}", someone.name);
        }
    }
}
