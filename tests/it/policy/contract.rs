//! The contract's two tables and that of the server as agreed, compared with the code's cell by cell.

use policy::{Grant, ProjectPermission, ServerPermission, TwinSpacePermission};

const IN_THE_TWINSPACE: &str = "
| in the TwinSpace | TEACHER_ADMIN | TEACHER | PUPIL_ADMIN | PUPIL | VISITOR |
|---|---|---|---|---|---|
| enter, read member pages, read media | Y | Y | Y | Y | Y |
| see pupils' cards | Y | Y | Y | Y | – |
| see last access | Y | Y | – | – | – |
| contact a member | Y | Y | Y | Y | – |
| invite teachers and visitors, see and manage invitations | Y | – | – | – | – |
| invite pupils, attach existing ones | Y | Y | – | – | – |
| change a role | Y | own | – | – | – |
| edit details | Y | own | – | – | – |
| remove a member | Y | own | – | – | – |
| reset a pupil's password | own | own | – | – | – |
| transfer custody | Y (M-16) | own | – | – | – |
| export invited pupils | own | own | – | – | – |
| TwinSpace settings | Y | – | – | – | – |
| create a page | Y | Y | Y | – | – |
| edit a page | Y | own, given | own, given | given | – |
| set who sees and who edits a page | Y | own | – | – | – |
| archive, restore, reorder, delete pages | Y | own (archive) | – | – | – |
| add images, videos, files | Y | Y | Y | Y | – |
| delete media | Y | own | own | own | – |
| chat | Y | Y | Y (T-04) | Y (T-04) | – |
| delete chat messages | Y | Y | own | own | – |
| read the audit log | Y | – | – | – | – |
| download the TwinSpace | Y | – | – | – | – |
";

const IN_THE_PROJECT: &str = "
| in the project | founder | MANAGER | MEMBER | collaborator | registered teacher | officer concerned | anonymous |
|---|---|---|---|---|---|---|---|
| see title, short description, countries of an active project | Y | Y | Y | Y | Y | Y | Y |
| see all of it | Y | Y | Y | Y | Y | Y | – |
| edit it | Y | Y | – | – | – | – | – |
| add, remove partners, change their roles | Y | Y | – | – | – | – | – |
| write the diary | Y | Y | Y | – | – | – | – |
| read diary entries for registered teachers | Y | Y | Y | if registered | Y | Y | – |
| read private diary entries | own | own | own | – | – | Y | – |
| apply for a label | Y | Y | Y | – | – | – | – |
| approve, reject, decide a label | – | – | – | – | – | Y | – |
| close, reopen, follow up | Y | – | – | – | – | – | – |
| read the audit log | Y | Y | – | – | – | Y | – |
| download the TwinSpace, also after leaving it | Y | – | – | – | – | – | – |
";

const ON_THE_SERVER: &str = "
| on the server | administrator | officer | teacher | guest | pupil |
|---|---|---|---|---|---|
| see the work of one's service | – | own | – | – | – |
| export its numbers | – | own | – | – | – |
| admit teachers | own | own | – | – | – |
| confirm schools | Y | own | own | – | – |
| merge schools | Y | own | – | – | – |
| find and block accounts | Y | – | – | – | – |
| set up services and officers | Y | – | – | – | – |
| read the audit log | Y | – | – | – | – |
| pending mails | Y | – | – | – | – |
| storage and settings | Y | – | – | – | – |
| moderate | Y | – | – | – | – |
";

/// The rows of a table: the subject, and its cells.
fn rows(table: &str) -> Vec<(String, Vec<String>)> {
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let rows = table.trim().lines().skip(2).map(cells).map(|mut row| (row.remove(0), row));
    // One row of the contract, three of the code: each action has its own permission.
    rows.flat_map(|row| {
        let acts = if row.0 == "close, reopen, follow up" { 3 } else { 1 };
        vec![row; acts]
    })
    .collect()
}

fn grant(cell: &str) -> Grant {
    match cell {
        // M-16 and T-04 say when; the table says who.
        "Y" | "Y (M-16)" | "Y (T-04)" => Grant::Yes,
        "own" | "own (archive)" => Grant::Own,
        "given" => Grant::Given,
        "own, given" => Grant::OwnOrGiven,
        // A registered collaborator also has the standing of a registered teacher.
        "–" | "if registered" => Grant::No,
        cell => panic!("what is {cell}?"),
    }
}

#[test]
fn the_twinspace_s_table_is_the_contract_s() {
    let mut expected = Vec::new();
    for (row, cells) in rows(IN_THE_TWINSPACE) {
        expected.push((row.clone(), cells.iter().map(|cell| grant(cell)).collect::<Vec<_>>()));
        // One row of the contract, two of the code: own pages may be archived, and nothing else.
        if cells.iter().any(|cell| cell == "own (archive)") {
            let rest = cells.iter().map(|cell| match cell.as_str() {
                "own (archive)" => Grant::No,
                cell => grant(cell),
            });
            expected.push((row, rest.collect()));
        }
    }
    assert_eq!(expected.len(), TwinSpacePermission::ALL.len());
    for ((row, grants), permission) in expected.into_iter().zip(TwinSpacePermission::ALL) {
        let columns = TwinSpacePermission::COLUMNS.iter();
        let code: Vec<_> = columns.map(|&role| permission.granted_to(role)).collect();
        assert_eq!(code, grants, "{permission:?}: {row}");
    }
}

#[test]
fn the_project_s_table_is_the_contract_s() {
    let expected = rows(IN_THE_PROJECT);
    assert_eq!(expected.len(), ProjectPermission::ALL.len());
    for ((row, cells), permission) in expected.into_iter().zip(ProjectPermission::ALL) {
        let columns = ProjectPermission::COLUMNS.iter();
        let code: Vec<_> = columns.map(|&standing| permission.granted_to(standing)).collect();
        let grants: Vec<_> = cells.iter().map(|cell| grant(cell)).collect();
        assert_eq!(code, grants, "{permission:?}: {row}");
    }
}

#[test]
fn the_server_s_table_is_the_agreed_one() {
    let expected = rows(ON_THE_SERVER);
    assert_eq!(expected.len(), ServerPermission::ALL.len());
    for ((row, cells), permission) in expected.into_iter().zip(ServerPermission::ALL) {
        let columns = ServerPermission::COLUMNS.iter();
        let code: Vec<_> = columns.map(|&kind| permission.granted_to(kind)).collect();
        let grants: Vec<_> = cells.iter().map(|cell| grant(cell)).collect();
        assert_eq!(code, grants, "{permission:?}: {row}");
    }
}

/// What also applies in closed projects: reading (P-17), and what protects people. A child's rights
/// do not wait until a founder reopens the project.
const WHEN_CLOSED: &[TwinSpacePermission] = &[
    TwinSpacePermission::Enter,
    TwinSpacePermission::SeePupils,
    TwinSpacePermission::SeeLastAccess,
    TwinSpacePermission::EditDetails,
    TwinSpacePermission::RemoveMember,
    TwinSpacePermission::ResetPassword,
    TwinSpacePermission::TransferCustody,
    TwinSpacePermission::ExportPupils,
    TwinSpacePermission::ArchivePage,
    TwinSpacePermission::DeleteMedia,
    TwinSpacePermission::DeleteChat,
    TwinSpacePermission::ReadAuditLog,
    TwinSpacePermission::Export,
];

// M-13 to M-16, P-17
#[test]
fn what_is_read_and_what_protects_people_holds_in_a_closed_project_too() {
    let holds = TwinSpacePermission::ALL.iter().copied().filter(|p| !p.needs_active());
    assert_eq!(holds.collect::<Vec<_>>(), WHEN_CLOSED);
}
