//! How long the parts of a request take: its document, as it is read for the first time and as it is
//! known; the decisions of the policy on a page of members; and a whole page of members, from the
//! database to the response.
//!
//! `cargo bench --bench parts`; with `TWINSPACE_DATABASE_URL` on an empty PostgreSQL database.

// As in the server, the futures of which are nested deeply.
#![recursion_limit = "256"]

use std::{hint::black_box, sync::Arc};

use async_graphql::{Request, Variables};
use clap::Parser;
use criterion::{BatchSize, Criterion};
use domain::access;
use entity::{AccountId, AccountKind, Kind, MemberId, ProjectId, TwinSpaceRole};
use policy::{Access, Custodian, MemberAct, MemberFacts, Subject};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use twinspace::{
    app::App,
    auth::Viewer,
    config::Config,
    demo,
    graphql::api::{Api, Caller},
};

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    config: Config,
}

const MEMBERS: &str = include_str!("../bench/throughput/w1.graphql");

fn main() {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder for the bench");
    let mut config = Arguments::parse_from(["twinspace"]).config;
    folder.path().clone_into(&mut config.data_dir);
    let app = runtime.block_on(App::start(config)).expect("the server starts");
    println!("Making the demo, to have a TwinSpace …");
    runtime.block_on(demo::fill(&app, &|_| ())).expect("the demo on an empty database");
    let scene = runtime.block_on(Scene::of(Api::new(app)));
    let mut criterion = Criterion::default().configure_from_args();
    documents(&mut criterion, &scene);
    decisions(&mut criterion, &scene);
    page(&mut criterion, &runtime, &scene);
    criterion.final_summary();
}

/// A teacher of the demo and their TwinSpace.
struct Scene {
    api: Api,
    viewer: Viewer,
    access: Arc<Access>,
    variables: Value,
}

impl Scene {
    async fn of(api: Api) -> Self {
        let answer = ask(
            &api,
            &Viewer::default(),
            &format!(
                "mutation {{ signIn(input: {{ email: \"{}\", password: \"{}\" }}) {{
                token viewer {{ memberships {{ nodes {{ twinSpace {{ id project {{ id }} }} }} }} }}
            }} }}",
                demo::address("angel"),
                demo::PASSWORD
            ),
            json!({}),
        )
        .await;
        let signed_in = &answer["signIn"];
        let space = &signed_in["viewer"]["memberships"]["nodes"][0]["twinSpace"];
        let viewer = api.app.authenticate(signed_in["token"].as_str()).await.expect("signed in");
        let project = space["project"]["id"].as_str().and_then(ProjectId::read).expect("a project");
        let access = access::find(api.app.db.read(), viewer.person(), project).await;
        let access = Arc::new(access.expect("an answer").expect("access"));
        let variables = json!({ "id": space["id"], "first": 50 });
        Self { api, viewer, access, variables }
    }
}

async fn ask(api: &Api, viewer: &Viewer, query: &str, variables: Value) -> Value {
    let request = Request::new(query).variables(Variables::from_json(variables));
    let prepared = api.prepare(request).expect("a valid document");
    let caller = Caller { viewer: viewer.clone(), ..Caller::default() };
    let response = api.run(prepared, caller).await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    response.data.into_json().expect("JSON")
}

fn documents(criterion: &mut Criterion, scene: &Scene) {
    let mut group = criterion.benchmark_group("document");
    let request =
        |text: String| Request::new(text).variables(Variables::from_json(scene.variables.clone()));
    let mut number = 0;
    group.bench_function("read and validated", |bench| {
        let unknown = || {
            number += 1;
            request(format!("{MEMBERS}# {number}"))
        };
        let read = |request| black_box(scene.api.prepare(request).is_ok());
        bench.iter_batched(unknown, read, BatchSize::SmallInput);
    });
    group.bench_function("known", |bench| {
        let read = |request| black_box(scene.api.prepare(request).is_ok());
        bench.iter_batched(|| request(MEMBERS.to_owned()), read, BatchSize::SmallInput);
    });
    group.finish();
}

fn decisions(criterion: &mut Criterion, scene: &Scene) {
    let custodian = scene.access.person.account;
    let pupils: Vec<_> = (0..50)
        .map(|n| MemberFacts {
            id: MemberId::new(),
            account: AccountId::new(),
            role: TwinSpaceRole::Pupil,
            kind: AccountKind::Pupil,
            custodian: custodian.filter(|_| n % 2 == 0),
            custodian_stands: Custodian::default(),
            founder: false,
            last_admin: false,
        })
        .collect();
    let acts = [
        MemberAct::Contact,
        MemberAct::ChangeRole { to: TwinSpaceRole::PupilAdmin, acknowledged: false },
        MemberAct::RecordConsent,
        MemberAct::Rename,
        MemberAct::Remove,
        MemberAct::ResetPassword,
        MemberAct::OfferCustody,
        MemberAct::TakeOverCustody,
    ];
    criterion.bench_function("policy: 8 acts on 50 members", |bench| {
        bench.iter(|| {
            let decide = |pupil: &MemberFacts| {
                acts.iter().filter(|act| pupil.decide(**act, &scene.access).is_ok()).count()
            };
            black_box(pupils.iter().map(decide).sum::<usize>())
        });
    });
}

fn page(criterion: &mut Criterion, runtime: &Runtime, scene: &Scene) {
    criterion.bench_function("a page of 50 members", |bench| {
        bench.iter(|| {
            let answer = ask(&scene.api, &scene.viewer, MEMBERS, scene.variables.clone());
            black_box(runtime.block_on(answer))
        });
    });
}
