//! E-mail addresses: one mailbox is one account, and a guest who registers becomes a teacher.

use domain::clock;
use entity::{AccountKind, TwinSpaceRole, account, guest_registration, invitation};
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Database, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter,
};
use serde_json::json;
use twinspace::app::housekeeping;

use crate::{
    accounts::account::{
        PASSWORD, REGISTER, SIGN_IN, letters, opens, teacher, verified, with_email,
    },
    members::invitation::invite,
    support::{TestApp, cast::Person, on_both_databases},
};

/// Gives someone an address as older versions of the server stored it.
async fn spelled(app: &TestApp, who: &Person, email: &str) {
    let row = account::Entity::find_by_id(who.id).one(app.db.read()).await.unwrap().unwrap();
    let mut row = row.into_active_model();
    row.email = Set(Some(email.into()));
    let tx = app.db.begin().await.unwrap();
    row.update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn address(app: &TestApp, who: &Person) -> String {
    let row = account::Entity::find_by_id(who.id).one(app.db.read()).await.unwrap().unwrap();
    row.email.unwrap()
}

/// Goes back to before the step with this name, and then to the latest.
async fn again_from(app: &TestApp, step: &str) {
    let steps = Migrator::migrations();
    let at = steps.iter().position(|other| other.name() == step).unwrap();
    let db = Database::connect(app.database_url()).await.unwrap();
    let back = u32::try_from(steps.len() - at).unwrap();
    Migrator::down(&db, Some(back)).await.unwrap();
    Migrator::up(&db, None).await.unwrap();
    db.close().await.unwrap();
}

on_both_databases! {
    //
    async fn a_mailbox_is_one_account_however_it_is_spelled(app: TestApp) {
        for (kept, spellings) in [
            ("max@schüler.example", ["max@xn--schler-5ya.example", "MAX@SCHÜLER.example", "max@schu\u{308}ler.example.", "max@ｓｃｈüｌｅｒ.example"]),
            ("dora@example.org", ["dora@example.org\u{200b}", "do\u{ad}ra@EXAMPLE.org", "\u{feff}dora@example.org ", "ｄｏｒａ＠ｅｘａｍｐｌｅ．ｏｒｇ"]),
        ] {
            verified(&app, kept).await;
            for spelling in spellings {
                assert_eq!(opens(&app, spelling, PASSWORD).await, "OK", "{spelling:?}");
                app.execute(None, REGISTER, teacher(spelling)).await;
                let told = letters(&app, kept).await;
                let last = serde_json::to_value(told.last().unwrap()).unwrap();
                assert_eq!(last["letter"], "alreadyRegistered", "{spelling:?}");
            }
        }
        assert_eq!(account::Entity::find().count(app.db.read()).await.unwrap(), 2);
        // Mail servers accept the domain in ASCII.
        let mails = app.mails().await;
        assert!(mails.iter().any(|mail| mail.to == "max@xn--schler-5ya.example"), "{mails:?}");
    }

    // A-01, M-05
    async fn an_address_is_invited_once_however_it_is_spelled(app: TestApp) {
        let space = app.space().await;
        invite(&app, &space, "max@schüler.example", "TEACHER").await;
        for email in ["max@xn--schler-5ya.example", "max@schüler.example\u{200b}"] {
            let input = json!({ "twinSpaceId": space.id.to_string(), "email": email, "role": "TEACHER" });
            assert_eq!(app.tries(&space.founders[0], "inviteMember", input).await, "CONFLICT ALREADY_INVITED");
        }
    }

    //
    async fn what_cannot_be_mailed_is_refused_where_it_is_typed(app: TestApp) {
        let space = app.space().await;
        let long = format!("{}@example.org", "a".repeat(65));
        for email in [
            "\"quo ted\"@example.org", "\"quoted\"@example.org", "a@[127.0.0.1]", "a@127.0.0.1", "a@[IPv6:::1]",
            "a@example", "a@-example.org", "a@exa_mple.org", "a@example..org", "a b@example.org", "@example.org",
            "a@", "\u{200b}", "a@b@example.org", "a@xn--0.example", &long,
        ] {
            assert_eq!(app.outcome(None, REGISTER, teacher(email)).await, "BAD_USER_INPUT", "{email:?}");
            let input = json!({ "twinSpaceId": space.id.to_string(), "email": email, "role": "TEACHER" });
            assert_eq!(app.tries(&space.founders[0], "inviteMember", input).await, "BAD_USER_INPUT email", "{email:?}");
        }
        for email in ["o'neill+bees@example.org", "müller@example.org", "a@例え.example", "a.b-c_d@sub.example.org"] {
            assert_eq!(app.outcome(None, REGISTER, teacher(email)).await, "OK", "{email:?}");
            with_email(&app, email).await;
        }
    }

    //
    async fn addresses_of_older_versions_are_brought_to_one_form_and_no_account_is_lost(app: TestApp) {
        let space = app.space().await;
        let one = app.teacher("Alone", "DE").await;
        spelled(&app, &one, "one@xn--schler-5ya.example").await;
        let [form, other] = [app.teacher("Form", "DE").await, app.teacher("Other", "DE").await];
        spelled(&app, &other, "two@xn--schler-5ya.example").await;
        spelled(&app, &form, "two@schüler.example").await;
        let [older, newer] = [app.teacher("Older", "DE").await, app.teacher("Newer", "DE").await];
        spelled(&app, &newer, "do\u{ad}ra@example.org").await;
        spelled(&app, &older, "dora@example.org\u{200b}").await;
        let proven = app.teacher("Proven", "DE").await;
        spelled(&app, &proven, "eva@example.org\u{200b}").await;
        app.execute(None, REGISTER, teacher("eva@example.org")).await;
        let ids = [invite(&app, &space, "vera@example.org", "VISITOR").await, invite(&app, &space, "vera2@example.org", "VISITOR").await];
        let tx = app.db.begin().await.unwrap();
        invitation::Entity::update_many()
            .col_expr(invitation::Column::Email, sea_orm::sea_query::Expr::val("ve\u{200b}ra@example.org"))
            .filter(invitation::Column::Email.eq("vera2@example.org"))
            .exec(&*tx).await.unwrap();
        tx.commit().await.unwrap();
        let before = account::Entity::find().count(app.db.read()).await.unwrap();

        again_from(&app, "m26_addresses").await;

        assert_eq!(account::Entity::find().count(app.db.read()).await.unwrap(), before);
        assert_eq!(address(&app, &one).await, "one@schüler.example");
        // Of two verified ones, the one already normalised has it, otherwise the older.
        assert_eq!(address(&app, &form).await, "two@schüler.example");
        assert_eq!(address(&app, &other).await, "two@xn--schler-5ya.example");
        assert_eq!(address(&app, &older).await, "dora@example.org");
        assert_eq!(address(&app, &newer).await, "do\u{ad}ra@example.org");
        assert_eq!(address(&app, &proven).await, "eva@example.org");
        // The other signs in with their previous spelling.
        for (who, email) in [(&form, "two@schüler.example"), (&other, "two@xn--schler-5ya.example"), (&older, "Dora@example.org"), (&newer, "do\u{ad}ra@example.org")] {
            let tx = app.db.begin().await.unwrap();
            let hash = app.passwords.hash(&crate::accounts::account::password(PASSWORD)).await.unwrap();
            account::ActiveModel { id: Set(who.id), password_hash: Set(hash), ..Default::default() }.update(&*tx).await.unwrap();
            tx.commit().await.unwrap();
            let input = json!({ "input": { "email": email, "password": PASSWORD } });
            let answer = app.execute(None, SIGN_IN, input).await;
            assert_eq!(answer["data"]["signIn"]["viewer"]["person"]["id"], who.id.to_string(), "{email:?}: {answer}");
        }
        let states: Vec<_> = {
            let query = |id: &str| format!("{{ node(id: \"{id}\") {{ ... on Invitation {{ state email }} }} }}");
            let mut states = vec![];
            for id in &ids {
                states.push(app.sees(&space.founders[0], &query(id)).await["node"].take());
            }
            states
        };
        assert_eq!(states, [json!({ "state": "PENDING", "email": "vera@example.org" }), json!({ "state": "REVOKED", "email": "vera@example.org" })]);
    }

    //
    async fn a_guest_who_registers_becomes_a_teacher_with_that_account_and_keeps_every_place(app: TestApp) {
        let [space, away] = [app.space().await, app.space().await];
        invite(&app, &space, "gabi@example.org", "VISITOR").await;
        let input = json!({ "token": app.link("gabi@example.org").await, "name": "Gabi", "password": "a guest's word 1" });
        let guest = app.does(None, "acceptInvitationAsGuest", input, "token viewer { person { id } } member { id }").await;
        let row = with_email(&app, "gabi@example.org").await;
        assert_eq!(row.kind, AccountKind::Guest);
        let gabi = Person { id: row.id, kind: row.kind, email: "gabi@example.org".into(), token: String::new(), service: None };
        app.seat(&away, &gabi, TwinSpaceRole::Teacher).await;

        let answer = app.execute(None, REGISTER, teacher("Gabi@example.org")).await;
        // As for everyone: nobody learns that there is an account.
        assert_eq!(answer, json!({ "data": { "register": { "accepted": true } } }));
        let row = with_email(&app, "gabi@example.org").await;
        assert_eq!((row.kind, row.name.as_str()), (AccountKind::Guest, "Gabi"));
        let mails = app.mails().await;
        assert_eq!(mails.last().unwrap().subject, "Confirm your registration as a teacher");
        let first = app.link("gabi@example.org").await;
        let again = json!({ "email": "gabi@example.org" });
        app.does(None, "resendVerification", again, "accepted").await;
        let link = app.link("gabi@example.org").await;
        assert_ne!(first, link);
        // Only the person who registered knows the password, so nobody else can confirm it.
        let with = |password: &str| json!({ "token": link, "password": password });
        assert_eq!(app.tries(None, "verifyEmail", with("a guest's word 1")).await, "INVALID_CREDENTIALS");
        let token = guest["token"].as_str().unwrap().to_owned();
        let opened = app.does(None, "verifyEmail", with(PASSWORD), "token viewer { person { id } kind name emailVerified subjects school { name } memberships { totalCount } }").await;

        assert_eq!(opened["viewer"], json!({ "person": guest["viewer"]["person"], "kind": "TEACHER", "name": "Ada Beispiel",
            "emailVerified": true, "subjects": ["art", "physics"], "school": { "name": "Gymnasium am Rhein" }, "memberships": { "totalCount": 2 } }));
        assert!(crate::accounts::session::ended(&app, &token).await);
        assert_eq!(app.tries(None, "verifyEmail", with(PASSWORD)).await, "NOT_FOUND");
        assert_eq!(opens(&app, "gabi@example.org", PASSWORD).await, "OK");
        assert_eq!(opens(&app, "gabi@example.org", "a guest's word 1").await, "INVALID_CREDENTIALS");
        let card = format!("{{ node(id: {}) {{ ... on Member {{ name kind role school {{ name }} }} }} }}", guest["member"]["id"]);
        let card = app.sees(&space.founders[0], &card).await["node"].take();
        assert_eq!(card, json!({ "name": "Ada Beispiel", "kind": "TEACHER", "role": "VISITOR", "school": { "name": "Gymnasium am Rhein" } }));
        let me = Person { token: opened["token"].as_str().unwrap().into(), ..gabi };
        assert_eq!(app.asks(&me, "{ teachers { totalCount } }").await, "OK");
        assert_eq!(guest_registration::Entity::find().count(app.db.read()).await.unwrap(), 0);
        // After registering again, they are told that they have an account.
        app.execute(None, REGISTER, teacher("gabi@example.org")).await;
        assert_eq!(app.mails().await.last().unwrap().subject, "You already have an account");
    }

    //
    async fn what_a_guest_does_not_confirm_goes_by_itself_and_with_another_address(app: TestApp) {
        let waiting = async || guest_registration::Entity::find().count(app.db.read()).await.unwrap();
        let guest = app.guest("Gus").await;
        app.execute(None, REGISTER, teacher(&guest.email)).await;
        assert_eq!(waiting().await, 1);
        let link = app.link(&guest.email).await;
        // Someone else registers with the address: the first link is for another password.
        let mut other = teacher(&guest.email);
        other["input"]["password"] = json!("another story 2");
        app.execute(None, REGISTER, other).await;
        assert_eq!(app.tries(None, "verifyEmail", json!({ "token": link, "password": PASSWORD })).await, "INVALID_CREDENTIALS");
        housekeeping::round(&app).await.unwrap();
        assert_eq!(waiting().await, 1);
        let tx = app.db.begin().await.unwrap();
        guest_registration::Entity::update_many()
            .col_expr(guest_registration::Column::RequestedAt, sea_orm::sea_query::Expr::val(clock::now() - chrono::TimeDelta::days(6)))
            .exec(&*tx).await.unwrap();
        tx.commit().await.unwrap();
        housekeeping::round(&app).await.unwrap();
        assert_eq!(waiting().await, 0);
        assert_eq!(app.tries(None, "verifyEmail", json!({ "token": link, "password": "another story 2" })).await, "NOT_FOUND");
        let row = account::Entity::find_by_id(guest.id).one(app.db.read()).await.unwrap().unwrap();
        assert_eq!((row.kind, row.name.as_str()), (AccountKind::Guest, "Gus"));
    }
}
