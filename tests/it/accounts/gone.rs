//! Erased means gone: everything that the server stores is searched after each kind of
//! erasure: all tables, the SQLite file and its log, media files and mails, and the logs.

use std::{fs, path::Path};

use entity::{AccountId, TwinSpaceRole, account, profile_picture};
use image::ImageFormat;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement};
use serde_json::{Value, json};
use twinspace::app::housekeeping;

use crate::{
    accounts::{
        account::{PASSWORD, REGISTER, with_email},
        picture::sets,
    },
    inside::media::{add, encoded, picture},
    members::{invitation::invite as invite_by_mail, pupil::sign_in},
    server::wire::Wire,
    support::{TestApp, cast::Person, log::Log, play::mutation, received::Received},
};

/// Runs a test on both databases, on one thread, capturing its log.
macro_rules! on_both_logged {
    ($(async fn $name:ident($app:ident: TestApp, $log:ident: Log) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn test($app: TestApp, $log: Log) $body

            #[tokio::test]
            async fn on_sqlite() {
                let (log, _kept) = Log::keep();
                test(TestApp::on_sqlite().await, log).await;
            }

            #[tokio::test]
            async fn on_postgresql() {
                let (log, _kept) = Log::keep();
                if let Some(app) = TestApp::on_postgresql().await {
                    test(app, log).await;
                }
            }
        }
    )+};
}

/// All rows of all tables, one piece per table.
async fn tables(app: &TestApp) -> Vec<(String, Vec<u8>)> {
    let db = app.db.read();
    let backend = db.get_database_backend();
    let ask = async |sql: String| -> Vec<String> {
        let rows = db.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect()
    };
    let sqlite = backend == DbBackend::Sqlite;
    let names = match sqlite {
        // The search index has tables behind it.
        true => "select name from sqlite_master where type = 'table' and name <> 'search_word'",
        false => "select tablename::text from pg_tables where schemaname = 'public'",
    };
    let mut pieces = vec![];
    for table in ask(names.into()).await {
        let row = match sqlite {
            true => {
                let columns = ask(format!("select name from pragma_table_info('{table}')")).await;
                let columns: Vec<_> =
                    columns.iter().map(|name| format!("quote(\"{name}\")")).collect();
                columns.join(" || ' ' || ")
            }
            false => "t::text".into(),
        };
        let rows = ask(format!("select {row} from \"{table}\" as t")).await;
        pieces.push((format!("table {table}"), rows.join("\n").into_bytes()));
    }
    pieces
}

/// All files in a folder and its subfolders; mails also as their readers see them.
fn files(folder: &Path, pieces: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, pieces);
            continue;
        }
        let mut bytes = fs::read(&path).unwrap();
        if path.extension().is_some_and(|end| end == "eml") {
            let Received { to, subject, text, .. } = Received::read(&bytes);
            bytes.extend(format!("{to}\n{subject}\n{text}").bytes());
        }
        pieces.push((path.display().to_string(), bytes));
    }
}

/// Where any of these was found in everything that is stored.
async fn found(app: &TestApp, log: &Log, traces: &[String]) -> Vec<String> {
    let mut pieces = tables(app).await;
    files(&app.config.data_dir, &mut pieces);
    if let Some(file) = app.database_url().strip_prefix("sqlite:") {
        for end in ["", "-wal"] {
            let bytes = fs::read(format!("{file}{end}")).unwrap_or_default();
            pieces.push((format!("file{end}"), bytes));
        }
    }
    pieces.push(("log".into(), log.bytes().clone()));
    let mut found = vec![];
    for (place, bytes) in pieces {
        let bytes = bytes.to_ascii_lowercase();
        for trace in traces {
            let trace = trace.to_ascii_lowercase();
            if bytes.windows(trace.len()).any(|window| window == trace.as_bytes()) {
                found.push(format!("{trace} in {place}"));
            }
        }
    }
    found
}

/// By what someone can be found: name, address, username, password hash.
async fn traces(app: &TestApp, id: AccountId) -> Vec<String> {
    let row = account::Entity::find_by_id(id).one(app.db.read()).await.unwrap().unwrap();
    let hash = row.password_hash.rsplit('$').next().unwrap().to_owned();
    [Some(row.name), row.email, row.username, Some(hash)].into_iter().flatten().collect()
}

/// Checks that something is there, has it erased, and checks that it is gone.
async fn goes(app: &TestApp, log: &Log, traces: &[String], erase: impl Future<Output = ()>) {
    for trace in traces {
        let one = std::slice::from_ref(trace);
        assert_ne!(found(app, log, one).await, [""; 0], "{trace} was never there");
    }
    erase.await;
    housekeeping::round(app).await.unwrap();
    assert_eq!(found(app, log, traces).await, [""; 0]);
}

/// Performs an action with this token, or none; returns the payload.
async fn act(app: &TestApp, token: Option<&str>, name: &str, input: Value, fields: &str) -> Value {
    let mut answer = app.execute(token, &mutation(name, fields), json!({ "input": input })).await;
    assert!(answer.get("errors").is_none(), "{name}: {answer}");
    answer["data"][name].take()
}

on_both_logged! {
    async fn nothing_is_left_of_a_pupil_who_is_erased(app: TestApp, log: Log) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let invite = json!({ "twinSpaceId": space.id.to_string(), "consentGivenBy": "GUARDIAN", "idempotencyKey": "spring", "rows": [
            { "givenName": "Zdislava", "familyName": "Quvent" }, { "givenName": "Other", "familyName": "Child" } ] });
        let fields = "rows { username password memberId status }";
        let rows = app.does(teacher, "invitePupils", invite.clone(), fields).await["rows"].take();
        let (username, password) = (rows[0]["username"].as_str().unwrap(), rows[0]["password"].as_str().unwrap());
        let signed_in = sign_in(&app, username, password).await;
        let token = signed_in["data"]["signInPupil"]["token"].as_str().unwrap();
        act(&app, Some(token), "editProfile", json!({ "profile": "I collect quventions." }), "__typename").await;
        act(&app, Some(token), "sendChatMessage", json!({ "twinSpaceId": space.id.to_string(), "text": "Hello" }), "__typename").await;
        app.does(teacher, "exportPupils", json!({ "twinSpaceId": space.id.to_string() }), "url").await;
        let id = account::Entity::find().all(app.db.read()).await.unwrap().into_iter()
            .find(|row| row.username.as_deref() == Some(username)).unwrap().id;
        let mut traces = traces(&app, id).await;
        traces.push("quventions".into());

        goes(&app, &log, &traces, async {
            let input = json!({ "pupil": { "memberId": rows[0]["memberId"] }, "acknowledge": true });
            app.does(teacher, "erasePupil", input, "__typename").await;
        }).await;

        // When repeated, the request is still not executed again.
        let again = app.does(teacher, "invitePupils", invite, "rows { username status }").await;
        assert_eq!(again["rows"][0], json!({ "username": null, "status": "CREATED" }));
        assert_eq!(again["rows"][1]["username"], "other.child.1");
    }

    async fn nothing_is_left_of_a_teacher_who_is_erased(app: TestApp, log: Log) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let address = "zdislava@quvent.example";
        let input = json!({ "email": address, "password": PASSWORD, "name": "Zdislava Quvent", "subjects": ["quventology"],
            "school": { "name": "Gymnasium", "town": "Brno", "country": "CZ" } });
        act(&app, None, "register", input, "accepted").await;
        let link = app.link(address).await;
        let opened = act(&app, None, "verifyEmail", json!({ "token": link, "password": PASSWORD }), "token").await;
        let row = with_email(&app, address).await;
        let zdislava = Person { id: row.id, kind: row.kind, email: address.into(), token: opened["token"].as_str().unwrap().into(), service: None };
        app.tries(None, "signIn", json!({ "email": address, "password": "wrong 12345" })).await;
        app.does(&zdislava, "editProfile", json!({ "profile": "I collect quventions." }), "__typename").await;
        app.seat(&space, &zdislava, TwinSpaceRole::TeacherAdmin).await;
        let cofounder = app.teacher("Carla Cofounder", "IT").await;
        app.befriend(&zdislava, &cofounder).await;
        // Mails to her and about her, some sent and some not.
        for delivered in [true, false] {
            let to = format!("vera-{delivered}@example.org");
            app.does(&zdislava, "inviteMember", json!({ "twinSpaceId": space.id.to_string(), "email": to, "role": "VISITOR" }), "__typename").await;
            let stranger = app.teacher("Stan Stranger", "SE").await;
            app.does(&zdislava, "requestContact", json!({ "personId": stranger.id.to_string() }), "__typename").await;
            act(&app, None, "requestPasswordReset", json!({ "email": address }), "__typename").await;
            let project = app.begin(&zdislava, &cofounder).await;
            app.does(&zdislava, "sendProject", json!({ "projectId": project.to_string() }), "__typename").await;
            if delivered {
                app.mails().await;
            }
        }
        let wish = json!({ "newEmail": "zdislava@quventova.example", "password": PASSWORD });
        app.does(&zdislava, "requestEmailChange", wish, "__typename").await;
        let place = app.access(founder, space.project).await.member.unwrap().0;
        app.does(&zdislava, "sendMessage", json!({ "memberId": place.to_string(), "text": "Hello" }), "__typename").await;
        let mut traces = traces(&app, zdislava.id).await;
        traces.extend(["quventions", "quventology", "zdislava@quventova.example"].map(str::to_owned));

        goes(&app, &log, &traces, async {
            app.does(&zdislava, "deleteAccount", json!({ "password": PASSWORD }), "__typename").await;
        }).await;

        app.mails().await;
        assert_eq!(found(&app, &log, &traces).await, [""; 0]);
    }

    async fn nothing_is_left_in_mails_when_others_vanish_or_cannot_be_read(app: TestApp, log: Log) {
        let address = "zdislava@quvent.example";
        let input = json!({ "email": address, "password": PASSWORD, "name": "Zdislava Quvent",
            "school": { "name": "Gymnasium", "town": "Brno", "country": "CZ" } });
        act(&app, None, "register", input, "accepted").await;
        let link = app.link(address).await;
        let opened = act(&app, None, "verifyEmail", json!({ "token": link, "password": PASSWORD }), "token").await;
        let traces = [address.to_owned()];
        assert_ne!(found(&app, &log, &traces).await, [""; 0]);
        let mail = app.config.data_dir.join("mail");
        let others: Vec<_> = (0..8).map(|n| mail.join(format!("mail_{n}.part"))).collect();
        // As those that were finished or deleted since the folder was listed.
        for other in &others {
            std::os::unix::fs::symlink("nowhere", other).unwrap();
        }
        act(&app, opened["token"].as_str(), "deleteAccount", json!({ "password": PASSWORD }), "accepted").await;
        housekeeping::clear(&app.db, &app.mail).await.unwrap();
        for other in &others {
            fs::remove_file(other).unwrap();
        }
        assert_eq!(found(&app, &log, &traces).await, [""; 0]);

        // What cannot be read fails, keeps nothing else, and is tried again.
        let input = json!({ "email": address, "password": PASSWORD, "name": "Zdislava Quvent",
            "school": { "name": "Gymnasium", "town": "Brno", "country": "CZ" } });
        act(&app, None, "register", input, "accepted").await;
        let link = app.link(address).await;
        let opened = act(&app, None, "verifyEmail", json!({ "token": link, "password": PASSWORD }), "token").await;
        for folder in [&others[0], &mail.join("mail_0.eml")] {
            fs::create_dir(folder).unwrap();
        }
        act(&app, opened["token"].as_str(), "deleteAccount", json!({ "password": PASSWORD }), "accepted").await;
        housekeeping::clear(&app.db, &app.mail).await.unwrap_err();
        assert_eq!(found(&app, &log, &traces).await, [""; 0]);
        for folder in [&others[0], &mail.join("mail_0.eml")] {
            fs::remove_dir(folder).unwrap();
        }
        housekeeping::clear(&app.db, &app.mail).await.unwrap();
    }

    async fn nothing_is_left_of_a_guest_who_is_erased(app: TestApp, log: Log) {
        let space = app.space().await;
        let address = "zdislava@quvent.example";
        invite_by_mail(&app, &space, address, "VISITOR").await;
        let link = app.link(address).await;
        let input = json!({ "token": link, "name": "Zdislava Quvent", "password": PASSWORD });
        let opened = act(&app, None, "acceptInvitationAsGuest", input, "token").await;
        let traces = traces(&app, with_email(&app, address).await.id).await;

        goes(&app, &log, &traces, async {
            act(&app, opened["token"].as_str(), "deleteAccount", json!({ "password": PASSWORD }), "__typename").await;
        }).await;
    }

    async fn nothing_is_left_of_a_registration_that_nobody_verified(app: TestApp, log: Log) {
        let input = json!({ "input": { "email": "zdislava@quvent.example", "password": PASSWORD, "name": "Zdislava Quvent",
            "school": { "name": "Gymnasium", "town": "Brno", "country": "CZ" } } });
        app.execute(None, REGISTER, input).await;
        app.mails().await;
        let traces = traces(&app, with_email(&app, "zdislava@quvent.example").await.id).await;

        goes(&app, &log, &traces, async {
            domain::accounts::erasure::erase_of(&app.db, "zdislava@quvent.example", domain::clock::now()).await.unwrap();
        }).await;
    }

    async fn nothing_is_left_of_a_photo_that_was_taken_away(app: TestApp, log: Log) {
        let teacher = app.teacher("Tina Teacher", "PL").await;
        let wire = Wire::of(app.clone()).await;
        sets(&wire, &teacher, &encoded(&picture(300, 300), ImageFormat::Png)).await;
        let kept = async || {
            let row = profile_picture::Entity::find_by_id(teacher.id).one(app.db.read()).await.unwrap();
            row.and_then(|row| row.photo).unwrap_or_default()
        };
        let photo = kept().await;
        let piece = photo[photo.len() / 2..][..24].to_vec();
        let there = async || {
            let mut pieces = tables(&app).await;
            if let Some(file) = app.database_url().strip_prefix("sqlite:") {
                pieces.extend(["", "-wal"].map(|end| (end.into(), fs::read(format!("{file}{end}")).unwrap_or_default())));
            }
            let hex = data_encoding::HEXLOWER.encode(&piece);
            pieces.iter().any(|(_, bytes)| {
                bytes.windows(piece.len()).any(|window| window == piece)
                    || bytes.to_ascii_lowercase().windows(hex.len()).any(|window| window == hex.as_bytes())
            })
        };
        assert!(there().await);
        let answer = app.execute(Some(&teacher.token), "mutation { removeProfilePicture { __typename } }", json!({})).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        housekeeping::round(&app).await.unwrap();
        assert!(kept().await.is_empty());
        assert!(!there().await);
        drop(log);
    }

    async fn nothing_is_left_of_media_and_pages_that_were_deleted(app: TestApp, log: Log) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let wire = Wire::of(app.clone()).await;
        let text = b"Quventions of the class".repeat(20);
        let added = add(&wire, teacher, &space, "quvented.txt", &text, &[]).await;
        let media = added["data"]["addMedia"]["media"]["id"].clone();
        app.does(teacher, "editMedia", json!({ "mediaId": media, "title": "Zyzzyvas" }), "__typename").await;
        let input = json!({ "twinSpaceId": space.id.to_string(), "title": "Xylophages", "text": "All about wombatoids" });
        let page = app.does(teacher, "createPage", input, "page { id }").await["page"]["id"].take();
        // The index stores a common prefix of two words once.
        let traces = ["quventions", "yzzyvas", "ylophages", "ombatoids"].map(str::to_owned);

        goes(&app, &log, &traces, async {
            app.does(teacher, "deleteMedia", json!({ "mediaId": media }), "__typename").await;
            for act in ["archivePage", "deletePage"] {
                app.does(teacher, act, json!({ "pageId": page }), "__typename").await;
            }
        }).await;
    }

    async fn the_log_has_no_name_address_or_token_of_mails_that_are_files(app: TestApp, log: Log) {
        let input = json!({ "email": "zdislava@quvent.example", "password": PASSWORD, "name": "Zdislava Quvent",
            "school": { "name": "Gymnasium", "town": "Brno", "country": "CZ" } });
        act(&app, None, "register", input, "accepted").await;
        let token = app.link("zdislava@quvent.example").await;
        let log = String::from_utf8(log.bytes().clone()).unwrap();
        assert!(log.contains("a mail was saved as a file"), "{log}");
        for secret in ["quvent", "Zdislava", &token] {
            assert!(!log.contains(secret), "{secret} in {log}");
        }
    }
}
