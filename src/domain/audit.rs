//! The audit log.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, Act, AuditId, ProjectId,
    audit::{self, Details},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::Value;
use uuid::Uuid;

use crate::{Result, db::Tx};

/// A line of the log being written.
#[derive(Clone, Debug)]
#[must_use = "nothing is logged before `write`"]
pub struct Line {
    act: Act,
    actor: Option<AccountId>,
    project: Option<ProjectId>,
    account: Option<AccountId>,
    subject: Option<Uuid>,
    details: Details,
}

/// Begins a line: `actor` did `act`; none for the server itself.
pub fn line(act: Act, actor: impl Into<Option<AccountId>>) -> Line {
    Line {
        act,
        actor: actor.into(),
        project: None,
        account: None,
        subject: None,
        details: Details::default(),
    }
}

impl Line {
    /// In which project.
    pub fn project(mut self, project: ProjectId) -> Self {
        self.project = Some(project);
        self
    }

    /// On whom.
    pub fn account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// On which other thing.
    pub fn subject(mut self, subject: Uuid) -> Self {
        self.subject = Some(subject);
        self
    }

    /// What else: an id, a role or a state, never a name, an address or a secret.
    pub fn detail(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.0.insert(key.to_owned(), value.into());
        self
    }

    /// Writes it, as a part of the transaction that it tells of.
    pub async fn write(self, tx: &Tx, now: DateTime<Utc>) -> Result<()> {
        let line = audit::ActiveModel {
            id: Set(AuditId::new()),
            at: Set(now),
            actor_id: Set(self.actor),
            act: Set(self.act),
            project_id: Set(self.project),
            account_id: Set(self.account),
            subject_id: Set(self.subject),
            details: Set(self.details),
        };
        line.insert(&**tx).await?;
        Ok(())
    }
}
