//! The fault rules over the control API: as a whole, and one by one.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::answers::{Answer, Control, fine, read, refuse};
use crate::changes::Area;
use crate::fault::{FaultFile, FaultPlan, Rule};
use crate::shared::Shared;
use crate::source::FaultSource;

pub(super) async fn list(State(shared): Control) -> Answer {
    fine(&json!({"faults": shared.account().faults.counts()}))
}

pub(super) async fn set(State(shared): Control, body: Bytes) -> Answer {
    let yaml = String::from_utf8_lossy(&body).into_owned();
    match FaultSource::Yaml(yaml).load() {
        Ok(FaultFile { faults }) => {
            shared.set_faults(faults);
            fine(&json!({"ok": true}))
        }
        Err(error) => refuse(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    }
}

pub(super) async fn add(State(shared): Control, body: Bytes) -> Answer {
    match read::<Rule>(&body) {
        Ok(rule) => {
            shared.account().faults.add(rule);
            shared.changes.note(Area::Settings);
            fine(&json!({"ok": true}))
        }
        Err(answer) => *answer,
    }
}

/// Whether a rule is off.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    off: bool,
}

pub(super) async fn switch(
    State(shared): Control,
    Path(number): Path<String>,
    body: Bytes,
) -> Answer {
    match read::<Switch>(&body) {
        Ok(Switch { off }) => change(&shared, &number, |plan, number| plan.switch(number, off)),
        Err(answer) => *answer,
    }
}

pub(super) async fn remove(State(shared): Control, Path(number): Path<String>) -> Answer {
    change(&shared, &number, FaultPlan::remove)
}

fn change(
    shared: &Shared,
    number: &str,
    change: impl FnOnce(&mut FaultPlan, usize) -> bool,
) -> Answer {
    let changed = number
        .parse()
        .is_ok_and(|number| change(&mut shared.account().faults, number));
    if !changed {
        return refuse(StatusCode::NOT_FOUND, "there is no rule with this number");
    }
    shared.changes.note(Area::Settings);
    fine(&json!({"ok": true}))
}
