//! A day of those who decide, over HTTP: an administrator's, who sets up a service and sees to an
//! account, and the officer's whom they appointed.

use std::sync::Arc;

use domain::{
    accounts::{
        account::{self, NewPerson},
        password::Password,
    },
    clock::now,
};
use reqwest::header;
use serde_json::{Value, json};
use twinspace::config::Config;

use super::{PASSWORD, Person, Story, string};
use crate::{
    server::wire::Wire,
    support::{TestApp, on_both_databases},
};

async fn begin(app: &TestApp) -> Story {
    let free = |config: &mut Config| config.server.listen = "127.0.0.1:0".parse().unwrap();
    let app = app.another_instance_with(free).await;
    let wire = Wire::of(Arc::clone(&app)).await;
    Story { app, wire }
}

impl Story {
    async fn signs_in(&self, email: &str, password: &str) -> String {
        let sign_in = "mutation($email: String!, $password: String!) {
            signIn(input: { email: $email, password: $password }) { token }
        }";
        let who = json!({ "email": email, "password": password });
        string(&self.tell("", sign_in, who).await["signIn"]["token"])
    }

    /// An administrator, as the command line makes them.
    async fn administrator(&self) -> String {
        let hash = self.app.passwords.hash(&Password::choose(PASSWORD).unwrap()).await.unwrap();
        let tx = self.app.db.begin().await.unwrap();
        let email = "ada@example.org";
        let (name, language) = ("Ada Admin", "en");
        let ada = NewPerson { email, name, password_hash: hash, language };
        account::add_administrator(&tx, ada, now()).await.unwrap();
        tx.commit().await.unwrap();
        self.signs_in(email, PASSWORD).await
    }

    /// The administrator sets up a support service and appoints an officer, who follows the link in
    /// the mail and signs in.
    async fn appointed(&self, ada: &str, country: &str) -> String {
        let add = "mutation($country: String!) {
            addService(input: { name: \"Support\", country: $country }) { service { service { id } } }
        }";
        let added = self.tell(ada, add, json!({ "country": country })).await;
        let service = &added["addService"]["service"]["service"]["id"];
        let email = format!("officer.{country}@example.org").to_lowercase();
        let appoint = "mutation($input: AppointOfficerInput!) {
            appointOfficer(input: $input) { account { signIn kind } }
        }";
        let input = json!({ "serviceId": service, "email": email, "name": "Olga Officer" });
        let made = self.tell(ada, appoint, json!({ "input": input })).await;
        assert_eq!(
            made["appointOfficer"]["account"],
            json!({ "signIn": email, "kind": "OFFICER" })
        );
        let reset = "mutation($token: String!, $password: String!) {
            resetPassword(input: { token: $token, newPassword: $password }) { accepted }
        }";
        let token = self.mailed(&email, "password").await;
        let chosen = json!({ "token": token, "password": "my own sentence 2" });
        self.tell("", reset, chosen).await;
        self.signs_in(&email, "my own sentence 2").await
    }

    /// Two teachers who are contacts, from these countries.
    async fn teachers(&self) -> [Person; 2] {
        let school = |town: &str, country: &str| json!({ "name": "School", "town": town, "country": country });
        let zofia = self.register("zofia@example.org", "Zofia", school("Gdynia", "PL")).await;
        let angel = self.register("angel@example.org", "Ángel", school("Sevilla", "ES")).await;
        let request =
            "mutation($id: ID!) { requestContact(input: { personId: $id }) { contact { id } } }";
        let asked = self.tell(&zofia.token, request, json!({ "id": angel.id })).await;
        let accept =
            "mutation($id: ID!) { acceptContact(input: { contactId: $id }) { contact { state } } }";
        let contact = &asked["requestContact"]["contact"]["id"];
        self.tell(&angel.token, accept, json!({ "id": contact })).await;
        [zofia, angel]
    }

    /// A project that waits for its decisions.
    async fn project(&self, [zofia, angel]: &[Person; 2]) -> Value {
        let create = "mutation($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }";
        let fields = json!({
            "title": "Bees across borders", "shortDescription": "We watch bees.",
            "aims": "To know bees.", "workProcess": "We look and write.",
            "expectedResults": "A book of bees.", "languages": ["en"], "subjects": ["biology"],
            "ageFrom": 9, "ageTo": 12, "pupilCount": 50, "tools": "Chat and pages",
        });
        let input = json!({ "cofounderId": angel.id, "fields": fields });
        let made = self.tell(&zofia.token, create, json!({ "input": input })).await;
        let id = json!({ "id": made["createProject"]["project"]["id"] });
        let send =
            "mutation($id: ID!) { sendProject(input: { projectId: $id }) { project { state } } }";
        self.tell(&zofia.token, send, id.clone()).await;
        let accept =
            "mutation($id: ID!) { acceptProject(input: { projectId: $id }) { project { state } } }";
        self.tell(&angel.token, accept, id.clone()).await;
        id
    }

    /// Downloads what a link leads to.
    async fn download(&self, token: &str, url: &Value) -> String {
        let url = string(url);
        let url = self.wire.url(&url[url.find("/exports").unwrap()..]);
        let request =
            self.wire.client.get(url).header(header::AUTHORIZATION, format!("Bearer {token}"));
        request.send().await.unwrap().error_for_status().unwrap().text().await.unwrap()
    }
}

on_both_databases! {
    // P-06, P-07
    async fn an_officer_s_day(app: TestApp) {
        let story = begin(&app).await;
        let ada = story.administrator().await;
        let officer = story.appointed(&ada, "PL").await;

        // In the morning, there is nothing to do, and all the rest is there.
        let morning = "{ office { service { name } country regions { name } waiting { total } decisions { totalCount }
            projects { totalCount } teachers { totalCount } schools { totalCount } } }";
        let none = json!({ "totalCount": 0 });
        assert_eq!(story.tell(&officer, morning, json!({})).await["office"], json!({
            "service": { "name": "Support" }, "country": "PL", "regions": [], "waiting": { "total": 0 },
            "decisions": none, "projects": none, "teachers": none, "schools": none }));

        // A project comes in, and is approved with a word to the founders.
        let teachers = story.teachers().await;
        let project = story.project(&teachers).await;
        let waits = "{ office { waiting { byKind { kind count } } } viewer { approvals { nodes { project { title } } } } }";
        let waits = story.tell(&officer, waits, json!({})).await;
        assert_eq!(waits["office"]["waiting"]["byKind"], json!([{ "kind": "APPROVAL", "count": 1 }]));
        assert_eq!(waits["viewer"]["approvals"]["nodes"], json!([{ "project": { "title": "Bees across borders" } }]));
        let approve = "mutation($id: ID!) {
            approveProject(input: { projectId: $id, reason: \"A fine plan.\" }) { project { state } }
        }";
        story.tell(&officer, approve, project.clone()).await;

        // What was decided, in which project, with whom.
        let later = "{ office { waiting { total }
            decisions { nodes { kind granted projectTitle reason decidedBy { name } } }
            projects(filter: { search: \"bees\", states: [PENDING_APPROVAL] }) { nodes { title proposer { name } cofounder { name } } }
            teachers { nodes { person { name } school { town } } }
            schools { nodes { school { town } teacherCount pupilCount } } } }";
        assert_eq!(story.tell(&officer, later, json!({})).await["office"], json!({
            "waiting": { "total": 0 },
            "decisions": { "nodes": [{ "kind": "PROJECT", "granted": true, "projectTitle": "Bees across borders",
                "reason": "A fine plan.", "decidedBy": { "name": "Olga Officer" } }] },
            "projects": { "nodes": [{ "title": "Bees across borders", "proposer": { "name": "Zofia" }, "cofounder": { "name": "Ángel" } }] },
            "teachers": { "nodes": [{ "person": { "name": "Zofia" }, "school": { "town": "Gdynia" } }] },
            "schools": { "nodes": [{ "school": { "town": "Gdynia" }, "teacherCount": 1, "pupilCount": 0 }] } }));

        // The numbers for the ministry.
        let export = "mutation { exportNumbers(input: { months: 1 }) { url } }";
        let export = story.tell(&officer, export, json!({})).await;
        let file = story.download(&officer, &export["exportNumbers"]["url"]).await;
        assert!(file.ends_with(&format!("{},1,0,1,0,0\n", now().format("%Y-%m"))), "{file}");

        // A teacher has no such office.
        let refused = story.refused(&teachers[0].token, morning, json!({})).await;
        assert_eq!(refused, ("FORBIDDEN".into(), "NOT_AN_OFFICER".into()));
    }

    //
    async fn an_administrator_s_day(app: TestApp) {
        let story = begin(&app).await;
        let ada = story.administrator().await;
        let teachers = story.teachers().await;
        let officer = story.appointed(&ada, "PL").await;

        // A school calls: an account is found, and blocked for that reason.
        let find = "{ administration { accounts(filter: { search: \"zofia\" }) { nodes { person { id } signIn blockedAt } } } }";
        let found = story.tell(&ada, find, json!({})).await;
        let account = found["administration"]["accounts"]["nodes"][0]["person"]["id"].clone();
        let block = "mutation($id: ID!) {
            blockAccount(input: { personId: $id, reason: \"The school called.\" }) { account { blockReason } }
        }";
        story.tell(&ada, block, json!({ "id": account })).await;
        let own = "{ viewer { id } }";
        assert_eq!(story.refused(&teachers[0].token, own, json!({})).await.0, "UNAUTHENTICATED");
        let again = "mutation($id: ID!) { unblockAccount(input: { personId: $id }) { account { blockedAt } } }";
        story.tell(&ada, again, json!({ "id": account })).await;
        story.signs_in(&teachers[0].email, PASSWORD).await;

        // The officer leaves, and the country is the administrators' until there is another.
        let officers = "{ administration { services { nodes { officerCount } }
            accounts(filter: { kind: OFFICER }) { nodes { person { id } service { name } } } } }";
        let officers = story.tell(&ada, officers, json!({})).await["administration"].take();
        assert_eq!(officers["services"]["nodes"], json!([{ "officerCount": 1 }]));
        let leaves = officers["accounts"]["nodes"][0]["person"]["id"].clone();
        let remove = "mutation($id: ID!) { removeOfficer(input: { personId: $id }) { personId } }";
        story.tell(&ada, remove, json!({ "id": leaves })).await;
        assert_eq!(story.refused(&officer, own, json!({})).await.0, "UNAUTHENTICATED");

        // What was done is in the log, and in a file of it.
        let log = "{ administration { auditLog(filter: { acts: [ACCOUNT_BLOCKED, ACCOUNT_UNBLOCKED, ACCOUNT_REMOVED, SERVICE_ADDED] })
            { nodes { act actor { name } person { name } } } mails(failed: true) { totalCount } } }";
        let seen = story.tell(&ada, log, json!({})).await["administration"].take();
        let line = |act: &str, person: Value| json!({ "act": act, "actor": { "name": "Ada Admin" }, "person": person });
        assert_eq!(seen["auditLog"]["nodes"], json!([
            line("ACCOUNT_REMOVED", json!({ "name": "Olga Officer" })),
            line("ACCOUNT_UNBLOCKED", json!({ "name": "Zofia" })),
            line("ACCOUNT_BLOCKED", json!({ "name": "Zofia" })),
            line("SERVICE_ADDED", Value::Null)]));
        assert_eq!(seen["mails"]["totalCount"], 0);
        let export = "mutation { exportAuditLog(input: { filter: { acts: [ACCOUNT_BLOCKED] } }) { url } }";
        let export = story.tell(&ada, export, json!({})).await;
        let file = story.download(&ada, &export["exportAuditLog"]["url"]).await;
        assert_eq!(file.lines().count(), 2);
        assert!(file.contains("ACCOUNT_BLOCKED") && !file.contains("Zofia"), "{file}");
        assert_eq!(story.refused(&teachers[1].token, log, json!({})).await.1, "NOT_AN_ADMINISTRATOR");
    }
}
