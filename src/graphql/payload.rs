//! What mutations return: the object that was changed, as it is afterwards.

/// Defines the payload type of a mutation, with one field that is loaded on request.
macro_rules! payload {
    ($(#[doc = $doc:literal])+ $name:ident($id:ty) { $(#[doc = $field_doc:literal])+ $field:ident: $type:ty }) => {
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
        }
    };
}
pub(crate) use payload;
