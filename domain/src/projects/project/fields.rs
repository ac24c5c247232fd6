//! What the founders fill in (P-03).

use std::ops::RangeInclusive;

use entity::project::{self, Words};
use sea_orm::ActiveValue::Set;

use crate::{
    Result,
    error::{Flaw, Problems},
    text,
};

/// The ages of pupils, in years.
const AGES: RangeInclusive<i32> = 2..=25;
/// How many pupils may take part.
const PUPILS: RangeInclusive<i32> = 1..=100_000;

/// What the founders fill in (P-03). `None` keeps the current value.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// The title, at most 200 characters.
    pub title: Option<String>,
    /// A short description, visible to everyone, at most 1000 characters.
    pub short_description: Option<String>,
    /// The aims, at most 10,000 characters, like the other long texts.
    pub aims: Option<String>,
    /// How the partners work together.
    pub work_process: Option<String>,
    /// The expected results.
    pub expected_results: Option<String>,
    /// The working languages, as ISO 639-1 codes.
    pub languages: Option<Vec<String>>,
    /// The school subjects.
    pub subjects: Option<Vec<String>>,
    /// The age of the youngest pupils, in years.
    pub age_from: Option<i32>,
    /// The age of the oldest pupils, in years.
    pub age_to: Option<i32>,
    /// The number of pupils taking part.
    pub pupil_count: Option<i32>,
    /// The tools used, at most 1000 characters.
    pub tools: Option<String>,
}

impl Fields {
    /// These fields, completed with those of a project.
    #[must_use]
    pub fn over(self, project: project::Model) -> Self {
        Self {
            title: self.title.or(Some(project.title)),
            short_description: self.short_description.or(Some(project.short_description)),
            aims: self.aims.or(Some(project.aims)),
            work_process: self.work_process.or(Some(project.work_process)),
            expected_results: self.expected_results.or(Some(project.expected_results)),
            languages: self.languages.or(Some(project.languages.0)),
            subjects: self.subjects.or(Some(project.subjects.0)),
            age_from: self.age_from.or(project.age_from),
            age_to: self.age_to.or(project.age_to),
            pupil_count: self.pupil_count.or(project.pupil_count),
            tools: self.tools.or(Some(project.tools)),
        }
    }

    /// Writes them into a row; returns what is wrong with them.
    pub(super) fn write(self, row: &mut project::ActiveModel) -> Problems {
        let mut problems = Problems::default();
        let title = self.title.map(|title| problems.line(&title, "title", 200));
        let mut words = |text: Option<String>, field: &str, most: usize| {
            text.map(|text| problems.prose(&text, field, most))
        };
        let short_description = words(self.short_description, "shortDescription", 1000);
        let aims = words(self.aims, "aims", 10_000);
        let work_process = words(self.work_process, "workProcess", 10_000);
        let expected_results = words(self.expected_results, "expectedResults", 10_000);
        let tools = words(self.tools, "tools", 1000);
        let languages = self.languages.map(|codes| language_codes(codes, &mut problems));
        let subjects = self.subjects.map(|subjects| subject_words(&subjects, &mut problems));
        for (age, field) in [(self.age_from, "ageFrom"), (self.age_to, "ageTo")] {
            let fits = age.is_none_or(|age| AGES.contains(&age));
            problems.require(fits, field, range(AGES));
        }
        let fits = self.pupil_count.is_none_or(|count| PUPILS.contains(&count));
        problems.require(fits, "pupilCount", range(PUPILS));
        let age_from = self.age_from.or(row.age_from.clone().take().flatten());
        let age_to = self.age_to.or(row.age_to.clone().take().flatten());
        if let Some(from) = age_from.filter(|from| AGES.contains(from)) {
            let ordered = age_to.is_none_or(|to| from <= to);
            problems.require(ordered, "ageTo", range(from..=*AGES.end()));
        }
        if !problems.is_empty() {
            return problems;
        }

        let set = |column: &mut sea_orm::ActiveValue<String>, value: Option<String>| {
            if let Some(value) = value {
                *column = Set(value);
            }
        };
        if let Some(title) = &title {
            row.title_key = Set(text::key(title));
        }
        set(&mut row.title, title);
        set(&mut row.short_description, short_description);
        set(&mut row.aims, aims);
        set(&mut row.work_process, work_process);
        set(&mut row.expected_results, expected_results);
        set(&mut row.tools, tools);
        if let Some(languages) = languages {
            row.languages = Set(Words(languages));
        }
        if let Some(subjects) = subjects {
            row.subjects = Set(Words(subjects));
        }
        row.age_from = Set(age_from);
        row.age_to = Set(age_to);
        if let Some(count) = self.pupil_count {
            row.pupil_count = Set(Some(count));
        }
        problems
    }
}

/// What is wrong with a number outside of these.
fn range(fits: RangeInclusive<i32>) -> Flaw {
    let [least, most] = [fits.start(), fits.end()].map(|number| number.unsigned_abs().into());
    Flaw::OutOfRange(least..=most)
}

fn language_codes(codes: Vec<String>, problems: &mut Problems) -> Vec<String> {
    let mut codes =
        problems.items(codes, "languages", 20, |problems, code, at| problems.language(&code, at));
    codes.sort();
    codes.dedup();
    codes
}

fn subject_words(subjects: &[String], problems: &mut Problems) -> Vec<String> {
    problems.items(subjects, "subjects", 20, |problems, word, at| problems.line(word, at, 100))
}

/// P-03: all fields must be filled in before a project can be sent, and remain so. Whoever leaves one
/// empty is told so in these words; `outer` is the field of the input that has them.
pub(super) fn complete(
    project: &project::Model,
    outer: Option<&str>,
    words: &'static str,
) -> Result<()> {
    let missing = || Flaw::Missing(words.into());
    let mut problems = Problems::default();
    let filled = [
        (!project.title.is_empty(), "title"),
        (!project.short_description.is_empty(), "shortDescription"),
        (!project.aims.is_empty(), "aims"),
        (!project.work_process.is_empty(), "workProcess"),
        (!project.expected_results.is_empty(), "expectedResults"),
        (!project.languages.0.is_empty(), "languages"),
        (!project.subjects.0.is_empty(), "subjects"),
        (project.age_from.is_some(), "ageFrom"),
        (project.age_to.is_some(), "ageTo"),
        (project.pupil_count.is_some(), "pupilCount"),
        (!project.tools.is_empty(), "tools"),
    ];
    for (fits, field) in filled {
        problems.require(fits, field, missing());
    }
    let mut problems = problems.within(outer);
    problems.require(project.cofounder_id.is_some(), "cofounderId", missing());
    problems.finish()
}
