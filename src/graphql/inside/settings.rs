//! The settings of a TwinSpace.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use domain::{Result, access::Access, inside::settings};
use entity::TwinSpaceId;

use crate::graphql::{
    context::ContextExt, guard::Decides, inside::twin_space::TwinSpace, payload::payload,
};

/// The settings of a TwinSpace.
#[derive(SimpleObject)]
pub struct TwinSpaceSettings {
    /// Whether pupils can read and write in the chat room (T-04).
    chat_open_to_pupils: bool,
}

impl TwinSpaceSettings {
    /// The settings of the TwinSpace to which the viewer has this access.
    pub fn of(access: &Access) -> Self {
        Self { chat_open_to_pupils: access.chat_open }
    }
}

/// Input for `editTwinSpaceSettings`. Fields that are omitted do not change.
#[derive(InputObject)]
pub struct EditTwinSpaceSettingsInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
    /// Whether pupils can read and write in the chat room.
    chat_open_to_pupils: Option<bool>,
}

payload! {
    /// Result of `editTwinSpaceSettings`.
    EditTwinSpaceSettingsPayload(TwinSpaceId) {
        /// The TwinSpace, with the updated settings.
        twin_space: TwinSpace
    }
}

/// The mutations of settings.
#[derive(Default)]
pub struct SettingsMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl SettingsMutation {
    /// Changes the settings of a TwinSpace. Closing the chat room to pupils ends their
    /// subscriptions to it immediately.
    #[graphql(guard = "Decides(settings::EDIT)")]
    async fn edit_twin_space_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The TwinSpace and the settings to change.")]
        input: EditTwinSpaceSettingsInput,
    ) -> Result<Option<EditTwinSpaceSettingsPayload>> {
        let EditTwinSpaceSettingsInput { twin_space_id, chat_open_to_pupils } = input;
        settings::edit(ctx.actor(), twin_space_id, chat_open_to_pupils).await?;
        Ok(ctx.changed(EditTwinSpaceSettingsPayload(twin_space_id)))
    }
}
