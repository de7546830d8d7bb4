//! The times of the old program, which wrote whatever Python, SQLite or somebody's change to it gave.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Numbers below are seconds, and from here on milliseconds: 5138-11-16 in the one, 1973-03-03 in the other.
const SECONDS_END: f64 = 100_000_000_000.0;

/// 10000-01-01T00:00:00Z in milliseconds, where four digits of a year end.
const END_MS: i64 = 253_402_300_800_000;

/// Milliseconds since 1970: of ISO 8601 with or without `T`, `Z`, offset and fraction (UTC if it does not say), or of
/// a number of seconds or milliseconds.
pub(super) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let time = number(text).or_else(|| moment(text)).or_else(|| naive(text))?;
    (0..END_MS).contains(&time).then_some(time)
}

fn number(text: &str) -> Option<i64> {
    let number: f64 = text.parse().ok()?;
    let ms = if number.abs() < SECONDS_END { number * 1_000.0 } else { number };
    // Saturates at the ends, which are refused.
    ms.is_finite().then_some(ms.round() as i64)
}

fn moment(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(|time| time.as_millisecond())
}

fn naive(text: &str) -> Option<i64> {
    let time: DateTime = text.parse().ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_the_ways_to_write_a_time_are_read() {
        for (text, ms) in [
            ("2024-05-06T07:08:09Z", 1_714_979_289_000),
            ("2024-05-06T07:08:09.123456Z", 1_714_979_289_123),
            ("2024-05-06T09:08:09+02:00", 1_714_979_289_000),
            ("2024-05-06 09:08:09.5+0200", 1_714_979_289_500),
            ("2024-05-06T07:08:09.123456", 1_714_979_289_123),
            ("2024-05-06T07:08:09", 1_714_979_289_000),
            ("2024-05-06 07:08:09", 1_714_979_289_000),
            (" 2024-05-06 07:08 ", 1_714_979_280_000),
            ("2024-05-06", 1_714_953_600_000),
            ("1714979289", 1_714_979_289_000),
            ("1714979289.123", 1_714_979_289_123),
            ("1714979289123", 1_714_979_289_123),
        ] {
            assert_eq!(parse(text), Some(ms), "{text}");
        }
        for text in ["", "yesterday", "07:08", "2024-13-06 07:08:09", "NaN", "inf", "1e300", "-5", "06/05/2024"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
