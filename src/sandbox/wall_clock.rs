//! Dates and times of the space's wall clock.

/// Minutes since 1970-01-01T00:00, by the space's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WallTime(i64);

/// Days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Date(i64);

impl Date {
    /// Reads `YYYY-MM-DD`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut next = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits)?;
            part.parse::<u16>().ok().map(i64::from)
        };
        let (year, month, day) = (next(4)?, next(2)?, next(2)?);
        let date = Self::new(year, month, day);
        let exists = parts.next().is_none() && date.parts() == (year, month, day);
        exists.then_some(date)
    }

    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }

    pub(super) fn is_weekend(self) -> bool {
        // 1970-01-01 was a Thursday.
        matches!((self.0 + 3).rem_euclid(7), 5 | 6)
    }

    pub(super) fn at(self, hour: i64, minute: i64) -> WallTime {
        WallTime((self.0 * 24 + hour) * 60 + minute)
    }

    /// Howard Hinnant's `days_from_civil`, with years that begin in March.
    fn new(year: i64, month: i64, day: i64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self(era * 146_097 + day_of_era - 719_468)
    }

    /// The same backwards: year, month and day.
    fn parts(self) -> (i64, i64, i64) {
        let days = self.0 + 719_468;
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 {
            shifted + 3
        } else {
            shifted - 9
        };
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let year = year_of_era + days.div_euclid(146_097) * 400 + i64::from(month <= 2);
        (year, month, day)
    }
}

impl WallTime {
    /// Reads `YYYY-MM-DDTHH:MM[:SS[.fff]]` with a literal `Z`. As on the portal, a real UTC offset
    /// such as `+02:00` is no error: it shifts the time.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('T')?;
        let (clock, offset) = match time.strip_suffix('Z') {
            Some(clock) => (clock, 0),
            None => {
                let (clock, offset) = time.split_at_checked(time.rfind(['+', '-'])?)?;
                let sign = if offset.starts_with('-') { -1 } else { 1 };
                (clock, sign * minutes(offset.get(1..)?)?)
            }
        };
        Some(Self(
            Date::parse(date)?.at(0, 0).0 + minutes(clock)? - offset,
        ))
    }

    pub(super) fn date(self) -> Date {
        Date(self.0.div_euclid(24 * 60))
    }
}

/// The minutes of a clock time such as `14:30` or `14:30:00.000`.
fn minutes(clock: &str) -> Option<i64> {
    let (hour, rest) = clock.split_once(':')?;
    let minute = rest.split(':').next()?;
    let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(i64::from(hour) * 60 + i64::from(minute))
}

/// As the portal writes it, such as `2026-09-01T14:00:00Z`.
impl std::fmt::Display for WallTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = self.date().parts();
        let minute = self.0.rem_euclid(24 * 60);
        let (hour, minute) = (minute / 60, minute % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Option<String> {
        WallTime::parse(text).map(|time| time.to_string())
    }

    #[test]
    fn times_are_read_and_written() {
        for (text, expected) in [
            ("2026-09-01T14:00:00.000Z", "2026-09-01T14:00:00Z"),
            ("2024-02-29T23:59Z", "2024-02-29T23:59:00Z"),
            ("1969-12-31T00:00:00Z", "1969-12-31T00:00:00Z"),
            ("2026-09-01T00:30:00+02:00", "2026-08-31T22:30:00Z"),
            ("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00Z"),
        ] {
            assert_eq!(written(text).as_deref(), Some(expected));
        }
        for text in [
            "",
            "2026-09-01",
            "2026-02-30T10:00Z",
            "2026-09-01T24:00Z",
            "2026-09-01T10:00",
        ] {
            assert_eq!(written(text), None, "{text}");
        }
    }

    #[test]
    fn weekends_are_known() {
        let weekend = |text| Date::parse(text).unwrap().is_weekend();
        assert!(weekend("2026-09-05") && weekend("2026-09-06"));
        assert!(!weekend("2026-09-04") && !weekend("2026-09-07"));
    }
}
