//! How long to wait before a retry.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// The pause after the first server error; it doubles with each further one.
const SERVER_ERROR_PAUSE: Duration = Duration::from_millis(200);

/// The pause after the first rate limit without a `Retry-After`; it doubles likewise.
const RATE_LIMIT_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause that the portal didn't ask for.
const MAX_PAUSE: Duration = Duration::from_secs(8);

/// The pause that a response asks for (RFC 9110, section 10.2.3): seconds, or an HTTP date. A date is
/// compared with the response's own `Date`, if it has one, as this machine's clock may be wrong.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok();
    let now = text(DATE)
        .and_then(|date| httpdate::parse_http_date(date).ok())
        .unwrap_or_else(SystemTime::now);
    read_retry_after(text(RETRY_AFTER)?, now)
}

/// A pause in whole seconds, rounded up.
pub(super) fn whole_seconds(pause: Duration) -> Option<u64> {
    u64::try_from(pause.as_millis().div_ceil(1000)).ok()
}

/// Parses a value of `Retry-After` at the time `now`; a past date means no wait. `None` if it is
/// neither seconds nor a date.
pub(crate) fn read_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that doesn't fit is too long to wait for in any case.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let then = httpdate::parse_http_date(value).ok()?;
    Some(then.duration_since(now).unwrap_or_default())
}

/// The pause after the `attempt`th server error, counted from 1: never shorter than asked for.
pub(super) fn after_server_error(asked: Option<Duration>, attempt: u32) -> Duration {
    jittered(doubled(SERVER_ERROR_PAUSE, attempt)).max(asked.unwrap_or_default())
}

/// The pause after the `attempt`th rate limit: never shorter than asked for, and growing even if
/// almost nothing was asked for.
pub(super) fn after_rate_limit(asked: Option<Duration>, attempt: u32) -> Duration {
    match asked {
        Some(_) => after_server_error(asked, attempt),
        None => jittered(doubled(RATE_LIMIT_PAUSE, attempt)),
    }
}

fn doubled(first: Duration, attempt: u32) -> Duration {
    let factor = 2_u32.saturating_pow(attempt.saturating_sub(1));
    first.saturating_mul(factor).min(MAX_PAUSE)
}

/// A random pause between half of this one and all of it, so that clients don't retry at the same
/// moment.
fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn of(retry_after: Option<&str>, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        for (name, value) in [(RETRY_AFTER, retry_after), (DATE, date)] {
            if let Some(value) = value {
                headers.insert(name, HeaderValue::from_str(value).unwrap());
            }
        }
        super::retry_after(&headers)
    }

    #[test]
    fn seconds_are_read_however_many_digits_they_have() {
        let wait = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(of(Some("0"), None), wait(0));
        assert_eq!(of(Some(" 17 "), None), wait(17));
        assert_eq!(of(Some("99999999999999999999999"), None), wait(u64::MAX));
        assert_eq!(of(None, None), None);
        for unreadable in ["", "soon", "-1", "1.5", "+3", "1e3"] {
            assert_eq!(of(Some(unreadable), None), None, "{unreadable}");
        }
    }

    #[test]
    fn a_date_counts_from_the_answers_own_date() {
        let sent = "Sun, 06 Nov 1994 08:49:37 GMT";
        for (date, seconds) in [
            ("Sun, 06 Nov 1994 08:49:40 GMT", 3),
            ("Sunday, 06-Nov-94 08:49:39 GMT", 2),
            ("Sun Nov  6 08:49:38 1994", 1),
            ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ] {
            let asked = of(Some(date), Some(sent));
            assert_eq!(asked, Some(Duration::from_secs(seconds)), "{date}");
        }
    }

    #[test]
    fn without_a_date_of_its_own_the_answer_is_read_by_this_machines_clock() {
        let then = SystemTime::now() + Duration::from_secs(60);
        let wait = of(Some(&httpdate::fmt_http_date(then)), None).unwrap();
        assert!((58..=60).contains(&wait.as_secs()), "{wait:?}");
    }

    #[test]
    fn pauses_grow_stay_within_bounds_and_never_undercut_what_was_asked_for() {
        for attempt in [1, 2, 3, 40, u32::MAX] {
            let whole = doubled(RATE_LIMIT_PAUSE, attempt);
            let pause = after_rate_limit(None, attempt);
            assert!(pause >= whole / 2 && pause <= whole, "{attempt}: {pause:?}");
            assert!(after_server_error(None, attempt) <= MAX_PAUSE);
            let asked = Duration::from_secs(7);
            assert!(after_server_error(Some(asked), attempt) >= asked);
            assert!(after_rate_limit(Some(asked), attempt) >= asked);
        }
        assert!(after_rate_limit(Some(Duration::ZERO), 1) >= SERVER_ERROR_PAUSE / 2);
    }
}
