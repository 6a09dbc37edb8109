//! The lines of HTTP that cookies travel in.

/// The longest life that browsers give a cookie: 400 days.
const MOST_SECONDS: i64 = 400 * 24 * 60 * 60;

/// What every cookie of ours says of itself: it comes back to this host alone, over TLS, out of the
/// reach of scripts, and not with other sites' posts.
const ATTRIBUTES: &str = "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=";

/// The line that sets a cookie for so many seconds.
pub(super) fn set(name: &str, value: &str, seconds: Option<i64>) -> String {
    let seconds = seconds.unwrap_or(MOST_SECONDS).clamp(0, MOST_SECONDS);
    format!("{name}={value}{ATTRIBUTES}{seconds}")
}

/// The length of the longest line that sets this cookie.
pub(super) fn length(name: &str, value: &str) -> usize {
    set(name, value, None).len()
}

/// The cookies of a `Cookie` header.
pub(super) fn parse(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_holds_cookies_by_name() {
        let found: Vec<_> = parse("a=1; b=2=3;c=; d").collect();
        assert_eq!(found, [("a", "1"), ("b", "2=3"), ("c", "")]);
    }

    #[test]
    fn no_line_is_longer_than_the_one_that_is_measured() {
        for seconds in [None, Some(-1), Some(0), Some(60), Some(i64::MAX)] {
            assert!(set("n", "v", seconds).len() <= length("n", "v"));
        }
    }
}
