//! Changing the e-mail address of an account.

use domain::{care::block, mail::Letter};
use entity::{AccountId, Act, Purpose, audit, email_change};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::{
    accounts::{
        account::{
            PASSWORD, REGISTER, letters, mailed, opens, pupil, teacher, verified, with_email,
        },
        session::{ended, sign_in},
    },
    support::{TestApp, on_both_databases},
};

const REQUEST: &str = "mutation($input: RequestEmailChangeInput!) {
    requestEmailChange(input: $input) { accepted } }";
const CONFIRM: &str = "mutation($token: String!) {
    confirmEmailChange(input: { token: $token }) { accepted } }";
const CHANGE: &str = "mutation($input: ChangePasswordInput!) {
    changePassword(input: $input) { token } }";

fn to(email: &str) -> Value {
    json!({ "input": { "newEmail": email, "password": PASSWORD } })
}

async fn confirm(app: &TestApp, token: &str) -> String {
    let answer = app.execute(None, CONFIRM, json!({ "token": token })).await;
    crate::support::play::verdict(&answer)
}

async fn wishes(app: &TestApp) -> u64 {
    email_change::Entity::find().count(app.db.read()).await.unwrap()
}

/// The token in the link that was mailed to the new address.
async fn link(app: &TestApp, id: AccountId) -> String {
    mailed(app, Purpose::ChangeEmail, id).await
}

on_both_databases! {
    //
    async fn the_link_in_the_mail_changes_the_address_and_ends_all_sessions(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;
        let other = sign_in(&app, "ada@example.org").await;
        let id = with_email(&app, "ada@example.org").await.id;
        let reset = mailed(&app, Purpose::ResetPassword, id).await;

        assert_eq!(app.outcome(Some(&token), REQUEST, to("Ada@New.example")).await, "OK");

        let name = "Ada Beispiel".to_owned();
        assert_eq!(letters(&app, "ada@new.example").await, [Letter::ChangeEmail { name: name.clone() }]);
        let warned = letters(&app, "ada@example.org").await;
        assert!(warned.contains(&Letter::EmailChanging { name }), "{warned:?}");
        assert_eq!(opens(&app, "ada@new.example", PASSWORD).await, "INVALID_CREDENTIALS");
        // The link as it arrives.
        let link = app.link("ada@new.example").await;
        assert_eq!(confirm(&app, &link).await, "OK");

        assert!(ended(&app, &token).await && ended(&app, &other).await);
        assert_eq!(opens(&app, "ada@example.org", PASSWORD).await, "INVALID_CREDENTIALS");
        assert_eq!(opens(&app, "ada@new.example", PASSWORD).await, "OK");
        assert_eq!(with_email(&app, "ada@new.example").await.id, id);
        assert_eq!(confirm(&app, &link).await, "NOT_FOUND");
        let mutation = "mutation($token: String!) { resetPassword(input: {
            token: $token, newPassword: \"another 12\" }) { accepted } }";
        assert_eq!(app.outcome(None, mutation, json!({ "token": reset })).await, "NOT_FOUND");
        let lines = audit::Entity::find().all(app.db.read()).await.unwrap();
        let told = lines.iter().find(|line| line.act == Act::EmailChanged).unwrap();
        assert_eq!((told.actor_id, told.account_id), (Some(id), Some(id)));
        assert_eq!(wishes(&app).await, 0);
    }

    async fn it_takes_the_password_and_another_address(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;
        for (input, expected) in [
            (json!({ "newEmail": "new@example.org", "password": "wrong" }), "INVALID_CREDENTIALS"),
            (json!({ "newEmail": "no address", "password": PASSWORD }), "BAD_USER_INPUT"),
            (json!({ "newEmail": "ADA@example.org", "password": PASSWORD }), "BAD_USER_INPUT"),
        ] {
            let outcome = app.outcome(Some(&token), REQUEST, json!({ "input": input })).await;
            assert_eq!(outcome, expected, "{input}");
        }
        assert_eq!(app.outcome(None, REQUEST, to("new@example.org")).await, "UNAUTHENTICATED");
        assert_eq!(wishes(&app).await, 0);
    }

    //
    async fn a_pupil_has_no_address_to_change(app: TestApp) {
        let kim = pupil(&app, "kim.kowal.1").await;
        let token = app.sign_in(kim.id).await;
        let answer = app.execute(Some(&token), REQUEST, to("kim@example.org")).await;
        assert_eq!(crate::support::play::verdict(&answer), "FORBIDDEN ROLE_TOO_LOW");
    }

    //
    async fn that_an_address_is_taken_is_told_to_its_owner_alone(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;
        verified(&app, "bea@example.org").await;
        let id = with_email(&app, "ada@example.org").await.id;

        let taken = app.execute(Some(&token), REQUEST, to("bea@example.org")).await;
        let free = app.execute(Some(&token), REQUEST, to("new@example.org")).await;
        assert_eq!(taken, free);

        let told = letters(&app, "bea@example.org").await;
        assert!(matches!(told[..], [Letter::AlreadyRegistered { .. }]), "{told:?}");
        // Someone takes the address while the link is in transit.
        verified(&app, "new@example.org").await;
        assert_eq!(confirm(&app, &link(&app, id).await).await, "CONFLICT ACCOUNT_EXISTS");
        sign_in(&app, "ada@example.org").await;
    }

    async fn a_registration_that_was_never_verified_does_not_hold_an_address(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;
        let id = with_email(&app, "ada@example.org").await.id;
        app.execute(None, REGISTER, teacher("new@example.org")).await;
        assert_eq!(app.outcome(Some(&token), REQUEST, to("new@example.org")).await, "OK");

        assert_eq!(confirm(&app, &link(&app, id).await).await, "OK");

        assert_eq!(with_email(&app, "new@example.org").await.id, id);
    }

    async fn the_newest_wish_counts_and_a_new_password_ends_it(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;
        let id = with_email(&app, "ada@example.org").await.id;
        app.execute(Some(&token), REQUEST, to("one@example.org")).await;
        let first = link(&app, id).await;
        app.execute(Some(&token), REQUEST, to("two@example.org")).await;
        assert_eq!(confirm(&app, &first).await, "NOT_FOUND");
        assert_eq!(letters(&app, "one@example.org").await, []);

        let second = link(&app, id).await;
        let input = json!({ "currentPassword": PASSWORD, "newPassword": "a new one 1" });
        app.execute(Some(&token), CHANGE, json!({ "input": input })).await;
        assert_eq!(confirm(&app, &second).await, "NOT_FOUND");
        assert_eq!(letters(&app, "two@example.org").await, []);
        // A stray token changes nothing if no change was requested.
        assert_eq!(confirm(&app, &link(&app, id).await).await, "NOT_FOUND");
        assert_eq!(opens(&app, "ada@example.org", "a new one 1").await, "OK");
    }

    async fn a_blocked_account_keeps_its_address(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;
        let id = with_email(&app, "ada@example.org").await.id;
        app.execute(Some(&token), REQUEST, to("new@example.org")).await;
        let tx = app.db.begin().await.unwrap();
        block::block(&tx, "ada@example.org", None, domain::clock::now()).await.unwrap();
        tx.commit().await.unwrap();

        assert_eq!(confirm(&app, &link(&app, id).await).await, "NOT_FOUND");
        assert_eq!(wishes(&app).await, 0);
    }

    async fn of_two_who_confirm_the_same_address_at_once_one_gets_it(app: TestApp) {
        let mut links = vec![];
        for email in ["ada@example.org", "bea@example.org"] {
            let token = verified(&app, email).await;
            app.execute(Some(&token), REQUEST, to("new@example.org")).await;
            links.push(link(&app, with_email(&app, email).await.id).await);
        }
        let (one, other) = tokio::join!(confirm(&app, &links[0]), confirm(&app, &links[1]));
        let mut outcomes = [one, other];
        outcomes.sort();
        assert_eq!(outcomes, ["CONFLICT ACCOUNT_EXISTS", "OK"]);
    }
}
