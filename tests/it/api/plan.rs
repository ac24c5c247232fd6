//! How the databases find what lists request: through an index in its order, and never by scanning
//! a whole table.

use domain::{
    accounts::{
        school::{self, SchoolRow},
        subject,
    },
    care::{
        administration::{AccountFilter, AdministeredRow},
        audit::{self, AuditRow},
        report::{self, ReportRow},
    },
    clock::now,
    desktop::teacher::{self, TeacherRow},
    inside::{
        chat::{self, ChatRow},
        media::MediaRow,
        message::{self, MessageRow},
        page::{PageRow, VersionRow},
    },
    list::{Ask, Columns, Listed},
    members::{
        invitation::{self, InvitationRow},
        member::{self, MemberRow},
    },
    projects::{
        approval::ApprovalRow,
        diary::DiaryRow,
        follow_up::FollowUpRow,
        label::LabelRow,
        office::{
            DecisionFilter, DecisionRow, OfficeProjectRow, OfficeSchoolRow, OfficeTeacherRow,
            Place, ProjectFilter, SchoolFilter, SchoolOrder, TeacherFilter,
        },
        partner::PartnerRow,
        project::{self as project_list, ProjectRow},
        succession::SuccessionRow,
    },
    text,
};
use entity::{
    AccountId, InvitationState, ProjectId, ProjectState, ServiceId, TwinSpaceRole, project,
};
use sea_orm::{
    ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, Statement, sea_query::SelectStatement,
};
use twinspace::app::housekeeping;
use uuid::Uuid;

use crate::support::{TestApp, on_both_databases};

fn ask<R: Listed>(filter: R::Filter, order: R::Order) -> Ask<R> {
    Ask {
        columns: Columns::all::<R>(),
        filter,
        order,
        descending: true,
        after: None,
        before: None,
        limit: 20,
        last: false,
        rows: true,
        total: false,
    }
}

/// The query plan of SQLite.
async fn plan(app: &TestApp, query: &SelectStatement) -> String {
    let Statement { sql, values, db_backend } = DbBackend::Sqlite.build(query);
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    let rows = app.db.read().query_all_raw(Statement { sql, values, db_backend }).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "detail").unwrap() + "\n").collect()
}

/// Fails unless a list of one parent, or of any parent with the nil UUID, is read in order from an
/// index.
async fn of_parent<R: Listed>(app: &TestApp, ask: &Ask<R>, parent: Uuid, index: &str) {
    let plan = plan(app, &ask.statement(DbBackend::Sqlite, parent)).await;
    assert!(plan.contains(index) && !plan.contains("TEMP B-TREE FOR ORDER BY"), "{index}: {plan}");
    no_scan(&plan, index);
}

/// The same for the list of one parent, and for those of several.
async fn by_index<R: Listed>(app: &TestApp, filter: R::Filter, order: R::Order, index: &str) {
    let ask = ask::<R>(filter, order);
    let two = [Uuid::now_v7(), Uuid::now_v7()];
    of_parent(app, &ask, two[0], index).await;
    if let Some(parent) = R::parent_for(&ask.filter) {
        let several = plan(app, &ask.statements(DbBackend::Sqlite, &parent, &two)).await;
        assert_eq!(several.matches(index).count(), 2, "{several}");
        no_scan(&several, index);
    }
}

fn no_scan(plan: &str, index: &str) {
    for line in plan.lines() {
        let whole = line.starts_with("SCAN") && !line.ends_with("page");
        assert!(!whole, "{index}: {line}");
    }
}

/// The same for a list without a filter.
async fn usual<R: Listed<Order = ()>>(app: &TestApp, index: &str) {
    by_index::<R>(app, R::Filter::default(), (), index).await;
}

#[tokio::test]
async fn each_list_is_served_by_the_index_of_its_order() {
    let app = TestApp::on_sqlite().await;
    let app = &app;
    let me = Some(AccountId::new());
    let inbox = message::Filter { received_by: me, ..message::Filter::default() };
    let sent = message::Filter { sent_by: me, ..message::Filter::default() };
    let unread = message::Filter { unread: Some(true), ..inbox.clone() };
    for (filter, index) in
        [(inbox, "message_inbox"), (unread, "message_unread"), (sent, "message_sent")]
    {
        of_parent(app, &ask::<MessageRow>(filter, ()), Uuid::nil(), index).await;
    }
    let replies = message::Filter { in_boxes_of: me, ..message::Filter::default() };
    by_index::<MessageRow>(app, replies.clone(), (), "message_reply").await;
    let thread = message::Filter { of_thread: true, ..replies.clone() };
    by_index::<MessageRow>(app, thread, (), "message_thread").await;
    // Two boxes are not one index: the messages of one person are sorted after they are found.
    let threads = message::Filter { latest_for: me, ..replies };
    let threads =
        plan(app, &ask::<MessageRow>(threads, ()).statement(DbBackend::Sqlite, Uuid::nil())).await;
    for index in ["MULTI-INDEX OR", "message_inbox", "message_thread"] {
        assert!(threads.contains(index), "{threads}");
        no_scan(&threads, index);
    }
    let open = report::Filter { settled: Some(false), not_on: me, stranded: None };
    by_index::<ReportRow>(app, open, (), "report_page").await;
    let stranded = report::Filter { settled: Some(false), not_on: None, stranded: Some(true) };
    // Pending ones are few: they are sorted after they are found.
    let plan =
        plan(app, &ask::<ReportRow>(stranded, ()).statement(DbBackend::Sqlite, Uuid::nil())).await;
    assert!(plan.contains("report_settled"), "{plan}");
    no_scan(&plan, "report_settled");
    by_index::<MemberRow>(app, member::Filter::default(), member::Order::Name, "member_by_name")
        .await;
    let joined = member::Order::Joined;
    by_index::<MemberRow>(app, member::Filter::default(), joined, "member_by_joining").await;
    let access = member::Order::LastAccess;
    by_index::<MemberRow>(app, member::Filter::default(), access, "member_by_access").await;
    usual::<ChatRow>(app, "chat_message_page").await;
    usual::<PageRow>(app, "page_order").await;
    usual::<VersionRow>(app, "page_version_number").await;
    usual::<MediaRow>(app, "media_page").await;
    usual::<DiaryRow>(app, "diary_entry_page").await;
    usual::<LabelRow>(app, "label_application_page").await;
    usual::<SuccessionRow>(app, "succession_page").await;
    usual::<FollowUpRow>(app, "follow_up_page").await;
    usual::<PartnerRow>(app, "partner_page").await;
    usual::<InvitationRow>(app, "invitation_page").await;
    let some = invitation::Filter {
        states: Some((vec![InvitationState::Pending, InvitationState::Expired], now())),
        roles: Some(vec![TwinSpaceRole::Teacher]),
        search: Some(text::Wanted::read("school").unwrap()),
        partners: Some(false),
        ..invitation::Filter::default()
    };
    by_index::<InvitationRow>(app, some, (), "invitation_page").await;
    usual::<ApprovalRow>(app, "approval_page").await;
    let written = audit::Order::Written;
    by_index::<AuditRow>(app, audit::Filter::default(), written, "audit_project").await;
    let acts = Some(vec![entity::Act::MemberRemoved, entity::Act::MemberLeft]);
    let some =
        audit::Filter { acts, since: Some(now()), until: Some(now()), ..audit::Filter::default() };
    of_parent(app, &ask::<AuditRow>(some, written), Uuid::now_v7(), "audit_project").await;
    let hidden = audit::Filter { person: me, without_pupils: true, ..audit::Filter::default() };
    of_parent(app, &ask::<AuditRow>(hidden, written), Uuid::now_v7(), "audit_").await;
    let from = message::Filter {
        received_by: me,
        received_from: me,
        project: Some(ProjectId::new()),
        since: Some(now()),
        ..message::Filter::default()
    };
    of_parent(app, &ask::<MessageRow>(from, ()), Uuid::nil(), "message_").await;
}

// M-03
#[tokio::test]
async fn a_search_among_members_reads_the_index_of_names_and_only_the_rows_that_it_finds() {
    let app = TestApp::on_sqlite().await;
    for usernames in [false, true] {
        let search = Some(text::Wanted::read("no such name").unwrap());
        let filter = member::Filter { search, usernames, ..member::Filter::default() };
        let ask = Ask { total: true, ..ask::<MemberRow>(filter, member::Order::Joined) };
        let plan = plan(&app, &ask.statement(DbBackend::Sqlite, Uuid::now_v7())).await;
        let index = "USING COVERING INDEX member_by_name";
        // For the rows, and for the total.
        assert_eq!(plan.matches(index).count(), 2, "{plan}");
        no_scan(&plan, index);
    }
}

#[tokio::test]
async fn projects_in_a_state_are_read_from_an_index_in_each_order() {
    let app = TestApp::on_sqlite().await;
    let filter = project_list::Filter {
        states: Some(vec![ProjectState::Active]),
        countries: Some(vec!["DE".into()]),
        languages: Some(vec!["de".into()]),
        subjects: Some(vec!["art".into()]),
        age_from: Some(8),
        age_to: Some(12),
        label: Some(true),
        ..project_list::Filter::default()
    };
    for (order, index) in [
        (project_list::Order::Title, "project_title"),
        (project_list::Order::Created, "project_state_id"),
        (project_list::Order::StateSince, "project_state_since"),
    ] {
        for filter in [
            filter.clone(),
            project_list::Filter { states: filter.states.clone(), ..Default::default() },
        ] {
            of_parent(&app, &ask::<ProjectRow>(filter, order), Uuid::nil(), index).await;
        }
    }
}

#[tokio::test]
async fn teachers_are_read_from_an_index_in_each_order() {
    let app = TestApp::on_sqlite().await;
    for (order, index) in [
        (teacher::Order::Name, "account_kind_name"),
        (teacher::Order::Registered, "account_kind_id"),
    ] {
        let all = teacher::Filter::default();
        let plan =
            plan(&app, &ask::<TeacherRow>(all, order).statement(DbBackend::Sqlite, Uuid::nil()))
                .await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}

#[tokio::test]
async fn what_officers_list_is_found_by_index_in_their_country_alone() {
    let app = TestApp::on_sqlite().await;
    let service = Some(ServiceId::new());
    let decided = DecisionFilter { service, ..DecisionFilter::default() };
    let decisions =
        plan(&app, &ask::<DecisionRow>(decided, ()).statement(DbBackend::Sqlite, Uuid::nil()))
            .await;
    for index in [
        "label_application_decided",
        "label_application_region_decided",
        "approval_decided",
        "succession_decided",
        "nomination_decided",
        "custody_transfer_decided",
        "pupil_request_decided",
    ] {
        assert!(decisions.contains(index), "{index}: {decisions}");
    }
    assert!(!decisions.contains("TEMP B-TREE"), "{decisions}");
    no_scan(&decisions, "decisions");

    let place = Place { country: "ES".into(), regions: vec![] };
    let schools = SchoolFilter { place: place.clone(), ..SchoolFilter::default() };
    of_parent(
        &app,
        &ask::<OfficeSchoolRow>(schools, SchoolOrder::Place),
        Uuid::nil(),
        "school_place",
    )
    .await;
    let unconfirmed =
        SchoolFilter { place: place.clone(), unconfirmed: Some(true), ..SchoolFilter::default() };
    of_parent(
        &app,
        &ask::<OfficeSchoolRow>(unconfirmed, SchoolOrder::Place),
        Uuid::nil(),
        "school_place",
    )
    .await;
    let alike = SchoolFilter { place: place.clone(), alike: true, ..SchoolFilter::default() };
    of_parent(
        &app,
        &ask::<OfficeSchoolRow>(alike, SchoolOrder::Alike),
        Uuid::nil(),
        "school_alike",
    )
    .await;
    // Either those of one country are sorted, or all are read by name.
    let teachers = TeacherFilter { place: place.clone(), ..TeacherFilter::default() };
    let teachers = plan(
        &app,
        &ask::<OfficeTeacherRow>(teachers, ()).statement(DbBackend::Sqlite, Uuid::nil()),
    )
    .await;
    let indexes = ["account_school", "account_kind_name"];
    assert!(indexes.iter().any(|index| teachers.contains(index)), "{teachers}");
    no_scan(&teachers, "teachers");
    let claims =
        TeacherFilter { place: place.clone(), confirmed: Some(false), ..TeacherFilter::default() };
    let claims =
        plan(&app, &ask::<OfficeTeacherRow>(claims, ()).statement(DbBackend::Sqlite, Uuid::nil()))
            .await;
    assert!(indexes.iter().any(|index| claims.contains(index)), "{claims}");
    assert!(claims.contains("sqlite_autoindex_school_confirmation_1"), "{claims}");
    no_scan(&claims, "claims");
    let projects = ProjectFilter { place, ..ProjectFilter::default() };
    let projects = plan(
        &app,
        &ask::<OfficeProjectRow>(projects, ()).statement(DbBackend::Sqlite, Uuid::nil()),
    )
    .await;
    assert!(projects.contains("partner_account"), "{projects}");
    no_scan(&projects, "projects");
}

#[tokio::test]
async fn only_unread_chat_messages_are_counted() {
    let app = TestApp::on_sqlite().await;
    let members = [entity::MemberId::new(), entity::MemberId::new()];
    let plan = plan(&app, &chat::unread_statement(&members)).await;
    let range = "chat_message_page (project_id=? AND id>?)";
    assert!(plan.contains(range), "{plan}");
    no_scan(&plan, range);
}

#[tokio::test]
async fn what_is_suggested_while_typing_is_found_by_index() {
    let app = TestApp::on_sqlite().await;
    let filter = school::Filter::read("ES".into(), "agora leon").unwrap();
    of_parent(&app, &ask::<SchoolRow>(filter.clone(), ()), Uuid::nil(), "school_place").await;
    let known =
        plan(&app, &ask::<SchoolRow>(filter, ()).statement(DbBackend::Sqlite, Uuid::nil())).await;
    assert!(known.contains("account_school"), "{known}");
    let subjects = plan(&app, &subject::statement("marine bio", 20)).await;
    assert!(subjects.contains("account_tag_value"), "{subjects}");
    assert!(!subjects.contains("TEMP B-TREE"), "{subjects}");
    no_scan(&subjects, "account_tag_value");
}

#[tokio::test]
async fn what_administrators_list_is_read_from_an_index_in_its_order() {
    let app = TestApp::on_sqlite().await;
    let adults = AccountFilter { adults: true, ..AccountFilter::default() };
    let adults =
        plan(&app, &ask::<AdministeredRow>(adults, ()).statement(DbBackend::Sqlite, Uuid::nil()))
            .await;
    assert!(adults.contains("account_adults") && !adults.contains("TEMP B-TREE"), "{adults}");
    let log = plan(
        &app,
        &ask::<AuditRow>(audit::Filter::default(), audit::Order::At)
            .statement(DbBackend::Sqlite, Uuid::nil()),
    )
    .await;
    assert!(log.contains("audit_at") && !log.contains("TEMP B-TREE"), "{log}");
    let acts = Some(vec![entity::Act::ContentTakenDown]);
    let acts = audit::Filter { acts, ..audit::Filter::default() };
    of_parent(&app, &ask::<AuditRow>(acts, audit::Order::At), Uuid::nil(), "audit_act").await;
    let actor = audit::Filter { actor: Some(AccountId::new()), ..audit::Filter::default() };
    let actor = plan(
        &app,
        &ask::<AuditRow>(actor, audit::Order::At).statement(DbBackend::Sqlite, Uuid::nil()),
    )
    .await;
    assert!(actor.contains("audit_actor") || actor.contains("audit_at"), "{actor}");
}

on_both_databases! {
    async fn stock_is_taken_of_what_is_there(app: TestApp) {
        let [one, two] = app.space().await.founders;
        let tx = app.db.begin().await.unwrap();
        for _ in 0..3 {
            let mut row = crate::server::entity_row::project(one.id, entity::ProjectState::Active);
            row.cofounder_id = Some(two.id);
            project::Entity::insert(row.into_active_model()).exec_without_returning(&*tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        app.db.take_stock().await.unwrap();
        // A round with nothing to do does nothing.
        housekeeping::round(&app).await.unwrap();
        if !app.is_postgresql() {
            let statement = "select count(*) as n from sqlite_stat1 where tbl = 'project'";
            let row = app.db.read().query_one_raw(Statement::from_string(DbBackend::Sqlite, statement));
            assert!(row.await.unwrap().unwrap().try_get::<i64>("", "n").unwrap() > 0);
        }
    }
}
