//! Pictures of people: avatars and photos.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use domain::{
    Result,
    accounts::picture::{self, Portrait, Shown},
};
use entity::{AccountId, Kind};

use crate::{
    graphql::{
        context::ContextExt,
        desktop::viewer::Viewer,
        guard::{Public, SignedIn},
        upload::Upload,
    },
    media::{self, avatar, link::To},
};

/// An avatar to choose from: a drawing that does not depict a person.
#[derive(SimpleObject)]
pub struct Avatar {
    /// The name to pass to `editProfile`.
    name: &'static str,
    /// The URL of a PNG of 256 by 256 pixels. It is public and permanent.
    url: String,
}

impl Avatar {
    fn address(ctx: &Context<'_>, name: &str) -> String {
        format!("{}/avatars/{name}.png", ctx.app().config.server.public_url())
    }
}

/// A person's picture: a photo or an avatar.
#[derive(SimpleObject)]
pub struct ProfilePicture {
    /// The URL of the picture, at most 256 by 256 pixels. A photo can be downloaded without a
    /// token, but only by the viewer, for about an hour, and only while they may see it.
    url: String,
    /// The name of the avatar; null if the picture is a photo.
    avatar: Option<String>,
}

impl ProfilePicture {
    /// What the viewer can see of a person mentioned somewhere; the link is for the viewer only.
    pub fn seen(
        ctx: &Context<'_>,
        account: AccountId,
        portrait: &Portrait,
    ) -> Result<Option<Self>> {
        let viewer = ctx.signed_in()?.account_id;
        let sees = |place: &&picture::Place| {
            account == viewer || policy::sees_member(place.state, place.role, place.pupil)
        };
        let avatar = portrait.avatar.clone();
        if let Some(place) = portrait.places.iter().find(sees) {
            return Self::of(ctx, place.member, Shown { avatar, photo: true });
        }
        Self::of(ctx, account, Shown { avatar, photo: account == viewer && portrait.own })
    }

    /// What a person looks like; the link is for the viewer only. `id` is of a member, or the
    /// viewer's own.
    pub fn of(ctx: &Context<'_>, id: impl Kind, shown: Shown) -> Result<Option<Self>> {
        let viewer = ctx.signed_in()?.account_id;
        if shown.photo {
            let server = ctx.app().config.server.public_url();
            let query = ctx.app().links.sign(To::Picture, id.uuid(), viewer, ctx.now());
            let url = format!("{server}/pictures/{}?{query}", id.show());
            return Ok(Some(Self { url, avatar: None }));
        }
        let avatar = shown.avatar.filter(|name| avatar::is_known(name));
        Ok(avatar.map(|name| Self { url: Avatar::address(ctx, &name), avatar: Some(name) }))
    }
}

/// The query of avatars.
#[derive(Default)]
pub struct PictureQuery;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl PictureQuery {
    /// The available avatars. Avatars are recommended for pupils.
    #[graphql(guard = "Public")]
    async fn avatars(&self, ctx: &Context<'_>) -> Vec<Avatar> {
        let avatar = |name: &'static String| Avatar { name, url: Avatar::address(ctx, name) };
        avatar::NAMES.iter().map(avatar).collect()
    }
}

/// Input for `setProfilePicture`.
#[derive(InputObject)]
pub struct SetProfilePictureInput {
    /// The photo, sent as a GraphQL multipart request: PNG, JPEG, GIF or WebP, up to 5 MiB.
    file: Upload,
}

/// Result of `setProfilePicture`.
#[derive(SimpleObject)]
pub struct SetProfilePicturePayload {
    /// The viewer, with the new picture.
    viewer: Viewer,
}

/// Result of `removeProfilePicture`.
#[derive(SimpleObject)]
pub struct RemoveProfilePicturePayload {
    /// The viewer, with the avatar or no picture.
    viewer: Viewer,
}

/// The mutations of one's own photo.
#[derive(Default)]
pub struct PictureMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl PictureMutation {
    /// Sets the viewer's photo. Only a small copy is kept, without metadata. A pupil needs a valid
    /// consent to pictures in one of their TwinSpaces (M-14); otherwise the request fails
    /// (`CONFLICT`, `CONSENT_MISSING`). A pupil's photo is shown only in TwinSpaces with such a
    /// consent, and only while it is valid.
    #[graphql(guard = "SignedIn")]
    async fn set_profile_picture(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The photo.")] input: SetProfilePictureInput,
    ) -> Result<Option<SetProfilePicturePayload>> {
        let viewer = ctx.signed_in()?;
        let file = input.file.take(ctx)?;
        media::portray(ctx.app(), viewer.account_id, file).await?;
        Ok(ctx.changed(SetProfilePicturePayload { viewer: Viewer::new(viewer) }))
    }

    /// Permanently removes the viewer's photo. The avatar, if any, is shown instead.
    #[graphql(guard = "SignedIn")]
    async fn remove_profile_picture(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Option<RemoveProfilePicturePayload>> {
        let viewer = ctx.signed_in()?;
        picture::remove_photo(ctx.db(), viewer.account_id).await?;
        Ok(ctx.changed(RemoveProfilePicturePayload { viewer: Viewer::new(viewer) }))
    }
}
