//! Registrations that nobody verified.

use chrono::TimeDelta;
use domain::{accounts::erasure, care::block, clock::now};
use entity::{Purpose, account, account_tag};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter,
};
use twinspace::app::housekeeping;

use crate::{
    accounts::account::{REGISTER, mailed, teacher, verified, with_email},
    support::{TestApp, on_both_databases},
};

use super::row;

on_both_databases! {
    //
    async fn registrations_that_nobody_verified_go_by_themselves(app: TestApp) {
        let aged = async |email: &str, days: i64| {
            app.execute(None, REGISTER, teacher(email)).await;
            let account = with_email(&app, email).await;
            let id = account.id;
            let mut row = account.into_active_model();
            row.created_at = Set(now() - TimeDelta::days(days));
            let tx = app.db.begin().await.unwrap();
            row.update(&*tx).await.unwrap();
            tx.commit().await.unwrap();
            id
        };
        let there = async |email: &str| {
            account::Entity::with_email(email).one(app.db.read()).await.unwrap().is_some()
        };
        let old = aged("old@example.org", 31).await;
        aged("new@example.org", 29).await;
        let asked = aged("asked@example.org", 31).await;
        mailed(&app, Purpose::VerifyEmail, asked).await;
        aged("blocked@example.org", 31).await;
        let tx = app.db.begin().await.unwrap();
        block::block(&tx, "blocked@example.org", None, now()).await.unwrap();
        tx.commit().await.unwrap();
        // A pupil and a guest, who are verified in other ways, and someone who was erased.
        let space = app.space().await;
        let pupil = crate::accounts::account::pupil(&app, "kim.kowal.1").await;
        let tina = app.teacher("Tina", "IT").await;
        erasure::erase_of(&app.db, &tina.email, now()).await.unwrap();
        for id in [pupil.id, tina.id, space.founders[0].id] {
            let mut row = row(&app, id).await.into_active_model();
            row.created_at = Set(now() - TimeDelta::days(400));
            let tx = app.db.begin().await.unwrap();
            row.update(&*tx).await.unwrap();
            tx.commit().await.unwrap();
        }

        let never = app.another_instance_with(|config| config.accounts.registration_days = 0).await;
        housekeeping::round(&never).await.unwrap();
        assert!(there("old@example.org").await);

        housekeeping::round(&app).await.unwrap();

        assert!(!there("old@example.org").await);
        for kept in ["new@example.org", "asked@example.org", "blocked@example.org"] {
            assert!(there(kept).await, "{kept}");
        }
        for id in [pupil.id, tina.id, space.founders[0].id] {
            row(&app, id).await;
        }
        let tags = account_tag::Entity::find().filter(account_tag::Column::AccountId.eq(old));
        assert_eq!(tags.count(app.db.read()).await.unwrap(), 0);
        assert!(!app.outbox().await.iter().any(|mail| mail.recipient == "old@example.org"));
        verified(&app, "old@example.org").await;
    }
}
