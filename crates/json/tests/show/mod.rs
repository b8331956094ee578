//! What a program that prints everything would print and log, when `WOTNOT_SHOW` asks for it. Never an event.

use std::sync::Once;

use serde_json::Value;
use wotnot_core::Config;
use wotnot_json::Client;

struct Everything;

impl log::Log for Everything {
    fn enabled(&self, _: &log::Metadata) -> bool {
        true
    }

    fn log(&self, record: &log::Record) {
        let (level, target) = (record.level(), record.target());
        println!("{level} {target}: {}", record.args());
    }

    fn flush(&self) {}
}

fn control() -> Option<String> {
    std::env::var("WOTNOT_SHOW").ok()
}

/// Prints what any crate logs at any level.
pub fn log_everything() {
    static ONCE: Once = Once::new();
    let Some(control) = control() else { return };
    ONCE.call_once(|| {
        log::set_logger(&Everything).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
        log::debug!("logged {control}");
    });
}

/// Prints the client in both its forms, the settings as users of the core write them, and a failure.
pub fn show(step: &Value, result: &Value, client: Option<&Client>) {
    let Some(control) = control() else { return };
    if result["ok"] == false || step["do"] == "new" {
        println!("shown {control} {client:?} {client:#?} {result} {result:#?}");
    }
    if step["do"] == "new" {
        println!("{:#?}", Config::from_value(step["config"].clone()));
    }
    if step["method"] == "status" {
        println!("{result}");
    }
}
