//! Secrets of the server: created once, shared by all instances on the database.

use data_encoding::BASE64URL_NOPAD;
use entity::secret;
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};

use crate::{Error, Result, db::Db, token};

/// The secret with this name, 32 bytes. If several instances create it at once, one succeeds.
pub async fn shared(db: &Db, name: &str) -> Result<Vec<u8>> {
    let missing = || Error::internal("a newly created secret is missing");
    if let Some(secret) = find(db, name).await? {
        return Ok(secret);
    }
    let tx = db.begin().await?;
    let row = secret::ActiveModel { name: Set(name.into()), value: Set(token::secret()?) };
    secret::Entity::insert(row)
        .on_conflict(OnConflict::column(secret::Column::Name).do_nothing().to_owned())
        .exec_without_returning(&*tx)
        .await?;
    tx.commit().await?;
    find(db, name).await?.ok_or_else(missing)
}

/// The secret with this name, if a server has created it.
pub async fn find(db: &Db, name: &str) -> Result<Option<Vec<u8>>> {
    let row = secret::Entity::find_by_id(name).one(db.read()).await?;
    let decode = |row: secret::Model| BASE64URL_NOPAD.decode(row.value.as_bytes());
    row.map(decode).transpose().map_err(Error::internal)
}
