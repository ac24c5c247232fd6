//! Actions through the API: one line for an action and its result.

use domain::clock;
use entity::{InvitationId, invitation, rate_limit};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use super::{TestApp, cast::Person};

/// The mutation with this name, selecting `fields` of its payload.
pub fn mutation(name: &str, fields: &str) -> String {
    let input = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    format!("mutation($input: {input}!) {{ {name}(input: $input) {{ {fields} }} }}")
}

/// `OK`, or the code of the first error and its details: `FORBIDDEN ROLE_TOO_LOW`, `BAD_USER_INPUT
/// title`.
pub fn verdict(answer: &Value) -> String {
    let Some(error) = answer.pointer("/errors/0") else { return "OK".to_owned() };
    let extensions = &error["extensions"];
    let code = extensions["code"].as_str().unwrap_or_else(|| panic!("no code: {error}"));
    match extensions["reason"].as_str().or_else(|| extensions["field"].as_str()) {
        Some(more) => format!("{code} {more}"),
        None => code.to_owned(),
    }
}

impl TestApp {
    /// Tries an action, without selecting anything of its payload.
    pub async fn tries<'a>(
        &self,
        who: impl Into<Option<&'a Person>>,
        name: &str,
        input: Value,
    ) -> String {
        let token = who.into().map(|person| person.token.as_str());
        let operation = mutation(name, "__typename");
        verdict(&self.execute(token, &operation, json!({ "input": input })).await)
    }

    /// Performs an action successfully; returns its payload.
    pub async fn does<'a>(
        &self,
        who: impl Into<Option<&'a Person>>,
        name: &str,
        input: Value,
        fields: &str,
    ) -> Value {
        let token = who.into().map(|person| person.token.as_str());
        let operation = mutation(name, fields);
        let mut answer = self.execute(token, &operation, json!({ "input": input })).await;
        assert!(answer.get("errors").is_none(), "{name}: {answer}");
        answer["data"][name].take()
    }

    /// Tries an action after checking `permissions`: both are as expected, with the same reason
    ///
    pub async fn foretold(
        &self,
        who: &Person,
        (ty, id): (&str, &str),
        field: &str,
        (name, input): (&str, Value),
        expected: &str,
    ) {
        let query = format!(
            "{{ node(id: \"{id}\") {{ ... on {ty} {{ permissions {{ {field} {{ allowed reason }} }} }} }} }}"
        );
        let told = self.sees(who, &query).await["node"]["permissions"][field].take();
        let reason = expected.split_once(' ').map(|(_, reason)| reason);
        let same = json!({ "allowed": reason.is_none(), "reason": reason });
        assert_eq!(told, same, "{field} of {ty}, before {name}");
        assert_eq!(self.tries(who, name, input).await, expected, "{name}");
    }

    /// Reads something successfully; returns the data.
    pub async fn sees<'a>(&self, who: impl Into<Option<&'a Person>>, query: &str) -> Value {
        let token = who.into().map(|person| person.token.as_str());
        let mut answer = self.execute(token, query, json!({})).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"].take()
    }

    /// Tries to read something.
    pub async fn asks<'a>(&self, who: impl Into<Option<&'a Person>>, query: &str) -> String {
        let token = who.into().map(|person| person.token.as_str());
        verdict(&self.execute(token, query, json!({})).await)
    }

    /// The token of the latest mail to this address.
    pub async fn link(&self, email: &str) -> String {
        let mails = self.mails().await;
        let mail = mails.iter().rev().find(|mail| mail.to == email);
        mail.unwrap_or_else(|| panic!("no mail to {email}")).token().to_owned()
    }

    /// Lets an invitation expire.
    pub async fn run_out(&self, id: &str) {
        let id = <InvitationId as entity::Kind>::read(id).unwrap();
        let row = invitation::Entity::find_by_id(id).one(self.db.read()).await.unwrap().unwrap();
        let mut row = row.into_active_model();
        row.expires_at = Set(clock::now() - chrono::TimeDelta::seconds(1));
        row.sent_at = Set(clock::now() - chrono::TimeDelta::days(30));
        let tx = self.db.begin().await.unwrap();
        row.update(&*tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Resets all rate limits.
    pub async fn forget_limits(&self) {
        let tx = self.db.begin().await.unwrap();
        rate_limit::Entity::delete_many().exec(&*tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Lets some days pass with regard to the limits on invitations.
    pub async fn days_pass(&self) {
        let days = chrono::TimeDelta::days(4);
        self.forget_limits().await;
        let tx = self.db.begin().await.unwrap();
        for invitation in invitation::Entity::find().all(&*tx).await.unwrap() {
            let (sent, ended) =
                (invitation.sent_at - days, invitation.ended_at.map(|at| at - days));
            let mut row = invitation.into_active_model();
            (row.sent_at, row.ended_at) = (Set(sent), Set(ended));
            row.update(&*tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// The actions in the audit log of a project, oldest first, as this viewer sees them.
    pub async fn acts(&self, reader: &Person, project: &str) -> Vec<String> {
        let query = format!(
            "{{ project(id: \"{project}\") {{ auditLog(last: 100) {{ nodes {{ act }} }} }} }}"
        );
        let data = self.sees(reader, &query).await;
        let nodes = data["project"]["auditLog"]["nodes"].as_array().unwrap();
        nodes.iter().rev().map(|node| node["act"].as_str().unwrap().to_owned()).collect()
    }
}
