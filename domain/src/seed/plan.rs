//! How many there are, and who is where.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use entity::TwinSpaceRole;
use uuid::Uuid;

/// How much there is to be.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) teachers: u64,
    pub(super) pupils: u64,
    pub(super) schools: u64,
    /// The number of members of each TwinSpace.
    pub(super) sizes: Vec<u64>,
    /// When the day began on which it is made.
    pub(super) today: DateTime<Utc>,
}

/// The members of the large TwinSpaces, of which a smaller plan has fewer.
const LARGE: [u64; 4] = [50_000, 5_000, 500, 50];
/// In days, how long everything has been going on.
pub(super) const HISTORY: u32 = 350;
/// In days, how long people have been chatting: messages that are older would soon be deleted.
pub(super) const CHATTING: u32 = 30;
/// A prime, so that steps of this length reach everybody before anybody twice.
const STEP: u64 = 7_919;

/// What a number is drawn for.
#[derive(Clone, Copy)]
#[repr(u64)]
pub(super) enum Draw {
    Size = 1,
    Teachers,
    Pupils,
    School,
    Visit,
}

/// A number that belongs to a purpose and a key (`SplitMix64`).
pub(super) fn draw(purpose: Draw, key: u64) -> u64 {
    let seed = key.wrapping_mul(31).wrapping_add(purpose as u64);
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// An ID that is ordered by number, as a UUID of version 7.
pub(super) fn id(number: u64) -> Uuid {
    let time = (number >> 12) + 0x0194_2000_0000;
    Uuid::from_u64_pair(time << 16 | 0x7000 | number & 0xfff, 0x8000_0000_0000_0000 | number)
}

/// One of a list, from which they are taken in turn.
pub(super) fn one_of<T: Copy>(list: &[T], number: u64) -> T {
    let at = number % list.len() as u64;
    list[usize::try_from(at).unwrap_or_default()]
}

/// A person's place in a TwinSpace.
pub(super) struct Place {
    pub project: u64,
    /// The number of members who were there before.
    pub rank: u64,
    pub account: u64,
    pub role: TwinSpaceRole,
}

impl Plan {
    /// The plan of a scale, from 1 to 100: scale 1 has 10,000 people, 1,000 projects and some 50,000
    /// members.
    pub fn of(scale: u32, now: DateTime<Utc>) -> Self {
        let scale = u64::from(scale);
        Self::new(10_000 * scale, 1_000 * scale, now)
    }

    /// A plan of this many people, at least a hundred, and projects.
    pub fn new(people: u64, projects: u64, now: DateTime<Utc>) -> Self {
        let (teachers, schools) = (people / 5, people / 50);
        let pupils = people - teachers;
        // There must be enough people who are not there yet.
        let large = LARGE.map(|size| size.min(pupils / 2));
        let sizes = (0..projects).map(|project| {
            // A few are large.
            let usual = || (10_000 / (1_000 - draw(Draw::Size, project) % 1_000)).min(700);
            usize::try_from(project).ok().and_then(|n| large.get(n).copied()).unwrap_or_else(usual)
        });
        let today = now.with_time(NaiveTime::MIN).single().unwrap_or(now);
        Self { teachers, pupils, schools, sizes: sizes.collect(), today }
    }

    /// When something happened that was the one with this number, of so many in the last `days`.
    pub(super) fn at(&self, number: u64, of: u64, days: u32) -> DateTime<Utc> {
        let span = 24 * 60 * u64::from(days);
        let minutes = number.min(of).saturating_mul(span) / of.max(1);
        let ago = i64::try_from(span - minutes).unwrap_or_default();
        self.today - TimeDelta::minutes(ago)
    }

    /// When everything began.
    pub(super) fn began(&self) -> DateTime<Utc> {
        self.at(0, 1, HISTORY)
    }

    /// The number of members of a TwinSpace.
    pub(super) fn size(&self, project: u64) -> u64 {
        one_of(&self.sizes, project)
    }

    /// The number of people.
    pub const fn people(&self) -> u64 {
        self.teachers + self.pupils
    }

    /// The number of projects.
    pub const fn projects(&self) -> u64 {
        self.sizes.len() as u64
    }

    /// The number of members of all TwinSpaces.
    pub fn members(&self) -> u64 {
        self.sizes.iter().sum()
    }

    /// The address of a founder of the largest TwinSpace, and how many members it has.
    pub fn largest(&self) -> (String, u64) {
        (Self::address(self.place(0, 0).account + 1), self.size(0))
    }

    /// The address of a teacher by number, from 1.
    pub fn address(number: u64) -> String {
        format!("teacher.{number}@seed.example")
    }

    /// The username of a pupil by number, from 1.
    pub fn username(number: u64) -> String {
        format!("pupil.{number}")
    }

    /// The person with this rank in a TwinSpace: founders, teachers, a few visitors, pupils.
    pub(super) fn place(&self, project: u64, rank: u64) -> Place {
        let size = self.size(project);
        let teachers = (size * 15 / 100).max(2);
        let adult = |rank: u64| (draw(Draw::Teachers, project) + rank * STEP) % self.teachers;
        let (account, role) = match rank {
            0 | 1 => (adult(rank), TwinSpaceRole::TeacherAdmin),
            _ if rank < teachers => (adult(rank), TwinSpaceRole::Teacher),
            _ if rank < teachers + size / 50 => (adult(rank), TwinSpaceRole::Visitor),
            _ => {
                let pupil = (draw(Draw::Pupils, project) + rank * STEP) % self.pupils;
                let admin = rank.is_multiple_of(25);
                let role = if admin { TwinSpaceRole::PupilAdmin } else { TwinSpaceRole::Pupil };
                (self.teachers + pupil, role)
            }
        };
        Place { project, rank, account, role }
    }

    /// All places, each with its number. People of one TwinSpace join at different times, so that
    /// their rows do not lie side by side.
    pub(super) fn places(&self) -> impl Iterator<Item = (u64, Place)> {
        let most = self.sizes.iter().copied().max().unwrap_or_default();
        let mut open: Vec<u64> = (0..self.projects()).collect();
        let rounds = (0..most).flat_map(move |rank| {
            open.retain(|&project| self.size(project) > rank);
            open.clone().into_iter().map(move |project| self.place(project, rank))
        });
        (0..).zip(rounds)
    }
}
