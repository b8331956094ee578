//! What a gateway asks for when many visitors come at once: work that this machine can do.

use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

/// More would keep the machine busy for minutes; a gateway asks for 24 at most.
const MOST_BITS: u64 = 24;

/// The solution of what was asked; `None` where it takes a person, or is of a kind that is not known here.
pub(super) fn solve(asked: &Value) -> Option<Value> {
    let text = |name: &str| asked.get(name).and_then(Value::as_str);
    let bits = asked.get("bits").and_then(Value::as_u64)?;
    let (Some("pow"), Some(puzzle), 0..=MOST_BITS) = (text("kind"), text("puzzle"), bits) else {
        return None;
    };
    let bits = u32::try_from(bits).ok()?;
    let answer = (0_u64..).map(|number| number.to_string());
    let answer = answer
        .into_iter()
        .find(|answer| zeros(&format!("{puzzle}.{answer}")) >= bits)?;
    Some(json!({"puzzle": puzzle, "answer": answer}))
}

/// How many bits of 0 the hash begins with, of the first 32.
fn zeros(text: &str) -> u32 {
    let hash = digest(&SHA256, text.as_bytes());
    let first: Option<[u8; 4]> = hash.as_ref().first_chunk().copied();
    first.map_or(0, |bytes| u32::from_be_bytes(bytes).leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_and_nothing_else() {
        let solved = solve(&json!({"kind": "pow", "puzzle": "p", "bits": 10})).unwrap();
        let answer = solved["answer"].as_str().unwrap();
        let hash = digest(&SHA256, format!("p.{answer}").as_bytes());
        assert_eq!((hash.as_ref()[0], hash.as_ref()[1] >> 6), (0, 0));
        assert_eq!(solved["puzzle"], "p");
        for asked in [
            json!({"kind": "hook"}),
            json!({"kind": "pow", "puzzle": "p", "bits": 60}),
            json!({"kind": "pow", "bits": 10}),
            json!(null),
        ] {
            assert_eq!(solve(&asked), None, "{asked}");
        }
    }
}
