//! The address that a call counts for.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;

/// The n-th address from the right of `X-Forwarded-For`, where n proxies in front are trusted: each
/// adds whom it heard on the right, and what stands further left is the caller's to make up. The
/// socket's own when there is no proxy, or no such address. Of IPv6 the /64: a household has one.
pub(crate) fn client(headers: &HeaderMap, socket: IpAddr, trusted_proxies: usize) -> IpAddr {
    let forwarded = trusted_proxies.checked_sub(1).and_then(|skipped| {
        let lines = headers.get_all("x-forwarded-for");
        // A line that is no text stands for something that is no address.
        let lines = lines.iter().rev().map(|line| line.to_str().unwrap_or("?"));
        let entry = lines.flat_map(|line| line.rsplit(',')).nth(skipped)?;
        parse(entry.trim())
    });
    grouped(forwarded.unwrap_or(socket))
}

/// Some proxies add the port.
fn parse(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    bare.unwrap_or(text)
        .parse()
        .ok()
        .or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))
}

fn grouped(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            Ipv6Addr::from(network).into()
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn the_nth_from_the_right_counts_and_nothing_that_is_made_up() {
        for (proxies, lines, expected) in [
            (0, &["1.1.1.1"][..], "9.9.9.9"),
            (1, &[], "9.9.9.9"),
            (1, &["1.1.1.1"], "1.1.1.1"),
            (1, &["6.6.6.6, 1.1.1.1"], "1.1.1.1"),
            (2, &["6.6.6.6, 1.1.1.1, 2.2.2.2"], "1.1.1.1"),
            (2, &["6.6.6.6", "1.1.1.1,2.2.2.2"], "1.1.1.1"),
            (2, &["6.6.6.6, 1.1.1.1", "2.2.2.2"], "1.1.1.1"),
            (2, &["2.2.2.2"], "9.9.9.9"),
            (1, &["6.6.6.6, unknown"], "9.9.9.9"),
            (1, &["1.1.1.1:4711"], "1.1.1.1"),
            (1, &["::ffff:1.1.1.1"], "1.1.1.1"),
            (1, &["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::"),
            (1, &["[2001:db8:1:2:3:4:5:6]:4711"], "2001:db8:1:2::"),
            (1, &["[2001:db8:1:2::9]"], "2001:db8:1:2::"),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", HeaderValue::from_static(line));
            }
            let socket = IpAddr::from([9, 9, 9, 9]);
            let found = client(&headers, socket, proxies);
            assert_eq!(found.to_string(), expected, "{proxies} {lines:?}");
        }
    }
}
