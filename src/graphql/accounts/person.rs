//! A person as others see them: a name and, for teachers, a school.

use async_graphql::{Context, Object};
use domain::{
    Error, Result,
    accounts::school::SchoolCells,
    desktop::teacher::{PersonRow, TeacherRow},
    list::{Cell, Columns, cell},
};
use entity::AccountId;

use crate::graphql::{
    accounts::{picture::ProfilePicture, school::School},
    connection,
    context::ContextExt,
    desktop::teacher::Teacher,
    guard,
    loader::{Known, Portraits, Rows},
};

/// A person: somebody with an account on this server. The same person has the same ID everywhere.
#[derive(Clone, Debug)]
pub struct Person {
    id: AccountId,
    name: Option<String>,
    school: Option<SchoolCells>,
    school_confirmed: Cell<Option<bool>>,
    /// Whether only the name is visible.
    bare: bool,
}

impl Person {
    /// A person whose name is already loaded, if it was requested.
    pub fn new(id: AccountId, name: Option<String>) -> Self {
        Self { id, name, school: None, school_confirmed: None, bare: false }
    }

    /// A person of whom only the name is visible.
    pub fn by_name_only(id: AccountId, name: String) -> Self {
        Self { bare: true, ..Self::new(id, Some(name)) }
    }

    /// A person in the list of teachers.
    pub fn teaching(id: AccountId, row: TeacherRow) -> Self {
        let school = row.school.id.is_some().then_some(row.school);
        Self { school, school_confirmed: row.school_confirmed, ..Self::new(id, row.name) }
    }

    /// The person with this ID, if the viewer knows them.
    pub async fn load(ctx: &Context<'_>, id: AccountId) -> Result<Self> {
        let viewer = ctx.signed_in()?.account_id;
        match ctx.load::<Known>((viewer, id)).await? {
            Some(_) => Ok(Self::new(id, None)),
            None => Err(Error::NotFound("person")),
        }
    }
}

/// A person: somebody with an account on this server. The same person has the same ID everywhere.
#[Object]
impl Person {
    /// The ID, which all arguments that expect a person accept.
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

    /// The school; only teachers and pupils have one.
    async fn school(&self, ctx: &Context<'_>) -> Result<Option<School>> {
        if let Some(school) = &self.school {
            return School::of(school);
        }
        if self.bare {
            return Ok(None);
        }
        let columns = connection::columns_below::<PersonRow>(ctx, "school");
        let row = ctx.load::<Rows<PersonRow>>((self.id.0, columns)).await?;
        row.map_or(Ok(None), |row| School::of(&row.school))
    }

    /// Whether an officer, an administrator or a confirmed colleague has confirmed that a teacher belongs
    /// to the school; null for everyone but teachers.
    async fn school_confirmed(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        if let Some(confirmed) = self.school_confirmed {
            return Ok(confirmed);
        }
        if self.bare {
            return Ok(None);
        }
        let columns = Columns::default().and::<PersonRow>(&["schoolConfirmed"]);
        let row = ctx.load::<Rows<PersonRow>>((self.id.0, columns)).await?;
        row.map_or(Ok(None), |row| cell(&row.school_confirmed))
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

    /// What a registered teacher tells other teachers about themselves (C-01); null for everyone who
    /// is not one, and for viewers who are not.
    async fn teacher(&self, ctx: &Context<'_>) -> Result<Option<Teacher>> {
        match guard::Teacher::is(&ctx.viewer()) {
            Ok(()) if !self.bare => Teacher::of(ctx, self.id).await,
            _ => Ok(None),
        }
    }
}
