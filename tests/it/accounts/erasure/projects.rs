//! What becomes of the projects of somebody who is erased.

use entity::{
    Kind, ProjectId, ProjectRole, TwinSpaceRole, approval, media, member, page, project,
    search_entry, succession,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use twinspace::app::housekeeping;

use crate::{
    projects::project::Founding,
    support::{TestApp, cast::Space, on_both_databases},
};

use super::{close, goes, is_former, of_partner};

on_both_databases! {
    // P-14, P-15, P-17
    async fn the_last_who_administers_or_could_close_an_active_project_closes_it_first(app: TestApp) {
        let space = app.space().await;
        let [one, other] = &space.founders;
        let leave = json!({ "twinSpaceId": space.id.to_string() });
        app.does(other, "leaveTwinSpace", leave, "__typename").await;
        assert_eq!(goes(&app, one).await, "FORBIDDEN LAST_TEACHER_ADMIN");
        // The other founder leaves, someone else administers, and nobody else could close it.
        assert_eq!(goes(&app, other).await, "OK");
        let anna = app.teacher("Anna Admin", "ES").await;
        app.seat(&space, &anna, TwinSpaceRole::TeacherAdmin).await;
        assert_eq!(goes(&app, one).await, "FORBIDDEN LAST_FOUNDER");
        close(&app, one, &space).await;
        assert_eq!(goes(&app, &anna).await, "OK");
        assert_eq!(goes(&app, one).await, "OK");
        assert_eq!(member::Entity::of(space.project).count(app.db.read()).await.unwrap(), 0);
        for founder in [one, other] {
            is_former(&app, founder, "Former teacher").await;
            assert!(of_partner(&app, space.project, founder).await.unwrap().founder);
        }
        let reader = app.teacher("Rita Reader", "IT").await;
        let query = format!("{{ project(id: \"{}\") {{ countries foundedBy {{ name school {{ name }} }} proposer {{ name }}
            partners {{ nodes {{ isFounder person {{ name picture {{ url }} }} permissions {{ remove {{ reason }} }} }} }}
            permissions {{ reopen {{ reason }} }} }} }}", space.project);
        let seen = app.sees(&reader, &query).await;
        assert_eq!(seen["project"]["countries"], json!(["DE", "FR"]));
        assert_eq!(seen["project"]["foundedBy"][0]["name"], "Former teacher");
    }

    // P-10, P-14
    async fn a_founder_who_reopens_what_nobody_administers_comes_back_to_do_so(app: TestApp) {
        let space = app.space().await;
        let [one, other] = &space.founders;
        let leave = json!({ "twinSpaceId": space.id.to_string() });
        app.does(other, "leaveTwinSpace", leave, "__typename").await;
        close(&app, one, &space).await;
        assert_eq!(goes(&app, one).await, "OK");
        let input = json!({ "projectId": space.project.to_string() });
        assert_eq!(app.tries(other, "reopenProject", input).await, "OK");
        let (_, role) = app.access(other, space.project).await.member.unwrap();
        assert_eq!(role, TwinSpaceRole::TeacherAdmin);
    }

    // P-15
    async fn a_founder_whose_account_is_erased_is_succeeded_by_the_country_of_the_record(app: TestApp) {
        let [german, french] = [app.officer("DE", "").await, app.officer("FR", "").await];
        let founders = [app.teacher("Frida", "DE").await, app.teacher("Fabien", "FR").await];
        let project = app.draft(&founders[0], &founders[1]).await;
        let id = project.to_string();
        for (who, act) in [(&founders[0], "sendProject"), (&founders[1], "acceptProject"),
            (&german, "approveProject"), (&french, "approveProject")] {
            assert_eq!(app.tries(who, act, json!({ "projectId": id })).await, "OK", "{act}");
        }
        let space = Space { project, id: project.into(), founders };
        let [stays, gone] = &space.founders;
        let [sara, simon] = [app.teacher("Sara", "IT").await, app.teacher("Simon", "PT").await];
        for successor in [&sara, &simon] {
            app.partner(&space, successor, ProjectRole::Member).await;
        }
        // A proposal about someone whose account is erased is withdrawn.
        let before = app.succession(&space, gone, &simon, french.service).await;
        assert_eq!(goes(&app, &simon).await, "OK");
        assert!(succession::Entity::find_by_id(before).one(app.db.read()).await.unwrap().is_none());
        assert_eq!(goes(&app, gone).await, "OK");
        assert_eq!(app.asks(stays, &format!("{{ project(id: \"{id}\") {{ countries permissions {{ edit {{ allowed }} }}
            partners {{ nodes {{ id role person {{ name }} }} }} auditLog {{ nodes {{ act }} }} }} }}")).await, "OK");

        let departed = of_partner(&app, project, gone).await.unwrap().id;
        let heir = of_partner(&app, project, &sara).await.unwrap().id;
        let input = json!({ "projectId": id, "departedPartnerId": departed.to_string(), "successorPartnerId": heir.to_string() });
        let payload = app.does(stays, "proposeSuccession", input, "succession { id country departed { name } }").await;
        assert_eq!(payload["succession"]["country"], "FR");
        assert_eq!(payload["succession"]["departed"]["name"], "Former teacher");
        let proposal = json!({ "successionId": payload["succession"]["id"] });
        assert_eq!(app.tries(&german, "approveSuccession", proposal.clone()).await, "FORBIDDEN NOT_YOURS");
        assert_eq!(app.tries(&french, "approveSuccession", proposal).await, "OK");
        assert!(of_partner(&app, project, gone).await.is_none());
        assert!(of_partner(&app, project, &sara).await.unwrap().founder);

        // She leaves as well: her place came from France.
        let sam = app.teacher("Sam", "SE").await;
        app.partner(&space, &sam, ProjectRole::Member).await;
        assert_eq!(goes(&app, &sara).await, "OK");
        let departed = of_partner(&app, project, &sara).await.unwrap().id;
        let heir = of_partner(&app, project, &sam).await.unwrap().id;
        let input = json!({ "projectId": id, "departedPartnerId": departed.to_string(), "successorPartnerId": heir.to_string() });
        let payload = app.does(stays, "proposeSuccession", input, "succession { id country }").await;
        assert_eq!(payload["succession"]["country"], "FR");
        let proposal = json!({ "successionId": payload["succession"]["id"] });
        assert_eq!(app.tries(&french, "approveSuccession", proposal).await, "OK");
        assert_eq!(goes(&app, stays).await, "OK");
    }

    // P-03 to P-06
    async fn a_project_that_is_not_open_yet_ends_with_either_founder(app: TestApp) {
        for (state, proposer, cofounder) in [
            ("DRAFT", "WITHDRAWN", "DRAFT"),
            ("PENDING_PARTNER", "WITHDRAWN", "DECLINED"),
            ("PENDING_APPROVAL", "WITHDRAWN", "DECLINED"),
            ("DECLINED", "DECLINED", "DECLINED"),
            ("REJECTED", "REJECTED", "REJECTED"),
            ("WITHDRAWN", "WITHDRAWN", "WITHDRAWN"),
        ] {
            for (leaves, expected) in [(true, proposer), (false, cofounder)] {
                let founding = Founding::of(&app).await;
                let id = founding.reach(&app, state).await;
                let project = <ProjectId as Kind>::read(&id).unwrap();
                let (gone, stays) = match leaves {
                    true => (&founding.proposer, &founding.cofounder),
                    false => (&founding.cofounder, &founding.proposer),
                };
                let outbox = app.outbox().await.len();
                assert_eq!(goes(&app, gone).await, "OK", "{state}");
                is_former(&app, gone, "Former teacher").await;
                let row = project::Entity::find_by_id(project).one(app.db.read()).await.unwrap().unwrap();
                let value = sea_orm::ActiveEnum::to_value(&row.state).to_uppercase();
                assert_eq!(value, expected, "{state}, proposer: {leaves}");
                let pending = approval::Entity::of(project).filter(approval::Column::Decision.eq(entity::Decision::Pending));
                assert_eq!(pending.count(app.db.read()).await.unwrap(), 0);
                // Nobody can continue it; their attempts are answered.
                for act in ["approveProject", "acceptProject", "declineProject"] {
                    for person in [&founding.administrator, stays] {
                        let ended = app.tries(person, act, json!({ "projectId": id })).await;
                        assert!(ended != "OK" && !ended.starts_with("INTERNAL"), "{act}: {ended}");
                    }
                }
                let query = format!("{{ project(id: \"{id}\") {{ state title countries proposer {{ name }} cofounder {{ name }}
                    waitsForPartner {{ name }} approvals {{ state }} permissions {{ send {{ reason }} }} }} }}");
                if leaves {
                    if state == "DRAFT" {
                        assert_eq!((row.title.as_str(), row.aims.as_str(), row.cofounder_id), ("", "", None));
                        assert_eq!(app.asks(stays, &query).await, "NOT_FOUND");
                    } else {
                        assert_eq!(app.sees(stays, &query).await["project"]["proposer"]["name"], "Former teacher");
                        assert_ne!(app.tries(stays, "sendProject", json!({ "projectId": id })).await, "OK");
                    }
                } else {
                    assert_eq!(row.cofounder_id, None);
                    let seen = app.sees(stays, &query).await;
                    assert_eq!((&seen["project"]["cofounder"], &seen["project"]["title"]), (&Value::Null, &json!("Rivers")));
                    let ended = app.tries(stays, "sendProject", json!({ "projectId": id })).await;
                    assert_eq!(ended, "BAD_USER_INPUT cofounderId");
                    // P-04: it continues with another partner.
                    let friend = app.teacher("Fritz", "AT").await;
                    app.befriend(stays, &friend).await;
                    let input = json!({ "projectId": id, "cofounderId": friend.id.to_string(), "fields": {} });
                    assert_eq!(app.tries(stays, "editProject", input).await, "OK");
                    assert_eq!(app.tries(stays, "sendProject", json!({ "projectId": id })).await, "OK");
                }
                if state.starts_with("PENDING") {
                    assert!(app.outbox().await.iter().any(|mail| mail.recipient == stays.email), "{outbox}");
                }
            }
        }
    }

    // P-17
    async fn of_a_draft_that_follows_up_no_copies_stay(app: TestApp) {
        let space = app.space().await;
        let [one, other] = &space.founders;
        let input = json!({ "twinSpaceId": space.id.to_string(), "title": "Hives", "text": "Bees" });
        let page = app.does(other, "createPage", input, "page { id }").await["page"]["id"].take();
        let video = json!({ "twinSpaceId": space.id.to_string(), "title": "Bees", "picturedIds": [], "url": "https://youtu.be/dQw4w9WgXcQ" });
        let video = app.does(other, "addVideoLink", video, "media { id }").await["media"]["id"].take();
        let input = json!({ "projectId": space.project.to_string(), "pageIds": [page], "mediaIds": [video] });
        let draft = app.does(one, "followUpProject", input, "project { id }").await["project"]["id"].take();
        let draft = <ProjectId as Kind>::read(draft.as_str().unwrap()).unwrap();
        assert_eq!(page::Entity::of(draft).count(app.db.read()).await.unwrap(), 1);

        assert_eq!(goes(&app, one).await, "OK");

        assert_eq!(page::Entity::of(draft).count(app.db.read()).await.unwrap(), 0);
        housekeeping::round(&app).await.unwrap();
        assert_eq!(media::Entity::of(draft).count(app.db.read()).await.unwrap(), 0);
        let words = search_entry::Entity::find().filter(search_entry::Column::ProjectId.eq(draft));
        assert_eq!(words.count(app.db.read()).await.unwrap(), 0);
        assert_eq!(page::Entity::of(space.project).count(app.db.read()).await.unwrap(), 1);
        // The other founder follows it up alone.
        let input = json!({ "projectId": space.project.to_string() });
        let payload = app.does(other, "followUpProject", input, "project { cofounder { name } }").await;
        assert_eq!(payload["project"]["cofounder"], Value::Null);
    }
}
