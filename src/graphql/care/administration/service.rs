//! Support services and their officers, as administrators set them up.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use domain::{
    Error, Result,
    accounts::password::Password,
    care::administration::{self, NewService, ServiceRow},
    list::cell,
};
use entity::{AccountId, ServiceId};
use policy::ServerPermission;

use super::AdministeredAccount;
use crate::graphql::{
    connection, context::ContextExt, guard::OnServer, loader::Rows, payload::payload,
    projects::approval::Service,
};

/// A support service, as administrators see it.
pub struct AdministeredService(Arc<ServiceRow>);

impl AdministeredService {
    /// A service in a list.
    pub fn new(row: ServiceRow) -> Self {
        Self(Arc::new(row))
    }

    /// The service with this ID, for administrators.
    pub async fn load(ctx: &Context<'_>, id: ServiceId) -> Result<Self> {
        let columns = connection::columns::<ServiceRow>(ctx);
        let row = ctx.load::<Rows<ServiceRow>>((id.0, columns)).await?;
        row.map(Self).ok_or(Error::NotFound("support service"))
    }
}

/// A support service, as administrators see it.
#[Object]
impl AdministeredService {
    /// The support service.
    async fn service(&self) -> Result<Service> {
        let row = &self.0;
        let (name, country, region) = (row.name.clone(), row.country.clone(), row.region.clone());
        Ok(Service::new(cell(&row.id)?, name, country, region))
    }

    /// The country that it serves, as an ISO 3166-1 alpha-2 code.
    async fn country(&self) -> Result<String> {
        cell(&self.0.country)
    }

    /// The number of its officers, who are listed in `administration.accounts`.
    async fn officer_count(&self) -> Result<i64> {
        cell(&self.0.officers)
    }
}

/// Input for `addService`.
#[derive(InputObject)]
pub struct AddServiceInput {
    /// The name, at most 200 characters.
    name: String,
    /// The country that it serves, as an ISO 3166-1 alpha-2 code.
    country: String,
    /// The region that it serves, at most 100 characters. Omit it for the whole country.
    region: Option<String>,
    /// Alternative spellings of the region that schools may use; at most 100.
    spellings: Option<Vec<String>>,
}

/// Input for `renameService`.
#[derive(InputObject)]
pub struct RenameServiceInput {
    /// The support service.
    service_id: ServiceId,
    /// The new name, at most 200 characters.
    name: String,
}

/// Input for `removeService`.
#[derive(InputObject)]
pub struct RemoveServiceInput {
    /// The support service.
    service_id: ServiceId,
}

/// Result of `removeService`.
#[derive(SimpleObject)]
pub struct RemoveServicePayload {
    /// The ID that the support service had.
    service_id: ServiceId,
}

/// Input for `appointOfficer`.
#[derive(InputObject)]
pub struct AppointOfficerInput {
    /// The support service.
    service_id: ServiceId,
    /// The e-mail address with which the officer signs in. It is considered verified.
    email: String,
    /// The name that others see, at most 100 characters.
    name: String,
}

/// Input for `moveOfficer`.
#[derive(InputObject)]
pub struct MoveOfficerInput {
    /// The officer's account.
    person_id: AccountId,
    /// The support service for which they work from now on.
    service_id: ServiceId,
}

/// Input for `removeOfficer`.
#[derive(InputObject)]
pub struct RemoveOfficerInput {
    /// The officer's account.
    person_id: AccountId,
}

/// Result of `removeOfficer`.
#[derive(SimpleObject)]
pub struct RemoveOfficerPayload {
    /// The ID of the account. It no longer exists, but their decisions remain under their name.
    person_id: AccountId,
}

payload! {
    /// Result of `addService`.
    AddServicePayload
    /// Result of `renameService`.
    RenameServicePayload
    (ServiceId) {
        /// The support service.
        service: AdministeredService
    }
}

payload! {
    /// Result of `appointOfficer`.
    AppointOfficerPayload(AccountId) {
        /// The officer's account.
        account: AdministeredAccount
    }
}

payload! {
    /// Result of `moveOfficer`.
    MoveOfficerPayload(AccountId) {
        /// The officer's account.
        account: AdministeredAccount
    }
}

/// The mutations of support services and their officers, for administrators.
#[derive(Default)]
pub struct ServicesMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl ServicesMutation {
    /// Sets up the support service of a country or one of its regions. Requires a server
    /// administrator.
    #[graphql(guard = "OnServer(ServerPermission::ManageServices)")]
    async fn add_service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The support service.")] input: AddServiceInput,
    ) -> Result<Option<AddServicePayload>> {
        let AddServiceInput { name, country, region, spellings } = input;
        let region = region.unwrap_or_default();
        let spellings = spellings.unwrap_or_default();
        let service = NewService { name, country, region, spellings };
        let id = Box::pin(administration::add_service(ctx.actor(), service)).await?;
        Ok(ctx.changed(AddServicePayload(id)))
    }

    /// Renames a support service. Requires a server administrator.
    #[graphql(guard = "OnServer(ServerPermission::ManageServices)")]
    async fn rename_service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The support service and its new name.")] input: RenameServiceInput,
    ) -> Result<Option<RenameServicePayload>> {
        let RenameServiceInput { service_id, name } = input;
        Box::pin(administration::rename_service(ctx.actor(), service_id, &name)).await?;
        Ok(ctx.changed(RenameServicePayload(service_id)))
    }

    /// Removes a support service that has no officers, has decided nothing, and for which nothing
    /// waits. Requires a server administrator.
    #[graphql(guard = "OnServer(ServerPermission::ManageServices)")]
    async fn remove_service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The support service.")] input: RemoveServiceInput,
    ) -> Result<Option<RemoveServicePayload>> {
        let service_id = input.service_id;
        Box::pin(administration::remove_service(ctx.actor(), service_id)).await?;
        Ok(ctx.changed(RemoveServicePayload { service_id }))
    }

    /// Creates an officer's account for a support service, and mails them a link to set their
    /// password. Requires a server administrator.
    #[graphql(guard = "OnServer(ServerPermission::ManageServices)")]
    async fn appoint_officer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The officer and the support service.")] input: AppointOfficerInput,
    ) -> Result<Option<AppointOfficerPayload>> {
        let AppointOfficerInput { service_id, email, name } = input;
        let asker = ctx.signed_in()?.account_id;
        let appointed = async {
            let hash = ctx.app().passwords.hash(&Password::generate()?).await?;
            let appointed =
                administration::appoint_officer(ctx.actor(), service_id, &email, &name, hash);
            Box::pin(appointed).await
        };
        // The mail that they get.
        let id = ctx.app().limits.inviting(asker, &email, None, appointed).await?;
        Ok(ctx.changed(AppointOfficerPayload(id)))
    }

    /// Lets an officer work for another support service. Their sessions end. Requires a server
    /// administrator.
    #[graphql(guard = "OnServer(ServerPermission::ManageServices)")]
    async fn move_officer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The officer and the support service.")] input: MoveOfficerInput,
    ) -> Result<Option<MoveOfficerPayload>> {
        let MoveOfficerInput { person_id, service_id } = input;
        Box::pin(administration::move_officer(ctx.actor(), person_id, service_id)).await?;
        Ok(ctx.changed(MoveOfficerPayload(person_id)))
    }

    /// Removes an officer: their sessions end, the address becomes available again, and their
    /// decisions remain under their name. Requires a server administrator.
    #[graphql(guard = "OnServer(ServerPermission::ManageServices)")]
    async fn remove_officer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The officer.")] input: RemoveOfficerInput,
    ) -> Result<Option<RemoveOfficerPayload>> {
        let person_id = input.person_id;
        Box::pin(administration::remove_officer(ctx.actor(), person_id)).await?;
        Ok(ctx.changed(RemoveOfficerPayload { person_id }))
    }
}
