//! Projects, from the draft to the closed project (P-01 to P-09, P-17).

use serde_json::{Value, json};

use crate::support::{TestApp, cast::Person, on_both_databases};

mod answer;
mod draft;
mod edit;

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
}
