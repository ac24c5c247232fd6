//! A person as others see them: a name and, for teachers, a school.

use async_graphql::{Context, Object};
use domain::{Error, Result, list::Columns, teacher::PersonRow};
use entity::AccountId;

use super::{
    context::ContextExt,
    loader::{Portraits, Rows},
    picture::ProfilePicture,
    school::School,
};

/// A person mentioned in another object, such as an inviter, a founder or an officer.
#[derive(Clone, Debug)]
pub struct Person {
    id: AccountId,
    name: Option<String>,
    /// Whether only the name is visible.
    bare: bool,
}

impl Person {
    /// A person whose name is already loaded, if it was requested.
    pub fn new(id: AccountId, name: Option<String>) -> Self {
        Self { id, name, bare: false }
    }

    /// A person of whom only the name is visible.
    pub fn by_name_only(id: AccountId, name: String) -> Self {
        Self { id, name: Some(name), bare: true }
    }
}

/// A person mentioned in another object, such as an inviter, a founder or an officer.
#[Object]
impl Person {
    /// The ID of the account. The same person has a different ID as a `Teacher` and as the
    /// `Viewer`; arguments that expect a teacher's ID also accept this one.
    pub async fn id(&self) -> AccountId {
        self.id
    }

    /// The name.
    async fn name(&self, ctx: &Context<'_>) -> Result<String> {
        if let Some(name) = &self.name {
            return Ok(name.clone());
        }
        let columns = Columns::default().and::<PersonRow>(&["name"]);
        let row = ctx.load::<Rows<PersonRow>>((self.id.0, columns)).await?;
        row.and_then(|row| row.name.clone()).ok_or(Error::NotFound("person"))
    }

    /// The school, for teachers.
    async fn school(&self, ctx: &Context<'_>) -> Result<Option<School>> {
        if self.bare {
            return Ok(None);
        }
        let columns = super::connection::columns_below::<PersonRow>(ctx, "school");
        let row = ctx.load::<Rows<PersonRow>>((self.id.0, columns)).await?;
        row.map_or(Ok(None), |row| School::of(&row.school))
    }

    /// The picture, as far as the viewer may see it: the photo if the two share a TwinSpace
    /// in which it is shown, and otherwise the avatar; null if there is neither.
    async fn picture(&self, ctx: &Context<'_>) -> Result<Option<ProfilePicture>> {
        let Some(viewer) = ctx.viewer().account().filter(|_| !self.bare) else { return Ok(None) };
        match ctx.load::<Portraits>((viewer, self.id)).await? {
            Some(portrait) => ProfilePicture::seen(ctx, self.id, &portrait),
            None => Ok(None),
        }
    }
}
