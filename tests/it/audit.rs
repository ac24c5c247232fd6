//! The audit log.

use entity::{Act, audit};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel};
use twinspace::{clock, domain::audit::line};

use crate::support::{TestApp, on_both_databases};

async fn write_a_line(app: &TestApp) -> audit::Model {
    let tx = app.db.begin().await.unwrap();
    let line = line(Act::AccountCreated, None).detail("kind", "teacher");
    line.write(&tx, clock::now()).await.unwrap();
    tx.commit().await.unwrap();
    audit::Entity::find().one(app.db.read()).await.unwrap().unwrap()
}

on_both_databases! {
    async fn a_line_of_the_audit_log_cannot_be_changed(app: TestApp) {
        let line = write_a_line(&app).await;
        let mut changed = line.clone().into_active_model();
        changed.act = Set(Act::MemberLeft);

        let tx = app.db.begin().await.unwrap();
        let error = changed.update(&*tx).await.unwrap_err().to_string();
        drop(tx);

        assert!(error.contains("append-only"), "{error}");
        let kept = audit::Entity::find().all(app.db.read()).await.unwrap();
        assert_eq!(kept, [line]);
    }

    async fn a_line_of_the_audit_log_cannot_be_deleted(app: TestApp) {
        let line = write_a_line(&app).await;
        let everything = if app.is_postgresql() { "truncate audit" } else { "delete from audit" };

        let tx = app.db.begin().await.unwrap();
        let error = audit::Entity::delete_by_id(line.id).exec(&*tx).await.unwrap_err().to_string();
        drop(tx);
        assert!(error.contains("append-only"), "{error}");

        let tx = app.db.begin().await.unwrap();
        let error = tx.execute_unprepared(everything).await.unwrap_err().to_string();
        drop(tx);
        assert!(error.contains("append-only"), "{error}");

        let kept = audit::Entity::find().all(app.db.read()).await.unwrap();
        assert_eq!(kept, [line]);
    }
}
