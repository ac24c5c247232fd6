//! What administrators do with accounts, support services and the server itself, through the API.
//! The commands of the operator (`operator`, `block`, `service`, `staff`) share its functions.
//!
//! Everything is logged. Pupils are not listed or searched: whoever wants to act on a pupil's
//! account must know the exact username, and the log says that it was looked up.

mod account;
mod log;
mod mail;
mod service;
mod storage;

use entity::AccountId;
use policy::ServerPermission;

use crate::{Actor, Error, Reason, Result, accounts::account as accounts, db::Tx};

pub use account::{
    AdministeredRow, Filter as AccountFilter, block, end_sessions, look_up, unblock,
};
pub use log::{export as export_log, take as take_log};
pub use mail::{Filter as MailFilter, MailRow, retry as retry_mails};
pub use service::{
    NewService, ServiceRow, add as add_service, appoint as appoint_officer,
    dismiss as remove_officer, log as log_service, move_officer, remove as remove_service,
    rename as rename_service,
};
pub use storage::{StorageRow, total as storage};

/// Begins an act to which the table of the server entitles an administrator who is still there;
/// returns who it is.
async fn begin(actor: &Actor<'_>, permission: ServerPermission) -> Result<(Tx, AccountId)> {
    actor.person.may_on_server(permission).map_err(Error::forbidden)?;
    let id = actor.account()?;
    let tx = actor.db.begin().await?;
    accounts::still_there(&tx, id).await?;
    Ok((tx, id))
}

/// The same for what is done to somebody's account, which cannot be one's own.
async fn begin_on(actor: &Actor<'_>, account: AccountId) -> Result<(Tx, AccountId)> {
    let (tx, administrator) = begin(actor, ServerPermission::ManageAccounts).await?;
    match account == administrator {
        true => Err(Error::Forbidden(Reason::Yourself)),
        false => Ok((tx, administrator)),
    }
}
