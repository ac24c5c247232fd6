//! Pupils: verifying, inviting and attaching whole classes (M-06 to M-11).

use std::{collections::HashMap, sync::Arc};

use async_graphql::{ComplexObject, Context, Enum, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    access::Access,
    accounts::password::Password,
    download::GOOD_FOR,
    error::{Flaw, Problems},
    members::{
        export,
        pupil::{self, Batch, MOST, Outcome, Plan, Row, RowProblem, RowStatus, Who},
        sheet::{Card, sheet},
    },
};
use entity::{ConsentGiver, MemberId, TwinSpaceId, TwinSpaceRole};
use policy::TwinSpaceFacts;

use crate::{
    export::Content,
    graphql::{
        accounts::password::{Chosen, PasswordStrength},
        context::ContextExt,
        guard::Decides,
        inside::twin_space::TwinSpace,
        members::member::Member,
    },
};

mod look_up;
pub mod own;

use look_up::look_up;

/// A row of a class list: either a new pupil, given by name, or an existing pupil, given by
/// username.
#[derive(InputObject)]
pub struct PupilRowInput {
    /// The given name of a new pupil. An initial or acronym is enough and reveals less.
    given_name: Option<String>,
    /// The family name of a new pupil. An initial is enough.
    family_name: Option<String>,
    /// The password of a new pupil: 8 to 128 characters, including at least one digit. If omitted,
    /// the server generates one that is easy for a child to type.
    password: Option<String>,
    /// The username of an existing pupil, whose password does not change (M-11).
    username: Option<String>,
    /// The pupil's role: `PUPIL` or `PUPIL_ADMIN`.
    #[graphql(default_with = "TwinSpaceRole::Pupil")]
    role: TwinSpaceRole,
}

impl From<PupilRowInput> for Row {
    fn from(input: PupilRowInput) -> Self {
        let PupilRowInput { given_name, family_name, password, username, role } = input;
        let who = match (given_name, family_name, username) {
            (None, None, Some(username)) if password.is_none() => Who::Existing { username },
            (given, family, None) if given.is_some() || family.is_some() => Who::New {
                given: given.unwrap_or_default(),
                family: family.unwrap_or_default(),
                password: password.map(|password| Password::choose(&password)),
            },
            _ => Who::Unclear,
        };
        Self { who, role }
    }
}

fn rows(inputs: Vec<PupilRowInput>) -> Result<Vec<Row>> {
    match Flaw::of_count(inputs.len(), MOST) {
        None => Ok(inputs.into_iter().map(Row::from).collect()),
        Some(flaw) => Err(Error::invalid("rows", flaw)),
    }
}

/// Input for `verifyPupils`.
#[derive(InputObject)]
pub struct VerifyPupilsInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
    /// The rows, 1 to 100.
    rows: Vec<PupilRowInput>,
}

/// An existing pupil with the same name as a row: in the custody of the viewer, of a teacher who
/// shares a TwinSpace with the viewer, or of a contact at the same school.
#[derive(SimpleObject)]
pub struct PupilCandidate {
    /// The name.
    name: String,
    /// The username with which to add this pupil instead of creating a new one.
    username: String,
}

/// The expected outcome for a row.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct VerifiedPupil {
    /// The expected outcome.
    status: RowStatus,
    /// The username: the proposed one for a new pupil, or that of an existing pupil.
    username: Option<String>,
    /// Existing pupils with the same name, in the custody of the viewer or of colleagues. One of
    /// them may be the same child (M-11).
    candidates: Vec<PupilCandidate>,
    /// The problems with the row.
    problems: Vec<RowProblem>,
    #[graphql(skip)]
    chosen: Option<Chosen>,
}

/// The expected outcome for a row.
#[ComplexObject]
impl VerifiedPupil {
    /// The estimated strength of the row's password; null if the row has no valid password.
    async fn password_strength(&self, ctx: &Context<'_>) -> Option<PasswordStrength> {
        self.chosen.as_ref()?.strength(ctx).await
    }
}

impl VerifiedPupil {
    fn new(row: Row, plan: Plan) -> Self {
        let chosen = match row.who {
            Who::New { given, family, password: Some(Ok(password)) } => {
                Some(Chosen::by(password, vec![given, family]))
            }
            _ => None,
        };
        let candidates = plan.candidates.into_iter();
        Self {
            status: plan.status,
            username: plan.username,
            candidates: candidates
                .map(|pupil| PupilCandidate { name: pupil.name, username: pupil.username })
                .collect(),
            problems: plan.problems,
            chosen,
        }
    }
}

/// Result of `verifyPupils`.
#[derive(SimpleObject)]
pub struct VerifyPupilsPayload {
    /// The rows, in the order of the request.
    rows: Vec<VerifiedPupil>,
}

/// How invalid rows affect the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum InviteMode {
    /// If any row is invalid, no pupil is invited.
    AllOrNothing,
    /// Invalid rows are skipped; all others are processed.
    BestEffort,
}

/// Input for `invitePupils`.
#[derive(InputObject)]
pub struct InvitePupilsInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
    /// The rows, 1 to 100.
    rows: Vec<PupilRowInput>,
    /// Who consented to these pupils taking part. The teacher is responsible for having obtained
    /// the consent; each pupil's consent is recorded and can be withdrawn (M-14).
    consent_given_by: ConsentGiver,
    /// How invalid rows affect the others.
    #[graphql(default_with = "InviteMode::AllOrNothing")]
    mode: InviteMode,
    /// A key chosen by the client, at most 100 characters. Repeating the request with the same key
    /// within 7 days returns the original result without the passwords, and changes nothing (M-10).
    idempotency_key: Option<String>,
}

/// The outcome for a row.
pub struct InvitedPupil(Outcome);

/// The outcome for a row. The password is shown only here.
#[Object]
impl InvitedPupil {
    /// The outcome for the row.
    async fn status(&self) -> RowStatus {
        self.0.status
    }

    /// The pupil's username.
    async fn username(&self) -> Option<&str> {
        self.0.username.as_deref()
    }

    /// The password of a new account. It is shown only here.
    async fn password(&self) -> Option<&str> {
        self.0.password.as_ref().map(Password::reveal)
    }

    /// The pupil's membership in the TwinSpace.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        match self.0.member {
            Some(id) => Member::load(ctx, id).await.map(Some),
            None => Ok(None),
        }
    }

    /// The ID of that membership.
    async fn member_id(&self) -> Option<MemberId> {
        self.0.member
    }

    /// The problems with the row.
    async fn problems(&self) -> &[RowProblem] {
        &self.0.problems
    }
}

/// Result of `invitePupils`.
pub struct InvitePupilsPayload {
    outcomes: Vec<Outcome>,
    access: Arc<Access>,
}

/// Result of `invitePupils`.
#[Object]
impl InvitePupilsPayload {
    /// The rows, in the order of the request.
    async fn rows(&self) -> Vec<InvitedPupil> {
        self.outcomes.iter().cloned().map(InvitedPupil).collect()
    }

    /// The number of accounts created.
    async fn created_count(&self) -> usize {
        self.outcomes.iter().filter(|row| row.status == RowStatus::Created).count()
    }

    /// Printable sign-in cards for the new pupils: a self-contained HTML page. Available only here;
    /// null if there are no new passwords.
    async fn credential_sheet(&self, ctx: &Context<'_>) -> Option<String> {
        let cards: Vec<Card<'_>> = self.outcomes.iter().filter_map(card).collect();
        let address = ctx.app().config.server.app_url();
        (!cards.is_empty()).then(|| sheet(&self.access.title, &address, &cards))
    }

    /// The TwinSpace.
    async fn twin_space(&self) -> TwinSpace {
        TwinSpace::new(Arc::clone(&self.access))
    }
}

/// The card of a pupil whose account was created by this request.
fn card(outcome: &Outcome) -> Option<Card<'_>> {
    let password = outcome.password.as_ref()?.reveal();
    Some(Card { name: &outcome.name, username: outcome.username.as_deref()?, password })
}

/// Input for `exportPupils`.
#[derive(InputObject)]
pub struct ExportPupilsInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
    /// The file format.
    #[graphql(default_with = "ExportFormat::Xlsx")]
    format: ExportFormat,
}

/// The file format of a pupil export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ExportFormat {
    /// An Excel workbook.
    Xlsx,
    /// Comma-separated values, encoded as UTF-8.
    Csv,
}

/// Result of `exportPupils`.
#[derive(SimpleObject)]
pub struct ExportPupilsPayload {
    /// The download URL. It works only once, and only with the session that requested it
    /// (`Authorization: Bearer …`).
    url: String,
    /// When the URL expires.
    expires_at: DateTime<Utc>,
}

/// The mutations of classes of pupils.
#[derive(Default)]
pub struct PupilMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl PupilMutation {
    /// Checks a class list and returns the expected outcome of inviting it, row by row, without
    /// changing anything (M-07). Lookups by username are limited to a few hundred a day and are
    /// logged (M-11).
    #[graphql(guard = "Decides(pupil::INVITE)")]
    async fn verify_pupils(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The class list.")] input: VerifyPupilsInput,
    ) -> Result<Option<VerifyPupilsPayload>> {
        let rows = rows(input.rows)?;
        let actor = ctx.actor();
        // It changes nothing: the preview is the decision.
        let by = actor.preview::<TwinSpaceFacts>(pupil::INVITE, &input.twin_space_id).await?.by;
        let plans = look_up(ctx, actor, by.project_id, &rows).await?;
        ctx.request().visits(&by).await;
        let rows = rows.into_iter().zip(plans).map(|(row, plan)| VerifiedPupil::new(row, plan));
        Ok(Some(VerifyPupilsPayload { rows: rows.collect() }))
    }

    /// Invites a class: creates accounts for new pupils and adds existing ones. The pupils become
    /// members immediately, and no mail is sent to them (M-09). If a pupil's custodian does not
    /// teach in this TwinSpace, the custodian is asked first and the status of the row is
    /// `REQUESTED` (M-11).
    #[graphql(guard = "Decides(pupil::INVITE)")]
    async fn invite_pupils(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The class list.")] input: InvitePupilsInput,
    ) -> Result<Option<InvitePupilsPayload>> {
        if let Some(key) = &input.idempotency_key {
            let mut problems = Problems::default();
            problems.line(key, "idempotencyKey", 100);
            problems.finish()?;
        }
        let rows = rows(input.rows)?;
        let (actor, space) = (ctx.actor(), input.twin_space_id);
        // Hashing the passwords of a class takes seconds: do not do it for what was done before or
        // is refused.
        let by = actor.preview::<TwinSpaceFacts>(pupil::INVITE, &space).await?.by;
        let project = by.project_id;
        let mut batch = Batch {
            rows: &rows,
            hashed: HashMap::new(),
            all_or_nothing: input.mode == InviteMode::AllOrNothing,
            consent: input.consent_given_by,
            key: input.idempotency_key.as_deref(),
        };
        let db = ctx.db().read();
        if let Some(outcomes) = pupil::repeated(db, actor.account()?, project, &batch).await? {
            let access = Arc::new(by.clone());
            return Ok(ctx.changed_by(by, InvitePupilsPayload { outcomes, access }).await);
        }
        let plans = look_up(ctx, actor, project, &rows).await?;
        let valid = |plan: &Plan| plan.status != RowStatus::Invalid;
        if !batch.all_or_nothing || plans.iter().all(valid) {
            let languages = pupil::languages(db, project).await?;
            let new = rows.iter().zip(&plans).enumerate().filter(|(_, (_, plan))| valid(plan));
            let passwords = new.filter_map(|(at, (row, _))| match &row.who {
                Who::New { password: Some(Ok(chosen)), .. } => Some(Ok((at, chosen.clone()))),
                Who::New { .. } => {
                    Some(Password::for_child(&languages).map(|password| (at, password)))
                }
                _ => None,
            });
            let passwords = passwords.collect::<Result<Vec<_>>>()?;
            batch.hashed = ctx.app().passwords.hash_class(passwords).await?;
        }
        let (outcomes, by) = pupil::invite(ctx.actor(), space, batch).await?;
        let access = Arc::new(by.clone());
        Ok(ctx.changed_by(by, InvitePupilsPayload { outcomes, access }).await)
    }

    /// Prepares a table of the pupils invited by the viewer for download: name, username,
    /// invitation date, last visit and role, but never a password (M-17).
    #[graphql(guard = "Decides(export::EXPORT)")]
    async fn export_pupils(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The TwinSpace and the file format.")] input: ExportPupilsInput,
    ) -> Result<Option<ExportPupilsPayload>> {
        let (actor, space) = (ctx.actor(), input.twin_space_id);
        let by = actor.preview::<TwinSpaceFacts>(export::EXPORT, &space).await?.by;
        ctx.request().visits(&by).await;
        let content = match input.format {
            ExportFormat::Xlsx => Content::Xlsx,
            ExportFormat::Csv => Content::Csv,
        };
        let content = content.show();
        let origin = ctx.export(&content).await?;
        let token = export::make(actor, space, origin).await?;
        Ok(Some(ExportPupilsPayload {
            url: ctx.export_url(&token, &content),
            expires_at: actor.now + GOOD_FOR,
        }))
    }
}
