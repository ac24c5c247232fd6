//! Schools, and whether they are those of the teachers who name them.

use std::collections::HashMap;

use domain::{Result, access::Person, accounts::school, db::Db};
use entity::{AccountId, SchoolId};
use policy::SchoolClaim;

use super::{Batch, kinds::grouped};

/// Schools.
pub struct Schools;

impl Batch for Schools {
    type Key = SchoolId;
    type Value = entity::school::Model;

    async fn load(db: &Db, keys: &[SchoolId]) -> Result<HashMap<SchoolId, Self::Value>> {
        let schools = school::by_ids(db.read(), keys).await?;
        Ok(schools.into_iter().map(|school| (school.id, school)).collect())
    }
}

/// The confirmations of teachers' schools; nothing for those that are not confirmed.
pub struct SchoolConfirmations;

impl Batch for SchoolConfirmations {
    type Key = AccountId;
    type Value = entity::school_confirmation::Model;

    async fn load(db: &Db, keys: &[AccountId]) -> Result<HashMap<AccountId, Self::Value>> {
        school::confirmation::of_many(db.read(), keys).await
    }
}

/// How the schools that people name stand to a viewer.
pub struct SchoolClaims;

impl Batch for SchoolClaims {
    type Key = (Person, AccountId);
    type Value = SchoolClaim;

    async fn load(db: &Db, keys: &[Self::Key]) -> Result<HashMap<Self::Key, SchoolClaim>> {
        let mut found = HashMap::new();
        for (person, accounts) in grouped(keys.iter().copied()) {
            let claims = school::confirmation::claims(db.read(), person, &accounts).await?;
            found.extend(claims.into_iter().map(|(id, claim)| ((person, id), claim)));
        }
        Ok(found)
    }
}
