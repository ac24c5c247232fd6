//! The whole story, from two strangers to a TwinSpace with members, over HTTP and by mail.

use std::sync::Arc;

use domain::{
    accounts::{
        account::{self, NewPerson},
        password::Password,
    },
    clock::now,
    projects::service,
};
use reqwest::header;
use serde_json::{Value, json};
use twinspace::config::Config;

use crate::{
    server::wire::Wire,
    support::{TestApp, on_both_databases},
};

mod day;
mod inside;

const PASSWORD: &str = "a long sentence 1";

/// A person with a client of the API.
struct Person {
    email: String,
    id: String,
    token: String,
}

/// The client and what it reads: the API, and the mails.
struct Story {
    app: TestApp,
    wire: Wire,
}

impl Story {
    /// Posts an operation; returns the whole response.
    async fn ask(&self, token: &str, query: &str, variables: Value) -> Value {
        let mut request = self.wire.post(&json!({ "query": query, "variables": variables }));
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Posts an operation that succeeds; returns its data.
    async fn tell(&self, token: &str, query: &str, variables: Value) -> Value {
        let answer = self.ask(token, query, variables).await;
        assert!(answer["errors"].is_null(), "{answer}");
        answer["data"].clone()
    }

    /// Posts an operation that is refused; returns its code and reason.
    async fn refused(&self, token: &str, query: &str, variables: Value) -> (String, String) {
        let answer = self.ask(token, query, variables).await;
        let extensions = &answer["errors"][0]["extensions"];
        let text = |name: &str| extensions[name].as_str().unwrap_or_default().to_owned();
        (text("code"), text("reason"))
    }

    /// The token of the latest mail to this address whose subject contains this.
    async fn mailed(&self, email: &str, subject: &str) -> String {
        let mails = self.app.mails().await;
        let mut fitting = mails.iter().filter(|m| m.to == email && m.subject.contains(subject));
        fitting.next_back().unwrap_or_else(|| panic!("no mail to {email}")).token().to_owned()
    }

    /// Registers a teacher and opens the mailed link.
    async fn register(&self, email: &str, name: &str, school: Value) -> Person {
        let register = "mutation($input: RegisterInput!) { register(input: $input) { accepted } }";
        let input = json!({ "email": email, "password": PASSWORD, "name": name, "school": school });
        self.tell("", register, json!({ "input": input })).await;
        let too_early = "mutation($email: String!, $password: String!) {
            signIn(input: { email: $email, password: $password }) { token }
        }";
        let who = json!({ "email": email, "password": PASSWORD });
        assert_eq!(self.refused("", too_early, who).await.0, "INVALID_CREDENTIALS");
        let verify = "mutation($input: VerifyEmailInput!) {
            verifyEmail(input: $input) { token viewer { name person { id } } }
        }";
        let token = self.mailed(email, "Confirm").await;
        let input = json!({ "input": { "token": token, "password": PASSWORD } });
        let data = self.tell("", verify, input.clone()).await;
        assert_eq!(data["verifyEmail"]["viewer"]["name"], name);
        // The link works only once.
        assert_eq!(self.refused("", verify, input).await.0, "NOT_FOUND");
        Person {
            email: email.into(),
            id: string(&data["verifyEmail"]["viewer"]["person"]["id"]),
            token: string(&data["verifyEmail"]["token"]),
        }
    }

    /// Sets up a support service with an officer, as the command line does; signs in.
    async fn officer(&self, country: &str) -> String {
        let email = format!("officer.{country}@example.org").to_lowercase();
        let hash = self.app.passwords.hash(&Password::choose(PASSWORD).unwrap()).await.unwrap();
        let tx = self.app.db.begin().await.unwrap();
        let service = service::add(&tx, "Support", country, "").await.unwrap();
        let (name, language) = ("Olga Officer", "en");
        let officer = NewPerson { email: &email, name, password_hash: hash, language };
        account::add_officer(&tx, officer, service, None, now()).await.unwrap();
        tx.commit().await.unwrap();
        let sign_in = "mutation($email: String!, $password: String!) {
            signIn(input: { email: $email, password: $password }) { token viewer { kind } }
        }";
        let who = json!({ "email": email, "password": PASSWORD });
        let data = self.tell("", sign_in, who).await;
        assert_eq!(data["signIn"]["viewer"]["kind"], "OFFICER");
        string(&data["signIn"]["token"])
    }

    /// The counts of the members page: teachers, visitors, all.
    async fn counts(&self, token: &str, space: &str) -> [i64; 3] {
        let query = "query($id: ID!) {
            twinSpace(id: $id) { memberCounts { teachers visitors total } members { totalCount } }
        }";
        let data = self.tell(token, query, json!({ "id": space })).await;
        let counts = &data["twinSpace"]["memberCounts"];
        assert_eq!(data["twinSpace"]["members"]["totalCount"], counts["total"]);
        ["teachers", "visitors", "total"].map(|name| counts[name].as_i64().unwrap())
    }
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

on_both_databases! {
    async fn two_strangers_found_a_twin_space_and_fill_it(app: TestApp) {
        let free = |config: &mut Config| config.server.listen = "127.0.0.1:0".parse().unwrap();
        let app = app.another_instance_with(free).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let story = Story { app, wire };
        let school = |name: &str, town: &str, country: &str| {
            json!({ "name": name, "town": town, "country": country })
        };

        // registered, verified by the mailed link.
        let zofia = school("Szkoła nr 21", "Gdynia", "PL");
        let zofia = story.register("zofia@example.org", "Zofia Wiśniewska", zofia).await;
        let angel = school("CEIP Huerta", "Sevilla", "ES");
        let angel = story.register("angel@example.org", "Ángel Cano Robles", angel).await;

        // C-01: found by name without accents, and contacts.
        let found = "query($name: String!) { teachers(filter: { search: $name }) { nodes { id } } }";
        let data = story.tell(&zofia.token, found, json!({ "name": "angel cano" })).await;
        assert_eq!(data["teachers"]["nodes"], json!([{ "id": angel.id.replace("viewer", "teacher") }]));
        let create = "mutation($input: CreateProjectInput!) {
            createProject(input: $input) { project { id state } }
        }";
        let early = json!({ "input": { "cofounderId": angel.id } });
        let refused = story.refused(&zofia.token, create, early).await;
        assert_eq!(refused, ("CONFLICT".into(), "NOT_A_CONTACT".into())); // P-02
        let request = "mutation($id: ID!) {
            requestContact(input: { personId: $id }) { contact { id state } }
        }";
        let data = story.tell(&zofia.token, request, json!({ "id": angel.id })).await;
        let contact = &data["requestContact"]["contact"];
        assert_eq!(contact["state"], "PENDING");
        let accept = "mutation($id: ID!) {
            acceptContact(input: { contactId: $id }) { contact { state } }
        }";
        let data = story.tell(&angel.token, accept, json!({ "id": contact["id"] })).await;
        assert_eq!(data["acceptContact"]["contact"]["state"], "ACCEPTED");

        // P-03: founded as a draft, edited, sent when all is filled.
        let input = json!({ "cofounderId": angel.id, "fields": { "title": "Bees" } });
        let data = story.tell(&zofia.token, create, json!({ "input": input })).await;
        assert_eq!(data["createProject"]["project"]["state"], "DRAFT");
        let project = json!({ "id": data["createProject"]["project"]["id"] });
        let send = "mutation($id: ID!) {
            sendProject(input: { projectId: $id }) { project { state waitsForPartner { name } } }
        }";
        let refused = story.refused(&zofia.token, send, project.clone()).await;
        assert_eq!(refused.0, "BAD_USER_INPUT");
        let edit = "mutation($id: ID!, $fields: ProjectFieldsInput!) {
            editProject(input: { projectId: $id, fields: $fields }) { project { title } }
        }";
        let fields = json!({
            "title": "Bees across borders", "shortDescription": "We watch bees.",
            "aims": "To know bees.", "workProcess": "We look and write.",
            "expectedResults": "A book of bees.", "languages": ["en"], "subjects": ["biology"],
            "ageFrom": 9, "ageTo": 12, "pupilCount": 50, "tools": "Chat and pages",
        });
        let edited = json!({ "id": project["id"], "fields": fields });
        story.tell(&zofia.token, edit, edited).await;
        let data = story.tell(&zofia.token, send, project.clone()).await;
        assert_eq!(
            data["sendProject"]["project"],
            json!({ "state": "PENDING_PARTNER", "waitsForPartner": { "name": "Ángel Cano Robles" } })
        );

        // P-05, P-06: only the invited partner accepts; then both services are asked.
        let officers = [story.officer("PL").await, story.officer("ES").await];
        let accept = "mutation($id: ID!) {
            acceptProject(input: { projectId: $id }) {
                project { state approvals { country state } }
            }
        }";
        let refused = story.refused(&zofia.token, accept, project.clone()).await;
        assert_eq!(refused.0, "FORBIDDEN");
        let data = story.tell(&angel.token, accept, project.clone()).await;
        assert_eq!(
            data["acceptProject"]["project"],
            json!({ "state": "PENDING_APPROVAL", "approvals": [
                { "country": "PL", "state": "PENDING" },
                { "country": "ES", "state": "PENDING" },
            ] })
        );
        let open = "query($id: ID!) { project(id: $id) { twinSpace { id } } }";
        let approve = "mutation($id: ID!) {
            approveProject(input: { projectId: $id }) { project { state } }
        }";
        for (officer, state) in officers.iter().zip(["PENDING_APPROVAL", "ACTIVE"]) {
            let data = story.tell(&zofia.token, open, project.clone()).await;
            assert!(data["project"]["twinSpace"].is_null(), "P-08: {data}");
            let waiting = "{ viewer { approvals { totalCount nodes { project { id } } } } }";
            let data = story.tell(officer, waiting, json!({})).await;
            let waiting = &data["viewer"]["approvals"];
            assert_eq!(waiting["nodes"], json!([{ "project": project }]));
            let data = story.tell(officer, approve, project.clone()).await;
            assert_eq!(data["approveProject"]["project"]["state"], state);
        }

        // P-08: both are teacher administrators of the TwinSpace.
        let data = story.tell(&zofia.token, open, project.clone()).await;
        let space = string(&data["project"]["twinSpace"]["id"]);
        let members = "query($id: ID!) { twinSpace(id: $id) { members { nodes { name role } } } }";
        let data = story.tell(&angel.token, members, json!({ "id": space })).await;
        assert_eq!(
            data["twinSpace"]["members"]["nodes"],
            json!([
                { "name": "Ángel Cano Robles", "role": "TEACHER_ADMIN" },
                { "name": "Zofia Wiśniewska", "role": "TEACHER_ADMIN" },
            ])
        );
        assert_eq!(story.counts(&zofia.token, &space).await, [2, 0, 2]); // M-01

        // M-04: a registered teacher accepts with the account.
        let soren = school("Ågade Skole", "Aarhus", "DK");
        let soren = story.register("soren@example.org", "Søren Kjærgaard", soren).await;
        let invite = "mutation($space: ID!, $email: String!, $role: TwinSpaceRole!) {
            inviteMember(input: { twinSpaceId: $space, email: $email, role: $role }) {
                invitation { id kind state }
            }
        }";
        let invited = json!({ "space": space, "email": soren.email, "role": "TEACHER" });
        let data = story.tell(&zofia.token, invite, invited.clone()).await;
        let invitation = &data["inviteMember"]["invitation"];
        assert_eq!((&invitation["kind"], &invitation["state"]), (&json!("COLLABORATOR"), &json!("PENDING")));
        let again = story.refused(&angel.token, invite, invited).await;
        assert_eq!(again, ("CONFLICT".into(), "ALREADY_INVITED".into())); // M-05
        let accept = "mutation($token: String!) {
            acceptInvitation(input: { token: $token }) { member { id name role } }
        }";
        let mailed = json!({ "token": story.mailed(&soren.email, "invites you").await });
        let wrong = story.refused(&angel.token, accept, mailed.clone()).await;
        assert_eq!(wrong, ("FORBIDDEN".into(), "ADDRESS_DIFFERS".into()));
        let data = story.tell(&soren.token, accept, mailed.clone()).await;
        let collaborator = data["acceptInvitation"]["member"].clone();
        assert_eq!(collaborator["role"], "TEACHER");
        assert_eq!(story.counts(&zofia.token, &space).await, [3, 0, 3]);
        assert_eq!(story.refused(&soren.token, accept, mailed).await.0, "NOT_FOUND");

        // … and a visitor without an account becomes a guest.
        let email = "oona@example.org";
        let invited = json!({ "space": space, "email": email, "role": "VISITOR" });
        story.tell(&zofia.token, invite, invited).await;
        let token = story.mailed(email, "invites you").await;
        let preview = "query($token: String!) {
            invitation(token: $token) { projectTitle inviterName role }
        }";
        let data = story.tell("", preview, json!({ "token": token })).await;
        assert_eq!(
            data["invitation"],
            json!({ "projectTitle": "Bees across borders", "inviterName": "Zofia Wiśniewska", "role": "VISITOR" })
        );
        let accept = "mutation($input: AcceptInvitationAsGuestInput!) {
            acceptInvitationAsGuest(input: $input) {
                member { role kind } token viewer { kind }
            }
        }";
        let input = json!({ "token": token, "name": "Oona Mäkinen", "password": PASSWORD });
        let data = story.tell("", accept, json!({ "input": input })).await;
        let guest = &data["acceptInvitationAsGuest"];
        assert_eq!(guest["member"], json!({ "role": "VISITOR", "kind": "GUEST" }));
        let visitor = string(&guest["token"]);
        assert_eq!(story.counts(&visitor, &space).await, [3, 1, 4]); // M-20: visitors see counts.

        // M-12: a role is changed, and what it allows with it.
        let change = "mutation($id: ID!, $role: TwinSpaceRole!) {
            changeMemberRole(input: { memberId: $id, role: $role }) { member { role } }
        }";
        let raise = json!({ "id": collaborator["id"], "role": "TEACHER_ADMIN" });
        for (token, reason) in [(&soren.token, "NOT_YOUR_PUPIL"), (&visitor, "ROLE_TOO_LOW")] {
            let refused = story.refused(token, change, raise.clone()).await;
            assert_eq!(refused, ("FORBIDDEN".into(), reason.into())); // R-02, M-13
        }
        let another = json!({ "space": space, "email": "x@example.org", "role": "TEACHER" });
        let refused = story.refused(&soren.token, invite, another.clone()).await;
        assert_eq!(refused, ("FORBIDDEN".into(), "ROLE_TOO_LOW".into()));
        let data = story.tell(&zofia.token, change, raise.clone()).await;
        assert_eq!(data["changeMemberRole"]["member"]["role"], "TEACHER_ADMIN");
        assert_eq!(story.counts(&zofia.token, &space).await, [3, 1, 4]);
        story.tell(&soren.token, invite, another).await;

        // P-10: a founder's role cannot be changed, as `permissions` said.
        let card = "query($id: ID!) { twinSpace(id: $id) { members(filter: { search: \"angel\" }) {
            nodes { id permissions { changeRole { allowed reason } } }
        } } }";
        let data = story.tell(&soren.token, card, json!({ "id": space })).await;
        let founder = &data["twinSpace"]["members"]["nodes"][0];
        assert_eq!(
            founder["permissions"]["changeRole"],
            json!({ "allowed": false, "reason": "FOUNDER_PROTECTED" })
        );
        let lower = json!({ "id": founder["id"], "role": "VISITOR" });
        let refused = story.refused(&soren.token, change, lower).await;
        assert_eq!(refused, ("FORBIDDEN".into(), "FOUNDER_PROTECTED".into()));

        // for a stranger, the TwinSpace does not exist.
        let refused = story.refused(&officers[0], members, json!({ "id": space })).await;
        assert_eq!(refused.0, "NOT_FOUND");
    }
}
