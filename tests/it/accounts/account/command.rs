//! Accounts that are made on the command line.

use clap::Parser;
use domain::{Error, Reason, accounts::account as accounts, clock, projects::service};
use entity::AccountKind;
use twinspace::{
    cli::{admin::Admin, officer::Officer, service::Service},
    mail::Language,
};

use crate::support::{TestApp, on_both_databases};

use super::{a_person, with_email};

/// The commands of the program.
#[derive(Parser)]
enum Command {
    #[command(subcommand)]
    Admin(Admin),
    #[command(subcommand)]
    Service(Service),
    #[command(subcommand)]
    Officer(Officer),
}

on_both_databases! {
    async fn the_command_line_makes_services_officers_and_administrators(app: TestApp) {
        let run = async |line: &str| {
            let words = std::iter::once("twinspace").chain(line.split(' '));
            match Command::try_parse_from(words).unwrap() {
                Command::Admin(admin) => admin.run(&app.db, &app.passwords, Language::ENGLISH).await,
                Command::Service(service) => service.run(&app.db).await,
                Command::Officer(officer) => officer.run(&app.db, &app.passwords, Language::ENGLISH).await,
            }
        };

        run("admin add --email Root@example.org --name Root").await.unwrap();
        run("service add --country de --region Bayern --name PAD").await.unwrap();
        let officer = "officer add --email o@example.org --name Otto --country DE";
        assert!(matches!(run(officer).await, Err(Error::Invalid(_))));
        run(&format!("{officer} --region bayern")).await.unwrap();

        let root = with_email(&app, "root@example.org").await;
        assert_eq!((root.kind, root.verified_at.is_some()), (AccountKind::Administrator, true));
        let otto = with_email(&app, "o@example.org").await;
        assert_eq!((otto.kind, otto.service_id.is_some()), (AccountKind::Officer, true));
        for wrong in [
            "admin add --email root@example.org --name Again",
            "admin add --email nobody --name Again",
            "service add --country de --region BAYERN --name Again",
            "service add --country xx --name Again",
        ] {
            assert!(matches!(run(wrong).await, Err(Error::Invalid(_))), "{wrong}");
        }
    }

    // P-06
    async fn officers_work_for_the_service_of_a_place(app: TestApp) {
        let tx = app.db.begin().await.unwrap();
        let bonn = service::add(&tx, "PAD", "DE", "").await.unwrap();
        let munich = service::add(&tx, "PAD Bayern", "DE", "Bayern").await.unwrap();
        let now = clock::now();
        let otto = a_person("o@example.org", "Otto", "x".into());
        let id = accounts::add_officer(&tx, otto, munich, None, now).await.unwrap();
        tx.commit().await.unwrap();

        assert_eq!(service::of(app.db.read(), "DE", "").await.unwrap(), Some(bonn));
        assert_eq!(service::of(app.db.read(), "DE", "BAYERN").await.unwrap(), Some(munich));
        assert_eq!(service::of(app.db.read(), "DE", "Hessen").await.unwrap(), None);
        let otto = with_email(&app, "o@example.org").await;
        assert_eq!((otto.id, otto.service_id), (id, Some(munich)));
        let tx = app.db.begin().await.unwrap();
        let again = service::add(&tx, "Another", "DE", "bayern").await;
        assert!(matches!(again, Err(Error::Conflict(Reason::AlreadyDone))), "{again:?}");
    }
}
