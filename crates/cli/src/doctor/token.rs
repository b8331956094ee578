//! The account's token by its shape: is it a JWT, and does it still hold? Never shows it, never checks its signature.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use std::time::{SystemTime, UNIX_EPOCH};

use super::Hop;

const COPY_AGAIN: &str = "copy it again from the API channel's page in the vendor's settings: whole, in one line, without `Bearer`";

/// Looks at a token.
pub fn check(token: &str) -> Hop {
    match read(token) {
        Ok(claims) => judge(&claims),
        Err(problem) => Hop::failed("token", "", problem, COPY_AGAIN),
    }
}

/// The claims of a JWT.
fn read(token: &str) -> Result<Map<String, Value>, String> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else {
        return Err(format!(
            "not a JWT: it has {} {}, and a JWT has three, with dots between",
            parts.len(),
            if parts.len() == 1 { "part" } else { "parts" }
        ));
    };
    object("first", header)?;
    let claims = object("second", claims)?;
    match URL_SAFE_NO_PAD.decode(signature) {
        Ok(bytes) if !bytes.is_empty() => Ok(claims),
        Ok(_) => Err("not a JWT that anybody signed: its third part is empty".to_owned()),
        Err(_) => Err("not a JWT: its third part is not base64url".to_owned()),
    }
}

fn object(which: &str, part: &str) -> Result<Map<String, Value>, String> {
    let bytes = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| format!("not a JWT: its {which} part is not base64url"))?;
    serde_json::from_slice(&bytes)
        .map_err(|_| format!("not a JWT: its {which} part does not hold a JSON object"))
}

fn judge(claims: &Map<String, Value>) -> Hop {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = since.map_or(0.0, |since| since.as_secs_f64());
    let time = |name: &str| claims.get(name).and_then(Value::as_f64);
    match (time("exp"), time("nbf")) {
        (Some(end), _) if end <= now => Hop::failed(
            "token",
            "",
            format!("a JWT that ended {} ago", span(now - end)),
            "make a new one in the vendor's settings; where this machine's clock is wrong, set it",
        ),
        (_, Some(begin)) if begin > now => Hop::failed(
            "token",
            "",
            format!("a JWT that holds only in {}", span(begin - now)),
            "wait, or set this machine's clock",
        ),
        (Some(end), _) => Hop::ok(
            "token",
            "",
            format!("a JWT; it ends in {}", span(end - now)),
        ),
        (None, _) => Hop::ok("token", "", "a JWT; it says of no end"),
    }
}

fn span(seconds: f64) -> String {
    let (amount, unit) = match seconds {
        s if s < 120.0 => (s, "s"),
        s if s < 7_200.0 => (s / 60.0, "min"),
        s if s < 172_800.0 => (s / 3_600.0, "h"),
        s => (s / 86_400.0, "days"),
    };
    format!("{amount:.0} {unit}")
}
