//! Pages of a TwinSpace (T-01, T-02).

use chrono::{DateTime, Utc};
use domain::{clock::now, markup::RENDERER};
use entity::{
    AccountId, MemberId, PageGrantId, PageId, PageVersionId, PageVisibility, ProjectId,
    TwinSpaceRole, page, page_grant, page_version,
};
use sea_orm::{EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    cast::{Person, Space},
};

mod edit;
mod heard;
pub mod markup;
mod order;
mod picture;
mod share;

/// A page inserted into the database, as a precondition of a test.
#[derive(Clone, Copy)]
pub struct Plan {
    pub project: ProjectId,
    pub author: AccountId,
    pub visibility: PageVisibility,
    pub position: i64,
    pub archived: bool,
    pub given: Option<MemberId>,
}

/// Inserts pages into the database, many at a time.
pub async fn put_pages(app: &TestApp, plans: &[Plan]) -> Vec<PageId> {
    let at: DateTime<Utc> = now();
    let tx = app.db.begin().await.unwrap();
    let mut ids = vec![];
    for some in plans.chunks(100) {
        let (mut pages, mut versions, mut grants) = (vec![], vec![], vec![]);
        for plan in some {
            let id = PageId::new();
            ids.push(id);
            let page = page::Model {
                id,
                project_id: plan.project,
                title: format!("Page {}", plan.position),
                visibility: plan.visibility,
                position: plan.position,
                version: 1,
                author_id: plan.author,
                editor_id: plan.author,
                created_at: at,
                edited_at: at,
                archived_at: plan.archived.then_some(at),
            };
            pages.push(page.into_active_model());
            versions.push(version(id, 1, plan.author).into_active_model());
            let grant = plan.given.map(|member| page_grant::Model {
                id: PageGrantId::new(),
                page_id: id,
                member_id: Some(member),
                role: None,
            });
            grants.extend(grant.map(IntoActiveModel::into_active_model));
        }
        page::Entity::insert_many(pages).exec_without_returning(&*tx).await.unwrap();
        page_version::Entity::insert_many(versions).exec_without_returning(&*tx).await.unwrap();
        if !grants.is_empty() {
            page_grant::Entity::insert_many(grants).exec_without_returning(&*tx).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
    ids
}

/// A version of a page.
pub fn version(page_id: PageId, number: i64, editor_id: AccountId) -> page_version::Model {
    page_version::Model {
        id: PageVersionId::new(),
        page_id,
        number,
        title: format!("Version {number}"),
        text: format!("*{number}*"),
        html: format!("<p><em>{number}</em></p>\n"),
        renderer: RENDERER,
        editor_id,
        edited_at: now(),
    }
}

/// Pages by one author, for members, in this order.
pub fn row_of(space: &Space, author: &Person, count: usize) -> Vec<Plan> {
    let plan = |position| Plan {
        project: space.project,
        author: author.id,
        visibility: PageVisibility::Members,
        position,
        archived: false,
        given: None,
    };
    (1..).take(count).map(plan).collect()
}

/// Creates a page through the API.
pub async fn make(
    app: &TestApp,
    by: &Person,
    space: &Space,
    title: &str,
    visibility: &str,
) -> String {
    let input = json!({ "twinSpaceId": space.id.to_string(), "title": title, "text": format!("# {title}"),
        "visibility": visibility });
    let made = app.does(by, "createPage", input, "page { id }").await;
    made["page"]["id"].as_str().unwrap().to_owned()
}

/// The fields of a page, as a viewer can read them.
pub async fn read<'a>(
    app: &TestApp,
    who: impl Into<Option<&'a Person>>,
    id: &str,
    fields: &str,
) -> Value {
    app.sees(who, &format!("{{ page(id: {id:?}) {{ {fields} }} }}")).await["page"].take()
}

/// The titles of the pages that a viewer can see, in order.
pub async fn titles(app: &TestApp, who: &Person, space: &Space, arguments: &str) -> Vec<String> {
    let query = format!(
        "{{ twinSpace(id: \"{}\") {{ pages(first: 100{arguments}) {{ nodes {{ title }} }} }} }}",
        space.id
    );
    let data = app.sees(who, &query).await;
    let nodes = data["twinSpace"]["pages"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["title"].as_str().unwrap().to_owned()).collect()
}

/// Someone with a membership in the TwinSpace.
pub async fn member(
    app: &TestApp,
    space: &Space,
    name: &str,
    role: TwinSpaceRole,
) -> (Person, String) {
    let person = match role {
        TwinSpaceRole::Pupil | TwinSpaceRole::PupilAdmin => {
            app.pupil(name, &space.founders[0]).await
        }
        TwinSpaceRole::Visitor => app.guest(name).await,
        _ => app.teacher(name, "IT").await,
    };
    let place = app.seat(space, &person, role).await.to_string();
    (person, place)
}
