//! What determines who may do something, and the expected results for everyone.

use policy::{
    Grant, ProjectPermission as P, ProjectPermission, Standing, Tie, TwinSpacePermission as T,
    TwinSpacePermission, matrix,
};

use super::scene::{
    Someone,
    State::{self, *},
};

/// What determines who may do something.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// The TwinSpace's table.
    Space(TwinSpacePermission),
    /// The TwinSpace's table, for a field that returns everyone's own.
    Own(TwinSpacePermission),
    /// The TwinSpace's table, for a pupil who is in turn someone's own and nobody's.
    Member(TwinSpacePermission),
    /// The same for a pupil's name, which all TwinSpaces share.
    Rename,
    /// The same for a takeover of custody.
    TakeOver,
    /// The project's table.
    Project(ProjectPermission),
    /// The project's table, for a partner: visible to those who can see the whole project.
    Partner,
    /// The project's table, for an invitation: known to those who may send it.
    Offer,
    /// The TwinSpace's table, for reading, whether the project is active or closed.
    Reads(TwinSpacePermission),
    /// The TwinSpace's table, for something that does not exist for those without permission.
    Hidden(TwinSpacePermission),
    /// Those who may read the TwinSpace's audit log, and server administrators; for others it does
    /// not exist.
    Report,
    /// The TwinSpace's table, for media that is in turn someone's own and someone else's.
    Media(TwinSpacePermission, &'static str),
    /// Everyone in the TwinSpace except pupils, who must be removed by their teachers.
    Leave,
    /// The project's table, for a public diary entry by the founder.
    Entry,
    /// The project's table, for a decision pending with the officer of the cast, about which nobody
    /// else of the cast knows.
    Decision,
    /// The project's table, for a decision pending with a support service to which nobody of the
    /// cast belongs, known to those who may read the audit log.
    Succession,
}

impl Rule {
    /// The result of someone's attempt according to the tables, regardless of the state of the
    /// project.
    pub fn decides(self, someone: &Someone, own: bool, state: State) -> String {
        match self.tables(someone, own, state) {
            // M-12: a pupil's account answers for nobody, whatever its role.
            granted if granted == "OK" && someone.name == "raised" && self.answers_for_pupils() => {
                "FORBIDDEN PUPILS_ACCOUNT".to_owned()
            }
            decision => decision,
        }
    }

    /// What the tables alone say.
    fn tables(self, someone: &Someone, own: bool, state: State) -> String {
        let inside = |permission: TwinSpacePermission, tie: Tie, unless: &str| {
            let Some(role) = someone.role else { return "NOT_FOUND".to_owned() };
            match permission.granted_to(role) {
                grant if grant.covers(tie) => "OK".to_owned(),
                Grant::No => "FORBIDDEN ROLE_TOO_LOW".to_owned(),
                _ => format!("FORBIDDEN {unless}"),
            }
        };
        let stands: Vec<Standing> = match state {
            Active | Closed => someone.standings.to_vec(),
            // Before it opens there are only founders and officers.
            _ => someone.standings.iter().copied().filter(|s| !partner(*s)).collect(),
        };
        let granted = |permission: ProjectPermission| {
            stands.iter().any(|&standing| permission.granted_to(standing).covers(Tie::default()))
        };
        let known = match state {
            Active => true,
            Closed => someone.role.is_some() || stands.len() > 1,
            _ => stands.iter().any(|s| matches!(s, Standing::Founder | Standing::Officer)),
        };
        let refused = "FORBIDDEN ROLE_TOO_LOW".to_owned();
        match self {
            Self::Space(permission) | Self::Reads(permission) => {
                inside(permission, Tie::default(), "NOT_YOURS")
            }
            Self::Hidden(permission) => match inside(permission, Tie::default(), "NOT_YOURS") {
                refused if refused == "FORBIDDEN ROLE_TOO_LOW" => "NOT_FOUND".to_owned(),
                decision => decision,
            },
            Self::Report if someone.name == "administrator" => "OK".to_owned(),
            Self::Report => match inside(T::ReadAuditLog, Tie::default(), "NOT_YOURS") {
                refused if refused == "FORBIDDEN ROLE_TOO_LOW" => "NOT_FOUND".to_owned(),
                decision => decision,
            },
            Self::Own(permission) => inside(permission, Tie::OWN, "NOT_YOURS"),
            Self::Member(_) | Self::TakeOver
                if inside(T::SeePupils, Tie::default(), "") != "OK" =>
            {
                "NOT_FOUND".to_owned()
            }
            Self::Member(permission) => {
                inside(permission, Tie { own, given: false }, "NOT_YOUR_PUPIL")
            }
            // The custodians of the cast are teachers of the TwinSpace.
            Self::Rename => Self::Member(T::EditDetails).decides(someone, own, state),
            // The custodians of the cast teach here: nobody can take over from them (M-16).
            Self::TakeOver => match inside(T::TransferCustody, Tie::default(), "ROLE_TOO_LOW") {
                granted if granted == "OK" && own => "FORBIDDEN YOURSELF".to_owned(),
                granted if granted == "OK" => "FORBIDDEN NOT_YOUR_PUPIL".to_owned(),
                refused => refused,
            },
            Self::Media(permission, _) => {
                inside(permission, Tie { own, given: false }, "NOT_YOURS")
            }
            Self::Project(_) | Self::Entry if !known => "NOT_FOUND".to_owned(),
            Self::Succession if !known || !granted(P::ReadProjectAuditLog) => {
                "NOT_FOUND".to_owned()
            }
            Self::Succession if granted(P::Decide) => "FORBIDDEN NOT_YOURS".to_owned(),
            Self::Decision if someone.name == "officer" => "OK".to_owned(),
            Self::Offer if known && granted(P::ManagePartners) => "OK".to_owned(),
            Self::Decision | Self::Offer => "NOT_FOUND".to_owned(),
            Self::Entry if someone.name == "founder" => "OK".to_owned(),
            Self::Entry if granted(P::WriteDiary) => "FORBIDDEN NOT_YOURS".to_owned(),
            Self::Partner if !known || !granted(P::SeeProject) => "NOT_FOUND".to_owned(),
            Self::Project(permission) if granted(permission) => "OK".to_owned(),
            Self::Partner if granted(P::ManagePartners) => "OK".to_owned(),
            Self::Project(_) | Self::Partner | Self::Entry | Self::Succession => refused,
            Self::Leave if someone.is_pupil() => refused,
            Self::Leave => inside(T::Enter, Tie::default(), ""),
        }
    }

    /// The result of an action.
    pub fn acts(self, someone: &Someone, own: bool, state: State) -> String {
        if someone.person.is_none() {
            return "UNAUTHENTICATED".to_owned();
        }
        let needs_active = match self {
            // Media of a closed project cannot be edited, but can be deleted.
            Self::Media(_, "edit") => true,
            Self::Space(permission)
            | Self::Own(permission)
            | Self::Hidden(permission)
            | Self::Media(permission, _)
            | Self::Member(permission) => permission.needs_active(),
            Self::Rename => T::EditDetails.needs_active(),
            Self::Project(permission) => permission.needs_active(),
            Self::Partner | Self::Offer => P::ManagePartners.needs_active(),
            Self::Entry => P::WriteDiary.needs_active(),
            Self::Leave
            | Self::TakeOver
            | Self::Reads(_)
            | Self::Report
            | Self::Decision
            | Self::Succession => false,
        };
        match self.decides(someone, own, state) {
            granted if granted == "OK" && needs_active && state != Active => {
                "FORBIDDEN PROJECT_NOT_ACTIVE".to_owned()
            }
            // M-16: the custodians of the cast are here, and nobody else can take over custody.
            granted
                if granted == "OK" && !own && matches!(self, Self::Member(T::TransferCustody)) =>
            {
                "FORBIDDEN NOT_YOUR_PUPIL".to_owned()
            }
            decision => decision,
        }
    }

    /// Whether it belongs to those who answer for pupils.
    fn answers_for_pupils(self) -> bool {
        let (Self::Space(permission)
        | Self::Own(permission)
        | Self::Reads(permission)
        | Self::Hidden(permission)
        | Self::Member(permission)) = self
        else {
            return false;
        };
        [T::InvitePupils, T::EditDetails, T::ResetPassword, T::TransferCustody, T::ExportPupils]
            .contains(&permission)
    }

    /// The request for what `permissions` says, and where it is in the response.
    pub fn foretells(self) -> Option<(String, String)> {
        let fields = matrix();
        let space = |permission: TwinSpacePermission| {
            let at = T::ALL.iter().position(|&p| p == permission).unwrap();
            fields.twin_space[at].permission.clone()
        };
        let project = |permission: ProjectPermission| {
            let at = P::ALL.iter().position(|&p| p == permission).unwrap();
            fields.project[at].permission.clone()
        };
        if matches!(self, Self::Leave) {
            let ask = "{ object: twinSpace(id: $space) { viewerMember {
                permissions { leave { allowed reason } } } } }";
            return Some((
                ask.to_owned(),
                "/data/object/viewerMember/permissions/leave".to_owned(),
            ));
        }
        if matches!(self, Self::Succession) {
            let ask = "{ object: node(id: $succession) { ... on Succession {
                permissions { reject { allowed reason } } } } }";
            return Some((ask.to_owned(), "/data/object/permissions/reject".to_owned()));
        }
        if matches!(self, Self::Decision) {
            let ask = "{ object: node(id: $label) { ... on LabelApplication {
                permissions { grant { allowed reason } } } } }";
            return Some((ask.to_owned(), "/data/object/permissions/grant".to_owned()));
        }
        if matches!(self, Self::Entry) {
            let ask = "{ object: node(id: $entry) { ... on DiaryEntry {
                permissions { edit { allowed reason } delete { allowed reason } } } } }";
            return Some((ask.to_owned(), "/data/object/permissions/edit".to_owned()));
        }
        let (object, field) = match self {
            Self::Space(permission) | Self::Own(permission) => {
                ("object: twinSpace(id: $space) { X }", space(permission))
            }
            // Whether a member is visible at all is not part of the member.
            Self::Member(T::SeePupils | T::SeeLastAccess | T::InvitePupils | T::AddMedia)
            | Self::Reads(_)
            | Self::Hidden(_)
            | Self::Offer
            | Self::Report
            | Self::Leave
            | Self::Entry
            | Self::Decision
            | Self::Succession => return None,
            Self::Member(permission) => {
                // On a member, the bare verb.
                let field = match permission {
                    T::ContactMember => "contact".to_owned(),
                    T::RemoveMember => "remove".to_owned(),
                    T::EditDetails => "recordConsent".to_owned(),
                    other => space(other),
                };
                ("object: node(id: $pupil) { ... on Member { X } }", field)
            }
            Self::Rename => {
                ("object: node(id: $pupil) { ... on Member { X } }", "rename".to_owned())
            }
            Self::TakeOver => {
                ("object: node(id: $pupil) { ... on Member { X } }", "takeOverCustody".to_owned())
            }
            Self::Media(_, field) => {
                ("object: node(id: $media) { ... on Media { X } }", field.to_owned())
            }
            Self::Project(permission) => {
                ("object: project(id: $project) { X }", project(permission))
            }
            Self::Partner => ("object: project(id: $project) { X }", project(P::ManagePartners)),
        };
        let asked = format!("permissions {{ {field} {{ allowed reason }} }}");
        let pointer = format!("/data/object/permissions/{field}");
        Some((format!("{{ {} }}", object.replace('X', &asked)), pointer))
    }
}

/// Whether nobody has this standing before the project opens.
const fn partner(standing: Standing) -> bool {
    matches!(standing, Standing::Manager | Standing::Member | Standing::Collaborator)
}

pub const fn type_of(rule: Rule) -> &'static str {
    match rule {
        Rule::Space(_)
        | Rule::Own(_)
        | Rule::Reads(_)
        | Rule::Hidden(_)
        | Rule::Report
        | Rule::Leave => "TwinSpace",
        Rule::Member(_) | Rule::Rename | Rule::TakeOver => "Member",
        Rule::Media(..) => "Media",
        Rule::Project(_) | Rule::Partner | Rule::Offer => "Project",
        Rule::Entry => "DiaryEntry",
        Rule::Decision => "LabelApplication",
        Rule::Succession => "Succession",
    }
}
