//! Sign-in cards of a class.

use serde_json::{Value, json};

use super::{INVITE, Shown, class, invite};
use crate::support::{TestApp, on_both_databases};

on_both_databases! {
    // M-09
    async fn a_sheet_of_cards_is_made_with_the_passwords_and_never_again(app: TestApp) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let rows = json!([
            { "givenName": "Zoë", "familyName": "<b>Smith</b>", "password": "sunflower 7" },
            { "givenName": "Ana", "familyName": "Silva" },
        ]);
        let with_sheet = INVITE.replace("createdCount", "credentialSheet createdCount");
        let mut asked = class(&space, &rows);
        asked["input"]["idempotencyKey"] = json!("4b");
        let answer = app.execute(Some(&teacher.token), &with_sheet, asked.clone()).await;
        let made = &answer["data"]["invitePupils"];
        let sheet = made["credentialSheet"].as_str().unwrap_or_else(|| panic!("{answer}"));
        assert_eq!(sheet.matches("<li>").count(), 2, "{sheet}");
        for row in made["rows"].as_array().unwrap() {
            for what in ["username", "password"] {
                let text = ammonia::clean_text(row[what].as_str().unwrap());
                assert!(sheet.contains(&text), "{text} is missing in {sheet}");
            }
        }
        assert!(!sheet.contains("<b>") && !sheet.contains("<script"), "{sheet}");

        let again = app.execute(Some(&teacher.token), &with_sheet, asked).await;
        assert!(again["data"]["invitePupils"]["credentialSheet"].is_null(), "{again}");
    }

    // M-15, A-06
    async fn a_new_password_comes_with_a_card_and_advice(app: TestApp) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let rows = json!([{ "givenName": "Ana", "familyName": "Silva" }]);
        let made = invite(&app, teacher, &space, rows).await;
        let reset = "mutation($id: ID!) {
            resetPupilPassword(input: { pupil: { memberId: $id }, password: \"password1\" }) {
                password credentialSheet passwordStrength { score advice { code message } }
            }
        }";
        let answer = app.execute(Some(&teacher.token), reset, json!({ "id": made[0]["memberId"] })).await;
        let done = &answer["data"]["resetPupilPassword"];
        let sheet = done["credentialSheet"].as_str().unwrap_or_else(|| panic!("{answer}"));
        assert!(sheet.contains("ana.silva.1") && sheet.contains("password1"), "{sheet}");
        assert_eq!(done["passwordStrength"]["score"], 0, "{answer}");
        assert!(!done["passwordStrength"]["advice"].as_array().unwrap().is_empty());

        let verify = "mutation($input: VerifyPupilsInput!) {
            verifyPupils(input: $input) { rows { passwordStrength { score } } }
        }";
        let rows = json!([
            { "givenName": "Ana", "familyName": "Silva", "password": "silva1234" },
            { "givenName": "Ana", "familyName": "Silva" },
        ]);
        let input = json!({ "input": { "twinSpaceId": space.id.to_string_id(), "rows": rows } });
        let answer = app.execute(Some(&teacher.token), verify, input).await;
        let rows = &answer["data"]["verifyPupils"]["rows"];
        assert!(rows[0]["passwordStrength"]["score"].as_i64().unwrap() < 3, "{answer}");
        assert_eq!(rows[1]["passwordStrength"], Value::Null);
    }
}
