//! Each mailbox has one account, however its address is spelled: existing addresses are
//! normalized. The normalization is copied here as it was then, like everything in a step.
//!
//! If two accounts get the same address, nothing is lost: the verified one has it; of two verified
//! ones, the one already spelled that way, or otherwise the older. The other keeps its previous
//! spelling, with which its owner signs in and the operator finds it. Of two pending invitations to
//! one address in one TwinSpace, the second is revoked.

use std::collections::BTreeMap;

use icu_properties::{CodePointSetData, props::DefaultIgnorableCodePoint};
use idna::uts46::{AsciiDenyList, Hyphens, Uts46};
use sea_orm_migration::{
    prelude::*,
    sea_orm::prelude::{ChronoUtc, Uuid},
};
use unicode_normalization::UnicodeNormalization;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // SQLite migrations run without a transaction unless they request one.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        accounts(m).await?;
        invitations(m).await?;
        for (table, key, column) in
            [("email_change", "account_id", "email"), ("mail", "id", "recipient")]
        {
            for (id, address) in addresses(m, table, key, column).await? {
                let form = form(&address);
                if form != address {
                    set(m, table, key, column, id, Some(form)).await?;
                }
            }
        }
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        // The previous spellings are unknown, and the current ones suit any step.
        Ok(())
    }
}

/// The normalization: lower case, compatible letters (NFKC), no invisible characters, and the
/// domain as people write it (UTS 46).
fn form(text: &str) -> String {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let seen: String = text.nfkc().filter(|&letter| !ignorable.contains(letter)).collect();
    let lower: String = seen.trim().to_lowercase().nfkc().collect();
    let Some((local, domain)) = lower.rsplit_once('@') else { return lower };
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let (unicode, valid) =
        Uts46::new().to_unicode(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow);
    match valid {
        Ok(()) => format!("{local}@{unicode}"),
        Err(_) => format!("{local}@{domain}"),
    }
}

/// The addresses of a table by key, oldest first.
async fn addresses(
    m: &SchemaManager<'_>,
    table: &'static str,
    key: &'static str,
    column: &'static str,
) -> Result<Vec<(Uuid, String)>, DbErr> {
    let mut query = Query::select();
    query.column(key).column(column).from(table).and_where(Expr::col(column).is_not_null());
    query.order_by(key, Order::Asc);
    let rows = m.get_connection().query_all(&query).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

async fn set(
    m: &SchemaManager<'_>,
    table: &'static str,
    key: &'static str,
    column: &'static str,
    id: Uuid,
    value: Option<String>,
) -> Result<(), DbErr> {
    let mut query = Query::update();
    query.table(table).value(column, value).and_where(Expr::col(key).eq(id));
    m.get_connection().execute(&query).await?;
    Ok(())
}

async fn accounts(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut query = Query::select();
    query.column("id").from("account").and_where(Expr::col("verified_at").is_not_null());
    let rows = m.get_connection().query_all(&query).await?;
    let verified: Vec<Uuid> =
        rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    let mut forms: BTreeMap<String, Vec<(Uuid, String)>> = BTreeMap::new();
    for (id, address) in addresses(m, "account", "id", "email").await? {
        forms.entry(form(&address)).or_default().push((id, address));
    }
    for (form, mut owners) in forms {
        owners.sort_by_key(|(id, address)| (!verified.contains(id), *address != form, *id));
        let Some((owner, before)) = owners.first().cloned() else { continue };
        if before == form {
            continue;
        }
        // An unverified account may have the normalized spelling: it gets the spelling of the
        // other.
        let holder = owners.iter().find(|(_, address)| *address == form);
        if let Some((holder, _)) = holder {
            set(m, "account", "id", "email", *holder, None).await?;
        }
        set(m, "account", "id", "email", owner, Some(form.clone())).await?;
        if let Some((holder, _)) = holder {
            set(m, "account", "id", "email", *holder, Some(before)).await?;
        }
    }
    Ok(())
}

async fn invitations(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut query = Query::select();
    query
        .columns(["id", "project_id", "email", "state"])
        .from("invitation")
        .order_by("id", Order::Asc);
    let rows = m.get_connection().query_all(&query).await?;
    let mut waiting: BTreeMap<(Uuid, String), Vec<(Uuid, String)>> = BTreeMap::new();
    for row in rows {
        let (id, project): (Uuid, Uuid) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let (address, state): (String, String) =
            (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
        let form = form(&address);
        if state == "pending" {
            waiting.entry((project, form)).or_default().push((id, address));
        } else if form != address {
            set(m, "invitation", "id", "email", id, Some(form)).await?;
        }
    }
    for ((_, form), invited) in waiting {
        for (id, _) in invited.iter().skip(1) {
            let mut query = Query::update();
            query
                .table("invitation")
                .value("state", "revoked")
                .value("ended_at", ChronoUtc::now())
                .value("email", form.clone())
                .and_where(Expr::col("id").eq(*id));
            m.get_connection().execute(&query).await?;
        }
        if let Some((id, _)) = invited.first().filter(|(_, address)| *address != form) {
            set(m, "invitation", "id", "email", *id, Some(form)).await?;
        }
    }
    Ok(())
}
