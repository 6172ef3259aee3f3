//! When snapshots of file storage are made: policies of users, beside one that the platform keeps to itself.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

use crate::middleware::envelope::Refusal;
use crate::store::placed::SnapshotPolicy;

/// The name of the platform's own policy.
const RESERVED: &str = "system-default";

#[derive(Debug, Clone, Deserialize)]
pub(super) struct WrittenPolicy {
    name: String,
    schedule: Schedule,
    retention: Retention,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Schedule {
    interval: String,
    #[serde(default)]
    time_of_day: Option<String>,
    #[serde(default)]
    day_of_week: Option<String>,
    #[serde(default)]
    day_of_month: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
struct Retention {
    keep: i64,
}

/// Policies as they are kept.
pub(super) fn read(written: Vec<WrittenPolicy>) -> Result<Vec<SnapshotPolicy>, Refusal> {
    let mut names = BTreeSet::new();
    for policy in &written {
        policy.schedule.check()?;
        if policy.name == RESERVED {
            let text = format!("\"{RESERVED}\" is a reserved snapshot policy name");
            return Err(Refusal::unprocessable(text));
        }
        if !names.insert(policy.name.clone()) {
            return Err(Refusal::unprocessable("snapshot policy names must be unique"));
        }
    }
    Ok(written.into_iter().map(WrittenPolicy::kept).collect())
}

pub(super) fn one(policy: &SnapshotPolicy) -> Value {
    let mut schedule = Map::new();
    schedule.insert("interval".to_owned(), json!(policy.interval));
    let day = |name: &str, value: &Option<String>| value.as_ref().map(|it| (name.to_owned(), json!(it)));
    schedule.extend(day("timeOfDay", &policy.time_of_day));
    schedule.extend(day("dayOfWeek", &policy.day_of_week));
    schedule.extend(policy.day_of_month.map(|day| ("dayOfMonth".to_owned(), json!(day))));
    json!({ "name": policy.name, "schedule": schedule, "retention": { "keep": policy.keep } })
}

impl Schedule {
    /// Which of the three times an interval needs; it may have no other.
    fn check(&self) -> Result<(), Refusal> {
        let there = (self.time_of_day.is_some(), self.day_of_week.is_some(), self.day_of_month.is_some());
        let (needed, why) = match self.interval.as_str() {
            "hourly" => (
                (false, false, false),
                "hourly snapshot policies must not define timeOfDay, dayOfWeek, or dayOfMonth",
            ),
            "daily" => (
                (true, false, false),
                "daily snapshot policies require timeOfDay and must not define dayOfWeek or dayOfMonth",
            ),
            "weekly" => (
                (true, true, false),
                "weekly snapshot policies require timeOfDay and dayOfWeek and must not define dayOfMonth",
            ),
            _ => (
                (true, false, true),
                "monthly snapshot policies require timeOfDay and dayOfMonth and must not define dayOfWeek",
            ),
        };
        if there == needed { Ok(()) } else { Err(Refusal::unprocessable(why)) }
    }
}

impl WrittenPolicy {
    fn kept(self) -> SnapshotPolicy {
        SnapshotPolicy {
            name: self.name,
            interval: self.schedule.interval,
            time_of_day: self.schedule.time_of_day,
            day_of_week: self.schedule.day_of_week,
            day_of_month: self.schedule.day_of_month,
            keep: self.retention.keep,
        }
    }
}
