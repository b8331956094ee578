//! From the figures of one node to the number of nodes: what each resource asks for, what a month costs, and what is
//! used up first.

use std::fmt::Write as _;

use super::inputs::{Assumed, Measured, Rules};
use xtask::run::Result;

/// The most nodes that are looked at: one more than anybody would run.
const MOST_NODES: usize = 10_000;

/// What all streams together ask for.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub streams: f64,
    /// A second.
    pub messages: f64,
    pub events: f64,
    pub openings: f64,
    /// Cores that are busy.
    pub cores: f64,
    pub memory_gb: f64,
    /// Calls to the vendor under way.
    pub calls: f64,
    /// Gigabytes that leave, a month.
    pub out_gb: f64,
}

impl Load {
    pub fn of(measured: &Measured, assumed: &Assumed, rules: &Rules) -> Result<Self> {
        let streams = assumed.number("/assumed/streams")?;
        let messages = streams * assumed.number("/assumed/messages_a_stream_a_minute")? / 60.0;
        let events = messages * assumed.number("/assumed/events_a_message")?;
        let openings = streams * 1_000.0 / rules.life_ms;
        let busy_us = streams * measured.quiet_us
            + events * measured.event_us
            + messages * measured.message_us
            + openings * measured.opening_us;
        let packet = assumed.number("/assumed/packet_bytes")?;
        let heartbeats = streams * 1_000.0 / rules.heartbeat_ms;
        let bytes = heartbeats * packet + events * assumed.number("/assumed/event_bytes")?;
        let seconds = 3_600.0 * assumed.number("/prices/hours_a_month")?;
        Ok(Self {
            streams,
            messages,
            events,
            openings,
            cores: busy_us / 1e6,
            memory_gb: streams * (measured.stream_kb + measured.kernel_kb) * 1_024.0 / 1e9,
            calls: messages * assumed.number("/assumed/vendor_call_ms")? / 1e3,
            out_gb: bytes * seconds / 1e9,
        })
    }
}

/// One thing that runs out.
struct Resource {
    what: &'static str,
    unit: &'static str,
    asked: f64,
    /// What one node has of it, and which part of that is to be used.
    node: f64,
    share: f64,
}

impl Resource {
    /// Nodes that have enough of it.
    fn nodes(&self) -> usize {
        (self.asked / (self.node * self.share)).ceil() as usize
    }

    /// Which part of all of it is used.
    fn used(&self, nodes: usize) -> f64 {
        self.asked / (self.node * nodes as f64)
    }
}

pub struct Plan {
    resources: Vec<Resource>,
    load: Load,
    /// Nodes that readers need to be back in time when one is lost.
    come_back: usize,
    back_within_s: f64,
    pub nodes: usize,
    /// Milliseconds of a node for each stream that opens, beside all else, when one node is lost.
    pub opening_ms: f64,
}

impl Plan {
    pub fn of(measured: &Measured, assumed: &Assumed, rules: &Rules) -> Result<Self> {
        let load = Load::of(measured, assumed, rules)?;
        let cores = assumed.number("/node/cores")?;
        let resources = vec![
            Resource {
                what: "memory of streams, the kernel's included",
                unit: "GB",
                asked: load.memory_gb,
                node: assumed.number("/node/memory_gb")?,
                share: assumed.number("/node/memory_share")?,
            },
            Resource {
                what: "processor",
                unit: "cores",
                asked: load.cores,
                node: cores,
                share: assumed.number("/node/cpu_share")?,
            },
            Resource {
                what: "file handles, as `deploy/` sets them",
                unit: "",
                asked: load.streams,
                node: rules.handles,
                share: 1.0,
            },
            Resource {
                what: "calls to the vendor at one time, as `sending.at_once` is where it is left out",
                unit: "",
                asked: load.calls,
                node: rules.at_once,
                share: 1.0,
            },
        ];
        let back_within_s = assumed.number("/node/back_within_s")?;
        let opening_ms = |nodes: usize| {
            let busy = load.cores / (nodes.saturating_sub(1) as f64 * cores);
            match busy < 1.0 {
                true => measured.opening_us / 1e3 / cores / (1.0 - busy),
                false => f64::INFINITY,
            }
        };
        let is_back = |nodes: &usize| {
            let each = load.streams / *nodes as f64 / (*nodes - 1) as f64;
            each * opening_ms(*nodes) / 1e3 <= back_within_s
        };
        let come_back = (2..MOST_NODES).find(is_back);
        let come_back = come_back.ok_or("no number of nodes has its readers back in time")?;
        // With one lost, the others have enough.
        let enough = resources.iter().map(|resource| resource.nodes() + 1).max();
        let nodes = enough.unwrap_or(0).max(come_back);
        Ok(Self {
            resources,
            load,
            come_back,
            back_within_s,
            nodes,
            opening_ms: opening_ms(nodes),
        })
    }

    /// What each resource asks for.
    pub fn needs(&self) -> String {
        let mut table = "| what | asked for | a node has | of which is used | nodes |\n| --- | ---: | ---: | ---: | ---: |\n".to_owned();
        for resource in &self.resources {
            let Resource {
                what,
                unit,
                asked,
                node,
                share,
            } = resource;
            let _ = writeln!(
                table,
                "| {what} | {} {unit} | {node} {unit} | {:.0} % | {} |",
                amount(*asked),
                share * 100.0,
                resource.nodes()
            );
        }
        let _ = writeln!(
            table,
            "| readers of one that is lost, live elsewhere within {} s | | | | {} |",
            self.back_within_s, self.come_back
        );
        table
            + &format!(
                "| **all of it, and one to spare** | | | | **{}** |\n",
                self.nodes
            )
    }

    /// What is used up first, in that order.
    pub fn breaks(&self) -> String {
        let mut resources: Vec<&Resource> = self.resources.iter().collect();
        resources.sort_by(|one, other| other.used(self.nodes).total_cmp(&one.used(self.nodes)));
        let mut table = format!(
            "| what | of all that {} nodes have | full at so many streams |\n| --- | ---: | ---: |\n",
            self.nodes
        );
        for resource in resources {
            let used = resource.used(self.nodes);
            let _ = writeln!(
                table,
                "| {} | {:.0} % | {} |",
                resource.what,
                used * 100.0,
                amount(self.load.streams / used)
            );
        }
        table
    }

    /// What a month costs.
    pub fn costs(&self, assumed: &Assumed) -> Result<String> {
        let price = |name: &str| assumed.number(&format!("/prices/{name}"));
        let hours = price("hours_a_month")?;
        let units = (self.load.streams / price("balancer_unit_streams")?).ceil();
        let rows = [
            (
                format!("{} × {}", self.nodes, assumed.text("/prices/node")?),
                format!("{} an hour", price("node_hour")?),
                self.nodes as f64 * price("node_hour")? * hours,
            ),
            (
                assumed.text("/prices/balancer")?.to_owned(),
                format!(
                    "{} an hour, {units:.0} units of {}",
                    price("balancer_hour")?,
                    price("balancer_unit_hour")?
                ),
                (price("balancer_hour")? + units * price("balancer_unit_hour")?) * hours,
            ),
            (
                format!(
                    "{} GB that leave: heartbeats and events",
                    amount(self.load.out_gb)
                ),
                format!("{} a GB", price("gigabyte_out")?),
                self.load.out_gb * price("gigabyte_out")?,
            ),
        ];
        let mut table = "| what | list price | a month |\n| --- | --- | ---: |\n".to_owned();
        let mut sum = 0.0;
        for (what, each, month) in rows {
            sum += month;
            let _ = writeln!(table, "| {what} | {each} | {} |", amount(month));
        }
        Ok(table + &format!("| **together** | | **{}** |\n", amount(sum)))
    }
}

/// A number with as many digits as mean something.
pub fn amount(number: f64) -> String {
    match number {
        0.0..10.0 => format!("{number:.2}"),
        10.0..100.0 => format!("{number:.1}"),
        _ => grouped(number.round() as u64),
    }
}

/// 1234567 as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURED: Measured = Measured {
        stream_kb: 2.0,
        kernel_kb: 3.0,
        quiet_us: 1.0,
        event_us: 100.0,
        message_us: 200.0,
        opening_us: 120.0,
    };

    fn plan() -> Plan {
        let (assumed, rules) = (Assumed::read().unwrap(), Rules::read().unwrap());
        Plan::of(&MEASURED, &assumed, &rules).unwrap()
    }

    #[test]
    fn what_all_streams_ask_for_is_the_sum_of_what_each_does() {
        let (assumed, rules) = (Assumed::read().unwrap(), Rules::read().unwrap());
        let load = Load::of(&MEASURED, &assumed, &rules).unwrap();
        let busy =
            load.streams + load.events * 100.0 + load.messages * 200.0 + load.openings * 120.0;
        assert_eq!(load.cores, busy / 1e6);
        assert_eq!(load.openings, load.streams / 600.0);
        assert_eq!(load.memory_gb, load.streams * 5.0 * 1_024.0 / 1e9);
    }

    #[test]
    fn with_one_node_lost_the_others_have_enough_of_everything() {
        let plan = plan();
        for resource in &plan.resources {
            assert!(
                resource.used(plan.nodes - 1) <= resource.share,
                "{}",
                resource.what
            );
        }
        let fewer = plan.nodes - 2;
        let is_short = plan
            .resources
            .iter()
            .any(|resource| resource.used(fewer) > resource.share);
        assert!(
            is_short || plan.come_back == plan.nodes,
            "one node less would do"
        );
        assert!(plan.opening_ms.is_finite());
    }

    #[test]
    fn numbers_are_read_easily() {
        assert_eq!(amount(1.234), "1.23");
        assert_eq!(amount(65.4321), "65.4");
        assert_eq!(amount(1_234_567.0), "1,234,567");
        assert_eq!(amount(100.4), "100");
    }
}
