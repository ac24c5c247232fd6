//! A project, with the columns that a request needs.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, LabelState, ProjectId, ProjectState, ServiceId, account, follow_up, label,
    nomination, partner, project, project::Words, school, service,
};
use sea_orm::{
    ColumnTrait, Iterable,
    sea_query::{Cond, Condition, Expr, ExprTrait, Func, JoinType, Query, SelectStatement},
};

use crate::{
    column,
    list::{Cell, Column, KeyKind, Listed, one_of},
    sql::{ColumnExt, join_account},
    text,
};

/// A project, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::project`")]
pub struct ProjectRow {
    pub id: Cell<ProjectId>,
    pub state: Cell<ProjectState>,
    pub title: Cell<String>,
    pub short_description: Cell<String>,
    pub aims: Cell<String>,
    pub work_process: Cell<String>,
    pub expected_results: Cell<String>,
    pub languages: Cell<Words>,
    pub subjects: Cell<Words>,
    pub age_from: Cell<Option<i32>>,
    pub age_to: Cell<Option<i32>>,
    pub pupil_count: Cell<Option<i32>>,
    pub tools: Cell<String>,
    pub refusal: Cell<Option<String>>,
    pub created_at: Cell<DateTime<Utc>>,
    pub state_since: Cell<DateTime<Utc>>,
    pub edited_at: Cell<DateTime<Utc>>,
    pub proposer_id: Cell<AccountId>,
    pub proposer_name: Cell<String>,
    pub cofounder_id: Cell<Option<AccountId>>,
    pub cofounder_name: Cell<Option<String>>,
    /// The project that it follows up.
    pub follows_id: Cell<Option<ProjectId>>,
    pub nominated_at: Cell<Option<DateTime<Utc>>>,
    pub nominated_by: Cell<Option<AccountId>>,
    pub nominated_by_name: Cell<Option<String>>,
    /// The support service that nominated it.
    pub nominating_id: Cell<Option<ServiceId>>,
    pub nominating_name: Cell<Option<String>>,
    pub nominating_country: Cell<Option<String>>,
    pub nominating_region: Cell<Option<String>>,
}

const PROPOSER: u8 = 0;
const COFOUNDER: u8 = 1;
const NOMINATION: u8 = 2;
const NOMINATOR: u8 = 3;
const NOMINATING: u8 = 4;
const FOLLOWS: u8 = 5;

/// Filters projects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only those in one of these states.
    pub states: Option<Vec<ProjectState>>,
    /// Only those whose title contains these words.
    pub search: Option<text::Wanted>,
    /// Only those of a founder whose school is in one of these countries, given as ISO 3166-1 alpha-2
    /// codes.
    pub countries: Option<Vec<String>>,
    /// Only those in one of these languages, given as ISO 639-1 codes.
    pub languages: Option<Vec<String>>,
    /// Only those with one of these subjects.
    pub subjects: Option<Vec<String>>,
    /// Only those with pupils of this age, in years, or older.
    pub age_from: Option<i32>,
    /// Only those with pupils of this age, in years, or younger.
    pub age_to: Option<i32>,
    /// If true, only those of which a partner holds the quality label; if false, only others.
    pub label: Option<bool>,
    /// Only those of this person: as proposer, co-founder or partner.
    pub of: Option<AccountId>,
}

/// The orders of projects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// The title.
    Title,
    /// When the project was created.
    Created,
    /// When the project entered its current state.
    StateSince,
}

/// The founders of a project whose school is in one of these countries.
fn founders_in(countries: &[String]) -> SelectStatement {
    let founders =
        [project::Column::ProposerId, project::Column::CofounderId].map(ColumnTrait::into_expr);
    let mut query = Query::select();
    query
        .expr(Expr::val(1))
        .from(account::Entity)
        .inner_join(school::Entity, school::Column::Id.equals(account::Column::SchoolId))
        .and_where(account::Column::Id.into_expr().is_in(founders))
        .and_where(school::Column::Country.is_in(countries));
    query
}

/// Whether a list of words, which is stored as JSON, has this one. The case of Latin letters is
/// ignored.
fn has_word(column: project::Column, word: &str) -> Condition {
    // As such lists are stored; PostgreSQL does not accept a NUL byte.
    let word = text::tidy(word).replace('\0', " ");
    let quoted = |word: &str| text::containing(&serde_json::Value::from(word).to_string());
    let list = || column.into_expr().cast_as("text");
    Cond::any()
        .add(list().like(quoted(&word)))
        .add(Expr::from(Func::lower(list())).like(quoted(&word.to_lowercase())))
}

/// The quality labels that partners of a project hold.
fn granted_labels() -> SelectStatement {
    let mut query = Query::select();
    query
        .expr(Expr::val(1))
        .from(label::Entity)
        .and_where(label::Column::ProjectId.equals(project::Column::Id))
        .and_where(label::Column::State.eq(LabelState::Granted));
    query
}

impl Listed for ProjectRow {
    type Filter = Filter;
    type Order = Order;

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = project::Column::Id, for []),
        column!(state = project::Column::State, for ["state"]),
        column!(title = project::Column::Title, for ["title"]),
        column!(short_description = project::Column::ShortDescription, for ["shortDescription"]),
        column!(aims = project::Column::Aims, for ["aims"]),
        column!(work_process = project::Column::WorkProcess, for ["workProcess"]),
        column!(expected_results = project::Column::ExpectedResults, for ["expectedResults"]),
        column!(languages = project::Column::Languages, for ["languages"]),
        column!(subjects = project::Column::Subjects, for ["subjects"]),
        column!(age_from = project::Column::AgeFrom, for ["ageFrom"]),
        column!(age_to = project::Column::AgeTo, for ["ageTo"]),
        column!(pupil_count = project::Column::PupilCount, for ["pupilCount"]),
        column!(tools = project::Column::Tools, for ["tools"]),
        column!(refusal = project::Column::Refusal, for ["refusal"]),
        column!(created_at = project::Column::CreatedAt, for ["createdAt"]),
        column!(state_since = project::Column::StateSince, for ["stateSince"]),
        column!(edited_at = project::Column::EditedAt, for ["editedAt"]),
        column!(proposer_id = project::Column::ProposerId, for ["proposer", "foundedBy"]),
        column!(proposer_name = account::Column::Name.of("proposer"), for ["proposer.name", "foundedBy.name"], join PROPOSER),
        column!(cofounder_id = project::Column::CofounderId, for ["cofounder", "waitsForPartner", "foundedBy"]),
        column!(
            cofounder_name = account::Column::Name.of("cofounder"),
            for ["cofounder.name", "waitsForPartner.name", "foundedBy.name"], join COFOUNDER
        ),
        column!(
            follows_id = follow_up::Column::FollowsId,
            for ["followsUp"], join FOLLOWS
        ),
        column!(nominated_at = nomination::Column::NominatedAt, for ["europeanNomination"], join NOMINATION),
        column!(nominated_by = nomination::Column::NominatedBy, for ["europeanNomination"], join NOMINATION),
        column!(
            nominated_by_name = account::Column::Name.of("nominator"),
            for ["europeanNomination.nominatedBy.name"], join NOMINATOR
        ),
        column!(nominating_id = nomination::Column::ServiceId, for ["europeanNomination"], join NOMINATION),
        column!(nominating_name = service::Column::Name, for ["europeanNomination.service.name"], join NOMINATING),
        column!(nominating_country = service::Column::Country, for ["europeanNomination.service.country"], join NOMINATING),
        column!(nominating_region = service::Column::Region, for ["europeanNomination.service.region"], join NOMINATING),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(project::Entity);
        for (join, alias, column) in [
            (PROPOSER, "proposer", project::Column::ProposerId),
            (COFOUNDER, "cofounder", project::Column::CofounderId),
        ] {
            if needs(join) {
                join_account(&mut query, JoinType::LeftJoin, alias, column);
            }
        }
        if needs(FOLLOWS) {
            let later = follow_up::Column::ProjectId;
            query.left_join(follow_up::Entity, later.equals(project::Column::Id));
        }
        if needs(NOMINATION) || needs(NOMINATOR) || needs(NOMINATING) {
            let same = nomination::Column::ProjectId.equals(project::Column::Id);
            query.left_join(nomination::Entity, same);
        }
        if needs(NOMINATOR) {
            join_account(
                &mut query,
                JoinType::LeftJoin,
                "nominator",
                nomination::Column::NominatedBy,
            );
        }
        if needs(NOMINATING) {
            let same = service::Column::Id.equals(nomination::Column::ServiceId);
            query.left_join(service::Entity, same);
        }
        query
    }

    fn id() -> Expr {
        project::Column::Id.into_expr()
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all =
            Cond::all().add_option(one_of(project::Column::State, filter.states.as_deref()));
        if let Some(words) = &filter.search {
            all = all.add(words.within(&[project::Column::TitleKey.into_expr()]));
        }
        if let Some(countries) = &filter.countries {
            all = all.add(Expr::exists(founders_in(countries)));
        }
        for (column, words) in [
            (project::Column::Languages, &filter.languages),
            (project::Column::Subjects, &filter.subjects),
        ] {
            if let Some(words) = words {
                all = all.add(
                    words
                        .iter()
                        .map(|word| has_word(column, word))
                        .fold(Cond::any(), Condition::add),
                );
            }
        }
        if let Some(age) = filter.age_from {
            all = all.add(project::Column::AgeTo.gte(age));
        }
        if let Some(age) = filter.age_to {
            all = all.add(project::Column::AgeFrom.lte(age));
        }
        if let Some(label) = filter.label {
            let granted = Expr::exists(granted_labels());
            all = all.add(if label { granted } else { granted.not() });
        }
        if let Some(account) = filter.of {
            let mut joined = Query::select();
            joined
                .column(partner::Column::ProjectId)
                .from(partner::Entity)
                .and_where(partner::Column::AccountId.eq(account.0));
            // A draft belongs to the proposer alone; a founder who proposed is a partner once it is
            // open.
            let drafts = ProjectState::iter().filter(|state| !state.is_open());
            let offered = drafts.clone().filter(|&state| state != ProjectState::Draft);
            let standing = |column: project::Column, states: Vec<ProjectState>| {
                column.eq(account.0).and(project::Column::State.is_in(states))
            };
            all = all.add(
                Cond::any()
                    .add(standing(project::Column::ProposerId, drafts.collect()))
                    .add(standing(project::Column::CofounderId, offered.collect()))
                    .add(project::Column::Id.in_subquery(joined)),
            );
        }
        all
    }

    fn order(order: Order) -> Option<(Expr, KeyKind)> {
        match order {
            Order::Title => Some((project::Column::TitleKey.into_expr(), KeyKind::Text)),
            Order::Created => None,
            Order::StateSince => Some((project::Column::StateSince.into_expr(), KeyKind::Time)),
        }
    }
}
