//! What `wotnot flow test` prints: for people, for machines, as TAP and as JUnit's XML.

use serde_json::{Value, json};

use wotnot_emulator::BlockCoverage;
use wotnot_text::xml;

use super::{Outcome, Played, Tested, Walked};
use crate::output::counted;
use crate::screen::visible;

/// What is said of an answer that a gateway refused.
const REFUSED: &str = "the gateway refused the answer before the bot heard it, as the bot does";

/// For people: each script, what is different, and what was never walked.
pub fn human(tested: &[Tested], least: u8) -> String {
    let mut text = String::new();
    let (mut count, mut failed) = (0, 0);
    for played in tested.iter().flat_map(|flow| &flow.played) {
        count += 1;
        let name = visible(&played.script.display().to_string());
        match &played.outcome {
            Outcome::Passed { turns, refused } => {
                let turns = counted(*turns, "turn");
                text.push_str(&format!("ok       {name}, {turns}\n"));
                for line in refused {
                    text.push_str(&format!("         line {line}: {REFUSED}\n"));
                }
            }
            Outcome::Updated => text.push_str(&format!("updated  {name}\n")),
            Outcome::Skipped(why) => text.push_str(&format!("skipped  {name}: {why}\n")),
            Outcome::Failed(_) | Outcome::Broken(_) => {
                failed += 1;
                let (problem, difference) = trouble(played).unwrap_or_default();
                text.push_str(&format!("FAILED   {}\n", visible(&problem)));
                for line in difference {
                    text.push_str(&format!("           {}\n", visible(line)));
                }
            }
        }
    }
    text.push('\n');
    for flow in tested {
        let Some(walked) = flow.walked() else {
            continue;
        };
        let blocks = walked.blocks.iter().filter(|block| block.walked).count();
        let low = match walked.percent < usize::from(least) {
            true => format!(", less than {least} %"),
            false => String::new(),
        };
        text.push_str(&format!(
            "{:>3} %  {}: {blocks} of {} blocks, {} of {} exits{low}\n",
            walked.percent,
            visible(&flow.flow.display().to_string()),
            walked.blocks.len(),
            walked.exits,
            walked.all,
        ));
        for never in never_walked(walked.blocks) {
            text.push_str(&format!("         never {}\n", visible(&never)));
        }
    }
    let scripts = counted(count, "script");
    text.push_str(&format!("\n{scripts}, {failed} failed\n"));
    text
}

/// What went wrong, with the place, and the turn line by line.
fn trouble(played: &Played) -> Option<(String, &[String])> {
    let name = played.script.display();
    match &played.outcome {
        Outcome::Failed(failure) => {
            let problem = format!("{name}:{}: {}", failure.line, failure.problem);
            Some((problem, &failure.difference))
        }
        Outcome::Broken(problem) => Some((format!("{name}: {problem}"), &[])),
        Outcome::Passed { .. } | Outcome::Updated | Outcome::Skipped(_) => None,
    }
}

/// The lines of answers that a gateway refused.
fn refused(played: &Played) -> &[usize] {
    match &played.outcome {
        Outcome::Passed { refused, .. } => refused,
        _ => &[],
    }
}

/// The blocks that no script came to, and the exits of the others that none took.
fn never_walked(blocks: &[BlockCoverage]) -> Vec<String> {
    let mut never = Vec::new();
    for block in blocks {
        if !block.walked {
            never.push(block.block.clone());
            continue;
        }
        for exit in block.exits.iter().filter(|exit| !exit.walked) {
            let way = match exit.way.as_str() {
                "" => "next",
                way => way,
            };
            never.push(format!("{}: {way} -> {}", block.block, exit.to));
        }
    }
    never
}

/// One JSON object.
pub fn json(tested: &[Tested], ok: bool) -> String {
    let flows: Vec<Value> = tested.iter().map(flow_as_json).collect();
    format!("{}\n", json!({"ok": ok, "flows": flows}))
}

fn flow_as_json(flow: &Tested) -> Value {
    let scripts: Vec<Value> = flow.played.iter().map(script_as_json).collect();
    let mut object = json!({"flow": flow.flow.display().to_string(), "scripts": scripts});
    if let Some(walked) = flow.walked() {
        object["exits"] =
            json!({"walked": walked.exits, "all": walked.all, "percent": walked.percent});
        object["blocks"] = json!(walked.blocks);
    }
    object
}

fn script_as_json(played: &Played) -> Value {
    let name = played.script.display().to_string();
    match &played.outcome {
        Outcome::Passed { turns, refused } => {
            let mut object = json!({"script": name, "ok": true, "turns": turns});
            if !refused.is_empty() {
                object["refused_by_gateway"] = json!(refused);
            }
            object
        }
        Outcome::Updated => json!({"script": name, "ok": true, "updated": true}),
        Outcome::Skipped(why) => json!({"script": name, "ok": true, "skipped": why}),
        Outcome::Failed(failure) => json!({
            "script": name, "ok": false, "line": failure.line, "problem": failure.problem,
            "difference": failure.difference,
        }),
        Outcome::Broken(problem) => json!({"script": name, "ok": false, "problem": problem}),
    }
}

/// The Test Anything Protocol, version 14: one test a script.
pub fn tap(tested: &[Tested]) -> String {
    let played: Vec<&Played> = tested.iter().flat_map(|flow| &flow.played).collect();
    let mut text = format!("TAP version 14\n1..{}\n", played.len());
    for (index, played) in played.into_iter().enumerate() {
        let number = index + 1;
        let name = played.script.display().to_string();
        // A `#` would begin a directive.
        let name = visible(&name).replace('\\', "\\\\").replace('#', "\\#");
        match trouble(played) {
            None => {
                let directive = match &played.outcome {
                    Outcome::Skipped(why) => format!(" # SKIP {why}"),
                    _ => String::new(),
                };
                text.push_str(&format!("ok {number} - {name}{directive}\n"));
                for line in refused(played) {
                    text.push_str(&format!("# line {line}: {REFUSED}\n"));
                }
            }
            Some((problem, difference)) => {
                text.push_str(&format!("not ok {number} - {name}\n  ---\n"));
                // A JSON string is one of YAML too.
                text.push_str(&format!("  message: {}\n", json!(problem)));
                for (index, line) in difference.iter().enumerate() {
                    let key = if index == 0 { "  difference:\n" } else { "" };
                    text.push_str(&format!("{key}    - {}\n", json!(line)));
                }
                text.push_str("  ...\n");
            }
        }
    }
    for flow in tested {
        let Some(Walked {
            exits,
            all,
            percent,
            ..
        }) = flow.walked()
        else {
            continue;
        };
        let name = flow.flow.display().to_string();
        let name = visible(&name);
        text.push_str(&format!(
            "# {name}: {exits} of {all} exits walked, {percent} %\n"
        ));
    }
    text
}

/// XML as JUnit writes it and servers of continuous integration read it: one suite a flow.
pub fn junit(tested: &[Tested]) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for flow in tested {
        let failures = flow
            .played
            .iter()
            .filter(|it| trouble(it).is_some())
            .count();
        let name = xml(&flow.flow.display().to_string());
        text.push_str(&format!(
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failures}\">\n",
            flow.played.len()
        ));
        if let Some(Walked { percent, .. }) = flow.walked() {
            text.push_str(&format!(
                "    <properties><property name=\"exits walked, per cent\" value=\"{percent}\"/></properties>\n"
            ));
        }
        for played in &flow.played {
            let script = xml(&played.script.display().to_string());
            let case = format!("    <testcase classname=\"{name}\" name=\"{script}\"");
            match trouble(played) {
                None => match &played.outcome {
                    Outcome::Skipped(why) => text.push_str(&format!(
                        "{case}>\n      <skipped message=\"{}\"/>\n    </testcase>\n",
                        xml(why)
                    )),
                    _ if refused(played).is_empty() => text.push_str(&format!("{case}/>\n")),
                    _ => {
                        let reasons = refused(played)
                            .iter()
                            .map(|line| format!("line {line}: {REFUSED}\n"));
                        let reasons = xml(&reasons.collect::<String>());
                        text.push_str(&format!(
                            "{case}>\n      <system-out>{reasons}</system-out>\n    </testcase>\n"
                        ));
                    }
                },
                Some((problem, difference)) => text.push_str(&format!(
                    "{case}>\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                    xml(&problem),
                    xml(&difference.join("\n"))
                )),
            }
        }
        text.push_str("  </testsuite>\n");
    }
    text + "</testsuites>\n"
}
