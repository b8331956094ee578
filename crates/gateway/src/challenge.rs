//! What a visitor shows when a site has more of them than its limit: work, or what a CAPTCHA's service
//! gave them. A solution counts once, for one site, and for a while.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::hmac;
use serde_json::{Value, json};
use wotnot_core::strict::Fields;

use crate::clock::now_ms;
use crate::config::secrets::random;
use crate::config::{Challenge, Hidden, Receiver, Site, random_token};
use crate::error::{ApiError, ApiResult, ErrorCode, unavailable};
use crate::outgoing::Link;

/// How long a solution counts, in milliseconds.
const LIFETIME_MS: u64 = 300_000;
/// Solutions that are remembered: each took work, or a CAPTCHA.
const MOST_USED: usize = 100_000;
const LONGEST_ANSWER: usize = 4_096;

/// What a visitor shows.
pub(crate) struct Solution {
    /// What was asked, as it came; where the gateway asked it.
    puzzle: Option<String>,
    answer: String,
}

impl Solution {
    /// Reads `challenge` of a body.
    pub fn read(mut fields: Fields<'_>) -> ApiResult<Self> {
        let puzzle = fields.string("puzzle")?;
        let answer = fields.required_string("answer")?;
        fields.finish()?;
        Ok(Self { puzzle, answer })
    }
}

/// Asks, and knows what was shown already. Puzzles of before do not count after a start.
pub(crate) struct Challenges {
    key: hmac::Key,
    /// Until when each is remembered.
    used: Mutex<HashMap<[u8; 16], u64>>,
}

impl Challenges {
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &random(32)?),
            used: Mutex::default(),
        })
    }

    /// Whether this solution lets a visitor in; what to solve otherwise.
    pub async fn check(&self, site: &Site, solution: Option<Solution>) -> ApiResult<()> {
        let solved = match (&site.challenge, &solution) {
            (_, None) | (Challenge::Off, _) => false,
            (_, Some(solution)) if solution.answer.len() > LONGEST_ANSWER => false,
            (Challenge::Pow { .. }, Some(solution)) => self.is_solved(site, solution),
            (Challenge::Hook { receiver, secret }, Some(solution)) => {
                let answer = &solution.answer;
                ask(site, receiver, secret.as_ref(), answer).await?
                    && self.is_first(answer.as_bytes(), now_ms() + LIFETIME_MS)
            }
        };
        match solved {
            true => Ok(()),
            false => Err(self.required(site)?),
        }
    }

    fn required(&self, site: &Site) -> std::io::Result<ApiError> {
        let challenge = match site.challenge {
            Challenge::Pow { bits } => json!({
                "kind": "pow",
                "puzzle": self.puzzle(site, bits, now_ms() + LIFETIME_MS)?,
                "bits": bits,
                "expires_in": LIFETIME_MS / 1_000,
            }),
            Challenge::Off | Challenge::Hook { .. } => json!({"kind": "hook"}),
        };
        let message = "many visitors come at once; solve `challenge`, and call again with it";
        let error = ApiError::new(ErrorCode::ChallengeRequired, message);
        Ok(error.with("challenge", challenge))
    }

    /// `<expires>.<bits>.<random>.<signature>`
    fn puzzle(&self, site: &Site, bits: u8, expires_ms: u64) -> std::io::Result<String> {
        let asked = format!("{expires_ms}.{bits}.{}", random_token(12)?);
        let signature = hmac::sign(&self.key, signed(site, &asked).as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(&signature.as_ref()[..16]);
        Ok(format!("{asked}.{signature}"))
    }

    fn is_solved(&self, site: &Site, solution: &Solution) -> bool {
        let Some(puzzle) = &solution.puzzle else {
            return false;
        };
        let Some((expires_ms, bits)) = self.read(site, puzzle) else {
            return false;
        };
        let work = digest(&SHA256, format!("{puzzle}.{}", solution.answer).as_bytes());
        now_ms() < expires_ms
            && leading_zeros(work.as_ref()) >= u32::from(bits)
            && self.is_first(puzzle.as_bytes(), expires_ms)
    }

    /// Expiry and bits of a puzzle that we made for this site.
    fn read(&self, site: &Site, puzzle: &str) -> Option<(u64, u8)> {
        let (asked, signature) = puzzle.rsplit_once('.')?;
        let expected = hmac::sign(&self.key, signed(site, asked).as_bytes());
        let expected = URL_SAFE_NO_PAD.encode(&expected.as_ref()[..16]);
        if !Hidden::new(expected).matches(signature) {
            return None;
        }
        let mut parts = asked.split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    }

    /// Remembers it; whether it had not been shown before.
    fn is_first(&self, shown: &[u8], until_ms: u64) -> bool {
        let mut key = [0; 16];
        key.copy_from_slice(&digest(&SHA256, shown).as_ref()[..16]);
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= MOST_USED {
            let now = now_ms();
            used.retain(|_, until| *until > now);
        }
        let has_room = used.len() < MOST_USED;
        match used.entry(key) {
            Entry::Vacant(entry) if has_room => {
                entry.insert(until_ms);
                true
            }
            _ => false,
        }
    }
}

fn signed(site: &Site, asked: &str) -> String {
    format!("{}\n{asked}", site.name)
}

fn leading_zeros(bytes: &[u8]) -> u32 {
    let whole = bytes.iter().take_while(|byte| **byte == 0).count();
    let rest = bytes.get(whole).map_or(0, |byte| byte.leading_zeros());
    u32::try_from(whole * 8).unwrap_or(u32::MAX) + rest
}

/// Asks the service, as those of CAPTCHAs are asked: a form with `secret` and `response`, answered with
/// `{"success": true}`.
async fn ask(
    site: &Site,
    receiver: &Receiver,
    secret: Option<&Hidden>,
    answer: &str,
) -> ApiResult<bool> {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let body = form(secret, answer).into();
    let asked = Link::default().post(receiver, &headers, body).await;
    let why = match asked {
        Ok(response) if response.status().is_success() => {
            let said: Value = serde_json::from_slice(response.body()).unwrap_or_default();
            return Ok(said["success"] == true);
        }
        Ok(response) => format!("status {}", response.status().as_u16()),
        Err(why) => why,
    };
    tracing::error!(site = site.name, why, "the challenge's hook did not answer");
    Err(unavailable())
}

fn form(secret: Option<&Hidden>, answer: &str) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    if let Some(secret) = secret {
        form.append_pair("secret", secret.expose());
    }
    form.append_pair("response", answer).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(name: &str) -> Site {
        let mut site = Site::new(name, "main", "bot");
        site.challenge = Challenge::Pow { bits: 8 };
        site
    }

    fn solve(puzzle: &str, bits: u32) -> Solution {
        let good = |answer: &String| {
            let work = digest(&SHA256, format!("{puzzle}.{answer}").as_bytes());
            leading_zeros(work.as_ref()) >= bits
        };
        let mut answers = (0..).map(|number: u64| number.to_string());
        Solution {
            puzzle: Some(puzzle.to_owned()),
            answer: answers.find(good).unwrap(),
        }
    }

    #[test]
    fn work_counts_once_for_its_site_and_time() {
        let challenges = Challenges::new().unwrap();
        let (shop, other) = (site("shop"), site("other"));
        let puzzle = |until| challenges.puzzle(&shop, 8, until).unwrap();
        let good = solve(&puzzle(now_ms() + 60_000), 8);
        assert!(!challenges.is_solved(&other, &good));
        assert!(challenges.is_solved(&shop, &good));
        assert!(!challenges.is_solved(&shop, &good), "a second time");
        let late = solve(&puzzle(now_ms() - 1), 8);
        assert!(!challenges.is_solved(&shop, &late));
        let puzzle = puzzle(now_ms() + 60_000);
        // Easier than it was asked for, or none of ours.
        for made_up in [
            puzzle.replacen(".8.", ".0.", 1),
            "1.2.3.4".into(),
            String::new(),
        ] {
            assert!(
                !challenges.is_solved(&shop, &solve(&made_up, 0)),
                "{made_up}"
            );
        }
        assert!(
            !Challenges::new()
                .unwrap()
                .is_solved(&shop, &solve(&puzzle, 8))
        );
        assert!(challenges.is_solved(&shop, &solve(&puzzle, 8)));
    }

    #[test]
    fn bits_are_counted_from_the_left() {
        for (bytes, expected) in [(&[0x80][..], 0), (&[0, 0x10], 11), (&[0, 0], 16), (&[1], 7)] {
            assert_eq!(leading_zeros(bytes), expected);
        }
    }
}
