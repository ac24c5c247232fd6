//! What mutations take and return, and subscribers receive: the ID of an object; the object that was
//! changed, as it is afterwards, or the ID of what no longer exists and what it belonged to.

/// Defines the input types of mutations that take nothing but the ID of an object: one each, so that
/// each can have more fields later.
macro_rules! inputs {
    ($field:ident: $id:ty, $about:literal; $($(#[doc = $doc:literal])+ $name:ident)+) => {$(
        $(#[doc = $doc])+
        #[derive(async_graphql::InputObject)]
        pub struct $name {
            #[doc = $about]
            $field: $id,
        }
    )+};
}
pub(crate) use inputs;

/// Defines the payload type of a mutation, with one field that is loaded on request; or those of several
/// mutations that return the same.
///
/// With `viewer` after the field, the payload also has the viewer, if lists or counts of theirs change
/// with the object; with `office` after that, their office, if officers do it.
macro_rules! payload {
    ($(#[doc = $doc:literal])+ $name:ident($id:ty) {
        $(#[doc = $field_doc:literal])+ $field:ident: $type:ty $(, $viewer:ident $(, $office:ident)?)?
    }) => {
        $(#[doc = $doc])+
        pub struct $name(pub $id);

        $(#[doc = $doc])+
        #[async_graphql::Object]
        impl $name {
            $(#[doc = $field_doc])+
            async fn $field(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> domain::Result<Option<$type>> {
                <$type>::load(ctx, self.0).await.map(Some)
            }

            $(
                /// The viewer, whose lists and counts have changed with it.
                async fn $viewer(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                ) -> Option<$crate::graphql::desktop::viewer::Viewer> {
                    $crate::graphql::desktop::viewer::Viewer::of(ctx)
                }

                $(
                    /// The viewer's support service, whose lists have changed with it; null for everyone
                    /// but officers.
                    async fn $office(
                        &self,
                        ctx: &async_graphql::Context<'_>,
                    ) -> domain::Result<Option<$crate::graphql::projects::office::Office>> {
                        $crate::graphql::projects::office::Office::of_viewer(ctx).await
                    }
                )?
            )?
        }
    };
    ($($(#[doc = $doc:literal])+ $name:ident)+ ($id:ty) $field:tt) => {$(
        payload! {
            $(#[doc = $doc])+
            $name($id) $field
        }
    )+};
}
pub(crate) use payload;

/// Defines a type that says that something no longer exists, or not for the viewer: the ID that it
/// had, and what it belonged to, whose lists and counts have changed with it.
macro_rules! gone {
    ($(#[doc = $doc:literal])+ $name:ident {
        $(#[doc = $id_doc:literal])+ $id:ident: $id_type:ty,
        $(#[doc = $of_doc:literal])+ $of:ident: $of_type:ty
    }) => {
        $(#[doc = $doc])+
        pub struct $name {
            $id: $id_type,
            project: entity::ProjectId,
        }

        $(#[doc = $doc])+
        #[async_graphql::Object]
        impl $name {
            $(#[doc = $id_doc])+
            async fn $id(&self) -> $id_type {
                self.$id
            }

            $(#[doc = $of_doc])+
            async fn $of(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> domain::Result<Option<$of_type>> {
                <$of_type>::mentioned(ctx, self.project).await
            }
        }
    };
}
pub(crate) use gone;

/// Defines a type that says that something is no longer in the viewer's lists: the ID that it had, the
/// ID of what it belonged to, if anything, and the viewer.
macro_rules! gone_from_viewer {
    ($(#[doc = $doc:literal])+ $name:ident {
        $(#[doc = $id_doc:literal])+ $id:ident: $id_type:ty
        $(, $(#[doc = $of_doc:literal])+ $of:ident: $of_type:ty)?
    }) => {
        $(#[doc = $doc])+
        pub struct $name {
            $id: $id_type,
            $($of: $of_type,)?
        }

        $(#[doc = $doc])+
        #[async_graphql::Object]
        impl $name {
            $(#[doc = $id_doc])+
            async fn $id(&self) -> $id_type {
                self.$id
            }

            $(
                $(#[doc = $of_doc])+
                async fn $of(&self) -> $of_type {
                    self.$of
                }
            )?

            /// The viewer, whose lists and counts have changed with it; null if the request is
            /// anonymous.
            async fn viewer(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Option<$crate::graphql::desktop::viewer::Viewer> {
                $crate::graphql::desktop::viewer::Viewer::of(ctx)
            }
        }
    };
}
pub(crate) use gone_from_viewer;
