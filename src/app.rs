//! What a running server holds.

use std::sync::Arc;

use crate::{
    Result,
    auth::{Client, Viewer},
    config::Config,
    db::Db,
    graphql::{self, Schema, context::Request},
    mail::Delivery,
};

/// What a running server holds; shared by all requests.
#[derive(Debug)]
pub struct App {
    /// The settings.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// Where mails go.
    pub mail: Delivery,
}

impl App {
    /// Opens the database, brings it up to date, and makes everything ready to serve.
    pub async fn start(config: Config) -> Result<Arc<Self>> {
        let mail = Delivery::new(&config.mail, &config.data_dir)?;
        let db = Db::open(&config.database.url(&config.data_dir), &config.database).await?;
        db.migrate().await?;
        Ok(Arc::new(Self { config, db, mail }))
    }

    /// Who a token stands for. No token is nobody; a token that has ended is an error.
    pub async fn authenticate(&self, token: Option<&str>) -> Result<Viewer> {
        let _ = token;
        Ok(Viewer::Anonymous)
    }

    /// The data of one GraphQL operation, to be put into `async_graphql::Request::data`.
    pub fn request(self: &Arc<Self>, viewer: Viewer, client: Client) -> Request {
        Request::new(Arc::clone(self), viewer, client)
    }

    /// The GraphQL schema. It holds no state: the app comes with each request.
    pub fn schema(&self) -> Schema {
        graphql::schema(&self.config.server)
    }
}
