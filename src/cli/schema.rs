//! `twinspace schema`.

use crate::{config::Config, graphql};

/// Prints the schema.
pub fn print(config: &Config) {
    print!("{}", graphql::sdl(&graphql::schema(&config.server)));
}
