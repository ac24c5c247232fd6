//! What the server's operator does with officers, administrators and accounts, from the command
//! line while the server is running.

use std::time::Duration;

use domain::{clock, events::Event};
use entity::{Act, Purpose, account, audit, session};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use crate::{
    accounts::{
        account::{PASSWORD, mailed, opens, verified, with_email},
        session::{ended, sign_in},
    },
    members::pupil,
    projects::project::Founding,
    support::{TestApp, command, on_both_databases},
};

/// Runs the program on the app's database; returns its output or its error.
pub async fn run(app: &TestApp, arguments: &[&str]) -> Result<String, String> {
    command::run(&app.database_url(), &app.config.data_dir, arguments).await
}

/// What the operator did to this account, oldest first.
async fn done_to(app: &TestApp, account: &account::Model) -> Vec<Act> {
    let lines = audit::Entity::find()
        .filter(audit::Column::AccountId.eq(account.id))
        .filter(audit::Column::ActorId.is_null());
    let mut lines = lines.all(app.db.read()).await.unwrap();
    lines.sort_by_key(|line| line.id);
    lines.into_iter().map(|line| line.act).collect()
}

async fn sessions(app: &TestApp, account: &account::Model) -> u64 {
    let theirs = session::Entity::find().filter(session::Column::AccountId.eq(account.id));
    theirs.count(app.db.read()).await.unwrap()
}

/// An officer or administrator, created by the command line with a known password.
async fn added(app: &TestApp, arguments: &[&str], email: &str) -> account::Model {
    let arguments = [arguments, &["--email", email, "--name", "Olga Officer"]].concat();
    let said = run(app, &arguments).await.unwrap();
    let typed = said.lines().find_map(|line| line.strip_prefix("Password: ")).unwrap();
    assert_eq!(opens(app, email, typed).await, "OK");
    with_email(app, email).await
}

on_both_databases! {
    async fn an_officer_who_is_removed_decides_no_more_and_what_they_decided_stays(app: TestApp) {
        let founding = Founding::of(&app).await;
        let german = app.officer("DE", "").await;
        let project = founding.reach(&app, "PENDING_APPROVAL").await;
        let input = json!({ "projectId": project });
        app.does(&german, "approveProject", input, "__typename").await;

        let said = run(&app, &["officer", "remove", &german.email.to_uppercase()]).await.unwrap();
        assert!(said.starts_with("Removed "), "{said}");

        assert!(ended(&app, &german.token).await);
        let query = format!(
            "{{ project(id: \"{project}\") {{ approvals {{ country state decidedBy {{ name }} }} }} }}"
        );
        let seen = app.sees(&founding.proposer, &query).await;
        let approvals = seen["project"]["approvals"].as_array().unwrap();
        let decided = approvals.iter().find(|one| one["country"] == "DE").unwrap();
        assert_eq!(decided["state"], "APPROVED");
        assert!(decided["decidedBy"]["name"].is_string(), "{decided}");
        // The next officer of the support service gets the address, and decides.
        added(&app, &["officer", "add", "--country", "DE"], &german.email).await;
    }

    async fn officers_and_administrators_are_listed_until_they_are_removed(app: TestApp) {
        let country = ["--country", "PL", "--name", "Biuro"];
        run(&app, &[&["service", "add"], &country[..]].concat()).await.unwrap();
        let region = [&country[..], &["--region", "Pomorskie"]].concat();
        run(&app, &[&["service", "add"], &region[..]].concat()).await.unwrap();
        let officer = added(&app, &["officer", "add", "--country", "PL"], "o@example.org").await;
        let regional = ["officer", "add", "--country", "PL", "--region", "pomorskie"];
        added(&app, &regional, "r@example.org").await;
        let administrator = added(&app, &["admin", "add"], "a@example.org").await;

        let today = clock::now().date_naive();
        let list = run(&app, &["officer", "list"]).await.unwrap();
        let lines: Vec<&str> = list.lines().collect();
        assert_eq!(lines, [
            format!("o@example.org  Olga Officer  PL (Biuro)             since {today}"),
            format!("r@example.org  Olga Officer  PL, Pomorskie (Biuro)  since {today}"),
        ]);
        let list = run(&app, &["admin", "list"]).await.unwrap();
        assert_eq!(list, format!("a@example.org  Olga Officer  since {today}\n"));

        // Each command removes only the kind of account that it creates.
        let said = run(&app, &["officer", "remove", "a@example.org"]).await.unwrap_err();
        assert!(said.contains("no officer has a@example.org"), "{said}");
        run(&app, &["officer", "remove", "o@example.org"]).await.unwrap();
        run(&app, &["admin", "remove", "a@example.org"]).await.unwrap();
        for gone in [officer, administrator] {
            assert_eq!(sessions(&app, &gone).await, 0);
            assert_eq!(done_to(&app, &gone).await, [Act::AccountCreated, Act::AccountRemoved]);
        }
        let list = run(&app, &["officer", "list"]).await.unwrap();
        assert!(list.starts_with("r@example.org") && list.lines().count() == 1, "{list}");
        assert_eq!(run(&app, &["admin", "list"]).await.unwrap(), "");
        run(&app, &["admin", "remove", "a@example.org"]).await.unwrap_err();
        verified(&app, "o@example.org").await;
    }

    //
    async fn a_blocked_account_answers_as_to_a_wrong_password(app: TestApp) {
        let token = verified(&app, "zofie@example.org").await;
        let account = with_email(&app, "zofie@example.org").await;
        let reset = mailed(&app, Purpose::ResetPassword, account.id).await;
        let mut events = app.db.events().listen();

        let said = run(&app, &["account", "block", "Zofie@example.org"]).await.unwrap();
        assert!(said.starts_with("Blocked ") && said.contains("Zofie@example.org"), "{said}");

        assert!(ended(&app, &token).await);
        for typed in [PASSWORD, "another 1"] {
            assert_eq!(opens(&app, "zofie@example.org", typed).await, "INVALID_CREDENTIALS");
        }
        if app.is_postgresql() {
            // The running server receives the event, and checks its WebSockets.
            let heard = async {
                while !matches!(events.recv().await.unwrap(), Event::SignedOut { account: id } if id == account.id) {}
            };
            tokio::time::timeout(Duration::from_secs(10), heard).await.unwrap();
        }
        // Neither a mailed link nor a new one lets them in.
        let mutation = "mutation($input: ResetPasswordInput!) { resetPassword(input: $input) { accepted } }";
        let input = json!({ "input": { "token": reset, "newPassword": "another 1" } });
        assert_eq!(app.outcome(None, mutation, input).await, "NOT_FOUND");
        let reset = mailed(&app, Purpose::ResetPassword, account.id).await;
        let input = json!({ "input": { "token": reset, "newPassword": "another 1" } });
        assert_eq!(app.outcome(None, mutation, input).await, "NOT_FOUND");
        let before = app.outbox().await.len();
        let mutation = "mutation { requestPasswordReset(input: { email: \"zofie@example.org\" }) { accepted } }";
        assert_eq!(app.outcome(None, mutation, json!({})).await, "OK");
        assert_eq!(app.outbox().await.len(), before);

        let again = run(&app, &["account", "block", "zofie@example.org"]).await.unwrap();
        assert!(again.contains("is already blocked"), "{again}");
        run(&app, &["account", "unblock", "zofie@example.org"]).await.unwrap();
        sign_in(&app, "zofie@example.org").await;
        assert_eq!(done_to(&app, &account).await, [Act::AccountBlocked, Act::AccountUnblocked]);
    }

    async fn a_pupil_is_blocked_by_the_username(app: TestApp) {
        let kim = crate::accounts::account::pupil(&app, "kim.kowal.1").await;
        let token = app.sign_in(kim.id).await;

        run(&app, &["account", "block", "Kim.Kowal.1"]).await.unwrap();

        assert!(ended(&app, &token).await);
        let answer = pupil::sign_in(&app, "kim.kowal.1", PASSWORD).await;
        let code = &answer["errors"][0]["extensions"]["code"];
        assert_eq!(code, "INVALID_CREDENTIALS", "{answer}");
        for nobody in ["kim.kowal.2", "kim@example.org", ""] {
            let said = run(&app, &["account", "block", nobody]).await.unwrap_err();
            assert!(said.contains("not found"), "{said}");
        }
    }

    async fn a_sign_in_under_way_does_not_outlive_the_block(app: TestApp) {
        verified(&app, "zofie@example.org").await;
        let account = with_email(&app, "zofie@example.org").await;
        let tx = app.db.begin().await.unwrap();
        domain::care::block::block(&tx, "zofie@example.org", None, clock::now()).await.unwrap();
        // Verified before the block is committed, and completed after it, if it were completed.
        let sign_in = opens(&app, "zofie@example.org", PASSWORD);
        let commit = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            tx.commit().await.unwrap();
        };
        let (outcome, ()) = tokio::join!(sign_in, commit);
        assert_eq!(outcome, "INVALID_CREDENTIALS");
        assert_eq!(sessions(&app, &account).await, 0);
    }
}

#[tokio::test]
async fn an_address_that_was_never_verified_stays_blocked_when_it_is_registered_again() {
    let app = TestApp::on_sqlite().await;
    let register = |email: &'static str| {
        app.execute(
            None,
            crate::accounts::account::REGISTER,
            crate::accounts::account::teacher(email),
        )
    };
    register("eve@example.org").await;
    run(&app, &["account", "block", "eve@example.org"]).await.unwrap();
    register("eve@example.org").await;
    assert!(with_email(&app, "eve@example.org").await.blocked_at.is_some());
}
