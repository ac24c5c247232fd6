//! Reports on messages (T-06).

use serde_json::{Value, json};

use crate::{
    inside::chat::say,
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

use super::{Room, one, write};

async fn reports(app: &TestApp, who: &Person, space: &Space) -> Vec<Value> {
    let query = format!(
        "{{ twinSpace(id: \"{}\") {{ reports(settled: false) {{ nodes {{ id kind subject text
            reason author {{ name }} recipient {{ name }} reporter {{ name }} }} }} }} }}",
        space.id
    );
    let data = app.sees(who, &query).await;
    data["twinSpace"]["reports"]["nodes"].as_array().unwrap().clone()
}

on_both_databases! {
    //
    async fn what_may_be_reported_is_told_beforehand(app: TestApp) {
        let room = Room::new(&app).await;
        let said = say(&app, &room.teacher, &room.space, "Rude").await;
        let sent = write(&app, &room.teacher, room.pupil_at, "Ruder").await;
        for (ty, id) in [("ChatMessage", &said), ("Message", &sent)] {
            let act = || ("reportMessage", json!({ "messageId": id, "reason": "Rude" }));
            let told = (ty, id.as_str());
            app.foretold(&room.teacher, told, "report", act(), "FORBIDDEN YOURSELF").await;
            app.foretold(&room.pupil, told, "report", act(), "OK").await;
            app.foretold(&room.pupil, told, "report", act(), "CONFLICT ALREADY_DONE").await;
        }
    }

    async fn what_a_pupil_reports_is_read_by_the_teacher_administrators_alone(app: TestApp) {
        let room = Room::new(&app).await;
        let [frida, fabien] = &room.space.founders;
        let harmful = app.does(fabien, "sendMessage",
            json!({ "memberId": room.pupil_at.to_string(), "subject": "You", "text": "A bad word" }),
            "message { id }").await;
        let id = harmful["message"]["id"].as_str().unwrap();
        let report = json!({ "messageId": id, "reason": "It hurts me." });
        assert_eq!(app.tries(fabien, "reportMessage", report.clone()).await, "FORBIDDEN YOURSELF");
        let reported = app.does(&room.pupil, "reportMessage", report.clone(), "reportId").await;
        assert_eq!(app.tries(&room.pupil, "reportMessage", report).await, "CONFLICT ALREADY_DONE");
        // Deleting it does not undo that.
        assert_eq!(app.tries(fabien, "deleteMessage", one(id)).await, "OK");
        assert_eq!(app.tries(&room.pupil, "deleteMessage", one(id)).await, "OK");
        assert_eq!(reports(&app, frida, &room.space).await, [json!({ "id": reported["reportId"],
            "kind": "MESSAGE", "subject": "You", "text": "A bad word", "reason": "It hurts me.",
            "author": { "name": "Fabien Fondateur" }, "recipient": { "name": "Pia" },
            "reporter": { "name": "Pia" } })]);
        // Its author is also a teacher administrator, and cannot see it.
        assert_eq!(reports(&app, fabien, &room.space).await, Vec::<Value>::new());
        let settle = json!({ "reportId": reported["reportId"] });
        let ask = format!("{{ node(id: {}) {{ id }} }}", reported["reportId"]);
        for who in [fabien, &room.teacher, &room.pupil, &room.visitor] {
            assert_eq!(app.tries(who, "settleReport", settle.clone()).await, "NOT_FOUND");
            assert_eq!(app.sees(who, &ask).await["node"], Value::Null);
        }
        let read = format!("{{ twinSpace(id: \"{}\") {{ reports {{ totalCount }} }} }}", room.space.id);
        assert_eq!(app.asks(&room.teacher, &read).await, "FORBIDDEN ROLE_TOO_LOW");
        // The log, which more people can read, says that there was a report, but not about whom or
        // by whom, and to its author nothing.
        let log = format!("{{ twinSpace(id: \"{}\") {{ auditLog(first: 1) {{ nodes {{ act actor {{ name }}
            person {{ name }} }} }} }} }}", room.space.id);
        let newest = app.sees(frida, &log).await["twinSpace"]["auditLog"]["nodes"][0].take();
        assert_eq!(newest, json!({ "act": "MESSAGE_REPORTED", "actor": null, "person": null }));
        let newest = app.sees(fabien, &log).await["twinSpace"]["auditLog"]["nodes"][0].take();
        assert_ne!(newest["act"], "MESSAGE_REPORTED");

        let settled = app.does(frida, "settleReport", settle.clone(), "report { settledAt settledBy { name } }").await;
        assert_eq!(settled["report"]["settledBy"]["name"], "Frida Founder");
        assert_eq!(app.tries(frida, "settleReport", settle).await, "CONFLICT ALREADY_DONE");
        assert_eq!(reports(&app, frida, &room.space).await, Vec::<Value>::new());
    }

    async fn a_reported_chat_message_is_kept_when_its_author_deletes_it(app: TestApp) {
        let room = Room::new(&app).await;
        let id = say(&app, &room.teacher, &room.space, "Rude").await;
        let report = json!({ "messageId": id, "reason": "Rude indeed" });
        assert_eq!(app.tries(&room.pupil, "reportMessage", report.clone()).await, "OK");
        assert_eq!(app.tries(&room.teacher, "deleteChatMessage", one(&id)).await, "OK");
        for who in &room.space.founders {
            let all = reports(&app, who, &room.space).await;
            assert_eq!((&all[0]["kind"], &all[0]["text"]), (&json!("CHAT_MESSAGE"), &json!("Rude")));
        }
        assert_eq!(app.tries(&room.pupil, "reportMessage", report).await, "NOT_FOUND");
        for reason in ["", "a\u{0}", &"x".repeat(1001)] {
            let id = say(&app, &room.teacher, &room.space, "Again").await;
            let report = json!({ "messageId": id, "reason": reason });
            assert_eq!(app.tries(&room.pupil, "reportMessage", report).await, "BAD_USER_INPUT reason");
        }
        let nothing = json!({ "messageId": "nonsense", "reason": "?" });
        assert_eq!(app.tries(&room.pupil, "reportMessage", nothing).await, "BAD_USER_INPUT messageId");
    }
}
