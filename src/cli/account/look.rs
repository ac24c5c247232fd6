//! Looking at accounts.

use domain::{Result, accounts::session::Lifetime, care::operator, clock, db::Db};
use serde::Serialize;

use super::{List, Who, columns, told};
use crate::cli::output;

/// Lists accounts.
pub async fn list(db: &Db, list: List) -> Result<()> {
    let List { search, kind, blocked, output } = list;
    let which = operator::Which { kind: kind.map(Into::into), search, blocked };
    let found = operator::list(db, &which).await?;
    let found: Vec<_> = found.into_iter().map(|one| output::Account::of(one, None)).collect();
    let most = usize::try_from(operator::MOST).unwrap_or(usize::MAX);
    if found.len() == most {
        output::tell(&format!(
            "There may be more than these {most}: name a part of the name or address."
        ));
    }
    output.print(&found, |found| {
        let rows = found.iter().map(|one| {
            let sign_in = one.sign_in.clone().unwrap_or_default();
            let unverified = if one.verified { "" } else { "not verified" };
            [sign_in, one.name.clone(), one.kind.clone(), one.since(), unverified.to_owned()]
        });
        columns(&rows.collect::<Vec<_>>())
    })
}

/// An account and what belongs to it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    #[serde(flatten)]
    account: output::Account,
    #[serde(skip_serializing_if = "Option::is_none")]
    custodian: Option<output::Account>,
    pupils: u64,
    twin_spaces: u64,
    administered: u64,
}

/// Shows one account.
pub async fn show(db: &Db, Who { who, output }: Who) -> Result<()> {
    let found = operator::show(db, &who, clock::now()).await.map_err(|error| told(error, &who))?;
    let operator::Details { account, service, custodian, pupils, twin_spaces, administered } =
        found;
    let details = Details {
        account: output::Account::of(account, service),
        custodian: custodian.map(|one| output::Account::of(one, None)),
        pupils,
        twin_spaces,
        administered,
    };
    output.print(&details, |details| {
        let account = &details.account;
        let mut rows = vec![
            ["Name".to_owned(), account.person()],
            ["Kind".to_owned(), account.kind.clone()],
            ["Account".to_owned(), account.since()],
            ["Language".to_owned(), account.language.clone()],
            ["TwinSpaces".to_owned(), details.twin_spaces.to_string()],
            ["Administered".to_owned(), details.administered.to_string()],
            ["Pupils".to_owned(), details.pupils.to_string()],
        ];
        if !account.verified && account.kind != "pupil" {
            rows.push(["Address".to_owned(), "not verified".to_owned()]);
        }
        if let Some(service) = &account.service {
            rows.push(["Service".to_owned(), format!("{} ({})", service.place(), service.name)]);
        }
        rows.extend(details.custodian.iter().map(|one| ["Custodian".to_owned(), one.person()]));
        columns(&rows)
    })
}

/// A session.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    created_at: String,
    last_used_at: String,
    user_agent: String,
}

/// Lists the sessions of an account.
pub async fn sessions(db: &Db, Who { who, output }: Who, lifetime: Lifetime) -> Result<()> {
    let found = operator::sessions(db, &who, lifetime, clock::now()).await;
    let found = found.map_err(|error| told(error, &who))?;
    let sessions = found.into_iter().map(|session| Session {
        created_at: session.created_at.to_rfc3339(),
        last_used_at: session.last_used_at.to_rfc3339(),
        user_agent: session.user_agent,
    });
    output.print(&sessions.collect::<Vec<_>>(), |sessions| {
        let rows = sessions.iter().map(|session| {
            let Session { created_at, last_used_at, user_agent } = session;
            [format!("since {created_at}"), format!("used {last_used_at}"), user_agent.clone()]
        });
        columns(&rows.collect::<Vec<_>>())
    })
}
