//! Projects, from the draft to the closed project (P-01 to P-09, P-17).

use serde_json::{Value, json};

use crate::support::{TestApp, cast::Person, on_both_databases};

/// Two teachers who are contacts, and those who decide.
pub struct Founding {
    pub proposer: Person,
    pub cofounder: Person,
    pub administrator: Person,
}

/// All required fields of a project (P-03).
pub fn fields() -> Value {
    json!({
        "title": "Rivers", "shortDescription": "We follow rivers.", "aims": "To know rivers.",
        "workProcess": "We walk.", "expectedResults": "Maps.", "languages": ["de", "fr"],
        "subjects": ["Geography"], "ageFrom": 8, "ageTo": 11, "pupilCount": 40, "tools": "Boots",
    })
}

impl Founding {
    pub async fn of(app: &TestApp) -> Self {
        let proposer = app.teacher("Petra Proposer", "DE").await;
        let cofounder = app.teacher("Carla Cofounder", "FR").await;
        app.befriend(&proposer, &cofounder).await;
        Self { proposer, cofounder, administrator: app.administrator().await }
    }

    /// Creates a project; returns its ID.
    pub async fn draft(&self, app: &TestApp) -> String {
        let input = json!({ "cofounderId": self.cofounder.id.to_string(), "fields": fields() });
        let payload = app.does(&self.proposer, "createProject", input, "project { id }").await;
        payload["project"]["id"].as_str().unwrap().to_owned()
    }

    /// Who takes this step.
    pub fn actor(&self, act: &str) -> &Person {
        match act {
            "acceptProject" | "declineProject" => &self.cofounder,
            "approveProject" | "rejectProject" => &self.administrator,
            _ => &self.proposer,
        }
    }

    async fn tries(&self, app: &TestApp, act: &str, project: &str) -> String {
        let mut input = json!({ "projectId": project });
        if act == "rejectProject" {
            input["reason"] = json!("Too few rivers.");
        }
        app.tries(self.actor(act), act, input).await
    }

    /// A project brought into this state through the API.
    pub async fn reach(&self, app: &TestApp, state: &str) -> String {
        let way: &[&str] = match state {
            "DRAFT" => &[],
            "PENDING_PARTNER" => &["sendProject"],
            "PENDING_APPROVAL" => &["sendProject", "acceptProject"],
            "ACTIVE" => &["sendProject", "acceptProject", "approveProject"],
            "CLOSED" => &["sendProject", "acceptProject", "approveProject", "closeProject"],
            "DECLINED" => &["sendProject", "declineProject"],
            "REJECTED" => &["sendProject", "acceptProject", "rejectProject"],
            "WITHDRAWN" => &["sendProject", "withdrawProject"],
            other => panic!("{other}"),
        };
        let project = self.draft(app).await;
        for act in way {
            assert_eq!(self.tries(app, act, &project).await, "OK", "{act}");
        }
        assert_eq!(self.state(app, &project).await, state);
        project
    }

    pub async fn state(&self, app: &TestApp, project: &str) -> String {
        let query = format!("{{ project(id: \"{project}\") {{ state }} }}");
        let data = app.sees(&self.proposer, &query).await;
        data["project"]["state"].as_str().unwrap().to_owned()
    }
}

const ACTS: [&str; 8] = [
    "sendProject",
    "acceptProject",
    "declineProject",
    "withdrawProject",
    "approveProject",
    "rejectProject",
    "closeProject",
    "reopenProject",
];

fn leads_to(state: &str, act: &str) -> Option<&'static str> {
    Some(match (state, act) {
        ("DRAFT" | "DECLINED" | "REJECTED" | "WITHDRAWN", "sendProject") => "PENDING_PARTNER",
        ("PENDING_PARTNER", "acceptProject") => "PENDING_APPROVAL",
        ("PENDING_PARTNER", "declineProject") => "DECLINED",
        ("PENDING_PARTNER" | "PENDING_APPROVAL", "withdrawProject") => "WITHDRAWN",
        ("PENDING_APPROVAL", "approveProject") | ("CLOSED", "reopenProject") => "ACTIVE",
        ("PENDING_APPROVAL", "rejectProject") => "REJECTED",
        ("ACTIVE", "closeProject") => "CLOSED",
        _ => return None,
    })
}

/// Whether the person who would act knows about a project in this state.
fn knows(state: &str, act: &str) -> bool {
    match act {
        "acceptProject" | "declineProject" => state != "DRAFT",
        "approveProject" | "rejectProject" => {
            matches!(state, "PENDING_APPROVAL" | "ACTIVE" | "CLOSED" | "REJECTED")
        }
        _ => true,
    }
}

on_both_databases! {
    // P-04
    async fn a_project_goes_its_way_and_no_other(app: TestApp) {
        let founding = Founding::of(&app).await;
        let states = [
            "DRAFT",
            "PENDING_PARTNER",
            "PENDING_APPROVAL",
            "ACTIVE",
            "CLOSED",
            "DECLINED",
            "REJECTED",
            "WITHDRAWN",
        ];
        for state in states {
            for act in ACTS {
                let project = founding.reach(&app, state).await;
                let step = act.trim_end_matches("Project");
                let ask = format!("{{ node(id: \"{project}\") {{ ... on Project {{ permissions {{ {step} {{ reason }} }} }} }} }}");
                let told = app.sees(founding.actor(act), &ask).await["node"].take();
                let outcome = founding.tries(&app, act, &project).await;
                //
                let reason = outcome.split_once(' ').map_or(Value::Null, |(_, reason)| json!(reason));
                let hidden = outcome == "NOT_FOUND";
                assert!(hidden || told["permissions"][step]["reason"] == reason, "{act}, {state}: {told} {outcome}");
                let (expected, after) = match leads_to(state, act) {
                    Some(after) => ("OK", after),
                    // The policy knows, and `permissions` says, that it is not open.
                    None if act == "closeProject"
                        || (act == "reopenProject" && state != "ACTIVE") =>
                    {
                        ("FORBIDDEN PROJECT_NOT_ACTIVE", state)
                    }
                    None if knows(state, act) => ("CONFLICT WRONG_STATE", state),
                    None => ("NOT_FOUND", state),
                };
                assert_eq!(outcome, expected, "{act} of a project that is {state}");
                assert_eq!(founding.state(&app, &project).await, after, "{state} after {act}");
            }
        }
    }

    // P-01
    async fn founders_of_one_country_cannot_send_their_project(app: TestApp) {
        let proposer = app.teacher("Petra", "DE").await;
        let cofounder = app.teacher("Dora", "DE").await;
        let project = app.draft(&proposer, &cofounder).await.to_string();
        let told = ("Project", project.as_str());
        let send = ("sendProject", json!({ "projectId": project }));
        app.foretold(&proposer, told, "send", send, "CONFLICT SAME_COUNTRY").await;
    }

    // P-01, P-05
    async fn a_partner_who_moved_to_the_proposers_country_cannot_accept_and_can_decline(
        app: TestApp,
    ) {
        let founding = Founding::of(&app).await;
        let project = founding.reach(&app, "PENDING_PARTNER").await;
        let school = json!({ "name": "New", "town": "Bonn", "country": "DE" });
        app.does(&founding.cofounder, "editProfile", json!({ "school": school }), "__typename")
            .await;
        let told = ("Project", project.as_str());
        let accept = ("acceptProject", json!({ "projectId": project }));
        let one_country = "CONFLICT SAME_COUNTRY";
        app.foretold(&founding.cofounder, told, "accept", accept, one_country).await;
        assert_eq!(founding.tries(&app, "declineProject", &project).await, "OK");
        assert_eq!(founding.state(&app, &project).await, "DECLINED");
    }

    // P-01, P-04
    async fn a_project_whose_founders_came_into_one_country_can_still_be_rejected(app: TestApp) {
        let founding = Founding::of(&app).await;
        let project = founding.reach(&app, "PENDING_APPROVAL").await;
        let school = json!({ "name": "New", "town": "Bonn", "country": "DE" });
        app.does(&founding.cofounder, "editProfile", json!({ "school": school }), "__typename")
            .await;
        let told = ("Project", project.as_str());
        let approve = ("approveProject", json!({ "projectId": project }));
        let one_country = "CONFLICT SAME_COUNTRY";
        app.foretold(&founding.administrator, told, "approve", approve, one_country).await;
        assert_eq!(founding.tries(&app, "rejectProject", &project).await, "OK");
    }

    // P-02
    async fn a_cofounder_must_be_a_contact_when_chosen_and_when_it_is_sent(app: TestApp) {
        let proposer = app.teacher("Petra", "DE").await;
        let stranger = app.teacher("Sven", "SE").await;
        let friend = app.teacher("Fritz", "AT").await;
        let asked = json!({ "personId": stranger.id.to_string() });
        app.does(&proposer, "requestContact", asked, "contact { state }").await;
        let input = json!({ "cofounderId": stranger.id.to_string(), "fields": fields() });
        assert_eq!(app.tries(&proposer, "createProject", input).await, "CONFLICT NOT_A_CONTACT");
        let itself = json!({ "cofounderId": proposer.id.to_string(), "fields": fields() });
        assert_eq!(app.tries(&proposer, "createProject", itself).await, "CONFLICT NOT_A_CONTACT");

        let project = app.draft(&proposer, &friend).await.to_string();
        let contacts =
            app.sees(&proposer, "{ viewer { contacts(state: ACCEPTED) { nodes { id } } } }").await;
        let contact = contacts["viewer"]["contacts"]["nodes"][0]["id"].clone();
        app.does(&friend, "removeContact", json!({ "contactId": contact }), "contactId").await;
        let told = ("Project", project.as_str());
        let send = ("sendProject", json!({ "projectId": project }));
        app.foretold(&proposer, told, "send", send, "CONFLICT NOT_A_CONTACT").await;
    }

    // P-03
    async fn an_incomplete_project_is_told_all_that_is_missing(app: TestApp) {
        let proposer = app.teacher("Petra", "DE").await;
        let payload = app.does(&proposer, "createProject", json!({}), "project { id state }").await;
        let project = payload["project"]["id"].as_str().unwrap();
        let operation = crate::support::play::mutation("sendProject", "__typename");
        let input = json!({ "input": { "projectId": project } });
        let answer = app.execute(Some(&proposer.token), &operation, input).await;
        let extensions = &answer["errors"][0]["extensions"];
        assert_eq!(extensions["code"], "BAD_USER_INPUT");
        let problems = extensions["problems"].as_array().unwrap();
        let missing: Vec<_> = problems.iter().map(|p| p["field"].as_str().unwrap()).collect();
        assert_eq!(
            missing,
            [
                "title",
                "shortDescription",
                "aims",
                "workProcess",
                "expectedResults",
                "languages",
                "subjects",
                "ageFrom",
                "ageTo",
                "pupilCount",
                "tools",
                "cofounderId",
            ]
        );
    }

    // P-03
    async fn what_does_not_fit_is_told_field_by_field(app: TestApp) {
        let proposer = app.teacher("Petra", "DE").await;
        for (field, value) in [
            ("title", json!("x".repeat(201))),
            ("title", json!("a\u{0}b")),
            ("title", json!(" ")),
            ("shortDescription", json!("x".repeat(1001))),
            ("aims", json!("a\u{0}")),
            ("languages", json!(["xx"])),
            ("subjects", json!([""])),
            ("ageFrom", json!(1)),
            ("ageTo", json!(26)),
            ("pupilCount", json!(0)),
            ("tools", json!("x".repeat(1001))),
        ] {
            let value_is_list = value.is_array();
            let outcome =
                app.tries(&proposer, "createProject", json!({ "fields": { field: value } })).await;
            let item = if value_is_list { ".0" } else { "" };
            assert_eq!(outcome, format!("BAD_USER_INPUT fields.{field}{item}"));
        }
        let crossed = json!({ "fields": { "ageFrom": 12, "ageTo": 9 } });
        assert_eq!(app.tries(&proposer, "createProject", crossed).await, "BAD_USER_INPUT fields.ageTo");
    }

    // P-03: titles need not be unique.
    async fn two_projects_may_have_the_same_title(app: TestApp) {
        let founding = Founding::of(&app).await;
        let one = founding.reach(&app, "ACTIVE").await;
        let other = founding.reach(&app, "ACTIVE").await;
        assert_ne!(one, other);
        let data = app.sees(None, "{ projects { totalCount nodes { title } } }").await;
        assert_eq!(
            data["projects"]["nodes"],
            json!([{ "title": "Rivers" }, { "title": "Rivers" }])
        );
    }

    // P-03
    async fn a_draft_is_seen_and_edited_by_the_proposer_alone(app: TestApp) {
        let founding = Founding::of(&app).await;
        let project = founding.draft(&app).await;
        let stranger = app.teacher("Sven", "SE").await;
        let edit = json!({ "projectId": project, "fields": { "title": "Lakes" } });
        for other in [&founding.cofounder, &stranger, &founding.administrator] {
            assert_eq!(app.tries(other, "editProject", edit.clone()).await, "NOT_FOUND");
        }
        assert_eq!(app.tries(None, "editProject", edit.clone()).await, "UNAUTHENTICATED");
        let payload =
            app.does(&founding.proposer, "editProject", edit, "project { title aims }").await;
        assert_eq!(payload["project"], json!({ "title": "Lakes", "aims": "To know rivers." }));
        let mine = app.sees(&founding.cofounder, "{ viewer { projects { totalCount } } }").await;
        assert_eq!(mine["viewer"]["projects"]["totalCount"], 0);
    }

    // P-03, P-04, R-01
    async fn who_is_chosen_for_a_project_that_came_back_sees_it_once_it_is_sent(app: TestApp) {
        let founding = Founding::of(&app).await;
        let next = app.teacher("Nora Next", "SE").await;
        app.befriend(&founding.proposer, &next).await;
        for state in ["DECLINED", "REJECTED", "WITHDRAWN"] {
            let project = founding.reach(&app, state).await;
            let query = format!("{{ project(id: \"{project}\") {{ state }} }}");
            let edit = json!({ "projectId": project, "cofounderId": founding.cofounder.id.to_string() });
            assert_eq!(app.tries(&founding.proposer, "editProject", edit).await, "OK");
            // The same person was asked before, and can see what happened to it.
            assert_eq!(app.asks(&founding.cofounder, &query).await, "OK");
            let edit = json!({ "projectId": project, "cofounderId": next.id.to_string() });
            assert_eq!(app.tries(&founding.proposer, "editProject", edit).await, "OK");
            assert_eq!(founding.state(&app, &project).await, "DRAFT");
            let mine = "{ viewer { projects { totalCount } } }";
            let count = |data: Value| data["viewer"]["projects"]["totalCount"].clone();
            let before = count(app.sees(&next, mine).await).as_i64().unwrap();
            for other in [&next, &founding.cofounder] {
                assert_eq!(app.asks(other, &query).await, "NOT_FOUND");
            }
            let input = json!({ "projectId": project });
            assert_eq!(app.tries(&founding.proposer, "sendProject", input).await, "OK");
            assert_eq!(app.asks(&next, &query).await, "OK");
            assert_eq!(count(app.sees(&next, mine).await), before + 1);
        }
    }

    // P-04, R-02
    async fn a_founder_is_told_beforehand_that_what_is_not_open_is_not_closed(app: TestApp) {
        let founding = Founding::of(&app).await;
        for (state, reason) in [
            ("DRAFT", json!("PROJECT_NOT_ACTIVE")),
            ("PENDING_APPROVAL", json!("PROJECT_NOT_ACTIVE")),
            ("ACTIVE", Value::Null),
            ("CLOSED", json!("PROJECT_NOT_ACTIVE")),
        ] {
            let project = founding.reach(&app, state).await;
            let query = format!(
                "{{ project(id: \"{project}\") {{ permissions {{ close {{ reason }} }} }} }}"
            );
            let data = app.sees(&founding.proposer, &query).await;
            assert_eq!(data["project"]["permissions"]["close"]["reason"], reason, "{state}");
        }
    }

    // P-05
    async fn nobody_but_the_invited_partner_answers(app: TestApp) {
        let founding = Founding::of(&app).await;
        let project = founding.reach(&app, "PENDING_PARTNER").await;
        let stranger = app.teacher("Sven", "SE").await;
        for act in ["acceptProject", "declineProject"] {
            let input = json!({ "projectId": project });
            assert_eq!(
                app.tries(&founding.proposer, act, input.clone()).await,
                "FORBIDDEN NOT_YOURS"
            );
            assert_eq!(app.tries(&stranger, act, input.clone()).await, "NOT_FOUND");
            assert_eq!(app.tries(None, act, input).await, "UNAUTHENTICATED");
        }
        let input = json!({ "projectId": project });
        for act in ["sendProject", "withdrawProject"] {
            let outcome = app.tries(&founding.cofounder, act, input.clone()).await;
            assert_eq!(outcome, "FORBIDDEN NOT_YOURS");
        }
        assert_eq!(app.outbox().await.len(), 1, "the partner is told by mail");
    }

    // P-05
    async fn a_word_with_which_a_project_is_declined_has_a_limit(app: TestApp) {
        let founding = Founding::of(&app).await;
        let project = founding.reach(&app, "PENDING_PARTNER").await;
        for reason in ["x".repeat(2001), "a\u{0}b".to_owned()] {
            let input = json!({ "projectId": project, "reason": reason });
            let outcome = app.tries(&founding.cofounder, "declineProject", input).await;
            assert_eq!(outcome, "BAD_USER_INPUT reason");
        }
        let input = json!({ "projectId": project, "reason": "No time." });
        app.does(&founding.cofounder, "declineProject", input, "project { state }").await;
        let query = format!("{{ project(id: \"{project}\") {{ refusal }} }}");
        let data = app.sees(&founding.proposer, &query).await;
        assert_eq!(data["project"]["refusal"], "No time.");
    }

    // P-07
    async fn a_sent_project_shows_for_whom_it_waits(app: TestApp) {
        let founding = Founding::of(&app).await;
        let project = founding.reach(&app, "PENDING_PARTNER").await;
        for fields in ["waitsForPartner { id }", "waitsForPartner { name }"] {
            let query = format!("{{ project(id: \"{project}\") {{ {fields} }} }}");
            app.sees(&founding.proposer, &query).await;
        }
        let query = format!(
            "{{ project(id: \"{project}\") {{ waitsForPartner {{ name school {{ country }} }} }} }}"
        );
        let data = app.sees(&founding.proposer, &query).await;
        let expected = json!({ "name": "Carla Cofounder", "school": { "country": "FR" } });
        assert_eq!(data["project"]["waitsForPartner"], expected);
        assert_eq!(founding.tries(&app, "acceptProject", &project).await, "OK");
        let data = app.sees(&founding.proposer, &query).await;
        assert_eq!(data["project"]["waitsForPartner"], Value::Null);
    }

    // P-08, P-10
    async fn the_twinspace_opens_with_both_founders_as_teacher_administrators(app: TestApp) {
        let founding = Founding::of(&app).await;
        let project = founding.reach(&app, "PENDING_APPROVAL").await;
        let query = format!(
            "{{ project(id: \"{project}\") {{ twinSpace {{ id }} partners {{ totalCount }} }} }}"
        );
        let data = app.sees(&founding.proposer, &query).await;
        assert_eq!(data["project"], json!({ "twinSpace": null, "partners": { "totalCount": 0 } }));

        assert_eq!(founding.tries(&app, "approveProject", &project).await, "OK");
        let query = format!(
            "{{ project(id: \"{project}\") {{
            partners {{ nodes {{ role isFounder }} }}
            twinSpace {{ members {{ nodes {{ role name isFounder inviter {{ name }} }} }} }} }} }}"
        );
        let data = app.sees(&founding.cofounder, &query).await;
        let partner = json!({ "role": "MANAGER", "isFounder": true });
        assert_eq!(data["project"]["partners"]["nodes"], json!([partner, partner]));
        let member = |name| json!({ "role": "TEACHER_ADMIN", "name": name, "isFounder": true, "inviter": null });
        assert_eq!(
            data["project"]["twinSpace"]["members"]["nodes"],
            json!([member("Carla Cofounder"), member("Petra Proposer")])
        );
    }

    // P-09, P-16
    async fn founders_and_managers_edit_an_active_project_and_no_one_else(app: TestApp) {
        let space = app.space().await;
        let edit = |title: &str| json!({ "projectId": space.project.to_string(), "fields": { "title": title } });
        let manager = app.teacher("Mona", "IT").await;
        app.partner(&space, &manager, entity::ProjectRole::Manager).await;
        let member = app.teacher("Mia", "IT").await;
        app.partner(&space, &member, entity::ProjectRole::Member).await;
        let collaborator = app.teacher("Cora", "IT").await;
        app.seat(&space, &collaborator, entity::TwinSpaceRole::TeacherAdmin).await;
        for person in [&space.founders[0], &space.founders[1], &manager] {
            assert_eq!(app.tries(person, "editProject", edit("Wasps")).await, "OK");
        }
        for person in [&member, &collaborator] {
            let outcome = app.tries(person, "editProject", edit("Flies")).await;
            assert_eq!(outcome, "FORBIDDEN ROLE_TOO_LOW");
        }
        // It remains complete, and keeps its co-founder.
        let empty = json!({ "projectId": space.project.to_string(), "fields": { "aims": "" } });
        assert_eq!(app.tries(&manager, "editProject", empty).await, "BAD_USER_INPUT fields.aims");
        let other = json!({ "projectId": space.project.to_string(), "cofounderId": manager.id.to_string() });
        let outcome = app.tries(&space.founders[0], "editProject", other).await;
        assert_eq!(outcome, "CONFLICT WRONG_STATE");
    }

    // P-03, P-04
    async fn a_project_is_not_edited_while_others_decide_or_when_it_is_closed(app: TestApp) {
        let founding = Founding::of(&app).await;
        for state in ["PENDING_PARTNER", "PENDING_APPROVAL", "CLOSED"] {
            let project = founding.reach(&app, state).await;
            let edit = json!({ "projectId": project, "fields": { "title": "Lakes" } });
            let outcome = app.tries(&founding.proposer, "editProject", edit).await;
            assert_eq!(outcome, "FORBIDDEN PROJECT_NOT_ACTIVE", "{state}");
        }
    }

    // P-17
    async fn a_closed_twinspace_is_read_by_its_members_who_may_only_be_removed(app: TestApp) {
        let space = app.space().await;
        let [founder, other] = &space.founders;
        let teacher = app.teacher("Tina", "IT").await;
        let member = app.seat(&space, &teacher, entity::TwinSpaceRole::Teacher).await;
        let input = json!({ "projectId": space.project.to_string() });
        assert_eq!(
            app.tries(&teacher, "closeProject", input.clone()).await,
            "FORBIDDEN ROLE_TOO_LOW"
        );
        assert_eq!(app.tries(other, "closeProject", input.clone()).await, "OK");

        let query =
            format!("{{ twinSpace(id: \"{}\") {{ state members {{ totalCount }} }} }}", space.id);
        let data = app.sees(&teacher, &query).await;
        assert_eq!(data["twinSpace"], json!({ "state": "CLOSED", "members": { "totalCount": 3 } }));
        let invite = json!({ "twinSpaceId": space.id.to_string(), "email": "a@example.org", "role": "TEACHER" });
        let change = json!({ "memberId": member.to_string(), "role": "VISITOR" });
        let remove = json!({ "memberId": member.to_string() });
        for (act, input) in [("inviteMember", invite), ("changeMemberRole", change)] {
            assert_eq!(
                app.tries(founder, act, input).await,
                "FORBIDDEN PROJECT_NOT_ACTIVE",
                "{act}"
            );
        }
        assert_eq!(app.tries(founder, "removeMember", remove).await, "OK");
        assert_eq!(app.asks(&teacher, &query).await, "NOT_FOUND");
        assert_eq!(app.tries(founder, "reopenProject", input).await, "OK");
    }

    //
    async fn every_step_of_a_project_is_in_its_audit_log(app: TestApp) {
        let founding = Founding::of(&app).await;
        let project = founding.reach(&app, "WITHDRAWN").await;
        for act in [
            "sendProject",
            "declineProject",
            "sendProject",
            "acceptProject",
            "rejectProject",
            "sendProject",
            "acceptProject",
            "approveProject",
            "closeProject",
            "reopenProject",
        ] {
            assert_eq!(founding.tries(&app, act, &project).await, "OK", "{act}");
        }
        let edit = json!({ "projectId": project, "fields": { "title": "Lakes" } });
        assert_eq!(app.tries(&founding.proposer, "editProject", edit).await, "OK");
        assert_eq!(
            app.acts(&founding.cofounder, &project).await,
            [
                "PROJECT_CREATED",
                "PROJECT_SENT",
                "PROJECT_WITHDRAWN",
                "PROJECT_SENT",
                "PROJECT_DECLINED",
                "PROJECT_SENT",
                "PROJECT_ACCEPTED",
                // The administrator decides for both countries.
                "PROJECT_REJECTED",
                "PROJECT_REJECTED",
                "PROJECT_SENT",
                "PROJECT_ACCEPTED",
                "PROJECT_APPROVED",
                "PROJECT_APPROVED",
                "TWIN_SPACE_OPENED",
                "PROJECT_CLOSED",
                "PROJECT_REOPENED",
                "PROJECT_EDITED",
            ]
        );
        // Visible to founders, managers and the officers concerned, and nobody else.
        let query = format!("{{ project(id: \"{project}\") {{ auditLog {{ totalCount }} }} }}");
        assert_eq!(app.asks(&founding.administrator, &query).await, "OK");
        let stranger = app.teacher("Sven", "SE").await;
        assert_eq!(app.asks(&stranger, &query).await, "FORBIDDEN ROLE_TOO_LOW");
        assert_eq!(app.asks(None, &query).await, "UNAUTHENTICATED");
    }

    // P-09
    async fn a_field_of_an_active_project_that_is_emptied_is_named_as_such(app: TestApp) {
        let founding = Founding::of(&app).await;
        for (state, words) in [("DRAFT", None), ("ACTIVE", Some("must not be empty"))] {
            let project = founding.reach(&app, state).await;
            let input = json!({ "input": { "projectId": project, "fields": { "languages": [] } } });
            let operation = "mutation($input: EditProjectInput!) { editProject(input: $input) { project { id } } }";
            let answer = app.execute(Some(&founding.proposer.token), operation, input).await;
            let told = &answer["errors"][0]["extensions"]["problems"][0];
            let expected = words.map_or(Value::Null, |words| json!({ "field": "fields.languages", "message": words }));
            assert_eq!(*told, expected, "{state}");
        }
    }
}
