//! The notation of the permission tables.

/// Turns a table of permissions by column into two types: the permissions, and what a viewer learns
/// about them. A missing cell or column does not compile.
///
/// Each row says whether it applies at any time, or only while the project is active.
macro_rules! policy {
    (
        $(#[doc = $table:literal])+
        $permission:ident, $told:ident by $column:ident $columns:tt
        $( #[doc = $doc:literal] $kind:ident $name:ident $field:ident $cells:tt )+
    ) => {
        $(#[doc = $table])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $permission {
            $( #[doc = $doc] $name, )+
        }

        impl $permission {
            /// All rows of the table, from top to bottom.
            pub const ALL: &[Self] = &[$( Self::$name ),+];

            /// The columns of the table, from left to right.
            pub const COLUMNS: &[$column] = &columns!($column $columns);

            /// What the permission allows.
            pub const fn description(self) -> &'static str {
                match self { $( Self::$name => $doc.trim_ascii(), )+ }
            }

            /// The name of its field in `permissions`.
            pub fn field(self) -> &'static str {
                match self { $( Self::$name => stringify!($field), )+ }
            }

            /// Whether it applies only while the project is active.
            pub const fn needs_active(self) -> bool {
                match self { $( Self::$name => needs_active!($kind), )+ }
            }

            /// The cell of the table.
            pub const fn granted_to(self, column: $column) -> Grant {
                match self { $( Self::$name => row!(column $column $columns $cells), )+ }
            }
        }

        $(#[doc = $table])+
        ///
        /// Each field says whether the viewer may do this, and if not, why not.
        #[derive(Clone, Copy, Debug, SimpleObject)]
        pub struct $told {
            $( #[doc = $doc] pub $field: Allowance, )+
        }

        impl $told {
            /// Calls `decide` for every row.
            pub fn of<D: Into<Allowance>>(decide: impl Fn($permission) -> D) -> Self {
                Self { $( $field: decide($permission::$name).into(), )+ }
            }
        }
    };
}

macro_rules! columns {
    ($of:ident [$($column:ident)+]) => { [$( $of::$column ),+] };
}

macro_rules! needs_active {
    (anytime) => {
        false
    };
    (active) => {
        true
    };
}

macro_rules! row {
    ($at:ident $of:ident [$($column:ident)+] [$($cell:tt)+]) => {
        match $at { $( $of::$column => row!($cell), )+ }
    };
    (yes) => { Grant::Yes };
    (own) => { Grant::Own };
    (given) => { Grant::Given };
    (both) => { Grant::OwnOrGiven };
    (-) => { Grant::No };
}
