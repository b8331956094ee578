//! What a reader does that lost its stream: the browser client's `reader.ts`, `wait.ts` and `rare/ladder.ts`, and the library's
//! `pace.rs`, step by step.

use super::inputs::Rules;

/// Which client a reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A page, with a stream.
    Page,
    /// An app, with polls.
    App,
}

/// What it asks the gateway for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Stream,
    /// A poll that is not held, and shows whether the gateway is there.
    Poll,
}

/// How a call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Answered,
    /// Nobody was there.
    Refused,
    /// No answer came in time.
    Late,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// It has what it wanted, by this.
    Live,
    /// Another call, so many milliseconds later.
    Again(f64),
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Reader {
    failures: u32,
    muted: u32,
    /// The poll that comes before a stream was answered.
    has_polled: bool,
}

impl Reader {
    /// One that waited for a stream on which nothing came: a proxy may hold it back.
    pub fn muted() -> Self {
        Self {
            muted: 1,
            ..Self::default()
        }
    }

    /// What it calls, and how long it waits for the answer.
    pub fn call(self, kind: Kind, rules: &Rules) -> (Call, f64) {
        match (kind, self.muted > 0 && !self.has_polled) {
            (Kind::App, _) => (Call::Poll, rules.app_network_ms),
            (Kind::Page, true) => (Call::Poll, rules.poll_ms),
            (Kind::Page, false) => (Call::Stream, rules.head_ms),
        }
    }

    /// `random` is from 0 to 1.
    pub fn after(
        &mut self,
        kind: Kind,
        call: Call,
        outcome: Outcome,
        rules: &Rules,
        random: f64,
    ) -> Next {
        match (kind, call, outcome) {
            (Kind::App, _, Outcome::Answered) | (Kind::Page, Call::Stream, Outcome::Answered) => {
                Next::Live
            }
            (Kind::App, ..) => {
                let bound = rules.app_first_ms * f64::from(1_u32 << self.failures.min(10));
                self.failures += 1;
                Next::Again(random * bound.min(rules.app_longest_ms))
            }
            (Kind::Page, Call::Poll, Outcome::Answered) => {
                self.failures = 0;
                self.has_polled = true;
                match self.muted >= rules.muted_at_most {
                    true => Next::Live,
                    false => Next::Again(0.0),
                }
            }
            (Kind::Page, Call::Stream, Outcome::Late) => {
                self.muted += 1;
                self.has_polled = false;
                Next::Again(0.0)
            }
            (Kind::Page, call, _) => {
                // Nothing gets through: it is not that streams are refused.
                self.muted = if call == Call::Poll {
                    0
                } else {
                    self.muted + 1
                };
                self.has_polled = false;
                self.failures += 1;
                Next::Again(back_off(self.failures, rules, random))
            }
        }
    }
}

/// `backOff` of `wait.ts`.
fn back_off(failures: u32, rules: &Rules, random: f64) -> f64 {
    let most = rules
        .longest_ms
        .min(rules.shortest_ms * 2_f64.powi(failures as i32 - 1));
    match failures {
        0 | 1 => 0.0,
        _ => rules.shortest_ms + random * (most - rules.shortest_ms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xtask::run::{read, root};

    /// Where one of these lines changes, so must what stands above.
    #[test]
    fn the_formulas_are_those_of_the_clients() {
        for (file, line) in [
            (
                "bindings/web/src/wait.ts",
                "const most = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** (failures - 1));",
            ),
            (
                "bindings/web/src/wait.ts",
                "?? (failures > 1 ? SHORTEST_MS + Math.random() * (most - SHORTEST_MS) : 0);",
            ),
            (
                "bindings/web/src/reader.ts",
                "if (++core.failures_ > 1) connected(core, \"offline\");",
            ),
            (
                "bindings/web/src/reader.ts",
                "if (isSilent) return \"muted\";",
            ),
            (
                "bindings/web/src/reader.ts",
                "if (isBetween(error)) core.muted_ += 1;",
            ),
            (
                "bindings/web/src/reader.ts",
                "if (isBetween(error)) core.muted_ = 0;",
            ),
            (
                "bindings/web/src/reader.ts",
                "if (end === \"muted\") return void (core.muted_ += 1);",
            ),
            (
                "bindings/web/src/rare/ladder.ts",
                "const polls = core.muted_ >= MUTED_AT_MOST;",
            ),
            (
                "crates/core/src/gateway/pace.rs",
                "let bound = FIRST_PAUSE.saturating_mul(1 << self.failures.min(10));",
            ),
            (
                "crates/core/src/gateway/pace.rs",
                "let pause = asked.unwrap_or_else(|| jitter(bound.min(longest)));",
            ),
        ] {
            let text = read(&root().join(file)).unwrap();
            assert!(text.contains(line), "{file} does not say {line}");
        }
    }

    #[test]
    fn a_page_tries_at_once_and_then_ever_more_seldom() {
        let rules = Rules::read().unwrap();
        let mut reader = Reader::default();
        let mut pauses = Vec::new();
        let mut calls = Vec::new();
        for _ in 0..9 {
            let (call, _) = reader.call(Kind::Page, &rules);
            calls.push(call);
            match reader.after(Kind::Page, call, Outcome::Refused, &rules, 1.0) {
                Next::Again(pause) => pauses.push(pause),
                Next::Live => panic!("nobody was there"),
            }
        }
        assert_eq!(
            pauses,
            [
                0.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0, 16_000.0, 30_000.0, 30_000.0, 30_000.0
            ]
        );
        assert_eq!(calls[..3], [Call::Stream, Call::Poll, Call::Stream]);
    }

    #[test]
    fn a_page_whose_streams_are_late_goes_on_with_polls() {
        let rules = Rules::read().unwrap();
        let mut reader = Reader::default();
        let mut calls = Vec::new();
        let end = loop {
            let (call, _) = reader.call(Kind::Page, &rules);
            calls.push(call);
            let outcome = if call == Call::Stream {
                Outcome::Late
            } else {
                Outcome::Answered
            };
            match reader.after(Kind::Page, call, outcome, &rules, 0.5) {
                Next::Again(pause) => assert_eq!(pause, 0.0),
                end => break end,
            }
        };
        assert_eq!(end, Next::Live);
        assert_eq!(calls, [Call::Stream, Call::Poll, Call::Stream, Call::Poll]);
    }

    #[test]
    fn an_app_waits_from_its_first_failure_on() {
        let rules = Rules::read().unwrap();
        let mut reader = Reader::default();
        let mut pause = || reader.after(Kind::App, Call::Poll, Outcome::Refused, &rules, 1.0);
        assert_eq!(pause(), Next::Again(500.0));
        assert_eq!(pause(), Next::Again(1_000.0));
        for _ in 0..20 {
            pause();
        }
        assert_eq!(pause(), Next::Again(30_000.0));
    }
}
