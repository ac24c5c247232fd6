//! Typed texts: invisible ones, line breaks, and searches that are too long.

use std::sync::Arc;

use entity::TwinSpaceRole;
use serde_json::{Value, json};

use crate::{
    server::wire::Wire,
    support::{TestApp, on_both_databases},
};

/// Texts without anything visible.
const BLANK: &[&str] = &[
    "",
    " ",
    "\u{200b}",
    "\u{a0}\u{2003}",
    "\u{200b}\u{200d}\u{feff}",
    "\u{ad}",
    "\u{3164}",
    "\u{115f}\u{1160}",
    "\u{ffa0}",
    "\u{2800}",
    "\u{fe0f}",
    "\u{e0020}",
    "\u{180e}",
    "\u{2028}",
    "\n\t\u{b}",
];

on_both_databases! {
    async fn a_text_in_which_nothing_is_to_be_seen_is_refused_as_blank_is(app: TestApp) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let member = app.seat(&space, &app.teacher("Tina", "IT").await, TwinSpaceRole::Teacher).await;
        let here = space.id.to_string();
        for &blank in BLANK {
            for (act, input, field) in [
                ("createPage", json!({ "twinSpaceId": here, "title": blank }), "title"),
                ("sendChatMessage", json!({ "twinSpaceId": here, "text": blank }), "text"),
                ("sendMessage", json!({ "memberId": member.to_string(), "text": blank }), "text"),
                ("editProfile", json!({ "name": blank }), "name"),
                ("editProfile", json!({ "school": { "name": blank, "town": "Bonn", "country": "DE" } }), "school.name"),
                ("writeDiaryEntry", json!({ "projectId": space.project.to_string(), "title": blank, "text": "Bees", "visibility": "PUBLIC" }), "title"),
                ("addVideoLink", json!({ "twinSpaceId": here, "title": blank, "picturedIds": [], "url": "https://youtu.be/dQw4w9WgXcQ" }), "title"),
            ] {
                assert_eq!(app.tries(teacher, act, input).await, format!("BAD_USER_INPUT {field}"), "{act} {blank:?}");
            }
            let rows = json!({ "input": { "twinSpaceId": here, "rows": [{ "givenName": blank, "familyName": "Silva" }] } });
            let answer = app.execute(Some(&teacher.token), crate::members::pupil::VERIFY, rows).await;
            let problems = &answer["data"]["verifyPupils"]["rows"][0]["problems"];
            assert!(problems.as_array().unwrap().contains(&json!("GIVEN_NAME_MISSING")), "{blank:?}: {answer}");
        }
        // Visible text is accepted: flags, families and scripts that need joiners.
        for name in ["❤\u{fe0f}", "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}", "می\u{200c}خواهم", "-"] {
            let input = json!({ "twinSpaceId": here, "title": name });
            assert_eq!(app.tries(teacher, "createPage", input).await, "OK", "{name:?}");
        }
    }

    // In sentences, without the types in which the library has read it.
    async fn what_no_scalar_reads_is_refused_in_plain_words(app: TestApp) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let ada = app.administrator().await;
        let id = "An ID that begins with `member_` is expected.";
        let time = "A time in the years 1 to 9999 is expected, such as 2026-09-01T07:30:00Z.";
        let file = "file: must be sent as a file of a multipart request";
        let since = |value: &str| format!("{{ administration {{ auditLog(filter: {{ since: {value} }}) {{ totalCount }} }} }}");
        for (who, operation, variables, words) in [
            (teacher, "mutation($id: ID!) { removeMember(input: { memberId: $id }) { __typename } }".into(), json!({ "id": "me" }), id),
            (teacher, "mutation { removeMember(input: { memberId: \"me\" }) { __typename } }".into(), json!({}), id),
            (teacher, "mutation($id: [ID!]!) { recordConsent(input: { pupils: { memberIds: $id }, scope: PICTURES, givenBy: PUPIL }) { __typename } }".into(), json!({ "id": ["me"] }), id),
            (teacher, "mutation($in: ErasePupilInput!) { erasePupil(input: $in) { __typename } }".into(), json!({ "in": { "pupil": { "memberId": "me" }, "acknowledge": true } }), id),
            (&ada, since("\"soon\""), json!({}), time),
            (&ada, since("7"), json!({}), time),
            (teacher, "mutation($in: SetProfilePictureInput!) { setProfilePicture(input: $in) { __typename } }".into(), json!({ "in": { "file": "me.png" } }), file),
        ] {
            let answer = app.execute(Some(&who.token), &operation, variables).await;
            let error = &answer["errors"][0];
            assert_eq!((&error["message"], &error["extensions"]["code"]), (&json!(words), &json!("BAD_USER_INPUT")), "{operation}: {answer}");
        }
    }

    // Errors end in the reports of apps.
    async fn no_error_repeats_a_password(app: TestApp) {
        let sign_in = "mutation($in: SignInInput!) { signIn(input: $in) { token } }";
        let reset = "mutation($in: ResetPasswordInput!) { resetPassword(input: $in) { __typename } }";
        for (operation, input) in [
            (sign_in, json!({ "email": "zofia@example.org", "password": "sesame 2026", "remember": true })),
            (sign_in, json!({ "password": "sesame 2026" })),
            (sign_in, json!({ "email": "zofia@example.org", "password": ["sesame 2026"] })),
            (sign_in, json!([{ "password": "sesame 2026" }, 7])),
            (reset, json!({ "token": 20_260_102_u64, "newPassword": { "sesame 2026": 1 } })),
        ] {
            let answer = app.execute(None, operation, json!({ "in": input })).await;
            let message = answer["errors"][0]["message"].as_str().unwrap();
            assert!(!answer.to_string().contains("2026"), "{input}: {answer}");
            assert!(message.contains("got invalid value"), "{message}");
        }
    }

    async fn a_long_name_is_not_repeated_whole_in_an_error(app: TestApp) {
        let long = "x".repeat(20_000);
        let wire = Wire::of(Arc::clone(&app)).await;
        for body in [
            json!({ "query": "query A { __typename }", "operationName": long }),
            json!({ "query": format!("{{ {long} }}") }),
            json!({ "query": format!("query($a: {long}) {{ __typename }}") }),
        ] {
            let answer: Value = wire.post(&body).send().await.unwrap().json().await.unwrap();
            let message = answer["errors"][0]["message"].as_str().unwrap();
            assert!(message.chars().count() <= 1001 && message.ends_with('…'), "{}", message.len());
        }
    }

    // Places and names are compared by their letters: accents alone are none.
    async fn accents_without_a_letter_are_no_name(app: TestApp) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let ada = app.administrator().await;
        let here = space.id.to_string();
        for bare in ["\u{300}", "\u{301}\u{308}", " \u{20dd} "] {
            let school = |name: &str, town: &str, region: &str| json!({ "school": { "name": name, "town": town, "region": region, "country": "DE" } });
            let service = |region: &str, spelling: &str| json!({ "name": "South", "country": "ES", "region": region, "spellings": [spelling] });
            for (who, act, input, field) in [
                (teacher, "editProfile", json!({ "name": bare }), "name"),
                (teacher, "editProfile", school(bare, "Bonn", "NRW"), "school.name"),
                (teacher, "editProfile", school("Liceum", bare, "NRW"), "school.town"),
                (teacher, "editProfile", school("Liceum", "Bonn", bare), "school.region"),
                (teacher, "createPage", json!({ "twinSpaceId": here, "title": bare }), "title"),
                (teacher, "createProject", json!({ "fields": { "title": bare } }), "fields.title"),
                (&ada, "addService", service(bare, "Andalusia"), "region"),
                (&ada, "addService", service("Andalucía", bare), "spellings.0"),
                (&ada, "addService", json!({ "name": bare, "country": "ES" }), "name"),
            ] {
                let tried = app.tries(who, act, input).await;
                assert!(tried == format!("BAD_USER_INPUT {field}") || format!("BAD_USER_INPUT {field}").ends_with(tried.split(' ').next_back().unwrap()), "{act} {field} {bare:?}: {tried}");
            }
            let rows = json!({ "input": { "twinSpaceId": here, "rows": [{ "givenName": bare, "familyName": bare }] } });
            let answer = app.execute(Some(&teacher.token), crate::members::pupil::VERIFY, rows).await;
            let row = &answer["data"]["verifyPupils"]["rows"][0];
            assert_ne!(row["problems"], json!([]), "{bare:?}: {answer}");
        }
    }

    // M-03, M-11
    async fn what_cannot_be_seen_in_a_name_makes_no_other_name_of_it(app: TestApp) {
        let space = app.space().await;
        let [one, other] = &space.founders;
        let plain = json!({ "name": "Hidden Teo", "school": { "name": "Liceum 1", "town": "Bonn", "country": "DE" } });
        assert_eq!(app.tries(one, "editProfile", plain).await, "OK");
        let school = app.sees(one, "{ viewer { school { id } } }").await;
        for unseen in ["\u{200b}", "\u{ad}", "\u{2060}", "\u{180e}", "\u{e0041}", "\u{fe0f}"] {
            let input = json!({ "name": format!("Hid{unseen}den Teo"),
                "school": { "name": format!("Li{unseen}ceum 1"), "town": format!("Bonn{unseen}"), "country": "DE" } });
            assert_eq!(app.tries(other, "editProfile", input).await, "OK");
            assert_eq!(app.sees(other, "{ viewer { school { id } } }").await, school, "{unseen:?}");
            for words in ["hidden teo", "hid\u{200b}den"] {
                let query = format!(
                    "{{ twinSpace(id: \"{}\") {{ members(filter: {{ search: \"{words}\" }}) {{ totalCount }} }} }}",
                    space.id
                );
                let found = app.sees(one, &query).await;
                assert_eq!(found["twinSpace"]["members"]["totalCount"], 2, "{unseen:?} {words:?}");
            }
        }
    }

    async fn what_word_processors_break_lines_with_is_a_line_break(app: TestApp) {
        let space = app.space().await;
        let text = "\u{feff}one\u{b}two\u{2028}three\u{2029}four\u{c}five\u{85}six\r\nseven\reight";
        let input = json!({ "twinSpaceId": space.id.to_string(), "text": text });
        let payload = app.does(&space.founders[0], "sendChatMessage", input, "message { text }").await;
        assert_eq!(payload["message"]["text"], "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight");
        // Non-text is rejected, with its position.
        let input = json!({ "input": { "twinSpaceId": space.id.to_string(), "title": "Bees", "text": "one\ntwo\u{7}" } });
        let answer = app.execute(Some(&space.founders[0].token), &crate::support::play::mutation("createPage", "__typename"), input).await;
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("line 2 contains U+0007"), "{message}");
    }

    async fn whatever_a_filter_seeks_is_refused_if_it_is_too_long(app: TestApp) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let long = "a".repeat(50_001);
        let words = "bees ".repeat(10_000);
        for text in [&long, &words, &"%".repeat(50_001), &"a".repeat(201)] {
            let within = |list: &str| format!("{{ twinSpace(id: \"{}\") {{ {list}(filter: {{ search: \"{text}\" }}) {{ totalCount }} }} }}", space.id);
            for (query, field) in [
                (format!("{{ projects(filter: {{ search: \"{text}\" }}) {{ totalCount }} }}"), "search"),
                (format!("{{ teachers(filter: {{ search: \"{text}\" }}) {{ totalCount }} }}"), "search"),
                (format!("{{ teachers(filter: {{ subjects: [\"{text}\"] }}) {{ totalCount }} }}"), "subjects.0"),
                (format!("{{ teachers(filter: {{ languages: [\"{text}\"] }}) {{ totalCount }} }}"), "languages.0"),
                (format!("{{ teachers(filter: {{ countries: [\"{text}\"] }}) {{ totalCount }} }}"), "countries.0"),
                (within("members"), "search"),
                (within("media"), "search"),
                (format!("{{ twinSpace(id: \"{}\") {{ search(query: \"{text}\") {{ totalCount }} }} }}", space.id), "query"),
            ] {
                // Not in a variable: some clients write it that way.
                let asked = app.asks(teacher, &query).await;
                assert_eq!(asked, format!("BAD_USER_INPUT {field}"), "{}", &query[..60]);
            }
        }
        assert_eq!(app.asks(None, &format!("{{ projects(filter: {{ search: \"{long}\" }}) {{ totalCount }} }}")).await, "BAD_USER_INPUT search");
        assert_eq!(app.asks(None, &format!("{{ projects(filter: {{ search: \"{}\" }}) {{ totalCount }} }}", "a ".repeat(100))).await, "OK");
    }

    // M-03
    async fn every_word_is_found_in_any_order_in_the_name_or_the_username(app: TestApp) {
        let space = app.space().await;
        let [founder, _] = &space.founders;
        let rows = json!([{ "givenName": "Anna", "familyName": "Nowak" }, { "givenName": "Zofia", "familyName": "Wiśniewska" }, { "givenName": "Anna", "familyName": "Kowal" }]);
        crate::members::pupil::invite(&app, founder, &space, rows).await;
        let visitor = app.guest("Vera Visitor").await;
        app.seat(&space, &visitor, TwinSpaceRole::Visitor).await;
        let pupil = app.pupil("Paul Pupil", founder).await;
        app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        let found = async |who: &crate::support::cast::Person, words: &str| {
            let query = format!("{{ twinSpace(id: \"{}\") {{ members(filter: {{ search: \"{words}\" }}) {{ nodes {{ name }} totalCount }} }} }}", space.id);
            let seen = app.sees(who, &query).await;
            let members = &seen["twinSpace"]["members"];
            let names: Vec<_> = members["nodes"].as_array().unwrap().iter().map(|member| member["name"].as_str().unwrap().to_owned()).collect();
            assert_eq!(members["totalCount"], names.len());
            names.join(", ")
        };
        for (words, expected) in [
            ("Wiśniewska Zofia", "Zofia Wiśniewska"),
            ("zofia wisniewska", "Zofia Wiśniewska"),
            ("Nowak, Anna", "Anna Nowak"),
            ("anna.nowak.1", "Anna Nowak"),
            ("ANNA.NOWAK.1", "Anna Nowak"),
            ("nowak.1", "Anna Nowak"),
            ("anna", "Anna Kowal, Anna Nowak"),
            ("anna wisniewska", ""),
            ("nowak 2", ""),
            ("100%", ""),
            ("_", ""),
        ] {
            assert_eq!(found(founder, words).await, expected, "{words}");
        }
        // Viewers who cannot see usernames cannot find anyone by username.
        assert_eq!(found(&pupil, "anna.nowak.1").await, "");
        assert_eq!(found(&pupil, "nowak anna").await, "Anna Nowak");
        assert_eq!(found(&visitor, "anna").await, "");
        let teachers = app.sees(founder, "{ teachers(filter: { search: \"fondateur, fabien\" }) { nodes { name } } }").await;
        assert_eq!(teachers["teachers"]["nodes"], json!([{ "name": "Fabien Fondateur" }]));
        let projects = app.sees(None, "{ projects(filter: { search: \"borders bees\" }) { totalCount } }").await;
        assert_eq!(projects["projects"]["totalCount"], 1);
    }

    // M-08
    async fn what_was_folded_when_it_was_made_is_folded_when_it_is_typed(app: TestApp) {
        let space = app.space().await;
        let rows = json!([{ "givenName": "Éva", "familyName": "Novák", "password": "trim-twenty-74" }]);
        let rows = crate::members::pupil::invite(&app, &space.founders[0], &space, rows).await;
        assert_eq!(rows[0]["username"], "eva.novak.1");
        let enters = async |username: &str, password: &str| {
            let answer = crate::members::pupil::sign_in(&app, username, password).await;
            crate::support::play::verdict(&answer)
        };
        for username in [
            " EVA.NOVAK.1 ", "éva.novák.1", "e\u{301}va.nova\u{301}k.1", "ｅｖａ．ｎｏｖａｋ．１", "Eva.Novak.1\n",
            "eva.novak.1\u{200b}", "\u{a0}eva.novak.1",
        ] {
            assert_eq!(enters(username, "trim-twenty-74").await, "OK", "{username:?}");
        }
        for password in [
            "trim–twenty–74", "trim—twenty—74", "trim\u{2011}twenty\u{2011}74", "trim\u{2212}twenty\u{2010}74",
            " trim-twenty-74\u{a0}", "trim-twenty-74\n", "ｔｒｉｍ－ｔｗｅｎｔｙ－７４", "trim\u{ad}-twenty-\u{200b}74",
        ] {
            assert_eq!(enters("eva.novak.1", password).await, "OK", "{password:?}");
        }
        for (username, password) in [
            ("eva.novak.2", "trim-twenty-74"), ("evanovak1", "trim-twenty-74"), ("eva.novak.1", "trim twenty 74"),
            ("eva.novak.1", "trimtwenty74"), ("eva.novak.1", "Trim-twenty-74"), ("eva.novak.1", "trim–twenty–75"),
        ] {
            assert_eq!(enters(username, password).await, "INVALID_CREDENTIALS", "{username:?} {password:?}");
        }
    }

    //
    async fn a_password_that_was_chosen_with_a_dash_or_smart_quotes_opens_as_it_was_typed(app: TestApp) {
        for (n, (chosen, typed)) in [
            ("it’s – me 123", "it’s – me 123"), ("it's \"me\" 1", "it’s “me”\u{a0}1"), (" spaces around 1 ", " spaces around 1 "),
        ].into_iter().enumerate() {
            let email = format!("t{n}@example.org");
            let mut input = crate::accounts::account::teacher(&email);
            input["input"]["password"] = json!(chosen);
            app.execute(None, crate::accounts::account::REGISTER, input).await;
            let token = app.link(&email).await;
            let input = json!({ "token": token, "password": typed });
            assert_eq!(app.tries(None, "verifyEmail", input).await, "OK", "{typed:?}");
            assert_eq!(crate::accounts::account::opens(&app, &email, typed).await, "OK", "{typed:?}");
            assert_eq!(crate::accounts::account::opens(&app, &email, chosen).await, "OK", "{chosen:?}");
        }
    }
}
