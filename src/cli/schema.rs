//! `twinspace schema`.

use super::{Failure, output, refused};
use crate::{config::Config, graphql};

/// Prints the schema.
pub fn print(config: &Config) -> Result<(), Failure> {
    output::print(&graphql::sdl(&graphql::schema(&config.server))).map_err(refused)
}
