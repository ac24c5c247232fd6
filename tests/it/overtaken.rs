//! Changes between the look and the lock: nobody can do what would be refused if done one after the
//! other. What an action waits for is held here, changed, and released.

use domain::{access, clock::now, db::Tx};
use entity::{
    AccountId, InvitationState, MediaState, PageVisibility, ProjectId, ProjectRole, ProjectState,
    TwinSpaceRole, account, invitation, media, member, page, page_grant, partner, project,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde_json::{Value, json};

use crate::{
    inside::page::{Plan, put_pages},
    members::{invitation::invite, pupil},
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases, until,
    },
};

mod inside;
mod projects;

/// Somebody's action, and what it reads before it waits for the project: the session, and whatever
/// a preview reads.
struct Attempt<'a> {
    who: &'a Person,
    act: &'a str,
    input: Value,
    looks: u64,
}

/// Lets somebody act on something of a project that changes meanwhile; returns how that ends.
async fn meanwhile(
    app: &TestApp,
    project: ProjectId,
    attempt: Attempt<'_>,
    change: impl AsyncFnOnce(&Tx),
) -> String {
    let Attempt { who, act, input, looks } = attempt;
    let tx = app.db.begin().await.unwrap();
    access::lock_project(&tx, project).await.unwrap();
    let before = app.db.statements();
    let changes = async {
        until("the action waits", async || app.db.statements() >= before + looks).await;
        change(&tx).await;
        tx.commit().await.unwrap();
    };
    let (outcome, ()) = tokio::join!(app.tries(who, act, input), changes);
    outcome
}

/// What happens meanwhile to a pupil.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// The pupil is promoted to teacher administrator.
    Raised,
    /// The pupil comes into this custody.
    HandedOn(AccountId),
    /// The project is closed.
    Closed,
}

async fn give_role(tx: &Tx, space: &Space, person: &Person, role: TwinSpaceRole) {
    let place = member::Entity::of(space.project).filter(member::Column::AccountId.eq(person.id));
    let mut row = place.one(&**tx).await.unwrap().unwrap().into_active_model();
    row.role = Set(role);
    row.update(&**tx).await.unwrap();
}

async fn close(tx: &Tx, space: &Space) {
    let row = project::Entity::find_by_id(space.project).one(&**tx).await.unwrap().unwrap();
    let mut row = row.into_active_model();
    row.state = Set(ProjectState::Closed);
    row.update(&**tx).await.unwrap();
}

async fn befalls(tx: &Tx, space: &Space, pupil: &Person, fate: Fate) {
    match fate {
        Fate::Raised => give_role(tx, space, pupil, TwinSpaceRole::TeacherAdmin).await,
        Fate::HandedOn(to) => {
            let row = account::Entity::find_by_id(pupil.id).one(&**tx).await.unwrap().unwrap();
            let mut row = row.into_active_model();
            row.custodian_id = Set(Some(to));
            row.update(&**tx).await.unwrap();
        }
        Fate::Closed => close(tx, space).await,
    }
}

fn plan(space: &Space, author: &Person) -> Plan {
    Plan {
        project: space.project,
        author: author.id,
        visibility: PageVisibility::Members,
        position: 1,
        archived: false,
        given: None,
    }
}

type Input<'a> = &'a dyn Fn(&str, &str) -> Value;

on_both_databases! {
    // M-12 to M-16
    async fn a_pupil_who_changes_meanwhile_is_decided_on_as_they_are_then(app: TestApp) {
        let acts: [(&str, u64, Input<'_>); 8] = [
            ("removeMember", 1, &|id, _| json!({ "memberId": id })),
            // With PostgreSQL it is tried without a lock first.
            ("changeMemberRole", if app.is_postgresql() { 2 } else { 1 }, &|id, _| json!({ "memberId": id, "role": "PUPIL_ADMIN" })),
            ("editPupil", 1, &|id, _| json!({ "memberId": id, "givenName": "X", "familyName": "Y" })),
            ("recordConsent", 1, &|id, _| {
                json!({ "pupils": { "memberIds": [id] }, "scope": "PICTURES", "givenBy": "GUARDIAN" })
            }),
            ("withdrawConsent", 1, &|id, _| json!({ "pupil": { "memberId": id }, "scope": "PARTICIPATION" })),
            ("resetPupilPassword", 2, &|id, _| json!({ "pupil": { "memberId": id }, "password": "sunflower 7" })),
            ("erasePupil", 1, &|id, _| json!({ "pupil": { "memberId": id }, "acknowledge": true })),
            ("offerCustody", 2, &|id, to| json!({ "memberId": id, "toMemberId": to })),
        ];
        for (act, looks, input) in acts {
            for n in 0..3 {
                let space = app.space().await;
                let founder = &space.founders[0];
                let custodian = app.teacher("Tina Teacher", "IT").await;
                app.seat(&space, &custodian, TwinSpaceRole::Teacher).await;
                let pupil = app.pupil("Paula Pupil", &custodian).await;
                let id = app.seat(&space, &pupil, TwinSpaceRole::Pupil).await.to_string();
                let fate = [Fate::Raised, Fate::HandedOn(founder.id), Fate::Closed][n];
                let to = app.access(founder, space.project).await.member.unwrap().0.to_string();
                if act == "withdrawConsent" {
                    let stands = json!({ "pupils": { "memberIds": [id] }, "scope": "PARTICIPATION", "givenBy": "GUARDIAN" });
                    assert_eq!(app.tries(&custodian, "recordConsent", stands).await, "OK");
                }
                let expected = match fate {
                    // Whoever is the custodian answers for the pupil, whatever the role.
                    Fate::Raised if act == "changeMemberRole" => "FORBIDDEN ROLE_TOO_LOW",
                    Fate::HandedOn(_) => "FORBIDDEN NOT_YOUR_PUPIL",
                    Fate::Closed if act == "changeMemberRole" => "FORBIDDEN PROJECT_NOT_ACTIVE",
                    _ => "OK",
                };
                let attempt = Attempt { who: &custodian, act, input: input(&id, &to), looks };
                let change = async |tx: &Tx| befalls(tx, &space, &pupil, fate).await;
                let outcome = meanwhile(&app, space.project, attempt, change).await;
                assert_eq!(outcome, expected, "{act} while {fate:?}");
            }
        }
    }

    // M-16
    async fn custody_is_not_taken_over_from_a_custodian_who_teaches_again_meanwhile(app: TestApp) {
        let space = app.space().await;
        let admin = &space.founders[0];
        let custodian = app.teacher("Tina Teacher", "IT").await;
        let at = app.seat(&space, &custodian, TwinSpaceRole::Teacher).await.to_string();
        let rows = json!([{ "givenName": "Petra", "familyName": "P", "password": "sunflower 7" }]);
        let id = pupil::invite(&app, &custodian, &space, rows).await[0]["memberId"].clone();
        let lower = json!({ "memberId": at, "role": "VISITOR" });
        assert_eq!(app.tries(admin, "changeMemberRole", lower).await, "OK");
        // The custodian teaches here again, or the pupil comes into the custody of whoever asks.
        let input = json!({ "memberId": id });
        let attempt = Attempt { who: admin, act: "requestCustody", input: input.clone(), looks: 2 };
        let again = async |tx: &Tx| give_role(tx, &space, &custodian, TwinSpaceRole::Teacher).await;
        let outcome = meanwhile(&app, space.project, attempt, again).await;
        assert_eq!(outcome, "FORBIDDEN NOT_YOUR_PUPIL");
    }

    // M-14
    async fn a_class_one_of_whom_changes_meanwhile_gets_no_consent_recorded(app: TestApp) {
        let space = app.space().await;
        let custodian = app.teacher("Tina Teacher", "IT").await;
        app.seat(&space, &custodian, TwinSpaceRole::Teacher).await;
        let (mut pupils, mut ids) = (vec![], vec![]);
        for name in ["Paula", "Paul"] {
            let pupil = app.pupil(name, &custodian).await;
            ids.push(app.seat(&space, &pupil, TwinSpaceRole::Pupil).await.to_string());
            pupils.push(pupil);
        }
        let input = json!({ "pupils": { "memberIds": ids }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        let attempt = Attempt { who: &custodian, act: "recordConsent", input: input.clone(), looks: 1 };
        let fate = Fate::HandedOn(space.founders[0].id);
        let change = async |tx: &Tx| befalls(tx, &space, &pupils[1], fate).await;
        let outcome = meanwhile(&app, space.project, attempt, change).await;
        assert_eq!(outcome, "FORBIDDEN NOT_YOUR_PUPIL");
        let query = format!("{{ node(id: \"{}\") {{ ... on Member {{ consents {{ id }} }} }} }}", ids[0]);
        assert_eq!(app.sees(&custodian, &query).await["node"]["consents"], json!([]));
    }

    // T-01, T-02
    async fn a_page_that_changes_meanwhile_is_decided_on_as_it_is_then(app: TestApp) {
        #[derive(Clone, Copy, Debug, PartialEq)]
        enum Fate {
            Archived,
            Restored,
            Closed,
        }
        let acts: [(&str, u64, bool); 6] = [
            ("editPage", 3, false),
            ("sharePage", 1, false),
            ("movePage", 1, false),
            ("archivePage", 1, false),
            ("restorePage", 1, true),
            ("deletePage", 1, true),
        ];
        for (act, looks, in_archive) in acts {
            for fate in [if in_archive { Fate::Restored } else { Fate::Archived }, Fate::Closed] {
                let space = app.space().await;
                let founder = &space.founders[0];
                let plan = Plan { archived: in_archive, ..plan(&space, founder) };
                let id = put_pages(&app, &[plan]).await[0];
                let input = match act {
                    "editPage" => json!({ "pageId": id.to_string(), "expectedVersion": 1, "text": "x" }),
                    "sharePage" => json!({ "pageId": id.to_string(), "visibility": "MEMBERS" }),
                    _ => json!({ "pageId": id.to_string() }),
                };
                let expected = match fate {
                    Fate::Archived => "CONFLICT PAGE_ARCHIVED",
                    Fate::Restored => "CONFLICT PAGE_NOT_ARCHIVED",
                    Fate::Closed if act == "archivePage" => "OK",
                    Fate::Closed => "FORBIDDEN PROJECT_NOT_ACTIVE",
                };
                let attempt = Attempt { who: founder, act, input, looks };
                let change = async |tx: &Tx| {
                    if fate == Fate::Closed {
                        close(tx, &space).await;
                    } else {
                        let row = page::Entity::find_by_id(id).one(&**tx).await.unwrap().unwrap();
                        let mut row = row.into_active_model();
                        row.archived_at = Set((fate == Fate::Archived).then(now));
                        row.update(&**tx).await.unwrap();
                    }
                };
                let outcome = meanwhile(&app, space.project, attempt, change).await;
                assert_eq!(outcome, expected, "{act} while {fate:?}");
            }
        }
    }

    // T-02
    async fn who_may_no_longer_edit_a_page_does_not_finish_what_they_began(app: TestApp) {
        let space = app.space().await;
        let pupil = app.pupil("Pia", &space.founders[0]).await;
        let place = app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        let change = async |tx: &Tx| {
            page_grant::Entity::delete_many().exec(&**tx).await.unwrap();
        };
        // A draft is not even seen any more.
        for (visibility, expected) in [
            (PageVisibility::Members, "FORBIDDEN NOT_GIVEN"),
            (PageVisibility::Draft, "NOT_FOUND"),
        ] {
            let plan = Plan { visibility, given: Some(place), ..plan(&space, &space.founders[0]) };
            let id = put_pages(&app, &[plan]).await[0];
            let input = json!({ "pageId": id.to_string(), "expectedVersion": 1, "text": "x" });
            let attempt = Attempt { who: &pupil, act: "editPage", input, looks: 3 };
            assert_eq!(meanwhile(&app, space.project, attempt, change).await, expected);
        }
    }

    // T-03, M-14
    async fn media_that_changes_meanwhile_is_decided_on_as_it_is_then(app: TestApp) {
        for act in ["editMedia", "deleteMedia"] {
            for lowered in [true, false] {
                let space = app.space().await;
                let teacher = app.teacher("Tina Teacher", "IT").await;
                app.seat(&space, &teacher, TwinSpaceRole::TeacherAdmin).await;
                let url = "https://www.youtube.com/watch?v=dQw4w9WgXcQ";
                let add = json!({ "twinSpaceId": space.id.to_string(), "title": "Bees", "url": url,
                    "picturedIds": [] });
                let added = app.does(&space.founders[0], "addVideoLink", add, "media { id }").await;
                let id = added["media"]["id"].clone();
                let attempt = Attempt { who: &teacher, act, input: json!({ "mediaId": id }), looks: 1 };
                let change = async |tx: &Tx| {
                    if lowered {
                        give_role(tx, &space, &teacher, TwinSpaceRole::Teacher).await;
                    } else {
                        let row = media::Entity::find().filter(media::Column::ProjectId.eq(space.project));
                        let row = row.one(&**tx).await.unwrap().unwrap();
                        let mut row = row.into_active_model();
                        row.state = Set(MediaState::Deleted);
                        row.update(&**tx).await.unwrap();
                    }
                };
                let expected = if lowered { "FORBIDDEN NOT_YOURS" } else { "NOT_FOUND" };
                let outcome = meanwhile(&app, space.project, attempt, change).await;
                assert_eq!(outcome, expected, "{act}");
            }
        }
    }

    // M-05, M-12
    async fn an_invitation_that_ends_meanwhile_is_not_managed_any_more(app: TestApp) {
        for (n, (act, looks)) in
            [("resendInvitation", 2), ("changeInvitationRole", 1), ("revokeInvitation", 1)].into_iter().enumerate()
        {
            for lowered in [true, false] {
                let space = app.space().await;
                app.forget_limits().await;
                let teacher = app.teacher("Tina Teacher", "IT").await;
                app.seat(&space, &teacher, TwinSpaceRole::TeacherAdmin).await;
                let email = format!("nina{n}{lowered}@example.org");
                let id = invite(&app, &space, &email, "TEACHER").await;
                let mut input = json!({ "invitationId": id });
                if act == "changeInvitationRole" {
                    input["role"] = json!("VISITOR");
                }
                let attempt = Attempt { who: &teacher, act, input, looks };
                let change = async |tx: &Tx| {
                    if lowered {
                        give_role(tx, &space, &teacher, TwinSpaceRole::Teacher).await;
                    } else {
                        let row = invitation::Entity::of(space.project).one(&**tx).await.unwrap().unwrap();
                        let mut row = row.into_active_model();
                        row.state = Set(InvitationState::Accepted);
                        row.update(&**tx).await.unwrap();
                    }
                };
                // Whoever manages no invitations does not know of any.
                let expected = if lowered { "NOT_FOUND" } else { "CONFLICT INVITATION_ENDED" };
                let outcome = meanwhile(&app, space.project, attempt, change).await;
                assert_eq!(outcome, expected, "{act}");
            }
        }
    }

    // P-12 to P-14
    async fn a_partner_who_changes_meanwhile_is_decided_on_as_they_are_then(app: TestApp) {
        for act in ["changePartnerRole", "removePartner"] {
            for n in 0..3 {
                let space = app.space().await;
                let [founder, other] = &space.founders;
                let teacher = app.teacher("Tina Teacher", "IT").await;
                app.seat(&space, &teacher, TwinSpaceRole::TeacherAdmin).await;
                let id = app.partner(&space, &teacher, ProjectRole::Member).await;
                let mut input = json!({ "partnerId": id.to_string() });
                if act == "changePartnerRole" {
                    input["role"] = json!("MANAGER");
                }
                let attempt = Attempt { who: founder, act, input, looks: 1 };
                let change = async |tx: &Tx| match n {
                    0 => {
                        let row = partner::Entity::find_by_id(id).one(&**tx).await.unwrap().unwrap();
                        let mut row = row.into_active_model();
                        row.founder = Set(true);
                        row.update(&**tx).await.unwrap();
                    }
                    1 => {
                        for admin in [founder, other] {
                            give_role(tx, &space, admin, TwinSpaceRole::Teacher).await;
                        }
                    }
                    _ => close(tx, &space).await,
                };
                let expected = match (n, act) {
                    (0, _) => "FORBIDDEN FOUNDER_PROTECTED",
                    // Only whoever is removed from the TwinSpace leaves it without an administrator.
                    (1, "removePartner") => "FORBIDDEN LAST_TEACHER_ADMIN",
                    (1, _) => "OK",
                    _ => "FORBIDDEN PROJECT_NOT_ACTIVE",
                };
                let outcome = meanwhile(&app, space.project, attempt, change).await;
                assert_eq!(outcome, expected, "{act} {n}");
            }
        }
    }
}
