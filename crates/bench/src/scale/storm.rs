//! Readers who lost their streams and come back, as a simulation of single events: every reader, every call, every node.
//!
//! A node serves calls one after the other at the speed that was measured; what a client gave up is served nevertheless, the
//! worst case. Readers go to any node that the balancer takes for one that is there. Random numbers have a fixed seed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::client::{Call, Kind, Next, Outcome, Reader};
use super::inputs::Rules;

const SEED: u64 = 23;
/// What is not over by then is not going to be: calls that come too late keep the nodes from those that follow.
const HORIZON_MS: f64 = 600_000.0;

/// What happens to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// One node's process ends: connections are closed at once.
    Process,
    /// One node is gone without a word: readers notice by the silence.
    Machine,
    /// One node drains: it asks its readers to come back later.
    Drain,
    /// Every connection breaks, such as with the balancer; the nodes are there.
    Connections,
    /// Every node is gone, and back after a while.
    Everything,
}

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    pub loss: Loss,
    pub kind: Kind,
    pub readers: usize,
    pub nodes: usize,
    /// Milliseconds of a node for each stream that opens.
    pub opening_ms: f64,
    pub round_trip_ms: f64,
    /// Until then the balancer sends readers to a node that is not there.
    pub balancer_notices_ms: f64,
    /// How long everything is gone.
    pub down_ms: f64,
}

/// What came of it. Times are seconds from the loss.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub readers: usize,
    pub p50_s: f64,
    pub p99_s: f64,
    pub last_s: f64,
    /// Calls a reader made.
    pub calls: f64,
    /// Calls that nobody was there for, and such that were answered too late, a reader.
    pub refused: f64,
    pub late: f64,
    /// Calls that reached a node within its busiest second.
    pub busiest: usize,
}

/// A call that ends: when, in nanoseconds; of which reader; how.
type Event = Reverse<(u64, u32, u8)>;

const BEGINS: u8 = 0;

fn outcome(code: u8) -> Outcome {
    match code {
        1 => Outcome::Answered,
        2 => Outcome::Refused,
        _ => Outcome::Late,
    }
}

fn code(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Answered => 1,
        Outcome::Refused => 2,
        Outcome::Late => 3,
    }
}

struct Simulation<'a> {
    scenario: &'a Scenario,
    rules: &'a Rules,
    random: fastrand::Rng,
    events: BinaryHeap<Event>,
    readers: Vec<Reader>,
    calls: Vec<Call>,
    /// When each node is done with all that came to it, in milliseconds.
    free_ms: Vec<f64>,
    /// Calls that came to each node, by second.
    came: Vec<Vec<u32>>,
    counts: [u64; 4],
}

pub fn run(scenario: &Scenario, rules: &Rules) -> Found {
    let lost = match scenario.loss {
        Loss::Process | Loss::Machine | Loss::Drain => scenario.readers / scenario.nodes,
        Loss::Connections | Loss::Everything => scenario.readers,
    };
    let first = match scenario.loss {
        Loss::Machine => Reader::muted(),
        _ => Reader::default(),
    };
    let mut simulation = Simulation {
        scenario,
        rules,
        random: fastrand::Rng::with_seed(SEED),
        events: BinaryHeap::with_capacity(lost),
        readers: vec![first; lost],
        calls: vec![Call::Stream; lost],
        free_ms: vec![0.0; scenario.nodes],
        came: vec![Vec::new(); scenario.nodes],
        counts: [0; 4],
    };
    for reader in 0..lost as u32 {
        let at = simulation.notices();
        simulation.push(at, reader, BEGINS);
    }
    simulation.go_on()
}

impl Simulation<'_> {
    /// When a reader does something about the loss.
    fn notices(&mut self) -> f64 {
        let (random, rules) = (self.random.f64(), self.rules);
        match self.scenario.loss {
            Loss::Process | Loss::Connections | Loss::Everything => {
                self.scenario.round_trip_ms / 2.0
            }
            // The last heartbeat came at some time before.
            Loss::Machine => rules.silence_ms - random * rules.heartbeat_ms,
            Loss::Drain => rules.drain_ms.0 + random * (rules.drain_ms.1 - rules.drain_ms.0),
        }
    }

    fn push(&mut self, at_ms: f64, reader: u32, code: u8) {
        self.events
            .push(Reverse(((at_ms * 1e6) as u64, reader, code)));
    }

    fn go_on(mut self) -> Found {
        let lost = self.readers.len();
        let mut live_ms = Vec::with_capacity(lost);
        while let Some(Reverse((at, reader, how))) = self.events.pop() {
            let now = at as f64 / 1e6;
            if now > HORIZON_MS {
                break;
            }
            let again = match how {
                BEGINS => Next::Again(0.0),
                how => {
                    self.counts[usize::from(how)] += 1;
                    let call = self.calls[reader as usize];
                    let random = self.random.f64();
                    self.readers[reader as usize].after(
                        self.scenario.kind,
                        call,
                        outcome(how),
                        self.rules,
                        random,
                    )
                }
            };
            match again {
                Next::Live => live_ms.push(now),
                Next::Again(pause) if pause > 0.0 => self.push(now + pause, reader, BEGINS),
                Next::Again(_) => self.call(now, reader),
            }
        }
        self.found(live_ms)
    }

    /// A call of a reader's, and how it will end.
    fn call(&mut self, now: f64, reader: u32) {
        let scenario = self.scenario;
        let (call, patience) = self.readers[reader as usize].call(scenario.kind, self.rules);
        self.calls[reader as usize] = call;
        let node = self.node(now);
        if !self.is_there(node, now) {
            return self.push(now + scenario.round_trip_ms, reader, code(Outcome::Refused));
        }
        let arrives = now + scenario.round_trip_ms / 2.0;
        let second = (arrives / 1e3) as usize;
        let came = &mut self.came[node];
        came.resize(came.len().max(second + 1), 0);
        came[second] += 1;
        let free = &mut self.free_ms[node];
        *free = free.max(arrives) + scenario.opening_ms;
        let answered = *free + scenario.round_trip_ms / 2.0;
        match answered - now <= patience {
            true => self.push(answered, reader, code(Outcome::Answered)),
            false => self.push(now + patience, reader, code(Outcome::Late)),
        }
    }

    /// Where the balancer sends a call: the first node is the one that is lost.
    fn node(&mut self, now: f64) -> usize {
        let is_known = match self.scenario.loss {
            // It was out of the balancer's list before.
            Loss::Drain => true,
            Loss::Process | Loss::Machine => now >= self.scenario.balancer_notices_ms,
            Loss::Connections | Loss::Everything => false,
        };
        self.random
            .usize(usize::from(is_known)..self.scenario.nodes)
    }

    fn is_there(&self, node: usize, now: f64) -> bool {
        match self.scenario.loss {
            Loss::Process | Loss::Machine | Loss::Drain => node > 0,
            Loss::Connections => true,
            Loss::Everything => now >= self.scenario.down_ms,
        }
    }

    fn found(&self, mut live_ms: Vec<f64>) -> Found {
        live_ms.sort_by(f64::total_cmp);
        let lost = self.readers.len();
        let at = |share: f64| {
            let place = (share * lost as f64) as usize;
            live_ms
                .get(place.min(lost.saturating_sub(1)))
                .map_or(f64::INFINITY, |ms| ms / 1e3)
        };
        let each = |count: u64| count as f64 / lost as f64;
        Found {
            readers: lost,
            p50_s: at(0.5),
            p99_s: at(0.99),
            last_s: at(1.0),
            calls: each(self.counts.iter().sum()),
            refused: each(self.counts[2]),
            late: each(self.counts[3]),
            busiest: self
                .came
                .iter()
                .flatten()
                .max()
                .map_or(0, |count| *count as usize),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(loss: Loss) -> Scenario {
        Scenario {
            loss,
            kind: Kind::Page,
            readers: 40_000,
            nodes: 4,
            opening_ms: 0.1,
            round_trip_ms: 50.0,
            balancer_notices_ms: 5_000.0,
            down_ms: 30_000.0,
        }
    }

    fn found(scenario: Scenario) -> Found {
        run(&scenario, &Rules::read().unwrap())
    }

    #[test]
    fn every_reader_comes_back_and_the_same_numbers_come_again() {
        for loss in [
            Loss::Process,
            Loss::Machine,
            Loss::Drain,
            Loss::Connections,
            Loss::Everything,
        ] {
            let (once, again) = (found(scenario(loss)), found(scenario(loss)));
            assert!(once.last_s.is_finite(), "{loss:?}: {once:?}");
            assert_eq!(format!("{once:?}"), format!("{again:?}"));
        }
    }

    /// 10,000 readers on 3 nodes that open 10 in a millisecond: a third of a second, and the network.
    #[test]
    fn readers_of_a_node_that_died_wait_for_their_turn() {
        let quick = Scenario {
            balancer_notices_ms: 1.0,
            ..scenario(Loss::Process)
        };
        let found = found(quick);
        assert_eq!(found.readers, 10_000);
        assert!((0.35..0.50).contains(&found.last_s), "{found:?}");
        assert_eq!((found.calls, found.refused, found.late), (1.0, 0.0, 0.0));
    }

    #[test]
    fn a_balancer_that_is_slow_to_notice_sends_readers_into_the_void() {
        let found = found(scenario(Loss::Process));
        assert!(found.refused > 0.25, "{found:?}");
        assert!(found.calls > 1.25, "{found:?}");
    }

    #[test]
    fn a_silent_death_is_noticed_after_two_heartbeats_and_a_half() {
        let found = found(scenario(Loss::Machine));
        assert!((29.0..32.0).contains(&found.p50_s), "{found:?}");
        assert!((37.0..39.0).contains(&found.p99_s), "{found:?}");
    }

    #[test]
    fn nodes_that_are_slower_than_clients_are_patient_have_calls_that_come_too_late() {
        let slow = Scenario {
            opening_ms: 0.7,
            ..scenario(Loss::Connections)
        };
        let found = found(slow);
        assert!(found.late > 0.2, "{found:?}");
        // Each is served in the end; what was given up takes time as well.
        assert!(found.last_s > 7.0 && found.last_s.is_finite(), "{found:?}");
    }

    #[test]
    fn nodes_that_are_far_too_slow_never_catch_up() {
        let hopeless = Scenario {
            opening_ms: 10.0,
            ..scenario(Loss::Connections)
        };
        let found = found(hopeless);
        assert!(found.last_s.is_infinite(), "{found:?}");
    }

    #[test]
    fn after_an_outage_readers_are_spread_by_their_pauses() {
        let found = found(scenario(Loss::Everything));
        assert!(found.p50_s > 30.0 && found.last_s > 40.0, "{found:?}");
        assert!(found.busiest < 10_000, "{found:?}");
    }
}
