//! What the links of exports lead to, in the words of their URLs: the mutation that prepares an export
//! writes them, and the download reads them.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, SecondsFormat, Utc};
use domain::care::audit::Filter;
use entity::{AccountId, Act, Kind, ProjectId, TwinSpaceId};
use sea_orm::ActiveEnum;
use url::form_urlencoded::Serializer;

/// What is downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Pupils, as a workbook.
    Xlsx,
    /// Pupils, as comma-separated values.
    Csv,
    /// One's own data.
    Json,
    /// The numbers of a country or region for so many months, as comma-separated values.
    Numbers(u32),
    /// The audit log of the server, as comma-separated values.
    Log(Filter),
    /// A whole TwinSpace, as a ZIP file.
    TwinSpace(TwinSpaceId),
}

impl Content {
    /// The parameters of a URL. The same content always has the same ones, because a link works only
    /// for these.
    pub fn show(&self) -> String {
        let mut query = Serializer::new(String::new());
        let format = match self {
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Numbers(_) => "numbers",
            Self::Log(_) => "log",
            Self::TwinSpace(_) => "zip",
        };
        query.append_pair("format", format);
        match self {
            Self::Numbers(months) => {
                query.append_pair("months", &months.to_string());
            }
            Self::Log(filter) => show(filter, &mut query),
            Self::TwinSpace(id) => {
                query.append_pair("twinSpaceId", &id.show());
            }
            Self::Xlsx | Self::Csv | Self::Json => {}
        }
        query.finish()
    }

    /// Reads the parameters of a URL.
    pub fn read(asked: &HashMap<String, String>) -> Self {
        let word = |name: &str| asked.get(name).map_or("", String::as_str);
        match word("format") {
            "csv" => Self::Csv,
            "json" => Self::Json,
            "numbers" => Self::Numbers(word("months").parse().unwrap_or_default()),
            "log" => Self::Log(read(asked)),
            "zip" => TwinSpaceId::read(word("twinSpaceId")).map_or(Self::Xlsx, Self::TwinSpace),
            _ => Self::Xlsx,
        }
    }
}

fn show(filter: &Filter, query: &mut Serializer<'_, String>) {
    // Each once and in order, so that a long list makes no long URL.
    if let Some(acts) = &filter.acts {
        let acts: BTreeSet<String> = acts.iter().map(ActiveEnum::to_value).collect();
        query.append_pair("acts", &Vec::from_iter(acts).join(","));
    }
    let time = |at: &DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let pairs = [
        ("actor", filter.actor.map(AccountId::show)),
        ("person", filter.person.map(AccountId::show)),
        ("project", filter.project.map(ProjectId::show)),
        ("since", filter.since.as_ref().map(time)),
        ("until", filter.until.as_ref().map(time)),
    ];
    for (name, value) in pairs {
        if let Some(value) = value {
            query.append_pair(name, &value);
        }
    }
}

fn read(asked: &HashMap<String, String>) -> Filter {
    let word = |name: &str| asked.get(name).map(String::as_str);
    let acts = |acts: &str| {
        acts.split(',').filter_map(|act| Act::try_from_value(&act.to_owned()).ok()).collect()
    };
    let time = |name: &str| {
        let at = word(name).and_then(|at| DateTime::parse_from_rfc3339(at).ok());
        at.map(|at| at.with_timezone(&Utc))
    };
    Filter {
        acts: word("acts").map(acts),
        actor: word("actor").and_then(AccountId::read),
        person: word("person").and_then(AccountId::read),
        project: word("project").and_then(ProjectId::read),
        since: time("since"),
        until: time("until"),
        inside: false,
        reader: None,
        without_pupils: true,
    }
}
