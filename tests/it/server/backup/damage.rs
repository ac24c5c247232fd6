//! Backups that are damaged or do not fit, and restores that fail.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sea_orm::ConnectionTrait;
use serde_json::json;
use tempfile::TempDir;

use crate::support::{TestApp, command::run, on_both_databases};

use super::{Kept, Place};

/// Damages a file.
type Damage<'a> = &'a dyn Fn(&PathBuf);

on_both_databases! {
    async fn a_table_or_column_that_is_not_known_is_not_left_out(app: TestApp) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("backup").display().to_string();
        let backup = ["backup", path.as_str()];
        let change = async |sql: &str| {
            let tx = app.db.begin().await.unwrap();
            tx.execute_unprepared(sql).await.unwrap();
            tx.commit().await.unwrap();
        };
        let attempt = async || run(&app.database_url(), &app.config.data_dir, &backup).await;
        for (change_it, undo, named) in [
            ("create table extra (note text)", "drop table extra", "extra.note"),
            ("alter table school add column note text", "alter table school drop column note", "school.note"),
        ] {
            change(change_it).await;
            let refused = attempt().await.unwrap_err();
            assert!(refused.contains(named), "{refused}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
            change(undo).await;
        }
        attempt().await.unwrap();
    }

    async fn a_backup_goes_only_into_an_empty_database_and_storage(app: TestApp) {
        let kept = Kept::of(&app).await;
        let refused = kept.operate(&["restore", &kept.path()]).await.unwrap_err();
        assert!(refused.contains("The database is not empty: the table "), "{refused}");
        let refused = kept.operate(&["backup", &kept.path()]).await.unwrap_err();
        assert!(refused.contains("already exists"), "{refused}");

        for place in Place::each().await {
            let media = place.folder.path().join("media");
            fs::create_dir(&media).unwrap();
            fs::write(media.join("other"), "not in the backup").unwrap();
            let refused = kept.restore(&place).await.unwrap_err();
            assert!(refused.contains("The media storage contains other"), "{refused}");
            fs::remove_file(media.join("other")).unwrap();
            // The media outlived the database.
            let from = Path::new(&kept.path()).join("media");
            let one = fs::read_dir(from).unwrap().next().unwrap().unwrap();
            fs::copy(one.path(), media.join(one.file_name())).unwrap();
            kept.restore(&place).await.unwrap();
        }
    }

    async fn a_damaged_backup_is_refused_before_anything_is_done(app: TestApp) {
        let kept = Kept::of(&app).await;
        assert!(kept.operate(&["restore", "--check", &kept.path()]).await.is_ok());
        let place = Place::sqlite();
        let path = kept.path();
        let file = |name: &str| Path::new(&path).join(name);
        let one = fs::read_dir(file("media")).unwrap().next().unwrap().unwrap().path();
        let one = format!("media/{}", one.file_name().unwrap().to_str().unwrap());
        let damages: [(&str, Damage<'_>); 5] = [
            ("tables/account.jsonl", &|path| {
                let text = fs::read_to_string(path).unwrap();
                fs::write(path, text.replacen("Zofia", "Sofia", 1)).unwrap();
            }),
            ("tables/audit.jsonl", &|path| fs::remove_file(path).unwrap()),
            ("media.jsonl", &|path| fs::write(path, "").unwrap()),
            (&one, &|path| fs::write(path, "another picture").unwrap()),
            ("manifest.json", &|path| {
                let text = fs::read(path).unwrap();
                fs::write(path, &text[..text.len() / 2]).unwrap();
            }),
        ];
        for (name, damage) in damages {
            let sound = fs::read(file(name)).unwrap();
            damage(&file(name));
            for arguments in [&["restore"][..], &["restore", "--check"]] {
                let arguments = [arguments, &[&*path]].concat();
                let refused = place.operate(&arguments).await.unwrap_err();
                assert!(refused.contains(name) && refused.contains("twinspace: "), "{refused}");
            }
            fs::write(file(name), sound).unwrap();
        }
        let refused = place.operate(&["restore", "/nowhere"]).await.unwrap_err();
        assert!(refused.contains("/nowhere is not a backup"), "{refused}");
        assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 0, "something was made");
        kept.restore(&place).await.unwrap();
    }

    async fn a_restore_that_fails_leaves_nothing(app: TestApp) {
        let kept = Kept::of(&app).await;
        let name = "tables/member.jsonl";
        let sound = fs::read_to_string(Path::new(&kept.path()).join(name)).unwrap();
        // The same member twice, and a manifest that agrees.
        let first = sound.lines().next().unwrap().to_owned();
        let hash = |text: &str| {
            use sha2::{Digest, Sha256};
            data_encoding::HEXLOWER.encode(&Sha256::digest(text))
        };
        let agree = |text: &str| {
            let (rows, hash) = (text.lines().count(), hash(text));
            kept.tell(|manifest| {
                let tables = manifest["tables"].as_array_mut().unwrap();
                let member = tables.iter_mut().find(|table| table["name"] == "member").unwrap();
                (member["rows"], member["sha256"]) = (json!(rows), json!(hash));
            });
        };
        let twice = format!("{sound}{first}\n");
        kept.change(name, |_| twice.clone());
        agree(&twice);
        for place in Place::each().await {
            let failed = kept.restore(&place).await.unwrap_err();
            assert!(failed.contains("Nothing was restored"), "{failed}");
            assert_eq!(place.media(), 0);
            // It is still empty, so that the next attempt succeeds.
            kept.change(name, |_| sound.clone());
            agree(&sound);
            kept.restore(&place).await.unwrap();
            assert!(place.media() > 0);
            kept.change(name, |_| twice.clone());
            agree(&twice);
        }
    }
}
