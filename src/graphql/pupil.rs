//! Pupils: verified, invited by the class, attached (M-06 to M-11).

use std::collections::HashMap;

use async_graphql::{ComplexObject, Context, Enum, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{ConsentGiver, MemberId, TwinSpaceId, TwinSpaceRole};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    context::ContextExt,
    guard::{InTwinSpace, InTwinSpaceOwn},
    member::Member,
    password::{Chosen, PasswordStrength},
};
use crate::{
    Error, Result,
    domain::{
        export,
        password::Password,
        pupil::{self, Batch, MOST, Outcome, Plan, Row, RowProblem, RowStatus, Who},
        sheet::{Card, sheet},
    },
    error::Problems,
    policy::TwinSpacePermission,
};

pub mod own;

/// A row of a class list: a new pupil by names, or one who has an account by username.
#[derive(InputObject)]
pub struct PupilRowInput {
    /// The given name of a new pupil. An initial or an acronym will do, and tells less.
    given_name: Option<String>,
    /// The family name of a new pupil. An initial will do.
    family_name: Option<String>,
    /// The password of a new pupil, 8 to 128 characters with a digit; without it the server makes
    /// one that a child can type.
    password: Option<String>,
    /// The username of a pupil who has an account: it keeps its password (M-11).
    username: Option<String>,
    /// What they will be: `PUPIL` or `PUPIL_ADMIN`.
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
    match inputs.len() {
        1..=MOST => Ok(inputs.into_iter().map(Row::from).collect()),
        _ => Err(Error::invalid("rows", format!("must be 1 to {MOST}"))),
    }
}

/// A class list to look at.
#[derive(InputObject)]
pub struct VerifyPupilsInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
    /// The rows, 1 to 100.
    rows: Vec<PupilRowInput>,
}

/// A pupil who has the name of a row: in the viewer's custody, in that of a teacher with whom the
/// viewer shares a TwinSpace, or of a contact at the same school.
#[derive(SimpleObject)]
pub struct PupilCandidate {
    /// The name.
    name: String,
    /// The username, by which they can be attached instead.
    username: String,
}

/// What would become of a row.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct VerifiedPupil {
    /// What would become of it.
    status: RowStatus,
    /// The username: proposed for a new pupil, or the existing one's.
    username: Option<String>,
    /// Pupils of the same name, of the viewer's own or of colleagues: the same child, perhaps (M-11).
    candidates: Vec<PupilCandidate>,
    /// What is wrong with the row.
    problems: Vec<RowProblem>,
    #[graphql(skip)]
    chosen: Option<Chosen>,
}

/// What would become of a row.
#[ComplexObject]
impl VerifiedPupil {
    /// How hard the password of the row is to guess; null if it has none that can be taken.
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

/// What would become of a class list.
#[derive(SimpleObject)]
pub struct VerifyPupilsPayload {
    /// The rows, in the order of the request.
    rows: Vec<VerifiedPupil>,
}

/// What is done when some rows are invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum InviteMode {
    /// Nothing.
    AllOrNothing,
    /// The other rows.
    BestEffort,
}

/// A class that is invited.
#[derive(InputObject)]
pub struct InvitePupilsInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
    /// The rows, 1 to 100.
    rows: Vec<PupilRowInput>,
    /// Who consented that these pupils take part. The teacher answers for having asked; each
    /// pupil's consent is recorded and can be withdrawn (M-14).
    consent_given_by: ConsentGiver,
    /// What is done when some rows are invalid.
    #[graphql(default_with = "InviteMode::AllOrNothing")]
    mode: InviteMode,
    /// A key of the client's choice, at most 100 characters. A request that is repeated with it
    /// within 7 days is answered with what the first came to, without the passwords, and changes
    /// nothing (M-10).
    idempotency_key: Option<String>,
}

/// What became of a row.
pub struct InvitedPupil(Outcome);

/// What became of a row. The password is told here and never again.
#[Object]
impl InvitedPupil {
    /// What became of it.
    async fn status(&self) -> RowStatus {
        self.0.status
    }

    /// The pupil's username.
    async fn username(&self) -> Option<&str> {
        self.0.username.as_deref()
    }

    /// The password of a new account: told once, here.
    async fn password(&self) -> Option<&str> {
        self.0.password.as_ref().map(Password::reveal)
    }

    /// The pupil's place in the TwinSpace.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        match self.0.member {
            Some(id) => Member::load(ctx, id).await.map(Some),
            None => Ok(None),
        }
    }

    /// The id of that place.
    async fn member_id(&self) -> Option<MemberId> {
        self.0.member
    }

    /// What was wrong with the row.
    async fn problems(&self) -> &[RowProblem] {
        &self.0.problems
    }
}

/// What became of a class.
pub struct InvitePupilsPayload {
    outcomes: Vec<Outcome>,
    title: String,
}

/// What became of a class.
#[Object]
impl InvitePupilsPayload {
    /// The rows, in the order of the request.
    async fn rows(&self) -> Vec<InvitedPupil> {
        self.outcomes.iter().cloned().map(InvitedPupil).collect()
    }

    /// How many accounts were made.
    async fn created(&self) -> usize {
        self.outcomes.iter().filter(|row| row.status == RowStatus::Created).count()
    }

    /// Sign-in cards of the new pupils, to be printed and cut out: a page of HTML that needs
    /// nothing from elsewhere. Made here and never again; null if there is no new password.
    async fn credential_sheet(&self, ctx: &Context<'_>) -> Option<String> {
        let cards: Vec<Card<'_>> = self.outcomes.iter().filter_map(card).collect();
        let address = ctx.app().config.server.app_url();
        (!cards.is_empty()).then(|| sheet(&self.title, &address, &cards))
    }
}

/// The card of a pupil whose account was made in this request.
fn card(outcome: &Outcome) -> Option<Card<'_>> {
    let password = outcome.password.as_ref()?.reveal();
    Some(Card { name: &outcome.name, username: outcome.username.as_deref()?, password })
}

/// Of which TwinSpace the pupils are exported.
#[derive(InputObject)]
pub struct ExportPupilsInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
    /// As what.
    #[graphql(default_with = "ExportFormat::Xlsx")]
    format: ExportFormat,
}

/// As what pupils are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ExportFormat {
    /// A workbook.
    Xlsx,
    /// Comma-separated values, UTF-8.
    Csv,
}

/// An export that is ready to be downloaded.
#[derive(SimpleObject)]
pub struct ExportPupilsPayload {
    /// Where it is: a link that works once, and only with the session of the one who made it
    /// (`Authorization: Bearer …`).
    url: String,
    /// Until when.
    expires_at: DateTime<Utc>,
}

/// What can be done with pupils by the class.
#[derive(Default)]
pub struct PupilMutation;

#[Object(guard = "super::guard::Unguarded")]
impl PupilMutation {
    /// Looks at a class list and tells what inviting it would do, row by row. Changes nothing (M-07).
    /// Look-ups by username are limited to a few hundred a day, and logged (M-11).
    #[graphql(guard = "InTwinSpace(TwinSpacePermission::InvitePupils, input.twin_space_id)")]
    async fn verify_pupils(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The class list.")] input: VerifyPupilsInput,
    ) -> Result<VerifyPupilsPayload> {
        let rows = rows(input.rows)?;
        let teacher = ctx.signed_in()?.account_id;
        let project = input.twin_space_id.into();
        let (usernames, names) = pupil::look_ups(&rows);
        ctx.app().limits.look_ups(teacher, project, usernames, names).await?;
        let plans = pupil::plan(ctx.db().read(), project, teacher, &rows, ctx.now()).await?;
        pupil::looked_up(ctx.db(), project, teacher, &rows, &plans, ctx.now()).await?;
        let rows = rows.into_iter().zip(plans).map(|(row, plan)| VerifiedPupil::new(row, plan));
        Ok(VerifyPupilsPayload { rows: rows.collect() })
    }

    /// Invites a class: makes accounts for new pupils and attaches those who have one. The pupils
    /// are members at once, and no mail is sent to them (M-09). Where another teacher, who does not
    /// teach in this TwinSpace, answers for a pupil, that teacher is asked first: the row ends as
    /// `REQUESTED` (M-11).
    #[graphql(guard = "InTwinSpace(TwinSpacePermission::InvitePupils, input.twin_space_id)")]
    async fn invite_pupils(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The class.")] input: InvitePupilsInput,
    ) -> Result<InvitePupilsPayload> {
        if let Some(key) = &input.idempotency_key {
            let mut problems = Problems::default();
            problems.line(key, "idempotencyKey", 100);
            problems.finish()?;
        }
        let rows = rows(input.rows)?;
        let teacher = ctx.signed_in()?.account_id;
        let project = input.twin_space_id.into();
        let access = ctx.twin_space(project).await?;
        let mut batch = Batch {
            rows: &rows,
            hashed: HashMap::new(),
            all_or_nothing: input.mode == InviteMode::AllOrNothing,
            consent: input.consent_given_by,
            key: input.idempotency_key.as_deref(),
        };
        // A class takes seconds of hashing: not for what was done before, nor for what is refused.
        let db = ctx.db().read();
        if let Some(before) = pupil::repeated(db, teacher, project, &batch).await? {
            return Ok(InvitePupilsPayload { outcomes: before, title: access.title.clone() });
        }
        let (usernames, names) = pupil::look_ups(&rows);
        ctx.app().limits.look_ups(teacher, project, usernames, names).await?;
        let plans = pupil::plan(db, project, teacher, &rows, ctx.now()).await?;
        pupil::looked_up(ctx.db(), project, teacher, &rows, &plans, ctx.now()).await?;
        let valid = |plan: &Plan| plan.status != RowStatus::Invalid;
        if !batch.all_or_nothing || plans.iter().all(valid) {
            let languages = pupil::languages(db, project).await?;
            let new = rows.iter().zip(&plans).enumerate().filter(|(_, (_, plan))| valid(plan));
            let hashes = new.filter_map(|(at, (row, _))| match &row.who {
                Who::New { password, .. } => Some((at, password.clone())),
                _ => None,
            });
            let hashes = hashes.map(|(at, chosen)| {
                let languages = &languages;
                async move {
                    let password = match chosen {
                        Some(Ok(password)) => password,
                        _ => Password::for_child(languages)?,
                    };
                    let hash = ctx.app().passwords.hash(&password).await?;
                    Ok::<_, Error>((at, (password, hash)))
                }
            });
            // A few at a time, so that others who sign in do not wait behind the class.
            let hashes: Vec<_> = hashes.collect();
            let hashes = stream::iter(hashes).buffer_unordered(ctx.app().passwords.at_once());
            batch.hashed = hashes.try_collect().await?;
        }
        let outcomes = pupil::invite(ctx.db(), &access, batch, ctx.now()).await?;
        Ok(ctx.changed(InvitePupilsPayload { outcomes, title: access.title.clone() }))
    }

    /// Makes a table of the pupils whom the viewer invited ready to be downloaded: name, username,
    /// day of invitation, last access, role; never a password (M-17).
    #[graphql(guard = "InTwinSpaceOwn(TwinSpacePermission::ExportPupils, input.twin_space_id)")]
    async fn export_pupils(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which TwinSpace, as what.")] input: ExportPupilsInput,
    ) -> Result<ExportPupilsPayload> {
        let access = ctx.twin_space(input.twin_space_id.into()).await?;
        let now = ctx.now();
        let token = export::make(ctx.db(), &access, now).await?;
        let format = match input.format {
            ExportFormat::Xlsx => "xlsx",
            ExportFormat::Csv => "csv",
        };
        let server = ctx.app().config.server.public_url();
        Ok(ExportPupilsPayload {
            url: format!("{server}/exports?token={token}&format={format}"),
            expires_at: now + export::GOOD_FOR,
        })
    }
}
