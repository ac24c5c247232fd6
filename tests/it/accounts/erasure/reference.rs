//! Every reference to an account, and what becomes of it.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::support::TestApp;

/// Every column that refers to an account: what happens to its row, or to the reference, when the
/// account is erased. A new one must be handled in `domain/erasure.rs`, or listed here
/// deliberately.
const REFERRING: &[(&str, &str)] = &[
    ("account.custodian_id", "none are left, or it is refused; of a pupil it is cleared"),
    ("account_tag.account_id", "deleted"),
    ("admission.account_id", "deleted"),
    ("admission.decided_by", "kept: the record on who was admitted"),
    ("approval.decided_by", "kept: the record of the project"),
    ("brought_in.pupil_id", "deleted"),
    ("brought_in.teacher_id", "deleted"),
    ("chat_message.author_id", "kept: what they wrote"),
    ("consent.account_id", "deleted, of a pupil"),
    ("consent.recorded_by", "kept: the record on the pupil"),
    ("consent.withdrawn_by", "kept: the record on the pupil"),
    ("contact.addressee_id", "deleted"),
    ("contact.requester_id", "deleted"),
    ("custody_transfer.decided_by", "kept: the record on the pupil"),
    ("custody_transfer.from_id", "kept: the record on the pupil"),
    ("custody_transfer.pupil_id", "deleted, of a pupil"),
    ("custody_transfer.to_id", "kept: the record on the pupil; ended if it waits"),
    ("diary_entry.author_id", "kept: what they wrote"),
    ("email_change.account_id", "deleted"),
    ("former_teacher.account_id", "deleted"),
    ("guest_registration.account_id", "deleted"),
    ("invitation.account_id", "kept without the address; declined if it waits"),
    ("invitation.inviter_id", "kept; revoked if it waits"),
    ("label_application.applicant_id", "kept once decided; deleted if it waits"),
    ("label_application.decided_by", "kept: the record of the project"),
    ("media.uploader_id", "kept: what they made"),
    ("media_pictured.account_id", "kept, of a pupil: hides the picture"),
    ("member.account_id", "deleted"),
    ("member.inviter_id", "kept"),
    ("message.recipient_id", "deleted once both boxes are without it"),
    ("message.sender_id", "deleted once both boxes are without it"),
    ("nomination.nominated_by", "kept: the record of the project"),
    ("outcome.account_id", "deleted"),
    ("page.author_id", "kept: what they wrote"),
    ("page.editor_id", "kept: what they wrote"),
    ("page_version.editor_id", "kept: what they wrote"),
    ("partner.account_id", "deleted, but a founder's, until they are succeeded"),
    ("profile_picture.account_id", "deleted"),
    ("project.cofounder_id", "kept: the record of the project; cleared if it is not open"),
    ("project.proposer_id", "kept: the record of the project"),
    ("pupil_news.actor_id", "kept until it is read or old"),
    ("pupil_news.custodian_id", "deleted"),
    ("pupil_news.pupil_id", "deleted, of a pupil"),
    ("pupil_request.asked_by", "kept; ended if it waits"),
    ("pupil_request.decided_by", "kept: the record on the pupil"),
    ("pupil_request.pupil_id", "deleted, of a pupil"),
    ("report.author_id", "kept until the report is settled and old"),
    ("report.recipient_id", "kept until the report is settled and old"),
    ("report.reporter_id", "kept until the report is settled and old"),
    ("report.settled_by", "kept until the report is old"),
    ("school_confirmation.account_id", "deleted"),
    ("school_confirmation.decided_by", "cleared: what they confirmed stands"),
    ("session.account_id", "deleted"),
    ("succession.decided_by", "kept: the record of the project"),
    ("succession.departed_id", "kept: the record of the project"),
    ("succession.proposed_by", "kept once decided; deleted if it waits"),
    ("succession.successor_id", "kept once decided; deleted if it waits"),
];

#[tokio::test]
async fn of_every_row_on_a_person_it_is_said_what_becomes_of_it() {
    let app = TestApp::on_sqlite().await;
    let query = "select tables.name || '.' || keys.\"from\" as it from sqlite_master as tables, \
        pragma_foreign_key_list(tables.name) as keys \
        where tables.type = 'table' and keys.\"table\" = 'account' order by 1";
    let rows = app
        .db
        .read()
        .query_all_raw(Statement::from_string(DbBackend::Sqlite, query))
        .await
        .unwrap();
    let there: Vec<String> = rows.iter().map(|row| row.try_get("", "it").unwrap()).collect();
    let said: Vec<_> = REFERRING.iter().map(|(column, _)| *column).collect();
    assert_eq!(there, said);
}
