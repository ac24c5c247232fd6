//! The tables for readers: as data for clients, and as Markdown for `docs/permissions.md`.

use std::fmt::Write;

use async_graphql::{SimpleObject, resolver_utils::EnumType};
use entity::{AccountKind, TwinSpaceRole};

use crate::{Grant, ProjectPermission, ServerPermission, Standing, TwinSpacePermission};

/// The tables of permissions.
#[derive(Debug, SimpleObject)]
pub struct PermissionMatrix {
    /// What members may do in a TwinSpace, by role.
    pub twin_space: Vec<TwinSpacePermissionRow>,
    /// What people may do with a project, by standing.
    pub project: Vec<ProjectPermissionRow>,
    /// What people may do on the server, outside projects, by kind of account.
    pub server: Vec<ServerPermissionRow>,
}

macro_rules! rows {
    ($row:ident, $cell:ident, $permission:ident by $column:ident) => {
        /// A row of the table.
        #[derive(Debug, SimpleObject)]
        pub struct $row {
            /// The name of the field in `permissions`.
            pub permission: String,
            /// What the permission allows.
            pub description: &'static str,
            /// Whether it also applies in closed projects.
            pub when_closed: bool,
            /// The extent of the permission for each column.
            pub grants: Vec<$cell>,
        }

        /// A cell of the table.
        #[derive(Debug, SimpleObject)]
        pub struct $cell {
            /// The role, standing or kind of account.
            pub to: $column,
            /// The extent of the permission.
            pub grant: Grant,
        }

        impl From<$permission> for $row {
            fn from(permission: $permission) -> Self {
                let cells = $permission::COLUMNS
                    .iter()
                    .map(|&to| $cell { to, grant: permission.granted_to(to) })
                    .collect();
                Self {
                    permission: camel(permission.field()),
                    description: permission.description(),
                    when_closed: !permission.needs_active(),
                    grants: cells,
                }
            }
        }
    };
}

rows!(TwinSpacePermissionRow, TwinSpaceGrant, TwinSpacePermission by TwinSpaceRole);
rows!(ProjectPermissionRow, ProjectGrant, ProjectPermission by Standing);
rows!(ServerPermissionRow, ServerGrant, ServerPermission by AccountKind);

/// All tables.
pub fn matrix() -> PermissionMatrix {
    PermissionMatrix {
        twin_space: TwinSpacePermission::ALL.iter().copied().map(Into::into).collect(),
        project: ProjectPermission::ALL.iter().copied().map(Into::into).collect(),
        server: ServerPermission::ALL.iter().copied().map(Into::into).collect(),
    }
}

/// All tables as Markdown.
pub fn markdown() -> String {
    let PermissionMatrix { twin_space, project, server } = matrix();
    let mut page = String::from(
        "# Permissions\n\nGenerated from `policy/src/lib.rs` and `policy/src/server.rs`. **yes**: always. **own**: pupils in one's \
         custody, things one made, the service one works for. **given**: where permission was given. What is marked under \
         *when closed* holds in a closed project too.\n\n\
         Administrators of the server have no rights inside a TwinSpace but moderation: they read \
         and settle reports, and take down what harms. Each such act is in the audit log.\n",
    );
    let mut table = |title: &str,
                     columns: Vec<String>,
                     rows: Vec<(&str, String, bool, Vec<Grant>)>| {
        let _ =
            write!(page, "\n## {title}\n\n| | field | {} | when closed |\n", columns.join(" | "));
        let _ = writeln!(page, "|---|---|{}", ":-:|".repeat(columns.len() + 1));
        for (description, field, closed, grants) in rows {
            let cells: Vec<_> = grants.into_iter().map(cell).collect();
            let cells = cells.join(" | ");
            let closed = if closed { "yes" } else { "–" };
            let _ = writeln!(page, "| {description} | `{field}` | {cells} | {closed} |");
        }
    };
    table(
        "In the TwinSpace",
        TwinSpacePermission::COLUMNS.iter().map(name).collect(),
        twin_space
            .into_iter()
            .map(|r| {
                (
                    r.description,
                    r.permission,
                    r.when_closed,
                    r.grants.iter().map(|g| g.grant).collect(),
                )
            })
            .collect(),
    );
    table(
        "In the project",
        ProjectPermission::COLUMNS.iter().map(name).collect(),
        project
            .into_iter()
            .map(|r| {
                (
                    r.description,
                    r.permission,
                    r.when_closed,
                    r.grants.iter().map(|g| g.grant).collect(),
                )
            })
            .collect(),
    );
    table(
        "On the server",
        ServerPermission::COLUMNS.iter().map(name).collect(),
        server
            .into_iter()
            .map(|r| {
                (
                    r.description,
                    r.permission,
                    r.when_closed,
                    r.grants.iter().map(|g| g.grant).collect(),
                )
            })
            .collect(),
    );
    page
}

const fn cell(grant: Grant) -> &'static str {
    match grant {
        Grant::Yes => "yes",
        Grant::OwnOrGiven => "own, given",
        Grant::Own => "own",
        Grant::Given => "given",
        Grant::No => "–",
    }
}

fn name<E: EnumType>(value: &E) -> String {
    E::items().iter().find(|item| item.value == *value).map_or("", |item| item.name).to_owned()
}

/// `see_last_access` as clients see it: `seeLastAccess`.
fn camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let mut letters = word.chars();
        let head = letters.next().map(|c| c.to_ascii_uppercase());
        name + &head.into_iter().chain(letters).collect::<String>()
    })
}
